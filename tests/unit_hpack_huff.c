/* SPDX-License-Identifier: MIT */
/*
 * Huffman code (T-HPACK1): the tables of src/hpack/huff_table.c against the code lengths of RFC 7541 appendix B, and both
 * directions against a reference that walks the code bit by bit, with the input of decoding before an unreadable page. Strings of
 * up to three octets are all there, of longer ones a share, or ten million with RILL_TEST_WHOLE=1.
 *
 * `unit_hpack_huff --print` writes huff_table.c to standard output.
 */
#define _DEFAULT_SOURCE 1
#define _DARWIN_C_SOURCE 1
#include "guard_page.h"
#include "hpack/huff.h"
#include "hpack/huff_table.h"
#include "huff_bits.h"
#include "share.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* The tables as they have to be. */
static rill__huff_look_table look;
static rill__huff_row rows[RILL__HUFF_LONG_ROWS];
static uint8_t longs[RILL__HUFF_LONG];

/* The symbol that `count` bits begin with, of which the rest of 32 is anything; SYMBOLS if none. */
static unsigned first_symbol(uint32_t top, unsigned count) {
  for (unsigned symbol = 0; symbol < SYMBOLS; symbol++) {
    if (bits_of[symbol] <= count && top >> (32 - bits_of[symbol]) == code_of[symbol]) return symbol;
  }
  return SYMBOLS;
}

static void make_look(void) {
  for (uint32_t i = 0; i < 1u << RILL__HUFF_LOOK; i++) {
    uint32_t top = i << (32 - RILL__HUFF_LOOK);
    unsigned one = first_symbol(top, RILL__HUFF_LOOK);
    if (one == SYMBOLS) continue;
    look.symbols[2 * i] = (uint8_t)one;
    look.taken[i] = (uint8_t)(bits_of[one] | 1u << 6);
    unsigned two = first_symbol(top << bits_of[one], RILL__HUFF_LOOK - bits_of[one]);
    if (two == SYMBOLS) continue;
    look.symbols[2 * i + 1] = (uint8_t)two;
    look.taken[i] = (uint8_t)((bits_of[one] + bits_of[two]) | 2u << 6);
  }
}

static void make_rows(void) {
  unsigned row = 0, n = 0;
  for (unsigned bits = RILL__HUFF_LOOK + 1; bits <= RILL__HUFF_LONGEST; bits++) {
    unsigned before = n;
    for (unsigned symbol = 0; symbol < SYMBOLS; symbol++) {
      if (bits_of[symbol] != bits) continue;
      if (n == before) rows[row] = (rill__huff_row){code_of[symbol] << (RILL__HUFF_LONGEST - bits), 0, (uint8_t)bits, (uint8_t)n};
      rows[row].end = (code_of[symbol] + 1) << (RILL__HUFF_LONGEST - bits);
      longs[n++] = (uint8_t)symbol;
    }
    if (n != before) row++;
  }
  assert_int_equal(n, RILL__HUFF_LONG);
  assert_int_equal(row, RILL__HUFF_LONG_ROWS);
}

static int make_tables(void **state) {
  (void)state;
  make_bits();
  make_look();
  make_rows();
  return 0;
}

static void print_list(unsigned count, unsigned columns, const char *format, uint64_t (*number)(unsigned)) {
  printf("{");
  for (unsigned i = 0; i < count; i++) {
    printf("%s", i % columns == 0 ? "\n    " : " ");
    printf(format, number(i));
  }
  printf("\n}");
}

static uint64_t nth_code(unsigned i) { return (uint64_t)code_of[i] << (64 - bits_of[i]); }
static uint64_t nth_bits(unsigned i) { return bits_of[i]; }
static uint64_t nth_symbol(unsigned i) { return look.symbols[i]; }
static uint64_t nth_taken(unsigned i) { return look.taken[i]; }
static uint64_t nth_long(unsigned i) { return longs[i]; }

