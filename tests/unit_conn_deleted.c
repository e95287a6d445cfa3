/* SPDX-License-Identifier: MIT */
/*
 * Contract 6: what each function answers to a connection that was deleted inside the callback which it is called from, and to one
 * that is being deleted. unit_contract_calls.c calls many of them from every callback; here it is all of them, from one.
 */
#include "conn_trial.h"

static const rill_view words = {(const uint8_t *)"https://a", 9};

/* ---- functions that answer RILL_ERR_CLOSED ------------------------------------------------------------------------------ */

static rill_ssize request(rill_conn *conn) { return rill_submit_request(conn, get_fields, LENGTH(get_fields), NULL, NULL); }
static rill_ssize push(rill_conn *conn) { return rill_submit_push(conn, 1, get_fields, LENGTH(get_fields), NULL); }
static rill_ssize respond(rill_conn *conn) { return rill_submit_response(conn, 1, ok_fields, LENGTH(ok_fields), NULL); }
static rill_ssize inform(rill_conn *conn) { return rill_submit_informational(conn, 1, ok_fields, LENGTH(ok_fields)); }
static rill_ssize trailers(rill_conn *conn) { return rill_submit_trailers(conn, 1, NULL, 0); }
static rill_ssize write_more(rill_conn *conn) { return rill_write(conn, 1, words.p, words.n, true); }
static rill_ssize resume(rill_conn *conn) { return rill_resume(conn, 1); }
static rill_ssize reset(rill_conn *conn) { return rill_reset(conn, 1, RILL_CANCEL); }
static rill_ssize consume(rill_conn *conn) { return rill_consume(conn, 1, 1); }
static rill_ssize ping(rill_conn *conn) { return rill_submit_ping(conn, (const uint8_t *)"pongpong"); }
static rill_ssize goaway(rill_conn *conn) { return rill_submit_goaway(conn, RILL_NO_ERROR, trial_no_words); }
static rill_ssize shut_down(rill_conn *conn) { return rill_shutdown(conn, 0); }
static rill_ssize retire_at(rill_conn *conn) { return rill_conn_retire_at(conn, 1, 1); }
static rill_ssize pause_one(rill_conn *conn) { return rill_pause_recv(conn, 1, true); }
static rill_ssize pause_all(rill_conn *conn) { return rill_pause_recv(conn, 0, true); }
static rill_ssize hold(rill_conn *conn) { return rill_hold(conn, 1); }
static rill_ssize release(rill_conn *conn) { return rill_release(conn, 1); }
static rill_ssize settings(rill_conn *conn) { return rill_submit_settings(conn, NULL, 0); }
static rill_ssize frame(rill_conn *conn) { return rill_submit_frame(conn, &(rill_frame){.head = {.type = 0xee}}); }
static rill_ssize altsvc(rill_conn *conn) { return rill_submit_altsvc(conn, 0, words, words); }
static rill_ssize origin(rill_conn *conn) { return rill_submit_origin(conn, &words, 1); }
static rill_ssize upgrade(rill_conn *conn) { return rill_upgrade(conn, trial_no_words, false, NULL); }
static rill_ssize receive(rill_conn *conn) { return rill_conn_recv(conn, words.p, words.n, RILL_NO_CLOCK); }
static rill_ssize sent(rill_conn *conn) { return rill_conn_sent(conn, 0, RILL_NO_CLOCK); }
static rill_ssize trim(rill_conn *conn) { return rill_conn_trim(conn); }
static rill_ssize tick(rill_conn *conn) { return rill_conn_tick(conn, RILL_NO_CLOCK); }
static rill_ssize end(rill_conn *conn) { return rill_conn_eof(conn, RILL_NO_CLOCK); }

static rill_ssize prioritize(rill_conn *conn) { return rill_set_priority(conn, 1, &(rill_priority){.urgency = 1}); }
static rill_ssize update(rill_conn *conn) { return rill_submit_priority_update(conn, 1, &(rill_priority){.urgency = 1}); }

static rill_ssize send_some(rill_conn *conn) {
  uint8_t room[8];
  return rill_conn_send(conn, room, sizeof room, RILL_NO_CLOCK);
}

