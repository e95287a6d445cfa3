/* SPDX-License-Identifier: MIT */
/*
 * app: the small application behind fuzz_server and fuzz_client: it answers, pushes, pulls, resets and asks, as the choices of
 * the input say, from every callback; and keeps what must hold for streams and chunks. See conn.h.
 */
#ifndef FUZZ_APP_H
#define FUZZ_APP_H

#include "fuzz.h"
#include "talk/checked_mem.h"
#include <rill/rill.h>

enum { STREAMS_MAX = 64, CHOICES = 16 };

typedef struct fuzz {
  checked_mem mem;
  rill_config config;
  rill_context *context;
  rill_conn *conn;
  const uint8_t *choices; /* CHOICES octets, read round and round */
  size_t chosen;
  bool gone; /* deleted, perhaps from inside a callback */
  bool client, clock;
  rill_time now;
  struct {
    uint32_t id;
    bool closed;
  } streams[STREAMS_MAX];
  size_t stream_count;
  size_t lent, back;
  size_t context_octets;
  int err;          /* of the connection; 0: it lives */
  bool last_words;  /* a GOAWAY with a code has gone */
  unsigned spoken;  /* how often it has acted as a frame went out, which may be another frame, and so on */
  size_t extension; /* octets of the frame that comes */
} fuzz;

static inline uint8_t choose(fuzz *f) { return f->choices[f->chosen++ % CHOICES]; }

/* Every other input has a clock. It stands still, goes ahead by up to 6 seconds, or back by one. */
static inline rill_time fuzz_now(fuzz *f) {
  enum { BACK = 240, AHEAD = 120 };
  if (!f->clock) return RILL_NO_CLOCK;
  uint8_t how = choose(f);
  if (how < AHEAD) return f->now;
  return f->now = how < BACK ? f->now + (rill_time)(how - AHEAD) * 50000000 : f->now - 1000000000;
}

static const rill_field fuzz_request[] = {RILL_FIELD(":method", "POST"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                                          RILL_FIELD(":authority", "a"), RILL_FIELD("cookie", "a=b")};
static const rill_field fuzz_promise[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/p"),
                                          RILL_FIELD(":authority", "a")};
static const rill_field fuzz_response[] = {RILL_FIELD(":status", "200"), RILL_FIELD("server", "fuzz")};
static const rill_field fuzz_interim[] = {RILL_FIELD(":status", "103")};
static const rill_field fuzz_trailers[] = {RILL_FIELD("x-sum", "1")};

/* ---- streams that were heard of ---------------------------------------------------------------------------------------- */

/* Streams of the peer's, open as far as the application knows, are within the limit; 2 is what fuzz_settings() may say. */
static inline void fuzz_count(const fuzz *f) {
  size_t open = 0, most = f->config.max_concurrent_streams > 2 ? f->config.max_concurrent_streams : 2;
  for (size_t i = 0; i < f->stream_count; i++)
    open += !f->streams[i].closed && (f->streams[i].id % 2 == 0) == f->client;
  demand(open <= most + (f->client ? f->config.max_pushed : 0));
}

/* Which must not be over; one too many to keep is not checked. */
static inline void fuzz_hear(fuzz *f, uint32_t id) {
  demand(f->err == 0);
  for (size_t i = 0; i < f->stream_count; i++) {
    if (f->streams[i].id != id) continue;
    demand(!f->streams[i].closed);
    return;
  }
  if (f->stream_count == STREAMS_MAX) return;
  f->streams[f->stream_count].id = id;
  f->streams[f->stream_count++].closed = false;
  fuzz_count(f);
}

static inline void fuzz_closed(fuzz *f, uint32_t id) {
  fuzz_hear(f, id);
  for (size_t i = 0; i < f->stream_count; i++)
    f->streams[i].closed |= f->streams[i].id == id;
}

/* ---- the application --------------------------------------------------------------------------------------------------- */

static inline int fuzz_pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[2000] = {0};
  fuzz *f = rill_conn_user(conn);
  (void)user;
  fuzz_hear(f, id);
  uint8_t what = choose(f);
  if (what % 8 == 0) return RILL_DEFERRED;
  if (what == 1) return RILL_CANCEL;
  out->n = max < sizeof content ? max : sizeof content;
  if (out->n > (size_t)what * 10) out->n = (size_t)what * 10;
  out->data = content;
  out->user = f;
  out->more = what % 4 == 1 || out->n == 0 ? RILL_MORE_NONE : what % 4 == 2 ? RILL_MORE_TRAILERS : RILL_MORE;
  if (max == 0) out->more = RILL_MORE;
  if (out->n != 0) f->lent++;
  return 0;
}

