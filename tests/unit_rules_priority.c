/* SPDX-License-Identifier: MIT */
/*
 * Priorities between text and struct, by the public functions: the examples of RFC 9218 4, urgencies at their bounds and beyond,
 * values of other kinds, keys that come twice, what is no dictionary, and every size of room. structured.h is tested elsewhere.
 */
#include "rules/priority.h"

#include <rill/rill.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static rill_view lit(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static void assert_priority(const rill_priority *got, unsigned urgency, bool incremental, bool signalled) {
  assert_int_equal(got->urgency, urgency);
  assert_int_equal(got->incremental, incremental);
  assert_int_equal(got->signalled, signalled);
}

static void the_defaults(void **state) {
  (void)state;
  rill_priority priority = rill__priority_default();
  assert_priority(&priority, 3, false, false);
}

static void texts_become_priorities(void **state) {
  (void)state;
  static const struct {
    const char *text;
    unsigned urgency;
    bool incremental;
  } cases[] = {
      {"u=0", 0, false},   /* 9218 4.1 */
      {"u=5, i", 5, true}, /* 9218 4.2 */
      {"", 3, false},      /* no members: the defaults, and somebody said so */
      {"u=7", 7, false},   /* the bounds */
      {"u=8", 3, false},   /* and beyond: ignored */
      {"u=-1", 3, false},
      {"u=-0", 0, false},
      {"u=006", 6, false},
      {"u=999999999999999", 3, false},
      {"u=256", 3, false},
      {"u=4294967296", 3, false},
      {"u=2.0", 3, false}, /* other kinds: ignored */
      {"u", 3, false},
      {"u=?1", 3, false},
      {"u=\"2\"", 3, false},
      {"u=@2", 3, false},
      {"u=(2)", 3, false},
      {"u=a", 3, false},
      {"i=?1", 3, true},
      {"i=?0", 3, false},
      {"i=1", 3, false},
      {"i=\"?1\"", 3, false},
      {"i=(?1)", 3, false},
      {"i=true", 3, false},
      {"u=1;a=2;b, i;u=2", 1, true}, /* parameters */
      {"u=1, u=2", 2, false},        /* the last one counts, */
      {"u=1, u=9", 3, false},        /* even if it is to be ignored */
      {"u=9, u=1", 1, false},
      {"i, i=?0", 3, false},
      {"i, i=5", 3, false},
      {"u=1, uu=2, ui=3, x=(a b);c, i", 1, true}, /* unknown members */
      {"a, b=1", 3, false},
      {"  u=2 \t,\t i \t", 2, true},
      {"i,u=6", 6, true},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    rill_priority priority = rill__priority_default();
    if (!rill_priority_parse(&priority, lit(cases[i].text))) fail_msg("%s", cases[i].text);
    assert_priority(&priority, cases[i].urgency, cases[i].incremental, true);
  }
}

/* 9218 8: what is not said stays. */
static void what_is_said_is_merged(void **state) {
  (void)state;
  rill_priority priority = rill__priority_default();
  assert_true(rill_priority_parse(&priority, lit("u=5, i")));
  assert_true(rill_priority_parse(&priority, lit("u=1")));
  assert_priority(&priority, 1, true, true);
  assert_true(rill_priority_parse(&priority, lit("i=?0, u=8")));
  assert_priority(&priority, 1, false, true);
  assert_true(rill_priority_parse(&priority, (rill_view){NULL, 0}));
  assert_priority(&priority, 1, false, true);
}

/* 9651 4.2: it fails as a whole, whatever stood before the fault. */
static void what_is_no_dictionary_changes_nothing(void **state) {
  (void)state;
  static const char *const texts[] = {"u=1,",       "u=1, i, ", "u=1; i=",  "u=",   "=1",   "U=1",   "u=1 i",
                                      "u=1, \"a\"", "u=1\x80",  "u=1, a=(", "u =1", "u= 1", "\tu=1", "1",
                                      "u=1,,i",     ",u=1",     "u=1.",     "i=?2", "u=1;", "(u)"};
  for (size_t i = 0; i < LENGTH(texts); i++) {
    rill_priority priority = {6, true, false};
    if (rill_priority_parse(&priority, lit(texts[i]))) fail_msg("%s", texts[i]);
    assert_priority(&priority, 6, true, false);
  }
  rill_priority priority = {6, true, false};
  assert_false(rill_priority_parse(&priority, (rill_view){(const uint8_t *)"u=1\0", 4}));
  assert_priority(&priority, 6, true, false);
}

static void priorities_become_texts(void **state) {
  (void)state;
  static const char *const urgencies[] = {"u=0", "u=1", "u=2", "", "u=4", "u=5", "u=6", "u=7"};
  for (unsigned n = 0; n < 16; n++) {
    rill_priority priority = {(uint8_t)(n / 2), n % 2 != 0, n % 3 != 0}, again = rill__priority_default();
    const char *u = urgencies[n / 2];
    char want[16], got[16];
    strcpy(want, u);
    if (priority.incremental) strcat(want, *u == 0 ? "i" : ", i");
    assert_int_equal(rill_priority_format(got, sizeof got, &priority), strlen(want));
    assert_string_equal(got, want);
    assert_true(rill_priority_parse(&again, lit(got)));
    assert_priority(&again, priority.urgency, priority.incremental, true);
  }
}

static void an_urgency_that_cannot_be_is_left_out(void **state) {
  (void)state;
  static const unsigned urgencies[] = {8, 9, 255};
  for (size_t i = 0; i < LENGTH(urgencies); i++) {
    rill_priority priority = {(uint8_t)urgencies[i], true, true};
    char got[8];
    assert_int_equal(rill_priority_format(got, sizeof got, &priority), 1);
    assert_string_equal(got, "i");
  }
}

static void texts_fit_the_room(void **state) {
  (void)state;
  const rill_priority priority = {5, true, true};
  assert_int_equal(rill_priority_format(NULL, 0, &priority), 6);
  for (size_t cap = 1; cap <= 8; cap++) {
    char *got = malloc(cap); /* of the exact size, for sanitizers */
    assert_non_null(got);
    assert_int_equal(rill_priority_format(got, cap, &priority), 6);
    assert_int_equal(strlen(got), cap <= 6 ? cap - 1 : 6);
    assert_memory_equal(got, "u=5, i", strlen(got));
    free(got);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults),
      cmocka_unit_test(texts_become_priorities),
      cmocka_unit_test(what_is_said_is_merged),
      cmocka_unit_test(what_is_no_dictionary_changes_nothing),
      cmocka_unit_test(priorities_become_texts),
      cmocka_unit_test(an_urgency_that_cannot_be_is_left_out),
      cmocka_unit_test(texts_fit_the_room),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
