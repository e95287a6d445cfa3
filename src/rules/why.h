/* SPDX-License-Identifier: MIT */
/*
 * why: what each reason means: whom it ends, with which code, by which section of which RFC, in words.
 *
 * Knows the table and nothing of how a reason is found or acted upon. What a correct peer never sends ends the connection;
 * what is malformed HTTP ends the stream (9113 5.4, 8.1.1).
 * Invariant: every rill_why has exactly one row, and only the text is stored: words and section are parts of it. All texts are
 * one object, so that a row needs no address, which would be three times its size.
 */
#ifndef RILL__WHY_H
#define RILL__WHY_H

#include <rill/types.h>

typedef enum rill__scope { RILL__SCOPE_STREAM, RILL__SCOPE_CONN } rill__scope;

typedef struct rill__why_row {
  uint8_t scope;        /* rill__scope */
  uint8_t code;         /* rill_code */
  uint8_t words_size;   /* octets of text that are the words */
  uint8_t section_size; /* octets of "RFC 9113 6.9" */
  uint16_t text;        /* where "words (RFC 9113 6.9)" stands among all texts */
} rill__why_row;

/* Never NULL: a number that is no reason has a row that says so. */
const rill__why_row *rill__why_row_of(rill_why why);

static inline bool rill__why_ends_connection(rill_why why) { return rill__why_row_of(why)->scope == RILL__SCOPE_CONN; }

/* The words alone, for GOAWAY's debug data. Static. */
static inline rill_view rill__why_words(rill_why why) {
  const rill__why_row *row = rill__why_row_of(why);
  return (rill_view){(const uint8_t *)rill_why_text(why), row->words_size};
}

/* "RFC 9113 6.9". Static. */
static inline rill_view rill__why_section(rill_why why) {
  const rill__why_row *row = rill__why_row_of(why);
  return (rill_view){(const uint8_t *)rill_why_text(why) + row->words_size + 2, row->section_size};
}

#endif /* RILL__WHY_H */
