/* SPDX-License-Identifier: MIT */
/* Transcripts to attacks. The octets of the peer stand in a transcript's pieces; its `app` lines are read here. */
#include "attacks/attacks.h"

#include <stdlib.h>
#include <string.h>

typedef enum parity { PARITY_NONE, PARITY_ODD, PARITY_EVEN, PARITY_ALL } parity;

static uint32_t get32(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static void mark(attack *a, size_t at, parity which) {
  uint32_t id = get32(a->period.p + at) & INT32_MAX;
  bool goes_up = id != 0 && (which == PARITY_ALL || which == (id % 2 != 0 ? PARITY_ODD : PARITY_EVEN));
  if (!goes_up) return;
  a->marks = talk_grow(a->marks, (a->mark_count + 1) * sizeof *a->marks);
  a->marks[a->mark_count++] = at;
}

/* Ids stand in the head of a frame, and in front of what two types carry (PADDED promises are not used here). */
static void mark_period(attack *a, const step *s, parity which) {
  const size_t *edges = (const size_t *)(void *)s->edges.p;
  a->frames = s->edges.n / sizeof *edges;
  for (size_t i = 0; i < a->frames; i++) {
    const uint8_t *head = s->in.p + edges[i];
    mark(a, edges[i] + 5, which);
    if (head[3] == RILL_PUSH_PROMISE || head[3] == RILL_PRIORITY_UPDATE) mark(a, edges[i] + 9, which);
  }
}

/* The last request that these frames are about. */
static void note_asked(attack *a, const step *s) {
  const size_t *edges = (const size_t *)(void *)s->edges.p;
  for (size_t i = 0; i < s->edges.n / sizeof *edges; i++) {
    uint32_t id = get32(s->in.p + edges[i] + 5) & INT32_MAX;
    if (id % 2 != 0 && id > a->last_asked) a->last_asked = id;
  }
}

static uint64_t number(const talk *t, const line *in, size_t at) {
  uint64_t n = 0;
  if (at < in->n && !word_number(&in->words[at], &n)) script_fail(t->file, in->number, "'%s' is no number", in->words[at].p);
  return n;
}

/* repeat [odd|even|all STRIDE] */
static parity read_repeat(attack *a, const line *in) {
  static const char *const names[] = {"", "odd", "even", "all"};
  if (in->n == 1) return PARITY_NONE;
  a->stride = (uint32_t)number(a->t, in, 2);
  for (int i = PARITY_ODD; i <= PARITY_ALL; i++) {
    if (word_is(in, 1, names[i])) return (parity)i;
  }
  script_fail(a->t->file, in->number, "repeat [odd|even|all STRIDE]");
  return PARITY_NONE;
}

static void read_app(attack *a, const line *in) {
  if (word_is(in, 0, "asks")) {
    a->asks = true;
    a->body = (size_t)number(a->t, in, 1);
  } else if (word_is(in, 0, "answers")) {
    a->answers = true;
    a->body = (size_t)number(a->t, in, 1);
    a->fields = (size_t)number(a->t, in, 2);
  } else if (word_is(in, 0, "sends")) {
    a->sends = true;
  } else if (word_is(in, 0, "cancels")) {
    a->sends = a->cancels = true;
  } else if (word_is(in, 0, "pushes")) {
    a->pushes = (size_t)number(a->t, in, 1);
  } else if (word_is(in, 0, "holds")) {
    a->holds = true;
  } else if (word_is(in, 0, "resets")) {
    a->resets = true;
  } else if (word_is(in, 0, "leaves")) {
    a->leaves = true;
  } else if (word_is(in, 0, "untaken")) {
    a->untaken = true;
  } else if (word_is(in, 0, "sips")) {
    a->sip = (size_t)number(a->t, in, 1);
  } else {
    script_fail(a->t->file, in->number, "the application knows no '%s'", in->words[0].p);
  }
}

static void put_preface(attack *a) {
  const talk *t = a->t;
  static const uint8_t ack[] = {0, 0, 0, RILL_SETTINGS, RILL_FLAG_ACK, 0, 0, 0, 0};
  octets entries = {NULL, 0, 0};
  for (size_t i = 0; i < t->peer.n; i++)
    wire_settings(&entries, &t->peer.at[i], 0, t->file);
  if (!t->client) octets_add(&a->begin, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  octets_number(&a->begin, (uint32_t)entries.n, 3);
  octets_number(&a->begin, RILL_SETTINGS << 8, 2);
  octets_number(&a->begin, 0, 4);
  octets_add(&a->begin, entries.p, entries.n);
  if (t->preface == PREFACE_WHOLE) octets_add(&a->begin, ack, sizeof ack);
  octets_free(&entries);
}

static void make(attack *a, const talk *t) {
  parity which = PARITY_NONE;
  bool repeats = false;
  *a = (attack){.t = t};
  put_preface(a);
  for (size_t i = 0; i < t->n; i++) {
    const step *s = &t->steps[i];
    const line *in = s->lines.n == 0 ? NULL : &s->lines.at[0];
    if (s->kind == STEP_APP && word_is(in, 0, "repeat")) {
      which = read_repeat(a, in);
      repeats = true;
    } else if (s->kind == STEP_APP) {
      read_app(a, in);
    } else if (s->kind != STEP_FEED || (repeats && a->period.n != 0)) {
      script_fail(t->file, s->number, "not in an attack");
    } else if (repeats) {
      note_asked(a, s);
      octets_add(&a->period, s->in.p, s->in.n);
      mark_period(a, s, which);
    } else {
      note_asked(a, s);
      octets_add(&a->begin, s->in.p, s->in.n);
    }
  }
  if (a->period.n == 0) script_fail(t->file, t->number, "nothing is repeated");
  if (!a->asks) a->last_asked = 0;
  a->asks_more = which == PARITY_ODD || which == PARITY_ALL;
}

void attacks_read(attacks *out, const char *const *files, int count) {
  *out = (attacks){0};
  for (int i = 0; i < count; i++)
    talks_read(&out->talks, files[i]);
  out->n = out->talks.n;
  out->at = talk_alloc(out->n * sizeof *out->at);
  for (size_t i = 0; i < out->n; i++)
    make(&out->at[i], &out->talks.at[i]);
}

void attacks_free(attacks *all) {
  for (size_t i = 0; i < all->n; i++) {
    octets_free(&all->at[i].begin);
    octets_free(&all->at[i].period);
    free(all->at[i].marks);
  }
  free(all->at);
  talks_free(&all->talks);
}
