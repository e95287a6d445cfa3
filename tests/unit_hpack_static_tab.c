/* SPDX-License-Identifier: MIT */
/*
 * The static table and the names that have a token, against lists written down here from RFC 7541 appendix A and from
 * rill_token; and every name that is nearly one of these.
 */
#include "base/bytes.h"
#include "hpack/static_tab.h"
#include "hpack/token.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>

#include <cmocka.h>

/* clang-format off */
static const struct row { const char *name, *value; } rows[] = {
    {":authority", ""}, {":method", "GET"}, {":method", "POST"}, {":path", "/"}, {":path", "/index.html"},
    {":scheme", "http"}, {":scheme", "https"}, {":status", "200"}, {":status", "204"}, {":status", "206"}, {":status", "304"},
    {":status", "400"}, {":status", "404"}, {":status", "500"}, {"accept-charset", ""}, {"accept-encoding", "gzip, deflate"},
    {"accept-language", ""}, {"accept-ranges", ""}, {"accept", ""}, {"access-control-allow-origin", ""}, {"age", ""},
    {"allow", ""}, {"authorization", ""}, {"cache-control", ""}, {"content-disposition", ""}, {"content-encoding", ""},
    {"content-language", ""}, {"content-length", ""}, {"content-location", ""}, {"content-range", ""}, {"content-type", ""},
    {"cookie", ""}, {"date", ""}, {"etag", ""}, {"expect", ""}, {"expires", ""}, {"from", ""}, {"host", ""}, {"if-match", ""},
    {"if-modified-since", ""}, {"if-none-match", ""}, {"if-range", ""}, {"if-unmodified-since", ""}, {"last-modified", ""},
    {"link", ""}, {"location", ""}, {"max-forwards", ""}, {"proxy-authenticate", ""}, {"proxy-authorization", ""},
    {"range", ""}, {"referer", ""}, {"refresh", ""}, {"retry-after", ""}, {"server", ""}, {"set-cookie", ""},
    {"strict-transport-security", ""}, {"transfer-encoding", ""}, {"user-agent", ""}, {"vary", ""}, {"via", ""},
    {"www-authenticate", ""},
};
/* clang-format on */

static const char *const others[] = {":protocol",
                                     "connection",
                                     "keep-alive",
                                     "priority",
                                     "proxy-connection",
                                     "te",
                                     "trailer",
                                     "upgrade",
                                     "access-control-allow-credentials",
                                     "access-control-allow-headers",
                                     "access-control-allow-methods",
                                     "access-control-expose-headers",
                                     "access-control-max-age",
                                     "access-control-request-headers",
                                     "access-control-request-method",
                                     "alt-svc",
                                     "content-security-policy",
                                     "dnt",
                                     "forwarded",
                                     "grpc-accept-encoding",
                                     "grpc-encoding",
                                     "grpc-message",
                                     "grpc-status",
                                     "grpc-timeout",
                                     "origin",
                                     "pragma",
                                     "referrer-policy",
                                     "sec-ch-ua",
                                     "sec-ch-ua-mobile",
                                     "sec-ch-ua-platform",
                                     "sec-fetch-dest",
                                     "sec-fetch-mode",
                                     "sec-fetch-site",
                                     "sec-fetch-user",
                                     "server-timing",
                                     "timing-allow-origin",
                                     "traceparent",
                                     "upgrade-insecure-requests",
                                     "x-content-type-options",
                                     "x-forwarded-for",
                                     "x-forwarded-proto",
                                     "x-frame-options",
                                     "x-request-id",
                                     "x-requested-with",
                                     "x-xss-protection"};

enum { ROWS = sizeof rows / sizeof rows[0], OTHERS = sizeof others / sizeof others[0], NAME_MAX = 40 };

static const char *names[RILL_TOKEN_COUNT]; /* by token */

static int name_tokens(void **state) {
  (void)state;
  size_t token = 0;
  for (size_t i = 0; i < ROWS; i++) {
    if (token == 0 || strcmp(names[token], rows[i].name) != 0) names[++token] = rows[i].name;
  }
  assert_int_equal(token, RILL_TOKEN_LAST_STATIC);
  for (size_t i = 0; i < OTHERS; i++)
    names[++token] = others[i];
  assert_int_equal(token + 1, RILL_TOKEN_OTHER);
  return 0;
}

