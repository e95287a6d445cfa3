/* SPDX-License-Identifier: MIT */
/*
 * base/mem: the account, the limit at N and at N+1, and what the user's allocator gets to see.
 */
#include "trial.h"

enum { LIMIT = 1000 };

/* ---- allocators that tell what they were asked ---- */

typedef struct asked {
  unsigned times;
  void *p;
  size_t old_size, new_size;
} asked;

static void *note(void *user, void *p, size_t old_size, size_t new_size) {
  asked *last = user;
  *last = (asked){last->times + 1, p, old_size, new_size};
  return NULL;
}

static void the_user_sees_what_was_asked(void **state) {
  (void)state;
  asked last = {0, NULL, 0, 0};
  rill_mem user = {note, &last};
  rill__mem mem;
  rill__mem_init(&mem, &user, LIMIT);
  assert_null(rill__mem_alloc(&mem, 7));
  assert_int_equal(last.times, 1);
  assert_null(last.p);
  assert_int_equal(last.old_size, 0);
  assert_int_equal(last.new_size, 7);
  int block = 0;
  mem.used = 20;
  assert_null(rill__mem_resize(&mem, &block, 20, 30));
  assert_int_equal(last.times, 2);
  assert_ptr_equal(last.p, &block);
  assert_int_equal(last.old_size, 20);
  assert_int_equal(last.new_size, 30);
  rill__mem_free(&mem, &block, 20);
  assert_int_equal(last.times, 3);
  assert_ptr_equal(last.p, &block);
  assert_int_equal(last.old_size, 20);
  assert_int_equal(last.new_size, 0);
  assert_int_equal(mem.used, 0);
}

static void nothing_is_freed_in_silence(void **state) {
  (void)state;
  asked last = {0, NULL, 0, 0};
  rill_mem user = {note, &last};
  rill__mem mem;
  rill__mem_init(&mem, &user, LIMIT);
  rill__mem_free(&mem, NULL, 0);
  assert_int_equal(last.times, 0);
}

/* ---- the C library ---- */

static void exercise_libc(const rill_mem *user) {
  rill__mem mem;
  rill__mem_init(&mem, user, LIMIT);
  uint8_t *p = rill__mem_alloc(&mem, 10);
  assert_non_null(p);
  memset(p, 7, 10);
  p = rill__mem_resize(&mem, p, 10, LIMIT);
  assert_non_null(p);
  for (size_t i = 0; i < 10; i++)
    assert_int_equal(p[i], 7);
  memset(p, 8, LIMIT);
  p = rill__mem_resize(&mem, p, LIMIT, 3);
  assert_non_null(p);
  assert_int_equal(p[2], 8);
  assert_int_equal(mem.used, 3);
  assert_int_equal(mem.peak, LIMIT);
  rill__mem_free(&mem, p, 3); /* a leak checker sees if it is not */
  assert_int_equal(mem.used, 0);
}

static void without_an_allocator_it_is_libc_s(void **state) {
  (void)state;
  int unused = 0;
  rill_mem empty = {NULL, &unused};
  exercise_libc(NULL);
  exercise_libc(&empty);
}

/* ---- the limit ---- */

static void the_limit_is_reached_and_not_passed(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, LIMIT);
  assert_null(rill__mem_alloc(&t.mem, LIMIT + 1));
  assert_true(t.mem.refused);
  assert_int_equal(t.user.calls, 0);
  uint8_t *all = rill__mem_alloc(&t.mem, LIMIT);
  assert_non_null(all);
  assert_null(rill__mem_alloc(&t.mem, 1));
  assert_true(t.mem.refused);
  assert_int_equal(t.user.calls, 1);
  trial_check(&t);
  rill__mem_free(&t.mem, all, LIMIT);
  trial_end(&t);
}

