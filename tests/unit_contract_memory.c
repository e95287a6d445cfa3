/* SPDX-License-Identifier: MIT */
/*
 * Contract 11: each call, without each of its allocations. It answers RILL_ERR_NOMEM and has changed nothing: the same call then
 * succeeds, and the output is, octet for octet, what it would have been. And what else of rill.h takes more than a transcript to
 * show: the last stream id, fields that are prepared or come from another context, heads that are kept, values out of range.
 */
#include "conn/conn.h"
#include "contract.h"

/* ---- 11 ---------------------------------------------------------------------------------------------------------------- */

static const rill_body pushed_body = {NULL, NULL, false};
static const rill_field long_fields[] = {RILL_FIELD("x-a", "a value of some length, so that the lane has to grow for it"),
                                         RILL_FIELD("x-b", "another value, which is also of some length")};
enum { LONG_COUNT = 60 };

static rill_ssize call_request(rill_conn *conn) {
  rill_field fields[LENGTH(get_fields) + LONG_COUNT];
  memcpy(fields, get_fields, sizeof get_fields);
  for (size_t i = 0; i < LONG_COUNT; i++)
    fields[LENGTH(get_fields) + i] = long_fields[i % 2];
  return rill_submit_request(conn, fields, LENGTH(fields), &pushed_body, NULL);
}

static rill_ssize call_write(rill_conn *conn) {
  static const uint8_t content[5000] = {1, 2, 3};
  return rill_write(conn, 1, content, sizeof content, true);
}

static rill_ssize call_trailers(rill_conn *conn) {
  rill_field fields[LONG_COUNT];
  for (size_t i = 0; i < LONG_COUNT; i++)
    fields[i] = long_fields[i % 2];
  return rill_submit_trailers(conn, 1, fields, LONG_COUNT);
}

static rill_ssize call_response(rill_conn *conn) {
  rill_field fields[1 + LONG_COUNT] = {RILL_FIELD(":status", "200")};
  for (size_t i = 0; i < LONG_COUNT; i++)
    fields[1 + i] = long_fields[i % 2];
  return rill_submit_response(conn, 1, fields, LENGTH(fields), &pushed_body);
}

static rill_ssize call_informational(rill_conn *conn) {
  rill_field fields[1 + LONG_COUNT] = {RILL_FIELD(":status", "103")};
  for (size_t i = 0; i < LONG_COUNT; i++)
    fields[1 + i] = long_fields[i % 2];
  return rill_submit_informational(conn, 1, fields, LENGTH(fields));
}

static rill_ssize call_ping(rill_conn *conn) { return rill_submit_ping(conn, (const uint8_t *)"pingping"); }

static rill_ssize call_goaway(rill_conn *conn) {
  static const rill_view words = {(const uint8_t *)"words", 5};
  return rill_submit_goaway(conn, RILL_NO_ERROR, words);
}

static rill_ssize call_reset(rill_conn *conn) { return rill_reset(conn, 1, RILL_CANCEL); }

/* What has to happen before the call: nothing, a request that was answered with pushed content, or one that was not. */
typedef enum before { BEFORE_NOTHING, BEFORE_ANSWERED, BEFORE_ASKED } before;

static const struct operation {
  rill_ssize (*call)(rill_conn *conn);
  before before;
  bool client, trailers; /* trailers: content first */
} operations[] = {
    {call_request, BEFORE_NOTHING, true, false},    {call_write, BEFORE_ANSWERED, false, false},
    {call_trailers, BEFORE_ANSWERED, false, false}, {call_trailers, BEFORE_ANSWERED, false, true},
    {call_response, BEFORE_ASKED, false, false},    {call_informational, BEFORE_ASKED, false, false},
    {call_ping, BEFORE_NOTHING, false, false},      {call_goaway, BEFORE_ASKED, false, false},
    {call_reset, BEFORE_ASKED, false, false},
};

static void prepare(bench *b, const struct operation *op) {
  bench_init(b);
  bench_begin(b, op->client);
  if (op->before == BEFORE_NOTHING) return;
  peer_request(b, 1, true);
  assert_true(peer_send(b) > 0);
  if (op->before == BEFORE_ASKED) return;
  assert_int_equal(rill_submit_response(b->conn, 1, ok_fields, 1, &pushed_body), 0);
  if (op->trailers) assert_int_equal(rill_write(b->conn, 1, (const uint8_t *)"content", 7, false), 7);
}

