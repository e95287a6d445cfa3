/* SPDX-License-Identifier: MIT */
/*
 * Order within an insertion: strings to the arena, eviction (which leaves octets as they are), rescue of what is viewed if any of
 * it goes or moves, and only then the new entry. So a name may come from the very entry that it evicts.
 */
#include "hpack/dec.h"

#include "base/bytes.h"
#include "hpack/huff.h"
#include "hpack/pack.h"
#include "hpack/prefix_int.h"
#include "hpack/token.h"

enum { UPDATES_MAX = 2 }; /* 7541 4.2 */

/* One call of rill__dec_next(). */
typedef struct pull {
  rill__dec *dec;
  rill_view *block;
  rill__arena *arena;
  rill_field *fields; /* [count] is the one that is being made */
  size_t count;
} pull;

/* ---- failures; the first one stays ---- */

static int error_of(const rill__dec *dec) { return dec->error == RILL_WHY_NOMEM ? RILL_ERR_NOMEM : RILL_ERR_PROTO; }

static int refuse(rill__dec *dec, rill_why why) {
  dec->state = RILL__DEC_DEAD;
  dec->error = (uint8_t)why;
  return error_of(dec);
}

static int die_nomem(rill__dec *dec) { return refuse(dec, RILL_WHY_NOMEM); }

/* ---- views of the table ---- */

static bool rescue_view(pull *p, rill_view *view) {
  const rill__dyn_tab *table = &p->dec->table;
  uintptr_t octets = (uintptr_t)table->octets, at = (uintptr_t)view->p;
  if (view->n == 0 || at < octets || at - octets >= (size_t)table->room + table->room / 16) return true;
  uint8_t *copy = rill__arena_take(p->arena, view->n);
  if (copy == NULL) return false;
  memcpy(copy, view->p, view->n);
  view->p = copy;
  return true;
}

/* Copies all octets of the table that fields of this block view. */
static bool rescue(pull *p) {
  for (size_t i = p->dec->view_from; i <= p->count; i++) {
    if (!rescue_view(p, &p->fields[i].name) || !rescue_view(p, &p->fields[i].value)) return false;
  }
  rill__dec_view_none(p->dec);
  return true;
}

/* No field of this block is kept. */
static inline void forget_fields(pull *p) {
  rill__arena_reset(p->arena);
  rill__dec_view_none(p->dec);
}

/* ---- strings ---- */

static inline int take_coded(pull *p, rill_view coded, rill_view *out) {
  uint8_t *dst = rill__arena_take(p->arena, rill__huff_get_bound(coded.n));
  if (dst == NULL) return die_nomem(p->dec);
  size_t n = rill__huff_get(dst, coded.p, coded.n);
  if (n == RILL__HUFF_BAD) return refuse(p->dec, RILL_WHY_HPACK_HUFFMAN);
  rill__arena_untake(p->arena, dst + n);
  *out = (rill_view){dst, n};
  return 1;
}

static inline int take_string(pull *p, rill_view *out) {
  if (p->block->n == 0) return refuse(p->dec, RILL_WHY_HPACK_CUT);
  bool coded = (*p->block->p & 0x80) != 0;
  uint32_t n;
  rill_why why = rill__int_get(p->block, 0x7f, &n);
  if (why != RILL_WHY_NONE) return refuse(p->dec, why);
  if (n > p->block->n) return refuse(p->dec, RILL_WHY_HPACK_CUT);
  rill_view octets = {p->block->p, n};
  p->block->p += n;
  p->block->n -= n;
  if (coded) return take_coded(p, octets, out);
  uint8_t *dst = rill__arena_take(p->arena, n);
  if (dst == NULL) return die_nomem(p->dec);
  rill__put(dst, octets.p, n);
  *out = (rill_view){dst, n};
  return 1;
}

/* ---- representations ---- */

