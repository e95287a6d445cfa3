/* SPDX-License-Identifier: MIT */
#include "hpack/enc.h"

#include "base/bytes.h"
#include "hpack/huff.h"
#include "hpack/pack.h"

enum {
  TABLE_FIRST = 4096, /* 9113 4.3.1 */
  UPDATE_OCTETS = RILL__INT_OCTETS
};

/* RFC 7541 6.2 */
static const struct literal_row {
  uint8_t high, mask; /* the bits above the index of its name, and the prefix of that */
} literals[] = {
    [RILL__LITERAL_INDEXED] = {0x40, 0x3f},
    [RILL__LITERAL_PLAIN] = {0x00, 0x0f},
    [RILL__LITERAL_NEVER] = {0x10, 0x0f},
};

/* ---- fields ---- */

static size_t int_octets(size_t n) {
  if (n < 0x7f) return 1;
  size_t octets = 2;
  for (size_t more = (n - 0x7f) >> 7; more != 0; more >>= 7)
    octets++;
  return octets;
}

/* Huffman's code where that is shorter. */
static inline uint8_t *put_string(uint8_t *dst, rill_view octets) {
  size_t before = int_octets(octets.n);
  size_t coded = rill__huff_put(dst + before, octets.p, octets.n);
  if (coded == octets.n) return rill__put(rill__int_put(dst, 0, 0x7f, (uint32_t)octets.n), octets.p, octets.n);
  uint8_t *at = rill__int_put(dst, 0x80, 0x7f, (uint32_t)coded);
  if (at != dst + before) memmove(at, dst + before, coded);
  return at + coded;
}

static uint8_t *put_indexed(uint8_t *dst, uint32_t index) { return rill__int_put(dst, 0x80, 0x7f, index); }

static inline uint8_t *put_literal(uint8_t *dst, rill__literal how, uint32_t name_index, const rill_field *field) {
  dst = rill__int_put(dst, literals[how].high, literals[how].mask, name_index);
  if (name_index == 0) dst = put_string(dst, field->name);
  return put_string(dst, field->value);
}

/* Whether a field may take the place of so many others. once: an entry with its name is there, and enough. */
static inline bool may_insert(const rill__enc *enc, const rill_field *field, bool once) {
  if (once || field->flags & RILL_FIELD_NO_INDEX) return false;
  return rill__dyn_entry_size(field->name, field->value) * 4 <= (uint64_t)enc->tab.dyn.max * 3;
}

/* A field that may be in the dynamic table, or come to be there, with a note. */
static uint8_t *put_dynamic(rill__enc *enc, uint8_t *dst, const rill_field *field, uint16_t token, uint8_t note) {
  rill__enc_match match;
  uint32_t index = rill__enc_tab_find(&enc->tab, field, token, &match);
  if (index != 0) return put_indexed(dst, index);
  /* One of its name may have been encoded since it was asked how this one goes. */
  bool once = rill__policies[token] == RILL__ONCE && (field->flags & RILL_FIELD_INDEX) == 0 && match.name != 0;
  bool inserted = may_insert(enc, field, match.once || once) && rill__enc_tab_insert(&enc->tab, field, token, &match);
  if (inserted) rill__dyn_at(&enc->tab.dyn, enc->tab.dyn.next - 1)->note = note;
  uint32_t name_index = rill__static_names[token].first;
  if (name_index == 0) name_index = match.name;
  return put_literal(dst, inserted ? RILL__LITERAL_INDEXED : RILL__LITERAL_PLAIN, name_index, field);
}

static uint8_t *put_plain(rill__enc *enc, uint8_t *dst, const rill_field *field, uint16_t token, rill__literal how) {
  uint32_t index = rill__static_names[token].first;
  if (index == 0) index = rill__enc_tab_name(&enc->tab, field->name, token);
  return put_literal(dst, how, index, field);
}

static inline uint8_t *put_field(rill__enc *enc, uint8_t *dst, const rill_field *field, const rill__enc_place *place) {
  const rill__dyn_tab *dyn = &enc->tab.dyn;
  if (place->way == RILL__IN_DYNAMIC && rill__dyn_is_live(dyn, place->at)) {
    return put_indexed(dst, rill__enc_index(dyn, place->at));
  }
  if (place->way == RILL__IN_STATIC) {
    *dst = (uint8_t)(0x80 | place->at);
    return dst + 1;
  }
  if (place->way == RILL__IN_NAME && rill__dyn_is_live(dyn, place->at)) {
    return put_literal(dst, RILL__LITERAL_PLAIN, rill__enc_index(dyn, place->at), field);
  }
  bool plain = place->way == RILL__LITERAL_PLAIN || place->way == RILL__LITERAL_NEVER;
  if (plain) return put_plain(enc, dst, field, place->token, (rill__literal)place->way);
  return put_dynamic(enc, dst, field, place->token, place->note);
}

