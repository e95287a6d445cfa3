/* SPDX-License-Identifier: MIT */
/*
 * Progress too slow: content that waits for a peer who lets it drip, which would hold memory and workers for ever.
 *
 * Whoever moves octets earns patience, one octet's worth each; time costs config.stall_rate of it a second, but only while
 * content is held up: by the stream's window, by the connection's or the transport, or since a frame or a declared
 * content-length has not come whole. It never falls below stall_grace when that begins, and never rises above what lasts until
 * stall_timeout. Streams that have nothing to say, and tunnels, are not held up. A WINDOW_UPDATE earns nothing.
 *
 * A stream whose own window is shut is held to that by itself. One that waits for its turn is not, since others go before it:
 * what all of them move together counts then, and what is ended are all that wait, or the connection if it is the transport.
 *
 * No stream has a timer. All are looked at when the first is held up (time.watch), when the least patience may be over, and at
 * least each stall_grace; so one that joins later is counted from the next look on. patience has its upper bit set while it
 * is counted, and is nought but for that when it is over.
 */
#include "conn/conn.h"

static const uint32_t counted = UINT32_C(1) << 31;
static const uint64_t second = 1000000000, microsecond = 1000;

static uint32_t least_of(uint64_t a, uint32_t b) { return a < b ? (uint32_t)a : b; }

/* What so much time is worth, in octets. */
static uint32_t worth(uint32_t rate, rill_time time) {
  uint64_t seconds = time / second;
  if (seconds > INT32_MAX) return INT32_MAX;
  return least_of(seconds * rate + time % second * rate / second, INT32_MAX);
}

/* As rarely as both times allow: counted from the next look on, and an eighth late, nothing lasts longer than the timeout. */
rill__stall_terms rill__stall_terms_of(const rill_config *config) {
  rill_time most = config->stall_timeout, grace = config->stall_grace < most ? config->stall_grace : most;
  rill_time every = most - grace < grace ? most - grace : grace;
  if (every < most / 64 + microsecond) every = most / 64 + microsecond;
  rill__stall_terms t = {.every = every};
  t.least = worth(config->stall_rate, grace);
  if (t.least == 0) t.least = 1;
  most = most > every + every / 8 ? most - every - every / 8 : 0;
  t.most = worth(config->stall_rate, most);
  if (t.most < t.least) t.most = t.least;
  return t;
}

/* What stands in the way of content that could go by its streams' windows. */
typedef enum choke { CHOKE_NONE, CHOKE_WINDOW, CHOKE_TRANSPORT } choke;

/* ---- what is held up ---------------------------------------------------------------------------------------------------- */

/* A source that is still to be asked for the first time does not wait yet; see ask() for one that is asked again. */
static bool waits_for_window(const rill_conn *c, const rill__stream *s) {
  const rill__source *source = s->source;
  if (source == NULL || rill__stream_window(c, s) > 0 || rill__message_is_tunnel(&source->message)) return false;
  if (source->ask && (s->patience & counted) == 0) return false;
  if (source->body.pull != NULL) return !source->deferred && !source->mute && !source->complete;
  return source->pushed.unseen != 0;
}

/* A frame of its content is not whole yet, and all others are behind it. */
static bool is_half(const rill_conn *c, const rill__stream *s) {
  return c->rx.state == RILL__RX_DATA && c->rx.head.stream_id == s->id && !rill__message_is_tunnel(&s->rx);
}

/* More was declared than has come. Tunnels declare nothing. */
static bool owes_content(const rill__stream *s) {
  bool comes = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL;
  return comes && rill__message_left(&s->rx) > 0;
}

/* And neither our windows nor our application are in the way. */
static bool waits_for_content(const rill_conn *c, const rill__stream *s) {
  if (c->rx.paused) return false;
  if (is_half(c, s)) return true;
  return owes_content(s) && s->inflow.left > 0 && c->local.inflow.left > 0 && rill__inflow_used(&s->inflow) == 0;
}

static choke choke_of(const rill_conn *c) {
  if (c->out->staged != 0 || c->out->lane.unseen != 0) return CHOKE_TRANSPORT;
  if (!rill__ready_any(c)) return CHOKE_NONE;
  return c->remote.window.left > 0 ? CHOKE_TRANSPORT : CHOKE_WINDOW;
}

bool rill__is_choked(const rill_conn *c) { return choke_of(c) != CHOKE_NONE; }

void rill__stall_calm(const rill_conn *c, rill__stream *s) {
  if ((s->patience & counted) != 0 && !owes_content(s) && !is_half(c, s)) s->patience &= ~counted;
}

/* ---- a look at all ------------------------------------------------------------------------------------------------------ */

/* What the time since the last look cost, and what came of it. */
typedef struct survey {
  uint32_t spent;
  uint32_t least; /* patience of anyone, that is left */
  bool over;      /* somebody's is */
} survey;

static uint32_t charge(survey *v, uint32_t patience) {
  if (patience <= v->spent) {
    v->over = true;
    return 0;
  }
  patience -= v->spent;
  if (patience < v->least) v->least = patience;
  return patience;
}

