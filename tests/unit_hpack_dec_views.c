/* SPDX-License-Identifier: MIT */
/*
 * What the decoder's views show, as long as they are promised: blocks made at random, with a plain list for the table, are
 * decoded with the fields kept until the end, with some of them given up, and with none kept. Insertions that take their name
 * from the very entry that they evict. Lack of memory at each allocation.
 */
#include "base/bytes.h"
#include "hpack/dec.h"
#include "hpack/prefix_int.h"
#include "hpack/static_tab.h"
#include "meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FIELDS = 40, STRING_MAX = 400, BLOCK_MAX = FIELDS * (2 * STRING_MAX + 20), ENTRIES = 256 };

static uint64_t random_state = 11;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

/* ---- a peer that keeps the table as a list, the newest first ---- */

typedef struct string {
  size_t n;
  uint8_t octets[STRING_MAX];
} string;

typedef struct entry {
  string name, value;
} entry;

typedef struct peer {
  entry table[ENTRIES];
  size_t count, size, max;
  uint8_t block[BLOCK_MAX];
  size_t n;
  entry fields[FIELDS];
  size_t field_count;
} peer;

static void peer_evict(peer *p, size_t size) {
  while (p->count != 0 && p->size + size > p->max) {
    p->count--;
    p->size -= p->table[p->count].name.n + p->table[p->count].value.n + 32;
  }
}

static void peer_insert(peer *p, const entry *e) {
  size_t size = e->name.n + e->value.n + 32;
  entry copy = *e; /* may be in the table */
  peer_evict(p, size);
  if (size > p->max) return;
  assert_true(p->count < ENTRIES);
  memmove(p->table + 1, p->table, p->count * sizeof *p->table);
  p->table[0] = copy;
  p->count++;
  p->size += size;
}

static void put_int(peer *p, uint32_t high, uint32_t mask, size_t value) {
  p->n = (size_t)(rill__int_put(p->block + p->n, high, mask, (uint32_t)value) - p->block);
}

static void put_string(peer *p, const string *s) {
  put_int(p, 0, 0x7f, s->n);
  if (s->n != 0) memcpy(p->block + p->n, s->octets, s->n);
  p->n += s->n;
}

static void fill(string *s, size_t n) {
  s->n = n < STRING_MAX ? n : STRING_MAX;
  for (size_t i = 0; i < s->n; i++)
    s->octets[i] = (uint8_t)(32 + next_random(95));
}

static void entry_at(const peer *p, size_t index, entry *e) {
  if (index > RILL__STATIC_COUNT) {
    *e = p->table[index - 1 - RILL__STATIC_COUNT];
    return;
  }
  const rill_field *field = &rill__static_tab[index];
  e->name.n = field->name.n;
  e->value.n = field->value.n;
  rill__put(e->name.octets, field->name.p, field->name.n);
  rill__put(e->value.octets, field->value.p, field->value.n);
}

/* Mostly of the dynamic table; 0 if there is nothing. */
static size_t any_index(const peer *p) {
  if (next_random(8) == 0) return 1 + next_random(RILL__STATIC_COUNT);
  if (p->count == 0) return 0;
  if (next_random(2) == 0) return RILL__STATIC_COUNT + p->count; /* the one that goes next */
  return RILL__STATIC_COUNT + 1 + next_random((uint32_t)p->count);
}

static void write_literal(peer *p, entry *e, size_t longest) {
  static const uint8_t highs[] = {0x40, 0x40, 0x40, 0x00, 0x10};
  uint32_t high = highs[next_random(5)];
  size_t index = next_random(2) == 0 ? any_index(p) : 0;
  put_int(p, high, high == 0x40 ? 0x3f : 0x0f, index);
  if (index != 0)
    entry_at(p, index, e);
  else
    fill(&e->name, next_random(6) == 0 ? 0 : next_random((uint32_t)longest));
  if (index == 0) put_string(p, &e->name);
  fill(&e->value, next_random(6) == 0 ? 0 : next_random((uint32_t)longest));
  put_string(p, &e->value);
  if (high == 0x40) peer_insert(p, e);
}

static void write_block(peer *p, size_t longest) {
  p->n = 0;
  p->field_count = next_random(FIELDS);
  if (next_random(20) == 0) {
    peer_evict(p, p->max + 1);
    put_int(p, 0x20, 0x1f, 0);
    put_int(p, 0x20, 0x1f, p->max);
  }
  for (size_t i = 0; i < p->field_count; i++) {
    entry *e = &p->fields[i];
    size_t index = next_random(2) == 0 ? any_index(p) : 0;
    if (index == 0) {
      write_literal(p, e, longest);
    } else {
      put_int(p, 0x80, 0x7f, index);
      entry_at(p, index, e);
    }
  }
}

/* ---- the decoder ---- */

typedef struct desk {
  meter m;
  size_t fail_at; /* this allocation fails; 0: none */
  rill__mem mem;
  rill__arena arena;
  rill__dec dec;
} desk;

