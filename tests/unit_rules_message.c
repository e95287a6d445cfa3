/* SPDX-License-Identifier: MIT */
/*
 * One direction of an exchange: the message rules on order and content-length by their numbers. What is received and what is sent
 * take the same way, so each walk is made with both kinds of section.
 */
#include "rules/message.h"

#include "rules/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

static const rill__exchange plain = {false, false, 32};
static const rill__exchange to_head = {true, false, 32};
static const rill__exchange to_connect = {false, true, 32};

static bool seen[RILL_WHY_COUNT];

static void give(rill_why got, rill_why want) {
  seen[got] = true;
  assert_string_equal(rill_why_text(got), rill_why_text(want));
}

#define GIVES(call, why) give(call, RILL_WHY_##why)
#define PASSES(call) give(call, RILL_WHY_NONE)

/* A head as section.h leaves it: of a request with this method, or of a response with this status. */
static rill__section head(rill__method method, unsigned status, int64_t length) {
  rill__section section = {0};
  section.kind = status == 0 ? RILL__SECTION_REQUEST : RILL__SECTION_RESPONSE;
  section.means[RILL__PSEUDO_METHOD] = (uint8_t)method;
  section.status = (uint16_t)status;
  section.content_length = length;
  return section;
}

static rill_why request_head(rill__message *message, rill__method method, int64_t length, bool end, bool submitted) {
  rill__section section = head(method, 0, length);
  section.rules.submitted = submitted;
  rill__message_begin(message, false);
  return rill__message_head(message, &section, end, NULL);
}

static rill_why add_response(rill__message *message, unsigned status, int64_t length, bool end, const rill__exchange *exchange) {
  rill__section section = head(RILL__METHOD_OTHER, status, length);
  return rill__message_head(message, &section, end, exchange);
}

static rill_why response_head(rill__message *message, unsigned status, int64_t length, bool end, const rill__exchange *exchange) {
  rill__message_begin(message, true);
  return add_response(message, status, length, end, exchange);
}

static rill_why sent_head(rill__message *message, unsigned status, int64_t length, bool end, const rill__exchange *exchange) {
  rill__section section = head(RILL__METHOD_OTHER, status, length);
  section.rules.submitted = true;
  rill__message_begin(message, true);
  return rill__message_head(message, &section, end, exchange);
}

/* ---- order: rules 35 to 37, 41 to 46 ----------------------------------------------------------------------------------- */

static void rule_41_a_request_in_order(void **state) {
  (void)state;
  rill__message message;
  for (int submitted = 0; submitted < 2; submitted++) {
    rill__message_begin(&message, false);
    assert_int_equal(rill__message_expects(&message), RILL__SECTION_REQUEST);
    PASSES(request_head(&message, RILL__METHOD_OTHER, -1, false, submitted));
    assert_int_equal(rill__message_expects(&message), RILL__SECTION_TRAILERS_REQUEST);
    PASSES(rill__message_data(&message, 16384, false));
    PASSES(rill__message_data(&message, 0, false));
    PASSES(rill__message_trailers(&message, true));
    PASSES(request_head(&message, RILL__METHOD_OTHER, -1, true, submitted));
    PASSES(request_head(&message, RILL__METHOD_OTHER, -1, false, submitted));
    PASSES(rill__message_trailers(&message, true)); /* trailers need no content */
    PASSES(request_head(&message, RILL__METHOD_OTHER, -1, false, submitted));
    PASSES(rill__message_data(&message, 0, true));
  }
}

static void rule_41_and_46_trailers_end_the_stream(void **state) {
  (void)state;
  rill__message message;
  PASSES(request_head(&message, RILL__METHOD_OTHER, -1, false, false));
  GIVES(rill__message_trailers(&message, false), TRAILERS_NOT_LAST);
  PASSES(response_head(&message, 200, -1, false, &plain));
  GIVES(rill__message_trailers(&message, false), TRAILERS_NOT_LAST);
  PASSES(rill__message_trailers(&message, true)); /* the refusal changed nothing */
}

