/* SPDX-License-Identifier: MIT */
/*
 * The lanes in their order: control, header, data; and the data lane: whose turn, how much, from where.
 *
 * A DATA frame is cut when there is room to write it: the least of both windows, the peer's frame size and the room. The stream
 * gives way after each frame.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/put.h"

enum {
  ROOM_WORTH = 1024,  /* a DATA frame is not cut smaller just because the room ends */
  MEMORY_WORTH = 128, /* nor than this since memory is short: a piece of scratch holds it, padded */
  STAGED_MIN = RILL_FRAME_HEAD_SIZE + RILL_FRAME_SIZE_MIN /* nor than this where it is staged; larger only if content is lent */
};

enum { PADDING_MAX = 1 + 255 }; /* its length, and padding */

/* One DATA frame on its way: what is known of it before and after the source was asked. */
typedef struct data_frame {
  rill__stream *s;
  uint32_t max;  /* octets that may go */
  uint8_t *head; /* where its head goes, and with it what is filled or copied */
  rill_chunk chunk;
  uint32_t grows; /* by padding and its length */
  bool ends;
  bool forced; /* it is tiny since the peer's window is */
} data_frame;

/* Octets that the windows and the peer's frame size allow now. */
static uint32_t allowed(const rill_conn *c, const rill__stream *s) {
  uint32_t max = rill__window_room(c->remote.window.left);
  uint32_t stream = rill__window_room(rill__stream_window(c, s));
  if (stream < max) max = stream;
  return max < c->remote.settings.max_frame_size ? max : c->remote.settings.max_frame_size;
}

/* ---- padding (9113 6.1, 10.7) ------------------------------------------------------------------------------------------- */

static const uint8_t zeros[PADDING_MAX - 1];

static bool pads(const rill_conn *c) { return c->context->config.padding.choose != NULL; }

/* What the application wants of what the windows, the frame size and the room leave. */
static uint32_t choose_padding(const rill_conn *c, const rill__sink *sink, const data_frame *cut) {
  const rill_padding *padding = &c->context->config.padding;
  const rill_frame_head head = {(uint32_t)cut->chunk.n, RILL_DATA, cut->ends ? RILL_FLAG_END_STREAM : 0, cut->s->id};
  size_t most = allowed(c, cut->s) - cut->chunk.n;
  if (sink->p != NULL && most > sink->room - RILL_FRAME_HEAD_SIZE - head.length) {
    most = sink->room - RILL_FRAME_HEAD_SIZE - head.length;
  }
  if (most > PADDING_MAX) most = PADDING_MAX;
  size_t grows = most == 0 ? 0 : padding->choose(padding->user, &head, most);
  return (uint32_t)(grows < most ? grows : most);
}

/* Octets of padding itself. */
static uint32_t padding_of(const data_frame *cut) { return cut->grows == 0 ? 0 : cut->grows - 1; }

/* The frame's head and what precedes its content: octets. */
static size_t head_of(const data_frame *cut) { return RILL_FRAME_HEAD_SIZE + (cut->grows == 0 ? 0 : 1); }

static void stage_padding(rill_conn *c, rill__sink *sink, const data_frame *cut, uint32_t id, uint8_t ends) {
  uint32_t n = padding_of(cut);
  if (n != 0) rill__stage(c, &(rill__seg){zeros, n, NULL, id, RILL__SEG_PADDING, ends});
  sink->wrote += n;
}

/* ---- what every DATA frame does ----------------------------------------------------------------------------------------- */

/* Tiny, though there is more to send. The windows were charged. */
static bool is_forced(const rill_conn *c, const data_frame *cut) {
  const rill__source *source = cut->s->source;
  bool asked = source->body.pull != NULL && !source->complete;
  bool more = asked ? cut->chunk.more == RILL_MORE : cut->chunk.n < source->pushed.unseen;
  return cut->chunk.n != 0 && cut->chunk.n < RILL__DATA_TINY && more && allowed(c, cut->s) == 0;
}

