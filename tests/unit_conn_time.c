/* SPDX-License-Identifier: MIT */
/*
 * Time, where a transcript cannot say it: a clock that turns at random over random traffic between a client and a server of ours,
 * many streams that stall at once, and how often a connection that nobody speaks to wants to be woken. Knows rill.h only.
 *
 * Whatever the clock does: a tick leaves no deadline that is not above its now, without a clock there is none, a stream closes
 * once, and all memory comes back. And over all walks each row of the table in time.c must have been acted upon.
 */
#include "contract.h"

#define SECOND UINT64_C(1000000000)

enum { CLIENT, SERVER, SIDES, WALKS = 3000, STEPS = 400, TICKS_MAX = 100 };

typedef struct side side;

typedef struct world {
  uint64_t random;
  rill_time now;
  side *sides[SIDES];
} world;

struct side {
  bench b; /* in: from the other side; out: unused */
  world *w;
  uint32_t open[64]; /* streams that were heard of and not closed */
  size_t open_count;
};

/* What was seen over all walks. */
static struct tally { unsigned why[RILL_WHY_COUNT], done, keepalives; } tally;

static uint64_t draw(world *w, uint64_t below) {
  w->random = w->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (w->random >> 20) % below;
}

static bool chance(world *w, unsigned percent) { return draw(w, 100) < percent; }

static side *side_of(rill_conn *conn) { return rill_conn_user(conn); }

/* ---- the application --------------------------------------------------------------------------------------------------- */

static void heard(side *s, uint32_t id) {
  assert_true(s->open_count < LENGTH(s->open));
  s->open[s->open_count++] = id;
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)user;
  if (head->kind == RILL_HEAD_REQUEST) heard(side_of(conn), id);
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)user;
  side *s = side_of(conn);
  size_t i = 0;
  while (i < s->open_count && s->open[i] != id)
    i++;
  assert_true(i < s->open_count);
  s->open[i] = s->open[--s->open_count];
  tally.why[close->why]++;
  assert_int_equal(close->retryable, close->processed == RILL_PROCESSED_NO);
}

static void on_retire(rill_conn *conn, rill_why why, void *user) {
  (void)conn, (void)user;
  tally.why[why]++;
}

static void on_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)conn, (void)user;
  bool keep = frame->head.type == RILL_PING && (frame->head.flags & RILL_FLAG_ACK) == 0;
  if (keep && memcmp(frame->data.p, "rillkeep", 8) == 0) tally.keepalives++;
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)id, (void)user;
  static const uint8_t zeros[20000];
  world *w = side_of(conn)->w;
  if (chance(w, 30)) return RILL_DEFERRED;
  out->data = zeros;
  out->n = max == 0 ? 0 : (size_t)draw(w, max < sizeof zeros ? max : sizeof zeros) + 1;
  if (chance(w, 10)) out->more = RILL_MORE_NONE;
  return 0;
}

static const rill_body pulled = {pull, NULL, false}, pushed = {NULL, NULL, false};

static void act_on(side *s) {
  world *w = s->w;
  if (s->open_count == 0) return;
  uint32_t id = s->open[draw(w, s->open_count)];
  static const uint8_t octets[3000];
  switch (draw(w, 6)) {
  case 0:
    (void)rill_reset(s->b.conn, id, RILL_CANCEL);
    break;
  case 1:
    (void)rill_resume(s->b.conn, id);
    break;
  case 2:
    (void)rill_submit_response(s->b.conn, id, ok_fields, LENGTH(ok_fields), NULL);
    break;
  case 3:
    (void)rill_submit_response(s->b.conn, id, ok_fields, LENGTH(ok_fields), chance(w, 50) ? &pulled : &pushed);
    break;
  default:
    (void)rill_write(s->b.conn, id, octets, (size_t)draw(w, sizeof octets), chance(w, 30));
    break;
  }
}

