/* SPDX-License-Identifier: MIT */
/*
 * conn: what fuzz_server and fuzz_client share: the input's first octets choose a configuration, how the rest is cut, which
 * allocation fails, and whether the preface is given; the rest is what a peer says. A small application answers, pushes, pulls,
 * resets and asks on the way, as a second stream of choices from the input says. What must hold: no crash and nothing for the
 * sanitizers; every allocation comes back with its true size; one close for each stream that was heard of, and nothing after it;
 * every lent chunk comes back once; memory_limit and budgets hold; an error sticks, and is the last that streams hear of;
 * one GOAWAY with a code, and no frame behind it; what a connection wants fits what it then does.
 */
#ifndef FUZZ_CONN_H
#define FUZZ_CONN_H

#include "fuzz.h"
#include "talk/checked_mem.h"
#include <rill/rill.h>

enum { STREAMS_MAX = 64, CONFIG = 4, CHOICES = 16 };

typedef struct fuzz {
  checked_mem mem;
  rill_config config;
  rill_context *context;
  rill_conn *conn;
  const uint8_t *choices; /* CHOICES octets, read round and round */
  size_t chosen;
  bool gone; /* deleted, perhaps from inside a callback */
  bool clock;
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
  (void)conn, (void)user;
  if (frame->head.length % 4 == 0) (void)rill_frame_json(words, sizeof words, frame, false, 0);
}

static inline void fuzz_on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->last_words);
  f->last_words = frame->head.type == RILL_GOAWAY && frame->error_code != 0;
}

static inline int fuzz_on_settings_ack(rill_conn *conn, void *user) {
  (void)conn;
  fuzz_act(user, 1);
  return 0;
}

static inline int fuzz_on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && (id == 0) == (origin.n != 0) && value.n != 0);
  if (id != 0) fuzz_hear(f, id);
  fuzz_act(f, id);
  return 0;
}

static inline int fuzz_on_origin(rill_conn *conn, rill_view origin, void *user) {
  fuzz *f = user;
  (void)conn;
  demand(!f->gone && origin.n >= 4);
  fuzz_act(f, 1);
  return 0;
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
  return 0;
}

/* ---- one input --------------------------------------------------------------------------------------------------------- */

static inline size_t fuzz_padding(void *user, const rill_frame_head *head, size_t most) {
  (void)user;
  demand(most >= 1 && most <= 256);
  return head->length * 7 % 300;
}

/* One budget or all of them, or the hard caps, so small that an input can meet them. */
static inline void fuzz_budgets(rill_config *config, uint8_t what) {
  static const uint32_t sizes[] = {5, 0, 1, 3, 20, 100, 1000, UINT32_MAX}, refills[] = {0, 1, 100, UINT32_MAX};
  const uint32_t size = sizes[what % 8], refill = refills[what / 8 % 4];
  const struct budget {
    uint32_t *burst, *refill;
  } budgets[] = {{&config->glitch_burst, &config->glitch_refill},         {&config->refusal_burst, &config->refusal_refill},
                 {&config->peer_reset_burst, &config->peer_reset_refill}, {&config->own_reset_burst, &config->own_reset_refill},
                 {&config->empty_data_burst, &config->empty_data_refill}, {&config->overhead_burst, &config->overhead_refill}};
  for (unsigned i = 0; i < sizeof budgets / sizeof *budgets; i++) {
    if (what / 32 != 0 && what / 32 != i + 1) continue;
    *budgets[i].burst = size;
    *budgets[i].refill = refill;
  }
  if (what / 32 != 7) return;
  config->window_updates = size;
  config->overhead_ratio = refill;
  config->max_header_list_size = 200;
  config->max_header_list_hard = 400;
  config->max_header_block = 200;
  config->max_header_fields = 3;
  config->max_header_fields_hard = 6;
  config->max_cookie_crumbs = 2;
  config->max_field_name = config->max_field_value = 12;
  config->max_continuations = config->max_interim_responses = config->max_pushed = 2;
  config->max_priority_updates = config->max_origins = 2;
  config->max_total_streams = 5;
  config->max_settings_entries = 4;
  config->max_ping_acks = config->max_settings_acks = config->max_resets_owed = 2;
  config->max_write_buffer = 10;
}

