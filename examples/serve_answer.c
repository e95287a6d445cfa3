/* SPDX-License-Identifier: MIT */
/*
 * serve_answer: rill's callbacks. Decides by method and path who answers a request, and says no where nobody does.
 *
 * rill hands over whole, checked heads. Content that nobody wants is credited at once and dropped. All ints go back to rill: 0,
 * or an HTTP/2 error code that resets the stream.
 */
#include "serve.h"

#include <stdio.h>
#include <string.h>

/* ---- responses ----------------------------------------------------------------------------------------------------------- */

static const struct status_row {
  int number;
  const char *text, *words;
} statuses[] = {
    {301, "301", "Moved Permanently\n"},
    {400, "400", "Bad Request\n"},
    {403, "403", "Forbidden\n"},
    {404, "404", "Not Found\n"},
    {405, "405", "Method Not Allowed\n"},
    {414, "414", "URI Too Long\n"},
    {416, "416", "Range Not Satisfiable\n"},
    {503, "503", "Service Unavailable\n"},
};

static const struct status_row *row_of(int status) {
  size_t i = 0, last = sizeof statuses / sizeof statuses[0] - 1;
  while (i < last && statuses[i].number != status)
    i++;
  return &statuses[i];
}

/* `date` changes once in a second; until then its preparation serves all. */
static rill_field date_field(struct loop *loop) {
  time_t second = time(NULL);
  if (second != loop->date_second) {
    loop->date_second = second;
    date_format(second, loop->date_text);
    loop->date = field_of("date", loop->date_text);
    (void)rill_field_prepare(loop->site->context, &loop->date);
  }
  return loop->date;
}

size_t answer_begin(struct connection *c, rill_field *fields, const char *status) {
  const struct site *site = c->loop->site;
  fields[0] = strcmp(status, "200") == 0 ? site->fields[FIELD_STATUS_200] : field_of(":status", status);
  fields[1] = site->fields[FIELD_SERVER];
  fields[2] = date_field(c->loop);
  return 3;
}

int answer_plain(struct connection *c, uint32_t id, int status, bool head, const rill_field *extra) {
  static const rill_body pushed = {NULL, NULL, false};
  const struct status_row *row = row_of(status);
  char length[24];
  rill_field fields[8];
  size_t n = answer_begin(c, fields, row->text), size = strlen(row->words);
  snprintf(length, sizeof length, "%zu", size);
  fields[n++] = field_of("content-type", "text/plain; charset=utf-8");
  fields[n++] = field_of("content-length", length);
  if (extra != NULL) fields[n++] = *extra;
  if (rill_submit_response(c->rill, id, fields, n, head ? NULL : &pushed) != 0) return RILL_INTERNAL_ERROR;
  if (head) return 0;
  rill_ssize taken = rill_write(c->rill, id, (const uint8_t *)row->words, size, true);
  return taken == (rill_ssize)size ? 0 : RILL_INTERNAL_ERROR;
}

static int refuse_method(struct connection *c, uint32_t id, bool head, const char *allowed) {
  rill_field allow = field_of("allow", allowed);
  return answer_plain(c, id, 405, head, &allow);
}

/* ---- callbacks ----------------------------------------------------------------------------------------------------------- */

/* An alternative for the origin of this request (RFC 7838 4), which is told once. */
static void tell_altsvc(struct connection *c, uint32_t id) {
  static const rill_view of_the_request = {NULL, 0};
  const char *value = c->loop->site->options->altsvc;
  if (value == NULL || c->told_altsvc) return;
  c->told_altsvc = rill_submit_altsvc(c->rill, id, of_the_request, field_of("alt-svc", value).value) == 0;
}

int answer_request(struct connection *c, uint32_t id, const rill_head *head) {
  bool get = view_is(head->method, "GET"), only_head = view_is(head->method, "HEAD");
  trace_request(c, id, head);
  tell_altsvc(c, id);
  if (head->protocol.n > 0) return echo_answer(c, id, head); /* with --connect-protocol alone (RFC 8441 4) */
  if (view_is(head->path, "/.echo")) {
    return view_is(head->method, "POST") ? echo_answer(c, id, head) : refuse_method(c, id, only_head, "POST");
  }
  if (!get && !only_head) return refuse_method(c, id, false, "GET, HEAD");
  return file_answer(c, id, head, only_head);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  struct connection *c = rill_conn_user(conn);
  struct answer *answer = stream_user;
  if (head->kind == RILL_HEAD_REQUEST) return answer_request(c, id, head);
  if (answer != NULL && answer->on_trailers != NULL) answer->on_trailers(c, id, answer, head);
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  struct answer *answer = stream_user;
  if (answer != NULL && answer->on_data != NULL) {
    answer->on_data(rill_conn_user(conn), id, answer, bytes, end);
  } else if (bytes.n > 0) {
    (void)rill_consume(conn, id, bytes.n);
  }
  return 0;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *stream_user) {
  struct answer *answer = stream_user;
  (void)conn, (void)id, (void)close;
  if (answer != NULL) answer->on_close(answer);
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  (void)conn, (void)settings, (void)count;
  return start_settings(user);
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  struct lender *lender = chunk_user;
  (void)conn, (void)dropped;
  if (lender != NULL) lender->done(user, lender, sent);
}

/* ---- the site ------------------------------------------------------------------------------------------------------------ */

int site_init(struct site *site) {
  const struct options *o = site->options;
  rill_config config;
  rill_config_init(&config);
  config.hash_seed = random_seed();
  config.max_concurrent_streams = MAX_STREAMS;
  config.initial_window = ECHO_SIZE;
  config.connection_window = CONNECTION_WINDOW;
  config.manual_consume = true;
  config.goaway_words = true;
  config.enable_connect_protocol = o->connect_protocol;
  rill_callbacks callbacks = {.size = sizeof callbacks,
                              .on_head = on_head,
                              .on_data = on_data,
                              .on_stream_close = on_stream_close,
                              .on_chunk_done = on_chunk_done,
                              .on_settings = on_settings};
  trace_callbacks(o, &callbacks);
  int err = rill_context_new(&site->context, &config, &callbacks);
  if (err != 0) return err;
  site->fields[FIELD_STATUS_200] = field_of(":status", "200");
  site->fields[FIELD_SERVER] = field_of("server", "rill-serve");
  site->fields[FIELD_ACCEPT_RANGES] = field_of("accept-ranges", "bytes");
  for (size_t i = 0; i < FIELD_COUNT && err == 0; i++)
    err = rill_field_prepare(site->context, &site->fields[i]);
  return err;
}
