/* SPDX-License-Identifier: MIT */
/*
 * Applications that do not listen, and applications that end the connection in the midst of something: any callback may be NULL,
 * and any may be the last.
 */
#include "conn_trial.h"

/* A peer that says all that a callback could hear of. */
static void peer_says_all(bench *b, bool client) {
  static const uint8_t altsvc[] = {0, 9, 'h', 't', 't', 'p', 's', ':', '/', '/', 'a', 'h', '3', '=', '"', ':', '1', '"'};
  static const uint8_t origin[] = {0, 9, 'h', 't', 't', 'p', 's', ':', '/', '/', 'a'};
  peer_setting(b, RILL_SETTING_MAX_CONCURRENT_STREAMS, 1);
  peer_frame(b, RILL_PING, RILL_FLAG_ACK, 0, "pongpong", 8);
  peer_frame(b, RILL_PRIORITY, 0, 3, "\0\0\0\0\1", 5);
  peer_frame(b, RILL_ALTSVC, 0, 0, altsvc, sizeof altsvc);
  peer_frame(b, RILL_ORIGIN, 0, 0, origin, sizeof origin);
  peer_frame(b, 0xee, 0, 0, "some", 4);
  peer_frame(b, 0xee, 0, 0, NULL, 0);
  if (client) {
    peer_response(b, 1, false);
  } else {
    peer_request(b, 1, false);
  }
  peer_data(b, 1, 10);
  peer_frame(b, RILL_DATA, RILL_FLAG_END_STREAM, 1, NULL, 0);
  peer_frame(b, RILL_GOAWAY, 0, 0, "\0\0\0\1\0\0\0\0", 8);
}

static void listen_to_all(rill_config *config) {
  config->accept_altsvc = config->accept_origin = config->enable_push = true;
  memset(config->extension_types, 0xff, sizeof config->extension_types);
  config->max_write_buffer = 16;
  config->max_total_streams = 1;
}

/* Nothing is heard, and nothing is amiss; the clock turns, too. */
static void a_client_without_callbacks(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  listen_to_all(&b.config);
  bench_begin(&b, true);
  static const rill_body body = {NULL, NULL, false};
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), &body, NULL), 1);
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), RILL_ERR_NO_MORE_IDS);
  assert_int_equal(rill_write(b.conn, 1, (const uint8_t *)MAGIC, 24, false), 16); /* on_writable would be owed */
  assert_int_equal(rill_submit_ping(b.conn, (const uint8_t *)"pongpong"), 0);
  (void)bench_drop(&b);
  peer_says_all(&b, true);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_write(b.conn, 1, NULL, 0, true), 0);
  (void)bench_drop(&b);
  assert_true(rill_conn_is_done(b.conn));
  assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NONE);
  bench_close(&b);
}

static void a_server_without_callbacks(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  listen_to_all(&b.config);
  b.config.max_total_streams = 100; /* a promise is refused by the peer's limit, not by ours */
  bench_begin(&b, false);
  peer_setting(&b, RILL_SETTING_MAX_CONCURRENT_STREAMS, 0);
  peer_request(&b, 1, true);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_submit_push(b.conn, 1, get_fields, LENGTH(get_fields), NULL), RILL_ERR_BLOCKED);
  peer_setting(&b, RILL_SETTING_MAX_CONCURRENT_STREAMS, 9); /* on_credit would be owed */
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_submit_push(b.conn, 1, get_fields, LENGTH(get_fields), NULL), 2);
  assert_int_equal(rill_submit_response(b.conn, 1, ok_fields, 1, NULL), 0);
  assert_int_equal(rill_submit_response(b.conn, 2, ok_fields, 1, NULL), 0);
  (void)bench_drop(&b);
  assert_int_equal(rill_conn_stats(b.conn).streams_open, 0);
  peer_request(&b, 3, false);
  peer_frame(&b, RILL_DATA, RILL_FLAG_END_STREAM, 3, NULL, 0);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_retire_at(b.conn, 1000, RILL_NEVER), 0);
  assert_int_equal(rill_conn_tick(b.conn, 1000), 0);
  rill_frame last;
  (void)bench_take(&b);
  assert_int_equal(bench_frames(&b, RILL_GOAWAY, &last), 1);
  bench_close(&b);
}

/* ---- the last callback -------------------------------------------------------------------------------------------------- */

static uint8_t last_type; /* the frame at which the application ends the connection */

