/* SPDX-License-Identifier: MIT */
/*
 * Whose content goes next (RFC 9218 10): the shares that src/conn/sched.c promises, counted in frames, by the public API alone.
 *
 * Every stream has content without end and windows without end, so that what is counted is the choice and nothing else.
 */
#include "conn_trial.h"

#include <limits.h>

enum { STREAMS = 8, FRAMES = 4096, FRAME = 1000 };

static uint8_t content[16384];

/* The same piece again and again, as small as asked for. */
static int lend(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id, (void)user;
  *out = (rill_chunk){.data = content, .n = max < FRAME ? max : FRAME, .more = RILL_MORE};
  return max == 0 ? RILL_DEFERRED : 0;
}

typedef struct run {
  conn_trial t;
  unsigned frames[2 * STREAMS + 2]; /* by id */
  uint32_t order[FRAMES];
  size_t n;
} run;

static run *running;

static void on_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)conn, (void)user;
  if (frame->head.type != RILL_DATA) return;
  running->order[running->n++ % FRAMES] = frame->head.stream_id;
  running->frames[frame->head.stream_id]++;
}

/* Values of the priority field, one for each stream from 1 on; "": no field. */
static void begin(run *r, const char *const *values, size_t count) {
  static const rill_body body = {lend, NULL, false};
  memset(r, 0, sizeof *r);
  running = r;
  trial_init(&r->t);
  r->t.b.callbacks.on_frame_sent = on_sent;
  bench_begin(&r->t.b, false);
  peer_opens_wide(&r->t.b);
  for (size_t i = 0; i < count; i++) {
    uint8_t block[64] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a', 0x00, 8, 'p', 'r', 'i', 'o', 'r', 'i', 't', 'y'};
    size_t n = strlen(values[i]);
    block[16] = (uint8_t)n;
    memcpy(block + 17, values[i], n);
    peer_frame(&r->t.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, (uint32_t)(2 * i + 1), block,
               n == 0 ? 6 : 17 + n);
  }
  assert_true(peer_send(&r->t.b) >= 0);
  for (size_t i = 0; i < count; i++)
    trial_respond(&r->t, (uint32_t)(2 * i + 1), &body);
}

static void finish(run *r) {
  bench_close(&r->t.b);
  running = NULL;
}

/* Takes output until so many DATA frames have gone, in pieces that frames do not fit into evenly, or by view. */
static void take_frames(run *r, size_t frames, bool view) {
  static uint8_t room[5000];
  size_t until = r->n + frames;
  while (r->n < until) {
    r->t.b.out_n = 0;
    rill_ssize n = view ? trial_view(&r->t, 5000) : rill_conn_send(r->t.b.conn, room, sizeof room, RILL_NO_CLOCK);
    assert_true(n > 0);
  }
}

/* ---- equals ---- */

/* At no time is one more than a frame ahead of another. */
static void check_in_turn(const run *r, size_t from, uint32_t first, uint32_t last) {
  unsigned counts[2 * STREAMS + 2] = {0};
  for (size_t i = from; i < r->n; i++) {
    counts[r->order[i]]++;
    unsigned least = UINT_MAX, most = 0;
    for (uint32_t id = first; id <= last; id += 2) {
      if (counts[id] < least) least = counts[id];
      if (counts[id] > most) most = counts[id];
    }
    assert_true(most - least <= 1);
  }
}

static void without_signals_all_take_turns(void **state) {
  (void)state;
  static const char *const values[] = {"", "", "", "", ""};
  for (int view = 0; view < 2; view++) {
    run r;
    begin(&r, values, LENGTH(values));
    take_frames(&r, 500, view);
    check_in_turn(&r, 0, 1, 9);
    finish(&r);
  }
}

static void equal_incremental_ones_are_within_a_frame(void **state) {
  (void)state;
  static const char *const values[] = {"u=2, i", "u=2, i", "u=2, i", "i, u=2", "u=2, i"};
  for (int view = 0; view < 2; view++) {
    run r;
    begin(&r, values, LENGTH(values));
    take_frames(&r, 500, view);
    check_in_turn(&r, 0, 1, 9);
    finish(&r);
  }
}

/* The signal of one does not break the turn of those without; it stands beside them at its urgency. */
static void a_signal_in_the_midst_keeps_the_turns(void **state) {
  (void)state;
  static const char *const values[] = {"", "", ""};
  const rill_priority urgent = {.urgency = 0, .incremental = true, .signalled = true};
  run r;
  begin(&r, values, LENGTH(values));
  take_frames(&r, 100, false);
  assert_int_equal(rill_set_priority(r.t.b.conn, 3, &urgent), 0);
  size_t from = r.n;
  take_frames(&r, 320, false);
  unsigned urgents = 0;
  for (size_t i = from; i < r.n; i++)
    urgents += r.order[i] == 3;
  assert_in_range(urgents, (r.n - from) * 31 / 32 - 2, (r.n - from) * 31 / 32 + 2);
  finish(&r);
}

