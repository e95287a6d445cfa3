/* SPDX-License-Identifier: MIT */
/*
 * What was seen in a run, and the comparison of two runs of one vector.
 *
 * The same must be: the outcome, and the events in their order. Content is compared joined, stream by stream; where an error
 * came, one may have more of it than the other. Where the application answers, streams end when output is taken, and that differs
 * between ways, so closes are then compared by their number for each stream.
 */
#include "vectors.h"
#include <stdarg.h>
#include <string.h>

static void *must_have(void *p) {
  if (p == NULL) {
    fputs("vectors: no memory\n", stderr);
    exit(2);
  }
  return p;
}

void *more_room(void *array, size_t *cap, size_t count, size_t size) {
  if (count < *cap) return array;
  *cap = *cap == 0 ? 16 : *cap * 2;
  return must_have(realloc(array, *cap * size));
}

void text_add(text *t, const void *p, size_t n) {
  if (t->n + n > t->cap) {
    t->cap = (t->n + n) * 2;
    t->p = must_have(realloc(t->p, t->cap));
  }
  if (n != 0) memcpy(t->p + t->n, p, n);
  t->n += n;
}

void text_add32(text *t, size_t number) {
  uint8_t octets[4] = {(uint8_t)(number >> 24), (uint8_t)(number >> 16), (uint8_t)(number >> 8), (uint8_t)number};
  text_add(t, octets, sizeof octets);
}

void text_cut(text *t, size_t n) {
  if (n == 0) return;
  t->n -= n;
  memmove(t->p, t->p + n, t->n);
}

uint64_t seen_mix(uint64_t hash, const void *p, size_t n) {
  for (size_t i = 0; i < n; i++)
    hash = (hash ^ ((const uint8_t *)p)[i]) * UINT64_C(1099511628211);
  return hash;
}

void seen_init(seen *s) {
  memset(s, 0, sizeof *s);
  s->out = s->fields_out = 1;
  s->failed_at = SIZE_MAX;
  if (rill_hpack_decoder_new(&s->decoder, NULL, 4096) != 0) must_have(NULL);
}

void seen_free(seen *s) {
  for (size_t i = 0; i < s->stream_count; i++) {
    free(s->streams[i]->fields.p);
    free(s->streams[i]->content.p);
    free(s->streams[i]);
  }
  free(s->streams);
  free(s->events);
  free(s->said.p);
  free(s->frames);
  free(s->wire.p);
  free(s->block.p);
  rill_hpack_decoder_del(s->decoder);
}

event *seen_event(seen *s, event_kind kind, uint32_t id) {
  s->events = more_room(s->events, &s->event_cap, s->event_count, sizeof(event));
  event *e = &s->events[s->event_count++];
  *e = (event){kind, id, s->said.n, 0, false};
  return e;
}

stream *seen_stream(seen *s, uint32_t id) {
  s->streams = more_room(s->streams, &s->stream_cap, s->stream_count, sizeof(stream *));
  stream *st = must_have(calloc(1, sizeof *st));
  st->id = id;
  s->streams[s->stream_count++] = st;
  return st;
}

const stream *find_stream(const seen *s, uint32_t id) {
  for (size_t i = 0; i < s->stream_count; i++) {
    if (s->streams[i]->id == id) return s->streams[i];
  }
  return NULL;
}

void broken(seen *s, const char *format, ...) {
  if (s->broken[0] != '\0') return;
  va_list arguments;
  va_start(arguments, format);
  vsnprintf(s->broken, sizeof s->broken, format, arguments);
  va_end(arguments);
}

/* ---- comparison -------------------------------------------------------------------------------------------------------- */

static bool had_error(const vector *v, const seen *s) {
  char words[256];
  outcome_text(v, s, words, sizeof words);
  return strcmp(words, "lives") != 0;
}

typedef struct cursor {
  const seen *s;
  size_t at;
} cursor;

static const event *next_event(cursor *c, bool with_data, bool with_closes) {
  while (c->at < c->s->judged_events) {
    const event *e = &c->s->events[c->at++];
    if ((with_data || e->kind != EVENT_DATA) && (with_closes || e->kind != EVENT_CLOSE)) return e;
  }
  return NULL;
}

static bool same_event(const seen *a, const event *x, const seen *b, const event *y) {
  if (x->kind != y->kind || x->id != y->id || x->n != y->n || x->end != y->end) return false;
  return x->kind == EVENT_DATA || x->n == 0 || memcmp(a->said.p + x->from, b->said.p + y->from, x->n) == 0;
}

static bool same_order(const seen *a, const seen *b, bool errors, bool closes, char *difference, size_t cap) {
  static const char *const names[] = {"head", "data", "close", "settings", "goaway"};
  cursor left = {a, 0}, right = {b, 0};
  for (size_t i = 0;; i++) {
    const event *x = next_event(&left, !errors, closes), *y = next_event(&right, !errors, closes);
    if (x == NULL && y == NULL) return true;
    if (x != NULL && y != NULL && same_event(a, x, b, y)) continue;
    snprintf(difference, cap, "event %zu is %s %u and was %s %u the other way", i, y == NULL ? "missing" : names[y->kind],
             y == NULL ? 0U : (unsigned)y->id, x == NULL ? "missing" : names[x->kind], x == NULL ? 0U : (unsigned)x->id);
    return false;
  }
}

static bool same_stream(const stream *x, const stream *y, bool errors) {
  size_t common = x->content.n < y->content.n ? x->content.n : y->content.n;
  if (common != 0 && memcmp(x->content.p, y->content.p, common) != 0) return false;
  if (!errors && x->content.n != y->content.n) return false;
  return x->closes == y->closes && x->complete == y->complete;
}

static bool same_streams(const seen *a, const seen *b, bool errors, char *difference, size_t cap) {
  for (size_t i = 0; i < a->stream_count; i++) {
    const stream *x = a->streams[i], *y = find_stream(b, x->id);
    if (y != NULL && same_stream(x, y, errors)) continue;
    snprintf(difference, cap, "stream %u differs in content, end or closes", (unsigned)x->id);
    return false;
  }
  return true;
}

bool seen_same_events(const seen *a, const seen *b, bool errors, char *difference, size_t cap) {
  return same_order(a, b, errors, true, difference, cap) && same_streams(a, b, errors, difference, cap);
}

bool seen_same(const vector *v, const seen *a, const seen *b, char *difference, size_t cap) {
  char one[256], other[256];
  outcome_text(v, a, one, sizeof one);
  outcome_text(v, b, other, sizeof other);
  if (strcmp(one, other) != 0) {
    snprintf(difference, cap, "%.100s; the other way %.100s", other, one);
    return false;
  }
  bool errors = had_error(v, a), closes = strcmp(v->respond, "none") == 0;
  return same_order(a, b, errors, closes, difference, cap) && same_streams(a, b, errors, difference, cap);
}
