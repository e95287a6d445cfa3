/* SPDX-License-Identifier: MIT */
/*
 * The dynamic table against a plain list (T-HPACK3): what is in it, in which order, and that octets stay where they are unless
 * the table said that they would move. Strings of every length at every place of the ring; all maximum sizes that are odd;
 * memory, and its lack.
 */
#include "base/bytes.h"
#include "hpack/dyn_tab.h"
#include "meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { LIST_MAX = 4096, TEXT_MAX = 1 << 14 };

/* ---- the list: each entry's octets are made from its number ---- */

typedef struct item {
  uint32_t seq;
  size_t name_n, value_n;
  const uint8_t *at; /* where the table had it last */
} item;

typedef struct list {
  item items[LIST_MAX]; /* the oldest first */
  size_t count;
  uint64_t size, max;
} list;

static uint8_t text[2][TEXT_MAX];

static rill_view text_of(unsigned which, uint32_t seq, size_t n) {
  assert_true(n <= TEXT_MAX);
  for (size_t i = 0; i < n; i++)
    text[which][i] = (uint8_t)(seq * 31 + which * 128 + i * 7);
  return (rill_view){text[which], n};
}

static void list_evict(list *l, uint64_t size) {
  size_t gone = 0;
  while (gone < l->count && l->size + size > l->max) {
    l->size -= l->items[gone].name_n + l->items[gone].value_n + 32;
    gone++;
  }
  l->count -= gone;
  memmove(l->items, l->items + gone, l->count * sizeof *l->items);
}

static void list_insert(list *l, uint32_t seq, size_t name_n, size_t value_n) {
  list_evict(l, name_n + value_n + 32);
  assert_true(l->count < LIST_MAX);
  l->items[l->count++] = (item){seq, name_n, value_n, NULL};
  l->size += name_n + value_n + 32;
}

/* ---- both ---- */

typedef struct pair {
  meter m;
  rill__mem mem;
  rill__dyn_tab tab;
  list l;
} pair;

static pair *pair_new(uint32_t max, uint16_t extra_fixed, uint16_t extra_slot) {
  pair *p = calloc(1, sizeof *p);
  assert_non_null(p);
  rill_mem mem = meter_mem(&p->m);
  rill__mem_init(&p->mem, &mem, SIZE_MAX);
  rill__dyn_init(&p->tab, &p->mem, max, extra_fixed, extra_slot);
  p->l.max = max;
  return p;
}

static void pair_del(pair *p) {
  rill__dyn_free(&p->tab);
  assert_int_equal(p->mem.used, 0);
  assert_int_equal(p->m.blocks, 0);
  assert_false(p->m.broken);
  free(p);
}

static uint64_t slots_for(uint64_t max) {
  uint64_t slots = 8;
  while (slots < max / 32)
    slots *= 2;
  return slots;
}

static void compare(pair *p, uint64_t largest_max) {
  const rill__dyn_tab *tab = &p->tab;
  assert_int_equal(tab->count, p->l.count);
  assert_int_equal(tab->size, p->l.size);
  assert_true(tab->size <= tab->max);
  for (size_t i = 0; i < p->l.count; i++) {
    item *it = &p->l.items[i];
    assert_int_equal(it->seq, (uint32_t)(rill__dyn_oldest(tab) + i));
    assert_true(rill__dyn_is_live(tab, it->seq));
    const rill__dyn_entry *entry = rill__dyn_at(tab, it->seq);
    rill_view name = rill__dyn_name(tab, entry), value = rill__dyn_value(tab, entry);
    assert_true(rill__view_eq(name, text_of(0, it->seq, it->name_n)));
    assert_true(rill__view_eq(value, text_of(1, it->seq, it->value_n)));
    assert_true(entry->at == 0 || entry->at < tab->room);
    assert_true(value.p + value.n <= tab->octets + tab->room + tab->room / 16);
    it->at = name.p;
  }
  assert_false(rill__dyn_is_live(tab, rill__dyn_oldest(tab) - 1));
  assert_false(rill__dyn_is_live(tab, tab->next));
  uint64_t slots = slots_for(largest_max);
  uint64_t bound = slots * (16 + tab->extra_slot) + tab->extra_fixed + largest_max + largest_max / 16;
  assert_true(p->mem.used <= bound);
}

