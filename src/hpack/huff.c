/* SPDX-License-Identifier: MIT */
#include "hpack/huff.h"

#include "base/bytes.h"
#include "hpack/huff_table.h"

#include <string.h>
#ifndef __STDC_NO_ATOMICS__
#include <stdatomic.h>
#endif

/* The number whose octets in memory are those of v from the high one down, and the other way round; most compilers know the
 * pattern. */
static inline uint64_t big_endian(uint64_t v) {
  const uint16_t probe = 1;
  uint8_t first;
  memcpy(&first, &probe, 1);
  if (first == 0) return v;
  v = v >> 32 | v << 32;
  v = (v >> 16 & UINT64_C(0x0000ffff0000ffff)) | (v & UINT64_C(0x0000ffff0000ffff)) << 16;
  return (v >> 8 & UINT64_C(0x00ff00ff00ff00ff)) | (v & UINT64_C(0x00ff00ff00ff00ff)) << 8;
}

static inline uint64_t load64(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return big_endian(v);
}

static inline void store64(uint8_t *p, uint64_t v) {
  v = big_endian(v);
  memcpy(p, &v, 8);
}

/* ---- decoding ---- */

/*
 * acc has the input from `at` on, and what comes next begins at its bit `pos`, counted from the top, which is below 8 when acc is
 * loaded. Behind the input there are ones without end: they begin a long code, so that a step stops.
 */
typedef struct reader {
  uint64_t acc;
  unsigned pos; /* modulo 64; above that stands anything */
  size_t at;    /* can be beyond the end */
  uint8_t *out;
  const uint8_t *src;
  size_t n;
  uint64_t last; /* the last octets of the input, eight if there are so many, in the low bits */
} reader;

static inline uint64_t load_last(const uint8_t *src, size_t n) {
  if (n >= 8) return load64(src + n - 8);
  if (n >= 4) return (uint64_t)rill__get32(src) << (8 * n - 32) | rill__get32(src + n - 4);
  uint64_t last = 0;
  for (size_t i = 0; i < n; i++)
    last = last << 8 | src[i];
  return last;
}

static inline void load(reader *r) {
  if (r->at + 8 <= r->n) {
    r->acc = load64(r->src + r->at);
  } else if (r->at < r->n) {
    unsigned bits = 8 * (unsigned)(r->n - r->at);
    r->acc = r->last << (64 - bits) | UINT64_MAX >> bits;
  } else {
    r->acc = UINT64_MAX;
  }
}

/* Writes one or two symbols, or none; two octets in any case. Returns 0 for none. */
static inline unsigned step(reader *r) {
  size_t i = (size_t)(r->acc << (r->pos & 0x3f) >> (64 - RILL__HUFF_LOOK));
  unsigned taken = rill__huff_look.taken[i];
  memcpy(r->out, rill__huff_look.symbols + 2 * i, 2);
  r->pos += taken;
  r->out += taken >> 6;
  return taken;
}

/* Loads and goes on as far as there surely are bits for. A long code stops the steps: then the answer is false. */
static inline bool steps(reader *r) {
  load(r);
  (void)step(r);
  (void)step(r);
  (void)step(r);
  bool going = step(r) != 0;
  r->at += (r->pos & 0x3f) >> 3;
  r->pos &= 7;
  return going;
}

/* Takes a symbol with a long code; false for EOS, or if there are not so many bits left. */
static inline bool take_long(reader *r, int64_t left) {
  load(r);
  uint32_t code = (uint32_t)(r->acc << r->pos >> (64 - RILL__HUFF_LONGEST));
  const rill__huff_row *row = rill__huff_rows;
  while (row->end <= code) /* the last one ends above all codes */
    row++;
  uint32_t i = row->first + ((code - row->begin) >> (RILL__HUFF_LONGEST - row->bits));
  if (i == RILL__HUFF_LONG - 1 || row->bits > left) return false;
  *r->out++ = rill__huff_long[i];
  r->at += (r->pos + row->bits) >> 3;
  r->pos = (r->pos + row->bits) & 7;
  return true;
}

