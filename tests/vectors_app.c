/* SPDX-License-Identifier: MIT */
/*
 * The application of a run: it writes down what it is told and answers as the vector says.
 *
 * It also watches over promises of rill.h that any input must leave whole: nothing for a stream before its head or after its
 * close, nothing after the end of a message, stream pointers that stay, content only as lent.
 */
#include "vectors.h"
#include <string.h>

static void add_field(stream *st, text *t, rill_view name, rill_view value, size_t *count, size_t *octets) {
  text_add32(t, name.n);
  text_add(t, name.p, name.n);
  text_add32(t, value.n);
  text_add(t, value.p, value.n);
  *count += 1;
  *octets += name.n + value.n + 32;
  if (*count > st->most_fields) st->most_fields = *count;
  if (*octets > st->most_octets) st->most_octets = *octets;
}

/* All fields of a head, pseudo-header fields first. Those that are absent and those that are empty look alike in rill_head. */
static void add_fields(seen *s, stream *st, const rill_head *head, text *t) {
  static const char *const names[] = {":method", ":scheme", ":authority", ":path"};
  const rill_view values[] = {head->method, head->scheme, head->authority, head->path};
  size_t count = 0, octets = 0;
  for (size_t i = 0; i < 4; i++) {
    rill_view name = {(const uint8_t *)names[i], strlen(names[i])};
    if (values[i].n != 0) add_field(st, t, name, values[i], &count, &octets);
  }
  for (size_t i = 0; i < head->field_count; i++) {
    const rill_field *f = &head->fields[i];
    if (f->name.n == 0 || f->name.p[0] == ':') broken(s, "stream %u: a regular field has a pseudo name", (unsigned)st->id);
    add_field(st, t, f->name, f->value, &count, &octets);
  }
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t zeros[16384];
  run *r = rill_conn_user(conn);
  stream *st = user;
  size_t n = st->left < max ? st->left : max;
  if (n > sizeof zeros) n = sizeof zeros;
  if (st->closes != 0 || st->id != id) broken(&r->seen, "stream %u: pulled at a wrong time", (unsigned)id);
  st->left -= n;
  *out = (rill_chunk){zeros, n, st->left == 0 ? RILL_MORE_NONE : RILL_MORE, st, NULL};
  if (n != 0) r->seen.lent++;
  return 0;
}

/* none, 200-empty, 200-open, or 200-body-N. */
static void respond(run *r, stream *st) {
  static const rill_field status = RILL_FIELD(":status", "200");
  const char *how = r->v->respond;
  rill_body body = {NULL, NULL, false};
  bool with_body = strcmp(how, "200-empty") != 0;
  if (strcmp(how, "none") == 0) return;
  if (strncmp(how, "200-body-", 9) == 0) {
    st->left = (size_t)strtoul(how + 9, NULL, 10);
    body = (rill_body){pull, st, false};
  }
  int answer = rill_submit_response(r->conn, st->id, &status, 1, with_body ? &body : NULL);
  if (run_lacked(r, answer)) answer = rill_submit_response(r->conn, st->id, &status, 1, with_body ? &body : NULL);
  if (answer != 0) broken(&r->seen, "stream %u: the response was refused (%s)", (unsigned)st->id, rill_err_text(answer));
}

static void begin_request(run *r, stream *st, const rill_head *head) {
  seen *s = &r->seen;
  st->request_end = head->end_stream;
  if (st->requests++ != 0) broken(s, "stream %u: a second request", (unsigned)st->id);
  s->requests++;
  if (++s->held > s->held_most) s->held_most = s->held;
  if (rill_stream_set_user(r->conn, st->id, st) != 0 || rill_stream_user(r->conn, st->id) != st) {
    broken(s, "stream %u: its user pointer does not stay", (unsigned)st->id);
  }
}

static void count_head(run *r, stream *st, const rill_head *head) {
  switch (head->kind) {
  case RILL_HEAD_REQUEST:
    begin_request(r, st, head);
    break;
  case RILL_HEAD_RESPONSE:
    if (st->responses++ != 0) broken(&r->seen, "stream %u: a second response", (unsigned)st->id);
    st->status = head->status;
    break;
  case RILL_HEAD_INFORMATIONAL:
    st->interims++;
    if (head->status == 101 || head->end_stream) st->invalid_interim = true;
    return;
  case RILL_HEAD_TRAILERS:
    if (!head->end_stream) broken(&r->seen, "stream %u: trailers that do not end it", (unsigned)st->id);
    break;
  case RILL_HEAD_PUSH: /* comes by on_push */
    broken(&r->seen, "stream %u: a promise as a head", (unsigned)st->id);
    return;
  }
  if (head->end_stream) st->complete = true;
}

