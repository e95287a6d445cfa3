/* SPDX-License-Identifier: MIT */
/*
 * Contract 6 (T-REENT): every function that takes a connection, called from every callback, on the same connection; and
 * rill_conn_del() from each, after which the call that led there answers RILL_ERR_CLOSED and all memory is back. Whatever a
 * function answers, nothing breaks: the checked allocator and the address sanitizer look on.
 *
 * "Every" is counted: functions against the lines of rill.h, callbacks against the size of their struct. Of what the library was
 * built without, callbacks do not come and functions refuse (absent.c).
 */
#include "contract.h"

#include "base/features.h"

#include <stdio.h>

typedef enum callback_kind {
  ON_HEAD,
  ON_DATA,
  ON_CLOSE,
  ON_WRITABLE,
  ON_PUSH,
  ON_CHUNK,
  ON_CREDIT,
  ON_SETTINGS,
  ON_PING_ACK,
  ON_GOAWAY,
  ON_SETTINGS_ACK,
  ON_PRIORITY,
  ON_RETIRE,
  ON_ALTSVC,
  ON_ORIGIN,
  ON_EXTENSION,
  ON_CHOOSE,
  ON_FRAME_RECV,
  ON_FRAME_SENT,
  MEMBERS,
  PULL = MEMBERS, /* a callback as well, of rill_body */
  CALLBACKS
} callback_kind;

enum { STREAMS = 16, EXTENSION = 0xbe };

typedef struct trial {
  bench b; /* first: the connection's user pointer */
  callback_kind where;
  unsigned which; /* the function */
  unsigned skip;  /* callbacks of this kind to let pass first */
  uint32_t id;    /* the stream it is called on; 0: the one that the callback names */
  rill_ssize result;
  bool client, done, del, gone;
  int closes[STREAMS], heard[STREAMS]; /* by stream id */
} trial;

/* ---- every function that takes a connection ---------------------------------------------------------------------------- */

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user);

static const rill_body lent_body = {pull, NULL, false}, pushed_body = {NULL, NULL, false};
static const rill_view no_words = {NULL, 0}, origin_words = {(const uint8_t *)"https://a", 9},
                       clear = {(const uint8_t *)"clear", 5};
static const rill_field early_fields[] = {RILL_FIELD(":status", "103")};
static const rill_priority urgent = {1, true, true};
static const rill_setting lower[] = {{RILL_SETTING_INITIAL_WINDOW_SIZE, 100}, {RILL_SETTING_MAX_CONCURRENT_STREAMS, 1}};
static const rill_frame unknown = {.head = {.type = EXTENSION}, .data = {(const uint8_t *)"any", 3}};

/*
 * The function, and the rest of an expression that is a number: what it is called with, and what is read of its answer. The first
 * six are refused inside callbacks; the result of the others depends on where they are called. rill_conn_del() is the last.
 */
