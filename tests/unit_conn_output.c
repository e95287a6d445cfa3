/* SPDX-License-Identifier: MIT */
/*
 * Output where a transcript cannot say it: both ways of taking it in turn, sources that answer what they should not or lend where
 * room was offered, an application that asks and acts in the midst of a round, memory that stays short, and what is in the way
 * of a stream at each step of its content.
 */
#include "conn/conn.h"
#include "conn_trial.h"

/* A source that answers as the test says. */
typedef struct supply {
  rill_chunk chunk;
  int answer;
  unsigned asked;
  size_t max; /* when it was asked last */
  void (*inside)(rill_conn *conn, uint32_t id);
} supply;

static const uint8_t zeros[20000];

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  supply *s = user;
  s->asked++;
  s->max = max;
  uint8_t *room = out->room;
  *out = s->chunk;
  out->room = room;
  if (out->n > max) out->n = max, out->more = RILL_MORE;
  if (s->inside != NULL) s->inside(conn, id);
  return s->answer;
}

static rill_body body_of(supply *s, bool fills) { return (rill_body){pull, s, fills}; }

static supply lends(size_t n, rill_more more) { return (supply){.chunk = {.data = zeros, .n = n, .more = more}}; }

static void serve(conn_trial *t, uint32_t last) {
  trial_init(t);
  bench_begin(&t->b, false);
  trial_serve(t, last);
}

static void answer(conn_trial *t, uint32_t id, supply *s, bool fills) {
  rill_body body = body_of(s, fills);
  trial_respond(t, id, &body);
}

/* ---- both ways of taking it --------------------------------------------------------------------------------------------- */

static void no_room_is_no_error(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  trial_respond(&t, 1, NULL);
  uint8_t room[1];
  assert_int_equal(rill_conn_send(t.b.conn, room, 0, RILL_NO_CLOCK), 0);
  assert_true(rill_conn_want_send(t.b.conn));
  bench_close(&t.b);
}

static void octets_that_are_not_there_cannot_be_copied(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  supply opaque = {.chunk = {.n = 100, .more = RILL_MORE_NONE}};
  answer(&t, 1, &opaque, false);
  rill_iovec iov[4];
  assert_true(rill_conn_sendv(t.b.conn, iov, LENGTH(iov), 1000, RILL_NO_CLOCK) > 1);
  uint8_t room[1000];
  assert_true(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK) > RILL_FRAME_HEAD_SIZE); /* up to them */
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), RILL_ERR_STATE);
  assert_int_equal(rill_conn_sent(t.b.conn, 100, RILL_NO_CLOCK), 0);
  assert_int_equal(t.closes, 1);
  assert_int_equal(t.done, 1);
  bench_close(&t.b);
}

static size_t sent_of_chunk;
static bool chunk_dropped;

static void on_chunk(rill_conn *conn, void *chunk, size_t sent, bool dropped, void *user) {
  (void)conn, (void)chunk, (void)user;
  sent_of_chunk = sent;
  chunk_dropped = dropped;
}

static void a_chunk_taken_in_part_says_how_much(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_chunk_done = on_chunk;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  supply lent = lends(100, RILL_MORE_NONE);
  answer(&t, 1, &lent, false);
  rill_iovec iov[4];
  rill_ssize count = rill_conn_sendv(t.b.conn, iov, LENGTH(iov), 1000, RILL_NO_CLOCK);
  assert_true(count > 1);
  size_t before = 0;
  for (rill_ssize i = 0; i < count - 1; i++)
    before += iov[i].len;
  assert_int_equal(rill_conn_sent(t.b.conn, before + 30, RILL_NO_CLOCK), 0);
  bench_close(&t.b);
  assert_int_equal(sent_of_chunk, 30);
  assert_true(chunk_dropped);
}

static size_t pad_all(void *user, const rill_frame_head *head, size_t most) {
  (void)user;
  return head->type == RILL_DATA ? most : 0;
}

