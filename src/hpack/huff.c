/* SPDX-License-Identifier: MIT */
#include "hpack/huff.h"

#include "hpack/huff_table.h"

static inline uint64_t load64(const uint8_t *p) {
  return (uint64_t)p[0] << 56 | (uint64_t)p[1] << 48 | (uint64_t)p[2] << 40 | (uint64_t)p[3] << 32 | (uint64_t)p[4] << 24 |
         (uint64_t)p[5] << 16 | (uint64_t)p[6] << 8 | (uint64_t)p[7];
}

static inline void store64(uint8_t *p, uint64_t v) {
  p[0] = (uint8_t)(v >> 56);
  p[1] = (uint8_t)(v >> 48);
  p[2] = (uint8_t)(v >> 40);
  p[3] = (uint8_t)(v >> 32);
  p[4] = (uint8_t)(v >> 24);
  p[5] = (uint8_t)(v >> 16);
  p[6] = (uint8_t)(v >> 8);
  p[7] = (uint8_t)v;
}

/* ---- decoding ---- */

/* Bits are taken off the top of acc. Below the `have` bits that count there may stand more of the same input. */
typedef struct reader {
  uint64_t acc;
  unsigned have;
  const uint8_t *at, *end;
  uint8_t *out;
} reader;

/* Loads until there are at least 56 bits, or all that is left. */
static inline void refill(reader *r) {
  if (r->end - r->at >= 8) {
    r->acc |= load64(r->at) >> r->have;
    r->at += (63 - r->have) >> 3;
    r->have |= 56;
    return;
  }
  for (; r->have <= 56 && r->at != r->end; r->have += 8) r->acc |= (uint64_t)*r->at++ << (56 - r->have);
}

static inline uint32_t look(const reader *r) { return rill__huff_look[r->acc >> (64 - RILL__HUFF_LOOK)]; }

/* Writes one or two symbols, or none; the second octet is written over if there is but one. Returns the bits taken, not yet counted. */
static inline uint32_t step(reader *r) {
  uint32_t seen = look(r), bits = seen >> 16;
  r->out[0] = (uint8_t)seen;
  r->out[1] = (uint8_t)(seen >> 8);
  r->out += seen >> 30;
  r->acc <<= bits & 0x3f;
  return bits;
}

/* As many steps as 56 bits surely are enough for. False if a long code stopped them. */
static inline bool steps(reader *r) {
  uint32_t bits = step(r);
  bits += step(r);
  bits += step(r);
  bits += step(r);
  uint32_t last = step(r);
  r->have -= (bits + last) & 0x3f;
  return last != 0;
}

static bool take(reader *r, uint8_t symbol, unsigned bits) {
  if (bits > r->have) return false;
  *r->out++ = symbol;
  r->acc <<= bits;
  r->have -= bits;
  return true;
}

/* Takes a symbol with a long code; false for EOS, or if there are not so many bits. */
static bool take_long(reader *r) {
  uint32_t code = (uint32_t)(r->acc >> (64 - RILL__HUFF_LONGEST));
  const rill__huff_row *row = rill__huff_rows;
  while (row->end <= code && row->bits != RILL__HUFF_LONGEST) row++;
  uint32_t i = row->first + ((code - row->begin) >> (RILL__HUFF_LONGEST - row->bits));
  return i < RILL__HUFF_LONG - 1 && take(r, rill__huff_long[i], row->bits);
}

/* Takes one symbol, if there is a whole one. */
static bool take_one(reader *r) {
  uint32_t seen = look(r);
  return seen == 0 ? take_long(r) : take(r, (uint8_t)seen, rill__huff_bits[(uint8_t)seen]);
}

/* What is left is shorter than an octet and all ones (RFC 7541 5.2). */
static bool is_padding(const reader *r) { return r->have < 8 && (uint8_t)(r->acc >> 56 | 0xff >> r->have) == 0xff; }

size_t rill__huff_get(uint8_t *dst, const uint8_t *src, size_t n) {
  reader r = {0, 0, src, src + n, dst};
  for (refill(&r); r.have >= 5 * RILL__HUFF_LOOK; refill(&r)) {
    if (steps(&r)) continue;
    refill(&r);
    if (!take_long(&r)) break;
  }
  while (take_one(&r)) refill(&r);
  return r.at == r.end && is_padding(&r) ? (size_t)(r.out - dst) : RILL__HUFF_BAD;
}

/* ---- encoding ---- */

/* The low `have` bits of acc are still to be written; above them there may stand written ones. */
typedef struct writer {
  uint64_t acc;
  unsigned have;
  uint8_t *out;
} writer;

static inline void append(writer *w, uint8_t octet) { w->acc = w->acc << rill__huff_bits[octet] | rill__huff_code[octet]; }

/* Writes all whole octets; there are some. */
static inline void flush(writer *w) {
  store64(w->out, w->acc << (64 - w->have));
  w->out += w->have >> 3;
  w->have &= 7;
}

static inline void put_one(writer *w, uint8_t octet) {
  append(w, octet);
  w->have += rill__huff_bits[octet];
  if (w->have >= 8) flush(w);
}

static inline void put_four(writer *w, const uint8_t *src) {
  unsigned bits = w->have + rill__huff_bits[src[0]] + rill__huff_bits[src[1]] + rill__huff_bits[src[2]] + rill__huff_bits[src[3]];
  if (bits > 64) {
    for (unsigned i = 0; i < 4; i++) put_one(w, src[i]);
    return;
  }
  append(w, src[0]);
  append(w, src[1]);
  append(w, src[2]);
  append(w, src[3]);
  w->have = bits;
  flush(w);
}

size_t rill__huff_put(uint8_t *dst, const uint8_t *src, size_t n) {
  const uint8_t *end = src + n, *limit = dst + n;
  writer w = {0, 0, dst};
  for (; end - src >= 4 && w.out < limit; src += 4) put_four(&w, src);
  for (; src != end && w.out < limit; src++) put_one(&w, *src);
  if (w.have != 0) *w.out++ = (uint8_t)(w.acc << (8 - w.have) | 0xff >> w.have);
  return w.out < limit ? (size_t)(w.out - dst) : n;
}
