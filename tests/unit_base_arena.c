/* SPDX-License-Identifier: MIT */
/*
 * base/arena: what was taken stays where it is and as it is, whatever is taken after it; what a reset keeps; limits and failures.
 */
#include "base/arena.h"
#include "trial.h"

enum { PIECES = 400 };

typedef struct piece {
  uint8_t *p;
  size_t n;
  uint8_t fill;
} piece;

typedef struct pieces {
  piece at[PIECES];
  size_t count;
} pieces;

/* Also shows that no two pieces overlap: each has been filled after it was taken. */
static void check_pieces(const pieces *all) {
  for (size_t i = 0; i < all->count; i++) {
    for (size_t k = 0; k < all->at[i].n; k++)
      assert_int_equal(all->at[i].p[k], all->at[i].fill);
  }
}

static bool take(trial *t, rill__arena *arena, pieces *all, size_t n) {
  piece got = {rill__arena_take(arena, n), n, (uint8_t)trial_random(t, 256)};
  if (got.p == NULL) return false;
  if (n != 0) memset(got.p, got.fill, n);
  all->at[all->count++] = got;
  return true;
}

/* Gives back the end of what was taken last. */
static void untake(trial *t, rill__arena *arena, pieces *all) {
  piece *last = &all->at[all->count - 1];
  last->n = trial_random(t, (uint32_t)last->n + 1);
  rill__arena_untake(arena, last->p + last->n);
}

static size_t random_size(trial *t) {
  switch (trial_random(t, 16)) {
  case 0:
    return 0;
  case 1:
    return trial_random(t, 20000);
  default:
    return trial_random(t, 100);
  }
}

/* ---- a random walk, with failures ---- */

static void fill_arena(trial *t, rill__arena *arena, pieces *all) {
  all->count = 0;
  while (all->count < PIECES) {
    uint64_t failures = t->user.failures;
    if (trial_random(t, 4) == 0) t->user.fail_at = t->user.calls + 1;
    if (take(t, arena, all, random_size(t))) {
      if (trial_random(t, 3) == 0) untake(t, arena, all);
    } else {
      assert_int_equal(t->user.failures, failures + 1);
    }
    if (all->count % 16 == 0) check_pieces(all);
    trial_check(t);
  }
  check_pieces(all);
}

static void what_was_taken_never_moves(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  pieces all;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  for (int round = 0; round < 40; round++) {
    fill_arena(&t, &arena, &all);
    if (round % 5 == 4) {
      rill__arena_free(&arena);
      assert_int_equal(t.user.live, 0);
    } else {
      rill__arena_reset(&arena);
      assert_int_equal(t.user.live, 1);
    }
  }
  assert_true(t.user.failures > 40);
  rill__arena_free(&arena);
  trial_end(&t);
}

/* ---- single matters ---- */

static void an_arena_begins_with_nothing(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  rill__arena_reset(&arena);
  rill__arena_free(&arena);
  assert_int_equal(t.user.calls, 0);
  assert_non_null(rill__arena_take(&arena, 0)); /* NULL would say that there is no memory */
  assert_non_null(rill__arena_take(&arena, 0));
  rill__arena_free(&arena);
  rill__arena_free(&arena);
  trial_end(&t);
}

static void what_is_untaken_is_taken_again(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  uint8_t *a = rill__arena_take(&arena, 100);
  rill__arena_untake(&arena, a + 30);
  uint8_t *b = rill__arena_take(&arena, 10);
  assert_ptr_equal(b, a + 30);
  rill__arena_untake(&arena, b); /* all of it */
  assert_ptr_equal(rill__arena_take(&arena, 0), b);
  uint8_t *c = rill__arena_take(&arena, 5000); /* a chunk of its own */
  rill__arena_untake(&arena, c + 1);
  assert_ptr_equal(rill__arena_take(&arena, 4999), c + 1);
  assert_int_equal(t.user.calls, 2);
  rill__arena_free(&arena);
  trial_end(&t);
}