static void padding_keeps_to_the_room(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.padding.choose = pad_all;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  supply lent = lends(1000, RILL_MORE_NONE);
  answer(&t, 1, &lent, false);
  uint8_t room[1100];
  rill_ssize head = rill_conn_send(t.b.conn, room, 10, RILL_NO_CLOCK);
  assert_true(head > 0);
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
  rill_frame frame;
  rill_why why;
  assert_int_equal(rill_frame_parse(&frame, room, sizeof room, RILL_FRAME_SIZE_MAX, &why), sizeof room);
  assert_int_equal(frame.data.n, 1000);
  assert_int_equal(frame.padding.n, sizeof room - RILL_FRAME_HEAD_SIZE - 1 - 1000);
  bench_close(&t.b);
}

static void what_needs_no_frame_is_not_padded(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.padding.choose = pad_all;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  supply none = {.chunk = {.more = RILL_MORE_TRAILERS}};
  answer(&t, 1, &none, false);
  static const rill_field trailer[] = {RILL_FIELD("a", "b")};
  assert_int_equal(rill_submit_trailers(t.b.conn, 1, trailer, 1), 0);
  assert_int_equal(bench_take(&t.b), 0);
  rill_frame last;
  assert_int_equal(bench_frames(&t.b, RILL_DATA, &last), 0);
  assert_int_equal(bench_frames(&t.b, RILL_HEADERS, &last), 2);
  assert_int_equal(t.closes, 1);
  bench_close(&t.b);
}

/* ---- sources ------------------------------------------------------------------------------------------------------------ */

static void a_source_that_could_fill_may_lend(void **state) {
  (void)state;
  for (int views = 0; views < 2; views++) {
    conn_trial t;
    serve(&t, 1);
    supply lent = lends(100, RILL_MORE_NONE);
    answer(&t, 1, &lent, true);
    if (views == 0) assert_int_equal(bench_take(&t.b), 0);
    while (views != 0 && trial_view(&t, 1000) > 0)
      continue;
    rill_frame last;
    assert_int_equal(bench_frames(&t.b, RILL_DATA, &last), 1);
    assert_int_equal(last.data.n, 100);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.closes, 1);
    bench_close(&t.b);
  }
}

/* To say that more comes, and to hand over none of it, is what RILL_DEFERRED is for. */
static void nothing_and_more_is_no_answer(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  supply idle = {.chunk = {.more = RILL_MORE}};
  answer(&t, 1, &idle, false);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(idle.asked, 1);
  assert_int_equal(t.closes, 1);
  assert_int_equal(t.close.code, RILL_INTERNAL_ERROR);
  assert_int_equal(t.close.why, RILL_WHY_CALLBACK);
  bench_close(&t.b);
}

/* ---- in the midst of a round -------------------------------------------------------------------------------------------- */

static void resume_itself(rill_conn *conn, uint32_t id) { assert_int_equal(rill_resume(conn, id), 0); }

static void resume_first(rill_conn *conn, uint32_t id) {
  (void)id;
  assert_int_equal(rill_resume(conn, 1), 0);
}

static bool wants;

static void ask_for_more(conn_trial *t, const rill_frame *frame) {
  if (frame->head.type == RILL_DATA)
    wants = rill_conn_want_send(t->b.conn);
  else
    t->sent = ask_for_more;
}

/* One that has said nothing now and was resumed is asked in the next round, and until then there is something to send. */
static void who_is_put_off_still_has_something(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 3);
  supply first = {.chunk = {.more = RILL_MORE}, .answer = RILL_DEFERRED, .inside = resume_itself};
  supply second = lends(10, RILL_MORE_NONE);
  second.inside = resume_first;
  answer(&t, 1, &first, false);
  answer(&t, 3, &second, false);
  uint8_t room[4096];
  wants = false;
  t.sent = ask_for_more;
  assert_true(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK) > 0);
  assert_int_equal(first.asked, 1);
  assert_int_equal(second.asked, 1);
  assert_true(wants);
  assert_true(rill_conn_want_send(t.b.conn));
  first.answer = 0;
  first.chunk = (rill_chunk){.more = RILL_MORE_NONE};
  assert_true(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK) > 0);
  assert_int_equal(first.asked, 2);
  assert_int_equal(t.closes, 2);
  bench_close(&t.b);
}

static uint32_t chosen;

