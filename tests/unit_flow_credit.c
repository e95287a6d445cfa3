/* SPDX-License-Identifier: MIT */
/*
 * Credit is conserved (RFC 9113 6.9): whatever becomes of DATA, what the peer was granted less what it sent is what it may send,
 * on each stream and on the connection; and of what it sent, all that is not with the application is told back or held for that.
 * A peer drawn by lot keeps to its windows and to nothing else; it counts on its own, from the frames alone.
 *
 * `unit_flow_credit SEED` walks another way.
 */
#include "contract.h"

#include <stdio.h>

enum { FRAMES = 250000, STREAMS = 40, WINDOW = 65535, DATA_MAX = 3000 };

/* How the peer knows a stream. */
typedef enum kind {
  FREE,
  OPEN,    /* and heard of by the application */
  ENDED,   /* by the peer */
  DROPPED, /* reset by us, which the peer may not know yet */
} kind;

typedef struct one {
  kind kind;
  uint32_t id;
  int64_t granted, came;
  int64_t with_app; /* not consumed */
} one;

typedef struct walk {
  bench b;
  uint64_t random;
  one streams[STREAMS];
  uint32_t next_id;
  int64_t granted, came;
  unsigned kinds[8]; /* frames of each kind, lest one be forgotten */
  bool consumes;
} walk;

enum { DATA_OPEN, DATA_DROPPED, DATA_PADDED, DATA_ENDS, OPENED, REFUSED, RESET, OTHER };

static uint64_t seed = 1;

static uint32_t draw(walk *w, uint32_t below) {
  uint64_t z = w->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (uint32_t)((z ^ z >> 31) % below);
}

static one *stream_of(walk *w, uint32_t id) {
  for (size_t i = 0; i < STREAMS; i++) {
    if (w->streams[i].kind != FREE && w->streams[i].id == id) return &w->streams[i];
  }
  return NULL;
}

/* ---- the application --------------------------------------------------------------------------------------------------- */

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  walk *w = rill_conn_user(conn);
  (void)user;
  one *s = stream_of(w, id);
  assert_non_null(s);
  s->kind = head->end_stream ? ENDED : OPEN;
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  walk *w = rill_conn_user(conn);
  one *s = stream_of(w, id);
  (void)user;
  assert_non_null(s);
  if (w->consumes) s->with_app += (int64_t)bytes.n;
  if (end) s->kind = ENDED;
  uint32_t what = draw(w, 100);
  if (what < 3) return RILL_CANCEL;
  if (what < 6) (void)rill_pause_recv(conn, id, what < 5);
  if (what < 10 && w->consumes && rill_consume(conn, id, bytes.n) == 0) s->with_app -= (int64_t)bytes.n;
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  walk *w = rill_conn_user(conn);
  one *s = stream_of(w, id);
  (void)user;
  assert_non_null(s);
  s->with_app = 0;
  bool ours = close->by == RILL_BY_APP || close->by == RILL_BY_RILL;
  s->kind = ours && s->kind == OPEN ? DROPPED : FREE;
}

static void app_acts(walk *w) {
  one *s = &w->streams[draw(w, STREAMS)];
  uint32_t what = draw(w, 10);
  bool live = s->kind == OPEN || s->kind == ENDED;
  if (!live) return;
  if (what < 5 && w->consumes && s->with_app != 0) {
    uint32_t n = 1 + draw(w, (uint32_t)s->with_app);
    assert_int_equal(rill_consume(w->b.conn, s->id, (size_t)s->with_app + 1), RILL_ERR_INVALID);
    assert_int_equal(rill_consume(w->b.conn, s->id, n), 0);
    s->with_app -= n;
  } else if (what < 7) {
    (void)rill_submit_response(w->b.conn, s->id, ok_fields, LENGTH(ok_fields), NULL);
  } else if (what < 9) {
    (void)rill_pause_recv(w->b.conn, s->id, what < 8);
  } else {
    (void)rill_reset(w->b.conn, s->id, RILL_CANCEL);
  }
}

/* ---- the peer ---------------------------------------------------------------------------------------------------------- */

static int64_t window(walk *w, uint32_t id, rill_window_kind which) {
  int64_t value = 0;
  assert_int_equal(rill_conn_window(w->b.conn, id, which, &value), 0);
  return value;
}

