/* SPDX-License-Identifier: MIT */
/*
 * Origins and the frames that carry them: texts that are a serialisation and texts that are not, which are the same, there and
 * back; entries of ORIGIN cut at every octet; ALTSVC on stream 0 and on others, with and without all that it needs.
 *
 * What is read lies in a block of its exact size, so that a sanitizer sees a step too far.
 */
#include "rules/altsvc.h"
#include "rules/origin.h"

#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static rill_view lit(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static uint8_t *copy_of(const void *octets, size_t n) {
  uint8_t *p = malloc(n == 0 ? 1 : n);
  assert_non_null(p);
  if (n != 0) memcpy(p, octets, n);
  return p;
}

static rill__origin parsed(const char *text) {
  rill__origin origin;
  if (!rill__origin_parse(&origin, lit(text))) fail_msg("%s", text);
  return origin;
}

/* ---- origins ---- */

static const struct {
  const char *text, *scheme, *host;
  int32_t port;
  const char *serialised;
} good[] = {
    {"https://example.com", "https", "example.com", 443, "https://example.com"},
    {"http://example.com", "http", "example.com", 80, "http://example.com"},
    {"https://example.com:443", "https", "example.com", 443, "https://example.com"},
    {"http://example.com:443", "http", "example.com", 443, "http://example.com:443"},
    {"https://example.com:80", "https", "example.com", 80, "https://example.com:80"},
    {"HTTPS://Example.COM:8443", "HTTPS", "Example.COM", 8443, "https://example.com:8443"},
    {"https://a", "https", "a", 443, "https://a"},
    {"https://[2001:DB8::1]", "https", "[2001:DB8::1]", 443, "https://[2001:db8::1]"},
    {"https://[::1]:1", "https", "[::1]", 1, "https://[::1]:1"},
    {"https://192.0.2.1:10", "https", "192.0.2.1", 10, "https://192.0.2.1:10"},
    {"https://a:0", "https", "a", 0, "https://a:0"},
    {"https://a:9", "https", "a", 9, "https://a:9"},
    {"https://a:65535", "https", "a", 65535, "https://a:65535"},
    {"coap+tcp://a", "coap+tcp", "a", RILL__PORT_NONE, "coap+tcp://a"},
    {"coap+tcp://a:5683", "coap+tcp", "a", 5683, "coap+tcp://a:5683"},
    {"https://*.example.com", "https", "*.example.com", 443, "https://*.example.com"}, /* a name as any other (8336 2.2) */
};

static void texts_are_read(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(good); i++) {
    size_t n = strlen(good[i].text);
    uint8_t *text = copy_of(good[i].text, n);
    rill__origin origin;
    if (!rill__origin_parse(&origin, (rill_view){text, n})) fail_msg("%s", good[i].text);
    assert_true(rill__view_eq(origin.scheme, lit(good[i].scheme)));
    assert_true(rill__view_eq(origin.host, lit(good[i].host)));
    assert_int_equal(origin.port, good[i].port);
    free(text);
  }
}

static void texts_are_written(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(good); i++) {
    rill__origin origin = parsed(good[i].text), again;
    size_t n = rill__origin_size(&origin);
    assert_int_equal(n, strlen(good[i].serialised));
    assert_true(n <= origin.scheme.n + origin.host.n + RILL__ORIGIN_MORE);
    uint8_t *text = malloc(n);
    assert_non_null(text);
    assert_ptr_equal(rill__origin_put(text, &origin), text + n);
    assert_memory_equal(text, good[i].serialised, n);
    assert_true(rill__origin_parse(&again, (rill_view){text, n}));
    assert_true(rill__origin_same(&origin, &again));
    free(text);
  }
}

static void what_is_no_origin(void **state) {
  (void)state;
  static const char *const bad[] = {"",
                                    "null",
                                    "example.com",
                                    "https",
                                    "https:",
                                    "https:/",
                                    "https://",
                                    "https:/a",
                                    "https:a",
                                    "://a",
                                    "1s://a",
                                    "ht tp://a",
                                    "https://a:",
                                    "https://[::1]:",
                                    "https://a:65536",
                                    "https://a:-1",
                                    "https://a:x",
                                    "https://a:1:2",
                                    "https://:443",
                                    "https://a/",
                                    "https://a?",
                                    "https://a#",
                                    "https://user@a",
                                    "https://@a",
                                    "https://a b",
                                    " https://a",
                                    "https://a ",
                                    "https://[::1",
                                    "https://::1",
                                    "https://[1]",
                                    "https://a\x80",
                                    "https://a\n",
                                    "https://a, https://b"};
  for (size_t i = 0; i < LENGTH(bad); i++) {
    size_t n = strlen(bad[i]);
    uint8_t *text = copy_of(bad[i], n);
    rill__origin origin;
    if (rill__origin_parse(&origin, (rill_view){text, n})) fail_msg("%s", bad[i]);
    free(text);
  }
  rill__origin origin;
  assert_false(rill__origin_parse(&origin, (rill_view){NULL, 0}));
}

