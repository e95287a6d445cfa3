/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

enum { QUIET_EVERY = 100 };

static bool goes_on(const world *w) { return w->complaint == NULL && (!w->chosen || w->choice_count != 0); }

void walk(world *w, unsigned steps) {
  for (w->step = 0; w->step < steps && goes_on(w); w->step++) {
    side *s = &w->sides[draw(w, SIDES)];
    unsigned what = (unsigned)draw(w, 10);
    if (w->clock) w->now += draw(w, 1000000);
    if (!w->clock) w->now = RILL_NO_CLOCK;
    if (what < 4)
      act(s, false);
    else if (what < 7)
      (void)side_take(s);
    else
      (void)side_deliver(s);
    if (w->step % QUIET_EVERY != QUIET_EVERY - 1) continue;
    pump(w);
    check_quiet(w);
    if (w->complaint == NULL && chance(w, 25)) rest(w);
  }
  if (w->complaint == NULL) finish(w);
}
