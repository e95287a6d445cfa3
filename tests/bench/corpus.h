/* SPDX-License-Identifier: MIT */
/*
 * corpus: the stories of the HPACK test cases, read into memory before anything is measured.
 *
 * A story is a connection: field blocks in their order. A block has fields, and a wire form where the folder has one. Knows JSON
 * and no HPACK.
 */
#ifndef RILL_BENCH_CORPUS_H
#define RILL_BENCH_CORPUS_H

#include <stddef.h>
#include <stdint.h>

typedef struct corpus_field {
  uint8_t *name, *value;
  size_t name_n, value_n;
} corpus_field;

typedef struct corpus_block {
  uint8_t *wire; /* NULL in the raw data */
  size_t wire_n;
  corpus_field *fields;
  size_t count;
} corpus_block;

typedef struct corpus_story {
  corpus_block *blocks;
  size_t count;
} corpus_story;

typedef struct corpus {
  corpus_story *stories;
  size_t count;
  size_t blocks, fields, octets; /* in all; octets of names and values */
} corpus;

/* Reads folder/story_NN.json, 00 and on. Ends the program where a story cannot be read. */
corpus *corpus_load(const char *folder, const char *kind);
void corpus_free(corpus *c);

#endif /* RILL_BENCH_CORPUS_H */
