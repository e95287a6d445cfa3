/* SPDX-License-Identifier: MIT */
/*
 * rules/structured: the examples of RFC 9651 3, each kind of item at its limits and one beyond, and a second parser, which
 * follows the steps of RFC 9651 4.2 word by word and builds what they say: over all short texts of several alphabets, all texts
 * of two octets, and random ones, both must agree on what is a dictionary and on what it holds.
 *
 * What is parsed lies in a block of its exact size, so that a sanitizer sees any octet that is read beyond it.
 */
#include "base/bytes.h"
#include "rules/structured.h"
#include "trial.h"

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { MEMBERS = 64 };

typedef struct parsed {
  bool good;
  size_t count;
  rill__sf_member members[MEMBERS];
} parsed;

static rill_view lit(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static void parse(parsed *out, rill_view text) {
  rill__sf_dictionary dictionary = rill__sf_dictionary_begin(text);
  rill__sf_step step;
  out->count = 0;
  while ((step = rill__sf_dictionary_next(&dictionary, &out->members[out->count])) == RILL__SF_MEMBER) {
    out->count++;
    assert_true(out->count < MEMBERS);
  }
  out->good = step == RILL__SF_END;
}

/* ---- the second parser: the steps of RFC 9651 4.2 ---- */

typedef struct reader {
  const uint8_t *p;
  size_t n;
  bool failed; /* parsing failed: nothing that follows matters */
} reader;

static bool empty(const reader *r) { return r->failed || r->n == 0; }
static bool first_is(const reader *r, const char *of) { return !empty(r) && r->p[0] != 0 && strchr(of, r->p[0]) != NULL; }

static uint8_t consume(reader *r) {
  if (empty(r)) {
    r->failed = true;
    return 0;
  }
  r->n--;
  return *r->p++;
}

static void fail_parsing(reader *r) { r->failed = true; }

#define LCALPHA "abcdefghijklmnopqrstuvwxyz"
#define ALPHA LCALPHA "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
#define DIGITS "0123456789"

static void discard(reader *r, const char *of) {
  while (first_is(r, of))
    (void)consume(r);
}

/* 4.2.4 */
static rill__sf_value integer_or_decimal(reader *r) {
  char input_number[32] = "";
  size_t n = 0;
  bool decimal = false;
  int sign = 1;
  if (first_is(r, "-")) {
    (void)consume(r);
    sign = -1;
  }
  if (empty(r) || !first_is(r, DIGITS)) fail_parsing(r);
  while (!empty(r)) {
    if (first_is(r, DIGITS)) {
      input_number[n++] = (char)consume(r);
    } else if (!decimal && first_is(r, ".")) {
      if (n > 12) fail_parsing(r);
      input_number[n++] = (char)consume(r);
      decimal = true;
    } else {
      break;
    }
    if (!decimal && n > 15) fail_parsing(r);
    if (decimal && n > 16) fail_parsing(r);
  }
  input_number[n] = 0;
  if (r->failed) return (rill__sf_value){RILL__SF_INTEGER, 0};
  if (!decimal) return (rill__sf_value){RILL__SF_INTEGER, sign * strtoll(input_number, NULL, 10)};
  if (input_number[n - 1] == '.' || strlen(strchr(input_number, '.') + 1) > 3) fail_parsing(r);
  return (rill__sf_value){RILL__SF_DECIMAL, 0};
}

/* 4.2.5 */
static void string(reader *r) {
  (void)consume(r);
  while (!empty(r)) {
    uint8_t octet = consume(r);
    if (octet == '\\') {
      uint8_t next = consume(r);
      if (next != '"' && next != '\\') fail_parsing(r);
    } else if (octet == '"') {
      return;
    } else if (octet <= 0x1f || octet >= 0x7f) {
      fail_parsing(r);
    }
  }
  fail_parsing(r);
}

/* 4.2.7: the whole of it, decoded; padding made where there is none. */
static void byte_sequence(reader *r) {
  char content[128];
  size_t n = 0;
  (void)consume(r);
  while (!empty(r) && !first_is(r, ":") && n < sizeof content - 4)
    content[n++] = (char)consume(r);
  if (consume(r) != ':') fail_parsing(r);
  if (n != 0 && content[n - 1] != '=') {
    while (n % 4 != 0)
      content[n++] = '=';
  }
  if (n % 4 != 0) fail_parsing(r);
  for (size_t i = 0; i < n; i++) {
    bool last_two = i + 2 >= n;
    bool pad = content[i] == '=' && last_two && (i + 1 == n || content[i + 1] == '=');
    if (!pad && (content[i] == 0 || strchr(ALPHA DIGITS "+/", content[i]) == NULL)) fail_parsing(r);
  }
}

/* 3629 3: decoded to a code point, which must be one that has no shorter form and is no surrogate. */
static bool is_utf8(const uint8_t *p, size_t n) {
  static const struct {
    unsigned mask, lead, more;
    uint32_t least;
  } forms[] = {{0x80, 0, 0, 0}, {0xe0, 0xc0, 1, 0x80}, {0xf0, 0xe0, 2, 0x800}, {0xf8, 0xf0, 3, 0x10000}};
  for (size_t i = 0; i < n;) {
    size_t form = 0;
    while (form < LENGTH(forms) && (p[i] & forms[form].mask) != forms[form].lead)
      form++;
    if (form == LENGTH(forms) || i + forms[form].more >= n) return false;
    uint32_t point = p[i] & (uint8_t)~forms[form].mask;
    for (unsigned k = 1; k <= forms[form].more; k++) {
      if (p[i + k] >> 6 != 2) return false;
      point = point << 6 | (p[i + k] & 0x3f);
    }
    if (point < forms[form].least || point > 0x10ffff || (point >= 0xd800 && point <= 0xdfff)) return false;
    i += forms[form].more + 1;
  }
  return true;
}

/* 4.2.10 */
static void display_string(reader *r) {
  uint8_t bytes[128];
  size_t n = 0;
  if (consume(r) != '%' || consume(r) != '"') fail_parsing(r);
  while (!empty(r) && n < sizeof bytes) {
    uint8_t octet = consume(r);
    if (octet <= 0x1f || octet >= 0x7f) fail_parsing(r);
    if (octet == '%') {
      char hex[3] = {(char)consume(r), (char)consume(r), 0};
      if (r->failed || strspn(hex, DIGITS "abcdef") != 2) fail_parsing(r);
      bytes[n++] = (uint8_t)strtoul(hex, NULL, 16);
    } else if (octet == '"') {
      if (!is_utf8(bytes, n)) fail_parsing(r);
      return;
    } else {
      bytes[n++] = octet;
    }
  }
  fail_parsing(r);
}

/* 4.2.3.1 */
static rill__sf_value bare_item(reader *r) {
  rill__sf_value value = {RILL__SF_TOKEN, 0};
  if (first_is(r, "-" DIGITS)) return integer_or_decimal(r);
  if (first_is(r, "\"")) {
    value.kind = RILL__SF_STRING;
    string(r);
  } else if (first_is(r, ALPHA "*")) {
    discard(r, ALPHA DIGITS "!#$%&'*+-.^_`|~:/");
  } else if (first_is(r, ":")) {
    value.kind = RILL__SF_BYTES;
    byte_sequence(r);
  } else if (first_is(r, "?")) {
    (void)consume(r);
    value = (rill__sf_value){RILL__SF_BOOLEAN, first_is(r, "1")};
    if (!first_is(r, "01")) fail_parsing(r);
    (void)consume(r);
  } else if (first_is(r, "@")) {
    (void)consume(r);
    if (integer_or_decimal(r).kind != RILL__SF_INTEGER) fail_parsing(r);
    value.kind = RILL__SF_DATE;
  } else if (first_is(r, "%")) {
    value.kind = RILL__SF_DISPLAY_STRING;
    display_string(r);
  } else {
    fail_parsing(r);
  }
  return value;
}

/* 4.2.3.3 */
static rill_view key(reader *r) {
  rill_view out = {r->p, 0};
  if (!first_is(r, LCALPHA "*")) fail_parsing(r);
  discard(r, LCALPHA DIGITS "_-.*");
  out.n = (size_t)(r->p - out.p);
  return out;
}

/* 4.2.3.2 */
static void parameters(reader *r) {
  while (first_is(r, ";")) {
    (void)consume(r);
    discard(r, " ");
    (void)key(r);
    if (!first_is(r, "=")) continue;
    (void)consume(r);
    (void)bare_item(r);
  }
}

/* 4.2.1.2 */
static void inner_list(reader *r) {
  (void)consume(r);
  while (!empty(r)) {
    discard(r, " ");
    if (first_is(r, ")")) {
      (void)consume(r);
      parameters(r);
      return;
    }
    (void)bare_item(r);
    parameters(r);
    if (!first_is(r, " )")) fail_parsing(r);
  }
  fail_parsing(r);
}

/* 4.2.2, 4.2 */
static void parse_by_the_steps(parsed *out, rill_view text) {
  reader r = {text.p, text.n, false};
  out->count = 0;
  out->good = true;
  discard(&r, " ");
  while (!empty(&r)) {
    rill__sf_member member = {.key = key(&r), .value = {RILL__SF_BOOLEAN, 1}};
    if (!first_is(&r, "=")) {
      parameters(&r);
    } else {
      (void)consume(&r);
      if (first_is(&r, "(")) {
        member.value = (rill__sf_value){RILL__SF_INNER_LIST, 0};
        inner_list(&r);
      } else {
        member.value = bare_item(&r);
        parameters(&r);
      }
    }
    out->members[out->count++] = member;
    discard(&r, " \t");
    if (empty(&r)) break;
    if (consume(&r) != ',') fail_parsing(&r);
    discard(&r, " \t");
    if (empty(&r)) fail_parsing(&r);
  }
  out->good = !r.failed;
}

/* ---- both ---- */

static unsigned agreed_good, agreed_bad;

static void compare(rill_view text) {
  parsed ours, theirs;
  parse(&ours, text);
  parse_by_the_steps(&theirs, text);
  bool same = ours.good == theirs.good && (!ours.good || ours.count == theirs.count);
  for (size_t i = 0; same && ours.good && i < ours.count; i++) {
    const rill__sf_member *a = &ours.members[i], *b = &theirs.members[i];
    same = rill__view_eq(a->key, b->key) && a->value.kind == b->value.kind && a->value.number == b->value.number;
  }
  if (!same) fail_msg("'%.*s': %d, by the steps %d", (int)text.n, (const char *)text.p, ours.good, theirs.good);
  agreed_good += ours.good;
  agreed_bad += !ours.good;
}

/* All texts of up to `most` octets of an alphabet, between a head and a tail. */
static void compare_all(const char *head, const char *alphabet, size_t most, const char *tail) {
  size_t letters = strlen(alphabet), head_size = strlen(head), tail_size = strlen(tail), count = 1;
  for (size_t n = 0; n <= most; n++, count *= letters) {
    size_t size = head_size + n + tail_size;
    uint8_t *text = malloc(size == 0 ? 1 : size);
    assert_non_null(text);
    memcpy(text, head, head_size);
    memcpy(text + head_size + n, tail, tail_size);
    for (size_t i = 0; i < count; i++) {
      for (size_t k = 0, rest = i; k < n; k++, rest /= letters)
        text[head_size + k] = (uint8_t)alphabet[rest % letters];
      compare((rill_view){text, size});
    }
    free(text);
  }
}

static void all_short_texts(void **state) {
  (void)state;
  agreed_good = agreed_bad = 0;
  compare_all("", "a=1, ;", 6, "");
  compare_all("a", "a=1,\t;?*", 5, "");
  compare_all("a=", "(a1 );", 6, "");
  compare_all("a=(", "a1 );=,", 5, "");
  compare_all("a=", "-.01;", 6, "");
  compare_all("a=", "\"\\a\x7f\x80 ", 5, "");
  compare_all("a=:", "Aa+=:/ ", 6, "");
  compare_all("a=%\"", "%c3a\"A", 6, "\"");
  compare_all("a=@", "-1.?a", 4, "");
  compare_all("a=", "?01;,a", 4, "");
  compare_all("a;", "b=1; ,", 5, "");
  assert_true(agreed_good > 10000 && agreed_bad > 100000);
}

static void all_texts_of_two_octets(void **state) {
  (void)state;
  for (unsigned i = 0; i < 65536; i++) {
    uint8_t text[] = {'a', '=', (uint8_t)(i >> 8), (uint8_t)i};
    compare((rill_view){text + 2, 2});
    compare((rill_view){text, 4});
    text[1] = ';';
    compare((rill_view){text, 4});
  }
}

static void octets_of_display_strings(void **state) {
  (void)state;
  static const uint8_t edges[] = {0x00, 0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc0, 0xc1, 0xc2, 0xdf,
                                  0xe0, 0xe1, 0xec, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5, 0xff};
  const size_t e = LENGTH(edges);
  agreed_good = 0;
  for (size_t i = 0; i < e * e * e * e; i++) {
    char text[32];
    for (int octets = 1; octets <= 4; octets++) {
      if (octets < 4 && i >= e * e * e) break;
      int n = snprintf(text, sizeof text, "a=%%\"%%%02x%%%02x%%%02x%%%02x\"", edges[i % e], edges[i / e % e],
                       edges[i / e / e % e], edges[i / e / e / e]);
      text[4 + 3 * octets] = '"';
      assert_true(n == 4 + 12 + 1);
      compare((rill_view){(const uint8_t *)text, (size_t)(5 + 3 * octets)});
    }
  }
  assert_true(agreed_good > 1000);
}

/* Pieces of grammar in a row: longer texts than all of an alphabet, many of them whole. */
static void random_texts(void **state) {
  (void)state;
  static const char *const pieces[] = {
      "a", "u=1", "b=?0",   "c=(1 2)", "d=\"x\"",       "e=tok",       ";q", ";r=1.5", ", ",       ",",
      " ", "\t",  "f=:AA:", "g=@1",    "h=%\"%c3%a4\"", "(",           ")",  "=",      "123456",   "-",
      ".", "\"",  ", ",     ", ",      ", a=",          ";k=\"\\\"\"", "?1", "z*-._",  "%e2%82%ac"};
  trial t;
  trial_begin(&t, 0);
  agreed_good = agreed_bad = 0;
  for (unsigned round = 0; round < 300000; round++) {
    char text[256] = "";
    size_t n = 0;
    for (uint32_t count = trial_random(&t, 8); count > 0; count--) {
      const char *piece = pieces[trial_random(&t, LENGTH(pieces))];
      memcpy(text + n, piece, strlen(piece));
      n += strlen(piece);
    }
    uint8_t *block = malloc(n == 0 ? 1 : n);
    assert_non_null(block);
    memcpy(block, text, n);
    compare((rill_view){block, n});
    free(block);
  }
  assert_true(agreed_good > 10000 && agreed_bad > 100000);
}

/* ---- what the RFC says ---- */

static void the_examples_of_the_rfc(void **state) {
  (void)state;
  static const struct {
    const char *text;
    size_t count;
    rill__sf_kind last;
    int64_t number;
  } examples[] = {
      {"en=\"Applepie\", da=:w4ZibGV0w6ZydGU=:", 2, RILL__SF_BYTES, 0}, /* 3.2 */
      {"a=?0, b, c; foo=bar", 3, RILL__SF_BOOLEAN, 1},
      {"rating=1.5, feelings=(joy sadness)", 2, RILL__SF_INNER_LIST, 0},
      {"a=(1 2), b=3, c=4;aa=bb, d=(5 6);valid", 4, RILL__SF_INNER_LIST, 0},
      {"foo=1, bar=2", 2, RILL__SF_INTEGER, 2},
      {"a=(\"foo\"; a=1;b=2);lvl=5, b=(\"bar\" \"baz\");lvl=1", 2, RILL__SF_INNER_LIST, 0}, /* 3.1.2, as members */
      {"a=1; b=?0", 1, RILL__SF_INTEGER, 1},
      {"a=42", 1, RILL__SF_INTEGER, 42}, /* 3.3.1 to 3.3.8 */
      {"a=4.5", 1, RILL__SF_DECIMAL, 0},
      {"a=\"hello world\"", 1, RILL__SF_STRING, 0},
      {"a=foo123/456", 1, RILL__SF_TOKEN, 0},
      {"a=:cHJldGVuZCB0aGlzIGlzIGJpbmFyeSBjb250ZW50Lg==:", 1, RILL__SF_BYTES, 0},
      {"a=?1", 1, RILL__SF_BOOLEAN, 1},
      {"a=@1659578233", 1, RILL__SF_DATE, 0},
      {"a=%\"This is intended for display to %c3%bcsers.\"", 1, RILL__SF_DISPLAY_STRING, 0},
      {"   a=1  ", 1, RILL__SF_INTEGER, 1},
      {"a \t , \t b=2 \t", 2, RILL__SF_INTEGER, 2},
  };
  for (size_t i = 0; i < LENGTH(examples); i++) {
    parsed got;
    parse(&got, lit(examples[i].text));
    if (!got.good) fail_msg("%s", examples[i].text);
    assert_int_equal(got.count, examples[i].count);
    assert_int_equal(got.members[got.count - 1].value.kind, examples[i].last);
    assert_int_equal(got.members[got.count - 1].value.number, examples[i].number);
    compare(lit(examples[i].text));
  }
}

static void nothing_is_a_dictionary_without_members(void **state) {
  (void)state;
  parsed got;
  parse(&got, (rill_view){NULL, 0});
  assert_true(got.good && got.count == 0);
  parse(&got, lit("   "));
  assert_true(got.good && got.count == 0);
  parse(&got, lit("\t"));
  assert_false(got.good);
}

/* The last that is good, and the first that is not. */
static void items_at_their_limits(void **state) {
  (void)state;
  static const char *const pairs[][2] = {
      {"a=999999999999999", "a=1000000000000000"},
      {"a=-999999999999999", "a=-1000000000000000"},
      {"a=123456789012.5", "a=1234567890123.5"},
      {"a=1.125", "a=1.1250"},
      {"a=000000000000000", "a=0000000000000000"},
      {"a=-0", "a=-"},
      {"a=1.0", "a=1."},
      {"a=@999999999999999", "a=@1000000000000000"},
      {"a=@-1", "a=@1.0"},
      {"a=\" ~\"", "a=\"\x7f\""},
      {"a=\"\\\\\\\"\"", "a=\"\\a\""},
      {"a=\"\"", "a=\""},
      {"a=::", "a=:"},
      {"a=:AA:", "a=:A:"},
      {"a=:AA==:", "a=:AA=:"},
      {"a=:AAA=:", "a=:AAA==:"},
      {"a=:AAAA:", "a=:AAAA=:"},
      {"a=:/+8=:", "a=:_-8=:"},
      {"a=:AAAAAA==:", "a=:AA==AAAA:"},
      {"a=?1", "a=?2"},
      {"a=%\"%f4%8f%bf%bf\"", "a=%\"%f4%90%80%80\""},
      {"a=%\"%ed%9f%bf\"", "a=%\"%ed%a0%80\""},
      {"a=%\"%c2%80\"", "a=%\"%c1%bf\""},
      {"a=%\"%c3%bc\"", "a=%\"%C3%BC\""},
      {"a=%\"%e0%a0%80\"", "a=%\"%e0%9f%bf\""},
      {"a=%\"%f0%90%80%80\"", "a=%\"%f0%8f%bf%bf\""},
      {"a=%\"%c3%bc\"", "a=%\"%c3\""},
      {"a=%\"%25\"", "a=%\"%2\""},
      {"a=%\"%5f\"", "a=%\"%5g\""},
      {"a=()", "a=(())"},
      {"a=(1 2)", "a=(1,2)"},
      {"a=(1  2 )", "a=(1\t2)"},
      {"a=(1;x)", "a=(1 ;x)"},
      {"a=( 1)", "a=(1"},
      {"a, b", "a, b,"},
      {"*=1", "1=1"},
      {"a_-.*1=1", "aA=1"},
      {"a;  b", "a;\tb"},
      {"a;b;b=2", "a ;b"},
      {"a=b", "a= b"},
      {"a=*!#$%&'*+-.^_`|~:/A9", "a=!b"},
      {" a", "\ta"},
      {"a=1;b=(", "a=1;b=()"},
  };
  for (size_t i = 0; i < LENGTH(pairs); i++) {
    parsed got;
    bool both_bad = i == LENGTH(pairs) - 1; /* parameters take no lists */
    parse(&got, lit(pairs[i][0]));
    if (got.good == both_bad) fail_msg("%s", pairs[i][0]);
    parse(&got, lit(pairs[i][1]));
    if (got.good) fail_msg("%s", pairs[i][1]);
    compare(lit(pairs[i][0]));
    compare(lit(pairs[i][1]));
  }
}

/* Every member is reported, also those that a later one replaces: who asks takes the last. */
static void members_come_in_their_order(void **state) {
  (void)state;
  parsed got;
  parse(&got, lit("a=1,b=2,a=3"));
  assert_true(got.good);
  assert_int_equal(got.count, 3);
  for (size_t i = 0; i < 3; i++) {
    assert_int_equal(got.members[i].value.number, i + 1);
    assert_int_equal(got.members[i].key.p[0], i == 1 ? 'b' : 'a');
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(all_short_texts),           cmocka_unit_test(all_texts_of_two_octets),
      cmocka_unit_test(octets_of_display_strings), cmocka_unit_test(random_texts),
      cmocka_unit_test(the_examples_of_the_rfc),   cmocka_unit_test(nothing_is_a_dictionary_without_members),
      cmocka_unit_test(items_at_their_limits),     cmocka_unit_test(members_come_in_their_order),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
