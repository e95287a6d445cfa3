/* SPDX-License-Identifier: MIT */
/*
 * The small ones of the base floor: base/bytes, base/list and base/buf.
 */
#include "base/buf.h"
#include "base/bytes.h"
#include "base/list.h"
#include "trial.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

/* ---- bytes: numbers ---- */

static void numbers_are_big_endian(void **state) {
  (void)state;
  static const uint8_t octets[] = {0x81, 0x02, 0xf3, 0x04};
  assert_int_equal(rill__get16(octets), 0x8102);
  assert_int_equal(rill__get24(octets), 0x8102f3);
  assert_int_equal(rill__get32(octets), 0x8102f304);
  static const uint8_t ones[] = {0xff, 0xff, 0xff, 0xff};
  assert_int_equal(rill__get16(ones), UINT16_MAX);
  assert_int_equal(rill__get24(ones), 0xffffff);
  assert_int_equal(rill__get32(ones), UINT32_MAX);
}

typedef uint8_t *put_number(uint8_t *p, uint32_t v);

/* Writes `size` octets, the low ones of the number, and nothing beside them. */
static void put_is(put_number *put, size_t size, uint32_t v) {
  uint8_t octets[6];
  memset(octets, 0xa5, sizeof octets);
  assert_ptr_equal(put(octets + 1, v), octets + 1 + size);
  for (size_t i = 0; i < sizeof octets; i++) {
    bool written = i >= 1 && i < 1 + size;
    assert_int_equal(octets[i], written ? v >> (8 * (size - i)) & 0xff : 0xa5);
  }
}

static void numbers_are_put_where_they_belong(void **state) {
  (void)state;
  static const uint32_t numbers[] = {0, 1, 0x80, 0xff, 0x100, 0x8000, 0xffff, 0x10000, 0x800000, 0xffffff, 0x1000000, UINT32_MAX};
  trial t;
  trial_begin(&t, 0);
  for (size_t i = 0; i < 1000; i++) {
    uint32_t v = i < LENGTH(numbers) ? numbers[i] : trial_random(&t, UINT32_MAX);
    put_is(rill__put8, 1, v);
    put_is(rill__put16, 2, v);
    put_is(rill__put24, 3, v);
    put_is(rill__put32, 4, v);
    uint8_t octets[4];
    (void)rill__put32(octets, v);
    assert_int_equal(rill__get32(octets), v);
    assert_int_equal(rill__get24(octets + 1), v & 0xffffff);
    assert_int_equal(rill__get16(octets + 2), v & 0xffff);
  }
}

static void octets_are_put_also_if_there_are_none(void **state) {
  (void)state;
  uint8_t dst[4] = {1, 2, 3, 4};
  static const uint8_t src[] = {7, 8, 9};
  assert_ptr_equal(rill__put(dst, NULL, 0), dst);
  assert_null(rill__put(NULL, NULL, 0));
  assert_ptr_equal(rill__put(dst, src, 3), dst + 3);
  static const uint8_t want[] = {7, 8, 9, 4};
  assert_memory_equal(dst, want, sizeof want);
}

/* ---- bytes: views ---- */

static rill_view text(const char *p) { return (rill_view){(const uint8_t *)p, strlen(p)}; }

static void views_are_equal_by_octets(void **state) {
  (void)state;
  const char copy[] = "host";
  const rill_view none = {NULL, 0};
  assert_true(rill__view_eq(text("host"), text(copy)));
  assert_true(rill__view_eq(none, none));
  assert_true(rill__view_eq(none, text("")));
  assert_true(rill__view_eq(text(""), none));
  assert_false(rill__view_eq(text("host"), text("hosu")));
  assert_false(rill__view_eq(text("host"), text("gost")));
  assert_false(rill__view_eq(text("host"), text("hos")));
  assert_false(rill__view_eq(text("hos"), text("host")));
  assert_false(rill__view_eq(text("h"), none));
  assert_true(rill__view_eq((rill_view){(const uint8_t *)"a\0b", 3}, (rill_view){(const uint8_t *)"a\0b", 3}));
  assert_false(rill__view_eq((rill_view){(const uint8_t *)"a\0b", 3}, (rill_view){(const uint8_t *)"a\0c", 3}));
}

static void views_are_cut_at_the_front(void **state) {
  (void)state;
  rill_view rest = text("abcdef");
  const uint8_t *p = rest.p;
  rill_view head = rill__view_take(&rest, 2);
  assert_ptr_equal(head.p, p);
  assert_int_equal(head.n, 2);
  assert_ptr_equal(rest.p, p + 2);
  assert_int_equal(rest.n, 4);
  head = rill__view_take(&rest, 0);
  assert_int_equal(head.n, 0);
  assert_int_equal(rest.n, 4);
  head = rill__view_take(&rest, 4);
  assert_ptr_equal(head.p, p + 2);
  assert_int_equal(head.n, 4);
  assert_int_equal(rest.n, 0);
  rest = (rill_view){NULL, 0};
  head = rill__view_take(&rest, 0);
  assert_null(head.p);
  assert_int_equal(head.n, 0);
  assert_null(rest.p);
}

