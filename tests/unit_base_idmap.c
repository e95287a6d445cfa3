/* SPDX-License-Identifier: MIT */
/*
 * base/idmap against a plain array: what is found, by key and by place; and where it stands: never further from its home than it
 * may, or in the list. The home of a key is found from outside: it is the slot that the key takes when it is alone. What keys
 * that collide cost is in unit_collisions.c.
 */
#include "base/idmap.h"
#include "trial.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { KEYS = 90, SIZE_MIN_SLOTS = 8, SIZE_MAX_SLOTS = 128, SIZES = 5 };

/* ---- homes, from outside ---- */

typedef struct entry {
  uint32_t key;
  uint32_t homes[SIZES]; /* in 8, 16 ... 128 slots */
  bool present;
} entry;

static uint32_t slot_of(const rill__idmap *map, const void *value) {
  for (uint32_t i = 0; i < map->size; i++) {
    if (rill__idmap_at(map, i) == value) return i;
  }
  fail_msg("the value is in no slot");
  return 0;
}

/* An empty map of that many slots. */
static void empty_map(trial *t, rill__idmap *map, uint64_t seed, uint32_t size) {
  rill__idmap_init(map, seed);
  uint32_t count = 0;
  while (map->table < size)
    assert_true(rill__idmap_put(map, &t->mem, ++count, &count));
  while (count != 0)
    rill__idmap_remove(map, count--);
  assert_int_equal(map->table, size);
}

static uint32_t home_of(trial *t, rill__idmap *empty, uint32_t key) {
  assert_true(rill__idmap_put(empty, &t->mem, key, &key));
  uint32_t home = slot_of(empty, &key);
  rill__idmap_remove(empty, key);
  return home;
}

static unsigned size_number(uint32_t size) {
  unsigned number = 0;
  while ((uint32_t)SIZE_MIN_SLOTS << number < size)
    number++;
  return number;
}

static void find_homes(trial *t, uint64_t seed, entry *entries, size_t count) {
  for (uint32_t size = SIZE_MIN_SLOTS; size <= SIZE_MAX_SLOTS; size *= 2) {
    rill__idmap map;
    empty_map(t, &map, seed, size);
    for (size_t i = 0; i < count; i++)
      entries[i].homes[size_number(size)] = home_of(t, &map, entries[i].key);
    rill__idmap_free(&map, &t->mem);
  }
}

/* ---- a map is what the array says, and stands where it must ---- */

/* In its reach, or listed; behind what is listed before it. */
static void check_place(const rill__idmap *map, const entry *e) {
  uint32_t place = slot_of(map, e);
  if (place >= map->table) return;
  uint32_t home = e->homes[size_number(map->table)];
  assert_true(((place - home) & (map->table - 1)) < RILL__IDMAP_REACH);
}

static void check_map(const rill__idmap *map, const entry *entries, size_t count) {
  uint32_t present = 0;
  for (size_t i = 0; i < count; i++) {
    assert_ptr_equal(rill__idmap_get(map, entries[i].key), entries[i].present ? &entries[i] : NULL);
    if (!entries[i].present) continue;
    present++;
    check_place(map, &entries[i]); /* the walk meets it; that it meets nothing else and nothing twice follows from the count */
  }
  assert_int_equal(map->count, present);
  assert_int_equal(map->table & (map->table - 1), 0);
  assert_true(map->count <= map->table / 4 * 3);
  assert_int_equal(map->size, map->table + map->listed_cap);
  assert_true(map->listed_gone <= map->listed_count && map->listed_count <= map->listed_cap);
}

/* ---- a random walk, with failures ---- */

