/* SPDX-License-Identifier: MIT */
/*
 * Field blocks in: which stream they speak of, how their pieces come together, and what is decided once they are whole.
 *
 * A block that is whole in the input is decoded in place; only one that was cut or continued is gathered. Whatever becomes of
 * the message, the block is decoded to its end, since HPACK is order (9113 4.3).
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/frame_tab.h"

/* ---- whose block it is -------------------------------------------------------------------------------------------------- */

/* A request: 9113 5.1.1, 5.1.2, 6.8. */
static void classify_new(rill_conn *c, uint32_t id) {
  rill__stream_note_peer(c, id);
  c->rx.block_use = RILL__BLOCK_OPENS;
  if (rill__past_goaway(c, id)) {
    c->rx.block_use = RILL__BLOCK_DROP;
  } else if (c->streams.by_peer >= c->local.enforced.max_concurrent_streams) {
    c->rx.block_use = RILL__BLOCK_REFUSE;
    c->rx.block_why = RILL_WHY_CONCURRENCY;
  }
}

static rill_why classify(rill_conn *c, uint32_t id) {
  bool own = rill__stream_is_own(c, id);
  rill__state state = rill__stream_state(c, id);
  if (own && c->server) return RILL_WHY_STREAM_ID_PARITY;
  if (!own && c->server && state == RILL__IDLE) {
    classify_new(c, id);
    return RILL_WHY_NONE;
  }
  if (!own && state == RILL__ENDED && rill__stream_was_skipped(c, id)) return RILL_WHY_STREAM_ID_ORDER;
  rill_why why;
  rill__sense sense = rill__stream_sense(state, RILL__SENSE_HEADERS, &why);
  c->rx.block_use = sense == RILL__TAKE ? RILL__BLOCK_HEAD : RILL__BLOCK_DROP;
  if (state == RILL__RESERVED_REMOTE && rill__active_promised(c) >= c->local.enforced.max_concurrent_streams) {
    c->rx.block_use = RILL__BLOCK_REFUSE;
    c->rx.block_why = RILL_WHY_CONCURRENCY;
  }
  return why;
}

/* A piece that is much work for few octets, unless it is the last. */
static bool pay_for_piece(rill_conn *c, bool last) {
  return last || c->rx.left >= RILL__CONTINUATION_SMALL || rill__pay(c, RILL__CHARGE_SMALL_CONTINUATION, 1);
}

/* ---- the pieces --------------------------------------------------------------------------------------------------------- */

/* For frames that may be PADDED, once the rest of their head is judged. */
void rill__padding_begin(rill_conn *c) {
  if (rill__frame_has(&c->rx.head, RILL_FLAG_PADDED)) {
    c->rx.state = RILL__RX_PAD;
    c->rx.need = 1;
  } else {
    rill__padding_known(c);
  }
}

static bool block_fits(rill_conn *c) {
  if (c->rx.left <= c->context->config.max_header_block - c->rx.block.n) return true;
  rill__rx_refuse(c, RILL_WHY_BLOCK_SIZE);
  return false;
}

/* Numbers that stand before the fragment; padding may have left no room for them. */
static void numbers(rill_conn *c, rill__rx_state state, uint32_t size) {
  c->rx.state = (uint8_t)state;
  c->rx.need = size;
  if (c->rx.left < size) rill__rx_refuse(c, RILL_WHY_PADDING);
}

/* The length of the padding is known, or there is none. */
void rill__padding_known(rill_conn *c) {
  if (c->rx.head.type == RILL_DATA) {
    rill__data_known(c);
  } else if (c->rx.head.type == RILL_PUSH_PROMISE) {
    numbers(c, RILL__RX_PROMISE, 4);
  } else if (rill__frame_has(&c->rx.head, RILL_FLAG_PRIORITY)) {
    numbers(c, RILL__RX_PRIORITY, RILL__PRIORITY_SIZE);
  } else {
    rill__fragment_begin(c);
  }
}

static void block_begin(rill_conn *c) {
  c->rx.block_id = c->rx.head.stream_id;
  c->rx.block_end_stream = c->rx.head.type == RILL_HEADERS && (c->rx.head.flags & RILL_FLAG_END_STREAM) != 0;
  c->rx.continuations = c->rx.empty_continuations = 0;
  c->rx.block.n = 0;
  c->rx.promised_id = 0;
}

void rill__headers_begin(rill_conn *c) {
  rill_why why = classify(c, c->rx.head.stream_id);
  if (why != RILL_WHY_NONE) {
    rill__rx_refuse(c, why);
    return;
  }
  block_begin(c);
  bool late = c->rx.block_use == RILL__BLOCK_DROP;
  if (!late || rill__pay(c, RILL__CHARGE_LATE, 1)) rill__padding_begin(c);
}