static void *desk_resize(void *user, void *p, size_t old_size, size_t new_size) {
  desk *d = user;
  if (new_size != 0 && d->fail_at != 0 && d->m.takes + 1 == d->fail_at) return NULL;
  return meter_resize(&d->m, p, old_size, new_size);
}

static void desk_open(desk *d, uint32_t max, size_t fail_at) {
  *d = (desk){.fail_at = fail_at};
  rill_mem mem = {desk_resize, d};
  rill__mem_init(&d->mem, &mem, SIZE_MAX);
  rill__arena_init(&d->arena, &d->mem);
  rill__dec_init(&d->dec, &d->mem, max);
}

static void desk_close(desk *d) {
  rill__dec_free(&d->dec);
  rill__arena_free(&d->arena);
  assert_int_equal(d->mem.used, 0);
  assert_int_equal(d->m.blocks, 0);
  assert_false(d->m.broken);
}

static void expect_field(const rill_field *got, const entry *want) {
  assert_true(rill__view_eq(got->name, (rill_view){want->name.octets, want->name.n}));
  assert_true(rill__view_eq(got->value, (rill_view){want->value.octets, want->value.n}));
}

static uint8_t *block_copy(const peer *p) {
  uint8_t *copy = malloc(p->n == 0 ? 1 : p->n);
  assert_non_null(copy);
  if (p->n != 0) memcpy(copy, p->block, p->n);
  return copy;
}

/* Keeps the fields that keep() says; looks at each at once and at the kept ones again at the end. */
static void decode(desk *d, const peer *p, bool (*keep)(size_t)) {
  rill_field fields[FIELDS + 1];
  const entry *wants[FIELDS];
  size_t count = 0;
  uint8_t *copy = block_copy(p);
  rill_view block = {copy, p->n};
  rill_why why;
  rill__arena_reset(&d->arena);
  for (size_t i = 0; i < p->field_count; i++) {
    assert_int_equal(rill__dec_next(&d->dec, &block, &d->arena, fields, count, &why), 1);
    expect_field(&fields[count], &p->fields[i]);
    if (keep(i))
      wants[count++] = &p->fields[i];
    else if (i % 7 == 6)
      count /= 2;                                 /* some that were kept are given up as well */
    if (count == 0) rill__arena_reset(&d->arena); /* nobody needs what is in it */
  }
  assert_int_equal(rill__dec_next(&d->dec, &block, &d->arena, fields, count, &why), 0);
  free(copy);
  for (size_t i = 0; i < count; i++)
    expect_field(&fields[i], wants[i]);
}

static bool keep_all(size_t i) {
  (void)i;
  return true;
}

static bool keep_some(size_t i) {
  (void)i;
  return next_random(3) != 0;
}

static bool keep_none(size_t i) {
  (void)i;
  return false;
}

static void walk(bool (*keep)(size_t)) {
  static const uint32_t maxima[] = {0, 32, 33, 64, 100, 150, 300, 1000, 4096};
  peer *p = malloc(sizeof *p);
  assert_non_null(p);
  for (size_t i = 0; i < sizeof maxima / sizeof *maxima; i++) {
    for (size_t longest = 3; longest < STRING_MAX; longest *= 3) {
      desk d;
      p->count = p->size = 0;
      p->max = maxima[i];
      desk_open(&d, maxima[i], 0);
      for (unsigned round = 0; round < 60; round++) {
        write_block(p, longest);
        decode(&d, p, keep);
        assert_int_equal(d.dec.table.count, p->count);
        assert_int_equal(d.dec.table.size, p->size);
      }
      desk_close(&d);
    }
  }
  free(p);
}

static void test_all_kept(void **state) {
  (void)state;
  walk(keep_all);
}

static void test_some_kept(void **state) {
  (void)state;
  walk(keep_some);
}

static void test_none_kept(void **state) {
  (void)state;
  walk(keep_none);
}

/* Fields of entries that stay are views of the table, and take nothing from the arena. */
static void test_steady_is_view(void **state) {
  (void)state;
  desk d;
  rill_field fields[4];
  rill_why why;
  desk_open(&d, 4096, 0);
  rill_view first = {(const uint8_t *)"\x40\x01\x61\x01\x62\x40\x01\x63\x01\x64", 10};
  assert_int_equal(rill__dec_next(&d.dec, &first, &d.arena, fields, 0, &why), 1);
  assert_int_equal(rill__dec_next(&d.dec, &first, &d.arena, fields, 1, &why), 1);
  assert_int_equal(rill__dec_next(&d.dec, &first, &d.arena, fields, 2, &why), 0);
  rill__arena_free(&d.arena);
  size_t used = d.mem.used;
  assert_true(!rill__dec_views(&d.dec));
  rill_view second = {(const uint8_t *)"\xbe\xbf\x82", 3};
  for (size_t i = 0; i < 3; i++)
    assert_int_equal(rill__dec_next(&d.dec, &second, &d.arena, fields, i, &why), 1);
  assert_int_equal(rill__dec_next(&d.dec, &second, &d.arena, fields, 3, &why), 0);
  assert_int_equal(d.mem.used, used);
  assert_ptr_equal(fields[0].name.p, d.dec.table.octets + 2);
  assert_ptr_equal(fields[1].value.p, d.dec.table.octets + 1);
  assert_ptr_equal(fields[2].name.p, rill__static_tab[2].name.p);
  assert_true(rill__dec_views(&d.dec));
  rill_view third = {(const uint8_t *)"\x82", 1};
  assert_int_equal(rill__dec_next(&d.dec, &third, &d.arena, fields, 0, &why), 1);
  assert_true(!rill__dec_views(&d.dec)); /* what another block views is no matter of this one */
  desk_close(&d);
}

