/* SPDX-License-Identifier: MIT */
/*
 * What a connection gives back once it has been idle for a second (time.c): each thing that can be left over is enough to be
 * woken for, by itself, and what is in use is not touched. Reaches into the connection, since no peer leaves one of them alone.
 */
#include "conn/conn.h"
#include "conn_trial.h"

#define SECOND UINT64_C(1000000000)

/* ---- what can be left over ---------------------------------------------------------------------------------------------- */

static void spare_arena(rill_conn *c) { assert_non_null(rill__arena_take(&c->rx.arena, 100)); }

static void spare_fields(rill_conn *c) {
  c->rx.fields_cap = 4;
  c->rx.fields = rill__mem_alloc(&c->mem, 4 * sizeof *c->rx.fields);
}

static void spare_buf(rill_conn *c, rill__buf *buf) {
  assert_true(rill__buf_append(buf, &c->mem, (const uint8_t *)"octets", 6));
  buf->n = 0;
}

static void spare_hold(rill_conn *c) { spare_buf(c, &c->rx.hold); }
static void spare_block(rill_conn *c) { spare_buf(c, &c->rx.block); }

static void spare_lane(rill_conn *c) { assert_non_null(rill__chain_reserve(&c->tx.lane, &c->mem, 100)); }
static void spare_scratch(rill_conn *c) { assert_non_null(rill__chain_reserve(&c->tx.scratch, &c->mem, 100)); }
static void spare_segs(rill_conn *c) { assert_true(rill__stage_reserve(c, 1)); }

static void spare_queues(rill_conn *c) {
  rill__stream s = {.id = 0};
  rill__prioritize(c, &s, (rill_priority){.urgency = 1, .signalled = true});
}

static void spare_early(rill_conn *c) {
  c->streams.early_cap = 4;
  c->streams.early = rill__mem_alloc(&c->mem, 4 * sizeof *c->streams.early);
}

static void spare_stream(rill_conn *c) { rill__pool_put(&c->streams.pool, rill__pool_take(&c->streams.pool, &c->mem)); }

static void spare_map(rill_conn *c) {
  assert_true(rill__idmap_put(&c->streams.map, &c->mem, 1, c));
  rill__idmap_remove(&c->streams.map, 1);
}

static void spare_ring(rill_conn *c, rill__owed_ring *ring, uint32_t size) {
  const uint8_t item[8] = {0};
  assert_true(rill__owe_in_ring(c, ring, size, 1, item, RILL_WHY_PING_ACKS));
  rill__owed_pop(ring);
}

static void spare_pings(rill_conn *c) { spare_ring(c, &c->tx.pings, 8); }
static void spare_resets(rill_conn *c) { spare_ring(c, &c->tx.resets, sizeof(rill__owed_reset)); }
static void spare_acks(rill_conn *c) { spare_ring(c, &c->tx.settings_acks, 8); }

static void (*const spares[])(rill_conn *c) = {
    spare_arena,   spare_fields, spare_hold,   spare_block, spare_lane,  spare_queues, spare_early,
    spare_scratch, spare_segs,   spare_stream, spare_map,   spare_pings, spare_resets, spare_acks,
};

/* A connection that is idle and has nothing to give back, at `now`. */
static void begin(bench *b, rill_time now) {
  bench_init(b);
  b->config.idle_timeout = 0;
  bench_begin(b, false);
  assert_int_equal(rill_conn_tick(b->conn, now), 0);
  b->conn->time.active = now; /* as if all that had come with a clock */
  assert_int_equal(rill_conn_tick(b->conn, now + 10 * SECOND), 0);
  assert_int_equal(rill_conn_deadline(b->conn), RILL_NEVER);
}

static void each_by_itself_is_given_back(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(spares); i++) {
    bench b;
    begin(&b, SECOND);
    size_t before = b.mem.live_octets;
    rill_time active = b.conn->time.active = b.conn->time.now;
    spares[i](b.conn);
    assert_true(b.mem.live_octets > before);
    assert_int_equal(rill_conn_deadline(b.conn), active + SECOND);
    assert_int_equal(rill_conn_tick(b.conn, active + SECOND - 1), 0);
    assert_true(b.mem.live_octets > before);
    assert_int_equal(rill_conn_tick(b.conn, active + SECOND), 0);
    assert_int_equal(b.mem.live_octets, before);
    assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
    bench_close(&b);
  }
}

/* ---- what is in use ----------------------------------------------------------------------------------------------------- */

static void a_priority_that_waits_for_its_stream_is_kept(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  peer_frame(&b, RILL_PRIORITY_UPDATE, 0, 0, "\0\0\0\1u=1", 7);
  assert_true(peer_send(&b) > 0);
  b.conn->time.active = b.conn->time.now = 20 * SECOND;
  spare_arena(b.conn);
  assert_int_equal(rill_conn_tick(b.conn, 30 * SECOND), 0);
  assert_null(b.conn->rx.arena.top);
  assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
  assert_int_equal(b.conn->streams.early_count, 1);
  peer_request(&b, 1, true);
  assert_true(peer_send(&b) > 0);
  rill_stream_stats stats;
  assert_int_equal(rill_conn_stream_stats(b.conn, 1, &stats), 0);
  assert_int_equal(stats.priority.urgency, 1);
  bench_close(&b);
}

/* A stream that was refused has no slot; its RST_STREAM is owed all the same. */
static void what_is_owed_is_kept(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  b.config.idle_timeout = 0;
  b.config.max_concurrent_streams = 0;
  bench_begin(&b, false);
  peer_request(&b, 1, true);
  assert_int_equal(rill_conn_recv(b.conn, b.in, b.in_n, SECOND), b.in_n);
  b.in_n = 0;
  assert_int_equal(rill_conn_tick(b.conn, 20 * SECOND), 0);
  assert_int_equal(b.conn->tx.resets.count, 1);
  assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
  rill_frame last;
  (void)bench_take(&b);
  assert_int_equal(bench_frames(&b, RILL_RST_STREAM, &last), 1);
  assert_int_equal(last.error_code, RILL_REFUSED_STREAM);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_by_itself_is_given_back),
      cmocka_unit_test(a_priority_that_waits_for_its_stream_is_kept),
      cmocka_unit_test(what_is_owed_is_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
