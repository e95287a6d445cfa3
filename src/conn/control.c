/* SPDX-License-Identifier: MIT */
/*
 * The control lane: nothing is queued. What is owed is a number, a flag, a place on a list or in a small ring, and becomes a
 * frame when there is room to write it.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/get.h"
#include "frame/put.h"
#include "rules/why.h"

const uint8_t rill__drain_payload[8] = {'r', 'i', 'l', 'l', 'd', 'o', 'n', 'e'};
const uint8_t rill__keep_payload[8] = {'r', 'i', 'l', 'l', 'k', 'e', 'e', 'p'};

/* ---- rings of owed things ----------------------------------------------------------------------------------------------- */

static uint8_t *owed_item(const rill__owed_ring *ring, uint32_t i) {
  return ring->p + (ring->first + i) % ring->cap * (size_t)RILL__OWED_SIZE;
}

/* The ring is full; its items begin at 0 in the new one. */
static bool owed_grow(rill_conn *c, rill__owed_ring *ring) {
  uint32_t cap = ring->cap == 0 ? RILL__OWED_MIN : ring->cap * 2;
  uint8_t *p = rill__mem_alloc(&c->mem, cap * (size_t)RILL__OWED_SIZE);
  if (p == NULL) return false;
  for (uint32_t i = 0; i < ring->count; i++)
    memcpy(p + i * (size_t)RILL__OWED_SIZE, owed_item(ring, i), RILL__OWED_SIZE);
  rill__mem_free(&c->mem, ring->p, ring->cap * (size_t)RILL__OWED_SIZE);
  *ring = (rill__owed_ring){p, 0, ring->count, cap};
  return true;
}

/* The first few resets find memory whatever has filled it: so a stream that there is none for can be refused. */
bool rill__owe_in_ring(rill_conn *c, rill__owed kind, uint32_t limit, const void *item, rill_why over) {
  if (rill__owed_count(c, kind) >= limit) {
    rill__fail_by(c, over);
    return false;
  }
  rill__with_reserve(c, kind == RILL__OWED_RESETS && c->out->owed[kind].cap == 0);
  bool begun = rill__out_begin(c);
  rill__owed_ring *ring = &c->out->owed[kind];
  bool room = begun && (ring->count != ring->cap || owed_grow(c, ring));
  rill__with_reserve(c, false);
  if (!room) {
    rill__fail_nomem(c);
    return false;
  }
  memcpy(owed_item(ring, ring->count), item, RILL__OWED_SIZE);
  ring->count++;
  c->tx.owes = true;
  return true;
}

const uint8_t *rill__owed_front(const rill_conn *c, rill__owed kind) { return owed_item(&c->out->owed[kind], 0); }

/* SETTINGS come seldom: nothing is left of them then. */
void rill__owed_pop(rill_conn *c, rill__owed kind) {
  rill__owed_ring *ring = &c->out->owed[kind];
  ring->first = (ring->first + 1) % ring->cap;
  ring->count--;
  if (kind != RILL__OWED_SETTINGS_ACKS || ring->count != 0) return;
  rill__owed_free(c, kind);
  rill__out_end(c);
}

void rill__owed_free(rill_conn *c, rill__owed kind) {
  rill__owed_ring *ring = &c->out->owed[kind];
  rill__mem_free(&c->mem, ring->p, ring->cap * (size_t)RILL__OWED_SIZE);
  *ring = (rill__owed_ring){NULL, 0, 0, 0};
}

/* ---- trace -------------------------------------------------------------------------------------------------------------- */

static bool is_whole(const rill_frame_head *head) {
  const rill__frame_facts *row = rill__frame_row(head->type);
  return row != NULL && !row->block && head->type != RILL_DATA;
}

void rill__tell_sent(rill_conn *c, const uint8_t *p) {
  rill_frame frame = {.head = rill__get_head(p), .promised_id = rill__promised_by(p)};
  if (is_whole(&frame.head)) (void)rill__get_payload(&frame, p + RILL_FRAME_HEAD_SIZE);
  c->on->on_frame_sent(c, &frame, c->user);
}

/* ---- frames ------------------------------------------------------------------------------------------------------------- */

/*
 * A control frame of a few octets, in two steps: written, and put. What is owed changes between the two, since putting calls
 * back.
 */
typedef struct written {
  uint8_t *p;
  size_t n;
  uint32_t id;
  rill__emit emit; /* DONE, or why it could not be written */
} written;

static written write_frame(rill_conn *c, rill__sink *sink, rill_frame_head head, const uint8_t *payload) {
  written frame = {.n = RILL_FRAME_HEAD_SIZE + head.length, .id = head.stream_id};
  frame.p = rill__sink_room(c, sink, frame.n, &frame.emit);
  if (frame.p == NULL) return frame;
  frame.emit = RILL__EMIT_DONE;
  rill__put(rill__put_head(frame.p, head.length, head.type, head.flags, head.stream_id), payload, head.length);
  return frame;
}