static void growing_counts_the_old_size_as_free(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, LIMIT);
  uint8_t *other = rill__mem_alloc(&t.mem, 400);
  uint8_t *p = rill__mem_alloc(&t.mem, 500);
  assert_non_null(p);
  memset(p, 9, 500);
  assert_null(rill__mem_resize(&t.mem, p, 500, 601));
  assert_true(t.mem.refused);
  assert_int_equal(t.mem.used, 900);
  assert_int_equal(t.mem.peak, 900);
  assert_int_equal(p[499], 9);
  p = rill__mem_resize(&t.mem, p, 500, 600);
  assert_non_null(p);
  assert_int_equal(p[499], 9);
  assert_int_equal(t.mem.used, LIMIT);
  p = rill__mem_resize(&t.mem, p, 600, 1); /* at the limit, too, it can shrink */
  assert_non_null(p);
  rill__mem_free(&t.mem, p, 1);
  rill__mem_free(&t.mem, other, 400);
  assert_int_equal(t.mem.peak, LIMIT);
  trial_end(&t);
}

static void a_limit_of_0_gives_nothing(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, 0);
  assert_null(rill__mem_alloc(&t.mem, 1));
  assert_true(t.mem.refused);
  assert_int_equal(t.user.calls, 0);
  trial_end(&t);
}

/* The limit falls below what is used: nothing grows until enough was given back; all can shrink. */
static void a_lowered_limit_takes_nothing_away(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, LIMIT);
  uint8_t *p = rill__mem_alloc(&t.mem, 600), *other = rill__mem_alloc(&t.mem, 300);
  t.mem.limit = 500;
  assert_null(rill__mem_alloc(&t.mem, 1));
  assert_true(t.mem.refused);
  assert_null(rill__mem_resize(&t.mem, other, 300, 301));
  assert_null(rill__mem_resize(&t.mem, p, 600, 601));
  assert_int_equal(t.user.calls, 2);
  assert_int_equal(t.mem.used, 900);
  p = rill__mem_resize(&t.mem, p, 600, 599); /* still above the limit */
  assert_non_null(p);
  assert_int_equal(t.mem.used, 899);
  p = rill__mem_resize(&t.mem, p, 599, 100);
  assert_non_null(p);
  assert_null(rill__mem_resize(&t.mem, p, 100, 201));
  p = rill__mem_resize(&t.mem, p, 100, 200);
  assert_non_null(p);
  assert_int_equal(t.mem.used, 500);
  t.mem.limit = 0;
  rill__mem_free(&t.mem, p, 200);
  rill__mem_free(&t.mem, other, 300);
  assert_int_equal(t.mem.peak, 900);
  trial_end(&t);
}

/* Sums that would pass SIZE_MAX are the limit's to refuse; up to there the allocator is asked. */
static void no_sum_wraps(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, SIZE_MAX);
  uint8_t *p = rill__mem_alloc(&t.mem, 100);
  assert_null(rill__mem_alloc(&t.mem, SIZE_MAX));
  assert_true(t.mem.refused);
  assert_null(rill__mem_alloc(&t.mem, SIZE_MAX - 99));
  assert_true(t.mem.refused);
  assert_int_equal(t.user.calls, 1);
  assert_null(rill__mem_alloc(&t.mem, SIZE_MAX - 100));
  assert_false(t.mem.refused);
  assert_int_equal(t.user.calls, 2);
  assert_null(rill__mem_resize(&t.mem, p, 100, SIZE_MAX));
  assert_false(t.mem.refused);
  assert_int_equal(t.user.calls, 3);
  assert_int_equal(t.mem.used, 100);
  rill__mem_free(&t.mem, p, 100);
  trial_end(&t);
}

/* ---- failures ---- */

static void a_failed_allocation_changes_nothing(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, LIMIT);
  uint8_t *p = rill__mem_alloc(&t.mem, 100);
  memset(p, 5, 100);
  for (size_t size = 1; size <= LIMIT; size += 333) { /* shrinking may fail as well */
    t.user.fail_at = t.user.calls + 1;
    assert_null(rill__mem_resize(&t.mem, p, 100, size));
    assert_false(t.mem.refused);
    assert_int_equal(t.mem.used, 100);
    assert_int_equal(t.mem.peak, 100);
    assert_int_equal(p[99], 5);
  }
  t.user.fail_at = t.user.calls + 1;
  assert_null(rill__mem_alloc(&t.mem, 1));
  rill__mem_free(&t.mem, p, 100);
  assert_int_equal(t.user.failures, 5);
  trial_end(&t);
}

