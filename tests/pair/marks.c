/* SPDX-License-Identifier: MIT */
/*
 * marks: what is said of a stream and changes nothing in what it carries: priorities, slots that are held, questions. What was
 * said is read back at once; how it is scheduled is for unit_conn_sched.c.
 */
#include "pair/world.h"

static void do_priority(side *s, exchange *x) {
  rill_priority priority = {(uint8_t)draw(s->w, 8), chance(s->w, 50), true};
  rill_stream_stats stats;
  bool tells = s->who == CLIENT && chance(s->w, 50);
  int err = tells ? rill_submit_priority_update(s->conn, x->id, &priority) : rill_set_priority(s->conn, x->id, &priority);
  bool waits = tells && err == RILL_ERR_BLOCKED; /* for the header lane */
  if (!waits) expect_ok(s, err, "a priority");
  if (err == 0 && tells) x->updates |= (uint16_t)(1 << (2 * priority.urgency + priority.incremental));
  if (err == 0 && rill_conn_stream_stats(s->conn, x->id, &stats) == 0) {
    bool same = stats.priority.urgency == priority.urgency && stats.priority.incremental == priority.incremental;
    if (!same) world_broken(s->w, "stream %u has not the priority that it was given", (unsigned)x->id);
  }
  (void)settled(s, err, "a priority");
}

/* While the stream lives, and at any time from then on. A slot that is let go may call back at once. */
static void do_hold(side *s, exchange *x) {
  note *n = &x->notes[s->who];
  n->held = !n->held;
  int err = n->held ? rill_hold(s->conn, x->id) : rill_release(s->conn, x->id);
  expect_ok(s, err, n->held ? "rill_hold" : "rill_release");
  if (err != 0) n->held = !n->held;
  (void)settled(s, err, "rill_hold or rill_release");
}

/* Nothing may come of it. */
static void do_ask(side *s, exchange *x) {
  char text[400];
  unsigned blocked = rill_stream_blocked(s->conn, x->id) | rill_stream_blocked(s->conn, 0);
  size_t n = rill_conn_dump(s->conn, text, sizeof text);
  if (n == 0 || blocked > 2 * RILL_BLOCKED_PAUSED - 1) world_broken(s->w, "an answer that cannot be");
}

bool mark(side *s, exchange *x) {
  note *n = &x->notes[s->who];
  bool gone = n->closes != 0;
  unsigned what = (unsigned)draw(s->w, 100);
  if (n->held && (s->w->calm || what < (gone ? 50 : 3))) {
    do_hold(s, x);
  } else if (gone || s->w->calm || what >= 12) {
    return false;
  } else if (what < 6) {
    do_priority(s, x);
  } else if (what < 9 && !n->held) {
    do_hold(s, x);
  } else {
    do_ask(s, x);
  }
  return true;
}
