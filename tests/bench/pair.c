/* SPDX-License-Identifier: MIT */
/*
 * The loop of a pair, and the works that it serves: requests, bulk content, memory.
 *
 * Memory is that of the server: what it asks of its allocator. That both dynamic tables are in use is not believed but measured:
 * a tap on each direction decodes all field blocks with nghttp2's decoder and asks that for the size of its table.
 * libnghttp2 1.52 keeps closed streams, as many as may be open; that is its default, and so it counts.
 */
#include "pair.h"
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <string.h>

/* ---- taps -------------------------------------------------------------------------------------------------------------- */

struct tap {
  nghttp2_hd_inflater *decoder;
  uint8_t octets[2 * PAIR_BUFFER_MAX];
  size_t n;
};

static void tap_block(tap *t, const uint8_t *p, size_t n, bool whole) {
  nghttp2_nv field;
  int flags = 0;
  for (;;) {
    ssize_t took = nghttp2_hd_inflate_hd2(t->decoder, &field, &flags, p, n, whole);
    if (took < 0) bench_fail("the wire does not decode");
    p += took;
    n -= (size_t)took;
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0) nghttp2_hd_inflate_end_headers(t->decoder);
    if ((flags & NGHTTP2_HD_INFLATE_FINAL) != 0 || (n == 0 && (flags & NGHTTP2_HD_INFLATE_EMIT) == 0)) return;
  }
}

/* The fields of this work have neither padding nor priority, so a payload is a piece of a block. */
static void tap_add(tap *t, const uint8_t *p, size_t n) {
  static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  memcpy(t->octets + t->n, p, n);
  t->n += n;
  size_t at = t->n >= 24 && memcmp(t->octets, magic, 24) == 0 ? 24 : 0;
  while (t->n - at >= 9) {
    const uint8_t *head = t->octets + at;
    size_t length = (size_t)head[0] << 16 | (size_t)head[1] << 8 | head[2];
    if (t->n - at < 9 + length) break;
    if (head[3] == 1 || head[3] == 9) tap_block(t, head + 9, length, (head[4] & 4) != 0);
    at += 9 + length;
  }
  t->n -= at;
  memmove(t->octets, t->octets + at, t->n);
}

static void tap_begin(pair *p) {
  for (int i = 0; i < 2; i++) {
    p->taps[i] = bench_alloc(sizeof(tap));
    if (nghttp2_hd_inflate_new(&p->taps[i]->decoder) != 0) bench_fail("no decoder");
  }
}

/* ---- the loop ---------------------------------------------------------------------------------------------------------- */

static const pair_field request_fields[REQUEST_FIELDS] = {
    {.name = ":method", .value = "GET"},
    {.name = ":scheme", .value = "https"},
    {.name = ":authority", .value = "www.example.com"},
    {.name = ":path", .value = NULL, .changes = true},
    {.name = "user-agent", .value = "Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0"},
    {.name = "accept", .value = "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
    {.name = "accept-language", .value = "en-US,en;q=0.5"},
    {.name = "accept-encoding", .value = "gzip, deflate, br"},
};

static const pair_field response_fields[RESPONSE_FIELDS] = {
    {.name = ":status", .value = "200"},
    {.name = "server", .value = "bench/1.0"},
    {.name = "date", .value = "Tue, 15 Nov 1994 08:12:31 GMT"},
    {.name = "content-type", .value = "text/plain; charset=utf-8"},
    {.name = "content-length", .value = NULL, .changes = true},
    {.name = "cache-control", .value = "max-age=3600"},
};

static void put_hex(char *dst, size_t digits, uint32_t number) {
  for (size_t i = 0; i < digits; i++)
    dst[i] = "0123456789abcdef"[number >> (4 * (digits - 1 - i)) & 15];
}

/* A linear congruence is random enough for values that must differ. */
static void new_tag(pair *p, char *tag) {
  for (int i = 0; i < 8; i++) {
    p->random = p->random * 1664525 + 1013904223;
    put_hex(tag + 8 * i, 8, p->random);
  }
}

void pair_next_request(pair *p) {
  put_hex(p->path + 14, 8, (uint32_t)p->started * 2654435761u);
  if (p->varied) new_tag(p, p->request_tag);
}

void pair_next_response(pair *p) {
  if (p->varied) new_tag(p, p->response_tag);
}

void pair_saw_request(pair *p, size_t octets) {
  if (octets != p->request_octets) bench_fail("a request did not come as it was sent");
  p->seen++;
}

void pair_saw_response(pair *p, size_t octets) {
  if (octets != p->response_octets) bench_fail("a response did not come as it was sent");
}

void pair_saw_end(pair *p, bool well) {
  if (!well) bench_fail("a stream did not end well");
  p->ended++;
}

/* Sets the lengths; returns their sum. */
static size_t measure(pair_field *fields, size_t count) {
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    fields[i].name_n = strlen(fields[i].name);
    fields[i].value_n = strlen(fields[i].value);
    n += fields[i].name_n + fields[i].value_n;
  }
  return n;
}

