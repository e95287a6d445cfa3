/* SPDX-License-Identifier: MIT */
/*
 * stream_fsm: the life of a stream (9113 5.1) as two tables: what an event makes of a state, and what a frame means in a state.
 *
 * Knows how a stream was closed, since that decides what late frames mean: after END_STREAM a correct peer sends none, after
 * our RST_STREAM it may not have heard. Knows nothing of messages, windows or storage. Local and remote are as in the RFC: local
 * is this endpoint. The local end counts when its last frame was taken by the transport.
 *
 *        +-- TX_RESERVES - RESERVED_LOCAL -- TX_RESPONSE --+
 *        |           +------------- RX_END ----------------+--> HALF_REMOTE -- TX_END --+
 *   IDLE +-- OPENS -- OPEN                                                              +--> ENDED
 *        |           +------------- TX_END ----------------+--> HALF_LOCAL --- RX_END --+
 *        +-- RX_RESERVES - RESERVED_REMOTE - RX_RESPONSE --+
 *   any of these but IDLE (9113 6.4) -- TX_RESET --> RESET_LOCAL,  -- RX_RESET --> RESET_REMOTE
 *
 * A response that is no more than its head may end a reserved stream at once, without RESPONSE before END.
 */
#ifndef RILL__STREAM_FSM_H
#define RILL__STREAM_FSM_H

#include <rill/types.h>

typedef enum rill__state {
  RILL__IDLE,
  RILL__RESERVED_LOCAL,  /* we promised it; only servers (9113 8.4) */
  RILL__RESERVED_REMOTE, /* the peer promised it; only clients */
  RILL__OPEN,
  RILL__HALF_LOCAL,
  RILL__HALF_REMOTE,
  RILL__ENDED,        /* closed by END_STREAM both ways */
  RILL__RESET_LOCAL,  /* closed by our RST_STREAM, or never taken on (refused, above the id in our GOAWAY) */
  RILL__RESET_REMOTE, /* closed by the peer's RST_STREAM */
  RILL__STATES
} rill__state;

typedef enum rill__event {
  RILL__OPENS,
  RILL__RX_END,
  RILL__TX_END,
  RILL__RX_RESET,
  RILL__TX_RESET,
  RILL__RX_RESERVES, /* of this stream: it is the one that was promised */
  RILL__TX_RESERVES, /* likewise */
  RILL__RX_RESPONSE, /* the first HEADERS of a promised stream */
  RILL__TX_RESPONSE, /* likewise */
  RILL__EVENTS
} rill__event;

/* Events that mean nothing in a state leave it. */
extern const uint8_t rill__stream_nexts[RILL__STATES][RILL__EVENTS];
static inline rill__state rill__stream_next(rill__state state, rill__event event) {
  return (rill__state)rill__stream_nexts[state][event];
}

/* What a received frame of a type that speaks of one stream means. */
typedef enum rill__sense {
  RILL__TAKE,   /* it has its effect */
  RILL__DROP,   /* it may be late: decoded and credited, but without effect */
  RILL__REFUSE, /* connection error; see *why */
} rill__sense;

/* The frames that have a sense: PUSH_PROMISE in the state of the stream that it came on. */
typedef enum rill__subject {
  RILL__SENSE_DATA,
  RILL__SENSE_HEADERS,
  RILL__SENSE_RST_STREAM,
  RILL__SENSE_WINDOW_UPDATE,
  RILL__SENSE_PUSH_PROMISE,
  RILL__SUBJECTS
} rill__subject;

extern const uint8_t rill__stream_senses[RILL__STATES][RILL__SUBJECTS], rill__sense_whys[];

/* *why is NONE unless it is REFUSE. */
static inline rill__sense rill__stream_sense(rill__state state, rill__subject frame, rill_why *why) {
  unsigned sense = rill__stream_senses[state][frame];
  *why = (rill_why)rill__sense_whys[sense];
  return sense < RILL__REFUSE ? (rill__sense)sense : RILL__REFUSE;
}

#endif /* RILL__STREAM_FSM_H */
