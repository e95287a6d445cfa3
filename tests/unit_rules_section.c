/* SPDX-License-Identifier: MIT */
/*
 * Field sections: the message rules by their numbers, as received and as submitted. A section is written as lines of
 * "name value". The octets of each field lie in blocks of exactly their size and move between the calls, so that a sanitizer sees
 * a step too far and a view that was kept.
 */
#include "rules/section.h"

#include "rules/why.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { FIELDS_MAX = 16 };

static const rill__field_rules received;
static const rill__field_rules submitted = {.submitted = true};
static const rill__field_rules lenient = {.allow_edge_space = true, .allow_odd_path = true, .allow_any_trailer = true};
static const rill__field_rules lenient_submitted = {
    .allow_edge_space = true, .allow_odd_path = true, .allow_any_trailer = true, .submitted = true};
static const rill__field_rules extended = {.extended_connect = true};

#define REQUEST RILL__SECTION_REQUEST
#define RESPONSE RILL__SECTION_RESPONSE
#define TRAILERS RILL__SECTION_TRAILERS_REQUEST
#define TRAILERS_BACK RILL__SECTION_TRAILERS_RESPONSE

#define GET ":method GET\n:scheme https\n:path /\n:authority a\n"
#define OK ":status 200\n"

/* clang-format off */
static const struct known {
  const char *name;
  uint16_t token;
} names[] = {
  {":authority", RILL_TOKEN__AUTHORITY},                         {":method", RILL_TOKEN__METHOD},
  {":path", RILL_TOKEN__PATH},                                   {":scheme", RILL_TOKEN__SCHEME},
  {":status", RILL_TOKEN__STATUS},                               {":protocol", RILL_TOKEN__PROTOCOL},
  {"accept", RILL_TOKEN_ACCEPT},                                 {"authorization", RILL_TOKEN_AUTHORIZATION},
  {"connection", RILL_TOKEN_CONNECTION},                         {"content-length", RILL_TOKEN_CONTENT_LENGTH},
  {"cookie", RILL_TOKEN_COOKIE},                                 {"date", RILL_TOKEN_DATE},
  {"host", RILL_TOKEN_HOST},                                     {"keep-alive", RILL_TOKEN_KEEP_ALIVE},
  {"max-forwards", RILL_TOKEN_MAX_FORWARDS},                     {"proxy-authenticate", RILL_TOKEN_PROXY_AUTHENTICATE},
  {"proxy-authorization", RILL_TOKEN_PROXY_AUTHORIZATION},       {"proxy-connection", RILL_TOKEN_PROXY_CONNECTION},
  {"set-cookie", RILL_TOKEN_SET_COOKIE},                         {"te", RILL_TOKEN_TE},
  {"trailer", RILL_TOKEN_TRAILER},                               {"transfer-encoding", RILL_TOKEN_TRANSFER_ENCODING},
  {"upgrade", RILL_TOKEN_UPGRADE},                               {"priority", RILL_TOKEN_PRIORITY},
                                {"www-authenticate", RILL_TOKEN_WWW_AUTHENTICATE},
};
/* clang-format on */

static uint16_t token_of(rill_view name) {
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (strlen(names[i].name) == name.n && memcmp(names[i].name, name.p, name.n) == 0) return names[i].token;
  }
  return RILL_TOKEN_OTHER;
}

static rill_view copy_of(const void *octets, size_t n) {
  uint8_t *p = malloc(n == 0 ? 1 : n);
  assert_non_null(p);
  if (n != 0) memcpy(p, octets, n);
  return (rill_view){p, n};
}

static void drop(rill_field *field) {
  free((void *)(uintptr_t)field->name.p);
  free((void *)(uintptr_t)field->value.p);
}

/* Cuts "name value" off the front. */
static rill_field next_field(const char **lines) {
  const char *line = *lines, *end = strchr(line, '\n'), *space = memchr(line, ' ', (size_t)(end - line));
  const char *value = space == NULL ? end : space + 1;
  rill_field field = {copy_of(line, (size_t)((space == NULL ? end : space) - line)), copy_of(value, (size_t)(end - value)), 0, 0,
                      0};
  field.token = token_of(field.name);
  *lines = end + 1;
  return field;
}

static bool seen[RILL_WHY_COUNT];

/* *at: the index of the field that was refused; the field count if it was the section. */
static rill_why judge_at(rill__section *section, rill__section_kind kind, rill__field_rules rules, const char *lines,
                         size_t *at) {
  rill_field fields[FIELDS_MAX];
  const char *rest = lines;
  size_t count = 0;
  rill_why why = RILL_WHY_NONE;
  rill__section_begin(section, kind, &rules);
  for (size_t i = 0; *rest != 0 && why == RILL_WHY_NONE; i++) {
    rill_field field = next_field(&rest);
    why = rill__field_check(&field, &rules);
    if (why == RILL_WHY_NONE) why = rill__section_field(section, i, &field);
    drop(&field);
    if (why == RILL_WHY_NONE) count++;
  }
  *at = count;
  if (why == RILL_WHY_NONE) {
    rest = lines;
    for (size_t i = 0; i < count; i++)
      fields[i] = next_field(&rest);
    why = rill__section_end(section, count == 0 ? NULL : fields);
    for (size_t i = 0; i < count; i++)
      drop(&fields[i]);
  }
  seen[why] = true;
  return why;
}

