/* SPDX-License-Identifier: MIT */
/*
 * structured: dictionaries of structured fields (RFC 9651 3.2), read member by member.
 *
 * Knows the whole grammar: items of each kind, parameters, inner lists. Of what it reads it keeps the key and the value of plain
 * integers and booleans, which is all that rill's own fields ask for; the rest is judged and passed over. Parameters are never
 * reported. Looks at each octet a bounded number of times, without recursion and without memory; how much there is to read is
 * for the caller to bound.
 *
 * Parsing fails as a whole (9651 4.2): nobody may act on a member before the last one was read. Of members with the same key the
 * last one counts, whatever its value.
 */
#ifndef RILL__STRUCTURED_H
#define RILL__STRUCTURED_H

#include <rill/types.h>

typedef enum rill__sf_kind {
  RILL__SF_INTEGER,
  RILL__SF_DECIMAL,
  RILL__SF_STRING,
  RILL__SF_TOKEN,
  RILL__SF_BYTES,
  RILL__SF_BOOLEAN,
  RILL__SF_DATE,
  RILL__SF_DISPLAY_STRING,
  RILL__SF_INNER_LIST
} rill__sf_kind;

typedef struct rill__sf_value {
  rill__sf_kind kind;
  int64_t number; /* INTEGER: itself; BOOLEAN: 0 or 1; of all others 0 */
} rill__sf_value;

typedef struct rill__sf_member {
  rill_view key;
  rill__sf_value value;
} rill__sf_member;

/* What is left to read of a dictionary. */
typedef struct rill__sf_dictionary {
  rill_view rest;
} rill__sf_dictionary;

typedef enum rill__sf_step { RILL__SF_MEMBER, RILL__SF_END, RILL__SF_BROKEN } rill__sf_step;

rill__sf_dictionary rill__sf_dictionary_begin(rill_view value);

/* MEMBER writes *out. After END and BROKEN there is nothing more to ask. */
rill__sf_step rill__sf_dictionary_next(rill__sf_dictionary *dictionary, rill__sf_member *out);

#endif /* RILL__STRUCTURED_H */
