/* SPDX-License-Identifier: MIT */
/*
 * huff_bits: the Huffman code of RFC 7541, made of its code lengths alone and walked bit by bit: what the library's tables and
 * its short ways are held against. Call make_bits() first.
 */
#ifndef TESTS_HUFF_BITS_H
#define TESTS_HUFF_BITS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

enum { SYMBOLS = 257, EOS = 256, LONGEST = 30 };

/* RFC 7541 appendix B, the column "len in bits", symbols 0 to 256. */
/* clang-format off */
static const uint8_t bits_of[SYMBOLS] = {
    13, 23, 28, 28, 28, 28, 28, 28, 28, 24, 30, 28, 28, 30, 28, 28, 28, 28, 28, 28, 28, 28, 30, 28,
    28, 28, 28, 28, 28, 28, 28, 28,  6, 10, 10, 12, 13,  6,  8, 11, 10, 10,  8, 11,  8,  6,  6,  6,
     5,  5,  5,  6,  6,  6,  6,  6,  6,  6,  7,  8, 15,  6, 12, 10, 13,  6,  7,  7,  7,  7,  7,  7,
     7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  7,  8,  7,  8, 13, 19, 13, 14,  6,
    15,  5,  6,  5,  6,  5,  6,  6,  6,  5,  7,  7,  6,  6,  6,  5,  6,  7,  6,  5,  5,  6,  7,  7,
     7,  7,  7, 15, 11, 14, 13, 28, 20, 22, 20, 20, 22, 22, 22, 23, 22, 23, 23, 23, 23, 23, 24, 23,
    24, 24, 22, 23, 24, 23, 23, 23, 23, 21, 22, 23, 22, 23, 23, 24, 22, 21, 20, 22, 22, 23, 23, 21,
    23, 22, 22, 24, 21, 22, 23, 23, 21, 21, 22, 21, 23, 22, 23, 23, 20, 22, 22, 22, 23, 22, 22, 23,
    26, 26, 20, 19, 22, 23, 22, 25, 26, 26, 26, 27, 27, 26, 24, 25, 19, 21, 26, 27, 27, 26, 27, 24,
    21, 21, 26, 26, 28, 27, 27, 27, 20, 24, 20, 21, 22, 21, 21, 23, 22, 22, 25, 25, 24, 24, 26, 23,
    26, 27, 26, 26, 27, 27, 27, 27, 27, 28, 27, 27, 27, 27, 27, 26, 30,
};
/* clang-format on */

static uint32_t code_of[SYMBOLS];

/* The code is canonical: codes of one length count up with the symbols, from where the next shorter ones ended. */
static inline void make_codes(void) {
  uint32_t next = 0;
  for (unsigned bits = 1; bits <= LONGEST; bits++, next <<= 1) {
    for (unsigned symbol = 0; symbol < SYMBOLS; symbol++) {
      if (bits_of[symbol] == bits) code_of[symbol] = next++;
    }
  }
}

typedef struct bit_node {
  int16_t next[2]; /* node, or -1 - symbol */
} bit_node;

static bit_node nodes[SYMBOLS];

/* Codes and tree; once. */
static inline void make_bits(void) {
  int16_t used = 1;
  if (code_of[EOS] != 0) return;
  make_codes();
  for (unsigned symbol = 0; symbol < SYMBOLS; symbol++) {
    int16_t at = 0;
    for (unsigned left = bits_of[symbol]; left-- > 1;) {
      int16_t *next = &nodes[at].next[code_of[symbol] >> left & 1];
      if (*next == 0) *next = used++;
      at = *next;
    }
    nodes[at].next[code_of[symbol] & 1] = (int16_t)(-1 - (int)symbol);
  }
  if (used != SYMBOLS - 1) abort(); /* not a whole code */
}

/* The length; SIZE_MAX: a padding of more than 7 bits or with a zero in it, or EOS. */
static inline size_t slow_get(uint8_t *dst, const uint8_t *src, size_t n) {
  size_t done = 0;
  unsigned since = 0; /* bits since the last symbol */
  bool ones = true;
  int16_t at = 0;
  for (size_t i = 0; i < 8 * n; i++) {
    unsigned bit = src[i / 8] >> (7 - i % 8) & 1;
    at = nodes[at].next[bit];
    ones = ones && bit;
    since++;
    if (at >= 0) continue;
    if (at == -1 - EOS) return SIZE_MAX;
    dst[done++] = (uint8_t)(-1 - at);
    at = 0;
    since = 0;
    ones = true;
  }
  return since < 8 && ones ? done : SIZE_MAX;
}

/* The length; dst has room for 4 times n. */
static inline size_t slow_put(uint8_t *dst, const uint8_t *src, size_t n) {
  size_t bit = 0;
  for (size_t i = 0; i < n; i++) {
    for (unsigned left = bits_of[src[i]]; left-- > 0; bit++) {
      if (bit % 8 == 0) dst[bit / 8] = 0xff; /* the padding */
      if ((code_of[src[i]] >> left & 1) == 0) dst[bit / 8] &= (uint8_t) ~(0x80u >> bit % 8);
    }
  }
  return (bit + 7) / 8;
}

#endif /* TESTS_HUFF_BITS_H */
