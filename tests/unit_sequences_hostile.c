/* SPDX-License-Identifier: MIT */
/*
 * Sequences of hostile peers that take more than a transcript: what comes behind the end, content that nobody asks for, header
 * bombs to the octet, and the work of joining cookies. tests/attacks drives the floods.
 */
#include "conn_trial.h"

enum { MEBI = 1 << 20 };

/* ---- T-DEAD: after a connection error ----------------------------------------------------------------------------------- */

typedef struct dead {
  conn_trial t; /* first */
  unsigned events;
  bool fails; /* the application, when SETTINGS come */
  int err;    /* that ended it */
} dead;

static int on_any_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  (void)id, (void)bytes, (void)end, (void)user;
  ((dead *)(void *)trial_of(conn))->events++;
  return 0;
}

static int on_any_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  dead *d = (dead *)(void *)trial_of(conn);
  (void)settings, (void)count, (void)user;
  d->events++;
  return d->fails ? RILL_ERR_CALLBACK : 0;
}

static uint32_t draw(uint64_t *random) {
  *random = *random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(*random >> 33);
}

/* A mebioctet: octets by lot, then valid frames. */
static void feed_much(dead *d, bool valid) {
  uint64_t random = 7;
  bench *b = &d->t.b;
  uint32_t id = 101;
  while (b->in_n < MEBI) {
    uint8_t octets[64];
    for (size_t i = 0; i < sizeof octets; i++)
      octets[i] = (uint8_t)draw(&random);
    if (valid) {
      peer_request(b, id, false);
      peer_frame(b, RILL_DATA, RILL_FLAG_END_STREAM, id, octets, sizeof octets);
      peer_frame(b, RILL_PING, 0, 0, octets, 8);
      id += 2;
    } else {
      peer_octets(b, octets, sizeof octets);
    }
  }
  for (size_t at = 0; at < b->in_n; at += 1460) {
    size_t n = b->in_n - at < 1460 ? b->in_n - at : 1460;
    assert_int_equal(rill_conn_recv(b->conn, b->in + at, n, RILL_NO_CLOCK), d->err);
  }
  b->in_n = 0;
}

/* A frame that ends the connection, with this code; there is one for each code that rill ends connections with. */
static const struct fault {
  uint8_t type, flags;
  uint32_t id;
  const char *payload;
  size_t n;
  rill_code code;
} faults[] = {
    {RILL_PING, 0, 1, "12345678", 8, RILL_PROTOCOL_ERROR},
    {RILL_WINDOW_UPDATE, 0, 0, "\x7f\xff\xff\xff", 4, RILL_FLOW_CONTROL_ERROR},
    {RILL_DATA, 0, 3, "late", 4, RILL_STREAM_CLOSED},
    {RILL_PING, 0, 0, "1234567", 7, RILL_FRAME_SIZE_ERROR},
    {RILL_HEADERS, RILL_FLAG_END_HEADERS, 5, "\xff\xff\xff\xff\xff\xff\xff", 7, RILL_COMPRESSION_ERROR},
    {RILL_SETTINGS, 0, 0, NULL, 33 * 6, RILL_ENHANCE_YOUR_CALM},
    {RILL_SETTINGS, 0, 0, NULL, 0, RILL_INTERNAL_ERROR},     /* the application fails */
    {RILL_PING, 0, 0, "in time?", 8, RILL_SETTINGS_TIMEOUT}, /* nothing of the peer's: it is too late */
};

/* SETTINGS of ours that nobody acknowledges. */
static void run_out_of_time(dead *d) {
  static const rill_setting more = {RILL_SETTING_MAX_HEADER_LIST_SIZE, 65536};
  uint8_t room[100];
  assert_int_equal(rill_submit_settings(d->t.b.conn, &more, 1), 0);
  assert_true(rill_conn_send(d->t.b.conn, room, sizeof room, 0) > 0);
  assert_int_equal(rill_conn_tick(d->t.b.conn, UINT64_C(9999999999)), 0);
  assert_int_equal(rill_conn_tick(d->t.b.conn, UINT64_C(10000000000)), RILL_ERR_PROTO);
}