#define CALLS(X)                                                                                                                 \
  X(rill_conn_recv, (conn, (const uint8_t *)"x", 1, RILL_NO_CLOCK))                                                              \
  X(rill_conn_send, (conn, room, sizeof room, RILL_NO_CLOCK))                                                                    \
  X(rill_conn_sendv, (conn, iov, LENGTH(iov), 100, RILL_NO_CLOCK))                                                               \
  X(rill_conn_sent, (conn, 0, RILL_NO_CLOCK))                                                                                    \
  X(rill_conn_tick, (conn, RILL_NO_CLOCK))                                                                                       \
  X(rill_conn_eof, (conn, RILL_NO_CLOCK))                                                                                        \
  X(rill_conn_user, (conn) == NULL)                                                                                              \
  X(rill_conn_deadline, (conn) == RILL_NEVER)                                                                                    \
  X(rill_conn_trim, (conn))                                                                                                      \
  X(rill_conn_want_recv, (conn))                                                                                                 \
  X(rill_conn_want_send, (conn))                                                                                                 \
  X(rill_conn_is_done, (conn))                                                                                                   \
  X(rill_submit_request, (conn, get_fields, LENGTH(get_fields), &lent_body, NULL))                                               \
  X(rill_submit_request, (conn, get_fields, LENGTH(get_fields), &pushed_body, NULL))                                             \
  X(rill_submit_push, (conn, id, get_fields, LENGTH(get_fields), NULL))                                                          \
  X(rill_submit_response, (conn, id, ok_fields, 1, &lent_body))                                                                  \
  X(rill_submit_response, (conn, id, ok_fields, 1, NULL))                                                                        \
  X(rill_submit_informational, (conn, id, early_fields, 1))                                                                      \
  X(rill_submit_trailers, (conn, id, NULL, 0))                                                                                   \
  X(rill_write, (conn, id, (const uint8_t *)"more", 4, true))                                                                    \
  X(rill_resume, (conn, id))                                                                                                     \
  X(rill_reset, (conn, id, RILL_CANCEL))                                                                                         \
  X(rill_consume, (conn, id, 1))                                                                                                 \
  X(rill_submit_ping, (conn, (const uint8_t *)"pongpong"))                                                                       \
  X(rill_submit_goaway, (conn, RILL_NO_ERROR, no_words))                                                                         \
  X(rill_submit_goaway, (conn, RILL_INTERNAL_ERROR, no_words))                                                                   \
  X(rill_shutdown, (conn, RILL_NEVER))                                                                                           \
  X(rill_shutdown, (conn, 0))                                                                                                    \
  X(rill_conn_retire_at, (conn, 1, RILL_NEVER))                                                                                  \
  X(rill_pause_recv, (conn, id, true))                                                                                           \
  X(rill_pause_recv, (conn, 0, true))                                                                                            \
  X(rill_set_priority, (conn, id, &urgent))                                                                                      \
  X(rill_submit_priority_update, (conn, id, &urgent))                                                                            \
  X(rill_hold, (conn, id))                                                                                                       \
  X(rill_release, (conn, id))                                                                                                    \
  X(rill_submit_settings, (conn, lower, LENGTH(lower)))                                                                          \
  X(rill_submit_frame, (conn, &unknown))                                                                                         \
  X(rill_submit_altsvc, (conn, 0, origin_words, clear))                                                                          \
  X(rill_submit_altsvc, (conn, id, no_words, clear))                                                                             \
  X(rill_submit_origin, (conn, &origin_words, 1))                                                                                \
  X(rill_origin_allowed, (conn, origin_words))                                                                                   \
  X(rill_upgrade, (conn, no_words, false, NULL))                                                                                 \
  X(rill_stream_set_user, (conn, id, NULL))                                                                                      \
  X(rill_stream_user, (conn, id) == NULL)                                                                                        \
  X(rill_conn_error, (conn).why)                                                                                                 \
  X(rill_conn_fault, (conn).why)                                                                                                 \
  X(rill_conn_setting, (conn, RILL_REMOTE, RILL_SETTING_MAX_FRAME_SIZE, &value))                                                 \
  X(rill_conn_window, (conn, id, RILL_WINDOW_SEND, &window))                                                                     \
  X(rill_conn_stats, (conn).streams_open != 0)                                                                                   \
  X(rill_conn_stream_stats, (conn, id, &stats))                                                                                  \
  X(rill_stream_blocked, (conn, id) != 0)                                                                                        \
  X(rill_conn_dump, (conn, words, sizeof words) != 0)

#define NAME(function, rest) #function,
static const char *const names[] = {CALLS(NAME) "rill_conn_del"};
#undef NAME

enum { TIMED = 6, FUNCTIONS = LENGTH(names), DEL = FUNCTIONS - 1 };