/* ---- list: two lists of numbered nodes against two arrays ---- */

enum { NODES = 10, LISTS = 2, NOWHERE = -1 };

typedef struct order {
  rill__node heads[LISTS], nodes[NODES];
  int model[LISTS][NODES];
  int count[LISTS];
} order;

static void order_begin(order *o) {
  *o = (order){.count = {0, 0}};
  for (int l = 0; l < LISTS; l++)
    rill__list_init(&o->heads[l]);
}

/* The list and the place in it where the node is by the model; NOWHERE. */
static int place_of(const order *o, int node, int *list) {
  for (*list = 0; *list < LISTS; ++*list) {
    for (int i = 0; i < o->count[*list]; i++) {
      if (o->model[*list][i] == node) return i;
    }
  }
  return NOWHERE;
}

static void model_insert(order *o, int list, int at, int node) {
  for (int i = o->count[list]++; i > at; i--)
    o->model[list][i] = o->model[list][i - 1];
  o->model[list][at] = node;
}

static void model_remove(order *o, int list, int at) {
  o->count[list]--;
  for (int i = at; i < o->count[list]; i++)
    o->model[list][i] = o->model[list][i + 1];
}

static void check_list(order *o, int list) {
  rill__node *head = &o->heads[list], *at = head;
  assert_int_equal(rill__list_empty(head), o->count[list] == 0);
  for (int i = 0; i <= o->count[list]; i++) {
    rill__node *want = i == o->count[list] ? head : &o->nodes[o->model[list][i]];
    assert_ptr_equal(at->next, want);
    assert_ptr_equal(want->prev, at);
    at = want;
  }
}

static void check_order(order *o) {
  for (int l = 0; l < LISTS; l++)
    check_list(o, l);
  for (int i = 0; i < NODES; i++) {
    int list;
    assert_int_equal(rill__linked(&o->nodes[i]), place_of(o, i, &list) != NOWHERE);
  }
}

static void put_node(trial *t, order *o, int node) {
  int list = (int)trial_random(t, LISTS), count = o->count[list];
  switch (trial_random(t, count == 0 ? 2 : 3)) {
  case 0:
    rill__list_push_front(&o->heads[list], &o->nodes[node]);
    model_insert(o, list, 0, node);
    break;
  case 1:
    rill__list_push_back(&o->heads[list], &o->nodes[node]);
    model_insert(o, list, count, node);
    break;
  default: {
    int at = (int)trial_random(t, (uint32_t)count);
    rill__list_insert_after(&o->nodes[o->model[list][at]], &o->nodes[node]);
    model_insert(o, list, at + 1, node);
  }
  }
}

static void lists_keep_their_order(void **state) {
  (void)state;
  trial t;
  order o;
  trial_begin(&t, 0);
  order_begin(&o);
  check_order(&o);
  for (int step = 0; step < 100000; step++) {
    int node = (int)trial_random(&t, NODES), list;
    int at = place_of(&o, node, &list);
    if (at == NOWHERE && trial_random(&t, 2) == 0) {
      put_node(&t, &o, node);
    } else {
      rill__unlink(&o.nodes[node]); /* fine on one that is not linked */
      if (at != NOWHERE) model_remove(&o, list, at);
    }
    check_order(&o);
  }
}

/* ---- buf ---- */

static bool append_text(rill__buf *buf, trial *t, const char *p) {
  return rill__buf_append(buf, &t->mem, (const uint8_t *)p, strlen(p));
}

static void nothing_appended_costs_nothing(void **state) {
  (void)state;
  trial t;
  rill__buf buf = {NULL, 0, 0};
  trial_begin(&t, 1000);
  assert_true(rill__buf_append(&buf, &t.mem, NULL, 0));
  assert_int_equal(buf.n, 0);
  assert_int_equal(t.user.calls, 0);
  assert_true(append_text(&buf, &t, "abc"));
  assert_true(rill__buf_append(&buf, &t.mem, NULL, 0));
  assert_int_equal(buf.n, 3);
  assert_memory_equal(buf.p, "abc", 3);
  rill__buf_free(&buf, &t.mem);
  rill__buf_free(&buf, &t.mem);
  assert_null(buf.p);
  assert_int_equal(buf.n + buf.cap, 0);
  trial_end(&t);
}

static void a_buf_grows_in_the_logarithm_of_its_size(void **state) {
  (void)state;
  enum { SIZE = 100000 };
  trial t;
  rill__buf buf = {NULL, 0, 0};
  trial_begin(&t, SIZE_MAX);
  for (uint32_t i = 0; i < SIZE; i++) {
    uint8_t octet = (uint8_t)(i * 7);
    assert_true(rill__buf_append(&buf, &t.mem, &octet, 1));
    assert_true(buf.cap >= buf.n);
  }
  for (uint32_t i = 0; i < SIZE; i++)
    assert_int_equal(buf.p[i], (uint8_t)(i * 7));
  assert_true(t.user.calls <= 17); /* 2 to the 17th is more than SIZE */
  assert_true(buf.cap < 2 * SIZE);
  rill__buf_free(&buf, &t.mem);
  trial_end(&t);
}

