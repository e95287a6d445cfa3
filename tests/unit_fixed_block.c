/* SPDX-License-Identifier: MIT */
/*
 * examples/fixed_block: random walks against a model that knows whose each granule is. Pieces are aligned, lie in the block and
 * apart; they keep their octets when they grow, shrink, or when there is no memory; there is none only where no hole is large
 * enough; all that is given back is one piece again.
 */
#include "../examples/fixed.h"
#include "trial.h"

#include <string.h>

enum { GRANULES = 200, PIECES = 60, UNIT = sizeof(fixed_granule) };

typedef struct piece {
  uint8_t *p;
  size_t size;
  uint8_t fill;
} piece;

typedef struct model {
  fixed_granule granules[GRANULES + 2]; /* a guard on both sides */
  fixed_block block;
  rill_mem mem;
  piece pieces[PIECES];
  size_t count, peak;
  uint32_t refused, moved, stayed;
} model;

static void begin(model *m) {
  memset(m, 0, sizeof *m);
  memset(m->granules, 0xee, sizeof m->granules);
  fixed_begin(&m->block, m->granules + 1, GRANULES);
  m->mem = fixed_mem(&m->block);
  assert_true(fixed_is_whole(&m->block));
}

static size_t granules_of(size_t size) { return (size + UNIT - 1) / UNIT; }

static size_t place_of(const model *m, const piece *one) {
  return (size_t)((const fixed_granule *)(void *)one->p - m->granules - 1);
}

/* Whose granule each is: true is somebody's. Nothing is two's. */
static void draw(const model *m, bool taken[GRANULES + 1]) {
  memset(taken, 0, GRANULES + 1);
  for (size_t i = 0; i < m->count; i++) {
    const piece *one = &m->pieces[i];
    assert_int_equal((uintptr_t)one->p % _Alignof(max_align_t), 0);
    assert_int_equal((size_t)(one->p - (const uint8_t *)(m->granules + 1)) % UNIT, 0);
    for (size_t k = 0; k < granules_of(one->size); k++) {
      size_t at = place_of(m, one) + k;
      assert_true(at < GRANULES);
      assert_false(taken[at]);
      taken[at] = true;
    }
  }
  taken[GRANULES] = true;
}

/* The first hole with so many granules, or GRANULES. */
static size_t first_fit(const model *m, size_t n) {
  bool taken[GRANULES + 1];
  size_t run = 0;
  draw(m, taken);
  for (size_t i = 0; i < GRANULES; i++) {
    run = taken[i] ? 0 : run + 1;
    if (run == n) return i + 1 - n;
  }
  return GRANULES;
}

/* Granules that are free right behind a piece. */
static size_t free_behind(const model *m, const piece *one) {
  bool taken[GRANULES + 1];
  size_t at = place_of(m, one) + granules_of(one->size), n = 0;
  draw(m, taken);
  while (!taken[at + n])
    n++;
  return n;
}

static void check(model *m) {
  bool taken[GRANULES + 1];
  size_t used = 0, holes = 0, listed = 0;
  draw(m, taken);
  for (size_t i = 0; i < GRANULES; i++) {
    used += taken[i];
    holes += !taken[i] && taken[i + 1];
  }
  for (const fixed_granule *hole = m->block.holes; hole != NULL; hole = hole->next)
    listed++;
  if (used > m->peak) m->peak = used;
  assert_int_equal(m->block.used, used);
  assert_int_equal(listed, holes); /* none touch */
  assert_true(m->block.peak >= m->peak);
  assert_int_equal(fixed_is_whole(&m->block), used == 0);
  for (size_t i = 0; i < m->count; i++) {
    for (size_t k = 0; k < m->pieces[i].size; k++)
      assert_int_equal(m->pieces[i].p[k], m->pieces[i].fill);
  }
  for (size_t k = 0; k < UNIT; k++) {
    assert_int_equal(((const uint8_t *)m->granules)[k], 0xee);
    assert_int_equal(((const uint8_t *)(m->granules + GRANULES + 1))[k], 0xee);
  }
}

