/* SPDX-License-Identifier: MIT */
#include "hpack/dec.h"

#include "base/bytes.h"
#include "hpack/huff.h"
#include "hpack/prefix_int.h"
#include "hpack/static_tab.h"
#include "hpack/token.h"

enum {
  UPDATES_MAX = 2, /* 7541 4.2 */
  CONTINUES = 2    /* a step that gave no field and did not end */
};

/* One call of rill__dec_next(). */
typedef struct pull {
  rill__dec *dec;
  rill_view *block;
  rill__arena *arena;
  rill_field *fields; /* [count] is the one that is being made */
  size_t count;
} pull;

static int fail(rill__dec *dec, rill_why why) {
  dec->failed = RILL_ERR_PROTO;
  dec->failed_why = (uint16_t)why;
  return RILL_ERR_PROTO;
}

static int fail_nomem(rill__dec *dec) {
  dec->failed = RILL_ERR_NOMEM;
  return RILL_ERR_NOMEM;
}

void rill__dec_init(rill__dec *dec, rill__mem *mem, uint32_t max_table_size) {
  *dec = (rill__dec){.limit = max_table_size, .must_update = UINT32_MAX};
  rill__dyn_init(&dec->table, mem, max_table_size, 0, 0);
}

void rill__dec_free(rill__dec *dec) { rill__dyn_free(&dec->table); }

void rill__dec_resize(rill__dec *dec, uint32_t max_table_size) {
  dec->limit = max_table_size;
  if (max_table_size < dec->table.max && max_table_size < dec->must_update) dec->must_update = max_table_size;
}

/* ---- views of the table ---- */

static void note_view(pull *p, uint32_t seq) {
  rill__dec *dec = p->dec;
  if (!dec->viewing || (int32_t)(seq - dec->view_oldest) < 0) dec->view_oldest = seq;
  if (!dec->viewing || p->count < dec->view_from) dec->view_from = p->count;
  dec->viewing = true;
}

static bool rescue_view(pull *p, rill_view *view) {
  const rill__dyn_tab *table = &p->dec->table;
  uintptr_t octets = (uintptr_t)table->octets, at = (uintptr_t)view->p;
  if (view->n == 0 || at < octets || at - octets >= table->room + table->room / 8) return true;
  uint8_t *copy = rill__arena_take(p->arena, view->n);
  if (copy == NULL) return false;
  memcpy(copy, view->p, view->n);
  view->p = copy;
  return true;
}

/* Copies all that is viewed to the arena: no field of the block is looked at twice. */
static bool rescue(pull *p) {
  for (size_t i = p->dec->view_from; i <= p->count; i++) {
    if (!rescue_view(p, &p->fields[i].name) || !rescue_view(p, &p->fields[i].value)) return false;
  }
  p->dec->viewing = false;
  return true;
}

/* ---- representations ---- */

/* The entry of an index, in the static or the dynamic table, becomes the field. */
static inline int take_entry(pull *p, uint32_t index) {
  rill_field *field = &p->fields[p->count];
  rill__dyn_tab *table = &p->dec->table;
  if (index - 1 < RILL__STATIC_COUNT) {
    *field = rill__static_tab[index];
    p->dec->has_last = false;
    return 1;
  }
  uint32_t back = index - 1 - RILL__STATIC_COUNT; /* beyond any count if index is 0 */
  if (back >= table->count) return fail(p->dec, RILL_WHY_HPACK_INDEX);
  uint32_t seq = table->next - 1 - back;
  const rill__dyn_entry *entry = rill__dyn_at(table, seq);
  *field = (rill_field){rill__dyn_name(table, entry), rill__dyn_value(table, entry), entry->token, entry->flags, 0};
  note_view(p, seq);
  p->dec->last = seq;
  p->dec->has_last = true;
  return 1;
}

static int take_indexed(pull *p) {
  uint32_t index;
  rill_why why = rill__int_get(p->block, 0x7f, &index);
  return why != RILL_WHY_NONE ? fail(p->dec, why) : take_entry(p, index);
}

static int take_coded(pull *p, rill_view coded, rill_view *out) {
  uint8_t *dst = rill__arena_take(p->arena, rill__huff_get_bound(coded.n));
  if (dst == NULL) return fail_nomem(p->dec);
  size_t n = rill__huff_get(dst, coded.p, coded.n);
  if (n == RILL__HUFF_BAD) return fail(p->dec, RILL_WHY_HPACK_HUFFMAN);
  rill__arena_untake(p->arena, dst + n);
  *out = (rill_view){dst, n};
  return 1;
}