/* True if the call did without the k-th allocation, since it has fewer. */
static bool try_without(const struct operation *op, uint64_t k, const bench *good) {
  bench b;
  prepare(&b, op);
  b.mem.fail_at = b.mem.calls + k;
  rill_ssize result = op->call(b.conn);
  bool failed = b.mem.failures != 0;
  b.mem.fail_at = 0;
  assert_int_equal(rill_conn_stats(b.conn).memory, b.mem.live_octets - b.context_octets);
  if (result < 0) {
    assert_int_equal(result, RILL_ERR_NOMEM);
    assert_true(failed);
    assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NONE);
    assert_true(op->call(b.conn) >= 0);
  }
  bench_take(&b);
  bool degraded = failed && result >= 0; /* a table entry less, which costs octets */
  if (!degraded) {
    assert_int_equal(b.out_n, good->out_n);
    assert_memory_equal(b.out, good->out, b.out_n);
  }
  bench_close(&b);
  return !failed;
}

static void contract_11_a_call_without_memory_changes_nothing(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(operations); i++) {
    bench good;
    prepare(&good, &operations[i]);
    assert_true(operations[i].call(good.conn) >= 0);
    bench_take(&good);
    for (uint64_t k = 1; !try_without(&operations[i], k, &good); k++)
      assert_true(k < 100);
    bench_close(&good);
  }
}

static void contract_11_input_without_memory_ends_the_connection(void **state) {
  (void)state;
  unsigned ended = 0;
  for (uint64_t k = 1; k < 20; k++) {
    bench b;
    rill_frame frame;
    bench_init(&b);
    bench_begin(&b, false);
    b.mem.fail_at = b.mem.calls + k;
    peer_request(&b, 1, true);
    peer_frame(&b, RILL_PING, 0, 0, "pingping", 8);
    rill_ssize result = peer_send(&b);
    b.mem.fail_at = 0;
    if (result < 0) {
      ended++;
      assert_int_equal(result, RILL_ERR_NOMEM);
      assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NOMEM);
      assert_int_equal(rill_conn_recv(b.conn, (const uint8_t *)"x", 1, RILL_NO_CLOCK), RILL_ERR_NOMEM);
      bench_take(&b);
      assert_int_equal(bench_frames(&b, RILL_GOAWAY, &frame), 1);
      assert_int_equal(frame.error_code, RILL_INTERNAL_ERROR);
    }
    bench_close(&b);
  }
  assert_true(ended > 2);
}

/* ---- ids --------------------------------------------------------------------------------------------------------------- */

/* T-ID */
static void the_last_stream_id_and_one_more(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  bench_begin(&b, true);
  b.conn->streams.next_own = INT32_MAX - 2; /* as after a billion requests */
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), INT32_MAX - 2);
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), INT32_MAX);
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), RILL_ERR_NO_MORE_IDS);
  assert_int_equal(rill_stream_blocked(b.conn, 0), RILL_BLOCKED_CLOSED);
  (void)bench_drop(&b);
  peer_response(&b, INT32_MAX, true);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_stats(b.conn).streams_open, 1);
  bench_close(&b);
}

/* ---- fields that are known already ------------------------------------------------------------------------------------- */

static size_t octets_of_request(bench *b, const rill_field *fields, size_t count) {
  assert_true(rill_submit_request(b->conn, fields, count, NULL, NULL) > 0);
  return bench_drop(b);
}