static const rill_body fuzz_lent = {fuzz_pull, NULL, false}, fuzz_pushed = {NULL, NULL, false};

static inline void fuzz_settings(rill_conn *conn, uint8_t what) {
  static const rill_setting all[] = {{RILL_SETTING_INITIAL_WINDOW_SIZE, 10},
                                     {RILL_SETTING_HEADER_TABLE_SIZE, 0},
                                     {RILL_SETTING_MAX_CONCURRENT_STREAMS, 2},
                                     {RILL_SETTING_HEADER_TABLE_SIZE, 100},
                                     {RILL_SETTING_INITIAL_WINDOW_SIZE, 1 << 20},
                                     {RILL_SETTING_MAX_FRAME_SIZE, 20000},
                                     {0x1a2a, 7},
                                     {RILL_SETTING_MAX_HEADER_LIST_SIZE, 500}};
  (void)rill_submit_settings(conn, all + what % 8, what / 8 % (9 - what % 8u));
}

static inline void fuzz_extend(rill_conn *conn, uint32_t id, uint8_t what) {
  static const rill_view origins[] = {{(const uint8_t *)"https://a", 9}, {(const uint8_t *)"https://b:1", 11}}, none = {NULL, 0};
  static const rill_view value = {(const uint8_t *)"clear", 5};
  const rill_frame unknown = {.head = {.type = 0xbe, .stream_id = what % 2 == 0 ? id : 0}, .data = origins[0]};
  const rill_frame priority = {.head = {.type = RILL_PRIORITY, .stream_id = what}, .dependency = id, .weight = what};
  if (what % 4 == 0) (void)rill_submit_frame(conn, &unknown);
  if (what % 4 == 1) (void)rill_submit_frame(conn, &priority);
  if (what % 4 == 2) (void)rill_submit_altsvc(conn, what % 8 == 2 ? id : 0, what % 8 == 2 ? none : origins[0], value);
  if (what % 4 == 3) (void)rill_submit_origin(conn, origins, what / 4 % 3);
}

/* What changes nothing in what the stream carries. */
static inline void fuzz_mark(rill_conn *conn, uint32_t id, uint8_t what) {
  const rill_priority priority = {what / 8 % 8, what >= 128, true};
  char words[300];
  rill_stream_stats stats;
  int64_t window;
  switch (what % 8) {
  case 0:
  case 1:
    (void)rill_set_priority(conn, id, &priority);
    break;
  case 2:
    (void)rill_submit_priority_update(conn, id, &priority);
    break;
  case 3:
  case 4:
    (void)rill_hold(conn, id);
    break;
  case 5:
    (void)rill_release(conn, id);
    break;
  case 6:
    (void)rill_conn_dump(conn, words, sizeof words);
    demand(rill_stream_blocked(conn, id) < 2 * RILL_BLOCKED_PAUSED);
    break;
  default:
    if (rill_conn_stream_stats(conn, id, &stats) == 0) demand(stats.priority.urgency <= 7);
    if (rill_conn_window(conn, id, RILL_WINDOW_RECV, &window) == 0) demand(window <= INT32_MAX);
    break;
  }
}

