/* SPDX-License-Identifier: MIT */
/*
 * base/idmap against a plain array: what is found, by key and by place; and where it stands: never further from its home than it
 * may, or in the list. What keys that collide cost is in unit_collisions.c.
 */
#include "base/idmap.h"
#include "trial.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { KEYS = 90, SLOTS_MIN = 8, OBJECT = 24 };

typedef struct entry {
  uint32_t key;
  uint8_t *object; /* NULL: it is absent */
} entry;

/* As idmap.h has it. */
static uint32_t home_of(const rill__idmap *map, uint32_t key) {
  return (key / 2 + (key % 2 != 0 ? 0 : map->table / 2)) % map->table;
}

/* ---- a map is what the array says, and stands where it must ---- */

/* How many slots name this place; each is in the reach of the key's home. */
static uint32_t slots_of(const rill__idmap *map, uint32_t key) {
  uint32_t place = rill__idmap_place(map, key), found = 0, home = home_of(map, key);
  for (uint32_t i = 0; i < map->table; i++) {
    if (map->slots[i] >> 4 != place) continue;
    assert_true(((i - home) & (map->table - 1)) < (map->slots[home] & 15));
    found++;
  }
  return found;
}

static void check_entry(const rill__idmap *map, const entry *e) {
  uint32_t key;
  assert_ptr_equal(rill__idmap_get(map, e->key), e->object);
  if (e->object == NULL) return;
  uint32_t place = rill__idmap_place(map, e->key);
  memcpy(&key, e->object, sizeof key);
  assert_int_equal(key, e->key);
  uint32_t at = place;
  assert_ptr_equal(rill__idmap_next(map, &at), e->object);
  assert_int_equal(at, place + 1);
  assert_ptr_equal(rill__idmap_object(map, place), e->object);
  uint32_t slots = slots_of(map, e->key);
  assert_true(slots == 1 || (slots == 0 && map->list != NULL));
}

/* No slot reaches further than to a key that is at home there. */
static void check_reach(const rill__idmap *map) {
  for (uint32_t i = 0; i < map->table; i++) {
    uint32_t reach = map->slots[i] & 15, key = 0;
    if (reach == 0) continue;
    uint32_t place = map->slots[(i + reach - 1) & (map->table - 1)] >> 4;
    assert_int_not_equal(place, 0);
    memcpy(&key, rill__idmap_object(map, place), sizeof key);
    assert_int_equal(home_of(map, key), i);
  }
}

static void check_map(const rill__idmap *map, const entry *entries, size_t count) {
  uint32_t present = 0, walked = 0;
  for (size_t i = 0; i < count; i++) {
    check_entry(map, &entries[i]);
    present += entries[i].object != NULL;
  }
  for (uint32_t at = 0; rill__idmap_next(map, &at) != NULL;)
    walked++;
  assert_int_equal(walked, present);
  assert_int_equal(map->count, present);
  assert_int_equal(map->table & (map->table - 1), 0);
  assert_true(map->count <= map->table / 4 * 3);
  check_reach(map);
}

/* ---- a random walk, with failures ---- */

static void add_or_fail(trial *t, rill__idmap *map, entry *e) {
  bool full = map->count == map->table / 4 * 3;
  uint64_t calls = t->user.calls, failures = t->user.failures;
  uint32_t later = full && trial_random(t, 2) == 0 ? trial_random(t, 4) : 0; /* growing may allocate several times */
  t->user.fail_at = trial_random(t, 2) == 0 ? calls + 1 + later : 0;
  e->object = rill__idmap_add(map, &t->mem, e->key);
  assert_int_equal(e->object != NULL, t->user.failures == failures);
  assert_true(t->user.calls != calls || !full);
  t->user.fail_at = 0;
  if (e->object == NULL) return;
  for (size_t i = sizeof e->key; i < OBJECT; i++)
    assert_int_equal(e->object[i], 0);
  memset(e->object + sizeof e->key, 0xa5, OBJECT - sizeof e->key);
}

static void walk(trial *t, entry *entries, size_t count, int steps) {
  rill__idmap map;
  rill__idmap_init(&map, OBJECT - 3); /* rounded up */
  assert_int_equal(map.object_size, OBJECT);
  for (int step = 0; step < steps; step++) {
    entry *e = &entries[trial_random(t, (uint32_t)count)];
    bool growing = step % 400 < 200; /* full and empty in turn */
    if (e->object == NULL) {
      if (growing || trial_random(t, 4) == 0) add_or_fail(t, &map, e);
    } else if (!growing || trial_random(t, 4) == 0) {
      rill__idmap_remove(&map, e->key);
      e->object = NULL;
    }
    if (step % 4 == 0) check_map(&map, entries, count);
    trial_check(t);
  }
  rill__idmap_free(&map, &t->mem);
  assert_int_equal(t->user.live, 0);
}