static void request(side *s) {
  static const rill_field post[] = {RILL_FIELD(":method", "POST"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                                    RILL_FIELD(":authority", "a"), RILL_FIELD("content-length", "5000")};
  if (s->open_count == LENGTH(s->open)) return;
  bool content = chance(s->w, 40);
  rill_ssize id = content ? rill_submit_request(s->b.conn, post, LENGTH(post), &pushed, NULL)
                          : rill_submit_request(s->b.conn, get_fields, LENGTH(get_fields), NULL, NULL);
  if (id > 0) heard(s, (uint32_t)id);
}

static void act(side *s) {
  world *w = s->w;
  uint64_t what = draw(w, 100);
  if (what < 30 && s == w->sides[CLIENT]) {
    request(s);
  } else if (what < 90) {
    act_on(s);
  } else if (what < 96) {
    (void)rill_submit_ping(s->b.conn, (const uint8_t *)"12345678");
  } else if (what == 96) {
    (void)rill_shutdown(s->b.conn, 1 + draw(w, 3 * SECOND));
  } else if (what == 97 && chance(w, 30)) {
    (void)rill_conn_retire_at(s->b.conn, w->now + draw(w, 3 * SECOND), 1 + draw(w, SECOND));
  }
}

/* ---- the calls that take the time -------------------------------------------------------------------------------------- */

static void turn_clock(world *w) {
  uint64_t how = draw(w, 100);
  if (how < 50) return;
  if (how < 80) {
    w->now += draw(w, SECOND / 100);
  } else if (how < 90) {
    w->now += draw(w, SECOND);
  } else if (how < 92) {
    w->now += draw(w, 30 * SECOND);
  } else if (how < 96) {
    w->now -= draw(w, w->now < SECOND ? w->now + 1 : SECOND);
  } else if (how == 96) {
    w->now = draw(w, w->now + 1);
  }
}

static void check_deadline(const side *s, rill_time now, bool ticked) {
  rill_time deadline = rill_conn_deadline(s->b.conn);
  if (now == RILL_NO_CLOCK) assert_true(deadline == RILL_NEVER);
  if (now != RILL_NO_CLOCK && ticked) assert_true(deadline > now);
}

/* Most of these walks have a clock, always; some lose it now and then, which the contract does not allow and must not hurt. */
static rill_time clock_of(world *w) { return chance(w, 1) ? RILL_NO_CLOCK : w->now; }

static void tick(side *s) {
  world *w = s->w;
  rill_time deadline = rill_conn_deadline(s->b.conn), now = clock_of(w);
  if (deadline != RILL_NEVER && chance(w, 60)) w->now = now = deadline - (chance(w, 50) ? 1 : 0);
  (void)rill_conn_tick(s->b.conn, now);
  check_deadline(s, now, true);
}

static void give(side *from, const void *p, size_t n) { peer_octets(&from->w->sides[from == from->w->sides[CLIENT]]->b, p, n); }

static void take(side *s) {
  world *w = s->w;
  uint8_t room[3000];
  rill_time now = clock_of(w);
  if (chance(w, 20)) { /* shown, and perhaps not taken for long */
    rill_iovec iov[4];
    rill_ssize count = rill_conn_sendv(s->b.conn, iov, LENGTH(iov), (size_t)draw(w, sizeof room) + 1, now);
    size_t n = count > 0 ? (size_t)draw(w, iov[0].len + 1) : 0;
    if (n != 0) give(s, iov[0].base, n);
    if (n != 0) assert_int_equal(rill_conn_sent(s->b.conn, n, now), 0);
  } else {
    rill_ssize n = rill_conn_send(s->b.conn, room, (size_t)draw(w, sizeof room) + 1, now);
    if (n > 0) give(s, room, (size_t)n);
  }
  check_deadline(s, now, false);
}

static void deliver(side *s) {
  world *w = s->w;
  bench *b = &s->b;
  rill_time now = clock_of(w);
  if (b->in_n == 0) return;
  size_t n = chance(w, 50) ? b->in_n : (size_t)draw(w, b->in_n) + 1;
  rill_ssize took = rill_conn_recv(b->conn, b->in, n, now);
  check_deadline(s, now, false);
  if (took <= 0) return;
  memmove(b->in, b->in + took, b->in_n - (size_t)took);
  b->in_n -= (size_t)took;
}

/* ---- walks -------------------------------------------------------------------------------------------------------------- */

static void draw_config(world *w, rill_config *config) {
  rill_time *const times[] = {&config->preface_timeout,  &config->settings_timeout,   &config->header_timeout,
                              &config->idle_timeout,     &config->stall_timeout,      &config->stall_grace,
                              &config->goaway_linger,    &config->keepalive_interval, &config->keepalive_timeout,
                              &config->ping_interval_min};
  for (size_t i = 0; i < LENGTH(times); i++)
    *times[i] = chance(w, 30) ? 0 : chance(w, 10) ? RILL_NEVER - draw(w, 3) : draw(w, 4 * SECOND);
  config->stall_rate = chance(w, 10) ? (uint32_t)draw(w, UINT32_MAX) : (uint32_t)draw(w, 2000);
  config->keepalive_always = chance(w, 50);
  config->ping_strikes = (uint32_t)draw(w, 3);
  config->initial_window = chance(w, 50) ? (uint32_t)draw(w, 2000) : 65535;
  if (chance(w, 20)) config->max_total_streams = (uint32_t)draw(w, 20);
  config->max_concurrent_streams = 10;
  config->goaway_words = true;
}

static void open_sides(world *w) {
  for (int i = 0; i < SIDES; i++) {
    side *s = w->sides[i] = calloc(1, sizeof **w->sides);
    assert_non_null(s);
    bench_init(&s->b);
    s->w = w;
    draw_config(w, &s->b.config);
    s->b.callbacks.on_head = on_head;
    s->b.callbacks.on_stream_close = on_close;
    s->b.callbacks.on_retire = on_retire;
    s->b.callbacks.on_frame_sent = on_sent;
    assert_true(bench_open(&s->b, i == CLIENT));
  }
}

/* An event loop whose peer is gone: it wakes up now and then, and at last not any more. */
static void run_down(side *s) {
  rill_time now = s->w->now;
  unsigned ticks = 0;
  for (; !rill_conn_is_done(s->b.conn); ticks++) {
    (void)rill_conn_tick(s->b.conn, now);
    rill_time deadline = rill_conn_deadline(s->b.conn);
    assert_true(deadline > now);
    if (deadline == RILL_NEVER) break;
    now = deadline;
    assert_true(ticks < TICKS_MAX);
  }
  if (rill_conn_is_done(s->b.conn)) tally.done++;
}

static void walk(uint64_t seed) {
  world w = {.random = seed, .now = 10 * SECOND};
  open_sides(&w);
  for (unsigned step = 0; step < STEPS; step++) {
    side *s = w.sides[draw(&w, SIDES)];
    turn_clock(&w);
    switch (draw(&w, 8)) {
    case 0:
      tick(s);
      break;
    case 1:
    case 2:
      act(s);
      break;
    case 3:
    case 4:
    case 5:
      take(s);
      break;
    default:
      deliver(s);
      break;
    }
  }
  for (int i = 0; i < SIDES; i++) {
    side *s = w.sides[i];
    run_down(s);
    tally.why[rill_conn_error(s->b.conn).why]++;
    bench_close(&s->b);
    assert_int_equal(s->open_count, 0);
    free(s);
  }
}

static void a_clock_that_turns_at_random(void **state) {
  (void)state;
  for (uint64_t seed = 1; seed <= WALKS; seed++)
    walk(seed);
  static const rill_why must[] = {RILL_WHY_PREFACE_TIMEOUT, RILL_WHY_SETTINGS_TIMEOUT, RILL_WHY_PING_STRIKES,    RILL_WHY_STALL,
                                  RILL_WHY_HEADER_TIMEOUT,  RILL_WHY_KEEPALIVE,        RILL_WHY_STALL_TRANSPORT, RILL_WHY_AGE,
                                  RILL_WHY_STREAMS_TOTAL};
  for (size_t i = 0; i < LENGTH(must); i++) {
    if (tally.why[must[i]] == 0) fail_msg("in no walk: %s", rill_why_text(must[i]));
  }
  assert_true(tally.done > 0 && tally.keepalives > 0);
}

/* ---- many streams ------------------------------------------------------------------------------------------------------- */

typedef struct crowd {
  bench b;
  unsigned heads, stalls;
} crowd;

static int crowd_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)user, (void)head;
  ((crowd *)rill_conn_user(conn))->heads++;
  return rill_submit_response(conn, id, ok_fields, LENGTH(ok_fields), &(rill_body){.pull = NULL}) == 0 ? 0 : RILL_ERR_CALLBACK;
}

