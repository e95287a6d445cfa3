/* SPDX-License-Identifier: MIT */
/*
 * same: whether octets are the same, as memcmp() would tell. Names and values are short, or differ soon: this looks at the
 * first ones in line, by eight, and calls memcmp() for what is left of long ones.
 */
#ifndef RILL__SAME_H
#define RILL__SAME_H

#include <rill/types.h>
#include <string.h>

static inline uint64_t rill__eight(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}

static inline uint16_t rill__two(const uint8_t *p) {
  uint16_t v;
  memcpy(&v, p, 2);
  return v;
}

static inline uint32_t rill__four(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

/* n is 2 to 32. Looks at words from both ends, which meet or overlap. */
static inline bool rill__same_short(const uint8_t *a, const uint8_t *b, size_t n) {
  if (n >= 8) {
    if (rill__eight(a) != rill__eight(b) || rill__eight(a + n - 8) != rill__eight(b + n - 8)) return false;
    return n <= 16 || (rill__eight(a + 8) == rill__eight(b + 8) && rill__eight(a + n - 16) == rill__eight(b + n - 16));
  }
  if (n >= 4) return rill__four(a) == rill__four(b) && rill__four(a + n - 4) == rill__four(b + n - 4);
  return rill__two(a) == rill__two(b) && rill__two(a + n - 2) == rill__two(b + n - 2);
}

/* a and b may be NULL with n = 0. */
static inline bool rill__same(const uint8_t *a, const uint8_t *b, size_t n) {
  if (n < 2) return n == 0 || *a == *b;
  if (n <= 32) return rill__same_short(a, b, n);
  return rill__eight(a) == rill__eight(b) && memcmp(a + 8, b + 8, n - 8) == 0;
}

static inline bool rill__same_view(rill_view a, rill_view b) { return a.n == b.n && rill__same(a.p, b.p, a.n); }

#endif /* RILL__SAME_H */
