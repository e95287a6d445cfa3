/* SPDX-License-Identifier: MIT */
/*
 * The corpus: all stories, one encoder or decoder for each; it is made new for each pass, outside what is measured. Decoders read
 * the wire that comes with the corpus, and add up the octets of what they give, which must be those of the input.
 */
#include "codec.h"
#include <stdlib.h>

typedef struct corpus_state {
  const codec *codec;
  corpus *corpus;
  void **arrays; /* encoding: the fields of each block */
  coder *coders; /* of each story */
  bool open;
  uint8_t wire[WIRE_MAX];
  size_t wire_octets, octets;
} corpus_state;

static corpus_state *corpus_begin(const options *o, const char *kind) {
  corpus_state *s = bench_alloc(sizeof *s);
  s->codec = codec_of(o);
  s->corpus = corpus_load(o->corpus, kind);
  s->coders = bench_alloc(s->corpus->count * sizeof(coder));
  s->arrays = bench_alloc(s->corpus->blocks * sizeof(void *));
  return s;
}

static void each_coder(corpus_state *s, void (*call)(coder *c)) {
  for (size_t i = 0; i < s->corpus->count; i++)
    call(&s->coders[i]);
}

static void corpus_end(corpus_state *s, void (*close)(coder *c)) {
  if (s->open) each_coder(s, close);
  for (size_t i = 0; i < s->corpus->blocks; i++)
    free(s->arrays[i]);
  free(s->arrays);
  free(s->coders);
  corpus_free(s->corpus);
  free(s);
}

static void *encode_corpus_begin(const options *o) {
  corpus_state *s = corpus_begin(o, "raw-data");
  size_t block = 0;
  for (size_t i = 0; i < s->corpus->count; i++) {
    const corpus_story *story = &s->corpus->stories[i];
    for (size_t j = 0; j < story->count; j++) {
      s->arrays[block++] = s->codec->convert(story->blocks[j].fields, story->blocks[j].count, HANDLING_FREE);
    }
  }
  return s;
}

/* New encoders; a run makes one pass, whatever n. */
static void encode_corpus_prepare(void *state, size_t n) {
  corpus_state *s = state;
  (void)n;
  if (s->open) each_coder(s, s->codec->close_encoder);
  for (size_t i = 0; i < s->corpus->count; i++)
    s->codec->open_encoder(&s->coders[i], TABLE);
  s->open = true;
  s->wire_octets = 0;
}

static size_t encode_corpus_run(void *state, size_t n) {
  corpus_state *s = state;
  size_t block = 0;
  (void)n;
  for (size_t i = 0; i < s->corpus->count; i++) {
    const corpus_story *story = &s->corpus->stories[i];
    for (size_t j = 0; j < story->count; j++) {
      s->wire_octets += s->codec->encode(&s->coders[i], s->wire, s->arrays[block++], story->blocks[j].count);
    }
  }
  return s->corpus->fields;
}

static void encode_corpus_end(void *state) {
  corpus_state *s = state;
  corpus_end(s, s->codec->close_encoder);
}

static void *decode_corpus_begin(const options *o) { return corpus_begin(o, "nghttp2"); }

static void decode_corpus_prepare(void *state, size_t n) {
  corpus_state *s = state;
  (void)n;
  if (s->open) each_coder(s, s->codec->close_decoder);
  each_coder(s, s->codec->open_decoder);
  s->open = true;
}

static size_t decode_corpus_run(void *state, size_t n) {
  corpus_state *s = state;
  size_t count = 0, octets = 0;
  (void)n;
  for (size_t i = 0; i < s->corpus->count; i++) {
    const corpus_story *story = &s->corpus->stories[i];
    for (size_t j = 0; j < story->count; j++) {
      count += s->codec->decode(&s->coders[i], story->blocks[j].wire, story->blocks[j].wire_n, &octets);
    }
  }
  if (count != s->corpus->fields || octets != s->corpus->octets) bench_fail("the corpus was not decoded as it should be");
  return count;
}

static void decode_corpus_end(void *state) {
  corpus_state *s = state;
  corpus_end(s, s->codec->close_decoder);
}

/* Wire octets for each octet of name and value. What was encoded must decode to as many fields and octets. */
double hpack_wire_ratio(const options *o) {
  corpus_state *s = encode_corpus_begin(o);
  size_t block = 0, wire = 0, count = 0, octets = 0;
  encode_corpus_prepare(s, 1);
  for (size_t i = 0; i < s->corpus->count; i++) {
    coder decoder;
    nghttp2_codec.open_decoder(&decoder);
    for (size_t j = 0; j < s->corpus->stories[i].count; j++) {
      size_t n = s->codec->encode(&s->coders[i], s->wire, s->arrays[block++], s->corpus->stories[i].blocks[j].count);
      count += nghttp2_codec.decode(&decoder, s->wire, n, &octets);
      wire += n;
    }
    nghttp2_codec.close_decoder(&decoder);
  }
  if (count != s->corpus->fields || octets != s->corpus->octets) bench_fail("what was encoded does not decode to the same");
  double ratio = (double)wire / (double)s->corpus->octets;
  encode_corpus_end(s);
  return ratio;
}

const work decode_corpus_work = {"decode_corpus", decode_corpus_begin, decode_corpus_prepare, decode_corpus_run,
                                 decode_corpus_end};
const work encode_corpus_work = {"encode_corpus", encode_corpus_begin, encode_corpus_prepare, encode_corpus_run,
                                 encode_corpus_end};
