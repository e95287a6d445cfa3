/* SPDX-License-Identifier: MIT */
/*
 * signals: what the sides tell each other beside messages: priorities, services elsewhere, origins; when one of them
 * retires; whose content goes next; and the trace, whose callbacks act as all others do. What the walk sends of these says by
 * itself what it is, so that it is known again.
 */
#include "pair/world.h"

#include <limits.h>
#include <string.h>

enum { ORIGINS = 4, ACTS_AT_FRAMES = 25 };

static const char *const origins[ORIGINS] = {"https://example.com", "https://other.example:8080", "http://example.com",
                                             "http://other.example:8080"};

static rill_view view_of(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static bool is_text(rill_view view, const char *text) { return view.n == strlen(text) && memcmp(view.p, text, view.n) == 0; }

/* ---- PRIORITY and PRIORITY_UPDATE -------------------------------------------------------------------------------------- */

/* What is said of a stream by PRIORITY follows from its id; a client's HEADERS name no stream. */
static rill_legacy_priority legacy_of(uint32_t id) {
  return (rill_legacy_priority){true, id / 2 % 2 != 0, (uint8_t)(id * 7), id + 1};
}

static void do_legacy(side *s, uint32_t id) {
  rill_legacy_priority said = legacy_of(id);
  rill_frame frame = {.head = {.type = RILL_PRIORITY, .stream_id = id},
                      .exclusive = said.exclusive,
                      .weight = said.weight,
                      .dependency = said.dependency};
  int err = rill_submit_frame(s->conn, &frame);
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_frame");
  if (err == 0) s->legacy_said++;
  (void)settled(s, err, "rill_submit_frame");
}

static void check_legacy(side *s, uint32_t id, rill_legacy_priority seen) {
  bool in_frame = seen.dependency != 0;
  rill_legacy_priority want = in_frame ? legacy_of(id) : other(s)->config.request_priority;
  bool same =
      want.present && seen.exclusive == want.exclusive && seen.weight == want.weight && seen.dependency == want.dependency;
  if (!same) world_differs(s->w, "a priority of stream %u that nobody gave it", (unsigned)id);
  s->legacy_heard += in_frame;
}

static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  side *s = side_of(conn, user, "on_priority");
  rill_priority priority = signal->priority;
  const exchange *x = exchange_of(s->w, id);
  rill_stream_stats stats;
  if (signal->legacy.present) {
    if (signal->value.n != 0) world_broken(s->w, "a priority that is two in one");
    check_legacy(s, id, signal->legacy);
    return conn_answer(s);
  }
  if (s->who == CLIENT) world_broken(s->w, "PRIORITY_UPDATE at the client");
  if (x == NULL || (x->updates & 1u << (2 * priority.urgency + priority.incremental)) == 0)
    world_differs(s->w, "an update of the priority of stream %u that nobody gave it", (unsigned)id);
  bool live = rill_conn_stream_stats(conn, id, &stats) == 0;
  if (live && (stats.priority.urgency != priority.urgency || stats.priority.incremental != priority.incremental))
    world_broken(s->w, "the priority of stream %u is not in force when it is told", (unsigned)id);
  return conn_answer(s);
}

/* ---- ALTSVC ------------------------------------------------------------------------------------------------------------ */

/* Those of the connection are counted, and each has to come; of a stream's one may be late. */
static void do_altsvc(side *s, uint32_t id) {
  char value[40];
  unsigned *count = id == 0 ? &s->services_said : &s->stream_services_said;
  (void)snprintf(value, sizeof value, "h3=\":443\"; v=%u", *count);
  int err = rill_submit_altsvc(s->conn, id, view_of(id == 0 ? origins[0] : ""), view_of(value));
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_altsvc");
  if (err == 0) (*count)++;
  (void)settled(s, err, "rill_submit_altsvc");
}

