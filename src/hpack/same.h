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

static inline uint32_t rill__four(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

/* Of up to 16 octets those at both ends, which meet or overlap. a and b may be NULL with n = 0. */
static inline bool rill__same(const uint8_t *a, const uint8_t *b, size_t n) {
  if (n >= 8) {
    if (rill__eight(a) != rill__eight(b)) return false;
    if (n > 16) return memcmp(a + 8, b + 8, n - 8) == 0;
    return rill__eight(a + n - 8) == rill__eight(b + n - 8);
  }
  if (n >= 4) return rill__four(a) == rill__four(b) && rill__four(a + n - 4) == rill__four(b + n - 4);
  return n == 0 || (a[0] == b[0] && a[n / 2] == b[n / 2] && a[n - 1] == b[n - 1]);
}

static inline bool rill__same_view(rill_view a, rill_view b) { return a.n == b.n && rill__same(a.p, b.p, a.n); }

#endif /* RILL__SAME_H */
