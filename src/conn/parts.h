/* SPDX-License-Identifier: MIT */
/*
 * parts: states and small things that a connection is made of. Who does what with it: conn.h.
 */
#ifndef RILL__PARTS_H
#define RILL__PARTS_H

#include <rill/rill.h>

typedef enum rill__rx_state {
  RILL__RX_PREFACE,
  RILL__RX_HEAD,
  RILL__RX_PAD,
  RILL__RX_PRIORITY,
  RILL__RX_PROMISE,
  RILL__RX_FIXED,
  RILL__RX_DATA,
  RILL__RX_FRAGMENT,
  RILL__RX_EXTENSION,
  RILL__RX_SKIP
} rill__rx_state;

typedef enum rill__block_use {
  RILL__BLOCK_NONE,
  RILL__BLOCK_OPENS,   /* a request that opens a stream */
  RILL__BLOCK_HEAD,    /* another section of a stream that is open or promised */
  RILL__BLOCK_PROMISE, /* a request that the server makes for us */
  RILL__BLOCK_DROP,    /* decoded and forgotten */
  RILL__BLOCK_REFUSE   /* decoded, then answered by RST_STREAM */
} rill__block_use;

/* A priority that came before its stream. */
typedef struct rill__early {
  uint32_t id;
  rill_priority priority;
} rill__early;

typedef struct rill__earlies {
  uint32_t count, cap;
  uint32_t least; /* id; any, if there are none */
  rill__early at[];
} rill__earlies;

typedef enum rill__ping { RILL__PING_NONE, RILL__PING_OWED, RILL__PING_SENT } rill__ping;

typedef enum rill__goaway {
  RILL__GOAWAY_NONE,
  RILL__GOAWAY_NOTICE, /* 2^31-1: shutting down */
  RILL__GOAWAY_FINAL,  /* with the last id, streams go on */
  RILL__GOAWAY_ERROR
} rill__goaway;

/* Counts for rill_conn_stats(), which has more that are kept elsewhere. */
typedef struct rill__counts {
  uint64_t octets_sent, frames_received, frames_sent;
  uint64_t resets_received, resets_sent;
  uint64_t content_received, content_sent;
  rill_time round_trip, round_trip_min;
  uint64_t field_octets_received, field_octets_sent, block_octets_received, block_octets_sent;
  uint32_t streams_opened, streams_completed; /* there are no more ids than 2^31 */
} rill__counts;

/* As rill_conn_failure and rill_fault, in less room. */
typedef struct rill__failure {
  uint64_t offset;
  uint32_t stream_id, code;
  uint16_t why;
  int16_t err;
  uint8_t frame_type;
} rill__failure;

typedef struct rill__fault_kept {
  uint32_t index;
  uint16_t why;
} rill__fault_kept;

_Static_assert(RILL_WHY_COUNT <= UINT16_MAX, "a reason fits into both");

#endif /* RILL__PARTS_H */
