/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the encoder, with the decoder behind it. The input is a program: each octet says what comes next, a table size, a block
 * of fields, one with its cookies as crumbs, a restart, lack of memory; names and values are cut from the input, many of them
 * more than once, and fields have flags, and tokens and hashes that may be nonsense. What is decoded must be what was encoded,
 * crumbs joined; never-indexed fields must be so still, and both tables must be equal after each block.
 */
#include "base/bytes.h"
#include "fuzz.h"
#include "hpack/crumb.h"
#include "hpack/dec.h"
#include "hpack/token.h"

enum { FIELDS = 16, LINES = FIELDS * RILL__CRUMBS_MAX };

typedef struct line {
  rill__mem enc_mem, dec_mem;
  rill__arena arena;
  rill__enc enc;
  rill__dec dec;
  rill_view input, in; /* all of it, and what is left */
} line;

static uint32_t take8(line *l) {
  if (l->in.n == 0) return 0;
  return *rill__view_take(&l->in, 1).p;
}

/* Some part of the input, or one of the names that are known. */
static rill_view take_text(line *l, bool is_name) {
  uint32_t how = take8(l);
  if (is_name && how < 61) return rill__static_tab[how].name;
  size_t at = l->input.n * how / 256, n = take8(l) % 64;
  if (how % 8 == 7) n *= 40;
  return (rill_view){l->input.p + at, n < l->input.n - at ? n : l->input.n - at};
}

static void take_field(line *l, rill_field *field) {
  uint32_t how = take8(l);
  *field = (rill_field){.name = take_text(l, true), .value = take_text(l, false)};
  if (how & 1) field->flags |= RILL_FIELD_NEVER_INDEX;
  if (how & 2) field->flags |= RILL_FIELD_NO_INDEX;
  if (how & 4) rill__field_prepare(how >> 6, field);
  if (how & 8) field->hash = how << 24 | take8(l);
  if (how & 16) field->flags |= RILL_FIELD_INDEX;
  if (how & 32) field->token = (uint16_t)(RILL_TOKEN_COUNT + take8(l) * 200);
}

static void check_tables(const line *l) {
  const rill__dyn_tab *a = &l->enc.tab.dyn, *b = &l->dec.table;
  demand(a->count == b->count && a->size == b->size && a->max == b->max);
  for (uint32_t i = 1; i <= a->count; i++) {
    const rill__dyn_entry *x = rill__dyn_at(a, a->next - i), *y = rill__dyn_at(b, b->next - i);
    demand(rill__view_eq(rill__dyn_name(a, x), rill__dyn_name(b, y)));
    demand(rill__view_eq(rill__dyn_value(a, x), rill__dyn_value(b, y)));
  }
}

/* The value is those of the next lines, joined; returns how many. */
static size_t check_crumbs(const rill_field *field, const rill_field *got, size_t count) {
  size_t at = 0, lines = 0;
  do {
    if (lines != 0) {
      demand(lines < count && field->value.n - at > 2 && memcmp(field->value.p + at, "; ", 2) == 0);
      at += 2;
    }
    rill_view crumb = got[lines++].value;
    demand(crumb.n <= field->value.n - at && rill__view_eq(crumb, (rill_view){field->value.p + at, crumb.n}));
    demand(crumb.n != 0 || field->value.n == 0);
    at += crumb.n;
  } while (at != field->value.n);
  return lines;
}

static void check_fields(const rill_field *fields, size_t count, const rill_field *got, size_t lines, bool crumbles) {
  size_t at = 0;
  for (size_t i = 0; i < count; i++) {
    bool splits = crumbles && rill__token_for(&fields[i]) == RILL_TOKEN_COOKIE;
    demand(at < lines);
    size_t n = splits ? check_crumbs(&fields[i], got + at, lines - at) : 1;
    demand(splits || rill__view_eq(got[at].value, fields[i].value));
    for (; n > 0; n--, at++) {
      demand(rill__view_eq(got[at].name, fields[i].name));
      demand((fields[i].flags & RILL_FIELD_NEVER_INDEX) == 0 || (got[at].flags & RILL_FIELD_NEVER_INDEX) != 0);
    }
  }
  demand(at == lines);
}

static void pass_block(line *l, size_t count, bool crumbles) {
  static rill_field got[LINES + 1];
  rill_field fields[FIELDS];
  for (size_t i = 0; i < count; i++)
    take_field(l, &fields[i]);
  size_t bound = crumbles ? rill__crumb_bound(fields, count) : rill__enc_bound(fields, count), lines = 0;
  uint8_t *dst = fuzz_room(bound);
  rill_why why;
  size_t n = (crumbles ? rill__crumb_block : rill__enc_block)(&l->enc, dst, fields, count);
  demand(n <= bound);
  rill_view block = {dst, n};
  int more;
  while ((more = rill__dec_next(&l->dec, &block, &l->arena, got, lines, &why)) == 1) {
    rill__dec_annotate(&l->dec, &got[lines]);
    demand(++lines <= LINES);
  }
  demand(more == 0 && block.n == 0);
  free(dst);
  check_fields(fields, count, got, lines, crumbles);
  check_tables(l);
  rill__arena_reset(&l->arena);
}

static void run(line *l) {
  while (l->in.n != 0) {
    uint32_t next = take8(l);
    if (next < 200) {
      pass_block(l, next % (FIELDS + 1), next >= 100);
    } else if (next < 230) {
      uint32_t size = take8(l) * (next < 215 ? 1 : 40);
      rill__enc_resize(&l->enc, size);
      rill__dec_resize(&l->dec, size);
    } else if (next < 240) {
      rill__enc_restart(&l->enc);
    } else {
      l->enc_mem.limit = next % 2 == 0 ? l->enc_mem.used : SIZE_MAX;
    }
  }
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  line l = {.input = {data, size}, .in = {data, size}};
  uint32_t max = take8(&l) * 32;
  rill__mem_init(&l.enc_mem, NULL, SIZE_MAX);
  rill__mem_init(&l.dec_mem, NULL, SIZE_MAX);
  rill__arena_init(&l.arena, &l.dec_mem);
  rill__enc_init(&l.enc, &l.enc_mem, max, 1);
  rill__dec_init(&l.dec, &l.dec_mem, 4096);
  run(&l);
  rill__enc_free(&l.enc);
  rill__dec_free(&l.dec);
  rill__arena_free(&l.arena);
  demand(l.enc_mem.used == 0 && l.dec_mem.used == 0);
  return 0;
}
