/* SPDX-License-Identifier: MIT */
#include "hpack/huff.h"

#include "hpack/huff_table.h"

#include <string.h>

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

/* 7 octets, 12 bits of a code that reaches beyond them, and up to 63 bits loaded ahead: then 8 octets can still be loaded. */
enum { TAIL = 24 };

/*
 * Bits are taken off the top of acc. Below the `have` bits that count there may stand more of the same input. What is left of
 * the input when it is less than eight octets goes to `tail`, with ones behind it: they begin a long code, so that a step stops.
 */
typedef struct reader {
  uint64_t acc;
  unsigned have;
  const uint8_t *at, *end; /* of what can be loaded */
  const uint8_t *last;     /* the end of the input in that */
  uint8_t *out;
} reader;

/* Goes on in `tail`. */
static inline void enter_tail(reader *r, uint8_t *tail, size_t n) {
  unsigned left = (unsigned)(r->last - r->at); /* 1 to 7: refill() takes seven of eight at most */
  if (n >= 8) {
    store64(tail, load64(r->last - 8) << (64 - 8 * left));
  } else {
    for (unsigned i = 0; i < left; i++)
      tail[i] = r->at[i];
  }
  memset(tail + left, 0xff, TAIL - 7);
  r->at = tail;
  r->last = tail + left;
  r->end = tail + TAIL;
}

/* Loads until there are at least 56 bits. There are eight octets. */
static inline void refill(reader *r) {
  r->acc |= load64(r->at) >> r->have;
  r->at += (63 - r->have) >> 3;
  r->have |= 56;
}

/* Writes one or two symbols, or none; two octets in any case. Returns the bits taken, which are not counted yet, and more. */
static inline unsigned step(reader *r) {
  const uint8_t *seen = rill__huff_look + 3 * (r->acc >> (64 - RILL__HUFF_LOOK));
  unsigned taken = seen[2];
  memcpy(r->out, seen, 2);
  r->out += taken >> 6;
  r->acc <<= taken & 0x3f;
  return taken;
}

/* As many steps as 56 bits surely are enough for. A long code stops them: then the answer is false. */
static inline bool steps(reader *r) {
  unsigned bits = step(r);
  bits += step(r);
  bits += step(r);
  unsigned last = step(r);
  r->have -= (bits + last) & 0x3f;
  return last != 0;
}

/* Takes a symbol with a long code; false for EOS, or if there are not so many bits left. */
static inline bool take_long(reader *r, ptrdiff_t left) {
  uint32_t code = (uint32_t)(r->acc >> (64 - RILL__HUFF_LONGEST));
  const rill__huff_row *row = rill__huff_rows;
  while (row->end <= code) /* the last one ends above all codes */
    row++;
  uint32_t i = row->first + ((code - row->begin) >> (RILL__HUFF_LONGEST - row->bits));
  if (i == RILL__HUFF_LONG - 1 || row->bits > left) return false;
  *r->out++ = rill__huff_long[i];
  r->acc <<= row->bits;
  r->have -= row->bits;
  return true;
}

/*
 * The padding is stopped at, being less than an octet of ones (RFC 7541 5.2). If it has a zero, some code begins with it and
 * reaches beyond the end: then the bits left are less than none.
 */
size_t rill__huff_get(uint8_t *dst, const uint8_t *src, size_t n) {
  if (n == 0) return 0; /* src may be NULL then */
  uint8_t tail[TAIL];
  reader r = {0, 0, src, src + n, src + n, dst};
  for (;;) {
    bool going = true;
    while (going && r.end - r.at >= 8) {
      refill(&r);
      going = steps(&r);
    }
    if (r.end - r.at < 8) {
      enter_tail(&r, tail, n);
      continue;
    }
    ptrdiff_t left = (ptrdiff_t)r.have + 8 * (r.last - r.at);
    if (left < 8) return left < 0 ? RILL__HUFF_BAD : (size_t)(r.out - dst);
    refill(&r);
    if (!take_long(&r, left)) return RILL__HUFF_BAD;
  }
}

/* ---- encoding ---- */

/* The low `have` bits of acc are still to be written; above them there may stand written ones. */
typedef struct writer {
  uint64_t acc;
  unsigned have;
  uint8_t *out;
} writer;

/* Does not look whether there is room. */
static inline void append(writer *w, uint8_t octet) {
  w->acc = w->acc << rill__huff_bits[octet] | rill__huff_code[octet];
  w->have += rill__huff_bits[octet];
}

/* Writes all whole octets; false if there was no room for all the bits: then octets without meaning were written. */
static inline bool flush(writer *w) {
  store64(w->out, w->acc << ((64 - w->have) & 0x3f));
  w->out += w->have >> 3;
  bool had_room = w->have <= 64;
  w->have &= 7;
  return had_room;
}

/* Writes six octets; false if their codes are too long to go together, and nothing is done. */
static inline bool put_six(writer *w, const uint8_t *src) {
  writer after = *w;
  append(&after, src[0]);
  append(&after, src[1]);
  append(&after, src[2]);
  append(&after, src[3]);
  append(&after, src[4]);
  append(&after, src[5]);
  bool done = flush(&after);
  if (done) *w = after;
  return done;
}

size_t rill__huff_put(uint8_t *dst, const uint8_t *src, size_t n) {
  if (n == 0) return 0; /* src may be NULL then */
  const uint8_t *end = src + n, *limit = dst + n;
  writer w = {0, 0, dst};
  while (end - src >= 6 && w.out < limit) {
    if (put_six(&w, src)) {
      src += 6;
    } else {
      append(&w, *src++);
      (void)flush(&w);
    }
  }
  while (src != end && w.out < limit) {
    append(&w, *src++);
    if (w.have > 64 - RILL__HUFF_LONGEST) (void)flush(&w);
  }
  if (w.out >= limit) return n;
  w.acc = w.acc << 7 | 0x7f; /* as much padding as may be; flush() takes what makes an octet */
  w.have += 7;
  (void)flush(&w);
  return w.out < limit ? (size_t)(w.out - dst) : n;
}