/* Inserts on both sides; what stays must stay where it is if the table said so. */
static void insert(pair *p, size_t name_n, size_t value_n, uint64_t largest_max) {
  uint32_t seq = p->tab.next;
  uint64_t size = (uint64_t)name_n + value_n + 32;
  rill_view name = text_of(0, seq, name_n), value = text_of(1, seq, value_n);
  rill__dyn_evict(&p->tab, size);
  bool moves = rill__dyn_moves(&p->tab, name_n + value_n);
  rill__dyn_entry *entry = rill__dyn_insert(&p->tab, name, value);
  assert_non_null(entry);
  assert_ptr_equal(entry, rill__dyn_at(&p->tab, seq));
  list_insert(&p->l, seq, name_n, value_n);
  if (!moves) {
    for (size_t i = 0; i + 1 < p->l.count; i++) {
      const rill__dyn_entry *kept = rill__dyn_at(&p->tab, p->l.items[i].seq);
      assert_ptr_equal(rill__dyn_name(&p->tab, kept).p, p->l.items[i].at);
    }
  }
  compare(p, largest_max);
}

static void set_max(pair *p, uint32_t max, uint64_t largest_max) {
  rill__dyn_set_max(&p->tab, max);
  p->l.max = max;
  list_evict(&p->l, 0);
  compare(p, largest_max);
}

/* ---- tests ---- */

static uint64_t random_state = 7;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

static void test_empty(void **state) {
  (void)state;
  pair *p = pair_new(4096, 0, 0);
  assert_int_equal(p->mem.used, 0); /* nothing before the first entry */
  compare(p, 4096);
  rill__dyn_evict(&p->tab, 10000);
  set_max(p, 0, 4096);
  set_max(p, 4096, 4096);
  assert_int_equal(p->m.takes, 0);
  pair_del(p);
}

static void test_random(void **state) {
  (void)state;
  static const uint32_t maxima[] = {32, 33, 63, 64, 65, 100, 287, 288, 289, 1000, 4095, 4096, 16384, 65536};
  for (size_t i = 0; i < sizeof maxima / sizeof *maxima; i++) {
    pair *p = pair_new(maxima[i], 12, 4);
    for (unsigned round = 0; round < 3000; round++) {
      size_t room = maxima[i] - 32, n = next_random((uint32_t)room + 1);
      if (next_random(4) != 0 && n > 40) n = next_random(40);
      if (next_random(8) == 0) n = 0;
      size_t name_n = n == 0 ? 0 : next_random((uint32_t)n + 1);
      insert(p, name_n < TEXT_MAX ? name_n : 0, n - name_n < TEXT_MAX ? n - name_n : TEXT_MAX, maxima[i]);
    }
    pair_del(p);
  }
}

static void test_other_maxima(void **state) {
  (void)state;
  static const uint32_t maxima[] = {0, 1, 31, 32, 33, 64, 300, 4095, 4096, 8192};
  pair *p = pair_new(4096, 8, 20);
  for (unsigned round = 0; round < 5000; round++) {
    if (next_random(8) == 0) {
      set_max(p, maxima[next_random(10)], 8192);
      assert_true(p->tab.room <= p->tab.max); /* shrunk with it */
      if (p->tab.max == 0) assert_int_equal(p->mem.used, 0);
    }
    size_t n = next_random(90);
    if (n + 32 > p->tab.max) continue;
    size_t name_n = next_random((uint32_t)n + 1);
    insert(p, name_n, n - name_n, 8192);
  }
  pair_del(p);
}

/* Empty strings, and such that just fit, when the next entry begins anywhere in the ring. */
static void test_every_place(void **state) {
  (void)state;
  enum { MAX = 400 };
  static const size_t sizes[][2] = {{0, 0}, {1, 0}, {0, 1}, {30, 9}, {0, 50}, {60, 0}, {200, 100}, {MAX - 32, 0}, {0, MAX - 32}};
  for (size_t place = 0; place <= MAX; place++) {
    for (size_t i = 0; i < sizeof sizes / sizeof *sizes; i++) {
      pair *p = pair_new(MAX, 0, 0);
      for (size_t at = 0; at < place; at += 7)
        insert(p, 0, place - at < 7 ? place - at : 7, MAX);
      insert(p, sizes[i][0], sizes[i][1], MAX);
      insert(p, 0, 0, MAX);
      insert(p, 3, 4, MAX);
      insert(p, sizes[i][0], sizes[i][1], MAX);
      pair_del(p);
    }
  }
}

/* A full table of empty entries: as many as there can be. */
static void test_most_entries(void **state) {
  (void)state;
  pair *p = pair_new(4096, 0, 0);
  for (unsigned i = 0; i < 300; i++)
    insert(p, 0, 0, 4096);
  assert_int_equal(p->tab.count, 128);
  assert_int_equal(p->tab.slot_count, 128);
  insert(p, 1, 0, 4096);
  assert_int_equal(p->tab.count, 127);
  pair_del(p);
}