static rill_view view_of(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static uint16_t slow_token(rill_view name) {
  for (uint16_t token = 1; token < RILL_TOKEN_OTHER; token++) {
    if (rill__view_eq(name, view_of(names[token]))) return token;
  }
  return RILL_TOKEN_OTHER;
}

/* In a block of its own size, so that the sanitizer sees what is read beyond. */
static void check_token(const uint8_t *name, size_t n) {
  uint8_t *copy = malloc(n == 0 ? 1 : n);
  assert_non_null(copy);
  if (n != 0) memcpy(copy, name, n);
  rill_view view = {copy, n};
  assert_int_equal(rill__token_of(view), slow_token(view));
  free(copy);
}

static void test_static_entries(void **state) {
  (void)state;
  assert_int_equal(ROWS, RILL__STATIC_COUNT);
  for (size_t i = 0; i < ROWS; i++) {
    const rill_field *field = &rill__static_tab[i + 1];
    assert_true(rill__view_eq(field->name, view_of(rows[i].name)));
    assert_true(rill__view_eq(field->value, view_of(rows[i].value)));
    assert_int_equal(field->token, slow_token(field->name));
    assert_int_equal(field->flags, RILL_FIELD_CHECKED);
    assert_int_equal(field->hash, 0);
  }
}

static void test_static_names(void **state) {
  (void)state;
  for (uint16_t token = 0; token < RILL_TOKEN_COUNT; token++) {
    size_t first = 0, last = 0, longest = 0;
    for (size_t i = ROWS; i > 0 && names[token] != NULL; i--) {
      if (strcmp(rows[i - 1].name, names[token]) != 0) continue;
      first = i;
      if (last == 0) last = i;
      if (strlen(rows[i - 1].value) > longest) longest = strlen(rows[i - 1].value);
    }
    assert_int_equal(rill__static_names[token].first, first);
    assert_int_equal(rill__static_names[token].last, last);
    assert_int_equal(rill__static_names[token].longest, longest);
  }
}

static uint32_t slow_field(uint16_t token, rill_view value) {
  for (uint32_t i = 0; i < ROWS && names[token] != NULL; i++) {
    if (strcmp(rows[i].name, names[token]) == 0 && rill__view_eq(view_of(rows[i].value), value)) return i + 1;
  }
  return 0;
}

static void test_static_fields(void **state) {
  (void)state;
  for (uint16_t token = 0; token < RILL_TOKEN_COUNT; token++) {
    for (size_t i = 0; i < ROWS; i++) { /* the values of other names among them, and empty ones */
      rill_view value = view_of(rows[i].value), shorter = value;
      assert_int_equal(rill__static_field(token, value), slow_field(token, value));
      if (shorter.n != 0) shorter.n--;
      assert_int_equal(rill__static_field(token, shorter), slow_field(token, shorter));
    }
    assert_int_equal(rill__static_field(token, view_of("gzip, deflate, br")), 0);
    assert_int_equal(rill__static_field(token, (rill_view){NULL, 0}), slow_field(token, view_of("")));
  }
}

static void test_tokens(void **state) {
  (void)state;
  for (uint16_t token = 1; token < RILL_TOKEN_OTHER; token++) {
    rill_view name = view_of(names[token]);
    assert_int_equal(rill__token_of(name), token);
    assert_true(rill__view_eq(rill__token_name(token), name));
    rill_field field = {.name = name};
    assert_int_equal(rill__token_for(&field), token);
    field.token = RILL_TOKEN_AGE; /* is believed */
    assert_int_equal(rill__token_for(&field), RILL_TOKEN_AGE);
    field.token = RILL_TOKEN_COUNT; /* is none */
    assert_int_equal(rill__token_for(&field), token);
  }
  assert_int_equal(rill__token_of((rill_view){NULL, 0}), RILL_TOKEN_OTHER);
  assert_int_equal(rill__token_name(RILL_TOKEN_UNKNOWN).n, 0);
  assert_int_equal(rill__token_name(RILL_TOKEN_OTHER).n, 0);
  assert_int_equal(rill__token_name(RILL_TOKEN_COUNT).n, 0);
  assert_int_equal(rill__token_name(UINT16_MAX).n, 0);
}

static void test_near_misses(void **state) {
  (void)state;
  for (uint16_t token = 1; token < RILL_TOKEN_OTHER; token++) {
    uint8_t name[NAME_MAX] = {0};
    size_t n = strlen(names[token]);
    assert_true(n + 1 < NAME_MAX);
    memcpy(name, names[token], n);
    for (size_t cut = 0; cut <= n; cut++) {
      check_token(name, cut);
      check_token(name + cut, n - cut);
    }
    for (size_t at = 0; at <= n; at++) { /* another octet anywhere, and one more at the end */
      uint8_t right = name[at];
      for (unsigned octet = 0; octet < 256; octet++) {
        name[at] = (uint8_t)octet;
        check_token(name, at < n ? n : n + 1);
      }
      name[at] = right;
    }
    for (size_t at = 0; at + 1 < n; at++) { /* two octets changed for each other: the same slot, often */
      uint8_t left = name[at];
      name[at] = name[at + 1];
      name[at + 1] = left;
      check_token(name, n);
      name[at + 1] = name[at];
      name[at] = left;
    }
  }
}

/* All names of one and two octets, and all that have the ends and the length of a known one. */
static void test_others(void **state) {
  (void)state;
  for (unsigned i = 0; i < 65536; i++) {
    uint8_t pair[2] = {(uint8_t)(i >> 8), (uint8_t)i};
    check_token(pair, 2);
    check_token(pair, 1);
  }
  for (uint16_t token = 1; token < RILL_TOKEN_OTHER; token++) {
    uint8_t name[NAME_MAX];
    size_t n = strlen(names[token]);
    memset(name, 'x', sizeof name);
    name[0] = (uint8_t)names[token][0];
    name[n - 1] = (uint8_t)names[token][n - 1];
    check_token(name, n);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_static_entries), cmocka_unit_test(test_static_names), cmocka_unit_test(test_static_fields),
      cmocka_unit_test(test_tokens),         cmocka_unit_test(test_near_misses),  cmocka_unit_test(test_others),
  };
  return cmocka_run_group_tests(tests, name_tokens, NULL);
}
