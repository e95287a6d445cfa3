/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

#include <stdlib.h>
#include <string.h>

enum { FIELDS_MAX = 24, VALUE_MAX = 400 };

/* ---- fields ------------------------------------------------------------------------------------------------------------ */

/* Prepared fields are looked up once; the other side's context has another seed, and its hashes are no use here. */
static void prepare_some(side *s, rill_field *all, size_t n) {
  for (size_t i = 0; i < n; i++) {
    const side *whose = chance(s->w, 80) ? s : other(s);
    if (!chance(s->w, 20) || whose->context == NULL) continue;
    if (rill_field_prepare(whose->context, &all[i]) != 0) world_broken(s->w, "a field cannot be prepared");
  }
}

typedef struct fields {
  rill_field at[FIELDS_MAX];
  char values[FIELDS_MAX][VALUE_MAX];
  size_t n;
} fields;

static void put(fields *f, const char *name, const char *value) {
  rill_field *field = &f->at[f->n];
  (void)snprintf(f->values[f->n], VALUE_MAX, "%s", value);
  *field =
      (rill_field){{(const uint8_t *)name, strlen(name)}, {(const uint8_t *)f->values[f->n], strlen(f->values[f->n])}, 0, 0, 0};
  f->n++;
}

/* Some values come again and again, some are new, some are long. */
static void draw_value(world *w, char *out) {
  unsigned kind = (unsigned)draw(w, 10);
  if (kind < 6) {
    (void)snprintf(out, VALUE_MAX, "value-%u", (unsigned)draw(w, 4));
  } else if (kind < 9) {
    (void)snprintf(out, VALUE_MAX, "%llx", (unsigned long long)draw(w, UINT64_MAX));
  } else {
    size_t n = (size_t)draw(w, VALUE_MAX - 1);
    for (size_t i = 0; i < n; i++)
      out[i] = (char)('!' + draw(w, 94));
    out[n] = 0;
  }
}

/* Several in one line, some of which come again. */
static void draw_cookie(world *w, char *out) {
  unsigned sid = (unsigned)draw(w, 2), a = (unsigned)draw(w, 5), seen = (unsigned)draw(w, UINT32_MAX);
  (void)snprintf(out, VALUE_MAX, "sid=0123456789abcdef%u; a=%u;%s b; seen=%u", sid, a, chance(w, 50) ? "" : " ;", seen);
}

static void put_some(world *w, fields *f) {
  static const char *const names[] = {"accept", "cookie", "user-agent", "x-a",  "x-b",
                                      "cookie", "vary",   "etag",       "link", "x-long-name-of-a-field"};
  char value[VALUE_MAX];
  size_t count = (size_t)draw(w, 8);
  for (size_t i = 0; i < count; i++) {
    const char *name = names[draw(w, sizeof names / sizeof names[0])];
    draw_value(w, value);
    if (strcmp(name, "cookie") == 0 && chance(w, 50)) draw_cookie(w, value);
    put(f, name, value);
    if (chance(w, 20)) f->at[f->n - 1].flags = (uint8_t)draw(w, 2 * RILL_FIELD_INDEX) & (uint8_t)~RILL_FIELD_CHECKED;
  }
}

static void put_length(world *w, fields *f, const body *b) {
  char value[32];
  if (!chance(w, 40)) return;
  (void)snprintf(value, sizeof value, "%zu", b->total);
  put(f, "content-length", value);
}

/* ---- messages ---------------------------------------------------------------------------------------------------------- */

static void request_fields(side *s, fields *f, exchange *x, const body *b) {
  world *w = s->w;
  char path[VALUE_MAX] = "/";
  draw_value(w, path + 1);
  for (char *p = path; *p != 0; p++) {
    if (*p == '#') *p = '?';
  }
  f->n = 0;
  put(f, ":method", x->tunnel ? "CONNECT" : x->head_only ? "HEAD" : b->kind == BODY_NONE ? "GET" : "POST");
  if (x->tunnel && x->scheme != NULL) put(f, ":protocol", "websocket");
  if (x->scheme != NULL) put(f, ":path", path);
  if (x->scheme != NULL) put(f, ":scheme", x->scheme);
  put(f, ":authority", x->authority);
  if (b->kind != BODY_NONE && !x->tunnel) put_length(w, f, b);
  put_some(w, f);
  prepare_some(s, f->at, f->n);
}