static void end_at(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  if (frame->head.type == last_type) assert_int_equal(rill_submit_goaway(conn, RILL_INTERNAL_ERROR, trial_no_words), 0);
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  (void)conn, (void)id, (void)origin, (void)value, (void)user;
  fail();
  return 0;
}

static int on_origin(rill_conn *conn, rill_view origin, void *user) {
  (void)conn, (void)origin, (void)user;
  fail();
  return 0;
}

static int on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  (void)conn, (void)head, (void)piece, (void)end, (void)user;
  fail();
  return 0;
}

/* What was traced is heard no more if the application ends the connection there. */
static void nothing_is_heard_behind_the_last_trace(void **state) {
  (void)state;
  static const uint8_t types[] = {RILL_ALTSVC, RILL_ORIGIN, 0xee};
  for (size_t i = 0; i < LENGTH(types); i++) {
    bench b;
    bench_init(&b);
    listen_to_all(&b.config);
    last_type = types[i];
    b.callbacks.on_frame_recv = end_at;
    if (i == 0) b.callbacks.on_altsvc = on_altsvc;
    if (i == 1) b.callbacks.on_origin = on_origin;
    if (i == 2) b.callbacks.on_extension = on_extension;
    bench_begin(&b, true);
    static const uint8_t altsvc[] = {0, 9, 'h', 't', 't', 'p', 's', ':', '/', '/', 'a', 'h', '3', '=', '"', ':', '1', '"'};
    static const uint8_t origin[] = {0, 9, 'h', 't', 't', 'p', 's', ':', '/', '/', 'a'};
    if (i == 0) peer_frame(&b, RILL_ALTSVC, 0, 0, altsvc, sizeof altsvc);
    if (i == 1) peer_frame(&b, RILL_ORIGIN, 0, 0, origin, sizeof origin);
    if (i == 2) peer_frame(&b, 0xee, 0, 0, NULL, 0);
    assert_int_equal(peer_send(&b), RILL_ERR_CLOSED);
    bench_close(&b);
  }
}

static void pause_at(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  if (frame->head.type == last_type) assert_int_equal(rill_pause_recv(conn, 0, true), 0);
}

static unsigned heard;

static int hear_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  (void)conn, (void)id, (void)end, (void)user;
  heard += (unsigned)bytes.n;
  return 0;
}

/* Of a frame at whose head the application stops reading no more is taken, though all of it is there. */
static void reading_stops_at_a_head(void **state) {
  (void)state;
  static const uint8_t types[] = {RILL_HEADERS, RILL_DATA};
  for (size_t i = 0; i < LENGTH(types) && RILL__TRACE; i++) {
    conn_trial t;
    trial_init(&t);
    last_type = types[i];
    heard = 0;
    t.b.callbacks.on_frame_recv = pause_at;
    t.b.callbacks.on_data = hear_data;
    bench_begin(&t.b, false);
    peer_request(&t.b, 1, false);
    size_t before = i == 0 ? 0 : t.b.in_n;
    peer_data(&t.b, 1, 5);
    rill_ssize took = rill_conn_recv(t.b.conn, t.b.in, t.b.in_n, RILL_NO_CLOCK);
    assert_int_equal(took, before + RILL_FRAME_HEAD_SIZE);
    assert_int_equal(t.heads, i);
    assert_int_equal(heard, 0);
    assert_int_equal(rill_pause_recv(t.b.conn, 0, false), 0);
    t.b.callbacks.on_frame_recv = NULL;
    last_type = RILL_PING;
    assert_int_equal(rill_conn_recv(t.b.conn, t.b.in + took, t.b.in_n - (size_t)took, RILL_NO_CLOCK), t.b.in_n - (size_t)took);
    assert_int_equal(t.heads, 1);
    assert_int_equal(heard, 5);
    t.b.in_n = 0;
    bench_close(&t.b);
  }
}

static void delete_it(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)id, (void)user;
  trial_of(conn)->closes++;
  if (close->why == RILL_WHY_GOAWAY) rill_conn_del(conn);
}

/* GOAWAY closes several streams; the application deletes the connection at the first, and hears of the others all the same. */
static void deleting_at_the_first_of_many_closes(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_stream_close = delete_it;
  bench_begin(&t.b, true);
  for (int i = 0; i < 3; i++)
    assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1 + 2 * i);
  (void)bench_drop(&t.b);
  peer_frame(&t.b, RILL_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
  assert_int_equal(peer_send(&t.b), RILL_ERR_CLOSED);
  assert_int_equal(t.closes, 3);
  t.b.conn = NULL;
  bench_close(&t.b);
}