static void set_fields(pair *p) {
  memcpy(p->request, request_fields, sizeof request_fields);
  memcpy(p->response, response_fields, sizeof response_fields);
  snprintf(p->path, sizeof p->path, "/api/v1/items/00000000");
  snprintf(p->length, sizeof p->length, "%zu", p->body);
  p->request[PATH].value = p->path;
  p->response[CONTENT_LENGTH].value = p->length;
  memset(p->request_tag, '0', 64);
  memset(p->response_tag, '0', 64);
  p->request[REQUEST_FIELDS] = (pair_field){.name = "x-varied-tag", .value = p->request_tag, .changes = true};
  p->response[RESPONSE_FIELDS] = (pair_field){.name = "x-trace", .value = p->response_tag, .changes = true};
  p->request_count = REQUEST_FIELDS + (p->varied ? 1 : 0);
  p->response_count = RESPONSE_FIELDS + (p->varied ? 1 : 0);
  p->request_octets = measure(p->request, p->request_count);
  p->response_octets = measure(p->response, p->response_count);
}

pair *pair_begin(const options *o, meter *client, meter *server) {
  pair *p = bench_alloc(sizeof *p);
  p->ops = o->nghttp2 ? &pair_nghttp2 : &pair_rill;
  p->flight = o->flight;
  p->body = o->body;
  p->prepared = o->prepared;
  p->now = o->clockless ? RILL_NO_CLOCK : 1;
  p->limit = SIZE_MAX;
  if (o->buffer > PAIR_BUFFER_MAX) bench_fail("too large a buffer");
  p->buffer_size = o->buffer;
  p->meters[CLIENT] = client;
  p->meters[SERVER] = server;
  return p;
}

/* Opens both ends and lets them exchange their SETTINGS. */
void pair_open(pair *p) {
  size_t limit = p->limit;
  set_fields(p);
  p->ops->open(p);
  p->limit = 0;
  pair_settle(p);
  p->limit = limit;
}

void pair_end(pair *p) {
  p->ops->close(p);
  for (int i = 0; i < 2; i++) {
    if (p->taps[i] != NULL) nghttp2_hd_inflate_del(p->taps[i]->decoder);
    free(p->taps[i]);
    free(p->arrays[i]);
  }
  free(p);
}

enum { STEP_TIME = 10000 }; /* nanoseconds */

/* One buffer. */
static bool move(pair *p, end from) {
  size_t n = p->ops->send(p, from);
  if (n == 0) return false;
  if (p->taps[from] != NULL) tap_add(p->taps[from], p->buffer, n);
  p->ops->recv(p, from == CLIENT ? SERVER : CLIENT, p->buffer, n);
  return true;
}

bool pair_step(pair *p) {
  if (p->now != RILL_NO_CLOCK) p->now += STEP_TIME;
  while (p->started - p->ended < p->flight && p->started < p->limit) {
    pair_next_request(p);
    if (!p->ops->submit(p)) break;
    p->started++;
  }
  bool up = move(p, CLIENT), down = move(p, SERVER);
  return up || down;
}

void pair_settle(pair *p) {
  while (pair_step(p)) {
  }
}

size_t pair_requests(pair *p, size_t n) {
  size_t before = p->ended;
  while (p->ended - before < n) {
    if (!pair_step(p)) bench_fail("requests have come to a stop");
  }
  return p->ended - before;
}

