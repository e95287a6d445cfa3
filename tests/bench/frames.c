/* SPDX-License-Identifier: MIT */
/*
 * frames: a server that is fed small frames, in equal parts: HEADERS of 5 indexed fields, 100 octets of DATA, WINDOW_UPDATE for
 * the stream, WINDOW_UPDATE for the connection, an acknowledgement of a PING, RST_STREAM.
 *
 * The first HEADERS puts two fields into the table; all later ones name them. Output is taken after every 16 KiB of input,
 * however small the pieces that are fed.
 *
 * A million RST_STREAM and answers to PINGs that nobody sent are the floods that limits are for. rill's stay on, as the default
 * has them, and so does time: the clock that it is told moves by 200 us with each octet, as if the peer were on a slow line and
 * reset 28 streams a second, of which 33 are free. libnghttp2 reads a clock of its own, so its limit is raised beyond reach; it
 * keeps count all the same.
 */
#include "bench.h"
#include <nghttp2/nghttp2.h>
#include <rill/rill.h>
#include <stdlib.h>
#include <string.h>

enum { CYCLE_FRAMES = 6, CYCLE_MAX = 256, OUTPUT_EVERY = 16384, OCTET_TIME = 200000 };

typedef struct feeder {
  size_t chunk;
  uint32_t id; /* of the next stream */
  uint8_t *octets;
  size_t n, cap;
  size_t heads, content, closes; /* what the application was told */
  rill_context *context;
  rill_conn *conn;
  rill_time now;
  nghttp2_session *session;
} feeder;

/* ---- the octets -------------------------------------------------------------------------------------------------------- */

static void put(feeder *f, const void *p, size_t n) {
  memcpy(f->octets + f->n, p, n);
  f->n += n;
}

static void put_frame(feeder *f, uint8_t type, uint8_t flags, uint32_t id, const void *payload, size_t n) {
  const uint8_t head[9] = {(uint8_t)(n >> 16),  (uint8_t)(n >> 8),   (uint8_t)n,         type,       flags,
                           (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id};
  put(f, head, sizeof head);
  put(f, payload, n);
}

static void put_cycle(feeder *f) {
  static const uint8_t first[] = "\x82\x87\x84\x41\x01"
                                 "a\x7a\x01"
                                 "b",
                       later[] = {0x82, 0x87, 0x84, 0xbf, 0xbe}, one[4] = {0, 0, 0, 1}, cancel[4] = {0, 0, 0, 8};
  static const uint8_t content[100];
  bool is_first = f->id == 1;
  put_frame(f, 1, 4, f->id, is_first ? first : later, is_first ? sizeof first - 1 : sizeof later);
  put_frame(f, 0, 0, f->id, content, sizeof content);
  put_frame(f, 8, 0, f->id, one, sizeof one);
  put_frame(f, 8, 0, 0, one, sizeof one);
  put_frame(f, 6, 1, 0, "12345678", 8);
  put_frame(f, 3, 0, f->id, cancel, sizeof cancel);
  f->id += 2;
}

/* Makes the octets of so many cycles, to be fed by the next run. */
static void prepare(void *state, size_t cycles) {
  feeder *f = state;
  f->n = 0;
  if (f->cap < (cycles + 1) * CYCLE_MAX) {
    free(f->octets);
    f->cap = (cycles + 1) * CYCLE_MAX;
    f->octets = bench_alloc(f->cap);
  }
  for (size_t i = 0; i < cycles; i++)
    put_cycle(f);
}

/* ---- rill -------------------------------------------------------------------------------------------------------------- */

static int rill_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  feeder *f = rill_conn_user(conn);
  (void)id;
  (void)user;
  f->heads += head->method.n != 0;
  return 0;
}

static int rill_on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool last, void *user) {
  feeder *f = rill_conn_user(conn);
  (void)id;
  (void)last;
  (void)user;
  f->content += bytes.n;
  return 0;
}

static void rill_on_close(rill_conn *conn, uint32_t id, const rill_close *how, void *user) {
  feeder *f = rill_conn_user(conn);
  (void)id;
  (void)how;
  (void)user;
  f->closes++;
}

static void rill_open(feeder *f) {
  rill_callbacks callbacks = {
      .size = sizeof callbacks, .on_head = rill_on_head, .on_data = rill_on_data, .on_stream_close = rill_on_close};
  rill_config config;
  rill_config_init(&config);
  if (rill_context_new(&f->context, &config, &callbacks) != 0 || rill_conn_server_new(&f->conn, f->context, f) != 0) {
    bench_fail("no connection");
  }
}