static void crowd_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)user, (void)id;
  assert_int_equal(close->why, RILL_WHY_STALL);
  assert_int_equal(close->code, RILL_CANCEL);
  ((crowd *)rill_conn_user(conn))->stalls++;
}

/* GET and 123 fields more: 127 in all. */
static void peer_large_request(bench *b, uint32_t id) {
  uint8_t block[6 + 123 * 6] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'};
  for (size_t i = 0; i < 123; i++)
    memcpy(block + 6 + i * 6, "\x00\x01x\x02yz", 6);
  peer_frame(b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, id, block, sizeof block);
}

static void crowd_turn(crowd *c, rill_time now) {
  uint8_t room[20000];
  rill_ssize took = rill_conn_recv(c->b.conn, c->b.in, c->b.in_n, now);
  assert_int_equal(took, (rill_ssize)c->b.in_n);
  c->b.in_n = 0;
  while (rill_conn_send(c->b.conn, room, sizeof room, now) > 0) {
  }
}

/* T-BOMB3: requests that cost, answers that wait for windows which open by an octet each 9 seconds. */
static void a_hundred_streams_stall_at_once(void **state) {
  (void)state;
  static const uint8_t zeros[35000];
  static const uint8_t closed[6] = {0, RILL_SETTING_INITIAL_WINDOW_SIZE, 0, 0, 0, 0};
  crowd c = {0};
  bench_init(&c.b);
  c.b.config.idle_timeout = 0;
  c.b.callbacks.on_head = crowd_head;
  c.b.callbacks.on_stream_close = crowd_close;
  assert_true(bench_open(&c.b, false));
  crowd_turn(&c, 0);
  peer_preface(&c.b, false);
  peer_frame(&c.b, RILL_SETTINGS, 0, 0, closed, sizeof closed);
  for (uint32_t id = 1; id < 200; id += 2)
    peer_large_request(&c.b, id);
  crowd_turn(&c, 0);
  assert_int_equal(c.heads, 100);
  for (uint32_t id = 1; id < 200; id += 2)
    assert_int_equal(rill_write(c.b.conn, id, zeros, sizeof zeros, true), sizeof zeros); /* of 4 MiB in all */
  unsigned ticks = 0;
  for (rill_time now = 0, next = 9 * SECOND; c.stalls < 100; ticks++) {
    rill_time deadline = rill_conn_deadline(c.b.conn);
    assert_true(now < 60 * SECOND && ticks < TICKS_MAX);
    now = deadline < next ? deadline : next;
    assert_int_equal(rill_conn_tick(c.b.conn, now), 0);
    if (now < next) continue;
    for (uint32_t id = 1; id < 200; id += 2)
      peer_window(&c.b, id, 1);
    crowd_turn(&c, now);
    next += 9 * SECOND;
  }
  assert_true(rill_conn_stats(c.b.conn).memory_peak <= c.b.config.memory_limit);
  bench_close(&c.b);
}

