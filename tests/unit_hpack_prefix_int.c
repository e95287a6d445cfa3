/* SPDX-License-Identifier: MIT */
/*
 * Integers of RFC 7541 5.1: every prefix, the values at each change of length, both limits at N and N+1, every cut.
 */
#include "hpack/prefix_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

/* The pseudocode of RFC 7541 5.1, for a number of any size. */
static size_t slow_put(uint8_t *dst, uint32_t high, unsigned bits, uint64_t value) {
  uint64_t mask = (UINT64_C(1) << bits) - 1;
  size_t n = 0;
  if (value < mask) {
    dst[n++] = (uint8_t)(high | value);
    return n;
  }
  dst[n++] = (uint8_t)(high | mask);
  value -= mask;
  while (value >= 128) {
    dst[n++] = (uint8_t)(value % 128 + 128);
    value /= 128;
  }
  dst[n++] = (uint8_t)value;
  return n;
}

static rill_why get(const uint8_t *src, size_t n, unsigned bits, uint32_t *value, size_t *taken) {
  rill_view in = {src, n};
  rill_why why = rill__int_get(&in, (1u << bits) - 1, value);
  *taken = n - in.n;
  assert_ptr_equal(in.p, src + *taken);
  return why;
}

static void check_value(unsigned bits, uint64_t value) {
  uint32_t high = 0xff & ~((1u << bits) - 1), got;
  uint8_t want[16], put[16] = {0};
  size_t taken, n = slow_put(want, high, bits, value);
  memset(want + n, 0xff, sizeof want - n);
  rill_view all = {want, sizeof want};
  bool fits = value <= UINT32_MAX;
  assert_int_equal(rill__int_get_to(&all, (1u << bits) - 1, UINT32_MAX, &got), fits ? RILL_WHY_NONE : RILL_WHY_HPACK_INTEGER);
  if (fits) assert_int_equal(got, value);
  if (value > RILL__INT_MAX) {
    assert_int_equal(get(want, sizeof want, bits, &got, &taken), RILL_WHY_HPACK_INTEGER);
    return;
  }
  assert_true(n <= RILL__INT_OCTETS);
  assert_ptr_equal(rill__int_put(put, high, (1u << bits) - 1, (uint32_t)value), put + n);
  assert_memory_equal(put, want, n);
  assert_int_equal(get(want, sizeof want, bits, &got, &taken), RILL_WHY_NONE);
  assert_int_equal(got, value);
  assert_int_equal(taken, n);
  for (size_t cut = 0; cut < n; cut++)
    assert_int_equal(get(want, cut, bits, &got, &taken), RILL_WHY_HPACK_CUT);
}

static void test_values(void **state) {
  (void)state;
  for (unsigned bits = 1; bits <= 8; bits++) {
    uint64_t mask = (1u << bits) - 1;
    for (uint64_t value = 0; value < 70000; value++)
      check_value(bits, value);
    for (unsigned power = 0; power <= 35; power++) { /* where a length or a limit ends */
      for (uint64_t by = 0; by < 4; by++) {
        uint64_t edge = UINT64_C(1) << power;
        check_value(bits, edge + by);
        check_value(bits, edge + mask + by);
        if (edge > by) check_value(bits, edge - by);
        if (edge + mask > by) check_value(bits, edge + mask - by);
      }
    }
  }
}

/* Zeros may be written in more octets than needed, as far as the limit goes. */
static void test_length_limit(void **state) {
  (void)state;
  for (unsigned bits = 1; bits <= 8; bits++) {
    uint8_t src[8] = {0xff, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80};
    uint32_t value;
    size_t taken;
    for (size_t more = 1; more < sizeof src; more++) {
      src[more] = 0;
      rill_why want = more <= 5 ? RILL_WHY_NONE : RILL_WHY_HPACK_INTEGER;
      assert_int_equal(get(src, sizeof src, bits, &value, &taken), want);
      if (more <= 5) assert_int_equal(value, (1u << bits) - 1);
      if (more <= 5) assert_int_equal(taken, more + 1);
      src[more] = 0x80;
    }
    assert_int_equal(get(src, 6, bits, &value, &taken), RILL_WHY_HPACK_INTEGER); /* with the sixth octet it's too long already */
    assert_int_equal(get(src, 5, bits, &value, &taken), RILL_WHY_HPACK_CUT);
  }
}

static void test_value_limit(void **state) {
  (void)state;
  for (unsigned bits = 1; bits <= 8; bits++) {
    check_value(bits, INT32_MAX);
    check_value(bits, UINT64_C(1) + INT32_MAX);
    check_value(bits, UINT32_MAX);
    check_value(bits, UINT64_C(1) + UINT32_MAX);
    check_value(bits, UINT64_C(1) << 32 | 5); /* small again once cut to 32 bits */
    uint8_t most[] = {0xff, 0xff, 0xff, 0xff, 0xff, 0x7f};
    uint32_t value;
    size_t taken;
    assert_int_equal(get(most, sizeof most, bits, &value, &taken), RILL_WHY_HPACK_INTEGER);
  }
}

/* RFC 7541 C.1 */
static void test_examples(void **state) {
  (void)state;
  uint8_t dst[8];
  assert_ptr_equal(rill__int_put(dst, 0, 0x1f, 10), dst + 1);
  assert_int_equal(dst[0], 0x0a);
  assert_ptr_equal(rill__int_put(dst, 0, 0x1f, 1337), dst + 3);
  assert_memory_equal(dst, "\x1f\x9a\x0a", 3);
  assert_ptr_equal(rill__int_put(dst, 0, 0xff, 42), dst + 1);
  assert_int_equal(dst[0], 0x2a);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_values),
      cmocka_unit_test(test_length_limit),
      cmocka_unit_test(test_value_limit),
      cmocka_unit_test(test_examples),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
