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

static void spare_chain(rill_conn *c, rill__chain *chain) { assert_non_null(rill__chain_reserve(chain, &c->mem, 100)); }

static void spare_out(rill_conn *c) { assert_true(rill__out_begin(c)); }

static void spare_lane(rill_conn *c) {
  spare_out(c);
  spare_chain(c, &c->out->lane);
}

static void spare_scratch(rill_conn *c) {
  spare_out(c);
  spare_chain(c, &c->out->scratch);
}

static void spare_segs(rill_conn *c) { assert_true(rill__stage_reserve(c, 1)); }

static void spare_queues(rill_conn *c) {
  rill__stream s = {.id = 0};
  rill__prioritize(c, &s, (rill_priority){.urgency = 1, .signalled = true});
}

static void spare_early(rill_conn *c) {
  rill__earlies *early = rill__mem_alloc(&c->mem, sizeof *early + 4 * sizeof(rill__early));
  *early = (rill__earlies){.cap = 4};
  c->streams.early = early;
}

static void spare_source(rill_conn *c) {
  const rill_body body = {.pull = NULL};
  rill__source_free(c, rill__source_new(c, &body));
}

static void spare_map(rill_conn *c) {
  assert_non_null(rill__idmap_add(&c->streams.map, &c->mem, 1));
  rill__idmap_remove(&c->streams.map, 1);
}

static void spare_ring(rill_conn *c, rill__owed kind) {
  const uint8_t item[RILL__OWED_SIZE] = {0};
  assert_true(rill__owe_in_ring(c, kind, 1, item, RILL_WHY_PING_ACKS));
  rill__owed_pop(c, kind);
}

static void spare_pings(rill_conn *c) { spare_ring(c, RILL__OWED_PINGS); }
static void spare_resets(rill_conn *c) { spare_ring(c, RILL__OWED_RESETS); }

static void spare_table(rill_conn *c, rill__dyn_tab *table) {
  (void)c;
  assert_non_null(rill__dyn_insert(table, (rill_view){(const uint8_t *)"x", 1}, (rill_view){NULL, 0}));
  rill__dyn_evict_for(table, table->max);
}

static void spare_decoder(rill_conn *c) { spare_table(c, &c->rx.dec.table); }
static void spare_encoder(rill_conn *c) { spare_table(c, &c->tx.enc.tab.dyn); }

static void (*const spares[])(rill_conn *c) = {
    spare_arena, spare_fields, spare_hold, spare_block, spare_out,    spare_lane,  spare_queues,  spare_scratch,
    spare_segs,  spare_source, spare_map,  spare_pings, spare_resets, spare_early, spare_decoder, spare_encoder,
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

/* Without memory to pack a table it is tried again a second later. */
static void packing_waits_for_memory(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  rill_time active = b.conn->time.active = b.conn->time.now;
  rill__dyn_tab *table = &b.conn->rx.dec.table;
  assert_non_null(rill__dyn_insert(table, (rill_view){(const uint8_t *)"x", 1}, (rill_view){NULL, 0}));
  b.mem.fail_at = b.mem.calls + 1;
  assert_int_equal(rill_conn_tick(b.conn, active + SECOND), 0);
  assert_false(rill__dyn_is_packed(table));
  assert_int_equal(rill_conn_deadline(b.conn), active + 2 * SECOND);
  assert_int_equal(rill_conn_tick(b.conn, active + 2 * SECOND), 0);
  assert_true(rill__dyn_is_packed(table));
  assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
  bench_close(&b);
}

static void trim_gives_all_back_at_once(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  size_t before = b.mem.live_octets;
  for (size_t i = 0; i < LENGTH(spares); i++)
    spares[i](b.conn);
  assert_int_equal(rill_conn_trim(b.conn), 0);
  assert_int_equal(b.mem.live_octets, before);
  assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
  assert_int_equal(rill_conn_trim(b.conn), 0);
  bench_close(&b);
}

static void put_entry(rill_conn *c) {
  assert_non_null(rill__dyn_insert(&c->rx.dec.table, (rill_view){(const uint8_t *)"x", 1}, (rill_view){NULL, 0}));
}

/* Whatever else is given back later. */
static void a_trimmed_table_stays_so(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  put_entry(b.conn);
  assert_int_equal(rill_conn_trim(b.conn), 0);
  size_t before = b.mem.live_octets;
  rill_time active = b.conn->time.active = b.conn->time.now;
  spare_out(b.conn);
  uint64_t calls = b.mem.calls;
  assert_int_equal(rill_conn_tick(b.conn, active + SECOND), 0);
  assert_int_equal(b.mem.live_octets, before);
  assert_int_equal(b.mem.calls, calls);
  bench_close(&b);
}

/* Its last block may have been given up in the midst. */
static void a_failed_connection_needs_no_table(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  put_entry(b.conn);
  b.conn->rx.dec.state = RILL__DEC_FIELDS;
  rill_time active = b.conn->time.active = b.conn->time.now;
  assert_int_equal(rill_submit_goaway(b.conn, RILL_CANCEL, (rill_view){NULL, 0}), 0);
  (void)bench_drop(&b);
  b.conn->time.now = active;
  b.conn->time.active = active;
  (void)rill_conn_tick(b.conn, active + SECOND);
  assert_int_equal(b.conn->rx.dec.table.count, 0);
  assert_int_equal(rill_conn_deadline(b.conn), RILL_NEVER);
  bench_close(&b);
}

/* ---- what is in use ----------------------------------------------------------------------------------------------------- */

static void what_is_open_or_half_read_is_kept(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  peer_request(&b, 1, false);
  peer_frame(&b, RILL_PING, 0, 0, "pongpong", 8);
  assert_true(peer_send(&b) > 0);
  peer_octets(&b, "\0\0\4", 3);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_trim(b.conn), 0);
  assert_null(b.conn->rx.arena.top);
  assert_int_equal(b.conn->rx.hold.n, 3);
  assert_int_equal(rill__owed_count(b.conn, RILL__OWED_PINGS), 1);
  assert_non_null(rill__stream_find(b.conn, 1));
  assert_int_equal(rill_submit_ping(b.conn, (const uint8_t *)"pingping"), 0);
  (void)bench_take(&b);
  assert_int_equal(rill_conn_trim(b.conn), 0); /* but for the answer to our PING nothing is left */
  assert_int_equal(b.conn->tx.ping_state, RILL__PING_SENT);
  assert_memory_equal(b.conn->out->ping, "pingping", 8);
  bench_close(&b);
}