static void put_or_fail(trial *t, rill__idmap *map, entry *e) {
  bool full = map->count == map->table / 4 * 3;
  uint32_t table = map->table;
  uint64_t calls = t->user.calls, failures = t->user.failures;
  uint32_t later = full && trial_random(t, 2) == 0 ? trial_random(t, 4) : 0; /* growing may allocate several times */
  t->user.fail_at = trial_random(t, 2) == 0 ? calls + 1 + later : 0;
  e->present = rill__idmap_put(map, &t->mem, e->key, e);
  assert_int_equal(e->present, t->user.failures == failures);
  assert_true(t->user.calls != calls || !full);
  uint32_t grown = table == 0 ? SIZE_MIN_SLOTS : 2 * table;
  assert_true(map->table == (full ? grown : table) || (full && !e->present && map->table == table));
  t->user.fail_at = 0;
}

static void walk(trial *t, uint64_t seed, entry *entries, size_t count, int steps) {
  rill__idmap map;
  find_homes(t, seed, entries, count);
  rill__idmap_init(&map, seed);
  for (int step = 0; step < steps; step++) {
    entry *e = &entries[trial_random(t, (uint32_t)count)];
    bool growing = step % 400 < 200; /* full and empty in turn */
    if (!e->present) {
      if (growing || trial_random(t, 4) == 0) put_or_fail(t, &map, e);
    } else if (!growing || trial_random(t, 4) == 0) {
      rill__idmap_remove(&map, e->key);
      e->present = false;
    }
    check_map(&map, entries, count);
    trial_check(t);
  }
  rill__idmap_free(&map, &t->mem);
  assert_int_equal(t->user.live, 0);
}

static uint32_t spaced(uint32_t i, uint32_t first, uint32_t by) { return first + i * by; }

static void maps_are_what_a_plain_array_is(void **state) {
  (void)state;
  static const uint64_t seeds[] = {0, 1, UINT64_MAX, UINT64_C(0x123456789abcdef0), UINT64_C(0x0000000500000005)};
  static const uint32_t spacings[][2] = {{1, 1}, {1, 2}, {2, 2}, {1, 1 << 24}, {1 << 16, 1 << 16}, {UINT32_MAX, UINT32_MAX}};
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (size_t s = 0; s < LENGTH(seeds); s++) {
    for (size_t k = 0; k <= LENGTH(spacings); k++) {
      entry entries[KEYS] = {{.key = 0}};
      for (uint32_t i = 0; i < KEYS; i++) {
        entries[i].key =
            k < LENGTH(spacings) ? spaced(i, spacings[k][0], spacings[k][1]) : trial_random(&t, UINT32_MAX / KEYS) * KEYS + i + 1;
      }
      walk(&t, seeds[s], entries, KEYS, 1600);
    }
  }
  assert_true(t.user.failures > 60);
  trial_end(&t);
}

/* As many keys as collide in the largest map of the walk, and so in all smaller ones: most of them are listed. */
static void colliding_maps_are_what_a_plain_array_is(void **state) {
  (void)state;
  entry entries[KEYS] = {{.key = 0}};
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  empty_map(&t, &map, 5, SIZE_MAX_SLOTS);
  for (uint32_t key = 1, i = 0; i < KEYS; key++) {
    if (home_of(&t, &map, key) == 77) entries[i++].key = key;
  }
  rill__idmap_free(&map, &t.mem);
  for (uint32_t round = 0; round < 12; round++) {
    for (uint32_t i = 0; i < KEYS; i++) { /* they come in any order */
      uint32_t k = trial_random(&t, KEYS), key = entries[i].key;
      entries[i].key = entries[k].key;
      entries[k].key = key;
      entries[i].present = entries[k].present = false;
    }
    walk(&t, 5, entries, KEYS, 2000);
  }
  assert_true(t.user.failures > 20);
  trial_end(&t);
}

/* ---- removal at the end of the slots, every way ---- */

enum { RIVALS = 5, CORNERS = 4 };

/* Keys with the homes 6, 7, 0 and 1 of 8: RIVALS of each. */
static void find_rivals(trial *t, uint64_t seed, uint32_t keys[CORNERS][RIVALS]) {
  unsigned found[CORNERS] = {0}, all = 0;
  rill__idmap map;
  empty_map(t, &map, seed, 8);
  for (uint32_t key = 1; all < CORNERS * RIVALS; key++) {
    uint32_t corner = (home_of(t, &map, key) + 2) % 8;
    if (corner >= CORNERS || found[corner] == RIVALS) continue;
    keys[corner][found[corner]++] = key;
    all++;
  }
  rill__idmap_free(&map, &t->mem);
}

