/* SPDX-License-Identifier: MIT */
/*
 * static_tab: the static table, RFC 7541 2.3.1 and appendix A. Knows its entries by index and by token.
 *
 * The entries are fields ready to be handed out. Their octets are known to be well-formed, so they are flagged RILL_FIELD_CHECKED.
 */
#ifndef RILL__STATIC_TAB_H
#define RILL__STATIC_TAB_H

#include "base/bytes.h"

enum { RILL__STATIC_COUNT = 61, RILL__STATIC_VALUE_MAX = 13 /* octets of the longest value */ };

/* By index; [0] is none. */
extern const rill_field rill__static_tab[RILL__STATIC_COUNT + 1];

/*
 * Where the entries of a token's name begin; they end where those of token + 1 begin. Up to RILL_TOKEN_LAST_STATIC + 1.
 */
extern const uint8_t rill__static_first[RILL_TOKEN_LAST_STATIC + 2];

/* The index of an entry that has the name of this token, or 0. */
static inline uint32_t rill__static_name(uint16_t token) {
  return token <= RILL_TOKEN_LAST_STATIC ? rill__static_first[token] : 0;
}

/* The index of the entry that has the name of this token, and this value; or 0. */
static inline uint32_t rill__static_field(uint16_t token, rill_view value) {
  if (token > RILL_TOKEN_LAST_STATIC) return 0;
  for (uint32_t i = rill__static_first[token]; i < rill__static_first[token + 1]; i++) {
    if (rill__view_eq(rill__static_tab[i].value, value)) return i;
  }
  return 0;
}

#endif /* RILL__STATIC_TAB_H */
