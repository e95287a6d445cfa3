/* SPDX-License-Identifier: MIT */
/*
 * The end of a connection by will: by the application's word, or because its time or its streams are used up.
 *
 * A GOAWAY names the last stream that the application heard of; what comes above it is dropped (rx_block.c) and may be tried
 * elsewhere (9113 6.8). A server first says GOAWAY(2^31-1) and lets a PING go round (rx.c), so that requests that are under way
 * still count. What is open goes on to its end, or to the end of a limit (time.c).
 */
#include "conn/conn.h"

/* ---- GOAWAY ------------------------------------------------------------------------------------------------------------- */

void rill__goaway_final(rill_conn *c) {
  if (c->tx.goaway_sent >= RILL__GOAWAY_FINAL || c->tx.goaway_owed >= RILL__GOAWAY_FINAL) return;
  c->tx.goaway_owed = RILL__GOAWAY_FINAL;
  c->tx.owes = true;
  c->tx.goaway_last = c->streams.last_heard;
  c->time.stale = true;
}

static int goaway(rill_conn *c, uint32_t code, rill_view debug) {
  if (c->failure.err != 0) return c->failure.err;
  size_t n = debug.n < RILL__GOAWAY_DEBUG_MAX ? debug.n : RILL__GOAWAY_DEBUG_MAX;
  if (!rill__out_begin(c)) return RILL_ERR_NOMEM;
  c->out->debug.n = 0;
  if (!rill__buf_append(&c->out->debug, &c->mem, debug.p, n)) return RILL_ERR_NOMEM;
  if (code != RILL_NO_ERROR) {
    rill__fail(c, RILL_WHY_APPLICATION, RILL_ERR_CLOSED, code);
  } else {
    rill__goaway_final(c);
  }
  return 0;
}

int rill_submit_goaway(rill_conn *c, uint32_t code, rill_view debug) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, goaway(c, code, debug));
}

/* ---- shutdown ----------------------------------------------------------------------------------------------------------- */

static void drain(rill_conn *c) {
  if (c->time.draining) return;
  c->time.draining = true;
  c->time.end = rill__later(c->time.end, c->time.limit); /* a retirement that was to come still ends it by then */
  c->time.limit = RILL_NEVER;
  if (!c->server) {
    rill__goaway_final(c);
  } else if (c->tx.goaway_owed == RILL__GOAWAY_NONE && c->tx.goaway_sent == RILL__GOAWAY_NONE) {
    c->tx.goaway_owed = RILL__GOAWAY_NOTICE;
    c->tx.drain_ping = RILL__PING_OWED;
    c->tx.owes = true;
  }
}

void rill__shut_down(rill_conn *c, rill_time limit) {
  if (limit == 0) {
    rill__fail(c, RILL_WHY_APPLICATION, RILL_ERR_CLOSED, RILL_NO_ERROR);
    return;
  }
  drain(c);
  c->time.stale = true;
  if (limit < c->time.limit) c->time.limit = limit;
}

int rill_shutdown(rill_conn *c, rill_time limit) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  int err = c->failure.err;
  if (err == 0) rill__shut_down(c, limit);
  return rill__done(c, err);
}

/* ---- retirement --------------------------------------------------------------------------------------------------------- */

int rill_conn_retire_at(rill_conn *c, rill_time when, rill_time limit) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  if (c->time.draining) {
    rill_time end = rill__later(when, limit);
    if (end < c->time.end) c->time.end = end;
  } else {
    c->time.end = when == 0 ? 1 : when;
    c->time.limit = limit;
  }
  return rill__done(c, c->failure.err);
}

static void retire(rill_conn *c, rill_why why, bool now) {
  if (c->failure.err != 0) return;
  if (!c->time.retired) {
    c->time.retired = true;
    if (c->on->on_retire != NULL) c->on->on_retire(c, why, c->user);
  }
  if (now && c->failure.err == 0 && !c->time.draining) rill__shut_down(c, RILL_NEVER);
}

/* Told a sixteenth before the end, so that another connection is there in time. */
void rill__retire_full(rill_conn *c) { retire(c, RILL_WHY_STREAMS_TOTAL, c->stats.streams_opened >= c->context->max_streams); }

void rill__retire_spent(rill_conn *c) { retire(c, RILL_WHY_GLITCHES, true); }
