/* SPDX-License-Identifier: MIT */
/*
 * Values and paths are looked at eight octets at a time, in plain C: a word-wide test says "nothing wrong here" or "look closer",
 * and only then does a loop find out what. Octets within a word may come in any order, so both byte orders will do.
 */
#include "rules/field.h"

#include "base/bytes.h"

/* ---- classes of octets ------------------------------------------------------------------------------------------------- */

enum {
  NAME = 0x01,   /* a field name: tchar without A-Z (9113 8.2.1, 9110 5.6.2) */
  TOKEN = 0x02,  /* tchar (9110 5.6.2) */
  SCHEME = 0x04, /* behind the first letter (3986 3.1) */
  HOST = 0x08,   /* unreserved, sub-delims (3986 3.2.2) */
  USER = 0x10,   /* userinfo (3986 3.2.1) */
  HEX = 0x20,
  DIGIT = 0x40,
  ODD = 0x80 /* not in a URI, and yet seen in :path */
};

/* clang-format off */
#define D (NAME | TOKEN | SCHEME | HOST | USER | HEX | DIGIT)
#define L (NAME | TOKEN | SCHEME | HOST | USER)
#define U (TOKEN | SCHEME | HOST | USER)
static const uint8_t classes[256] = {
  ['0'] = D, ['1'] = D, ['2'] = D, ['3'] = D, ['4'] = D, ['5'] = D, ['6'] = D, ['7'] = D, ['8'] = D, ['9'] = D,
  ['a'] = L | HEX, ['b'] = L | HEX, ['c'] = L | HEX, ['d'] = L | HEX, ['e'] = L | HEX, ['f'] = L | HEX,
  ['g'] = L, ['h'] = L, ['i'] = L, ['j'] = L, ['k'] = L, ['l'] = L, ['m'] = L, ['n'] = L, ['o'] = L, ['p'] = L,
  ['q'] = L, ['r'] = L, ['s'] = L, ['t'] = L, ['u'] = L, ['v'] = L, ['w'] = L, ['x'] = L, ['y'] = L, ['z'] = L,
  ['A'] = U | HEX, ['B'] = U | HEX, ['C'] = U | HEX, ['D'] = U | HEX, ['E'] = U | HEX, ['F'] = U | HEX,
  ['G'] = U, ['H'] = U, ['I'] = U, ['J'] = U, ['K'] = U, ['L'] = U, ['M'] = U, ['N'] = U, ['O'] = U, ['P'] = U,
  ['Q'] = U, ['R'] = U, ['S'] = U, ['T'] = U, ['U'] = U, ['V'] = U, ['W'] = U, ['X'] = U, ['Y'] = U, ['Z'] = U,
  ['-'] = NAME | TOKEN | SCHEME | HOST | USER, ['.'] = NAME | TOKEN | SCHEME | HOST | USER,
  ['+'] = NAME | TOKEN | SCHEME | HOST | USER,
  ['!'] = NAME | TOKEN | HOST | USER, ['$'] = NAME | TOKEN | HOST | USER, ['%'] = NAME | TOKEN | USER,
  ['&'] = NAME | TOKEN | HOST | USER, ['\''] = NAME | TOKEN | HOST | USER, ['*'] = NAME | TOKEN | HOST | USER,
  ['_'] = NAME | TOKEN | HOST | USER, ['~'] = NAME | TOKEN | HOST | USER,
  ['('] = HOST | USER, [')'] = HOST | USER, [','] = HOST | USER, [';'] = HOST | USER, ['='] = HOST | USER,
  [':'] = USER, ['#'] = NAME | TOKEN,
  ['^'] = NAME | TOKEN | ODD, ['`'] = NAME | TOKEN | ODD, ['|'] = NAME | TOKEN | ODD,
  ['"'] = ODD, ['<'] = ODD, ['>'] = ODD, ['\\'] = ODD, ['{'] = ODD, ['}'] = ODD,
};
#undef D
#undef L
#undef U
/* clang-format on */

