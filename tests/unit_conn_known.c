/* SPDX-License-Identifier: MIT */
/*
 * What was found out about a value before, by the table in conn/known.c or by a section that met it, makes the same of a section
 * as looking through the value does.
 */
#include "conn/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

static const rill__field_rules rules = {.extended_connect = true};

static rill__section begun(rill__section_kind kind) {
  rill__section section;
  rill__section_begin(&section, kind, &rules);
  return section;
}

static rill__section_kind kind_of(uint16_t token) {
  return token == RILL_TOKEN__STATUS ? RILL__SECTION_RESPONSE : RILL__SECTION_REQUEST;
}

static void assert_same(const rill__section *a, const rill__section *b) {
  assert_memory_equal(a->pseudo, b->pseudo, sizeof a->pseudo);
  assert_int_equal(a->pseudo_count, b->pseudo_count);
  for (size_t i = 0; i < RILL__PSEUDO_COUNT; i++) {
    if (i != RILL__PSEUDO_STATUS) assert_int_equal(a->means[i], b->means[i]); /* nobody asks for that of a status */
  }
  assert_int_equal(a->status, b->status);
  assert_int_equal(a->port, b->port);
  assert_int_equal(a->userinfo, b->userinfo);
}

/* Judges the value afresh, and as known; returns what the fresh one learned. */
static uint8_t both_ways(uint16_t token, rill_view value, uint8_t known) {
  rill__section fresh = begun(kind_of(token)), again = begun(kind_of(token));
  rill_why why = rill__section_pseudo_field(&fresh, token, value, 0);
  uint8_t learned = fresh.learned;
  if (known == 0) known = learned;
  bool at_once = rill__section_pseudo_again(&again, token, known);
  assert_true(at_once == (known >= RILL__KNOWN_MEANS && known != RILL__KNOWN_FINE));
  if (!at_once) {
    assert_int_equal(rill__section_pseudo_field(&again, token, value, known), why);
    assert_int_equal(again.learned, known);
  } else {
    assert_int_equal(why, RILL_WHY_NONE);
  }
  if (why == RILL_WHY_NONE) assert_same(&fresh, &again); /* else they are of no more use */
  return learned;
}

static void the_static_table(void **state) {
  (void)state;
  for (uint32_t i = 1; i <= RILL__STATIC_COUNT; i++) {
    const rill_field *field = &rill__static_tab[i];
    uint8_t known = rill__static_known[i];
    assert_true((known != 0) == (field->value.n != 0));
    if (known == 0) continue;
    if (rill__section_covers(field->token))
      (void)both_ways(field->token, field->value, known);
    else
      assert_int_equal(rill__field_check(field, &rules), RILL_WHY_NONE);
  }
}

static void what_was_learned(void **state) {
  static const struct {
    uint16_t token;
    const char *value;
    uint8_t learned;
  } cases[] = {
      {RILL_TOKEN__AUTHORITY, "www.example.com", RILL__KNOWN_MEANS},
      {RILL_TOKEN__AUTHORITY, "www.example.com:81", RILL__KNOWN_FINE},
      {RILL_TOKEN__AUTHORITY, "a@example.com", RILL__KNOWN_FINE},
      {RILL_TOKEN__AUTHORITY, "exa mple", RILL_WHY_AUTHORITY},
      {RILL_TOKEN__METHOD, "GET", RILL__KNOWN_MEANS + RILL__METHOD_GET},
      {RILL_TOKEN__METHOD, "HEAD", RILL__KNOWN_MEANS + RILL__METHOD_HEAD},
      {RILL_TOKEN__METHOD, "CONNECT", RILL__KNOWN_MEANS + RILL__METHOD_CONNECT},
      {RILL_TOKEN__METHOD, "OPTIONS", RILL__KNOWN_MEANS + RILL__METHOD_OPTIONS},
      {RILL_TOKEN__METHOD, "PUT", RILL__KNOWN_MEANS + RILL__METHOD_OTHER},
      {RILL_TOKEN__METHOD, "P T", RILL_WHY_METHOD},
      {RILL_TOKEN__PATH, "/a?b", RILL__KNOWN_MEANS + RILL__PATH_SLASH},
      {RILL_TOKEN__PATH, "*", RILL__KNOWN_MEANS + RILL__PATH_STAR},
      {RILL_TOKEN__PATH, "**", RILL__KNOWN_MEANS + RILL__PATH_OTHER},
      {RILL_TOKEN__PATH, "", RILL__KNOWN_MEANS + RILL__PATH_OTHER},
      {RILL_TOKEN__PATH, "/ ", RILL_WHY_PATH},
      {RILL_TOKEN__SCHEME, "HTTP", RILL__KNOWN_MEANS + RILL__SCHEME_HTTP},
      {RILL_TOKEN__SCHEME, "https", RILL__KNOWN_MEANS + RILL__SCHEME_HTTPS},
      {RILL_TOKEN__SCHEME, "coap", RILL__KNOWN_MEANS + RILL__SCHEME_OTHER},
      {RILL_TOKEN__SCHEME, "-", RILL_WHY_SCHEME},
      {RILL_TOKEN__STATUS, "200", RILL__KNOWN_FINE},
      {RILL_TOKEN__STATUS, "302", RILL__KNOWN_FINE},
      {RILL_TOKEN__STATUS, "20", RILL_WHY_STATUS},
      {RILL_TOKEN__STATUS, "101", RILL_WHY_STATUS_101},
  };
  (void)state;
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    rill_view value = {(const uint8_t *)cases[i].value, strlen(cases[i].value)};
    assert_int_equal(both_ways(cases[i].token, value, 0), cases[i].learned);
  }
}

/* What is known of a value says nothing of where it stands. */
static void the_place_is_looked_at(void **state) {
  const uint8_t get = RILL__KNOWN_MEANS + RILL__METHOD_GET, ok = RILL__KNOWN_MEANS + 1;
  const rill_field plain = RILL_FIELD("a", "b");
  rill_field other = plain;
  (void)state;
  other.token = RILL_TOKEN_OTHER;
  for (int kind = RILL__SECTION_REQUEST; kind <= RILL__SECTION_TRAILERS_RESPONSE; kind++) {
    rill__section section = begun((rill__section_kind)kind);
    bool request = kind == RILL__SECTION_REQUEST, response = kind == RILL__SECTION_RESPONSE;
    assert_true(rill__section_pseudo_again(&section, RILL_TOKEN__METHOD, get) == request);
    assert_true(rill__section_pseudo_again(&section, RILL_TOKEN__STATUS, ok) == response);
    assert_int_equal(section.pseudo_count, request || response);
    assert_false(rill__section_pseudo_again(&section, RILL_TOKEN__METHOD, get)); /* twice */
    assert_false(rill__section_pseudo_again(&section, RILL_TOKEN__STATUS, ok));
  }
  rill__section section = begun(RILL__SECTION_REQUEST);
  assert_int_equal(rill__section_field(&section, 0, &other), RILL_WHY_NONE);
  assert_false(rill__section_pseudo_again(&section, RILL_TOKEN__METHOD, get)); /* late */
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_static_table),
      cmocka_unit_test(what_was_learned),
      cmocka_unit_test(the_place_is_looked_at),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
