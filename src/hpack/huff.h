/* SPDX-License-Identifier: MIT */
/*
 * huff: the Huffman code of RFC 7541 5.2 and appendix B. Knows octets and bits; does not know lengths on the wire.
 *
 * Decoding looks at twelve bits at a time, which are one or two symbols; longer codes are found by the first code of their
 * length, since the code is canonical: within a length, codes count up with the symbols. Encoding takes eight octets at a
 * time. The tables (huff_table.c) are made by tests/unit_hpack_huff.c, which also proves them.
 */
#ifndef RILL__HUFF_H
#define RILL__HUFF_H

#include <rill/types.h>

#define RILL__HUFF_BAD SIZE_MAX

enum { RILL__HUFF_PUT_SLACK = 8 };

/* Octets that decoding n octets may write: 8/5 of them, since the shortest codes have 5 bits, and a few over. */
static inline size_t rill__huff_get_bound(size_t n) { return n + n / 2 + n / 8 + 4; }

/*
 * Decodes n octets to dst, which has the bound above; returns the length. RILL__HUFF_BAD: a padding of more than 7 bits or
 * with a zero in it, or EOS.
 */
size_t rill__huff_get(uint8_t *dst, const uint8_t *src, size_t n);

/*
 * Encodes n octets to dst, which has n + RILL__HUFF_PUT_SLACK; returns the length, or n if that would not be less: then dst has
 * nothing of use.
 */
size_t rill__huff_put(uint8_t *dst, const uint8_t *src, size_t n);

#endif /* RILL__HUFF_H */