/* ---- in order ---- */

/* Of 16 frames 15 go to the lowest id, and one to each of the others in turn. */
static void in_order_but_one_in_sixteen(void **state) {
  (void)state;
  static const char *const values[] = {"u=3", "u=3", "u=3", "u=3"};
  run r;
  begin(&r, values, LENGTH(values));
  take_frames(&r, 1600, false);
  assert_in_range(r.frames[1], 1500 - 16, 1500 + 20);
  for (uint32_t id = 3; id <= 7; id += 2)
    assert_in_range(r.frames[id], 32, 35);
  for (size_t i = 0; i + 16 <= 1600; i += 16) {
    unsigned others = 0;
    for (size_t at = i; at < i + 16; at++)
      others += r.order[at] != 1;
    assert_int_equal(others, 1);
  }
  finish(&r);
}

static void the_next_follows_when_the_first_is_over(void **state) {
  (void)state;
  static const char *const values[] = {"u=1", "u=1"};
  run r;
  begin(&r, values, LENGTH(values));
  take_frames(&r, 15, false);
  for (size_t i = 0; i < 15; i++)
    assert_int_equal(r.order[i], 1);
  assert_int_equal(rill_reset(r.t.b.conn, 1, RILL_CANCEL), 0);
  unsigned before = r.frames[1];
  take_frames(&r, 100, false);
  assert_int_equal(r.frames[1], before);
  finish(&r);
}

/* Those that want to be whole and those that do not, of one urgency, have half each. */
static void both_kinds_alternate(void **state) {
  (void)state;
  static const char *const values[] = {"u=3", "u=3, i", "u=3, i", ""};
  run r;
  begin(&r, values, LENGTH(values));
  take_frames(&r, 600, false);
  assert_in_range(r.frames[1], 298, 304);
  for (uint32_t id = 3; id <= 7; id += 2)
    assert_in_range(r.frames[id], 98, 102);
  finish(&r);
}

/* ---- urgencies ---- */

/* One frame in 32 goes to those that are less urgent, and each such urgency has its part. */
static void no_urgency_starves(void **state) {
  (void)state;
  static const char *const values[] = {"u=7, i", "u=6, i", "u=5, i", "u=4, i", "u=3, i", "u=2, i", "u=1, i", "u=0, i"};
  for (int view = 0; view < 2; view++) {
    run r;
    begin(&r, values, LENGTH(values));
    take_frames(&r, 32 * 7 * 10, view);
    assert_in_range(r.frames[15], 31 * 70 - 10, 31 * 70 + 10);
    for (uint32_t id = 1; id <= 13; id += 2)
      assert_in_range(r.frames[id], 9, 11);
    finish(&r);
  }
}

static void less_urgent_ones_wait_for_nothing_when_alone(void **state) {
  (void)state;
  static const char *const values[] = {"u=7, i", "u=0"};
  run r;
  begin(&r, values, LENGTH(values));
  take_frames(&r, 31, false);
  for (size_t i = 0; i < 31; i++)
    assert_int_equal(r.order[i], 3);
  assert_int_equal(rill_reset(r.t.b.conn, 3, RILL_CANCEL), 0);
  size_t from = r.n;
  take_frames(&r, 50, false);
  for (size_t i = from; i < r.n; i++)
    assert_int_equal(r.order[i], 1);
  finish(&r);
}

/* Most urgent or not, what is not to be had is passed over: here the stream's window. */
static void a_closed_window_gives_the_turn_to_others(void **state) {
  (void)state;
  static const char *const values[] = {"u=0", "u=7"};
  run r;
  begin(&r, values, LENGTH(values));
  peer_setting(&r.t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 2500);
  peer_window(&r.t.b, 3, 1000000);
  assert_true(peer_send(&r.t.b) >= 0);
  take_frames(&r, 100, false);
  assert_in_range(r.frames[1], 2, 4);
  assert_true(r.frames[3] >= 96);
  finish(&r);
}

/* ---- changes at random: nobody is lost, and nothing is sent that may not go ---- */

static uint32_t rolled(uint64_t *seed) {
  *seed = *seed * 6364136223846793005u + 1442695040888963407u;
  return (uint32_t)(*seed >> 33);
}

