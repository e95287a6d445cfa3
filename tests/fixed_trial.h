/* SPDX-License-Identifier: MIT */
/*
 * fixed_trial: the server of examples/fixed in a block of any size, and what its application was told. Header only.
 *
 * Invariant: the connection's user pointer is the device.
 */
#ifndef TESTS_FIXED_TRIAL_H
#define TESTS_FIXED_TRIAL_H

#include "../examples/fixed.h"
#include "talk/checked_mem.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

typedef struct device {
  fixed_granule granules[FIXED_BLOCK / sizeof(fixed_granule)];
  fixed_block block;
  rill_config config;
  rill_callbacks callbacks; /* the example's, which are called by those below */
  rill_context *context;
  rill_conn *conn;
  size_t context_granules;
  uint64_t requests, trailers, content, closes, ended, most_open;
} device;

static int device_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  device *d = rill_conn_user(conn);
  uint32_t open = rill_conn_stats(conn).streams_open;
  *(head->kind == RILL_HEAD_REQUEST ? &d->requests : &d->trailers) += 1;
  if (open > d->most_open) d->most_open = open;
  return d->callbacks.on_head(conn, id, head, user);
}

static int device_on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  device *d = rill_conn_user(conn);
  d->content += bytes.n;
  return d->callbacks.on_data(conn, id, bytes, end, user);
}

static void device_on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  device *d = rill_conn_user(conn);
  (void)id, (void)user;
  d->closes++;
  d->ended += close->by == RILL_BY_END;
}

/* The block is the first so many octets. limited: as in the example; else the block alone bounds what there is. */
static inline void device_init(device *d, size_t size, bool limited) {
  memset(d, 0, sizeof *d);
  fixed_begin(&d->block, d->granules, size / sizeof(fixed_granule));
  fixed_config(&d->config, fixed_mem(&d->block), size);
  if (!limited) d->config.memory_limit = 1 << 20;
  d->callbacks = fixed_callbacks();
}

/* 0, or how it could not be made. */
static inline int device_open(device *d) {
  const rill_callbacks on = {
      .size = sizeof on, .on_head = device_on_head, .on_data = device_on_data, .on_stream_close = device_on_close};
  int err = rill_context_new(&d->context, &d->config, &on);
  d->context_granules = d->block.used;
  return err == 0 ? rill_conn_server_new(&d->conn, d->context, d) : err;
}

/* Everything is given back, however it ended, and each stream that was heard of has closed. */
static inline void device_close(device *d) {
  rill_conn_del(d->conn);
  assert_int_equal(d->block.used, d->context_granules);
  rill_context_del(d->context);
  assert_true(fixed_is_whole(&d->block));
  assert_int_equal(d->requests, d->closes);
  assert_true(d->most_open <= FIXED_STREAMS);
}

#endif /* TESTS_FIXED_TRIAL_H */
