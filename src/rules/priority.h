/* SPDX-License-Identifier: MIT */
/*
 * priority: urgency and incrementality (RFC 9218 4), between the text of the `priority` field or of PRIORITY_UPDATE and a struct.
 *
 * Knows two keys of a dictionary (structured.h) and their bounds; does not know whose text it is, nor what is done about it. A
 * value that cannot be is as absent as one that is not there. A PRIORITY_UPDATE says everything, so its text is merged into the
 * defaults (9218 7); what a response says is merged into what its request said (9218 8).
 */
#ifndef RILL__PRIORITY_H
#define RILL__PRIORITY_H

#include <rill/types.h>

enum { RILL__URGENCY_DEFAULT = 3, RILL__URGENCIES = 8 };

/* Nobody has said anything. */
static inline rill_priority rill__priority_default(void) {
  rill_priority priority = {RILL__URGENCY_DEFAULT, false, false};
  return priority;
}

/* The same in one octet, for what every stream holds. */
typedef uint8_t rill__packed_priority;

static inline rill__packed_priority rill__priority_pack(rill_priority priority) {
  return (uint8_t)(priority.urgency << 2 | (priority.incremental ? 2 : 0) | (priority.signalled ? 1 : 0));
}

static inline rill_priority rill__priority_unpack(rill__packed_priority packed) {
  rill_priority priority = {(uint8_t)(packed >> 2), (packed & 2) != 0, (packed & 1) != 0};
  return priority;
}

/* As rill_priority_parse() and rill_priority_format(). */
bool rill__priority_parse(rill_priority *priority, rill_view value);
size_t rill__priority_format(char *dst, size_t cap, const rill_priority *priority);

#endif /* RILL__PRIORITY_H */