static int print_tables(void) {
  printf("/* SPDX-License-Identifier: MIT */\n"
         "/* Made by `unit_hpack_huff --print`. */\n"
         "#include \"hpack/huff_table.h\"\n\n"
         "/* clang-format off */\n");
  printf("\nconst rill__huff_codes_table rill__huff_codes = {");
  print_list(256, 4, "UINT64_C(0x%016" PRIx64 "),", nth_code);
  printf(", ");
  print_list(256, 20, "%" PRIu64 ",", nth_bits);
  printf("};\n");
  printf("\nconst rill__huff_look_table rill__huff_look = {");
  print_list(2u << RILL__HUFF_LOOK, 24, "%" PRIu64 ",", nth_symbol);
  printf(", ");
  print_list(1u << RILL__HUFF_LOOK, 24, "%" PRIu64 ",", nth_taken);
  printf("};\n");
  printf("\nconst rill__huff_row rill__huff_rows[RILL__HUFF_LONG_ROWS] = {\n");
  for (unsigned i = 0; i < RILL__HUFF_LONG_ROWS; i++) {
    const rill__huff_row *row = &rows[i];
    printf("    {0x%08" PRIx32 ", 0x%08" PRIx32 ", %u, %u},\n", row->begin, row->end, row->bits, row->first);
  }
  printf("};\n");
  printf("\nconst uint8_t rill__huff_long[RILL__HUFF_LONG] = ");
  print_list(RILL__HUFF_LONG, 20, "%" PRIu64 ",", nth_long);
  printf(";\n/* clang-format on */\n");
  return 0;
}

static void test_tables(void **state) {
  (void)state;
  for (unsigned symbol = 0; symbol < 256; symbol++)
    assert_int_equal(rill__huff_codes.code[symbol], nth_code(symbol));
  assert_memory_equal(rill__huff_codes.bits, bits_of, 256);
  assert_memory_equal(&rill__huff_look, &look, sizeof look);
  for (unsigned i = 0; i < RILL__HUFF_LONG_ROWS; i++) {
    assert_int_equal(rill__huff_rows[i].begin, rows[i].begin);
    assert_int_equal(rill__huff_rows[i].end, rows[i].end);
    assert_int_equal(rill__huff_rows[i].bits, rows[i].bits);
    assert_int_equal(rill__huff_rows[i].first, rows[i].first);
  }
  assert_memory_equal(rill__huff_long, longs, sizeof longs);
  assert_true(sizeof rill__huff_codes + sizeof rill__huff_look + sizeof rill__huff_rows + sizeof rill__huff_long <= 16384);
}

/* The code sums up to a whole: any bits begin with some symbol. */
static void test_code_is_complete(void **state) {
  (void)state;
  uint64_t sum = 0;
  for (unsigned symbol = 0; symbol < SYMBOLS; symbol++)
    sum += UINT64_C(1) << (RILL__HUFF_LONGEST - bits_of[symbol]);
  assert_int_equal(sum, UINT64_C(1) << RILL__HUFF_LONGEST);
  assert_int_equal(code_of[EOS], 0x3fffffff);
}

/* ---- before an unreadable page ---- */

static uint8_t *wall; /* behind room for 64 octets at least */

static void test_wall(void **state) {
  (void)state;
  bool guarded = false;
  wall = guard_page_end(64, &guarded);
  assert_non_null(wall);
  assert_int_equal(guarded, GUARD_PAGE);
}

/* Same acceptance, same output. n is at most 64; fast, since there are many. */
static bool check_at_wall(const uint8_t *src, size_t n) {
  uint8_t want[160], got[160], *at = wall - n;
  if (n != 0) memcpy(at, src, n);
  size_t want_n = slow_get(want, at, n), got_n = rill__huff_get(got, at, n);
  if (got_n == want_n && (got_n == RILL__HUFF_BAD || memcmp(got, want, got_n) == 0)) return got_n != RILL__HUFF_BAD;
  for (size_t i = 0; i < n; i++)
    printf("%02x", src[i]);
  fail_msg(" %zu octets decode to %zu, and not to %zu or not to the same", n, got_n, want_n);
  return false;
}

/* ---- both directions, in blocks of exactly the promised size, so that the sanitizer sees what is written beyond ---- */

