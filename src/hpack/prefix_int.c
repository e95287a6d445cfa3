/* SPDX-License-Identifier: MIT */
#include "hpack/prefix_int.h"

enum { CONTINUATIONS_MAX = 5 };

rill_why rill__int_get_more(rill_view *in, uint32_t most, uint32_t *value) {
  uint64_t sum = *value;
  for (unsigned i = 0; i < CONTINUATIONS_MAX; i++) {
    if (in->n == 0) return RILL_WHY_HPACK_CUT;
    uint8_t octet = *in->p;
    in->p++;
    in->n--;
    sum += (uint64_t)(octet & 0x7f) << (7 * i);
    if (octet & 0x80) continue;
    *value = (uint32_t)sum;
    return sum <= most ? RILL_WHY_NONE : RILL_WHY_HPACK_INTEGER;
  }
  return RILL_WHY_HPACK_INTEGER;
}

uint8_t *rill__int_put_more(uint8_t *dst, uint32_t more) {
  for (; more >= 0x80; more >>= 7)
    *dst++ = (uint8_t)(0x80 | (more & 0x7f));
  *dst++ = (uint8_t)more;
  return dst;
}