/* Windows, the source's state and the turn, once the frame is certain. Nothing to say is no frame. */
static void account(rill_conn *c, const rill__sink *sink, data_frame *cut) {
  rill__stream *s = cut->s;
  rill__source *source = s->source;
  /* What was submitted for the stream from inside its pull goes before END_STREAM, which comes alone then. */
  cut->ends = cut->chunk.more == RILL_MORE_NONE && s->blocks == 0;
  if (pads(c) && (cut->ends || cut->chunk.n != 0)) cut->grows = choose_padding(c, sink, cut);
  rill__window_take(&c->remote.window, (uint32_t)cut->chunk.n + cut->grows);
  rill__share_take(&s->share, (uint32_t)cut->chunk.n + cut->grows);
  rill__stall_moved(s, (uint32_t)cut->chunk.n);
  c->time.cut += (uint32_t)cut->chunk.n;
  c->tx.spoke = true;
  s->octets_sent += cut->chunk.n;
  c->stats.content_sent += cut->chunk.n;
  cut->forced = is_forced(c, cut);
  rill__free_window_updates(c, RILL__UPDATES_A_DATA);
  source->ask = false;
  source->complete = cut->chunk.more != RILL_MORE || source->complete;
  if (cut->chunk.more == RILL_MORE_TRAILERS) source->with_trailers = true;
  rill__unlink(&source->ready);
  rill__ready_served(c, s);
}

/* Trailers, or the stream's next turn, which is also for trailers that found no memory. What calls back comes after that. */
static void conclude(rill_conn *c, data_frame *cut) {
  if (cut->ends) {
    rill__source_let_go(c, cut->s);
  } else {
    (void)rill__source_trailers(c, cut->s);
    rill__source_turn(c, cut->s);
  }
}

static uint8_t ends_of(const data_frame *cut) { return cut->ends ? RILL__TX_END + 1 : 0; }

static void put_head(const data_frame *cut) {
  unsigned flags = (cut->ends ? RILL_FLAG_END_STREAM : 0) | (cut->grows != 0 ? RILL_FLAG_PADDED : 0);
  uint8_t *p = rill__put_head(cut->head, (uint32_t)cut->chunk.n + cut->grows, RILL_DATA, flags, cut->s->id);
  if (cut->grows != 0) *p = (uint8_t)padding_of(cut);
}

/* ---- pushed content ----------------------------------------------------------------------------------------------------- */

static void copy_pushed(rill_conn *c, rill__chain *pushed, uint8_t *dst, size_t n) {
  while (n != 0) {
    rill_view piece = rill__chain_look(pushed);
    if (piece.n > n) piece.n = n;
    dst = rill__put(dst, piece.p, piece.n);
    rill__chain_see(pushed, piece.n);
    rill__chain_drop(pushed, &c->mem, piece.n);
    n -= piece.n;
  }
}

static void stage_pushed(rill_conn *c, rill__source *source, uint32_t id, size_t n, uint8_t ends) {
  while (n != 0) {
    rill_view piece = rill__chain_look(&source->pushed);
    if (piece.n > n) piece.n = n;
    rill__chain_see(&source->pushed, piece.n);
    n -= piece.n;
    source->shown++;
    rill__stage(c, &(rill__seg){piece.p, piece.n, source, id, RILL__SEG_PUSHED, n == 0 ? ends : 0});
  }
}

/* Two neighbouring blocks of a chain hold more than 512 octets together; the first and the last piece may be parts of theirs. */
static uint32_t pieces_of(size_t n) { return (uint32_t)(n / 256 + 3); }