/* What is asked and of whom; a plain CONNECT has no scheme. */
static void plan_request(world *w, exchange *x) {
  x->head_only = chance(w, 5);
  x->tunnel = !x->head_only && chance(w, 8);
  x->scheme = x->tunnel && chance(w, 40) ? NULL : chance(w, 90) ? "https" : "http";
  x->authority = x->scheme != NULL && chance(w, 80) ? "example.com" : "other.example:8080";
}

/* Refused because the server has not offered :protocol, or not yet. */
static bool not_offered(side *s, const exchange *x, rill_ssize result) {
  uint32_t offered = 0;
  if (result != RILL_ERR_INVALID || !x->tunnel || rill_conn_fault(s->conn).why != RILL_WHY_CONNECT_PROTOCOL) return false;
  (void)rill_conn_setting(s->conn, RILL_REMOTE, RILL_SETTING_ENABLE_CONNECT_PROTOCOL, &offered);
  return offered == 0;
}

/* Refused because nothing is opened any more: by what the applications know, or by what may end a connection. */
static bool is_late(side *s, rill_ssize result, bool closing) {
  if (result == RILL_ERR_NO_MORE_IDS) return rill_conn_stats(s->conn).streams_opened >= s->config.max_total_streams;
  if (result != RILL_ERR_CLOSED) return false;
  return closing || (is_over(s) && (rill_stream_blocked(s->conn, 0) & RILL_BLOCKED_CLOSED) != 0);
}

static void do_request(side *s) {
  world *w = s->w;
  if (w->exchange_count == EXCHANGES_MAX || w->calm) return;
  exchange *x = calloc(1, sizeof *x);
  fields *f = calloc(1, sizeof *f);
  if (x == NULL || f == NULL) abort();
  note *n = &x->notes[CLIENT];
  plan_request(w, x);
  body_plan(&n->body, s, x, x->head_only || chance(w, 40) ? BODY_NONE : (body_kind)(1 + draw(w, BODY_KINDS - 1)));
  request_fields(s, f, x, &n->body);
  rill_body source = body_source(&n->body);
  n->heard = true;
  x->flows[CLIENT].head = text_of_fields(f->at, f->n);
  x->flows[CLIENT].ended = n->body.kind == BODY_NONE;
  rill_ssize id = rill_submit_request(s->conn, f->at, f->n, n->body.kind == BODY_NONE ? NULL : &source, n);
  free(f);
  x->id = id > 0 ? (uint32_t)id : 0;
  bool lives = settled(s, id, "rill_submit_request");
  if (id <= 0) {
    bool closing = s->closing || other(s)->closing;
    bool waits = id == RILL_ERR_BLOCKED || (lives && (is_late(s, id, closing) || not_offered(s, x, id)));
    free(x->flows[CLIENT].head);
    free(x);
    if (lives && !waits) expect_ok(s, id, "rill_submit_request");
    return;
  }
  w->exchanges[w->exchange_count++] = x;
}

/* May the server promise on this exchange, as far as its application knows? */
static bool may_push(side *s, const exchange *on) {
  return other(s)->config.enable_push && !on->promised && !on->tunnel && !on->flows[SERVER].ended;
}

static void do_push(side *s, exchange *on) {
  world *w = s->w;
  if (w->exchange_count == EXCHANGES_MAX || w->calm) return;
  exchange *x = calloc(1, sizeof *x);
  fields *f = calloc(1, sizeof *f);
  if (x == NULL || f == NULL) abort();
  *x = (exchange){.head_only = chance(w, 20), .promised = true, .scheme = on->scheme, .authority = on->authority};
  if (x->scheme == NULL) x->scheme = "https";
  request_fields(s, f, x, &x->notes[SERVER].body);
  flow *request = &x->flows[CLIENT];
  request->head = text_of_fields(f->at, f->n);
  request->ended = request->head_seen = request->end_seen = true;
  x->notes[SERVER].heard = true;
  x->unwelcome = !is_named_origin(s, x);
  bool may = may_push(s, on), ended = on->flows[SERVER].ended, closing = s->closing || other(s)->closing;
  rill_ssize id = rill_submit_push(s->conn, on->id, f->at, f->n, &x->notes[SERVER]);
  free(f);
  x->id = id > 0 ? (uint32_t)id : 0;
  bool lives = settled(s, id, "rill_submit_push");
  if (id > 0) {
    if (!may && !ended) world_differs(w, "a promise on stream %u, where none may be", (unsigned)on->id);
    w->exchanges[w->exchange_count++] = x;
    return;
  }
  free(request->head);
  free(x);
  bool waits = id == RILL_ERR_BLOCKED || (id == RILL_ERR_STATE && (!may || w->rough)) || (lives && is_late(s, id, closing));
  if (lives && !waits) expect_ok(s, id, "rill_submit_push");
}

