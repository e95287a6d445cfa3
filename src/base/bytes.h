/* SPDX-License-Identifier: MIT */
/*
 * bytes: big-endian numbers and views. Knows octets and nothing of HTTP/2.
 */
#ifndef RILL__BYTES_H
#define RILL__BYTES_H

#include <rill/types.h>
#include <string.h>

static inline uint32_t rill__get16(const uint8_t *p) { return (uint32_t)p[0] << 8 | p[1]; }
static inline uint32_t rill__get24(const uint8_t *p) { return (uint32_t)p[0] << 16 | (uint32_t)p[1] << 8 | p[2]; }
static inline uint32_t rill__get32(const uint8_t *p) { return rill__get24(p) << 8 | p[3]; }

/* Octet by octet, which compilers make one store of. */
static inline uint8_t *rill__put64(uint8_t *p, uint64_t v) {
  p[0] = (uint8_t)(v >> 56);
  p[1] = (uint8_t)(v >> 48);
  p[2] = (uint8_t)(v >> 40);
  p[3] = (uint8_t)(v >> 32);
  p[4] = (uint8_t)(v >> 24);
  p[5] = (uint8_t)(v >> 16);
  p[6] = (uint8_t)(v >> 8);
  p[7] = (uint8_t)v;
  return p + 8;
}

static inline uint8_t *rill__put8(uint8_t *p, uint32_t v) {
  *p = (uint8_t)v;
  return p + 1;
}

static inline uint8_t *rill__put16(uint8_t *p, uint32_t v) { return rill__put8(rill__put8(p, v >> 8), v); }
static inline uint8_t *rill__put24(uint8_t *p, uint32_t v) { return rill__put16(rill__put8(p, v >> 16), v); }
static inline uint8_t *rill__put32(uint8_t *p, uint32_t v) { return rill__put24(rill__put8(p, v >> 24), v); }

/* memcpy that accepts NULL with n = 0, as empty views have it; returns what follows the copy. */
static inline uint8_t *rill__put(uint8_t *dst, const uint8_t *src, size_t n) {
  if (n == 0) return dst;
  memcpy(dst, src, n);
  return dst + n;
}

static inline bool rill__view_eq(rill_view a, rill_view b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, b.n) == 0); }

/* Cuts n octets off the front; the caller has checked n <= v->n. */
static inline rill_view rill__view_take(rill_view *v, size_t n) {
  rill_view head = {v->p, n};
  v->n -= n;
  if (n != 0) v->p += n;
  return head;
}

#endif /* RILL__BYTES_H */