/* POST, at times with a content-length that is too small for what comes. */
static void peer_opens(walk *w) {
  static const uint8_t plain[] = {0x83, 0x87, 0x84, 0x01, 0x01, 'a'};
  static const uint8_t short_one[] = {0x83, 0x87, 0x84, 0x01, 0x01, 'a', 0x0f, 0x0d, 0x03, '9', '9', '9'};
  one *s = &w->streams[draw(w, STREAMS)];
  if (s->kind == OPEN || s->kind == ENDED) return;
  *s = (one){
      .kind = DROPPED, .id = w->next_id, .granted = w->b.config.initial_window}; /* refused, unless on_head says otherwise */
  w->next_id += 2;
  bool end = draw(w, 10) == 0, declared = !end && draw(w, 3) == 0;
  peer_frame(&w->b, RILL_HEADERS, (uint8_t)(RILL_FLAG_END_HEADERS | (end ? RILL_FLAG_END_STREAM : 0)), s->id,
             declared ? short_one : plain, declared ? sizeof short_one : sizeof plain);
  w->kinds[OPENED]++;
}

static void peer_sends_data(walk *w) {
  static uint8_t payload[DATA_MAX];
  one *s = &w->streams[draw(w, STREAMS)];
  if (s->kind != OPEN && s->kind != DROPPED) return;
  int64_t most = w->granted - w->came;
  if (s->kind == OPEN && s->granted - s->came < most) most = s->granted - s->came;
  if (most > DATA_MAX) most = DATA_MAX;
  if (most > 200 && draw(w, 4) != 0) most = 200;
  if (most < 0) most = 0;
  uint32_t n = draw(w, (uint32_t)most + 1);
  bool padded = n != 0 && draw(w, 3) == 0, end = draw(w, 40) == 0;
  payload[0] = padded ? (uint8_t)draw(w, n < 256 ? n : 256) : 0;
  unsigned flags = (padded ? RILL_FLAG_PADDED : 0) | (end ? RILL_FLAG_END_STREAM : 0);
  peer_frame(&w->b, RILL_DATA, (uint8_t)flags, s->id, payload, n);
  w->kinds[s->kind == OPEN ? DATA_OPEN : DATA_DROPPED]++;
  w->kinds[DATA_PADDED] += padded;
  w->kinds[DATA_ENDS] += end;
  w->came += n;
  s->came += n;
  if (end && s->kind == DROPPED) s->kind = FREE;
}

static void peer_resets(walk *w) {
  one *s = &w->streams[draw(w, STREAMS)];
  if (s->kind != OPEN) return;
  peer_frame(&w->b, RILL_RST_STREAM, 0, s->id, "\0\0\0\10", 4);
  w->kinds[RESET]++;
}

static void peer_acts(walk *w) {
  uint32_t what = draw(w, 100);
  if (what < 80) {
    peer_sends_data(w);
  } else if (what < 90) {
    peer_opens(w);
  } else if (what < 93) {
    peer_resets(w);
  } else {
    peer_frame(&w->b, RILL_PING, draw(w, 100) == 0 ? RILL_FLAG_ACK : 0, 0, "rillflow", 8); /* to one of ours, or to none */
    w->kinds[OTHER]++;
  }
}

/* What came out: credit, and refusals. */
static void take(walk *w) {
  w->b.out_n = 0;
  assert_true(bench_take(&w->b) >= 0);
  for (size_t at = 0; at < w->b.out_n;) {
    rill_frame frame;
    rill_why why;
    rill_ssize n = rill_frame_parse(&frame, w->b.out + at, w->b.out_n - at, RILL_FRAME_SIZE_MAX, &why);
    assert_true(n > 0);
    at += (size_t)n;
    one *s = stream_of(w, frame.head.stream_id);
    if (frame.head.type == RILL_WINDOW_UPDATE && frame.head.stream_id == 0) w->granted += frame.increment;
    if (frame.head.type == RILL_WINDOW_UPDATE && s != NULL) s->granted += frame.increment;
    if (frame.head.type == RILL_RST_STREAM && frame.error_code == RILL_REFUSED_STREAM) w->kinds[REFUSED]++;
  }
}

/* A request may wait until answers to those that were reset have been taken. */
static void give(walk *w) {
  for (size_t at = 0; at < w->b.in_n;) {
    rill_ssize took = rill_conn_recv(w->b.conn, w->b.in + at, w->b.in_n - at, RILL_NO_CLOCK);
    assert_true(took >= 0);
    at += (size_t)took;
    if (took != 0) continue;
    take(w);
    assert_true(w->b.out_n != 0);
  }
  w->b.in_n = 0;
}

/* ---- what must hold ---------------------------------------------------------------------------------------------------- */