/* A source that was not asked since its window closed may have nothing to say; then it will defer, and is not held up. */
static void ask(rill_conn *c, rill__stream *s) {
  if (!waits_for_window(c, s) || s->source->body.pull == NULL) return;
  s->source->ask = true;
  rill__source_turn(c, s);
}

static void look_at(rill_conn *c, rill__stream *s, survey *v) {
  const rill__stall_terms *t = &c->context->stall;
  uint32_t patience = least_of(s->patience & ~counted, t->most);
  bool waits = waits_for_window(c, s) || waits_for_content(c, s);
  if (waits || owes_content(s)) c->time.watch = true;
  if (!waits) {
    s->patience = patience;
  } else if ((s->patience & counted) != 0) {
    s->patience = counted | charge(v, patience);
  } else {
    s->patience = counted | (patience < t->least ? t->least : patience);
    ask(c, s);
  }
}

static rill__stream *next_open(const rill_conn *c, uint32_t *at) {
  rill__stream *s;
  do
    s = rill__stream_walk(c, at);
  while (s != NULL && (s->flags & RILL__CLOSED) != 0);
  return s;
}

static void look_at_streams(rill_conn *c, survey *v) {
  bool watch = c->time.watch;
  c->time.stale = true; /* this may have been the end of it, and who is asked may have something to say */
  c->time.watch = false;
  uint32_t at = 0;
  for (rill__stream *s; watch && (s = next_open(c, &at)) != NULL;)
    look_at(c, s, v);
  c->time.watched = c->time.watch;
}

/* As look_at(), for all that wait for their turn. */
static void look_at_all(rill_conn *c, survey *v) {
  const rill__stall_terms *t = &c->context->stall;
  choke before = (choke)c->time.choked, now = choke_of(c);
  uint32_t content = c->time.cut - c->time.content, sent = (uint32_t)c->stats.octets_sent - c->time.sent;
  uint32_t taken = least_of(content, sent); /* the rest of what was cut is taken later */
  uint32_t moved = before == CHOKE_TRANSPORT ? sent : taken;
  uint32_t patience = least_of((uint64_t)c->time.patience + moved, t->most);
  c->time.content += taken;
  c->time.sent = (uint32_t)c->stats.octets_sent;
  c->time.choked = (uint8_t)now;
  if (now == before && now != CHOKE_NONE) {
    patience = charge(v, patience);
  } else if (patience < t->least) {
    patience = t->least;
  }
  c->time.patience = patience;
}

/* Until the least patience of all may be over. */
static rill_time next_look(const rill_conn *c, uint32_t least) {
  const rill__stall_terms *t = &c->context->stall;
  uint32_t rate = c->context->config.stall_rate;
  rill_time in = ((rill_time)least * second + rate - 1) / rate;
  if (in < t->every / 8) return t->every / 8;
  return in < t->every ? in : t->every;
}

/* Nobody has waited yet; so whoever does has patience beyond the next look. */
void rill__stall_start(rill_conn *c) {
  survey v = {0, 0, false};
  c->time.choked = CHOKE_NONE;
  look_at_all(c, &v);
  look_at_streams(c, &v);
  c->time.sweep_in = c->context->stall.every;
}

static survey look(rill_conn *c) {
  rill_time since = c->time.now > c->time.quiet ? c->time.now - c->time.quiet : 0;
  survey v = {worth(c->context->config.stall_rate, since), INT32_MAX, false};
  look_at_all(c, &v);
  look_at_streams(c, &v);
  c->time.quiet = c->time.now;
  c->time.sweep_in = v.over ? 1 : next_look(c, v.least);
  return v;
}

void rill__stall_look(rill_conn *c) { (void)look(c); }

/* ---- the end of patience ------------------------------------------------------------------------------------------------ */

static void give_up_waiting(rill_conn *c) {
  rill__ready_shift(c);
  c->time.patience = c->context->stall.least;
  uint32_t at = 0;
  for (rill__stream *s; (s = next_open(c, &at)) != NULL;) {
    bool waits = rill__is_ready(s) && !s->source->ask;
    if (waits && !rill__message_is_tunnel(&s->source->message)) s->patience = counted;
  }
}

/* Callbacks may open streams, which spoils a walk over them; so it is done again until none is found. */
static void end_impatient(rill_conn *c) {
  for (bool found = true; found;) {
    found = false;
    uint32_t at = 0;
    for (rill__stream *s; c->failure.err == 0 && (s = next_open(c, &at)) != NULL;) {
      if (s->patience != counted) continue;
      rill__settle(c, s->id, RILL_WHY_STALL);
      found = true;
    }
  }
}

void rill__stall_due(rill_conn *c) {
  survey v = look(c);
  if (!v.over) return;
  bool all = c->time.choked != CHOKE_NONE && c->time.patience == 0;
  if (all && c->time.choked == CHOKE_TRANSPORT) {
    rill__settle_unblamed(c, RILL_WHY_STALL_TRANSPORT);
    return;
  }
  if (all) give_up_waiting(c);
  c->time.sweep_in = next_look(c, v.least);
  end_impatient(c);
}