static inline void fuzz_config(rill_config *config, checked_mem *mem, const uint8_t *p) {
  static const uint32_t windows[] = {65535, 0, 100, 1000000}, tables[] = {4096, 0, 100, 65536}, streams[] = {100, 0, 1, 3};
  rill_config_init(config);
  config->mem = checked_mem_of(mem);
  config->initial_window = windows[p[0] % 4];
  config->decoder_table = tables[p[0] / 4 % 4];
  config->encoder_table = tables[p[0] / 16 % 4];
  config->max_concurrent_streams = streams[p[0] / 64];
  config->manual_consume = p[1] % 2;
  config->goaway_words = p[1] / 2 % 2;
  config->allow_edge_space = p[1] / 4 % 2;
  config->allow_any_trailer = p[1] / 8 % 2;
  config->frames_per_recv = p[1] / 16 % 2 ? 1 : 1024;
  config->max_header_queue = p[1] / 32 % 2 ? 0 : 65536;
  config->enable_push = config->enable_connect_protocol = config->accept_origin = config->accept_altsvc = p[1] / 64 == 2;
  if (p[1] / 64 == 2) memset(config->extension_types, 0xff, sizeof config->extension_types);
  config->max_pushed = 3;
  if (p[1] / 64 == 1) config->window_max = 300;
  if (p[1] / 64 == 1) config->padding.choose = fuzz_padding;
  config->keepalive_interval = p[2] % 4 == 1 ? 1000000000 : 0;
  config->ping_interval_min = p[2] % 4 == 1 ? 1000000000 : 0;
  config->memory_limit = p[1] / 64 == 3 ? 8192 : (size_t)4 << 20;
  if (p[3] != 0) fuzz_budgets(config, p[3]);
  mem->fail_at = p[2] % 4 == 0 ? 3 + p[2] / 4 : 0;
}

/* What holds between outer calls. */
static inline void fuzz_holds(fuzz *f) {
  rill_stats stats = rill_conn_stats(f->conn);
  rill_conn_failure failure = rill_conn_error(f->conn);
  const rill_config *config = &f->config;
  const uint32_t bursts[RILL_BUDGETS] = {config->glitch_burst, config->refusal_burst, config->peer_reset_burst,
                                         config->own_reset_burst, config->empty_data_burst};
  demand(f->mem.wrong == NULL && stats.memory == f->mem.live_octets - f->context_octets);
  demand(stats.memory_peak <= config->memory_limit);
  for (int i = 0; i < RILL_BUDGETS; i++)
    demand(stats.spent[i] <= bursts[i]);
  demand(f->err == 0 || f->err == failure.err);
  f->err = failure.err;
  demand(f->err == 0 || !rill_conn_want_recv(f->conn));
  demand(f->clock || rill_conn_deadline(f->conn) == RILL_NEVER);
  demand(f->clock || !rill_conn_is_done(f->conn) || !rill_conn_want_send(f->conn)); /* time may end what nobody takes */
}

/* After each outer call. False: the connection is gone. */
static inline bool fuzz_lives(fuzz *f, rill_ssize result) {
  if (!f->gone) {
    fuzz_holds(f);
    return true;
  }
  demand(f->conn == NULL || result == RILL_ERR_CLOSED);
  f->conn = NULL;
  return false;
}

static inline bool fuzz_take(fuzz *f) {
  for (unsigned round = 0; round < 12; round++) {
    uint8_t room[2048];
    rill_iovec iov[3];
    bool copy = choose(f) % 2 == 0, wants = rill_conn_want_send(f->conn);
    rill_ssize n = copy ? rill_conn_send(f->conn, room, 1 + (size_t)choose(f) * 8, fuzz_now(f))
                        : rill_conn_sendv(f->conn, iov, 3, 1000, fuzz_now(f));
    if (!fuzz_lives(f, n)) return false;
    demand(wants || n <= 0);
    if (n <= 0) return true;
    if (copy) continue;
    size_t shown = 0;
    for (rill_ssize i = 0; i < n; i++)
      shown += iov[i].len;
    if (choose(f) % 4 == 0) shown = shown / 2 + 1;
    if (!fuzz_lives(f, rill_conn_sent(f->conn, shown, fuzz_now(f)))) return false;
  }
  return true;
}