static void die_of(const struct fault *fault, bool valid) {
  static const uint8_t zeros[33 * 6];
  dead d = {.err = fault->code == RILL_INTERNAL_ERROR ? RILL_ERR_CALLBACK : RILL_ERR_PROTO};
  rill_frame goaway;
  trial_init(&d.t);
  d.t.b.callbacks.on_data = on_any_data;
  d.t.b.callbacks.on_settings = on_any_settings;
  bench_begin(&d.t.b, false);
  peer_request(&d.t.b, 1, false);
  peer_request(&d.t.b, 3, true);
  assert_true(peer_send(&d.t.b) >= 0);
  (void)bench_drop(&d.t.b);
  d.fails = fault->code == RILL_INTERNAL_ERROR;
  if (fault->code == RILL_SETTINGS_TIMEOUT) run_out_of_time(&d);
  peer_frame(&d.t.b, fault->type, fault->flags, fault->id, fault->payload == NULL ? (const char *)zeros : fault->payload,
             fault->n);
  assert_int_equal(peer_send(&d.t.b), d.err);
  assert_int_equal(rill_conn_error(d.t.b.conn).code, fault->code);
  unsigned heads = d.t.heads, closes = d.t.closes, events = d.events;
  assert_int_equal(closes, 2);
  feed_much(&d, valid);
  (void)bench_take(&d.t.b);
  size_t out = d.t.b.out_n;
  assert_int_equal(bench_frames(&d.t.b, RILL_GOAWAY, &goaway), 1);
  assert_int_equal(goaway.error_code, fault->code);
  feed_much(&d, !valid);
  (void)bench_take(&d.t.b);
  assert_int_equal(d.t.b.out_n, out);
  assert_true(d.t.heads == heads && d.t.closes == closes && d.events == events);
  assert_true(rill_conn_is_done(d.t.b.conn));
  bench_close(&d.t.b);
}

static void nothing_comes_behind_the_end(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(faults); i++) {
    die_of(&faults[i], false);
    die_of(&faults[i], true);
  }
}

/* ---- T-OUT2: huge windows ----------------------------------------------------------------------------------------------- */

enum { ANSWERS = 100, ANSWER = 1000000, ROOM = 20000 };

static uint8_t content[ANSWER];
static uint64_t asked_for;

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id, (void)user;
  asked_for += max;
  out->data = content;
  out->n = max < ANSWER ? max : ANSWER;
  return 0;
}

static const rill_body endless = {pull, NULL, false};

static int answer(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)head, (void)user;
  return rill_submit_response(conn, id, ok_fields, 1, &endless) == 0 ? 0 : RILL_ERR_CALLBACK;
}

/* With both windows open as wide as can be, nothing is asked for until there is room, and then no more than fits. */
static void content_is_asked_for_when_there_is_room(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_head = answer;
  bench_begin(&t.b, false);
  peer_opens_wide(&t.b);
  for (uint32_t i = 0; i < ANSWERS; i++)
    peer_request(&t.b, 2 * i + 1, true);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(asked_for, 0);
  uint8_t room[ROOM];
  uint64_t taken = 0;
  for (int i = 0; i < 50; i++) {
    rill_ssize n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK);
    assert_true(n > 0);
    taken += (uint64_t)n;
    assert_true(asked_for <= taken);
  }
  asked_for = 0;
  for (int i = 0; i < 50; i++) { /* shown and never taken: once */
    rill_iovec iov[64];
    assert_true(rill_conn_sendv(t.b.conn, iov, LENGTH(iov), ROOM, RILL_NO_CLOCK) > 0);
  }
  assert_true(asked_for > 0 && asked_for <= ROOM + 16384);
  assert_in_range(rill_conn_stats(t.b.conn).memory, 0, 100000);
  bench_close(&t.b);
}

/* ---- T-BOMB1, T-BOMB2, T-BOMB4: a field of the table, named again and again -------------------------------------------- */

typedef enum place { IN_REQUEST, IN_TRAILERS, IN_REFUSED, IN_RESET, IN_INTERIM, IN_PROMISE, PLACES } place;

static const struct bomb {
  const char *field; /* into the table, as its only entry */
  size_t n, value;   /* octets of that, and of the value, behind it */
  size_t times;      /* that it is named by an octet */
} bombs[] = {
    {"\x40\x01"
     "a\x00",
     4, 0, 32000},
    {"\x60\x00", 2, 0, 32000},
    {"\x60\x7f\xdb\x1e", 4, 4058, 32000},
};

static unsigned promised;

static int on_any_push(rill_conn *conn, uint32_t id, uint32_t promised_id, const rill_head *head, void *user) {
  (void)conn, (void)id, (void)promised_id, (void)head, (void)user;
  promised++;
  return 0;
}

/* In frames as long as may be; a promise's id comes in front. */
static void peer_bomb(bench *b, place where, const struct bomb *what) {
  static uint8_t block[64 + 4058 + 32000];
  static const char get[] = "\0\0\0\x02\x82\x87\x84\x01\x01" /* 2: the promised id */
                            "a";
  uint8_t *p = block;
  size_t skipped = where == IN_PROMISE ? 0 : 4;
  if (where == IN_INTERIM) {
    memcpy(p, "\x08\x03\x31\x30\x33", 5), p += 5;
  } else if (where != IN_TRAILERS && where != IN_RESET) {
    memcpy(p, get + skipped, sizeof get - 1 - skipped), p += sizeof get - 1 - skipped;
  }
  memcpy(p, what->field, what->n), p += what->n;
  memset(p, 'a', what->value), p += what->value;
  memset(p, 0xbe, what->times), p += what->times;
  uint8_t type = where == IN_PROMISE ? RILL_PUSH_PROMISE : RILL_HEADERS;
  uint8_t ends = where == IN_INTERIM || where == IN_PROMISE ? 0 : RILL_FLAG_END_STREAM;
  for (size_t at = 0, all = (size_t)(p - block); at < all; at += RILL_FRAME_SIZE_MIN, type = RILL_CONTINUATION, ends = 0) {
    size_t n = all - at < RILL_FRAME_SIZE_MIN ? all - at : RILL_FRAME_SIZE_MIN;
    peer_frame(b, type, (uint8_t)(ends | (at + n == all ? RILL_FLAG_END_HEADERS : 0)), 1, block + at, n);
  }
}