static uint32_t on_choose(rill_conn *conn, uint32_t proposed, void *user) {
  (void)conn, (void)user;
  return chosen != 0 ? chosen : proposed;
}

/* An application's choice that cannot go: it was put off, or the connection's window is closed. */
static void a_choice_that_cannot_go_is_not_followed(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_choose = on_choose;
  bench_begin(&t.b, false);
  trial_serve(&t, 3);
  supply first = {.chunk = {.more = RILL_MORE}, .answer = RILL_DEFERRED, .inside = resume_itself};
  supply second = lends(10, RILL_MORE_NONE);
  answer(&t, 1, &first, false);
  answer(&t, 3, &second, false);
  uint8_t room[4096];
  t.b.conn->tx.round = UINT32_MAX; /* as after four billion calls; 0 is no round, for those that were never put off */
  chosen = 1;
  assert_true(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK) > 0);
  assert_int_equal(first.asked, 1); /* asked for it again, rill chose the other */
  assert_int_equal(second.asked, 1);
  assert_int_equal(t.b.conn->tx.round, 1);
  bench_close(&t.b);
}

static void a_closed_window_holds_a_choice(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_choose = on_choose;
  bench_begin(&t.b, false);
  trial_serve(&t, 5);
  supply all = lends(sizeof zeros, RILL_MORE), some = lends(10, RILL_MORE), late = lends(10, RILL_MORE);
  chosen = 0;
  answer(&t, 1, &all, false);
  answer(&t, 3, &some, false);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(window_of(&t.b, 0, RILL_WINDOW_SEND), 0);
  unsigned asked = some.asked;
  answer(&t, 5, &late, false); /* a source is asked once, whatever the window */
  chosen = 3;
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(late.asked, 1);
  assert_int_equal(late.max, 0);
  assert_int_equal(some.asked, asked);
  chosen = 5; /* and goes by choice as well, being the one that can */
  late.answer = RILL_DEFERRED;
  assert_int_equal(rill_resume(t.b.conn, 5), 0);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(late.asked, 2);
  bench_close(&t.b);
}

/* ---- memory that stays short -------------------------------------------------------------------------------------------- */

static void starve(conn_trial *t, bool on) {
  t->b.mem.fail_at = on ? t->b.mem.calls + 1 : 0;
  t->b.mem.fail_on = on;
}

static void trailers_wait_for_memory(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  supply lent = lends(100, RILL_MORE_TRAILERS);
  answer(&t, 1, &lent, false);
  static uint8_t value[3000];
  memset(value, 'v', sizeof value);
  const rill_field trailer[] = {{.name = {(const uint8_t *)"a", 1}, .value = {value, sizeof value}}};
  assert_int_equal(rill_submit_trailers(t.b.conn, 1, trailer, 1), 0);
  uint8_t room[8192];
  assert_int_equal(rill_conn_send(t.b.conn, room, 10, RILL_NO_CLOCK), 10); /* the head */
  starve(&t, true);
  rill_ssize n;
  while ((n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK)) > 0)
    continue;
  assert_int_equal(n, RILL_ERR_NOMEM);
  assert_int_equal(rill_stream_blocked(t.b.conn, 1), RILL_BLOCKED_TRANSPORT);
  starve(&t, false);
  assert_true(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK) > 0);
  assert_int_equal(t.closes, 1);
  bench_close(&t.b);
}

/* A frame that does not fit the room is staged, which takes memory. */
static void staging_waits_for_memory(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  assert_int_equal(rill_submit_ping(t.b.conn, (const uint8_t *)"pongpong"), 0);
  uint8_t room[5];
  starve(&t, true);
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), RILL_ERR_NOMEM);
  starve(&t, false);
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
  bench_close(&t.b);
}