/* Each chunk is at least twice the one before, and no larger than that without need. */
static void chunks_grow_in_the_logarithm_of_the_sum(void **state) {
  (void)state;
  enum { SUM = 1 << 20 };
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  size_t before = 0;
  for (uint32_t i = 0; i < SUM; i++) {
    uint64_t calls = t.user.calls;
    size_t live = t.user.live_octets;
    uint8_t *p = rill__arena_take(&arena, 1);
    assert_non_null(p);
    *p = (uint8_t)i;
    if (t.user.calls == calls) continue;
    size_t chunk = t.user.live_octets - live;
    if (before != 0) assert_int_equal(chunk, 2 * before);
    before = chunk;
  }
  assert_true(t.user.calls <= 12);
  size_t live = t.user.live_octets;
  assert_non_null(rill__arena_take(&arena, 3 * before)); /* more than twice */
  assert_in_range(t.user.live_octets - live, 3 * before, 3 * before + 64);
  rill__arena_free(&arena);
  trial_end(&t);
}

static void after_a_reset_the_newest_chunk_serves(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  uint64_t calls[4] = {0};
  for (int round = 0; round < 4; round++) {
    for (int i = 0; i < 100; i++)
      assert_non_null(rill__arena_take(&arena, 100));
    calls[round] = t.user.calls;
    size_t octets = t.user.live_octets, blocks = t.user.live;
    rill__arena_reset(&arena);
    assert_int_equal(t.user.live, 1);
    if (blocks > 1) assert_true(2 * t.user.live_octets > octets); /* the newest is the largest */
    trial_check(&t);
  }
  assert_true(calls[1] - calls[0] <= 1);
  assert_int_equal(calls[2], calls[1]);
  assert_int_equal(calls[3], calls[1]);
  rill__arena_free(&arena);
  trial_end(&t);
}

static void the_first_chunk_fits_the_limit_or_does_not(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  assert_non_null(rill__arena_take(&arena, 4000));
  size_t whole = t.mem.used; /* with what the arena itself needs */
  rill__arena_free(&arena);
  trial_end(&t);

  trial_begin(&t, whole);
  rill__arena_init(&arena, &t.mem);
  assert_null(rill__arena_take(&arena, 4001));
  assert_true(t.mem.refused);
  assert_int_equal(t.user.live, 0);
  uint8_t *p = rill__arena_take(&arena, 4000);
  assert_non_null(p);
  memset(p, 1, 4000);
  assert_null(rill__arena_take(&arena, 1));
  assert_true(t.mem.refused);
  rill__arena_untake(&arena, p + 3999);
  assert_ptr_equal(rill__arena_take(&arena, 1), p + 3999); /* a refusal has not spoilt it */
  rill__arena_free(&arena);
  trial_end(&t);
}

static void sizes_that_wrap_are_refused(void **state) {
  (void)state;
  trial t;
  rill__arena arena;
  trial_begin(&t, SIZE_MAX);
  rill__arena_init(&arena, &t.mem);
  for (int round = 0; round < 2; round++) { /* without a chunk and with one */
    for (size_t less = 0; less < 100; less++)
      assert_null(rill__arena_take(&arena, SIZE_MAX - less));
    assert_null(rill__arena_take(&arena, SIZE_MAX / 2 + 1));
    assert_non_null(rill__arena_take(&arena, 10));
    trial_check(&t);
  }
  rill__arena_free(&arena);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_was_taken_never_moves),
      cmocka_unit_test(an_arena_begins_with_nothing),
      cmocka_unit_test(what_is_untaken_is_taken_again),
      cmocka_unit_test(chunks_grow_in_the_logarithm_of_the_sum),
      cmocka_unit_test(after_a_reset_the_newest_chunk_serves),
      cmocka_unit_test(the_first_chunk_fits_the_limit_or_does_not),
      cmocka_unit_test(sizes_that_wrap_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
