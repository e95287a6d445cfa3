/* SPDX-License-Identifier: MIT */
/*
 * The contract at the head of rill.h: a named test for each of its lines, as far as a small program can show it. The transcripts
 * (tests/talk) show the same lines on every conversation they hold; lines 1 and 12 are also shown by tests/symbols.sh, which
 * reads the names that the object files refer to, and line 6 by unit_contract_calls.c, which calls everything from everywhere.
 */
#include "contract.h"

#include <pthread.h>

/* ---- an application that counts ---------------------------------------------------------------------------------------- */

typedef struct counts {
  bench b; /* first: the connection's user pointer */
  unsigned heads, ends, closes, chunks, dropped;
  size_t content;
  rill_close close;
  uint8_t log[4000]; /* events, without how content was cut */
  size_t log_n;
} counts;

static void note(counts *c, uint8_t what, uint32_t id) {
  if (c->log_n + 2 > sizeof c->log) return;
  c->log[c->log_n++] = what;
  c->log[c->log_n++] = (uint8_t)id;
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  counts *c = rill_conn_user(conn);
  (void)user;
  c->heads++;
  note(c, 'h', id);
  if (head->end_stream) c->ends++;
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  counts *c = rill_conn_user(conn);
  (void)user;
  c->content += bytes.n;
  if (end) c->ends++;
  if (end) note(c, 'e', id);
  return 0;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  counts *c = rill_conn_user(conn);
  (void)user;
  c->closes++;
  c->close = *close;
  note(c, 'c', id);
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  counts *c = rill_conn_user(conn);
  (void)chunk_user;
  (void)sent;
  (void)user;
  c->chunks++;
  if (dropped) c->dropped++;
}

static void counts_init(counts *c) {
  memset(c, 0, sizeof *c);
  bench_init(&c->b);
  c->b.callbacks.on_head = on_head;
  c->b.callbacks.on_data = on_data;
  c->b.callbacks.on_stream_close = on_stream_close;
  c->b.callbacks.on_chunk_done = on_chunk_done;
}

static void counts_begin(counts *c, bool client) {
  counts_init(c);
  bench_begin(&c->b, client);
}

/* A source of lent content without end. */
static int pull_lent(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[1000] = {0};
  (void)conn;
  (void)id;
  out->data = content;
  out->n = max < sizeof content ? max : sizeof content;
  out->user = user;
  return 0;
}

/* Some of everything that a client may say. */
static void some_input(bench *b) {
  uint8_t content[300];
  memset(content, 'x', sizeof content);
  for (uint32_t id = 1; id < 40; id += 2) {
    peer_request(b, id, id % 3 == 0);
    peer_frame(b, RILL_PING, 0, 0, "pingping", 8);
    if (id % 3 != 0) peer_frame(b, RILL_DATA, id % 5 == 0 ? 0 : RILL_FLAG_END_STREAM, id, content, 7 * id);
    if (id % 5 == 0) peer_frame(b, RILL_RST_STREAM, 0, id, "\0\0\0\x8", 4);
    peer_window(b, 0, 1000 + id);
    peer_frame(b, 0xfa, 0xff, id, content, id);
    peer_frame(b, RILL_SETTINGS, 0, 0, "\0\x4\0\1\0\0", 6);
  }
}

/* ---- 1 ----------------------------------------------------------------------------------------------------------------- */

/* Nothing but its input decides what a connection does; without a clock nothing is ever due. */
static void contract_1_no_world_but_the_arguments(void **state) {
  (void)state;
  counts first, second;
  counts_begin(&first, false);
  counts_begin(&second, false);
  some_input(&first.b);
  some_input(&second.b);
  assert_true(peer_send(&first.b) > 0);
  assert_true(peer_send(&second.b) > 0);
  bench_take(&first.b);
  bench_take(&second.b);
  assert_int_equal(first.b.out_n, second.b.out_n);
  assert_memory_equal(first.b.out, second.b.out, first.b.out_n);
  assert_true(rill_conn_deadline(first.b.conn) == RILL_NEVER);
  assert_int_equal(rill_conn_tick(first.b.conn, RILL_NO_CLOCK), 0);
  bench_close(&first.b);
  bench_close(&second.b);
}

