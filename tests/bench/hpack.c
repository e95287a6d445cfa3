/* SPDX-License-Identifier: MIT */
/*
 * hpack: field blocks through an encoder or a decoder alone.
 *
 * corpus: all stories, one encoder or decoder for each; it is made new for each pass, outside what is measured. Decoders read the
 * wire that comes with the corpus. steady: twelve fields of a browser's request, of which only the 35 octets of :path change;
 * both decoders read what libnghttp2's encoder made of them.
 *
 * Decoders add up the octets of what they give, which must be those of the input.
 */
#include "bench.h"
#include "corpus.h"
#include <nghttp2/nghttp2.h>
#include <rill/hpack.h>
#include <stdlib.h>
#include <string.h>

enum { WIRE_MAX = 1 << 16, FIELDS_MAX = 256, TABLE = 4096 };

typedef union coder {
  rill_hpack_decoder *rill_decoder;
  rill_hpack_encoder *rill_encoder;
  nghttp2_hd_inflater *nghttp2_decoder;
  nghttp2_hd_deflater *nghttp2_encoder;
} coder;

/* What one side can do. */
typedef struct codec {
  void (*open_encoder)(coder *c);
  void (*open_decoder)(coder *c);
  void (*close_encoder)(coder *c);
  void (*close_decoder)(coder *c);
  size_t (*encode)(coder *c, uint8_t *dst, const void *fields, size_t count);
  size_t (*decode)(coder *c, const uint8_t *wire, size_t n, size_t *octets); /* fields */
  void *(*convert)(const corpus_field *fields, size_t count);                /* to an array for encode */
} codec;

static void succeed(int answer) {
  if (answer != 0) bench_fail("no encoder or decoder");
}

/* ---- rill -------------------------------------------------------------------------------------------------------------- */

static void rill_open_encoder(coder *c) { succeed(rill_hpack_encoder_new(&c->rill_encoder, NULL, TABLE, 1)); }
static void rill_open_decoder(coder *c) { succeed(rill_hpack_decoder_new(&c->rill_decoder, NULL, TABLE)); }
static void rill_close_encoder(coder *c) { rill_hpack_encoder_del(c->rill_encoder); }
static void rill_close_decoder(coder *c) { rill_hpack_decoder_del(c->rill_decoder); }

static size_t rill_encode(coder *c, uint8_t *dst, const void *fields, size_t count) {
  rill_ssize n = rill_hpack_encode(c->rill_encoder, dst, WIRE_MAX, fields, count);
  if (n < 0) bench_fail("rill_hpack_encode");
  return (size_t)n;
}

static size_t rill_decode(coder *c, const uint8_t *wire, size_t n, size_t *octets) {
  rill_view block = {wire, n};
  rill_field field;
  rill_why why;
  size_t count = 0;
  int answer;
  while ((answer = rill_hpack_decode(c->rill_decoder, &block, &field, &why)) == 1) {
    *octets += field.name.n + field.value.n;
    count++;
  }
  if (answer < 0) bench_fail(rill_why_text(why));
  return count;
}

static void *rill_convert(const corpus_field *fields, size_t count) {
  rill_field *array = bench_alloc(count * sizeof(rill_field));
  for (size_t i = 0; i < count; i++) {
    array[i].name = (rill_view){fields[i].name, fields[i].name_n};
    array[i].value = (rill_view){fields[i].value, fields[i].value_n};
  }
  return array;
}

static const codec rill_codec = {rill_open_encoder, rill_open_decoder, rill_close_encoder, rill_close_decoder,
                                 rill_encode,       rill_decode,       rill_convert};

/* ---- libnghttp2 -------------------------------------------------------------------------------------------------------- */

static void nghttp2_open_encoder(coder *c) { succeed(nghttp2_hd_deflate_new(&c->nghttp2_encoder, TABLE)); }
static void nghttp2_open_decoder(coder *c) { succeed(nghttp2_hd_inflate_new(&c->nghttp2_decoder)); }
static void nghttp2_close_encoder(coder *c) { nghttp2_hd_deflate_del(c->nghttp2_encoder); }
static void nghttp2_close_decoder(coder *c) { nghttp2_hd_inflate_del(c->nghttp2_decoder); }

