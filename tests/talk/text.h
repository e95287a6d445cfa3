/* SPDX-License-Identifier: MIT */
/*
 * text: octets that grow, words, lines of words, and how expected lines match seen ones.
 *
 * A word is octets with their escapes undone. A word that was quoted as a whole begins with '"', so that "n=5" and n=5
 * differ; printing adds quotes and escapes where they are needed. Knows nothing of HTTP/2. Memory that runs out ends the program.
 */
#ifndef TALK_TEXT_H
#define TALK_TEXT_H

#include "printf_like.h"
#include <rill/types.h>
#include <stdarg.h>

typedef struct octets {
  uint8_t *p;
  size_t n, cap;
} octets;

void *talk_alloc(size_t n);         /* zeroed */
void *talk_grow(void *p, size_t n); /* realloc */
char *talk_copy(const char *p, size_t n);

void octets_add(octets *out, const void *p, size_t n);
void octets_byte(octets *out, uint32_t v);
void octets_number(octets *out, uint32_t v, unsigned size); /* big-endian */
void octets_drop(octets *out, size_t n);                    /* from the front */
void octets_print(octets *out, const char *format, ...) PRINTF_LIKE(2, 3);
void octets_free(octets *out);

typedef struct word {
  char *p; /* terminated, too */
  size_t n;
} word;

typedef struct line {
  word *words;
  size_t n, cap;
  int number; /* in its file; 0: made while running */
} line;

typedef struct lines {
  line *at;
  size_t n, cap;
} lines;

void line_word(line *out, const void *p, size_t n);
void line_add(line *out, const char *format, ...) PRINTF_LIKE(2, 3);
void line_pair(line *out, rill_view name, rill_view value); /* name=value */
void line_octets(line *out, rill_view view);                /* "text", or hex=... */
void line_free(line *out);
line *lines_new(lines *out); /* the address lives until the next call */
void lines_free(lines *out);

/* From word `from` on, with quotes and escapes. */
void line_print(octets *out, const line *in, size_t from);

bool word_is(const line *in, size_t index, const char *text);   /* false past the end */
bool word_number(const word *in, uint64_t *out);                /* decimal, or hexadecimal with 0x */
bool word_hex(const char *p, size_t n, octets *out);            /* pairs of hexadecimal digits */
bool word_eats(const word *in, const char *prefix, word *rest); /* rest: a part of `in` */

/*
 * In `want`, the word ... stands for any words, * for one, a=* for any value of a. A line that is only ... stands for any lines.
 */
bool line_matches(const line *want, const line *seen);
bool lines_match(const lines *want, const lines *seen);

#endif /* TALK_TEXT_H */
