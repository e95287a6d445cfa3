/* SPDX-License-Identifier: MIT */
/* ALTSVC (RFC 7838 4), both ways; what is in it, rules/altsvc.c knows. */
#include "conn/conn.h"

#include "base/bytes.h"
#include "rules/altsvc.h"
#include "rules/origin.h"

void rill__rx_altsvc(rill_conn *c, const rill_frame *frame) {
  rill__altsvc altsvc;
  uint32_t id = frame->head.stream_id;
  if (c->on->on_altsvc == NULL || !rill__altsvc_parse(&altsvc, id, frame->data)) return;
  if (id != 0 && rill__stream_live(c, id) == NULL) return; /* the application knows nothing of it any more */
  rill__answer(c, 0, c->on->on_altsvc(c, id, altsvc.origin, altsvc.value, c->user));
}

/* Origins are sent in the one text that all equal origins have (8336 appendix B), whatever the application wrote. */
static int submit_altsvc(rill_conn *c, uint32_t id, rill_view origin_text, rill_view value) {
  rill__altsvc altsvc = {origin_text, value};
  rill__origin origin;
  int err = rill__advice_may(c);
  if (err != 0) return err;
  if (id != 0 && rill__stream_live(c, id) == NULL) return RILL_ERR_NO_STREAM;
  bool named = id == 0 && rill__origin_parse(&origin, altsvc.origin);
  if (!named && (id == 0 || altsvc.origin.n != 0)) return rill__fault(c, RILL_WHY_AUTHORITY, 0);
  if (!rill__altsvc_counts(id, &altsvc)) return rill__fault(c, RILL_WHY_VALUE_OCTET, 1);
  altsvc.origin.n = named ? rill__origin_size(&origin) : 0;
  size_t size = rill__altsvc_size(&altsvc);
  if (size > c->remote.settings.max_frame_size) return rill__fault(c, RILL_WHY_FRAME_TOO_LONG, 2);
  uint8_t *payload = rill__advice_room(c, id, size + altsvc.origin.n, &err);
  if (payload == NULL) return err;
  altsvc.origin.p = payload + size; /* for the moment, behind the frame */
  if (named) (void)rill__origin_put(payload + size, &origin);
  (void)rill__altsvc_put(payload, &altsvc);
  rill__lane_filled(c, payload, &(rill_frame_head){(uint32_t)size, RILL_ALTSVC, 0, id});
  return 0;
}

int rill_submit_altsvc(rill_conn *c, uint32_t id, rill_view origin, rill_view value) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, submit_altsvc(c, id, origin, value));
}
