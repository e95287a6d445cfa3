/* SPDX-License-Identifier: MIT */
/*
 * One name with ever new values: x-request-id, 36 octets, a block each, through tables of several sizes. An encoder that looks
 * through all entries of a name pays for the size of its table.
 *
 * rill knows this name and makes one entry for it, of which it uses the name alone; `indexed` has it put each into the table all
 * the same, as libnghttp2 does by itself, so that the table is full of them.
 */
#include "codec.h"
#include <stdlib.h>
#include <string.h>

enum { VALUE = 36, NAME_OCTETS = 12 };

typedef struct names_state {
  const codec *codec;
  coder coder;
  handling handling;
  uint32_t number;
  size_t count;
  uint8_t *values;
  void *fields;
  uint8_t out[512];
} names_state;

static void *begin(const options *o) {
  names_state *s = bench_alloc(sizeof *s);
  s->codec = codec_of(o);
  s->handling = o->indexed ? HANDLING_ALWAYS : HANDLING_FREE;
  s->codec->open_encoder(&s->coder, o->table);
  return s;
}

static void forget(names_state *s) {
  free(s->values);
  free(s->fields);
}

/* In the form of an UUID. */
static void put_value(names_state *s, uint8_t *dst) {
  uint32_t random = s->number++ * 2654435761u;
  for (size_t i = 0; i < VALUE; i++) {
    if (i % 8 == 0) random = random * 1664525 + 1013904223;
    dst[i] = (uint8_t)(i == 8 || i == 13 || i == 18 || i == 23 ? '-' : "0123456789abcdef"[random >> (28 - 4 * (i % 8)) & 15]);
  }
}

static void prepare(void *state, size_t n) {
  names_state *s = state;
  corpus_field *fields = bench_alloc(n * sizeof *fields);
  forget(s);
  s->values = bench_alloc(n * VALUE);
  for (size_t i = 0; i < n; i++) {
    put_value(s, s->values + i * VALUE);
    fields[i] = (corpus_field){(uint8_t *)(uintptr_t) "x-request-id", s->values + i * VALUE, NAME_OCTETS, VALUE};
  }
  s->fields = s->codec->convert(fields, n, s->handling);
  free(fields);
}

/* A value that came before would be one octet or a few. */
static size_t run(void *state, size_t n) {
  names_state *s = state;
  for (size_t i = 0; i < n; i++) {
    size_t size = s->codec->encode(&s->coder, s->out, (const char *)s->fields + i * s->codec->field_size, 1);
    if (size < VALUE / 2) bench_fail("a value is not new");
  }
  return n;
}

static void end(void *state) {
  names_state *s = state;
  s->codec->close_encoder(&s->coder);
  forget(s);
  free(s);
}

const work same_name_work = {"same_name", begin, prepare, run, end};
