/* SPDX-License-Identifier: MIT */
#include "pair/world.h"

#include <string.h>

/* Whoever reads nothing lets the other wait. */
static void read_on(side *s) {
  if (s->conn != NULL && !s->deleted && !s->eof && s->paused) do_pause(s, 0, false);
}

void pump(world *w) {
  for (unsigned idle = 0, round = 0; idle < 3 && w->complaint == NULL; round++) {
    bool moved = false;
    for (int i = 0; i < SIDES; i++) {
      read_on(&w->sides[i]);
      moved |= side_take(&w->sides[i]);
      moved |= side_deliver(&w->sides[i]);
    }
    idle = moved ? 0 : idle + 1;
    if (round == 1000000) world_broken(w, "there is no end of output");
  }
}

static int64_t window(side *s, uint32_t id, rill_window_kind kind) {
  int64_t value = 0;
  if (rill_conn_window(s->conn, id, kind, &value) != 0) world_broken(s->w, "rill_conn_window fails on stream %u", (unsigned)id);
  return value;
}

/* Both ends of one window, and its sum: what may come, what is held back, what the application has. */
static void check_window(side *s, uint32_t id, int64_t unconsumed, uint32_t full) {
  bool grows = !s->config.manual_consume && s->config.window_max > full;
  int64_t most = grows ? s->config.window_max : full;
  if (s->moved && !s->config.manual_consume && s->config.window_max != 0) most += s->config.window_max + SAID_WINDOW_MAX;
  int64_t theirs = window(other(s), id, RILL_WINDOW_SEND), ours = window(s, id, RILL_WINDOW_RECV),
          held = window(s, id, RILL_WINDOW_HELD);
  if (theirs != ours)
    world_broken(s->w, "stream %u: one side may send %lld, the other takes %lld", (unsigned)id, (long long)theirs,
                 (long long)ours);
  if (ours + held + unconsumed < full || ours + held + unconsumed > most) {
    world_broken(s->w, "stream %u: a window of %lld, held %lld, unconsumed %lld; whole it is %lld to %lld", (unsigned)id,
                 (long long)ours, (long long)held, (long long)unconsumed, (long long)full, (long long)most);
  }
}

/* The peer still sends on this stream, so that its window means something to both. */
static bool has_window(const exchange *x, const side *s) {
  int from = s->who == CLIENT ? SERVER : CLIENT;
  const note *here = &x->notes[s->who], *there = &x->notes[from];
  return here->heard && there->heard && here->closes == 0 && there->closes == 0 && !x->flows[from].end_seen;
}

/* Of streams: as was acknowledged last, and all was. */
static uint32_t initial_window(side *s) {
  uint32_t value = 0;
  if (s->setting) world_broken(s->w, "SETTINGS are under way, and nothing moves");
  (void)rill_conn_setting(s->conn, RILL_LOCAL, RILL_SETTING_INITIAL_WINDOW_SIZE, &value);
  return value;
}

void check_quiet(world *w) {
  for (int i = 0; i < SIDES && w->complaint == NULL; i++) {
    side *s = &w->sides[i];
    int64_t unconsumed = 0;
    if (is_over(s) || s->mem.failures != 0 || other(s)->mem.failures != 0) return;
    for (unsigned e = 0; e < w->exchange_count; e++) {
      exchange *x = w->exchanges[e];
      unconsumed += (int64_t)x->notes[i].unconsumed;
      if (has_window(x, s)) check_window(s, x->id, (int64_t)x->notes[i].unconsumed, initial_window(s));
    }
    check_window(s, 0, unconsumed, s->config.connection_window);
    if (s->heard != other(s)->said) world_broken(w, "frames of an extension are lost");
    check_signals(s);
  }
}

/* ---- the end ----------------------------------------------------------------------------------------------------------- */

static void check_exchange(world *w, const exchange *x) {
  for (int i = 0; i < SIDES; i++) {
    const note *n = &x->notes[i];
    if (n->heard && n->closes == 0) {
      world_broken(w, "stream %u never ends at the %s: head %d, offered %zu of %zu, seen %zu, ended %d", (unsigned)x->id,
                   i == CLIENT ? "client" : "server", x->flows[i].head != NULL, x->flows[i].offered, n->body.total,
                   x->flows[i].seen, x->flows[i].ended);
    }
    /* What this side sent may have been cut off at the other, by a reset that crossed. */
    const flow *f = &x->flows[SIDES - 1 - i];
    bool all = f->head_seen && f->end_seen && f->seen == f->offered && f->interim == f->interim_seen;
    if (n->closes == 1 && n->close.by == RILL_BY_END && !all) {
      world_broken(w, "stream %u ended well, and something of it is missing", (unsigned)x->id);
    }
  }
}

static bool has_open(const world *w) {
  for (unsigned e = 0; e < w->exchange_count; e++) {
    const exchange *x = w->exchanges[e];
    for (int i = 0; i < SIDES; i++) {
      const side *s = &w->sides[i];
      bool lives = s->conn != NULL && !s->deleted && !s->eof;
      if (x->notes[i].heard && (x->notes[i].closes == 0 || (x->notes[i].held && lives))) return true;
    }
  }
  return false;
}

/* Every application does what it owes, until all is done. */
static void end_all(world *w) {
  const unsigned rounds = w->wild ? 0 : w->rough ? 4 : 2000; /* what was lost on the way nobody ends */
  for (unsigned round = 0; round < rounds && w->complaint == NULL && has_open(w); round++) {
    pump(w);
    for (unsigned e = 0; e < w->exchange_count; e++) {
      for (int i = 0; i < SIDES; i++) {
        side *s = &w->sides[i];
        if (s->conn != NULL && !s->deleted && !s->eof) act_on(s, w->exchanges[e]);
      }
    }
  }
  pump(w);
}

/* An idle connection has packed what it keeps, and waits for nothing. */
static void check_idle(side *s) {
  if (is_over(s) || s->closing || other(s)->closing || !s->w->clock || s->config.keepalive_interval != 0 || s->retires) return;
  if (s->mem.failures != 0 || rill_conn_stats(s->conn).streams_open != 0 || rill_conn_want_send(s->conn)) return;
  if (rill_conn_deadline(s->conn) != RILL_NEVER) world_broken(s->w, "an idle connection still waits for something");
}

void rest(world *w) {
  w->calm = true;
  end_all(w);
  for (int i = 0; i < SIDES && w->complaint == NULL; i++) {
    idle(&w->sides[i]);
    check_idle(&w->sides[i]);
  }
  w->calm = false;
}

/* Then all must be done. */
void finish(world *w) {
  w->calm = true;
  end_all(w);
  check_quiet(w);
  if (is_over(&w->sides[CLIENT]) || w->sides[CLIENT].mem.failures != 0 || w->sides[SERVER].mem.failures != 0) return;
  for (unsigned e = 0; e < w->exchange_count; e++)
    check_exchange(w, w->exchanges[e]);
  for (int i = 0; i < SIDES; i++) {
    rill_stats stats = rill_conn_stats(w->sides[i].conn);
    if (stats.streams_open != 0) world_broken(w, "%u streams are open at the end", (unsigned)stats.streams_open);
    if (w->sides[i].closing && !rill_conn_is_done(w->sides[i].conn))
      world_broken(w, "all is over after GOAWAY, and the connection is not done");
  }
}
