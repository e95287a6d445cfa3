/* SPDX-License-Identifier: MIT */
/*
 * source: bodies that are pulled, and the chunks that they lend.
 *
 * Each lent chunk is a copy of its own, freed when it comes back, so that an address checker sees who reads it later.
 */
#include "talk/run.h"

#include <stdlib.h>
#include <string.h>

source *source_new(run *r) {
  source *s = talk_alloc(sizeof *s);
  *s = (source){.run = r, .piece = SIZE_MAX, .last = RILL_MORE_NONE};
  r->sources = talk_grow(r->sources, (r->source_count + 1) * sizeof *r->sources);
  r->sources[r->source_count++] = s;
  return s;
}

void sources_check(run *r) {
  for (size_t i = 0; i < r->lent_count; i++) {
    if (!r->lent[i]->back) run_broken(r, "contract 7: a chunk of stream %u never came back", (unsigned)r->lent[i]->from->id);
  }
}

void sources_free(run *r) {
  for (size_t i = 0; i < r->lent_count; i++) {
    free(r->lent[i]->copy);
    free(r->lent[i]);
  }
  free(r->lent);
  for (size_t i = 0; i < r->source_count; i++) {
    octets_free(&r->sources[i]->text);
    free(r->sources[i]);
  }
  free(r->sources);
}

/*
 * +body=N or +body="text", +piece=N, +filled, +opaque, +deferred, +trailers, +late, +told, +fail=CODE, +fail=CALLBACK, +claims,
 * +wavers.
 */
bool source_option(source *s, const word *in) {
  word rest;
  uint64_t n;
  line name = {(word *)(uintptr_t)in, 1, 1, 0};
  if (word_eats(in, "+body=", &rest)) {
    bool text = !word_number(&rest, &n);
    if (text) octets_add(&s->text, rest.p, rest.n);
    s->total = s->available = text ? s->text.n : (size_t)n;
    return true;
  }
  if (word_eats(in, "+fail=", &rest)) {
    s->fail_conn = rest.n == 8 && memcmp(rest.p, "CALLBACK", 8) == 0;
    return s->fail_conn || name_code(&rest, &s->fail);
  }
  if (word_eats(in, "+piece=", &rest)) {
    bool good = word_number(&rest, &n);
    s->piece = (size_t)n;
    return good;
  }
  if (word_is(&name, 0, "+deferred")) s->available = 0;
  if (word_is(&name, 0, "+trailers")) s->last = RILL_MORE_TRAILERS;
  s->filled |= word_is(&name, 0, "+filled");
  s->opaque |= word_is(&name, 0, "+opaque");
  s->late |= word_is(&name, 0, "+late");
  s->told |= word_is(&name, 0, "+told");
  s->claims |= word_is(&name, 0, "+claims");
  s->wavers |= word_is(&name, 0, "+wavers");
  static const char *const flags[] = {"+deferred", "+trailers", "+filled", "+opaque", "+late", "+told", "+claims", "+wavers"};
  for (size_t i = 0; i < sizeof flags / sizeof flags[0]; i++) {
    if (word_is(&name, 0, flags[i])) return true;
  }
  return false;
}

static void put_content(const source *s, size_t offset, uint8_t *out, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] = s->text.n != 0 ? s->text.p[offset + i] : pattern_octet(offset + i);
}

static lent *lend(source *s, size_t n) {
  run *r = s->run;
  lent *l = talk_alloc(sizeof *l);
  *l = (lent){s, NULL, s->at, n, 0, false};
  if (!s->opaque) {
    l->copy = talk_alloc(n);
    put_content(s, s->at, l->copy, n);
  }
  r->lent = talk_grow(r->lent, (r->lent_count + 1) * sizeof *r->lent);
  r->lent[r->lent_count++] = l;
  return l;
}

static int hand_over(source *s, size_t n, rill_chunk *out) {
  out->n = n;
  bool all = s->at + n == s->total;
  bool last = all && (!s->late || n == 0);
  out->more = last && s->fail == 0 && !s->fail_conn ? s->last : RILL_MORE;
  s->ended = out->more != RILL_MORE;
  if (s->filled) {
    put_content(s, s->at, out->room, n);
    out->data = out->room;
  } else if (n != 0) {
    lent *l = lend(s, n);
    out->data = l->copy;
    out->user = l;
  }
  s->at += n;
  return 0;
}