/* Something, to this stream or to the connection; may delete it. */
static inline void fuzz_act(fuzz *f, uint32_t id) {
  static const rill_view words = {(const uint8_t *)"words", 5};
  rill_conn *conn = f->conn;
  uint8_t what = choose(f), more = choose(f);
  const rill_body *body = more % 3 == 0 ? NULL : more % 3 == 1 ? &fuzz_lent : &fuzz_pushed;
  rill_ssize opened = 0;
  if (f->gone) return;
  switch (what % 20) {
  case 0:
  case 1:
    opened = rill_submit_request(conn, fuzz_request, sizeof fuzz_request / sizeof *fuzz_request, body, NULL);
    if (opened > 0) fuzz_hear(f, (uint32_t)opened);
    break;
  case 2:
  case 3:
    (void)rill_submit_response(conn, id, fuzz_response, sizeof fuzz_response / sizeof *fuzz_response, body);
    break;
  case 4:
    (void)rill_submit_informational(conn, id, fuzz_interim, 1);
    break;
  case 5:
    (void)rill_submit_trailers(conn, id, fuzz_trailers, more % 2);
    break;
  case 6:
  case 7:
    (void)rill_write(conn, id, (const uint8_t *)"some content", more % 13, more > 200);
    break;
  case 8:
    (void)rill_resume(conn, id);
    break;
  case 9:
    if (more % 4 == 0) (void)rill_reset(conn, id, more);
    break;
  case 10:
    (void)rill_consume(conn, id, more);
    break;
  case 11:
    (void)rill_submit_ping(conn, (const uint8_t *)"pingping");
    break;
  case 12:
    if (more % 16 == 0) (void)rill_submit_goaway(conn, more % 32, words);
    if (more % 16 == 1) (void)rill_shutdown(conn, more < 100 ? RILL_NEVER : (rill_time)more * 10000000);
    if (more % 16 == 2) (void)rill_conn_retire_at(conn, f->now + (rill_time)more * 10000000, 1000000000);
    break;
  case 13:
    if (more % 64 != 0) break;
    rill_conn_del(conn);
    f->gone = true;
    break;
  case 14:
    opened = rill_submit_push(conn, id, fuzz_promise, sizeof fuzz_promise / sizeof *fuzz_promise, NULL);
    if (opened > 0) fuzz_hear(f, (uint32_t)opened);
    if (opened > 0 && more % 2 == 0) (void)rill_submit_response(conn, (uint32_t)opened, fuzz_response, 1, body);
    break;
  case 15:
    fuzz_settings(conn, more);
    break;
  case 16:
    fuzz_extend(conn, id, more);
    break;
  default:
    (void)rill_pause_recv(conn, more % 8 == 0 ? 0 : id, more % 16 < 8);
    break;
  case 18:
    fuzz_mark(conn, id, more);
    break;
  case 19:
    demand(rill_conn_trim(conn) == 0);
    break;
  }
}

/* Most callbacks are content; some reset the stream, or end the connection. */
static inline int fuzz_answer(fuzz *f) {
  uint8_t what = choose(f);
  return what == 77 ? RILL_CANCEL : what == 78 ? RILL_ERR_CALLBACK : 0;
}

/* Now and then a head is kept beyond its callback, or put into words. */
static inline void fuzz_keep(fuzz *f, uint32_t id, const rill_head *head) {
  char words[100];
  uint8_t what = choose(f);
  if (what % 8 == 0) (void)rill_head_json(words, sizeof words, id, head, what % 16 == 0);
  if (what % 8 != 1) return;
  rill_head *copy = rill_head_copy(f->context, head);
  if (copy != NULL) demand(copy->field_count == head->field_count && copy->path.n == head->path.n);
  rill_head_free(f->context, copy);
}

static inline int fuzz_on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)user;
  demand(f->err == 0);
  demand(!f->gone && promised % 2 == 0 && head->kind == RILL_HEAD_PUSH && head->method.n >= 3 && head->authority.n != 0);
  fuzz_hear(f, id);
  fuzz_hear(f, promised);
  fuzz_act(f, promised);
  return f->chosen % 7 == 0 ? RILL_CANCEL : fuzz_answer(f);
}

static inline int fuzz_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)user;
  demand(!f->gone);
  for (size_t i = 0; i < head->field_count; i++)
    demand(head->fields[i].name.n != 0);
  fuzz_hear(f, id);
  fuzz_keep(f, id, head);
  fuzz_act(f, id);
  return fuzz_answer(f);
}

static inline int fuzz_on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)user;
  demand(!f->gone && (bytes.n != 0 || end));
  fuzz_hear(f, id);
  fuzz_act(f, id);
  return fuzz_answer(f);
}

static inline void fuzz_on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)close;
  (void)user;
  fuzz_closed(f, id);
  fuzz_act(f, id);
}

static inline void fuzz_on_writable(rill_conn *conn, uint32_t id, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)user;
  fuzz_hear(f, id);
  fuzz_act(f, id);
}