/* What gives back on the way out of a failure must not blur whose failure it was. */
static void refused_speaks_of_the_last_failure(void **state) {
  (void)state;
  trial t;
  trial_begin(&t, LIMIT);
  assert_false(t.mem.refused);
  uint8_t *p = rill__mem_alloc(&t.mem, 100);
  assert_false(t.mem.refused);
  assert_null(rill__mem_alloc(&t.mem, LIMIT));
  assert_true(t.mem.refused);
  p = rill__mem_resize(&t.mem, p, 100, 50);
  rill__mem_free(&t.mem, p, 50);
  assert_true(t.mem.refused);
  t.user.fail_at = t.user.calls + 1;
  assert_null(rill__mem_alloc(&t.mem, 1));
  assert_false(t.mem.refused);
  trial_end(&t);
}

/* ---- a random walk against a plain account ---- */

enum { BLOCKS = 12, STEPS = 200000, LARGEST = 300 };

typedef struct block {
  uint8_t *p;
  size_t size;
  uint8_t fill;
} block;

static void check_fill(const block *b, size_t n) {
  for (size_t i = 0; i < n; i++)
    assert_int_equal(b->p[i], b->fill);
}

typedef struct account {
  block blocks[BLOCKS];
  size_t sum, peak;
  unsigned refusals, failures;
} account;

static void random_step(trial *t, account *a) {
  block *b = &a->blocks[trial_random(t, BLOCKS)];
  size_t size = trial_random(t, 4) == 0 ? 0 : 1 + trial_random(t, LARGEST);
  if (b->p == NULL && size == 0) return;
  bool refused = a->sum - b->size + size > LIMIT;
  bool fails = !refused && size != 0 && trial_random(t, 8) == 0;
  if (fails) t->user.fail_at = t->user.calls + 1;
  uint8_t *p = rill__mem_resize(&t->mem, b->p, b->size, size);
  if (refused || fails) {
    assert_null(p);
    assert_int_equal(t->mem.refused, refused);
    check_fill(b, b->size);
    *(refused ? &a->refusals : &a->failures) += 1;
    return;
  }
  a->sum = a->sum - b->size + size;
  if (a->sum > a->peak) a->peak = a->sum;
  size_t kept = b->size < size ? b->size : size;
  *b = (block){size == 0 ? NULL : p, size, b->fill};
  if (size == 0) return;
  assert_non_null(p);
  check_fill(b, kept);
  b->fill = (uint8_t)trial_random(t, 256);
  memset(b->p, b->fill, b->size);
}

static void a_random_walk_keeps_the_account(void **state) {
  (void)state;
  trial t;
  account a = {.sum = 0};
  trial_begin(&t, LIMIT);
  for (unsigned i = 0; i < STEPS; i++) {
    random_step(&t, &a);
    assert_int_equal(t.mem.used, a.sum);
    assert_int_equal(t.mem.peak, a.peak);
    trial_check(&t);
  }
  assert_true(a.refusals > STEPS / 100);
  assert_true(a.failures > STEPS / 100);
  assert_int_equal(a.peak, LIMIT); /* the walk has touched the bound */
  for (size_t i = 0; i < BLOCKS; i++)
    rill__mem_free(&t.mem, a.blocks[i].p, a.blocks[i].size);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_user_sees_what_was_asked),        cmocka_unit_test(nothing_is_freed_in_silence),
      cmocka_unit_test(without_an_allocator_it_is_libc_s),   cmocka_unit_test(the_limit_is_reached_and_not_passed),
      cmocka_unit_test(growing_counts_the_old_size_as_free), cmocka_unit_test(a_limit_of_0_gives_nothing),
      cmocka_unit_test(a_lowered_limit_takes_nothing_away),  cmocka_unit_test(no_sum_wraps),
      cmocka_unit_test(a_failed_allocation_changes_nothing), cmocka_unit_test(refused_speaks_of_the_last_failure),
      cmocka_unit_test(a_random_walk_keeps_the_account),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