static size_t nghttp2_encode(coder *c, uint8_t *dst, const void *fields, size_t count) {
  ssize_t n = nghttp2_hd_deflate_hd(c->nghttp2_encoder, dst, WIRE_MAX, fields, count);
  if (n < 0) bench_fail("nghttp2_hd_deflate_hd");
  return (size_t)n;
}

static size_t nghttp2_decode(coder *c, const uint8_t *wire, size_t n, size_t *octets) {
  nghttp2_nv field;
  size_t count = 0;
  int flags = 0;
  while ((flags & NGHTTP2_HD_INFLATE_FINAL) == 0) {
    ssize_t took = nghttp2_hd_inflate_hd2(c->nghttp2_decoder, &field, &flags, wire, n, 1);
    if (took < 0) bench_fail("nghttp2_hd_inflate_hd2");
    wire += took;
    n -= (size_t)took;
    if ((flags & NGHTTP2_HD_INFLATE_EMIT) == 0) continue;
    *octets += field.namelen + field.valuelen;
    count++;
  }
  nghttp2_hd_inflate_end_headers(c->nghttp2_decoder);
  return count;
}

static void *nghttp2_convert(const corpus_field *fields, size_t count) {
  nghttp2_nv *array = bench_alloc(count * sizeof(nghttp2_nv));
  for (size_t i = 0; i < count; i++) {
    array[i] = (nghttp2_nv){fields[i].name, fields[i].value, fields[i].name_n, fields[i].value_n, NGHTTP2_NV_FLAG_NONE};
  }
  return array;
}

static const codec nghttp2_codec = {nghttp2_open_encoder, nghttp2_open_decoder, nghttp2_close_encoder, nghttp2_close_decoder,
                                    nghttp2_encode,       nghttp2_decode,       nghttp2_convert};

/* ---- the corpus -------------------------------------------------------------------------------------------------------- */

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
  s->codec = o->nghttp2 ? &nghttp2_codec : &rill_codec;
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
      s->arrays[block++] = s->codec->convert(story->blocks[j].fields, story->blocks[j].count);
    }
  }
  return s;
}

/* New encoders; a run makes one pass, whatever n. */
static void encode_corpus_prepare(void *state, size_t n) {
  corpus_state *s = state;
  (void)n;
  if (s->open) each_coder(s, s->codec->close_encoder);
  each_coder(s, s->codec->open_encoder);
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
    nghttp2_open_decoder(&decoder);
    for (size_t j = 0; j < s->corpus->stories[i].count; j++) {
      size_t n = s->codec->encode(&s->coders[i], s->wire, s->arrays[block++], s->corpus->stories[i].blocks[j].count);
      count += nghttp2_decode(&decoder, s->wire, n, &octets);
      wire += n;
    }
    nghttp2_close_decoder(&decoder);
  }
  if (count != s->corpus->fields || octets != s->corpus->octets) bench_fail("what was encoded does not decode to the same");
  double ratio = (double)wire / (double)s->corpus->octets;
  encode_corpus_end(s);
  return ratio;
}

/* ---- a steady browser -------------------------------------------------------------------------------------------------- */

enum { STEADY_FIELDS = 12, STEADY_PATH = 3, STEADY_BLOCK_MAX = 1024, STEADY_DIGITS = 8 };

