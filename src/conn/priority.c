/* SPDX-License-Identifier: MIT */
/*
 * Signals of priority: PRIORITY_UPDATE in and out (RFC 9218 7.1), the application's own word, and what is left of RFC 7540 5.3,
 * which is carried and reported, and changes nothing. What a signal does is sched.c's business.
 *
 * A PRIORITY_UPDATE may come before its stream. It is kept as what it means, in a few octets for each of a bounded number of
 * streams, until the stream opens or is passed over; the newest counts.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/get.h"
#include "hpack/token.h"

/* ---- before the stream opens -------------------------------------------------------------------------------------------- */

static size_t size_of(uint32_t cap) { return sizeof(rill__earlies) + cap * sizeof(rill__early); }

uint32_t rill__early_count(const rill_conn *c) { return c->streams.early == NULL ? 0 : c->streams.early->count; }

static rill__early *find_early(const rill_conn *c, uint32_t id) {
  for (uint32_t i = 0; i < rill__early_count(c); i++) {
    if (c->streams.early->at[i].id == id) return &c->streams.early->at[i];
  }
  return NULL;
}

static rill__early *add_early(rill_conn *c, uint32_t id) {
  rill__earlies *early = c->streams.early;
  uint32_t count = rill__early_count(c), cap = early == NULL ? 0 : early->cap, more = cap == 0 ? 4 : cap * 2;
  if (count >= c->context->config.max_priority_updates) return NULL;
  if (count == cap) {
    early = rill__mem_resize(&c->mem, early, early == NULL ? 0 : size_of(cap), size_of(more));
    if (early == NULL) return NULL;
    early->count = count;
    early->cap = more;
    c->streams.early = early;
  }
  rill__early *slot = &early->at[early->count++];
  slot->id = id;
  if (count == 0 || id < early->least) early->least = id;
  return slot;
}

bool rill__early_take(rill_conn *c, uint32_t id, rill_priority *priority) {
  bool found = false;
  rill__earlies *all = c->streams.early;
  uint32_t kept = 0;
  if (all == NULL || id < all->least) return false; /* whoever is kept for later streams costs the others nothing */
  all->least = UINT32_MAX;
  for (uint32_t i = 0; i < all->count; i++) {
    rill__early early = all->at[i];
    if (early.id == id) {
      *priority = early.priority;
      found = true;
    } else if (early.id > id) { /* those below were passed over (9113 5.1.1) */
      all->at[kept++] = early;
      if (early.id < all->least) all->least = early.id;
    }
  }
  all->count = kept;
  return found;
}

void rill__early_free(rill_conn *c) {
  if (c->streams.early == NULL) return;
  rill__mem_free(&c->mem, c->streams.early, size_of(c->streams.early->cap));
  c->streams.early = NULL;
}

/* What the peer may take for the limit of its streams: a lower one that it has not acknowledged is not held against it here. */
static uint32_t known_limit(const rill_conn *c) {
  uint32_t acknowledged = c->local.settings.max_concurrent_streams, enforced = c->local.enforced.max_concurrent_streams;
  return acknowledged > enforced ? acknowledged : enforced;
}

/* As the peer counts them: it knows nothing of slots that are held, nor of what we still do for a stream that it has reset. */
static uint32_t active_streams(const rill_conn *c) {
  uint32_t active = c->streams.by_peer, at = 0;
  for (const rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    if (rill__stream_is_own(c, s->id)) continue;
    if ((s->flags & RILL__OVER) != 0 || s->state == RILL__RESET_REMOTE) active--;
  }
  return active;
}

/* 9218 7.1: streams that are idle and prioritised count as if they were open. The exact count is made only if it matters. */
static bool is_one_too_many(rill_conn *c) {
  uint32_t most = known_limit(c);
  rill_priority forgotten;
  if (rill__early_count(c) + c->streams.by_peer < most) return false;
  (void)rill__early_take(c, c->streams.last_peer, &forgotten); /* of streams that were opened, and refused */
  return rill__early_count(c) + active_streams(c) >= most;
}

static rill_why keep_early(rill_conn *c, uint32_t id, rill_priority priority) {
  rill__early *early = find_early(c, id);
  if (early == NULL) {
    if (is_one_too_many(c)) return RILL_WHY_PRIORITY_UPDATES;
    early = add_early(c, id);
  }
  if (early != NULL) early->priority = priority;
  return RILL_WHY_NONE;
}

/* ---- what the peer says ------------------------------------------------------------------------------------------------- */

static void report(rill_conn *c, uint32_t id, const rill_priority_signal *signal) {
  if (c->on->on_priority == NULL) return;
  rill__answer(c, 0, c->on->on_priority(c, id, signal, c->user));
}