static void rule_42_nothing_after_the_end(void **state) {
  (void)state;
  rill__message message;
  rill__section section = head(RILL__METHOD_OTHER, 200, -1), interim = head(RILL__METHOD_OTHER, 103, -1);
  for (int way = 0; way < 3; way++) {
    PASSES(response_head(&message, 200, -1, way == 0, &plain));
    if (way == 1) PASSES(rill__message_data(&message, 1, true));
    if (way == 2) PASSES(rill__message_trailers(&message, true));
    GIVES(rill__message_data(&message, 0, true), STREAM_CLOSED);
    GIVES(rill__message_data(&message, 1, false), STREAM_CLOSED);
    GIVES(rill__message_trailers(&message, true), STREAM_CLOSED);
    GIVES(rill__message_head(&message, &section, true, &plain), STREAM_CLOSED);
    GIVES(rill__message_head(&message, &interim, false, &plain), STREAM_CLOSED);
  }
}

static void rule_43_a_response_in_order(void **state) {
  (void)state;
  rill__message message;
  rill__message_begin(&message, true);
  assert_int_equal(rill__message_expects(&message), RILL__SECTION_RESPONSE);
  PASSES(add_response(&message, 100, -1, false, &plain));
  PASSES(add_response(&message, 103, -1, false, &plain));
  assert_int_equal(rill__message_expects(&message), RILL__SECTION_RESPONSE);
  PASSES(add_response(&message, 200, -1, false, &plain));
  assert_int_equal(rill__message_expects(&message), RILL__SECTION_TRAILERS_RESPONSE);
  PASSES(rill__message_data(&message, 5, false));
  PASSES(rill__message_trailers(&message, true));
  PASSES(response_head(&message, 999, -1, true, &plain));
}

static void rule_43_interim_responses_do_not_end_the_stream(void **state) {
  (void)state;
  rill__message message;
  GIVES(response_head(&message, 103, -1, true, &plain), INTERIM_END);
  GIVES(sent_head(&message, 199, -1, true, &plain), INTERIM_END);
  PASSES(add_response(&message, 103, -1, false, &plain));
}

static void rule_44_no_content_before_the_head(void **state) {
  (void)state;
  rill__message message;
  for (int is_response = 0; is_response < 2; is_response++) {
    rill__message_begin(&message, is_response);
    GIVES(rill__message_data(&message, 1, false), HEAD_MISSING);
    GIVES(rill__message_data(&message, 0, true), HEAD_MISSING);
    GIVES(rill__message_trailers(&message, true), HEAD_MISSING);
  }
  PASSES(response_head(&message, 103, -1, false, &plain));
  GIVES(rill__message_data(&message, 0, false), HEAD_MISSING); /* an interim head is not enough */
}

static void rule_44_no_head_after_the_final_one(void **state) {
  (void)state;
  rill__message message;
  PASSES(response_head(&message, 200, -1, false, &plain));
  GIVES(add_response(&message, 103, -1, false, &plain), HEAD_TWICE);
  GIVES(add_response(&message, 200, -1, true, &plain), HEAD_TWICE);
  PASSES(rill__message_data(&message, 1, false));
  GIVES(add_response(&message, 103, -1, false, &plain), HEAD_TWICE);
  rill__section section = head(RILL__METHOD_OTHER, 0, -1);
  PASSES(request_head(&message, RILL__METHOD_OTHER, -1, false, false));
  GIVES(rill__message_head(&message, &section, true, NULL), HEAD_TWICE);
}

static void rule_45_interim_responses_are_counted(void **state) {
  (void)state;
  rill__message message;
  static const uint32_t limits[] = {0, 1, 32, 300, 65535};
  for (size_t i = 0; i < sizeof limits / sizeof limits[0]; i++) {
    rill__exchange exchange = {false, false, limits[i]};
    rill__message_begin(&message, true);
    for (uint32_t n = 0; n < limits[i]; n++)
      PASSES(add_response(&message, 103, -1, false, &exchange));
    GIVES(add_response(&message, 103, -1, false, &exchange), INTERIM_COUNT);
    PASSES(add_response(&message, 200, -1, true, &exchange)); /* the final one is none of them */
  }
  rill__exchange any = {false, false, 65536};
  rill__message_begin(&message, true);
  for (uint32_t n = 0; n < 70000; n++)
    PASSES(add_response(&message, 103, -1, false, &any));
}