/* ---- an idle connection ------------------------------------------------------------------------------------------------- */

/* Its memory goes back, then it says GOAWAY, then it ends: three times in all. */
static void an_idle_connection_is_woken_thrice(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  uint8_t room[200];
  assert_true(bench_open(&b, false));
  assert_true(rill_conn_send(b.conn, room, sizeof room, 0) > 0); /* SETTINGS, before they are acknowledged */
  peer_preface(&b, false);
  rill_iovec iov[4];
  assert_int_equal(rill_conn_recv(b.conn, b.in, b.in_n, 0), (rill_ssize)b.in_n);
  rill_ssize count = rill_conn_sendv(b.conn, iov, LENGTH(iov), 1000, 0); /* which takes memory */
  size_t n = 0;
  for (rill_ssize i = 0; i < count; i++)
    n += iov[i].len;
  assert_int_equal(rill_conn_sent(b.conn, n, 0), 0);
  static const rill_time wanted[] = {SECOND, 60 * SECOND, 61 * SECOND};
  for (size_t i = 0; i < LENGTH(wanted); i++) {
    assert_int_equal(rill_conn_is_done(b.conn), false);
    assert_true(rill_conn_deadline(b.conn) == wanted[i]);
    assert_int_equal(rill_conn_tick(b.conn, wanted[i]), 0);
  }
  assert_true(rill_conn_is_done(b.conn));
  assert_true(rill_conn_deadline(b.conn) == RILL_NEVER);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_clock_that_turns_at_random),
      cmocka_unit_test(a_hundred_streams_stall_at_once),
      cmocka_unit_test(an_idle_connection_is_woken_thrice),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