/* ---- 2 ----------------------------------------------------------------------------------------------------------------- */

enum { THREADS = 4, ROUNDS = 50 };

typedef struct worker {
  const rill_context *context;
  size_t octets;
  pthread_t thread;
} worker;

/* The C library allocates here: the checked allocator is for one thread. */
static void *work(void *user) {
  worker *w = user;
  for (int i = 0; i < ROUNDS; i++) {
    rill_conn *conn;
    uint8_t room[4096];
    rill_ssize n;
    if (rill_conn_client_new(&conn, w->context, NULL) != 0) return NULL;
    for (int r = 0; r < 20; r++)
      (void)rill_submit_request(conn, get_fields, LENGTH(get_fields), NULL, NULL);
    while ((n = rill_conn_send(conn, room, sizeof room, RILL_NO_CLOCK)) > 0)
      w->octets += (size_t)n;
    rill_conn_del(conn);
  }
  return NULL;
}

static void contract_2_connections_share_nothing(void **state) {
  (void)state;
  rill_config config;
  rill_context *context;
  worker workers[THREADS];
  rill_config_init(&config);
  assert_int_equal(rill_context_new(&context, &config, NULL), 0);
  worker alone = {.context = context};
  (void)work(&alone);
  for (int i = 0; i < THREADS; i++) {
    workers[i] = (worker){.context = context};
    assert_int_equal(pthread_create(&workers[i].thread, NULL, work, &workers[i]), 0);
  }
  for (int i = 0; i < THREADS; i++) {
    assert_int_equal(pthread_join(workers[i].thread, NULL), 0);
    assert_int_equal(workers[i].octets, alone.octets);
  }
  rill_context_del(context);
}

/* ---- 3 ----------------------------------------------------------------------------------------------------------------- */

static void contract_3_bytes_may_be_cut_anywhere(void **state) {
  (void)state;
  counts whole;
  counts_begin(&whole, false);
  some_input(&whole.b);
  assert_true(peer_send(&whole.b) > 0);
  bench_take(&whole.b);
  for (size_t step = 1; step < 40; step++) {
    counts cut;
    counts_begin(&cut, false);
    some_input(&cut.b);
    for (size_t at = 0; at < cut.b.in_n;) {
      size_t n = cut.b.in_n - at < step ? cut.b.in_n - at : step;
      rill_ssize took = rill_conn_recv(cut.b.conn, cut.b.in + at, n, RILL_NO_CLOCK);
      assert_true(took > 0);
      at += (size_t)took;
    }
    bench_take(&cut.b);
    assert_int_equal(cut.log_n, whole.log_n);
    assert_memory_equal(cut.log, whole.log, whole.log_n);
    assert_int_equal(cut.content, whole.content);
    assert_int_equal(cut.b.out_n, whole.b.out_n);
    assert_memory_equal(cut.b.out, whole.b.out, whole.b.out_n);
    bench_close(&cut.b);
  }
  bench_close(&whole.b);
}

/* ---- 4 ----------------------------------------------------------------------------------------------------------------- */

static uint32_t next_random(uint64_t *state) {
  *state = *state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*state >> 33);
}

/* Frames of all types with lengths that fit, and whatever inside. */
static void random_frame(bench *b, uint64_t *random) {
  static const uint8_t sizes[] = {0, 1, 4, 5, 6, 8, 9, 30};
  uint8_t payload[64];
  for (size_t i = 0; i < sizeof payload; i++)
    payload[i] = (uint8_t)next_random(random);
  uint8_t type = (uint8_t)(next_random(random) % 11), flags = (uint8_t)(next_random(random) % 5 == 0 ? next_random(random) : 0x4);
  peer_frame(b, type, flags, next_random(random) % 12, payload, sizes[next_random(random) % sizeof sizes]);
}