/* The end of a pulled body is out; trailers that find no memory can be submitted again. */
static void trailers_behind_the_end_wait_for_memory(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  supply lent = lends(100, RILL_MORE_TRAILERS);
  answer(&t, 1, &lent, false);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(rill_stream_blocked(t.b.conn, 1), RILL_BLOCKED_HEAD);
  static const rill_field trailer[] = {RILL_FIELD("a", "b")};
  unsigned refused = 0;
  for (uint64_t k = 1; t.closes == 0; k++) {
    t.b.mem.fail_at = t.b.mem.calls + k;
    int err = rill_submit_trailers(t.b.conn, 1, trailer, 1);
    refused += err == RILL_ERR_NOMEM;
    assert_true(err == 0 || err == RILL_ERR_NOMEM);
    t.b.mem.fail_at = 0;
    assert_int_equal(bench_take(&t.b), 0);
  }
  assert_true(refused > 0);
  bench_close(&t.b);
}

/* No octet is looked at: what is longer than HPACK's integers has no room. */
static void a_field_larger_than_all_memory(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, true);
  rill_field fields[LENGTH(get_fields) + 1];
  memcpy(fields, get_fields, sizeof get_fields);
  fields[LENGTH(get_fields)] =
      (rill_field){.name = {(const uint8_t *)"x-large", 7}, .value = {zeros, SIZE_MAX / 2}, .flags = RILL_FIELD_CHECKED};
  assert_int_equal(rill_submit_request(t.b.conn, fields, LENGTH(fields), NULL, NULL), RILL_ERR_NOMEM);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  bench_close(&t.b);
}

/* ---- what is in the way ------------------------------------------------------------------------------------------------- */

static void blocked_is(const conn_trial *t, uint32_t id, unsigned want) {
  assert_int_equal(rill_stream_blocked(t->b.conn, id), want);
}

static void what_is_in_the_way_of_pushed_content(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  blocked_is(&t, 1, RILL_BLOCKED_HEAD);
  trial_respond(&t, 1, &trial_pushed);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT); /* the head */
  (void)bench_drop(&t.b);
  blocked_is(&t, 1, RILL_BLOCKED_SOURCE);
  assert_int_equal(rill_write(t.b.conn, 1, zeros, 10, false), 10);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT);
  assert_int_equal(rill_write(t.b.conn, 1, zeros, 10, true), 10);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT); /* complete, and not sent */
  rill_iovec iov[8];
  assert_true(rill_conn_sendv(t.b.conn, iov, LENGTH(iov), 1000, RILL_NO_CLOCK) > 0);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT); /* shown, and not taken */
  (void)bench_drop(&t.b);
  blocked_is(&t, 1, RILL_BLOCKED_CLOSED);
  bench_close(&t.b);
}

static void what_is_in_the_way_of_an_end(void **state) {
  (void)state;
  conn_trial t;
  serve(&t, 1);
  trial_respond(&t, 1, &trial_pushed);
  (void)bench_drop(&t.b);
  assert_int_equal(rill_write(t.b.conn, 1, NULL, 0, true), 0);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT);
  (void)bench_drop(&t.b);
  blocked_is(&t, 1, RILL_BLOCKED_CLOSED);
  bench_close(&t.b);
}

static void a_source_not_asked_yet_waits_for_no_window(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0);
  trial_serve(&t, 3);
  supply lent = lends(10, RILL_MORE_NONE);
  answer(&t, 1, &lent, false);
  uint8_t room[64];
  assert_true(rill_conn_send(t.b.conn, room, 8, RILL_NO_CLOCK) > 0); /* a part of the head; the rest is staged */
  assert_int_equal(lent.asked, 0);
  blocked_is(&t, 1, RILL_BLOCKED_TRANSPORT);
  (void)bench_drop(&t.b);
  assert_int_equal(lent.asked, 1);
  assert_int_equal(lent.max, 0);
  blocked_is(&t, 1, RILL_BLOCKED_STREAM_WINDOW);
  trial_respond(&t, 3, NULL);
  (void)bench_drop(&t.b);
  bench_close(&t.b);
}

static void a_client_that_has_said_all(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, true);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  rill_stream_stats stats;
  (void)bench_drop(&t.b);
  blocked_is(&t, 1, RILL_BLOCKED_CLOSED);
  assert_int_equal(rill_conn_stream_stats(t.b.conn, 1, &stats), 0);
  assert_true(stats.receives);
  assert_false(stats.sends);
  int64_t value;
  assert_int_equal(rill_conn_window(t.b.conn, 1, (rill_window_kind)3, &value), RILL_ERR_INVALID);
  bench_close(&t.b);
}