static void which_are_the_same(void **state) {
  (void)state;
  static const struct {
    const char *a, *b;
    bool same;
  } pairs[] = {
      {"https://a", "https://a", true},      {"https://a", "HTTPS://A:443", true},
      {"http://a", "http://a:80", true},     {"https://a:443", "https://a:0443", true},
      {"https://a", "http://a", false},      {"https://a", "http://a:443", false},
      {"https://a", "https://a:444", false}, {"https://a", "https://a.", false},
      {"https://a", "https://b", false},     {"https://a", "https://aa", false},
      {"coap://a", "COAP://a", true},        {"coap://a", "coaps://a", false},
      {"coap://a", "coap://a:1", false},     {"https://www.example.com", "https://*.example.com", false},
  };
  for (size_t i = 0; i < LENGTH(pairs); i++) {
    rill__origin a = parsed(pairs[i].a), b = parsed(pairs[i].b);
    if (rill__origin_same(&a, &b) != pairs[i].same) fail_msg("%s, %s", pairs[i].a, pairs[i].b);
    assert_int_equal(rill__origin_same(&b, &a), pairs[i].same);
  }
}

static void origins_of_requests(void **state) {
  (void)state;
  static const struct {
    const char *scheme, *authority, *origin; /* NULL: none */
  } cases[] = {
      {"https", "example.com", "https://example.com"},
      {"https", "Example.com:443", "https://example.com"},
      {"https", "a:", "https://a"}, /* 3986 3.2.3: the port may be empty there */
      {"http", "a:8080", "http://a:8080"},
      {"https", "[::1]:444", "https://[::1]:444"},
      {"coap", "a", "coap://a"},
      {"https", "", NULL},
      {"https", "user@a", NULL},
      {"https", "a:x", NULL},
      {"", "a", NULL},
      {"1", "a", NULL},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    rill__origin origin;
    bool is_one = rill__origin_of_request(&origin, lit(cases[i].scheme), lit(cases[i].authority));
    assert_int_equal(is_one, cases[i].origin != NULL);
    if (!is_one) continue;
    rill__origin want = parsed(cases[i].origin);
    assert_true(rill__origin_same(&origin, &want));
  }
}

/* ---- ORIGIN ---- */

/* 8336 2.2, appendix A: on stream 0, without the first four flags. */
static void frames_that_count(void **state) {
  (void)state;
  for (unsigned flags = 0; flags < 256; flags++) {
    rill_frame_head head = {0, RILL_ORIGIN, (uint8_t)flags, 0};
    assert_int_equal(rill__origin_frame_counts(&head), flags % 16 == 0);
    head.stream_id = 1;
    assert_false(rill__origin_frame_counts(&head));
  }
}

static void entries_there_and_back(void **state) {
  (void)state;
  static const char *const texts[] = {"https://a", "", "no origin", "http://b.example:8080"};
  uint8_t payload[256], *end = payload;
  size_t size = 0;
  for (size_t i = 0; i < LENGTH(texts); i++) {
    end = rill__origin_entry_put(end, lit(texts[i]));
    size += rill__origin_entry_size(lit(texts[i]));
  }
  assert_int_equal(end - payload, size);
  for (size_t n = 0; n <= size; n++) { /* cut anywhere: what is whole is there, what is not is ignored */
    uint8_t *block = copy_of(payload, n);
    rill_view rest = {block, n}, text;
    size_t whole = 0, at = 0;
    for (; rill__origin_entry_take(&rest, &text); whole++) {
      assert_true(rill__view_eq(text, lit(texts[whole])));
      at += 2 + text.n;
    }
    assert_true(at <= n && (whole == LENGTH(texts) ? at == size : n < at + 2 + strlen(texts[whole])));
    free(block);
  }
  rill_view none = {NULL, 0}, text;
  assert_false(rill__origin_entry_take(&none, &text));
}

