/* SPDX-License-Identifier: MIT */
/*
 * time: what of a connection has to do with time, and with its end by will. Included by conn.h alone, where the struct is known.
 */
#ifndef RILL__TIME_H
#define RILL__TIME_H

/* ---- time.c */
/* The clock went back: what is measured goes on from there, as if no time had passed. */
void rill__time_rewind(rill_conn *c, rill_time now);
/* Sees what has begun or ended since the last timed call. */
void rill__time_arm(rill_conn *c);
/* A control frame of ours was taken. */
void rill__note_taken(rill_conn *c, rill__taken taken);
/* From `then` to now, for whoever asked; and noted as the last round trip. 0: there is no clock. */
rill_time rill__note_round_trip(rill_conn *c, rill_time then);
void rill__judge_ping(rill_conn *c);
/* The sum, or RILL_NEVER if either is none or there is none. */
static inline rill_time rill__later(rill_time then, rill_time by) {
  return then < RILL_NO_CLOCK && by < RILL_NO_CLOCK - then ? then + by : RILL_NEVER;
}

/* ---- stall.c */
bool rill__is_choked(const rill_conn *c); /* content that could go by its streams' windows does not */
void rill__stall_start(rill_conn *c);
void rill__stall_look(rill_conn *c);
void rill__stall_due(rill_conn *c);
/* n octets of a stream's content came or went; not once it is closed. */
static inline void rill__stall_moved(rill__stream *s, uint32_t n) {
  uint32_t room = (uint32_t)INT32_MAX - (s->patience & (uint32_t)INT32_MAX);
  s->patience += n < room ? n : room;
}
/* Its source has nothing to say. */
void rill__stall_calm(const rill_conn *c, rill__stream *s);

/* ---- shutdown.c */
void rill__goaway_final(rill_conn *c);
void rill__shut_down(rill_conn *c, rill_time limit);
/* So many streams were opened that the connection retires. */
void rill__retire_full(rill_conn *c);
/* The peer has spent so much that the connection retires. */
void rill__retire_spent(rill_conn *c);

#endif /* RILL__TIME_H */
