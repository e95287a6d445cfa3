/* SPDX-License-Identifier: MIT */
/*
 * What honest peers do, and must not be stopped for: cancelled pages, small messages with a clock and PINGs, uploads that nobody
 * wants, greasing over a thousand requests, and many cookies. With the default budgets; see also unit_flow_legit.c.
 */
#include "conn_trial.h"

#include <stdio.h>

#define SECOND UINT64_C(1000000000)

enum { PAGE = 100, TIMES = 3 };

/* All must be well, and the peer must not have been told to leave. */
static void is_well(bench *b) {
  rill_frame goaway;
  (void)bench_take(b);
  assert_int_equal(bench_frames(b, RILL_GOAWAY, &goaway), 0);
  assert_int_equal(rill_conn_error(b->conn).err, 0);
  b->out_n = 0;
}

static void peer_reset(bench *b, uint32_t id) { peer_frame(b, RILL_RST_STREAM, 0, id, "\0\0\0\x08", 4); }

/* ---- T-LEGIT1: a cancelled page ---------------------------------------------------------------------------------------- */

static const rill_body endless = {NULL, NULL, false};

static int answer_in_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)head, (void)user;
  trial_of(conn)->heads++;
  assert_int_equal(rill_submit_response(conn, id, ok_fields, 1, NULL), 0);
  return 0;
}

static int answer_with_content(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)head, (void)user;
  trial_of(conn)->heads++;
  assert_int_equal(rill_submit_response(conn, id, ok_fields, 1, &endless), 0);
  assert_int_equal(rill_write(conn, id, (const uint8_t *)"content", 7, false), 7);
  return 0;
}

/* Pages of a hundred requests that are all cancelled at once: in one piece or several, and output that is taken behind each. */
static void cancel_pages(int (*on_head)(rill_conn *, uint32_t, const rill_head *, void *), bool at_once) {
  conn_trial t;
  trial_init(&t);
  if (on_head != NULL) t.b.callbacks.on_head = on_head;
  bench_begin(&t.b, false);
  for (unsigned page = 0; page < TIMES; page++) {
    for (uint32_t i = 0; i < PAGE; i++)
      peer_request(&t.b, (page * PAGE + i) * 2 + 1, true);
    for (uint32_t i = 0; i < PAGE; i++)
      peer_reset(&t.b, (page * PAGE + i) * 2 + 1);
    if (at_once) continue;
    assert_true(peer_send(&t.b) >= 0);
    is_well(&t.b);
  }
  /* A peer that has written all of it ahead: what is not read until output was taken is offered again. */
  for (size_t at = 0; at < t.b.in_n;) {
    rill_ssize took = rill_conn_recv(t.b.conn, t.b.in + at, t.b.in_n - at, RILL_NO_CLOCK);
    assert_true(took >= 0);
    at += (size_t)took;
    size_t before = t.b.out_n;
    assert_true(bench_take(&t.b) >= 0);
    assert_true(took != 0 || t.b.out_n != before);
  }
  is_well(&t.b);
  assert_int_equal(t.heads, PAGE * TIMES);
  assert_int_equal(t.closes, PAGE * TIMES);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 0);
  bench_close(&t.b);
}

static void a_cancelled_page(void **state) {
  (void)state;
  cancel_pages(NULL, false);
  cancel_pages(NULL, true);
}

static void a_cancelled_page_whose_requests_are_answered_at_once(void **state) {
  (void)state;
  cancel_pages(answer_in_head, false);
  cancel_pages(answer_in_head, true);
}

static void a_cancelled_page_whose_answers_have_content(void **state) {
  (void)state;
  cancel_pages(answer_with_content, false);
  cancel_pages(answer_with_content, true);
}

/* ---- T-LEGIT2: small messages, a clock, PINGs --------------------------------------------------------------------------- */

enum { STREAMS = 100, MESSAGE = 5, ROUNDS = 10000, WINDOW = 65535 };

typedef struct small {
  conn_trial t; /* first: the connection's user pointer is the trial */
  uint64_t came, went, pongs;
  rill_time now;
} small;

static int count_content(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  small *s = (small *)(void *)trial_of(conn);
  (void)id, (void)end, (void)user;
  s->came += bytes.n;
  return 0;
}

static int respond_pushed(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)head, (void)user;
  return rill_submit_response(conn, id, ok_fields, 1, &endless) == 0 ? 0 : RILL_ERR_CALLBACK;
}

static void small_send(small *s) {
  bench *b = &s->t.b;
  for (size_t at = 0; at < b->in_n;) {
    rill_ssize took = rill_conn_recv(b->conn, b->in + at, b->in_n - at, s->now);
    assert_true(took >= 0);
    at += (size_t)took;
  }
  b->in_n = 0;
}

