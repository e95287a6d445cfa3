/* SPDX-License-Identifier: MIT */
/*
 * Credit for the peer (9113 6.9): gathered, and told once it is worth a frame, so that no stream waits and few frames are made.
 */
#include "conn/conn.h"

void rill__credit_conn(rill_conn *c, uint32_t n) {
  rill__inflow_credit(&c->local.inflow, n);
  if (rill__inflow_worth_telling(&c->local.inflow, c->local.window)) c->local.window_owed = true;
}

bool rill__stream_window_due(const rill_conn *c, const rill__stream *s) {
  bool more_comes = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL;
  return more_comes && rill__inflow_worth_telling(&s->inflow, c->local.initial_window);
}

void rill__credit_stream(rill_conn *c, rill__stream *s, uint32_t n) {
  rill__inflow_credit(&s->inflow, n);
  if (!rill__linked(&s->owing)) rill__owe(c, s);
}

/* Octets that came on a stream and for which no credit is due yet. */
uint32_t rill__unconsumed(const rill_conn *c, const rill__stream *s) {
  int64_t n = (int64_t)c->local.initial_window - s->inflow.left - s->inflow.held;
  return n > 0 ? (uint32_t)n : 0;
}

/* RST_STREAM never overtakes a block of its own stream; a WINDOW_UPDATE cannot, since the peer knows the stream by then. */
void rill__owe(rill_conn *c, rill__stream *s) {
  bool reset = (s->flags & RILL__RESET_OWED) != 0 && s->blocks == 0;
  if (rill__linked(&s->owing) || !(reset || rill__stream_window_due(c, s))) return;
  rill__list_push_back(&c->tx.owing, &s->owing);
}

int rill_consume(rill_conn *c, uint32_t id, size_t n) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  rill__stream *s = rill__stream_live(c, id);
  int err = c->failure.err;
  if (err == 0 && s == NULL) err = RILL_ERR_NO_STREAM;
  if (err == 0 && !c->context->config.manual_consume) err = RILL_ERR_STATE;
  if (err == 0 && n > rill__unconsumed(c, s)) err = RILL_ERR_INVALID;
  if (err == 0) {
    rill__credit_conn(c, (uint32_t)n);
    rill__credit_stream(c, s, (uint32_t)n);
  }
  return (int)rill__leave(c, err);
}
