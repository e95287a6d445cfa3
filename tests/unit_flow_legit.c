/* SPDX-License-Identifier: MIT */
/*
 * What honest peers do in plenty, and what it must not cost: content that is thrown away starves no other stream, many small
 * messages pass, and a bulk transfer passes whose receiver opens the windows in small steps.
 */
#include "contract.h"

enum { MEBI = 1 << 20, FRAME = 16384, WINDOW = 65535 };

typedef struct trial {
  bench b;            /* first: the connection's user pointer */
  uint64_t came[400]; /* content, by half the stream id */
  uint64_t to_send;
  unsigned closes;
} trial;

static const uint8_t zeros[FRAME];

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  trial *t = rill_conn_user(conn);
  (void)end, (void)user;
  t->came[id / 2 % LENGTH(t->came)] += bytes.n;
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  trial *t = rill_conn_user(conn);
  (void)id, (void)close, (void)user;
  t->closes++;
}

static void trial_open(trial *t) {
  memset(t, 0, sizeof *t);
  bench_init(&t->b);
  t->b.callbacks.on_data = on_data;
  t->b.callbacks.on_stream_close = on_close;
}

static int64_t window(trial *t, uint32_t id) {
  int64_t value = 0;
  assert_int_equal(rill_conn_window(t->b.conn, id, RILL_WINDOW_RECV, &value), 0);
  return value;
}

static void sent(trial *t) { assert_true(peer_send(&t->b) >= 0); }

/* ---- T-FC4: discarded DATA starves nobody ------------------------------------------------------------------------------- */

/* POST with content-length 999. */
static void peer_declares(bench *b, uint32_t id) {
  static const uint8_t block[] = {0x83, 0x87, 0x84, 0x01, 0x01, 'a', 0x0f, 0x0d, 0x03, '9', '9', '9'};
  peer_frame(b, RILL_HEADERS, RILL_FLAG_END_HEADERS, id, block, sizeof block);
}

/* Up to a frame that is thrown away, within the windows: its octets. */
typedef size_t discarded(trial *t, size_t most);

static uint32_t next_id;

static size_t beyond_the_length(trial *t, size_t most) {
  peer_declares(&t->b, next_id);
  peer_frame(&t->b, RILL_DATA, 0, next_id, zeros, most);
  next_id += 2;
  return most;
}

static size_t on_a_reset_stream(trial *t, size_t most) {
  if (next_id == 3) {
    peer_request(&t->b, next_id, false);
    sent(t);
    assert_int_equal(rill_reset(t->b.conn, next_id, RILL_CANCEL), 0);
    next_id += 2;
  }
  peer_frame(&t->b, RILL_DATA, 0, 3, zeros, most);
  return most;
}

static size_t on_a_refused_stream(trial *t, size_t most) {
  peer_request(&t->b, next_id, false);
  peer_frame(&t->b, RILL_DATA, 0, next_id, zeros, most);
  next_id += 2;
  return most;
}

/* With an octet of content, since there may be few DATA frames without any. */
static size_t padding_mostly(trial *t, size_t most) {
  uint8_t payload[256] = {255};
  if (next_id == 3) {
    peer_request(&t->b, next_id, false);
    next_id += 2;
    sent(t);
  }
  if (most > (size_t)window(t, 3)) most = (size_t)window(t, 3);
  if (most > sizeof payload) most = sizeof payload;
  if (most < 2) return 0;
  payload[0] = (uint8_t)(most - 2);
  peer_frame(&t->b, RILL_DATA, RILL_FLAG_PADDED, 3, payload, most);
  return most;
}

