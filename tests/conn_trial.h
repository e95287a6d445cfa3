/* SPDX-License-Identifier: MIT */
/*
 * conn_trial: the bench of the contract with what the tests of mended faults need besides: a record of what the application was
 * told, a hook into the trace of sent frames, and a peer that says SETTINGS and DATA. Header only.
 *
 * It knows rill.h and nothing of src/. Invariant: bench is the first member, so that the connection's user pointer is the trial.
 */
#ifndef TESTS_CONN_TRIAL_H
#define TESTS_CONN_TRIAL_H

#include "base/features.h"
#include "contract.h"

typedef struct conn_trial {
  bench b;
  unsigned closes, heads, writable, credit, lent, done; /* how often the application was told */
  rill_close close;                                     /* the last one */
  rill_frame_head traced;                               /* the last frame in the trace of what was received */
  void (*sent)(struct conn_trial *t, const rill_frame *frame);
} conn_trial;

static const rill_body trial_pushed = {NULL, NULL, false};
static const rill_view trial_no_words = {NULL, 0};

static inline conn_trial *trial_of(const rill_conn *conn) { return rill_conn_user(conn); }

static int trial_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)head, (void)user;
  trial_of(conn)->heads++;
  return 0;
}

static void trial_on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  (void)id, (void)user;
  trial_of(conn)->closes++;
  trial_of(conn)->close = *close;
}

static void trial_on_writable(rill_conn *conn, uint32_t id, void *user) {
  (void)id, (void)user;
  trial_of(conn)->writable++;
}

static void trial_on_credit(rill_conn *conn, void *user) {
  (void)user;
  trial_of(conn)->credit++;
}

static void trial_on_chunk(rill_conn *conn, void *chunk, size_t sent, bool dropped, void *user) {
  (void)chunk, (void)sent, (void)dropped, (void)user;
  trial_of(conn)->done++;
}

static void trial_on_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  trial_of(conn)->traced = frame->head;
}

/* The hook is called once and then forgotten; it sets itself again if it waits for another frame. */
static void trial_on_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  conn_trial *t = trial_of(conn);
  void (*sent)(conn_trial *, const rill_frame *) = t->sent;
  t->sent = NULL;
  if (sent != NULL) sent(t, frame);
}

static inline void trial_init(conn_trial *t) {
  memset(t, 0, sizeof *t);
  bench_init(&t->b);
  t->b.callbacks = (rill_callbacks){.size = sizeof t->b.callbacks,
                                    .on_head = trial_on_head,
                                    .on_stream_close = trial_on_close,
                                    .on_writable = trial_on_writable,
                                    .on_credit = trial_on_credit,
                                    .on_chunk_done = trial_on_chunk,
                                    .on_frame_recv = RILL__TRACE ? trial_on_recv : NULL,
                                    .on_frame_sent = RILL__TRACE ? trial_on_sent : NULL};
}

/* ---- the peer ---------------------------------------------------------------------------------------------------------- */

static inline void peer_setting(bench *b, uint16_t id, uint32_t value) {
  uint8_t payload[6] = {(uint8_t)(id >> 8),     (uint8_t)id,           (uint8_t)(value >> 24),
                        (uint8_t)(value >> 16), (uint8_t)(value >> 8), (uint8_t)value};
  peer_frame(b, RILL_SETTINGS, 0, 0, payload, sizeof payload);
}

/* n zeros, at most 16,384. */
static inline void peer_data(bench *b, uint32_t id, size_t n) {
  static const uint8_t zeros[16384];
  assert_true(n <= sizeof zeros);
  peer_frame(b, RILL_DATA, 0, id, zeros, n);
}

/* Both windows of the peer as large as can be. */
static inline void peer_opens_wide(bench *b) {
  peer_setting(b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0x7fffffff);
  peer_window(b, 0, 0x7fffffff - 65535);
}

/* A server with requests 1, 3 and so on up to `last`, ended, and with nothing left to send. */
static inline void trial_serve(conn_trial *t, uint32_t last) {
  for (uint32_t id = 1; id <= last; id += 2)
    peer_request(&t->b, id, true);
  assert_true(peer_send(&t->b) >= 0);
  (void)bench_drop(&t->b);
}

static inline void trial_respond(conn_trial *t, uint32_t id, const rill_body *body) {
  assert_int_equal(rill_submit_response(t->b.conn, id, ok_fields, LENGTH(ok_fields), body), 0);
}

/* ---- what came of it --------------------------------------------------------------------------------------------------- */

static inline int64_t window_of(const bench *b, uint32_t id, rill_window_kind kind) {
  int64_t value = 0;
  assert_int_equal(rill_conn_window(b->conn, id, kind, &value), 0);
  return value;
}

/* What the peer may send and what it will be told. */
static inline int64_t granted(const bench *b, uint32_t id) {
  return window_of(b, id, RILL_WINDOW_RECV) + window_of(b, id, RILL_WINDOW_HELD);
}

/* One rill_conn_sendv, all of it taken. The count of octets, or what it answered if that is not above 0. */
static inline rill_ssize trial_view(conn_trial *t, size_t most) {
  rill_iovec iov[64];
  rill_ssize count = rill_conn_sendv(t->b.conn, iov, LENGTH(iov), most, RILL_NO_CLOCK);
  size_t n = 0;
  for (rill_ssize i = 0; i < count; i++) {
    bench_put(&t->b, iov[i].base, iov[i].len);
    n += iov[i].len;
  }
  if (count <= 0) return count;
  assert_int_equal(rill_conn_sent(t->b.conn, n, RILL_NO_CLOCK), 0);
  return (rill_ssize)n;
}

/* The frames of a type on a stream, the octets of their payload, and whether one of them has END_STREAM. */
typedef struct stream_seen {
  size_t frames, octets;
  bool ended;
} stream_seen;

static inline stream_seen seen_on(const bench *b, uint8_t type, uint32_t id) {
  stream_seen seen = {0};
  for (size_t at = 0; at < b->out_n;) {
    assert_true(b->out_n - at >= RILL_FRAME_HEAD_SIZE);
    rill_frame_head head = rill_frame_head_get(b->out + at);
    at += RILL_FRAME_HEAD_SIZE + head.length;
    if (head.stream_id == id && head.type == type) seen.frames++, seen.octets += head.length;
    if (head.stream_id == id && head.type <= RILL_HEADERS && (head.flags & RILL_FLAG_END_STREAM) != 0) seen.ended = true;
  }
  return seen;
}

#endif /* TESTS_CONN_TRIAL_H */
