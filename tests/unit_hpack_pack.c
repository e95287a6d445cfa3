/* SPDX-License-Identifier: MIT */
/*
 * Tables that are packed and unpacked: at any time between blocks, of any fields, plainly and tight, both ends still agree; what
 * a packed table costs; and what becomes of both ends when there is no memory to unpack one.
 */
#include "hpack/pack.h"
#include "hpack_line.h"

static uint64_t random_state = 7;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + 1442695040888963407;
  return (uint32_t)(random_state >> 33) % below;
}

/* ---- fields ------------------------------------------------------------------------------------------------------------- */

enum { VALUE_MAX = 300 };

typedef struct section {
  rill_field fields[FIELDS];
  uint8_t values[FIELDS][VALUE_MAX];
  size_t count;
} section;

static rill_view text(const char *s) { return (rill_view){(const uint8_t *)s, strlen(s)}; }

/* Names with a token and without; some are wrongly called by a token, as an application may. */
static void random_section(section *s) {
  static const char *const names[] = {
      "x-one", "x-two", ":path", "server", "", "content-type", "x-a-name-that-is-longer-than-most"};
  s->count = next_random(FIELDS);
  for (size_t i = 0; i < s->count; i++) {
    size_t n = next_random(next_random(9) == 0 ? VALUE_MAX : 12);
    for (size_t k = 0; k < n; k++)
      s->values[i][k] = (uint8_t)(next_random(9) == 0 ? next_random(256) : 'a' + next_random(6));
    s->fields[i] = (rill_field){.name = text(names[next_random(sizeof names / sizeof *names)]), .value = {s->values[i], n}};
    if (next_random(3) == 0) s->fields[i].flags = RILL_FIELD_INDEX;
  }
}

/* ---- both ends ---------------------------------------------------------------------------------------------------------- */

/* What the owner of a decoder's entry has said of it comes back, too. */
static void expect_notes(const rill__dyn_tab *table, uint32_t from) {
  for (uint32_t i = 0; i < table->count; i++)
    assert_int_equal(rill__dyn_at(table, table->next - 1 - i)->note, (uint8_t)(from - i));
}

static void set_notes(rill__dyn_tab *table, uint32_t from) {
  for (uint32_t i = 0; i < table->count; i++)
    rill__dyn_at(table, table->next - 1 - i)->note = (uint8_t)(from - i);
}

static void tables_come_back_as_they_were(void **state) {
  (void)state;
  static section s;
  line l;
  line_open(&l, 4096, 3);
  for (uint32_t round = 0; round < 3000; round++) {
    random_section(&s);
    (void)pass(&l, s.fields, s.count, NULL);
    uint32_t oldest = rill__dyn_oldest(&l.dec.table);
    set_notes(&l.dec.table, round);
    if (next_random(3) == 0) rill__enc_pack(&l.enc);
    if (next_random(3) == 0) rill__dec_pack(&l.dec, next_random(2) == 0);
    if (next_random(9) == 0) rill__dec_pack(&l.dec, next_random(2) == 0);  /* packed already, perhaps otherwise */
    if (next_random(40) == 0) rill__enc_resize(&l.enc, next_random(5000)); /* 0 to what the decoder allows */
    assert_int_equal(rill__dyn_oldest(&l.dec.table), oldest);
    if (!rill__dyn_is_packed(&l.dec.table)) continue;
    assert_true(rill__unpack(&l.dec.table));
    l.dec.state = RILL__DEC_START;
    expect_notes(&l.dec.table, round);
    if (next_random(2) == 0) rill__dec_pack(&l.dec, true);
  }
  assert_true(l.dec.table.next > 10000);
  rill__dec_pack(&l.dec, true); /* freed as it is */
  rill__enc_pack(&l.enc);
  line_close(&l);
}

