/* SPDX-License-Identifier: MIT */
/*
 * http1_trial: what the tests of http1.h stand on: heads made from lines of "name value", a reader whose octets and room are
 * blocks of exactly their size, and what was read in words. Header only.
 *
 * The words are a line of "name value" for each field, then "=" and what else is known: interim, end, length=n, chunked, close,
 * 1.0, upgrade=value, settings=value.
 */
#ifndef TESTS_HTTP1_TRIAL_H
#define TESTS_HTTP1_TRIAL_H

#include "base/bytes.h"
#include "hpack/token.h"
#include "rules/section.h"
#include <rill/http1.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define COUNT(array) (sizeof(array) / sizeof(array)[0])
#define VIEW(text) ((rill_view){(const uint8_t *)(text), sizeof(text) - 1})

enum { LINES_MAX = 40, TEXT_MAX = 8192 };

static inline void *http1_alloc(size_t n) {
  void *p = malloc(n == 0 ? 1 : n);
  assert_non_null(p);
  return p;
}

static inline uint8_t *http1_copy(const void *octets, size_t n) {
  uint8_t *p = http1_alloc(n);
  if (n != 0) memcpy(p, octets, n);
  return p;
}

/* ---- reading ----------------------------------------------------------------------------------------------------------- */

typedef struct http1_trial {
  rill_http1_reader reader;
  uint8_t *octets;
  size_t n;
  rill_ssize result;
} http1_trial;

/* room_count field slots and a copy of the octets. */
static inline void http1_begin(http1_trial *t, rill_head_kind kind, unsigned flags, const void *octets, size_t n, size_t room) {
  *t = (http1_trial){.octets = http1_copy(octets, n), .n = n};
  t->reader.kind = kind;
  t->reader.flags = flags;
  t->reader.scheme = VIEW("http");
  t->reader.room = http1_alloc(room * sizeof(rill_field));
  t->reader.room_count = room;
  t->reader.max_octets = TEXT_MAX;
}

static inline void http1_end(http1_trial *t) {
  free(t->octets);
  free(t->reader.room);
}

static inline rill_ssize http1_read(http1_trial *t) { return t->result = rill_http1_read(&t->reader, t->octets, t->n); }

/* ---- in words ---------------------------------------------------------------------------------------------------------- */

typedef struct http1_words {
  char p[TEXT_MAX];
  size_t n;
} http1_words;

static inline void http1_say(http1_words *w, const char *before, rill_view view) {
  const char *p = view.n == 0 ? "" : (const char *)view.p;
  int n = snprintf(w->p + w->n, sizeof w->p - w->n, "%s%.*s", before, (int)view.n, p);
  assert_true(n >= 0 && (size_t)n < sizeof w->p - w->n);
  w->n += (size_t)n;
}

static inline void http1_say_fields(http1_words *w, const rill_field *fields, size_t count) {
  for (size_t i = 0; i < count; i++) {
    http1_say(w, "", fields[i].name);
    http1_say(w, " ", fields[i].value);
    http1_say(w, "\n", VIEW(""));
  }
}

static inline void http1_show(http1_words *w, const rill_http1_reader *r) {
  w->n = 0;
  w->p[0] = 0;
  http1_say_fields(w, r->fields, r->field_count);
  http1_say(w, "=", VIEW(""));
  if (r->head.kind == RILL_HEAD_INFORMATIONAL) http1_say(w, " interim", VIEW(""));
  if (r->head.end_stream) http1_say(w, " end", VIEW(""));
  if (r->head.content_length >= 0) {
    char number[32];
    int n = snprintf(number, sizeof number, "%lld", (long long)r->head.content_length);
    http1_say(w, " length=", (rill_view){(const uint8_t *)number, (size_t)n});
  }
  if (r->chunked) http1_say(w, " chunked", VIEW(""));
  if (r->close) http1_say(w, " close", VIEW(""));
  if (r->minor == 0 && r->head.kind != RILL_HEAD_TRAILERS) http1_say(w, " 1.0", VIEW(""));
  if (r->upgrade.n != 0) http1_say(w, " upgrade=", r->upgrade);
  if (r->http2_settings.n != 0) http1_say(w, " settings=", r->http2_settings);
}

/* ---- heads from lines -------------------------------------------------------------------------------------------------- */

typedef struct http1_lines {
  rill_head head;
  rill_field fields[LINES_MAX];
  uint8_t *octets[2 * LINES_MAX];
  size_t owned;
} http1_lines;

static inline rill_view http1_own(http1_lines *l, const char *p, size_t n) {
  uint8_t *octets = http1_copy(p, n);
  l->octets[l->owned++] = octets;
  return (rill_view){octets, n};
}

static inline rill_view *http1_member(rill_head *head, rill_view name) {
  if (rill__view_eq(name, VIEW(":method"))) return &head->method;
  if (rill__view_eq(name, VIEW(":scheme"))) return &head->scheme;
  if (rill__view_eq(name, VIEW(":authority"))) return &head->authority;
  if (rill__view_eq(name, VIEW(":path"))) return &head->path;
  if (rill__view_eq(name, VIEW(":protocol"))) return &head->protocol;
  return NULL;
}

/* What no member of rill_head takes is a field, whatever its name. */
static inline void http1_lines_begin(http1_lines *l, rill_head_kind kind, bool end, const char *lines) {
  *l = (http1_lines){.head = {.kind = kind, .end_stream = end, .fields = l->fields, .content_length = -1}};
  while (*lines != 0) {
    const char *end_of = strchr(lines, '\n');
    assert_non_null(end_of);
    const char *space = memchr(lines, ' ', (size_t)(end_of - lines));
    if (space == NULL) space = end_of;
    rill_view name = http1_own(l, lines, (size_t)(space - lines));
    const char *from = space == end_of ? space : space + 1;
    rill_view value = http1_own(l, from, (size_t)(end_of - from));
    rill_view *member = http1_member(&l->head, name);
    if (rill__view_eq(name, VIEW(":status")) && l->head.status == 0) {
      l->head.status = (uint16_t)strtoul(from, NULL, 10);
    } else if (member != NULL && member->n == 0) {
      *member = value;
    } else {
      l->fields[l->head.field_count++] = (rill_field){.name = name, .value = value};
    }
    lines = end_of + 1;
  }
}

static inline void http1_lines_end(http1_lines *l) {
  for (size_t i = 0; i < l->owned; i++)
    free(l->octets[i]);
}

#endif /* TESTS_HTTP1_TRIAL_H */