/* Two requests and twenty PINGs come; one answer has content until no more is taken, one a source that fills. */
static bool fill_all(conn_trial *t, supply *filled, size_t *written) {
  rill_body body = body_of(filled, true);
  peer_opens_wide(&t->b);
  peer_request(&t->b, 1, true);
  peer_request(&t->b, 3, true);
  for (int i = 0; i < 20; i++)
    peer_frame(&t->b, RILL_PING, 0, 0, zeros, 8);
  if (peer_send(&t->b) < 0) return false;
  if (rill_submit_response(t->b.conn, 1, ok_fields, LENGTH(ok_fields), &trial_pushed) != 0) return false;
  if (rill_submit_response(t->b.conn, 3, ok_fields, LENGTH(ok_fields), &body) != 0) return false;
  for (rill_ssize n; (n = rill_write(t->b.conn, 1, zeros, 64, false)) > 0;)
    *written += (size_t)n;
  return true;
}

/* However little memory there is, all that is to be said goes out, be it that the memory does not suffice. */
static bool all_goes(size_t limit, bool view, bool pads) {
  conn_trial t;
  supply filled = lends(0, RILL_MORE_NONE);
  size_t written = 0;
  rill_ssize n;
  trial_init(&t);
  t.b.config.memory_limit = limit;
  if (pads) t.b.config.padding.choose = pad_all;
  bench_begin(&t.b, false);
  bool whole = fill_all(&t, &filled, &written);
  do
    n = view ? trial_view(&t, 1 << 20) : bench_take(&t.b);
  while (n > 0);
  assert_int_equal(n, 0);
  assert_false(rill_conn_want_send(t.b.conn));
  if (whole) {
    assert_int_equal(seen_on(&t.b, RILL_PING, 0).frames, 20);
    if (!pads) assert_int_equal(seen_on(&t.b, RILL_DATA, 1).octets, written);
    assert_true(seen_on(&t.b, RILL_DATA, 3).ended);
  } else if (rill_conn_error(t.b.conn).err != 0) {
    assert_int_equal(rill_conn_error(t.b.conn).why, RILL_WHY_MEMORY);
    assert_int_equal(seen_on(&t.b, RILL_GOAWAY, 0).frames, 1);
  }
  bench_close(&t.b);
  return whole;
}

static void the_least_memory_holds_no_output(void **state) {
  (void)state;
  for (size_t limit = RILL_MEMORY_LIMIT_MIN; limit < 3 * RILL_MEMORY_LIMIT_MIN; limit += 31) {
    bool whole = all_goes(limit, false, false);
    assert_int_equal(all_goes(limit, true, false), whole);
    (void)all_goes(limit, false, true);
    (void)all_goes(limit, true, true);
    assert_true(whole || limit < 2 * RILL_MEMORY_LIMIT_MIN);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(no_room_is_no_error),
      cmocka_unit_test(octets_that_are_not_there_cannot_be_copied),
      cmocka_unit_test(a_chunk_taken_in_part_says_how_much),
      cmocka_unit_test(padding_keeps_to_the_room),
      cmocka_unit_test(what_needs_no_frame_is_not_padded),
      cmocka_unit_test(a_source_that_could_fill_may_lend),
      cmocka_unit_test(nothing_and_more_is_no_answer),
      cmocka_unit_test(who_is_put_off_still_has_something),
      cmocka_unit_test(a_choice_that_cannot_go_is_not_followed),
      cmocka_unit_test(a_closed_window_holds_a_choice),
      cmocka_unit_test(trailers_wait_for_memory),
      cmocka_unit_test(staging_waits_for_memory),
      cmocka_unit_test(trailers_behind_the_end_wait_for_memory),
      cmocka_unit_test(a_field_larger_than_all_memory),
      cmocka_unit_test(what_is_in_the_way_of_pushed_content),
      cmocka_unit_test(what_is_in_the_way_of_an_end),
      cmocka_unit_test(a_source_not_asked_yet_waits_for_no_window),
      cmocka_unit_test(a_client_that_has_said_all),
      cmocka_unit_test(the_least_memory_holds_no_output),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