static void do_response(side *s, exchange *x) {
  world *w = s->w;
  note *n = &x->notes[SERVER];
  flow *flow_out = &x->flows[SERVER];
  bool bare = x->head_only || chance(w, 5);
  fields *f = calloc(1, sizeof *f);
  if (f == NULL) abort();
  body b;
  body_plan(&b, s, x, bare || chance(w, 20) ? BODY_NONE : (body_kind)(1 + draw(w, BODY_KINDS - 1)));
  put(f, ":status", bare && !x->head_only ? "204" : chance(w, 80) || x->tunnel ? "200" : "404");
  if (b.kind != BODY_NONE && !x->tunnel) put_length(w, f, &b);
  put_some(w, f);
  prepare_some(s, f->at, f->n);
  char *head = text_of_fields(f->at, f->n);
  n->body = b;
  rill_body source = body_source(&n->body);
  int err = rill_submit_response(s->conn, x->id, f->at, f->n, b.kind == BODY_NONE ? NULL : &source);
  free(f);
  bool waits = x->promised && err == RILL_ERR_BLOCKED; /* the client takes fewer now than when it was promised */
  if (!waits) expect_ok(s, err, "rill_submit_response");
  if (err == 0) {
    n->answered = true;
    flow_out->head = head;
    flow_out->ended = b.kind == BODY_NONE;
  } else {
    free(head);
  }
  (void)settled(s, err, "rill_submit_response");
}

static void do_interim(side *s, exchange *x) {
  flow *f = &x->flows[SERVER];
  char link[16];
  fields *all = calloc(1, sizeof *all);
  if (all == NULL) abort();
  (void)snprintf(link, sizeof link, "%u", f->interim + 1);
  put(all, ":status", "103");
  put(all, "link", link);
  int err = rill_submit_informational(s->conn, x->id, all->at, all->n);
  free(all);
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_informational");
  if (err == 0) f->interim++;
  (void)settled(s, err, "rill_submit_informational");
}

/* Before the last content was pulled, or behind all that was pushed. */
static void do_trailers(side *s, exchange *x) {
  world *w = s->w;
  body *b = &x->notes[s->who].body;
  flow *f = &x->flows[s->who];
  if (!b->trailers || f->trailers != NULL || b->kind == BODY_NONE || (b->kind == BODY_PUSHED && !b->done)) return;
  fields *all = calloc(1, sizeof *all);
  if (all == NULL) abort();
  if (!chance(w, 10)) put(all, "x-sum", "12345");
  char *text = text_of_fields(all->at, all->n);
  int err = rill_submit_trailers(s->conn, x->id, all->at, all->n);
  free(all);
  expect_ok(s, err, "rill_submit_trailers");
  if (err == 0) {
    f->trailers = text;
    f->ended = true;
    if (!b->done && b->kind == BODY_PUSHED) world_broken(w, "trailers before the content was pushed");
  } else {
    free(text);
  }
  (void)settled(s, err, "rill_submit_trailers");
}

/* ---- streams ----------------------------------------------------------------------------------------------------------- */

static void do_reset(side *s, exchange *x) {
  static const uint32_t codes[] = {RILL_NO_ERROR, RILL_CANCEL, RILL_INTERNAL_ERROR, 0x1234};
  int err = rill_reset(s->conn, x->id, codes[draw(s->w, 4)]);
  expect_ok(s, err, "rill_reset");
  (void)settled(s, err, "rill_reset");
}

static void do_resume(side *s, exchange *x) {
  body *b = &x->notes[s->who].body;
  b->deferred = false;
  int err = rill_resume(s->conn, x->id);
  expect_ok(s, err, "rill_resume");
  (void)settled(s, err, "rill_resume");
}

static void do_consume(side *s, exchange *x) {
  note *n = &x->notes[s->who];
  size_t part = s->w->calm ? n->unconsumed : (size_t)draw(s->w, n->unconsumed + 1);
  int err = rill_consume(s->conn, x->id, part);
  expect_ok(s, err, "rill_consume");
  if (err == 0) n->unconsumed -= part;
  (void)settled(s, err, "rill_consume");
}

void do_pause(side *s, uint32_t id, bool paused) {
  exchange *x = id == 0 ? NULL : exchange_of(s->w, id);
  int err = rill_pause_recv(s->conn, id, paused);
  expect_ok(s, err, "rill_pause_recv");
  if (err == 0) *(x == NULL ? &s->paused : &x->notes[s->who].paused) = paused;
  (void)settled(s, err, "rill_pause_recv");
}

