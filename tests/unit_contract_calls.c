/* SPDX-License-Identifier: MIT */
/*
 * Contract 6 (T-REENT): every function, called from every callback, on the same connection; and rill_conn_del() from each, after
 * which the call that led there answers RILL_ERR_CLOSED and all memory is back. Whatever a function answers, nothing breaks: the
 * checked allocator and the address sanitizer look on.
 */
#include "contract.h"

typedef enum callback_kind {
  ON_HEAD,
  ON_DATA,
  ON_CLOSE,
  ON_WRITABLE,
  ON_CHUNK,
  ON_CREDIT,
  ON_SETTINGS,
  ON_PING_ACK,
  ON_GOAWAY,
  ON_FRAME_RECV,
  ON_FRAME_SENT,
  PULL,
  CALLBACKS
} callback_kind;

typedef struct trial {
  bench b; /* first: the connection's user pointer */
  callback_kind where;
  unsigned which; /* the function */
  unsigned skip;  /* callbacks of this kind to let pass first */
  bool client, done, del, gone;
  int closes[8], heard[8]; /* by half the stream id */
} trial;

/* ---- every function that takes a connection ---------------------------------------------------------------------------- */

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user);

static const rill_body lent_body = {pull, NULL, false}, pushed_body = {NULL, NULL, false};
static const rill_view no_words = {NULL, 0};

enum { TIMED = 6 };

/* The first six are refused inside callbacks; the result of the others depends on where they are called. */
static rill_ssize call(rill_conn *conn, unsigned which, uint32_t id) {
  uint8_t room[8];
  rill_iovec iov[2];
  uint32_t value;
  int64_t window;
  switch (which) {
  case 0:
    return rill_conn_recv(conn, (const uint8_t *)"x", 1, RILL_NO_CLOCK);
  case 1:
    return rill_conn_send(conn, room, sizeof room, RILL_NO_CLOCK);
  case 2:
    return rill_conn_sendv(conn, iov, 2, 100, RILL_NO_CLOCK);
  case 3:
    return rill_conn_sent(conn, 0, RILL_NO_CLOCK);
  case 4:
    return rill_conn_tick(conn, RILL_NO_CLOCK);
  case 5:
    return rill_conn_eof(conn, RILL_NO_CLOCK);
  case 6:
    return rill_submit_request(conn, get_fields, LENGTH(get_fields), &lent_body, NULL);
  case 7:
    return rill_submit_response(conn, id, ok_fields, 1, &lent_body);
  case 8:
    return rill_submit_informational(conn, id, &(rill_field)RILL_FIELD(":status", "103"), 1);
  case 9:
    return rill_submit_trailers(conn, id, NULL, 0);
  case 10:
    return rill_write(conn, id, (const uint8_t *)"more", 4, true);
  case 11:
    return rill_resume(conn, id);
  case 12:
    return rill_reset(conn, id, RILL_CANCEL);
  case 13:
    return rill_consume(conn, id, 1);
  case 14:
    return rill_submit_ping(conn, (const uint8_t *)"pongpong");
  case 15:
    return rill_submit_goaway(conn, RILL_NO_ERROR, no_words);
  case 16:
    return rill_submit_goaway(conn, RILL_INTERNAL_ERROR, no_words);
  case 17:
    return rill_shutdown(conn, RILL_NEVER);
  case 18:
    return rill_stream_set_user(conn, id, rill_stream_user(conn, id));
  case 19:
    return rill_conn_setting(conn, RILL_REMOTE, RILL_SETTING_MAX_FRAME_SIZE, &value);
  case 20:
    return rill_conn_window(conn, id, RILL_WINDOW_SEND, &window);
  case 21:
    return (rill_ssize)rill_conn_want_recv(conn) + rill_conn_want_send(conn) + rill_conn_is_done(conn);
  case 22:
    return (rill_ssize)(rill_conn_deadline(conn) == RILL_NEVER) + (rill_conn_user(conn) == NULL);
  case 23:
    return (rill_ssize)rill_conn_error(conn).why + (rill_ssize)rill_conn_fault(conn).why +
           (rill_ssize)rill_conn_stats(conn).streams_open;
  case 24:
    return rill_pause_recv(conn, id, true);
  case 25:
    return rill_pause_recv(conn, 0, true);
  case 26:
    return rill_conn_trim(conn);
  default:
    rill_conn_del(conn);
    return 0;
  }
}

