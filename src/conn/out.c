/* SPDX-License-Identifier: MIT */
/*
 * What is shown and not yet taken. A ring of segments points at octets that stay where they are: staged control frames and heads
 * (out->scratch), blocks of the header lane, pushed content, and the application's own memory. Taking a segment whole has
 * effects: memory goes back, chunks come back, streams end.
 *
 * Those who take output by rill_conn_send() with room enough never come here: frames are written straight to their memory.
 */
#include "conn/conn.h"

#include "base/bytes.h"

enum { SEGS_MIN = 8, SCRATCH_MIN = 512 + 40 }; /* the latter as a chain begins */

_Static_assert(sizeof(rill__out) + SEGS_MIN * sizeof(rill__seg) + SCRATCH_MIN + RILL__OWED_MIN * (size_t)RILL__OWED_SIZE <=
                   RILL__RESERVE_MIN,
               "the reserve holds what showing and refusing begin with");

/* ---- what is there while something goes out ------------------------------------------------------------------------------ */

const rill__out rill__no_out = {
    .ready = {(rill__node *)(uintptr_t)&rill__no_out.ready, (rill__node *)(uintptr_t)&rill__no_out.ready},
    .ping_at = RILL_NO_CLOCK};

bool rill__out_make(rill_conn *c) {
  rill__out *out = rill__mem_alloc(&c->mem, sizeof *out);
  if (out == NULL) return false;
  *out = (rill__out){.ping_at = RILL_NO_CLOCK};
  rill__list_init(&out->ready);
  rill__pool_init(&out->sources, sizeof(rill__source));
  c->out = out;
  return true;
}

static bool is_bare(const rill_conn *c) {
  const rill__out *out = c->out;
  bool owes = false;
  for (size_t i = 0; i < RILL__OWED_KINDS; i++)
    owes |= out->owed[i].p != NULL;
  return !owes && out->lane.first == NULL && out->scratch.first == NULL && out->segs == NULL && out->sources.chunks == NULL &&
         out->queues == NULL && out->debug.p == NULL && c->tx.ping_state == RILL__PING_NONE;
}

void rill__out_end(rill_conn *c) {
  if (!is_bare(c)) return;
  rill__mem_free(&c->mem, c->out, sizeof *c->out);
  c->out = rill__nothing_out();
}

/* ---- the ring ----------------------------------------------------------------------------------------------------------- */

void rill__with_reserve(rill_conn *c, bool on) {
  size_t limit = c->context->config.memory_limit;
  c->mem.limit = on ? limit : limit - rill__mem_reserve(limit);
}

static bool begin_with_reserve(rill_conn *c) {
  rill__with_reserve(c, true);
  bool begun = rill__out_make(c);
  rill__with_reserve(c, false);
  return begun;
}

bool rill__stage_reserve(rill_conn *c, uint32_t segs) {
  if (!rill__has_out(c) && !begin_with_reserve(c)) return false;
  uint32_t cap = c->out->segs_cap == 0 ? SEGS_MIN : c->out->segs_cap;
  while (cap - c->out->segs_count < segs)
    cap *= 2;
  if (cap == c->out->segs_cap) return true;
  rill__with_reserve(c, true);
  rill__seg *ring = rill__mem_alloc(&c->mem, cap * sizeof *ring);
  rill__with_reserve(c, false);
  if (ring == NULL) return false;
  for (uint32_t i = 0; i < c->out->segs_count; i++)
    ring[i] = c->out->segs[(c->out->segs_first + i) & (c->out->segs_cap - 1)];
  rill__mem_free(&c->mem, c->out->segs, c->out->segs_cap * sizeof *ring);
  c->out->segs = ring;
  c->out->segs_cap = cap;
  c->out->segs_first = 0;
  return true;
}

static rill__seg *seg_at(const rill_conn *c, uint32_t i) {
  return &c->out->segs[(c->out->segs_first + i) & (c->out->segs_cap - 1)];
}

void rill__stage(rill_conn *c, const rill__seg *seg) {
  *seg_at(c, c->out->segs_count++) = *seg;
  c->out->staged += seg->n;
}

static void pushed_taken(rill_conn *c, const rill__seg *seg) {
  rill__source *source = seg->owner;
  rill__chain_drop(&source->pushed, &c->mem, seg->n);
  source->shown--;
  if (!source->orphan) {
    rill__source_drained(c, rill__stream_find(c, seg->id)); /* whose source it is */
  } else if (source->shown == 0) {
    rill__source_free(c, source);
  }
}

static void chunk_done(rill_conn *c, void *user, size_t sent, bool dropped) {
  if (c->on->on_chunk_done != NULL) c->on->on_chunk_done(c, user, sent, dropped, c->user);
}

