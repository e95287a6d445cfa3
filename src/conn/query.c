/* SPDX-License-Identifier: MIT */
/* Questions: nothing here changes anything, but for the stream's user pointer. */
#include "conn/conn.h"

/* After a GOAWAY that forbids new streams, and with the old ones gone. */
static bool is_drained(const rill_conn *c) {
  bool closing = c->tx.goaway_sent >= RILL__GOAWAY_FINAL || (c->remote.goaway && !c->server);
  return closing && c->streams.map.count == c->streams.over && !rill__want_send(c);
}

static bool has_failed(const rill_conn *c) { return c->failure.err != 0 && !rill__want_send(c); }

bool rill_conn_is_done(const rill_conn *c) { return c->deleted || c->eof || c->time.over || has_failed(c) || is_drained(c); }

bool rill_conn_want_recv(const rill_conn *c) { return !c->deleted && c->failure.err == 0 && !c->rx.paused && !is_drained(c); }

bool rill_conn_want_send(const rill_conn *c) { return !c->deleted && rill__want_send(c); }

rill_conn_failure rill_conn_error(const rill_conn *c) {
  const rill__failure *f = &c->failure;
  return (rill_conn_failure){(rill_why)f->why, f->err, f->code, f->frame_type, f->stream_id, f->offset};
}

rill_fault rill_conn_fault(const rill_conn *c) { return (rill_fault){(rill_why)c->fault.why, c->fault.index}; }

int rill_stream_set_user(rill_conn *c, uint32_t id, void *stream_user) {
  rill__stream *s = c->deleted ? NULL : rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  s->user = stream_user;
  rill__check(c);
  return 0;
}

/* Leaves the store's memory of the last stream found as it is, so that the connection can be const. */
static const rill__stream *look_up(const rill_conn *c, uint32_t id) {
  const rill__stream *s = c->streams.last;
  if (s == NULL || s->id != id) s = rill__idmap_get(&c->streams.map, id);
  return s == NULL || (s->flags & RILL__CLOSED) != 0 ? NULL : s;
}

void *rill_stream_user(const rill_conn *c, uint32_t id) {
  const rill__stream *s = look_up(c, id);
  return s == NULL ? NULL : s->user;
}

int rill_conn_setting(const rill_conn *c, rill_side side, uint16_t id, uint32_t *value) {
  return rill__settings_get(side == RILL_LOCAL ? &c->local.settings : &c->remote.settings, id, value) ? 0 : RILL_ERR_INVALID;
}

int rill_conn_window(const rill_conn *c, uint32_t id, rill_window_kind kind, int64_t *value) {
  const rill__stream *s = id == 0 ? NULL : look_up(c, id);
  if (id != 0 && s == NULL) return RILL_ERR_NO_STREAM;
  const rill__inflow *inflow = s == NULL ? &c->local.inflow : &s->inflow;
  switch (kind) {
  case RILL_WINDOW_SEND:
    *value = s == NULL ? c->remote.window.left : rill__stream_window(c, s);
    return 0;
  case RILL_WINDOW_RECV:
    *value = inflow->left;
    return 0;
  case RILL_WINDOW_HELD:
    *value = inflow->held;
    return 0;
  }
  return RILL_ERR_INVALID;
}

/* The octets of what is owed as it will be written, one WINDOW_UPDATE or RST_STREAM for each stream that owes. */
static size_t owed_output(const rill_conn *c) {
  enum { EMPTY = RILL_FRAME_HEAD_SIZE, NUMBER = RILL_FRAME_HEAD_SIZE + 4, PING = RILL_FRAME_HEAD_SIZE + 8 };
  size_t n = (size_t)rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) * EMPTY +
             (size_t)rill__owed_count(c, RILL__OWED_PINGS) * PING + (size_t)rill__owed_count(c, RILL__OWED_RESETS) * NUMBER;
  for (uint32_t place = c->streams.owing_first; place != 0;) {
    const rill__stream *s = rill__idmap_object(&c->streams.map, place);
    place = s->owing_next;
    n += NUMBER;
  }
  return n + (c->local.window_owed ? NUMBER : 0);
}

/* Where both structs have the same count, of 64 bits. */
#define COUNT(member)                                                                                                            \
  { offsetof(rill__counts, member), offsetof(rill_stats, member) }
static const struct {
  uint8_t from, to;
} same[] = {
    COUNT(octets_sent),       COUNT(frames_received),       COUNT(frames_sent),       COUNT(resets_received),
    COUNT(resets_sent),       COUNT(content_received),      COUNT(content_sent),      COUNT(round_trip),
    COUNT(round_trip_min),    COUNT(field_octets_received), COUNT(field_octets_sent), COUNT(block_octets_received),
    COUNT(block_octets_sent),
};
#undef COUNT