static void rule_35_a_tunnel_takes_no_headers(void **state) {
  (void)state;
  rill__message message;
  rill__section section = head(RILL__METHOD_OTHER, 200, -1);
  static const unsigned statuses[] = {200, 204, 205, 299};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
    PASSES(response_head(&message, statuses[i], -1, false, &to_connect));
    assert_true(rill__message_is_tunnel(&message));
    GIVES(rill__message_trailers(&message, true), TUNNEL_HEADERS);
    GIVES(rill__message_trailers(&message, false), TUNNEL_HEADERS);
    GIVES(rill__message_head(&message, &section, false, &to_connect), TUNNEL_HEADERS);
  }
  PASSES(request_head(&message, RILL__METHOD_CONNECT, -1, false, false));
  assert_true(rill__message_is_tunnel(&message));
  PASSES(rill__message_data(&message, 1, false));
  GIVES(rill__message_trailers(&message, true), TUNNEL_HEADERS);
}

static void rule_35_a_refused_connect_is_no_tunnel(void **state) {
  (void)state;
  rill__message message;
  static const unsigned statuses[] = {300, 403, 501};
  for (size_t i = 0; i < sizeof statuses / sizeof statuses[0]; i++) {
    PASSES(response_head(&message, statuses[i], 5, false, &to_connect));
    assert_false(rill__message_is_tunnel(&message));
    PASSES(rill__message_data(&message, 5, false));
    PASSES(rill__message_trailers(&message, true));
  }
  PASSES(response_head(&message, 103, -1, false, &to_connect));
  assert_false(rill__message_is_tunnel(&message));
}

static void rule_36_a_tunnel_has_no_length(void **state) {
  (void)state;
  rill__message message;
  PASSES(response_head(&message, 200, 5, false, &to_connect));
  assert_true(rill__message_left(&message) == -1);
  PASSES(rill__message_data(&message, 100, false));
  PASSES(rill__message_data(&message, 0, true));
  PASSES(response_head(&message, 200, 5, true, &to_connect));
  PASSES(request_head(&message, RILL__METHOD_CONNECT, 5, false, false));
  PASSES(rill__message_data(&message, 6, false));
  PASSES(response_head(&message, 204, -1, false, &to_connect)); /* any 2xx makes a tunnel (9110 9.3.6) */
  PASSES(rill__message_data(&message, 1, false));
  PASSES(sent_head(&message, 205, -1, false, &to_connect));
  PASSES(rill__message_data(&message, 1, true));
}

static void rule_37_the_ends_of_a_tunnel_are_two(void **state) {
  (void)state;
  rill__message request, response;
  PASSES(request_head(&request, RILL__METHOD_CONNECT, -1, false, false));
  PASSES(response_head(&response, 200, -1, false, &to_connect));
  PASSES(rill__message_data(&request, 3, true));
  PASSES(rill__message_data(&response, 3, false));
  PASSES(rill__message_data(&response, 0, true));
}

/* ---- content-length: rules 55 to 58 ------------------------------------------------------------------------------------ */

static void rule_55_at_the_end_on_the_head(void **state) {
  (void)state;
  rill__message message;
  for (int submitted = 0; submitted < 2; submitted++) {
    GIVES(request_head(&message, RILL__METHOD_OTHER, 5, true, submitted), LENGTH_SHORT);
    GIVES(request_head(&message, RILL__METHOD_HEAD, 1, true, submitted), LENGTH_SHORT);
    PASSES(request_head(&message, RILL__METHOD_OTHER, 0, true, submitted));
  }
  GIVES(response_head(&message, 200, 5, true, &plain), LENGTH_SHORT);
  GIVES(sent_head(&message, 200, 5, true, &plain), LENGTH_SHORT);
  PASSES(response_head(&message, 200, 0, true, &plain));
}

static void rule_55_at_the_end_on_data(void **state) {
  (void)state;
  rill__message message;
  PASSES(request_head(&message, RILL__METHOD_OTHER, 5, false, false));
  GIVES(rill__message_data(&message, 4, true), LENGTH_SHORT);
  PASSES(rill__message_data(&message, 4, false)); /* the refusal changed nothing */
  GIVES(rill__message_data(&message, 0, true), LENGTH_SHORT);
  assert_true(rill__message_left(&message) == 1);
  PASSES(rill__message_data(&message, 1, true));
  PASSES(response_head(&message, 200, 5, false, &plain));
  PASSES(rill__message_data(&message, 5, false));
  PASSES(rill__message_data(&message, 0, true)); /* nothing is owed, and nothing comes */
}

