/* SPDX-License-Identifier: MIT */
/*
 * hpack_line: an encoder, and the decoder at the other end of the line. What goes through is compared: the fields, the marks of
 * secrets, both tables after each block, the bound of the block's length. Header only.
 *
 * Invariant: the encoder has no more room than the bound says.
 */
#ifndef TESTS_HPACK_LINE_H
#define TESTS_HPACK_LINE_H

#include "base/bytes.h"
#include "hex.h"
#include "hpack/dec.h"
#include "hpack/enc.h"
#include "hpack/token.h"
#include "meter.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

enum { FIELDS = 24, ROOM = 1 << 16 };

typedef struct line {
  meter m;
  size_t fail_at; /* this allocation of the encoder fails; 0: none */
  rill__mem enc_mem, dec_mem;
  rill__arena arena;
  rill__enc enc;
  rill__dec dec;
} line;

static inline void *line_resize(void *user, void *p, size_t old_size, size_t new_size) {
  line *l = user;
  if (new_size == 0 || l->fail_at == 0 || l->m.takes + 1 != l->fail_at) return meter_resize(&l->m, p, old_size, new_size);
  l->fail_at = 0;
  return NULL;
}

/* Our maximum; what the peer allows at first is 4,096. */
static inline void line_open(line *l, uint32_t max, uint64_t seed) {
  *l = (line){0};
  rill_mem mem = {line_resize, l};
  rill__mem_init(&l->enc_mem, &mem, SIZE_MAX);
  rill__mem_init(&l->dec_mem, NULL, SIZE_MAX);
  rill__arena_init(&l->arena, &l->dec_mem);
  rill__enc_init(&l->enc, &l->enc_mem, max, seed);
  rill__dec_init(&l->dec, &l->dec_mem, 4096);
}

static inline void line_close(line *l) {
  rill__enc_free(&l->enc);
  rill__dec_free(&l->dec);
  rill__arena_free(&l->arena);
  assert_int_equal(l->enc_mem.used, 0);
  assert_int_equal(l->m.blocks, 0);
  assert_int_equal(l->dec_mem.used, 0);
  assert_false(l->m.broken);
}

static inline void expect_same_tables(const line *l) {
  const rill__dyn_tab *ours = &l->enc.tab.dyn, *theirs = &l->dec.table;
  assert_int_equal(ours->count, theirs->count);
  assert_int_equal(ours->size, theirs->size);
  assert_int_equal(ours->max, theirs->max);
  for (uint32_t i = 0; i < ours->count; i++) {
    const rill__dyn_entry *a = rill__dyn_at(ours, ours->next - 1 - i), *b = rill__dyn_at(theirs, theirs->next - 1 - i);
    assert_true(rill__view_eq(rill__dyn_name(ours, a), rill__dyn_name(theirs, b)));
    assert_true(rill__view_eq(rill__dyn_value(ours, a), rill__dyn_value(theirs, b)));
    assert_int_equal(a->token, b->token);
  }
}

/* Whether a field must not be in any table. */
static inline bool is_secret(const rill_field *field) {
  uint16_t token = rill__token_of(field->name);
  return (field->flags & RILL_FIELD_NEVER_INDEX) != 0 || token == RILL_TOKEN_AUTHORIZATION ||
         token == RILL_TOKEN_PROXY_AUTHORIZATION || token == RILL_TOKEN_SET_COOKIE ||
         (token == RILL_TOKEN_COOKIE && field->value.n < 20 && (field->flags & RILL_FIELD_INDEX) == 0);
}

/* Encodes into a block of exactly the bound, decodes, compares. Returns the wire's length; copies it to wire if that is not NULL.
 */
static inline size_t pass(line *l, const rill_field *fields, size_t count, uint8_t *wire) {
  static rill_field got[FIELDS + 1];
  size_t bound = rill__enc_bound(fields, count), i = 0;
  uint8_t *dst = malloc(bound);
  rill_why why;
  assert_non_null(dst);
  assert_true(count <= FIELDS);
  size_t n = rill__enc_block(&l->enc, dst, fields, count);
  assert_true(n <= bound);
  rill_view block = {dst, n};
  rill__arena_reset(&l->arena);
  while (i <= count && rill__dec_next(&l->dec, &block, &l->arena, got, i, &why) == 1)
    i++;
  assert_int_equal(i, count);
  assert_int_equal(block.n, 0);
  assert_int_not_equal(l->dec.state, RILL__DEC_DEAD);
  for (i = 0; i < count; i++) {
    assert_true(rill__view_eq(got[i].name, fields[i].name));
    assert_true(rill__view_eq(got[i].value, fields[i].value));
    assert_int_equal((got[i].flags & RILL_FIELD_NEVER_INDEX) != 0, is_secret(&fields[i]));
  }
  expect_same_tables(l);
  if (wire != NULL) memcpy(wire, dst, n);
  free(dst);
  return n;
}

static inline void expect_wire(line *l, const rill_field *fields, size_t count, const char *hex) {
  uint8_t want[ROOM], wire[ROOM];
  size_t want_n;
  assert_true(hex_octets(hex, want, sizeof want, &want_n));
  assert_int_equal(pass(l, fields, count, wire), want_n);
  assert_memory_equal(wire, want, want_n);
}

#endif /* TESTS_HPACK_LINE_H */