static uint32_t spaced(uint32_t i, uint32_t first, uint32_t by) { return first + i * by; }

static void maps_are_what_a_plain_array_is(void **state) {
  (void)state;
  static const uint32_t spacings[][2] = {
      {1, 1}, {1, 2}, {2, 2}, {1, 1 << 24}, {1, 1 << 8}, {2, 1 << 5}, {UINT32_MAX, UINT32_MAX}};
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (size_t round = 0; round < 3; round++) {
    for (size_t k = 0; k <= LENGTH(spacings); k++) {
      entry entries[KEYS] = {{.key = 0}};
      for (uint32_t i = 0; i < KEYS; i++) {
        entries[i].key =
            k < LENGTH(spacings) ? spaced(i, spacings[k][0], spacings[k][1]) : trial_random(&t, UINT32_MAX / KEYS) * KEYS + i + 1;
      }
      walk(&t, entries, KEYS, 1600);
    }
  }
  assert_true(t.user.failures > 60);
  trial_end(&t);
}

/* ---- removal at the end of the slots, every way ---- */

enum { RIVALS = 5, CORNERS = 4 };

/* Adds all and removes them in the order that `turn` numbers. */
static void add_and_remove(trial *t, rill__idmap *map, entry *entries, unsigned turn) {
  for (size_t i = 0; i < RIVALS; i++) {
    entries[i].object = rill__idmap_add(map, &t->mem, entries[i].key);
    assert_non_null(entries[i].object);
  }
  check_map(map, entries, RIVALS);
  for (unsigned left = RIVALS; left != 0; left--) {
    unsigned skip = turn % left;
    turn /= left;
    entry *e = entries;
    while (e->object == NULL || skip-- != 0)
      e++;
    rill__idmap_remove(map, e->key);
    e->object = NULL;
    check_map(map, entries, RIVALS);
  }
}

