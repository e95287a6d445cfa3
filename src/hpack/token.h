/* SPDX-License-Identifier: MIT */
/*
 * token: field names as numbers. Knows the names of rill_token and where the static table first has them (RFC 7541
 * appendix A); knows nothing of values.
 *
 * Invariants: tokens 1 to RILL_TOKEN_LAST_STATIC are the distinct names of the static table in its order; those behind are in
 * no static entry.
 */
#ifndef RILL__TOKEN_H
#define RILL__TOKEN_H

#include <rill/types.h>

/* The token of a name: never RILL_TOKEN_UNKNOWN; RILL_TOKEN_OTHER where rill has no number for it. */
uint16_t rill__token_of(rill_view name);

/* The name of a known token; empty for RILL_TOKEN_UNKNOWN, RILL_TOKEN_OTHER and what is no token. */
rill_view rill__token_name(uint16_t token);

/* field->token if that is set, else looked up. An application may have left anything there: what is no token is not believed. */
static inline uint16_t rill__token_for(const rill_field *field) {
  bool known = field->token != RILL_TOKEN_UNKNOWN && field->token < RILL_TOKEN_COUNT;
  return known ? field->token : rill__token_of(field->name);
}

#endif /* RILL__TOKEN_H */
