/* SPDX-License-Identifier: MIT */
/*
 * The octets of field lines (rules 1 to 6 of the message rules), and the grammars of pseudo-header values. Every octet at every
 * place of every length up to five words, against a plain reading of the rules; all inputs lie in blocks of exactly their size,
 * so that a sanitizer sees a step too far.
 */
#include "rules/field.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

enum { LENGTHS = 41 };

static const rill__field_rules strict;
static const rill__field_rules lenient = {.allow_edge_space = true, .allow_odd_path = true, .allow_any_trailer = true};

static uint8_t *copy_of(const void *octets, size_t n) {
  uint8_t *p = malloc(n == 0 ? 1 : n);
  assert_non_null(p);
  if (n != 0) memcpy(p, octets, n);
  return p;
}

static rill_why check(const char *name, size_t name_size, const char *value, size_t value_size, const rill__field_rules *rules) {
  uint8_t *a = copy_of(name, name_size), *b = copy_of(value, value_size);
  rill_field field = {{a, name_size}, {b, value_size}, RILL_TOKEN_OTHER, 0, 0};
  rill_why why = rill__field_check(&field, rules);
  free(a);
  free(b);
  return why;
}

static rill_why check_name(const char *name) { return check(name, strlen(name), "", 0, &strict); }
static rill_why check_value(const char *value) { return check("a", 1, value, strlen(value), &strict); }

/* ---- rules 1 and 2: names ---------------------------------------------------------------------------------------------- */

static rill_why plain_name(const uint8_t *p, size_t n) {
  size_t at = n != 0 && p[0] == ':' ? 1 : 0;
  if (at == n) return RILL_WHY_NAME_EMPTY;
  for (; at < n; at++) {
    if (p[at] >= 'A' && p[at] <= 'Z') return RILL_WHY_NAME_UPPERCASE;
    if (p[at] == 0 || strchr("abcdefghijklmnopqrstuvwxyz0123456789!#$%&'*+-.^_`|~", p[at]) == NULL) return RILL_WHY_NAME_OCTET;
  }
  return RILL_WHY_NONE;
}

static void rule_1_and_2_every_octet_of_a_name(void **state) {
  (void)state;
  for (size_t n = 1; n < LENGTHS; n++) {
    uint8_t *name = copy_of("abcdefghijklmnopqrstuvwxyz-abcdefghijklmnopqrstuvwxyz", n);
    rill_field field = {{name, n}, {NULL, 0}, RILL_TOKEN_OTHER, 0, 0};
    for (size_t at = 0; at < n; at++) {
      uint8_t kept = name[at];
      for (int octet = 0; octet < 256; octet++) {
        name[at] = (uint8_t)octet;
        if (rill__field_check(&field, &strict) != plain_name(name, n)) fail_msg("octet %02x at %zu of %zu", octet, at, n);
        assert_int_equal(rill__field_check(&field, &lenient), plain_name(name, n)); /* nothing is switchable here */
      }
      name[at] = kept;
    }
    free(name);
  }
}

static void rule_1_colon_only_in_front(void **state) {
  (void)state;
  assert_int_equal(check_name(":path"), RILL_WHY_NONE);
  assert_int_equal(check_name("::path"), RILL_WHY_NAME_OCTET);
  assert_int_equal(check_name("a:b"), RILL_WHY_NAME_OCTET);
  assert_int_equal(check_name("a:"), RILL_WHY_NAME_OCTET);
}

static void rule_1_the_first_fault_counts(void **state) {
  (void)state;
  assert_int_equal(check_name("ab\rC"), RILL_WHY_NAME_OCTET);
  assert_int_equal(check_name("abC\r"), RILL_WHY_NAME_UPPERCASE);
  assert_int_equal(check("A", 1, "\n", 1, &strict), RILL_WHY_NAME_UPPERCASE);
}

