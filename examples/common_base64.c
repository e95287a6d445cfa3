/* SPDX-License-Identifier: MIT */
#include "common.h"

static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";

void base64url_encode(rill_view octets, char *out) {
  uint32_t bits = 0;
  unsigned have = 0;
  for (size_t i = 0; i < octets.n; i++) {
    bits = (bits & 0xff) << 8 | octets.p[i];
    for (have += 8; have >= 6; have -= 6)
      *out++ = digits[bits >> (have - 6) & 63];
  }
  if (have > 0) *out++ = digits[bits << (6 - have) & 63];
  *out = '\0';
}

static int value_of(uint8_t c) {
  if (c >= 'A' && c <= 'Z') return c - 'A';
  if (c >= 'a' && c <= 'z') return c - 'a' + 26;
  if (c >= '0' && c <= '9') return c - '0' + 52;
  return c == '-' ? 62 : c == '_' ? 63 : -1;
}

bool base64url_decode(rill_view text, uint8_t *out, size_t cap, size_t *n) {
  uint32_t bits = 0;
  unsigned have = 0;
  *n = 0;
  for (size_t i = 0; i < text.n; i++) {
    int value = value_of(text.p[i]);
    if (value < 0) return false;
    bits = (bits & 0xff) << 6 | (uint32_t)value;
    have += 6;
    if (have < 8) continue;
    have -= 8;
    if (*n == cap) return false;
    out[(*n)++] = (uint8_t)(bits >> have);
  }
  return have < 6 && (bits & ((UINT32_C(1) << have) - 1)) == 0; /* the bits that are left over are zeros */
}