static void rule_55_at_the_end_on_trailers(void **state) {
  (void)state;
  rill__message message;
  PASSES(request_head(&message, RILL__METHOD_OTHER, 5, false, false));
  PASSES(rill__message_data(&message, 4, false));
  GIVES(rill__message_trailers(&message, true), LENGTH_SHORT);
  PASSES(rill__message_data(&message, 1, false));
  PASSES(rill__message_trailers(&message, true));
}

static void rule_55_at_the_first_octet_too_many(void **state) {
  (void)state;
  rill__message message;
  PASSES(request_head(&message, RILL__METHOD_OTHER, 5, false, false));
  GIVES(rill__message_data(&message, 6, false), LENGTH_EXCEEDED);
  PASSES(rill__message_data(&message, 5, false));
  GIVES(rill__message_data(&message, 1, true), LENGTH_EXCEEDED);
  PASSES(response_head(&message, 200, 0, false, &plain));
  GIVES(rill__message_data(&message, 1, false), LENGTH_EXCEEDED);
  PASSES(sent_head(&message, 200, 5, false, &plain));
  GIVES(rill__message_data(&message, 6, true), LENGTH_EXCEEDED);
}

static void rule_55_large_lengths(void **state) {
  (void)state;
  rill__message message;
  static const int64_t lengths[] = {0x7fffffff, 0x80000000ll, 0xffffffffll, 0x100000000ll, 0x7fffffffffffffffll};
  for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
    PASSES(response_head(&message, 200, lengths[i], false, &plain));
    assert_true(rill__message_left(&message) == lengths[i]);
    PASSES(rill__message_data(&message, 16777215, false));
    assert_true(rill__message_left(&message) == lengths[i] - 16777215);
    GIVES(rill__message_data(&message, 1, true), LENGTH_SHORT);
  }
  PASSES(response_head(&message, 200, 0x100000001ll, false, &plain)); /* across the halves */
  PASSES(rill__message_data(&message, UINT32_MAX, false));
  assert_true(rill__message_left(&message) == 2);
  GIVES(rill__message_data(&message, 3, false), LENGTH_EXCEEDED);
  PASSES(rill__message_data(&message, 2, true));
}

static void rule_56_lengths_that_are_not_counted(void **state) {
  (void)state;
  rill__message message;
  PASSES(response_head(&message, 200, 5, true, &to_head));
  PASSES(response_head(&message, 304, 5, true, &plain));
  PASSES(response_head(&message, 204, 5, true, &plain));
  PASSES(response_head(&message, 304, 5, false, &plain));
  assert_true(rill__message_is_bare(&message));
  PASSES(rill__message_data(&message, 0, true));
  PASSES(response_head(&message, 200, 5, false, &to_head));
  PASSES(rill__message_trailers(&message, true));
  PASSES(response_head(&message, 103, 5, false, &plain)); /* of an interim head, nothing remains */
  PASSES(add_response(&message, 200, 7, false, &plain));
  assert_true(rill__message_left(&message) == 7);
  PASSES(sent_head(&message, 304, 5, true, &plain));
  PASSES(sent_head(&message, 200, 5, true, &to_head));
}

static void rule_57_length_must_not_be_sent_to_connect(void **state) {
  (void)state;
  rill__message message;
  GIVES(sent_head(&message, 200, 5, false, &to_connect), LENGTH_FORBIDDEN);
  GIVES(sent_head(&message, 299, 0, true, &to_connect), LENGTH_FORBIDDEN);
  PASSES(sent_head(&message, 403, 5, false, &to_connect));
  PASSES(sent_head(&message, 200, -1, false, &to_connect));
  PASSES(response_head(&message, 200, 5, false, &to_connect)); /* accepted when received */
}

static void rule_57_length_is_not_passed_on(void **state) {
  (void)state;
  assert_true(rill__response_voids_length(100, false));
  assert_true(rill__response_voids_length(199, false));
  assert_true(rill__response_voids_length(204, false));
  assert_true(rill__response_voids_length(200, true));
  assert_true(rill__response_voids_length(299, true));
  assert_false(rill__response_voids_length(200, false));
  assert_false(rill__response_voids_length(203, false));
  assert_false(rill__response_voids_length(304, false));
  assert_false(rill__response_voids_length(300, true));
}

