/* SPDX-License-Identifier: MIT */
/*
 * Time: what may become due, and what then: one table. The caller's clock alone counts; without one nothing is ever due.
 *
 * What is measured from its beginning is seen to begin at the end of the timed call in which it did, or of the next one, for what
 * was submitted in between. Nothing is acted upon but in a tick. Each row's act makes its condition false, or its time later, so
 * that a tick leaves no deadline that is not above its now. A clock that stands still stops all; one that jumps ahead makes all
 * due that would have been; one that goes back makes nothing due and lengthens nothing (rill__time_rewind).
 */
#include "conn/conn.h"

#define SPARE_AFTER ((rill_time)1000000000)

/* ---- while what holds --------------------------------------------------------------------------------------------------- */

static bool lives(const rill_conn *c) { return c->failure.err == 0; }

/* A field block, or what may become one: part of a frame's head. While we take none, none is late. */
static bool is_half(const rill_conn *c) {
  if (!c->rx.first_settings || c->rx.paused) return false;
  if (c->rx.expect_continuation) return true;
  switch ((rill__rx_state)c->rx.state) {
  case RILL__RX_HEAD:
    return c->rx.hold.n != 0 && rill__takes_blocks(c);
  case RILL__RX_PAD:
    return c->rx.head.type != RILL_DATA;
  case RILL__RX_PRIORITY:
  case RILL__RX_PROMISE:
  case RILL__RX_FRAGMENT:
    return true;
  case RILL__RX_FIXED:
  case RILL__RX_DATA:
  case RILL__RX_EXTENSION:
  case RILL__RX_SKIP:
  case RILL__RX_PREFACE:
    break;
  }
  return false;
}

/* Of the frame that is_half() speaks of, or with which its block began. */
static uint32_t half_frame(const rill_conn *c) {
  uint32_t frame = (uint32_t)c->stats.frames_received;
  if (c->rx.expect_continuation) return frame - c->rx.continuations;
  return c->rx.state == RILL__RX_HEAD ? frame + 1 : frame;
}

static bool is_final(const rill_conn *c) {
  return c->tx.goaway_owed >= RILL__GOAWAY_FINAL || c->tx.goaway_sent >= RILL__GOAWAY_FINAL;
}

static bool is_quiet(const rill_conn *c) { return c->streams.map.count == 0 && !is_final(c); }

static bool may_stall(const rill_conn *c) {
  const rill_config *config = &c->context->config;
  bool on = config->stall_timeout != 0 && config->stall_rate != 0 && c->rx.first_settings && c->streams.map.count != 0;
  return (c->time.watch || rill__is_choked(c)) && on;
}

/* None can be seen while nothing is read. */
static bool wants_sign(const rill_conn *c) {
  bool on = c->rx.first_settings && !c->rx.paused && c->tx.keep_ping == RILL__PING_NONE;
  return on && (c->context->config.keepalive_always || c->streams.map.count != 0);
}

static bool waits_for_sign(const rill_conn *c) { return c->tx.keep_ping != RILL__PING_NONE && !c->rx.paused; }

static bool waits_for_ack(const rill_conn *c) { return c->local.settings_pending && !c->rx.paused; }

/* What was said since the last timed call counts from the next. */
static rill_time drains_until(const rill_conn *c) {
  rill_time next = rill__later(c->time.now, c->time.limit);
  return next < c->time.end ? next : c->time.end;
}

/* Nothing is left but to send the last GOAWAY and what stands before it. */
static bool is_leaving(const rill_conn *c) {
  bool last = !lives(c) || (is_final(c) && c->streams.map.count == c->streams.over);
  return last && !c->time.over && rill__want_send(c);
}

/* ---- then what ---------------------------------------------------------------------------------------------------------- */

