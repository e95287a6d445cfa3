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
void rill__arena_free(rill__arena *arena); /* everything; the arena can be used again */

/* Where there is no place for them, or more than one chunk. */
uint8_t *rill__arena_take_more(rill__arena *arena, size_t n);
void rill__arena_free_below(rill__arena *arena);

/* Forget what was taken, keep the newest chunk. */
static inline void rill__arena_reset(rill__arena *arena) {
  rill__arena_chunk *top = arena->top;
  if (top == NULL) return;
  top->at = (uint8_t *)(top + 1);
  if (top->below != NULL) rill__arena_free_below(arena);
}

/* n octets, not aligned; NULL without memory. n may be 0. */
static inline uint8_t *rill__arena_take(rill__arena *arena, size_t n) {
  rill__arena_chunk *top = arena->top;
  if (top == NULL || n > (size_t)(top->end - top->at)) return rill__arena_take_more(arena, n);
  uint8_t *p = top->at;
  top->at += n;
  return p;
}

/* Gives back the end of the last take, from `from` on. */
static inline void rill__arena_untake(rill__arena *arena, uint8_t *from) { arena->top->at = from; }

#endif /* RILL__ARENA_H */
