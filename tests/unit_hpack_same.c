/* SPDX-License-Identifier: MIT */
/*
 * Comparison of octets: every length up to where memcmp() has most of the work, a difference at every place, in blocks of exactly
 * that size, so that the sanitizer sees what is read beyond.
 */
#include "hpack/same.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

static const char text[] = "the octets of this text differ from their neighbours, for all that it has to be: long";

enum { LONGEST = sizeof text - 1, SHORT_MIN = 2, SHORT_MAX = 32 };

static void expect(const uint8_t *a, const uint8_t *b, size_t n, bool want) {
  assert_int_equal(rill__same(a, b, n), want);
  assert_int_equal(rill__same(b, a, n), want);
  if (n >= SHORT_MIN && n <= SHORT_MAX) assert_int_equal(rill__same_short(a, b, n), want);
}

static void test_every_length(void **state) {
  (void)state;
  for (size_t n = 1; n <= LONGEST; n++) {
    uint8_t *a = malloc(n), *b = malloc(n);
    assert_true(a != NULL && b != NULL);
    memcpy(a, text, n);
    memcpy(b, text, n);
    expect(a, b, n, true);
    for (size_t at = 0; at < n; at++) {
      for (unsigned bit = 0; bit < 8; bit++) {
        b[at] ^= (uint8_t)(1u << bit);
        expect(a, b, n, false);
        b[at] ^= (uint8_t)(1u << bit);
      }
    }
    free(b);
    free(a);
  }
}

static void test_empty(void **state) {
  (void)state;
  const uint8_t octets[] = {1, 2};
  assert_true(rill__same(NULL, NULL, 0));
  assert_true(rill__same(octets, NULL, 0));
  assert_true(rill__same_view((rill_view){octets, 0}, (rill_view){NULL, 0}));
  assert_true(rill__same_view((rill_view){octets, 2}, (rill_view){octets, 2}));
  assert_false(rill__same_view((rill_view){octets, 1}, (rill_view){octets, 2}));
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_length), cmocka_unit_test(test_empty)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
