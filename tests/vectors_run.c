/* SPDX-License-Identifier: MIT */
/*
 * Runs a vector one way. Time stands still: RILL_NO_CLOCK.
 *
 * Each call gets its octets in a block of their own, which is gone after the call, so that a sanitizer sees a read outside the
 * input or a view that was kept. Memory is metered; what a connection leaves behind is a failure.
 */
#include "vectors.h"
#include <string.h>

static const char client_preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0";
enum { MAGIC_SIZE = 24, EMPTY_SETTINGS_SIZE = 9 };

void run_config(rill_config *config, const vector *v, meter *m) {
  rill_config_init(config);
  config->mem = meter_mem(m);
  config->max_concurrent_streams = 100;
  config->max_header_list_size = 65536;
  config->initial_window = 65535;
  config->connection_window = 65535;
  config->manual_consume = !v->consume;
}

rill_context *run_context(const vector *v, meter *m) {
  rill_config config;
  rill_context *context = NULL;
  run_config(&config, v, m);
  return rill_context_new(&context, &config, &app_callbacks) == 0 ? context : NULL;
}

/* ---- octets in and out ------------------------------------------------------------------------------------------------- */

/* Takes all output; returns its octets without content, which is made on demand and does not wait. */
static size_t take_output(run *r) {
  uint8_t buffer[16384];
  seen *s = &r->seen;
  size_t before = s->frame_count, octets = s->wire.n;
  for (;;) {
    rill_ssize n = rill_conn_send(r->conn, buffer, sizeof buffer, RILL_NO_CLOCK);
    if (run_lacked(r, n)) n = rill_conn_send(r->conn, buffer, sizeof buffer, RILL_NO_CLOCK);
    if (n < 0) broken(s, "rill_conn_send: %s", rill_err_text((int)n));
    if (n <= 0) break;
    octets += (size_t)n;
    s->out = seen_mix(s->out, buffer, (size_t)n);
    text_add(&s->wire, buffer, (size_t)n);
    wire_take(s, r->v->client);
  }
  for (size_t i = before; i < s->frame_count; i++) {
    if (s->frames[i].type == RILL_DATA) octets -= 9 + s->frames[i].length;
  }
  if (s->wire.n != 0) broken(s, "output that ends inside a frame");
  return octets;
}

static void note_queue(seen *s, size_t octets) {
  if (octets > s->queue_most) s->queue_most = octets;
}

void run_take(run *r) { note_queue(&r->seen, take_output(r)); }

/* One call and what belongs to it. Returns how much was taken; 0 also when the connection has failed. */
static size_t call_recv(run *r, const uint8_t *p, size_t n) {
  seen *s = &r->seen;
  s->call_at = s->fed;
  rill_ssize took = rill_conn_recv(r->conn, p, n, RILL_NO_CLOCK);
  if (took < 0) {
    s->failed = (int)took;
    s->failed_at = s->call_at;
    took = 0;
  } else if ((size_t)took > n) {
    broken(s, "rill_conn_recv took more than it was given");
    took = (rill_ssize)n;
  }
  if (r->v->drain) note_queue(s, take_output(r));
  if (r->meter->live > s->memory_most) s->memory_most = r->meter->live;
  return (size_t)took;
}

/* Feeds octets, offering the rest again and again. No progress twice in a row is a stall. */
static void feed(run *r, const uint8_t *octets, size_t n) {
  seen *s = &r->seen;
  uint8_t *copy = malloc(n == 0 ? 1 : n);
  if (copy == NULL) exit(2);
  memcpy(copy, octets, n);
  int idle = 0;
  for (size_t at = 0; at < n && s->failed == 0 && !s->stalled;) {
    size_t took = call_recv(r, copy + at, n - at);
    at += took;
    s->fed += took;
    idle = took == 0 ? idle + 1 : 0;
    if (idle == 1 && r->yields && s->failed == 0) run_take(r);
    s->stalled = idle == 2 && s->failed == 0;
  }
  free(copy);
}

static void feed_octets(run *r) {
  for (size_t i = 0; i < r->v->n && r->seen.failed == 0 && !r->seen.stalled; i++)
    feed(r, r->v->octets + i, 1);
}

static void feed_frames(run *r) {
  const uint8_t *p = r->v->octets;
  size_t left = r->v->n, n = !r->v->preface && !r->v->client ? MAGIC_SIZE : 0;
  while (left != 0 && r->seen.failed == 0 && !r->seen.stalled) {
    if (n == 0) n = left < 9 ? left : 9 + ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]);
    if (n > left) n = left;
    feed(r, p, n);
    p += n;
    left -= n;
    n = 0;
  }
}

static void feed_random(run *r, uint64_t seed) {
  const vector *v = r->v;
  for (size_t at = 0, n; at < v->n && r->seen.failed == 0 && !r->seen.stalled; at += n) {
    seed = seed * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
    n = 1 + (size_t)(seed >> 40) % ((seed >> 35 & 1) != 0 ? 30 : 3000);
    if (n > v->n - at) n = v->n - at;
    feed(r, v->octets + at, n);
  }
}

void run_feed(run *r, way w) {
  switch (w.kind) {
  case WAY_WHOLE:
    feed(r, r->v->octets, r->v->n);
    break;
  case WAY_OCTETS:
    feed_octets(r);
    break;
  case WAY_CUT:
    feed(r, r->v->octets, w.cut);
    feed(r, r->v->octets + w.cut, r->v->n - w.cut);
    break;
  case WAY_FRAMES:
    feed_frames(r);
    break;
  case WAY_RANDOM:
    feed_random(r, w.cut);
    break;
  }
}