/* The entry of an index, in the static or the dynamic table, becomes fields[count]; false if there is none. */
static inline bool take_entry(rill__dec *dec, uint32_t index, rill_field *fields, size_t count) {
  uint32_t back = index - 1 - RILL__STATIC_COUNT; /* more than any count if it is no index of the dynamic table */
  if (back < dec->table.count) {
    rill__dec_view_from(dec, count);
    rill__dec_dynamic(dec, back, &fields[count]);
  } else if (index - 1 < RILL__STATIC_COUNT) {
    rill__dec_static(dec, index, &fields[count]);
  } else {
    return false;
  }
  return true;
}

/* Likewise, but no more than its name: the rest is to come. */
static inline bool take_name(pull *p, uint32_t index) {
  rill_field *field = &p->fields[p->count];
  if (index - 1 >= RILL__STATIC_COUNT) {
    if (!take_entry(p->dec, index, p->fields, p->count)) return false;
    const rill__dyn_entry *entry = rill__dyn_at(&p->dec->table, p->dec->last); /* which this literal may evict */
    p->dec->named = (entry->flags & RILL_FIELD_CHECKED) != 0 ? RILL__NOTED_CHECKED : entry->note;
    return true;
  }
  field->name = rill__static_tab[index].name;
  field->token = rill__static_tab[index].token;
  field->hash = 0;
  p->dec->named = 0;
  return true;
}

/* A literal, RFC 7541 6.2; mask is the prefix of the index of its name. */
static int take_literal(pull *p, uint32_t mask) {
  rill_field *field = &p->fields[p->count];
  uint32_t index;
  rill_why why = rill__int_get(p->block, mask, &index);
  if (why != RILL_WHY_NONE) return refuse(p->dec, why);
  if (index != 0) {
    if (!take_name(p, index)) return refuse(p->dec, RILL_WHY_HPACK_INDEX);
  } else {
    *field = (rill_field){0};
    p->dec->named = 0;
    int got = take_string(p, &field->name);
    if (got != 1) return got;
    field->token = rill__token_of(field->name);
  }
  field->flags = 0;
  p->dec->last = p->dec->table.next;
  return take_string(p, &field->value);
}

/* The field became this entry; NULL: there was no memory. */
static inline int became(pull *p, rill__dyn_entry *entry) {
  if (entry == NULL) return die_nomem(p->dec);
  entry->token = p->fields[p->count].token;
  p->dec->last = p->dec->table.next - 1;
  return 1;
}

/* What was viewed has been evicted, or is about to move. */
static int insert_after_rescue(pull *p, bool fits) {
  const rill_field *field = &p->fields[p->count];
  rill__dyn_tab *table = &p->dec->table;
  rill_view name = field->name; /* perhaps of the table */
  if (!rescue(p)) return die_nomem(p->dec);
  if (!fits) return 1;
  rill__dyn_entry *entry = table->count == 0 ? rill__dyn_put_again(table, name, field->value) : NULL;
  return became(p, entry != NULL ? entry : rill__dyn_put(table, field->name, field->value));
}

/* The literal goes into the table as well (7541 6.2.1). */
static int insert(pull *p) {
  const rill_field *field = &p->fields[p->count];
  rill__dec *dec = p->dec;
  rill__dyn_tab *table = &dec->table;
  uint64_t size = rill__dyn_entry_size(field->name, field->value);
  rill__dyn_evict(table, size);
  bool fits = size <= table->max;
  if (rill__dec_views(dec)) {
    bool safe = rill__dyn_is_live(table, dec->view_oldest) && !rill__dyn_moves(table, field->name.n + field->value.n);
    if (!safe) return insert_after_rescue(p, fits);
  }
  return fits ? became(p, rill__dyn_put(table, field->name, field->value)) : 1;
}

/* What begins with a zero: all but indexed fields. */
static int take_other(pull *p) {
  uint8_t first = *p->block->p;
  if ((first & 0xe0) == 0x20) return refuse(p->dec, RILL_WHY_HPACK_UPDATE_LATE);
  if (p->count == 0) forget_fields(p);
  int got = take_literal(p, first & 0x40 ? 0x3f : 0x0f);
  if (got != 1) return got;
  if (first & 0x40) return insert(p);
  if (first & 0x10) p->fields[p->count].flags = RILL_FIELD_NEVER_INDEX;
  return 1;
}

