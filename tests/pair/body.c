/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

#include <stdlib.h>
#include <string.h>

uint8_t body_octet(const exchange *x, int who, size_t offset) {
  return (uint8_t)(offset * 37 + (offset >> 8) * 11 + x->id * 5 + (unsigned)who * 101);
}

static void put_octets(const body *b, size_t offset, uint8_t *out, size_t n) {
  for (size_t i = 0; i < n; i++)
    out[i] = body_octet(b->exchange, b->from->who, offset + i);
}

void body_plan(body *b, side *s, exchange *x, body_kind kind) {
  world *w = s->w;
  *b = (body){.from = s, .exchange = x, .kind = kind};
  b->total = (size_t)draw(w, chance(w, 20) ? 100000 : chance(w, 50) ? 3000 : 3);
  if (s->config.max_write_buffer < 1000 || other(s)->config.initial_window < 1000) b->total %= 5000;
  b->trailers = chance(w, 30) && !x->tunnel;
  b->late = chance(w, 30);
  b->done = kind == BODY_NONE;
}

/* ---- pulled ------------------------------------------------------------------------------------------------------------ */

static chunk *lend(body *b, size_t n) {
  side *s = b->from;
  chunk *c = calloc(1, sizeof *c);
  if (c == NULL) abort();
  *c = (chunk){s, b->exchange, NULL, b->at, n, 0, false, NULL};
  if (b->kind == BODY_LENT) {
    c->copy = malloc(n);
    if (c->copy == NULL) abort();
    put_octets(b, b->at, c->copy, n);
  }
  *s->last_chunk = c;
  s->last_chunk = &c->next;
  return c;
}

static void hand_over(body *b, size_t n, rill_chunk *out) {
  flow *f = &b->exchange->flows[b->from->who];
  bool last = b->at + n == b->total && (!b->late || n == 0);
  out->n = n;
  out->more = !last ? RILL_MORE : b->trailers ? RILL_MORE_TRAILERS : RILL_MORE_NONE;
  if (b->kind == BODY_FILLED) {
    put_octets(b, b->at, out->room, n);
    out->data = out->room;
  } else if (n != 0) {
    chunk *c = lend(b, n);
    out->data = c->copy;
    out->user = c;
  }
  b->at += n;
  f->offered += n;
  if (!last) return;
  b->done = true;
  if (!b->trailers) f->ended = true;
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  body *b = user;
  side *s = b->from;
  world *w = s->w;
  note *n = &b->exchange->notes[s->who];
  if (conn != s->conn || id != b->exchange->id) world_broken(w, "pull names stream %u for another's body", (unsigned)id);
  if (n->closes != 0) world_broken(w, "contract 7: pull names stream %u after its close", (unsigned)id);
  if (b->done) world_broken(w, "pull on stream %u after its end", (unsigned)id);
  b->deferred = false; /* one that answered so without a window is asked again when there is one */
  s->depth++;
  if (chance(w, 5)) act(s, true);
  s->depth--;
  if (s->deleted) return RILL_ERR_CALLBACK; /* nobody would give a chunk back */
  if (n->closes != 0) return chance(w, 50) ? 0 : RILL_DEFERRED;
  if (!w->calm && chance(w, 20)) {
    b->deferred = true;
    return RILL_DEFERRED;
  }
  if (!w->calm && chance(w, 1)) return RILL_CANCEL;
  size_t left = b->total - b->at, most = left < max ? left : max;
  if (max == 0 && left != 0) return 0;
  hand_over(b, chance(w, 50) || most == 0 ? most : 1 + (size_t)draw(w, most), out);
  return 0;
}

rill_body body_source(body *b) {
  rill_body source = {b->kind == BODY_PUSHED ? NULL : pull, b, b->kind == BODY_FILLED};
  return source;
}

/* ---- pushed ------------------------------------------------------------------------------------------------------------ */

void body_push(body *b) {
  side *s = b->from;
  world *w = s->w;
  flow *f = &b->exchange->flows[s->who];
  size_t left = b->total - b->at, n = chance(w, 50) ? left : (size_t)draw(w, left + 1);
  bool fin = n == left && !b->trailers && (!b->late || n == 0);
  uint8_t *copy = malloc(n + 1);
  if (copy == NULL) abort();
  put_octets(b, b->at, copy, n);
  rill_ssize took = rill_write(s->conn, b->exchange->id, copy, n, fin);
  free(copy);
  expect_ok(s, took, "rill_write");
  if (!settled(s, took, "rill_write") || took < 0) return;
  if ((size_t)took > n) world_broken(w, "rill_write takes %td of %zu", took, n);
  b->at += (size_t)took;
  f->offered += (size_t)took;
  if (fin && (size_t)took == n) f->ended = true;
  b->done = b->at == b->total && (f->ended || b->trailers);
}

/* ---- chunks ------------------------------------------------------------------------------------------------------------ */

void chunk_done(side *s, chunk *c, size_t sent, bool dropped) {
  world *w = s->w;
  if (c->from != s) world_broken(w, "a chunk comes back to the other side");
  if (c->back) world_broken(w, "contract 7: a chunk of stream %u comes back twice", (unsigned)c->exchange->id);
  if (sent > c->n || (!dropped && sent != c->n)) world_broken(w, "a chunk of %zu octets comes back with %zu sent", c->n, sent);
  if (c->copy == NULL && c->written != sent && !s->ended)
    world_broken(w, "an opaque chunk: %zu sent, %zu written", sent, c->written);
  c->back = true;
  free(c->copy);
  c->copy = NULL;
}

void chunks_write(side *s, uint8_t *out, size_t n) {
  for (chunk *c = s->chunks; c != NULL && n != 0; c = c->next) {
    if (c->copy != NULL || c->back || c->written == c->n) continue;
    body b = {.from = s, .exchange = c->exchange};
    size_t part = c->n - c->written < n ? c->n - c->written : n;
    put_octets(&b, c->offset + c->written, out, part);
    c->written += part;
    out += part;
    n -= part;
  }
  if (n != 0) world_broken(s->w, "%zu opaque octets in the output that no source gave", n);
}

void chunks_free(side *s) {
  while (s->chunks != NULL) {
    chunk *c = s->chunks;
    s->chunks = c->next;
    free(c->copy);
    free(c);
  }
  s->last_chunk = &s->chunks;
}