static void rule_2_a_name_is_not_empty(void **state) {
  (void)state;
  assert_int_equal(check_name(""), RILL_WHY_NAME_EMPTY);
  assert_int_equal(check_name(":"), RILL_WHY_NAME_EMPTY);
  assert_int_equal(check_name("x"), RILL_WHY_NONE);
}

/* Two octets that are wrong or odd must not hide each other within a word. */
static void rule_1_and_2_every_pair_of_octets(void **state) {
  (void)state;
  uint8_t name[9] = "abcdefghi";
  rill_field field = {{name, sizeof name}, {NULL, 0}, RILL_TOKEN_OTHER, 0, 0};
  for (int pair = 0; pair < 65536; pair++) {
    name[3] = (uint8_t)(pair >> 8);
    name[4] = (uint8_t)pair;
    if (rill__field_check(&field, &strict) != plain_name(name, sizeof name)) fail_msg("octets %04x", pair);
  }
}

static void a_known_token_vouches_for_the_name_alone(void **state) {
  (void)state;
  rill_field field = {{NULL, 0}, {(const uint8_t *)"a\0", 2}, RILL_TOKEN_HOST, 0, 0};
  assert_int_equal(rill__field_check(&field, &strict), RILL_WHY_VALUE_OCTET);
  field.value.n = 1;
  assert_int_equal(rill__field_check(&field, &strict), RILL_WHY_NONE);
  field.token = RILL_TOKEN_UNKNOWN;
  assert_int_equal(rill__field_check(&field, &strict), RILL_WHY_NAME_EMPTY);
  field.token = RILL_TOKEN_OTHER;
  assert_int_equal(rill__field_check(&field, &strict), RILL_WHY_NAME_EMPTY);
  field.token = UINT16_MAX;
  assert_int_equal(rill__field_check(&field, &strict), RILL_WHY_NAME_EMPTY);
}

/* ---- rules 3 to 5: values ---------------------------------------------------------------------------------------------- */

static rill_why plain_value(const uint8_t *p, size_t n, bool edge_space) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] == 0 || p[i] == '\r' || p[i] == '\n') return RILL_WHY_VALUE_OCTET;
    if ((p[i] < 0x20 && p[i] != '\t') || p[i] == 0x7f) return RILL_WHY_VALUE_CONTROL;
  }
  if (n == 0 || edge_space) return RILL_WHY_NONE;
  bool space = p[0] == ' ' || p[0] == '\t' || p[n - 1] == ' ' || p[n - 1] == '\t';
  return space ? RILL_WHY_VALUE_SPACE : RILL_WHY_NONE;
}

static void every_octet_of_a_value(const char *base) {
  for (size_t n = 0; n < LENGTHS; n++) {
    uint8_t *value = copy_of(base, n);
    rill_field field = {{(const uint8_t *)"a", 1}, {value, n}, RILL_TOKEN_OTHER, 0, 0};
    for (size_t at = 0; at < n; at++) {
      uint8_t kept = value[at];
      for (int octet = 0; octet < 256; octet++) {
        value[at] = (uint8_t)octet;
        if (rill__field_check(&field, &strict) != plain_value(value, n, false)) fail_msg("%02x at %zu of %zu", octet, at, n);
        if (rill__field_check(&field, &lenient) != plain_value(value, n, true)) fail_msg("%02x at %zu of %zu", octet, at, n);
      }
      value[at] = kept;
    }
    free(value);
  }
}

/* Texts of all three kinds: what the quick test passes at once, what it looks at twice, and a mixture. */
static void rule_3_to_5_every_octet_of_a_value(void **state) {
  (void)state;
  every_octet_of_a_value("2023-11-20T12:34:56Z (MONDAY) 2023-11-20T12:34:56Z");
  every_octet_of_a_value("the quick brown fox jumps over the lazy dog; ~~~~~~~~");
  every_octet_of_a_value("\303\274ber \303\274ber \303\274ber \303\274ber \303\274ber \377\377\377\377\377\377\377 \303\274ber");
}

