/* SPDX-License-Identifier: MIT */
/*
 * words: text for humans and machines, written into a buffer of a fixed size, as snprintf does: what does not fit is counted and
 * not written. Knows numbers, words and JSON's quotes; does not know what is said.
 *
 * Invariant: n is the length of the whole text; dst holds its first cap octets, of which the last becomes the terminator.
 */
#ifndef RILL__WORDS_H
#define RILL__WORDS_H

#include <rill/types.h>

typedef struct rill__words {
  char *dst;
  size_t cap, n;
} rill__words;

void rill__say(rill__words *w, const char *text);
/* In a base up to 16, with at least `width` digits; with width 0 a zero is nothing. */
void rill__say_digits(rill__words *w, uint64_t number, unsigned base, unsigned width);
/* A label, then the number. */
void rill__say_number(rill__words *w, const char *label, uint64_t number);
void rill__say_signed(rill__words *w, const char *label, int64_t number);
void rill__say_hex(rill__words *w, const char *label, uint64_t number); /* 0x... */
/* A JSON string, quotes included. Octets that are not ASCII stand for the code points of the same number. */
void rill__say_json(rill__words *w, rill_view octets);

/* The terminator, if there is room for anything. Returns the length. */
size_t rill__words_end(rill__words *w);

#endif /* RILL__WORDS_H */
