/* SPDX-License-Identifier: MIT */
/*
 * Slots that outlive their streams: an application that cannot stop a worker keeps the slot, so that a peer that resets and asks
 * again finds no more workers than it has slots.
 *
 * A stream that is over and held stays in the map as OVER: late frames are judged by its state as before, and nothing else ever
 * happens to it. A release from inside a callback may stand in the midst of a walk, so the slot is freed when the outermost call
 * returns.
 */
#include "conn/conn.h"

void rill__stream_over(rill_conn *c, rill__stream *s) {
  if ((s->flags & RILL__HELD) == 0) {
    rill__stream_remove(c, s);
    return;
  }
  if ((s->flags & RILL__OVER) == 0) c->streams.over++;
  s->flags |= RILL__OVER;
  rill__owe_nothing(c, s);
}

void rill__released_remove(rill_conn *c) {
  c->released = false;
  uint32_t at = 0;
  for (rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    if ((s->flags & (RILL__OVER | RILL__HELD)) == RILL__OVER) rill__stream_remove(c, s);
  }
}

static int hold(rill_conn *c, uint32_t id) {
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  if ((s->flags & RILL__HELD) != 0) return RILL_ERR_STATE;
  s->flags |= RILL__HELD;
  return 0;
}

int rill_hold(rill_conn *c, uint32_t id) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, hold(c, id));
}

static int release(rill_conn *c, uint32_t id) {
  rill__stream *s = rill__stream_find(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  if ((s->flags & RILL__HELD) == 0) return (s->flags & RILL__CLOSED) != 0 ? RILL_ERR_NO_STREAM : RILL_ERR_STATE;
  s->flags &= (uint8_t)~RILL__HELD;
  if ((s->flags & RILL__OVER) == 0) return 0;
  if (c->depth == 1) {
    rill__stream_remove(c, s);
    rill__credit_maybe(c);
  } else {
    c->released = true;
  }
  return 0;
}

int rill_release(rill_conn *c, uint32_t id) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, release(c, id));
}