static void check_get(const uint8_t *src, size_t n) {
  size_t bound = rill__huff_get_bound(n);
  uint8_t *want = malloc(bound), *got = malloc(bound), *copy = malloc(n + 1);
  assert_true(want != NULL && got != NULL && copy != NULL);
  if (n != 0) memcpy(copy, src, n);
  uint8_t *exact = realloc(copy, n == 0 ? 1 : n);
  size_t want_n = slow_get(want, src, n);
  size_t got_n = rill__huff_get(got, exact, n);
  assert_int_equal(got_n, want_n);
  if (want_n != RILL__HUFF_BAD) {
    assert_true(want_n * 5 <= n * 8);
    assert_memory_equal(got, want, want_n);
  }
  free(exact);
  free(got);
  free(want);
}

static void check_put(const uint8_t *src, size_t n) {
  uint8_t *want = malloc(4 * n + 1), *got = malloc(n + RILL__HUFF_PUT_SLACK);
  assert_true(want != NULL && got != NULL);
  size_t want_n = slow_put(want, src, n);
  size_t got_n = rill__huff_put(got, src, n);
  assert_int_equal(got_n, want_n < n ? want_n : n);
  if (want_n < n) assert_memory_equal(got, want, want_n);
  check_get(want, want_n);
  free(got);
  free(want);
}

static void test_every_octet(void **state) {
  (void)state;
  for (unsigned octet = 0; octet < 256; octet++) {
    uint8_t text[40];
    memset(text, (int)octet, sizeof text);
    for (size_t n = 0; n <= sizeof text; n++)
      check_put(text, n);
    for (size_t at = 0; at < sizeof text; at++) { /* alone among short codes */
      memset(text, 'a', sizeof text);
      text[at] = (uint8_t)octet;
      check_put(text, sizeof text);
    }
  }
}

/*
 * Groups of eight octets around 64 bits, which is what goes together, behind every count of octets and bits: six that have eight
 * bits, then two whose codes have 5 to 30 bits; then as many short ones as make the whole shorter than the text.
 */
static void test_groups_at_the_limit(void **state) {
  (void)state;
  uint8_t text[64];
  for (size_t before = 0; before < 16; before++) {
    for (unsigned octet = 0; octet < 256; octet++) {
      for (unsigned second = 0; second < 3; second++) {
        static const uint8_t seconds[] = {'a', 'X', '\\'};
        memset(text, 'a', sizeof text);
        memset(text + before, 'X', 6);
        text[before + 6] = (uint8_t)octet;
        text[before + 7] = seconds[second];
        check_put(text, before + 8);
        check_put(text, before + 8 + before % 8);
        check_put(text, sizeof text);
      }
    }
  }
}

static void test_strings_of_up_to_two_octets(void **state) {
  (void)state;
  check_get(NULL, 0);
  check_put((const uint8_t *)"", 0);
  for (unsigned i = 0; i < 65536; i++) {
    uint8_t pair[2] = {(uint8_t)(i >> 8), (uint8_t)i};
    check_get(pair, 2);
    check_put(pair, 2);
    if (i >= 256) continue;
    check_get(&pair[1], 1);
    check_put(&pair[1], 1);
  }
}

static void test_strings_of_three_octets(void **state) {
  (void)state;
  unsigned long accepted = 0;
  for (uint32_t i = 0; i < 1u << 24; i += test_whole() ? 1 : RILL_TEST_EVERY) {
    const uint8_t three[3] = {(uint8_t)(i >> 16), (uint8_t)(i >> 8), (uint8_t)i};
    accepted += check_at_wall(three, sizeof three);
    if (i < 1u << 16) (void)check_at_wall(three + 1, 2);
    if (i < 1u << 8) (void)check_at_wall(three + 2, 1);
  }
  (void)check_at_wall(NULL, 0);
  assert_true(accepted != 0);
}

/* `letters` times 'a', then `ones` bits of ones, but for a zero in place `zero` of them. Ends with an octet. */
static size_t padded(uint8_t *dst, size_t letters, unsigned ones, int zero) {
  size_t bit = 5 * letters;
  memset(dst, 0, (bit + ones + 7) / 8);
  for (size_t i = 0; i < bit; i++) {
    if (code_of['a'] >> (4 - i % 5) & 1) dst[i / 8] |= (uint8_t)(0x80 >> i % 8);
  }
  for (unsigned i = 0; i < ones; i++) {
    if ((int)i != zero) dst[(bit + i) / 8] |= (uint8_t)(0x80 >> (bit + i) % 8);
  }
  assert_int_equal((bit + ones) % 8, 0);
  return (bit + ones) / 8;
}

