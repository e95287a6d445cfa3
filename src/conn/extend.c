/* SPDX-License-Identifier: MIT */
/*
 * Extensions of the protocol (9113 5.5): frames of types that the application asked for, handed over as they come, and frames
 * that the application sends as they are. What ALTSVC (altsvc.c) and ORIGIN (origin.c) have in common is here, too.
 *
 * What comes may come on any stream in any state, and is no error outside a field block; what nobody asked for, or is not as it
 * should be, is read over. Only ALTSVC and ORIGIN are ever gathered, up to ADVICE_MAX octets.
 */
#include "conn/conn.h"

#include "frame/frame_tab.h"
#include "rules/origin.h"

enum { ADVICE_MAX = 16384 };

/* ---- in: chosen types --------------------------------------------------------------------------------------------------- */

/* Not those of types that rill knows, whatever the configuration says. */
static bool is_chosen(const rill_conn *c, uint8_t type) {
  unsigned octet = c->context->config.extension_types[type / 8];
  return (octet >> type % 8 & 1) != 0 && rill__frame_row(type) == NULL;
}

/* The piece is the application's as long as its callback runs. */
size_t rill__rx_extension(rill_conn *c, const uint8_t *p, size_t n) {
  rill_frame_head head = c->rx.head;
  uint32_t take = c->rx.left < n ? c->rx.left : (uint32_t)n;
  c->rx.left -= take;
  c->stats.content_received += take; /* somebody wants it */
  bool end = c->rx.left == 0;
  if (end) rill__rx_done(c);
  if (c->on->on_extension == NULL) return take;
  rill__answer(c, 0, c->on->on_extension(c, &head, (rill_view){p, take}, end, c->user));
  return take;
}

/* A frame of a type that nothing else here deals with. */
void rill__extension_begin(rill_conn *c) {
  if (!rill__rx_trace_head(c, 0)) return;
  if (!is_chosen(c, c->rx.head.type)) {
    if (rill__pay(c, RILL__CHARGE_CHEAP, 1)) rill__rx_skip(c, c->rx.left);
    return;
  }
  c->rx.state = RILL__RX_EXTENSION;
  if (c->rx.left == 0) (void)rill__rx_extension(c, NULL, 0);
}

/* ---- in: ALTSVC and ORIGIN ---------------------------------------------------------------------------------------------- */

/* Servers ignore both. */
bool rill__advice_counts(const rill_conn *c) {
  const rill_config *config = &c->context->config;
  if (c->server || c->rx.left > ADVICE_MAX) return false;
  if (c->rx.head.type == RILL_ALTSVC) return RILL__ALTSVC && config->accept_altsvc;
  return RILL__ORIGIN && config->accept_origin && rill__origin_frame_counts(&c->rx.head);
}

/* ---- out ---------------------------------------------------------------------------------------------------------------- */

/* Room for one frame more. */
static int may_queue(rill_conn *c, uint32_t id) {
  const rill__stream *s = id == 0 ? NULL : rill__stream_find(c, id);
  bool full = rill__lane_full(c) || (s != NULL && s->blocks >= RILL__UNSENT_MAX);
  return full ? RILL_ERR_BLOCKED : 0;
}

/* PRIORITY may name any stream in any state (7540 6.3), but not itself as its parent (7540 5.3.1). */
static rill_why judge_priority(const rill_frame *frame) {
  uint32_t id = frame->head.stream_id;
  if (id == 0) return RILL_WHY_FRAME_ON_CONNECTION;
  bool fits = id <= INT32_MAX && frame->dependency <= INT32_MAX && frame->dependency != id;
  return fits && frame->head.flags == 0 && frame->data.n == 0 ? RILL_WHY_NONE : RILL_WHY_FRAME_SUBMITTED;
}

static rill_why judge_frame(const rill_conn *c, const rill_frame *frame) {
  if (frame->padding.n != 0) return RILL_WHY_FRAME_SUBMITTED;
  if (frame->head.type == RILL_PRIORITY) return judge_priority(frame);
  if (rill__frame_row(frame->head.type) != NULL) return RILL_WHY_FRAME_SUBMITTED;
  return frame->data.n > c->remote.settings.max_frame_size ? RILL_WHY_FRAME_TOO_LONG : RILL_WHY_NONE;
}

static int submit_frame(rill_conn *c, const rill_frame *frame) {
  uint32_t id = frame->head.stream_id;
  if (c->failure.err != 0) return c->failure.err;
  rill_why why = judge_frame(c, frame);
  if (why != RILL_WHY_NONE) return rill__fault(c, why, 0);
  bool anywhere = id == 0 || frame->head.type == RILL_PRIORITY;
  if (!anywhere && rill__stream_live(c, id) == NULL) return RILL_ERR_NO_STREAM;
  int err = may_queue(c, id);
  return err != 0 ? err : rill__lane_frame(c, frame);
}

int rill_submit_frame(rill_conn *c, const rill_frame *frame) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, submit_frame(c, frame));
}

/* Only servers send these two. */
int rill__advice_may(const rill_conn *c) { return c->failure.err != 0 ? c->failure.err : c->server ? 0 : RILL_ERR_STATE; }

/* Room for the payload of a frame that was judged; NULL: *err. rill__lane_filled() follows. */
uint8_t *rill__advice_room(rill_conn *c, uint32_t id, size_t size, int *err) {
  *err = may_queue(c, id);
  if (*err != 0) return NULL;
  uint8_t *p = rill__lane_payload(c, size);
  if (p == NULL) *err = RILL_ERR_NOMEM;
  return p;
}
