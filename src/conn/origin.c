/* SPDX-License-Identifier: MIT */
/* ORIGIN frames (RFC 8336 2), both ways. The set that a client makes of them is origins.c's. */
#include "conn/conn.h"

#include "base/bytes.h"
#include "rules/origin.h"

/* A frame without entries says something, too: that no other origins are welcome. */
void rill__rx_origin(rill_conn *c, const rill_frame *frame) {
  rill_view rest = frame->data, text;
  bool alive = rill__origins_named(c);
  while (alive && rill__origin_entry_take(&rest, &text)) {
    bool added = rill__origin_add(c, text);
    if (added && c->on->on_origin != NULL) rill__answer(c, 0, c->on->on_origin(c, text, c->user));
    alive = c->failure.err == 0;
  }
}

static int submit_origin(rill_conn *c, const rill_view *origins, size_t count) {
  rill__origin origin;
  size_t size = 0, most = c->remote.settings.max_frame_size;
  int err = rill__advice_may(c);
  if (err != 0) return err;
  for (size_t i = 0; i < count; i++) {
    if (!rill__origin_parse(&origin, origins[i])) return rill__fault(c, RILL_WHY_AUTHORITY, i);
    size_t n = rill__origin_size(&origin);
    if (n > RILL__ORIGIN_ENTRY_MAX || 2 + n > most - size) return rill__fault(c, RILL_WHY_FRAME_TOO_LONG, i);
    size += 2 + n;
  }
  uint8_t *payload = rill__advice_room(c, 0, size, &err), *p = payload;
  if (payload == NULL) return err;
  for (size_t i = 0; i < count; i++) {
    (void)rill__origin_parse(&origin, origins[i]);
    p = rill__origin_put(rill__put16(p, (uint32_t)rill__origin_size(&origin)), &origin);
  }
  rill__lane_filled(c, payload, &(rill_frame_head){(uint32_t)size, RILL_ORIGIN, 0, 0});
  return 0;
}

int rill_submit_origin(rill_conn *c, const rill_view *origins, size_t count) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, submit_origin(c, origins, count));
}