/* In pieces of one size; what was not taken is offered again. */
static void rill_feed(feeder *f, const uint8_t *p, size_t n) {
  while (n != 0) {
    size_t piece = n < f->chunk ? n : f->chunk;
    if (f->now != RILL_NO_CLOCK) f->now += piece * OCTET_TIME;
    rill_ssize took = rill_conn_recv(f->conn, p, piece, f->now);
    if (took <= 0) bench_fail(rill_why_text(rill_conn_error(f->conn).why));
    p += took;
    n -= (size_t)took;
  }
}

static void rill_drain(feeder *f) {
  uint8_t buffer[4096];
  while (rill_conn_send(f->conn, buffer, sizeof buffer, f->now) > 0) {
  }
}

/* ---- libnghttp2 -------------------------------------------------------------------------------------------------------- */

static int nghttp2_on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n,
                             const uint8_t *value, size_t value_n, uint8_t flags, void *user) {
  feeder *f = user;
  (void)session;
  (void)frame;
  (void)value;
  (void)value_n;
  (void)flags;
  f->heads += name_n == 7 && name[1] == 'm'; /* :method */
  return 0;
}

static int nghttp2_on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t n, void *user) {
  (void)session;
  (void)flags;
  (void)id;
  (void)data;
  ((feeder *)user)->content += n;
  return 0;
}

static int nghttp2_on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
  (void)session;
  (void)id;
  (void)code;
  ((feeder *)user)->closes++;
  return 0;
}

static void nghttp2_open(feeder *f) {
  nghttp2_session_callbacks *callbacks;
  nghttp2_option *option;
  if (nghttp2_session_callbacks_new(&callbacks) != 0 || nghttp2_option_new(&option) != 0) bench_fail("no callbacks");
  nghttp2_session_callbacks_set_on_header_callback(callbacks, nghttp2_on_header);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(callbacks, nghttp2_on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(callbacks, nghttp2_on_close);
  nghttp2_option_set_stream_reset_rate_limit(option, UINT64_MAX / 2, 1);
  if (nghttp2_session_server_new2(&f->session, callbacks, f, option) != 0) bench_fail("no session");
  nghttp2_session_callbacks_del(callbacks);
  nghttp2_option_del(option);
  if (nghttp2_submit_settings(f->session, NGHTTP2_FLAG_NONE, NULL, 0) != 0) bench_fail("no SETTINGS");
}

static void nghttp2_feed(feeder *f, const uint8_t *p, size_t n) {
  while (n != 0) {
    size_t piece = n < f->chunk ? n : f->chunk;
    ssize_t took = nghttp2_session_mem_recv(f->session, p, piece);
    if (took <= 0) bench_fail("nghttp2_session_mem_recv");
    p += took;
    n -= (size_t)took;
  }
}

static void nghttp2_drain(feeder *f) {
  const uint8_t *frame;
  while (nghttp2_session_mem_send(f->session, &frame) > 0) {
  }
}

/* ---- the work ---------------------------------------------------------------------------------------------------------- */

static void feed_all(feeder *f) {
  for (size_t at = 0; at < f->n;) {
    size_t n = f->n - at < OUTPUT_EVERY ? f->n - at : OUTPUT_EVERY;
    f->session != NULL ? nghttp2_feed(f, f->octets + at, n) : rill_feed(f, f->octets + at, n);
    f->session != NULL ? nghttp2_drain(f) : rill_drain(f);
    at += n;
  }
}

/* SETTINGS are exchanged, and acknowledged. */
static void *begin(const options *o) {
  static const char *const opening[2] = {"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0", "\0\0\0\4\1\0\0\0\0"};
  static const size_t sizes[2] = {33, 9};
  feeder *f = bench_alloc(sizeof *f);
  f->chunk = o->chunk;
  f->now = o->clockless ? RILL_NO_CLOCK : 1;
  f->id = 1;
  f->cap = CYCLE_MAX;
  f->octets = bench_alloc(f->cap);
  o->nghttp2 ? nghttp2_open(f) : rill_open(f);
  for (int i = 0; i < 2; i++) {
    f->n = 0;
    put(f, opening[i], sizes[i]);
    feed_all(f);
  }
  return f;
}

static size_t run(void *state, size_t n) {
  feeder *f = state;
  size_t before = f->heads;
  feed_all(f);
  if (f->heads != before + n || f->closes != f->heads || f->content != 100 * f->heads) bench_fail("frames were lost");
  return n * CYCLE_FRAMES;
}

static void end(void *state) {
  feeder *f = state;
  rill_conn_del(f->conn);
  rill_context_del(f->context);
  nghttp2_session_del(f->session);
  free(f->octets);
  free(f);
}

const work frames_work = {"frames", begin, prepare, run, end};
