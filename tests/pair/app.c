/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

#include <limits.h>
#include <stdlib.h>
#include <string.h>

/* ---- fields as text ---------------------------------------------------------------------------------------------------- */

typedef struct text {
  char *p;
  size_t n, cap;
} text;

static void add(text *t, const void *p, size_t n) {
  if (t->cap - t->n < n + 1) {
    t->cap = t->cap * 2 + n + 256;
    t->p = realloc(t->p, t->cap);
    if (t->p == NULL) abort();
  }
  if (n != 0) memcpy(t->p + t->n, p, n);
  t->n += n;
  t->p[t->n] = 0;
}

static void add_line(text *t, rill_view name, rill_view value) {
  add(t, name.p, name.n);
  add(t, ": ", 2);
  add(t, value.p, value.n);
  add(t, "\n", 1);
}

static bool is_named(const rill_field *field, const char *name) {
  return field->name.n == strlen(name) && memcmp(field->name.p, name, field->name.n) == 0;
}

/* Empty ones add nothing. */
static void add_cookies(text *t, const rill_field *fields, size_t count, size_t first) {
  bool some = false;
  add(t, "cookie: ", 8);
  for (size_t i = first; i < count; i++) {
    if (!is_named(&fields[i], "cookie") || fields[i].value.n == 0) continue;
    if (some) add(t, "; ", 2);
    add(t, fields[i].value.p, fields[i].value.n);
    some = true;
  }
  add(t, "\n", 1);
}

static const char *const pseudo_names[] = {":method", ":protocol", ":scheme", ":authority", ":path", ":status"};

char *text_of_fields(const rill_field *fields, size_t count) {
  text t = {NULL, 0, 0};
  bool cookies = false;
  add(&t, "", 0);
  for (size_t p = 0; p < sizeof pseudo_names / sizeof pseudo_names[0]; p++) {
    for (size_t i = 0; i < count; i++) {
      if (is_named(&fields[i], pseudo_names[p])) add_line(&t, fields[i].name, fields[i].value);
    }
  }
  for (size_t i = 0; i < count; i++) {
    bool cookie = is_named(&fields[i], "cookie");
    if (fields[i].name.p[0] == ':' || (cookie && cookies)) continue;
    if (cookie)
      add_cookies(&t, fields, count, i);
    else
      add_line(&t, fields[i].name, fields[i].value);
    cookies |= cookie;
  }
  return t.p;
}

static void add_pseudo(text *t, const char *name, rill_view value) {
  if (value.n != 0) add_line(t, (rill_view){(const uint8_t *)name, strlen(name)}, value);
}

static char *text_of_head(const rill_head *head) {
  text t = {NULL, 0, 0};
  char status[8];
  add(&t, "", 0);
  add_pseudo(&t, ":method", head->method);
  add_pseudo(&t, ":protocol", head->protocol);
  add_pseudo(&t, ":scheme", head->scheme);
  add_pseudo(&t, ":authority", head->authority);
  add_pseudo(&t, ":path", head->path);
  (void)snprintf(status, sizeof status, "%u", (unsigned)head->status);
  if (head->status != 0) add_pseudo(&t, ":status", (rill_view){(const uint8_t *)status, strlen(status)});
  for (size_t i = 0; i < head->field_count; i++)
    add_line(&t, head->fields[i].name, head->fields[i].value);
  return t.p;
}

/* ---- what holds for every stream callback ------------------------------------------------------------------------------ */

static exchange *named(side *s, rill_conn *conn, uint32_t id, const void *user, const char *what) {
  world *w = s->w;
  exchange *x = exchange_at(s, id);
  const char *where = s->who == CLIENT ? "client" : "server";
  if (conn != s->conn) world_broken(w, "%s names another connection", what);
  if (s->deleted) world_broken(w, "contract 6: %s after rill_conn_del", what);
  if (s->failure.err != 0) world_broken(w, "contract 9: %s after the end", what);
  if (x == NULL) {
    world_differs(w, "%s at the %s names stream %u, which nobody opened", what, where, (unsigned)id);
    return NULL;
  }
  note *n = &x->notes[s->who];
  if (n->closes != 0) world_broken(w, "contract 7: %s at the %s names stream %u after its close", what, where, (unsigned)id);
  if (n->heard && user != n) world_broken(w, "%s on stream %u with a wrong user pointer", what, (unsigned)id);
  return x;
}