void rill__reached(rill_conn *c, uint32_t id, uint8_t ends) {
  if (ends > RILL__EVENTS) {
    rill__note_taken(c, (rill__taken)(ends - 1));
  } else {
    rill__stream_event(c, id, (rill__event)(ends - 1));
  }
}

static void seg_taken(rill_conn *c, const rill__seg *seg) {
  switch ((rill__seg_kind)seg->kind) {
  case RILL__SEG_CONTROL:
    rill__chain_drop(&c->out->scratch, &c->mem, seg->n);
    break;
  case RILL__SEG_LANE:
    rill__chain_drop(&c->out->lane, &c->mem, seg->n);
    break;
  case RILL__SEG_CHUNK:
    chunk_done(c, seg->owner, seg->n, false);
    break;
  case RILL__SEG_PUSHED:
    pushed_taken(c, seg);
    break;
  case RILL__SEG_PADDING:
  case RILL__SEG_RETURNED:
    break;
  }
  if (seg->ends != 0) rill__reached(c, seg->id, seg->ends);
}

/* n <= staged. */
static void take(rill_conn *c, size_t n) {
  if (n == 0) return;
  c->out->staged -= n;
  c->out->shown -= c->out->shown < n ? c->out->shown : n;
  c->stats.octets_sent += n;
  while (n != 0 && !c->deleted) {
    rill__seg seg = *seg_at(c, 0);
    size_t rest = seg.n - c->out->segs_taken;
    if (n < rest) {
      c->out->segs_taken += n;
      return;
    }
    n -= rest;
    c->out->segs_taken = 0;
    c->out->segs_first = (c->out->segs_first + 1) & (c->out->segs_cap - 1);
    c->out->segs_count--;
    seg_taken(c, &seg);
  }
}

/* All lent chunks go back; the rest stays, since the caller may be in the midst of it. */
void rill__stage_abandon(rill_conn *c) {
  for (uint32_t i = 0; i < c->out->segs_count; i++) {
    rill__seg *seg = seg_at(c, i);
    if (seg->kind != RILL__SEG_CHUNK) continue;
    seg->kind = RILL__SEG_RETURNED;
    chunk_done(c, seg->owner, i == 0 ? c->out->segs_taken : 0, true);
  }
}

/* Lent chunks have gone back. */
void rill__stage_free(rill_conn *c) {
  while (c->out->segs_count != 0) {
    rill__seg seg = *seg_at(c, 0);
    c->out->segs_taken = 0;
    c->out->segs_first = (c->out->segs_first + 1) & (c->out->segs_cap - 1);
    c->out->segs_count--;
    if (seg.kind == RILL__SEG_PUSHED) pushed_taken(c, &seg);
  }
  if (!rill__has_out(c)) return;
  rill__mem_free(&c->mem, c->out->segs, c->out->segs_cap * sizeof *c->out->segs);
  c->out->segs = NULL;
  c->out->segs_cap = 0;
  c->out->staged = c->out->shown = 0;
  rill__chain_free(&c->out->scratch, &c->mem);
}

/* ---- sinks: where frames are written ------------------------------------------------------------------------------------ */

uint8_t *rill__stage_room(rill_conn *c, size_t n, rill__emit *why) {
  *why = RILL__EMIT_NOMEM;
  if (!rill__stage_reserve(c, 1)) return NULL;
  rill__with_reserve(c, true);
  uint8_t *p = rill__chain_reserve(&c->out->scratch, &c->mem, n);
  rill__with_reserve(c, false);
  return p;
}

void rill__stage_put(rill_conn *c, size_t n, uint32_t id, uint8_t ends) {
  rill__chain_commit(&c->out->scratch, n);
  const uint8_t *p = rill__chain_look(&c->out->scratch).p;
  rill__chain_see(&c->out->scratch, n);
  rill__stage(c, &(rill__seg){p, n, NULL, id, RILL__SEG_CONTROL, ends});
}

/* ---- the ways out ------------------------------------------------------------------------------------------------------- */

/* Segments that follow each other in memory share an entry. */
static size_t show(rill_conn *c, rill_iovec *iov, size_t max_iov, size_t max_bytes) {
  size_t count = 0, skip = c->out->segs_taken, total = 0;
  for (uint32_t i = 0; i < c->out->segs_count && total < max_bytes; i++) {
    const rill__seg *seg = seg_at(c, i);
    uint8_t *p = seg->p == NULL ? NULL : (uint8_t *)(uintptr_t)seg->p + skip;
    size_t n = seg->n - skip;
    skip = 0;
    bool joins =
        count != 0 && p != NULL && iov[count - 1].base != NULL && (uint8_t *)iov[count - 1].base + iov[count - 1].len == p;
    if (!joins && count == max_iov) break;
    if (!joins) iov[count++] = (rill_iovec){p, 0};
    iov[count - 1].len += n;
    total += n;
  }
  if (total > c->out->shown) c->out->shown = total;
  return count;
}

