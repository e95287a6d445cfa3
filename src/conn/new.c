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
  c->out = rill__nothing_out();
  c->tx.preface_owed = c->tx.owes = true;
}

static void init_time(rill_conn *c) {
  c->time.now = c->time.active = c->time.heard = c->time.half = c->time.quiet = RILL_NO_CLOCK;
  c->time.pinged = c->time.probed = c->measure.ping_at = RILL_NO_CLOCK;
  c->time.end = c->time.limit = RILL_NEVER;
  c->time.sweep_in = c->context->stall.every;
  c->time.stale = true;
}

static void init_streams(rill_conn *c) {
  rill__idmap_init(&c->streams.map, sizeof(rill__stream));
  c->streams.next_own = c->server ? 2 : 1;
}

static int conn_new(rill_conn **out, const rill_context *context, void *user, bool server) {
  *out = NULL;
  if (server ? context->client_only : context->server_only) return RILL_ERR_INVALID;
  rill__mem mem;
  rill__mem_init(&mem, &context->config.mem, context->config.memory_limit);
  rill_conn *c = rill__mem_alloc(&mem, sizeof *c);
  if (c == NULL) return RILL_ERR_NOMEM;
  *c = (rill_conn){.context = context, .on = &context->callbacks, .user = user, .mem = mem, .server = server};
  c->mem.limit -= rill__mem_reserve(context->config.memory_limit);
  init_local(c);
  init_remote(c);
  init_rx(c);
  init_tx(c);
  init_streams(c);
  init_time(c);
  rill__budget_begin(c);
  rill__check(c);
  *out = c;
  return 0;
}

int rill_conn_server_new(rill_conn **out, const rill_context *context, void *user) { return conn_new(out, context, user, true); }

int rill_conn_client_new(rill_conn **out, const rill_context *context, void *user) { return conn_new(out, context, user, false); }

void *rill_conn_user(const rill_conn *c) { return c->user; }

static void out_free(rill_conn *c) {
  if (!rill__has_out(c)) return;
  rill__chain_free(&c->out->lane, &c->mem);
  rill__queues_free(c);
  for (int kind = 0; kind < RILL__OWED_KINDS; kind++)
    rill__owed_free(c, (rill__owed)kind);
  rill__pool_free(&c->out->sources, &c->mem);
  rill__buf_free(&c->out->debug, &c->mem);
  rill__mem_free(&c->mem, c->out, sizeof *c->out);
}

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
  rill__early_free(c);
  rill__origins_free(c);
  out_free(c);
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
  while (!c->deleted && c->released) {
    c->depth++;
    rill__released_remove(c);
    rill__credit_maybe(c);
    c->depth--;
  }
  if (!c->deleted && c->trims) rill__trim(c);
  rill__check(c);
  if (!c->deleted) return result;
  free_conn(c);
  return RILL_ERR_CLOSED;
}