/* Puts all and removes them in the order that `turn` numbers. */
static void put_and_remove(trial *t, rill__idmap *map, entry *entries, unsigned turn) {
  for (size_t i = 0; i < RIVALS; i++) {
    assert_true(rill__idmap_put(map, &t->mem, entries[i].key, &entries[i]));
    entries[i].present = true;
  }
  check_map(map, entries, RIVALS);
  for (unsigned left = RIVALS; left != 0; left--) {
    unsigned skip = turn % left;
    turn /= left;
    entry *e = entries;
    while (!e->present || skip-- != 0)
      e++;
    rill__idmap_remove(map, e->key);
    e->present = false;
    check_map(map, entries, RIVALS);
  }
}

static void removal_wraps_around(void **state) {
  (void)state;
  const uint64_t seed = 7;
  uint32_t keys[CORNERS][RIVALS];
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  find_rivals(&t, seed, keys);
  empty_map(&t, &map, seed, 8);
  for (unsigned way = 0; way < 4 * 4 * 4 * 4 * 4; way++) {
    entry entries[RIVALS] = {{.key = 0}};
    for (unsigned i = 0, rest = way; i < RIVALS; i++, rest /= CORNERS) {
      entries[i].key = keys[rest % CORNERS][i];
      entries[i].homes[0] = (rest % CORNERS + 6) % 8;
    }
    for (unsigned turn = 0; turn < 5 * 4 * 3 * 2; turn++)
      put_and_remove(&t, &map, entries, turn);
  }
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/* ---- single matters ---- */

static void an_empty_map_has_nothing(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, 3);
  assert_null(rill__idmap_get(&map, 1));
  assert_int_equal(map.size, 0);
  rill__idmap_free(&map, &t.mem);
  assert_int_equal(t.user.calls, 0);
  int value = 0;
  assert_true(rill__idmap_put(&map, &t.mem, 5, &value));
  assert_null(rill__idmap_get(&map, 0)); /* no key is 0, but it may be asked for */
  rill__idmap_remove(&map, 5);
  assert_null(rill__idmap_get(&map, 5));
  assert_true(rill__idmap_put(&map, &t.mem, 6, &value));
  rill__idmap_free(&map, &t.mem);
  assert_null(rill__idmap_get(&map, 6));
  assert_int_equal(map.size + map.count, 0);
  trial_end(&t);
}

static void a_freed_map_keeps_its_seed(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  empty_map(&t, &map, 99, 128);
  uint32_t home = home_of(&t, &map, 1234), seed = map.seed;
  rill__idmap_free(&map, &t.mem);
  assert_int_equal(map.seed, seed);
  rill__idmap again;
  empty_map(&t, &again, 99, 128);
  assert_int_equal(home_of(&t, &again, 1234), home);
  rill__idmap_free(&again, &t.mem);
  trial_end(&t);
}

/* 3/4 of the slots are filled without a word; one more doubles them. */
static void a_map_grows_at_three_quarters(void **state) {
  (void)state;
  static const struct {
    uint32_t count, size;
  } bounds[] = {{1, 8}, {6, 8}, {7, 16}, {12, 16}, {13, 32}, {24, 32}, {25, 64}, {48, 64}, {49, 128}, {96, 128}, {97, 256}};
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, 1);
  for (size_t i = 0; i < LENGTH(bounds); i++) {
    while (map.count < bounds[i].count)
      assert_true(rill__idmap_put(&map, &t.mem, map.count + 1, &map));
    assert_int_equal(map.table, bounds[i].size);
    assert_int_equal(t.user.live, map.listed_cap == 0 ? 1 : 2);
  }
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