/* A code, the end, what means nothing, if anybody asks; or the connection is ended or deleted by a call. */
static int spite(side *s, bool asked) {
  static const int all[] = {RILL_CANCEL, 0xabcdef, RILL_ERR_CALLBACK, RILL_DEFERRED, INT_MIN};
  if (asked && chance(s->w, 50)) return all[draw(s->w, sizeof all / sizeof all[0])];
  if (chance(s->w, 30)) {
    s->ended = true;
    expect_ok(s, rill_shutdown(s->conn, 0), "rill_shutdown");
  } else {
    side_delete(s);
  }
  return 0;
}

/* What a callback does besides; and its answer, if anybody asks. */
static int answer_of(side *s, unsigned percent, bool asked) {
  world *w = s->w;
  if (w->calm || s->deleted) return 0;
  s->depth++;
  if (chance(w, percent)) act(s, true);
  s->depth--;
  if (s->deleted) return 0;
  if (w->spite != 0 && draw(w, 1000) < w->spite * percent / 4) {
    s->depth++;
    int mine = spite(s, asked);
    s->depth--;
    return mine;
  }
  if (!asked) return 0;
  if (chance(w, 1)) return RILL_INTERNAL_ERROR;
  if (w->deadly && draw(w, 1000) == 0) {
    s->ended = true;
    return RILL_ERR_CALLBACK;
  }
  return 0;
}

static int answer(side *s) { return answer_of(s, SELDOM, true); }

void also(side *s, unsigned percent) { (void)answer_of(s, percent, false); }

/* Where any code ends the connection. */
int conn_answer(side *s) {
  world *w = s->w;
  if (w->wild) return answer_of(s, OFTEN, true);
  also(s, OFTEN);
  if (w->calm || s->deleted || !w->deadly || draw(w, 500) != 0) return 0;
  s->ended = true;
  return chance(w, 50) ? RILL_ERR_CALLBACK : RILL_CANCEL;
}

static void same_text(side *s, exchange *x, const char *want, char *seen, const char *what) {
  if (want == NULL || strcmp(want, seen) != 0) {
    world_differs(s->w, "%s of stream %u: submitted\n%sdelivered\n%s", what, (unsigned)x->id, want == NULL ? "nothing\n" : want,
                  seen);
  }
  free(seen);
}

/* Kept beyond its callback, a head says the same. */
static void copy_head(side *s, const rill_head *head, const char *seen) {
  if (!chance(s->w, 10)) return;
  rill_head *copy = rill_head_copy(s->context, head);
  if (copy == NULL) {
    if (s->mem.failures == 0) world_broken(s->w, "a head cannot be copied");
    return;
  }
  char *words = text_of_head(copy);
  if (strcmp(words, seen) != 0 || copy->kind != head->kind || copy->end_stream != head->end_stream)
    world_broken(s->w, "a head's copy differs");
  free(words);
  rill_head_free(s->context, copy);
}

/* An echo: the received fields are handed on as they are, with what rill knows of them. */
static void echo(side *s, exchange *x, const rill_head *head) {
  enum { MOST = 40 };
  note *n = &x->notes[SERVER];
  rill_field all[MOST] = {RILL_FIELD(":status", "200")};
  size_t count = 1;
  if (s->who != SERVER || head->kind != RILL_HEAD_REQUEST || s->w->calm || !chance(s->w, 10)) return;
  for (size_t i = 0; i < head->field_count && count < MOST; i++) {
    if (!is_named(&head->fields[i], "content-length")) all[count++] = head->fields[i];
  }
  char *words = text_of_fields(all, count);
  int err = rill_submit_response(s->conn, x->id, all, count, NULL);
  expect_ok(s, err, "rill_submit_response");
  if (err == 0) {
    n->answered = true;
    n->body.done = true;
    x->flows[SERVER].head = words;
    x->flows[SERVER].ended = true;
  } else {
    free(words);
  }
}

