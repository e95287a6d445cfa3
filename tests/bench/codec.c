/* SPDX-License-Identifier: MIT */
#include "codec.h"
#include <stdlib.h>

static void succeed(int answer) {
  if (answer != 0) bench_fail("no encoder or decoder");
}

/* ---- rill -------------------------------------------------------------------------------------------------------------- */

static void rill_open_encoder(coder *c, size_t table) {
  succeed(rill_hpack_encoder_new(&c->rill_encoder, NULL, (uint32_t)table, 1));
  if (table != TABLE) rill_hpack_encoder_resize(c->rill_encoder, (uint32_t)table);
}
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

static void *rill_convert(const corpus_field *fields, size_t count, handling how) {
  static const uint8_t flags[] = {0, RILL_FIELD_NEVER_INDEX, RILL_FIELD_INDEX};
  rill_field *array = bench_alloc(count * sizeof(rill_field));
  for (size_t i = 0; i < count; i++) {
    array[i].name = (rill_view){fields[i].name, fields[i].name_n};
    array[i].value = (rill_view){fields[i].value, fields[i].value_n};
    array[i].flags = flags[how];
  }
  return array;
}

const codec rill_codec = {rill_open_encoder, rill_open_decoder, rill_close_encoder, rill_close_decoder,
                          rill_encode,       rill_decode,       rill_convert,       sizeof(rill_field)};

/* ---- libnghttp2 -------------------------------------------------------------------------------------------------------- */

static void nghttp2_open_encoder(coder *c, size_t table) {
  succeed(nghttp2_hd_deflate_new(&c->nghttp2_encoder, table));
  if (table != TABLE) succeed(nghttp2_hd_deflate_change_table_size(c->nghttp2_encoder, table));
}
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

static void *nghttp2_convert(const corpus_field *fields, size_t count, handling how) {
  uint8_t flags = how == HANDLING_NEVER ? NGHTTP2_NV_FLAG_NO_INDEX : NGHTTP2_NV_FLAG_NONE;
  nghttp2_nv *array = bench_alloc(count * sizeof(nghttp2_nv));
  for (size_t i = 0; i < count; i++) {
    array[i] = (nghttp2_nv){fields[i].name, fields[i].value, fields[i].name_n, fields[i].value_n, flags};
  }
  return array;
}

const codec nghttp2_codec = {nghttp2_open_encoder, nghttp2_open_decoder, nghttp2_close_encoder, nghttp2_close_decoder,
                             nghttp2_encode,       nghttp2_decode,       nghttp2_convert,       sizeof(nghttp2_nv)};
