/* SPDX-License-Identifier: MIT */
/*
 * A steady browser: twelve fields of a request, of which only the 35 octets of :path change. Decoders of both sides read what
 * libnghttp2's encoder made of them, and add up the octets of what they give.
 */
#include "codec.h"
#include <stdlib.h>
#include <string.h>

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
  s->codec = codec_of(o);
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
  s->codec->open_encoder(&s->coder, TABLE);
  s->array = s->codec->convert(s->fields, STEADY_FIELDS, HANDLING_FREE);
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
  nghttp2_codec.open_encoder(&s->source, TABLE);
  s->array = nghttp2_codec.convert(s->fields, STEADY_FIELDS, HANDLING_FREE);
  return s;
}

static void decode_steady_prepare(void *state, size_t n) {
  steady_state *s = state;
  free(s->wire);
  s->wire = bench_alloc(n * (STEADY_BLOCK_MAX + 2));
  uint8_t *p = s->wire;
  for (size_t i = 0; i < n; i++) {
    next_path(s);
    size_t size = nghttp2_codec.encode(&s->source, p + 2, s->array, STEADY_FIELDS);
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
  nghttp2_codec.close_encoder(&s->source);
  free(s->wire);
  free(s->array);
  free(s);
}

const work decode_steady_work = {"decode_steady", decode_steady_begin, decode_steady_prepare, decode_steady_run,
                                 decode_steady_end};
const work encode_steady_work = {"encode_steady", encode_steady_begin, NULL, encode_steady_run, encode_steady_end};
