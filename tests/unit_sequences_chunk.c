/* SPDX-License-Identifier: MIT */
/*
 * T-CHUNK: splitting the input changes nothing. Exchanges (exchange.h) are drawn from fixed seeds, to a server and to a client.
 * Each is read whole, octet by octet, cut at random, and, if it is short, cut in two at every offset; output is taken at the end.
 * Output, events (content joined) and every counter that feeds a limit must be the same. `unit_sequences_chunk FIRST_SEED COUNT`
 * draws others; the vectors are read likewise by vectors_sequences.c.
 */
#include "conn_trial.h"
#include "exchange.h"
#include "share.h"

#include <stdio.h>

/* Usually, and all that there is. Usually one in so many of the short exchanges is cut everywhere. */
enum { EXCHANGES = 1000, EXCHANGES_WHOLE = 10000, SPLITS = 4, SPLITS_WHOLE = 20, CUT_EVERY = 12 };

static unsigned long first_seed = 1, exchanges;

/* ---- what the application saw, as one number: pieces of content are joined ---------------------------------------------- */

typedef struct seen {
  conn_trial t; /* first */
  uint64_t events;
  uint32_t joining; /* the stream whose content came last, and nothing behind it; 0: none */
} seen;

static void mix(seen *s, const void *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    s->events = (s->events ^ ((const uint8_t *)p)[i]) * UINT64_C(1099511628211);
}

/* An event that is no content. */
static void mix_number(seen *s, uint64_t v) {
  mix(s, &v, sizeof v);
  s->joining = 0;
}

static seen *seen_of(const rill_conn *conn) { return (seen *)(void *)trial_of(conn); }

/* So much of an answer as there is room for, once; so that windows show in the output. */
static int pull_answer(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t zeros[3000];
  (void)conn, (void)id, (void)user;
  if (max == 0) return RILL_DEFERRED;
  *out = (rill_chunk){.data = zeros, .n = max < sizeof zeros ? max : sizeof zeros, .more = RILL_MORE_NONE};
  return 0;
}

static const rill_body answer = {pull_answer, NULL, false};

static int see_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  seen *s = seen_of(conn);
  (void)user;
  mix_number(s, (uint64_t)head->kind << 40 | (uint64_t)head->end_stream << 39 | (uint64_t)head->status << 32 | id);
  for (size_t i = 0; i < head->field_count; i++) {
    mix(s, head->fields[i].name.p, head->fields[i].name.n);
    mix(s, head->fields[i].value.p, head->fields[i].value.n);
  }
  const rill_body *body = id % 4 == 1 ? &answer : NULL;
  if (head->kind == RILL_HEAD_REQUEST) assert_int_equal(rill_submit_response(conn, id, ok_fields, 1, body), 0);
  return 0;
}

/* Of whom it is, but no trace of where a piece begins. */
static int see_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  seen *s = seen_of(conn);
  (void)user;
  if (s->joining != id) mix_number(s, id);
  s->joining = id;
  mix(s, bytes.p, bytes.n);
  if (end) mix_number(s, 1);
  return 0;
}

static void see_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)user;
  mix_number(seen_of(conn), (uint64_t)close->by << 40 | (uint64_t)close->code << 33 | id);
}

static int see_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  (void)user;
  for (size_t i = 0; i < count; i++)
    mix_number(seen_of(conn), (uint64_t)settings[i].id << 32 | settings[i].value);
  return 0;
}

static int see_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  (void)user;
  mix_number(seen_of(conn), (uint64_t)signal->legacy.weight << 32 | id);
  return 0;
}

/* ---- reading it ----------------------------------------------------------------------------------------------------------- */

typedef enum cut { WHOLE, OCTETS, RANDOM, IN_TWO } cut;

static const char *const cuts[] = {"whole", "octet by octet", "cut at random", "cut in two"};

/* How an exchange is read: seed of what is random, or where it is cut in two. */
typedef struct way {
  cut how;
  uint64_t at;
} way;

/* What came of it, each as one number. */
typedef struct result {
  uint64_t events, out, counters, completed;
  int err;
  rill_why why;
} result;

static size_t piece_of(way w, size_t at, size_t left) {
  size_t n = left;
  if (w.how == OCTETS) n = 1;
  if (w.how == RANDOM) n = 1 + draw(draw(2) != 0 ? 30 : 3000);
  if (w.how == IN_TWO && at < w.at) n = (size_t)(w.at - at);
  return n < left ? n : left;
}

/* Every counter that feeds a limit, but for memory, which is no function of the input alone. */
static void mix_counters(seen *s) {
  const rill_conn *conn = s->t.b.conn;
  const rill_stats st = rill_conn_stats(conn);
  const uint64_t all[] = {st.octets_received,
                          st.octets_sent,
                          st.frames_received,
                          st.frames_sent,
                          st.streams_opened,
                          st.resets_received,
                          st.resets_sent,
                          st.content_received,
                          st.content_sent,
                          st.streams_completed,
                          st.streams_open,
                          st.field_octets_received,
                          st.field_octets_sent,
                          st.block_octets_received,
                          st.block_octets_sent,
                          st.pings_owed,
                          st.settings_owed,
                          st.resets_owed,
                          st.output,
                          st.promised,
                          st.prioritized,
                          st.origins,
                          st.window_updates,
                          st.overhead};
  mix(s, all, sizeof all);
  mix(s, st.spent, sizeof st.spent);
  for (uint32_t id = 0; id < 2 * EXCHANGE_STREAMS; id = id == 0 ? 1 : id + 2) {
    static const rill_window_kind kinds[] = {RILL_WINDOW_RECV, RILL_WINDOW_SEND, RILL_WINDOW_HELD};
    rill_stream_stats stream;
    for (size_t i = 0; i < LENGTH(kinds); i++) {
      int64_t value = 0;
      (void)rill_conn_window(conn, id, kinds[i], &value);
      mix_number(s, (uint64_t)value);
    }
    if (rill_conn_stream_stats(conn, id, &stream) == 0) mix_number(s, stream.octets_received << 16 | stream.informational);
  }
}