static bool is_all(rill_view value, unsigned class) {
  unsigned common = class;
  for (size_t i = 0; i < value.n; i++)
    common &= classes[value.p[i]];
  return common != 0;
}

/* ---- eight octets at a time -------------------------------------------------------------------------------------------- */

#define EACH(octet) (UINT64_MAX / 0xff * (octet))

/* Sets the top bit of each octet that needs a closer look. The other bits, and octets above such a one, may be anything. */
typedef uint64_t word_test(uint64_t word);

static inline uint64_t load(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, sizeof word);
  return word;
}

/* 1 to 7 octets, each of them at least once, filled up with letters that no test minds. */
static inline uint64_t load_few(const uint8_t *p, size_t n) {
  if (n >= 4) {
    uint32_t first, last;
    memcpy(&first, p, sizeof first);
    memcpy(&last, p + n - 4, sizeof last);
    return (uint64_t)last << 32 | first;
  }
  return EACH((uint64_t)'a') << 24 | (uint32_t)p[n - 1] << 16 | (uint32_t)p[n / 2] << 8 | p[0];
}

static inline bool any(rill_view value, word_test *test) {
  if (value.n < 8) return value.n != 0 && (test(load_few(value.p, value.n)) & EACH(0x80)) != 0;
  const uint8_t *p = value.p, *last = value.p + value.n - 8;
  uint64_t found = test(load(last));
  for (; last - p > 8; p += 16)
    found |= test(load(p)) | test(load(p + 8));
  if (p < last) found |= test(load(p));
  return (found & EACH(0x80)) != 0;
}

/* 00-1F, 7F, and some that are fine: 80-9F, FF, what a carry or a borrow reaches. None that is wrong gets away. */
static inline uint64_t value_test(uint64_t word) { return (word - EACH(0x20)) ^ (word + EACH(0x01)); }

/* 00-20, 7F-FF, #; exact, for carries and borrows come only from octets that are wrong themselves. */
static inline uint64_t path_test(uint64_t word) {
  return (word - EACH(0x21)) | (word + EACH(0x01)) | ((word ^ EACH(0x23)) - EACH(0x01));
}

/* All but a-z 0-9 - . ; exact, for nothing is carried from one octet to the next. */
static inline uint64_t plain_test(uint64_t word) {
  uint64_t low = word & EACH(0x7f);
  uint64_t letter = (low + EACH(0x80 - 'a')) & ~(low + EACH(0x7f - 'z'));
  uint64_t other = (low + EACH(0x80 - '-')) & ~(low + EACH(0x7f - '9')) & ((low ^ EACH('/')) + EACH(0x7f));
  return word | ~(letter | other);
}

/* Eight octets at a time, which compilers make sixteen of; one by one where there are any above 7F, and at the end. */
bool rill__view_eq_nocase(rill_view a, rill_view b) {
  uint64_t above = 0, differ = 0, unlike = 0; /* unlike, in top bits: the case differs, and it is no letter */
  size_t words = a.n & ~(size_t)7;
  if (a.n != b.n) return false;
  for (size_t i = 0; i < words; i += 8) {
    uint64_t one = load(a.p + i), other = load(b.p + i), lower = one | other;
    uint64_t letter = (lower + EACH(0x80 - 'a')) & ~(lower + EACH(0x7f - 'z'));
    above |= lower;
    differ |= one ^ other;
    unlike |= (one ^ other) << 2 & ~letter;
  }
  bool exact = (above & EACH(0x80)) == 0;
  if (exact && ((differ & ~EACH(0x20)) | (unlike & EACH(0x80))) != 0) return false;
  for (size_t i = exact ? words : 0; i < a.n; i++) {
    if (a.p[i] != b.p[i] && rill__lower(a.p[i]) != rill__lower(b.p[i])) return false;
  }
  return true;
}

/* ---- field lines ------------------------------------------------------------------------------------------------------- */