static void preface_due(rill_conn *c) { rill__settle_unblamed(c, RILL_WHY_PREFACE_TIMEOUT); }
static void settings_due(rill_conn *c) { rill__settle_unblamed(c, RILL_WHY_SETTINGS_TIMEOUT); }
static void header_due(rill_conn *c) { rill__settle_unblamed(c, RILL_WHY_HEADER_TIMEOUT); }
static void idle_due(rill_conn *c) { rill__goaway_final(c); }
static void sign_due(rill_conn *c) { rill__settle_unblamed(c, RILL_WHY_KEEPALIVE); }
static void drain_due(rill_conn *c) { rill__shut_down(c, 0); }
static void linger_due(rill_conn *c) { c->time.over = true; }

/* From now on it is the answer that is waited for, or anything else that the peer says. */
static void keepalive_due(rill_conn *c) {
  c->tx.keep_ping = RILL__PING_OWED;
  c->tx.owes = true;
  c->time.heard = c->time.now;
}

static void retire_due(rill_conn *c) {
  rill_time limit = c->time.limit;
  c->time.end = c->time.limit = RILL_NEVER;
  if (c->on->on_retire != NULL) c->on->on_retire(c, RILL_WHY_AGE, c->user);
  if (lives(c)) rill__shut_down(c, limit);
}

/*
 * The table: from when, for how long, while what holds, and then what. The first rows are measured from when that began to hold,
 * which is noted here; the others from what is noted elsewhere. Rows that share a member of c->time never hold together, and
 * none holds whose time is 0.
 */
/* clang-format off */
#define LIMIT(member) c->context->config.member
#define BEGUN(X)                                                                                                                 \
  X(PREFACE,   c->time.half,            LIMIT(preface_timeout),    lives(c) && !c->rx.first_settings,   preface_due)            \
  X(HALF,      c->time.half,            LIMIT(header_timeout),     lives(c) && is_half(c),              header_due)             \
  X(QUIET,     c->time.quiet,           LIMIT(idle_timeout),       lives(c) && is_quiet(c),             idle_due)               \
  X(STALL,     c->time.quiet,           c->time.sweep_in,          lives(c) && may_stall(c),            rill__stall_due)        \
  X(LINGER,    c->time.quiet,           LIMIT(goaway_linger),      is_leaving(c),                       linger_due)
#define KEPT(X)                                                                                                                  \
  X(SETTINGS,  c->local.settings_sent_at, LIMIT(settings_timeout), lives(c) && waits_for_ack(c),        settings_due)           \
  X(KEEPALIVE, c->time.heard,           LIMIT(keepalive_interval), lives(c) && wants_sign(c),           keepalive_due)          \
  X(SIGN,      c->time.heard,           LIMIT(keepalive_timeout),  lives(c) && waits_for_sign(c),       sign_due)               \
  X(RETIRE,    0,                       c->time.end,               lives(c) && !c->time.draining,       retire_due)             \
  X(DRAIN,     0,                       drains_until(c),           lives(c) && c->time.draining,        drain_due)              \
  X(SPARES,    c->time.active,          SPARE_AFTER,               rill__is_idle(c) && rill__holds_spares(c), rill__spares_due)
/* clang-format on */

#define NAME(due, from, long, holds, act) DUE_##due,
enum { BEGUN(NAME) KEPT(NAME) DUES };
#undef NAME

#define ACT(due, from, long, holds, act) act,
static void (*const acts[])(rill_conn *c) = {BEGUN(ACT) KEPT(ACT)};
#undef ACT

#define BIT(due, from, long, holds, act) | ((long) != 0 && (holds) ? 1u << DUE_##due : 0u)
static unsigned begun(const rill_conn *c) { return 0u BEGUN(BIT); }
static unsigned kept(const rill_conn *c) { return 0u KEPT(BIT); }
#undef BIT

