/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

#include <stdlib.h>
#include <string.h>

/* ---- chance ------------------------------------------------------------------------------------------------------------ */

static uint64_t next_random(world *w) {
  uint64_t z = w->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return z ^ z >> 31;
}

/* As many octets as the range needs, four at most; first the lowest, so that a small change is one. */
static uint64_t next_choice(world *w, uint64_t below) {
  uint64_t value = 0;
  unsigned octets = below <= 1 << 8 ? 1 : below <= 1 << 16 ? 2 : 4;
  for (unsigned i = 0; i < octets && w->choice_count != 0; i++, w->choices++, w->choice_count--)
    value |= (uint64_t)*w->choices << 8 * i;
  return value;
}

uint64_t draw(world *w, uint64_t below) {
  if (below == 0) return 0;
  return (w->choice_count != 0 ? next_choice(w, below) : next_random(w)) % below;
}

bool chance(world *w, unsigned percent) { return draw(w, 100) < percent; }

/* ---- complaints -------------------------------------------------------------------------------------------------------- */

static void complain(world *w, const char *format, va_list list) {
  if (w->complaint != NULL) return;
  w->complaint = malloc(TEXT_MAX);
  if (w->complaint == NULL) abort();
  (void)vsnprintf(w->complaint, TEXT_MAX, format, list);
}

void world_broken(world *w, const char *format, ...) {
  va_list list;
  va_start(list, format);
  complain(w, format, list);
  va_end(list);
}

void world_differs(world *w, const char *format, ...) {
  va_list list;
  va_start(list, format);
  if (!w->rough) complain(w, format, list);
  va_end(list);
}

side *other(side *s) { return &s->w->sides[s->who == CLIENT ? SERVER : CLIENT]; }

exchange *exchange_of(world *w, uint32_t id) {
  for (unsigned i = w->exchange_count; i != 0; i--) {
    if (w->exchanges[i - 1]->id == id) return w->exchanges[i - 1];
  }
  return NULL;
}

exchange *exchange_at(side *s, uint32_t id) {
  world *w = s->w;
  exchange *found = exchange_of(w, id);
  if (!w->rough) return found;
  for (unsigned i = 0; i < w->exchange_count; i++) {
    if (w->exchanges[i]->id == id && w->exchanges[i]->notes[s->who].heard) return w->exchanges[i];
  }
  if (found != NULL || w->exchange_count == EXCHANGES_MAX) return found;
  found = calloc(1, sizeof *found);
  if (found == NULL) abort();
  *found = (exchange){.id = id, .promised = id % 2 == 0, .scheme = "https", .authority = "example.com"};
  return w->exchanges[w->exchange_count++] = found;
}

bool is_over(const side *s) {
  const side *sides = s->w->sides;
  if (s->w->rough || s->w->wild) return true; /* or may be, any time */
  for (int i = 0; i < SIDES; i++) {
    if (sides[i].deleted || sides[i].ended || sides[i].eof || sides[i].starved || sides[i].conn == NULL) return true;
  }
  return false;
}

/* ---- time -------------------------------------------------------------------------------------------------------------- */

/* From nothing to hours. */
static rill_time leap(world *w) { return draw(w, (uint64_t)1 << draw(w, 45)); }

rill_time side_now(side *s) {
  static const rill_time last = RILL_NO_CLOCK - 1;
  world *w = s->w;
  rill_time by = s->clock == CLOCK_COMMON || s->clock == CLOCK_STILL ? 0 : leap(w);
  const rill_time any[] = {0, 1, last, RILL_NO_CLOCK, RILL_NEVER, s->now, by, last - by};
  switch (s->clock) {
  case CLOCK_COMMON:
    return w->now;
  case CLOCK_ANY:
    s->now = any[draw(w, sizeof any / sizeof any[0])];
    break;
  case CLOCK_BACK:
    s->now = chance(w, 50) && s->now > by ? s->now - by : s->now < last - by ? s->now + by : last;
    break;
  case CLOCK_LEAPS:
  case CLOCK_ENDS:
    s->now = s->now < last - by ? s->now + by : last;
    break;
  case CLOCK_STILL:
  case CLOCK_KINDS:
    break;
  }
  return s->now;
}

static void draw_clock(side *s) {
  s->clock = (clock_kind)draw(s->w, CLOCK_KINDS);
  s->now = s->clock == CLOCK_ENDS ? RILL_NO_CLOCK - leap(s->w) - 2 : chance(s->w, 50) ? 0 : leap(s->w);
}

