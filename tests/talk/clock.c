/* SPDX-License-Identifier: MIT */
/*
 * clock: the time that a replay is told, and what holds after each tick, whatever it was told: no deadline is due any more, and
 * without a clock there is none.
 */
#include "talk/run.h"

enum { LEAP_BITS = 44, DEADLINES_MAX = 8 }; /* leaps of up to five hours */

static const rill_time first = 1000000000, last = RILL_NO_CLOCK - 1;

static rill_time leap(run *r) { return run_random(r, (uint64_t)1 << run_random(r, LEAP_BITS + 1)); }

static rill_time anything(run *r) {
  const rill_time all[] = {0, 1, first, last, RILL_NO_CLOCK, RILL_NEVER, (rill_time)1 << 63, r->clock, leap(r), last - leap(r)};
  return all[run_random(r, sizeof all / sizeof all[0])];
}

static rill_time start(const run *r) {
  static const rill_time starts[CLOCKS] = {[CLOCK_STILL] = first, [CLOCK_LAST] = last, [CLOCK_LEAPS] = first, [CLOCK_BACK] = last,
                                           [CLOCK_WILD] = first,  [CLOCK_DUE] = first, [CLOCK_JUMP] = first};
  return r->how->clock == CLOCK_ENDS ? last - ((rill_time)1 << LEAP_BITS) : starts[r->how->clock];
}

static rill_time go_on(rill_time from, rill_time by) { return by < last - from ? from + by : last; }

/* Where the clock does not stand still. */
static rill_time move(run *r) {
  rill_time by = leap(r);
  switch (r->how->clock) {
  case CLOCK_LEAPS:
  case CLOCK_ENDS:
    return go_on(r->clock, by);
  case CLOCK_BACK:
    if (run_random(r, 2) == 0) return go_on(r->clock, by);
    return r->clock > by ? r->clock - by : 0;
  case CLOCK_WILD:
    return anything(r);
  case CLOCK_SCRIPT:
  case CLOCK_NONE:
  case CLOCK_STILL:
  case CLOCK_FIRST:
  case CLOCK_LAST:
  case CLOCK_DUE:
  case CLOCK_JUMP:
  case CLOCKS:
    break;
  }
  return r->clock;
}

rill_time clock_now(run *r) {
  if (r->how->clock == CLOCK_SCRIPT) return r->now;
  if (r->how->clock == CLOCK_NONE) return RILL_NO_CLOCK;
  if (!r->clocked) r->clock = start(r);
  r->clocked = true;
  r->clock = move(r);
  return r->clock;
}

/* Early or late, it leaves no deadline that is due. */
int clock_tick(run *r, rill_time now) {
  int result = rill_conn_tick(r->conn, now);
  if (r->depth != 0) return result;
  run_result(r, result);
  if (r->conn == NULL) return result;
  rill_time due = rill_conn_deadline(r->conn);
  if (now < RILL_NO_CLOCK && due <= now) run_broken(r, "rill_conn_tick leaves a deadline that is due");
  if (now >= RILL_NO_CLOCK && due != RILL_NEVER) run_broken(r, "a deadline without a clock");
  return result;
}

/* Just before it nothing happens. False: there is none. */
static bool go_to_deadline(run *r) {
  rill_time due = r->conn == NULL ? RILL_NEVER : rill_conn_deadline(r->conn);
  if (due == RILL_NEVER) return false;
  if (due > go_on(r->clock, 1)) {
    size_t events = r->events.n;
    int err = rill_conn_error(r->conn).err;
    r->clock = due - 1;
    (void)clock_tick(r, r->clock);
    if (r->conn == NULL) return false;
    bool acted = rill_conn_error(r->conn).err != err || (err == 0 && r->events.n != events);
    if (acted) run_broken(r, "rill_conn_tick acts before the deadline");
  }
  if (due > r->clock) r->clock = due;
  (void)clock_tick(r, r->clock);
  return true;
}

void clock_turn(run *r) {
  clock_kind kind = r->how->clock;
  r->counts.turns++;
  if (kind == CLOCK_SCRIPT || r->conn == NULL || r->depth != 0) return;
  if (kind == CLOCK_DUE) {
    (void)go_to_deadline(r);
  } else if (kind == CLOCK_JUMP) {
    for (unsigned i = 0; r->counts.turns == r->how->n && i < DEADLINES_MAX && go_to_deadline(r); i++) {
    }
  } else {
    (void)clock_tick(r, clock_now(r));
  }
}
