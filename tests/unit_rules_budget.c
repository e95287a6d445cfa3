/* SPDX-License-Identifier: MIT */
/* Buckets of points: what is spent, what is given back, and that neither passes its bounds. */
#include "rules/budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { BURST = 100, REFILL = 7 };

/* All buckets alike, and empty of what may be spent. */
static void begin(rill__budget *budget, rill__budget_terms *terms, uint32_t burst, uint32_t refill) {
  memset(budget, 0, sizeof *budget);
  for (size_t i = 0; i < RILL_BUDGETS; i++) {
    terms[i] = (rill__budget_terms){burst, refill};
    budget->spent[i] = burst;
  }
}

static void each_price_and_bucket(void **state) {
  (void)state;
  static const struct {
    rill__charge what;
    rill_budget bucket;
    uint32_t points;
    rill_why above;
  } rows[] = {
      {RILL__CHARGE_CHEAP, RILL_BUDGET_GLITCHES, 1, RILL_WHY_GLITCHES},
      {RILL__CHARGE_LATE, RILL_BUDGET_GLITCHES, 1, RILL_WHY_GLITCHES},
      {RILL__CHARGE_SETTINGS, RILL_BUDGET_GLITCHES, 5, RILL_WHY_GLITCHES},
      {RILL__CHARGE_SETTING, RILL_BUDGET_GLITCHES, 1, RILL_WHY_GLITCHES},
      {RILL__CHARGE_WINDOWS_LOWERED, RILL_BUDGET_GLITCHES, 10, RILL_WHY_GLITCHES},
      {RILL__CHARGE_WINDOW_UPDATE, RILL_BUDGET_GLITCHES, 1, RILL_WHY_GLITCHES},
      {RILL__CHARGE_TINY_DATA, RILL_BUDGET_GLITCHES, 1, RILL_WHY_GLITCHES},
      {RILL__CHARGE_SMALL_CONTINUATION, RILL_BUDGET_GLITCHES, 5, RILL_WHY_GLITCHES},
      {RILL__CHARGE_GOAWAY, RILL_BUDGET_GLITCHES, 10, RILL_WHY_GLITCHES},
      {RILL__CHARGE_MALFORMED, RILL_BUDGET_GLITCHES, 10, RILL_WHY_GLITCHES},
      {RILL__CHARGE_REFUSAL, RILL_BUDGET_REFUSALS, 1, RILL_WHY_REFUSALS},
      {RILL__CHARGE_PEER_RESET, RILL_BUDGET_PEER_RESETS, 1, RILL_WHY_PEER_RESETS},
      {RILL__CHARGE_OWN_RESET, RILL_BUDGET_OWN_RESETS, 1, RILL_WHY_OWN_RESETS},
      {RILL__CHARGE_STALLED, RILL_BUDGET_OWN_RESETS, 1, RILL_WHY_OWN_RESETS},
      {RILL__CHARGE_EMPTY_DATA, RILL_BUDGET_EMPTY_DATA, 1, RILL_WHY_DATA_EMPTY},
  };
  assert_int_equal(sizeof rows / sizeof rows[0], RILL__CHARGES);
  for (size_t i = 0; i < RILL__CHARGES; i++) {
    rill__budget budget;
    rill__budget_terms terms[RILL_BUDGETS];
    begin(&budget, terms, BURST, REFILL);
    budget.spent[rows[i].bucket] = BURST - rows[i].points;
    assert_int_equal(rill__budget_spend(&budget, terms, rows[i].what, 1), RILL_WHY_NONE);
    for (size_t k = 0; k < RILL_BUDGETS; k++)
      assert_int_equal(budget.spent[k], BURST);
    budget.spent[rows[i].bucket]++;
    budget.spent[rows[i].bucket] -= rows[i].points;
    assert_int_equal(rill__budget_spend(&budget, terms, rows[i].what, 1), rows[i].above);
    assert_int_equal(budget.spent[rows[i].bucket], BURST + 1 - rows[i].points);
  }
}

static void several_at_once_and_none(void **state) {
  (void)state;
  rill__budget budget;
  rill__budget_terms terms[RILL_BUDGETS];
  begin(&budget, terms, BURST, REFILL);
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_SETTING, 0), RILL_WHY_NONE);
  budget.spent[RILL_BUDGET_GLITCHES] = 0;
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_SETTING, BURST), RILL_WHY_NONE);
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_SETTING, 1), RILL_WHY_GLITCHES);
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_SETTINGS, UINT32_MAX), RILL_WHY_GLITCHES);
}