static void contract_4_every_byte_is_safe(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= 3000; seed++) {
    uint64_t random = seed;
    counts c;
    counts_init(&c);
    c.b.config.memory_limit = RILL_MEMORY_LIMIT_MIN + seed % 8192;
    assert_true(bench_open(&c.b, seed % 2 == 0));
    if (seed % 5 != 0) peer_preface(&c.b, seed % 2 == 0);
    peer_request(&c.b, 1, false);
    for (int i = 0; i < 20; i++)
      random_frame(&c.b, &random);
    (void)peer_send(&c.b);
    rill_stats stats = rill_conn_stats(c.b.conn);
    assert_true(stats.memory_peak <= c.b.config.memory_limit);
    assert_int_equal(stats.memory, c.b.mem.live_octets - c.b.context_octets);
    bench_close(&c.b);
    assert_int_equal(c.closes <= c.heads, true);
  }
}

/* A frame counts when its head is there, so a call takes at most N frames, and at least the head of the last. */
static void contract_4_work_in_one_call_is_bounded(void **state) {
  (void)state;
  enum { N = 5, SIZE = 17 };
  counts c;
  counts_init(&c);
  c.b.config.frames_per_recv = N;
  bench_begin(&c.b, false);
  for (int i = 0; i < 4 * N; i++)
    peer_frame(&c.b, RILL_PING, 0, 0, "pingping", 8);
  for (size_t at = 0; at < c.b.in_n;) {
    uint64_t frames = rill_conn_stats(c.b.conn).frames_received;
    rill_ssize took = rill_conn_recv(c.b.conn, c.b.in + at, c.b.in_n - at, RILL_NO_CLOCK);
    assert_true(took > 0 && took <= N * SIZE);
    at += (size_t)took;
    if (at < c.b.in_n) assert_true(rill_conn_stats(c.b.conn).frames_received == frames + N);
  }
  bench_take(&c.b);
  rill_frame frame;
  assert_int_equal(bench_frames(&c.b, RILL_PING, &frame), 4 * N);
  bench_close(&c.b);
}

/* ---- 5 ----------------------------------------------------------------------------------------------------------------- */

static void contract_5_what_is_seen_was_enforced(void **state) {
  (void)state;
  static const uint8_t block[] = {0x83, 0x87, 0x84, 0x01, 0x01, 'a', 0x0f, 0x0d, 0x01, '5'}; /* content-length: 5 */
  counts c;
  counts_begin(&c, false);
  peer_frame(&c.b, RILL_HEADERS, RILL_FLAG_END_HEADERS, 1, block, sizeof block);
  peer_frame(&c.b, RILL_DATA, RILL_FLAG_END_STREAM, 1, "four", 4);
  peer_frame(&c.b, RILL_HEADERS, RILL_FLAG_END_HEADERS, 3, block, sizeof block - 1); /* cut: nothing of it is delivered */
  assert_int_equal(peer_send(&c.b), RILL_ERR_PROTO);
  assert_int_equal(c.heads, 1);
  assert_int_equal(c.ends, 0);
  assert_int_equal(c.closes, 1);
  assert_int_equal(c.close.why, RILL_WHY_LENGTH_SHORT);
  bench_close(&c.b);
}

/* ---- 7 ----------------------------------------------------------------------------------------------------------------- */

