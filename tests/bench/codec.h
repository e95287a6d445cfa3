/* SPDX-License-Identifier: MIT */
/*
 * codec: the encoders and decoders of both libraries, behind one set of functions. Knows no work.
 *
 * nghttp2's are named too: its decoder judges what is encoded, its encoder makes the wire for decoders of either side.
 */
#ifndef RILL_BENCH_CODEC_H
#define RILL_BENCH_CODEC_H

#include "bench.h"
#include "corpus.h"
#include <nghttp2/nghttp2.h>
#include <rill/hpack.h>

enum { WIRE_MAX = 1 << 16, TABLE = 4096 };

typedef union coder {
  rill_hpack_decoder *rill_decoder;
  rill_hpack_encoder *rill_encoder;
  nghttp2_hd_inflater *nghttp2_decoder;
  nghttp2_hd_deflater *nghttp2_encoder;
} coder;

/* How fields are to be encoded: as the library sees fit, never through the table, or always. */
typedef enum handling { HANDLING_FREE, HANDLING_NEVER, HANDLING_ALWAYS } handling;

typedef struct codec {
  void (*open_encoder)(coder *c, size_t table);
  void (*open_decoder)(coder *c);
  void (*close_encoder)(coder *c);
  void (*close_decoder)(coder *c);
  size_t (*encode)(coder *c, uint8_t *dst, const void *fields, size_t count);
  size_t (*decode)(coder *c, const uint8_t *wire, size_t n, size_t *octets); /* fields; their octets are added */
  void *(*convert)(const corpus_field *fields, size_t count, handling how);  /* to an array for encode */
  size_t field_size;                                                         /* of that array */
} codec;

extern const codec rill_codec, nghttp2_codec;
static inline const codec *codec_of(const options *o) { return o->nghttp2 ? &nghttp2_codec : &rill_codec; }

#endif /* RILL_BENCH_CODEC_H */