static rill__emit emit_pushed(rill_conn *c, rill__sink *sink, data_frame *cut) {
  rill__source *source = cut->s->source;
  uint32_t id = cut->s->id;
  size_t n = source->pushed.unseen < cut->max ? source->pushed.unseen : cut->max;
  for (; sink->p == NULL && !rill__stage_reserve(c, 1 + pieces_of(n) + pads(c)); n /= 2) {
    if (n <= MEMORY_WORTH) return RILL__EMIT_NOMEM;
  }
  bool all = source->complete && n == source->pushed.unseen;
  cut->chunk = (rill_chunk){.n = n, .more = !all ? RILL_MORE : source->with_trailers ? RILL_MORE_TRAILERS : RILL_MORE_NONE};
  account(c, sink, cut);
  put_head(cut);
  if (sink->p == NULL) {
    uint8_t ends = padding_of(cut) == 0 ? ends_of(cut) : 0;
    rill__sink_put(c, sink, head_of(cut), id, n == 0 ? ends : 0);
    stage_pushed(c, source, id, n, ends);
    stage_padding(c, sink, cut, id, ends_of(cut));
    conclude(c, cut);
    rill__note_sent(c, cut->head);
    return RILL__EMIT_DONE;
  }
  copy_pushed(c, &source->pushed, cut->head + head_of(cut), n);
  rill__put(cut->head + head_of(cut) + n, zeros, padding_of(cut));
  conclude(c, cut);
  rill__note_sent(c, cut->head);
  rill__sink_put(c, sink, RILL_FRAME_HEAD_SIZE + n + cut->grows, id, ends_of(cut));
  rill__stream *s = rill__stream_live(c, id);
  if (s != NULL) rill__source_drained(c, s);
  return RILL__EMIT_DONE;
}

/* ---- pulled content ----------------------------------------------------------------------------------------------------- */

static void chunk_back(rill_conn *c, const data_frame *cut, size_t sent, bool dropped) {
  bool filled = cut->chunk.room != NULL && cut->chunk.data == cut->chunk.room;
  if (filled || cut->chunk.n == 0 || c->on->on_chunk_done == NULL) return;
  c->on->on_chunk_done(c, cut->chunk.user, sent, dropped, c->user);
}

/* Is what the source answered something that can be sent? If not, its stream ends, and the message is of no more use. */
static rill_why judge_chunk(const rill__sink *sink, data_frame *cut, rill__message *message) {
  const rill_chunk *chunk = &cut->chunk;
  bool opaque = chunk->data == NULL && chunk->n != 0;
  bool idle = chunk->n == 0 && chunk->more == RILL_MORE && cut->max != 0;
  if (chunk->n > cut->max || idle || (opaque && sink->copies)) return RILL_WHY_CALLBACK;
  rill_why why = rill__message_data(message, (uint32_t)chunk->n, chunk->more == RILL_MORE_NONE);
  if (why != RILL_WHY_NONE || chunk->more != RILL_MORE_TRAILERS) return why;
  rill__message ended = *message;
  return rill__message_trailers(&ended, true);
}

/* Content that was filled stands where it goes, unless padding's length comes first. */
static void put_payload(const data_frame *cut) {
  uint8_t *payload = cut->head + head_of(cut);
  if (cut->chunk.n != 0 && cut->chunk.data != payload) memmove(payload, cut->chunk.data, cut->chunk.n);
  rill__put(payload + cut->chunk.n, zeros, padding_of(cut));
}

static void put_pulled(rill_conn *c, rill__sink *sink, data_frame *cut) {
  const rill_chunk *chunk = &cut->chunk;
  uint32_t id = cut->s->id;
  bool filled = chunk->room != NULL && chunk->data == chunk->room;
  account(c, sink, cut);
  size_t size = RILL_FRAME_HEAD_SIZE + chunk->n + cut->grows;
  if (chunk->n == 0 && !cut->ends) { /* only trailers follow */
    conclude(c, cut);
    return;
  }
  if (filled || sink->p != NULL) put_payload(cut);
  put_head(cut);
  conclude(c, cut);
  if (sink->p != NULL) { /* the chunk goes back before anything else can call back */
    chunk_back(c, cut, chunk->n, false);
    rill__note_sent(c, cut->head);
    rill__sink_put(c, sink, size, id, ends_of(cut));
  } else if (filled) {
    rill__sink_put(c, sink, size, id, ends_of(cut));
    rill__note_sent(c, cut->head);
  } else {
    uint8_t ends = padding_of(cut) == 0 ? ends_of(cut) : 0;
    rill__sink_put(c, sink, head_of(cut), id, chunk->n == 0 ? ends : 0);
    if (chunk->n != 0) rill__stage(c, &(rill__seg){chunk->data, chunk->n, chunk->user, id, RILL__SEG_CHUNK, ends});
    sink->wrote += chunk->n;
    stage_padding(c, sink, cut, id, ends_of(cut));
    rill__note_sent(c, cut->head);
  }
}