static rill_ssize show_some(rill_conn *conn) {
  rill_iovec iov[2];
  return rill_conn_sendv(conn, iov, LENGTH(iov), 100, RILL_NO_CLOCK);
}

static rill_ssize (*const functions[])(rill_conn *conn) = {
    request,   push, respond, inform,   trailers,  write_more, resume,    reset,      consume, ping,   goaway,
    shut_down, hold, release, settings, retire_at, pause_one,  pause_all, frame,      altsvc,  origin, upgrade,
    receive,   sent, tick,    end,      send_some, show_some,  update,    prioritize, trim,
};

/* ---- and the questions -------------------------------------------------------------------------------------------------- */

static void ask(rill_conn *conn) {
  int64_t window;
  uint32_t value;
  rill_stream_stats stats;
  char text[512];
  assert_true(rill_conn_is_done(conn));
  assert_false(rill_conn_want_recv(conn));
  assert_false(rill_conn_want_send(conn));
  assert_true(rill_conn_deadline(conn) == RILL_NEVER);
  assert_int_equal(rill_conn_error(conn).err, RILL_ERR_CLOSED);
  assert_int_equal(rill_conn_fault(conn).why, RILL_WHY_NONE);
  assert_int_equal(rill_stream_set_user(conn, 1, NULL), RILL_ERR_NO_STREAM);
  assert_null(rill_stream_user(conn, 1));
  assert_int_equal(rill_conn_window(conn, 1, RILL_WINDOW_SEND, &window), RILL_ERR_NO_STREAM);
  assert_int_equal(rill_conn_stream_stats(conn, 1, &stats), RILL_ERR_NO_STREAM);
  assert_int_equal(rill_conn_setting(conn, RILL_REMOTE, RILL_SETTING_MAX_FRAME_SIZE, &value), 0);
  assert_int_equal(rill_stream_blocked(conn, 1), RILL_BLOCKED_CLOSED);
  assert_int_equal(rill_stream_blocked(conn, 0), RILL_BLOCKED_CLOSED);
  assert_false(rill_origin_allowed(conn, words));
  assert_true(rill_conn_stats(conn).memory > 0);
  assert_true(rill_conn_dump(conn, text, sizeof text) != 0);
  assert_ptr_equal(rill_conn_user(conn), trial_of(conn));
}

static unsigned asked;

static int delete_and_call(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)head, (void)user;
  rill_conn_del(conn);
  assert_int_equal(trial_of(conn)->closes, 1);
  for (size_t i = 0; i < LENGTH(functions); i++)
    assert_int_equal(functions[i](conn), RILL_ERR_CLOSED);
  rill_conn_del(conn); /* once more is nothing */
  ask(conn);
  asked++;
  return 0;
}

static void all_functions_know_that_it_is_gone(void **state) {
  (void)state;
  for (int client = 0; client < 2; client++) {
    conn_trial t;
    trial_init(&t);
    t.b.callbacks.on_head = delete_and_call;
    bench_begin(&t.b, client != 0);
    if (client != 0) assert_int_equal(request(t.b.conn), 1);
    client != 0 ? peer_response(&t.b, 1, true) : peer_request(&t.b, 1, true);
    assert_int_equal(peer_send(&t.b), RILL_ERR_CLOSED);
    assert_int_equal(asked, client + 1);
    t.b.conn = NULL; /* the call that returned has freed it */
    bench_close(&t.b);
  }
}

/* The close of a stream is the last word of rill_conn_del(), and calls in there meet a connection that has failed. */
static void call_in_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)id, (void)close, (void)user;
  assert_int_equal(rill_submit_ping(conn, (const uint8_t *)"pongpong"), RILL_ERR_CLOSED);
  assert_int_equal(rill_resume(conn, 1), RILL_ERR_CLOSED);
  rill_conn_del(conn);
  asked++;
}

static void deleting_inside_a_close_that_deleting_made(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_stream_close = call_in_close;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, true);
  assert_true(peer_send(&t.b) > 0);
  asked = 0;
  rill_conn_del(t.b.conn);
  assert_int_equal(asked, 1);
  t.b.conn = NULL;
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_functions_know_that_it_is_gone),
      cmocka_unit_test(deleting_inside_a_close_that_deleting_made),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