static void rule_3_to_5_every_pair_of_octets(void **state) {
  (void)state;
  uint8_t value[9] = "abcdefghi";
  rill_field field = {{(const uint8_t *)"a", 1}, {value, sizeof value}, RILL_TOKEN_OTHER, 0, 0};
  for (int pair = 0; pair < 65536; pair++) {
    value[0] = (uint8_t)(pair >> 8);
    value[1] = (uint8_t)pair;
    if (rill__field_check(&field, &strict) != plain_value(value, sizeof value, false)) fail_msg("octets %04x", pair);
  }
}

static void rule_3_nul_cr_lf(void **state) {
  (void)state;
  assert_int_equal(check("a", 1, "b\0c", 3, &strict), RILL_WHY_VALUE_OCTET);
  assert_int_equal(check_value("b\r\nx: y"), RILL_WHY_VALUE_OCTET);
  assert_int_equal(check_value("b\n"), RILL_WHY_VALUE_OCTET);
}

static void rule_4_other_controls(void **state) {
  (void)state;
  assert_int_equal(check_value("b\001c"), RILL_WHY_VALUE_CONTROL);
  assert_int_equal(check_value("b\013c"), RILL_WHY_VALUE_CONTROL);
  assert_int_equal(check_value("b\177c"), RILL_WHY_VALUE_CONTROL);
  assert_int_equal(check_value("b\tc"), RILL_WHY_NONE);
  assert_int_equal(check_value("b\200\377c"), RILL_WHY_NONE);
}

static void rule_5_edges(void **state) {
  (void)state;
  rill__field_rules sent = lenient;
  sent.submitted = true;
  assert_int_equal(check_value(""), RILL_WHY_NONE);
  assert_int_equal(check_value(" b"), RILL_WHY_VALUE_SPACE);
  assert_int_equal(check_value("b\t"), RILL_WHY_VALUE_SPACE);
  assert_int_equal(check_value(" "), RILL_WHY_VALUE_SPACE);
  assert_int_equal(check("a", 1, " b ", 3, &lenient), RILL_WHY_NONE);
  assert_int_equal(check("a", 1, " b ", 3, &sent), RILL_WHY_VALUE_SPACE); /* never sent, whatever is taken */
  assert_int_equal(check("a", 1, "b", 1, &sent), RILL_WHY_NONE);
}

/* Rule 6 and 7: nothing goes by the beginning of a name, and a value's own grammar is not judged. */
static void rule_6_and_7_names_whole_values_free(void **state) {
  (void)state;
  assert_int_equal(check_name("connectionx"), RILL_WHY_NONE);
  assert_int_equal(check("date", 4, "last Tuesday", 12, &strict), RILL_WHY_NONE);
}

/* ---- grammars ---------------------------------------------------------------------------------------------------------- */

static bool with_copy(bool (*test)(rill_view), const char *text, size_t n) {
  uint8_t *p = copy_of(text, n);
  bool answer = test((rill_view){p, n});
  free(p);
  return answer;
}

static bool is_token(const char *text) { return with_copy(rill__is_token, text, strlen(text)); }
static bool is_scheme(const char *text) { return with_copy(rill__is_scheme, text, strlen(text)); }

static void rule_19_tokens(void **state) {
  (void)state;
  assert_true(is_token("GET"));
  assert_true(is_token("m-search"));
  assert_true(is_token("!#$%&'*+-.^_`|~0129azAZ"));
  assert_false(is_token(""));
  assert_false(is_token("GET /x HTTP/1.1"));
  for (int octet = 0; octet < 256; octet++) {
    char text[3] = {'A', (char)octet, 'Z'};
    bool allowed = octet != 0 && strchr("!#$%&'*+-.^_`|~0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", octet);
    assert_int_equal(with_copy(rill__is_token, text, 3), allowed);
  }
}