/* The name comes from the entry that this insertion evicts; names and values empty or not, from each place of the ring. */
static void test_name_of_evicted(void **state) {
  (void)state;
  enum { MAX = 120 };
  peer *p = malloc(sizeof *p);
  assert_non_null(p);
  for (size_t place = 0; place <= MAX - 32; place++) {
    for (size_t name_n = 0; name_n <= 60; name_n += 12) {
      for (size_t value_n = 0; value_n <= 60; value_n += 20) {
        desk d;
        entry *e = &p->fields[0];
        p->count = p->size = 0;
        p->max = MAX;
        p->n = 0;
        p->field_count = 4;
        desk_open(&d, MAX, 0);
        for (size_t i = 0; i < 2; i++) { /* something, so that the ring goes on from `place`; then the name */
          put_int(p, 0x40, 0x3f, 0);
          fill(&e[i].name, i == 0 ? 0 : name_n);
          fill(&e[i].value, i == 0 ? place : 3);
          put_string(p, &e[i].name);
          put_string(p, &e[i].value);
          peer_insert(p, &e[i]);
        }
        for (size_t i = 2; i < 4; i++) {
          size_t index = RILL__STATIC_COUNT + p->count;
          put_int(p, 0x40, 0x3f, index);
          entry_at(p, index, &e[i]);
          fill(&e[i].value, value_n + i);
          put_string(p, &e[i].value);
          peer_insert(p, &e[i]);
        }
        decode(&d, p, place % 2 == 0 ? keep_all : keep_none);
        desk_close(&d);
      }
    }
  }
  free(p);
}

/* What is looked for when octets are about to go is looked for once: the work for a block grows with its length alone. */
static void test_rescue_is_cheap(void **state) {
  (void)state;
  enum { MANY = 20000 };
  rill_field *fields = malloc((MANY + 1) * sizeof *fields);
  desk d;
  rill_why why;
  assert_non_null(fields);
  desk_open(&d, 40, 0);
  for (size_t i = 0; i < MANY; i += 2) {
    rill_view block = {(const uint8_t *)"\x40\x01\x61\x01\x62\xbe", 6};
    assert_int_equal(rill__dec_next(&d.dec, &block, &d.arena, fields, i, &why), 1);
    assert_int_equal(rill__dec_next(&d.dec, &block, &d.arena, fields, i + 1, &why), 1);
    assert_true(rill__dec_views(&d.dec) && d.dec.view_from == i + 1); /* all before were seen to */
  }
  for (size_t i = 0; i < MANY; i++) {
    assert_true(rill__view_eq(fields[i].name, (rill_view){(const uint8_t *)"a", 1}));
    assert_true(rill__view_eq(fields[i].value, (rill_view){(const uint8_t *)"b", 1}));
  }
  free(fields);
  desk_close(&d);
}

/* ---- no memory ---- */

/* Decodes the blocks that a seed makes, until an allocation fails; true if none did. */
static bool survives(size_t fail_at, peer *p) {
  desk d;
  bool done = true;
  random_state = 99;
  p->count = p->size = 0;
  p->max = 700;
  desk_open(&d, 700, fail_at);
  for (unsigned round = 0; round < 12 && done; round++) {
    rill_field fields[FIELDS + 1];
    rill_why why;
    size_t count = 0;
    int got;
    write_block(p, 200);
    rill_view block = {p->block, p->n};
    rill__arena_reset(&d.arena);
    while ((got = rill__dec_next(&d.dec, &block, &d.arena, fields, count, &why)) == 1)
      count++;
    for (size_t i = 0; i < count; i++)
      expect_field(&fields[i], &p->fields[i]); /* what came before the failure stays good */
    done = got == 0;
    if (done) continue;
    assert_int_equal(got, RILL_ERR_NOMEM);
    rill_view again = {(const uint8_t *)"\x82", 1};
    assert_int_equal(rill__dec_next(&d.dec, &again, &d.arena, fields, 0, &why), RILL_ERR_NOMEM);
  }
  desk_close(&d);
  return done;
}

static void test_no_memory(void **state) {
  (void)state;
  peer *p = malloc(sizeof *p);
  assert_non_null(p);
  size_t k = 1;
  while (!survives(k, p))
    k++;
  assert_true(k > 5); /* or there was nothing to fail */
  free(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_all_kept),       cmocka_unit_test(test_some_kept),       cmocka_unit_test(test_none_kept),
      cmocka_unit_test(test_steady_is_view), cmocka_unit_test(test_name_of_evicted), cmocka_unit_test(test_rescue_is_cheap),
      cmocka_unit_test(test_no_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
