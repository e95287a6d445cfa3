/* SPDX-License-Identifier: MIT */
/*
 * Budgets: what the peer's frames cost, and what is given back for useful work and for time; see rules/budget.h for the prices.
 *
 * Work and time are looked at when something is to be paid, so that useful work costs nothing here but its being counted. A
 * clock gives back by whole seconds. Without one only work does.
 */
#include "conn/conn.h"

static const rill_time second = 1000000000;

void rill__budget_begin(rill_conn *c) {
  const rill_config *config = &c->context->config;
  c->budget.at = RILL_NO_CLOCK;
  c->budget.look_at = config->overhead_burst == UINT32_MAX ? UINT64_MAX : config->overhead_burst;
  c->budget.window_updates = config->window_updates == UINT32_MAX ? UINT64_MAX / 2 : config->window_updates;
}

/* Whole seconds since the last refill. */
static uint64_t seconds_passed(const rill_conn *c) {
  rill_time now = c->time.now, at = c->budget.at;
  uint64_t seconds = now < RILL_NO_CLOCK && at < now ? (now - at) / second : 0;
  return seconds < UINT32_MAX ? seconds : UINT32_MAX;
}

static rill__useful useful_work(const rill_conn *c) {
  const rill__counts *stats = &c->stats;
  return (rill__useful){stats->content_received + stats->content_sent, stats->content_received, stats->streams_completed};
}

/* What the clock and useful work have given back by now. */
static rill__budget refunded(const rill_conn *c, uint64_t seconds) {
  rill__budget points = c->budget.points;
  rill__useful useful = useful_work(c);
  rill__budget_refund(&points, c->context->budgets, &useful, seconds);
  return points;
}

/* Octets of overhead that are given back by now; bounded, so that no sum of theirs passes 2^64. */
static uint64_t given_back(const rill_conn *c, uint64_t octets) {
  const uint64_t most = UINT64_MAX / 4, before = c->budget.refilled;
  return octets < most - before ? before + octets : most;
}

static void refund(rill_conn *c) {
  rill_time passed = c->budget.at < c->time.now ? c->time.now - c->budget.at : 0; /* none before the first look at a clock */
  rill__useful useful = useful_work(c);
  if (passed < second && !rill__budget_is_due(&c->budget.points, &useful)) return;
  uint64_t seconds = seconds_passed(c);
  c->budget.points = refunded(c, seconds);
  c->budget.refilled = given_back(c, seconds * c->context->config.overhead_refill);
  if (seconds == UINT32_MAX) {
    c->budget.at = c->time.now;
  } else if (seconds != 0) {
    c->budget.at += seconds * second;
  }
}

/* What no frame that was just read has brought about. */
static bool is_unblamed(rill__charge what) { return what == RILL__CHARGE_TINY_DATA || what == RILL__CHARGE_STALLED; }

bool rill__pay(rill_conn *c, rill__charge what, uint32_t times) {
  if (c->failure.err != 0) return false;
  refund(c);
  rill_why why = rill__budget_spend(&c->budget.points, c->context->budgets, what, times);
  if (why != RILL_WHY_NONE && is_unblamed(what)) {
    rill__settle_unblamed(c, why);
  } else if (why != RILL_WHY_NONE) {
    rill__fail_by(c, why);
  }
  if (c->failure.err == 0 && rill__budget_is_low(&c->budget.points, c->context->budgets)) rill__retire_spent(c);
  return c->failure.err == 0;
}

/*
 * We have lowered our limit since, and it may not know of that yet. That excuses no more requests than it may have had on their
 * way: a peer that never acknowledges is refused at its own cost.
 */
static bool is_excused(rill_conn *c) {
  uint32_t known = c->local.settings.max_concurrent_streams, now = c->local.enforced.max_concurrent_streams;
  bool knows = c->local.settings.opened == 0 || c->streams.by_peer >= known || c->streams.by_peer < now;
  if (knows || c->rx.excused == UINT16_MAX || c->rx.excused >= known - now) return false;
  c->rx.excused++;
  return true;
}

bool rill__pay_for_reset(rill_conn *c, rill_why why) {
  if (why == RILL_WHY_APPLICATION) return rill__pay(c, RILL__CHARGE_CHEAP, 1); /* a promise that nobody wants: work, no fault */
  if (why == RILL_WHY_STALL) return rill__pay(c, RILL__CHARGE_STALLED, 1);
  if (why == RILL_WHY_CONCURRENCY && is_excused(c)) return rill__pay(c, RILL__CHARGE_LATE, 1);
  if (!rill__pay(c, RILL__CHARGE_MALFORMED, 1)) return false;
  if (why == RILL_WHY_CONCURRENCY && !rill__pay(c, RILL__CHARGE_REFUSAL, 1)) return false;
  return rill__pay(c, RILL__CHARGE_OWN_RESET, 1);
}

bool rill__pay_for_window_update(rill_conn *c) {
  if (c->budget.window_updates == 0) return rill__pay(c, RILL__CHARGE_WINDOW_UPDATE, 1);
  c->budget.window_updates--;
  return true;
}

/* ---- overhead ----------------------------------------------------------------------------------------------------------- */

/* Octets that may have come without being too many, if so many were given back. */
static uint64_t octets_allowed(const rill_conn *c, uint64_t back) {
  const rill_config *config = &c->context->config;
  uint64_t useful = useful_work(c).moved + c->budget.fields, most = UINT64_MAX / 2;
  uint64_t times = config->overhead_ratio == 0              ? 0
                   : useful < most / config->overhead_ratio ? useful * config->overhead_ratio
                                                            : most;
  return times + back + config->overhead_burst;
}

bool rill__overhead_is_fine(rill_conn *c) {
  refund(c);
  c->budget.look_at = octets_allowed(c, c->budget.refilled);
  if (c->rx.octets <= c->budget.look_at) return true;
  rill__rx_refuse(c, RILL_WHY_OVERHEAD);
  return false;
}

/* What is under way on a stream that the application resets is content that it would have counted, and not the peer's doing. */
void rill__overhead_forgive(rill_conn *c, const rill__stream *s) {
  bool comes = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL;
  uint32_t room = rill__window_room(s->inflow.left), all = rill__window_room(c->local.inflow.left);
  if (!comes) return;
  c->budget.refilled = given_back(c, (uint64_t)(room < all ? room : all) + rill__data_under_way(c, s));
}

/* ---- questions ---------------------------------------------------------------------------------------------------------- */

void rill__budget_tell(const rill_conn *c, rill_stats *stats) {
  uint64_t seconds = seconds_passed(c), config_burst = c->context->config.overhead_burst;
  rill__budget points = refunded(c, seconds);
  memcpy(stats->spent, points.spent, sizeof stats->spent);
  uint64_t back = given_back(c, seconds * c->context->config.overhead_refill), free = octets_allowed(c, back) - config_burst;
  stats->overhead = c->rx.octets > free ? c->rx.octets - free : 0;
}
