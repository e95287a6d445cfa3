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
#include "hpack/policy.h"
#include "hpack/prefix_int.h"
#include "hpack/static_tab.h"
#include "hpack/token.h"

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

/* The table takes less memory (pack.h) until the next block; rill__enc_wake() before it if rill__enc_seek() comes first. Without
 * memory to unpack it the encoder starts anew, as above. */
void rill__enc_pack(rill__enc *enc);
void rill__enc_unpack(rill__enc *enc);
static inline void rill__enc_wake(rill__enc *enc) {
  if (rill__dyn_is_packed(&enc->tab.dyn)) rill__enc_unpack(enc);
}

/* How long fields are: all bits of all lengths of their names and values, and the sum of those lengths. */
typedef struct rill__enc_size {
  size_t bits;
  uint64_t octets;
} rill__enc_size;

static inline void rill__enc_measure(rill__enc_size *size, const rill_field *field) {
  size->bits |= field->name.n | field->value.n;
  size->octets += (uint64_t)field->name.n + field->value.n;
}

/* The most octets that a block of so many such fields can have; SIZE_MAX if a string is longer than 2^31-1 octets, or the sum no
 * size_t. */
size_t rill__enc_bound_of(const rill__enc_size *size, size_t count);
size_t rill__enc_bound(const rill_field *fields, size_t count);

/*
 * What is found out about a field before it is encoded, so that it need be found out once: its token, and where a table has it,
 * or how it goes if none has. It may leave the dynamic table before it is encoded; then it is looked for again.
 */
enum { RILL__IN_STATIC = RILL__ONCE + 1, RILL__IN_DYNAMIC, RILL__IN_NAME /* no more than its name, and enough */ };

typedef struct rill__enc_place {
  uint32_t at; /* index in the static table; sequence number in the dynamic one */
  uint16_t token;
  uint8_t way;  /* rill__literal, or in which table */
  uint8_t note; /* the caller's number: goes into the table with the field, and comes back when it is found there; else 0 */
} rill__enc_place;

/*
 * The shortest way to where most fields are that were there before: the newest entry of the name, if that has the value as well,
 * and *seq, its number. NULL: it may still be somewhere. newest is rill__enc_newest(); the token is not RILL_TOKEN_OTHER. What
 * the static table has is in no other.
 */
static inline const rill__dyn_entry *rill__enc_again(const rill__enc *enc, const uint32_t *newest, const rill_field *field,
                                                     uint16_t token, uint32_t *seq) {
  const rill__dyn_tab *dyn = &enc->tab.dyn;
  if ((field->flags & (RILL_FIELD_NEVER_INDEX | RILL_FIELD_INDEX)) != 0) return NULL;
  if (rill__policies[token] != RILL__LITERAL_INDEXED) return NULL;
  uint32_t at = newest[token];
  *seq = at;
  return rill__enc_is(dyn, at, token, field->value) ? rill__dyn_at(dyn, at) : NULL;
}

/*
 * Looks where most fields are that were there before: not for older values of a name, nor for names without a token. In line,
 * since it is done for each field that is sent.
 */
static inline rill__enc_place rill__enc_seek(const rill__enc *enc, const rill_field *field, uint16_t token) {
  unsigned how = rill__policy_of(field, token);
  rill__enc_place place = {0, token, (uint8_t)(how == RILL__ONCE ? RILL__LITERAL_INDEXED : how), 0};
  uint32_t index = how == RILL__LITERAL_NEVER ? 0 : rill__static_field(token, field->value);
  if (index != 0) {
    place.at = index;
    place.way = RILL__IN_STATIC;
  } else if (place.way == RILL__LITERAL_INDEXED && token != RILL_TOKEN_OTHER) {
    place.at = rill__enc_newest(&enc->tab)[token];
    if (rill__enc_is(&enc->tab.dyn, place.at, token, field->value)) {
      place.way = RILL__IN_DYNAMIC;
      place.note = rill__dyn_at(&enc->tab.dyn, place.at)->note;
    } else if (how == RILL__ONCE && rill__enc_named(&enc->tab.dyn, place.at, token)) {
      place.way = RILL__IN_NAME;
    }
  }
  return place;
}

/*
 * Encodes one block to dst, which has rill__enc_bound() octets (not SIZE_MAX); returns its length. Cannot fail. A block may be
 * encoded in several calls, one behind the other.
 */
size_t rill__enc_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count);

/* Likewise; places[i] is what was found out about fields[i], since when no block was encoded. */
size_t rill__enc_placed(rill__enc *enc, uint8_t *dst, const rill_field *fields, const rill__enc_place *places, size_t count);

/* Sets token and hash. A hash of another seed is recognised, or else costs compression only. */
void rill__field_prepare(uint64_t seed, rill_field *field);

#endif /* RILL__ENC_H */
