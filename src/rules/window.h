/* SPDX-License-Identifier: MIT */
/*
 * window: the arithmetic of RFC 9113 6.9 and nothing else, for one stream or one connection.
 *
 * rill__window is what we may send; rill__share is that of a stream, less the initial window, so that SETTINGS that change it
 * touch no stream; rill__inflow is what the peer may send. None knows which stream it belongs to, nor when a frame is due; that
 * is for those who hold it.
 *
 * Invariants: left <= 2^31-1 (6.9.1). left may be negative after a change of SETTINGS_INITIAL_WINDOW_SIZE (6.9.2), though
 * never below -(2^31-1) as long as each change names the value that was in force. An inflow's full window is what is left of it,
 * what is held, and what came and was not dealt with yet (rill__inflow_used); so credit is neither lost nor made.
 */
#ifndef RILL__WINDOW_H
#define RILL__WINDOW_H

#include <rill/types.h>

#define RILL__WINDOW_MAX INT32_MAX

typedef struct rill__window {
  int32_t left;
} rill__window;

typedef struct rill__share {
  int32_t beyond; /* -(2^31-1) or more, since what was sent was left */
} rill__share;

typedef struct rill__inflow {
  int32_t left;        /* what the peer may still send */
  uint32_t held;       /* credit that is due to the peer, and that it has not been told of */
  uint32_t full : 31;  /* the whole window */
  uint32_t paused : 1; /* what is held is kept back */
#ifdef RILL_CHECK
  int64_t granted, came; /* in all: what the peer was told that it may send, and what it sent */
#endif
} rill__inflow;

/* The octets that may go or come now. */
static inline uint32_t rill__window_room(int32_t left) { return left > 0 ? (uint32_t)left : 0; }

/* ---- what we may send -------------------------------------------------------------------------------------------------- */

/* WINDOW_UPDATE came. */
static inline rill_why rill__window_grow(rill__window *window, uint32_t by) {
  if (by == 0) return RILL_WHY_WINDOW_ZERO;
  int64_t left = (int64_t)window->left + by;
  if (left > RILL__WINDOW_MAX) return RILL_WHY_WINDOW_OVERFLOW;
  window->left = (int32_t)left;
  return RILL_WHY_NONE;
}

/* DATA goes out; n <= rill__window_room(window->left). */
static inline void rill__window_take(rill__window *window, uint32_t n) { window->left -= (int32_t)n; }

/* ---- likewise, on a stream; initial is SETTINGS_INITIAL_WINDOW_SIZE of the peer, which may change (6.9.2) ----------------- */

static inline int32_t rill__share_left(const rill__share *share, uint32_t initial) {
  return (int32_t)((int64_t)share->beyond + initial);
}

static inline rill_why rill__share_grow(rill__share *share, uint32_t initial, uint32_t by) {
  rill__window window = {rill__share_left(share, initial)};
  rill_why why = rill__window_grow(&window, by);
  if (why == RILL_WHY_NONE) share->beyond += (int32_t)by;
  return why;
}

static inline void rill__share_take(rill__share *share, uint32_t n) { share->beyond -= (int32_t)n; }

/* Whether the initial window may be this, where no share is beyond it by more than so much. */
static inline bool rill__share_bears(int32_t most, uint32_t initial) { return (int64_t)most + initial <= RILL__WINDOW_MAX; }

/* ---- what the peer may send -------------------------------------------------------------------------------------------- */

/* A second count, made where frames are written and read; src/conn/check.c compares. */
static inline void rill__inflow_tally(rill__inflow *inflow, int64_t granted, uint32_t came) {
#ifdef RILL_CHECK
  inflow->granted += granted;
  inflow->came += came;
#else
  (void)inflow, (void)granted, (void)came;
#endif
}

/* window <= 2^31-1 */
static inline rill__inflow rill__inflow_of(uint32_t window) {
  rill__inflow inflow = {.left = (int32_t)window, .full = window & RILL__WINDOW_MAX};
  rill__inflow_tally(&inflow, window, 0);
  return inflow;
}

/* DATA of n octets, padding included, came in. over: what it is when that is too much, FLOW_STREAM or FLOW_CONNECTION. */
static inline rill_why rill__inflow_receive(rill__inflow *inflow, uint32_t n, rill_why over) {
  if (n > rill__window_room(inflow->left)) return over;
  inflow->left -= (int32_t)n;
  rill__inflow_tally(inflow, 0, n);
  return RILL_WHY_NONE;
}

/* Octets that came and were not dealt with yet. */
static inline uint32_t rill__inflow_used(const rill__inflow *inflow) {
  return (uint32_t)((int64_t)inflow->full - inflow->left - inflow->held);
}

/* n of those were dealt with. */
static inline void rill__inflow_credit(rill__inflow *inflow, uint32_t n) { inflow->held += n; }

/* The whole window is to be `to`, which is more than it is and at most 2^31-1; the peer is told with the next credit. */
static inline void rill__inflow_widen(rill__inflow *inflow, uint32_t to) {
  inflow->held += to - inflow->full;
  inflow->full = to & RILL__WINDOW_MAX;
}

/* Ours changed (6.9.2); both values are at most 2^31-1. May leave a negative window. */
static inline rill_why rill__window_shift(int32_t *left, uint32_t from, uint32_t to) {
  int64_t shifted = (int64_t)*left + to - from;
  if (shifted > RILL__WINDOW_MAX || shifted < -(int64_t)RILL__WINDOW_MAX) return RILL_WHY_WINDOW_SHIFT_OVERFLOW;
  *left = (int32_t)shifted;
  return RILL_WHY_NONE;
}

/* Whoever has made the window larger may find no room for both. */
static inline rill_why rill__inflow_shift(rill__inflow *inflow, uint32_t from, uint32_t to) {
  int32_t full = (int32_t)inflow->full;
  rill_why why = rill__window_shift(&full, from, to);
  if (why == RILL_WHY_NONE) why = rill__window_shift(&inflow->left, from, to);
  if (why != RILL_WHY_NONE) return why;
  inflow->full = (uint32_t)full & RILL__WINDOW_MAX;
  rill__inflow_tally(inflow, (int64_t)to - from, 0);
  return RILL_WHY_NONE;
}

/*
 * Half of the full window, or a mebioctet if that is less, since the half of a large window is many frames; or, where an
 * application holds on to the other half, what the peer may still send, so that it does not come to stand still. An eighth is the
 * least, lest a slow application makes small frames of large ones.
 */
static inline bool rill__inflow_worth_telling(const rill__inflow *inflow) {
  const uint32_t ample = 1 << 20;
  uint32_t half = inflow->full / 2;
  if (inflow->held == 0 || inflow->held < inflow->full / 8 || inflow->paused) return false;
  /* cppcheck-suppress knownConditionTrueFalse ; it follows one path alone, that where nothing at all is held */
  return inflow->held >= (half < ample ? half : ample) || (int64_t)inflow->held >= inflow->left;
}

/* The increment for a WINDOW_UPDATE that is now written; 0: none is due. */
static inline uint32_t rill__inflow_tell(rill__inflow *inflow) {
  uint32_t increment = inflow->held;
  inflow->held = 0;
  inflow->left = (int32_t)(inflow->left + (int64_t)increment);
  return increment;
}

#endif /* RILL__WINDOW_H */
