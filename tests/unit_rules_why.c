/* SPDX-License-Identifier: MIT */
/* The table of reasons: complete, well formed, and with the scopes and codes that the house rule asks for. */
#include "rules/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void each_row_has_words_and_a_section(void **state) {
  (void)state;
  for (int i = 0; i < RILL_WHY_COUNT; i++) {
    rill_why why = (rill_why)i;
    rill_view words = rill__why_words(why), section = rill__why_section(why);
    char text[256];
    assert_true(words.n > 0 && words.n < 64);
    assert_true(section.n >= sizeof "RFC 9113 6" - 1);
    assert_memory_equal(section.p, "RFC ", 4);
    assert_true(section.p[section.n - 1] >= '0' && section.p[section.n - 1] <= '9');
    snprintf(text, sizeof text, "%.*s (%.*s)", (int)words.n, (const char *)words.p, (int)section.n, (const char *)section.p);
    assert_string_equal(text, rill_why_text(why));
  }
}

static void no_two_rows_have_the_same_words(void **state) {
  (void)state;
  for (int i = 0; i < RILL_WHY_COUNT; i++) {
    for (int k = 0; k < i; k++)
      assert_string_not_equal(rill_why_text((rill_why)i), rill_why_text((rill_why)k));
  }
}

/* TRANSPORT ends without a code since nobody is there to hear one; what time ends is mostly nobody's error. */
static void each_refusal_has_a_code(void **state) {
  (void)state;
  for (int i = 0; i < RILL_WHY_COUNT; i++) {
    bool time = i >= RILL_WHY_HEADER_TIMEOUT && i <= RILL_WHY_STREAMS_TOTAL;
    bool silent = i == RILL_WHY_NONE || i == RILL_WHY_TRANSPORT || time;
    rill_code code = rill_why_code((rill_why)i);
    assert_int_equal(code == RILL_NO_ERROR, silent);
    assert_in_range(code, RILL_NO_ERROR, RILL_HTTP_1_1_REQUIRED);
  }
}

static void a_number_that_is_no_reason_is_safe(void **state) {
  (void)state;
  assert_string_equal(rill_why_text(RILL_WHY_COUNT), "unknown reason (RFC 9113 7)");
  assert_string_equal(rill_why_text((rill_why)-1), "unknown reason (RFC 9113 7)");
  assert_int_equal(rill_why_code(RILL_WHY_COUNT), RILL_INTERNAL_ERROR);
  assert_true(rill__why_ends_connection(RILL_WHY_COUNT));
}

static void the_example_of_the_header_holds(void **state) {
  (void)state;
  assert_string_equal(rill_why_text(RILL_WHY_WINDOW_ZERO), "WINDOW_UPDATE with increment 0 (RFC 9113 6.9)");
}

static void check(rill_why why, bool ends_connection, rill_code code) {
  if (rill__why_ends_connection(why) != ends_connection || rill_why_code(why) != code) {
    fail_msg("%s: scope or code is wrong", rill_why_text(why));
  }
}

