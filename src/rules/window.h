/* SPDX-License-Identifier: MIT */
/*
 * window: the arithmetic of RFC 9113 6.9 and nothing else, for one stream or one connection.
 *
 * rill__window is what we may send; rill__inflow is what the peer may send. Neither knows which stream it belongs to, nor when
 * a frame is due; that is for those who hold it.
 *
 * Invariants: left <= 2^31-1 (6.9.1). left may be negative after a change of SETTINGS_INITIAL_WINDOW_SIZE (6.9.2), though
 * never below -(2^31-1) as long as each change names the value that was in force.
 */
#ifndef RILL__WINDOW_H
#define RILL__WINDOW_H

#include <rill/types.h>

#define RILL__WINDOW_MAX INT32_MAX

typedef struct rill__window {
  int32_t left;
} rill__window;

typedef struct rill__inflow {
  int32_t left;  /* what the peer may still send */
  uint32_t held; /* credit that is due to the peer, and that it has not been told of; at most 2^31-1 */
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

/* The initial window changed (6.9.2); both values are at most 2^31-1. May leave a negative window. */
static inline rill_why rill__window_shift(int32_t *left, uint32_t from, uint32_t to) {
  int64_t shifted = (int64_t)*left + to - from;
  if (shifted > RILL__WINDOW_MAX || shifted < -(int64_t)RILL__WINDOW_MAX) return RILL_WHY_WINDOW_SHIFT_OVERFLOW;
  *left = (int32_t)shifted;
  return RILL_WHY_NONE;
}

/* DATA goes out; n <= rill__window_room(window->left). */
static inline void rill__window_take(rill__window *window, uint32_t n) { window->left -= (int32_t)n; }

/* ---- what the peer may send -------------------------------------------------------------------------------------------- */

/* DATA of n octets, padding included, came in. over: what it is when that is too much, FLOW_STREAM or FLOW_CONNECTION. */
static inline rill_why rill__inflow_receive(rill__inflow *inflow, uint32_t n, rill_why over) {
  if (n > rill__window_room(inflow->left)) return over;
  inflow->left -= (int32_t)n;
  return RILL_WHY_NONE;
}

/* n octets were dealt with, or the window is to become larger by n. */
static inline void rill__inflow_credit(rill__inflow *inflow, uint32_t n) {
  uint32_t room = (uint32_t)RILL__WINDOW_MAX - inflow->held;
  inflow->held += n < room ? n : room;
}

/*
 * Half of the full window; or, where an application holds on to the other half, what the peer may still send, so that it does not
 * come to stand still. An eighth is the least, lest a slow application makes small frames of large ones.
 */
static inline bool rill__inflow_worth_telling(const rill__inflow *inflow, uint32_t full) {
  int64_t held = inflow->held;
  return held != 0 && held >= full / 8 && (held >= inflow->left || held >= (int64_t)(full / 2 + full % 2));
}

/* The increment for a WINDOW_UPDATE that is now written; 0: none is due. Never carries the window past 2^31-1. */
static inline uint32_t rill__inflow_tell(rill__inflow *inflow) {
  int64_t most = (int64_t)RILL__WINDOW_MAX - inflow->left;
  uint32_t increment = inflow->held < most ? inflow->held : (uint32_t)most;
  inflow->held -= increment;
  inflow->left = (int32_t)(inflow->left + (int64_t)increment);
  return increment;
}

#endif /* RILL__WINDOW_H */
