/* SPDX-License-Identifier: MIT */
/*
 * get_request: what a transfer asks for, and rill's callbacks, which tell what comes of it.
 *
 * A stream's user pointer is its transfer, a connection's is its peer.
 */
#include "get.h"

#include <errno.h>
#include <inttypes.h>
#include <string.h>
#include <strings.h>
#include <unistd.h>

/* ---- out ----------------------------------------------------------------------------------------------------------------- */

/* Lends the data of the command line, which stays where it is; reads that of a file into the room that rill offers. */
static int pull_data(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  struct transfer *t = user;
  const struct options *o = t->job->options;
  uint64_t left = o->data_size - t->sent;
  size_t n = left < max ? (size_t)left : max;
  (void)conn, (void)id;
  out->more = RILL_MORE;
  if (max == 0) return 0; /* rill only asks whether anything comes */
  if (o->data != NULL) {
    out->data = (const uint8_t *)o->data + t->sent;
  } else {
    ssize_t got = pread(o->data_fd, out->room, n, (off_t)t->sent);
    if (got <= 0) {
      complain(t->job, EXIT_USAGE, "data file", got < 0 ? strerror(errno) : "has become shorter");
      return RILL_CANCEL;
    }
    out->data = out->room;
    n = (size_t)got;
  }
  out->n = n;
  if (n == left) out->more = RILL_MORE_NONE;
  t->sent += n;
  t->job->moved += n;
  return 0;
}

static const char *header_value(const struct options *o, const char *name) {
  for (size_t i = 0; i < o->header_count; i++) {
    if (strcmp(o->headers[i].name, name) == 0) return o->headers[i].value;
  }
  return NULL;
}

/* What goes without saying, unless -H says otherwise. */
static size_t add_defaults(const struct options *o, rill_field *fields, size_t n, const char *length) {
  const struct {
    bool wanted;
    const char *name, *value;
  } defaults[] = {
      {true, "user-agent", "rill-get/" RILL_VERSION},
      {true, "accept", "*/*"},
      {o->priority_count > 0, "priority", o->priority_text},
      {o->is_form && o->tunnel == NULL, "content-type", "application/x-www-form-urlencoded"},
      {o->has_data && o->tunnel == NULL, "content-length", length},
  };
  for (size_t i = 0; i < sizeof defaults / sizeof defaults[0]; i++) {
    if (defaults[i].wanted && header_value(o, defaults[i].name) == NULL)
      fields[n++] = field_of(defaults[i].name, defaults[i].value);
  }
  return n;
}

size_t request_fields(const struct transfer *t, rill_field *fields, const char *length) {
  const struct options *o = t->job->options;
  const char *host = header_value(o, "host");
  size_t n = 0;
  fields[n++] = field_of(":method", o->method);
  fields[n++] = field_of(":scheme", "http");
  fields[n++] = field_of(":authority", host != NULL ? host : t->url->authority);
  fields[n++] = field_of(":path", t->url->path);
  if (o->tunnel != NULL) fields[n++] = field_of(":protocol", o->tunnel); /* RFC 8441 4 */
  n = add_defaults(o, fields, n, length);
  for (size_t i = 0; i < o->header_count; i++) {
    if (strcmp(o->headers[i].name, "host") != 0) fields[n++] = field_of(o->headers[i].name, o->headers[i].value);
  }
  return n;
}

_Noreturn void request_quit(const rill_field *fields, size_t count, rill_fault fault, int err) {
  char where[128];
  rill_view name = fault.index < count ? fields[fault.index].name : (rill_view){(const uint8_t *)"request", 7};
  snprintf(where, sizeof where, "%.*s", (int)(name.n < 100 ? name.n : 100), (const char *)name.p);
  quit(EXIT_USAGE, where, fault.why != RILL_WHY_NONE ? rill_why_text(fault.why) : rill_err_text(err));
}

rill_ssize request_submit(struct transfer *t) {
  const struct options *o = t->job->options;
  rill_conn *conn = t->peer->conn;
  rill_field fields[MAX_FIELDS];
  char length[24];
  snprintf(length, sizeof length, "%" PRIu64, o->data_size);
  size_t n = request_fields(t, fields, length);
  rill_body body = {pull_data, t, o->data == NULL};
  t->sent = 0;
  rill_ssize id = rill_submit_request(conn, fields, n, o->data_size > 0 ? &body : NULL, t);
  if (id > 0 && o->verbose) {
    for (size_t i = 0; i < n; i++)
      trace_field('>', &fields[i]);
  }
  if (id == RILL_ERR_INVALID) request_quit(fields, n, rill_conn_fault(conn), (int)id); /* as it would be for every transfer */
  return id;
}

/* ---- in ------------------------------------------------------------------------------------------------------------------ */