rill_stats rill_conn_stats(const rill_conn *c) {
  rill_stats stats = {.octets_received = c->rx.octets};
  for (size_t i = 0; i < sizeof same / sizeof same[0]; i++)
    memcpy((uint8_t *)&stats + same[i].to, (const uint8_t *)&c->stats + same[i].from, sizeof(uint64_t));
  stats.streams_opened = c->stats.streams_opened;
  stats.streams_completed = c->stats.streams_completed;
  stats.streams_open = c->streams.by_peer + c->streams.by_us;
  stats.memory = c->mem.used;
  stats.memory_peak = c->mem.peak;
  stats.pings_owed = rill__owed_count(c, RILL__OWED_PINGS);
  stats.settings_owed = rill__owed_count(c, RILL__OWED_SETTINGS_ACKS);
  stats.resets_owed = rill__owed_count(c, RILL__OWED_RESETS);
  stats.output = c->out->staged + c->out->lane.unseen + owed_output(c);
  stats.promised = c->streams.promised;
  stats.prioritized = rill__early_count(c);
  stats.origins = rill__origins_count(c);
  stats.window_updates = c->budget.window_updates;
  rill__budget_tell(c, &stats);
  return stats;
}

/* ---- why nothing is sent ------------------------------------------------------------------------------------------------ */

static unsigned request_blocked(const rill_conn *c) {
  if (c->server || rill__is_closing(c) || c->streams.next_own > INT32_MAX) return RILL_BLOCKED_CLOSED;
  unsigned why = rill__lane_full(c) ? RILL_BLOCKED_TRANSPORT : 0;
  if (c->streams.by_us >= c->remote.settings.max_concurrent_streams) why |= RILL_BLOCKED_CONCURRENCY;
  return why;
}

/* Content is there, and is not sent. */
static unsigned content_blocked(const rill_conn *c, const rill__stream *s) {
  unsigned why = 0;
  if (rill__stream_window(c, s) <= 0) why |= RILL_BLOCKED_STREAM_WINDOW;
  if (c->remote.window.left <= 0) why |= RILL_BLOCKED_CONNECTION_WINDOW;
  return why != 0 && !s->source->ask ? why : RILL_BLOCKED_TRANSPORT;
}

static unsigned source_blocked(const rill_conn *c, const rill__stream *s) {
  const rill__source *source = s->source;
  bool pushed = source->body.pull == NULL;
  if (source->complete && source->pushed.unseen == 0) {
    if (rill__trailers_due(source)) return RILL_BLOCKED_TRANSPORT;
    return source->with_trailers ? RILL_BLOCKED_HEAD : RILL_BLOCKED_TRANSPORT;
  }
  if (pushed ? source->pushed.unseen == 0 : source->deferred) return RILL_BLOCKED_SOURCE;
  return content_blocked(c, s);
}

static unsigned stream_blocked(const rill_conn *c, const rill__stream *s) {
  if (!c->server && !rill__stream_is_own(c, s->id)) return RILL_BLOCKED_CLOSED; /* a promise, to which nothing is sent */
  if (s->blocks != 0) return RILL_BLOCKED_TRANSPORT;
  if ((s->flags & RILL__TX_HEAD) == 0) return RILL_BLOCKED_HEAD;
  if (s->source != NULL) return source_blocked(c, s);
  return s->state == RILL__HALF_LOCAL ? RILL_BLOCKED_CLOSED : RILL_BLOCKED_TRANSPORT;
}

unsigned rill_stream_blocked(const rill_conn *c, uint32_t id) {
  if (c->deleted || c->failure.err != 0) return RILL_BLOCKED_CLOSED;
  unsigned paused = c->rx.paused ? RILL_BLOCKED_PAUSED : 0;
  if (id == 0) return request_blocked(c) | paused;
  const rill__stream *s = look_up(c, id);
  if (s == NULL) return RILL_BLOCKED_CLOSED;
  bool more_comes = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL;
  if (s->inflow.paused && more_comes) paused = RILL_BLOCKED_PAUSED;
  return stream_blocked(c, s) | paused;
}

int rill_conn_stream_stats(const rill_conn *c, uint32_t id, rill_stream_stats *out) {
  const rill__stream *s = look_up(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  *out = (rill_stream_stats){
      .octets_received = s->octets_received,
      .octets_sent = s->octets_sent,
      .priority = rill__priority_unpack(s->priority),
      .informational = s->rx.interim,
      .receives = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL || s->state == RILL__RESERVED_REMOTE,
      .sends = s->state == RILL__OPEN || s->state == RILL__HALF_REMOTE || s->state == RILL__RESERVED_LOCAL,
  };
  return 0;
}
