/* SPDX-License-Identifier: MIT */
/*
 * What transcripts cannot say of promises and extended CONNECT: an application without on_push, a head with a protocol that is
 * kept, what an open promise costs. Knows rill.h only.
 */
#include "conn_trial.h"

/* PUSH_PROMISE on `id`: GET https / at "a". */
static void peer_promise(bench *b, uint32_t id, uint8_t promised) {
  const uint8_t block[] = {0, 0, 0, promised, 0x82, 0x87, 0x84, 0x01, 0x01, 'a'};
  peer_frame(b, RILL_PUSH_PROMISE, RILL_FLAG_END_HEADERS, id, block, sizeof block);
}

static unsigned pushes;

static int count_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  (void)conn, (void)id, (void)promised, (void)head, (void)user;
  pushes++;
  return 0;
}

/* A client that takes promises and has asked once. */
static void open_client(conn_trial *t, bool wanted) {
  pushes = 0;
  trial_init(t);
  t->b.config.enable_push = true;
  t->b.callbacks.on_push = wanted ? count_push : NULL;
  bench_begin(&t->b, true);
  assert_int_equal(rill_submit_request(t->b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  (void)bench_drop(&t->b);
}

static uint32_t code_of_reset(const bench *b, uint32_t id) {
  for (size_t at = 0; at < b->out_n;) {
    rill_frame frame;
    rill_why why;
    rill_ssize n = rill_frame_parse(&frame, b->out + at, b->out_n - at, RILL_FRAME_SIZE_MAX, &why);
    assert_true(n > 0);
    if (frame.head.type == RILL_RST_STREAM && frame.head.stream_id == id) return frame.error_code;
    at += (size_t)n;
  }
  return UINT32_MAX;
}

static void without_a_callback_promises_are_refused(void **state) {
  (void)state;
  conn_trial t;
  open_client(&t, false);
  peer_promise(&t.b, 1, 2);
  assert_true(peer_send(&t.b) > 0);
  (void)bench_take(&t.b);
  assert_int_equal(code_of_reset(&t.b, 2), RILL_CANCEL);
  assert_int_equal(t.closes, 0); /* nobody has heard of it */
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 1);
  bench_close(&t.b);
}

static void a_promise_that_is_heard_of_closes_once(void **state) {
  (void)state;
  conn_trial t;
  open_client(&t, true);
  peer_promise(&t.b, 1, 2);
  assert_true(peer_send(&t.b) > 0);
  assert_int_equal(pushes, 1);
  assert_int_equal(rill_stream_blocked(t.b.conn, 2), RILL_BLOCKED_CLOSED);
  rill_stream_stats stats;
  assert_int_equal(rill_conn_stream_stats(t.b.conn, 2, &stats), 0);
  assert_true(stats.receives);
  assert_false(stats.sends);
  assert_int_equal(rill_submit_response(t.b.conn, 2, ok_fields, 1, NULL), RILL_ERR_STATE);
  assert_int_equal(rill_write(t.b.conn, 2, NULL, 0, true), RILL_ERR_STATE);
  assert_int_equal(rill_submit_trailers(t.b.conn, 2, NULL, 0), RILL_ERR_STATE);
  peer_response(&t.b, 2, true);
  assert_true(peer_send(&t.b) > 0);
  assert_int_equal(t.closes, 1);
  assert_int_equal(t.close.by, RILL_BY_END);
  bench_close(&t.b);
}

/* The promise of a server is no request of its own. */
static void a_promise_is_never_retryable(void **state) {
  (void)state;
  static const uint8_t refused[] = {0, 0, 0, RILL_REFUSED_STREAM};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  assert_int_equal(rill_submit_push(t.b.conn, 1, get_fields, LENGTH(get_fields), &t), 2);
  assert_ptr_equal(rill_stream_user(t.b.conn, 2), &t);
  rill_stream_stats stats;
  assert_int_equal(rill_conn_stream_stats(t.b.conn, 2, &stats), 0);
  assert_true(stats.sends);
  assert_false(stats.receives);
  (void)bench_drop(&t.b);
  peer_frame(&t.b, RILL_RST_STREAM, 0, 2, refused, sizeof refused);
  assert_true(peer_send(&t.b) > 0);
  assert_int_equal(t.closes, 1);
  assert_int_equal(t.close.code, RILL_REFUSED_STREAM);
  assert_false(t.close.retryable);
  bench_close(&t.b);
}

/* ---- padding ----------------------------------------------------------------------------------------------------------- */

static size_t pad_by_seven(void *user, const rill_frame_head *head, size_t most) {
  (void)user, (void)head;
  return most < 7 ? most : 7;
}

/* Behind the length of the padding stands the promised identifier, for which the reset waits. */
static void a_padded_promise_comes_before_its_reset(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.padding.choose = pad_by_seven;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  assert_int_equal(rill_submit_push(t.b.conn, 1, get_fields, LENGTH(get_fields), NULL), 2);
  assert_int_equal(rill_reset(t.b.conn, 2, RILL_CANCEL), 0);
  (void)bench_take(&t.b);
  rill_frame promise, reset;
  rill_why why;
  rill_ssize n = rill_frame_parse(&promise, t.b.out, t.b.out_n, RILL_FRAME_SIZE_MAX, &why);
  assert_true(n > 0);
  assert_int_equal(promise.head.type, RILL_PUSH_PROMISE);
  assert_int_equal(promise.promised_id, 2);
  assert_int_equal(promise.padding.n, 6);
  for (size_t i = 0; i < promise.padding.n; i++)
    assert_int_equal(promise.padding.p[i], 0);
  assert_true(rill_frame_parse(&reset, t.b.out + n, t.b.out_n - (size_t)n, RILL_FRAME_SIZE_MAX, &why) > 0);
  assert_int_equal(reset.head.type, RILL_RST_STREAM);
  assert_int_equal(reset.head.stream_id, 2);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 1);
  bench_close(&t.b);
}

/* ---- heads ------------------------------------------------------------------------------------------------------------- */

static rill_head *kept;

static int keep_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)user;
  kept = rill_head_copy(trial_of(conn)->b.context, head);
  return 0;
}

static bool is_text(rill_view view, const char *text) { return view.n == strlen(text) && memcmp(view.p, text, view.n) == 0; }

static void a_kept_head_keeps_its_protocol(void **state) {
  (void)state;
  static const uint8_t block[] = "\x02\x07"
                                 "CONNECT"
                                 "\x00\x09:protocol\x09websocket"
                                 "\x87\x84\x01\x01"
                                 "a";
  conn_trial t;
  trial_init(&t);
  t.b.config.enable_connect_protocol = true;
  t.b.callbacks.on_head = keep_head;
  bench_begin(&t.b, false);
  kept = NULL;
  peer_frame(&t.b, RILL_HEADERS, RILL_FLAG_END_HEADERS, 1, block, sizeof block - 1);
  assert_true(peer_send(&t.b) > 0);
  assert_non_null(kept);
  assert_true(is_text(kept->protocol, "websocket"));
  assert_true(is_text(kept->method, "CONNECT"));
  assert_true(is_text(kept->path, "/"));
  assert_true(is_text(kept->authority, "a"));
  rill_head_free(t.b.context, kept);
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_a_callback_promises_are_refused),
      cmocka_unit_test(a_promise_that_is_heard_of_closes_once),
      cmocka_unit_test(a_promise_is_never_retryable),
      cmocka_unit_test(a_padded_promise_comes_before_its_reset),
      cmocka_unit_test(a_kept_head_keeps_its_protocol),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