static void contract_7_one_close_and_every_chunk_back(void **state) {
  (void)state;
  static const rill_body endless = {pull_lent, NULL, false};
  counts c;
  rill_iovec iov[8];
  counts_begin(&c, false);
  peer_request(&c.b, 1, true);
  peer_request(&c.b, 3, true);
  assert_true(peer_send(&c.b) > 0);
  assert_int_equal(rill_submit_response(c.b.conn, 1, ok_fields, 1, &endless), 0);
  assert_int_equal(rill_submit_response(c.b.conn, 3, ok_fields, 1, &endless), 0);
  rill_ssize n = rill_conn_sendv(c.b.conn, iov, 8, 3000, RILL_NO_CLOCK);
  assert_true(n > 2);
  assert_int_equal(rill_reset(c.b.conn, 1, RILL_CANCEL), 0);
  assert_int_equal(c.closes, 1); /* at once */
  assert_int_equal(c.chunks, 0); /* while the transport still holds what was lent */
  size_t shown = 0;
  for (rill_ssize i = 0; i < n; i++)
    shown += iov[i].len;
  assert_int_equal(rill_conn_sent(c.b.conn, shown, RILL_NO_CLOCK), 0);
  assert_true(c.chunks > 0);
  assert_int_equal(c.dropped, 0);
  assert_true(rill_conn_sendv(c.b.conn, iov, 8, 3000, RILL_NO_CLOCK) > 0);
  unsigned before = c.chunks;
  rill_conn_del(c.b.conn);
  c.b.conn = NULL;
  assert_int_equal(c.closes, 2);
  assert_true(c.dropped > 0 && c.chunks == before + c.dropped);
  bench_close(&c.b);
}

static size_t copy_shown(const rill_iovec *iov, size_t count, uint8_t *dst, size_t cap) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    assert_true(iov[i].len <= cap - n);
    memcpy(dst + n, iov[i].base, iov[i].len);
    n += iov[i].len;
  }
  return n;
}

/* A write of what was shown may still be under way when a read says that the transport has ended. */
static void contract_7_what_was_shown_outlives_the_transport(void **state) {
  (void)state;
  static const rill_body endless = {pull_lent, NULL, false};
  counts c;
  rill_iovec iov[8];
  counts_begin(&c, false);
  peer_request(&c.b, 1, true);
  assert_true(peer_send(&c.b) > 0);
  assert_int_equal(rill_submit_response(c.b.conn, 1, ok_fields, 1, &endless), 0);
  rill_ssize n = rill_conn_sendv(c.b.conn, iov, 8, 3000, RILL_NO_CLOCK);
  assert_true(n > 2);
  uint8_t before[4096];
  size_t shown = copy_shown(iov, (size_t)n, before, sizeof before);
  assert_int_equal(rill_conn_eof(c.b.conn, RILL_NO_CLOCK), 0);
  assert_int_equal(c.closes, 1);
  assert_int_equal(c.close.by, RILL_BY_TRANSPORT);
  assert_int_equal(c.chunks, 0);
  uint8_t after[4096];
  assert_int_equal(copy_shown(iov, (size_t)n, after, sizeof after), shown);
  assert_memory_equal(after, before, shown);
  rill_iovec none[8];
  assert_false(rill_conn_want_send(c.b.conn));
  assert_int_equal(rill_conn_sendv(c.b.conn, none, 8, 3000, RILL_NO_CLOCK), 0);
  assert_int_equal(rill_conn_send(c.b.conn, after, sizeof after, RILL_NO_CLOCK), 0);
  assert_int_equal(rill_conn_sent(c.b.conn, shown + 1, RILL_NO_CLOCK), RILL_ERR_INVALID);
  assert_int_equal(rill_conn_sent(c.b.conn, shown / 2, RILL_NO_CLOCK), 0); /* so far the write had come */
  rill_conn_del(c.b.conn);
  c.b.conn = NULL;
  assert_true(c.chunks > 0 && c.dropped > 0);
  assert_int_equal(c.closes, 1);
  bench_close(&c.b);
}

/* Nobody holds addresses of what was copied in part, and never shown. */
static void contract_7_what_was_not_shown_ends_with_the_transport(void **state) {
  (void)state;
  static const rill_body endless = {pull_lent, NULL, false};
  counts c;
  uint8_t some[100];
  counts_begin(&c, false);
  peer_request(&c.b, 1, true);
  assert_true(peer_send(&c.b) > 0);
  assert_int_equal(rill_submit_response(c.b.conn, 1, ok_fields, 1, &endless), 0);
  for (int i = 0; i < 3; i++)
    assert_true(rill_conn_send(c.b.conn, some, sizeof some, RILL_NO_CLOCK) > 0);
  unsigned before = c.chunks;
  assert_int_equal(rill_conn_eof(c.b.conn, RILL_NO_CLOCK), 0);
  assert_int_equal(c.dropped, 1);
  assert_int_equal(c.chunks, before + 1);
  rill_conn_del(c.b.conn);
  c.b.conn = NULL;
  assert_int_equal(c.chunks, before + 1);
  bench_close(&c.b);
}

