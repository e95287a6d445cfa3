/* SPDX-License-Identifier: MIT */
/*
 * huff_table: the Huffman code of RFC 7541 appendix B as tables: facts alone, no code. 14.6 KiB.
 *
 * Nobody edits huff_table.c: it is what `unit_hpack_huff --print` prints, made from the code lengths, and the same test compares
 * the tables in the library with what it would print.
 */
#ifndef RILL__HUFF_TABLE_H
#define RILL__HUFF_TABLE_H

#include <stdint.h>

enum {
  RILL__HUFF_LOOK = 12,      /* bits looked at in one step */
  RILL__HUFF_LONG = 173,     /* symbols with a code longer than that, EOS being the last of them */
  RILL__HUFF_LONG_ROWS = 14, /* and their code lengths */
  RILL__HUFF_LONGEST = 30
};

/* The code of each octet, in the high bits, and how many those are. One object, to be reached from one address. */
typedef struct rill__huff_codes_table {
  uint64_t code[256];
  uint8_t bits[256];
} rill__huff_codes_table;

extern const rill__huff_codes_table rill__huff_codes;

/*
 * What the next 12 bits begin with: one or two symbols; and the sum of their code lengths in the low 6 bits, above those how many
 * symbols there are. All 0 where the bits begin a longer code.
 */
typedef struct rill__huff_look_table {
  uint8_t symbols[2 << RILL__HUFF_LOOK]; /* two for each */
  uint8_t taken[1 << RILL__HUFF_LOOK];
} rill__huff_look_table;

extern const rill__huff_look_table rill__huff_look;

/* The longer codes: a row a length; a code of that length is below `end`, both taken as the high bits of 30. */
typedef struct rill__huff_row {
  uint32_t begin, end;
  uint8_t bits;
  uint8_t first; /* where its symbols begin in rill__huff_long */
} rill__huff_row;

extern const rill__huff_row rill__huff_rows[RILL__HUFF_LONG_ROWS];
extern const uint8_t rill__huff_long[RILL__HUFF_LONG]; /* EOS shows as 0 */

#endif /* RILL__HUFF_TABLE_H */