/* ---- birth and death --------------------------------------------------------------------------------------------------- */

static uint32_t one_of(world *w, const uint32_t *values, size_t n) { return values[draw(w, n)]; }
#define ONE_OF(w, ...) one_of(w, (const uint32_t[]){__VA_ARGS__}, sizeof((const uint32_t[]){__VA_ARGS__}) / sizeof(uint32_t))

static size_t choose_padding(void *user, const rill_frame_head *head, size_t most) {
  side *s = user;
  if (most == 0 || most > 256) world_broken(s->w, "a policy of padding may add %zu octets", most);
  if (head->type != RILL_DATA && head->type != RILL_HEADERS && head->type != RILL_PUSH_PROMISE)
    world_broken(s->w, "padding for frames of type %u", head->type);
  return chance(s->w, s->pads) ? (size_t)draw(s->w, most + 1) : 0;
}

static void draw_config(side *s) {
  world *w = s->w;
  rill_config *config = &s->config;
  rill_config_init(config);
  config->mem = checked_mem_of(&s->mem);
  config->hash_seed = draw(w, 3);
  config->max_concurrent_streams = ONE_OF(w, 1, 2, 10, 100);
  s->streams_max = config->max_concurrent_streams;
  config->initial_window = ONE_OF(w, 100, 1000, 65535, 200000);
  config->connection_window = ONE_OF(w, 65535, 70000, 1 << 20);
  config->window_max = ONE_OF(w, 0, 2000, 150000, 16 << 20);
  config->max_frame_size = ONE_OF(w, 16384, 16385, 100000);
  config->decoder_table = ONE_OF(w, 0, 100, 4096, 65536, UINT32_MAX);
  config->encoder_table = ONE_OF(w, 0, 100, 4096, 65536, UINT32_MAX);
  config->max_header_queue = ONE_OF(w, 0, 1000, 65536);
  config->max_write_buffer = ONE_OF(w, 50, 5000, 65536);
  config->frames_per_recv = ONE_OF(w, 1, 3, 1024);
  config->manual_consume = chance(w, 30);
  config->crumble_cookies = chance(w, 40);
  bool push = chance(w, 60);
  config->enable_push = RILL__PUSH && push;
  config->max_pushed = ONE_OF(w, 1, 3, 16);
  config->enable_connect_protocol = chance(w, 60);
  bool altsvc = chance(w, 60), origin = chance(w, 60);
  config->accept_altsvc = RILL__ALTSVC && altsvc;
  config->accept_origin = RILL__ORIGIN && origin;
  if (chance(w, 30)) config->request_priority = (rill_legacy_priority){true, true, 200, 0};
  if (chance(w, 8)) config->max_total_streams = 1 + (uint32_t)draw(w, 20);
  s->pads = ONE_OF(w, 0, 0, 20, 100);
  if (s->pads != 0) config->padding = (rill_padding){choose_padding, s};
  config->extension_types[EXTENSION_TYPE / 8] |= 1 << EXTENSION_TYPE % 8;
  config->keepalive_interval = ONE_OF(w, 0, 1000000, 500000000);
  config->keepalive_always = chance(w, 50);
  /* The client opens as it likes before it knows the server's limit. */
  config->max_resets_owed = EXCHANGES_MAX;
  if (w->wild && chance(w, 20)) config->glitch_burst = ONE_OF(w, 10, 50, 200);
  if (w->wild) return;
  /* Whoever is slow here is not at fault; what time ends is in unit_conn_time.c. */
  config->preface_timeout = config->settings_timeout = config->header_timeout = config->idle_timeout = 0;
  config->stall_timeout = config->keepalive_timeout = 0;
}

static void side_open(side *s) {
  rill_callbacks callbacks;
  app_callbacks(s, &callbacks);
  int err = rill_context_new(&s->context, &s->config, &callbacks);
  if (err == 0) {
    s->context_octets = s->mem.live_octets;
    err = s->who == CLIENT ? rill_conn_client_new(&s->conn, s->context, s) : rill_conn_server_new(&s->conn, s->context, s);
  }
  if (err == 0) return;
  s->conn = NULL;
  s->deleted = true;
  if (err != RILL_ERR_NOMEM || s->mem.failures == 0) world_broken(s->w, "no connection: %s", rill_err_text(err));
}

