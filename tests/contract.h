/* SPDX-License-Identifier: MIT */
/*
 * contract: what the tests of the contract stand on: one connection over a checked allocator, its output in one buffer, and a
 * peer that writes plain frames. Header only.
 */
#ifndef TESTS_CONTRACT_H
#define TESTS_CONTRACT_H

#include "talk/checked_mem.h"
#include <rill/rill.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])
#define MAGIC "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"

typedef struct bench {
  checked_mem mem;
  rill_config config;
  rill_callbacks callbacks;
  rill_context *context;
  rill_conn *conn;
  size_t context_octets;
  uint8_t *in; /* what the peer will have sent, gathered by frame() */
  size_t in_n, in_cap;
  uint8_t *out; /* what came out */
  size_t out_n, out_cap;
} bench;

static const rill_field get_fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                                        RILL_FIELD(":authority", "a")};
static const rill_field ok_fields[] = {RILL_FIELD(":status", "200")};

static inline void bench_init(bench *b) {
  memset(b, 0, sizeof *b);
  rill_config_init(&b->config);
  b->config.mem = checked_mem_of(&b->mem);
  b->callbacks.size = sizeof b->callbacks;
}

/* For what no honest peer does so often: the floods that budgets are against are not what is looked at. */
static inline void bench_no_budgets(bench *b) {
  b->config.glitch_burst = b->config.refusal_burst = b->config.peer_reset_burst = b->config.own_reset_burst = UINT32_MAX;
  b->config.empty_data_burst = b->config.overhead_burst = UINT32_MAX;
}

/* False without memory. */
static inline bool bench_open(bench *b, bool client) {
  b->config.mem = checked_mem_of(&b->mem);
  if (rill_context_new(&b->context, &b->config, &b->callbacks) != 0) return false;
  b->context_octets = b->mem.live_octets;
  int err = client ? rill_conn_client_new(&b->conn, b->context, b) : rill_conn_server_new(&b->conn, b->context, b);
  if (err == 0) return true;
  rill_context_del(b->context);
  b->context = NULL;
  return false;
}

static inline void bench_close(bench *b) {
  rill_conn_del(b->conn);
  rill_context_del(b->context);
  free(b->in);
  free(b->out);
  assert_null(b->mem.wrong);
  assert_int_equal(b->mem.live, 0);
}

/* ---- the peer ---------------------------------------------------------------------------------------------------------- */

/* Twice the room when there is too little: sanitizers copy all of it each time. */
static inline void bench_append(uint8_t **to, size_t *count, size_t *cap, const void *p, size_t n) {
  if (n == 0) return;
  if (*cap - *count < n) {
    *cap = 2 * (*count + n);
    *to = realloc(*to, *cap);
    assert_non_null(*to);
  }
  memcpy(*to + *count, p, n);
  *count += n;
}

static inline void peer_octets(bench *b, const void *p, size_t n) { bench_append(&b->in, &b->in_n, &b->in_cap, p, n); }

static inline void peer_frame(bench *b, uint8_t type, uint8_t flags, uint32_t id, const void *payload, size_t n) {
  uint8_t head[RILL_FRAME_HEAD_SIZE];
  rill_frame_head_put(head, &(rill_frame_head){(uint32_t)n, type, flags, id});
  peer_octets(b, head, sizeof head);
  peer_octets(b, payload, n);
}

static inline void peer_preface(bench *b, bool client) {
  if (!client) peer_octets(b, MAGIC, sizeof MAGIC - 1);
  peer_frame(b, RILL_SETTINGS, 0, 0, NULL, 0);
  peer_frame(b, RILL_SETTINGS, RILL_FLAG_ACK, 0, NULL, 0);
}

/* GET https / at "a", or :status 200; all of it indexed but for the authority, which is a literal without the table. */
static inline void peer_request(bench *b, uint32_t id, bool end) {
  static const uint8_t block[] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'};
  peer_frame(b, RILL_HEADERS, (uint8_t)(RILL_FLAG_END_HEADERS | (end ? RILL_FLAG_END_STREAM : 0)), id, block, sizeof block);
}

static inline void peer_response(bench *b, uint32_t id, bool end) {
  peer_frame(b, RILL_HEADERS, (uint8_t)(RILL_FLAG_END_HEADERS | (end ? RILL_FLAG_END_STREAM : 0)), id, "\x88", 1);
}

static inline void peer_window(bench *b, uint32_t id, uint32_t increment) {
  uint8_t payload[4] = {(uint8_t)(increment >> 24), (uint8_t)(increment >> 16), (uint8_t)(increment >> 8), (uint8_t)increment};
  peer_frame(b, RILL_WINDOW_UPDATE, 0, id, payload, sizeof payload);
}

/* Gives what was gathered to the connection, and forgets it. The last answer of rill_conn_recv. */
static inline rill_ssize peer_send(bench *b) {
  size_t at = 0;
  rill_ssize took = 0;
  while (at < b->in_n && (took = rill_conn_recv(b->conn, b->in + at, b->in_n - at, RILL_NO_CLOCK)) > 0)
    at += (size_t)took;
  b->in_n = 0;
  return took;
}

/* ---- output ------------------------------------------------------------------------------------------------------------ */

static inline void bench_put(bench *b, const void *p, size_t n) { bench_append(&b->out, &b->out_n, &b->out_cap, p, n); }

/* All there is; the last answer of rill_conn_send. */
static inline rill_ssize bench_take(bench *b) {
  uint8_t room[4096];
  rill_ssize n;
  while ((n = rill_conn_send(b->conn, room, sizeof room, RILL_NO_CLOCK)) > 0)
    bench_put(b, room, (size_t)n);
  return n;
}

/* Likewise, and forgets it. */
static inline size_t bench_drop(bench *b) {
  b->out_n = 0;
  (void)bench_take(b);
  size_t n = b->out_n;
  b->out_n = 0;
  return n;
}

/* How many frames of this type the output holds, and the last of them. */
static inline size_t bench_frames(const bench *b, uint8_t type, rill_frame *last) {
  size_t count = 0, at = b->out_n >= 24 && memcmp(b->out, MAGIC, 24) == 0 ? 24 : 0;
  while (at < b->out_n) {
    rill_frame frame;
    rill_why why;
    rill_ssize n = rill_frame_parse(&frame, b->out + at, b->out_n - at, RILL_FRAME_SIZE_MAX, &why);
    assert_true(n > 0);
    if (frame.head.type == type) {
      count++;
      *last = frame;
    }
    at += (size_t)n;
  }
  return count;
}

/* A connection whose preface and SETTINGS are exchanged. */
static inline void bench_begin(bench *b, bool client) {
  assert_true(bench_open(b, client));
  (void)bench_drop(b);
  peer_preface(b, client);
  assert_true(peer_send(b) >= 0);
  (void)bench_drop(b);
}

#endif /* TESTS_CONTRACT_H */
