/* SPDX-License-Identifier: MIT */
/*
 * crumb: cookie fields sent as several, so that the table can hold what stays while the rest changes (RFC 9113 8.2.3). Knows
 * where a value may be split; the encoder does not know of it, and sees crumbs as fields: each falls under the policy by its own
 * length, and the flags of the field hold for all of them.
 *
 * A value is split at "; " where neither side is empty and none would begin or end with a space or tab there, which would be
 * malformed (8.2.1). Whoever joins the crumbs by "; " has the same octets again.
 *
 * Invariant: a value has at most RILL__CRUMBS_MAX crumbs, the last of which has all the rest: receivers limit the number of
 * lines, some to 100.
 */
#ifndef RILL__CRUMB_H
#define RILL__CRUMB_H

#include "hpack/enc.h"

enum { RILL__CRUMBS_MAX = 64 };

typedef struct rill__crumbs {
  rill_view rest;
  unsigned taken;
} rill__crumbs;

/* Takes the next crumb off; false: there is none. An empty value is one crumb. */
bool rill__crumb_next(rill__crumbs *crumbs, rill_view *crumb);

/* As rill__enc_bound() and rill__enc_block(), cookies crumbled. */
size_t rill__crumb_bound(const rill_field *fields, size_t count);
size_t rill__crumb_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count);

#endif /* RILL__CRUMB_H */
