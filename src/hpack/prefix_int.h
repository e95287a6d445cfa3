/* SPDX-License-Identifier: MIT */
/*
 * prefix_int: the integers of RFC 7541 5.1. Knows the octets and the limits that 7541 7.4 asks for: five continuation octets,
 * values to 2^31-1, or 2^32-1 for who can take that. Does not know what a number means.
 *
 * A prefix of N bits is given as its mask, 2^N-1.
 */
#ifndef RILL__PREFIX_INT_H
#define RILL__PREFIX_INT_H

#include <rill/types.h>

enum {
  RILL__INT_MAX = 0x7fffffff,
  RILL__INT_OCTETS = 6 /* the most that rill__int_put() writes */
};

/* Adds the continuation octets of a number whose prefix was all ones. */
rill_why rill__int_get_more(rill_view *in, uint32_t most, uint32_t *value);
uint8_t *rill__int_put_more(uint8_t *dst, uint32_t more);

/* Takes an integer up to `most` off *in. RILL_WHY_NONE, RILL_WHY_HPACK_CUT, or RILL_WHY_HPACK_INTEGER. */
static inline rill_why rill__int_get_to(rill_view *in, uint32_t mask, uint32_t most, uint32_t *value) {
  if (in->n == 0) return RILL_WHY_HPACK_CUT;
  *value = *in->p & mask;
  in->p++;
  in->n--;
  return *value < mask ? RILL_WHY_NONE : rill__int_get_more(in, most, value);
}

static inline rill_why rill__int_get(rill_view *in, uint32_t mask, uint32_t *value) {
  return rill__int_get_to(in, mask, RILL__INT_MAX, value);
}

/* Writes a value up to RILL__INT_MAX; high has the bits above the prefix. */
static inline uint8_t *rill__int_put(uint8_t *dst, uint32_t high, uint32_t mask, uint32_t value) {
  if (value >= mask) {
    *dst = (uint8_t)(high | mask);
    return rill__int_put_more(dst + 1, value - mask);
  }
  *dst = (uint8_t)(high | value);
  return dst + 1;
}

#endif /* RILL__PREFIX_INT_H */