static rill_ssize call(rill_conn *conn, unsigned which, uint32_t id) {
  uint8_t room[8];
  char words[200];
  rill_iovec iov[2];
  uint32_t value;
  int64_t window;
  rill_stream_stats stats;
  unsigned at = 0;
#define CALL(function, rest)                                                                                                     \
  if (which == at++) return function rest;
  CALLS(CALL)
#undef CALL
  rill_conn_del(conn);
  return 0;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */

static void here(rill_conn *conn, callback_kind where, uint32_t id) {
  trial *t = rill_conn_user(conn);
  assert_false(t->del); /* no callback follows */
  if (where != t->where || t->done) return;
  if (t->skip != 0) {
    t->skip--;
    return;
  }
  t->done = true;
  t->result = call(conn, t->which, t->id != 0 ? t->id : id);
  if (t->which < TIMED) assert_int_equal(t->result, RILL_ERR_STATE);
  t->del = t->which == DEL;
  if (t->del) assert_int_equal(rill_submit_ping(conn, (const uint8_t *)"pongpong"), RILL_ERR_CLOSED);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  trial *t = rill_conn_user(conn);
  (void)head;
  (void)user;
  t->heard[id % STREAMS] = 1;
  if (id == 1) (void)rill_hold(conn, id); /* so that it can be released, now and when it is over */
  here(conn, ON_HEAD, id);
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  (void)bytes;
  (void)end;
  (void)user;
  here(conn, ON_DATA, id);
  return 0;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  trial *t = rill_conn_user(conn);
  (void)close;
  (void)user;
  t->closes[id % STREAMS]++;
  here(conn, ON_CLOSE, id);
}

static void on_writable(rill_conn *conn, uint32_t id, void *user) {
  (void)user;
  here(conn, ON_WRITABLE, id);
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  (void)chunk_user;
  (void)sent;
  (void)dropped;
  (void)user;
  here(conn, ON_CHUNK, 1);
}

static void on_credit(rill_conn *conn, void *user) {
  (void)user;
  here(conn, ON_CREDIT, 1);
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  (void)settings;
  (void)count;
  (void)user;
  here(conn, ON_SETTINGS, 1);
  return 0;
}

static int on_ping_ack(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user) {
  (void)payload;
  (void)round_trip;
  (void)user;
  here(conn, ON_PING_ACK, 1);
  return 0;
}

static int on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  (void)last_id;
  (void)code;
  (void)debug;
  (void)user;
  here(conn, ON_GOAWAY, 1);
  return 0;
}

static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  trial *t = rill_conn_user(conn);
  (void)head;
  (void)user;
  t->heard[promised % STREAMS] = 1;
  here(conn, ON_PUSH, promised == 2 ? promised : id);
  return 0;
}

static int on_settings_ack(rill_conn *conn, void *user) {
  (void)user;
  here(conn, ON_SETTINGS_ACK, 1);
  return 0;
}

static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  (void)signal;
  (void)user;
  here(conn, ON_PRIORITY, id);
  return 0;
}

static void on_retire(rill_conn *conn, rill_why why, void *user) {
  (void)why;
  (void)user;
  here(conn, ON_RETIRE, 1);
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  (void)origin;
  (void)value;
  (void)user;
  here(conn, ON_ALTSVC, id);
  return 0;
}

static int on_origin(rill_conn *conn, rill_view origin, void *user) {
  (void)origin;
  (void)user;
  here(conn, ON_ORIGIN, 1);
  return 0;
}

static int on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  (void)head;
  (void)piece;
  (void)end;
  (void)user;
  here(conn, ON_EXTENSION, 1);
  return 0;
}

static uint32_t on_choose(rill_conn *conn, uint32_t proposed, void *user) {
  (void)user;
  here(conn, ON_CHOOSE, proposed);
  return proposed;
}

static void on_frame_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  here(conn, ON_FRAME_RECV, frame->head.stream_id);
}

static void on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  here(conn, ON_FRAME_SENT, frame->head.stream_id);
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  trial *t = rill_conn_user(conn);
  (void)user;
  here(conn, PULL, id);
  if (t->del) return RILL_ERR_CALLBACK;
  out->data = (const uint8_t *)"lent";
  out->n = max < 4 ? max : 4;
  out->more = max < 4 ? RILL_MORE : RILL_MORE_NONE;
  return 0;
}