static void note_end(side *s, exchange *x, bool end, bool trailers) {
  flow *f = &x->flows[other(s)->who];
  if (!end) return;
  if (f->end_seen) world_broken(s->w, "two ends of stream %u", (unsigned)x->id);
  if (!f->ended) world_differs(s->w, "an end of stream %u that nobody submitted", (unsigned)x->id);
  if (f->seen != f->offered) world_differs(s->w, "stream %u ends with %zu of %zu octets", (unsigned)x->id, f->seen, f->offered);
  if ((f->trailers != NULL) != trailers) world_differs(s->w, "stream %u ends without its trailers", (unsigned)x->id);
  f->end_seen = true;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */

/* A peer opens no more than it was ever told; promises are counted when their response comes. */
static void check_limit(side *s) {
  unsigned open = 0, most = s->streams_max;
  for (unsigned i = 0; i < s->w->exchange_count; i++) {
    const exchange *x = s->w->exchanges[i];
    const note *n = &x->notes[s->who];
    open += n->heard && n->closes == 0 && (x->id % 2 == 0) == (s->who == CLIENT);
  }
  if (s->who == CLIENT) most += s->config.max_pushed;
  if (open > most) world_broken(s->w, "the peer has %u streams open, and may have %u", open, most);
}

static void first_head(side *s, rill_conn *conn, exchange *x, const void *user) {
  note *n = &x->notes[s->who];
  if (n->heard) return;
  n->heard = true;
  if (user != NULL) world_broken(s->w, "a new stream has a user pointer");
  check_limit(s);
  if (rill_stream_set_user(conn, x->id, n) != 0) world_broken(s->w, "rill_stream_set_user fails in on_head");
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  side *s = rill_conn_user(conn);
  exchange *x = named(s, conn, id, user, "on_head");
  if (x == NULL) return 0;
  flow *f = &x->flows[other(s)->who];
  char *seen = text_of_head(head);
  char interim[40];
  first_head(s, conn, x, user);
  copy_head(s, head, seen);
  if (head->kind == RILL_HEAD_TRAILERS) {
    same_text(s, x, f->trailers, seen, "trailers");
    if (f->trailers_seen) world_broken(s->w, "trailers twice");
    f->trailers_seen = true;
  } else if (head->kind == RILL_HEAD_INFORMATIONAL) {
    (void)snprintf(interim, sizeof interim, ":status: 103\nlink: %u\n", ++f->interim_seen);
    same_text(s, x, interim, seen, "an interim response");
    if (f->interim_seen > f->interim || f->head_seen) world_differs(s->w, "an interim response too many");
    if (f->head_seen) world_broken(s->w, "an interim response behind the final one");
  } else {
    same_text(s, x, f->head, seen, "the head");
    if (f->interim_seen != f->interim) world_differs(s->w, "a head out of order");
    if (f->head_seen) world_broken(s->w, "a head twice");
    f->head_seen = true;
  }
  note_end(s, x, head->end_stream, head->kind == RILL_HEAD_TRAILERS);
  echo(s, x, head);
  return answer(s);
}

/* The request was submitted by the server, so that nothing of it can be missing. */
static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  side *s = rill_conn_user(conn);
  exchange *on = named(s, conn, id, user, "on_push"), *x = named(s, conn, promised, NULL, "on_push");
  if (on == NULL || x == NULL) return 0;
  if (!x->promised) world_differs(s->w, "a promise that nobody made");
  if (x->unwelcome) world_differs(s->w, "a promise for an origin that the server does not speak for");
  if (s->who != CLIENT || x->notes[CLIENT].heard) world_broken(s->w, "a promise of what was heard of");
  char *seen = text_of_head(head);
  first_head(s, conn, x, NULL);
  copy_head(s, head, seen);
  same_text(s, x, x->flows[CLIENT].head, seen, "a promise");
  return answer(s);
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  side *s = rill_conn_user(conn);
  exchange *x = named(s, conn, id, user, "on_data");
  if (x == NULL) return 0;
  int from = other(s)->who;
  flow *f = &x->flows[from];
  if (!f->head_seen || f->end_seen || f->trailers_seen) world_broken(s->w, "content of stream %u out of order", (unsigned)id);
  for (size_t i = 0; i < bytes.n; i++) {
    if (bytes.p[i] == body_octet(x, from, f->seen + i)) continue;
    world_differs(s->w, "octet %zu of stream %u is not what was submitted", f->seen + i, (unsigned)id);
    break;
  }
  f->seen += bytes.n;
  if (f->seen > f->offered)
    world_differs(s->w, "%zu octets of stream %u, of which %zu were submitted", f->seen, (unsigned)id, f->offered);
  if (s->config.manual_consume) x->notes[s->who].unconsumed += bytes.n;
  note_end(s, x, end, false);
  return answer(s);
}