/* ---- blocks ---- */

void rill__field_prepare(uint64_t seed, rill_field *field) {
  field->token = rill__token_for(field);
  field->hash = rill__enc_hash(seed, field->token, field);
}

void rill__enc_init(rill__enc *enc, rill__mem *mem, uint32_t max_table_size, uint64_t seed) {
  *enc = (rill__enc){.own_max = max_table_size < RILL__INT_MAX ? max_table_size : RILL__INT_MAX};
  rill__enc_tab_init(&enc->tab, mem, TABLE_FIRST, seed);
  rill__enc_resize(enc, TABLE_FIRST);
}

void rill__enc_free(rill__enc *enc) { rill__dyn_free(&enc->tab.dyn); }

void rill__enc_resize(rill__enc *enc, uint32_t peer_max_table_size) {
  if (!enc->pending) enc->pending_min = enc->tab.dyn.max;
  enc->pending = true;
  enc->pending_max = peer_max_table_size < enc->own_max ? peer_max_table_size : enc->own_max;
  if (enc->pending_max < enc->pending_min) enc->pending_min = enc->pending_max;
}

void rill__enc_restart(rill__enc *enc) {
  rill__dyn_free(&enc->tab.dyn);
  enc->pending_min = 0;
  enc->pending = enc->restart = true;
}

void rill__enc_pack(rill__enc *enc) {
  rill__pack(&enc->tab.dyn, false);
  if (!enc->pending) enc->pending_min = enc->tab.dyn.max;
  enc->pending = true;
}

void rill__enc_unpack(rill__enc *enc) {
  if (!rill__enc_tab_unpack(&enc->tab)) rill__enc_restart(enc);
}

static uint8_t *put_update(rill__enc *enc, uint8_t *dst, uint32_t max) {
  rill__dyn_set_max(&enc->tab.dyn, max);
  return rill__int_put(dst, 0x20, 0x1f, max);
}

/* RFC 7541 4.2: the least maximum that was asked for since the last block, then the final one. */
static uint8_t *put_updates(rill__enc *enc, uint8_t *dst) {
  rill__enc_wake(enc);
  if (enc->restart || enc->pending_min < enc->tab.dyn.max) dst = put_update(enc, dst, enc->pending_min);
  if (enc->pending_max != enc->tab.dyn.max) dst = put_update(enc, dst, enc->pending_max);
  enc->pending = enc->restart = false;
  return dst;
}

size_t rill__enc_bound_of(const rill__enc_size *size, size_t count) {
  _Static_assert((RILL__INT_MAX & (RILL__INT_MAX + UINT32_C(1))) == 0, "no length is above it if no bit is");
  uint64_t octets = 2 * UPDATE_OCTETS + RILL__HUFF_PUT_SLACK + (uint64_t)count * RILL__ENC_FIELD_OCTETS + size->octets;
  return size->bits > RILL__INT_MAX || octets >= SIZE_MAX ? SIZE_MAX : (size_t)octets;
}

size_t rill__enc_bound(const rill_field *fields, size_t count) {
  rill__enc_size size = {0, 0};
  for (size_t i = 0; i < count; i++)
    rill__enc_measure(&size, &fields[i]);
  return rill__enc_bound_of(&size, count);
}

size_t rill__enc_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count) {
  uint8_t *at = enc->pending ? put_updates(enc, dst) : dst;
  for (size_t i = 0; i < count; i++) {
    rill__enc_place place = rill__enc_seek(enc, &fields[i], rill__token_for(&fields[i]));
    at = put_field(enc, at, &fields[i], &place);
  }
  return (size_t)(at - dst);
}

size_t rill__enc_placed(rill__enc *enc, uint8_t *dst, const rill_field *fields, const rill__enc_place *places, size_t count) {
  uint8_t *at = enc->pending ? put_updates(enc, dst) : dst;
  for (size_t i = 0; i < count; i++)
    at = put_field(enc, at, &fields[i], &places[i]);
  return (size_t)(at - dst);
}