/* ---- the probe --------------------------------------------------------------------------------------------------------- */

static const uint8_t probe_ping[] = {0, 0, 8, 6, 0, 0, 0, 0, 0, 'p', 'r', 'o', 'b', 'e', '1', '2', '3'};

static void offer(run *r, const uint8_t *p, size_t n) {
  rill_ssize took = rill_conn_recv(r->conn, p, n, RILL_NO_CLOCK);
  if (took < 0 && r->seen.failed == 0) {
    r->seen.failed = (int)took;
    r->seen.failed_at = r->seen.call_at;
  }
}

static bool answered(const seen *s, size_t from) {
  for (size_t i = from; i < s->frame_count; i++) {
    const frame *f = &s->frames[i];
    if (f->type == RILL_PING && (f->flags & RILL_FLAG_ACK) != 0 && memcmp(f->ping, probe_ping + 9, 8) == 0) return true;
  }
  return false;
}

/* A connection that has failed must stay silent, whatever comes. */
static void check_silence(run *r) {
  seen *s = &r->seen;
  size_t frames = s->frame_count, events = s->event_count;
  offer(r, probe_ping, sizeof probe_ping);
  if (r->v->n != 0) offer(r, r->v->octets, r->v->n);
  offer(r, probe_ping, sizeof probe_ping);
  (void)take_output(r);
  if (s->frame_count != frames) broken(s, "output after the connection has failed");
  if (s->event_count != events) broken(s, "an event after the connection has failed");
  if (!rill_conn_is_done(r->conn)) broken(s, "the connection has failed and is not done");
}

void run_probe(run *r) {
  seen *s = &r->seen;
  if (s->failed != 0) {
    check_silence(r);
  } else if (r->v->probe && !s->stalled) {
    size_t frames = s->frame_count;
    s->call_at = s->fed;
    offer(r, probe_ping, sizeof probe_ping);
    (void)take_output(r);
    s->alive = answered(s, frames);
  }
  s->ended = rill_conn_is_done(r->conn);
}

/* ---- a run ------------------------------------------------------------------------------------------------------------- */

static int make_conn(run *r) {
  return r->v->client ? rill_conn_client_new(&r->conn, r->context, r) : rill_conn_server_new(&r->conn, r->context, r);
}

void run_begin(run *r, const vector *v, rill_context *context, meter *m, const checked_mem *failing) {
  *r = (run){.v = v, .context = context, .meter = m, .failing = failing};
  seen_init(&r->seen);
  int answer = make_conn(r);
  if (run_lacked(r, answer)) answer = make_conn(r);
  if (answer != 0) {
    fprintf(stderr, "vectors: no connection: %s\n", rill_err_text(answer));
    exit(2);
  }
  if (v->client) app_submit_requests(r);
  if (v->client) (void)take_output(r); /* the requests have been sent */
  if (v->preface) {
    size_t skip = v->client ? MAGIC_SIZE : 0;
    feed(r, (const uint8_t *)client_preface + skip, MAGIC_SIZE + EMPTY_SETTINGS_SIZE - skip);
  }
  r->seen.fed = 0;
  r->seen.idle_memory = r->seen.memory_most = m->live;
}

/* How far the failure can be told from the frame that rill names: it came no earlier than that frame. */
static void locate_failure(run *r) {
  seen *s = &r->seen;
  if (s->failed == 0) return;
  uint64_t preface = !r->v->preface ? 0 : r->v->client ? EMPTY_SETTINGS_SIZE : MAGIC_SIZE + EMPTY_SETTINGS_SIZE;
  uint64_t offset = rill_conn_error(r->conn).offset;
  if (offset > preface && offset - preface > s->failed_at) s->failed_at = (size_t)(offset - preface);
}

void run_way(run *r, const vector *v, rill_context *context, meter *m, way w) {
  run_begin(r, v, context, m, NULL);
  run_feed(r, w);
  locate_failure(r);
  if (!v->drain) run_take(r);
  run_probe(r);
  r->seen.judged_events = r->seen.event_count;
}

static void check_closes(seen *s) {
  for (size_t i = 0; i < s->stream_count; i++) {
    const stream *st = s->streams[i];
    if (st->closes != 1) broken(s, "stream %u: closed %u times", (unsigned)st->id, st->closes);
  }
  if (s->lent != s->returned) broken(s, "%zu chunks lent, %zu came back", s->lent, s->returned);
}

void run_end(run *r) {
  rill_conn_del(r->conn);
  r->conn = NULL;
  check_closes(&r->seen);
}

bool run_abandoned(const vector *v, rill_context *context, meter *m, abandon *a, char *fault, size_t cap) {
  run r;
  vector quiet = *v;
  size_t live = m->live, blocks = m->blocks;
  quiet.drain = a->drain;
  run_begin(&r, &quiet, context, m, NULL);
  feed(&r, v->octets, a->cut);
  a->took = r.seen.fed;
  run_end(&r);
  if (m->live != live || m->blocks != blocks) broken(&r.seen, "%zu octets left in memory", m->live - live);
  snprintf(fault, cap, "%s", r.seen.broken);
  seen_free(&r.seen);
  return fault[0] == '\0';
}