/* Prepared by this context, by another with another seed, or not at all: the octets are the same. */
static void prepared_fields_are_the_same_on_the_wire(void **state) {
  (void)state;
  bench plain, mine, others;
  bench *all[] = {&plain, &mine, &others};
  for (size_t i = 0; i < 3; i++) {
    bench_init(all[i]);
    all[i]->config.hash_seed = i;
    bench_begin(all[i], true);
  }
  for (int round = 0; round < 3; round++) {
    rill_field fields[3][LENGTH(get_fields) + 2];
    for (size_t i = 0; i < 3; i++) {
      memcpy(fields[i], get_fields, sizeof get_fields);
      memcpy(fields[i] + LENGTH(get_fields), long_fields, sizeof long_fields);
      for (size_t f = 0; i != 0 && f < LENGTH(fields[i]); f++) {
        assert_int_equal(rill_field_prepare(i == 1 ? mine.context : plain.context, &fields[i][f]), 0);
        assert_true((fields[i][f].flags & RILL_FIELD_CHECKED) != 0);
      }
    }
    size_t n = octets_of_request(&plain, fields[0], LENGTH(fields[0]));
    assert_int_equal(octets_of_request(&mine, fields[1], LENGTH(fields[1])), n);
    assert_int_equal(octets_of_request(&others, fields[2], LENGTH(fields[2])), n);
    if (round != 0) assert_true(n < 9 + 10); /* all from the table */
  }
  rill_field bad = RILL_FIELD("Bad", "x");
  assert_int_equal(rill_field_prepare(plain.context, &bad), RILL_ERR_INVALID);
  for (size_t i = 0; i < 3; i++)
    bench_close(all[i]);
}

typedef struct keeper {
  bench b;
  rill_head *head;
} keeper;

static int keep_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  keeper *k = rill_conn_user(conn);
  (void)id;
  (void)user;
  k->head = rill_head_copy(k->b.context, head);
  return 0;
}

static void a_head_outlives_its_callback(void **state) {
  (void)state;
  static const uint8_t block[] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a', 0x40, 0x01, 'x', 0x01, 'y', 0x10, 0x01, 'z', 0x00};
  for (int starved = 0; starved <= 1; starved++) {
    keeper k;
    memset(&k, 0, sizeof k);
    bench_init(&k.b);
    k.b.callbacks.on_head = keep_head;
    bench_begin(&k.b, false);
    peer_request(&k.b, 1, true); /* what can be allocated once is */
    assert_true(peer_send(&k.b) > 0);
    rill_head_free(k.b.context, k.head);
    k.head = NULL;
    if (starved) k.b.mem.fail_at = k.b.mem.calls + 1, k.b.mem.fail_on = true;
    peer_frame(&k.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 3, block, sizeof block);
    (void)peer_send(&k.b);
    rill_conn_del(k.b.conn);
    k.b.conn = NULL;
    if (starved) {
      assert_null(k.head);
    } else {
      assert_int_equal(k.head->field_count, 2);
      assert_memory_equal(k.head->authority.p, "a", 1);
      assert_memory_equal(k.head->fields[0].value.p, "y", 1);
      assert_int_equal(k.head->fields[1].value.n, 0);
      assert_true((k.head->fields[1].flags & RILL_FIELD_NEVER_INDEX) != 0);
    }
    rill_head_free(k.b.context, k.head);
    rill_head_free(k.b.context, NULL);
    k.b.mem.fail_at = 0;
    bench_close(&k.b);
  }
}

/* ---- values out of range ----------------------------------------------------------------------------------------------- */

static int context_with(void (*change)(rill_config *config, uint32_t value), uint32_t value) {
  rill_config config;
  rill_context *context;
  rill_config_init(&config);
  change(&config, value);
  int err = rill_context_new(&context, &config, NULL);
  rill_context_del(context);
  return err;
}

static void set_window(rill_config *config, uint32_t value) { config->initial_window = value; }
static void set_connection_window(rill_config *config, uint32_t value) { config->connection_window = value; }
static void set_frame_size(rill_config *config, uint32_t value) { config->max_frame_size = value; }
static void set_frames(rill_config *config, uint32_t value) { config->frames_per_recv = value; }
static void set_memory(rill_config *config, uint32_t value) { config->memory_limit = value; }
static void set_size(rill_config *config, uint32_t value) { config->size = value; }