void rill__legacy_priority(rill_conn *c, uint32_t id, const rill_frame *frame) {
  const rill_priority_signal signal = {
      .legacy = {.present = true, .exclusive = frame->exclusive, .weight = frame->weight, .dependency = frame->dependency},
      .priority = rill__priority_default(),
  };
  report(c, id, &signal);
}

static rill_why judge_update(const rill_conn *c, uint32_t id, rill__state state) {
  if (!c->server) return RILL_WHY_PRIORITY_UPDATE_SERVER;
  return rill__stream_is_own(c, id) && state == RILL__IDLE ? RILL_WHY_PRIORITIZED_ID : RILL_WHY_NONE;
}

/* A value that is no dictionary, or longer than anybody needs, says nothing. */
void rill__rx_priority_update(rill_conn *c, const rill_frame *frame) {
  uint32_t id = frame->prioritized_id;
  rill__state state = rill__stream_state(c, id);
  rill_priority_signal signal = {.value = frame->data, .priority = rill__priority_default()};
  rill_why why = judge_update(c, id, state);
  bool whole = frame->head.length == c->rx.head.length;
  bool known = why == RILL_WHY_NONE && whole && rill__priority_parse(&signal.priority, frame->data);
  signal.priority.signalled = true;
  if (known && state == RILL__IDLE) why = keep_early(c, id, signal.priority);
  if (why != RILL_WHY_NONE) {
    rill__settle(c, 0, why);
    return;
  }
  rill__stream *s = known ? rill__stream_live(c, id) : NULL;
  if (s != NULL) rill__prioritize(c, s, signal.priority);
  if (known) report(c, id, &signal);
}

/* ---- what the application says ------------------------------------------------------------------------------------------ */

/* A field of ours. Requests say all of it, responses change what the request said (9218 8). */
void rill__prioritize_by_fields(rill_conn *c, rill__stream *s, const rill_field *fields, size_t count) {
  rill_priority priority = rill__priority_unpack(s->priority);
  for (size_t i = 0; i < count; i++) {
    if (rill__token_for(&fields[i]) == RILL_TOKEN_PRIORITY) (void)rill__priority_parse(&priority, fields[i].value);
  }
  rill__prioritize(c, s, priority);
}

static int set(rill_conn *c, uint32_t id, const rill_priority *priority) {
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  if (priority->urgency >= RILL__URGENCIES) return RILL_ERR_INVALID;
  rill__prioritize(c, s, (rill_priority){priority->urgency, priority->incremental, true});
  return 0;
}

int rill_set_priority(rill_conn *c, uint32_t id, const rill_priority *priority) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, set(c, id, priority));
}

/* 9218 7.1: no more idle streams than could be opened, those that were named while more could be included. */
static int may_update(rill_conn *c, uint32_t id) {
  if (c->server) return RILL_ERR_STATE;
  if (c->failure.err != 0) return c->failure.err;
  if (rill__stream_live(c, id) != NULL) return 0;
  bool own = rill__stream_is_own(c, id) && id <= INT32_MAX;
  if (!own || id < c->streams.next_own) return RILL_ERR_NO_STREAM;
  if (rill__is_closing(c)) return RILL_ERR_CLOSED;
  uint32_t most = id > c->tx.prioritized ? id : c->tx.prioritized;
  uint64_t ahead = (most - c->streams.next_own) / 2 + (uint64_t)c->streams.by_us;
  return ahead < c->remote.settings.max_concurrent_streams ? 0 : RILL_ERR_BLOCKED;
}

static int update(rill_conn *c, uint32_t id, const rill_priority *priority) {
  char text[16];
  int err = may_update(c, id);
  if (err == 0 && priority->urgency >= RILL__URGENCIES) err = RILL_ERR_INVALID;
  if (err == 0 && rill__lane_full(c)) err = RILL_ERR_BLOCKED;
  if (err != 0) return err;
  size_t n = rill__priority_format(text, sizeof text, priority);
  const rill_frame frame = {.head = {.type = RILL_PRIORITY_UPDATE}, .data = {(const uint8_t *)text, n}, .prioritized_id = id};
  err = rill__lane_frame(c, &frame);
  if (err == 0 && id >= c->streams.next_own && id > c->tx.prioritized) c->tx.prioritized = id;
  return err == 0 && rill__stream_live(c, id) != NULL ? set(c, id, priority) : err;
}

int rill_submit_priority_update(rill_conn *c, uint32_t id, const rill_priority *priority) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, update(c, id, priority));
}