static inline void fuzz_on_chunk(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  fuzz *f = rill_conn_user(conn);
  (void)sent;
  (void)dropped;
  demand(chunk_user == f && user == f && !f->gone);
  f->back++;
  fuzz_act(f, 1);
}

static inline void fuzz_on_credit(rill_conn *conn, void *user) {
  (void)conn;
  fuzz_act(user, 1);
}

static inline int fuzz_on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && (count == 0 || settings != NULL));
  fuzz_act(f, 1);
  return fuzz_answer(f);
}

static inline int fuzz_on_ping_ack(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && memcmp(payload, "pingping", 8) == 0 && (f->clock || round_trip == 0));
  fuzz_act(f, 1);
  return fuzz_answer(f);
}

static inline int fuzz_on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  fuzz *f = user;
  (void)conn, (void)code, (void)debug;
  demand(!f->gone && last_id <= INT32_MAX);
  fuzz_act(f, last_id);
  return fuzz_answer(f);
}

static inline int fuzz_on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && signal->priority.urgency <= 7 && !(signal->legacy.present && signal->value.n != 0));
  fuzz_act(f, id);
  return fuzz_answer(f);
}

static inline void fuzz_on_retire(rill_conn *conn, rill_why why, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && why != RILL_WHY_NONE);
  fuzz_act(f, 1);
}

static inline void fuzz_on_frame_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  char words[60];
  (void)conn;
  if (frame->head.length % 4 == 0) (void)rill_frame_json(words, sizeof words, frame, false, 0);
  fuzz_act(user, frame->head.stream_id);
}

enum { ACTS_OF_SPEECH = 64 };

static inline void fuzz_on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && !f->last_words);
  f->last_words = frame->head.type == RILL_GOAWAY && frame->error_code != 0;
  if (f->spoken++ < ACTS_OF_SPEECH) fuzz_act(f, frame->head.stream_id);
}

/* A stream that can send; in its place now and then another, which perhaps cannot. */
static inline uint32_t fuzz_on_choose(rill_conn *conn, uint32_t proposed, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone);
  fuzz_hear(f, proposed);
  fuzz_act(f, proposed);
  uint8_t what = choose(f);
  return what % 2 == 0 ? proposed : what / 2 % 16u;
}

static inline int fuzz_on_settings_ack(rill_conn *conn, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone);
  fuzz_act(f, 1);
  return fuzz_answer(f);
}

static inline int fuzz_on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && (id == 0) == (origin.n != 0) && value.n != 0);
  if (id != 0) fuzz_hear(f, id);
  fuzz_act(f, id);
  return fuzz_answer(f);
}

static inline int fuzz_on_origin(rill_conn *conn, rill_view origin, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && origin.n >= 4);
  fuzz_act(f, 1);
  return fuzz_answer(f);
}

/* Pieces make up what the head says. */
static inline int fuzz_on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && head->type > RILL_CONTINUATION && (piece.n != 0 || head->length == 0));
  f->extension += piece.n;
  demand(end == (f->extension == head->length));
  if (end) f->extension = 0;
  fuzz_act(f, head->stream_id);
  return fuzz_answer(f);
}

static inline void fuzz_callbacks(rill_callbacks *out) {
  *out = (rill_callbacks){.size = sizeof *out,
                          .on_head = fuzz_on_head,
                          .on_push = fuzz_on_push,
                          .on_data = fuzz_on_data,
                          .on_stream_close = fuzz_on_close,
                          .on_writable = fuzz_on_writable,
                          .on_chunk_done = fuzz_on_chunk,
                          .on_credit = fuzz_on_credit,
                          .on_settings = fuzz_on_settings,
                          .on_ping_ack = fuzz_on_ping_ack,
                          .on_goaway = fuzz_on_goaway,
                          .on_settings_ack = fuzz_on_settings_ack,
                          .on_priority = fuzz_on_priority,
                          .on_retire = fuzz_on_retire,
                          .on_altsvc = fuzz_on_altsvc,
                          .on_origin = fuzz_on_origin,
                          .on_extension = fuzz_on_extension,
                          .on_choose = fuzz_on_choose,
                          .on_frame_recv = fuzz_on_frame_recv,
                          .on_frame_sent = fuzz_on_frame_sent};
}

#endif /* FUZZ_APP_H */
