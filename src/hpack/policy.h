/* SPDX-License-Identifier: MIT */
/*
 * policy: whether a field goes into the table: it is worth an entry, it is not, or no hop may put it into one (RFC 7541 7.1.3).
 * Knows names, flags and lengths; does not know the wire, nor what is in the table.
 *
 * A name whose values seldom come twice costs more by what its entries push out than they save. Which names those are was
 * measured over the lists of tests/hpack_cases.c, a table of 4,096 octets each; for names that do not occur there, it follows
 * from what they mean. The flags of a field overrule its name, but never towards less care: NEVER_INDEX, then NO_INDEX, then
 * INDEX.
 */
#ifndef RILL__POLICY_H
#define RILL__POLICY_H

#include <rill/types.h>

/* How a field is represented that is not in the table; the literals of RFC 7541 6.2. */
typedef enum rill__literal { RILL__LITERAL_INDEXED, RILL__LITERAL_PLAIN, RILL__LITERAL_NEVER } rill__literal;

enum { RILL__COOKIE_SECRET_MAX = 20 }; /* shorter cookies are cheap to guess, one by one */

enum { RILL__ONCE = RILL__LITERAL_NEVER + 1 }; /* the values seldom come twice: one entry is worth having, for the name */

/* By token; rill__literal, or RILL__ONCE. INDEXED where nothing stands. */
extern const uint8_t rill__policies[RILL_TOKEN_COUNT];

/* Flags that say something about the table. */
rill__literal rill__policy_flagged(const rill_field *field, uint16_t token);

static inline unsigned rill__policy_of(const rill_field *field, uint16_t token) {
  if (field->flags & (RILL_FIELD_NEVER_INDEX | RILL_FIELD_INDEX)) return (unsigned)rill__policy_flagged(field, token);
  unsigned how = rill__policies[token];
  if (how != RILL__LITERAL_NEVER) return how;
  bool long_cookie = token == RILL_TOKEN_COOKIE && field->value.n >= RILL__COOKIE_SECRET_MAX;
  return long_cookie ? (unsigned)RILL__LITERAL_INDEXED : how;
}

/* Of names without a token. */
bool rill__policy_once(rill_view name);

#endif /* RILL__POLICY_H */
