/* SPDX-License-Identifier: MIT */
/*
 * DATA in. The whole frame is charged to the windows when its head is there; the message's length is judged when its padding is
 * known, before any content is handed over; credit returns when all of it was handed over, or piece by piece if the frame is
 * large for a window, or when the application says so.
 *
 * What a stream was charged and not yet credited is credited to the connection when the stream closes (rill__stream_close), so
 * what is left of a frame after that is skipped without a further thought.
 */
#include "conn/conn.h"

#include "frame/frame_tab.h"

/* Octets that the application is done with, or never sees: padding and its length. */
static void credit_both(rill_conn *c, rill__stream *s, uint32_t n) {
  if (c->measure.ping != RILL__PING_NONE) rill__measure(c, s, n);
  rill__credit_conn(c, n);
  rill__credit_stream(c, s, n);
}

/* What is left has become less, and with it the credit that is worth telling. */
static void credit_may_be_due(rill_conn *c, uint32_t id) {
  rill__credit_conn(c, 0);
  if (id != 0) rill__credit_stream(c, rill__stream_find(c, id), 0);
}

void rill__data_begin(rill_conn *c) {
  rill_why why;
  uint32_t id = c->rx.head.stream_id, length = c->rx.head.length;
  rill__sense sense = rill__stream_sense(rill__stream_state(c, id), RILL__SENSE_DATA, &why);
  if (sense != RILL__REFUSE) why = rill__inflow_receive(&c->local.inflow, length, RILL_WHY_FLOW_CONNECTION);
  if (sense == RILL__TAKE && why == RILL_WHY_NONE) {
    rill__stream *s = rill__stream_find(c, id);
    why = rill__inflow_receive(&s->inflow, length, RILL_WHY_FLOW_STREAM);
    if (c->measure.tries != 0) rill__measure_begin(c, s);
  }
  if (why != RILL_WHY_NONE) c->rx.left = 0; /* no window was charged for it, as the trace may want to know */
  if (c->context->config.manual_consume && why == RILL_WHY_NONE) credit_may_be_due(c, sense == RILL__TAKE ? id : 0);
  if (!rill__rx_trace_head(c, 0)) return;
  if (why != RILL_WHY_NONE) {
    rill__settle(c, id, why);
  } else if (sense == RILL__DROP) {
    c->time.stale = true; /* credit may be all that is left to say, which is waited for then */
    rill__credit_conn(c, length);
    if (rill__pay(c, RILL__CHARGE_LATE, 1)) rill__rx_skip(c, length);
  } else if ((c->rx.head.flags & RILL_FLAG_PADDED) == 0) {
    rill__data_known(c);
  } else {
    rill__padding_begin(c);
  }
}

static bool hand_over(rill_conn *c, rill__stream *s, rill_view bytes, bool end) {
  s->octets_received += bytes.n;
  c->stats.content_received += bytes.n;
  if (c->on->on_data == NULL) return true;
  return rill__answer(c, s->id, c->on->on_data(c, s->id, bytes, end, s->user));
}

static bool ends_stream(const rill_conn *c) { return (c->rx.head.flags & RILL_FLAG_END_STREAM) != 0; }

static uint32_t padding_size(const rill_conn *c) { return rill__frame_has(&c->rx.head, RILL_FLAG_PADDED) ? c->rx.pad + 1 : 0; }

/* The padding is known, so the content is: rx.left octets, then rx.pad. */
void rill__data_known(rill_conn *c) {
  uint32_t id = c->rx.head.stream_id;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) { /* the application reset it since the frame began */
    rill__rx_skip(c, c->rx.left + c->rx.pad);
    return;
  }
  rill_why why = rill__message_data(&s->rx, c->rx.left, ends_stream(c));
  if (why != RILL_WHY_NONE) {
    rill__settle(c, id, why);
    rill__rx_skip(c, c->rx.left + c->rx.pad);
    return;
  }
  if (padding_size(c) != 0) credit_both(c, s, padding_size(c));
  if (c->rx.left != 0) {
    c->rx.state = RILL__RX_DATA;
    return;
  }
  if (!ends_stream(c) && !rill__pay(c, RILL__CHARGE_EMPTY_DATA, 1)) return;
  rill__rx_skip(c, c->rx.pad);
  if (!ends_stream(c)) return;
  if (hand_over(c, s, (rill_view){NULL, 0}, true)) rill__stream_event(c, id, RILL__RX_END);
}

size_t rill__rx_data(rill_conn *c, const uint8_t *p, size_t n) {
  uint32_t take = c->rx.left < n ? c->rx.left : (uint32_t)n;
  uint32_t id = c->rx.head.stream_id;
  rill__stream *s = rill__stream_live(c, id);
  c->rx.left -= take;
  bool last = c->rx.left == 0;
  if (s == NULL) {
    rill__rx_skip(c, c->rx.left + c->rx.pad);
    return take;
  }
  rill__stall_moved(s, take);
  if (last) rill__rx_skip(c, c->rx.pad);
  if (!last && !c->time.watch && !rill__message_is_tunnel(&s->rx)) {
    c->time.watch = c->time.stale = true; /* the rest of the frame may hang */
  }
  bool end = last && ends_stream(c);
  (void)hand_over(c, s, (rill_view){p, take}, end);
  if ((s->flags & RILL__CLOSED) != 0) return take;
  bool pieces = rill__credits_pieces(c);
  if ((last || pieces) && !c->context->config.manual_consume)
    credit_both(c, s, pieces ? take : c->rx.head.length - padding_size(c));
  if (end) rill__stream_event(c, id, RILL__RX_END);
  return take;
}