static int answered;

static void answer_the_other(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)user;
  if (close->why == RILL_WHY_GOAWAY && id == 2) answered = rill_submit_response(conn, 4, ok_fields, LENGTH(ok_fields), NULL);
}

/* A promise has not left yet, and GOAWAY recalls it: what is submitted for it at the close of another is not sent, either. */
static void answering_a_promise_that_is_recalled(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_stream_close = answer_the_other;
  answered = RILL_ERR_STATE;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, true);
  assert_true(peer_send(&t.b) >= 0);
  rill_ssize first = rill_submit_push(t.b.conn, 1, get_fields, LENGTH(get_fields), NULL);
  (void)bench_drop(&t.b);
  rill_ssize second = rill_submit_push(t.b.conn, 1, get_fields, LENGTH(get_fields), NULL);
  assert_int_equal(first, RILL__PUSH ? 2 : RILL_ERR_STATE);
  assert_int_equal(second, RILL__PUSH ? 4 : RILL_ERR_STATE);
  peer_frame(&t.b, RILL_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(answered, RILL__PUSH ? 0 : RILL_ERR_STATE);
  assert_int_equal(bench_drop(&t.b), 0);
  bench_close(&t.b);
}

static int take_promise(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  (void)conn, (void)id, (void)promised, (void)head, (void)user;
  return 0;
}

/* Most ids above the last one are of streams that are over long since. */
static void what_a_late_goaway_ends_is_looked_for_among_what_there_is(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.enable_push = RILL__PUSH;
  t.b.callbacks.on_push = RILL__PUSH ? take_promise : NULL;
  bench_begin(&t.b, true);
  for (uint32_t id = 1; id < 1001; id += 2) {
    assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), id);
    (void)bench_drop(&t.b);
    if (id > 3) peer_response(&t.b, id, true);
    assert_true(peer_send(&t.b) >= 0);
  }
  static const uint8_t promise[] = {0, 0, 0, 2, 0x82, 0x87, 0x84, 0x41, 1, 'a'};
  if (RILL__PUSH) peer_frame(&t.b, RILL_PUSH_PROMISE, RILL_FLAG_END_HEADERS, 1, promise, sizeof promise);
  t.closes = 0;
  peer_frame(&t.b, RILL_GOAWAY, 0, 0, "\0\0\0\1\0\0\0\0", 8);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(t.closes, 1);
  assert_true(t.close.retryable);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, RILL__PUSH ? 2 : 1);
  bench_close(&t.b);
}

static void end_when_retiring(rill_conn *conn, rill_why why, void *user) {
  (void)user;
  assert_int_equal(why, RILL_WHY_STREAMS_TOTAL);
  assert_int_equal(rill_submit_goaway(conn, RILL_NO_ERROR + 2, trial_no_words), 0);
}

static void ending_it_when_it_retires(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.max_total_streams = 1;
  t.b.callbacks.on_retire = end_when_retiring;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, true);
  assert_int_equal(peer_send(&t.b), RILL_ERR_CLOSED);
  assert_int_equal(rill_conn_error(t.b.conn).code, 2);
  assert_int_equal(t.closes, 1);
  bench_close(&t.b);
}

/* ---- what an application may not say ------------------------------------------------------------------------------------ */

static void frames_that_cannot_be_submitted(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  bench_begin(&b, true);
  const uint32_t large = UINT32_C(1) << 31;
  const rill_frame frames[] = {
      {.head = {.type = 0xee}, .padding = {(const uint8_t *)"\0", 1}},
      {.head = {.type = RILL_PRIORITY, .stream_id = large + 1}},
      {.head = {.type = RILL_PRIORITY, .stream_id = 1}, .dependency = large},
      {.head = {.type = RILL_PRIORITY, .stream_id = 1}, .dependency = 1},
  };
  for (size_t i = 0; i < LENGTH(frames); i++) {
    assert_int_equal(rill_submit_frame(b.conn, &frames[i]), RILL_ERR_INVALID);
    assert_int_equal(rill_conn_fault(b.conn).why, RILL_WHY_FRAME_SUBMITTED);
  }
  const rill_priority priority = {.urgency = 1};
  assert_int_equal(rill_submit_priority_update(b.conn, large + 1, &priority), RILL_ERR_NO_STREAM);
  assert_int_equal(rill_submit_priority_update(b.conn, 2, &priority), RILL_ERR_NO_STREAM);
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  assert_int_equal(rill_reset(b.conn, 1, RILL_CANCEL), 0);
  assert_int_equal(rill_submit_priority_update(b.conn, 1, &priority), RILL_ERR_NO_STREAM); /* it is over */
  assert_int_equal(rill_pause_recv(b.conn, 0, true), 0);
  assert_int_equal(rill_pause_recv(b.conn, 0, true), 0);
  assert_false(rill_conn_want_recv(b.conn));
  assert_int_equal(rill_pause_recv(b.conn, 0, false), 0);
  assert_true(rill_conn_want_recv(b.conn));
  bench_close(&b);
}