static rill_why judge(rill__section_kind kind, rill__field_rules rules, const char *lines) {
  rill__section section;
  size_t at;
  return judge_at(&section, kind, rules, lines, &at);
}

static void one(rill__section_kind kind, rill__field_rules rules, const char *lines, rill_why want) {
  rill_why got = judge(kind, rules, lines);
  if (got != want) fail_msg("%s\ngot: %s\nwanted: %s", lines, rill_why_text(got), rill_why_text(want));
}

/* Both ways, and no switch changes it. */
static void both(rill__section_kind kind, const char *lines, rill_why want) {
  one(kind, received, lines, want);
  one(kind, submitted, lines, want);
  one(kind, lenient, lines, want);
  one(kind, lenient_submitted, lines, want);
}

static void good(rill__section_kind kind, const char *lines) { both(kind, lines, RILL_WHY_NONE); }

static rill__section section_of(rill__section_kind kind, const char *lines) {
  rill__section section;
  size_t at;
  assert_int_equal(judge_at(&section, kind, received, lines, &at), RILL_WHY_NONE);
  return section;
}

/* ---- field lines: rules 6 to 11 ---------------------------------------------------------------------------------------- */

static void rule_6_names_are_not_compared_by_prefix(void **state) {
  (void)state;
  good(REQUEST, GET "connectionx 1\nt trailers\ntex gzip\nhostx a\nhostx b\ncontent-length-x 5\ncontent-length-x x\n");
}

static void rule_7_values_of_other_fields_are_free(void **state) {
  (void)state;
  good(REQUEST, GET "date last Tuesday\naccept ;;;\ncookie\n");
  good(RESPONSE, OK "date \nset-cookie =\n");
}

static void rule_8_connection_fields(void **state) {
  (void)state;
  static const char *const lines[][4] = {
      {GET "connection close\n", OK "connection close\n", "connection close\n", "a b\nconnection \n"},
      {GET "proxy-connection close\n", OK "proxy-connection close\n", "proxy-connection x\n", "a b\nproxy-connection x\n"},
      {GET "keep-alive 5\n", OK "keep-alive 5\n", "keep-alive 5\n", "a b\nkeep-alive 5\n"},
      {GET "transfer-encoding chunked\n", OK "transfer-encoding chunked\n", "transfer-encoding x\n", "transfer-encoding x\n"},
      {GET "upgrade h2c\n", OK "upgrade h2c\n", "upgrade h2c\n", "a b\nupgrade h2c\n"},
  };
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    both(REQUEST, lines[i][0], RILL_WHY_CONNECTION_FIELD);
    both(RESPONSE, lines[i][1], RILL_WHY_CONNECTION_FIELD);
    both(TRAILERS, lines[i][2], RILL_WHY_CONNECTION_FIELD);
    both(TRAILERS_BACK, lines[i][3], RILL_WHY_CONNECTION_FIELD);
  }
}

static void rule_9_te(void **state) {
  (void)state;
  good(REQUEST, GET "te trailers\n");
  good(REQUEST, GET "te Trailers\n");
  both(REQUEST, GET "te gzip\n", RILL_WHY_TE);
  both(REQUEST, GET "te trailers, gzip\n", RILL_WHY_TE);
  both(REQUEST, GET "te \n", RILL_WHY_TE);
  both(REQUEST, GET "te trailer\n", RILL_WHY_TE);
  both(RESPONSE, OK "te trailers\n", RILL_WHY_TE);
  both(TRAILERS, "te trailers\n", RILL_WHY_TE);
  both(TRAILERS_BACK, "te trailers\n", RILL_WHY_TE);
}

static void rule_10_te_on_one_line(void **state) {
  (void)state;
  both(REQUEST, GET "te trailers\nte trailers\n", RILL_WHY_TE_TWICE);
}

static void rule_11_odd_names_pass(void **state) {
  (void)state;
  good(REQUEST, GET "http2-settings AAMAAABk\nunder_score x\n");
}

/* ---- pseudo-header fields: rules 13 to 32 ------------------------------------------------------------------------------ */

static void rule_13_pseudo_header_fields_come_first(void **state) {
  (void)state;
  both(REQUEST, ":method GET\n:scheme https\na b\n:path /\n:authority a\n", RILL_WHY_PSEUDO_LATE);
  both(REQUEST, "a b\n" GET, RILL_WHY_PSEUDO_LATE);
  both(RESPONSE, "a b\n" OK, RILL_WHY_PSEUDO_LATE);
  good(REQUEST, ":authority a\n:path /\n:scheme https\n:method GET\na b\n"); /* their order is free */
}

static void rule_14_none_twice(void **state) {
  (void)state;
  both(REQUEST, GET ":method GET\n", RILL_WHY_PSEUDO_TWICE);
  both(REQUEST, GET ":scheme https\n", RILL_WHY_PSEUDO_TWICE);
  both(REQUEST, GET ":path /\n", RILL_WHY_PSEUDO_TWICE);
  both(REQUEST, GET ":authority a\n", RILL_WHY_PSEUDO_TWICE);
  both(RESPONSE, OK OK, RILL_WHY_PSEUDO_TWICE);
}

