/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes HPACK against what others make of the same octets. The first octet says what the rest is:
 *
 *   0  octets in the Huffman code, read bit by bit (tests/huff_bits.h)
 *   1  octets to put into it
 *   2  field blocks as of hpack_decode, also for libnghttp2's inflater: same fields, same ends
 *   3  fields: flags, two lengths and octets each; 0xff ends a block, 0xfe sets the table's size. What the encoder makes of them
 *      libnghttp2 reads, and the other way round
 *
 * The last two do nothing where libnghttp2-dev was not there when this was built.
 */
#include "base/bytes.h"
#include "fuzz.h"
#include "hpack/huff.h"
#include "huff_bits.h"
#include <rill/hpack.h>

/* ---- the Huffman code -------------------------------------------------------------------------------------------------- */

static void check_get(rill_view coded) {
  size_t bound = rill__huff_get_bound(coded.n);
  uint8_t *want = fuzz_room(bound), *got = fuzz_room(bound), *exact = fuzz_copy(coded.p, coded.n);
  size_t n = slow_get(want, coded.p, coded.n);
  demand(rill__huff_get(got, exact, coded.n) == n && (n == SIZE_MAX || memcmp(got, want, n) == 0));
  free(want);
  free(got);
  free(exact);
}

static void check_put(rill_view plain) {
  uint8_t *want = fuzz_room(4 * plain.n), *got = fuzz_room(plain.n + RILL__HUFF_PUT_SLACK);
  uint8_t *exact = fuzz_copy(plain.p, plain.n);
  size_t n = slow_put(want, plain.p, plain.n), least = n < plain.n ? n : plain.n;
  demand(rill__huff_put(got, exact, plain.n) == least && (n >= plain.n || memcmp(got, want, n) == 0));
  check_get((rill_view){want, n});
  free(want);
  free(got);
  free(exact);
}

/* ---- libnghttp2 -------------------------------------------------------------------------------------------------------- */

#ifdef FUZZ_NGHTTP2

#include <nghttp2/nghttp2.h>

enum { TABLE = 4096, FIELDS = 24 };

typedef struct desk {
  rill_hpack_decoder *decoder;
  rill_hpack_encoder *encoder;
  nghttp2_hd_inflater *inflater;
  nghttp2_hd_deflater *deflater;
} desk;

static void desk_open(desk *d) {
  demand(rill_hpack_decoder_new(&d->decoder, NULL, TABLE) == RILL_OK);
  demand(rill_hpack_encoder_new(&d->encoder, NULL, UINT32_MAX, 1) == RILL_OK);
  demand(nghttp2_hd_inflate_new(&d->inflater) == 0 && nghttp2_hd_deflate_new(&d->deflater, UINT16_MAX) == 0);
}

static void desk_close(desk *d) {
  rill_hpack_decoder_del(d->decoder);
  rill_hpack_encoder_del(d->encoder);
  nghttp2_hd_inflate_del(d->inflater);
  nghttp2_hd_deflate_del(d->deflater);
}

/* One field of theirs. 1: *nv; 0: the block has ended; -1: refused. */
static int inflate(desk *d, rill_view *left, nghttp2_nv *nv) {
  for (;;) {
    int flags = 0;
    ssize_t n = nghttp2_hd_inflate_hd2(d->inflater, nv, &flags, left->p, left->n, 1);
    if (n < 0) return -1;
    (void)rill__view_take(left, (size_t)n);
    if (flags & NGHTTP2_HD_INFLATE_EMIT) return 1;
    if (flags & NGHTTP2_HD_INFLATE_FINAL) return nghttp2_hd_inflate_end_headers(d->inflater) == 0 ? 0 : -1;
  }
}

