/* SPDX-License-Identifier: MIT */
/*
 * What memory costs: octets asked of the allocator, as README.md says them ("Memory"), for each thing by itself. They are
 * printed, and none may grow beyond what is written here, where pointers have 64 bits; check builds keep more and are only
 * printed.
 */
#include "conn/conn.h"
#include "conn_trial.h"

#include <stdio.h>

#ifdef RILL_CHECK
static const bool exact = false;
#else
static const bool exact = sizeof(void *) == 8;
#endif

static void tell(const char *what, size_t octets, size_t most) {
  print_message("%6zu  %s\n", octets, what);
  if (exact) assert_in_range(octets, 1, most);
}

static size_t live(const bench *b) { return b->mem.live_octets - b->context_octets; }

/* So that nothing is left over that is not counted. */
static void settle(bench *b) {
  assert_true(peer_send(b) >= 0);
  (void)bench_drop(b);
  assert_int_equal(rill_conn_trim(b->conn), 0);
}

static size_t each_of(bench *b, uint32_t first, uint32_t count) {
  size_t before = live(b);
  for (uint32_t i = 0; i < count; i++)
    peer_request(b, first + 2 * i, false);
  settle(b);
  return (live(b) - before) / count;
}

static void streams_and_connections(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.max_concurrent_streams = 20000;
  t.b.config.window_updates = UINT32_MAX;
  bench_begin(&t.b, false);
  settle(&t.b);
  tell("a connection, idle", live(&t.b), 1024);
  tell("a stream, the first", each_of(&t.b, 1, 1), 240);
  (void)each_of(&t.b, 3, 99);
  tell("a stream, of a hundred", (live(&t.b) - 1024) / 100, 130);
  (void)each_of(&t.b, 201, 9900);
  tell("a stream, of ten thousand", (live(&t.b) - 1024) / 10000, 96);
  size_t before = live(&t.b);
  trial_respond(&t, 1, &trial_pushed);
  settle(&t.b);
  tell("content on its way, the first source", live(&t.b) - before, 600);
  before = live(&t.b);
  for (uint32_t id = 3; id < 2000; id += 2)
    trial_respond(&t, id, &trial_pushed);
  settle(&t.b);
  tell("content on its way, each source of a thousand", (live(&t.b) - before) / 999, 136);
  before = live(&t.b);
  assert_int_equal(rill_set_priority(t.b.conn, 1, &(rill_priority){.urgency = 1}), 0);
  tell("queues by urgency, once anybody speaks of priorities", live(&t.b) - before, 400);
  bench_close(&t.b);
}

/* Full: fields of 32 octets without their names, which have 8. */
static void tables(void **state) {
  (void)state;
  rill__mem mem;
  rill__enc enc;
  rill__dec dec;
  char value[33];
  uint8_t block[512];
  rill__mem_init(&mem, NULL, SIZE_MAX);
  rill__enc_init(&enc, &mem, 4096, 1);
  rill__dec_init(&dec, &mem, 4096);
  rill__arena arena;
  rill__arena_init(&arena, &mem);
  for (int i = 0; i < 200; i++) {
    (void)snprintf(value, sizeof value, "%032d", i);
    rill_field field = {
        .name = {(const uint8_t *)"x-a-name", 8}, .value = {(const uint8_t *)value, 32}, .flags = RILL_FIELD_INDEX};
    rill_field got[2];
    rill_why why;
    rill_view view = {block, rill__enc_block(&enc, block, &field, 1)};
    for (size_t n = 0; rill__dec_next(&dec, &view, &arena, got, n, &why) == 1;)
      n++;
    rill__arena_reset(&arena);
  }
  rill__arena_free(&arena);
  size_t both = mem.used;
  rill__enc_free(&enc);
  tell("an encoder's table of 4,096, full", both - mem.used, 5600);
  tell("a decoder's", mem.used, 3800);
  rill__dec_pack(&dec, false);
  tell("either, packed: after an idle second", mem.used, 2200);
  rill__dec_pack(&dec, true);
  tell("a decoder's, packed tight: after rill_conn_trim()", mem.used, 1500);
  rill__dec_free(&dec);
  assert_int_equal(mem.used, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(streams_and_connections),
      cmocka_unit_test(tables),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