static void a_wrong_token_is_no_name(void **state) {
  (void)state;
  line l;
  line_open(&l, 4096, 3);
  rill__dyn_tab *table = &l.dec.table;
  rill__dyn_insert(table, text("x-path"), text("/"))->token = RILL_TOKEN__PATH;
  rill__dyn_insert(table, text(":path"), text("/2"))->token = RILL_TOKEN__PATH;
  rill__pack(table, false);
  assert_true(rill__unpack(table));
  assert_true(rill__view_eq(rill__dyn_name(table, rill__dyn_at(table, 1)), text("x-path")));
  assert_true(rill__view_eq(rill__dyn_name(table, rill__dyn_at(table, 2)), text(":path")));
  line_close(&l);
}

/* ---- what it costs ------------------------------------------------------------------------------------------------------ */

static void packed_tables_have_no_slack(void **state) {
  (void)state;
  line l;
  rill_field fields[FIELDS];
  char values[FIELDS][61];
  line_open(&l, 4096, 3);
  for (int i = 0; i < FIELDS; i++) {
    memset(values[i], 'a' + i, 60);
    values[i][60] = '\0';
    fields[i] = (rill_field){.name = text("x-one-name"), .value = text(values[i])};
    fields[i].flags = RILL_FIELD_INDEX;
  }
  (void)pass(&l, fields, FIELDS, NULL);
  assert_int_equal(l.dec.table.count, FIELDS);
  size_t others = l.dec_mem.used, before = others;
  rill__arena_free(&l.arena);
  rill__dec_pack(&l.dec, false);
  assert_true(l.dec_mem.used < before);
  assert_int_equal(l.dec_mem.used, 1 + 11 + FIELDS * (3 + 1 + 1 + 60)); /* the name once */
  rill__dec_pack(&l.dec, true);
  assert_true(l.dec_mem.used < FIELDS * 55);
  others = l.enc_mem.used;
  rill__enc_pack(&l.enc);
  assert_int_equal(l.enc_mem.used, 1 + 11 + FIELDS * (3 + 1 + 1 + 60));
  assert_true(others > 2 * l.enc_mem.used);
  (void)pass(&l, fields, FIELDS, NULL);
  line_close(&l);
}

static void an_empty_table_is_freed(void **state) {
  (void)state;
  line l;
  const rill_field field = {.name = text("x-one"), .value = text("v"), .flags = RILL_FIELD_INDEX};
  line_open(&l, 4096, 3);
  (void)pass(&l, &field, 1, NULL);
  rill__dyn_evict_for(&l.dec.table, 4096);
  assert_int_equal(l.dec.table.count, 0);
  assert_non_null(l.dec.table.slots);
  rill__pack(&l.dec.table, true);
  assert_null(l.dec.table.slots);
  assert_null(l.dec.table.octets);
  rill__pack(&l.dec.table, true);
  line_close(&l);
}

/* Again as it is: nothing is done. Tight: it becomes so, or stays as it is if memory lacks on the way. */
static void what_is_packed_stays_so(void **state) {
  (void)state;
  line l;
  rill_field fields[2] = {{.name = text("x-one"), .value = text("aaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"), .flags = RILL_FIELD_INDEX},
                          {.name = text("server"), .value = text("eeeeeeeeeeeeeeeeeeeeeeeeeeeeee"), .flags = RILL_FIELD_INDEX}};
  line_open(&l, 4096, 3);
  (void)pass(&l, fields, 2, NULL);
  rill__arena_free(&l.arena);
  rill__dec_pack(&l.dec, false);
  rill__enc_pack(&l.enc);
  size_t loose = l.dec_mem.used;
  size_t takes = l.m.takes;
  rill__dec_pack(&l.dec, false);
  rill__enc_pack(&l.enc);
  assert_int_equal(l.m.takes, takes);
  for (size_t more = 0; l.dec_mem.used == loose; more += 16) {
    assert_true(more < 2000);
    assert_true(rill__dyn_is_packed(&l.dec.table));
    l.dec_mem.limit = loose + more;
    rill__dec_pack(&l.dec, true);
  }
  l.dec_mem.limit = SIZE_MAX;
  size_t tight = l.dec_mem.used;
  assert_true(tight < loose);
  takes = l.m.takes;
  rill__dec_pack(&l.dec, false);
  rill__dec_pack(&l.dec, true);
  assert_int_equal(l.m.takes, takes);
  assert_int_equal(l.dec_mem.used, tight);
  (void)pass(&l, fields, 2, NULL);
  line_close(&l);
}

