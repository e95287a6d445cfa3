/* SPDX-License-Identifier: MIT */
/*
 * out: what is on its way to the peer, as it is kept: segments that are shown, things that are owed, and the block that holds all
 * of it. Who does what with it: conn.h.
 */
#ifndef RILL__OUT_H
#define RILL__OUT_H

#include "base/buf.h"
#include "base/chain.h"
#include "base/list.h"
#include "base/pool.h"
#include "rules/stream_fsm.h"

typedef struct rill__queues rill__queues;

/* What was shown by sendv and not yet taken: octets in one piece, and what their being taken means. */
typedef enum rill__seg_kind {
  RILL__SEG_CONTROL,
  RILL__SEG_LANE,
  RILL__SEG_CHUNK,
  RILL__SEG_PUSHED,
  RILL__SEG_PADDING, /* zeros that are nobody's */
  RILL__SEG_RETURNED
} rill__seg_kind;

typedef struct rill__seg {
  const uint8_t *p; /* NULL: opaque */
  size_t n;
  void *owner; /* chunk: the application's pointer; pushed: the source */
  uint32_t id;
  uint8_t kind;
  uint8_t ends; /* rill__event or rill__taken, + 1, when the last octet is taken; 0: none */
} rill__seg;

/* Control frames of ours for whose answer time is measured from when they were taken. */
typedef enum rill__taken {
  RILL__TAKEN_SETTINGS = RILL__EVENTS,
  RILL__TAKEN_PING,
  RILL__TAKEN_PROBE,
  RILL__TAKEN_MEASURE
} rill__taken;

typedef struct rill__owed_reset {
  uint32_t id, code;
} rill__owed_reset;

/* What is owed to the peer, one frame each; 8 octets say which. */
typedef enum rill__owed {
  RILL__OWED_PINGS,         /* acknowledgements: the payload */
  RILL__OWED_RESETS,        /* RST_STREAM for what got no slot: rill__owed_reset */
  RILL__OWED_SETTINGS_ACKS, /* a uint64_t: lane_out must reach this before it goes */
  RILL__OWED_KINDS
} rill__owed;

enum { RILL__OWED_SIZE = 8, RILL__OWED_MIN = 4 }; /* octets; places of a ring at first */

/* A ring of owed things, grown on need up to a limit from the configuration. */
typedef struct rill__owed_ring {
  uint8_t *p;
  uint32_t first, count, cap;
} rill__owed_ring;

/*
 * What is on its way out: there from when something of it is, until nothing is and the connection idles. Whoever writes to it has
 * made sure of it by rill__out_begin(), or put something in before.
 */
typedef struct rill__out {
  rill__chain lane;           /* encoded blocks in HEADERS and CONTINUATION frames */
  uint64_t lane_in, lane_out; /* octets ever put in, ever seen; so far back as anybody asks */
  uint64_t lane_first;        /* until lane_out has come this far, the lane goes before control frames */
  rill__seg *segs;            /* a ring */
  uint32_t segs_first, segs_count, segs_cap;
  size_t staged, shown; /* octets in segments, not yet taken; of those, seen by the application */
  size_t segs_taken;    /* octets of the first segment, taken */
  rill__node ready;
  rill__chain scratch; /* control frames and heads of DATA that are staged */
  rill__pool sources;
  rill__queues *queues; /* by urgency; NULL: nobody has spoken of priorities; sched.c */
  rill__owed_ring owed[RILL__OWED_KINDS];
  rill__buf debug;   /* for GOAWAY */
  rill_time ping_at; /* when our own PING was taken; RILL_NO_CLOCK until then */
  uint8_t ping[8];   /* its payload, while tx.ping_state is not NONE */
} rill__out;

extern const rill__out rill__no_out;
static inline rill__out *rill__nothing_out(void) { return (rill__out *)(uintptr_t)&rill__no_out; }

#endif /* RILL__OUT_H */