/* SETTINGS shift all windows at once: who is in turn by that is asked before anybody was looked at. */
static void a_shifted_window_is_known_before_it_is_used(void **state) {
  (void)state;
  static const rill_body body = {lend, NULL, false};
  conn_trial t;
  uint8_t room[RILL_FRAME_HEAD_SIZE]; /* for the acknowledgement and nothing else */
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0);
  trial_serve(&t, 3);
  trial_respond(&t, 1, &body);
  trial_respond(&t, 3, &trial_pushed);
  (void)bench_drop(&t.b);
  assert_false(rill_conn_want_send(t.b.conn));
  for (unsigned window = 70000; window <= 70000; window -= 35000) {
    peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, window);
    assert_true(peer_send(&t.b) >= 0);
    assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
    assert_true(rill_conn_want_send(t.b.conn) == (window != 0));
    if (window == 35000) (void)bench_drop(&t.b); /* all of the connection's window but a part that the stream's does not have */
  }
  assert_int_equal(bench_drop(&t.b), 0);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_SEND), -35000);
  assert_int_equal(window_of(&t.b, 0, RILL_WINDOW_SEND), 65535 - 35000);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 70000);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_drop(&t.b); /* the connection's window is closed now, and the stream's is not */
  assert_int_equal(window_of(&t.b, 0, RILL_WINDOW_SEND), 0);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 70001);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
  assert_false(rill_conn_want_send(t.b.conn));
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 70000);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(rill_write(t.b.conn, 3, NULL, 0, true), 0); /* an end needs no window */
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
  assert_true(rill_conn_want_send(t.b.conn));
  assert_int_equal(rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), sizeof room);
  assert_false(rill_conn_want_send(t.b.conn));
  bench_close(&t.b);
}

static uint32_t submit_and_reset(rill_conn *conn, uint32_t proposed, void *user) {
  (void)user;
  const rill_frame frame = {.head = {.type = 0xbe, .stream_id = proposed}, .data = {content, 2}};
  if (trial_of(conn)->credit++ != 0) return proposed;
  assert_int_equal(rill_submit_frame(conn, &frame), 0); /* so that the reset waits for it */
  assert_int_equal(rill_reset(conn, proposed, RILL_CANCEL), 0);
  return proposed;
}

/* 0 says that there is nothing to send. */
static void what_is_submitted_from_inside_the_choice_goes_out(void **state) {
  (void)state;
  static const rill_body body = {lend, NULL, false};
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_choose = submit_and_reset;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  trial_respond(&t, 1, &body);
  uint8_t room[1024];
  rill_ssize n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK), more = 0;
  for (rill_ssize at = 0; at < n; at += more) {
    rill_why why;
    rill_frame frame;
    more = rill_frame_parse(&frame, room + at, (size_t)(n - at), RILL_FRAME_SIZE_MAX, &why);
    assert_true(more > 0);
    if (at + more == n) assert_int_equal(frame.head.type, RILL_RST_STREAM);
  }
  assert_false(rill_conn_want_send(t.b.conn));
  assert_int_equal(t.closes, 1);
  bench_close(&t.b);
}

static void random_changes_starve_nobody(void **state) {
  (void)state;
  static const char *values[STREAMS];
  static const char *const kinds[] = {"", "u=1", "u=1, i", "u=5", "u=5, i", "i", "u=3"};
  for (uint64_t seed = 1; seed <= 5; seed++) {
    uint64_t dice = seed;
    run r;
    for (size_t i = 0; i < STREAMS; i++)
      values[i] = kinds[rolled(&dice) % LENGTH(kinds)];
    begin(&r, values, STREAMS);
    for (int step = 0; step < 100; step++) {
      rill_priority priority = {(uint8_t)(rolled(&dice) % 8), rolled(&dice) % 2 == 0, true};
      uint32_t id = rolled(&dice) % STREAMS * 2 + 1;
      assert_int_equal(rill_set_priority(r.t.b.conn, id, &priority), 0);
      take_frames(&r, 10, rolled(&dice) % 2 == 0);
    }
    memset(r.frames, 0, sizeof r.frames);
    take_frames(&r, 32 * 7 * 2 * 16 * STREAMS, false); /* the least share that there is */
    for (uint32_t id = 1; id < 2 * STREAMS; id += 2)
      assert_true(r.frames[id] != 0);
    finish(&r);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(without_signals_all_take_turns),
      cmocka_unit_test(equal_incremental_ones_are_within_a_frame),
      cmocka_unit_test(a_signal_in_the_midst_keeps_the_turns),
      cmocka_unit_test(in_order_but_one_in_sixteen),
      cmocka_unit_test(the_next_follows_when_the_first_is_over),
      cmocka_unit_test(both_kinds_alternate),
      cmocka_unit_test(no_urgency_starves),
      cmocka_unit_test(less_urgent_ones_wait_for_nothing_when_alone),
      cmocka_unit_test(a_closed_window_gives_the_turn_to_others),
      cmocka_unit_test(a_shifted_window_is_known_before_it_is_used),
      cmocka_unit_test(what_is_submitted_from_inside_the_choice_goes_out),
      cmocka_unit_test(random_changes_starve_nobody),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