static void rule_20_schemes(void **state) {
  (void)state;
  assert_true(is_scheme("x"));
  assert_true(is_scheme("z39.50"));
  assert_true(is_scheme("A"));
  assert_false(is_scheme("."));
  assert_false(is_scheme("-a"));
  assert_true(is_scheme("http"));
  assert_true(is_scheme("HTTPS"));
  assert_true(is_scheme("a+b-c.1"));
  assert_false(is_scheme(""));
  assert_false(is_scheme("1http"));
  assert_false(is_scheme("+http"));
  assert_false(is_scheme("http://x/"));
  assert_false(is_scheme("ht_tp"));
  assert_false(is_scheme("ht\200tp"));
}

static bool plain_path(const uint8_t *p, size_t n, bool odd) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] <= 0x20 || p[i] >= 0x7f || p[i] == '#') return false;
    if (!odd && strchr("\"<>\\^`{|}", p[i]) != NULL) return false;
  }
  return true;
}

static void rule_22_and_23_every_octet_of_a_path(void **state) {
  (void)state;
  for (size_t n = 0; n < LENGTHS; n++) {
    uint8_t *path = copy_of("/the/quick/brown?fox=jumps&over=(the)%20lazy/dog", n);
    for (size_t at = 0; at < n; at++) {
      uint8_t kept = path[at];
      for (int octet = 0; octet < 256; octet++) {
        path[at] = (uint8_t)octet;
        for (int odd = 0; odd < 2; odd++) {
          if (rill__is_path_octets((rill_view){path, n}, odd) != plain_path(path, n, odd)) fail_msg("%02x at %zu", octet, at);
        }
      }
      path[at] = kept;
    }
    assert_true(rill__is_path_octets((rill_view){path, n}, false));
    free(path);
  }
}

static void rule_22_and_23_every_pair_of_octets(void **state) {
  (void)state;
  uint8_t path[8] = "/bcdefgh";
  for (int pair = 0; pair < 65536; pair++) {
    path[5] = (uint8_t)(pair >> 8);
    path[6] = (uint8_t)pair;
    if (rill__is_path_octets((rill_view){path, 8}, true) != plain_path(path, 8, true)) fail_msg("octets %04x", pair);
  }
}

static bool is_plain(int octet) { return octet != 0 && strchr("abcdefghijklmnopqrstuvwxyz0123456789-.", octet) != NULL; }

/* A wrong octet is never let in and a right one never kept out, wherever it stands. */
static void plain_hosts_by_every_octet_and_every_pair(void **state) {
  (void)state;
  for (size_t n = 0; n < LENGTHS; n++) {
    uint8_t *host = copy_of("www.a-host-with-a-rather-long-name-0123456789.example.org", n);
    assert_int_equal(rill__is_plain_host((rill_view){host, n}), n != 0);
    for (size_t at = 0; at < n; at++) {
      uint8_t kept = host[at];
      for (int octet = 0; octet < 256; octet++) {
        host[at] = (uint8_t)octet;
        if (rill__is_plain_host((rill_view){host, n}) != is_plain(octet)) fail_msg("%02x at %zu", (unsigned)octet, at);
      }
      host[at] = kept;
    }
    free(host);
  }
  uint8_t word[8] = "ab.d-f9h";
  for (int pair = 0; pair < 65536; pair++) {
    word[5] = (uint8_t)(pair >> 8);
    word[6] = (uint8_t)pair;
    bool plain = is_plain(pair >> 8) && is_plain(pair & 0xff);
    if (rill__is_plain_host((rill_view){word, 8}) != plain) fail_msg("octets %04x", (unsigned)pair);
  }
}

static int64_t length(const char *text) {
  uint8_t *p = copy_of(text, strlen(text));
  int64_t answer = rill__parse_length((rill_view){p, strlen(text)});
  free(p);
  return answer;
}

