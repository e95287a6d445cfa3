/* SPDX-License-Identifier: MIT */
/*
 * world: a client and a server of ours, two pipes between them, and an oracle that knows what each application submitted.
 *
 *   pair.c       seeds, options, the verdict            pair/world.c   birth, death, pipes, calls and what they may answer
 *   pair/app.c   callbacks, held against the oracle     pair/acts.c    what applications do, drawn by lot
 *   pair/body.c  content, pulled and pushed             pair/quiet.c   what holds when nothing moves
 *   pair/marks.c what changes nothing in a stream       pair/tamper.c  what happens to octets in a rough world
 *   pair/walk.c  one walk, from its first step to its end
 *   pair/signals.c  what goes beside messages, whose turn it is, and the trace
 *
 * Invariants, checked at every callback or call: what is delivered was submitted, in order, octet for octet; a stream closes
 * once on each side that has heard of it, and is not named after that; a lent chunk comes back once; no call fails that has no
 * reason to; what sendv has shown keeps its octets; an error is the last word. And when nothing moves: windows agree; at the end
 * all memory is back.
 *
 * In a wild walk connections end at any time: callbacks refuse and delete, all limits of time are on, and each side has a clock
 * of its own that may leap, stand still or go back. Then all of that holds but what is said of windows; and calls fail as the end
 * of their own connection says, or memory, and in no other way. In a rough world somebody in between changes octets; what remains
 * is what rill promises by itself, whoever the peer is.
 */
#ifndef PAIR_WORLD_H
#define PAIR_WORLD_H

#include "base/features.h"
#include "printf_like.h"
#include "talk/checked_mem.h"
#include <rill/rill.h>
#include <stdarg.h>
#include <stdio.h>

/* How a walk goes. */
typedef struct trial {
  uint64_t seed;
  unsigned steps;
  uint64_t fail_at; /* this allocation of fail_side fails; 0: none */
  int fail_side;    /* -1: none */
  bool fail_on;     /* and all that follow */
  bool wild, rough;
} trial;

typedef enum clock_kind { CLOCK_COMMON, CLOCK_STILL, CLOCK_LEAPS, CLOCK_BACK, CLOCK_ENDS, CLOCK_ANY, CLOCK_KINDS } clock_kind;

typedef struct world world;
typedef struct side side;

enum { CLIENT, SERVER, SIDES };
enum { EXCHANGES_MAX = 400, SHOWN_MAX = 8, TEXT_MAX = 4000 };

/* One direction of one exchange: what was handed to rill, and what came out at the other end. */
typedef struct flow {
  char *head, *trailers;          /* one field a line; cookies joined */
  unsigned interim, interim_seen; /* 1xx */
  size_t offered, seen;           /* octets of content */
  bool ended, end_seen;
  bool head_seen, trailers_seen;
} flow;

typedef enum body_kind { BODY_NONE, BODY_LENT, BODY_FILLED, BODY_OPAQUE, BODY_PUSHED, BODY_KINDS } body_kind;

/* Content on its way out of one side. */
typedef struct body {
  side *from;
  struct exchange *exchange;
  body_kind kind;
  size_t total, at;
  bool trailers; /* follow */
  bool late;     /* the end comes alone */
  bool deferred; /* pull has said so, and nobody has resumed it yet */
  bool done;     /* nothing more to pull or push */
} body;

/* What one side's application knows of an exchange; the stream's user pointer. */
typedef struct note {
  bool heard, answered; /* answered: the final head was submitted */
  unsigned closes;
  rill_close close;
  body body;
  size_t unconsumed;
  bool paused;
  bool held; /* the slot */
} note;

typedef struct exchange {
  uint32_t id;
  bool head_only;   /* the method is HEAD */
  bool tunnel;      /* the method is CONNECT, with or without :protocol */
  bool promised;    /* the server made the request */
  bool unwelcome;   /* promised for an origin that the client will not take it for */
  uint16_t updates; /* by PRIORITY_UPDATE: bits, of urgency and incremental */
  const char *scheme, *authority;
  flow flows[SIDES]; /* by who sends */
  note notes[SIDES];
} exchange;

typedef struct chunk {
  side *from;
  exchange *exchange;
  uint8_t *copy; /* NULL: opaque */
  size_t offset, n, written;
  bool back;
  struct chunk *next;
} chunk;

struct side {
  world *w;
  int who;
  rill_config config;
  rill_context *context;
  rill_conn *conn;
  checked_mem mem;
  size_t context_octets;
  uint8_t *pipe; /* taken from here, not yet given to the other side */
  size_t piped;
  size_t boundary; /* in the pipe, or behind it: where the next frame begins */
  rill_iovec shown[SHOWN_MAX];
  size_t shown_count;
  uint8_t *shown_copy;
  chunk *chunks, **last_chunk;
  unsigned depth;  /* of callbacks */
  unsigned deeds;  /* of callbacks, too */
  bool deleted;    /* from inside a callback, or gone */
  bool ended;      /* this application ended the connection in another way than by a graceful GOAWAY */
  bool closing;    /* it has sent GOAWAY(NO_ERROR) */
  bool starved;    /* rill_conn_recv lacked memory */
  bool last_words; /* a GOAWAY with a code has gone */
  bool eof;
  rill_conn_failure failure; /* the first; err 0: none */
  bool paused;               /* reads nothing */
  unsigned pads;             /* percent of the frames */
  bool pinged;
  uint8_t ping[8];
  uint32_t streams_max; /* the most that the other side was ever told that it may open */
  bool setting;         /* SETTINGS are under way, the first included */
  bool moved;           /* some that changed the windows of streams, whatever these had grown to */
  clock_kind clock;     /* in a wild walk */
  rill_time now;
  uint32_t said, heard, part;         /* frames of an extension: sent, received, octets of the one that is being received */
  uint32_t legacy_said, legacy_heard; /* PRIORITY */
  unsigned services_said, services_heard, stream_services_said, stream_services_heard; /* ALTSVC */
  unsigned named;                                                                      /* bits: by ORIGIN */
  bool names;                                                                          /* has sent such a frame */
  bool retires;                                                                        /* has been told when */
};

