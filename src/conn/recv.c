/* SPDX-License-Identifier: MIT */
/*
 * The receive loop. A state names the octets that it needs in one piece, or takes what there is; this loop gathers them and
 * alone moves the input. No state sees half of something, and none is entered with nothing left to read.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/get.h"
#include "frame/put.h"

/* 9113 3.4. What differs is found at once, so that an HTTP/1.1 client does not wait for an answer. */
static size_t rx_preface(rill_conn *c, const uint8_t *p, size_t n) {
  size_t rest = (size_t)RILL__MAGIC_SIZE - c->rx.left;
  size_t take = rest < n ? rest : n;
  if (memcmp(p, rill__magic + c->rx.left, take) != 0) {
    rill__settle(c, 0, RILL_WHY_PREFACE);
    return n;
  }
  c->rx.left += (uint32_t)take;
  if (c->rx.left == RILL__MAGIC_SIZE) rill__rx_done(c);
  return take;
}

static size_t rx_skip(rill_conn *c, const uint8_t *p, size_t n) {
  (void)p;
  uint32_t take = c->rx.left < n ? c->rx.left : (uint32_t)n;
  rill__rx_skip(c, c->rx.left - take);
  return take;
}

static void rx_head(rill_conn *c, const uint8_t *p) {
  c->rx.head = rill__get_head(p);
  c->rx.frame_at = c->rx.octets - RILL_FRAME_HEAD_SIZE;
  c->rx.left = c->rx.head.length;
  c->rx.pad = 0;
  c->stats.frames_received++;
  if (c->rx.octets <= c->budget.look_at || rill__overhead_is_fine(c)) rill__rx_begin(c);
}

/* 9113 6.1: padding that fills the payload or more. */
static void rx_pad(rill_conn *c, const uint8_t *p) {
  c->rx.left--;
  c->rx.pad = *p;
  if (c->rx.pad > c->rx.left) {
    if (c->rx.head.type == RILL_DATA) { /* traced when it began */
      rill__settle(c, 0, RILL_WHY_PADDING);
    } else {
      rill__rx_refuse(c, RILL_WHY_PADDING);
    }
    return;
  }
  c->rx.left -= c->rx.pad;
  rill__padding_known(c);
}

/* Each state has one of the two: gather wants rx.need octets in one piece, flow takes what there is. */
static const struct rx_row {
  void (*gather)(rill_conn *c, const uint8_t *p);
  size_t (*flow)(rill_conn *c, const uint8_t *p, size_t n);
} rx_rows[] = {
    [RILL__RX_PREFACE] = {NULL, rx_preface},
    [RILL__RX_HEAD] = {rx_head, NULL},
    [RILL__RX_PAD] = {rx_pad, NULL},
    [RILL__RX_PRIORITY] = {rill__rx_priority, NULL},
    [RILL__RX_PROMISE] = {rill__rx_promise, NULL},
    [RILL__RX_FIXED] = {rill__rx_fixed, NULL},
    [RILL__RX_DATA] = {NULL, rill__rx_data},
    [RILL__RX_FRAGMENT] = {NULL, rill__rx_fragment},
    [RILL__RX_EXTENSION] = {NULL, rill__rx_extension},
    [RILL__RX_SKIP] = {NULL, rx_skip},
};

/* Streams that the peer has reset are over for it, though their slots come free only as what was encoded for them leaves. */
static bool slots_come_free(const rill_conn *c) {
  if (c->streams.by_peer < c->local.enforced.max_concurrent_streams) return false;
  if (c->out->lane_out >= c->out->lane_first)
    return false; /* see rx_reset(); a walk for each refused request would be much work */
  uint32_t at = 0;
  for (const rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    bool leaves = s->state == RILL__RESET_REMOTE && (s->flags & RILL__HELD) == 0;
    if (leaves && !rill__stream_is_own(c, s->id)) return true;
  }
  return false;
}

bool rill__takes_blocks(const rill_conn *c) { return !rill__lane_full(c) && !slots_come_free(c); }

/* A field block is not begun while the answers to earlier ones wait to be taken. */
static inline bool must_wait(rill_conn *c, uint8_t type) {
  return type == RILL_HEADERS && !c->rx.expect_continuation && !rill__takes_blocks(c);
}