/* 128 octets fit into a limit of 128; one more does not, and is not half there. */
static void a_buf_stops_at_the_limit(void **state) {
  (void)state;
  trial t;
  rill__buf buf = {NULL, 0, 0};
  uint8_t octets[129];
  memset(octets, 3, sizeof octets);
  trial_begin(&t, 128);
  assert_false(rill__buf_append(&buf, &t.mem, octets, 129));
  assert_null(buf.p);
  assert_int_equal(buf.n + buf.cap, 0);
  assert_true(rill__buf_append(&buf, &t.mem, octets, 64));
  assert_true(rill__buf_append(&buf, &t.mem, octets + 64, 64));
  assert_false(rill__buf_append(&buf, &t.mem, octets + 128, 1));
  assert_true(t.mem.refused);
  assert_int_equal(buf.n, 128);
  assert_memory_equal(buf.p, octets, 128);
  rill__buf_free(&buf, &t.mem);
  trial_end(&t);
}

static void sizes_that_wrap_are_refused(void **state) {
  (void)state;
  trial t;
  rill__buf buf = {NULL, 0, 0};
  const uint8_t octet = 1;
  trial_begin(&t, SIZE_MAX);
  assert_true(append_text(&buf, &t, "abc"));
  static const size_t sizes[] = {SIZE_MAX, SIZE_MAX - 2, SIZE_MAX - 3, SIZE_MAX / 2 + 2, SIZE_MAX / 2};
  for (size_t i = 0; i < LENGTH(sizes); i++) {
    assert_false(rill__buf_append(&buf, &t.mem, &octet, sizes[i]));
    assert_int_equal(buf.n, 3);
    trial_check(&t);
  }
  t.user.fail_at = t.user.calls + 1; /* as much as a buf may have, asked for and not there */
  assert_false(rill__buf_append(&buf, &t.mem, &octet, UINT32_MAX - 3));
  assert_true(append_text(&buf, &t, "def"));
  assert_memory_equal(buf.p, "abcdef", 6);
  rill__buf_free(&buf, &t.mem);
  trial_end(&t);
}

enum { BUF_ROUNDS = 200, BUF_SIZE = 5000 };

/* Appends pieces of `want`, of which some fail, until all of it stands there. */
static void append_all(trial *t, const uint8_t *want) {
  rill__buf buf = {NULL, 0, 0};
  while (buf.n < BUF_SIZE) {
    size_t n = trial_random(t, trial_random(t, 8) == 0 ? 2000 : 60);
    if (n > BUF_SIZE - buf.n) n = BUF_SIZE - buf.n;
    if (trial_random(t, 3) == 0) t->user.fail_at = t->user.calls + 1;
    rill__buf before = buf;
    uint64_t failures = t->user.failures;
    bool fits = n <= buf.cap - buf.n;
    if (rill__buf_append(&buf, &t->mem, want + buf.n, n)) {
      assert_int_equal(buf.n, before.n + n);
    } else {
      assert_false(fits);
      assert_int_equal(t->user.failures, failures + 1);
      assert_memory_equal(&buf, &before, sizeof buf);
    }
    assert_int_equal(t->mem.used, buf.cap);
    if (buf.n != 0) assert_memory_equal(buf.p, want, buf.n);
    trial_check(t);
  }
  rill__buf_free(&buf, &t->mem);
}

static void a_buf_is_what_was_appended(void **state) {
  (void)state;
  trial t;
  uint8_t want[BUF_SIZE];
  trial_begin(&t, SIZE_MAX);
  for (size_t i = 0; i < sizeof want; i++)
    want[i] = (uint8_t)trial_random(&t, 256);
  for (int round = 0; round < BUF_ROUNDS; round++)
    append_all(&t, want);
  assert_true(t.user.failures > BUF_ROUNDS);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(numbers_are_big_endian),
      cmocka_unit_test(numbers_are_put_where_they_belong),
      cmocka_unit_test(octets_are_put_also_if_there_are_none),
      cmocka_unit_test(views_are_equal_by_octets),
      cmocka_unit_test(views_are_cut_at_the_front),
      cmocka_unit_test(lists_keep_their_order),
      cmocka_unit_test(nothing_appended_costs_nothing),
      cmocka_unit_test(a_buf_grows_in_the_logarithm_of_its_size),
      cmocka_unit_test(a_buf_stops_at_the_limit),
      cmocka_unit_test(sizes_that_wrap_are_refused),
      cmocka_unit_test(a_buf_is_what_was_appended),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