static void a_configuration_out_of_range_is_refused(void **state) {
  (void)state;
  static const struct {
    void (*change)(rill_config *config, uint32_t value);
    uint32_t good, bad;
  } edges[] = {
      {set_window, INT32_MAX, (uint32_t)INT32_MAX + 1},
      {set_window, 0, UINT32_MAX},
      {set_connection_window, 65535, 65534},
      {set_connection_window, INT32_MAX, (uint32_t)INT32_MAX + 1},
      {set_frame_size, RILL_FRAME_SIZE_MIN, RILL_FRAME_SIZE_MIN - 1},
      {set_frame_size, RILL_FRAME_SIZE_MAX, RILL_FRAME_SIZE_MAX + 1},
      {set_frames, 1, 0},
      {set_memory, RILL_MEMORY_LIMIT_MIN, RILL_MEMORY_LIMIT_MIN - 1},
      {set_size, sizeof(rill_config), sizeof(rill_config) + 8},
  };
  for (size_t i = 0; i < LENGTH(edges); i++) {
    assert_int_equal(context_with(edges[i].change, edges[i].good), 0);
    assert_int_equal(context_with(edges[i].change, edges[i].bad), RILL_ERR_INVALID);
  }
}

/* ---- credit ------------------------------------------------------------------------------------------------------------ */

enum { CREDIT_STREAMS = 12, CREDIT_ROUNDS = 1000, CREDIT_SEEDS = 40 };

typedef struct credit {
  bench b; /* first: the connection's user pointer */
  size_t with_app[CREDIT_STREAMS + 1], total;
  uint64_t random;
} credit;

static uint32_t credit_draw(credit *c, uint32_t below) {
  c->random = c->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((c->random >> 33) % below);
}

static int credit_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  credit *c = rill_conn_user(conn);
  (void)end;
  (void)user;
  c->with_app[id / 2 % CREDIT_STREAMS] += bytes.n;
  c->total += bytes.n;
  return credit_draw(c, 50) == 0 ? RILL_CANCEL : 0;
}

static void credit_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  credit *c = rill_conn_user(conn);
  (void)close;
  (void)user;
  c->total -= c->with_app[id / 2 % CREDIT_STREAMS];
  c->with_app[id / 2 % CREDIT_STREAMS] = 0;
}

/* The window, what is held back, and what the application has: the whole, after every frame. */
static void credit_check(credit *c) {
  int64_t left = 0, held = 0;
  assert_int_equal(rill_conn_window(c->b.conn, 0, RILL_WINDOW_RECV, &left), 0);
  assert_int_equal(rill_conn_window(c->b.conn, 0, RILL_WINDOW_HELD, &held), 0);
  int64_t with_app = c->b.config.manual_consume ? (int64_t)c->total : 0;
  assert_int_equal(left + held + with_app, c->b.config.connection_window);
}

/* One frame on a stream that is open, reset by either side, refused or done; at times padded; never past its window. */
static void credit_frame(credit *c, uint32_t *next) {
  uint8_t payload[600] = {0};
  int64_t left;
  uint32_t what = credit_draw(c, 20), id = 1 + 2 * credit_draw(c, *next / 2 + 1);
  if (what < 2 && *next < 2 * CREDIT_STREAMS) {
    peer_request(&c->b, *next, false);
    *next += 2;
  } else if (id >= *next) {
    return;
  } else if (what == 2) {
    peer_frame(&c->b, RILL_RST_STREAM, 0, id, "\0\0\0\x8", 4);
  } else if (what == 3) {
    (void)rill_reset(c->b.conn, id, RILL_CANCEL);
  } else if (what < 6 && c->b.config.manual_consume) {
    size_t *with_app = &c->with_app[id / 2 % CREDIT_STREAMS], n = credit_draw(c, (uint32_t)*with_app + 1);
    if (rill_consume(c->b.conn, id, n) == 0) *with_app -= n, c->total -= n;
  } else {
    uint32_t n = 1 + credit_draw(c, sizeof payload);
    if (rill_conn_window(c->b.conn, id, RILL_WINDOW_RECV, &left) == 0 && left < (int64_t)n) return;
    bool padded = credit_draw(c, 2) == 0;
    payload[0] = (uint8_t)credit_draw(c, n < 256 ? n : 256);
    peer_frame(&c->b, RILL_DATA, padded ? RILL_FLAG_PADDED : 0, id, payload, n);
  }
}