static void verify(walk *w) {
  const rill_config *config = &w->b.config;
  int64_t with_app = 0;
  assert_int_equal(window(w, 0, RILL_WINDOW_RECV), w->granted - w->came);
  for (size_t i = 0; i < STREAMS; i++) {
    one *s = &w->streams[i];
    if (s->kind != OPEN && s->kind != ENDED) continue;
    int64_t left = window(w, s->id, RILL_WINDOW_RECV), held = window(w, s->id, RILL_WINDOW_HELD);
    assert_int_equal(left, s->granted - s->came);
    if (config->manual_consume || config->window_max == 0) {
      assert_int_equal(left + held + s->with_app, config->initial_window);
    } else {
      assert_true(left + held >= config->initial_window && left + held <= config->window_max);
    }
    with_app += s->with_app;
  }
  int64_t whole = window(w, 0, RILL_WINDOW_RECV) + window(w, 0, RILL_WINDOW_HELD) + with_app;
  if (config->manual_consume || config->window_max == 0) {
    assert_int_equal(whole, config->connection_window);
  } else {
    assert_true(whole >= config->connection_window && whole <= config->window_max);
  }
}

static void walk_init(walk *w, uint32_t initial_window, uint32_t window_max, bool consumes) {
  memset(w, 0, sizeof *w);
  bench_init(&w->b);
  w->b.callbacks.on_head = on_head;
  w->b.callbacks.on_data = on_data;
  w->b.callbacks.on_stream_close = on_close;
  bench_no_budgets(&w->b);
  w->b.config.max_concurrent_streams = 20;
  w->b.config.initial_window = initial_window;
  w->b.config.connection_window = WINDOW + 1000;
  w->b.config.window_max = window_max;
  w->b.config.manual_consume = w->consumes = consumes;
  w->random = seed;
  w->next_id = 1;
  w->granted = WINDOW;
  assert_true(bench_open(&w->b, false));
  take(w);
  peer_preface(&w->b, false);
  assert_true(peer_send(&w->b) >= 0);
  take(w);
}

static void conserve(uint32_t initial_window, uint32_t window_max, bool consumes) {
  walk w;
  walk_init(&w, initial_window, window_max, consumes);
  for (unsigned frame = 0; frame < FRAMES; frame++) {
    peer_acts(&w);
    give(&w);
    if (draw(&w, 4) == 0) app_acts(&w);
    if (draw(&w, 8) == 0) take(&w);
    verify(&w);
  }
  for (size_t i = 0; i < STREAMS; i++) {
    one *s = &w.streams[i];
    if (s->kind == OPEN || s->kind == ENDED) assert_int_equal(rill_reset(w.b.conn, s->id, RILL_CANCEL), 0);
  }
  take(&w);
  verify(&w);
  for (size_t i = 0; i < OTHER; i++)
    assert_true(w.kinds[i] > 500);
  int64_t whole = window(&w, 0, RILL_WINDOW_RECV) + window(&w, 0, RILL_WINDOW_HELD);
  assert_int_equal(whole > WINDOW + 1000, window_max != 0 && !consumes);
  printf("seed %llu: %u DATA on open streams, %u on others, %u padded, %u streams, %u refused, %lld octets\n",
         (unsigned long long)seed, w.kinds[DATA_OPEN], w.kinds[DATA_DROPPED], w.kinds[DATA_PADDED], w.kinds[OPENED],
         w.kinds[REFUSED], (long long)w.came);
  bench_close(&w.b);
}

/* T-FC3 */
static void credit_is_conserved_in_fixed_windows(void **state) {
  (void)state;
  conserve(WINDOW, 0, false);
}

static void credit_is_conserved_in_windows_that_grow(void **state) {
  (void)state;
  conserve(WINDOW, 1 << 20, false);
}

static void credit_is_conserved_in_small_windows_that_grow(void **state) {
  (void)state;
  conserve(500, 100000, false);
}

static void credit_is_conserved_by_hand(void **state) {
  (void)state;
  conserve(WINDOW, 1 << 20, true);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(credit_is_conserved_in_fixed_windows),
      cmocka_unit_test(credit_is_conserved_in_windows_that_grow),
      cmocka_unit_test(credit_is_conserved_in_small_windows_that_grow),
      cmocka_unit_test(credit_is_conserved_by_hand),
  };
  if (argc > 1) seed = strtoull(argv[1], NULL, 10);
  return cmocka_run_group_tests(tests, NULL, NULL);
}
