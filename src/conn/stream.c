/* SPDX-License-Identifier: MIT */
/*
 * The store of streams: who is there, who was, and how it closed.
 *
 * A stream stays in the map until its last frame was taken by the transport, which is when its slot is free. How it ended
 * after that is remembered only where late frames must be told from wrong ones: resets, in a small ring. An id that fell out of
 * the ring is met leniently. Streams are removed only below recv, send and sent, never below a callback's call, so that a
 * pointer to one stays good across a callback.
 */
#include "conn/conn.h"

enum { RING_EXTRA = 64 };

rill__stream *rill__stream_seek(rill_conn *c, uint32_t id) {
  rill__stream *s = rill__idmap_get(&c->streams.map, id);
  if (s != NULL) c->streams.last = s;
  return s;
}

/* ---- how ids ended ------------------------------------------------------------------------------------------------------ */

static uint32_t ring_size(const rill_conn *c) {
  uint32_t streams = c->context->config.max_concurrent_streams;
  return (streams < 1024 ? streams : 1024) + RING_EXTRA;
}

bool rill__stream_note_reset(rill_conn *c, uint32_t id, bool by_peer) {
  uint32_t size = ring_size(c);
  if (c->streams.ring == NULL) c->streams.ring = rill__mem_alloc(&c->mem, size * sizeof *c->streams.ring);
  if (c->streams.ring == NULL) {
    if (id > c->streams.forgotten) c->streams.forgotten = id;
    return false;
  }
  uint32_t *slot = &c->streams.ring[c->streams.ring_at];
  if (c->streams.ring_count < size) {
    c->streams.ring_count++;
  } else if (*slot >> 1 > c->streams.forgotten) {
    c->streams.forgotten = *slot >> 1;
  }
  *slot = id << 1 | (by_peer ? 1 : 0);
  c->streams.ring_at = (uint16_t)((c->streams.ring_at + 1U) % size);
  return true;
}

static rill__state state_in_ring(const rill_conn *c, uint32_t id) {
  for (uint32_t i = 0; i < c->streams.ring_count; i++) {
    if (c->streams.ring[i] >> 1 != id) continue;
    return (c->streams.ring[i] & 1) != 0 ? RILL__RESET_REMOTE : RILL__RESET_LOCAL;
  }
  return id <= c->streams.forgotten ? RILL__RESET_LOCAL : RILL__ENDED;
}

rill__state rill__stream_state_of(rill_conn *c, uint32_t id) {
  bool own = rill__stream_is_own(c, id);
  if (own ? id >= c->streams.next_own : id > c->streams.last_peer) return RILL__IDLE;
  rill__stream *s = rill__stream_find(c, id);
  if (s != NULL) return (rill__state)s->state;
  if (own) return state_in_ring(c, id);
  /* Not taken on after our GOAWAY, 9113 6.8. */
  if (rill__past_goaway(c, id)) return RILL__RESET_LOCAL;
  return state_in_ring(c, id);
}

void rill__stream_note_peer(rill_conn *c, uint32_t id) {
  uint32_t expected = c->streams.last_peer != 0 ? c->streams.last_peer + 2 : c->server ? 1 : 2;
  if (id != expected) {
    if (c->streams.skipped_low == 0) c->streams.skipped_low = expected;
    c->streams.skipped_high = id - 2;
  }
  c->streams.last_peer = id;
}

/* Exact for peers that count by two; for one that skips here and there the ids between its gaps count as skipped, too. */
bool rill__stream_was_skipped(const rill_conn *c, uint32_t id) {
  return c->streams.skipped_low != 0 && id >= c->streams.skipped_low && id <= c->streams.skipped_high;
}

/* ---- opening and closing ------------------------------------------------------------------------------------------------ */