/* A call on an id that is gone (contract 8). */
static void do_stale(side *s, exchange *x) {
  rill_ssize err = chance(s->w, 50) ? rill_reset(s->conn, x->id, RILL_CANCEL) : rill_write(s->conn, x->id, NULL, 0, false);
  if (err >= 0) world_broken(s->w, "contract 8: a call on stream %u, which is gone, answers %td", (unsigned)x->id, err);
  if (err != RILL_ERR_NO_STREAM) expect_ok(s, err, "a call on a stream that is gone");
  (void)settled(s, err, "a call on a stream that is gone");
}

static void do_body(side *s, exchange *x) {
  body *b = &x->notes[s->who].body;
  if (b->kind == BODY_PUSHED && !b->done) {
    body_push(b);
  } else if (b->kind != BODY_NONE && b->deferred) {
    do_resume(s, x);
  } else {
    do_trailers(s, x);
  }
}

void act_on(side *s, exchange *x) {
  world *w = s->w;
  note *n = &x->notes[s->who];
  unsigned what = (unsigned)draw(w, 100);
  if (!n->heard || mark(s, x)) return;
  if (n->closes != 0) {
    if (what < 10) do_stale(s, x);
  } else if (s->config.manual_consume && n->unconsumed != 0 && what < 50) {
    do_consume(s, x);
  } else if (n->paused ? what < 60 || w->calm : what < 52 && !w->calm) {
    do_pause(s, x->id, !n->paused);
  } else if (s->who == SERVER && !w->calm && chance(w, may_push(s, x) ? 20 : 1)) {
    do_push(s, x);
  } else if (s->who == SERVER && !n->answered) {
    if (what < 20 && !w->calm && x->flows[SERVER].interim < 20)
      do_interim(s, x);
    else if (what < 97 || w->calm)
      do_response(s, x);
    else
      do_reset(s, x);
  } else if (what < 97 || w->calm) {
    do_body(s, x);
  } else {
    do_reset(s, x);
  }
}

/* ---- the connection ---------------------------------------------------------------------------------------------------- */

static void do_ping(side *s) {
  uint8_t payload[8];
  for (size_t i = 0; i < sizeof payload; i++)
    payload[i] = (uint8_t)draw(s->w, 256);
  int err = rill_submit_ping(s->conn, payload);
  if (err == RILL_ERR_BLOCKED && !s->pinged) world_broken(s->w, "a PING is blocked, and none is under way");
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_ping");
  if (err == 0) {
    memcpy(s->ping, payload, sizeof payload);
    s->pinged = true;
  }
  (void)settled(s, err, "rill_submit_ping");
}

static void note_setting(side *s, const rill_setting *setting) {
  s->moved |= setting->id == RILL_SETTING_INITIAL_WINDOW_SIZE;
  if (setting->id == RILL_SETTING_MAX_CONCURRENT_STREAMS && setting->value > s->streams_max) s->streams_max = setting->value;
}

/* Any of those that the other side minds, now and then twice, and one that it does not know. */
static void do_settings(side *s) {
  world *w = s->w;
  rill_setting all[] = {
      {RILL_SETTING_HEADER_TABLE_SIZE, (uint32_t)draw(w, 9000)},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 100 + (uint32_t)draw(w, 300000)},
      {RILL_SETTING_MAX_CONCURRENT_STREAMS, 1 + (uint32_t)draw(w, 30)},
      {RILL_SETTING_MAX_FRAME_SIZE, 16384 + (uint32_t)draw(w, 50000)},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 100 + (uint32_t)draw(w, 2000)},
      {RILL_SETTING_HEADER_TABLE_SIZE, (uint32_t)draw(w, 200)},
      {0x1a2a, (uint32_t)draw(w, UINT32_MAX)},
  };
  size_t count = 0;
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
    if (chance(w, 30)) all[count++] = all[i];
  }
  int err = rill_submit_settings(s->conn, all, count);
  if (err == RILL_ERR_BLOCKED && !s->setting) world_broken(w, "SETTINGS are blocked, and none are under way");
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_settings");
  if (err == 0 && s->setting) world_broken(w, "SETTINGS go, and others are under way");
  if (err == 0) s->setting = true;
  for (size_t i = 0; err == 0 && i < count; i++)
    note_setting(s, &all[i]);
  (void)settled(s, err, "rill_submit_settings");
}

uint32_t extension_size(uint32_t count) { return count * 37 % 400; }

