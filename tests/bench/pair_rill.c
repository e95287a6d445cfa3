/* SPDX-License-Identifier: MIT */
/*
 * A pair of rill's connections. The configuration is the default, but for what the work asks: room for `flight` streams, and for
 * bulk content a window.
 */
#include "pair.h"
#include <rill/rill.h>

static size_t octets_in(const rill_head *head) {
  size_t n = head->kind == RILL_HEAD_REQUEST ? sizeof ":method:scheme:authority:path" - 1 : sizeof ":status" - 1 + 3;
  n += head->method.n + head->scheme.n + head->authority.n + head->path.n;
  for (size_t i = 0; i < head->field_count; i++)
    n += head->fields[i].name.n + head->fields[i].value.n;
  return n;
}

/* Not prepared: each submission looks them up and checks them. */
static rill_field *convert(const pair_field *from, size_t count) {
  rill_field *fields = bench_alloc(count * sizeof *fields);
  for (size_t i = 0; i < count; i++) {
    fields[i].name = (rill_view){(const uint8_t *)from[i].name, from[i].name_n};
    fields[i].value = (rill_view){(const uint8_t *)from[i].value, from[i].value_n};
  }
  return fields;
}

/* ---- server ------------------------------------------------------------------------------------------------------------ */

/* The octets left are kept in the stream's user pointer: no allocation. */
static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  pair *p = user;
  size_t left = (size_t)(uintptr_t)rill_stream_user(conn, id);
  size_t n = left < max ? left : max;
  left -= n;
  rill_stream_set_user(conn, id, (void *)(uintptr_t)left);
  *out = (rill_chunk){p->content_source, n, left == 0 ? RILL_MORE_NONE : RILL_MORE, p, NULL};
  return 0;
}

static int on_request(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  pair *p = rill_conn_user(conn);
  rill_body body = {pull, p, false};
  (void)stream_user;
  pair_saw_request(p, octets_in(head));
  if (p->mute) return 0;
  pair_next_response(p);
  rill_stream_set_user(conn, id, (void *)(uintptr_t)p->body);
  if (rill_submit_response(conn, id, p->arrays[SERVER], p->response_count, p->body == 0 ? NULL : &body) != 0)
    bench_fail("no response");
  return 0;
}

/* ---- client ------------------------------------------------------------------------------------------------------------ */

static int on_response(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  pair *p = rill_conn_user(conn);
  (void)id;
  (void)stream_user;
  if (head->status != 200) bench_fail("a wrong status");
  pair_saw_response(p, octets_in(head));
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool last, void *stream_user) {
  pair *p = rill_conn_user(conn);
  (void)id;
  (void)last;
  (void)stream_user;
  p->content += bytes.n;
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *how, void *stream_user) {
  pair *p = rill_conn_user(conn);
  (void)id;
  (void)stream_user;
  if (how->by != RILL_BY_APP) pair_saw_end(p, how->by == RILL_BY_END); /* BY_APP: the connection is deleted */
}

static bool submit(pair *p) {
  rill_ssize id = rill_submit_request(p->side[CLIENT], p->arrays[CLIENT], p->request_count, NULL, NULL);
  if (id < 0 && id != RILL_ERR_BLOCKED) bench_fail("no request");
  return id > 0;
}

/* ---- both -------------------------------------------------------------------------------------------------------------- */

static void open_end(pair *p, end which, const rill_callbacks *callbacks) {
  rill_config config;
  rill_conn *conn = NULL;
  rill_config_init(&config);
  if (p->meters[which] != NULL) config.mem = meter_mem(p->meters[which]);
  if (p->flight > config.max_concurrent_streams) {
    config.max_concurrent_streams = (uint32_t)p->flight;
  }
  if (p->window != 0 && which == CLIENT) config.initial_window = config.connection_window = p->window;

  rill_context *context = NULL;
  if (rill_context_new(&context, &config, callbacks) != 0) bench_fail("no context");
  /* The context is shared by all connections; what one connection costs begins here. */
  if (p->meters[which] != NULL) *p->meters[which] = (meter){0};
  int answer = which == CLIENT ? rill_conn_client_new(&conn, context, p) : rill_conn_server_new(&conn, context, p);
  if (answer != 0) bench_fail("no connection");
  p->contexts[which] = context;
  p->side[which] = conn;
}

/* All but those whose values change. */
static void prepare_fields(const pair *p, end which) {
  const pair_field *from = which == CLIENT ? p->request : p->response;
  size_t count = which == CLIENT ? p->request_count : p->response_count;
  rill_field *fields = p->arrays[which];
  for (size_t i = 0; i < count; i++) {
    if (!from[i].changes && rill_field_prepare(p->contexts[which], &fields[i]) != 0) bench_fail("a field cannot be prepared");
  }
}

static void open_pair(pair *p) {
  static const rill_callbacks client = {
      .size = sizeof client, .on_head = on_response, .on_data = on_data, .on_stream_close = on_close};
  static const rill_callbacks server = {.size = sizeof server, .on_head = on_request};
  p->arrays[CLIENT] = convert(p->request, p->request_count);
  p->arrays[SERVER] = convert(p->response, p->response_count);
  open_end(p, CLIENT, &client);
  open_end(p, SERVER, &server);
  if (p->prepared) {
    prepare_fields(p, CLIENT);
    prepare_fields(p, SERVER);
  }
}

static void close_pair(pair *p) {
  for (int i = 0; i < 2; i++) {
    rill_conn_del(p->side[i]);
    rill_context_del(p->contexts[i]);
  }
}

static size_t fill(pair *p, end from) {
  rill_ssize made = rill_conn_send(p->side[from], p->buffer, p->buffer_size, p->now);
  if (made < 0) bench_fail("rill_conn_send");
  return (size_t)made;
}

/* Not all may be taken at once: the rest is offered again. */
static void recv_all(pair *p, end to, const uint8_t *octets, size_t n) {
  for (int idle = 0; n != 0 && idle < 2;) {
    rill_ssize took = rill_conn_recv(p->side[to], octets, n, p->now);
    if (took < 0) bench_fail(rill_why_text(rill_conn_error(p->side[to]).why));
    idle = took == 0 ? idle + 1 : 0;
    if (idle == 2) bench_fail("rill_conn_recv takes nothing");
    octets += took;
    n -= (size_t)took;
  }
}

/* As an event loop does that has nothing else to do. */
static void rest(pair *p) {
  rill_conn *conn = p->side[SERVER];
  rill_time until = p->now + 2000000000, due;
  while ((due = rill_conn_deadline(conn)) <= until) {
    if (rill_conn_tick(conn, due) != 0) bench_fail("rill_conn_tick");
  }
  p->now = until;
}

static bool trim(pair *p) {
#ifdef BENCH_HAS_TRIM
  (void)rill_conn_trim(p->side[SERVER]);
  pair_settle(p);
  return true;
#else
  (void)p;
  return false;
#endif
}

const pair_ops pair_rill = {open_pair, close_pair, submit, fill, recv_all, rest, trim};