static void world_open(world *w, uint64_t fail_at, int fail_side, bool fail_on) {
  w->now = 1000000;
  w->clock = chance(w, 50);
  w->deadly = chance(w, 30) || w->wild;
  if (w->wild) w->spite = ONE_OF(w, 0, 1, 5, 50);
  for (int i = 0; i < SIDES; i++) {
    side *s = &w->sides[i];
    s->w = w;
    s->who = i;
    s->last_chunk = &s->chunks;
    s->boundary = i == CLIENT ? 24 : 0; /* the preface */
    s->setting = true;
    if (i == fail_side) s->mem.fail_at = fail_at;
    s->mem.fail_on = fail_on;
    if (w->wild) draw_clock(s);
    draw_config(s);
  }
  if (w->rough) w->roughness = ONE_OF(w, 1, 3, 10, 30);
  for (int i = 0; i < SIDES; i++)
    side_open(&w->sides[i]);
}

static world *world_bare(void) {
  world *w = calloc(1, sizeof *w);
  if (w == NULL) abort();
  return w;
}

world *world_new(const trial *t) {
  world *w = world_bare();
  w->random = w->seed = t->seed;
  w->wild = t->wild;
  w->rough = t->rough;
  world_open(w, t->fail_at, t->fail_side, t->fail_on);
  return w;
}

world *world_chosen(const uint8_t *choices, size_t count) {
  world *w = world_bare();
  w->chosen = true;
  w->choices = choices;
  w->choice_count = count;
  w->rough = chance(w, 50);
  w->wild = !w->rough && chance(w, 40);
  int fail_side = chance(w, 20) ? (int)draw(w, SIDES) : -1;
  world_open(w, fail_side < 0 ? 0 : 1 + draw(w, 1 << 10), fail_side, chance(w, 20));
  return w;
}

static void forget_shown(side *s) {
  free(s->shown_copy);
  s->shown_copy = NULL;
  s->shown_count = 0;
}

static void check_all_closed(side *s) {
  for (unsigned i = 0; i < s->w->exchange_count; i++) {
    const note *n = &s->w->exchanges[i]->notes[s->who];
    if (n->heard && n->closes == 0) world_broken(s->w, "contract 7: stream %u outlives all", (unsigned)s->w->exchanges[i]->id);
  }
}

static void check_all_back(side *s) {
  for (const chunk *c = s->chunks; c != NULL; c = c->next) {
    if (!c->back) world_broken(s->w, "contract 7: a chunk of stream %u never came back", (unsigned)c->exchange->id);
  }
  check_all_closed(s);
}

/* The connection is gone: so is all that it had allocated, and all that it had borrowed. */
static void side_gone(side *s) {
  s->conn = NULL;
  s->deleted = true;
  forget_shown(s);
  if (s->mem.live_octets != s->context_octets) {
    world_broken(s->w, "contract 11: %zu octets leak", s->mem.live_octets - s->context_octets);
  }
  check_all_back(s);
}

void side_delete(side *s) {
  if (s->conn == NULL) return;
  s->ended = true;
  rill_conn_del(s->conn);
  s->deleted = true;
  if (s->depth == 0) side_gone(s);
}

static void exchange_free(exchange *x) {
  for (int i = 0; i < SIDES; i++) {
    free(x->flows[i].head);
    free(x->flows[i].trailers);
  }
  free(x);
}

static void check_closes(world *w) {
  for (unsigned i = 0; i < w->exchange_count; i++) {
    for (int who = 0; who < SIDES; who++) {
      const note *n = &w->exchanges[i]->notes[who];
      if (n->heard && n->closes != 1) {
        world_broken(w, "contract 7: stream %u closed %u times at the %s", (unsigned)w->exchanges[i]->id, n->closes,
                     who == CLIENT ? "client" : "server");
      }
    }
  }
}

char *world_del(world *w) {
  int first = (int)draw(w, SIDES);
  side_delete(&w->sides[first]);
  side_delete(&w->sides[SIDES - 1 - first]);
  check_closes(w);
  for (int i = 0; i < SIDES; i++) {
    side *s = &w->sides[i];
    rill_context_del(s->context);
    if (s->mem.live != 0) world_broken(w, "contract 11: %zu blocks leak", s->mem.live);
    if (s->mem.wrong != NULL) world_broken(w, "the allocator was given %s", s->mem.wrong);
    chunks_free(s);
    forget_shown(s);
    free(s->pipe);
  }
  for (unsigned i = 0; i < w->exchange_count; i++)
    exchange_free(w->exchanges[i]);
  char *complaint = w->complaint;
  free(w);
  return complaint;
}