static written write_number(rill_conn *c, rill__sink *sink, uint8_t type, uint32_t id, uint32_t number) {
  uint8_t payload[4];
  rill__put32(payload, number);
  return write_frame(c, sink, (rill_frame_head){sizeof payload, type, 0, id}, payload);
}

static rill__emit put(rill_conn *c, rill__sink *sink, const written *frame, uint8_t ends) {
  rill__note_sent(c, frame->p);
  rill__sink_put(c, sink, frame->n, frame->id, ends);
  return RILL__EMIT_DONE;
}

/* SETTINGS of ours. The first stand before all else, and behind the client's magic (9113 3.4). */
static rill__emit put_settings(rill_conn *c, rill__sink *sink) {
  uint32_t count = c->local.announced_count;
  size_t magic_size = c->tx.preface_owed && !c->server ? RILL__MAGIC_SIZE : 0;
  size_t size = magic_size + RILL_FRAME_HEAD_SIZE + (size_t)count * RILL__SETTING_SIZE;
  rill__emit why;
  uint8_t *begin = rill__sink_room(c, sink, size, &why);
  if (begin == NULL) return why;
  uint8_t *head = rill__put(begin, rill__magic, magic_size);
  uint8_t *p = rill__put_head(head, count * RILL__SETTING_SIZE, RILL_SETTINGS, 0, 0);
  for (uint32_t i = 0; i < count; i++)
    p = rill__put_setting(p, c->local.announced[i]);
  c->tx.preface_owed = c->tx.settings_owed = false;
  rill__note_sent(c, head);
  rill__sink_put(c, sink, size, 0, RILL__TAKEN_SETTINGS + 1);
  return RILL__EMIT_DONE;
}

static rill_view goaway_debug(const rill_conn *c) {
  bool words = c->tx.goaway_owed == RILL__GOAWAY_ERROR && c->out->debug.n == 0 && c->context->config.goaway_words;
  if (!words || c->failure.why == RILL_WHY_NONE) return (rill_view){c->out->debug.p, c->out->debug.n};
  if (c->failure.why == RILL_WHY_PING_STRIKES)
    return rill__why_words(RILL_WHY_PING_STRIKES); /* to the letter, for clients of gRPC */
  const char *text = rill_why_text((rill_why)c->failure.why);
  return (rill_view){(const uint8_t *)text, strlen(text)};
}

static rill__emit put_goaway(rill_conn *c, rill__sink *sink) {
  uint8_t kind = c->tx.goaway_owed;
  uint8_t payload[8 + RILL__GOAWAY_DEBUG_MAX];
  rill_view debug = goaway_debug(c);
  uint8_t *p = rill__put32(payload, kind == RILL__GOAWAY_NOTICE ? INT32_MAX : c->tx.goaway_last);
  p = rill__put32(p, kind == RILL__GOAWAY_ERROR ? c->failure.code : RILL_NO_ERROR);
  p = rill__put(p, debug.p, debug.n);
  written frame = write_frame(c, sink, (rill_frame_head){(uint32_t)(p - payload), RILL_GOAWAY, 0, 0}, payload);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  c->tx.goaway_owed = RILL__GOAWAY_NONE;
  c->tx.goaway_sent = kind;
  return put(c, sink, &frame, 0);
}

static rill__emit put_settings_ack(rill_conn *c, rill__sink *sink) {
  written frame = write_frame(c, sink, (rill_frame_head){0, RILL_SETTINGS, RILL_FLAG_ACK, 0}, NULL);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  rill__owed_pop(c, RILL__OWED_SETTINGS_ACKS);
  return put(c, sink, &frame, 0);
}

static rill__emit put_ping_ack(rill_conn *c, rill__sink *sink) {
  const uint8_t *payload = rill__owed_front(c, RILL__OWED_PINGS);
  written frame = write_frame(c, sink, (rill_frame_head){8, RILL_PING, RILL_FLAG_ACK, 0}, payload);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  rill__owed_pop(c, RILL__OWED_PINGS);
  return put(c, sink, &frame, 0);
}

static rill__emit put_ping(rill_conn *c, rill__sink *sink, const uint8_t *payload, uint8_t *state, rill__taken taken) {
  written frame = write_frame(c, sink, (rill_frame_head){8, RILL_PING, 0, 0}, payload);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  *state = RILL__PING_SENT;
  rill__note_taken(c, taken); /* told again when it really is; its answer may come before that */
  return put(c, sink, &frame, (uint8_t)(taken + 1));
}