/* What a close says must fit what the other side knows. */
static void check_close(side *s, exchange *x, const rill_close *close) {
  world *w = s->w;
  const flow *mine = &x->flows[s->who], *theirs = &x->flows[other(s)->who];
  const note *there = &x->notes[other(s)->who];
  unsigned id = x->id;
  if (close->by == RILL_BY_END && (!mine->ended || !theirs->end_seen))
    world_differs(w, "stream %u ended well, and has not ended", id);
  if (close->by == RILL_BY_END && (close->code != 0 || close->why != 0)) world_broken(w, "stream %u ended well, with a code", id);
  if (w->rough) return;
  if (close->retryable && there->heard) world_broken(w, "stream %u may be tried again, and the server has heard of it", id);
  bool fewer = x->promised && close->why == RILL_WHY_CONCURRENCY; /* were welcome, when the response was under way */
  if (close->by == RILL_BY_RILL && !fewer && s->mem.failures == 0 && !is_over(s)) {
    world_broken(w, "rill closes stream %u at the %s: %s", id, s->who == CLIENT ? "client" : "server", rill_why_text(close->why));
  }
  bool reset = close->by == RILL_BY_PEER && !close->retryable && !other(s)->ended && other(s)->mem.failures == 0 && !w->wild;
  if (x->promised && s->who == SERVER && !there->heard) { /* refused before the client's application heard of it */
    bool many = close->code == RILL_ENHANCE_YOUR_CALM, late = close->code == RILL_CANCEL || close->why == RILL_WHY_GOAWAY;
    bool misled = x->unwelcome && close->code == RILL_PROTOCOL_ERROR;
    if (reset && !many && !late && !misled)
      world_broken(w, "the promise %u was refused with %s", id, rill_code_text(close->code));
    return;
  }
  bool refused = x->promised && there->closes == 1 && there->close.why == RILL_WHY_CONCURRENCY;
  bool agreed = there->closes == 1 && there->close.code == close->code && (there->close.by == RILL_BY_APP || refused);
  if (reset && !agreed) {
    world_broken(w, "the peer reset stream %u with %s, says one side only", id, rill_code_text(close->code));
  }
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  side *s = rill_conn_user(conn);
  exchange *x = named(s, conn, id, user, "on_stream_close");
  if (x == NULL) return;
  note *n = &x->notes[s->who];
  if (!n->heard) world_broken(s->w, "contract 7: the close of stream %u, of which nothing was heard", (unsigned)id);
  check_close(s, x, close);
  n->closes++;
  n->close = *close;
  n->unconsumed = 0;
  also(s, SELDOM);
}