static rill_why judge_name(rill_view name) {
  if (name.n != 0 && name.p[0] == ':') name = (rill_view){name.p + 1, name.n - 1};
  if (name.n == 0) return RILL_WHY_NAME_EMPTY;
  size_t i = 0;
  while (i < name.n && (classes[name.p[i]] & NAME) != 0)
    i++;
  if (i == name.n) return RILL_WHY_NONE;
  return rill__lower(name.p[i]) != name.p[i] ? RILL_WHY_NAME_UPPERCASE : RILL_WHY_NAME_OCTET;
}

static rill_why judge_value(rill_view value) {
  if (!any(value, value_test)) return RILL_WHY_NONE;
  for (size_t i = 0; i < value.n; i++) {
    uint8_t octet = value.p[i];
    if (octet == 0x00 || octet == 0x0a || octet == 0x0d) return RILL_WHY_VALUE_OCTET;
    if ((octet < 0x20 && octet != 0x09) || octet == 0x7f) return RILL_WHY_VALUE_CONTROL;
  }
  return RILL_WHY_NONE;
}

/* Of what a value may have in it, these have the lowest numbers. */
static bool is_space(uint8_t octet) { return octet <= 0x20; }

rill_why rill__value_check(rill_view value, const rill__field_rules *rules) {
  rill_why why = judge_value(value);
  if (why != RILL_WHY_NONE || value.n == 0) return why;
  bool space = is_space(value.p[0]) || is_space(value.p[value.n - 1]);
  return space && (rules->submitted || !rules->allow_edge_space) ? RILL_WHY_VALUE_SPACE : RILL_WHY_NONE;
}

rill_why rill__field_check(const rill_field *field, const rill__field_rules *rules) {
  bool name_known = field->token != RILL_TOKEN_UNKNOWN && field->token < RILL_TOKEN_OTHER;
  rill_why why = name_known ? RILL_WHY_NONE : judge_name(field->name);
  return why == RILL_WHY_NONE ? rill__value_check(field->value, rules) : why;
}

/* ---- values ------------------------------------------------------------------------------------------------------------ */

bool rill__is_token(rill_view value) { return value.n != 0 && is_all(value, TOKEN); }

/* Of SCHEME's octets, letters have the greatest numbers. */
bool rill__is_scheme(rill_view value) { return value.n != 0 && value.p[0] >= 'A' && is_all(value, SCHEME); }

bool rill__is_path_octets(rill_view value, bool allow_odd_path) {
  if (any(value, path_test)) return false;
  for (size_t i = 0; !allow_odd_path && i < value.n; i++) {
    if (classes[value.p[i]] & ODD) return false;
  }
  return true;
}

/* Leading zeros included: a long row of them says nothing, and is work. */
enum { DIGITS_MAX = 64 };

/* One or more digits, leading zeros or not; -1 if it is not that, or above most. */
static int64_t parse_number(rill_view value, int64_t most) {
  uint64_t number = 0, limit = (uint64_t)most / 10;
  if (value.n > DIGITS_MAX) return -1;
  for (size_t i = 0; i < value.n; i++) {
    unsigned digit = (unsigned)value.p[i] - '0';
    if (digit > 9 || number > limit) return -1;
    number = number * 10 + digit; /* at most 9 above most, which 64 bits have room for */
  }
  return value.n != 0 && number <= (uint64_t)most ? (int64_t)number : -1;
}

int64_t rill__parse_length(rill_view value) { return parse_number(value, INT64_MAX); }

/* ---- authority --------------------------------------------------------------------------------------------------------- */

static size_t run_of(rill_view value, unsigned class, size_t most) {
  size_t n = 0;
  while (n < value.n && n < most && (classes[value.p[n]] & class))
    n++;
  return n;
}

static size_t find(rill_view value, uint8_t octet) {
  const uint8_t *at = value.n == 0 ? NULL : memchr(value.p, octet, value.n);
  return at == NULL ? value.n : (size_t)(at - value.p);
}

