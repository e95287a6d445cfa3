/* SPDX-License-Identifier: MIT */
/*
 * dec_inside: what dec.c and dec_general.c share, and nobody else includes: how an index becomes a field.
 *
 * In line, since most fields are nothing else: no call, no copy of octets, and a note of what is viewed, so that an insertion
 * that would pull the octets away from under a field can be seen coming.
 */
#ifndef RILL__DEC_INSIDE_H
#define RILL__DEC_INSIDE_H

#include "hpack/dec.h"
#include "hpack/static_tab.h"

/* As rill__dec_next(), for whatever may come. */
int rill__dec_general(rill__dec *dec, rill_view *block, rill__arena *arena, rill_field *fields, size_t count, rill_why *why);

/* Remembers that fields[i] views an entry. */
static inline void rill__dec_note_view(rill__dec *dec, size_t i, uint32_t seq) {
  if (!dec->viewing || i < dec->view_from) dec->view_from = i;
  if (!dec->viewing || (int32_t)(seq - dec->view_oldest) < 0) dec->view_oldest = seq;
  dec->viewing = true;
}

/* The entry of an index, in the static or the dynamic table, becomes fields[i]; false if there is none. */
static inline bool rill__dec_entry(rill__dec *dec, uint32_t index, rill_field *fields, size_t i) {
  const rill__dyn_tab *table = &dec->table;
  if (index - 1 < RILL__STATIC_COUNT) {
    fields[i] = rill__static_tab[index];
    dec->last = table->next;
    return true;
  }
  uint32_t back = index - 1 - RILL__STATIC_COUNT; /* more than any count if index is 0 */
  if (back >= table->count) return false;
  uint32_t seq = table->next - 1 - back;
  const rill__dyn_entry *entry = rill__dyn_at(table, seq);
  fields[i] = (rill_field){rill__dyn_name(table, entry), rill__dyn_value(table, entry), entry->token, entry->flags, 0};
  rill__dec_note_view(dec, i, seq);
  dec->last = seq;
  return true;
}

#endif /* RILL__DEC_INSIDE_H */