/* Keys with the homes 6, 7, 0 and 1 of 8. */
static void removal_wraps_around(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  for (unsigned way = 0; way < 4 * 4 * 4 * 4 * 4; way++) {
    entry entries[RIVALS] = {{.key = 0}};
    for (unsigned i = 0, rest = way; i < RIVALS; i++, rest /= CORNERS)
      entries[i].key = ((rest % CORNERS + 6) % SLOTS_MIN + i * SLOTS_MIN) * 2 + 1;
    for (unsigned turn = 0; turn < 5 * 4 * 3 * 2; turn += 7)
      add_and_remove(&t, &map, entries, turn);
  }
  assert_int_equal(map.table, SLOTS_MIN);
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/* ---- stream ids --------------------------------------------------------------------------------------------------------- */

/* Those of one side, in their order, all stand at home while the oldest is not older than the table is large. */
static void ids_in_their_order_stand_at_home(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  for (uint32_t i = 0; i < 5000; i++) {
    assert_non_null(rill__idmap_add(&map, &t.mem, 2 * i + 1));
    if (i >= 60) rill__idmap_remove(&map, 2 * (i - 60) + 1);
    for (uint32_t slot = 0; slot < map.table; slot++)
      assert_true((map.slots[slot] & 15) <= 1);
  }
  assert_int_equal(map.table, 128);
  assert_null(map.list);
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/* One that stays while millions come and go costs nothing but its place. */
static void an_old_id_makes_nothing_grow(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  const void *old = rill__idmap_add(&map, &t.mem, 1);
  uint64_t calls = 0;
  for (uint32_t i = 1; i < 300000; i++) {
    assert_non_null(rill__idmap_add(&map, &t.mem, 2 * i + 1));
    if (i > 50) rill__idmap_remove(&map, 2 * (i - 50) + 1);
    if (i == 100000) calls = t.user.calls;
  }
  assert_int_equal(t.user.calls, calls);
  assert_ptr_equal(rill__idmap_get(&map, 1), old);
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/*
 * When the table grows, those that find no slot in it are listed in whatever order their objects stand: here the last first,
 * since what was given back last is taken first. That costs no more than sorting them.
 */
static void those_that_collide_in_any_order_are_sorted(void **state) {
  (void)state;
  enum { FILL = 800, EACH = 40, HOMES = 30, APART = 1 << 16 }; /* the home of every so manieth key is the same */
  static entry entries[FILL + EACH * HOMES];
  trial t;
  rill__idmap map;
  size_t count = 0;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  for (uint32_t i = 0; i < FILL; i++)
    assert_non_null(rill__idmap_add(&map, &t.mem, 2 * i + 1));
  for (uint32_t i = 0; i < FILL; i++)
    rill__idmap_remove(&map, 2 * i + 1);
  for (uint32_t i = 1; i <= EACH; i++) {
    for (uint32_t home = 0; home < HOMES; home++) {
      entry *e = &entries[count++];
      e->key = i * APART + (home * 37 % HOMES) * 128 + 1;
      add_or_fail(&t, &map, e);
    }
    check_map(&map, entries, count);
  }
  assert_non_null(map.list);
  assert_true(map.table >= 1024);
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/* ---- single matters ---- */

/* Its home is another's, who reaches no further. */
static void one_that_is_listed_goes(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  for (uint32_t i = 0; i < 16; i++)
    assert_non_null(rill__idmap_add(&map, &t.mem, 2 * i + 1));
  assert_null(map.list);
  uint32_t key = 2 * 32 * 5 + 1;
  assert_int_equal(home_of(&map, key), home_of(&map, 1));
  void *object = rill__idmap_add(&map, &t.mem, key);
  assert_non_null(map.list);
  assert_ptr_equal(rill__idmap_get(&map, key), object);
  rill__idmap_remove(&map, key);
  assert_null(rill__idmap_get(&map, key));
  assert_non_null(rill__idmap_get(&map, 1));
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

static void an_empty_map_has_nothing(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, 8);
  assert_null(rill__idmap_get(&map, 1));
  assert_int_equal(rill__idmap_place(&map, 1), 0);
  assert_int_equal(map.size, 0);
  rill__idmap_free(&map, &t.mem);
  assert_int_equal(t.user.calls, 0);
  assert_non_null(rill__idmap_add(&map, &t.mem, 5));
  assert_null(rill__idmap_get(&map, 0)); /* no key is 0, but it may be asked for */
  rill__idmap_remove(&map, 5);
  assert_null(rill__idmap_get(&map, 5));
  assert_non_null(rill__idmap_add(&map, &t.mem, 6));
  rill__idmap_free(&map, &t.mem);
  assert_null(rill__idmap_get(&map, 6));
  assert_int_equal(map.size + map.count, 0);
  trial_end(&t);
}

/* 3/4 of the slots are filled without a word; one more doubles them. */
static void a_map_grows_at_three_quarters(void **state) {
  (void)state;
  static const struct {
    uint32_t count, table;
  } bounds[] = {{1, 8}, {6, 8}, {7, 16}, {12, 16}, {13, 32}, {24, 32}, {25, 64}, {48, 64}, {49, 128}, {96, 128}, {97, 256}};
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  for (size_t i = 0; i < LENGTH(bounds); i++) {
    while (map.count < bounds[i].count)
      assert_non_null(rill__idmap_add(&map, &t.mem, map.count + 1));
    assert_int_equal(map.table, bounds[i].table);
  }
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
}

/* So much as it needs, and not an octet less, wherever it lacks. */
static void a_map_stops_at_the_limit(void **state) {
  (void)state;
  trial t;
  rill__idmap map;
  trial_begin(&t, SIZE_MAX);
  rill__idmap_init(&map, OBJECT);
  assert_non_null(rill__idmap_add(&map, &t.mem, 1));
  size_t one = t.mem.used;
  rill__idmap_free(&map, &t.mem);
  trial_end(&t);
  for (size_t limit = 0; limit <= one; limit++) {
    trial_begin(&t, limit);
    rill__idmap_init(&map, OBJECT);
    assert_int_equal(rill__idmap_add(&map, &t.mem, 1) != NULL, limit == one);
    assert_int_equal(map.count, limit == one);
    assert_int_equal(t.mem.refused, limit != one);
    rill__idmap_free(&map, &t.mem);
    trial_end(&t);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(maps_are_what_a_plain_array_is),
      cmocka_unit_test(removal_wraps_around),
      cmocka_unit_test(ids_in_their_order_stand_at_home),
      cmocka_unit_test(an_old_id_makes_nothing_grow),
      cmocka_unit_test(those_that_collide_in_any_order_are_sorted),
      cmocka_unit_test(one_that_is_listed_goes),
      cmocka_unit_test(an_empty_map_has_nothing),
      cmocka_unit_test(a_map_grows_at_three_quarters),
      cmocka_unit_test(a_map_stops_at_the_limit),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