struct world {
  const uint8_t *choices; /* what is drawn, as long as there are some; then and otherwise it is random */
  size_t choice_count;
  bool chosen; /* from choices, with which it ends */
  uint64_t random;
  uint64_t seed;
  unsigned step;
  side sides[SIDES];
  exchange *exchanges[EXCHANGES_MAX];
  unsigned exchange_count;
  rill_time now;
  bool clock;
  bool deadly; /* applications may end the connection on a sudden */
  bool wild;
  unsigned spite;     /* then: so many callbacks in 1000 fail, and as many end the connection */
  bool rough;         /* octets change on their way; then what the oracle knows of the other side is worth nothing */
  unsigned roughness; /* percent of the deliveries */
  bool calm;          /* nothing new is begun, and sources do not defer */
  bool loud;
  char *complaint; /* the first; NULL: all is well */
};

/* ---- world.c */
world *world_new(const trial *t);
world *world_chosen(const uint8_t *choices, size_t count); /* wild, rough or neither, with allocations that fail or not */
void walk(world *w, unsigned steps);                       /* fewer, if it does not go well, or choices run out */
char *world_del(world *w);                                 /* the complaint, to be freed; NULL: all is well */
void world_broken(world *w, const char *format, ...) PRINTF_LIKE(2, 3);
void world_differs(world *w, const char *format, ...) PRINTF_LIKE(2, 3); /* likewise, unless the world is rough */
uint64_t draw(world *w, uint64_t below);                                 /* 0 to below - 1 */
bool chance(world *w, unsigned percent);
side *other(side *s);
rill_time side_now(side *s);                  /* for a call that takes the time */
exchange *exchange_of(world *w, uint32_t id); /* NULL: none */
/* The one that this side's stream belongs to. In a rough world one is made for what nobody opened; else NULL. */
exchange *exchange_at(side *s, uint32_t id);
/* Of a call that may change the connection: after del in a callback it is gone. True: it still is there. */
bool settled(side *s, rill_ssize result, const char *call);
/* A result that only a lack of memory or the end of a connection explains. */
void expect_ok(side *s, rill_ssize result, const char *call);
bool is_over(const side *s); /* the connection has ended on this side or the other, in whatever way */
void side_delete(side *s);
bool side_take(side *s);    /* output to the pipe; false: there was none */
bool side_deliver(side *s); /* some of the pipe to the other side */

/* ---- body.c */
uint8_t body_octet(const exchange *x, int who, size_t offset);
void body_plan(body *b, side *s, exchange *x, body_kind kind);
rill_body body_source(body *b);
void body_push(body *b); /* some content, or the end */
void chunk_done(side *s, chunk *c, size_t sent, bool dropped);
void chunks_write(side *s, uint8_t *out, size_t n);
void chunks_free(side *s);

/* ---- app.c */
enum { SELDOM = 8, OFTEN = 25 }; /* percent of the callbacks that do something besides */
void app_callbacks(side *s, rill_callbacks *out);
side *side_of(rill_conn *conn, void *user, const char *what);
side *side_of_late(rill_conn *conn, void *user, const char *what); /* what may come behind the end */
int conn_answer(side *s);                                          /* what a callback does besides, and answers */
void also(side *s, unsigned percent);                              /* likewise, of those that answer nothing */
/* Fields as the other side is to see them, one a line, pseudo-header fields sorted and cookies joined; to be freed. */
char *text_of_fields(const rill_field *fields, size_t count);

/* ---- acts.c */
enum { EXTENSION_TYPE = 0xbe, SAID_WINDOW_MAX = 300100 };
uint32_t extension_size(uint32_t count);          /* of the frame that so many were before */
void do_pause(side *s, uint32_t id, bool paused); /* id 0: the connection */
void act(side *s, bool inside);                   /* anything at all */
void act_on(side *s, exchange *x);                /* what this exchange may need */
void idle(side *s);                               /* time goes by, or memory is trimmed */

/* ---- marks.c */
bool mark(side *s, exchange *x); /* true: it did something that changes nothing in what the stream carries */

/* ---- signals.c */
void signal_callbacks(side *s, rill_callbacks *out);
void do_signal(side *s);
void check_signals(side *s); /* when nothing moves */
bool is_named_origin(side *server, const exchange *x);

/* ---- tamper.c */
void tamper(side *s);                  /* with the pipe, in a rough world */
size_t whole_heads(side *s, size_t n); /* n, or fewer octets of the pipe, so that no frame head is cut whose rest is not there */
void frames_gone(side *s, size_t n);   /* so many octets leave the pipe */

/* ---- quiet.c */
void pump(world *w);        /* until nothing moves */
void check_quiet(world *w); /* after a pump: windows agree */
void rest(world *w);        /* brings all exchanges to their end, and lets time go by */
void finish(world *w);      /* likewise, and checks them */

#endif /* PAIR_WORLD_H */