static rill__emit put_unopened_reset(rill_conn *c, rill__sink *sink) {
  rill__owed_reset owed;
  memcpy(&owed, rill__owed_front(c, RILL__OWED_RESETS), sizeof owed);
  written frame = write_number(c, sink, RILL_RST_STREAM, owed.id, owed.code);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  c->stats.resets_sent++;
  rill__owed_pop(c, RILL__OWED_RESETS);
  return put(c, sink, &frame, 0);
}

/* WINDOW_UPDATE with all that is held, which is something, and with what the window is to grow by. */
static rill__emit put_window(rill_conn *c, rill__sink *sink, uint32_t id, rill__inflow *inflow, uint32_t size) {
  rill__inflow told = *inflow;
  if (size > told.full) rill__inflow_widen(&told, size);
  uint32_t increment = rill__inflow_tell(&told);
  written frame = write_number(c, sink, RILL_WINDOW_UPDATE, id, increment);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  rill__inflow_tally(&told, increment, 0);
  *inflow = told;
  if (id == 0) c->local.window_owed = false;
  return put(c, sink, &frame, 0);
}

static rill__emit put_reset(rill_conn *c, rill__sink *sink, rill__stream *s) {
  written frame = write_number(c, sink, RILL_RST_STREAM, s->id, s->reset_code);
  if (frame.emit != RILL__EMIT_DONE) return frame.emit;
  rill__owe_nothing(c, s);
  s->flags &= (uint8_t)~RILL__RESET_OWED;
  c->stats.resets_sent++;
  return put(c, sink, &frame, RILL__TX_RESET + 1);
}

static rill__emit put_owing(rill_conn *c, rill__sink *sink) {
  rill__stream *s = rill__idmap_object(&c->streams.map, c->streams.owing_first);
  if ((s->flags & RILL__RESET_OWED) != 0) return put_reset(c, sink, s);
  rill__owe_nothing(c, s);
  rill__emit emit = RILL__EMIT_DONE;
  if (rill__stream_window_due(s)) emit = put_window(c, sink, s->id, &s->inflow, c->measure.stream_size);
  if (emit != RILL__EMIT_DONE) rill__owe_again(c, s);
  return emit;
}

/* Each waits for the blocks that were encoded before its SETTINGS came. */
static uint64_t ack_after(const rill_conn *c) {
  uint64_t mark;
  memcpy(&mark, rill__owed_front(c, RILL__OWED_SETTINGS_ACKS), sizeof mark);
  return mark;
}

void rill__acks_recalled(rill_conn *c) {
  const rill__owed_ring *ring = &c->out->owed[RILL__OWED_SETTINGS_ACKS];
  for (uint32_t i = 0; i < ring->count; i++) {
    uint8_t *item = owed_item(ring, i);
    uint64_t mark;
    memcpy(&mark, item, sizeof mark);
    if (mark > c->out->lane_in) memcpy(item, &c->out->lane_in, sizeof mark);
  }
}

bool rill__acks_owed(const rill_conn *c) {
  return rill__owed_count(c, RILL__OWED_SETTINGS_ACKS) != 0 && c->out->lane_out >= ack_after(c);
}

/* One frame of what is owed, in the order of urgency. After a failure only the GOAWAY is left to say. */
rill__emit rill__emit_control(rill_conn *c, rill__sink *sink) {
  if (c->tx.preface_owed) return put_settings(c, sink);
  if (c->tx.goaway_owed != RILL__GOAWAY_NONE) return put_goaway(c, sink);
  if (rill__acks_owed(c)) return put_settings_ack(c, sink);
  if (c->local.window_owed) return put_window(c, sink, 0, &c->local.inflow, 0);
  if (c->tx.settings_owed) return put_settings(c, sink);
  if (rill__owed_count(c, RILL__OWED_PINGS) != 0) return put_ping_ack(c, sink);
  if (c->tx.ping_state == RILL__PING_OWED) return put_ping(c, sink, c->out->ping, &c->tx.ping_state, RILL__TAKEN_PING);
  if (c->tx.drain_ping == RILL__PING_OWED) {
    return put_ping(c, sink, rill__drain_payload, &c->tx.drain_ping, RILL__TAKEN_PROBE);
  }
  if (c->tx.keep_ping == RILL__PING_OWED) {
    return put_ping(c, sink, rill__keep_payload, &c->tx.keep_ping, RILL__TAKEN_PROBE);
  }
  if (c->measure.ping == RILL__PING_OWED) {
    return put_ping(c, sink, rill__measure_payload, &c->measure.ping, RILL__TAKEN_MEASURE);
  }
  if (rill__owed_count(c, RILL__OWED_RESETS) != 0) return put_unopened_reset(c, sink);
  return put_owing(c, sink);
}
