/* SPDX-License-Identifier: MIT */
/*
 * values: what the public header offers and no connection is needed for. Names only: the work is done in rules/, which does not
 * know the public header.
 *
 * Nothing here allocates or keeps state.
 */
#include <rill/rill.h>

#include "rules/priority.h"

bool rill_priority_parse(rill_priority *priority, rill_view value) { return rill__priority_parse(priority, value); }

size_t rill_priority_format(char *dst, size_t cap, const rill_priority *priority) {
  return rill__priority_format(dst, cap, priority);
}