/* More than may be, nothing at all, or an end that is none; a chunk that is lent so has to come back like any other. */
static int hand_oddly(source *s, size_t max, rill_chunk *out) {
  run *r = s->run;
  r->odd = false;
  unsigned what = (unsigned)run_random(r, 5);
  if (what == 0) return 0;
  out->n = what == 1 ? max + 1 : what == 2 ? SIZE_MAX : what == 3 ? SIZE_MAX / 2 : 0;
  out->more = (rill_more)(what == 4 ? 77 : (int)run_random(r, 3));
  s->ended = what == 4;
  if (out->n == 0) return 0;
  lent *l = talk_alloc(sizeof *l);
  *l = (lent){s, s->opaque ? NULL : talk_alloc(1), s->at, out->n, 0, false};
  r->lent = talk_grow(r->lent, (r->lent_count + 1) * sizeof *r->lent);
  r->lent[r->lent_count++] = l;
  out->data = l->copy;
  out->user = l;
  return 0;
}

static void check_pull(source *s, rill_conn *conn, uint32_t id, const rill_chunk *out) {
  run *r = s->run;
  note *n = app_note(r, id);
  if (conn != r->conn || id != s->id) run_broken(r, "pull names stream %u for the body of %u", (unsigned)id, (unsigned)s->id);
  if (n->closes != 0) run_broken(r, "contract 7: pull names stream %u after its close", (unsigned)id);
  if (s->ended) run_broken(r, "pull on stream %u after its end", (unsigned)id);
  if (s->filled != (out->room != NULL)) run_broken(r, "pull on stream %u with a wrong room", (unsigned)id);
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  source *s = user;
  run *r = s->run;
  check_pull(s, conn, id, out);
  line event = {NULL, 0, 0, 0};
  line_add(&event, "pull");
  line_add(&event, "%u", (unsigned)id);
  int answer = app_fire(r, &event, id);
  line_free(&event);
  if (answer != 0) return answer;
  if (r->odd) return hand_oddly(s, max, out);
  if (r->deleted) return RILL_ERR_CALLBACK; /* nobody would give a chunk back */
  if (s->claims) {
    out->n = max + 1;
    out->data = out->room != NULL ? out->room : (const uint8_t *)"";
    return 0;
  }
  if (s->wavers) {
    s->wavers = false;
    if (rill_resume(conn, id) != 0 && app_note(r, id)->closes == 0) run_broken(r, "rill_resume fails inside a pull");
    return RILL_DEFERRED;
  }
  size_t n = s->available - s->at;
  if (n > s->piece) n = s->piece;
  if (n > max) n = max;
  if (s->at == s->total && s->fail_conn) return RILL_ERR_CALLBACK;
  if (s->at == s->total && s->fail != 0) return (int)s->fail;
  if (max == 0 && s->at < s->available) return 0; /* the window is closed: not yet */
  if (n == 0 && (s->at < s->total || s->available < s->total)) return RILL_DEFERRED;
  return hand_over(s, n, out);
}

rill_body source_body(source *s) { return (rill_body){pull, s, s->filled}; }

void chunk_done(run *r, lent *l, size_t sent, bool dropped) {
  if (l->back) run_broken(r, "contract 7: a chunk of stream %u came back twice", (unsigned)l->from->id);
  if (sent > l->n) run_broken(r, "a chunk of %zu octets came back with %zu sent", l->n, sent);
  if (!dropped && sent != l->n) run_broken(r, "a chunk of %zu octets came back whole with %zu sent", l->n, sent);
  bool midway = r->how->fault == FAULT_DEL; /* perhaps inside rill_conn_sent(), before it came to this chunk */
  if (l->copy == NULL && l->written != sent && !midway) run_broken(r, "an opaque chunk: %zu sent, %zu written", sent, l->written);
  l->back = true;
  free(l->copy);
  l->copy = NULL;
}

void chunk_write(run *r, uint8_t *out, size_t n) {
  for (size_t i = 0; i < r->lent_count && n != 0; i++) {
    lent *l = r->lent[i];
    if (!l->from->opaque || l->back || l->written == l->n) continue;
    size_t take = l->n - l->written < n ? l->n - l->written : n;
    put_content(l->from, l->offset + l->written, out, take);
    l->written += take;
    out += take;
    n -= take;
  }
  if (n != 0) run_broken(r, "%zu opaque octets in the output that no source gave", n);
}
