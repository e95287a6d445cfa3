/* SPDX-License-Identifier: MIT */
/*
 * A million idle server connections in one process: all have exchanged their SETTINGS with a client, and wait. What counts is the
 * process's resident memory, so that what the C library's allocator adds is in it.
 *
 * With fewer than a million (`count`) the rest is extrapolated: what the connections added, in proportion.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include <nghttp2/nghttp2.h>
#include <rill/rill.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

static const uint8_t opening[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0", acknowledged[] = "\0\0\0\4\1\0\0\0\0";
enum { OPENING = 33, ACKNOWLEDGED = 9 };

static double resident(void) {
  unsigned long pages[2];
  FILE *f = fopen("/proc/self/statm", "r");
  if (f == NULL || fscanf(f, "%lu %lu", &pages[0], &pages[1]) != 2) bench_fail("no /proc/self/statm");
  fclose(f);
  return (double)pages[1] * (double)sysconf(_SC_PAGESIZE);
}

static int rill_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)conn;
  (void)id;
  (void)head;
  (void)user;
  return 0;
}

static void *rill_one(const rill_context *context) {
  uint8_t buffer[1024];
  rill_conn *conn = NULL;
  rill_ssize sent = 0;
  if (rill_conn_server_new(&conn, context, NULL) != 0) bench_fail("no connection");
  if (rill_conn_recv(conn, opening, OPENING, 1) != OPENING) bench_fail("no preface");
  while ((sent = rill_conn_send(conn, buffer, sizeof buffer, 2)) > 0) {
  }
  if (sent < 0 || rill_conn_recv(conn, acknowledged, ACKNOWLEDGED, 3) != ACKNOWLEDGED) bench_fail("no SETTINGS");
  return conn;
}

static void *nghttp2_one(const nghttp2_session_callbacks *callbacks) {
  const uint8_t *frame;
  nghttp2_session *session;
  if (nghttp2_session_server_new(&session, callbacks, NULL) != 0) bench_fail("no session");
  if (nghttp2_submit_settings(session, NGHTTP2_FLAG_NONE, NULL, 0) != 0) bench_fail("no SETTINGS");
  if (nghttp2_session_mem_recv(session, opening, OPENING) != OPENING) bench_fail("no preface");
  while (nghttp2_session_mem_send(session, &frame) > 0) {
  }
  if (nghttp2_session_mem_recv(session, acknowledged, ACKNOWLEDGED) != ACKNOWLEDGED) bench_fail("no SETTINGS");
  return session;
}

/* GiB. Nothing is given back: the process ends. */
double memory_million(const options *o) {
  rill_callbacks on = {.size = sizeof on, .on_head = rill_on_head};
  rill_config config;
  rill_context *context = NULL;
  nghttp2_session_callbacks *callbacks;
  rill_config_init(&config);
  if (rill_context_new(&context, &config, &on) != 0 || nghttp2_session_callbacks_new(&callbacks) != 0) bench_fail("no context");
  double before = resident();
  void **conns = bench_alloc(o->count * sizeof *conns);
  for (size_t i = 0; i < o->count; i++)
    conns[i] = o->nghttp2 ? nghttp2_one(callbacks) : rill_one(context);
  double each = (resident() - before) / (double)o->count;
  fprintf(stderr, "%zu connections, %.1f octets each\n", o->count, each);
  return (before + each * 1e6) / (double)(1 << 30);
}
