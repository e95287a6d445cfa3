/* SPDX-License-Identifier: MIT */
/*
 * Time: what is due, and what then. The caller's clock alone counts; without one nothing is ever due.
 *
 * Due now: what an idle connection holds only to be quick again goes back to the allocator a second after its last octet.
 */
#include "conn/conn.h"

#define IDLE_AFTER ((rill_time)1000000000)

static bool holds_spares(const rill_conn *c) {
  return c->rx.arena.top != NULL || c->rx.fields != NULL || c->rx.hold.cap != 0 || c->rx.block.cap != 0 ||
         c->tx.lane.first != NULL || c->tx.queues != NULL || (c->streams.early != NULL && c->streams.early_count == 0) ||
         c->tx.scratch.first != NULL || c->tx.segs != NULL || c->streams.pool.chunks != NULL || c->streams.map.size != 0 ||
         c->tx.pings.cap != 0 || c->tx.resets.cap != 0 || c->tx.settings_acks.cap != 0;
}

/* Nothing is open, half read or half sent. */
static bool is_idle(const rill_conn *c) {
  return c->streams.map.count == 0 && c->rx.hold.n == 0 && c->rx.block.n == 0 && c->tx.lane.size == 0 && c->tx.segs_count == 0 &&
         c->tx.pings.count == 0 && c->tx.resets.count == 0 && c->tx.settings_acks.count == 0;
}

static void give_back(rill_conn *c) {
  rill__arena_free(&c->rx.arena);
  rill__mem_free(&c->mem, c->rx.fields, c->rx.fields_cap * sizeof *c->rx.fields);
  c->rx.fields = NULL;
  c->rx.fields_cap = 0;
  rill__buf_free(&c->rx.hold, &c->mem);
  rill__buf_free(&c->rx.block, &c->mem);
  rill__chain_free(&c->tx.lane, &c->mem);
  rill__queues_free(c);
  if (c->streams.early_count == 0) rill__early_free(c);
  rill__stage_free(c);
  rill__idmap_free(&c->streams.map, &c->mem);
  rill__pool_trim(&c->streams.pool, &c->mem);
  rill__pool_trim(&c->streams.sources, &c->mem);
  rill__owed_free(c, &c->tx.pings, sizeof c->tx.ping);
  rill__owed_free(c, &c->tx.resets, sizeof(rill__owed_reset));
  rill__owed_free(c, &c->tx.settings_acks, sizeof c->tx.lane_in);
}

void rill__note_round_trip(rill_conn *c, rill_time sent_at) {
  if (c->time.now == RILL_NO_CLOCK || sent_at == RILL_NO_CLOCK || c->time.now < sent_at) return;
  rill_time took = c->time.now - sent_at;
  c->stats.round_trip = took;
  if (c->stats.round_trip_min == 0 || took < c->stats.round_trip_min) c->stats.round_trip_min = took;
}

rill_time rill_conn_deadline(const rill_conn *c) {
  if (c->deleted || c->time.active >= RILL_NO_CLOCK) return RILL_NEVER;
  return is_idle(c) && holds_spares(c) ? c->time.active + IDLE_AFTER : RILL_NEVER;
}

int rill_conn_tick(rill_conn *c, rill_time now) {
  rill_time deadline = rill_conn_deadline(c);
  int err = rill__enter_timed(c, now);
  if (err != 0) return err;
  if (now != RILL_NO_CLOCK && now >= deadline) give_back(c);
  return (int)rill__leave(c, c->failure.err);
}
