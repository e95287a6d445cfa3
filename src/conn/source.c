/* SPDX-License-Identifier: MIT */
/*
 * Content out: the source of each message, pushed or pulled, and whose turn it is.
 *
 * A stream is in turn while its source may have something to send and its window is open; who comes first, and the connection's
 * window, are for sched.c.
 */
#include "conn/conn.h"

#include "base/bytes.h"

rill__source *rill__source_new(rill_conn *c, const rill_body *body) {
  rill__source *source = rill__out_begin(c) ? rill__pool_take(&c->out->sources, &c->mem) : NULL;
  if (source == NULL) return NULL;
  source->body = *body;
  source->ask = body->pull != NULL;
  return source;
}

void rill__source_free(rill_conn *c, rill__source *source) {
  rill__head_free(&c->mem, source->trailers);
  rill__chain_free(&source->pushed, &c->mem);
  rill__pool_put(&c->out->sources, source);
}

/* The stream needs it no more. What is shown of it stays until it was taken. */
void rill__source_let_go(rill_conn *c, rill__stream *s) {
  rill__source *source = s->source;
  s->source = NULL;
  source->stream = NULL;
  rill__unlink(&source->ready);
  if (source->shown == 0) {
    rill__source_free(c, source);
  } else {
    source->orphan = true;
  }
}

bool rill__source_has_something(const rill__source *source) {
  if (rill__trailers_due(source)) return true;
  if (source->body.pull != NULL && !source->complete) return !source->deferred;
  return source->pushed.unseen != 0 || (source->complete && !source->with_trailers);
}

void rill__source_turn(rill_conn *c, rill__stream *s) {
  rill__source *source = s->source;
  if (source == NULL) return;
  if (source->body.pull == NULL || source->complete) source->ask = source->complete && source->pushed.unseen == 0;
  if (!rill__source_has_something(source)) {
    rill__unlink(&source->ready);
    rill__stall_calm(c, s);
  } else if (rill__stream_window(c, s) <= 0 && !source->ask) {
    rill__unlink(&source->ready);
    if (!rill__message_is_tunnel(&source->message)) c->time.watch = true;
  } else {
    rill__ready_add(c, s);
  }
}

/* Content is all out, and trailers wait: now is their time. Also takes the source off the stream. */
int rill__source_trailers(rill_conn *c, rill__stream *s) {
  rill__source *source = s->source;
  if (!rill__trailers_due(source)) return 0;
  rill__fields fields = rill__fields_of(source->trailers->fields, source->trailers->field_count);
  uint8_t *at = rill__lane_reserve(c, &fields);
  if (at == NULL) return RILL_ERR_NOMEM;
  rill__lane_put(c, s, at, &fields, &(rill__block){.end_stream = true});
  rill__source_let_go(c, s);
  return 0;
}

/* Room for rill_write() again. */
void rill__source_drained(rill_conn *c, rill__stream *s) {
  rill__source *source = s->source;
  if (source == NULL || !source->wants_room || source->pushed.size > c->context->config.max_write_buffer / 2) return;
  source->wants_room = false;
  if (c->on->on_writable != NULL) c->on->on_writable(c, s->id, s->user);
}

static rill_ssize write_some(rill_conn *c, uint32_t id, const uint8_t *data, size_t n, bool fin) {
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  rill__source *source = s->source;
  if (source == NULL || source->body.pull != NULL || source->complete) return RILL_ERR_STATE;
  size_t room = c->context->config.max_write_buffer;
  room = source->pushed.size < room ? room - source->pushed.size : 0;
  size_t take = n < room ? n : room;
  bool complete = fin && take == n;
  rill__message message = source->message;
  rill_why why = rill__message_data(&message, (uint32_t)take, complete);
  if (why != RILL_WHY_NONE) {
    (void)rill__fault(c, why, 0);
    return RILL_ERR_INVALID;
  }
  uint8_t *at = take == 0 ? NULL : rill__chain_reserve(&source->pushed, &c->mem, take);
  if (take != 0 && at == NULL) return RILL_ERR_NOMEM;
  rill__put(at, data, take);
  rill__chain_commit(&source->pushed, take);
  source->message = message;
  source->complete = complete;
  if (n != 0) source->wants_room = take < n;
  rill__source_turn(c, s);
  return (rill_ssize)take;
}

rill_ssize rill_write(rill_conn *c, uint32_t id, const uint8_t *data, size_t n, bool fin) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__leave(c, write_some(c, id, data, n, fin));
}

static int resume(rill_conn *c, uint32_t id) {
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  if (s->source == NULL || s->source->body.pull == NULL) return RILL_ERR_STATE;
  s->source->deferred = s->source->mute = false;
  s->source->ask = true;
  rill__source_turn(c, s);
  return 0;
}

int rill_resume(rill_conn *c, uint32_t id) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, resume(c, id));
}
