/* SPDX-License-Identifier: MIT */
/*
 * hpack: the public encoder and decoder, for those who have no connection. One allocation each, which holds an allocator's
 * account, the internal struct and, for the decoder, the arena of the last field.
 */
#include <rill/hpack.h>

#include "hpack/dec.h"
#include "hpack/enc.h"

struct rill_hpack_decoder {
  rill__mem mem;
  rill__dec dec;
  rill__arena arena;
};

struct rill_hpack_encoder {
  rill__mem mem;
  rill__enc enc;
};

/* Takes memory for an object from the account that is to live inside it. */
static void *take_home(rill__mem *mem, const rill_mem *user, size_t size) {
  rill__mem_init(mem, user, SIZE_MAX);
  return rill__mem_alloc(mem, size);
}

int rill_hpack_decoder_new(rill_hpack_decoder **out, const rill_mem *mem, uint32_t max_table_size) {
  rill__mem account;
  rill_hpack_decoder *decoder = take_home(&account, mem, sizeof *decoder);
  *out = decoder;
  if (decoder == NULL) return RILL_ERR_NOMEM;
  decoder->mem = account;
  rill__dec_init(&decoder->dec, &decoder->mem, max_table_size);
  rill__arena_init(&decoder->arena, &decoder->mem);
  return RILL_OK;
}

void rill_hpack_decoder_del(rill_hpack_decoder *decoder) {
  if (decoder == NULL) return;
  rill__dec_free(&decoder->dec);
  rill__arena_free(&decoder->arena);
  rill__mem account = decoder->mem;
  rill__mem_free(&account, decoder, sizeof *decoder);
}

void rill_hpack_decoder_resize(rill_hpack_decoder *decoder, uint32_t max_table_size) {
  rill__dec_resize(&decoder->dec, max_table_size);
}

int rill_hpack_decode(rill_hpack_decoder *decoder, rill_view *block, rill_field *out, rill_why *why) {
  rill__dec *dec = &decoder->dec;
  if (rill__dec_begins_plainly(dec, block)) {
    dec->view_from = 0; /* as rill__dec_view_from() would have it, without a look at what it is */
    if (rill__dec_brief(dec, block, out)) return 1;
  }
  return rill__dec_next(dec, block, &decoder->arena, out, 0, why);
}

int rill_hpack_encoder_new(rill_hpack_encoder **out, const rill_mem *mem, uint32_t max_table_size, uint64_t seed) {
  rill__mem account;
  rill_hpack_encoder *encoder = take_home(&account, mem, sizeof *encoder);
  *out = encoder;
  if (encoder == NULL) return RILL_ERR_NOMEM;
  encoder->mem = account;
  rill__enc_init(&encoder->enc, &encoder->mem, max_table_size, seed);
  return RILL_OK;
}

void rill_hpack_encoder_del(rill_hpack_encoder *encoder) {
  if (encoder == NULL) return;
  rill__enc_free(&encoder->enc);
  rill__mem account = encoder->mem;
  rill__mem_free(&account, encoder, sizeof *encoder);
}

void rill_hpack_encoder_resize(rill_hpack_encoder *encoder, uint32_t peer_max_table_size) {
  rill__enc_resize(&encoder->enc, peer_max_table_size);
}

size_t rill_hpack_encode_bound(const rill_field *fields, size_t count) { return rill__enc_bound(fields, count); }

rill_ssize rill_hpack_encode(rill_hpack_encoder *encoder, uint8_t *dst, size_t cap, const rill_field *fields, size_t count) {
  size_t bound = rill__enc_bound(fields, count);
  if (bound == SIZE_MAX || bound > cap) return RILL_ERR_LIMIT;
  return (rill_ssize)rill__enc_block(&encoder->enc, dst, fields, count);
}
