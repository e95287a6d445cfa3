/* SPDX-License-Identifier: MIT */
/* The invariants of conn.h, verified after each public call in RILL_CHECK builds. */
#include "conn/conn.h"

#ifdef RILL_CHECK

#include "frame/frame_tab.h"
#include <stdio.h>
#include <stdlib.h>

static void hold(bool ok, const char *what) {
  if (ok) return;
  (void)fprintf(stderr, "rill: broken invariant: %s\n", what);
  abort();
}

static void check_window(const rill__inflow *inflow) {
  hold(inflow->granted - inflow->came == inflow->left, "I3 what was granted less what came is left");
  hold((int64_t)inflow->left + inflow->held <= (int64_t)inflow->full, "I3 no more is granted than the window");
}

/* What of its window is used, at the least, and exactly where the application does not consume by hand. */
static uint32_t check_used(const rill_conn *c, const rill__stream *s) {
  uint32_t used = rill__inflow_used(&s->inflow), rest = rill__data_under_way(c, s), content = rest;
  if ((s->flags & RILL__CLOSED) != 0 || c->failure.err != 0) return 0;
  if (rest != 0 && c->rx.state == RILL__RX_DATA && !rill__credits_pieces(c)) {
    content = c->rx.head.length - (rill__frame_has(&c->rx.head, RILL_FLAG_PADDED) ? c->rx.pad + 1 : 0);
  }
  hold(used >= rest && (c->context->config.manual_consume || used == content), "I3 credit returns");
  return used;
}

/* A frame is charged as a whole when it begins; credit for it comes when its content has. */
static bool is_charged(const rill_conn *c) { return c->rx.head.type == RILL_DATA && c->rx.state != RILL__RX_HEAD; }

/* Whoever is not on a list that it belongs to waits for ever. */
static void check_turn(const rill_conn *c, const rill__stream *s, bool closed) {
  const rill__source *source = s->source;
  bool says = source != NULL && rill__source_has_something(source) && (rill__stream_window(c, s) > 0 || source->ask);
  bool resets = (s->flags & RILL__RESET_OWED) != 0;
  hold(c->remote.shifted || rill__is_ready(s) == says, "I2 who has something to say is in turn, and nobody else");
  hold(!s->owing || resets || !closed, "I2 what owes is alive, or owes a reset");
  bool owes = resets ? s->blocks == 0 : !closed && rill__stream_window_due(s);
  bool later = c->failure.err != 0 || (!resets && is_charged(c));
  hold(!owes || later || s->owing, "I2 what is owed will be said");
}

static void check_stream(rill_conn *c, rill__stream *s) {
  bool closed = (s->flags & RILL__CLOSED) != 0, over = (s->flags & RILL__OVER) != 0;
  hold(rill__stream_find(c, s->id) == s, "I1 a stream is found by its id");
  check_turn(c, s, closed);
  check_window(&s->inflow);
  hold(s->blocks == 0 || c->out->lane.unseen != 0, "I4 blocks of streams are in the lane");
  hold(c->failure.err == 0 || closed, "I7 after a failure no stream is open");
  hold(!closed || s->source == NULL, "I8 a closed stream has no source");
  hold(over || s->state != RILL__ENDED, "I8 what has ended is gone, unless it is held");
  hold(!over || (s->flags & RILL__HELD) != 0 || c->released, "I8 what is over is held, or was just released");
  bool leaves = s->state == RILL__RESET_REMOTE && s->blocks != 0 && !rill__stream_is_own(c, s->id);
  hold(!leaves || c->out->lane_out < c->out->lane_first, "I4 blocks of a stream that was reset go first");
}

static void check_owed(const rill_conn *c) {
  bool pings = c->tx.ping_state == RILL__PING_OWED || c->tx.drain_ping == RILL__PING_OWED || c->tx.keep_ping == RILL__PING_OWED ||
               c->measure.ping == RILL__PING_OWED || rill__owed_count(c, RILL__OWED_PINGS) != 0;
  bool settings = c->tx.preface_owed || c->tx.settings_owed || rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) != 0;
  bool streams = rill__owed_count(c, RILL__OWED_RESETS) != 0 || c->streams.owing_first != 0 || c->local.window_owed;
  bool any = c->failure.err != 0 ? c->tx.goaway_owed != 0 : pings || settings || streams || c->tx.goaway_owed != 0;
  hold(!any || c->tx.owes, "I5 tx.owes while a control frame is owed");
}