static rill__stream *add(rill_conn *c, uint32_t id, rill__event event) {
  bool own = rill__stream_is_own(c, id);
  rill__stream *s = rill__idmap_add(&c->streams.map, &c->mem, id);
  if (s == NULL) return NULL;
  s->state = (uint8_t)rill__stream_next(RILL__IDLE, event);
  s->inflow = rill__inflow_of(c->local.enforced.initial_window_size);
  s->priority = rill__priority_pack(rill__priority_default());
  rill__message_begin(&s->rx, !c->server);
  *(own ? &c->streams.by_us : &c->streams.by_peer) += 1;
  c->stats.streams_opened++;
  rill__free_window_updates(c, RILL__UPDATES_A_STREAM);
  c->streams.last = s;
  return s;
}

rill__stream *rill__stream_open(rill_conn *c, uint32_t id) { return add(c, id, RILL__OPENS); }

rill__stream *rill__stream_promise(rill_conn *c, uint32_t id) {
  rill__stream *s = add(c, id, c->server ? RILL__TX_RESERVES : RILL__RX_RESERVES);
  if (s == NULL) return NULL;
  s->promised = true;
  c->streams.promised++;
  return s;
}

void rill__stream_begin_promised(rill_conn *c, rill__stream *s) {
  s->promised = false;
  c->streams.promised--;
  s->state = (uint8_t)rill__stream_next((rill__state)s->state, c->server ? RILL__TX_RESPONSE : RILL__RX_RESPONSE);
}

/* 9113 8.7. A peer that says it has not seen what it has answered is not believed. */
static rill_processed processed(const rill_conn *c, const rill__stream *s, const rill_close *close) {
  if (c->server || !rill__stream_is_own(c, s->id)) return RILL_PROCESSED_MAYBE;
  if (close->by == RILL_BY_END || rill__message_expects(&s->rx) != RILL__SECTION_RESPONSE) return RILL_PROCESSED_YES;
  bool refused = close->by == RILL_BY_PEER && (close->why == RILL_WHY_GOAWAY || close->code == RILL_REFUSED_STREAM);
  bool unsent = c->failure.err != 0 && s->blocks != 0 && !s->left; /* and it will never be */
  return refused || unsent ? RILL_PROCESSED_NO : RILL_PROCESSED_MAYBE;
}

void rill__stream_close(rill_conn *c, rill__stream *s, const rill_close *close) {
  if ((s->flags & RILL__CLOSED) != 0) return;
  s->flags |= RILL__CLOSED;
  c->time.stale = true;
  rill__owe_nothing(c, s);
  if (s->source != NULL) rill__source_let_go(c, s);
  uint32_t used = rill__inflow_used(&s->inflow);
  if (used != 0) rill__credit_conn(c, used);
  if ((s->flags & RILL__HEARD) != 0 && c->on->on_stream_close != NULL) {
    rill_close known = *close;
    known.processed = processed(c, s, close);
    known.retryable = known.processed == RILL_PROCESSED_NO;
    c->on->on_stream_close(c, s->id, &known, s->user);
  }
}

/* Nothing can be opened below the callbacks of these two, so the walks are safe. */
void rill__stream_close_all(rill_conn *c, const rill_close *close) {
  uint32_t at = 0;
  for (rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;)
    rill__stream_close(c, s, close);
}

void rill__stream_remove(rill_conn *c, rill__stream *s) {
  c->time.stale = true;
  rill__owe_nothing(c, s);
  if (s->state != RILL__ENDED) (void)rill__stream_note_reset(c, s->id, s->state == RILL__RESET_REMOTE);
  *(rill__stream_is_own(c, s->id) ? &c->streams.by_us : &c->streams.by_peer) -= 1;
  if (s->promised) c->streams.promised--;
  if ((s->flags & RILL__OVER) != 0) c->streams.over--;
  if (c->streams.last == s) c->streams.last = NULL;
  rill__idmap_remove(&c->streams.map, s->id);
}

