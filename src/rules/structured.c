/* SPDX-License-Identifier: MIT */
/*
 * Each function below reads one thing of the grammar off the front of `rest`, and answers false if it is not there; what `rest`
 * is then does not matter, since nothing is tried twice.
 */
#include "rules/structured.h"

#include "base/bytes.h"

/* ---- octets ------------------------------------------------------------------------------------------------------------ */

enum { NOTHING = -1 };

static int front(const rill_view *rest) { return rest->n == 0 ? NOTHING : rest->p[0]; }

static void drop(rill_view *rest) { (void)rill__view_take(rest, 1); }

static bool take(rill_view *rest, uint8_t octet) {
  if (front(rest) != octet) return false;
  drop(rest);
  return true;
}

static void skip_spaces(rill_view *rest) {
  while (take(rest, ' ')) {
  }
}

static void skip_ows(rill_view *rest) {
  while (take(rest, ' ') || take(rest, '\t')) {
  }
}

static bool is_digit(int octet) { return octet >= '0' && octet <= '9'; }
static bool is_lower(int octet) { return octet >= 'a' && octet <= 'z'; }
static bool is_alpha(int octet) { return is_lower(octet) || (octet >= 'A' && octet <= 'Z'); }

static bool is_one_of(int octet, const char *octets, size_t n) { return octet != NOTHING && memchr(octets, octet, n) != NULL; }
#define IS_ONE_OF(octet, literal) is_one_of(octet, literal, sizeof(literal) - 1)

static bool is_key(int octet) {
  return is_lower(octet) || is_digit(octet) || octet == '_' || octet == '-' || octet == '.' || octet == '*';
}

/* tchar (9110 5.6.2), colon, slash. */
static bool is_token(int octet) { return is_alpha(octet) || is_digit(octet) || IS_ONE_OF(octet, "!#$%&'*+-.^_`|~:/"); }

/* ---- bare items (9651 4.2.3.1) ----------------------------------------------------------------------------------------- */

/* The digits ahead, most of them or fewer: how many. */
static size_t take_digits(rill_view *rest, size_t most, int64_t *number) {
  size_t n = 0;
  for (; n < most && is_digit(front(rest)); n++) {
    *number = *number * 10 + front(rest) - '0';
    drop(rest);
  }
  return n;
}

/* 4.2.4: 15 digits; or 12, a point, and 1 to 3. */
static bool take_number(rill_view *rest, rill__sf_value *out) {
  int64_t number = 0, fraction = 0;
  bool negative = take(rest, '-');
  size_t digits = take_digits(rest, 15, &number);
  *out = (rill__sf_value){RILL__SF_INTEGER, negative ? -number : number};
  if (digits == 0 || is_digit(front(rest))) return false;
  if (!take(rest, '.')) return true;
  *out = (rill__sf_value){RILL__SF_DECIMAL, 0};
  return digits <= 12 && take_digits(rest, 3, &fraction) != 0 && !is_digit(front(rest));
}

/* 4.2.9 */
static bool take_date(rill_view *rest, rill__sf_value *out) {
  drop(rest);
  bool whole = take_number(rest, out) && out->kind == RILL__SF_INTEGER;
  *out = (rill__sf_value){RILL__SF_DATE, 0};
  return whole;
}

static bool is_printable(int octet) { return octet >= 0x20 && octet <= 0x7e; }

/* 4.2.5 */
static bool take_string(rill_view *rest, rill__sf_value *out) {
  *out = (rill__sf_value){RILL__SF_STRING, 0};
  drop(rest);
  while (!take(rest, '"')) {
    bool escaped = take(rest, '\\');
    if (escaped ? !IS_ONE_OF(front(rest), "\"\\") : !is_printable(front(rest))) return false;
    drop(rest);
  }
  return true;
}

/* 4.2.6 */
static bool take_token(rill_view *rest, rill__sf_value *out) {
  *out = (rill__sf_value){RILL__SF_TOKEN, 0};
  while (is_token(front(rest)))
    drop(rest);
  return true;
}

/* 4.2.7. Padding may be absent; where it is, it is complete. One digit of base64 is no octet. */
static bool take_bytes(rill_view *rest, rill__sf_value *out) {
  size_t digits = 0, padding = 0;
  *out = (rill__sf_value){RILL__SF_BYTES, 0};
  drop(rest);
  for (; is_alpha(front(rest)) || is_digit(front(rest)) || IS_ONE_OF(front(rest), "+/"); digits++)
    drop(rest);
  for (; take(rest, '='); padding++) {
  }
  return take(rest, ':') && digits % 4 != 1 && (padding == 0 || (padding <= 2 && (digits + padding) % 4 == 0));
}

/* 4.2.8 */
static bool take_boolean(rill_view *rest, rill__sf_value *out) {
  drop(rest);
  *out = (rill__sf_value){RILL__SF_BOOLEAN, front(rest) == '1'};
  return take(rest, '0') || take(rest, '1');
}

/* How far a sequence of UTF-8 has come (3629 4): the octets that it still wants, and the bounds of the next one. */
typedef struct utf8 {
  uint8_t wanted, low, high;
} utf8;

