/* SPDX-License-Identifier: MIT */
/*
 * budget: what a peer may do often but not without end (9113 10.5): buckets of points, what costs how many, what gives some back.
 *
 * Knows points, seconds and counts of useful work; does not know frames, connections or clocks. Useful work and time are told as
 * totals or differences before points are spent, so nobody has to give back as work is done. No bucket ever holds more than its
 * burst.
 */
#ifndef RILL__BUDGET_H
#define RILL__BUDGET_H

#include <rill/config.h>

enum {
  RILL__DATA_TINY = 256,           /* octets of content; fewer are worth no frame */
  RILL__CONTINUATION_SMALL = 1024, /* likewise of a field block that goes on */
  RILL__UPDATES_A_STREAM = 2,      /* WINDOW_UPDATE frames that are free for each stream, and for each DATA frame that we sent */
  RILL__UPDATES_A_DATA = 20,
  RILL__MOVED_UNIT = 1024, /* octets of content that give points back */
  RILL__RECEIVED_UNIT = 4096
};

/* What costs points. */
typedef enum rill__charge {
  RILL__CHARGE_CHEAP, /* a frame that is nothing but work */
  RILL__CHARGE_LATE,  /* a frame on a stream that is over */
  RILL__CHARGE_SETTINGS,
  RILL__CHARGE_SETTING, /* an entry of it */
  RILL__CHARGE_WINDOWS_LOWERED,
  RILL__CHARGE_WINDOW_UPDATE, /* one of too many */
  RILL__CHARGE_TINY_DATA,
  RILL__CHARGE_SMALL_CONTINUATION,
  RILL__CHARGE_GOAWAY,
  RILL__CHARGE_MALFORMED, /* or refused */
  RILL__CHARGE_REFUSAL,
  RILL__CHARGE_PEER_RESET,
  RILL__CHARGE_OWN_RESET,
  RILL__CHARGE_STALLED, /* a stream that had to be reset since it did not move */
  RILL__CHARGE_EMPTY_DATA,
  RILL__CHARGES
} rill__charge;

/* Of one bucket, from the configuration. */
typedef struct rill__budget_terms {
  uint32_t burst, refill;
} rill__budget_terms;

/* Totals since the connection began. */
typedef struct rill__useful {
  uint64_t moved, received; /* content: both ways, and in; octets */
  uint64_t completed;       /* exchanges */
} rill__useful;

typedef struct rill__budget {
  uint32_t spent[RILL_BUDGETS];
  rill__useful seen; /* what has been given back for; content in whole units */
} rill__budget;

/* Something was done since the last time that gives back. Asked with each frame that costs; most often it was not. */
static inline bool rill__budget_is_due(const rill__budget *budget, const rill__useful *useful) {
  return useful->completed != budget->seen.completed || useful->moved - budget->seen.moved >= RILL__MOVED_UNIT ||
         useful->received - budget->seen.received >= RILL__RECEIVED_UNIT;
}

/* Gives back for what was done since the last time, and for so many seconds. */
void rill__budget_refund(rill__budget *budget, const rill__budget_terms *terms, const rill__useful *useful, uint64_t seconds);

typedef struct rill__price {
  uint8_t bucket, points;
} rill__price;

extern const rill__price rill__prices[RILL__CHARGES];
rill_why rill__budget_above(rill__charge what); /* the reason, once that bucket does not hold what it costs */

/* Spends what `times` of this cost. NONE, or the reason: the bucket does not hold that many. */
static inline rill_why rill__budget_spend(rill__budget *budget, const rill__budget_terms *terms, rill__charge what,
                                          uint32_t times) {
  const rill__price *price = &rill__prices[what];
  uint64_t spent = budget->spent[price->bucket] + (uint64_t)price->points * times, burst = terms[price->bucket].burst;
  if (burst == UINT32_MAX) return RILL_WHY_NONE;
  if (spent > burst) return rill__budget_above(what);
  budget->spent[price->bucket] = (uint32_t)spent;
  return RILL_WHY_NONE;
}

/* Three quarters of the points for glitches are spent. */
static inline bool rill__budget_is_low(const rill__budget *budget, const rill__budget_terms *terms) {
  uint32_t burst = terms[RILL_BUDGET_GLITCHES].burst;
  return burst != UINT32_MAX && budget->spent[RILL_BUDGET_GLITCHES] >= burst - burst / 4;
}

#endif /* RILL__BUDGET_H */