static void on_writable(rill_conn *conn, uint32_t id, void *user) {
  side *s = rill_conn_user(conn);
  if (named(s, conn, id, user, "on_writable") != NULL) also(s, SELDOM);
}

/* What may be behind the end: the trace, chunks that come back, and that nothing will ever go again. */
side *side_of_late(rill_conn *conn, void *user, const char *what) {
  side *s = rill_conn_user(conn);
  if (user != s || conn != s->conn) world_broken(s->w, "%s with a wrong user pointer", what);
  if (s->deleted) world_broken(s->w, "contract 6: %s after rill_conn_del", what);
  return s;
}

side *side_of(rill_conn *conn, void *user, const char *what) {
  side *s = side_of_late(conn, user, what);
  if (rill_conn_error(conn).err != 0) world_broken(s->w, "contract 9: %s after the end", what);
  return s;
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  side *s = side_of_late(conn, user, "on_chunk_done");
  chunk_done(s, chunk_user, sent, dropped);
  also(s, SELDOM);
}

static void on_credit(rill_conn *conn, void *user) { also(side_of_late(conn, user, "on_credit"), SELDOM); }

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  (void)settings;
  (void)count;
  return conn_answer(side_of(conn, user, "on_settings"));
}

static int on_settings_ack(rill_conn *conn, void *user) {
  side *s = side_of(conn, user, "on_settings_ack");
  if (!s->setting) world_broken(s->w, "an acknowledgement of no SETTINGS");
  s->setting = false;
  return conn_answer(s);
}

static int on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  side *s = side_of(conn, user, "on_extension");
  uint32_t size = extension_size(s->heard);
  if (s->heard == other(s)->said) world_differs(s->w, "a frame of an extension that nobody sent");
  if (head->type != EXTENSION_TYPE || head->length != size || head->stream_id != 0 || head->flags != 0)
    world_differs(s->w, "frame %u of an extension has another head", (unsigned)s->heard);
  for (size_t i = 0; i < piece.n; i++) {
    if (piece.p[i] != (s->heard & 0xff)) world_differs(s->w, "frame %u of an extension has other octets", (unsigned)s->heard);
  }
  s->part += (uint32_t)piece.n;
  if (end != (s->part == head->length)) world_broken(s->w, "frame %u of an extension ends wrongly", (unsigned)s->heard);
  if (end) s->heard++, s->part = 0;
  return conn_answer(s);
}

static int on_ping_ack(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user) {
  side *s = side_of(conn, user, "on_ping_ack");
  if (!s->pinged || memcmp(payload, s->ping, sizeof s->ping) != 0) world_broken(s->w, "the answer to no PING of ours");
  if (round_trip != 0 && !s->w->clock && !s->w->wild) world_broken(s->w, "a round trip without a clock");
  s->pinged = false;
  return conn_answer(s);
}

static int on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  side *s = side_of(conn, user, "on_goaway");
  (void)last_id;
  (void)debug;
  side *peer = other(s);
  if (s->w->wild) return conn_answer(s);
  if (code == 0 ? !peer->closing : !peer->ended && peer->mem.failures == 0)
    world_differs(s->w, "a GOAWAY(%s) that nobody asked for", rill_code_text(code));
  return conn_answer(s);
}

void app_callbacks(side *s, rill_callbacks *out) {
  *out = (rill_callbacks){
      .size = sizeof *out,
      .on_head = on_head,
      .on_push = on_push,
      .on_data = on_data,
      .on_stream_close = on_stream_close,
      .on_writable = on_writable,
      .on_chunk_done = on_chunk_done,
      .on_credit = on_credit,
      .on_settings = on_settings,
      .on_settings_ack = on_settings_ack,
      .on_ping_ack = on_ping_ack,
      .on_extension = on_extension,
      .on_goaway = on_goaway,
  };
  signal_callbacks(s, out);
}