/* Nothing is half read that must not be, and the connection lives on: most often. Then one row can hold, which is soon seen. */
static bool is_calm(const rill_conn *c) {
  const unsigned patient = 1u << RILL__RX_FIXED | 1u << RILL__RX_DATA | 1u << RILL__RX_EXTENSION | 1u << RILL__RX_SKIP;
  bool whole = c->rx.state == RILL__RX_HEAD ? c->rx.hold.n == 0 : (patient >> c->rx.state & 1) != 0;
  return whole && !c->rx.expect_continuation && c->rx.first_settings && lives(c) && !is_final(c);
}

static unsigned begun_calmly(const rill_conn *c) {
  if (c->streams.map.count == 0) return c->context->config.idle_timeout != 0 ? 1u << DUE_QUIET : 0;
  return may_stall(c) ? 1u << DUE_STALL : 0;
}

#define BEGIN(due, from, long, holds, act)                                                                                       \
  if ((fresh >> DUE_##due & 1) != 0) (from) = c->time.now;
static void begin(rill_conn *c, unsigned fresh) {
  BEGUN(BEGIN)
  if ((fresh >> DUE_STALL & 1) != 0) rill__stall_start(c);
}
#undef BEGIN

/* When the first of these is due. What has not been seen to begin is so long from the next timed call, not before the last one.
 */
#define TIME(due, from, long, holds, act) rill__later((seen >> DUE_##due & 1) != 0 ? (from) : c->time.now, long),
static rill_time first_of(const rill_conn *c, unsigned on) {
  unsigned seen = c->time.armed | ~0u << DUE_SETTINGS;
  const rill_time times[] = {BEGUN(TIME) KEPT(TIME)};
  rill_time first = RILL_NEVER;
  for (unsigned due = 0; on >> due != 0; due++) {
    if ((on >> due & 1) != 0 && times[due] < first) first = times[due];
  }
  return first;
}
#undef TIME

/* ---- the turn of time --------------------------------------------------------------------------------------------------- */

/* Part of a field block is of one frame, and quiet is between two streams: another one begins anew. */
static unsigned renewed(rill_conn *c) {
  uint32_t frame = half_frame(c), streams = (uint32_t)c->stats.streams_opened;
  unsigned anew = (frame != c->time.half_frame ? 1u << DUE_HALF : 0u) | (streams != c->time.quiet_streams ? 1u << DUE_QUIET : 0u);
  c->time.half_frame = frame;
  c->time.quiet_streams = streams;
  return anew;
}

static void arm_drain(rill_conn *c) {
  c->time.end = drains_until(c);
  c->time.limit = RILL_NEVER;
}

/* Nothing was read for a while, which was not the peer's fault. */
static void resume(rill_conn *c) {
  c->time.resumed = false;
  c->time.heard = c->time.now;
  if (c->local.settings_sent_at < RILL_NO_CLOCK) c->local.settings_sent_at = c->time.now;
  if (c->tx.keep_ping == RILL__PING_SENT) c->tx.keep_ping = RILL__PING_NONE;
  c->time.armed &= (uint16_t) ~(1u << DUE_HALF);
}

/* What began since the last timed call, or begins anew, as a stall cannot. */
static unsigned freshly_begun(rill_conn *c) {
  if (c->streams.map.count == 0) c->time.watch = false; /* nobody is left who could be held up */
  unsigned now = is_calm(c) ? begun_calmly(c) : begun(c);
  unsigned fresh = now & ~(unsigned)c->time.armed;
  if ((now & ~(1u << DUE_STALL)) != 0) fresh |= now & renewed(c);
  c->time.armed = (uint16_t)now;
  return fresh;
}

void rill__time_arm(rill_conn *c) {
  c->time.stale = false;
  if (c->time.draining && c->time.limit != RILL_NEVER) arm_drain(c);
  if (c->time.resumed) resume(c);
  if (c->budget.at >= RILL_NO_CLOCK) c->budget.at = c->time.now;
  unsigned fresh = freshly_begun(c), now = c->time.armed;
  if (fresh != 0) begin(c, fresh);
  if (c->time.watch && !c->time.watched && (now >> DUE_STALL & 1) != 0) rill__stall_look(c);
}

#ifdef RILL_CHECK
bool rill__time_is_seen(const rill_conn *c) {
  unsigned now = begun(c), of_frames = 1u << DUE_HALF, of_streams = 1u << DUE_QUIET;
  return now == c->time.armed && ((now & of_frames) == 0 || half_frame(c) == c->time.half_frame) &&
         ((now & of_streams) == 0 || (uint32_t)c->stats.streams_opened == c->time.quiet_streams);
}
#endif

void rill__time_rewind(rill_conn *c, rill_time now) {
  rill_time back = c->time.now - now;
  rill_time *const noted[] = {&c->time.active,     &c->time.heard,  &c->time.half,   &c->local.settings_sent_at,
                              &c->time.quiet,      &c->time.pinged, &c->time.probed, &c->out->ping_at,
                              &c->measure.ping_at, &c->budget.at,   &c->time.end};
  size_t count = sizeof noted / sizeof *noted - (c->time.draining ? 0 : 1); /* when to retire is the caller's time */
  if (c->time.now >= RILL_NO_CLOCK) return;
  for (size_t i = 0; i < count; i++) {
    if (*noted[i] < RILL_NO_CLOCK) *noted[i] = *noted[i] > back ? *noted[i] - back : 1;
  }
}

rill_time rill_conn_deadline(const rill_conn *c) {
  if (c->deleted || c->time.now >= RILL_NO_CLOCK) return RILL_NEVER;
  return first_of(c, begun(c) | kept(c));
}

static void act_if_due(rill_conn *c, unsigned due) {
  rill__time_arm(c);
  unsigned on = (c->time.armed | kept(c)) & 1u << due;
  if (c->time.now >= first_of(c, on)) acts[due](c);
}

int rill_conn_tick(rill_conn *c, rill_time now) {
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  if (now < RILL_NO_CLOCK && now >= rill_conn_deadline(c)) { /* most often nothing is due */
    for (unsigned due = 0; due < DUES && !c->deleted; due++)
      act_if_due(c, due);
  }
  rill__timed_end(c);
  return (int)rill__leave(c, c->failure.err);
}

/* ---- PINGs -------------------------------------------------------------------------------------------------------------- */

rill_time rill__note_round_trip(rill_conn *c, rill_time then) {
  rill_time now = c->time.now;
  if (now >= RILL_NO_CLOCK || then >= now) return 0;
  c->stats.round_trip = now - then;
  if (c->stats.round_trip_min == 0 || now - then < c->stats.round_trip_min) c->stats.round_trip_min = now - then;
  return now - then;
}

/* The peer may have answered before the transport said that it had taken them. */
void rill__note_taken(rill_conn *c, rill__taken taken) {
  switch (taken) {
  case RILL__TAKEN_SETTINGS:
    rill__settings_sent(c);
    break;
  case RILL__TAKEN_PING:
    c->out->ping_at = c->time.now;
    break;
  case RILL__TAKEN_PROBE:
    c->time.probed = c->time.now;
    break;
  case RILL__TAKEN_MEASURE:
    c->measure.ping_at = c->time.now;
    break;
  }
}

/* As servers of gRPC do: what we say ourselves forgives. */
void rill__judge_ping(rill_conn *c) {
  const rill_config *config = &c->context->config;
  rill_time now = c->time.now, last = c->time.pinged;
  if (config->ping_interval_min == 0 || now >= RILL_NO_CLOCK) return;
  c->time.pinged = now;
  if (c->tx.spoke) {
    c->tx.spoke = false;
    c->time.strikes = 0;
  } else if (last < RILL_NO_CLOCK && now - last < config->ping_interval_min && ++c->time.strikes > config->ping_strikes) {
    rill__settle(c, 0, RILL_WHY_PING_STRIKES);
  }
}
