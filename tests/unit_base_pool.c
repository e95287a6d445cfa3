/* SPDX-License-Identifier: MIT */
/*
 * base/pool: objects are zeroed, aligned, apart from each other and stay; memory is used again, given back by trim, and bounded.
 */
#include "base/pool.h"
#include "trial.h"

enum { OBJECTS = 400, LARGEST = 200 };

typedef struct objects {
  uint8_t *p[OBJECTS];
  uint8_t fill[OBJECTS];
  uint32_t count, most;
  size_t size; /* as told to init */
} objects;

typedef union word { /* what the objects of a pool are made of */
  void *pointer;
  uint64_t number;
} word;

static void check_objects(const objects *all) {
  for (uint32_t i = 0; i < all->count; i++) {
    for (size_t k = 0; k < all->size; k++)
      assert_int_equal(all->p[i][k], all->fill[i]);
  }
}

static bool take(trial *t, rill__pool *pool, objects *all) {
  uint8_t *p = rill__pool_take(pool, &t->mem);
  if (p == NULL) return false;
  for (size_t k = 0; k < all->size; k++)
    assert_int_equal(p[k], 0);
  uint8_t fill = (uint8_t)(1 + trial_random(t, 255));
  memset(p, fill, all->size);
  all->p[all->count] = p;
  all->fill[all->count++] = fill;
  if (all->count > all->most) all->most = all->count;
  return true;
}

static void put(rill__pool *pool, objects *all, uint32_t i) {
  rill__pool_put(pool, all->p[i]);
  all->count--;
  all->p[i] = all->p[all->count];
  all->fill[i] = all->fill[all->count];
}

/* ---- a random walk, with failures ---- */

static void random_step(trial *t, rill__pool *pool, objects *all, uint32_t bound) {
  uint64_t failures = t->user.failures, calls = t->user.calls;
  if (all->count < bound && trial_random(t, 2) == 0) {
    if (trial_random(t, 8) == 0) t->user.fail_at = t->user.calls + 1;
    bool again = all->count < all->most;
    if (!take(t, pool, all)) assert_int_equal(t->user.failures, failures + 1);
    if (again) assert_int_equal(t->user.calls, calls); /* there was room for that many */
  } else if (all->count != 0) {
    put(pool, all, trial_random(t, all->count));
  } else if (trial_random(t, 4) == 0) {
    rill__pool_trim(pool, &t->mem);
    assert_int_equal(t->user.live, 0);
    all->most = 0;
  }
  assert_int_equal(pool->live, all->count);
  trial_check(t);
}

static void walk(trial *t, size_t size) {
  rill__pool pool;
  objects all = {.size = size};
  rill__pool_init(&pool, size);
  for (uint32_t step = 0; step < 8000; step++) {
    random_step(t, &pool, &all, step % 2000 < 1000 ? OBJECTS : 3);
    if (step % 32 == 0) check_objects(&all);
  }
  check_objects(&all);
  while (all.count != 0)
    put(&pool, &all, 0);
  rill__pool_trim(&pool, &t->mem);
  assert_int_equal(t->user.live, 0);
}

static void objects_stay_as_they_are(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (size_t size = 1; size <= LARGEST; size += size < 40 ? 1 : 31)
    walk(&t, size);
  assert_true(t.user.failures > 100);
  trial_end(&t);
}

/* ---- alignment ---- */

static void objects_are_aligned(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (size_t words = 1; words <= 24; words++) {
    rill__pool pool;
    rill__pool_init(&pool, words * sizeof(word));
    for (int i = 0; i < OBJECTS; i++)
      assert_int_equal((uintptr_t)rill__pool_take(&pool, &t.mem) % _Alignof(word), 0);
    rill__pool_free(&pool, &t.mem);
  }
  for (size_t size = 1; size <= 3 * sizeof(void *); size++) { /* odd sizes, too, have to hold the pointer to the next */
    rill__pool pool;
    rill__pool_init(&pool, size);
    assert_true(pool.object_size >= size && pool.object_size < size + sizeof(void *));
    for (int i = 0; i < OBJECTS; i++)
      assert_int_equal((uintptr_t)rill__pool_take(&pool, &t.mem) % _Alignof(void *), 0);
    rill__pool_free(&pool, &t.mem);
  }
  trial_end(&t);
}

/* ---- memory ---- */

