/* SPDX-License-Identifier: MIT */
/*
 * enc: fields become a field block (RFC 7541 3 and 6), with the choice of representation. Knows the wire; does not know
 * frames, nor which fields are worth a table entry (policy.h), and does not judge fields.
 *
 * Invariants: the table is the one that the peer's decoder has once it has read all blocks; an allocation that fails only
 * means a field without a table entry; no block is longer than rill__enc_bound().
 */
#ifndef RILL__ENC_H
#define RILL__ENC_H

#include "hpack/enc_tab.h"
#include "hpack/prefix_int.h"

enum { RILL__ENC_FIELD_OCTETS = 1 + 2 * RILL__INT_OCTETS }; /* of a field at most, beside its name and value */

typedef struct rill__enc {
  rill__enc_tab tab;
  uint32_t own_max;      /* the most that we want to spend */
  uint32_t pending_max;  /* what the next block shall leave in force; without pending, what is */
  uint32_t pending_min;  /* the least that was asked for since the last block */
  bool pending, restart; /* the next block may begin with updates; restart: it does, with one to 0 */
} rill__enc;

/* The table has 4,096 octets, or max_table_size if that is less, until rill__enc_resize(). */
void rill__enc_init(rill__enc *enc, rill__mem *mem, uint32_t max_table_size, uint64_t seed);
void rill__enc_free(rill__enc *enc);

/* The peer's SETTINGS_HEADER_TABLE_SIZE; call it when those SETTINGS are acknowledged. */
void rill__enc_resize(rill__enc *enc, uint32_t peer_max_table_size);

/* Blocks were encoded and never sent: empties the table; the next block begins with the updates 0 and N. */
void rill__enc_restart(rill__enc *enc);

/* The table takes less memory until the next block, which unpacks it, or without memory starts anew as above. See pack.h. */
void rill__enc_pack(rill__enc *enc);

/* The most octets that a block of these fields can have; SIZE_MAX if a string is longer than 2^31-1 octets, or the sum no size_t.
 */
size_t rill__enc_bound(const rill_field *fields, size_t count);

/*
 * Encodes one block to dst, which has rill__enc_bound() octets (not SIZE_MAX); returns its length. Cannot fail. A block may be
 * encoded in several calls, one behind the other.
 */
size_t rill__enc_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count);

/* Sets token and hash. A hash of another seed is recognised, or else costs compression only. */
void rill__field_prepare(uint64_t seed, rill_field *field);

#endif /* RILL__ENC_H */
