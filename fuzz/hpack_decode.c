/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the decoder. The input is the size of the table, then blocks: two octets of length, the octets; a length of 0xffff is an
 * acknowledged table size in the next two. Sizes have two octets; 0xffff stands for 2^32-1. The public decoder, and the
 * internal one that keeps all fields of a block until its end, must agree on every field and on how each block ends; and a
 * failure must stay.
 */
#include "base/bytes.h"
#include "fuzz.h"
#include "hpack/dec.h"

#include <rill/hpack.h>

enum { FIELDS = 300 };

typedef struct desk {
  rill_hpack_decoder *decoder;
  rill__mem mem;
  rill__arena arena;
  rill__dec dec;
  rill_field fields[FIELDS + 1];
} desk;

static uint32_t take16(rill_view *in) {
  uint32_t v = in->n < 2 ? 0 : rill__get16(in->p);
  (void)rill__view_take(in, in->n < 2 ? in->n : 2);
  return v;
}

static uint32_t take_size(rill_view *in) {
  uint32_t size = take16(in);
  return size == 0xffff ? UINT32_MAX : size;
}

static void check_table(const rill__dyn_tab *table) {
  uint64_t size = 0;
  for (uint32_t seq = rill__dyn_oldest(table); seq != table->next; seq++) {
    const rill__dyn_entry *entry = rill__dyn_at(table, seq);
    size += rill__dyn_entry_size(rill__dyn_name(table, entry), rill__dyn_value(table, entry));
  }
  demand(size == table->size && size <= table->max);
}

static void decode(desk *d, rill_view octets) {
  uint8_t *one = fuzz_copy(octets.p, octets.n), *two = fuzz_copy(octets.p, octets.n);
  rill_view left = {one, octets.n}, kept_left = {two, octets.n};
  uint8_t *names = fuzz_room(FIELDS);
  size_t count = 0;
  int got, kept;
  do {
    rill_field field;
    rill_why why = RILL_WHY_NONE, kept_why = RILL_WHY_NONE;
    got = rill_hpack_decode(d->decoder, &left, &field, &why);
    kept = rill__dec_next(&d->dec, &kept_left, &d->arena, d->fields, count, &kept_why);
    demand(got == kept && why == kept_why && left.n == kept_left.n);
    if (got != 1) break;
    demand(rill__view_eq(field.name, d->fields[count].name) && rill__view_eq(field.value, d->fields[count].value));
    demand(field.token == d->fields[count].token && field.flags == d->fields[count].flags);
    rill__dec_annotate(&d->dec, &d->fields[count]);
    names[count] = field.name.n == 0 ? 0 : field.name.p[0];
    if (count + 1 < FIELDS) count++;
  } while (true);
  demand(got <= 0 && (got != 0 || left.n == 0));
  free(one);
  free(two);
  for (size_t i = 0; i < count; i++) {
    demand(d->fields[i].name.n == 0 || d->fields[i].name.p[0] == names[i]);
  }
  free(names);
  check_table(&d->dec.table);
  rill__arena_reset(&d->arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  static desk d;
  rill_view in = {data, size};
  uint32_t max = take_size(&in);
  rill__mem_init(&d.mem, NULL, SIZE_MAX);
  rill__arena_init(&d.arena, &d.mem);
  rill__dec_init(&d.dec, &d.mem, max);
  demand(rill_hpack_decoder_new(&d.decoder, NULL, max) == RILL_OK);
  while (in.n != 0) {
    uint32_t n = take16(&in);
    if (n == 0xffff) {
      max = take_size(&in);
      rill_hpack_decoder_resize(d.decoder, max);
      rill__dec_resize(&d.dec, max);
    } else {
      decode(&d, rill__view_take(&in, n < in.n ? n : in.n));
    }
  }
  rill_hpack_decoder_del(d.decoder);
  rill__dec_free(&d.dec);
  rill__arena_free(&d.arena);
  demand(d.mem.used == 0);
  return 0;
}