/* Four numbers of 0 to 255, none with a leading zero (3986 3.2.2). */
static bool is_ipv4(rill_view value) {
  for (int dots = 0;; dots++) {
    rill_view part = rill__view_take(&value, run_of(value, DIGIT, 3));
    if (parse_number(part, 255) < 0 || (part.n > 1 && part.p[0] == '0')) return false;
    if (value.n == 0) return dots == 3;
    if (value.p[0] != '.') return false;
    rill__view_take(&value, 1);
  }
}

static bool begins_with(rill_view value, const char *two) { return value.n >= 2 && memcmp(value.p, two, 2) == 0; }

/* Eight groups of up to four digits; "::" once for one or more of them; perhaps IPv4 for the last two (3986 3.2.2). */
static bool is_ipv6(rill_view value) {
  unsigned groups = 0;
  bool gap = false;
  while (value.n != 0) {
    if (begins_with(value, "::")) {
      if (gap) return false;
      gap = true;
      rill__view_take(&value, 2);
      if (value.n == 0) break;
    } else if (groups != 0) {
      if (value.p[0] != ':') return false;
      rill__view_take(&value, 1);
    }
    size_t digits = run_of(value, HEX, 4);
    if (digits == 0) return false;
    groups++;
    if (digits < value.n && value.p[digits] == '.') return is_ipv4(value) && (gap ? groups <= 6 : groups == 7);
    rill__view_take(&value, digits);
  }
  return gap ? groups <= 7 : groups == 8;
}

/* Names and IPv4 addresses: what looks like a broken address is a name (3986 3.2.2). */
static bool is_name(rill_view host) {
  if (host.n == 0) return false;
  for (;;) {
    rill__view_take(&host, run_of(host, HOST, host.n));
    if (host.n == 0) return true;
    if (host.p[0] != '%') return false;
    rill__view_take(&host, 1);
    if (run_of(host, HEX, 2) != 2) return false;
  }
}

bool rill__is_plain_host(rill_view value) { return value.n != 0 && !any(value, plain_test); }

bool rill__parse_authority(rill__authority *out, rill_view value) {
  *out = (rill__authority){value, RILL__PORT_NONE, false};
  if (is_name(value)) return true; /* most are no more than that */
  size_t user = find(value, '@');
  if (user < value.n) {
    out->userinfo = true;
    if (!is_all(rill__view_take(&value, user), USER)) return false;
    rill__view_take(&value, 1);
  }
  if (value.n != 0 && value.p[0] == '[') {
    size_t close = find(value, ']');
    if (close == value.n || !is_ipv6((rill_view){value.p + 1, close - 1})) return false;
    out->host = rill__view_take(&value, close + 1);
  } else {
    out->host = rill__view_take(&value, find(value, ':'));
    if (!is_name(out->host)) return false;
  }
  if (value.n == 0) return true;
  if (value.p[0] != ':') return false;
  rill__view_take(&value, 1);
  if (value.n != 0) out->port = (int32_t)parse_number(value, 65535);
  return value.n == 0 || out->port >= 0;
}

rill__authority rill__authority_again(rill_view value, bool userinfo) {
  rill__authority out = {value, RILL__PORT_NONE, false};
  size_t user = userinfo ? find(value, '@') : value.n, digits = 0;
  if (user < value.n) {
    out.userinfo = true;
    rill__view_take(&value, user + 1);
  }
  while (digits < value.n && (classes[value.p[value.n - 1 - digits]] & DIGIT))
    if (++digits > DIGITS_MAX) break; /* of a name */
  bool port = digits < value.n && digits <= DIGITS_MAX && value.p[value.n - 1 - digits] == ':';
  if (port && digits != 0) out.port = (int32_t)parse_number((rill_view){value.p + value.n - digits, digits}, 65535);
  out.host = (rill_view){value.p, port ? value.n - 1 - digits : value.n};
  return out;
}

bool rill__same_authority(const rill__authority *a, const rill__authority *b, int32_t default_port) {
  int32_t port_a = a->port == RILL__PORT_NONE ? default_port : a->port;
  int32_t port_b = b->port == RILL__PORT_NONE ? default_port : b->port;
  return port_a == port_b && rill__view_eq_nocase(a->host, b->host);
}