/* ---- 8 ----------------------------------------------------------------------------------------------------------------- */

static void contract_8_ids_are_handles(void **state) {
  (void)state;
  static const uint32_t gone[] = {0, 1, 2, 3, 4, INT32_MAX, UINT32_MAX};
  counts c;
  counts_begin(&c, false);
  peer_request(&c.b, 1, true);
  peer_request(&c.b, 3, true);
  assert_true(peer_send(&c.b) > 0);
  assert_int_equal(rill_reset(c.b.conn, 1, RILL_CANCEL), 0);
  assert_int_equal(rill_submit_response(c.b.conn, 3, ok_fields, 1, NULL), 0);
  (void)bench_drop(&c.b);
  for (size_t i = 0; i < LENGTH(gone); i++) {
    rill_conn *conn = c.b.conn;
    int64_t value;
    assert_int_equal(rill_submit_response(conn, gone[i], ok_fields, 1, NULL), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_submit_informational(conn, gone[i], ok_fields, 1), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_submit_trailers(conn, gone[i], NULL, 0), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_write(conn, gone[i], NULL, 0, false), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_resume(conn, gone[i]), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_reset(conn, gone[i], RILL_CANCEL), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_consume(conn, gone[i], 0), RILL_ERR_NO_STREAM);
    assert_int_equal(rill_stream_set_user(conn, gone[i], &c), RILL_ERR_NO_STREAM);
    assert_null(rill_stream_user(conn, gone[i]));
    if (gone[i] != 0) assert_int_equal(rill_conn_window(conn, gone[i], RILL_WINDOW_SEND, &value), RILL_ERR_NO_STREAM);
  }
  assert_int_equal(bench_drop(&c.b), 0);
  bench_close(&c.b);
}

/* ---- 9 ----------------------------------------------------------------------------------------------------------------- */

static void fail_it(counts *c, bool client) {
  counts_begin(c, client);
  peer_frame(&c->b, RILL_DATA, 0, 0, "x", 1);
  peer_frame(&c->b, RILL_PING, 0, 0, "pingping", 8);
  assert_int_equal(peer_send(&c->b), RILL_ERR_PROTO);
}

static void contract_9_the_first_error_sticks(void **state) {
  (void)state;
  static const rill_view nothing = {NULL, 0};
  counts c;
  fail_it(&c, true);
  rill_conn *conn = c.b.conn;
  rill_conn_failure before = rill_conn_error(conn);
  assert_int_equal(rill_conn_recv(conn, (const uint8_t *)"x", 1, RILL_NO_CLOCK), RILL_ERR_PROTO);
  assert_int_equal(rill_submit_request(conn, get_fields, LENGTH(get_fields), NULL, NULL), RILL_ERR_PROTO);
  assert_int_equal(rill_submit_ping(conn, (const uint8_t *)"pingping"), RILL_ERR_PROTO);
  assert_int_equal(rill_submit_goaway(conn, RILL_INTERNAL_ERROR, nothing), RILL_ERR_PROTO);
  assert_int_equal(rill_shutdown(conn, RILL_NEVER), RILL_ERR_PROTO);
  assert_int_equal(rill_reset(conn, 1, RILL_CANCEL), RILL_ERR_PROTO);
  assert_int_equal(rill_conn_tick(conn, RILL_NO_CLOCK), RILL_ERR_PROTO);
  rill_frame frame;
  assert_true(rill_conn_want_send(conn));
  assert_int_equal(bench_take(&c.b), 0);
  assert_int_equal(bench_frames(&c.b, RILL_GOAWAY, &frame), 1);
  assert_int_equal(frame.error_code, RILL_PROTOCOL_ERROR);
  assert_int_equal(bench_frames(&c.b, RILL_PING, &frame), 0);
  assert_int_equal(rill_conn_eof(conn, RILL_NO_CLOCK), RILL_ERR_PROTO);
  rill_conn_failure after = rill_conn_error(conn);
  assert_int_equal(after.why, before.why);
  assert_int_equal(after.offset, before.offset);
  bench_close(&c.b);
}