static void rule_15_only_those_of_the_direction(void **state) {
  (void)state;
  both(REQUEST, GET ":foo bar\n", RILL_WHY_PSEUDO_UNKNOWN);
  both(RESPONSE, OK ":foo bar\n", RILL_WHY_PSEUDO_UNKNOWN);
  both(REQUEST, GET ":status 200\n", RILL_WHY_PSEUDO_DIRECTION);
  both(RESPONSE, OK ":method GET\n", RILL_WHY_PSEUDO_DIRECTION);
  both(RESPONSE, OK ":scheme https\n", RILL_WHY_PSEUDO_DIRECTION);
  both(RESPONSE, OK ":path /\n", RILL_WHY_PSEUDO_DIRECTION);
  both(RESPONSE, OK ":authority a\n", RILL_WHY_PSEUDO_DIRECTION);
  one(RESPONSE, extended, OK ":protocol websocket\n", RILL_WHY_PSEUDO_DIRECTION);
}

static void rule_15_none_in_trailers(void **state) {
  (void)state;
  both(TRAILERS, ":method GET\n", RILL_WHY_PSEUDO_IN_TRAILERS);
  both(TRAILERS, "a b\n:foo bar\n", RILL_WHY_PSEUDO_IN_TRAILERS);
  both(TRAILERS_BACK, OK, RILL_WHY_PSEUDO_IN_TRAILERS);
}

static void rule_16_what_a_request_needs(void **state) {
  (void)state;
  good(REQUEST, GET);
  both(REQUEST, ":scheme https\n:path /\n:authority a\n", RILL_WHY_METHOD_MISSING);
  both(REQUEST, ":method GET\n:path /\n:authority a\n", RILL_WHY_SCHEME_MISSING);
  both(REQUEST, ":method GET\n:scheme https\n:authority a\n", RILL_WHY_PATH_MISSING);
  both(REQUEST, "", RILL_WHY_METHOD_MISSING);
  both(REQUEST, "a b\n", RILL_WHY_METHOD_MISSING);
}

static void rule_17_what_a_response_needs(void **state) {
  (void)state;
  good(RESPONSE, OK);
  good(RESPONSE, ":status 103\n");
  both(RESPONSE, "a b\n", RILL_WHY_STATUS_MISSING);
  both(RESPONSE, "", RILL_WHY_STATUS_MISSING);
  good(TRAILERS, "");
  good(TRAILERS_BACK, "grpc-status 0\n");
}

static void rule_18_octets_of_pseudo_header_values(void **state) {
  (void)state;
  both(REQUEST, ":method GET\n:scheme https\n:path /\r\n:authority a\n", RILL_WHY_VALUE_OCTET);
  both(REQUEST, ":method GET\n:scheme https\n:path /\n:authority a\r\n", RILL_WHY_VALUE_OCTET);
  both(REQUEST, ":method GET\n:scheme https\n:path /\177\n:authority a\n", RILL_WHY_VALUE_CONTROL);
  one(REQUEST, received, ":method GET \n:scheme https\n:path /\n:authority a\n", RILL_WHY_VALUE_SPACE);
  one(REQUEST, lenient, ":method GET \n:scheme https\n:path /\n:authority a\n", RILL_WHY_METHOD);
  one(REQUEST, lenient, ":method GET\n:scheme https \n:path /\n:authority a\n", RILL_WHY_SCHEME);
  one(REQUEST, lenient, ":method GET\n:scheme https\n:path / \n:authority a\n", RILL_WHY_PATH);
  one(REQUEST, lenient, ":method GET\n:scheme https\n:path /\n:authority a \n", RILL_WHY_AUTHORITY);
  one(RESPONSE, lenient, ":status 200 \n", RILL_WHY_STATUS);
}

#define REST ":scheme https\n:path /\n:authority a\n"

static void rule_19_method(void **state) {
  (void)state;
  good(REQUEST, ":method get\n" REST);
  good(REQUEST, ":method M-SEARCH\n" REST);
  good(REQUEST, ":method connect\n" REST); /* not CONNECT: with case */
  both(REQUEST, ":method \n" REST, RILL_WHY_METHOD);
  both(REQUEST, ":method GET /x HTTP/1.1\n" REST, RILL_WHY_METHOD);
  both(REQUEST, ":method G\200T\n" REST, RILL_WHY_METHOD);
  assert_int_equal(section_of(REQUEST, ":method GET\n" REST).means[RILL__PSEUDO_METHOD], RILL__METHOD_GET);
  assert_int_equal(section_of(REQUEST, ":method HEAD\n" REST).means[RILL__PSEUDO_METHOD], RILL__METHOD_HEAD);
  assert_int_equal(section_of(REQUEST, ":method OPTIONS\n" REST).means[RILL__PSEUDO_METHOD], RILL__METHOD_OPTIONS);
  assert_int_equal(section_of(REQUEST, ":method HEADS\n" REST).means[RILL__PSEUDO_METHOD], RILL__METHOD_OTHER);
  assert_int_equal(section_of(REQUEST, ":method head\n" REST).means[RILL__PSEUDO_METHOD], RILL__METHOD_OTHER);
}