/* The stream waits for the next round; `why` is the answer once all have been put off. */
static rill__emit step_back(rill_conn *c, rill__sink *sink, rill__stream *s, rill__emit why) {
  rill__ready_put_off(c, s);
  if (why == RILL__EMIT_NOMEM) sink->stuck_why = (uint8_t)why;
  return RILL__EMIT_DONE;
}

/* Nothing now. A source that was resumed meanwhile, by itself or by another, is asked again in the next round. */
static rill__emit put_off(rill_conn *c, rill__sink *sink, const data_frame *cut) {
  rill__stream *s = cut->s;
  s->source->deferred = cut->max != 0 && !s->source->ask; /* asked without a window, it is asked again when there is one */
  return step_back(c, sink, s, RILL__EMIT_NONE);
}

static rill__emit emit_pulled(rill_conn *c, rill__sink *sink, data_frame *cut) {
  rill__stream *s = cut->s;
  rill_body body = s->source->body;
  uint32_t id = s->id;
  cut->chunk = (rill_chunk){.more = RILL_MORE, .room = body.fills ? cut->head + RILL_FRAME_HEAD_SIZE : NULL};
  uint8_t *room = cut->chunk.room;
  if (sink->p == NULL && !rill__stage_reserve(c, 2 + pads(c))) return RILL__EMIT_NOMEM;
  s->source->ask = false;
  int answer = body.pull(c, id, cut->max, &cut->chunk, body.user);
  cut->chunk.room = room;
  bool closed = (s->flags & RILL__CLOSED) != 0; /* from inside the pull; after del nothing calls back */
  if (closed && (answer == 0 || answer == RILL_DEFERRED)) {
    if (answer == 0) chunk_back(c, cut, 0, true);
    return RILL__EMIT_DONE;
  }
  if (!closed) s->source->mute = answer == RILL_DEFERRED && cut->max == 0 && !s->source->ask;
  if (answer == RILL_DEFERRED) return put_off(c, sink, cut);
  if (answer != 0) {
    rill__answer(c, id, answer);
    return RILL__EMIT_DONE;
  }
  rill_why why = judge_chunk(sink, cut, &s->source->message);
  if (why != RILL_WHY_NONE) {
    rill_close close = {.by = RILL_BY_APP, .code = RILL_INTERNAL_ERROR, .why = why};
    chunk_back(c, cut, 0, true);
    rill__reset_stream(c, s, &close);
    return RILL__EMIT_DONE;
  }
  if (cut->chunk.n == 0 && cut->chunk.more == RILL_MORE) return put_off(c, sink, cut);
  put_pulled(c, sink, cut);
  return RILL__EMIT_DONE;
}

/* ---- the lane ----------------------------------------------------------------------------------------------------------- */

/* The room's part in it: exact where frames are copied; where they are staged it says about how much is wanted. */
static bool fit(const rill__sink *sink, data_frame *cut, bool lends) {
  size_t room = sink->room;
  if (sink->p == NULL && room < STAGED_MIN) room = STAGED_MIN;
  if (room < RILL_FRAME_HEAD_SIZE + (size_t)(cut->max < ROOM_WORTH ? cut->max : ROOM_WORTH)) return false;
  if (!lends && room > STAGED_MIN) room = STAGED_MIN;
  if (room - RILL_FRAME_HEAD_SIZE < cut->max) cut->max = (uint32_t)(room - RILL_FRAME_HEAD_SIZE);
  return true;
}

/* Where the head goes, and what is filled behind it; a source that fills makes do with less if memory is short. */
static rill__emit find_room(rill_conn *c, rill__sink *sink, data_frame *cut, bool fills) {
  rill__emit why = RILL__EMIT_DONE;
  size_t more = sink->p != NULL || !pads(c) ? 0 : fills ? PADDING_MAX : 1;
  for (;;) {
    cut->head = rill__sink_room(c, sink, RILL_FRAME_HEAD_SIZE + (size_t)(fills ? cut->max : 0) + more, &why);
    if (cut->head != NULL) return RILL__EMIT_DONE;
    if (!fills || cut->max <= MEMORY_WORTH) return why; /* there is room, fit() has seen to it; memory is short */
    cut->max /= 2;
  }
}