/* Its octets are its number. */
static void do_extension(side *s) {
  uint8_t payload[400];
  rill_frame frame = {.head = {.type = EXTENSION_TYPE}, .data = {payload, extension_size(s->said)}};
  memset(payload, (int)(s->said & 0xff), sizeof payload);
  int err = rill_submit_frame(s->conn, &frame);
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_frame");
  if (err == 0) s->said++;
  (void)settled(s, err, "rill_submit_frame");
}

static void do_goaway(side *s) {
  static const rill_view words = {(const uint8_t *)"words", 5};
  bool hard = s->w->deadly && chance(s->w, 20);
  if (hard)
    s->ended = true;
  else
    s->closing = true;
  int err = hard               ? rill_submit_goaway(s->conn, RILL_INTERNAL_ERROR, words)
            : chance(s->w, 50) ? rill_shutdown(s->conn, RILL_NEVER)
                               : rill_submit_goaway(s->conn, RILL_NO_ERROR, words);
  expect_ok(s, err, "GOAWAY");
  (void)settled(s, err, "GOAWAY");
}

static void do_eof(side *s) {
  s->eof = true;
  s->ended = true;
  int err = rill_conn_eof(s->conn, side_now(s));
  if (!settled(s, err, "rill_conn_eof")) return;
  if (rill_conn_want_send(s->conn) || !rill_conn_is_done(s->conn))
    world_broken(s->w, "the transport is gone, and all is not done");
}

static void do_tick(side *s) {
  world *w = s->w;
  if (w->clock) w->now += draw(w, 3) * (uint64_t)700000000;
  if (!w->clock) w->now = RILL_NO_CLOCK;
  rill_time deadline = rill_conn_deadline(s->conn), now = side_now(s);
  if (!w->clock && !w->wild && deadline != RILL_NEVER) world_broken(w, "a deadline without a clock");
  unsigned before;
  do {
    before = s->deeds;
    int err = rill_conn_tick(s->conn, now);
    expect_ok(s, err, "rill_conn_tick");
    if (!settled(s, err, "rill_conn_tick")) return;
    deadline = rill_conn_deadline(s->conn);
  } while (s->deeds != before && deadline <= now); /* a callback may have begun what is due at once, such as a PING */
  if (now < RILL_NO_CLOCK && deadline <= now) world_broken(w, "a deadline that tick does not move");
  if (now >= RILL_NO_CLOCK && deadline != RILL_NEVER) world_broken(w, "a deadline without a clock");
}

/* Outside of callbacks it takes effect at once, and frees memory without a word to anybody. */
static void do_trim(side *s) {
  const size_t before = rill_conn_stats(s->conn).memory;
  const bool sends = rill_conn_want_send(s->conn);
  int err = rill_conn_trim(s->conn);
  if (err != 0) world_broken(s->w, "rill_conn_trim answers %s", rill_err_text(err));
  if (!settled(s, err, "rill_conn_trim")) return;
  if (rill_conn_stats(s->conn).memory > before) world_broken(s->w, "rill_conn_trim takes memory");
  if (rill_conn_want_send(s->conn) != sends) world_broken(s->w, "rill_conn_trim has changed what is to be sent");
}

/* Two seconds go by, and what time ends is ended, tables of idle connections packed; or they are trimmed. */
void idle(side *s) {
  world *w = s->w;
  if (s->conn == NULL || s->deleted || s->eof) return;
  if (chance(w, 25)) {
    do_trim(s);
  } else {
    if (w->clock) w->now += 2000000000 + draw(w, 1000) * 1000000;
    do_tick(s);
  }
}

/* Anything at all, once; inside: from a callback. */
void act(side *s, bool inside) {
  world *w = s->w;
  if (s->conn == NULL || s->deleted || s->eof) return;
  unsigned what = (unsigned)draw(w, 1000);
  s->deeds += inside;
  if (what < 3 && !w->calm && w->deadly)
    side_delete(s);
  else if (what < 5 && !w->calm && w->deadly && !inside)
    do_eof(s);
  else if (what < 7 && !w->calm)
    do_goaway(s);
  else if (what < 34)
    do_ping(s);
  else if (what < 40 || (inside && what >= 960))
    do_trim(s);
  else if (what < 45 && !w->calm)
    do_pause(s, 0, !s->paused);
  else if (what < 60 && !inside)
    do_tick(s);
  else if (what < 80)
    do_settings(s);
  else if (what < 100)
    do_extension(s);
  else if (what < 130)
    do_signal(s);
  else if (what < 330 && s->who == CLIENT)
    do_request(s);
  else if (w->exchange_count != 0)
    act_on(s, w->exchanges[draw(w, w->exchange_count)]);
}
