/* SPDX-License-Identifier: MIT */
/*
 * Public functions that need no connection: the choice from a list of ALPN names. Priorities have a file of their own.
 *
 * Lists lie in blocks of exactly their size, so that a sanitizer sees a step too far.
 */
#include <rill/rill.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))
#define LIST(text) text, sizeof(text) - 1

static const struct {
  const char *list;
  size_t n;
  rill_alpn choice;
  size_t at; /* where the chosen name begins */
} lists[] = {
    {LIST("\x02h2"), RILL_ALPN_H2, 1},
    {LIST("\x02h2\x08http/1.1"), RILL_ALPN_H2, 1},
    {LIST("\x08http/1.1\x02h2"), RILL_ALPN_H2, 10}, /* ours to prefer, whatever the client's order */
    {LIST("\x08http/1.1"), RILL_ALPN_HTTP_1_1, 1},
    {LIST("\x03h2c\x08http/1.1"), RILL_ALPN_HTTP_1_1, 5}, /* 9113 3.2: never */
    {LIST("\x03h2c"), RILL_ALPN_NONE, 0},
    {LIST("\x02H2"), RILL_ALPN_NONE, 0}, /* names are octets */
    {LIST("\x05h2-16\x08http/1.0\x06spdy/3"), RILL_ALPN_NONE, 0},
    {LIST("\x01h"), RILL_ALPN_NONE, 0},
    {LIST(""), RILL_ALPN_NONE, 0},
    /* broken: an empty name, a name that is cut, in the end or before */
    {LIST("\x00"), RILL_ALPN_NONE, 0},
    {LIST("\x02h2\x00"), RILL_ALPN_NONE, 0},
    {LIST("\x00\x02h2"), RILL_ALPN_NONE, 0},
    {LIST("\x02h2\x01"), RILL_ALPN_NONE, 0},
    {LIST("\x02h2\x08http/1."), RILL_ALPN_NONE, 0},
    {LIST("\x02h"), RILL_ALPN_NONE, 0},
    {LIST("\xffh2"), RILL_ALPN_NONE, 0},
    {LIST("h2"), RILL_ALPN_NONE, 0},
};

static void the_best_name_is_chosen(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(lists); i++) {
    uint8_t *list = malloc(lists[i].n == 0 ? 1 : lists[i].n);
    rill_view chosen = {(const uint8_t *)"", 99};
    assert_non_null(list);
    memcpy(list, lists[i].list, lists[i].n);
    assert_int_equal(rill_alpn_select((rill_view){list, lists[i].n}, &chosen), lists[i].choice);
    if (lists[i].choice == RILL_ALPN_NONE) {
      assert_null(chosen.p);
      assert_int_equal(chosen.n, 0);
    } else {
      assert_ptr_equal(chosen.p, list + lists[i].at);
      assert_int_equal(chosen.n, list[lists[i].at - 1]);
    }
    free(list);
  }
}

/* A name of 255 octets is the longest. */
static void long_names(void **state) {
  (void)state;
  uint8_t list[256 + 3] = {255};
  rill_view chosen;
  memset(list + 1, 'h', 255);
  memcpy(list + 256, "\x02h2", 3);
  assert_int_equal(rill_alpn_select((rill_view){list, sizeof list}, &chosen), RILL_ALPN_H2);
  assert_int_equal(rill_alpn_select((rill_view){list, 256}, &chosen), RILL_ALPN_NONE);
  assert_int_equal(rill_alpn_select((rill_view){NULL, 0}, &chosen), RILL_ALPN_NONE);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_best_name_is_chosen),
      cmocka_unit_test(long_names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