static const char *const steady_text[STEADY_FIELDS][2] = {
    {":method", "GET"},
    {":authority", "www.example.com"},
    {":scheme", "https"},
    {":path", "/assets/images/00000000/preview.jpg"},
    {"user-agent", "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
    {"accept", "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {"accept-language", "en-US,en;q=0.5"},
    {"accept-encoding", "gzip, deflate, br"},
    {"referer", "https://www.example.com/gallery/index.html"},
    {"cookie", "session=0123456789abcdef0123456789abcdef; theme=dark"},
    {"sec-fetch-dest", "image"},
    {"sec-fetch-mode", "no-cors"},
};

typedef struct steady_state {
  const codec *codec;
  coder coder;
  corpus_field fields[STEADY_FIELDS];
  char path[64];
  uint32_t number;
  void *array;   /* the fields, for the encoder */
  coder source;  /* decoding: who makes the wire */
  uint8_t *wire; /* decoding: blocks, each behind its length in two octets */
  size_t octets; /* of names and values of one block */
  uint8_t out[STEADY_BLOCK_MAX];
} steady_state;

static void next_path(steady_state *s) {
  uint32_t number = s->number++ * 2654435761u;
  for (int i = 0; i < STEADY_DIGITS; i++)
    s->path[15 + i] = "0123456789abcdef"[number >> (28 - 4 * i) & 15];
}

static steady_state *steady_begin(const options *o) {
  steady_state *s = bench_alloc(sizeof *s);
  s->codec = o->nghttp2 ? &nghttp2_codec : &rill_codec;
  strcpy(s->path, steady_text[STEADY_PATH][1]);
  for (size_t i = 0; i < STEADY_FIELDS; i++) {
    const char *name = steady_text[i][0], *value = i == STEADY_PATH ? s->path : steady_text[i][1];
    s->fields[i] = (corpus_field){(uint8_t *)(uintptr_t)name, (uint8_t *)(uintptr_t)value, strlen(name), strlen(value)};
    s->octets += strlen(name) + strlen(value);
  }
  return s;
}

static void *encode_steady_begin(const options *o) {
  steady_state *s = steady_begin(o);
  s->codec->open_encoder(&s->coder);
  s->array = s->codec->convert(s->fields, STEADY_FIELDS);
  return s;
}

static size_t encode_steady_run(void *state, size_t n) {
  steady_state *s = state;
  for (size_t i = 0; i < n; i++) {
    next_path(s);
    (void)s->codec->encode(&s->coder, s->out, s->array, STEADY_FIELDS);
  }
  return n * STEADY_FIELDS;
}

static void encode_steady_end(void *state) {
  steady_state *s = state;
  s->codec->close_encoder(&s->coder);
  free(s->array);
  free(s);
}

static void *decode_steady_begin(const options *o) {
  steady_state *s = steady_begin(o);
  s->codec->open_decoder(&s->coder);
  nghttp2_open_encoder(&s->source);
  s->array = nghttp2_convert(s->fields, STEADY_FIELDS);
  return s;
}

static void decode_steady_prepare(void *state, size_t n) {
  steady_state *s = state;
  free(s->wire);
  s->wire = bench_alloc(n * (STEADY_BLOCK_MAX + 2));
  uint8_t *p = s->wire;
  for (size_t i = 0; i < n; i++) {
    next_path(s);
    size_t size = nghttp2_encode(&s->source, p + 2, s->array, STEADY_FIELDS);
    p[0] = (uint8_t)(size >> 8);
    p[1] = (uint8_t)size;
    p += 2 + size;
  }
}

static size_t decode_steady_run(void *state, size_t n) {
  steady_state *s = state;
  const uint8_t *p = s->wire;
  size_t count = 0, octets = 0;
  for (size_t i = 0; i < n; i++) {
    size_t size = (size_t)p[0] << 8 | p[1];
    count += s->codec->decode(&s->coder, p + 2, size, &octets);
    p += 2 + size;
  }
  if (count != n * STEADY_FIELDS || octets != n * s->octets) bench_fail("the steady fields were not decoded as they should be");
  return count;
}

static void decode_steady_end(void *state) {
  steady_state *s = state;
  s->codec->close_decoder(&s->coder);
  nghttp2_close_encoder(&s->source);
  free(s->wire);
  free(s->array);
  free(s);
}

const work hpack_works[4] = {
    {"decode_corpus", decode_corpus_begin, decode_corpus_prepare, decode_corpus_run, decode_corpus_end},
    {"decode_steady", decode_steady_begin, decode_steady_prepare, decode_steady_run, decode_steady_end},
    {"encode_corpus", encode_corpus_begin, encode_corpus_prepare, encode_corpus_run, encode_corpus_end},
    {"encode_steady", encode_steady_begin, NULL, encode_steady_run, encode_steady_end},
};