static void rule_52_lengths(void **state) {
  (void)state;
  assert_true(length("0") == 0);
  assert_true(length("5") == 5);
  assert_true(length("0000000000000000000000000000000005") == 5);
  assert_true(length("0000000000000000000000000000000000000000000000000000000000000005") == 5);
  assert_true(length("00000000000000000000000000000000000000000000000000000000000000005") == -1); /* 65 digits: who needs them? */
  assert_true(length("9223372036854775807") == INT64_MAX);
  assert_true(length("9223372036854775808") == -1);
  assert_true(length("9223372036854775817") == -1);
  assert_true(length("10000000000000000000") == -1);
  assert_true(length("18446744073709551621") == -1);
  static const char *const wrong[] = {"", "+5", "-5", "0x5", "5 ", " 5", "5, 5", "5,5", "5.", "1e3", "\xb2", "5\n", "a"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    assert_true(length(wrong[i]) == -1);
}

/* ---- authority --------------------------------------------------------------------------------------------------------- */

static void authority(const char *text, const char *host, int port, bool userinfo) {
  uint8_t *p = copy_of(text, strlen(text));
  rill__authority got;
  bool valid = rill__parse_authority(&got, (rill_view){p, strlen(text)});
  if (valid != (host != NULL)) fail_msg("\"%s\" was %s", text, valid ? "accepted" : "refused");
  if (valid) {
    assert_int_equal(got.host.n, strlen(host));
    assert_memory_equal(got.host.p, host, got.host.n);
    assert_int_equal(got.port, port);
    assert_int_equal(got.userinfo, userinfo);
    rill__authority again = rill__authority_again((rill_view){p, strlen(text)}, userinfo || text[0] == '[');
    assert_ptr_equal(again.host.p, got.host.p);
    assert_int_equal(again.host.n, got.host.n);
    assert_int_equal(again.port, got.port);
    assert_int_equal(again.userinfo, got.userinfo);
  }
  free(p);
}

static void refused(const char *text) { authority(text, NULL, 0, false); }
static void taken(const char *text) { authority(text, text, RILL__PORT_NONE, false); }

static void rule_25_hosts(void **state) {
  (void)state;
  taken("a");
  taken("www.example.com");
  taken("a_b-c~d!e$f&g'h(i)j*k+l,m;n=o");
  taken("%41%ff");
  taken("%41a");
  taken("127.0.0.1");
  taken("999.0.0.1"); /* a name */
  static const char *const wrong[] = {"",     ":",      ":80",   "a/b", "/",   "a?b", "a#b", "a\\b", "a b",
                                      "a\tb", "a\r\nb", "a\001", "a<",  "a>b", "a\"", "a^b", "a`b",  "a|b",
                                      "a{b}", "a[b]",   "a]",    "%",   "%4",  "%4g", "a%",  "\177"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    refused(wrong[i]);
  refused("b\xc3\xbc"
          "cher.example");
}

static void rule_25_every_octet_of_a_host(void **state) {
  (void)state;
  for (int octet = 1; octet < 256; octet++) {
    char text[4] = {'a', (char)octet, 'b', 0};
    if (octet == ':' || octet == '@' || octet == '%') continue;
    bool allowed = strchr("-._~!$&'()*+,;=0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ", octet) != NULL;
    authority(text, allowed ? text : NULL, RILL__PORT_NONE, false);
  }
  rill__authority got;
  assert_false(rill__parse_authority(&got, (rill_view){(const uint8_t *)"a\0b", 3}));
  assert_false(rill__parse_authority(&got, (rill_view){NULL, 0}));
}

static void rule_25_ports(void **state) {
  (void)state;
  authority("a:0", "a", 0, false);
  authority("a:80", "a", 80, false);
  authority("a:65535", "a", 65535, false);
  authority("a:000065535", "a", 65535, false);
  authority("a:", "a", RILL__PORT_NONE, false); /* 3986 3.2.3 allows it; 6.2.3: the same as none */
  authority("[::1]:443", "[::1]", 443, false);
  authority("[::1]:", "[::1]", RILL__PORT_NONE, false);
  static const char *const wrong[] = {"a:65536", "a:65545",  "a:99999999999999999999",
                                      "a:-1",    "a:+1",     "a:8o",
                                      "a: 80",   "a:80 ",    "a:80:80",
                                      "a::80",   "[::1]80",  "[::1]:x",
                                      "a:80/",   "a:0x50",   "[::1]:65536",
                                      "[::1]::", "[::1]:1:1"};
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    refused(wrong[i]);
}

static void rule_25_addresses_in_brackets(void **state) {
  (void)state;
  static const char *const good[] = {"[::]",
                                     "[::1]",
                                     "[1::]",
                                     "[1:2:3:4:5:6:7:8]",
                                     "[fe80::ABCD:ef01]",
                                     "[1::8]",
                                     "[1:2:3:4:5:6:7::]",
                                     "[::2:3:4:5:6:7:8]",
                                     "[1:2:3::5:6:7:8]",
                                     "[::1.2.3.4]",
                                     "[::ffff:255.255.255.255]",
                                     "[1:2:3:4:5:6:0.0.0.0]",
                                     "[1:2:3:4:5::1.2.3.4]",
                                     "[1::2:3:4:5:1.2.3.4]"};
  static const char *const wrong[] = {"[]",
                                      "[",
                                      "]",
                                      "[:]",
                                      "[:::]",
                                      "[1]",
                                      "[1:2]",
                                      "[1:2:3:4:5:6:7]",
                                      "[1:2:3:4:5:6:7:]",
                                      "[:1:2:3:4:5:6:7]",
                                      "[::1:]",
                                      "[1:::2]",
                                      "[1::2::3]",
                                      "[12345::]",
                                      "[g::]",
                                      "[1:2:3:4:5:6:7:8:9]",
                                      "[1:2:3:4:5:6:7:8::]",
                                      "[::1:2:3:4:5:6:7:8]",
                                      "[1:2:3:4::5:6:7:8]",
                                      "[1.2.3.4]",
                                      "[::1.2.3]",
                                      "[::1.2.3.4.5]",
                                      "[::1.2.3.256]",
                                      "[::01.2.3.4]",
                                      "[::1.2.3.4:5]",
                                      "[::a.2.3.4]",
                                      "[::1234.2.3.4]",
                                      "[::1.2..4]",
                                      "[::1.2.3.]",
                                      "[1:2:3:4:5:6:7:1.2.3.4]",
                                      "[1:2:3:4:5:1.2.3.4]",
                                      "[1::2:3:4:5:6:1.2.3.4]",
                                      "[fe80::1%25eth0]",
                                      "[v1.x]",
                                      "[::1",
                                      "::1",
                                      "[::1]]",
                                      "[[::1]]",
                                      "[::1]a",
                                      "a[::1]",
                                      "[ ::1]"};
  for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
    taken(good[i]);
  for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++)
    refused(wrong[i]);
}

static void rule_24_userinfo_is_seen(void **state) {
  (void)state;
  authority("u@h", "h", RILL__PORT_NONE, true);
  authority("u:p%41@h:8080", "h", 8080, true);
  authority("@h", "h", RILL__PORT_NONE, true);
  authority("u@[::1]:1", "[::1]", 1, true);
  refused("u@");
  refused("u@@h");
  refused("a/b@h");
  refused("a b@h");
  refused("a[@h");
}

static bool same(const char *left, const char *right, int32_t default_port) {
  rill__authority a, b;
  assert_true(rill__parse_authority(&a, (rill_view){(const uint8_t *)left, strlen(left)}));
  assert_true(rill__parse_authority(&b, (rill_view){(const uint8_t *)right, strlen(right)}));
  bool answer = rill__same_authority(&a, &b, default_port);
  assert_int_equal(rill__same_authority(&b, &a, default_port), answer);
  return answer;
}

static void rule_26_normalisation(void **state) {
  (void)state;
  assert_true(same("Example.COM", "example.com", 443));
  assert_true(same("a:443", "a", 443));
  assert_true(same("a:0443", "a:", 443));
  assert_true(same("[FE80::1]:443", "[fe80::1]", 443));
  assert_false(same("a:80", "a", 443));
  assert_false(same("a:80", "a:81", 80));
  assert_false(same("a", "b", 80));
  assert_false(same("a", "aa", 80));
  assert_true(same("a", "a:", RILL__PORT_NONE));
  assert_false(same("a", "a:1", RILL__PORT_NONE));
}

static void case_is_for_letters_only(void **state) {
  (void)state;
  static const struct pair {
    const char *a, *b;
    bool same;
  } pairs[] = {
      {"Trailers", "tRAILERS", true}, {"", "", true}, {"@", "`", false}, {"[", "{", false}, {"a", "aa", false}, {"Z", "z", true},
      {"\xc1", "\xe1", false}};
  for (size_t i = 0; i < sizeof pairs / sizeof pairs[0]; i++) {
    rill_view a = {(const uint8_t *)pairs[i].a, strlen(pairs[i].a)}, b = {(const uint8_t *)pairs[i].b, strlen(pairs[i].b)};
    assert_int_equal(rill__view_eq_nocase(a, b), pairs[i].same);
  }
}

/* In the midst of a word of eight, and behind it. */
static void case_by_every_pair_of_octets(void **state) {
  (void)state;
  uint8_t a[12] = "ab.d-f9hijk", b[12] = "AB.D-F9HIJK";
  for (size_t at = 5; at < 10; at += 4) {
    uint8_t kept[2] = {a[at], b[at]};
    for (int pair = 0; pair < 65536; pair++) {
      a[at] = (uint8_t)(pair >> 8);
      b[at] = (uint8_t)pair;
      bool is_same = rill__lower(a[at]) == rill__lower(b[at]);
      if (rill__view_eq_nocase((rill_view){a, 11}, (rill_view){b, 11}) != is_same) fail_msg("octets %04x", (unsigned)pair);
    }
    a[at] = kept[0];
    b[at] = kept[1];
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(rule_1_and_2_every_octet_of_a_name),
      cmocka_unit_test(rule_1_and_2_every_pair_of_octets),
      cmocka_unit_test(rule_1_colon_only_in_front),
      cmocka_unit_test(rule_1_the_first_fault_counts),
      cmocka_unit_test(rule_2_a_name_is_not_empty),
      cmocka_unit_test(a_known_token_vouches_for_the_name_alone),
      cmocka_unit_test(rule_3_to_5_every_octet_of_a_value),
      cmocka_unit_test(rule_3_to_5_every_pair_of_octets),
      cmocka_unit_test(rule_3_nul_cr_lf),
      cmocka_unit_test(rule_4_other_controls),
      cmocka_unit_test(rule_5_edges),
      cmocka_unit_test(rule_6_and_7_names_whole_values_free),
      cmocka_unit_test(rule_19_tokens),
      cmocka_unit_test(rule_20_schemes),
      cmocka_unit_test(rule_22_and_23_every_octet_of_a_path),
      cmocka_unit_test(rule_22_and_23_every_pair_of_octets),
      cmocka_unit_test(plain_hosts_by_every_octet_and_every_pair),
      cmocka_unit_test(rule_52_lengths),
      cmocka_unit_test(rule_25_hosts),
      cmocka_unit_test(rule_25_every_octet_of_a_host),
      cmocka_unit_test(rule_25_ports),
      cmocka_unit_test(rule_25_addresses_in_brackets),
      cmocka_unit_test(rule_24_userinfo_is_seen),
      cmocka_unit_test(rule_26_normalisation),
      cmocka_unit_test(case_is_for_letters_only),
      cmocka_unit_test(case_by_every_pair_of_octets),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