static bool utf8_lead(utf8 *u, unsigned octet) {
  *u = (utf8){0, 0x80, 0xbf};
  if (octet < 0x80) return true;
  if (octet < 0xc2 || octet > 0xf4) return false; /* a second octet, one that is longer than need be, or beyond U+10FFFF */
  u->wanted = octet < 0xe0 ? 1 : octet < 0xf0 ? 2 : 3;
  if (octet == 0xe0) u->low = 0xa0;
  if (octet == 0xed) u->high = 0x9f; /* no surrogates */
  if (octet == 0xf0) u->low = 0x90;
  if (octet == 0xf4) u->high = 0x8f;
  return true;
}

static bool utf8_step(utf8 *u, unsigned octet) {
  if (u->wanted == 0) return utf8_lead(u, octet);
  bool fits = octet >= u->low && octet <= u->high;
  *u = (utf8){(uint8_t)(u->wanted - 1), 0x80, 0xbf};
  return fits;
}

/* Lower case only. */
static bool take_hex_digit(rill_view *rest, unsigned *number) {
  int octet = front(rest);
  if (!is_digit(octet) && !(octet >= 'a' && octet <= 'f')) return false;
  *number = *number << 4 | (unsigned)(is_digit(octet) ? octet - '0' : octet - 'a' + 10);
  drop(rest);
  return true;
}

/* 4.2.10 */
static bool take_display_string(rill_view *rest, rill__sf_value *out) {
  utf8 u = {0, 0x80, 0xbf};
  *out = (rill__sf_value){RILL__SF_DISPLAY_STRING, 0};
  drop(rest);
  if (!take(rest, '"')) return false;
  while (!take(rest, '"')) {
    unsigned octet = 0;
    if (take(rest, '%')) {
      if (!take_hex_digit(rest, &octet) || !take_hex_digit(rest, &octet)) return false;
    } else {
      if (!is_printable(front(rest))) return false;
      octet = *rill__view_take(rest, 1).p;
    }
    if (!utf8_step(&u, octet)) return false;
  }
  return u.wanted == 0;
}

static bool take_bare_item(rill_view *rest, rill__sf_value *out) {
  int octet = front(rest);
  if (octet == '-' || is_digit(octet)) return take_number(rest, out);
  if (octet == '*' || is_alpha(octet)) return take_token(rest, out);
  switch (octet) {
  case '?':
    return take_boolean(rest, out);
  case '"':
    return take_string(rest, out);
  case ':':
    return take_bytes(rest, out);
  case '@':
    return take_date(rest, out);
  case '%':
    return take_display_string(rest, out);
  default:
    return false;
  }
}

/* ---- members ----------------------------------------------------------------------------------------------------------- */

/* 4.2.3.3 */
static bool take_key(rill_view *rest, rill_view *out) {
  *out = (rill_view){rest->p, 0};
  if (!is_lower(front(rest)) && front(rest) != '*') return false;
  for (; is_key(front(rest)); out->n++)
    drop(rest);
  return true;
}

/* 4.2.3.2 */
static bool take_parameters(rill_view *rest) {
  rill_view key;
  rill__sf_value value;
  while (take(rest, ';')) {
    skip_spaces(rest);
    if (!take_key(rest, &key)) return false;
    if (take(rest, '=') && !take_bare_item(rest, &value)) return false;
  }
  return true;
}

/* 4.2.1.2; the opening parenthesis is gone. There are no lists within lists. */
static bool take_inner_list(rill_view *rest) {
  rill__sf_value value;
  for (;;) {
    skip_spaces(rest);
    if (take(rest, ')')) return true;
    if (!take_bare_item(rest, &value) || !take_parameters(rest)) return false;
    if (front(rest) != ' ' && front(rest) != ')') return false;
  }
}

static bool take_value(rill_view *rest, rill__sf_value *out) {
  if (!take(rest, '(')) return take_bare_item(rest, out);
  *out = (rill__sf_value){RILL__SF_INNER_LIST, 0};
  return take_inner_list(rest);
}

static bool take_member(rill_view *rest, rill__sf_member *out) {
  out->value = (rill__sf_value){RILL__SF_BOOLEAN, 1};
  return take_key(rest, &out->key) && (!take(rest, '=') || take_value(rest, &out->value)) && take_parameters(rest);
}

/* Behind a member: the end, or a comma and more. */
static bool take_comma(rill_view *rest) {
  skip_ows(rest);
  if (rest->n == 0) return true;
  if (!take(rest, ',')) return false;
  skip_ows(rest);
  return rest->n != 0;
}

rill__sf_dictionary rill__sf_dictionary_begin(rill_view value) {
  skip_spaces(&value);
  return (rill__sf_dictionary){value};
}

rill__sf_step rill__sf_dictionary_next(rill__sf_dictionary *dictionary, rill__sf_member *out) {
  rill_view *rest = &dictionary->rest;
  if (rest->n == 0) return RILL__SF_END;
  return take_member(rest, out) && take_comma(rest) ? RILL__SF_MEMBER : RILL__SF_BROKEN;
}