/* ---- without memory ----------------------------------------------------------------------------------------------------- */

static void an_encoder_without_memory_starts_anew(void **state) {
  (void)state;
  line l;
  const rill_field field = {.name = text("x-one"), .value = text("v"), .flags = RILL_FIELD_INDEX};
  uint8_t first[64], again[64];
  line_open(&l, 4096, 3);
  size_t n = pass(&l, &field, 1, first);
  l.fail_at = l.m.takes + 1;
  rill__enc_pack(&l.enc); /* stays as it is */
  assert_false(rill__dyn_is_packed(&l.enc.tab.dyn));
  expect_wire(&l, &field, 1, "be");
  rill__enc_pack(&l.enc);
  assert_true(rill__dyn_is_packed(&l.enc.tab.dyn));
  expect_wire(&l, &field, 1, "be");
  rill__enc_pack(&l.enc);
  l.fail_at = l.m.takes + 1;
  assert_int_equal(pass(&l, &field, 1, again), n + 4);
  assert_memory_equal(again, "\x20\x3f\xe1\x1f", 4); /* 0, and 4,096 */
  assert_memory_equal(again + 4, first, n);
  line_close(&l);
}

static void a_decoder_without_memory_dies(void **state) {
  (void)state;
  const rill_field field = {.name = text("x-one"), .value = text("vvvv"), .flags = RILL_FIELD_INDEX};
  static const size_t rooms[] = {0, 30, 0}; /* enough for one of two things, or for none */
  for (int tight = 0; tight < 3; tight++) {
    line l;
    rill_field got;
    rill_why why;
    line_open(&l, 4096, 3);
    (void)pass(&l, &field, 1, NULL);
    rill__arena_free(&l.arena);
    size_t used = l.dec_mem.used;
    l.dec_mem.limit = used;
    rill__dec_pack(&l.dec, tight != 0);
    assert_int_equal(l.dec_mem.used, used); /* there was no room to pack it */
    l.dec_mem.limit = SIZE_MAX;
    rill__dec_pack(&l.dec, tight != 0);
    l.dec_mem.limit = l.dec_mem.used + rooms[tight];
    rill_view block = {(const uint8_t *)"\xbe", 1};
    assert_int_equal(rill__dec_next(&l.dec, &block, &l.arena, &got, 0, &why), RILL_ERR_NOMEM);
    assert_int_equal(why, RILL_WHY_NOMEM);
    rill__dec_pack(&l.dec, true); /* nobody needs it any more */
    line_close(&l);
  }
}

static void *never_smaller(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  if (new_size != 0) return new_size < old_size ? NULL : realloc(p, new_size);
  free(p);
  return NULL;
}

static void an_allocator_need_not_make_blocks_smaller(void **state) {
  (void)state;
  const rill_mem user = {never_smaller, NULL};
  rill__mem mem;
  rill__dyn_tab table;
  rill__mem_init(&mem, &user, SIZE_MAX);
  rill__dyn_init(&table, &mem, 4096, 0, 0);
  assert_non_null(rill__dyn_insert(&table, text("x-one"), text("v")));
  rill__pack(&table, true);
  assert_int_equal(mem.used, table.room);
  assert_true(rill__unpack(&table));
  assert_true(rill__view_eq(rill__dyn_value(&table, rill__dyn_at(&table, 1)), text("v")));
  rill__dyn_free(&table);
  assert_int_equal(mem.used, 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(tables_come_back_as_they_were), cmocka_unit_test(a_wrong_token_is_no_name),
      cmocka_unit_test(packed_tables_have_no_slack),   cmocka_unit_test(an_empty_table_is_freed),
      cmocka_unit_test(what_is_packed_stays_so),       cmocka_unit_test(an_encoder_without_memory_starts_anew),
      cmocka_unit_test(a_decoder_without_memory_dies), cmocka_unit_test(an_allocator_need_not_make_blocks_smaller),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
