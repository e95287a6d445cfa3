/* SPDX-License-Identifier: MIT */
/*
 * Huffman's code, by long strings: a field whose value is 4 KiB of the words that headers are made of, never indexed, so that
 * little but the string's coding is done. A unit is a plain octet. It goes through the public interface of either library, since
 * neither lets others at its Huffman coder: a few dozen instructions for the field are in the figure, for 4,096 octets.
 */
#include "codec.h"
#include <stdlib.h>
#include <string.h>

enum { STRING = 4096, STRINGS = 16 };

typedef struct strings_state {
  const codec *codec;
  coder coder;
  void *fields;
  uint8_t text[STRINGS][STRING];
  uint8_t wire[STRINGS][2 * STRING];
  size_t wire_n[STRINGS];
  uint8_t out[2 * STRING + 64];
} strings_state;

static void make_text(strings_state *s) {
  static const char *const words[] = {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
                                      "https://www.example.com/gallery/index.html?page=",
                                      "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0",
                                      "session=0123456789abcdef0123456789abcdef; theme=dark; ",
                                      "Tue, 15 Nov 1994 08:12:31 GMT",
                                      "max-age=3600, must-revalidate",
                                      "gzip, deflate, br",
                                      "\"W/5f3a-Qx7Zk2LmP0\""};
  uint32_t random = 1;
  for (size_t i = 0; i < STRINGS; i++) {
    for (size_t n = 0; n < STRING;) {
      random = random * 1664525 + 1013904223;
      const char *word = words[random >> 29];
      size_t size = strlen(word) < STRING - n ? strlen(word) : STRING - n;
      memcpy(s->text[i] + n, word, size);
      n += size;
    }
  }
}

static strings_state *strings_begin(const options *o) {
  strings_state *s = bench_alloc(sizeof *s);
  corpus_field fields[STRINGS];
  s->codec = codec_of(o);
  make_text(s);
  for (size_t i = 0; i < STRINGS; i++)
    fields[i] = (corpus_field){(uint8_t *)(uintptr_t) "user-agent", s->text[i], 10, STRING};
  s->fields = s->codec->convert(fields, STRINGS, HANDLING_NEVER);
  return s;
}

static const void *field_at(const strings_state *s, size_t i) { return (const char *)s->fields + i * s->codec->field_size; }

static void *encode_begin(const options *o) {
  strings_state *s = strings_begin(o);
  s->codec->open_encoder(&s->coder, TABLE);
  return s;
}

/* Plain text would be as long as the field, and an indexed field as good as nothing. */
static size_t encode_run(void *state, size_t n) {
  strings_state *s = state;
  for (size_t i = 0; i < n; i++) {
    size_t size = s->codec->encode(&s->coder, s->out, field_at(s, i % STRINGS), 1);
    if (size < STRING / 2 || size >= STRING) bench_fail("a string was not coded");
  }
  return n * STRING;
}

static void encode_end(void *state) {
  strings_state *s = state;
  s->codec->close_encoder(&s->coder);
  free(s->fields);
  free(s);
}

/* Both sides read the same wire: of one field, another library's encoder makes the same. */
static void *decode_begin(const options *o) {
  strings_state *s = encode_begin(o);
  for (size_t i = 0; i < STRINGS; i++)
    s->wire_n[i] = s->codec->encode(&s->coder, s->wire[i], field_at(s, i), 1);
  s->codec->close_encoder(&s->coder);
  s->codec->open_decoder(&s->coder);
  return s;
}

static size_t decode_run(void *state, size_t n) {
  strings_state *s = state;
  size_t octets = 0;
  for (size_t i = 0; i < n; i++) {
    if (s->wire_n[i % STRINGS] >= STRING) bench_fail("a string is not coded");
    if (s->codec->decode(&s->coder, s->wire[i % STRINGS], s->wire_n[i % STRINGS], &octets) != 1) bench_fail("no field");
  }
  if (octets != n * (STRING + 10)) bench_fail("a string was not decoded as it should be");
  return n * STRING;
}

static void decode_end(void *state) {
  strings_state *s = state;
  s->codec->close_decoder(&s->coder);
  free(s->fields);
  free(s);
}

const work huff_encode_work = {"huff_encode", encode_begin, NULL, encode_run, encode_end};
const work huff_decode_work = {"huff_decode", decode_begin, NULL, decode_run, decode_end};
