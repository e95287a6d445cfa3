/* SPDX-License-Identifier: MIT */
/*
 * stream: what is kept for one stream, and for the content that it sends. Who does what with it: conn.h.
 */
#ifndef RILL__STREAM_H
#define RILL__STREAM_H

#include "base/chain.h"
#include "base/list.h"
#include "rules/message.h"
#include "rules/stream_fsm.h"
#include "rules/window.h"
#include <rill/rill.h>

/* The content of one message on its way out. */
typedef struct rill__source {
  rill__node ready;            /* on out->ready or in its queues: in turn for DATA */
  struct rill__stream *stream; /* whose it is; not of an orphan */
  rill_body body;
  rill__chain pushed;  /* from rill_write(), not yet taken */
  rill_head *trailers; /* submitted before the content was complete; owned */
  uint32_t shown;      /* segments that point into pushed */
  rill__message message;
  uint32_t put_off;   /* the round in which it had nothing to say, or found no memory; see sched.c */
  bool complete;      /* no more content will come */
  bool with_trailers; /* trailers follow, now or later */
  bool deferred;      /* wait for rill_resume(), rill_write() or rill_submit_trailers() */
  bool mute;          /* it had nothing to say when it was last asked, which was without a window */
  bool ask;           /* has something to say even if the windows are closed */
  bool wants_room;    /* rill_write() took less than it was given */
  bool orphan;        /* its stream is closed; lives until nothing of it is shown */
} rill__source;

enum {
  RILL__HEARD = 0x01,      /* the application knows the stream: a close is owed */
  RILL__CLOSED = 0x02,     /* the application was told that it is over, or never heard of it */
  RILL__RESET_OWED = 0x04, /* RST_STREAM(reset_code), when no block of this stream is unsent */
  RILL__TX_HEAD = 0x08,    /* the request or the final response was submitted */
  RILL__OVER = 0x10,       /* all is done but that the slot is held */
  RILL__TO_HEAD = 0x20,    /* the request is HEAD */
  RILL__TO_CONNECT = 0x40, /* the request is CONNECT */
  RILL__HELD = 0x80        /* by the application, until rill_release() */
};

/* The order is that of sizes, since there may be a million of them; 88 octets where a pointer has 8. */
typedef struct rill__stream {
  uint32_t id;       /* comes first, for the map */
  rill__share share; /* what we may send; see rill__stream_window() */
  rill__source *source;
  void *user;
  uint64_t octets_received, octets_sent; /* content */
  rill__inflow inflow;                   /* what the peer may send */
  rill__message rx;
  union {
    uint32_t reset_code; /* once it is closed */
    uint32_t patience;   /* until then: for stall.c */
  };
  uint32_t section_octets;           /* of sections that came, as the list size counts; at most 2^32-1 */
  uint32_t owing_next, owing_before; /* places in the map: of its neighbours on the list of those that owe; 0: none */
  uint16_t blocks;                   /* of this stream, in the header lane and unsent; the promise of it is one */
  uint16_t origin;                   /* of the request, in a client's origin set; 0: none */
  uint8_t state;                     /* rill__state */
  uint8_t flags;
  bool left : 1;                  /* a block of it has left the lane: the peer may know of it */
  bool promised : 1;              /* and its response has not begun, so that it does not count yet (9113 5.1.2) */
  bool owing : 1;                 /* on the list of those that owe RST_STREAM or WINDOW_UPDATE */
  rill__packed_priority priority; /* of what we send */
} rill__stream;

#endif /* RILL__STREAM_H */