static void rule_58_content_where_there_is_none(void **state) {
  (void)state;
  rill__message message;
  PASSES(response_head(&message, 200, -1, false, &to_head));
  GIVES(rill__message_data(&message, 1, true), CONTENT_FORBIDDEN);
  PASSES(rill__message_data(&message, 0, false));
  PASSES(response_head(&message, 204, -1, false, &plain));
  GIVES(rill__message_data(&message, 1, false), CONTENT_FORBIDDEN);
  PASSES(response_head(&message, 304, 5, false, &plain));
  GIVES(rill__message_data(&message, 5, true), CONTENT_FORBIDDEN);
  PASSES(sent_head(&message, 204, -1, false, &plain));
  GIVES(rill__message_data(&message, 1, true), CONTENT_FORBIDDEN);
  PASSES(request_head(&message, RILL__METHOD_HEAD, -1, false, false));
  PASSES(rill__message_data(&message, 1, true)); /* a HEAD request may have content */
}

/* 9110 15.3.6: a server must not generate content in a 205; what a client receives there was framed like any other. */
static void content_is_not_sent_with_205(void **state) {
  (void)state;
  rill__message message;
  PASSES(sent_head(&message, 205, 0, false, &plain));
  GIVES(rill__message_data(&message, 1, true), CONTENT_FORBIDDEN);
  PASSES(rill__message_data(&message, 0, true));
  GIVES(sent_head(&message, 205, 5, true, &plain), LENGTH_SHORT);
  PASSES(response_head(&message, 205, 5, false, &plain));
  PASSES(rill__message_data(&message, 5, true));
}

/* Runs last: each reason that a message can give was given above. */
static void every_reason_was_given(void **state) {
  (void)state;
  static const rill_why reasons[] = {RILL_WHY_STREAM_CLOSED,    RILL_WHY_HEAD_MISSING,     RILL_WHY_HEAD_TWICE,
                                     RILL_WHY_INTERIM_END,      RILL_WHY_INTERIM_COUNT,    RILL_WHY_TRAILERS_NOT_LAST,
                                     RILL_WHY_TUNNEL_HEADERS,   RILL_WHY_LENGTH_SHORT,     RILL_WHY_LENGTH_EXCEEDED,
                                     RILL_WHY_LENGTH_FORBIDDEN, RILL_WHY_CONTENT_FORBIDDEN};
  for (size_t i = 0; i < sizeof reasons / sizeof reasons[0]; i++)
    assert_true(seen[reasons[i]]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rule_41_a_request_in_order),
      cmocka_unit_test(rule_41_and_46_trailers_end_the_stream),
      cmocka_unit_test(rule_42_nothing_after_the_end),
      cmocka_unit_test(rule_43_a_response_in_order),
      cmocka_unit_test(rule_43_interim_responses_do_not_end_the_stream),
      cmocka_unit_test(rule_44_no_content_before_the_head),
      cmocka_unit_test(rule_44_no_head_after_the_final_one),
      cmocka_unit_test(rule_45_interim_responses_are_counted),
      cmocka_unit_test(rule_35_a_tunnel_takes_no_headers),
      cmocka_unit_test(rule_35_a_refused_connect_is_no_tunnel),
      cmocka_unit_test(rule_36_a_tunnel_has_no_length),
      cmocka_unit_test(rule_37_the_ends_of_a_tunnel_are_two),
      cmocka_unit_test(rule_55_at_the_end_on_the_head),
      cmocka_unit_test(rule_55_at_the_end_on_data),
      cmocka_unit_test(rule_55_at_the_end_on_trailers),
      cmocka_unit_test(rule_55_at_the_first_octet_too_many),
      cmocka_unit_test(rule_55_large_lengths),
      cmocka_unit_test(rule_56_lengths_that_are_not_counted),
      cmocka_unit_test(rule_57_length_must_not_be_sent_to_connect),
      cmocka_unit_test(rule_57_length_is_not_passed_on),
      cmocka_unit_test(rule_58_content_where_there_is_none),
      cmocka_unit_test(content_is_not_sent_with_205),
      cmocka_unit_test(every_reason_was_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