/* ---- a conversation in which every callback comes ---------------------------------------------------------------------- */

/* After each outer call: is the connection still there? */
static bool lives(trial *t, rill_ssize result) {
  if (t->gone) return false;
  if (!t->del) return true;
  assert_int_equal(result, RILL_ERR_CLOSED);
  assert_int_equal(t->b.mem.live_octets, t->b.context_octets);
  t->b.conn = NULL;
  t->gone = true;
  return false;
}

static bool feed(trial *t) {
  bench *b = &t->b;
  for (size_t at = 0; at < b->in_n && !t->gone;) {
    rill_ssize took = rill_conn_recv(b->conn, b->in + at, b->in_n - at, RILL_NO_CLOCK);
    if (!lives(t, took) || took <= 0) break;
    at += (size_t)took;
  }
  b->in_n = 0;
  return !t->gone;
}

static bool drain(trial *t) {
  rill_iovec iov[4];
  for (unsigned round = 0; !t->gone; round++) {
    uint8_t room[200];
    rill_ssize n = round % 2 == 0 ? rill_conn_send(t->b.conn, room, sizeof room, RILL_NO_CLOCK)
                                  : rill_conn_sendv(t->b.conn, iov, 4, 200, RILL_NO_CLOCK);
    if (!lives(t, n)) return false;
    if (n <= 0 && round % 2 == 1) return true;
    if (n <= 0 || round % 2 == 0) continue;
    size_t shown = 0;
    for (rill_ssize i = 0; i < n; i++)
      shown += iov[i].len;
    if (!lives(t, rill_conn_sent(t->b.conn, shown, RILL_NO_CLOCK))) return false;
  }
  return false;
}

static bool ready(trial *t) {
  bench *b = &t->b;
  if (!drain(t)) return false; /* SETTINGS, so that they can be acknowledged */
  peer_preface(b, t->client);
  peer_frame(b, EXTENSION, 0, 0, "any", 3);
  return feed(t) && drain(t);
}

static bool serve(trial *t) {
  bench *b = &t->b;
  for (uint32_t id = 1; id <= 5; id += 2)
    peer_request(b, id, id == 5);
  peer_frame(b, RILL_DATA, 0, 1, "content", 7);
  peer_frame(b, RILL_PRIORITY_UPDATE, 0, 0, "\0\0\0\1u=1", 7);
  peer_frame(b, RILL_PRIORITY, 0, 3, "\0\0\0\1\0", 5);
  if (!feed(t)) return false;
  if (!lives(t, rill_submit_response(b->conn, 1, ok_fields, 1, &lent_body))) return false;
  if (!lives(t, rill_submit_response(b->conn, 3, ok_fields, 1, &pushed_body))) return false;
  if (!lives(t, rill_write(b->conn, 3, (const uint8_t *)"more than fits", 14, false))) return false;
  if (!lives(t, rill_submit_response(b->conn, 5, ok_fields, 1, &lent_body))) return false;
  if (!drain(t)) return false;
  peer_frame(b, RILL_RST_STREAM, 0, 3, "\0\0\0\x8", 4);
  for (uint32_t id = 7; id <= 9; id += 2)
    peer_request(b, id, true);
  return feed(t);
}

/* GET https / at "a". */
static const uint8_t promises[2][10] = {{0, 0, 0, 2, 0x82, 0x87, 0x84, 0x01, 0x01, 'a'},
                                        {0, 0, 0, 4, 0x82, 0x87, 0x84, 0x01, 0x01, 'a'}};

