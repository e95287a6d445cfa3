/* SPDX-License-Identifier: MIT */
/*
 * Memory that a connection does not need now: what is given back once it has been idle for a second, and at once by
 * rill_conn_trim(). All of it comes back by itself when it is needed.
 *
 * The dynamic tables are what lasts. The decoder's is the peer's to change; the encoder's goes at trim, by a size update at the
 * head of the next block. Idle, both are packed (hpack/pack.h): that costs a copy, which is nothing once a second; at trim, the
 * decoder's is packed tight.
 */
#include "conn/conn.h"

/* Nothing is open, half read or half sent. */
bool rill__is_idle(const rill_conn *c) {
  bool owes = false;
  for (int kind = 0; kind < RILL__OWED_KINDS; kind++)
    owes |= rill__owed_count(c, (rill__owed)kind) != 0;
  return !owes && c->streams.map.count == 0 && c->rx.hold.n == 0 && c->rx.block.n == 0 && c->out->lane.size == 0 &&
         c->out->segs_count == 0;
}

/* But what waits to be said by us, or answered by the peer. */
static bool has_spare_out(const rill_conn *c) {
  const rill__out *out = c->out;
  bool kept = out->debug.p != NULL || c->tx.ping_state != RILL__PING_NONE;
  bool more = out->lane.first != NULL || out->queues != NULL || out->scratch.first != NULL || out->segs != NULL ||
              out->sources.chunks != NULL || out->owed[RILL__OWED_PINGS].cap != 0 || out->owed[RILL__OWED_RESETS].cap != 0;
  return rill__has_out(c) && (more || !kept);
}

static bool is_spread(const rill__dyn_tab *table) { return table->slots != NULL; }

bool rill__holds_spares(const rill_conn *c) {
  return c->rx.arena.top != NULL || c->rx.fields != NULL || c->rx.hold.cap != 0 || c->rx.block.cap != 0 ||
         (c->streams.early != NULL && rill__early_count(c) == 0) || c->streams.map.table != 0 || has_spare_out(c) ||
         is_spread(&c->rx.dec.table) || is_spread(&c->tx.enc.tab.dyn);
}

static void give_back_out(rill_conn *c) {
  if (!rill__has_out(c)) return;
  if (c->out->lane.size == 0) rill__chain_free(&c->out->lane, &c->mem);
  if (c->out->segs_count == 0) rill__stage_free(c);
  if (c->streams.map.count == 0) rill__queues_free(c);
  rill__pool_trim(&c->out->sources, &c->mem);
  for (int kind = 0; kind < RILL__OWED_KINDS; kind++) {
    if (rill__owed_count(c, (rill__owed)kind) == 0) rill__owed_free(c, (rill__owed)kind);
  }
  rill__out_end(c);
}

/* All but tables, whatever goes on; but not below a callback. */
static void give_back(rill_conn *c) {
  rill__arena_free(&c->rx.arena);
  rill__mem_free(&c->mem, c->rx.fields, c->rx.fields_cap * sizeof *c->rx.fields);
  c->rx.fields = NULL;
  c->rx.fields_cap = 0;
  if (c->rx.hold.n == 0) rill__buf_free(&c->rx.hold, &c->mem);
  if (c->rx.block.n == 0) rill__buf_free(&c->rx.block, &c->mem);
  if (rill__early_count(c) == 0) rill__early_free(c);
  if (c->streams.map.count == 0) rill__idmap_free(&c->streams.map, &c->mem);
  if (c->failure.err != 0) rill__dec_free(&c->rx.dec); /* nothing is read any more; a block may have been given up */
  give_back_out(c);
}

/* Packing takes memory for a moment; if there is none, it is tried again a second later. */
void rill__spares_due(rill_conn *c) {
  give_back(c);
  rill__dec_pack(&c->rx.dec, false);
  rill__enc_pack(&c->tx.enc);
  if (rill__holds_spares(c)) c->time.active = c->time.now;
}

void rill__trim(rill_conn *c) {
  c->trims = false;
  give_back(c);
  if (!rill__is_idle(c)) return;
  rill__dec_pack(&c->rx.dec, true);
  if (c->tx.enc.tab.dyn.count != 0) {
    rill__enc_restart(&c->tx.enc);
  } else {
    rill__enc_pack(&c->tx.enc); /* which frees it */
  }
}

int rill_conn_trim(rill_conn *c) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  if (c->depth == 1) {
    rill__trim(c);
  } else {
    c->trims = true;
  }
  return (int)rill__leave(c, 0);
}
