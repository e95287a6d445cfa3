/* SPDX-License-Identifier: MIT */
/*
 * Cookies as crumbs: where values are split, that they come together again, that no crumb is what must not be sent, that no block
 * is longer than its bound; and what the table makes of them.
 */
#include "hpack/crumb.h"
#include "hpack_line.h"

#include <stdio.h>

static uint64_t random_state = 9;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

static rill_view view_of(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static rill_field cookie_of(const char *value, uint8_t flags) {
  return (rill_field){.name = view_of("cookie"), .value = view_of(value), .flags = flags};
}

/* ---- where ---- */

static void test_places(void **state) {
  (void)state;
  static const char *const rows[][2] = {
      {"", "<>"},
      {"a", "<a>"},
      {";", "<;>"},
      {"; ", "<; >"},
      {"a=b; c=d; e=f", "<a=b><c=d><e=f>"},
      {"a; b", "<a><b>"},
      {"a;b", "<a;b>"},
      {"a;", "<a;>"},
      {"a; ", "<a; >"},
      {"; a", "<; a>"},
      {"a;  b", "<a;  b>"},
      {"a; \tb", "<a; \tb>"},
      {"a ; b", "<a ; b>"},
      {"a\t; b", "<a\t; b>"},
      {"a;; b", "<a;><b>"},
      {"a; ;b", "<a><;b>"},
      {"a; ; b", "<a><; b>"},
      {"a; b; ", "<a><b; >"},
      {" a; b", "< a><b>"},
      {";  ", "<;  >"},
      {"a;\xa0 b; c", "<a;\xa0 b><c>"},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char text[100] = "";
    rill__crumbs crumbs = {view_of(rows[i][0]), 0};
    rill_view crumb;
    while (rill__crumb_next(&crumbs, &crumb)) {
      size_t n = strlen(text);
      (void)snprintf(text + n, sizeof text - n, "<%.*s>", (int)crumb.n, (const char *)crumb.p);
    }
    assert_string_equal(text, rows[i][1]);
    assert_false(rill__crumb_next(&crumbs, &crumb));
  }
}

/* Sixty-four lines at most, and nothing is lost. */
static void test_most(void **state) {
  (void)state;
  for (unsigned pairs = RILL__CRUMBS_MAX - 1; pairs <= RILL__CRUMBS_MAX + 2; pairs++) {
    char text[RILL__CRUMBS_MAX * 4] = "a", joined[RILL__CRUMBS_MAX * 4] = "";
    for (unsigned i = 1; i < pairs; i++)
      strcat(text, "; b");
    rill__crumbs crumbs = {view_of(text), 0};
    rill_view crumb = {NULL, 0};
    unsigned count = 0;
    for (; rill__crumb_next(&crumbs, &crumb); count++) {
      if (count != 0) strcat(joined, "; ");
      strncat(joined, (const char *)crumb.p, crumb.n);
    }
    assert_int_equal(count, pairs < RILL__CRUMBS_MAX ? pairs : RILL__CRUMBS_MAX);
    assert_int_equal(crumb.n, pairs <= RILL__CRUMBS_MAX ? 1 : 1 + 3 * (pairs - RILL__CRUMBS_MAX));
    assert_string_equal(joined, text);
  }
}

/* ---- there and back ---- */

typedef struct reader {
  uint8_t octets[2000];
  size_t n;
  unsigned crumbs, secrets, found;
} reader;

/* Reads the cookies of a block as a receiver joins them. */
static void read_block(line *l, rill_view block, reader *r) {
  rill_field field[2];
  rill_why why = RILL_WHY_NONE;
  *r = (reader){.n = 0};
  rill__arena_reset(&l->arena);
  for (;;) {
    bool found = block.n != 0 && (*block.p & 0x80) != 0;
    int got = rill__dec_next(&l->dec, &block, &l->arena, field, 0, &why);
    assert_true(got >= 0);
    if (got == 0) break;
    if (field[0].token != RILL_TOKEN_COOKIE) continue;
    if (r->crumbs++ != 0) {
      memcpy(r->octets + r->n, "; ", 2);
      r->n += 2;
    }
    if (field[0].value.n != 0) memcpy(r->octets + r->n, field[0].value.p, field[0].value.n);
    r->n += field[0].value.n;
    r->secrets += (field[0].flags & RILL_FIELD_NEVER_INDEX) != 0;
    r->found += found;
  }
}

/* Sends it in a block of exactly the bound, between two other fields. */
static reader send_cookie(line *l, rill_field cookie) {
  const rill_field fields[] = {RILL_FIELD(":method", "GET"), cookie, RILL_FIELD("x-a", "b")};
  size_t bound = rill__crumb_bound(fields, 3);
  uint8_t *dst = malloc(bound);
  assert_non_null(dst);
  size_t n = rill__crumb_block(&l->enc, dst, fields, 3);
  assert_true(n <= bound);
  reader r;
  read_block(l, (rill_view){dst, n}, &r);
  expect_same_tables(l);
  assert_int_equal(r.n, cookie.value.n);
  if (r.n != 0) assert_memory_equal(r.octets, cookie.value.p, r.n);
  free(dst);
  return r;
}

/* Of the octets that matter, or of all. */
static void test_random(void **state) {
  (void)state;
  line l;
  line_open(&l, 4096, 1);
  for (unsigned round = 0; round < 20000; round++) {
    uint8_t octets[600];
    size_t n = next_random(round % 50 == 0 ? 600 : 12);
    for (size_t i = 0; i < n; i++)
      octets[i] = (uint8_t)(round % 7 == 0 ? next_random(256) : (unsigned)"a; ;\t"[next_random(5)]);
    rill_field cookie = {.name = view_of("cookie"), .value = {octets, n}, .flags = (uint8_t)next_random(16)};
    if (round % 3 == 0) rill__field_prepare(round % 2, &cookie);
    if (round % 11 == 0) cookie.token = RILL_TOKEN_COUNT;
    (void)send_cookie(&l, cookie);
  }
  line_close(&l);
}

/* No crumb but for the ends of the whole begins or ends with a space, and none is empty. */
static void test_well_formed(void **state) {
  (void)state;
  for (unsigned round = 0; round < 20000; round++) {
    uint8_t octets[40];
    size_t n = 1 + next_random(40);
    for (size_t i = 0; i < n; i++)
      octets[i] = (uint8_t) "a; ;\t"[next_random(5)];
    rill__crumbs crumbs = {{octets, n}, 0};
    rill_view crumb;
    while (rill__crumb_next(&crumbs, &crumb)) {
      assert_true(crumb.n != 0);
      bool first = crumb.p == octets, last = crumb.p + crumb.n == octets + n;
      assert_true(first || (crumb.p[0] != ' ' && crumb.p[0] != '\t'));
      assert_true(last || (crumb.p[crumb.n - 1] != ' ' && crumb.p[crumb.n - 1] != '\t'));
    }
  }
}

/* ---- the table ---- */

static void test_policy(void **state) {
  (void)state;
  const char *value = "id=0123456789abcdefghij; a=b; other=0123456789abcdef";
  line l;
  line_open(&l, 4096, 1);
  reader r = send_cookie(&l, cookie_of(value, 0));
  assert_int_equal(r.crumbs, 3);
  assert_int_equal(r.secrets, 1); /* a=b */
  assert_int_equal(r.found, 0);
  r = send_cookie(&l, cookie_of(value, 0));
  assert_int_equal(r.secrets, 1);
  assert_int_equal(r.found, 2);
  r = send_cookie(&l, cookie_of("id=0123456789abcdefghij; a=c; other=0123456789abcdeX", 0));
  assert_int_equal(r.found, 1); /* what stayed */
  r = send_cookie(&l, cookie_of(value, RILL_FIELD_NEVER_INDEX));
  assert_int_equal(r.secrets, 3);
  assert_int_equal(r.found, 0);
  r = send_cookie(&l, cookie_of(value, RILL_FIELD_INDEX));
  assert_int_equal(r.secrets, 0);
  r = send_cookie(&l, cookie_of(value, 0));
  assert_int_equal(r.found, 2); /* a=b is in the table, and still not taken from there */
  line_close(&l);
}

/* A hash is of the whole value; crumbs are found without it. */
static void test_prepared(void **state) {
  (void)state;
  rill_field whole = cookie_of("id=0123456789abcdefghij; other=0123456789abcdef", 0), one = cookie_of("0123456789abcdefghij", 0);
  line l;
  line_open(&l, 4096, 7);
  rill__field_prepare(7, &whole);
  rill__field_prepare(7, &one);
  (void)send_cookie(&l, whole);
  (void)send_cookie(&l, one);
  assert_int_equal(send_cookie(&l, whole).found, 2);
  assert_int_equal(send_cookie(&l, one).found, 1);
  assert_int_equal(send_cookie(&l, cookie_of("other=0123456789abcdef; 0123456789abcdefghij", 0)).found, 2);
  line_close(&l);
}

/* ---- blocks ---- */

/* Several cookies, at the ends and side by side, none, and no fields at all: size updates stand in front once. */
static void test_blocks(void **state) {
  (void)state;
  const rill_field many[] = {cookie_of("a; b", 0), cookie_of("c", 0), RILL_FIELD("x", "y"), cookie_of("d; e; f", 0)};
  uint8_t wire[ROOM];
  reader r;
  line l;
  line_open(&l, 100, 1);
  assert_int_equal(rill__crumb_block(&l.enc, wire, NULL, 0), 2);
  assert_memory_equal(wire, "\x3f\x45", 2);
  read_block(&l, (rill_view){wire, 2}, &r);
  rill__enc_resize(&l.enc, 0);
  rill__dec_resize(&l.dec, 0);
  size_t n = rill__crumb_block(&l.enc, wire, many, 4);
  assert_int_equal(wire[0], 0x20);
  read_block(&l, (rill_view){wire, n}, &r);
  assert_int_equal(r.crumbs, 6);
  assert_int_equal(r.n, 16);
  assert_memory_equal(r.octets, "a; b; c; d; e; f", 16);
  assert_int_equal(rill__crumb_block(&l.enc, wire, NULL, 0), 0);
  n = rill__crumb_block(&l.enc, wire, &many[2], 1);
  read_block(&l, (rill_view){wire, n}, &r);
  assert_int_equal(r.crumbs, 0);
  line_close(&l);
}

/* Each crumb but one is a field more, less its separator. */
static void test_bound(void **state) {
  (void)state;
  const rill_field fields[] = {cookie_of("a; b; c", 0), RILL_FIELD("x", "y; z"), cookie_of("d", 0), cookie_of("e; f", 0)};
  assert_int_equal(rill__crumb_bound(fields, 4), rill__enc_bound(fields, 4) + 3 * (RILL__ENC_FIELD_OCTETS - 2));
  assert_int_equal(rill__crumb_bound(&fields[1], 2), rill__enc_bound(&fields[1], 2));
  assert_int_equal(rill__crumb_bound(NULL, 0), rill__enc_bound(NULL, 0));
  rill_field large = {.name = {NULL, 1}, .value = {NULL, 0x80000000u}};
  assert_int_equal(rill__crumb_bound(&large, 1), SIZE_MAX);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_places),      cmocka_unit_test(test_most),   cmocka_unit_test(test_random),
      cmocka_unit_test(test_well_formed), cmocka_unit_test(test_policy), cmocka_unit_test(test_prepared),
      cmocka_unit_test(test_blocks),      cmocka_unit_test(test_bound),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