/* As much as the windows allow, now of the one, now of the other; then a round trip, after which stream 1 has a window. */
static void starve(discarded *discard, uint32_t streams) {
  trial t;
  trial_open(&t);
  t.b.config.connection_window = WINDOW;
  t.b.config.window_max = 0;
  t.b.config.max_concurrent_streams = streams;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  sent(&t);
  next_id = 3;
  size_t thrown = 0, trips = 0;
  while (t.came[0] < MEBI || thrown < MEBI) {
    uint64_t before = thrown + t.came[0];
    if (thrown < MEBI) thrown += discard(&t, window(&t, 0) < FRAME ? (size_t)window(&t, 0) : FRAME);
    sent(&t);
    int64_t most = window(&t, 1) < window(&t, 0) ? window(&t, 1) : window(&t, 0);
    if (most > FRAME) most = FRAME;
    if (t.came[0] < MEBI) peer_frame(&t.b, RILL_DATA, 0, 1, zeros, (size_t)most);
    sent(&t);
    if (thrown + t.came[0] != before) continue;
    (void)bench_drop(&t.b);
    trips++;
    assert_true(window(&t, 1) > 0 && window(&t, 0) > 0);
  }
  assert_in_range(trips, 16, 100); /* 2 MiB in windows of which at least a third is told each time */
  (void)bench_drop(&t.b);
  assert_int_equal(window(&t, 0) >= WINDOW / 2, true);
  bench_close(&t.b);
}

static void content_beyond_its_length_starves_nobody(void **state) {
  (void)state;
  starve(beyond_the_length, 100);
}

static void data_on_reset_streams_starves_nobody(void **state) {
  (void)state;
  starve(on_a_reset_stream, 100);
}

static void data_on_refused_streams_starves_nobody(void **state) {
  (void)state;
  starve(on_a_refused_stream, 1);
}

static void padding_starves_nobody(void **state) {
  (void)state;
  starve(padding_mostly, 100);
}

/* ---- T-LEGIT2: many small messages -------------------------------------------------------------------------------------- */

enum { STREAMS = 100, MESSAGES = 1000000, MESSAGE = 5, BEHIND = 2000 };

/* The application answers each message BEHIND messages later; every so many the peer takes what there is, and asks for life. */
static void many_small_messages_pass(void **state) {
  (void)state;
  trial t;
  trial_open(&t);
  bench_begin(&t.b, false);
  for (uint32_t i = 0; i < STREAMS; i++)
    peer_request(&t.b, 2 * i + 1, false);
  sent(&t);
  const rill_body pushed = {NULL, NULL, false};
  for (uint32_t i = 0; i < STREAMS; i++)
    assert_int_equal(rill_submit_response(t.b.conn, 2 * i + 1, ok_fields, LENGTH(ok_fields), &pushed), 0);
  uint64_t answers = 0;
  for (uint32_t i = 0; i < MESSAGES + BEHIND; i++) {
    uint32_t id = 2 * (i * 37 % STREAMS) + 1, late = 2 * ((i - BEHIND) * 37 % STREAMS) + 1;
    if (i < MESSAGES) peer_frame(&t.b, RILL_DATA, 0, id, "hello", MESSAGE);
    if (i >= BEHIND) assert_int_equal(rill_write(t.b.conn, late, (const uint8_t *)"hello", MESSAGE, false), MESSAGE);
    if (i % 500 != 0) continue;
    peer_frame(&t.b, RILL_PING, 0, 0, "12345678", 8);
    sent(&t);
    t.b.out_n = 0;
    assert_true(bench_take(&t.b) >= 0);
    for (size_t at = 0; at < t.b.out_n;) {
      rill_frame_head head = rill_frame_head_get(t.b.out + at);
      at += RILL_FRAME_HEAD_SIZE + head.length;
      if (head.type != RILL_DATA) continue;
      answers += head.length;
      peer_window(&t.b, 0, head.length);
      peer_window(&t.b, head.stream_id, head.length);
    }
  }
  sent(&t);
  answers += bench_drop(&t.b);
  uint64_t came = 0;
  for (size_t i = 0; i < STREAMS; i++)
    came += t.came[i];
  assert_int_equal(came, MESSAGES * MESSAGE);
  assert_true(answers >= MESSAGES * MESSAGE);
  assert_int_equal(t.closes, 0);
  assert_in_range(rill_conn_stats(t.b.conn).memory_peak, 0, 400000);
  bench_close(&t.b);
}

/* ---- T-LEGIT3: fast bulk transfer --------------------------------------------------------------------------------------- */

