/* SPDX-License-Identifier: MIT */
/*
 * arena: octets that live together and go together, such as the strings of one field section.
 *
 * What was taken never moves. A chain of chunks, each at least twice the one before, so that a large section costs few
 * allocations; reset keeps the newest chunk, so that the steady state costs none.
 */
#ifndef RILL__ARENA_H
#define RILL__ARENA_H

#include "base/mem.h"

typedef struct rill__arena_chunk {
  struct rill__arena_chunk *below;
  uint8_t *at, *end; /* the free part of it, which ends with the whole allocation */
} rill__arena_chunk;

typedef struct rill__arena {
  rill__mem *mem;
  rill__arena_chunk *top;
} rill__arena;

void rill__arena_init(rill__arena *arena, rill__mem *mem);
void rill__arena_free(rill__arena *arena);  /* everything; the arena can be used again */
void rill__arena_reset(rill__arena *arena); /* forget what was taken, keep the newest chunk */

/* n octets, not aligned; NULL without memory. n may be 0. */
uint8_t *rill__arena_take(rill__arena *arena, size_t n);

/* Gives back the end of the last take, from `from` on. */
static inline void rill__arena_untake(rill__arena *arena, uint8_t *from) { arena->top->at = from; }

#endif /* RILL__ARENA_H */
