/* SPDX-License-Identifier: MIT */
/*
 * dec: a field block becomes fields, one a call (RFC 7541 3 and 6). Knows the wire and the dynamic table; does not know frames,
 * what makes a field malformed, or limits of a field section: the caller counts and stops.
 *
 * Lifetime of the views: the strings of a literal are taken from the arena; those of an indexed field are views of the static
 * table or of the dynamic table's own octets. When an insertion is about to evict or move octets that fields of the same block
 * may still view, all those are copied to the arena first and the views in fields[] set to the copies. So all fields of a
 * block are good until the next block begins (the arena permitting). No field is looked at twice for this.
 *
 * Invariants: no size update once a field of the block was taken; a failure is final; no field of this block before
 * fields[view_from] views the table, and no field an entry older than view_oldest, which is none that is to come soon if there
 * are no such fields.
 */
#ifndef RILL__DEC_H
#define RILL__DEC_H

#include "base/arena.h"
#include "hpack/dyn_tab.h"
#include "hpack/static_tab.h"

enum { RILL__NOTED_CHECKED = UINT8_MAX }; /* instead of a note: that the entry is RILL_FIELD_CHECKED */

typedef enum rill__dec_state {
  RILL__DEC_START,  /* of a block: size updates may come */
  RILL__DEC_PACKED, /* likewise, once the table is unpacked */
  RILL__DEC_FIELDS, /* of a block: a field was taken */
  RILL__DEC_DEAD
} rill__dec_state;

typedef struct rill__dec {
  rill__dyn_tab table;
  uint32_t limit;       /* the maximum that we advertised and the peer acknowledged */
  uint32_t must_update; /* the next block must begin with an update to at most this; UINT32_MAX: it need not */
  uint32_t view_from;   /* the first of fields[] that may view the table; so many as no block has */
  uint32_t view_oldest; /* the oldest entry that may be viewed */
  uint32_t last;        /* the entry that the last field came from or became; not a live one if there is none */
  uint8_t last_static;  /* the index of the last field that was an entry of the static table */
  uint8_t named;        /* what is noted of the entry that a literal, which was the last field, took its name of; 0: nothing */
  uint8_t state;        /* rill__dec_state */
  uint8_t error;        /* the reason that it died of */
} rill__dec;

/* In HTTP/2 the maximum is 4,096 at first, whatever our SETTINGS say (RFC 9113 4.3.1); resize when they are acknowledged. */
void rill__dec_init(rill__dec *dec, rill__mem *mem, uint32_t max_table_size);
void rill__dec_free(rill__dec *dec);

/* Our SETTINGS_HEADER_TABLE_SIZE was acknowledged. Below the size in force: the next block must begin with an update. */
void rill__dec_resize(rill__dec *dec, uint32_t max_table_size);

/*
 * Takes one field off *block, which is one whole block or what earlier calls left of it. 1: fields[count] is set, with its token,
 * flags (RILL_FIELD_NEVER_INDEX, or those that its entry was annotated with) and hash 0; 0: the block has ended well;
 * RILL_ERR_PROTO and *why; RILL_ERR_NOMEM. Either error is final. fields[0..count-1] are the fields of this block that the caller
 * keeps: their views may be changed, to equal octets. Who keeps none passes 0: then nothing else is kept in the arena, either.
 */
int rill__dec_next(rill__dec *dec, rill_view *block, rill__arena *arena, rill_field *fields, size_t count, rill_why *why);

/* No block is under way, nor any field of the last one in use: the table takes less memory until the next one. See pack.h. */
void rill__dec_pack(rill__dec *dec, bool tight);

/*
 * Keeps field->token and its RILL_FIELD_CHECKED flag on the table entry that the last field came from or became, if there is
 * one: they come back with each field that is made of that entry. Entries of the static table are RILL_FIELD_CHECKED.
 */
void rill__dec_annotate(rill__dec *dec, const rill_field *field);