/* ---- works ------------------------------------------------------------------------------------------------------------- */

static void *request_begin(const options *o) {
  pair *p = pair_begin(o, NULL, NULL);
  pair_open(p);
  return p;
}

static size_t request_run(void *state, size_t n) { return pair_requests(state, n); }

static void work_end(void *state) { pair_end(state); }

const work request_work = {"request", request_begin, NULL, request_run, work_end};

/* One response that does not end, through windows of 1 MiB; a unit is 16 KiB of content, which is a frame but for its head. */
static void *bulk_begin(const options *o) {
  pair *p = pair_begin(o, NULL, NULL);
  p->flight = 1;
  p->body = SIZE_MAX / 4;
  p->window = 1 << 20;
  pair_open(p);
  return p;
}

static size_t bulk_run(void *state, size_t n) {
  pair *p = state;
  size_t before = p->content;
  while (p->content - before < n * 16384) {
    if (!pair_step(p)) bench_fail("content has come to a stop");
  }
  return (p->content - before) / 16384;
}

const work bulk_work = {"bulk", bulk_begin, NULL, bulk_run, work_end};

/*
 * What the copies of the bulk work cost by themselves, for the same unit: from the application to the buffer, and for nghttp2,
 * whose frames hold a copy already, once more.
 */
typedef struct copy_state {
  size_t copies;
  uint8_t octets[2][16384 + 64];
} copy_state;

static void *copy_begin(const options *o) {
  copy_state *s = bench_alloc(sizeof *s);
  s->copies = o->nghttp2 ? 2 : 1;
  return s;
}

static size_t copy_run(void *state, size_t n) {
  copy_state *s = state;
  for (size_t i = 0; i < n * s->copies; i++)
    memcpy(s->octets[0] + 9 + i % 4, s->octets[1], 16384);
  return n;
}

const work copy_work = {"copy", copy_begin, NULL, copy_run, free};

/* ---- allocations and memory -------------------------------------------------------------------------------------------- */

/* Of both ends together, in the steady state. */
double request_allocations(const options *o) {
  meter m = {0};
  pair *p = pair_begin(o, &m, &m);
  pair_open(p);
  (void)pair_requests(p, 2000);
  size_t before = m.takes;
  size_t requests = pair_requests(p, 10000);
  double each = (double)(m.takes - before) / (double)requests;
  pair_end(p);
  return each;
}

double memory_idle(const options *o) {
  meter m = {0};
  pair *p = pair_begin(o, NULL, &m);
  pair_open(p);
  double octets = (double)m.live;
  pair_end(p);
  return octets;
}

/* Idle again, for two seconds, after 1,000 requests whose fields fill both tables. Trimmed: and told to give back what it can. */
static double used(const options *o, bool trimmed) {
  meter m = {0};
  pair *p = pair_begin(o, NULL, &m);
  p->flight = 1;
  p->varied = true;
  p->limit = 1000;
  tap_begin(p);
  pair_open(p);
  pair_settle(p);
  if (p->ended != 1000) bench_fail("1,000 requests did not end");
  for (int i = 0; i < 2; i++) {
    size_t size = nghttp2_hd_inflate_get_dynamic_table_size(p->taps[i]->decoder);
    fprintf(stderr, "table %d: %zu octets\n", i, size);
    if (size < 3900) bench_fail("a dynamic table is not in full use");
  }
  p->ops->rest(p);
  bool can = !trimmed || p->ops->trim(p);
  double octets = can ? (double)m.live : BENCH_NOTHING;
  pair_end(p);
  return octets;
}

double memory_used(const options *o) { return used(o, false); }
double memory_trimmed(const options *o) { return used(o, true); }

double memory_stream(const options *o) {
  enum { STREAMS = 10000 };
  meter m = {0};
  pair *p = pair_begin(o, NULL, &m);
  p->flight = p->limit = STREAMS;
  p->mute = true;
  pair_open(p);
  size_t before = m.live;
  pair_settle(p);
  if (p->seen != STREAMS) bench_fail("10,000 requests could not be opened");
  double each = (double)(m.live - before) / STREAMS;
  pair_end(p);
  return each;
}