/* ---- what calls answer ------------------------------------------------------------------------------------------------- */

static void check_stats(side *s) {
  rill_stats stats = rill_conn_stats(s->conn);
  size_t live = s->mem.live_octets - s->context_octets;
  if (s->mem.wrong != NULL) world_broken(s->w, "the allocator was given %s", s->mem.wrong);
  if (stats.memory != live) world_broken(s->w, "contract 4: the connection counts %zu octets, and has %zu", stats.memory, live);
  if (stats.memory_peak > s->config.memory_limit) world_broken(s->w, "contract 4: %zu octets were in use", stats.memory_peak);
  s->closing |= stats.streams_opened >= s->config.max_total_streams; /* no more can be opened: it retires */
}

/* Contract 9: the first error stays, and with it all streams are over. */
static void check_failure(side *s) {
  rill_conn_failure now = rill_conn_error(s->conn), first = s->failure;
  if (first.err == 0 && now.err != 0) check_all_closed(s);
  if (first.err == 0) s->failure = now;
  if (first.err != 0 && (now.err != first.err || now.why != first.why || now.code != first.code || now.offset != first.offset))
    world_broken(s->w, "contract 9: another error than the first");
}

bool settled(side *s, rill_ssize result, const char *call) {
  if (s->depth != 0) return !s->deleted;
  if (s->deleted) {
    if (s->conn != NULL && result != RILL_ERR_CLOSED)
      world_broken(s->w, "contract 6: after del in a callback %s answers %td", call, result);
    if (s->conn != NULL) side_gone(s);
    return false;
  }
  check_stats(s);
  check_failure(s);
  return true;
}

/*
 * The peer is ours and well behaved, so that nothing but the end of this connection or of memory is an excuse; the end of the
 * connection is one answer, for ever (contract 9). In wild walks as in others: what ends there, ends by that.
 */
void expect_ok(side *s, rill_ssize result, const char *call) {
  if (result >= 0 || s->w->complaint != NULL) return;
  if (result == RILL_ERR_NOMEM && s->mem.failures != 0) return;
  const char *who = s->who == CLIENT ? "client" : "server";
  if (s->deleted) {
    if (result != RILL_ERR_CLOSED) world_broken(s->w, "%s at the %s, deleted, answers %s", call, who, rill_err_text((int)result));
    return;
  }
  rill_conn_failure failure = rill_conn_error(s->conn);
  if (failure.err == result && (s->w->wild || s->w->rough || is_over(s))) return;
  world_broken(s->w, "%s at the %s answers %s; %s: %s", call, who, rill_err_text((int)result), rill_err_text(failure.err),
               rill_why_text(failure.why));
}

/* ---- output ------------------------------------------------------------------------------------------------------------ */

static void pipe_add(side *s, const uint8_t *p, size_t n) {
  if (n == 0) return;
  s->pipe = realloc(s->pipe, s->piped + n);
  if (s->pipe == NULL) abort();
  memcpy(s->pipe + s->piped, p, n);
  s->piped += n;
}

/* Contract of sendv: octets and addresses stay until they are taken. */
static void check_shown(side *s) {
  const uint8_t *copy = s->shown_copy;
  for (size_t i = 0; i < s->shown_count; i++) {
    const rill_iovec *iov = &s->shown[i];
    if (iov->base != NULL && memcmp(iov->base, copy, iov->len) != 0) world_broken(s->w, "what sendv has shown has changed");
    copy += iov->len;
  }
}

static size_t keep_shown(side *s, const rill_iovec *iov, size_t count) {
  size_t total = 0;
  for (size_t i = 0; i < count; i++)
    total += iov[i].len;
  forget_shown(s);
  s->shown_copy = calloc(1, total + 1);
  if (s->shown_copy == NULL) abort();
  uint8_t *at = s->shown_copy;
  for (size_t i = 0; i < count; i++) {
    if (iov[i].base != NULL) memcpy(at, iov[i].base, iov[i].len);
    at += iov[i].len;
    s->shown[i] = iov[i];
  }
  s->shown_count = count;
  return total;
}