enum { FUNCTIONS = 28 };

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
  rill_ssize result = call(conn, t->which, id);
  if (t->which < TIMED) assert_int_equal(result, RILL_ERR_STATE);
  t->del = t->which == FUNCTIONS - 1;
  if (t->del) assert_int_equal(rill_submit_ping(conn, (const uint8_t *)"pongpong"), RILL_ERR_CLOSED);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  trial *t = rill_conn_user(conn);
  (void)head;
  (void)user;
  t->heard[id / 2 % 8] = 1;
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
  t->closes[id / 2 % 8]++;
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

static bool serve(trial *t) {
  bench *b = &t->b;
  for (uint32_t id = 1; id <= 5; id += 2)
    peer_request(b, id, id == 5);
  peer_frame(b, RILL_DATA, 0, 1, "content", 7);
  if (!feed(t)) return false;
  if (!lives(t, rill_submit_response(b->conn, 1, ok_fields, 1, &lent_body))) return false;
  if (!lives(t, rill_submit_response(b->conn, 3, ok_fields, 1, &pushed_body))) return false;
  if (!lives(t, rill_write(b->conn, 3, (const uint8_t *)"more than fits", 14, false))) return false;
  if (!lives(t, rill_submit_response(b->conn, 5, ok_fields, 1, &lent_body))) return false;
  if (!drain(t)) return false;
  peer_frame(b, RILL_RST_STREAM, 0, 3, "\0\0\0\x8", 4);
  return feed(t);
}

static bool ask(trial *t) {
  bench *b = &t->b;
  peer_frame(b, RILL_SETTINGS, 0, 0, "\0\x3\0\0\0\2", 6);
  if (!feed(t)) return false;
  for (int i = 0; i < 3; i++) { /* the third is blocked */
    rill_ssize id = rill_submit_request(b->conn, get_fields, LENGTH(get_fields), i == 0 ? &lent_body : &pushed_body, NULL);
    if (!lives(t, id)) return false;
    if (id > 0) t->heard[id / 2 % 8] = 1;
  }
  if (!lives(t, rill_write(b->conn, 3, (const uint8_t *)"more than fits", 14, false))) return false;
  if (!drain(t)) return false;
  peer_response(b, 1, false);
  peer_frame(b, RILL_DATA, RILL_FLAG_END_STREAM, 1, "content", 7);
  peer_frame(b, RILL_RST_STREAM, 0, 3, "\0\0\0\x8", 4);
  return feed(t);
}

static void converse(trial *t) {
  bench *b = &t->b;
  assert_true(bench_open(b, t->client));
  peer_preface(b, t->client);
  if (!feed(t) || !drain(t) || !(t->client ? ask(t) : serve(t))) return;
  if (!lives(t, rill_submit_ping(b->conn, (const uint8_t *)"pingping")) || !drain(t)) return;
  peer_frame(b, RILL_PING, RILL_FLAG_ACK, 0, "pingping", 8);
  peer_frame(b, RILL_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
  if (feed(t)) (void)drain(t);
}

static bool run(bool client, callback_kind where, unsigned which, unsigned skip) {
  trial t = {.where = where, .which = which, .skip = skip, .client = client};
  bench_init(&t.b);
  t.b.config.max_write_buffer = 8;
  t.b.callbacks = (rill_callbacks){.size = sizeof t.b.callbacks,
                                   .on_head = on_head,
                                   .on_data = on_data,
                                   .on_stream_close = on_stream_close,
                                   .on_writable = on_writable,
                                   .on_chunk_done = on_chunk_done,
                                   .on_credit = on_credit,
                                   .on_settings = on_settings,
                                   .on_ping_ack = on_ping_ack,
                                   .on_goaway = on_goaway,
                                   .on_frame_recv = on_frame_recv,
                                   .on_frame_sent = on_frame_sent};
  converse(&t);
  if (!t.gone) {
    rill_conn_del(t.b.conn);
    t.b.conn = NULL;
  }
  for (size_t i = 0; i < LENGTH(t.closes); i++)
    assert_true(t.closes[i] <= 1 && t.closes[i] >= t.heard[i]);
  bench_close(&t.b);
  return t.done;
}

static void contract_6_everything_from_everywhere(void **state) {
  (void)state;
  for (int where = 0; where < CALLBACKS; where++) {
    for (unsigned which = 0; which < FUNCTIONS; which++) {
      bool done = false;
      for (unsigned skip = 0; skip < 6; skip++) {
        done |= run(false, (callback_kind)where, which, skip);
        done |= run(true, (callback_kind)where, which, skip);
      }
      assert_true(done);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(contract_6_everything_from_everywhere)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
