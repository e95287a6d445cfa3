/* SPDX-License-Identifier: MIT */
/*
 * enc_tab: the encoder's dynamic table, and how to find in it what a field needs. Knows entries, names and hashes, and
 * keeps what policy.h says of a name that has no token; does not know the wire nor which fields should go into the table.
 *
 * Beside the entries stand: for each known name its newest entry; a hash index of names that have no token, which holds each
 * distinct name once, at its newest entry; a hash index of whole fields. Chains run through the entries by sequence number,
 * from new to old; a link to an entry that is gone ends the chain, so that eviction touches no index. A walk is cut short after a
 * fixed number of links: collisions, and what an application makes of hashes, can cost compression and nothing else.
 *
 * Invariants: what is found was compared, octet by octet or by token: a link may be as old as you like, and then even lead to an
 * entry of another name, once sequence numbers have wrapped; no walk takes more links than that.
 */
#ifndef RILL__ENC_TAB_H
#define RILL__ENC_TAB_H

#include "hpack/dyn_tab.h"
#include "hpack/same.h"
#include "hpack/static_tab.h"

typedef struct rill__enc_tab {
  rill__dyn_tab dyn;
  uint64_t seed;
} rill__enc_tab;

/* What was found out about a field that is not in the table. */
typedef struct rill__enc_match {
  uint64_t name_hash;
  uint32_t hash;
  uint32_t name;  /* the index of an entry with its name, or 0; not looked for if the static table has the name */
  uint32_t named; /* if it has no token: the sequence number of that entry */
  bool once;      /* an entry of that name is enough, as policy.h has it: there is no hash then, and it can't be inserted */
} rill__enc_match;

void rill__enc_tab_init(rill__enc_tab *tab, rill__mem *mem, uint32_t max, uint64_t seed);

/*
 * The index of a field, whose token this is; or 0 and *match. field->hash is believed if it has the mark of this seed. A field
 * whose name has no token is looked for by its name first: the newest entry of the name often is the one, or there is none.
 */
uint32_t rill__enc_tab_find(const rill__enc_tab *tab, const rill_field *field, uint16_t token, rill__enc_match *match);

/* Inserts that field, whose size is at most the table's, unless match->once. False without memory. What match->name says held
 * before. */
bool rill__enc_tab_insert(rill__enc_tab *tab, const rill_field *field, uint16_t token, const rill__enc_match *match);

/* The index of the newest entry that has this name, or 0. */
uint32_t rill__enc_tab_name(const rill__enc_tab *tab, rill_view name, uint16_t token);

/* Of a table that is packed; false without memory. */
bool rill__enc_tab_unpack(rill__enc_tab *tab);

/* The hash that rill_field.hash shall have. */
uint32_t rill__enc_hash(uint64_t seed, uint16_t token, const rill_field *field);

/* ---- in line: what most fields come to ---- */

typedef struct rill__enc_link {
  uint32_t hash; /* of the entry in this slot */
  uint32_t older_field, older_name;
  uint32_t newest_field, newest_name; /* heads of the chains of this slot's number; the latter for names without a token */
} rill__enc_link;

typedef struct rill__enc_indices {
  uint32_t newest[RILL_TOKEN_OTHER]; /* by token */
  rill__enc_link links[];
} rill__enc_indices;

/* RFC 7541 2.3.3 */
static inline uint32_t rill__enc_index(const rill__dyn_tab *dyn, uint32_t seq) { return RILL__STATIC_COUNT + (dyn->next - seq); }

/* Whether this entry, should it be a live one, has this token. */
static inline bool rill__enc_named(const rill__dyn_tab *dyn, uint32_t seq, uint16_t token) {
  return rill__dyn_is_live(dyn, seq) && rill__dyn_at(dyn, seq)->token == token;
}

/* And this value. */
static inline bool rill__enc_is(const rill__dyn_tab *dyn, uint32_t seq, uint16_t token, rill_view value) {
  return rill__enc_named(dyn, seq, token) && rill__same_view(rill__dyn_value(dyn, rill__dyn_at(dyn, seq)), value);
}

/* The newest entries by token, other than RILL_TOKEN_OTHER: their numbers, of which some may not be live. */
extern const uint32_t rill__enc_no_newest[RILL_TOKEN_OTHER];
static inline const uint32_t *rill__enc_newest(const rill__enc_tab *tab) {
  return tab->dyn.count == 0 ? rill__enc_no_newest : ((const rill__enc_indices *)rill__dyn_extra(&tab->dyn))->newest;
}

#endif /* RILL__ENC_TAB_H */