/* The response has begun: from now on another priority. */
static void reprioritize(const struct transfer *t) {
  const struct options *o = t->job->options;
  if (o->priority_count > 1) (void)rill_submit_priority_update(t->peer->conn, t->id, &o->priority[1]);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  struct transfer *t = stream_user;
  (void)conn;
  trace_head(t->peer, id, head);
  t->heard = true;
  t->complete = head->end_stream;
  if (head->kind == RILL_HEAD_RESPONSE) t->status = head->status;
  if (t->pushed) return 0;
  if (head->kind == RILL_HEAD_RESPONSE && head->content_length >= 0) {
    t->job->expected += (uint64_t)head->content_length + t->job->options->data_size;
    t->job->expected_count++;
  }
  if (head->kind == RILL_HEAD_RESPONSE && !head->end_stream) reprioritize(t);
  if (head->kind != RILL_HEAD_TRAILERS) output_response(t, head);
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  struct transfer *t = stream_user;
  (void)conn, (void)id;
  t->complete = end;
  t->received += bytes.n;
  t->job->moved += bytes.n;
  output_add(t, bytes.p, bytes.n, true);
  return 0;
}

static void explain_close(struct transfer *t, const rill_close *close) {
  char what[160];
  switch (close->by) {
  case RILL_BY_RILL:
    complain(t->job, EXIT_PROTOCOL, t->url->text, rill_why_text(close->why));
    break;
  case RILL_BY_PEER:
    snprintf(what, sizeof what, "ended by the peer with %s", rill_code_text(close->code));
    complain(t->job, EXIT_RESET, t->url->text, what);
    break;
  case RILL_BY_TRANSPORT:
    complain(t->job, EXIT_RESET, t->url->text, "the connection ended before the response did");
    break;
  case RILL_BY_END:
  case RILL_BY_APP: /* whoever did it has said why */
    break;
  }
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *stream_user) {
  struct transfer *t = stream_user;
  (void)conn, (void)id;
  if (t->pushed) {
    push_closed(t, close);
    return;
  }
  if (close->retryable && job_retry(t)) return;
  /* A server that has answered may tell us to send no more content (RFC 9113 8.1). */
  bool good = close->by == RILL_BY_END || (close->by == RILL_BY_PEER && close->code == RILL_NO_ERROR && t->complete);
  if (!good) explain_close(t, close);
  job_ended(t);
}

static void on_credit(rill_conn *conn, void *user) {
  struct peer *peer = user;
  (void)conn;
  peer->full = false;
}

static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *stream_user) {
  const struct transfer *t = stream_user;
  (void)conn, (void)id;
  return push_accept(t->peer, promised, head);
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  static const uint8_t payload[8] = {'r', 'i', 'l', 'l', '-', 'g', 'e', 't'};
  struct peer *peer = user;
  (void)settings, (void)count;
  if (!peer->settled && peer->job->options->ping && rill_submit_ping(conn, payload) == 0)
    peer->ping_until = clock_now() + PING_LIMIT;
  peer->settled = true;
  return 0;
}

static int on_ping_ack(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user) {
  struct peer *peer = user;
  (void)conn, (void)payload;
  peer->ping_until = 0;
  fprintf(stderr, "rill-get: %s: round trip %.3f ms\n", peer->url->authority, (double)round_trip / 1e6);
  return 0;
}

static int on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  struct peer *peer = user;
  (void)conn, (void)last_id, (void)debug;
  peer->spent = true;
  if (code != RILL_NO_ERROR) {
    char what[160];
    snprintf(what, sizeof what, "the peer ends the connection with %s", rill_code_text(code));
    complain(peer->job, EXIT_RESET, peer->url->authority, what);
  }
  return 0;
}

/* ---- the context --------------------------------------------------------------------------------------------------------- */

int request_context(struct job *job) {
  const struct options *o = job->options;
  size_t streams = job->count < o->concurrency ? job->count : o->concurrency;
  uint32_t window = HELD_BUDGET / (uint32_t)streams;
  if (window > GREATEST_WINDOW) window = GREATEST_WINDOW;
  if (window < LEAST_WINDOW) window = LEAST_WINDOW;
  rill_config config;
  rill_config_init(&config);
  config.hash_seed = random_seed();
  config.manual_consume = true;
  config.goaway_words = true;
  config.max_frame_size = FRAME_SIZE;
  config.initial_window = window;
  config.enable_push = o->push;
  /* Transfers that wait for their turn must not stop the one that has it. Twice, since credit is told by halves. */
  config.connection_window = 2 * window * (uint32_t)streams;
  rill_callbacks callbacks = {.size = sizeof callbacks,
                              .on_head = on_head,
                              .on_data = on_data,
                              .on_stream_close = on_stream_close,
                              .on_credit = on_credit,
                              .on_push = on_push,
                              .on_settings = on_settings,
                              .on_ping_ack = on_ping_ack,
                              .on_goaway = on_goaway};
  trace_callbacks(o, &config, &callbacks);
  return rill_context_new(&job->context, &config, &callbacks);
}