/* What is due, which is not due after that. False: the connection is gone. */
static inline bool fuzz_tick(fuzz *f) {
  rill_time now = fuzz_now(f);
  if (!fuzz_lives(f, rill_conn_tick(f->conn, now))) return false;
  demand(rill_conn_deadline(f->conn) > now); /* without a clock, too: never is more */
  return true;
}

/* Octets in pieces, output taken now and then. False: the connection is gone. */
static inline bool fuzz_feed(fuzz *f, const uint8_t *p, size_t n) {
  for (unsigned stuck = 0; n != 0 && stuck < 20;) {
    size_t piece = choose(f) % 4 == 0 ? 1 + choose(f) % 16u : n;
    if (piece > n) piece = n;
    rill_ssize took = rill_conn_recv(f->conn, p, piece, fuzz_now(f));
    if (!fuzz_lives(f, took)) return false;
    if (took < 0) {
      demand(rill_conn_recv(f->conn, p, piece, fuzz_now(f)) == took);
      break;
    }
    demand((size_t)took <= piece);
    stuck = took == 0 ? stuck + 1 : 0;
    if (took == 0) (void)rill_pause_recv(f->conn, 0, false);
    p += took;
    n -= (size_t)took;
    if ((took == 0 || choose(f) % 4 == 0) && !fuzz_take(f)) return false;
    if (choose(f) % 8 == 0 && !fuzz_tick(f)) return false;
    if (choose(f) % 8 == 0) fuzz_act(f, 1 + choose(f) % 9u);
    if (!fuzz_lives(f, RILL_ERR_CLOSED)) return false;
  }
  return fuzz_take(f);
}

/* Half of the inputs need not find the preface and SETTINGS by themselves. */
static inline bool fuzz_begin(fuzz *f, bool client) {
  static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
  const size_t skip = client ? 24 : 0;
  return fuzz_feed(f, preface + skip, sizeof preface - 1 - skip);
}

static inline void fuzz_check(const fuzz *f) {
  demand(f->mem.live == 0 && f->mem.wrong == NULL);
  demand(f->lent == f->back);
  for (size_t i = 0; i < f->stream_count; i++)
    demand(f->streams[i].closed);
}

/* The transport ends first, or it does not. */
static inline void fuzz_end(fuzz *f) {
  if (choose(f) % 4 == 0 && !fuzz_lives(f, rill_conn_eof(f->conn, fuzz_now(f)))) return;
  rill_conn_del(f->conn);
}

static inline void fuzz_run(fuzz *f, const uint8_t *p, size_t n, bool client, bool begun) {
  for (int i = 0; i < 3 && client; i++) {
    rill_ssize id = rill_submit_request(f->conn, fuzz_request, 4, i == 1 ? &fuzz_lent : i == 2 ? &fuzz_pushed : NULL, NULL);
    if (id > 0) fuzz_hear(f, (uint32_t)id);
  }
  if (!fuzz_lives(f, RILL_ERR_CLOSED)) return;
  bool lives = !begun || fuzz_begin(f, client);
  if (lives && fuzz_feed(f, p, n)) fuzz_end(f);
}

static inline int fuzz_connection(const uint8_t *data, size_t n, bool client) {
  fuzz f = {.choices = data + CONFIG, .clock = n > 2 && data[2] % 2 != 0, .now = 100000000000};
  const rill_callbacks callbacks = {.size = sizeof callbacks,
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
                                    .on_frame_recv = fuzz_on_frame_recv,
                                    .on_frame_sent = fuzz_on_frame_sent};
  if (n < CONFIG + CHOICES) return 0;
  fuzz_config(&f.config, &f.mem, data);
  if (rill_context_new(&f.context, &f.config, &callbacks) != 0) return 0;
  f.context_octets = f.mem.live_octets;
  int err = client ? rill_conn_client_new(&f.conn, f.context, &f) : rill_conn_server_new(&f.conn, f.context, &f);
  if (err == 0) fuzz_run(&f, data + CONFIG + CHOICES, n - CONFIG - CHOICES, client, data[2] % 4 >= 2);
  rill_context_del(f.context);
  fuzz_check(&f);
  return 0;
}

#endif /* FUZZ_CONN_H */
