/* SPDX-License-Identifier: MIT */
#include "rules/budget.h"

/* clang-format off */
/*  bucket        above            back for a unit moved   a unit received   an exchange */
#define BUCKETS(X)                                                                                                               \
  X(GLITCHES,     GLITCHES,        1,                      0,                10)                                                 \
  X(REFUSALS,     REFUSALS,        0,                      0,                1)                                                  \
  X(PEER_RESETS,  PEER_RESETS,     0,                      0,                1)                                                  \
  X(OWN_RESETS,   OWN_RESETS,      0,                      0,                0)                                                  \
  X(EMPTY_DATA,   DATA_EMPTY,      0,                      1,                0)

/*  what                bucket        points */
#define PRICES(X)                                                                                                                \
  X(CHEAP,              GLITCHES,     1)                                                                                         \
  X(LATE,               GLITCHES,     1)                                                                                         \
  X(SETTINGS,           GLITCHES,     5)                                                                                         \
  X(SETTING,            GLITCHES,     1)                                                                                         \
  X(WINDOWS_LOWERED,    GLITCHES,     10)                                                                                        \
  X(WINDOW_UPDATE,      GLITCHES,     1)                                                                                         \
  X(TINY_DATA,          GLITCHES,     1)                                                                                         \
  X(SMALL_CONTINUATION, GLITCHES,     5)                                                                                         \
  X(GOAWAY,             GLITCHES,     10)                                                                                        \
  X(MALFORMED,          GLITCHES,     10)                                                                                        \
  X(REFUSAL,            REFUSALS,     1)                                                                                         \
  X(PEER_RESET,         PEER_RESETS,  1)                                                                                         \
  X(OWN_RESET,          OWN_RESETS,   1)                                                                                         \
  X(STALLED,            OWN_RESETS,   1)                                                                                         \
  X(EMPTY_DATA,         EMPTY_DATA,   1)
/* clang-format on */

#define BUCKET(bucket, above, moved, received, exchange) [RILL_BUDGET_##bucket] = {RILL_WHY_##above, moved, received, exchange},
static const struct bucket {
  uint8_t above; /* rill_why */
  uint8_t moved, received, exchange;
} buckets[RILL_BUDGETS] = {BUCKETS(BUCKET)};
#undef BUCKET

#define PRICE(what, bucket, points) [RILL__CHARGE_##what] = {RILL_BUDGET_##bucket, points},
const rill__price rill__prices[RILL__CHARGES] = {PRICES(PRICE)};
#undef PRICE

/* Whole units that were not there the last time; what is left of one counts the next time. */
static uint64_t units(uint64_t total, uint64_t *seen, uint32_t unit) {
  uint64_t n = (total - *seen) / unit;
  *seen += n * unit;
  return n;
}

/* So that no sum of products below passes 2^64. */
static uint64_t bounded(uint64_t n) { return n < UINT32_MAX ? n : UINT32_MAX; }

void rill__budget_refund(rill__budget *budget, const rill__budget_terms *terms, const rill__useful *useful, uint64_t seconds) {
  uint64_t moved = bounded(units(useful->moved, &budget->seen.moved, RILL__MOVED_UNIT));
  uint64_t received = bounded(units(useful->received, &budget->seen.received, RILL__RECEIVED_UNIT));
  uint64_t exchanges = bounded(units(useful->completed, &budget->seen.completed, 1));
  seconds = bounded(seconds);
  for (size_t i = 0; i < RILL_BUDGETS; i++) {
    const struct bucket *b = &buckets[i];
    uint64_t back = bounded(seconds * terms[i].refill) + moved * b->moved + received * b->received + exchanges * b->exchange;
    budget->spent[i] -= (uint32_t)(back < budget->spent[i] ? back : budget->spent[i]);
  }
}

rill_why rill__budget_above(rill__charge what) { return (rill_why)buckets[rill__prices[what].bucket].above; }