static bool same(const rill_field *field, const nghttp2_nv *nv) {
  bool secret = (field->flags & RILL_FIELD_NEVER_INDEX) != 0, theirs = (nv->flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0;
  return rill__view_eq(field->name, (rill_view){nv->name, nv->namelen}) &&
         rill__view_eq(field->value, (rill_view){nv->value, nv->valuelen}) && secret == theirs;
}

/*
 * Both read one block. Returns how it ended, as rill_hpack_decode() does. Where they may differ: rill allows two size updates in
 * front (7541 4.2), libnghttp2 any number.
 */
static int read_block(desk *d, rill_view block) {
  uint8_t *one = fuzz_copy(block.p, block.n), *two = fuzz_copy(block.p, block.n);
  rill_view ours = {one, block.n}, theirs = {two, block.n};
  int got;
  do {
    rill_field field;
    rill_why why = RILL_WHY_NONE;
    nghttp2_nv nv;
    got = rill_hpack_decode(d->decoder, &ours, &field, &why);
    if (got == RILL_ERR_PROTO && why == RILL_WHY_HPACK_UPDATE_MANY) break;
    int their = inflate(d, &theirs, &nv);
    demand((got < 0) == (their < 0) && (got < 0 || got == their) && (got != 1 || same(&field, &nv)));
  } while (got == 1);
  free(one);
  free(two);
  return got;
}

static uint32_t take16(rill_view *in) {
  uint32_t v = in->n < 2 ? 0 : rill__get16(in->p);
  (void)rill__view_take(in, in->n < 2 ? in->n : 2);
  return v;
}

static bool resize(desk *d, rill_view *in) {
  uint32_t size = take16(in);
  if (size == 0xffff) size = UINT32_MAX;
  rill_hpack_decoder_resize(d->decoder, size);
  return nghttp2_hd_inflate_change_table_size(d->inflater, size) == 0;
}

static void read_blocks(desk *d, rill_view in) {
  bool lives = resize(d, &in);
  while (lives && in.n != 0) {
    uint32_t n = take16(&in);
    if (n == 0xffff)
      lives = resize(d, &in);
    else
      lives = read_block(d, rill__view_take(&in, n < in.n ? n : in.n)) == 0;
  }
}

/* The other one reads what this one wrote, field for field. */
static void check_ours(desk *d, const rill_field *fields, size_t count) {
  size_t bound = rill_hpack_encode_bound(fields, count), i = 0;
  uint8_t *dst = fuzz_room(bound);
  rill_ssize n = rill_hpack_encode(d->encoder, dst, bound, fields, count);
  demand(n >= 0);
  rill_view left = {dst, (size_t)n};
  nghttp2_nv nv;
  int got;
  for (; (got = inflate(d, &left, &nv)) == 1; i++) {
    demand(i < count && rill__view_eq(fields[i].name, (rill_view){nv.name, nv.namelen}));
    demand(rill__view_eq(fields[i].value, (rill_view){nv.value, nv.valuelen}));
    demand((fields[i].flags & RILL_FIELD_NEVER_INDEX) == 0 || (nv.flags & NGHTTP2_NV_FLAG_NO_INDEX) != 0);
  }
  demand(got == 0 && i == count);
  free(dst);
}

static void check_theirs(desk *d, const rill_field *fields, size_t count) {
  nghttp2_nv nva[FIELDS];
  for (size_t i = 0; i < count; i++) {
    nva[i] = (nghttp2_nv){(uint8_t *)(uintptr_t)fields[i].name.p, (uint8_t *)(uintptr_t)fields[i].value.p, fields[i].name.n,
                          fields[i].value.n, fields[i].flags & RILL_FIELD_NEVER_INDEX ? NGHTTP2_NV_FLAG_NO_INDEX : 0};
  }
  size_t bound = nghttp2_hd_deflate_bound(d->deflater, nva, count), i = 0;
  uint8_t *dst = fuzz_room(bound);
  ssize_t n = nghttp2_hd_deflate_hd(d->deflater, dst, bound, nva, count);
  demand(n >= 0);
  rill_view left = {dst, (size_t)n};
  rill_field field;
  rill_why why;
  int got;
  for (; (got = rill_hpack_decode(d->decoder, &left, &field, &why)) == 1; i++)
    demand(i < count && rill__view_eq(field.name, fields[i].name) && rill__view_eq(field.value, fields[i].value));
  demand(got == 0 && i == count);
  free(dst);
}

static void set_table(desk *d, uint32_t size) {
  rill_hpack_encoder_resize(d->encoder, size);
  demand(nghttp2_hd_inflate_change_table_size(d->inflater, size) == 0);
  demand(nghttp2_hd_deflate_change_table_size(d->deflater, size) == 0);
  rill_hpack_decoder_resize(d->decoder, size);
}

static void write_blocks(desk *d, rill_view in) {
  rill_field fields[FIELDS];
  size_t count = 0;
  while (in.n != 0) {
    uint8_t what = *rill__view_take(&in, 1).p;
    if (what == 0xfe) {
      if (count == 0) set_table(d, take16(&in));
    } else if (what == 0xff || count == FIELDS) {
      check_ours(d, fields, count);
      check_theirs(d, fields, count);
      count = 0;
    } else {
      uint32_t lengths = take16(&in), name = lengths >> 8, value = lengths & 0xff;
      rill_field *field = &fields[count++];
      *field = (rill_field){.flags = what & (RILL_FIELD_NEVER_INDEX | RILL_FIELD_NO_INDEX | RILL_FIELD_INDEX)};
      field->name = rill__view_take(&in, name < in.n ? name : in.n);
      field->value = rill__view_take(&in, value < in.n ? value : in.n);
    }
  }
}

static void check_blocks(rill_view in, void (*check)(desk *, rill_view)) {
  desk d;
  desk_open(&d);
  check(&d, in);
  desk_close(&d);
}

#endif

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  if (n == 0) return 0;
  rill_view in = {data + 1, n - 1};
  make_bits();
  switch (*data % 4) {
  case 0:
    check_get(in);
    break;
  case 1:
    check_put(in);
    break;
#ifdef FUZZ_NGHTTP2
  case 2:
    check_blocks(in, read_blocks);
    break;
  default:
    check_blocks(in, write_blocks);
    break;
#else
  default:
    break;
#endif
  }
  return 0;
}