/* Each piece in a block of its own, so that a sanitizer sees what is read beyond it, or later. */
static int feed(rill_conn *conn, const uint8_t *octets, size_t n, way w) {
  for (size_t at = 0; at < n;) {
    size_t piece = piece_of(w, at, n - at);
    uint8_t *copy = malloc(piece);
    assert_non_null(copy);
    memcpy(copy, octets + at, piece);
    rill_ssize took = rill_conn_recv(conn, copy, piece, RILL_NO_CLOCK);
    free(copy);
    if (took < 0) return (int)took;
    assert_int_not_equal(took, 0);
    at += (size_t)took;
  }
  return 0;
}

static uint64_t take(seen *s) {
  uint64_t value = s->events;
  s->events = 1;
  return value;
}

static result read_exchange(bool client, const bench *peer, way w) {
  seen s = {.events = 1};
  trial_init(&s.t);
  bench *b = &s.t.b;
  b->callbacks.on_head = see_head;
  b->callbacks.on_data = see_data;
  b->callbacks.on_stream_close = see_close;
  b->callbacks.on_settings = see_settings;
  b->callbacks.on_priority = see_priority;
  b->callbacks.on_frame_recv = NULL;
  bench_begin(b, client);
  for (unsigned i = 0; client && i < EXCHANGE_STREAMS; i++)
    assert_true(rill_submit_request(b->conn, get_fields, LENGTH(get_fields), NULL, NULL) > 0);
  (void)bench_drop(b);
  random_state = w.at;
  result r = {.err = feed(b->conn, peer->in, peer->in_n, w)};
  r.why = rill_conn_error(b->conn).why;
  uint64_t events = take(&s);
  mix_counters(&s);
  uint64_t before = take(&s);
  assert_true(bench_take(b) >= 0);
  r.completed = rill_conn_stats(b->conn).streams_completed;
  r.events = events * 31 + take(&s);
  mix(&s, b->out, b->out_n);
  r.out = take(&s);
  mix_counters(&s);
  r.counters = before * 31 + take(&s);
  bench_close(b);
  return r;
}

static void compare(bool client, uint64_t seed, const bench *peer, const result *whole, way w) {
  const result got = read_exchange(client, peer, w);
  const char *what = got.err != whole->err             ? "an error"
                     : got.events != whole->events     ? "events"
                     : got.out != whole->out           ? "output"
                     : got.counters != whole->counters ? "counters"
                                                       : NULL;
  if (what == NULL) return;
  fail_msg("seed %llu, %s, %s (%llu): another end: %s", (unsigned long long)seed, client ? "client" : "server", cuts[w.how],
           (unsigned long long)w.at, what);
}

/* One exchange in every way; how many of its streams completed. */
static uint64_t read_all_ways(bool client, uint64_t seed) {
  const uint64_t splits = test_whole() ? SPLITS_WHOLE : SPLITS;
  bench peer = {.in = NULL};
  random_state = seed;
  put_exchange(&peer, client, 1 << 20);
  const result whole = read_exchange(client, &peer, (way){WHOLE, 0});
  if (whole.err != 0)
    fail_msg("seed %llu, %s: %s", (unsigned long long)seed, client ? "client" : "server", rill_why_text(whole.why));
  compare(client, seed, &peer, &whole, (way){OCTETS, 0});
  for (uint64_t split = 1; split <= splits; split++)
    compare(client, seed, &peer, &whole, (way){RANDOM, seed * 1000 + split});
  bool short_one = peer.in_n <= EXCHANGE_SMALL && (test_whole() || seed % CUT_EVERY == 0);
  for (size_t at = 1; short_one && at < peer.in_n; at++)
    compare(client, seed, &peer, &whole, (way){IN_TWO, at});
  free(peer.in);
  return whole.completed;
}

static void read_all(bool client) {
  uint64_t completed = 0;
  memset(drawn, 0, sizeof drawn);
  for (uint64_t seed = first_seed; seed < first_seed + exchanges; seed++)
    completed += read_all_ways(client, seed);
  assert_true(completed >= exchanges);
  for (int i = 0; i < DRAWINGS && exchanges >= 500; i++) { /* all that there is has come up */
    if ((drawn[i] == 0) != (i == DRAWN_INTERIM && !client))
      fail_msg("drawing %d came up %llu times", i, (unsigned long long)drawn[i]);
  }
}

static void to_a_server(void **state) {
  (void)state;
  read_all(false);
}

static void to_a_client(void **state) {
  (void)state;
  read_all(true);
}

int main(int argc, char **argv) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(to_a_server), cmocka_unit_test(to_a_client)};
  make_bits();
  exchanges = test_share(EXCHANGES, EXCHANGES_WHOLE);
  if (argc > 2) {
    first_seed = strtoul(argv[1], NULL, 10);
    exchanges = strtoul(argv[2], NULL, 10);
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