static bool ask(trial *t) {
  bench *b = &t->b;
  peer_frame(b, RILL_SETTINGS, 0, 0, "\0\x3\0\0\0\2", 6);
  if (!feed(t)) return false;
  for (int i = 0; i < 3; i++) { /* the third is blocked */
    rill_ssize id = rill_submit_request(b->conn, get_fields, LENGTH(get_fields), i == 0 ? &lent_body : &pushed_body, NULL);
    if (!lives(t, id)) return false;
    if (id > 0) t->heard[id % STREAMS] = 1;
  }
  if (!lives(t, rill_write(b->conn, 3, (const uint8_t *)"more than fits", 14, false))) return false;
  if (!drain(t)) return false;
  for (int i = 0; i < 2 && RILL__PUSH; i++)
    peer_frame(b, RILL_PUSH_PROMISE, RILL_FLAG_END_HEADERS, 1, promises[i], LENGTH(promises[i]));
  peer_response(b, 1, false);
  peer_frame(b, RILL_ALTSVC, 0, 0, "\0\x9https://aclear", 16);
  peer_frame(b, RILL_ALTSVC, 0, 1, "\0\0clear", 7);
  peer_frame(b, RILL_ORIGIN, 0, 0, "\0\x9https://b\0\x9https://c", 22);
  peer_frame(b, RILL_DATA, RILL_FLAG_END_STREAM, 1, "content", 7);
  peer_frame(b, RILL_RST_STREAM, 0, 3, "\0\0\0\x8", 4);
  if (!feed(t)) return false;
  rill_ssize id = rill_submit_request(b->conn, get_fields, LENGTH(get_fields), NULL, NULL);
  if (id > 0) t->heard[id % STREAMS] = 1;
  return lives(t, id);
}