static const uint64_t bulk = UINT64_C(10240) * MEBI / RILL_TEST_EVERY;

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  trial *t = user;
  (void)conn, (void)id;
  out->data = zeros;
  out->n = max < sizeof zeros ? max : sizeof zeros;
  if (out->n > t->to_send) out->n = (size_t)t->to_send;
  t->to_send -= out->n;
  if (t->to_send == 0) out->more = RILL_MORE_NONE;
  return 0;
}

/* The peer opens both windows after each frame. */
static void bulk_goes_out(void **state) {
  (void)state;
  trial t;
  trial_open(&t);
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, true);
  sent(&t);
  t.to_send = bulk;
  const rill_body body = {pull, &t, false};
  assert_int_equal(rill_submit_response(t.b.conn, 1, ok_fields, LENGTH(ok_fields), &body), 0);
  static uint8_t room[RILL_FRAME_HEAD_SIZE + FRAME];
  uint64_t came = 0;
  rill_ssize n;
  while ((n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK)) > 0) {
    size_t at = RILL_FRAME_HEAD_SIZE + rill_frame_head_get(room).length; /* the head of the response comes in front */
    if (rill_frame_head_get(room).type == RILL_DATA) at = 0;
    rill_frame_head head = rill_frame_head_get(room + at);
    assert_int_equal(n, at + RILL_FRAME_HEAD_SIZE + head.length);
    assert_int_equal(head.type, RILL_DATA);
    came += head.length;
    peer_window(&t.b, 0, head.length);
    if ((head.flags & RILL_FLAG_END_STREAM) == 0) peer_window(&t.b, 1, head.length);
    sent(&t);
  }
  assert_int_equal(n, 0);
  assert_int_equal(came, bulk);
  assert_int_equal(t.closes, 1);
  bench_close(&t.b);
}

static void bulk_comes_in(void **state) {
  (void)state;
  trial t;
  trial_open(&t);
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  sent(&t);
  while (t.came[0] < bulk) {
    assert_true(window(&t, 1) >= FRAME && window(&t, 0) >= FRAME);
    peer_frame(&t.b, RILL_DATA, 0, 1, zeros, FRAME);
    sent(&t);
    (void)bench_drop(&t.b);
  }
  assert_in_range(t.came[0], bulk, bulk + FRAME);
  bench_close(&t.b);
}

/* ---- a slow sender ------------------------------------------------------------------------------------------------------ */

/* Answers each PING before more content comes, so that its window shows to be large enough. Returns the PINGs. */
static size_t peer_sends_half(trial *t) {
  enum { PIECE = WINDOW / 4 + 1 };
  size_t pings = 0;
  for (int i = 0; i < 2; i++) {
    rill_frame ping;
    peer_frame(&t->b, RILL_DATA, 0, 1, zeros, PIECE);
    sent(t);
    t->b.out_n = 0;
    assert_true(bench_take(&t->b) >= 0);
    if (bench_frames(&t->b, RILL_PING, &ping) == 0) continue;
    pings++;
    peer_frame(&t->b, RILL_PING, RILL_FLAG_ACK, 0, "rillflow", 8);
    sent(t);
  }
  return pings;
}

/* Two round trips are measured, then 2, 4, 8, 16, and again 16 times that credit is due pass. */
static void a_slow_sender_sees_few_pings(void **state) {
  (void)state;
  static const unsigned gaps[] = {1, 3, 5, 9, 17, 17, 17};
  trial t;
  trial_open(&t);
  t.b.config.connection_window = INT32_MAX; /* of which no credit is due */
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  sent(&t);
  for (size_t i = 0; i < LENGTH(gaps); i++) {
    for (unsigned pass = 0; pass < gaps[i]; pass++)
      assert_int_equal(peer_sends_half(&t), 0);
    assert_int_equal(peer_sends_half(&t), 2);
  }
  assert_in_range(window(&t, 1), 1, WINDOW);
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(content_beyond_its_length_starves_nobody),
      cmocka_unit_test(data_on_reset_streams_starves_nobody),
      cmocka_unit_test(data_on_refused_streams_starves_nobody),
      cmocka_unit_test(padding_starves_nobody),
      cmocka_unit_test(many_small_messages_pass),
      cmocka_unit_test(bulk_goes_out),
      cmocka_unit_test(bulk_comes_in),
      cmocka_unit_test(a_slow_sender_sees_few_pings),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