/* On this stream a promise may come, or is late; 9113 6.6, 8.4. */
static rill_why may_promise(rill_conn *c, uint32_t id) {
  rill_why why;
  if (c->server) return RILL_WHY_PUSH_FROM_CLIENT;
  if (!RILL__PUSH || c->local.enforced.enable_push == 0) return RILL_WHY_PUSH_DISABLED;
  rill__sense sense = rill__stream_sense(rill__stream_state(c, id), RILL__SENSE_PUSH_PROMISE, &why);
  return sense == RILL__REFUSE || rill__stream_is_own(c, id) ? why : RILL_WHY_PUSH_STREAM;
}

void rill__promise_begin(rill_conn *c) {
  rill_why why = may_promise(c, c->rx.head.stream_id);
  if (why != RILL_WHY_NONE) {
    rill__rx_refuse(c, why);
    return;
  }
  block_begin(c);
  rill__padding_begin(c);
}

#if RILL__PUSH
/* ENABLE_PUSH=0 may not have reached the server yet. Promises that wait for their response are limited here (9113 10.5). */
static void classify_promise(rill_conn *c, uint32_t id) {
  c->rx.block_use = RILL__BLOCK_PROMISE;
  if (rill__past_goaway(c, id)) {
    c->rx.block_use = RILL__BLOCK_DROP;
  } else if (!c->local.push || c->streams.promised >= c->context->config.max_pushed) {
    c->rx.block_use = RILL__BLOCK_REFUSE;
    c->rx.block_why = c->local.push ? RILL_WHY_PUSH_COUNT : RILL_WHY_CONCURRENCY;
  }
}

void rill__rx_promise(rill_conn *c, const uint8_t *p) {
  uint32_t id = rill__get32(p) & INT32_MAX;
  c->rx.left -= 4;
  if (id % 2 != 0 || id <= c->streams.last_peer) {
    rill__rx_refuse(c, RILL_WHY_PROMISED_ID);
    return;
  }
  rill__stream_note_peer(c, id);
  c->rx.promised_id = id;
  classify_promise(c, id);
  bool late = c->rx.block_use == RILL__BLOCK_DROP || rill__stream_state(c, c->rx.head.stream_id) == RILL__RESET_LOCAL;
  if (!late || rill__pay(c, RILL__CHARGE_LATE, 1)) rill__fragment_begin(c);
}
#endif

/* 5.3.2: told, and without effect. */
void rill__rx_priority(rill_conn *c, const uint8_t *p) {
  uint32_t word = rill__get32(p);
  const rill_frame frame = {.dependency = word & INT32_MAX, .exclusive = word > INT32_MAX, .weight = p[4]};
  c->rx.left -= RILL__PRIORITY_SIZE;
  rill__legacy_priority(c, c->rx.head.stream_id, &frame);
  if (c->failure.err == 0) rill__fragment_begin(c);
}

void rill__continuation_begin(rill_conn *c) {
  bool last = (c->rx.head.flags & RILL_FLAG_END_HEADERS) != 0;
  if (++c->rx.continuations > c->context->max_continuations) {
    rill__rx_refuse(c, RILL_WHY_CONTINUATIONS);
  } else if (c->rx.left == 0 && !last && ++c->rx.empty_continuations > 1) {
    rill__rx_refuse(c, RILL_WHY_CONTINUATIONS_EMPTY);
  } else if (pay_for_piece(c, last)) {
    rill__fragment_begin(c);
  }
}

static void block_whole(rill_conn *c, rill_view block) {
  rill__rx_skip(c, c->rx.pad);
  c->rx.expect_continuation = false;
  rill__block_decode(c, block);
  c->rx.block.n = 0;
}

static void fragment_end(rill_conn *c) {
  c->rx.expect_continuation = (c->rx.head.flags & RILL_FLAG_END_HEADERS) == 0;
  if (c->rx.expect_continuation) {
    rill__rx_skip(c, c->rx.pad);
  } else {
    block_whole(c, (rill_view){c->rx.block.p, c->rx.block.n});
  }
}

void rill__fragment_begin(rill_conn *c) {
  if (!block_fits(c)) return;
  if (!rill__rx_trace_head(c, c->rx.promised_id)) return;
  c->rx.state = RILL__RX_FRAGMENT;
  if (c->rx.left == 0) fragment_end(c);
}

size_t rill__rx_fragment(rill_conn *c, const uint8_t *p, size_t n) {
  uint32_t take = c->rx.left < n ? c->rx.left : (uint32_t)n;
  bool ends = (c->rx.head.flags & RILL_FLAG_END_HEADERS) != 0;
  c->rx.left -= take;
  if (c->rx.left == 0 && ends && c->rx.block.n == 0) {
    block_whole(c, (rill_view){p, take});
  } else if (!rill__buf_append(&c->rx.block, &c->mem, p, take)) {
    rill__fail_nomem(c);
  } else if (c->rx.left == 0) {
    fragment_end(c);
  }
  return take;
}
