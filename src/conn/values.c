/* SPDX-License-Identifier: MIT */
/*
 * values: what the public header offers and no connection is needed for. What has rules of its own stands in rules/, which does
 * not know the public header, and has no more than its name here.
 *
 * Nothing here allocates or keeps state.
 */
#include <rill/rill.h>

#include "base/bytes.h"
#include "rules/priority.h"

bool rill_priority_parse(rill_priority *priority, rill_view value) { return rill__priority_parse(priority, value); }

size_t rill_priority_format(char *dst, size_t cap, const rill_priority *priority) {
  return rill__priority_format(dst, cap, priority);
}

/* ---- ALPN -------------------------------------------------------------------------------------------------------------- */

static const uint8_t h2[] = {'h', '2'}, http_1_1[] = {'h', 't', 't', 'p', '/', '1', '.', '1'};

/* 7301 3.1: no name is empty. False: the list is broken. */
static bool take_name(rill_view *list, rill_view *name) {
  size_t n = *rill__view_take(list, 1).p;
  if (n == 0 || n > list->n) return false;
  *name = rill__view_take(list, n);
  return true;
}

/* "h2c" is never chosen (9113 3.2), nor anything from a list that is broken behind a good name. */
rill_alpn rill_alpn_select(rill_view offered, rill_view *chosen) {
  rill_view name, found[] = {{NULL, 0}, {NULL, 0}, {NULL, 0}}; /* by rill_alpn */
  *chosen = found[RILL_ALPN_NONE];
  while (offered.n != 0) {
    if (!take_name(&offered, &name)) return RILL_ALPN_NONE;
    if (rill__view_eq(name, (rill_view){h2, sizeof h2})) found[RILL_ALPN_H2] = name;
    if (rill__view_eq(name, (rill_view){http_1_1, sizeof http_1_1})) found[RILL_ALPN_HTTP_1_1] = name;
  }
  rill_alpn best = found[RILL_ALPN_H2].n != 0         ? RILL_ALPN_H2
                   : found[RILL_ALPN_HTTP_1_1].n != 0 ? RILL_ALPN_HTTP_1_1
                                                      : RILL_ALPN_NONE;
  *chosen = found[best];
  return best;
}