static void rule_20_scheme(void **state) {
  (void)state;
  both(REQUEST, ":method GET\n:scheme http://x/\n:path /\n:authority a\n", RILL_WHY_SCHEME);
  both(REQUEST, ":method GET\n:scheme \n:path /\n:authority a\n", RILL_WHY_SCHEME);
  both(REQUEST, ":method GET\n:scheme 1\n:path /\n:authority a\n", RILL_WHY_SCHEME);
  good(REQUEST, ":method GET\n:scheme coap+tcp\n:path /\n:authority a\n");
}

#define PATH(path) ":method GET\n:scheme https\n:path " path "\n:authority a\n"

static void rule_21_path(void **state) {
  (void)state;
  good(REQUEST, PATH("/"));
  good(REQUEST, PATH("//x"));
  good(REQUEST, PATH("/a?b=c&d=%zz"));
  good(REQUEST, ":method OPTIONS\n:path *\n:scheme https\n:authority a\n");
  good(REQUEST, ":path *\n:scheme http\n:authority a\n:method OPTIONS\n");
  both(REQUEST, PATH(""), RILL_WHY_PATH);
  both(REQUEST, PATH("a"), RILL_WHY_PATH);
  both(REQUEST, PATH("?a"), RILL_WHY_PATH);
  both(REQUEST, PATH("*"), RILL_WHY_PATH);
  both(REQUEST, PATH("https://a/"), RILL_WHY_PATH);
  both(REQUEST, ":method OPTIONS\n:path *a\n:scheme https\n:authority a\n", RILL_WHY_PATH);
  both(REQUEST, ":method OPTIONS\n:path \n:scheme https\n:authority a\n", RILL_WHY_PATH);
  both(REQUEST, ":method options\n:path *\n:scheme https\n:authority a\n", RILL_WHY_PATH);
  both(REQUEST, ":method GET\n:scheme HTTP\n:path a\n:authority a\n", RILL_WHY_PATH); /* http in any case */
  good(REQUEST, ":method GET\n:scheme urn\n:path example:a\n");
  good(REQUEST, ":method GET\n:scheme urn\n:path \n");
}

static void rule_22_path_octets(void **state) {
  (void)state;
  both(REQUEST, PATH("/a b HTTP/1.1"), RILL_WHY_PATH);
  both(REQUEST, PATH("/a\tb"), RILL_WHY_PATH);
  both(REQUEST, PATH("/\177"), RILL_WHY_VALUE_CONTROL);
  both(REQUEST, ":method GET\n:scheme urn\n:path a b\n", RILL_WHY_PATH); /* whatever the scheme */
}

static void rule_23_path_octets(void **state) {
  (void)state;
  both(REQUEST, PATH("/a#f"), RILL_WHY_PATH);
  both(REQUEST, PATH("/\303\274"), RILL_WHY_PATH);
  static const char *const odd[] = {PATH("/\""), PATH("/<"), PATH("/>"), PATH("/\\"), PATH("/^"),
                                    PATH("/`"),  PATH("/{"), PATH("/|"), PATH("/}")};
  for (size_t i = 0; i < sizeof odd / sizeof odd[0]; i++) {
    one(REQUEST, received, odd[i], RILL_WHY_PATH);
    one(REQUEST, submitted, odd[i], RILL_WHY_PATH);
    one(REQUEST, lenient, odd[i], RILL_WHY_NONE);
    one(REQUEST, lenient_submitted, odd[i], RILL_WHY_NONE);
  }
}

#define AUTHORITY(authority) ":method GET\n:scheme https\n:path /\n:authority " authority "\n"
#define HOST(host) ":method GET\n:scheme https\n:path /\nhost " host "\n"

static void rule_24_userinfo(void **state) {
  (void)state;
  both(REQUEST, AUTHORITY("u@h"), RILL_WHY_AUTHORITY_USERINFO);
  both(REQUEST, ":authority u:p@h:80\n:method GET\n:path /\n:scheme http\n", RILL_WHY_AUTHORITY_USERINFO);
  both(REQUEST, HOST("u@h"), RILL_WHY_AUTHORITY_USERINFO);
  good(REQUEST, ":method GET\n:scheme ftp\n:path /\n:authority u@h\n");
}

static void rule_25_authority(void **state) {
  (void)state;
  good(REQUEST, AUTHORITY("a:65535"));
  good(REQUEST, AUTHORITY("[::1]:443"));
  both(REQUEST, AUTHORITY("a:65536"), RILL_WHY_AUTHORITY);
  both(REQUEST, AUTHORITY(""), RILL_WHY_AUTHORITY);
  both(REQUEST, AUTHORITY("a/b"), RILL_WHY_AUTHORITY);
  both(REQUEST, AUTHORITY("a b"), RILL_WHY_AUTHORITY);
  both(REQUEST, AUTHORITY(":80"), RILL_WHY_AUTHORITY);
  both(REQUEST, AUTHORITY("::1"), RILL_WHY_AUTHORITY);
  both(REQUEST, HOST("a/b"), RILL_WHY_AUTHORITY);
  both(REQUEST, HOST("a:65536"), RILL_WHY_AUTHORITY);
  both(REQUEST, HOST(""), RILL_WHY_AUTHORITY);
}