static void contract_9_the_goaway_comes_out_of_sendv(void **state) {
  (void)state;
  counts c;
  rill_iovec iov[4];
  fail_it(&c, false);
  rill_ssize n = rill_conn_sendv(c.b.conn, iov, 4, 1000, RILL_NO_CLOCK);
  assert_true(n > 0);
  for (rill_ssize i = 0; i < n; i++) {
    bench_put(&c.b, iov[i].base, iov[i].len);
    assert_int_equal(rill_conn_sent(c.b.conn, iov[i].len, RILL_NO_CLOCK), 0);
  }
  rill_frame frame;
  assert_int_equal(bench_frames(&c.b, RILL_GOAWAY, &frame), 1);
  assert_true(rill_conn_is_done(c.b.conn));
  assert_int_equal(rill_conn_sendv(c.b.conn, iov, 4, 1000, RILL_NO_CLOCK), 0);
  bench_close(&c.b);
}

/* ---- 10 ---------------------------------------------------------------------------------------------------------------- */

/* T-ENC; see also unit_rules_section.c, which judges each message as one that is submitted, too. */
static void contract_10_what_is_submitted_is_checked(void **state) {
  (void)state;
  static const struct {
    rill_field field;
    rill_why why;
  } bad[] = {
      {RILL_FIELD("x", "a\r\nb"), RILL_WHY_VALUE_OCTET},
      {RILL_FIELD("x", "a\0b"), RILL_WHY_VALUE_OCTET},
      {RILL_FIELD("X", "a"), RILL_WHY_NAME_UPPERCASE},
      {RILL_FIELD("", "a"), RILL_WHY_NAME_EMPTY},
      {RILL_FIELD("connection", "a"), RILL_WHY_CONNECTION_FIELD},
      {RILL_FIELD(":x", "a"), RILL_WHY_PSEUDO_UNKNOWN},
  };
  counts c;
  counts_begin(&c, true);
  for (size_t i = 0; i < LENGTH(bad); i++) {
    rill_field fields[LENGTH(get_fields) + 2];
    memcpy(fields, get_fields, sizeof get_fields);
    fields[4] = (rill_field)RILL_FIELD("y", "good");
    fields[5] = bad[i].field;
    assert_int_equal(rill_submit_request(c.b.conn, fields, 6, NULL, NULL), RILL_ERR_INVALID);
    rill_fault fault = rill_conn_fault(c.b.conn);
    assert_int_equal(fault.why, bad[i].why);
    assert_int_equal(fault.index, 5);
  }
  assert_int_equal(bench_drop(&c.b), 0);
  assert_int_equal(rill_conn_stats(c.b.conn).streams_opened, 0);
  assert_int_equal(rill_submit_request(c.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  bench_close(&c.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contract_1_no_world_but_the_arguments),
      cmocka_unit_test(contract_2_connections_share_nothing),
      cmocka_unit_test(contract_3_bytes_may_be_cut_anywhere),
      cmocka_unit_test(contract_4_every_byte_is_safe),
      cmocka_unit_test(contract_4_work_in_one_call_is_bounded),
      cmocka_unit_test(contract_5_what_is_seen_was_enforced),
      cmocka_unit_test(contract_7_one_close_and_every_chunk_back),
      cmocka_unit_test(contract_7_what_was_shown_outlives_the_transport),
      cmocka_unit_test(contract_7_what_was_not_shown_ends_with_the_transport),
      cmocka_unit_test(contract_8_ids_are_handles),
      cmocka_unit_test(contract_9_the_first_error_sticks),
      cmocka_unit_test(contract_9_the_goaway_comes_out_of_sendv),
      cmocka_unit_test(contract_10_what_is_submitted_is_checked),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
