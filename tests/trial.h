/* SPDX-License-Identifier: MIT */
/*
 * trial: what a unit test of something that allocates stands on: a rill__mem over an allocator that checks every old size, moves
 * every block and can fail on purpose, and numbers that are random and the same each time.
 *
 * Invariant, checked by trial_check(): what rill__mem says is in use is what is live in the allocator below it.
 */
#ifndef TESTS_TRIAL_H
#define TESTS_TRIAL_H

#include "base/mem.h"
#include "talk/checked_mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

typedef struct trial {
  checked_mem user;
  rill__mem mem;
  uint64_t random;
} trial;

/* The trial must stay where it is. */
static inline void trial_begin(trial *t, size_t limit) {
  *t = (trial){.random = 1};
  rill_mem user = checked_mem_of(&t->user);
  rill__mem_init(&t->mem, &user, limit);
}

static inline void trial_check(const trial *t) {
  if (t->user.wrong != NULL) fail_msg("%s", t->user.wrong);
  assert_int_equal(t->mem.used, t->user.live_octets);
  assert_true(t->mem.used <= t->mem.peak);
  assert_true(t->mem.used <= t->mem.limit);
}

/* Everything has been given back. */
static inline void trial_end(const trial *t) {
  trial_check(t);
  assert_int_equal(t->user.live, 0);
  assert_int_equal(t->mem.used, 0);
}

/* From 0 to below - 1. */
static inline uint32_t trial_random(trial *t, uint32_t below) {
  t->random = t->random * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(((t->random >> 32) * below) >> 32);
}

#endif /* TESTS_TRIAL_H */