static void rule_26_host_says_what_authority_says(void **state) {
  (void)state;
  good(REQUEST, AUTHORITY("a") "host a\n");
  good(REQUEST, AUTHORITY("Example.com") "a b\nhost eXample.COM:443\n");
  good(REQUEST, ":method GET\n:scheme http\n:path /\n:authority a:80\nhost a\n");
  both(REQUEST, ":method GET\n:scheme http\n:path /\n:authority a:443\nhost a\n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, AUTHORITY("a") "host b\n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, AUTHORITY("a") "host a:80\n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, AUTHORITY("a") "host \n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, AUTHORITY("a") "host a/b\n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, ":method GET\n:scheme urn\n:path /\n:authority a\nhost b\n", RILL_WHY_HOST_DIFFERS);
  good(REQUEST, ":method GET\n:scheme urn\n:path /\n:authority a:1\nhost A:1\n");
}

static void rule_27_host_once(void **state) {
  (void)state;
  both(REQUEST, GET "host a\nhost a\n", RILL_WHY_HOST_TWICE);
  both(REQUEST, HOST("a") "host b\n", RILL_WHY_HOST_TWICE);
  good(RESPONSE, OK "host a\nhost b\n"); /* means nothing there */
}

static void rule_28_authority_or_host(void **state) {
  (void)state;
  good(REQUEST, HOST("b"));
  both(REQUEST, ":method GET\n:scheme https\n:path /\n", RILL_WHY_AUTHORITY_MISSING);
  both(REQUEST, ":method OPTIONS\n:scheme http\n:path *\na b\n", RILL_WHY_AUTHORITY_MISSING);
  good(REQUEST, ":method GET\n:scheme urn\n:path x\n");
  good(REQUEST, ":method GET\n:scheme urn\n:path x\nhost \n");
}

static void rule_29_scheme_is_shown(void **state) {
  (void)state;
  assert_int_equal(section_of(REQUEST, GET).means[RILL__PSEUDO_SCHEME], RILL__SCHEME_HTTPS);
  assert_int_equal(section_of(REQUEST, ":method GET\n:scheme hTTps\n:path /\n:authority a\n").means[RILL__PSEUDO_SCHEME],
                   RILL__SCHEME_HTTPS);
  assert_int_equal(section_of(REQUEST, ":method GET\n:scheme http\n:path /\n:authority a\n").means[RILL__PSEUDO_SCHEME],
                   RILL__SCHEME_HTTP);
  assert_int_equal(section_of(REQUEST, ":method GET\n:scheme httpx\n:path /\n:authority a\n").means[RILL__PSEUDO_SCHEME],
                   RILL__SCHEME_OTHER);
}

/* 9218 5: in trailers it comes too late to mean anything. */
static void priority_means_something_in_heads(void **state) {
  (void)state;
  assert_true(section_of(REQUEST, GET "priority u=1\n").priority.signalled);
  assert_int_equal(section_of(REQUEST, GET "priority u=1\npriority u=2\n").priority.urgency, 2);
  assert_true(section_of(RESPONSE, OK "priority u=1\n").priority.signalled);
  assert_false(section_of(TRAILERS, "priority u=1\n").priority.signalled);
  assert_false(section_of(TRAILERS_BACK, "priority u=1\n").priority.signalled);
}

static void rule_30_to_32_status(void **state) {
  (void)state;
  static const struct row {
    const char *lines;
    rill_why why;
    unsigned status;
  } rows[] = {
      {":status 100\n", RILL_WHY_NONE, 100},    {":status 102\n", RILL_WHY_NONE, 102},
      {":status 199\n", RILL_WHY_NONE, 199},    {":status 200\n", RILL_WHY_NONE, 200},
      {":status 599\n", RILL_WHY_NONE, 599},    {":status 600\n", RILL_WHY_NONE, 600},
      {":status 999\n", RILL_WHY_NONE, 999},    {":status 101\n", RILL_WHY_STATUS_101, 0},
      {":status 099\n", RILL_WHY_STATUS, 0},    {":status 000\n", RILL_WHY_STATUS, 0},
      {":status 99\n", RILL_WHY_STATUS, 0},     {":status 1000\n", RILL_WHY_STATUS, 0},
      {":status \n", RILL_WHY_STATUS, 0},       {":status 2x0\n", RILL_WHY_STATUS, 0},
      {":status +20\n", RILL_WHY_STATUS, 0},    {":status -20\n", RILL_WHY_STATUS, 0},
      {":status 2 0\n", RILL_WHY_STATUS, 0},    {":status 200 OK\n", RILL_WHY_STATUS, 0},
      {":status 20\262\n", RILL_WHY_STATUS, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    both(RESPONSE, rows[i].lines, rows[i].why);
    if (rows[i].why == RILL_WHY_NONE) assert_int_equal(section_of(RESPONSE, rows[i].lines).status, rows[i].status);
  }
  assert_true(rill__section_is_interim(&(rill__section){.kind = RESPONSE, .status = 199}));
  assert_false(rill__section_is_interim(&(rill__section){.kind = RESPONSE, .status = 200}));
}

/* ---- CONNECT: rules 33, 34, 38, 39 ------------------------------------------------------------------------------------- */

static void rule_33_connect_has_method_and_authority(void **state) {
  (void)state;
  good(REQUEST, ":method CONNECT\n:authority a:443\n");
  good(REQUEST, ":authority [::1]:443\n:method CONNECT\na b\n");
  both(REQUEST, ":method CONNECT\n:authority a:443\n:path /\n", RILL_WHY_CONNECT_PSEUDO);
  both(REQUEST, ":scheme https\n:method CONNECT\n:authority a:443\n", RILL_WHY_CONNECT_PSEUDO);
  both(REQUEST, ":method CONNECT\n", RILL_WHY_AUTHORITY_MISSING);
  both(REQUEST, ":method CONNECT\nhost a:443\n", RILL_WHY_AUTHORITY_MISSING);
  both(REQUEST, ":method CONNECT\n:authority u@a:443\n", RILL_WHY_AUTHORITY_USERINFO);
}

static void rule_34_connect_has_a_port(void **state) {
  (void)state;
  good(REQUEST, ":method CONNECT\n:authority a:1\n");
  good(REQUEST, ":method CONNECT\n:authority a:65535\n");
  both(REQUEST, ":method CONNECT\n:authority a\n", RILL_WHY_CONNECT_PORT);
  both(REQUEST, ":method CONNECT\n:authority a:\n", RILL_WHY_CONNECT_PORT);
  both(REQUEST, ":method CONNECT\n:authority a:0\n", RILL_WHY_CONNECT_PORT);
  both(REQUEST, ":method CONNECT\n:authority a:65536\n", RILL_WHY_AUTHORITY);
}

static void rule_26_host_beside_connect(void **state) {
  (void)state;
  good(REQUEST, ":method CONNECT\n:authority a:443\nhost A:443\n");
  good(REQUEST, ":method CONNECT\n:authority a:80\nhost a\n"); /* the example of 9110 9.3.6 */
  both(REQUEST, ":method CONNECT\n:authority a:443\nhost a:80\n", RILL_WHY_HOST_DIFFERS);
  both(REQUEST, ":method CONNECT\n:authority a:443\nhost b:443\n", RILL_WHY_HOST_DIFFERS);
}

#define SOCKET ":method CONNECT\n:protocol websocket\n"

static void rule_38_extended_connect_is_offered_first(void **state) {
  (void)state;
  both(REQUEST, SOCKET ":scheme https\n:path /\n:authority a\n", RILL_WHY_CONNECT_PROTOCOL);
  one(REQUEST, extended, SOCKET ":scheme https\n:path /chat\n:authority a\n", RILL_WHY_NONE);
}

static void rule_39_extended_connect(void **state) {
  (void)state;
  one(REQUEST, extended, SOCKET ":path /\n:authority a\n", RILL_WHY_SCHEME_MISSING);
  one(REQUEST, extended, SOCKET ":scheme https\n:authority a\n", RILL_WHY_PATH_MISSING);
  one(REQUEST, extended, SOCKET ":scheme https\n:path /\n", RILL_WHY_AUTHORITY_MISSING);
  one(REQUEST, extended, SOCKET ":scheme https\n:path /\nhost a\n", RILL_WHY_AUTHORITY_MISSING);
  one(REQUEST, extended, SOCKET ":scheme urn\n:path /\n", RILL_WHY_AUTHORITY_MISSING);
  one(REQUEST, extended, SOCKET ":scheme https\n:path *\n:authority a\n", RILL_WHY_PATH);
  one(REQUEST, extended, SOCKET ":scheme https\n:path /\n:authority a\nhost b\n", RILL_WHY_HOST_DIFFERS);
  one(REQUEST, extended, GET ":protocol websocket\n", RILL_WHY_CONNECT_PROTOCOL);
  one(REQUEST, extended, ":protocol websocket\n", RILL_WHY_METHOD_MISSING);
  one(REQUEST, extended, ":method CONNECT\n:protocol \n:scheme https\n:path /\n:authority a\n", RILL_WHY_CONNECT_PROTOCOL);
  one(REQUEST, extended, ":method CONNECT\n:protocol a b\n:scheme https\n:path /\n:authority a\n", RILL_WHY_CONNECT_PROTOCOL);
  one(REQUEST, extended, ":method CONNECT\n:protocol H2c\n:scheme https\n:path /\n:authority a\n", RILL_WHY_CONNECT_PROTOCOL);
  one(REQUEST, extended, ":method CONNECT\n:protocol h2\n:scheme https\n:path /\n:authority a\n", RILL_WHY_NONE);
  one(REQUEST, extended, ":method CONNECT\n:authority a:443\n", RILL_WHY_NONE); /* the plain one is still there */
  one(REQUEST, extended, SOCKET SOCKET, RILL_WHY_PSEUDO_TWICE);
}

/* ---- trailers and content-length: rules 47, 52 to 54, 57 --------------------------------------------------------------- */

static void rule_47_trailers(void **state) {
  (void)state;
  static const char *const banned[] = {
      "content-length 5\n", "host a\n",         "trailer a\n",          "authorization x\n",      "cookie a=b\n",
      "set-cookie a=b\n",   "max-forwards 1\n", "www-authenticate x\n", "proxy-authenticate x\n", "proxy-authorization x\n"};
  for (size_t i = 0; i < sizeof banned / sizeof banned[0]; i++) {
    for (rill__section_kind kind = TRAILERS; kind <= TRAILERS_BACK; kind++) {
      one(kind, received, banned[i], RILL_WHY_TRAILERS_FIELD);
      one(kind, lenient, banned[i], RILL_WHY_NONE);
      one(kind, submitted, banned[i], RILL_WHY_TRAILERS_FIELD);
      one(kind, lenient_submitted, banned[i], RILL_WHY_TRAILERS_FIELD); /* never sent */
    }
  }
  good(TRAILERS, "grpc-status 0\ndate x\naccept y\n");
}

/* With allow_any_trailer these are only carried: they have no effect on the message. */
static void rule_47_carried_trailers_have_no_effect(void **state) {
  (void)state;
  rill__section section;
  size_t at;
  const char *lines = "content-length 5\ncontent-length x\nhost a\nhost b/c\n";
  assert_int_equal(judge_at(&section, TRAILERS, lenient, lines, &at), RILL_WHY_NONE);
  assert_true(section.content_length == -1);
  assert_true(section.length_index == RILL__NO_INDEX && section.host_index == RILL__NO_INDEX);
  assert_int_equal(section.field_count, 4);
}

static void rule_52_content_length(void **state) {
  (void)state;
  good(REQUEST, GET "content-length 0\n");
  good(RESPONSE, OK "content-length 9223372036854775807\n");
  both(RESPONSE, OK "content-length 9223372036854775808\n", RILL_WHY_LENGTH_SYNTAX);
  both(REQUEST, GET "content-length 9223372036854775808\n", RILL_WHY_LENGTH_SYNTAX);
  both(REQUEST, GET "content-length \n", RILL_WHY_LENGTH_SYNTAX);
  both(REQUEST, GET "content-length +5\n", RILL_WHY_LENGTH_SYNTAX);
  both(REQUEST, GET "content-length 0x5\n", RILL_WHY_LENGTH_SYNTAX);
  both(REQUEST, GET "content-length 5, 5\n", RILL_WHY_LENGTH_SYNTAX);
  one(REQUEST, received, GET "content-length 5 \n", RILL_WHY_VALUE_SPACE);
  one(REQUEST, lenient, GET "content-length 5 \n", RILL_WHY_LENGTH_SYNTAX);
  assert_true(section_of(RESPONSE, OK "content-length 9223372036854775807\n").content_length == INT64_MAX);
  assert_true(section_of(REQUEST, GET "content-length 0\n").content_length == 0);
  assert_true(section_of(REQUEST, GET).content_length == -1);
}

static void rule_53_and_54_content_length_once(void **state) {
  (void)state;
  both(REQUEST, GET "content-length 5\ncontent-length 5\n", RILL_WHY_LENGTH_TWICE);
  both(REQUEST, GET "content-length 5\na b\ncontent-length 6\n", RILL_WHY_LENGTH_TWICE);
  both(RESPONSE, OK "content-length 0\ncontent-length 0\n", RILL_WHY_LENGTH_TWICE);
}

static void rule_57_lengths_that_must_not_be_sent(void **state) {
  (void)state;
  static const char *const lines[] = {":status 100\ncontent-length 0\n", ":status 199\ncontent-length 5\n",
                                      ":status 204\ncontent-length 0\n", ":status 204\ncontent-length 5\n"};
  for (size_t i = 0; i < sizeof lines / sizeof lines[0]; i++) {
    one(RESPONSE, received, lines[i], RILL_WHY_NONE);
    one(RESPONSE, submitted, lines[i], RILL_WHY_LENGTH_FORBIDDEN);
  }
  good(RESPONSE, ":status 200\ncontent-length 5\n");
  good(RESPONSE, ":status 203\ncontent-length 5\n");
  good(RESPONSE, ":status 205\ncontent-length 0\n");
  good(RESPONSE, ":status 304\ncontent-length 5\n");
  good(RESPONSE, ":status 204\n");
}

/* ---- what a section tells ---------------------------------------------------------------------------------------------- */

static void pseudo_header_fields_are_found_by_index(void **state) {
  (void)state;
  static const rill_field fields[] = {RILL_FIELD(":path", "/p"), RILL_FIELD(":method", "HEAD"), RILL_FIELD(":authority", "h"),
                                      RILL_FIELD(":scheme", "http")};
  rill__section section =
      section_of(REQUEST, ":path /p\n:method HEAD\n:authority h\n:scheme http\na b\nhost h\ncontent-length 7\n");
  assert_int_equal(section.pseudo_count, 4);
  assert_int_equal(section.pseudo[RILL__PSEUDO_PATH], 0);
  assert_int_equal(section.pseudo[RILL__PSEUDO_METHOD], 1);
  assert_int_equal(section.pseudo[RILL__PSEUDO_AUTHORITY], 2);
  assert_int_equal(section.pseudo[RILL__PSEUDO_SCHEME], 3);
  assert_int_equal(section.pseudo[RILL__PSEUDO_STATUS], -1);
  assert_int_equal(section.pseudo[RILL__PSEUDO_PROTOCOL], -1);
  assert_int_equal(section.field_count, 3);
  assert_int_equal(section.host_index, 5);
  assert_int_equal(section.length_index, 6);
  assert_true(rill__section_is_head(&section));
  assert_false(rill__section_is_connect(&section));
  assert_ptr_equal(rill__section_pseudo(&section, RILL__PSEUDO_PATH, fields).p, fields[0].value.p);
  assert_ptr_equal(rill__section_pseudo(&section, RILL__PSEUDO_METHOD, fields).p, fields[1].value.p);
  assert_int_equal(rill__section_pseudo(&section, RILL__PSEUDO_PROTOCOL, fields).n, 0);
  section = section_of(REQUEST, ":method CONNECT\n:authority a:443\n");
  assert_true(rill__section_is_connect(&section));
  assert_int_equal(section.port, 443);
}

static void the_refused_field_is_the_one(void **state) {
  (void)state;
  rill__section section;
  size_t at;
  assert_int_equal(judge_at(&section, REQUEST, received, GET "a b\nconnection x\nc d\n", &at), RILL_WHY_CONNECTION_FIELD);
  assert_int_equal(at, 5);
  assert_int_equal(judge_at(&section, REQUEST, received, GET "host b\n", &at), RILL_WHY_HOST_DIFFERS);
  assert_int_equal(at, 5); /* the section as a whole */
}

/* What an application may have written into the token is not believed before (rill__token_for). */
static void names_without_a_token_are_known_by_their_colon(void **state) {
  (void)state;
  static const uint16_t tokens[] = {RILL_TOKEN_UNKNOWN, RILL_TOKEN_OTHER};
  for (size_t i = 0; i < sizeof tokens / sizeof tokens[0]; i++) {
    rill__section section;
    rill_field field = RILL_FIELD("a", "b"), pseudo = RILL_FIELD(":a", "b");
    field.token = pseudo.token = tokens[i];
    rill__section_begin(&section, REQUEST, &submitted);
    assert_int_equal(rill__section_field(&section, 0, &field), RILL_WHY_NONE);
    assert_int_equal(rill__section_field(&section, 1, &pseudo), RILL_WHY_PSEUDO_UNKNOWN);
    field.name = (rill_view){NULL, 0}; /* rill__field_check refuses it, and it does no harm here */
    assert_int_equal(rill__section_field(&section, 2, &field), RILL_WHY_NONE);
  }
}

/* Runs last: each reason that sections and their fields can give was given above. */
static void every_reason_was_given(void **state) {
  (void)state;
  for (int why = RILL_WHY_VALUE_OCTET; why <= RILL_WHY_CONNECT_PROTOCOL; why++) {
    if (!seen[why]) fail_msg("never given: %s", rill_why_text((rill_why)why));
  }
  assert_true(seen[RILL_WHY_TRAILERS_FIELD] && seen[RILL_WHY_LENGTH_SYNTAX]);
  assert_true(seen[RILL_WHY_LENGTH_TWICE] && seen[RILL_WHY_LENGTH_FORBIDDEN]);
}

/* clang-format off */
int main(void) {
  const struct CMUnitTest tests[] = {
    cmocka_unit_test(rule_6_names_are_not_compared_by_prefix), cmocka_unit_test(rule_7_values_of_other_fields_are_free),
    cmocka_unit_test(rule_8_connection_fields), cmocka_unit_test(rule_9_te), cmocka_unit_test(rule_10_te_on_one_line),
    cmocka_unit_test(rule_11_odd_names_pass), cmocka_unit_test(rule_13_pseudo_header_fields_come_first),
    cmocka_unit_test(rule_14_none_twice), cmocka_unit_test(rule_15_only_those_of_the_direction),
    cmocka_unit_test(rule_15_none_in_trailers), cmocka_unit_test(rule_16_what_a_request_needs),
    cmocka_unit_test(rule_17_what_a_response_needs), cmocka_unit_test(rule_18_octets_of_pseudo_header_values),
    cmocka_unit_test(rule_19_method), cmocka_unit_test(rule_20_scheme), cmocka_unit_test(rule_21_path),
    cmocka_unit_test(rule_22_path_octets), cmocka_unit_test(rule_23_path_octets), cmocka_unit_test(rule_24_userinfo),
    cmocka_unit_test(rule_25_authority), cmocka_unit_test(rule_26_host_says_what_authority_says),
    cmocka_unit_test(rule_27_host_once), cmocka_unit_test(rule_28_authority_or_host),
    cmocka_unit_test(rule_29_scheme_is_shown), cmocka_unit_test(priority_means_something_in_heads), cmocka_unit_test(rule_30_to_32_status),
    cmocka_unit_test(rule_33_connect_has_method_and_authority), cmocka_unit_test(rule_34_connect_has_a_port),
    cmocka_unit_test(rule_26_host_beside_connect), cmocka_unit_test(rule_38_extended_connect_is_offered_first),
    cmocka_unit_test(rule_39_extended_connect), cmocka_unit_test(rule_47_trailers),
    cmocka_unit_test(rule_47_carried_trailers_have_no_effect), cmocka_unit_test(rule_52_content_length),
    cmocka_unit_test(rule_53_and_54_content_length_once), cmocka_unit_test(rule_57_lengths_that_must_not_be_sent),
    cmocka_unit_test(pseudo_header_fields_are_found_by_index), cmocka_unit_test(the_refused_field_is_the_one),
    cmocka_unit_test(names_without_a_token_are_known_by_their_colon), cmocka_unit_test(every_reason_was_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
