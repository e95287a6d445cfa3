/* SPDX-License-Identifier: MIT */
#include "base/words.h"

static void say_octet(rill__words *w, uint8_t octet) {
  if (w->n < w->cap) w->dst[w->n] = (char)octet;
  w->n++;
}

void rill__say(rill__words *w, const char *text) {
  for (; *text != '\0'; text++)
    say_octet(w, (uint8_t)*text);
}

void rill__say_digits(rill__words *w, uint64_t number, unsigned base, unsigned width) {
  char digits[21];
  char *p = digits + sizeof digits;
  *--p = '\0';
  for (; width > 0 || number != 0; number /= base) {
    *--p = "0123456789abcdef"[number % base];
    if (width > 0) width--;
  }
  rill__say(w, p);
}

void rill__say_number(rill__words *w, const char *label, uint64_t number) {
  rill__say(w, label);
  rill__say_digits(w, number, 10, 1);
}

void rill__say_signed(rill__words *w, const char *label, int64_t number) {
  rill__say(w, label);
  if (number < 0) rill__say(w, "-");
  rill__say_digits(w, number < 0 ? -(uint64_t)number : (uint64_t)number, 10, 1);
}

void rill__say_hex(rill__words *w, const char *label, uint64_t number) {
  rill__say(w, label);
  rill__say(w, "0x");
  rill__say_digits(w, number, 16, 1);
}

void rill__say_json(rill__words *w, rill_view octets) {
  say_octet(w, '"');
  for (size_t i = 0; i < octets.n; i++) {
    uint8_t octet = octets.p[i];
    if (octet < 0x20 || octet > 0x7e) {
      rill__say(w, "\\u");
      rill__say_digits(w, octet, 16, 4);
    } else {
      if (octet == '"' || octet == '\\') say_octet(w, '\\');
      say_octet(w, octet);
    }
  }
  say_octet(w, '"');
}

size_t rill__words_end(rill__words *w) {
  if (w->cap > 0) w->dst[w->n < w->cap ? w->n : w->cap - 1] = '\0';
  return w->n;
}