static void test_padding(void **state) {
  (void)state;
  uint8_t src[64], dst[128];
  for (size_t letters = 0; letters < 40; letters++) {
    unsigned ones = (unsigned)(8 - 5 * letters % 8) % 8;
    size_t n = padded(src, letters, ones, -1);
    check_get(src, n);
    assert_int_equal(rill__huff_get(dst, src, n), letters);
    for (unsigned zero = 0; zero < ones; zero++) {
      n = padded(src, letters, ones, (int)zero);
      check_get(src, n);
      if (ones < 5) assert_int_equal(rill__huff_get(dst, src, n), RILL__HUFF_BAD);
    }
    n = padded(src, letters, ones + 8, -1);
    check_get(src, n);
    assert_int_equal(rill__huff_get(dst, src, n), RILL__HUFF_BAD);
  }
}

static void test_eos(void **state) {
  (void)state;
  uint8_t src[64], dst[128];
  for (size_t letters = 0; letters < 40; letters++) {
    unsigned ones = 24 + (unsigned)(8 - 5 * letters % 8) % 8;
    while (ones < 30)
      ones += 8;
    size_t n = padded(src, letters, ones, -1);
    assert_int_equal(rill__huff_get(dst, src, n), RILL__HUFF_BAD);
    memset(src + n, 0, 8); /* whatever follows */
    assert_int_equal(rill__huff_get(dst, src, n + 8), RILL__HUFF_BAD);
  }
}

/* ---- random strings ---- */

static uint64_t random_state = 1;

static uint32_t next_random(void) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)(random_state >> 33);
}

static void test_random(void **state) {
  (void)state;
  static const uint8_t usual[] =
      "0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ/.-_:; =%&?,+()*\"'@~#<>[]{}|\\^`!$";
  uint8_t text[96];
  for (unsigned round = 0; round < 1000000; round++) {
    size_t n = next_random() % (round % 16 == 0 ? sizeof text : 24);
    unsigned odd = next_random() % 3; /* none, few, all */
    for (size_t i = 0; i < n; i++) {
      bool any = odd == 2 || (odd == 1 && next_random() % 16 == 0);
      text[i] = any ? (uint8_t)next_random() : usual[next_random() % (sizeof usual - 1)];
    }
    check_put(text, n);
    check_get(text, n);
  }
}

/* Every other one ends with some bits of a padding. */
static void test_random_octets(void **state) {
  (void)state;
  enum { LEAST = 4, MOST = 64 };
  unsigned long rounds = test_share(500000, 10000000), accepted = 0;
  for (unsigned long round = 0; round < rounds; round++) {
    uint8_t octets[MOST];
    size_t n = LEAST + next_random() % (MOST - LEAST + 1);
    for (size_t i = 0; i < n; i++)
      octets[i] = (uint8_t)(next_random() >> 11);
    if (round % 2 == 0) octets[n - 1] |= (uint8_t)((1u << round / 2 % 9) - 1);
    accepted += check_at_wall(octets, n);
  }
  assert_true(accepted > rounds / 20 && accepted < rounds / 20 * 19);
}

int main(int argc, char **argv) {
  if (argc == 2 && strcmp(argv[1], "--print") == 0) {
    make_tables(NULL);
    return print_tables();
  }
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_wall), /* first */
      cmocka_unit_test(test_tables),
      cmocka_unit_test(test_code_is_complete),
      cmocka_unit_test(test_every_octet),
      cmocka_unit_test(test_groups_at_the_limit),
      cmocka_unit_test(test_strings_of_up_to_two_octets),
      cmocka_unit_test(test_strings_of_three_octets),
      cmocka_unit_test(test_padding),
      cmocka_unit_test(test_eos),
      cmocka_unit_test(test_random),
      cmocka_unit_test(test_random_octets),
  };
  return cmocka_run_group_tests(tests, make_tables, NULL);
}