static stream *stream_of(run *r, uint32_t id, void *stream_user, const char *what) {
  stream *st = stream_user;
  if (st == NULL || st->id != id) {
    broken(&r->seen, "stream %u: %s with a wrong user pointer", (unsigned)id, what);
    return NULL;
  }
  if (st->closes != 0) broken(&r->seen, "stream %u: %s after its close", (unsigned)id, what);
  return st;
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  run *r = rill_conn_user(conn);
  seen *s = &r->seen;
  if (head->kind == RILL_HEAD_REQUEST && stream_user == NULL) stream_user = seen_stream(s, id);
  stream *st = stream_of(r, id, stream_user, "head");
  if (st == NULL) return 0;
  if (st->complete) broken(s, "stream %u: a head after its end", (unsigned)id);

  event *e = seen_event(s, EVENT_HEAD, id);
  e->end = head->end_stream;
  const uint8_t kind = (uint8_t)head->kind;
  text_add(&s->said, &kind, 1);
  text_add32(&s->said, head->status);
  add_fields(s, st, head, &s->said);
  e->n = s->said.n - e->from;
  if (head->kind == RILL_HEAD_REQUEST) text_add(&st->fields, s->said.p + e->from + 5, e->n - 5);

  count_head(r, st, head);
  if (head->kind == RILL_HEAD_REQUEST) respond(r, st);
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  run *r = rill_conn_user(conn);
  seen *s = &r->seen;
  stream *st = stream_of(r, id, stream_user, "content");
  if (st == NULL) return 0;
  if (st->complete) broken(s, "stream %u: content after its end", (unsigned)id);
  text_add(&st->content, bytes.p, bytes.n);
  st->complete = st->complete || end;

  event *e = s->event_count == 0 ? NULL : &s->events[s->event_count - 1];
  if (e == NULL || e->kind != EVENT_DATA || e->id != id) e = seen_event(s, EVENT_DATA, id);
  e->n += bytes.n;
  e->end = e->end || end;
  return 0;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *how, void *stream_user) {
  run *r = rill_conn_user(conn);
  stream *st = stream_of(r, id, stream_user, "close");
  if (st == NULL) return;
  st->closes++;
  st->retryable = how->retryable;
  if (st->requests != 0) r->seen.held--;
  event *e = seen_event(&r->seen, EVENT_CLOSE, id);
  e->end = how->retryable;
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  run *r = user;
  (void)conn;
  (void)chunk_user;
  (void)sent;
  (void)dropped;
  r->seen.returned++;
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  run *r = user;
  (void)conn;
  event *e = seen_event(&r->seen, EVENT_SETTINGS, 0);
  for (size_t i = 0; i < count; i++) {
    text_add32(&r->seen.said, settings[i].id);
    text_add32(&r->seen.said, settings[i].value);
  }
  e->n = r->seen.said.n - e->from;
  return 0;
}

static int on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  run *r = user;
  (void)conn;
  event *e = seen_event(&r->seen, EVENT_GOAWAY, last_id);
  text_add32(&r->seen.said, code);
  text_add(&r->seen.said, debug.p, debug.n);
  e->n = r->seen.said.n - e->from;
  return 0;
}

const rill_callbacks app_callbacks = {
    .size = sizeof(rill_callbacks),
    .on_head = on_head,
    .on_data = on_data,
    .on_stream_close = on_stream_close,
    .on_chunk_done = on_chunk_done,
    .on_settings = on_settings,
    .on_goaway = on_goaway,
};

void app_submit_requests(run *r) {
  rill_field fields[] = {RILL_FIELD(":method", ""), RILL_FIELD(":scheme", "https"), RILL_FIELD(":authority", "a"),
                         RILL_FIELD(":path", "/")};
  fields[0].value = (rill_view){(const uint8_t *)r->v->method, strlen(r->v->method)};
  for (size_t i = 0; i < r->v->requests; i++) {
    stream *st = seen_stream(&r->seen, (uint32_t)(2 * i + 1));
    rill_ssize id = rill_submit_request(r->conn, fields, 4, NULL, st);
    if (run_lacked(r, id)) id = rill_submit_request(r->conn, fields, 4, NULL, st);
    if (id != (rill_ssize)st->id) broken(&r->seen, "request %zu was refused or has a wrong id (%td)", i + 1, id);
  }
}
