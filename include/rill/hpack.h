/* SPDX-License-Identifier: MIT */
/*
 * rill/hpack.h: header compression (RFC 7541), without a connection.
 *
 * An encoder and a decoder each own one dynamic table, allocated when the first entry comes. The decoder is pulled, one field
 * at a time, and never holds more than the table and one field. Encoder and decoder belong to one thread at a time.
 */
#ifndef RILL_HPACK_H
#define RILL_HPACK_H

#include <rill/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rill_hpack_decoder rill_hpack_decoder;
typedef struct rill_hpack_encoder rill_hpack_encoder;

/*
 * Makes a decoder whose table may take max_table_size octets as RFC 7541 4.1 counts them (4,096 is what a peer assumes).
 * mem may be NULL: then the C library allocates. Returns 0 or RILL_ERR_NOMEM.
 */
RILL_API int rill_hpack_decoder_new(rill_hpack_decoder **out, const rill_mem *mem, uint32_t max_table_size);
RILL_API void rill_hpack_decoder_del(rill_hpack_decoder *decoder); /* NULL is fine */

/*
 * The peer acknowledged another SETTINGS_HEADER_TABLE_SIZE. If it is below the size in force, the next block must begin with a
 * size update (RFC 9113 4.3.1), or it is refused.
 */
RILL_API void rill_hpack_decoder_resize(rill_hpack_decoder *decoder, uint32_t max_table_size);

/*
 * Takes one field from the front of *block, which is one whole field block (or what is left of it) and must be offered without
 * change until it is empty. Returns 1 and *out; 0 when the block has ended well (then *block is empty, and the next call begins
 * another block); RILL_ERR_PROTO with *why, after which the decoder refuses all (RFC 9113 4.3); or RILL_ERR_NOMEM, likewise.
 * The views in *out live until the next call on this decoder. token and the never-indexed flag are set.
 */
RILL_API int rill_hpack_decode(rill_hpack_decoder *decoder, rill_view *block, rill_field *out, rill_why *why);

/*
 * Makes an encoder whose table takes at most max_table_size octets, and no more than the peer allows: 4,096 until
 * rill_hpack_encoder_resize(). seed makes the table's hashes unpredictable for those who choose field values; any value works.
 */
RILL_API int rill_hpack_encoder_new(rill_hpack_encoder **out, const rill_mem *mem, uint32_t max_table_size, uint64_t seed);
RILL_API void rill_hpack_encoder_del(rill_hpack_encoder *encoder); /* NULL is fine */

/* The peer's SETTINGS_HEADER_TABLE_SIZE. The next block begins with the size updates that RFC 7541 4.2 asks for. */
RILL_API void rill_hpack_encoder_resize(rill_hpack_encoder *encoder, uint32_t peer_max_table_size);

/* Octets that rill_hpack_encode() may need for these fields; SIZE_MAX if that is not a number. */
RILL_API size_t rill_hpack_encode_bound(const rill_field *fields, size_t count);

/*
 * Encodes one field block. cap must be at least the bound above, else RILL_ERR_LIMIT and no change. Returns the length. It
 * cannot fail otherwise: where a table entry cannot be allocated, the field is sent without one. Fields are not judged here.
 *
 * Never indexed: what is flagged so, authorization, proxy-authorization, set-cookie and cookies under 20 octets. Not put into the
 * table: what is flagged RILL_FIELD_NO_INDEX, what would take more than three quarters of it, and, unless RILL_FIELD_INDEX asks
 * for it, names whose values seldom come twice: :path, content-length, last-modified, etag and the like. Of x-request-id,
 * traceparent and their like, which the static table lacks, one entry is made for the name's sake.
 */
RILL_API rill_ssize rill_hpack_encode(rill_hpack_encoder *encoder, uint8_t *dst, size_t cap, const rill_field *fields,
                                      size_t count);

#ifdef __cplusplus
}
#endif

#endif /* RILL_HPACK_H */