static rill__emit emit_frame(rill_conn *c, rill__sink *sink, rill__stream *s) {
  const rill__source *source = s->source;
  bool pushed = source->body.pull == NULL || source->complete; /* one that is complete is not asked */
  bool fills = !pushed && source->body.fills;
  data_frame cut = {.s = s, .max = allowed(c, s)};
  if (!fit(sink, &cut, !pushed && !fills)) return RILL__EMIT_FULL;
  rill__emit emit = find_room(c, sink, &cut, fills);
  if (emit != RILL__EMIT_DONE) return emit;
  emit = pushed ? emit_pushed(c, sink, &cut) : emit_pulled(c, sink, &cut);
  if (cut.forced) (void)rill__pay(c, RILL__CHARGE_TINY_DATA, 1);
  return emit;
}

static rill__emit emit_data(rill_conn *c, rill__sink *sink, rill__stream *s) {
  rill__emit emit = RILL__EMIT_DONE;
  if (!rill__trailers_due(s->source)) { /* they are if there was no memory for them before */
    emit = emit_frame(c, sink, s);
  } else if (rill__source_trailers(c, s) != 0) {
    emit = RILL__EMIT_NOMEM;
  }
  return emit == RILL__EMIT_NOMEM ? step_back(c, sink, s, emit) : emit;
}

/* After a failure only the GOAWAY is left to say. */
static bool control_owed(const rill_conn *c) {
  if (!c->tx.owes) return false;
  if (c->tx.preface_owed || c->tx.goaway_owed != RILL__GOAWAY_NONE) return true;
  if (c->failure.err != 0) return false;
  bool acks = rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) != 0 && rill__acks_owed(c);
  return acks || rill__owed_count(c, RILL__OWED_PINGS) != 0 || rill__owed_count(c, RILL__OWED_RESETS) != 0 ||
         c->local.window_owed || c->tx.settings_owed || c->tx.ping_state == RILL__PING_OWED ||
         c->tx.drain_ping == RILL__PING_OWED || c->measure.ping == RILL__PING_OWED || c->tx.keep_ping == RILL__PING_OWED ||
         c->streams.owing_first != 0;
}

static bool lane_first(const rill_conn *c) {
  return c->out->lane_out < c->out->lane_first && !c->tx.preface_owed && c->failure.err == 0;
}

/* Likewise, and notes if there is nothing. An acknowledgement may be one that waits for the lane. */
static bool look_for_control(rill_conn *c) {
  if (!c->tx.owes) return false;
  bool owed = control_owed(c);
  c->tx.owes = owed || rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) != 0;
  return owed;
}

rill__emit rill__emit_next(rill_conn *c, rill__sink *sink) {
  /* An acknowledgement that is due was so before the lane was: blocks behind it go by what it acknowledges (9113 4.3.1). */
  bool control = lane_first(c) ? rill__acks_owed(c) : look_for_control(c);
  if (control) return rill__emit_control(c, sink);
  if (c->failure.err != 0) return RILL__EMIT_NONE;
  if (c->out->lane.unseen != 0) return rill__emit_lane(c, sink);
  rill__stream *s = rill__ready_choose(c);
  if (s != NULL && s->blocks != 0) return RILL__EMIT_DONE; /* submitted from inside the choice: heads go before content */
  if (s != NULL) return emit_data(c, sink, s);
  bool more = control_owed(c) || c->out->lane.unseen != 0; /* the choice may have been a reset, or heads */
  return more ? RILL__EMIT_DONE : (rill__emit)sink->stuck_why;
}

/* From inside a callback: they are in turn again when the call returns. */
static bool has_put_off(const rill_conn *c) { return c->tx.put_off != NULL && !rill__list_empty(c->tx.put_off); }

bool rill__want_send(const rill_conn *c) {
  if (c->eof) return false;
  if (c->out->staged != 0 || control_owed(c)) return true;
  return c->failure.err == 0 && (c->out->lane.unseen != 0 || rill__ready_waits(c) || has_put_off(c));
}