/* Counts what comes out, and opens the windows by as much. */
static void small_take(small *s) {
  bench *b = &s->t.b;
  static uint8_t room[65536];
  rill_ssize n;
  b->out_n = 0;
  while ((n = rill_conn_send(b->conn, room, sizeof room, s->now)) > 0)
    bench_put(b, room, (size_t)n);
  uint64_t before = s->went;
  for (size_t at = 0; at < b->out_n;) {
    rill_frame_head head = rill_frame_head_get(b->out + at);
    bool ack = (head.flags & RILL_FLAG_ACK) != 0;
    if (head.type == RILL_DATA) s->went += head.length;
    if (head.type == RILL_PING && ack) s->pongs++;
    if (head.type == RILL_PING && !ack) peer_frame(b, RILL_PING, RILL_FLAG_ACK, 0, b->out + at + RILL_FRAME_HEAD_SIZE, 8);
    assert_int_not_equal(head.type, RILL_GOAWAY);
    at += RILL_FRAME_HEAD_SIZE + head.length;
  }
  if (s->went != before) peer_window(b, 0, (uint32_t)(s->went - before));
}

/* The application has done with a message on each stream, and answers it with another. */
static void small_answer(small *s, bool consumes) {
  for (uint32_t id = 1; id < 2 * STREAMS; id += 2) {
    if (consumes) assert_int_equal(rill_consume(s->t.b.conn, id, MESSAGE), 0);
    assert_int_equal(rill_write(s->t.b.conn, id, (const uint8_t *)"54321", MESSAGE, false), MESSAGE);
  }
}

/* Each round is 20 ms: a message on each stream, and a PING: 50 a second. The application is so many rounds behind. */
static void exchange_messages(unsigned behind) {
  small s = {.now = SECOND};
  trial_init(&s.t);
  s.t.b.callbacks.on_head = respond_pushed;
  s.t.b.callbacks.on_data = count_content;
  s.t.b.config.manual_consume = behind != 0;
  bench_begin(&s.t.b, false);
  for (uint32_t i = 0; i < STREAMS; i++)
    peer_request(&s.t.b, 2 * i + 1, false);
  small_send(&s);
  uint64_t granted_back = 0;
  for (unsigned round = 0; round < ROUNDS + behind; round++, s.now += SECOND / 50) {
    for (uint32_t i = 0; i < STREAMS && round < ROUNDS; i++)
      peer_frame(&s.t.b, RILL_DATA, 0, 2 * i + 1, "12345", MESSAGE);
    peer_frame(&s.t.b, RILL_PING, 0, 0, "legit 2!", 8);
    small_send(&s);
    if (round >= behind) small_answer(&s, behind != 0);
    small_take(&s);
    assert_int_equal(rill_conn_tick(s.t.b.conn, s.now), 0);
    granted_back += MESSAGE;
    if (granted_back < WINDOW / 2) continue;
    for (uint32_t i = 0; i < STREAMS; i++)
      peer_window(&s.t.b, 2 * i + 1, (uint32_t)granted_back);
    granted_back = 0;
  }
  assert_int_equal(s.came, (uint64_t)STREAMS * ROUNDS * MESSAGE);
  assert_int_equal(s.went, s.came);
  assert_int_equal(s.pongs, ROUNDS + behind);
  assert_int_equal(s.t.closes, 0);
  assert_in_range(rill_conn_stats(s.t.b.conn).memory_peak, 0, 100000);
  bench_close(&s.t.b);
}

static void many_small_messages_with_a_clock(void **state) {
  (void)state;
  exchange_messages(0);
}

static void many_small_messages_with_a_clock_and_an_application_that_is_behind(void **state) {
  (void)state;
  exchange_messages(5);
}

/* ---- uploads that nobody wants ------------------------------------------------------------------------------------------ */

/* Answers, and lets the client stop, as 9113 8.1 has it. */
static int turn_away(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)head, (void)user;
  assert_int_equal(rill_submit_response(conn, id, ok_fields, 1, NULL), 0);
  return RILL_NO_ERROR + rill_reset(conn, id, RILL_NO_ERROR);
}

/* Each has sent a whole window before it hears of that. */
static void upload_in_vain(uint32_t window, unsigned times) {
  static const uint8_t content[16384];
  conn_trial t;
  trial_init(&t);
  t.b.config.initial_window = window;
  t.b.config.connection_window = window < 1 << 20 ? 1 << 20 : window;
  t.b.callbacks.on_head = turn_away;
  bench_begin(&t.b, false);
  for (uint32_t i = 0; i < times; i++) {
    peer_request(&t.b, 2 * i + 1, false);
    for (uint32_t left = window; left != 0;) {
      uint32_t n = left < sizeof content ? left : (uint32_t)sizeof content;
      peer_frame(&t.b, RILL_DATA, 0, 2 * i + 1, content, n);
      assert_true(peer_send(&t.b) >= 0);
      left -= n;
    }
    is_well(&t.b);
  }
  bench_close(&t.b);
}