static unsigned number_in(rill_view value) {
  char text[40] = {0};
  unsigned number = UINT_MAX;
  if (value.n < sizeof text) memcpy(text, value.p, value.n);
  return sscanf(text, "h3=\":443\"; v=%u", &number) == 1 ? number : UINT_MAX;
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  side *s = side_of(conn, user, "on_altsvc");
  unsigned number = number_in(value);
  if (s->who != CLIENT || !s->config.accept_altsvc) world_broken(s->w, "ALTSVC, where none is welcome");
  if (id == 0) {
    if (!is_text(origin, origins[0]) || number != s->services_heard || number >= other(s)->services_said)
      world_differs(s->w, "ALTSVC number %u of the connection, which is not the next", number);
    s->services_heard++;
    return conn_answer(s);
  }
  const exchange *x = exchange_at(s, id);
  if (x == NULL || x->notes[CLIENT].closes != 0) world_broken(s->w, "ALTSVC for stream %u, which is over", (unsigned)id);
  if (origin.n != 0 || number < s->stream_services_heard || number >= other(s)->stream_services_said)
    world_differs(s->w, "ALTSVC number %u of streams, which is not ahead", number);
  s->stream_services_heard = number + 1;
  return conn_answer(s);
}

/* ---- ORIGIN ------------------------------------------------------------------------------------------------------------ */

static unsigned bit_of(const char *scheme, const char *authority) {
  char text[60];
  unsigned bits = 0;
  (void)snprintf(text, sizeof text, "%s://%s", scheme, authority);
  for (unsigned i = 0; i < ORIGINS; i++)
    bits |= strcmp(text, origins[i]) == 0 ? 1u << i : 0;
  return bits;
}

/* Mostly all of them, so that promises are still welcome. */
static void do_origin(side *s) {
  world *w = s->w;
  rill_view all[ORIGINS];
  unsigned bits = chance(w, 70) ? (1u << ORIGINS) - 1 : (unsigned)draw(w, 1u << ORIGINS);
  size_t count = 0;
  for (unsigned i = 0; i < ORIGINS; i++) {
    if ((bits & 1u << i) != 0) all[count++] = view_of(origins[i]);
  }
  int err = rill_submit_origin(s->conn, all, count);
  if (err != RILL_ERR_BLOCKED) expect_ok(s, err, "rill_submit_origin");
  if (err == 0) {
    s->named |= bits;
    s->names = true;
  }
  (void)settled(s, err, "rill_submit_origin");
}

static int on_origin(rill_conn *conn, rill_view origin, void *user) {
  side *s = side_of(conn, user, "on_origin");
  unsigned bits = 0;
  for (unsigned i = 0; i < ORIGINS; i++)
    bits |= is_text(origin, origins[i]) ? 1u << i : 0;
  if (s->who != CLIENT || !s->config.accept_origin) world_broken(s->w, "ORIGIN, where none is welcome");
  if ((bits & other(s)->named) == 0) world_differs(s->w, "an origin that the server did not name");
  if (!rill_origin_allowed(conn, origin)) world_broken(s->w, "an origin that is told, and not allowed");
  return conn_answer(s);
}

/* RFC 8336 2.3: what was named, and what the first request spoke to; everything that a request spoke to until then. */
bool is_named_origin(side *server, const exchange *x) {
  const world *w = server->w;
  if (!server->names || !other(server)->config.accept_origin) return true;
  for (unsigned i = 0; i < w->exchange_count; i++) {
    const exchange *first = w->exchanges[i];
    if (first->promised || first->scheme == NULL) continue;
    if (strcmp(first->scheme, x->scheme) == 0 && strcmp(first->authority, x->authority) == 0) return true;
    break;
  }
  return (bit_of(x->scheme, x->authority) & server->named) != 0;
}

/* ---- the end of a connection's time ------------------------------------------------------------------------------------ */

static void do_retire(side *s) {
  world *w = s->w;
  rill_time now = s->clock == CLOCK_COMMON ? w->now : s->now, by = draw(w, 3000000000);
  rill_time when = now < RILL_NO_CLOCK - by ? now + by : chance(w, 50) ? RILL_NEVER : now;
  rill_time limit = w->wild && chance(w, 50) ? draw(w, 3000000000) : RILL_NEVER;
  int err = rill_conn_retire_at(s->conn, when, limit);
  expect_ok(s, err, "rill_conn_retire_at");
  if (err == 0) s->retires = true;
  (void)settled(s, err, "rill_conn_retire_at");
}