/* Likewise, of a head of which part is held. Looks at it without taking it. */
static bool must_wait_held(rill_conn *c, const uint8_t *p, size_t n) {
  size_t held = c->rx.hold.n;
  if (held + n < RILL_FRAME_HEAD_SIZE) return false;
  return must_wait(c, held > 3 ? c->rx.hold.p[3] : p[3 - held]);
}

/*
 * Of DATA, and of more of what is held, nothing begins or ends that time is measured from, but for what says so itself; what any
 * other frame does is not asked.
 */
static void note_frame(rill_conn *c) {
  if (c->rx.head.type != RILL_DATA) c->time.stale = true;
}

static size_t gather(rill_conn *c, const struct rx_row *row, const uint8_t *p, size_t n) {
  size_t need = c->rx.need, held = c->rx.hold.n;
  if (held == 0 && n >= need) {
    c->rx.octets += need;
    row->gather(c, p);
    note_frame(c);
    return need;
  }
  size_t take = need - held < n ? need - held : n;
  c->rx.octets += take;
  if (!rill__buf_append(&c->rx.hold, &c->mem, p, take)) {
    rill__fail_nomem(c);
    return take;
  }
  if (held == 0 || held + take == need) c->time.stale = true;
  if (held + take == need) {
    c->rx.hold.n = 0;
    row->gather(c, c->rx.hold.p);
  }
  return take;
}

static size_t step(rill_conn *c, const uint8_t *p, size_t n) {
  const struct rx_row *row = &rx_rows[c->rx.state];
  if (row->gather != NULL) return gather(c, row, p, n);
  size_t took = row->flow(c, p, n);
  c->rx.octets += took;
  note_frame(c);
  return took;
}

/* What is there of the payload, whose head was just taken; 0 of one that the loop has to gather. */
static inline size_t rx_payload(rill_conn *c, const uint8_t *p, size_t n) {
  size_t took = 0;
  if (c->rx.state == RILL__RX_DATA) {
    took = rill__rx_data(c, p, n);
  } else if (c->rx.state == RILL__RX_FRAGMENT) {
    took = rill__rx_fragment(c, p, n);
  } else if (c->rx.state == RILL__RX_FIXED && n >= c->rx.need) {
    took = c->rx.need;
    c->rx.octets += took;
    rill__rx_fixed(c, p);
    return took;
  }
  c->rx.octets += took;
  return took;
}

/* Most frames are here in one piece, and are taken at once: this is what two turns of the loop would do. */
static size_t rx_frame(rill_conn *c, const uint8_t *p, size_t n) {
  size_t took = RILL_FRAME_HEAD_SIZE;
  c->rx.octets += took;
  rx_head(c, p);
  if (n > took && c->failure.err == 0 && !c->rx.paused) took += rx_payload(c, p + took, n - took);
  note_frame(c);
  return took;
}

rill_ssize rill_conn_recv(rill_conn *c, const uint8_t *data, size_t n, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  uint64_t last_frame = c->stats.frames_received + c->context->config.frames_per_recv;
  size_t at = 0;
  if (n != 0) c->time.active = c->time.heard = now;
  while (at < n && c->failure.err == 0 && !c->rx.paused) {
    bool begins = c->rx.state == RILL__RX_HEAD;
    if (begins && c->stats.frames_received >= last_frame) break;
    if (begins && c->rx.hold.n == 0 && n - at >= RILL_FRAME_HEAD_SIZE) {
      if (must_wait(c, data[at + 3])) break;
      at += rx_frame(c, data + at, n - at);
    } else {
      if (begins && must_wait_held(c, data + at, n - at)) break;
      at += step(c, data + at, n - at);
    }
  }
  if (c->time.stale || c->failure.err != 0) rill__timed_end(c);
  return rill__leave(c, c->failure.err != 0 ? c->failure.err : (rill_ssize)at);
}

int rill_conn_eof(rill_conn *c, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  err = c->failure.err;
  c->eof = true;
  rill__fail(c, RILL_WHY_TRANSPORT, RILL_ERR_CLOSED, RILL_NO_ERROR);
  if (c->out->shown == 0) { /* nobody else looks at it */
    rill__stage_abandon(c);
    rill__stage_free(c);
  }
  rill__timed_end(c);
  return (int)rill__leave(c, err);
}