/* ---- blocks ---- */

static int take_update(rill__dec *dec, rill_view *block) {
  uint32_t max; /* the one number that our SETTINGS let be as large as this */
  rill_why why = rill__int_get_to(block, 0x1f, UINT32_MAX, &max);
  if (why != RILL_WHY_NONE) return refuse(dec, why);
  if (max > dec->limit) return refuse(dec, RILL_WHY_HPACK_UPDATE_LARGE);
  if (max > dec->must_update) return refuse(dec, RILL_WHY_HPACK_UPDATE_MISSING);
  dec->must_update = UINT32_MAX;
  rill__dyn_set_max(&dec->table, max);
  return 1;
}

/* Takes the size updates of a block. 1: fields follow, or its end. */
static int begin(rill__dec *dec, rill_view *block) {
  if (dec->state == RILL__DEC_DEAD) return error_of(dec);
  if (dec->state == RILL__DEC_PACKED && !rill__unpack(&dec->table)) return die_nomem(dec);
  dec->state = RILL__DEC_START;
  for (unsigned updates = 0; block->n != 0 && (*block->p & 0xe0) == 0x20; updates++) {
    if (updates == UPDATES_MAX) return refuse(dec, RILL_WHY_HPACK_UPDATE_MANY);
    int got = take_update(dec, block);
    if (got != 1) return got;
  }
  if (dec->must_update != UINT32_MAX) return refuse(dec, RILL_WHY_HPACK_UPDATE_MISSING);
  dec->state = RILL__DEC_FIELDS;
  rill__dec_view_none(dec);
  dec->last = dec->table.next;
  return 1;
}

static int take_indexed(rill__dec *dec, rill_view *block, rill_field *fields, size_t count) {
  uint32_t index;
  rill_why why = rill__int_get(block, 0x7f, &index);
  if (why != RILL_WHY_NONE) return refuse(dec, why);
  return take_entry(dec, index, fields, count) ? 1 : refuse(dec, RILL_WHY_HPACK_INDEX);
}

int rill__dec_next(rill__dec *dec, rill_view *block, rill__arena *arena, rill_field *fields, size_t count, rill_why *why) {
  int got = dec->state == RILL__DEC_FIELDS ? 1 : begin(dec, block);
  if (got == 1 && block->n == 0) {
    dec->state = RILL__DEC_START;
    got = 0;
  } else if (got == 1) {
    bool indexed = (*block->p & 0x80) != 0;
    got = indexed ? take_indexed(dec, block, fields, count) : take_other(&(pull){dec, block, arena, fields, count});
  }
  if (got < 0) *why = (rill_why)dec->error;
  return got;
}

/* ---- the table ----------------------------------------------------------------------------------------------------------- */

void rill__dec_init(rill__dec *dec, rill__mem *mem, uint32_t max_table_size) {
  *dec = (rill__dec){.limit = max_table_size, .must_update = UINT32_MAX};
  rill__dyn_init(&dec->table, mem, max_table_size, 0, 0);
  rill__dec_view_none(dec);
}

void rill__dec_free(rill__dec *dec) { rill__dyn_free(&dec->table); }

void rill__dec_resize(rill__dec *dec, uint32_t max_table_size) {
  dec->limit = max_table_size;
  if (max_table_size < dec->table.max && max_table_size < dec->must_update) dec->must_update = max_table_size;
}

void rill__dec_pack(rill__dec *dec, bool tight) {
  if (dec->state != RILL__DEC_START && dec->state != RILL__DEC_PACKED) return;
  rill__pack(&dec->table, tight);
  dec->state = rill__dyn_is_packed(&dec->table) ? RILL__DEC_PACKED : RILL__DEC_START;
}

void rill__dec_annotate(rill__dec *dec, const rill_field *field) {
  if (!rill__dyn_is_live(&dec->table, dec->last)) return;
  rill__dyn_entry *entry = rill__dyn_at(&dec->table, dec->last);
  entry->token = field->token;
  entry->flags = field->flags & RILL_FIELD_CHECKED;
}
