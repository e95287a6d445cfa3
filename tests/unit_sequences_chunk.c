/* SPDX-License-Identifier: MIT */
/*
 * T-CHUNK: splitting the input changes nothing. Exchanges are drawn from fixed seeds: several streams, fields that repeat,
 * content, padding, CONTINUATION, trailers, interim responses, PING, SETTINGS, WINDOW_UPDATE; to a server and to a client. Each
 * is read whole, octet by octet, and cut at random; output is taken at the end. Output, events (content joined) and every counter
 * that feeds a limit must be the same. `unit_sequences_chunk FIRST_SEED COUNT` draws others.
 */
#include "conn_trial.h"

#include <stdio.h>

enum { EXCHANGES = 1000, SPLITS = 4, STREAMS = 8, CONTENT = 9000 };

static unsigned long first_seed = 1, exchanges = EXCHANGES;

static uint64_t random_state;

static uint32_t draw(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

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

static int see_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  seen *s = seen_of(conn);
  (void)user;
  mix_number(s, (uint64_t)head->kind << 40 | (uint64_t)head->end_stream << 39 | (uint64_t)head->status << 32 | id);
  for (size_t i = 0; i < head->field_count; i++) {
    mix(s, head->fields[i].name.p, head->fields[i].name.n);
    mix(s, head->fields[i].value.p, head->fields[i].value.n);
  }
  if (head->kind == RILL_HEAD_REQUEST) assert_int_equal(rill_submit_response(conn, id, ok_fields, 1, NULL), 0);
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

/* ---- an exchange -------------------------------------------------------------------------------------------------------- */

static uint8_t *put_literal(uint8_t *p, uint8_t form, const char *name, size_t value_n) {
  *p++ = form;
  *p++ = (uint8_t)strlen(name);
  memcpy(p, name, strlen(name));
  p += strlen(name);
  *p++ = (uint8_t)value_n;
  for (size_t i = 0; i < value_n; i++)
    *p++ = (uint8_t)('a' + draw(26));
  return p;
}

/* A block of pseudo-header fields and some that go into the table or not, in up to three frames, perhaps padded. */
static void put_block(bench *b, uint32_t id, const char *pseudo, size_t pseudo_n, bool end) {
  static const char *const names[] = {"x", "accept", "cookie", "user-agent"};
  uint8_t block[1200] = {0}, *p = block;
  memcpy(p, pseudo, pseudo_n);
  p += pseudo_n;
  for (uint32_t i = draw(6); i != 0; i--)
    p = put_literal(p, draw(2) != 0 ? 0x40 : 0, names[draw(4)], draw(100));
  size_t n = (size_t)(p - block), first = draw(3) == 0 ? draw((uint32_t)n + 1) : n;
  uint8_t padded[1300] = {(uint8_t)draw(20)};
  bool pads = draw(3) == 0;
  memcpy(padded + 1, block, first);
  uint8_t flags =
      (uint8_t)((end ? RILL_FLAG_END_STREAM : 0) | (first == n ? RILL_FLAG_END_HEADERS : 0) | (pads ? RILL_FLAG_PADDED : 0));
  memset(padded + 1 + first, 0, padded[0]);
  peer_frame(b, RILL_HEADERS, flags, id, pads ? padded : block, pads ? first + 1 + padded[0] : first);
  if (first != n) peer_frame(b, RILL_CONTINUATION, RILL_FLAG_END_HEADERS, id, block + first, n - first);
}

static void put_content(bench *b, uint32_t id, bool end) {
  static uint8_t content[CONTENT + 256];
  size_t n = draw(2) != 0 ? draw(CONTENT) : draw(20);
  bool pads = draw(4) == 0;
  for (size_t i = 1; i <= n; i++)
    content[i] = (uint8_t)draw(256);
  content[0] = (uint8_t)draw(200);
  memset(content + 1 + n, 0, content[0]);
  uint8_t flags = (uint8_t)((end ? RILL_FLAG_END_STREAM : 0) | (pads ? RILL_FLAG_PADDED : 0));
  peer_frame(b, RILL_DATA, flags, id, content + (pads ? 0 : 1), pads ? n + 1 + content[0] : n);
}

static void put_aside(bench *b, uint32_t id) {
  switch (draw(5)) {
  case 0:
    peer_frame(b, RILL_PING, 0, 0, "chunks!!", 8);
    break;
  case 1:
    peer_setting(b, (uint16_t)(draw(2) != 0 ? RILL_SETTING_INITIAL_WINDOW_SIZE : 0x1a1a), 60000 + draw(9000));
    break;
  case 2:
    peer_window(b, draw(2) != 0 ? 0 : id, 1 + draw(1000));
    break;
  case 3:
    peer_frame(b, 0xb0, 0xff, id, "unknown", draw(8));
    break;
  default:
    peer_frame(b, RILL_PRIORITY, 0, id, "\0\0\0\0\x10", 5);
    break;
  }
}

/* One message of the peer on each stream; to a client behind interim ones. Nothing goes beyond the windows. */
static void put_exchange(bench *b, bool client) {
  static const char request[] = "\x83\x87\x84\x01\x01"
                                "a";
  uint32_t streams = 1 + draw(STREAMS);
  for (uint32_t i = 0; i < streams; i++) {
    uint32_t id = 2 * i + 1, pieces = draw(4);
    bool trailers = draw(4) == 0;
    if (client && draw(3) == 0) put_block(b, id, "\x08\x03\x31\x30\x33", 5, false);
    put_block(b, id, client ? "\x88" : request, client ? 1 : sizeof request - 1, pieces == 0 && !trailers);
    for (uint32_t piece = 1; piece <= pieces; piece++) {
      if (draw(3) == 0) put_aside(b, id);
      put_content(b, id, piece == pieces && !trailers);
    }
    if (trailers) peer_frame(b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, id, "\0\1t\1v", 5);
    if (draw(2) == 0) put_aside(b, id);
  }
}

/* ---- reading it ----------------------------------------------------------------------------------------------------------- */

typedef enum cut { WHOLE, OCTETS, RANDOM } cut;

typedef struct result {
  uint64_t events, out, frames, resets, content, spent, overhead, opened, completed;
  int err;
} result;

static size_t piece_of(cut how, size_t left) {
  size_t n = how == WHOLE ? left : how == OCTETS ? 1 : 1 + draw(draw(2) != 0 ? 30 : 3000);
  return n < left ? n : left;
}

static result read_exchange(bool client, uint64_t seed, cut how, uint64_t cut_seed) {
  seen s = {.events = 1};
  trial_init(&s.t);
  bench *b = &s.t.b;
  b->callbacks.on_head = see_head;
  b->callbacks.on_data = see_data;
  b->callbacks.on_stream_close = see_close;
  b->callbacks.on_settings = see_settings;
  b->callbacks.on_frame_recv = NULL;
  bench_begin(b, client);
  for (unsigned i = 0; client && i < STREAMS; i++)
    assert_true(rill_submit_request(b->conn, get_fields, LENGTH(get_fields), NULL, NULL) > 0);
  (void)bench_drop(b);
  random_state = seed;
  put_exchange(b, client);
  random_state = cut_seed;
  result r = {0};
  for (size_t at = 0; at < b->in_n && r.err == 0;) {
    rill_ssize took = rill_conn_recv(b->conn, b->in + at, piece_of(how, b->in_n - at), RILL_NO_CLOCK);
    if (took < 0) r.err = (int)took;
    assert_int_not_equal(took, 0);
    at += took < 0 ? 0 : (size_t)took;
  }
  assert_true(bench_take(b) >= 0);
  uint64_t events = s.events;
  s.events = 1;
  mix(&s, b->out, b->out_n);
  rill_stats stats = rill_conn_stats(b->conn);
  r = (result){events, s.events,       stats.frames_received, stats.resets_sent,       stats.content_received,
               0,      stats.overhead, stats.streams_opened,  stats.streams_completed, r.err};
  for (size_t i = 0; i < RILL_BUDGETS; i++)
    r.spent = r.spent * 100003 + stats.spent[i];
  bench_close(b);
  return r;
}

static void compare(bool client, uint64_t seed, const result *whole, cut how, uint64_t cut_seed) {
  result got = read_exchange(client, seed, how, cut_seed);
  bool same = got.events == whole->events && got.out == whole->out && got.frames == whole->frames &&
              got.resets == whole->resets && got.content == whole->content && got.spent == whole->spent &&
              got.overhead == whole->overhead && got.opened == whole->opened && got.completed == whole->completed &&
              got.err == whole->err;
  if (!same) fail_msg("seed %llu, %s, cut %d: another end", (unsigned long long)seed, client ? "client" : "server", (int)how);
}

static void read_all(bool client) {
  uint64_t completed = 0;
  for (uint64_t seed = first_seed; seed < first_seed + exchanges; seed++) {
    result whole = read_exchange(client, seed, WHOLE, 0);
    assert_int_equal(whole.err, 0);
    completed += whole.completed;
    compare(client, seed, &whole, OCTETS, 0);
    for (uint64_t split = 1; split <= SPLITS; split++)
      compare(client, seed, &whole, RANDOM, seed * 1000 + split);
  }
  assert_true(completed >= exchanges);
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
  if (argc > 2) {
    first_seed = strtoul(argv[1], NULL, 10);
    exchanges = strtoul(argv[2], NULL, 10);
  }
  return cmocka_run_group_tests(tests, NULL, NULL);
}