/* Drawn a second time, as runs of the enumeration, so that a slip in one of the two drawings shows. */
static void scopes_and_codes(void **state) {
  (void)state;
  static const struct run {
    rill_why from, to;
    bool ends_connection;
    rill_code code;
  } runs[] = {
      {RILL_WHY_NONE, RILL_WHY_NONE, false, RILL_NO_ERROR},
      {RILL_WHY_PREFACE, RILL_WHY_PREFACE_SETTINGS, true, RILL_PROTOCOL_ERROR},
      {RILL_WHY_FRAME_TOO_LONG, RILL_WHY_FRAME_LENGTH, true, RILL_FRAME_SIZE_ERROR},
      {RILL_WHY_FRAME_ON_STREAM, RILL_WHY_STREAM_ID_ORDER, true, RILL_PROTOCOL_ERROR},
      {RILL_WHY_STREAM_CLOSED, RILL_WHY_STREAM_CLOSED, true, RILL_STREAM_CLOSED},
      {RILL_WHY_PUSH_FROM_CLIENT, RILL_WHY_SETTING_ENABLE_PUSH, true, RILL_PROTOCOL_ERROR},
      {RILL_WHY_SETTING_INITIAL_WINDOW, RILL_WHY_SETTING_INITIAL_WINDOW, true, RILL_FLOW_CONTROL_ERROR},
      {RILL_WHY_SETTING_MAX_FRAME_SIZE, RILL_WHY_SETTING_NO_PRIORITIES, true, RILL_PROTOCOL_ERROR},
      {RILL_WHY_SETTINGS_ENTRIES, RILL_WHY_SETTINGS_ENTRIES, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_WINDOW_ZERO, RILL_WHY_WINDOW_ZERO, true, RILL_PROTOCOL_ERROR},
      {RILL_WHY_WINDOW_OVERFLOW, RILL_WHY_FLOW_STREAM, true, RILL_FLOW_CONTROL_ERROR},
      {RILL_WHY_HPACK_INDEX, RILL_WHY_HPACK_UPDATE_MANY, true, RILL_COMPRESSION_ERROR},
      {RILL_WHY_BLOCK_SIZE, RILL_WHY_LIST_SIZE_HARD, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_LIST_SIZE, RILL_WHY_LIST_SIZE, false, RILL_PROTOCOL_ERROR},
      {RILL_WHY_FIELD_COUNT_HARD, RILL_WHY_FIELD_COUNT_HARD, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_FIELD_COUNT, RILL_WHY_VALUE_SIZE, false, RILL_PROTOCOL_ERROR},
      {RILL_WHY_CONTINUATIONS, RILL_WHY_CONTINUATIONS_EMPTY, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_INTERIM_COUNT, RILL_WHY_INTERIM_COUNT, false, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_PING_ACKS, RILL_WHY_RESETS_OWED, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_CONCURRENCY, RILL_WHY_CONCURRENCY, false, RILL_REFUSED_STREAM},
      {RILL_WHY_MEMORY, RILL_WHY_OVERHEAD, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_NAME_EMPTY, RILL_WHY_CONTENT_FORBIDDEN, false, RILL_PROTOCOL_ERROR},
      {RILL_WHY_PUSH_METHOD, RILL_WHY_PUSH_ORIGIN, false, RILL_PROTOCOL_ERROR},
      {RILL_WHY_PUSH_COUNT, RILL_WHY_PUSH_COUNT, false, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_PREFACE_TIMEOUT, RILL_WHY_SETTINGS_TIMEOUT, true, RILL_SETTINGS_TIMEOUT},
      {RILL_WHY_PING_STRIKES, RILL_WHY_PING_STRIKES, true, RILL_ENHANCE_YOUR_CALM},
      {RILL_WHY_STALL, RILL_WHY_STALL, false, RILL_CANCEL},
      {RILL_WHY_HEADER_TIMEOUT, RILL_WHY_STREAMS_TOTAL, true, RILL_NO_ERROR},
      {RILL_WHY_APPLICATION, RILL_WHY_APPLICATION, false, RILL_CANCEL},
      {RILL_WHY_CALLBACK, RILL_WHY_NOMEM, true, RILL_INTERNAL_ERROR},
      {RILL_WHY_TRANSPORT, RILL_WHY_TRANSPORT, true, RILL_NO_ERROR},
      {RILL_WHY_GOAWAY, RILL_WHY_GOAWAY, false, RILL_REFUSED_STREAM},
      {RILL_WHY_HTTP1_LINE_END, RILL_WHY_HTTP1_UPGRADE, false, RILL_PROTOCOL_ERROR},
  };
  int next = 0;
  for (size_t r = 0; r < sizeof runs / sizeof runs[0]; r++) {
    assert_int_equal(runs[r].from, next); /* the runs leave nothing out */
    for (; next <= (int)runs[r].to; next++)
      check((rill_why)next, runs[r].ends_connection, runs[r].code);
  }
  assert_int_equal(next, RILL_WHY_COUNT);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_row_has_words_and_a_section), cmocka_unit_test(no_two_rows_have_the_same_words),
      cmocka_unit_test(each_refusal_has_a_code),          cmocka_unit_test(a_number_that_is_no_reason_is_safe),
      cmocka_unit_test(the_example_of_the_header_holds),  cmocka_unit_test(scopes_and_codes),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