static int take_string(pull *p, rill_view *out) {
  bool coded = p->block->n != 0 && (*p->block->p & 0x80) != 0;
  uint32_t n;
  rill_why why = rill__int_get(p->block, 0x7f, &n);
  if (why != RILL_WHY_NONE) return fail(p->dec, why);
  if (n > p->block->n) return fail(p->dec, RILL_WHY_HPACK_CUT);
  rill_view octets = rill__view_take(p->block, n);
  if (coded) return take_coded(p, octets, out);
  uint8_t *dst = rill__arena_take(p->arena, n);
  if (dst == NULL) return fail_nomem(p->dec);
  rill__put(dst, octets.p, n);
  *out = (rill_view){dst, n};
  return 1;
}

/* Sets name and token. */
static int take_name(pull *p, uint32_t index) {
  rill_field *field = &p->fields[p->count];
  if (index != 0) return take_entry(p, index);
  int got = take_string(p, &field->name);
  if (got == 1) field->token = rill__token_of(field->name);
  return got;
}

static int take_literal(pull *p, uint32_t mask) {
  rill_field *field = &p->fields[p->count];
  uint32_t index;
  rill_why why = rill__int_get(p->block, mask, &index);
  if (why != RILL_WHY_NONE) return fail(p->dec, why);
  *field = (rill_field){0};
  int got = take_name(p, index);
  if (got == 1) got = take_string(p, &field->value);
  field->flags = 0;
  p->dec->has_last = false;
  return got;
}

/* A literal that goes into the table as well (7541 6.2.1). */
static int take_insertion(pull *p) {
  rill_field *field = &p->fields[p->count];
  rill__dec *dec = p->dec;
  rill__dyn_tab *table = &dec->table;
  int got = take_literal(p, 0x3f);
  if (got != 1) return got;
  uint64_t size = rill__dyn_entry_size(field->name, field->value);
  rill__dyn_evict(table, size);
  bool fits = size <= table->max;
  bool moves = fits && rill__dyn_moves(table, field->name.n + field->value.n);
  if (dec->viewing && (moves || !rill__dyn_is_live(table, dec->view_oldest)) && !rescue(p)) return fail_nomem(dec);
  if (!fits) return 1;
  rill__dyn_entry *entry = rill__dyn_insert(table, field->name, field->value);
  if (entry == NULL) return fail_nomem(dec);
  entry->token = field->token;
  dec->last = table->next - 1;
  dec->has_last = true;
  return 1;
}

static int take_update(pull *p) {
  rill__dec *dec = p->dec;
  uint32_t max;
  rill_why why = rill__int_get(p->block, 0x1f, &max);
  if (why != RILL_WHY_NONE) return fail(dec, why);
  if (dec->in_fields) return fail(dec, RILL_WHY_HPACK_UPDATE_LATE);
  if (++dec->updates > UPDATES_MAX) return fail(dec, RILL_WHY_HPACK_UPDATE_MANY);
  if (max > dec->limit) return fail(dec, RILL_WHY_HPACK_UPDATE_LARGE);
  if (max > dec->must_update) return fail(dec, RILL_WHY_HPACK_UPDATE_MISSING);
  dec->must_update = UINT32_MAX;
  rill__dyn_set_max(&dec->table, max);
  return CONTINUES;
}

/* ---- blocks ---- */

static void begin_block(rill__dec *dec) {
  dec->in_fields = dec->viewing = dec->has_last = false;
  dec->updates = 0;
}

static int end_block(rill__dec *dec) {
  if (dec->must_update != UINT32_MAX) return fail(dec, RILL_WHY_HPACK_UPDATE_MISSING);
  begin_block(dec);
  return 0;
}

static int take(pull *p) {
  if (p->block->n == 0) return end_block(p->dec);
  uint8_t first = *p->block->p;
  if ((first & 0xe0) == 0x20) return take_update(p);
  if (p->dec->must_update != UINT32_MAX) return fail(p->dec, RILL_WHY_HPACK_UPDATE_MISSING);
  p->dec->in_fields = true;
  if (first & 0x80) return take_indexed(p);
  if (first & 0x40) return take_insertion(p);
  int got = take_literal(p, 0x0f);
  if (first & 0x10) p->fields[p->count].flags = RILL_FIELD_NEVER_INDEX;
  return got;
}

int rill__dec_next(rill__dec *dec, rill_view *block, rill__arena *arena, rill_field *fields, size_t count, rill_why *why) {
  pull p = {dec, block, arena, fields, count};
  int got = dec->failed;
  if (got == 0) {
    do got = take(&p);
    while (got == CONTINUES);
  }
  if (got < 0) *why = (rill_why)dec->failed_why;
  return got;
}

void rill__dec_annotate(rill__dec *dec, const rill_field *field) {
  if (!dec->has_last) return;
  rill__dyn_entry *entry = rill__dyn_at(&dec->table, dec->last);
  entry->token = field->token;
  entry->flags = field->flags & RILL_FIELD_CHECKED;
}