/* A large maximum takes no memory by itself. */
static void test_memory_follows_need(void **state) {
  (void)state;
  pair *p = pair_new(UINT32_MAX, 0, 0);
  insert(p, 10, 20, UINT32_MAX);
  assert_true(p->mem.used <= 8 * 16 + 256 + 32);
  for (unsigned i = 0; i < 1000; i++)
    insert(p, 10, 20, UINT32_MAX);
  assert_true(p->mem.used <= 1024 * 16 + 31000 * 5 / 4 * 17 / 16);
  pair_del(p);
}

/* The entry of the largest size that 32 bits can say does not fit; nothing overflows on the way. */
static void test_large_sizes(void **state) {
  (void)state;
  pair *p = pair_new(UINT32_MAX, 0, 0);
  insert(p, 1, 1, UINT32_MAX);
  rill__dyn_evict(&p->tab, (uint64_t)UINT32_MAX - 34);
  assert_int_equal(p->tab.count, 1);
  rill__dyn_evict(&p->tab, (uint64_t)UINT32_MAX - 33);
  assert_int_equal(p->tab.count, 0);
  pair_del(p);
}

/* Sequence numbers wrap. */
static void test_wrap(void **state) {
  (void)state;
  pair *p = pair_new(500, 0, 0);
  p->tab.next = UINT32_MAX - 20;
  for (unsigned i = 0; i < 60; i++)
    insert(p, i % 5, i % 31, 500);
  pair_del(p);
}

static void test_owner_octets(void **state) {
  (void)state;
  pair *p = pair_new(4096, 8, 4);
  uint32_t slots = 0;
  for (uint32_t i = 0; i < 128; i++) {
    insert(p, i % 3, i % 50 == 49 ? 300 : 0, 4096);
    uint32_t *octets = rill__dyn_extra(&p->tab);
    bool fresh = p->tab.slot_count != slots;
    slots = p->tab.slot_count;
    for (uint32_t k = 0; k < slots + 2; k++) {
      assert_int_equal(octets[k], fresh ? 0 : 0xabcd0000 + k); /* kept when only the room grows */
      octets[k] = 0xabcd0000 + k;
    }
  }
  pair_del(p);
}

/* Every allocation that an insertion makes fails once: nothing changes. */
typedef struct failing {
  meter m;
  bool fails;
} failing;

static void *failing_resize(void *user, void *p, size_t old_size, size_t new_size) {
  failing *f = user;
  return f->fails && new_size != 0 ? NULL : meter_resize(&f->m, p, old_size, new_size);
}

static void test_no_memory(void **state) {
  (void)state;
  failing *f = calloc(1, sizeof *f);
  pair *p = pair_new(1000, 4, 4);
  assert_non_null(f);
  rill_mem mem = {failing_resize, f};
  rill__mem_init(&p->mem, &mem, SIZE_MAX);
  unsigned refused = 0;
  for (unsigned i = 0; i < 400; i++) {
    size_t name_n = next_random(10), value_n = next_random(i < 100 ? 20 : 600);
    f->fails = true;
    if (rill__dyn_insert(&p->tab, text_of(0, p->tab.next, name_n), text_of(1, p->tab.next, value_n)) == NULL) {
      refused++;
      compare(p, 1000);
      f->fails = false;
      insert(p, name_n, value_n, 1000);
    } else {
      list_insert(&p->l, p->tab.next - 1, name_n, value_n);
      compare(p, 1000);
    }
  }
  assert_true(refused >= 4);
  f->fails = true;
  set_max(p, 500, 1000); /* would be smaller in memory, and can't */
  f->fails = false;
  insert(p, 5, 200, 1000);
  pair_del(p);
  assert_int_equal(f->m.blocks, 0);
  assert_false(f->m.broken);
  free(f);
}

/* An entry of nearly 2^32 octets, more with its overhead than 32 bits can count: that is the limit's fault, not the allocator's.
 */
static void test_more_than_memory(void **state) {
  (void)state;
  pair *p = pair_new(UINT32_MAX, 4, 4);
  insert(p, 1, 1, UINT32_MAX);
  p->mem.limit = 1 << 30;
  p->mem.refused = false;
  rill_view name = {text[0], 0x7fffffff}, value = {text[0], 0x7fffff00}; /* never looked at */
  assert_null(rill__dyn_insert(&p->tab, name, value));
  assert_true(p->mem.refused);
  compare(p, UINT32_MAX);
  insert(p, 2, 2, UINT32_MAX);
  pair_del(p);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_empty),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_other_maxima),
      cmocka_unit_test(test_every_place),
      cmocka_unit_test(test_most_entries),
      cmocka_unit_test(test_memory_follows_need),
      cmocka_unit_test(test_large_sizes),
      cmocka_unit_test(test_wrap),
      cmocka_unit_test(test_owner_octets),
      cmocka_unit_test(test_no_memory),
      cmocka_unit_test(test_more_than_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