void rill__stream_event(rill_conn *c, uint32_t id, rill__event event) {
  rill__stream *s = rill__stream_find(c, id);
  if (s == NULL) return;
  s->state = (uint8_t)rill__stream_next((rill__state)s->state, event);
  if (s->state == RILL__ENDED && (s->flags & RILL__CLOSED) == 0) {
    rill_close close = {.by = RILL_BY_END};
    c->stats.streams_completed++;
    c->budget.fields += s->section_octets;
    rill__stream_close(c, s, &close);
  }
  if (s->state == RILL__ENDED || event == RILL__TX_RESET) rill__stream_over(c, s);
}

/*
 * Own streams above an id, whatever comes and goes meanwhile: id by id, or if those are more than the streams that there are, by
 * a walk over these. So GOAWAYs whose ids fall bit by bit cost no more than the streams that the application has opened.
 */
typedef struct own_above {
  uint32_t last, id, end; /* id, by two, up to end; 0: a walk */
  uint32_t at;
} own_above;

static own_above own_above_of(const rill_conn *c, uint32_t last, uint32_t end) {
  uint32_t id = last + 1 + (rill__stream_is_own(c, last + 1) ? 0 : 1);
  bool many = (end - last) / 2 > c->streams.map.size;
  return (own_above){last, many ? 0 : id, end, 0};
}

static rill__stream *next_by_id(const rill_conn *c, own_above *walk) {
  rill__stream *s = NULL;
  for (; s == NULL && walk->id < walk->end; walk->id += 2)
    s = rill__idmap_get(&c->streams.map, walk->id);
  return s;
}

static rill__stream *next_own_above(const rill_conn *c, own_above *walk) {
  if (walk->id != 0) return next_by_id(c, walk);
  for (rill__stream *s; (s = rill__stream_walk(c, &walk->at)) != NULL;) {
    if (s->id > walk->last && rill__stream_is_own(c, s->id)) return s;
  }
  return NULL;
}

/*
 * The peer's GOAWAY: own streams above its id are over, as if the peer had reset them; those from `end` on are already. It may
 * never have heard of them, so that a RST_STREAM that is still owed could meet an idle stream, and nobody needs it.
 */
void rill__stream_close_own_above(rill_conn *c, const rill_close *close, uint32_t last, uint32_t end) {
  if (end > c->streams.next_own) end = c->streams.next_own;
  if (c->streams.by_us == 0 || last >= end) return;
  const own_above all = own_above_of(c, last, end);
  own_above walk = all;
  for (rill__stream *s; !c->deleted && (s = next_own_above(c, &walk)) != NULL;) {
    s->state = RILL__RESET_REMOTE;
    rill__stream_close(c, s, close);
  }
  walk = all;
  for (rill__stream *s; !c->deleted && (s = next_own_above(c, &walk)) != NULL;) {
    s->state = RILL__RESET_REMOTE; /* also what a callback has reset meanwhile */
    s->flags &= (uint8_t)~RILL__RESET_OWED;
    rill__owe_nothing(c, s);
    if (s->blocks == 0) rill__stream_over(c, s);
  }
}

void rill__stream_free_all(rill_conn *c) {
  rill__idmap_free(&c->streams.map, &c->mem);
  rill__mem_free(&c->mem, c->streams.ring, ring_size(c) * sizeof *c->streams.ring);
}

/* ---- requests that were told to wait ------------------------------------------------------------------------------------ */

void rill__credit_maybe(rill_conn *c) {
  if (!(c->tx.blocked || c->tx.answer_blocked) || c->deleted) return;
  uint32_t most = c->remote.settings.max_concurrent_streams;
  bool opens = c->tx.blocked && (rill__is_closing(c) || (c->streams.by_us < most && !rill__lane_full(c)));
  bool answers = c->tx.answer_blocked && (c->failure.err != 0 || rill__active_promised(c) < most);
  if (!opens && !answers) return;
  c->tx.blocked = c->tx.answer_blocked = false;
  if (c->on->on_credit != NULL) c->on->on_credit(c, c->user);
}