/* The list of those that owe, of which there are so many. */
static void check_owing(const rill_conn *c, uint32_t owing) {
  uint32_t before = 0, count = 0;
  bool linked = true;
  for (uint32_t place = c->streams.owing_first; place != 0 && linked; count++) {
    const rill__stream *s = rill__idmap_object(&c->streams.map, place);
    linked = s->owing && s->owing_before == before && count < owing;
    before = place;
    place = s->owing_next;
  }
  hold(linked && before == c->streams.owing_last && count == owing, "I2 all that owe stand in one list");
}

static void check_streams(rill_conn *c) {
  uint32_t count = 0, promised = 0, over = 0, ready = 0, owing = 0;
  int64_t used = 0;
  uint32_t at = 0;
  for (rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    count++;
    promised += s->promised;
    hold(!s->promised || rill__stream_is_own(c, s->id) == c->server, "I1 a server's streams alone are promised");
    if ((s->flags & RILL__OVER) != 0) over++;
    ready += rill__is_ready(s);
    owing += s->owing;
    check_stream(c, s);
    used += check_used(c, s);
  }
  check_window(&c->local.inflow);
  hold(c->failure.err != 0 || used == rill__inflow_used(&c->local.inflow), "I3 the connection's window is used by streams");
  hold(count == c->streams.map.count && count == c->streams.by_peer + c->streams.by_us, "I1 streams add up");
  hold(promised == c->streams.promised, "I1 promised streams add up");
  hold(over == c->streams.over, "I1 those that are over and held add up");
  hold(ready == rill__ready_count(c), "I2 all in turn stand where their priorities say");
  check_owing(c, owing);
}

static void check_window_owed(const rill_conn *c) {
  const rill__inflow *inflow = &c->local.inflow;
  hold(!c->local.window_owed || inflow->held != 0, "I2 there is credit to tell");
  bool later = c->failure.err != 0 || is_charged(c);
  hold(later || c->local.window_owed || !rill__inflow_worth_telling(inflow), "I2 credit will be told");
}

static void check_staged(const rill_conn *c) {
  size_t sum = 0;
  for (uint32_t i = 0; i < c->out->segs_count; i++)
    sum += c->out->segs[(c->out->segs_first + i) & (c->out->segs_cap - 1)].n;
  hold(sum == c->out->staged + c->out->segs_taken, "I4 what is staged adds up");
  hold(c->out->shown <= c->out->staged, "I4 no more is shown than staged");
  hold(c->out->lane_out <= c->out->lane_in && c->out->lane_first <= c->out->lane_in,
       "I4 the lane does not wait for what it lacks");
}

void rill__check(rill_conn *c) {
  const rill_config *config = &c->context->config;
  if (c->depth != 0) return;
  rill__stream *last = c->streams.last;
  check_streams(c);
  check_window_owed(c);
  check_owed(c);
  c->streams.last = last;
  if (!c->deleted) check_staged(c);
  hold(rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) <= config->max_settings_acks, "I5 acknowledgements");
  hold(rill__owed_count(c, RILL__OWED_PINGS) <= config->max_ping_acks &&
           rill__owed_count(c, RILL__OWED_RESETS) <= config->max_resets_owed,
       "I5 owed rings");
  hold(rill__early_count(c) <= config->max_priority_updates, "I5 priorities of streams to come");
  hold(c->local.settings_pending || !(c->tx.preface_owed || c->tx.settings_owed), "I9 SETTINGS are owed that nobody waits for");
  hold(c->local.settings_pending || c->local.announced == NULL, "I9 SETTINGS are kept that nobody waits for");
  hold(c->mem.used <= config->memory_limit, "I6 memory");
  for (size_t i = 0; i < RILL_BUDGETS; i++)
    hold(c->budget.points.spent[i] <= c->context->budgets[i].burst, "I10 budgets");
  hold(c->time.stale || c->failure.err != 0 || rill__time_is_seen(c), "I11 what begins or ends is seen");
}

#else
typedef int rill__check_is_off; /* ISO C wants something here */
#endif