/* Likewise a number, which is 0 at first and comes back when asked for: of the entry that the last field came from. */
static inline void rill__dec_note(rill__dec *dec, uint8_t note) {
  if (rill__dyn_is_live(&dec->table, dec->last)) rill__dyn_at(&dec->table, dec->last)->note = note;
}
static inline uint8_t rill__dec_noted(const rill__dec *dec) {
  return rill__dyn_is_live(&dec->table, dec->last) ? rill__dyn_at(&dec->table, dec->last)->note : 0;
}

/* It became an entry, or came from one. */
static inline bool rill__dec_is_kept(const rill__dec *dec) { return rill__dyn_is_live(&dec->table, dec->last); }

/* ---- the short way ------------------------------------------------------------------------------------------------------ */

/* No field views the table. Other than by these numbers it is not told, so that fields that do need set no more than them. */
static inline void rill__dec_view_none(rill__dec *dec) {
  dec->view_from = UINT32_MAX;
  dec->view_oldest = dec->table.next + (UINT32_C(1) << 30); /* no block inserts so many */
}

static inline bool rill__dec_views(const rill__dec *dec) { return (int32_t)(dec->view_oldest - dec->table.next) < 0; }

/* What is at fields[i] and behind may view the table. */
static inline void rill__dec_view_from(rill__dec *dec, size_t i) {
  if (i < dec->view_from) dec->view_from = (uint32_t)i;
}

static inline void rill__dec_static(rill__dec *dec, uint32_t index, rill_field *field) {
  *field = rill__static_tab[index];
  dec->last = dec->table.next;
  dec->last_static = (uint8_t)index;
}

/* The entry that so many came after; there is one. rill__dec_view_from() was called for the field. */
static inline void rill__dec_dynamic(rill__dec *dec, uint32_t back, rill_field *field) {
  const rill__dyn_tab *table = &dec->table;
  uint32_t seq = table->next - 1 - back;
  const rill__dyn_entry *entry = rill__dyn_at(table, seq);
  field->name = rill__dyn_name(table, entry); /* one after the other: compilers have not so many registers */
  field->value = (rill_view){field->name.p + field->name.n, entry->value_n};
  field->token = entry->token;
  field->flags = entry->flags;
  field->hash = 0;
  if ((int32_t)(seq - dec->view_oldest) < 0) dec->view_oldest = seq;
  dec->last = seq;
  dec->named = 0;
}

/* Size updates stand before the first field of a block, or have to. Most often there are none, and this calls nothing. */
static inline bool rill__dec_begins_plainly(rill__dec *dec, const rill_view *block) {
  if (dec->state == RILL__DEC_FIELDS) return true;
  bool updates = dec->must_update != UINT32_MAX || block->n == 0 || (*block->p & 0xe0) == 0x20;
  if (updates || dec->state != RILL__DEC_START) return false;
  dec->state = RILL__DEC_FIELDS;
  rill__dec_view_none(dec);
  dec->last = dec->table.next;
  return true;
}

/* Where no more fields follow, this ends the block, as rill__dec_next() would. False: some do, or the block did not begin. */
static inline bool rill__dec_ends(rill__dec *dec, const rill_view *block) {
  if (block->n != 0 || dec->state != RILL__DEC_FIELDS) return false;
  dec->state = RILL__DEC_START;
  return true;
}

/*
 * Most fields are one octet, the index of an entry: then this is rill__dec_next(), without a call, which is a third of what such
 * a field costs. False: it is not such a field, and nothing was taken. The block began plainly, and rill__dec_view_from() was
 * called for this field or one before.
 */
static inline bool rill__dec_brief(rill__dec *dec, rill_view *block, rill_field *field) {
  if (block->n == 0) return false;
  uint32_t octet = *block->p, back = octet - (0x80 | (RILL__STATIC_COUNT + 1));
  if (back < dec->table.count && octet != 0xff) {
    rill__dec_dynamic(dec, back, field);
  } else if (octet - 0x81 < RILL__STATIC_COUNT) {
    rill__dec_static(dec, octet - 0x80, field);
  } else {
    return false;
  }
  block->p++;
  block->n--;
  return true;
}

#endif /* RILL__DEC_H */
