/* SPDX-License-Identifier: MIT */
/*
 * hex: octets written as hexadecimal digits, for tests. Spaces between octets are skipped.
 */
#ifndef TESTS_HEX_H
#define TESTS_HEX_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* 0 to 15; anything else is no digit. */
static inline int hex_digit(char c) {
  const char *digits = "0123456789abcdef0123456789ABCDEF";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)((at - digits) % 16);
}

/* Writes at most cap octets and their number to *n; false if the text is no hexadecimal, or too long. */
static inline bool hex_octets(const char *text, uint8_t *dst, size_t cap, size_t *n) {
  for (*n = 0; *text != '\0'; text += 2) {
    while (*text == ' ')
      text++;
    if (*text == '\0') break;
    int high = hex_digit(text[0]);
    int low = high < 0 ? -1 : hex_digit(text[1]);
    if (low < 0 || *n == cap) return false;
    dst[(*n)++] = (uint8_t)(high << 4 | low);
  }
  return true;
}

#endif /* TESTS_HEX_H */