static void fill(piece *one, uint8_t with) {
  one->fill = with;
  memset(one->p, with, one->size);
}

static void take(model *m, size_t size, uint8_t with) {
  size_t fits = first_fit(m, granules_of(size));
  piece one = {m->mem.resize(m->mem.user, NULL, 0, size), size, with};
  m->refused += one.p == NULL;
  assert_int_equal(one.p == NULL ? GRANULES : place_of(m, &one), fits);
  if (one.p == NULL) return;
  fill(&one, with);
  m->pieces[m->count++] = one;
}

static void give(model *m, size_t i) {
  (void)m->mem.resize(m->mem.user, m->pieces[i].p, m->pieces[i].size, 0);
  m->pieces[i] = m->pieces[--m->count];
}

static void change(model *m, size_t i, size_t size, uint8_t with) {
  piece *one = &m->pieces[i];
  size_t old = granules_of(one->size), n = granules_of(size);
  bool stays = n <= old || free_behind(m, one) >= n - old, fits = stays || first_fit(m, n) != GRANULES;
  uint8_t *p = m->mem.resize(m->mem.user, one->p, one->size, size);
  m->refused += p == NULL;
  assert_int_equal(p != NULL, fits);
  if (p == NULL) return; /* check() sees that its octets are as they were */
  assert_int_equal(p == one->p, stays);
  *(stays ? &m->stayed : &m->moved) += 1;
  for (size_t k = 0; k < size && k < one->size; k++)
    assert_int_equal(p[k], one->fill);
  one->p = p;
  one->size = size;
  fill(one, with);
}

static void step(trial *t, model *m) {
  size_t size = 1 + trial_random(t, trial_random(t, 4) == 0 ? GRANULES * UNIT / 4 : 8 * UNIT);
  uint8_t with = (uint8_t)trial_random(t, 256);
  uint32_t what = trial_random(t, 5);
  if (m->count < PIECES && (what < 2 || m->count == 0)) {
    take(m, size, with);
  } else if (what < 4 && m->count != 0) {
    change(m, trial_random(t, (uint32_t)m->count), size, with);
  } else if (m->count != 0) {
    give(m, trial_random(t, (uint32_t)m->count));
  }
  check(m);
}

static void walks(void **state) {
  (void)state;
  static model m;
  trial t;
  trial_begin(&t, SIZE_MAX);
  for (int walk = 0; walk < 20; walk++) {
    begin(&m);
    for (int i = 0; i < 3000; i++)
      step(&t, &m);
    assert_true(m.refused > 100 && m.moved > 100 && m.stayed > 100);
    while (m.count != 0) {
      give(&m, trial_random(&t, (uint32_t)m.count));
      check(&m);
    }
    assert_true(fixed_is_whole(&m.block));
  }
  trial_end(&t);
}

static void all_of_it_can_be_had(void **state) {
  (void)state;
  static model m;
  begin(&m);
  take(&m, GRANULES * UNIT, 1);
  assert_int_equal(m.count, 1);
  assert_null(m.block.holes);
  take(&m, 1, 2);
  change(&m, 0, GRANULES * UNIT + 1, 2);
  assert_int_equal(m.refused, 2);
  check(&m);
  change(&m, 0, 1, 3);
  change(&m, 0, GRANULES * UNIT, 4); /* in place */
  assert_int_equal(m.stayed, 2);
  assert_int_equal(m.block.peak, GRANULES);
  give(&m, 0);
  check(&m);
}

static void no_size_overflows(void **state) {
  (void)state;
  static model m;
  begin(&m);
  take(&m, 1, 1);
  assert_null(m.mem.resize(m.mem.user, NULL, 0, SIZE_MAX));
  assert_null(m.mem.resize(m.mem.user, m.pieces[0].p, 1, SIZE_MAX));
  check(&m);
  give(&m, 0);
  assert_true(fixed_is_whole(&m.block));
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(walks),
      cmocka_unit_test(all_of_it_can_be_had),
      cmocka_unit_test(no_size_overflows),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
