/* SPDX-License-Identifier: MIT */
/* Birth and death of a connection, and the door that every public function goes through. */
#include "conn/conn.h"

#include "base/bytes.h"

static const rill_callbacks silence = {.size = sizeof(rill_callbacks)};

static void init_local(rill_conn *c) {
  const rill_config *config = &c->context->config;
  rill__settings_begin(c);
  c->local.inflow = rill__inflow_of(RILL__INITIAL_WINDOW);
  rill__inflow_widen(&c->local.inflow, config->connection_window);
  c->local.window_owed = c->local.inflow.held != 0;
}

static void init_remote(rill_conn *c) {
  rill__settings_default(&c->remote.settings);
  c->remote.window.left = RILL__INITIAL_WINDOW;
  c->remote.goaway_last = INT32_MAX;
}

static void init_rx(rill_conn *c) {
  rill__dec_init(&c->rx.dec, &c->mem, RILL__INITIAL_TABLE);
  rill__arena_init(&c->rx.arena, &c->mem);
  c->rx.state = c->server ? RILL__RX_PREFACE : RILL__RX_HEAD;
  c->rx.need = RILL_FRAME_HEAD_SIZE;
}

static void init_tx(rill_conn *c) {
  rill__enc_init(&c->tx.enc, &c->mem, c->context->config.encoder_table, c->context->config.hash_seed);
  rill__list_init(&c->tx.ready);
  rill__list_init(&c->tx.owing);
  c->tx.preface_owed = c->tx.owes = true;
}

static void init_time(rill_conn *c) {
  c->time.now = c->time.active = c->time.heard = c->time.half = c->time.quiet = RILL_NO_CLOCK;
  c->time.pinged = c->time.probed = c->tx.ping_at = c->measure.ping_at = RILL_NO_CLOCK;
  c->time.end = c->time.limit = RILL_NEVER;
  c->time.sweep_in = c->context->stall.every;
}

static void init_streams(rill_conn *c) {
  rill__idmap_init(&c->streams.map, c->context->config.hash_seed);
  rill__pool_init(&c->streams.pool, sizeof(rill__stream));
  rill__pool_init(&c->streams.sources, sizeof(rill__source));
  c->streams.next_own = c->server ? 2 : 1;
}

/* Whatever has filled the memory, there is some left to show output by, which is how it gets free again. */
static size_t reserve_of(size_t limit) { return limit / 8 < 32768 ? limit / 8 : 32768; }

static int conn_new(rill_conn **out, const rill_context *context, void *user, bool server) {
  *out = NULL;
  if (server ? context->client_only : context->server_only) return RILL_ERR_INVALID;
  rill__mem mem;
  rill__mem_init(&mem, &context->config.mem, context->config.memory_limit);
  rill_conn *c = rill__mem_alloc(&mem, sizeof *c);
  if (c == NULL) return RILL_ERR_NOMEM;
  *c = (rill_conn){.context = context, .on = &context->callbacks, .user = user, .mem = mem, .server = server};
  c->reserve = reserve_of(context->config.memory_limit);
  c->mem.limit -= c->reserve;
  init_local(c);
  init_remote(c);
  init_rx(c);
  init_tx(c);
  init_streams(c);
  init_time(c);
  rill__budget_begin(c);
  *out = c;
  return 0;
}

int rill_conn_server_new(rill_conn **out, const rill_context *context, void *user) { return conn_new(out, context, user, true); }

int rill_conn_client_new(rill_conn **out, const rill_context *context, void *user) { return conn_new(out, context, user, false); }

void *rill_conn_user(const rill_conn *c) { return c->user; }

static void free_conn(rill_conn *c) {
  rill__settings_free(c);
  rill__stage_free(c);
  rill__stream_free_all(c);
  rill__dec_free(&c->rx.dec);
  rill__arena_free(&c->rx.arena);
  rill__mem_free(&c->mem, c->rx.fields, c->rx.fields_cap * sizeof *c->rx.fields);
  rill__buf_free(&c->rx.hold, &c->mem);
  rill__buf_free(&c->rx.block, &c->mem);
  rill__enc_free(&c->tx.enc);
  rill__chain_free(&c->tx.lane, &c->mem);
  rill__queues_free(c);
  rill__early_free(c);
  rill__owed_free(c, &c->tx.pings, sizeof c->tx.ping);
  rill__owed_free(c, &c->tx.resets, sizeof(rill__owed_reset));
  rill__owed_free(c, &c->tx.settings_acks, sizeof c->tx.lane_in);
  rill__buf_free(&c->tx.debug, &c->mem);
  rill__origins_free(c);
  rill__mem mem = c->mem;
  rill__mem_free(&mem, c, sizeof *c);
}

void rill_conn_del(rill_conn *c) {
  if (c == NULL || c->deleted) return;
  c->depth++;
  rill_close close = {.by = RILL_BY_APP, .code = RILL_NO_ERROR, .why = RILL_WHY_APPLICATION};
  rill__fail(c, RILL_WHY_APPLICATION, RILL_ERR_CLOSED, RILL_NO_ERROR);
  rill__stream_close_all(c, &close); /* a failure may have been in the midst of that */
  rill__stage_abandon(c);
  c->on = &silence;
  c->deleted = true;
  (void)rill__leave(c, 0);
}

int rill__done(rill_conn *c, int result) { return (int)rill__leave(c, result); }

/* The last one out frees it, or what was released meanwhile, for which somebody may have waited. */
rill_ssize rill__leave_other(rill_conn *c, rill_ssize result) {
  if (c->depth != 0) return c->deleted ? RILL_ERR_CLOSED : result;
  while (!c->deleted && c->streams.released) {
    c->depth++;
    rill__released_remove(c);
    rill__credit_maybe(c);
    c->depth--;
  }
  if (!c->deleted) return result;
  free_conn(c);
  return RILL_ERR_CLOSED;
}