static void a_map_stops_at_the_limit(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  int values[13];
  trial_begin(&t, SIZE_MAX);
  empty_map(&t, &map, 1, 8);
  size_t one = t.mem.used;
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
  for (size_t less = 0; less <= 1; less++) {
    trial_begin(&t, 3 * one - less); /* for 8 slots beside 16; not so if one octet less */
    rill__idmap_init(&map, 1);
    for (uint32_t i = 0; i < 12; i++)
      assert_int_equal(rill__idmap_put(&map, &t.mem, i + 1, &values[i]), i < 6 || less == 0);
    assert_int_equal(t.mem.refused, less != 0);
    assert_int_equal(map.count, less == 0 ? 12 : 6);
    for (uint32_t i = 0; i < 12; i++)
      assert_ptr_equal(rill__idmap_get(&map, i + 1), i < map.count ? &values[i] : NULL);
    rill__idmap_free(&map, &t.mem);
    trial_end(&t);
  }
  trial_begin(&t, one - 1);
  rill__idmap_init(&map, 1);
  assert_false(rill__idmap_put(&map, &t.mem, 1, &map));
  assert_int_equal(map.size + map.count, 0);
  trial_end(&t);
}

/* ---- seeds ---- */

static void a_seed_says_where_keys_stand(void **state) {
  (void)state;
  bool seen[SIZE_MAX_SLOTS] = {false};
  unsigned different = 0;
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (uint64_t seed = 0; seed < 256; seed++) {
    rill__idmap map;
    empty_map(&t, &map, seed << 27, 128); /* both halves of the seed count */
    assert_int_equal(map.seed & 1, 1);
    uint32_t home = home_of(&t, &map, 1);
    different += seen[home] ? 0 : 1;
    seen[home] = true;
    rill__idmap_free(&map, &t.mem);
  }
  assert_true(different > 64); /* 256 random ones would be 111 of 128 */
  trial_end(&t);
}

/* How far from home the keys stand, all in all: 96 of 128 slots are filled. */
static uint32_t displacement(trial *t, rill__idmap *empty, uint32_t first, uint32_t by) {
  bool taken[SIZE_MAX_SLOTS] = {false};
  uint32_t sum = 0;
  for (uint32_t i = 0; i < 96; i++) {
    uint32_t at = home_of(t, empty, spaced(i, first, by));
    for (; taken[at]; sum++)
      at = (at + 1) % SIZE_MAX_SLOTS;
    taken[at] = true;
  }
  return sum;
}

/* An endpoint chooses the spacing of its ids; it must not be able to heap them up, nor may a seed do so. */
static void evenly_spaced_keys_are_not_heaped_up(void **state) {
  (void)state;
  uint32_t most = 0;
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (uint32_t seed = 0; seed < 300; seed++) {
    rill__idmap map;
    empty_map(&t, &map, (uint64_t)trial_random(&t, UINT32_MAX) << 16 ^ seed, SIZE_MAX_SLOTS);
    for (unsigned shift = 1; shift <= 24; shift += shift == 1 ? 2 : 7) {
      uint32_t sum = displacement(&t, &map, 1, (uint32_t)1 << shift);
      if (sum > most) most = sum;
    }
    rill__idmap_free(&map, &t.mem);
  }
  assert_in_range(most, 96, 96 * 8); /* random homes give 1.3 each; 7.4 is the most that 160,000 maps have given */
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(maps_are_what_a_plain_array_is),
      cmocka_unit_test(colliding_maps_are_what_a_plain_array_is),
      cmocka_unit_test(removal_wraps_around),
      cmocka_unit_test(an_empty_map_has_nothing),
      cmocka_unit_test(a_freed_map_keeps_its_seed),
      cmocka_unit_test(a_map_grows_at_three_quarters),
      cmocka_unit_test(a_map_stops_at_the_limit),
      cmocka_unit_test(a_seed_says_where_keys_stand),
      cmocka_unit_test(evenly_spaced_keys_are_not_heaped_up),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