/* The first n octets of what is shown go to the pipe; opaque ones the application writes. */
static void pipe_shown(side *s, size_t n) {
  for (size_t i = 0; i < s->shown_count && n != 0; i++) {
    size_t part = s->shown[i].len < n ? s->shown[i].len : n;
    if (s->shown[i].base != NULL) {
      pipe_add(s, s->shown[i].base, part);
    } else {
      uint8_t *room = calloc(1, part);
      if (room == NULL) abort();
      chunks_write(s, room, part);
      pipe_add(s, room, part);
      free(room);
    }
    n -= part;
  }
}

static rill_ssize take_views(side *s) {
  world *w = s->w;
  rill_iovec iov[SHOWN_MAX];
  size_t max_iov = 1 + (size_t)draw(w, SHOWN_MAX), max_bytes = 1 + (size_t)draw(w, chance(w, 50) ? 100 : 100000);
  check_shown(s);
  rill_ssize count = rill_conn_sendv(s->conn, iov, max_iov, max_bytes, side_now(s));
  if (count <= 0 || s->deleted) return count;
  size_t total = keep_shown(s, iov, (size_t)count);
  if (total == 0) world_broken(w, "sendv shows nothing in %td entries", count);
  if (chance(w, 20)) return 1; /* look again another time */
  size_t n = chance(w, 50) ? total : 1 + (size_t)draw(w, total);
  pipe_shown(s, n);
  forget_shown(s);
  int err = rill_conn_sent(s->conn, n, side_now(s));
  return err < 0 ? err : (rill_ssize)n;
}

static rill_ssize take_copy(side *s) {
  world *w = s->w;
  uint8_t room[70000];
  size_t cap = 1 + (size_t)draw(w, chance(w, 50) ? 40 : sizeof room);
  check_shown(s);
  forget_shown(s);
  rill_ssize n = rill_conn_send(s->conn, room, cap, side_now(s));
  if (n > 0) pipe_add(s, room, (size_t)n);
  return n;
}

static bool lends_opaque(const side *s) {
  const world *w = s->w;
  for (unsigned i = 0; i < w->exchange_count; i++) {
    const note *n = &w->exchanges[i]->notes[s->who];
    if (n->body.kind == BODY_OPAQUE && n->heard && n->closes == 0) return true;
  }
  for (const chunk *c = s->chunks; c != NULL; c = c->next) {
    if (c->copy == NULL && !c->back) return true;
  }
  return false;
}

bool side_take(side *s) {
  if (s->conn == NULL || s->eof) return false;
  bool views = lends_opaque(s) || chance(s->w, 50);
  rill_ssize n = views ? take_views(s) : take_copy(s);
  expect_ok(s, n, views ? "rill_conn_sendv" : "rill_conn_send");
  if (!settled(s, n, "rill_conn_send")) return true;
  if (n == 0 && rill_conn_want_send(s->conn)) {
    /* Sources may defer, so once more; then it is a lie. */
    n = take_views(s);
    if (!settled(s, n, "rill_conn_sendv")) return true;
  }
  return n > 0;
}

/* ---- input ------------------------------------------------------------------------------------------------------------- */

bool side_deliver(side *s) {
  side *to = other(s);
  world *w = s->w;
  if (w->rough && s->piped != 0) tamper(s);
  if (s->piped == 0) return false;
  if (to->conn == NULL || to->eof) {
    s->piped = 0;
    return true;
  }
  size_t n = chance(w, 50) ? s->piped : 1 + (size_t)draw(w, s->piped < 50 || chance(w, 50) ? s->piped : 50);
  if (w->rough && (n = whole_heads(s, n)) == 0) return false;
  uint8_t *copy = malloc(n);
  if (copy == NULL) abort();
  memcpy(copy, s->pipe, n);
  rill_ssize taken = rill_conn_recv(to->conn, copy, n, side_now(to));
  memset(copy, 0xdd, n);
  free(copy);
  if (taken == RILL_ERR_NOMEM && to->mem.failures != 0) to->starved = true;
  expect_ok(to, taken, "rill_conn_recv");
  size_t gone = taken < 0 ? s->piped : (size_t)taken;
  if (w->rough) frames_gone(s, gone);
  memmove(s->pipe, s->pipe + gone, s->piped - gone);
  s->piped -= gone;
  return settled(to, taken, "rill_conn_recv") ? gone != 0 : true;
}