static void uploads_that_are_turned_away(void **state) {
  (void)state;
  upload_in_vain(WINDOW, 1000);
  upload_in_vain(32 << 20, 1);
}

/* ---- T-LEGIT4: greasing over a thousand requests ------------------------------------------------------------------------- */

enum { GREASED = 1000, ENTRIES = 14 };

static void put_grease_settings(bench *b, uint32_t turn) {
  uint8_t entries[ENTRIES * 6] = {0};
  for (uint32_t i = 0; i < ENTRIES; i++) {
    uint8_t *p = entries + 6 * i;
    p[0] = (uint8_t)(((turn + i) % 16) << 4 | 0x0a); /* 0x?a?a */
    p[1] = (uint8_t)((i % 16) << 4 | 0x0a);
    p[5] = (uint8_t)i;
  }
  memcpy(entries, "\0\1\0\0\x10\0", 6); /* HEADER_TABLE_SIZE 4,096 */
  peer_frame(b, RILL_SETTINGS, 0, 0, entries, sizeof entries);
}

static void a_peer_that_greases_for_a_thousand_requests(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_head = answer_in_head;
  bench_begin(&t.b, false);
  size_t settings = 0, acks = 0;
  for (uint32_t i = 0; i < GREASED; i++) {
    rill_frame last;
    if (i % 10 == 0) put_grease_settings(&t.b, i), settings++;
    if (i % 3 == 0) peer_frame(&t.b, 0x0a, 0xff, 0, "grease", 6);
    peer_request(&t.b, 2 * i + 1, true);
    if (i % 7 == 0) peer_frame(&t.b, 0xfa, 0, 2 * i + 1, NULL, 0);
    assert_true(peer_send(&t.b) >= 0);
    assert_true(bench_take(&t.b) >= 0);
    acks += bench_frames(&t.b, RILL_SETTINGS, &last);
    is_well(&t.b);
  }
  assert_int_equal(acks, settings);
  assert_int_equal(t.heads, GREASED);
  assert_int_equal(t.closes, GREASED);
  bench_close(&t.b);
}

/* ---- T-LEGIT5: many cookies --------------------------------------------------------------------------------------------- */

enum { COOKIES = 180, COOKIE = 20 };

static char wanted[COOKIES * (COOKIE + 2)];
static size_t wanted_n;

static int compare_cookie(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)user;
  for (size_t i = 0; i < head->field_count; i++) {
    rill_view value = head->fields[i].value;
    if (head->fields[i].token != RILL_TOKEN_COOKIE) continue;
    assert_int_equal(value.n, wanted_n);
    assert_memory_equal(value.p, wanted, wanted_n);
    trial_of(conn)->heads++;
  }
  return 0;
}

static void cookies_are_joined_in_order(void **state) {
  (void)state;
  conn_trial t;
  uint8_t block[6 + COOKIES * (3 + COOKIE)] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'}, *p = block + 6;
  wanted_n = 0;
  for (unsigned i = 0; i < COOKIES; i++) {
    char crumb[COOKIE + 1];
    (void)snprintf(crumb, sizeof crumb, "c%03u=%015u", i, i * 7919);
    memcpy(p, "\x0f\x11\x14", 3); /* cookie, not into the table, 20 octets */
    memcpy(p + 3, crumb, COOKIE);
    p += 3 + COOKIE;
    if (i != 0) memcpy(wanted + wanted_n, "; ", 2), wanted_n += 2;
    memcpy(wanted + wanted_n, crumb, COOKIE), wanted_n += COOKIE;
  }
  trial_init(&t);
  t.b.callbacks.on_head = compare_cookie;
  bench_begin(&t.b, false);
  peer_frame(&t.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 1, block, sizeof block);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(t.heads, 1); /* one field */
  is_well(&t.b);
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_cancelled_page),
      cmocka_unit_test(a_cancelled_page_whose_requests_are_answered_at_once),
      cmocka_unit_test(a_cancelled_page_whose_answers_have_content),
      cmocka_unit_test(many_small_messages_with_a_clock),
      cmocka_unit_test(many_small_messages_with_a_clock_and_an_application_that_is_behind),
      cmocka_unit_test(a_peer_that_greases_for_a_thousand_requests),
      cmocka_unit_test(cookies_are_joined_in_order),
      cmocka_unit_test(uploads_that_are_turned_away),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