static void what_is_gathered_or_shown_is_kept(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.idle_timeout = 0;
  bench_begin(&t.b, false);
  (void)bench_drop(&t.b);
  peer_request(&t.b, 1, true);
  peer_frame(&t.b, RILL_HEADERS, RILL_FLAG_END_STREAM, 3, "\x82\x87\x84", 3);
  assert_true(peer_send(&t.b) > 0);
  trial_respond(&t, 1, NULL);
  assert_int_equal(rill_conn_trim(t.b.conn), 0); /* with a head in the lane */
  rill_iovec iov[4];
  assert_int_equal(rill_conn_sendv(t.b.conn, iov, LENGTH(iov), 1000, RILL_NO_CLOCK), 1);
  uint8_t *shown = iov[0].base;
  assert_int_equal(rill_conn_trim(t.b.conn), 0);
  assert_int_equal(rill_conn_sendv(t.b.conn, iov, LENGTH(iov), 1000, RILL_NO_CLOCK), 1);
  assert_ptr_equal(iov[0].base, shown);
  assert_int_equal(rill_conn_sent(t.b.conn, iov[0].len, RILL_NO_CLOCK), 0);
  peer_frame(&t.b, RILL_CONTINUATION, RILL_FLAG_END_HEADERS, 3, "\1\1a", 3);
  assert_true(peer_send(&t.b) > 0);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 1);
  bench_close(&t.b);
}

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
  assert_int_equal(rill__early_count(b.conn), 1);
  peer_request(&b, 1, true);
  assert_true(peer_send(&b) > 0);
  rill_stream_stats stats;
  assert_int_equal(rill_conn_stream_stats(b.conn, 1, &stats), 0);
  assert_int_equal(stats.priority.urgency, 1);
  bench_close(&b);
}

/* Words for a GOAWAY that is still to be sent. */
static void words_to_be_said_are_kept(void **state) {
  (void)state;
  bench b;
  begin(&b, SECOND);
  assert_int_equal(rill_submit_goaway(b.conn, RILL_NO_ERROR, (rill_view){(const uint8_t *)"words", 5}), 0);
  b.conn->time.active = b.conn->time.now;
  assert_false(rill__holds_spares(b.conn));
  assert_int_equal(rill_conn_trim(b.conn), 0);
  assert_int_equal(b.conn->out->debug.n, 5);
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
  assert_int_equal(rill__owed_count(b.conn, RILL__OWED_RESETS), 1);
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
      cmocka_unit_test(packing_waits_for_memory),
      cmocka_unit_test(trim_gives_all_back_at_once),
      cmocka_unit_test(a_trimmed_table_stays_so),
      cmocka_unit_test(a_failed_connection_needs_no_table),
      cmocka_unit_test(what_is_open_or_half_read_is_kept),
      cmocka_unit_test(what_is_gathered_or_shown_is_kept),
      cmocka_unit_test(a_priority_that_waits_for_its_stream_is_kept),
      cmocka_unit_test(what_is_owed_is_kept),
      cmocka_unit_test(words_to_be_said_are_kept),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