/* The connection ends within the block, tells the application nothing of it, and takes less than 256 KiB. */
static void burst(place where, const struct bomb *what) {
  conn_trial t;
  rill_frame goaway;
  bool client = where == IN_INTERIM || where == IN_PROMISE;
  trial_init(&t);
  t.b.config.enable_push = where == IN_PROMISE;
  if (where == IN_PROMISE) t.b.callbacks.on_push = on_any_push;
  if (where == IN_REFUSED) t.b.config.max_concurrent_streams = 0;
  bench_begin(&t.b, client);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0);
  if (client) assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  if (where == IN_TRAILERS || where == IN_RESET) peer_request(&t.b, 1, false);
  assert_true(peer_send(&t.b) >= 0);
  if (where == IN_RESET) assert_int_equal(rill_reset(t.b.conn, 1, RILL_CANCEL), 0);
  (void)bench_drop(&t.b);
  unsigned heads = t.heads;
  size_t before = t.b.mem.peak_octets = t.b.mem.live_octets;
  peer_bomb(&t.b, where, what);
  assert_int_equal(peer_send(&t.b), RILL_ERR_PROTO);
  assert_int_equal(rill_conn_error(t.b.conn).code, RILL_ENHANCE_YOUR_CALM);
  assert_in_range(t.b.mem.peak_octets - before, 0, 256 * 1024 - 1);
  assert_true(t.heads == heads && promised == 0);
  (void)bench_take(&t.b);
  assert_int_equal(bench_frames(&t.b, RILL_GOAWAY, &goaway), 1);
  assert_int_equal(goaway.error_code, RILL_ENHANCE_YOUR_CALM);
  assert_true(rill_conn_is_done(t.b.conn));
  bench_close(&t.b);
}

static void bombs_take_little_memory_wherever_they_stand(void **state) {
  (void)state;
  for (int where = 0; where < PLACES; where++) {
    for (size_t i = 0; i < LENGTH(bombs); i++)
      burst((place)where, &bombs[i]);
  }
}

/* ---- T-BOMB2: joining is linear ----------------------------------------------------------------------------------------- */

static size_t joined;

static int measure_cookie(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)conn, (void)id, (void)user;
  for (size_t i = 0; i < head->field_count; i++)
    if (head->fields[i].token == RILL_TOKEN_COOKIE) joined = head->fields[i].value.n;
  return 0;
}

/* A request of so many crumbs of 100 octets. What it takes from the allocator stands for what was copied: no allocation is made
 * for each crumb, and none grows with the square. */
static size_t octets_for(size_t crumbs) {
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_head = measure_cookie;
  bench_begin(&t.b, false);
  size_t before = t.b.mem.live_octets;
  uint64_t calls = t.b.mem.calls;
  uint8_t block[RILL_FRAME_SIZE_MIN], *p = block;
  memcpy(p,
         "\x82\x87\x84\x01\x01"
         "a",
         6);
  p += 6;
  static const uint8_t crumb[] = {0x60, 0x64}; /* cookie, 100 octets, into the table: the others are an octet each */
  memcpy(p, crumb, sizeof crumb);
  memset(p + sizeof crumb, 'c', 100);
  p += sizeof crumb + 100;
  memset(p, 0xbe, crumbs - 1);
  p += crumbs - 1;
  peer_frame(&t.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 1, block, (size_t)(p - block));
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(joined, crumbs * 102 - 2);
  assert_in_range(t.b.mem.calls - calls, 1, 30);
  size_t octets = t.b.mem.peak_octets - before;
  bench_close(&t.b);
  return octets;
}

static void twice_the_crumbs_are_twice_the_octets(void **state) {
  (void)state;
  size_t of_128 = octets_for(128), of_256 = octets_for(256);
  assert_in_range(of_256, of_128, of_128 * 5 / 2);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_comes_behind_the_end),
      cmocka_unit_test(content_is_asked_for_when_there_is_room),
      cmocka_unit_test(bombs_take_little_memory_wherever_they_stand),
      cmocka_unit_test(twice_the_crumbs_are_twice_the_octets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
