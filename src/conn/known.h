/* SPDX-License-Identifier: MIT */
/*
 * known: what rules/section.h finds out about the values of the static table, found out beforehand: hpack knows that table and no
 * rules, rules know no table. What is found out about others is kept as a note with their entries of the dynamic tables.
 */
#ifndef RILL__KNOWN_H
#define RILL__KNOWN_H

#include "hpack/static_tab.h"
#include "rules/section.h"

_Static_assert(RILL_WHY_COUNT <= (int)RILL__KNOWN_MEANS, "a reason fits into a note");

/* By index. 0: the entry is a name. */
extern const uint8_t rill__static_known[RILL__STATIC_COUNT + 1];

#endif /* RILL__KNOWN_H */