/* Not more objects are made in advance than there are (and one), and never more than 63. */
static void memory_is_bounded_by_what_is_live(void **state) {
  (void)state;
  enum { SIZE = 256 };
  trial t;
  rill__pool pool;
  trial_begin(&t, SIZE_MAX);
  rill__pool_init(&pool, SIZE);
  for (size_t n = 1; n <= 1000; n++) {
    assert_non_null(rill__pool_take(&pool, &t.mem));
    size_t made = t.user.live_octets / SIZE - t.user.live * 64 / SIZE; /* less what 64 octets beside each chunk come to */
    assert_true(made <= 2 * n + 1);
    assert_true(made <= n + 64);
  }
  assert_true(t.user.live <= 1000 / 64 + 6);
  rill__pool_free(&pool, &t.mem); /* whatever lives in it */
  assert_int_equal(pool.live, 0);
  trial_end(&t);
}

static void what_was_put_is_taken_first(void **state) {
  (void)state;
  trial t;
  rill__pool pool;
  trial_begin(&t, SIZE_MAX);
  rill__pool_init(&pool, 48);
  void *a = rill__pool_take(&pool, &t.mem), *b = rill__pool_take(&pool, &t.mem), *c = rill__pool_take(&pool, &t.mem);
  uint64_t calls = t.user.calls;
  t.user.fail_at = calls + 1;
  for (int i = 0; i < 1000; i++) {
    rill__pool_put(&pool, b);
    rill__pool_put(&pool, a);
    assert_ptr_equal(rill__pool_take(&pool, &t.mem), a); /* still warm */
    assert_ptr_equal(rill__pool_take(&pool, &t.mem), b);
  }
  assert_int_equal(t.user.calls, calls);
  assert_ptr_not_equal(a, b);
  assert_ptr_not_equal(b, c);
  rill__pool_free(&pool, &t.mem);
  trial_end(&t);
}

static void trim_waits_for_the_last_object(void **state) {
  (void)state;
  trial t;
  rill__pool pool;
  trial_begin(&t, SIZE_MAX);
  rill__pool_init(&pool, 48);
  rill__pool_trim(&pool, &t.mem);
  for (int round = 0; round < 3; round++) {
    uint8_t *last = rill__pool_take(&pool, &t.mem);
    void *others[100];
    for (size_t i = 0; i < 100; i++)
      others[i] = rill__pool_take(&pool, &t.mem);
    for (size_t i = 0; i < 100; i++)
      rill__pool_put(&pool, others[i]);
    memset(last, 6, 48);
    size_t live = t.user.live;
    rill__pool_trim(&pool, &t.mem);
    assert_int_equal(t.user.live, live);
    assert_int_equal(last[47], 6);
    rill__pool_put(&pool, last);
    assert_int_equal(t.user.live, live); /* putting gives nothing back by itself */
    rill__pool_trim(&pool, &t.mem);
    trial_end(&t);
  }
}

static void the_first_chunk_fits_the_limit_or_does_not(void **state) {
  (void)state;
  trial t;
  rill__pool pool;
  trial_begin(&t, SIZE_MAX);
  rill__pool_init(&pool, 100);
  assert_non_null(rill__pool_take(&pool, &t.mem));
  size_t whole = t.mem.used;
  rill__pool_free(&pool, &t.mem);
  trial_end(&t);

  trial_begin(&t, whole - 1);
  rill__pool_init(&pool, 100);
  assert_null(rill__pool_take(&pool, &t.mem));
  assert_true(t.mem.refused);
  assert_int_equal(pool.live, 0);
  trial_end(&t);

  trial_begin(&t, whole);
  rill__pool_init(&pool, 100);
  uint32_t n = 0;
  while (rill__pool_take(&pool, &t.mem) != NULL)
    n++;
  assert_true(t.mem.refused);
  assert_true(n >= 1);
  assert_int_equal(pool.live, n);
  assert_int_equal(t.user.live, 1);
  rill__pool_free(&pool, &t.mem);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(objects_stay_as_they_are),          cmocka_unit_test(objects_are_aligned),
      cmocka_unit_test(memory_is_bounded_by_what_is_live), cmocka_unit_test(what_was_put_is_taken_first),
      cmocka_unit_test(trim_waits_for_the_last_object),    cmocka_unit_test(the_first_chunk_fits_the_limit_or_does_not),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