/*
 * The padding is stopped at, being less than an octet of ones (RFC 7541 5.2). If it has a zero, some code begins with it and
 * reaches beyond the end: then the bits left are less than none.
 */
size_t rill__huff_get(uint8_t *dst, const uint8_t *src, size_t n) {
  if (n == 0) return 0; /* src may be NULL then */
  reader r = {0, 0, 0, dst, src, n, load_last(src, n)};
  for (;;) {
    while (steps(&r)) {
    }
    int64_t left = 8 * ((int64_t)n - (int64_t)r.at) - r.pos;
    if (left < 8) return left < 0 ? RILL__HUFF_BAD : (size_t)(r.out - dst);
    if (!take_long(&r, left)) return RILL__HUFF_BAD;
  }
}

/* ---- encoding ---- */

/*
 * No instruction, but compilers don't put off beyond it what was to be done before. gcc 12 would put off all shifts of a group to
 * its end, and have too few registers for what it keeps till then: 9.6 instructions an octet instead of 7.5.
 */
static inline void in_order(void) {
#ifndef __STDC_NO_ATOMICS__
  atomic_signal_fence(memory_order_acquire);
#endif
}

enum { GROUP = 8 }; /* octets whose codes are put together before they are looked at: seldom are they too long for that */

/* The top `have` bits of acc are still to be written, zeros below. If `have` is 64 or more, acc has no meaning. */
typedef struct writer {
  uint64_t acc;
  uint8_t have; /* 7 and the longest codes of a group make 247 */
  uint8_t *out;
} writer;

/* Does not look whether there is room. */
static inline void append(writer *w, uint8_t octet) {
  w->acc |= rill__huff_codes.code[octet] >> (w->have & 0x3f);
  w->have = (uint8_t)(w->have + rill__huff_codes.bits[octet]);
  in_order();
}

static inline void append_four(writer *w, const uint8_t *src) {
  append(w, src[0]);
  append(w, src[1]);
  append(w, src[2]);
  append(w, src[3]);
}

/* Writes all whole octets; false if acc has no meaning: then octets without meaning were written. */
static inline bool flush(writer *w) {
  unsigned have = w->have;
  store64(w->out, w->acc);
  if (have >= 64) return false;
  w->acc <<= have & 0x38;
  w->out += have >> 3;
  w->have = have & 7;
  return true;
}

/* False if the codes are too long to go together, and nothing is done. */
static inline bool put_group(writer *w, const uint8_t *src) {
  writer after = *w;
  append_four(&after, src);
  append_four(&after, src + 4);
  if (!flush(&after)) return false;
  *w = after;
  return true;
}

/* What is left of the last octets, and ones up to a whole octet (RFC 7541 5.2). False as put_group(). */
static inline bool put_last(writer *w, const uint8_t *src, size_t n) {
  writer after = *w;
  if (n & 4) {
    append_four(&after, src);
    src += 4;
  }
  if (n & 2) {
    append(&after, src[0]);
    append(&after, src[1]);
    src += 2;
  }
  if (n & 1) append(&after, *src);
  unsigned have = after.have;
  store64(w->out, after.acc | UINT64_MAX >> (have & 0x3f));
  if (have >= 64) return false;
  w->out += (have + 7) >> 3;
  return true;
}

/* One by one, until there is no room. */
static writer put_each(writer w, const uint8_t *src, size_t n, const uint8_t *limit) {
  for (size_t i = 0; i < n && w.out < limit; i++) {
    append(&w, src[i]);
    (void)flush(&w);
  }
  return w;
}

size_t rill__huff_put(uint8_t *dst, const uint8_t *src, size_t n) {
  const uint8_t *limit = dst + n;
  writer w = {0, 0, dst};
  size_t i = 0;
  for (; i != n - n % GROUP && w.out < limit; i += GROUP) {
    if (!put_group(&w, src + i)) w = put_each(w, src + i, GROUP, limit);
  }
  if (w.out < limit && !put_last(&w, src + i, n - i)) {
    w = put_each(w, src + i, n - i, limit);
    if (w.out < limit) (void)put_last(&w, src + n, 0);
  }
  return w.out < limit ? (size_t)(w.out - dst) : n;
}
