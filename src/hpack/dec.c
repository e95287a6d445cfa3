/* SPDX-License-Identifier: MIT */
#include "hpack/dec.h"

#include "hpack/dec_inside.h"

void rill__dec_init(rill__dec *dec, rill__mem *mem, uint32_t max_table_size) {
  *dec = (rill__dec){.limit = max_table_size, .must_update = UINT32_MAX};
  rill__dyn_init(&dec->table, mem, max_table_size, 0, 0);
}

void rill__dec_free(rill__dec *dec) { rill__dyn_free(&dec->table); }

void rill__dec_resize(rill__dec *dec, uint32_t max_table_size) {
  dec->limit = max_table_size;
  if (max_table_size < dec->table.max && max_table_size < dec->must_update) dec->must_update = max_table_size;
}

/* Most fields are one octet, the index of an entry. These go a short way, which calls nothing. */
int rill__dec_next(rill__dec *dec, rill_view *block, rill__arena *arena, rill_field *fields, size_t count, rill_why *why) {
  bool is_short = dec->state == RILL__DEC_FIELDS && block->n != 0 && *block->p >= 0x80 && *block->p < 0xff;
  if (!is_short || !rill__dec_entry(dec, *block->p & 0x7f, fields, count)) {
    return rill__dec_general(dec, block, arena, fields, count, why);
  }
  block->p++;
  block->n--;
  return 1;
}

void rill__dec_annotate(rill__dec *dec, const rill_field *field) {
  if (!rill__dyn_is_live(&dec->table, dec->last)) return;
  rill__dyn_entry *entry = rill__dyn_at(&dec->table, dec->last);
  entry->token = field->token;
  entry->flags = field->flags & RILL_FIELD_CHECKED;
}

void rill__dec_note(rill__dec *dec, uint8_t note) {
  if (rill__dyn_is_live(&dec->table, dec->last)) rill__dyn_at(&dec->table, dec->last)->note = note;
}