static void converse(trial *t) {
  bench *b = &t->b;
  assert_true(bench_open(b, t->client));
  if (!ready(t) || !(t->client ? ask(t) : serve(t))) return;
  if (!lives(t, rill_submit_ping(b->conn, (const uint8_t *)"pingping")) || !drain(t)) return;
  peer_frame(b, RILL_PING, RILL_FLAG_ACK, 0, "pingping", 8);
  peer_frame(b, RILL_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
  if (feed(t)) (void)drain(t);
}

static void set_up(bench *b) {
  b->config.max_write_buffer = 8;
  b->config.enable_push = RILL__PUSH;
  b->config.accept_altsvc = RILL__ALTSVC;
  b->config.accept_origin = RILL__ORIGIN;
  b->config.max_total_streams = RILL__PUSH ? 5 : 3; /* with the client's last, and the server's last but one or three */
  b->config.extension_types[EXTENSION / 8] |= 1 << EXTENSION % 8;
  b->callbacks = (rill_callbacks){.size = sizeof b->callbacks,
                                  .on_head = on_head,
                                  .on_data = on_data,
                                  .on_stream_close = on_stream_close,
                                  .on_writable = on_writable,
                                  .on_push = on_push,
                                  .on_chunk_done = on_chunk_done,
                                  .on_credit = on_credit,
                                  .on_settings = on_settings,
                                  .on_ping_ack = on_ping_ack,
                                  .on_goaway = on_goaway,
                                  .on_settings_ack = on_settings_ack,
                                  .on_priority = on_priority,
                                  .on_retire = on_retire,
                                  .on_altsvc = on_altsvc,
                                  .on_origin = on_origin,
                                  .on_extension = on_extension,
                                  .on_choose = on_choose,
                                  .on_frame_recv = RILL__TRACE ? on_frame_recv : NULL,
                                  .on_frame_sent = RILL__TRACE ? on_frame_sent : NULL};
}

/* The call's answer is in *result, if it was made. */
static bool run(const trial *kind, rill_ssize *result) {
  trial t = *kind;
  bench_init(&t.b);
  set_up(&t.b);
  t.b.config.manual_consume = t.id == 0; /* on one half of the calls, so that rill_consume() has something to do */
  converse(&t);
  if (!t.gone) {
    rill_conn_del(t.b.conn);
    t.b.conn = NULL;
  }
  for (size_t i = 0; i < LENGTH(t.closes); i++)
    assert_true(t.closes[i] <= 1 && t.closes[i] >= t.heard[i]);
  bench_close(&t.b);
  *result = t.result;
  return t.done;
}

/* ---- the tests --------------------------------------------------------------------------------------------------------- */

static bool comes(callback_kind where) {
  if (where == ON_PUSH) return RILL__PUSH;
  if (where == ON_ALTSVC) return RILL__ALTSVC;
  if (where == ON_ORIGIN) return RILL__ORIGIN;
  return RILL__TRACE || (where != ON_FRAME_RECV && where != ON_FRAME_SENT);
}

/* From the first callback of this kind, the second, and so on; on the stream that it names, and on another. */
static void call_from(callback_kind where, unsigned which, bool *succeeds) {
  bool done = false;
  for (int client = 0; client <= 1; client++) {
    for (uint32_t id = 0; id <= 3; id += 3) {
      trial t = {.where = where, .which = which, .id = id, .client = client != 0};
      for (rill_ssize result; t.skip < 10 && run(&t, &result); t.skip++) {
        done = true;
        *succeeds |= result >= 0;
      }
    }
  }
  if (!done) print_error("callback %d never came for %s\n", (int)where, names[which]);
  assert_true(done);
}

static bool is_absent(const char *name) {
  if (strcmp(name, "rill_submit_push") == 0) return !RILL__PUSH;
  if (strcmp(name, "rill_submit_altsvc") == 0) return !RILL__ALTSVC;
  return strcmp(name, "rill_submit_origin") == 0 && !RILL__ORIGIN;
}

/* All but what takes time, and what may only be the very first call, succeed somewhere. */
static void contract_6_everything_from_everywhere(void **state) {
  (void)state;
  for (unsigned which = 0; which < FUNCTIONS; which++) {
    bool succeeds = false, never = which < TIMED || strcmp(names[which], "rill_upgrade") == 0 || is_absent(names[which]);
    for (int where = 0; where < CALLBACKS; where++) {
      if (comes((callback_kind)where)) call_from((callback_kind)where, which, &succeeds);
    }
    if (succeeds == never) print_error("%s succeeds %s\n", names[which], succeeds ? "somewhere" : "nowhere");
    assert_true(succeeds != never);
  }
}

/* ---- nothing is forgotten ---------------------------------------------------------------------------------------------- */

static bool is_called(const char *name, size_t n) {
  for (unsigned i = 0; i < FUNCTIONS; i++) {
    if (strlen(names[i]) == n && memcmp(names[i], name, n) == 0) return true;
  }
  return false;
}

/* Functions of rill.h that take a connection first; those that take the address of one make it. */
static void contract_6_every_function_is_called(void **state) {
  (void)state;
  char line[400];
  unsigned declared = 0;
  FILE *header = fopen(RILL_SOURCE_DIR "/include/rill/rill.h", "r");
  assert_non_null(header);
  while (fgets(line, sizeof line, header) != NULL) {
    const char *end = strstr(line, "(rill_conn *conn");
    if (end == NULL) end = strstr(line, "(const rill_conn *conn");
    if (strncmp(line, "RILL_API ", 9) != 0 || end == NULL) continue;
    const char *name = end;
    while (name[-1] != ' ' && name[-1] != '*')
      name--;
    if (!is_called(name, (size_t)(end - name))) fail_msg("%.*s is not called", (int)(end - name), name);
    declared++;
  }
  (void)fclose(header);
  assert_true(declared > 40); /* of 47 when this was written */
}

/* A member more is one more pointer, which set_up() has to set, and which has to come. */
static void contract_6_every_callback_is_there(void **state) {
  (void)state;
  bench b;
  void (*members[MEMBERS])(void);
  bench_init(&b);
  set_up(&b);
  assert_int_equal(sizeof b.callbacks, offsetof(rill_callbacks, on_head) + sizeof members);
  memcpy(members, (const char *)&b.callbacks + offsetof(rill_callbacks, on_head), sizeof members);
  for (int i = 0; i < MEMBERS; i++)
    assert_true(members[i] != NULL || !comes((callback_kind)i));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(contract_6_every_function_is_called),
                                     cmocka_unit_test(contract_6_every_callback_is_there),
                                     cmocka_unit_test(contract_6_everything_from_everywhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