static void on_retire(rill_conn *conn, rill_why why, void *user) {
  side *s = side_of(conn, user, "on_retire");
  const uint32_t most = s->config.max_total_streams;
  if (why == RILL_WHY_AGE) {
    if (!s->retires) world_broken(s->w, "a connection retires before its time");
    s->closing = true;
  } else if (why == RILL_WHY_STREAMS_TOTAL) {
    if (rill_conn_stats(conn).streams_opened < most - most / 16) world_broken(s->w, "a connection retires with streams left");
  } else {
    if (why != RILL_WHY_GLITCHES) world_broken(s->w, "a connection retires: %s", rill_why_text(why));
    if (s->config.glitch_burst > 200) world_differs(s->w, "a connection retires for what nobody did");
    s->closing = true;
  }
  also(s, OFTEN);
}

/* ---- whose turn it is -------------------------------------------------------------------------------------------------- */

static uint32_t on_choose(rill_conn *conn, uint32_t proposed, void *user) {
  side *s = side_of(conn, user, "on_choose");
  world *w = s->w;
  const exchange *x = exchange_at(s, proposed);
  if (x == NULL || !x->notes[s->who].heard || x->notes[s->who].closes != 0)
    world_broken(w, "stream %u is proposed, and is not open", (unsigned)proposed);
  if (chance(w, ACTS_AT_FRAMES)) also(s, OFTEN);
  if (chance(w, 50)) return proposed;
  if (chance(w, 10)) return (uint32_t)draw(w, UINT32_MAX);
  return w->exchange_count == 0 ? 0 : w->exchanges[draw(w, w->exchange_count)]->id;
}

/* ---- the trace --------------------------------------------------------------------------------------------------------- */

static void on_frame_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  side *s = side_of(conn, user, "on_frame_recv");
  (void)frame;
  if (chance(s->w, ACTS_AT_FRAMES)) also(s, OFTEN);
}

static void on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  side *s = side_of_late(conn, user, "a frame");
  char words[200];
  if (s->last_words) world_broken(s->w, "contract 9: a frame of type %u behind the last GOAWAY", frame->head.type);
  s->last_words = frame->head.type == RILL_GOAWAY && frame->error_code != 0;
  if (s->w->loud) {
    (void)rill_frame_format(words, sizeof words, frame);
    printf("  step %u, %s: %s\n", s->w->step, s->who == CLIENT ? "client" : "server", words);
  }
  if (chance(s->w, ACTS_AT_FRAMES)) also(s, OFTEN);
}

/* ---- all --------------------------------------------------------------------------------------------------------------- */

void signal_callbacks(side *s, rill_callbacks *out) {
  out->on_priority = on_priority;
  out->on_retire = on_retire;
  out->on_altsvc = on_altsvc;
  out->on_origin = on_origin;
  if (chance(s->w, 50)) out->on_choose = on_choose;
  out->on_frame_recv = RILL__TRACE ? on_frame_recv : NULL;
  out->on_frame_sent = RILL__TRACE ? on_frame_sent : NULL;
}

void do_signal(side *s) {
  world *w = s->w;
  const exchange *x = w->exchange_count == 0 ? NULL : w->exchanges[draw(w, w->exchange_count)];
  const note *n = x == NULL ? NULL : &x->notes[s->who];
  unsigned what = (unsigned)draw(w, 100);
  if (what < 40) {
    do_legacy(s, x != NULL && chance(w, 80) ? x->id : 1 + (uint32_t)draw(w, 60));
  } else if (what < 45) {
    if (!w->calm) do_retire(s);
  } else if (s->who != SERVER) {
    return;
  } else if (what < 70) {
    if (RILL__ORIGIN) do_origin(s);
  } else if (RILL__ALTSVC) {
    do_altsvc(s, x != NULL && n->heard && n->closes == 0 && chance(w, 60) ? x->id : 0);
  }
}

/* Whoever has said GOAWAY passes over the streams beyond its last (9113 6.8). */
void check_signals(side *s) {
  const side *from = other(s);
  if (s->legacy_heard > from->legacy_said || (s->legacy_heard != from->legacy_said && !s->closing))
    world_broken(s->w, "PRIORITY frames are lost");
  if (s->config.accept_altsvc && s->services_heard != from->services_said) world_broken(s->w, "ALTSVC frames are lost");
}
