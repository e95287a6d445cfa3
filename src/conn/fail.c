/* SPDX-License-Identifier: MIT */
/*
 * Where a reason becomes an action: RST_STREAM or GOAWAY, the closes that go with them, and what later calls answer.
 */
#include "conn/conn.h"

#include "rules/why.h"

static rill_by who(rill_why why) {
  if (why == RILL_WHY_APPLICATION || why == RILL_WHY_CALLBACK) return RILL_BY_APP;
  bool dead = why == RILL_WHY_TRANSPORT || why == RILL_WHY_KEEPALIVE || why == RILL_WHY_STALL_TRANSPORT;
  return dead ? RILL_BY_TRANSPORT : RILL_BY_RILL;
}

static void end(rill_conn *c, rill_why why, const rill__failure *failure) {
  if (c->failure.err != 0) return;
  c->failure = *failure;
  if (why != RILL_WHY_APPLICATION && c->out->debug.n != 0) c->out->debug.n = 0; /* that was for a GOAWAY before this one */
  c->tx.goaway_owed = RILL__GOAWAY_ERROR;
  c->tx.owes = true;
  if (c->tx.goaway_sent < RILL__GOAWAY_FINAL) c->tx.goaway_last = c->streams.last_heard;
  rill_close close = {.by = who(why), .code = failure->code, .why = why};
  rill__stream_close_all(c, &close);
}

void rill__fail(rill_conn *c, rill_why why, int err, uint32_t code) {
  rill__failure failure = {c->rx.frame_at, c->rx.head.stream_id, code, (uint16_t)why, (int16_t)err, c->rx.head.type};
  if (why == RILL_WHY_TRANSPORT || err == RILL_ERR_CLOSED) failure.why = RILL_WHY_NONE;
  if (err != RILL_ERR_PROTO) failure.frame_type = 0, failure.stream_id = 0;
  end(c, why, &failure);
}

void rill__fail_by(rill_conn *c, rill_why why) { rill__fail(c, why, RILL_ERR_PROTO, (uint32_t)rill_why_code(why)); }

void rill__settle_unblamed(rill_conn *c, rill_why why) {
  end(c, why,
      &(rill__failure){
          .why = (uint16_t)why, .err = RILL_ERR_PROTO, .code = (uint32_t)rill_why_code(why), .offset = c->rx.octets});
}

/* A limit of ours is the peer's doing; a failed allocation is not. */
void rill__fail_nomem(rill_conn *c) {
  if (c->mem.refused) {
    rill__fail_by(c, RILL_WHY_MEMORY);
  } else {
    rill__fail(c, RILL_WHY_NOMEM, RILL_ERR_NOMEM, RILL_INTERNAL_ERROR);
  }
}

void rill__reset_stream(rill_conn *c, rill__stream *s, const rill_close *close) {
  if ((s->flags & RILL__CLOSED) != 0) return;
  if (close->by == RILL_BY_APP) rill__overhead_forgive(c, s);
  s->state = (uint8_t)rill__stream_next((rill__state)s->state, RILL__TX_RESET);
  s->flags |= RILL__RESET_OWED;
  s->reset_code = close->code;
  rill__stream_close(c, s, close);
  rill__owe(c, s);
}

/* For an id that never got a slot. */
void rill__reset_unopened(rill_conn *c, uint32_t id, uint32_t code) {
  rill__owed_reset owed = {id, code};
  (void)rill__stream_note_reset(c, id, false);
  rill__owe_in_ring(c, RILL__OWED_RESETS, c->context->config.max_resets_owed, &owed, RILL_WHY_RESETS_OWED);
}

void rill__refuse(rill_conn *c, uint32_t id, rill_why why) {
  rill_close close = {.by = RILL_BY_RILL, .code = (uint32_t)rill_why_code(why), .why = why};
  rill__stream *s = rill__stream_find(c, id);
  if (s != NULL) {
    rill__reset_stream(c, s, &close);
  } else {
    rill__reset_unopened(c, id, close.code);
  }
}

void rill__settle(rill_conn *c, uint32_t id, rill_why why) {
  if (why == RILL_WHY_NONE) return;
  const rill__why_row *row = rill__why_row_of(why);
  if (row->scope == RILL__SCOPE_CONN || id == 0) {
    rill__fail_by(c, why);
    return;
  }
  if (rill__pay_for_reset(c, why)) rill__refuse(c, id, why);
}

int rill__fault(rill_conn *c, rill_why why, size_t index) {
  c->fault = (rill__fault_kept){(uint32_t)index, (uint16_t)why}; /* no memory holds so many fields as would not fit */
  return RILL_ERR_INVALID;
}

bool rill__answer_other(rill_conn *c, uint32_t id, int answer) {
  c->time.stale = true;
  if (answer < 0) {
    rill__fail(c, RILL_WHY_CALLBACK, RILL_ERR_CALLBACK, RILL_INTERNAL_ERROR);
  } else if (id == 0) {
    rill__fail(c, RILL_WHY_CALLBACK, RILL_ERR_CALLBACK, (uint32_t)answer);
  } else {
    rill_close close = {.by = RILL_BY_APP, .code = (uint32_t)answer, .why = RILL_WHY_APPLICATION};
    rill__stream *s = rill__stream_live(c, id);
    if (s != NULL) rill__reset_stream(c, s, &close);
  }
  return c->failure.err == 0;
}