static void credit_is_conserved(void **state) {
  (void)state;
  for (uint32_t seed = 1; seed <= CREDIT_SEEDS; seed++) {
    credit c;
    uint32_t next = 1;
    memset(&c, 0, sizeof c);
    bench_init(&c.b);
    c.random = seed;
    c.b.config.manual_consume = seed % 2 != 0;
    c.b.config.max_concurrent_streams = 4;
    c.b.callbacks.on_data = credit_data;
    c.b.callbacks.on_stream_close = credit_close;
    bench_begin(&c.b, false);
    for (int i = 0; i < CREDIT_ROUNDS; i++) {
      credit_frame(&c, &next);
      assert_true(peer_send(&c.b) >= 0);
      credit_check(&c);
      if (i % 10 == 9) (void)bench_drop(&c.b);
    }
    assert_int_equal(next, 2 * CREDIT_STREAMS + 1);
    bench_close(&c.b);
  }
}

/* ---- sendv and sent ---------------------------------------------------------------------------------------------------- */

static void no_more_can_be_taken_than_was_shown(void **state) {
  (void)state;
  bench b;
  rill_iovec iov[4];
  bench_init(&b);
  assert_true(bench_open(&b, false));
  assert_int_equal(rill_conn_sent(b.conn, 1, RILL_NO_CLOCK), RILL_ERR_INVALID);
  assert_int_equal(rill_conn_sent(b.conn, 0, RILL_NO_CLOCK), 0);
  assert_int_equal(rill_conn_sendv(b.conn, iov, 0, 100, RILL_NO_CLOCK), 0);
  rill_ssize n = rill_conn_sendv(b.conn, iov, 4, 1, RILL_NO_CLOCK);
  assert_int_equal(n, 1);
  assert_int_equal(rill_conn_sent(b.conn, iov[0].len + 1, RILL_NO_CLOCK), RILL_ERR_INVALID);
  assert_int_equal(rill_conn_sent(b.conn, iov[0].len, RILL_NO_CLOCK), 0);
  bench_close(&b);
}

/* An application that wants to hear nothing. */
static void no_callback_is_needed(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  bench_begin(&b, false);
  for (uint32_t id = 1; id <= 5; id += 2) {
    peer_request(&b, id, false);
    peer_frame(&b, RILL_DATA, 0, id, "content", 7);
    peer_frame(&b, RILL_DATA, RILL_FLAG_END_STREAM, id, id == 1 ? NULL : "content", id == 1 ? 0 : 7);
  }
  peer_frame(&b, RILL_SETTINGS, 0, 0, NULL, 0);
  peer_frame(&b, RILL_GOAWAY, 0, 0, "\0\0\0\0\0\0\0\0", 8);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_stats(b.conn).streams_open, 3);
  for (uint32_t id = 1; id <= 5; id += 2)
    assert_int_equal(rill_submit_response(b.conn, id, ok_fields, 1, NULL), 0);
  (void)bench_drop(&b);
  assert_int_equal(rill_conn_stats(b.conn).streams_open, 0);
  bench_close(&b);
}

/* A field block waits outside while the lane is above its limit, and everything else goes on. */
static void no_field_block_comes_in_while_answers_wait(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  b.config.max_header_queue = 0;
  bench_begin(&b, false);
  peer_request(&b, 1, true);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_submit_response(b.conn, 1, ok_fields, 1, NULL), 0);
  peer_window(&b, 0, 1);
  peer_request(&b, 3, true);
  size_t first = RILL_FRAME_HEAD_SIZE + 4;
  assert_int_equal(rill_conn_recv(b.conn, b.in, b.in_n, RILL_NO_CLOCK), first);
  assert_int_equal(rill_conn_recv(b.conn, b.in + first, b.in_n - first, RILL_NO_CLOCK), 0);
  assert_true(bench_drop(&b) > 0);
  assert_int_equal(rill_conn_recv(b.conn, b.in + first, b.in_n - first, RILL_NO_CLOCK), b.in_n - first);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(contract_11_a_call_without_memory_changes_nothing),
      cmocka_unit_test(contract_11_input_without_memory_ends_the_connection),
      cmocka_unit_test(the_last_stream_id_and_one_more),
      cmocka_unit_test(prepared_fields_are_the_same_on_the_wire),
      cmocka_unit_test(a_head_outlives_its_callback),
      cmocka_unit_test(a_configuration_out_of_range_is_refused),
      cmocka_unit_test(credit_is_conserved),
      cmocka_unit_test(no_more_can_be_taken_than_was_shown),
      cmocka_unit_test(no_callback_is_needed),
      cmocka_unit_test(no_field_block_comes_in_while_answers_wait),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
