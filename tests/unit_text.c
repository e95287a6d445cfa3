/* SPDX-License-Identifier: MIT */
/*
 * The words of base/text.c: every number that has a name, the first that has none, and numbers far off.
 */
#include <rill/types.h>

#include <limits.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void version_is_the_header_s(void **state) {
  (void)state;
  char text[32];
  (void)snprintf(text, sizeof text, "%d.%d.%d", RILL_VERSION_MAJOR, RILL_VERSION_MINOR, RILL_VERSION_PATCH);
  assert_string_equal(rill_version(), text);
  assert_string_equal(RILL_VERSION, text);
}

static void every_err_has_words_of_its_own(void **state) {
  (void)state;
  for (int a = RILL_OK; a >= RILL_ERR_CLOSED; a--) {
    assert_non_null(rill_err_text(a));
    assert_string_not_equal(rill_err_text(a), "unknown error");
    for (int b = RILL_OK; b > a; b--)
      assert_string_not_equal(rill_err_text(a), rill_err_text(b));
  }
  static const int others[] = {1, RILL_ERR_CLOSED - 1, -100, INT_MAX, INT_MIN};
  for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
    assert_string_equal(rill_err_text(others[i]), "unknown error");
  }
}

static void codes_have_the_names_of_the_rfc(void **state) {
  (void)state;
  static const char *const names[] = {"NO_ERROR",
                                      "PROTOCOL_ERROR",
                                      "INTERNAL_ERROR",
                                      "FLOW_CONTROL_ERROR",
                                      "SETTINGS_TIMEOUT",
                                      "STREAM_CLOSED",
                                      "FRAME_SIZE_ERROR",
                                      "REFUSED_STREAM",
                                      "CANCEL",
                                      "COMPRESSION_ERROR",
                                      "CONNECT_ERROR",
                                      "ENHANCE_YOUR_CALM",
                                      "INADEQUATE_SECURITY",
                                      "HTTP_1_1_REQUIRED"};
  for (uint32_t code = 0; code < 14; code++)
    assert_string_equal(rill_code_text(code), names[code]);
  assert_string_equal(rill_code_text(14), "unknown error code");
  assert_string_equal(rill_code_text(UINT32_MAX), "unknown error code");
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(version_is_the_header_s),
      cmocka_unit_test(every_err_has_words_of_its_own),
      cmocka_unit_test(codes_have_the_names_of_the_rfc),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