static void no_limit_spends_nothing(void **state) {
  (void)state;
  rill__budget budget;
  rill__budget_terms terms[RILL_BUDGETS];
  begin(&budget, terms, BURST, REFILL);
  terms[RILL_BUDGET_GLITCHES].burst = UINT32_MAX;
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_GOAWAY, UINT32_MAX), RILL_WHY_NONE);
  assert_int_equal(budget.spent[RILL_BUDGET_GLITCHES], BURST);
  assert_false(rill__budget_is_low(&budget, terms));
  terms[RILL_BUDGET_GLITCHES].burst = UINT32_MAX - 1;
  budget.spent[RILL_BUDGET_GLITCHES] = UINT32_MAX - 2;
  assert_true(rill__budget_is_low(&budget, terms));
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_CHEAP, 1), RILL_WHY_NONE);
  assert_int_equal(rill__budget_spend(&budget, terms, RILL__CHARGE_CHEAP, 1), RILL_WHY_GLITCHES);
}

static void three_quarters_are_low(void **state) {
  (void)state;
  rill__budget budget;
  rill__budget_terms terms[RILL_BUDGETS];
  for (uint32_t burst = 1; burst < 50; burst++) {
    begin(&budget, terms, burst, REFILL);
    for (uint32_t spent = 0; spent <= burst; spent++) {
      budget.spent[RILL_BUDGET_GLITCHES] = spent;
      assert_int_equal(rill__budget_is_low(&budget, terms), spent >= burst - burst / 4);
    }
  }
}

/* The difference to what was there before, by bucket. */
static void gives_back(rill__useful *useful, uint64_t seconds, const uint32_t back[RILL_BUDGETS], rill__budget *budget) {
  rill__budget_terms terms[RILL_BUDGETS];
  for (size_t i = 0; i < RILL_BUDGETS; i++) {
    terms[i] = (rill__budget_terms){BURST, REFILL};
    budget->spent[i] = BURST;
  }
  rill__budget_refund(budget, terms, useful, seconds);
  for (size_t i = 0; i < RILL_BUDGETS; i++)
    assert_int_equal(BURST - budget->spent[i], back[i]);
}

static void work_and_time_give_back(void **state) {
  (void)state;
  rill__budget budget = {.spent = {0}};
  rill__useful useful = {0, 0, 0};
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){0}, &budget);
  gives_back(&useful, 2, (const uint32_t[RILL_BUDGETS]){14, 14, 14, 14, 14}, &budget);
  useful.moved = 1023;
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){0}, &budget);
  useful.moved = 3 * 1024;
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){[RILL_BUDGET_GLITCHES] = 3}, &budget);
  useful.received = 2 * 4096 - 1;
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){[RILL_BUDGET_EMPTY_DATA] = 1}, &budget);
  useful.received = 2 * 4096;
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){[RILL_BUDGET_EMPTY_DATA] = 1}, &budget);
  useful.completed = 2;
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){20, 2, 2, 0, 0}, &budget);
  gives_back(&useful, 0, (const uint32_t[RILL_BUDGETS]){0}, &budget);
}

static void no_more_is_given_back_than_was_spent(void **state) {
  (void)state;
  static const uint64_t much[] = {1000000, UINT32_MAX, UINT64_MAX / 2, UINT64_MAX};
  for (size_t i = 0; i < sizeof much / sizeof much[0]; i++) {
    rill__budget budget;
    rill__budget_terms terms[RILL_BUDGETS];
    begin(&budget, terms, BURST, UINT32_MAX);
    rill__useful useful = {much[i], much[i], much[i]};
    rill__budget_refund(&budget, terms, &useful, much[i]);
    for (size_t k = 0; k < RILL_BUDGETS; k++)
      assert_int_equal(budget.spent[k], 0);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_price_and_bucket),   cmocka_unit_test(several_at_once_and_none),
      cmocka_unit_test(no_limit_spends_nothing), cmocka_unit_test(three_quarters_are_low),
      cmocka_unit_test(work_and_time_give_back), cmocka_unit_test(no_more_is_given_back_than_was_spent),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
