/* SPDX-License-Identifier: MIT */
/*
 * attacks: what hostile peers are known to do, driven for as many frames as one likes, and what it costs.
 *
 *   *.talk        the catalogue, in the language of tests/talk; see the head of floods.talk for what is added to it
 *   catalogue.c   transcripts to attacks: what comes first, what is repeated, what goes up from one period to the next
 *   drive.c       one attack against one configuration: reads of 1,460 octets, an application, the output, what must hold
 *   measured.c    the two functions whose instructions are counted, alone, so that they are never inlined
 *   main.c        the program: the table
 *   run.sh        the table with instructions, by callgrind
 */
#ifndef TESTS_ATTACKS_H
#define TESTS_ATTACKS_H

#include "talk/script.h"

typedef struct attack {
  const talk *t;
  octets begin, period; /* begin: the peer's preface included */
  size_t frames;        /* of a period */
  size_t *marks;        /* where in a period there are ids that go up by `stride` from one to the next */
  size_t mark_count;
  uint32_t stride;

  /* the application */
  uint32_t last_asked; /* clients: the id up to which requests are needed for the first period; 0: for none */
  bool asks_more;      /* each period is about others */
  bool asks, sends, cancels, answers, holds, resets, leaves;
  size_t body;   /* octets of content of each request or response */
  size_t fields; /* of each response, beside :status */
  size_t pushes; /* promises with each request */
  bool untaken;  /* nobody takes the output */
  size_t sip;    /* octets of it that are taken behind each read; 0: all */
} attack;

typedef struct attacks {
  talks talks;
  attack *at;
  size_t n;
} attacks;

/* All attacks of these .talk files, whose names must stay. */
void attacks_read(attacks *out, const char *const *files, int count);
void attacks_free(attacks *all);

typedef struct terms {
  uint64_t frames, octets; /* to feed, whichever comes first */
  bool budgets;            /* as they are by default; false: off, and a new connection begins where one has ended */
  bool checks;             /* looks at each frame that is sent, which costs instructions */
} terms;

typedef struct outcome {
  uint64_t frames, octets; /* that were fed */
  uint64_t ended_at;       /* the first connection: so many frames were read until it ended; 0: it did not */
  rill_why why;            /* of that */
  bool waits;              /* it reads no more until output is taken, or the attack can't go on */
  uint64_t connections;
  size_t peak;       /* of live memory of a connection */
  size_t pending;    /* the most output that was there at once, DATA frames excepted */
  const char *wrong; /* what did not hold; NULL: all did */
} outcome;

outcome attack_drive(const attack *a, const terms *how);

/* ---- measured.c */
rill_ssize attacks_recv(rill_conn *conn, const uint8_t *p, size_t n);
rill_ssize attacks_send(rill_conn *conn, uint8_t *p, size_t cap);
void attacks_next(void); /* between two attacks */

#endif /* TESTS_ATTACKS_H */