static void an_origin_longer_than_its_frame_can_say(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  bench_begin(&b, false);
  peer_setting(&b, RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MAX);
  assert_true(peer_send(&b) > 0);
  static uint8_t text[70000];
  memset(text, 'a', sizeof text);
  memcpy(text, "https://", 8);
  assert_int_equal(rill_submit_origin(b.conn, &(rill_view){text, 65535}, 1), 0);
  assert_int_equal(rill_submit_origin(b.conn, &(rill_view){text, 65536}, 1), RILL_ERR_INVALID);
  assert_int_equal(rill_conn_fault(b.conn).why, RILL_WHY_FRAME_TOO_LONG);
  bench_close(&b);
}

/* ---- upgrades ----------------------------------------------------------------------------------------------------------- */

static void upgrades_that_are_refused(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  assert_true(bench_open(&b, true));
  uint8_t own[200], other[200];
  assert_int_equal(rill_upgrade_settings(b.context, own, 5), RILL_ERR_LIMIT);
  rill_ssize n = rill_upgrade_settings(b.context, own, sizeof own);
  assert_true(n >= 6);
  memcpy(other, own, sizeof own);
  other[1] ^= 1; /* another identifier */
  assert_int_equal(rill_upgrade(b.conn, (rill_view){other, (size_t)n}, false, NULL), RILL_ERR_INVALID);
  memcpy(other, own, sizeof own);
  other[5] ^= 1; /* another value */
  assert_int_equal(rill_upgrade(b.conn, (rill_view){other, (size_t)n}, false, NULL), RILL_ERR_INVALID);
  memcpy(other, own, (size_t)n);
  memcpy(other + n, own, 6); /* one too many */
  assert_int_equal(rill_upgrade(b.conn, (rill_view){other, (size_t)n + 6}, false, NULL), RILL_ERR_INVALID);
  assert_int_equal(rill_upgrade(b.conn, (rill_view){own, (size_t)n - 6}, false, NULL), RILL_ERR_INVALID); /* one too few */
  assert_int_equal(rill_upgrade(b.conn, (rill_view){own, (size_t)n - 1}, false, NULL), RILL_ERR_INVALID);
  (void)bench_drop(&b);
  assert_int_equal(rill_upgrade(b.conn, (rill_view){own, (size_t)n}, false, NULL), RILL_ERR_STATE); /* the preface has left */
  bench_close(&b);

  static const uint8_t many[16386 + 6];
  bench_init(&b);
  assert_true(bench_open(&b, false));
  assert_int_equal(rill_upgrade(b.conn, (rill_view){many, 16386}, false, NULL), RILL_ERR_INVALID);
  assert_int_equal(rill_submit_goaway(b.conn, RILL_NO_ERROR, trial_no_words), 0);
  assert_int_equal(rill_upgrade(b.conn, trial_no_words, false, NULL), RILL_ERR_STATE);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_client_without_callbacks),
      cmocka_unit_test(a_server_without_callbacks),
      cmocka_unit_test(nothing_is_heard_behind_the_last_trace),
      cmocka_unit_test(reading_stops_at_a_head),
      cmocka_unit_test(deleting_at_the_first_of_many_closes),
      cmocka_unit_test(answering_a_promise_that_is_recalled),
      cmocka_unit_test(what_a_late_goaway_ends_is_looked_for_among_what_there_is),
      cmocka_unit_test(ending_it_when_it_retires),
      cmocka_unit_test(frames_that_cannot_be_submitted),
      cmocka_unit_test(an_origin_longer_than_its_frame_can_say),
      cmocka_unit_test(upgrades_that_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
