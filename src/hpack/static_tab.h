/* SPDX-License-Identifier: MIT */
/*
 * static_tab: the static table, RFC 7541 2.3.1 and appendix A. Knows its entries by index and by token.
 *
 * The entries are fields ready to be handed out. Their octets are known to be well-formed, so they are flagged
 * RILL_FIELD_CHECKED.
 */
#ifndef RILL__STATIC_TAB_H
#define RILL__STATIC_TAB_H

#include <rill/types.h>

enum { RILL__STATIC_COUNT = 61 };

/* By index; [0] is none. */
extern const rill_field rill__static_tab[RILL__STATIC_COUNT + 1];

/* What the table has of a name, by token. Its entries stand together, from first to last; 0, 0 if there is none. */
typedef struct rill__static_name {
  _Alignas(4) uint8_t first; /* rows of four octets are found sooner than rows of three */
  uint8_t last;
  uint8_t longest; /* octets of the longest value */
} rill__static_name;

extern const rill__static_name rill__static_names[RILL_TOKEN_COUNT];

/* The index of the entry that has the name of this token, and this value; or 0. */
uint32_t rill__static_find(uint16_t token, rill_view value);

/* The same. Most values are longer than any that the table has for their name. */
static inline uint32_t rill__static_field(uint16_t token, rill_view value) {
  return value.n <= rill__static_names[token].longest ? rill__static_find(token, value) : 0;
}

#endif /* RILL__STATIC_TAB_H */