/* Most often there is nothing to say: then nothing is asked, and nothing changes. Without a transport there never is. */
static bool is_silent(const rill_conn *c) {
  const rill__out *out = c->out;
  if (c->eof) return true;
  return !c->tx.owes && out->segs_count == 0 && out->lane.unseen == 0 && rill__list_empty(&out->ready) && out->queues == NULL;
}

static rill_ssize still(rill_conn *c) {
  if (c->time.stale) rill__timed_end(c);
  return rill__leave(c, 0);
}

rill_ssize rill_conn_sendv(rill_conn *c, rill_iovec *iov, size_t max_iov, size_t max_bytes, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  if (is_silent(c)) return still(c);
  rill__sink staged = {NULL, 0, 0, false, RILL__EMIT_NONE};
  rill__emit emit = RILL__EMIT_DONE;
  rill__node put_off;
  rill__round_begin(c, &put_off);
  while (c->out->staged < max_bytes && c->out->segs_count < max_iov && emit == RILL__EMIT_DONE) {
    staged.room = max_bytes - c->out->staged;
    emit = rill__emit_next(c, &staged);
  }
  rill__round_end(c);
  rill__timed_end(c);
  if (emit == RILL__EMIT_NOMEM && c->out->staged == 0) return rill__leave(c, RILL_ERR_NOMEM);
  return rill__leave(c, (rill_ssize)show(c, iov, max_iov, max_bytes));
}

int rill_conn_sent(rill_conn *c, size_t n, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  if (n > c->out->shown) return (int)rill__leave(c, RILL_ERR_INVALID);
  if (n != 0) c->time.active = now;
  take(c, n);
  rill__timed_end(c);
  return (int)rill__leave(c, 0);
}

/* Copies what is staged to dst, as far as it goes; an opaque chunk has no octets to copy. */
static rill_ssize copy_staged(rill_conn *c, uint8_t *dst, size_t cap) {
  size_t wrote = 0;
  while (c->out->segs_count != 0 && wrote < cap && !c->deleted) {
    const rill__seg *seg = seg_at(c, 0);
    size_t n = seg->n - c->out->segs_taken;
    if (n > cap - wrote) n = cap - wrote;
    if (seg->p == NULL) return wrote != 0 ? (rill_ssize)wrote : RILL_ERR_STATE;
    rill__put(dst + wrote, seg->p + c->out->segs_taken, n);
    wrote += n;
    take(c, n);
  }
  return (rill_ssize)wrote;
}

/* What does not fit the room that is left is staged, one frame, and given in part. */
static rill_ssize send_some(rill_conn *c, uint8_t *dst, size_t cap) {
  rill_ssize got = copy_staged(c, dst, cap);
  if (got < 0 || c->out->segs_count != 0) return got;
  rill__sink direct = {dst + got, cap - (size_t)got, 0, true, RILL__EMIT_NONE};
  rill__emit emit = RILL__EMIT_DONE;
  while (emit == RILL__EMIT_DONE && direct.room != 0)
    emit = rill__emit_next(c, &direct);
  c->stats.octets_sent += direct.wrote;
  size_t wrote = (size_t)got + direct.wrote;
  if (wrote != 0 || emit != RILL__EMIT_FULL) return emit == RILL__EMIT_NOMEM && wrote == 0 ? RILL_ERR_NOMEM : (rill_ssize)wrote;
  rill__sink staged = {NULL, cap, 0, true, RILL__EMIT_NONE};
  emit = RILL__EMIT_DONE;
  while (emit == RILL__EMIT_DONE && c->out->segs_count == 0)
    emit = rill__emit_next(c, &staged);
  return emit == RILL__EMIT_NOMEM ? RILL_ERR_NOMEM : copy_staged(c, dst, cap);
}

rill_ssize rill_conn_send(rill_conn *c, uint8_t *dst, size_t cap, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  if (is_silent(c)) return still(c);
  rill__node put_off;
  rill__round_begin(c, &put_off);
  rill_ssize got = cap == 0 ? 0 : send_some(c, dst, cap);
  rill__round_end(c);
  if (got > 0) c->time.active = now;
  rill__timed_end(c);
  return rill__leave(c, got);
}