static void the_longest_entry(void **state) {
  (void)state;
  uint8_t *text = calloc(1, RILL__ORIGIN_ENTRY_MAX), *payload = malloc(2 + RILL__ORIGIN_ENTRY_MAX);
  assert_true(text != NULL && payload != NULL);
  assert_ptr_equal(rill__origin_entry_put(payload, (rill_view){text, RILL__ORIGIN_ENTRY_MAX}),
                   payload + 2 + RILL__ORIGIN_ENTRY_MAX);
  rill_view whole = {payload, 2 + RILL__ORIGIN_ENTRY_MAX}, cut = {payload, 1 + RILL__ORIGIN_ENTRY_MAX}, out;
  assert_false(rill__origin_entry_take(&cut, &out));
  assert_true(rill__origin_entry_take(&whole, &out));
  assert_int_equal(out.n, RILL__ORIGIN_ENTRY_MAX);
  assert_int_equal(whole.n, 0);
  free(text);
  free(payload);
}

/* ---- ALTSVC ---- */

static void altsvc_there_and_back(void **state) {
  (void)state;
  static const struct {
    uint32_t stream_id;
    const char *origin, *value;
    bool counts;
  } cases[] = {
      {0, "https://example.com", "h2=\":8000\"", true},
      {0, "https://example.com:443", "clear", true},
      {1, "", "h2=\"alt.example.com:8000\"; ma=60, h3=\":50781\"", true},
      {0, "", "clear", false},                    /* 7838 4: neither on stream 0 without an origin, */
      {1, "https://example.com", "clear", false}, /* nor on another with one */
      {0, "example.com", "clear", false},         /* no origin that anybody could speak for */
      {0, "null", "clear", false},
      {1, "", "", false}, /* 7838 3: at least one */
      {1, "", "a\nb", false},
      {1, "", "a\x7f", false},
      {1, "", " clear", false},
      {1, "", "clear\t", false},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    rill__altsvc altsvc = {lit(cases[i].origin), lit(cases[i].value)}, again;
    size_t n = rill__altsvc_size(&altsvc);
    uint8_t *payload = malloc(n);
    assert_non_null(payload);
    assert_ptr_equal(rill__altsvc_put(payload, &altsvc), payload + n);
    assert_int_equal(rill__get16(payload), altsvc.origin.n);
    assert_int_equal(rill__altsvc_counts(cases[i].stream_id, &altsvc), cases[i].counts);
    assert_int_equal(rill__altsvc_parse(&again, cases[i].stream_id, (rill_view){payload, n}), cases[i].counts);
    assert_true(rill__view_eq(again.origin, altsvc.origin));
    assert_true(rill__view_eq(again.value, altsvc.value));
    free(payload);
  }
}

static void altsvc_that_is_cut(void **state) {
  (void)state;
  static const uint8_t payload[] = "\x00\x09https://a";
  rill__altsvc out;
  for (size_t n = 0; n < sizeof payload; n++) { /* up to the origin's end: then the value is empty */
    uint8_t *block = copy_of(payload, n);
    assert_false(rill__altsvc_parse(&out, 0, (rill_view){block, n}));
    assert_false(rill__altsvc_parse(&out, 1, (rill_view){block, n}));
    free(block);
  }
  assert_true(rill__altsvc_parse(&out, 1, (rill_view){(const uint8_t *)"\0\0a", 3}));
  assert_false(rill__altsvc_parse(&out, 1, (rill_view){(const uint8_t *)"\0\0", 2}));
}

/* What an application hands over may be larger than a length can say. */
static void altsvc_of_a_long_origin(void **state) {
  (void)state;
  uint8_t *text = malloc(RILL__ORIGIN_ENTRY_MAX + 1);
  assert_non_null(text);
  memset(text, 'a', RILL__ORIGIN_ENTRY_MAX + 1);
  memcpy(text, "https://", 8);
  rill__altsvc altsvc = {{text, RILL__ORIGIN_ENTRY_MAX}, lit("clear")};
  assert_true(rill__altsvc_counts(0, &altsvc));
  altsvc.origin.n++;
  assert_false(rill__altsvc_counts(0, &altsvc));
  free(text);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(texts_are_read),          cmocka_unit_test(texts_are_written),
      cmocka_unit_test(what_is_no_origin),       cmocka_unit_test(which_are_the_same),
      cmocka_unit_test(origins_of_requests),     cmocka_unit_test(frames_that_count),
      cmocka_unit_test(entries_there_and_back),  cmocka_unit_test(the_longest_entry),
      cmocka_unit_test(altsvc_there_and_back),   cmocka_unit_test(altsvc_that_is_cut),
      cmocka_unit_test(altsvc_of_a_long_origin),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
