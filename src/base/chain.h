/* SPDX-License-Identifier: MIT */
/*
 * chain: a queue of octets whose addresses stay until they are dropped. Blocks are linked, never moved.
 *
 * A cursor parts what was seen (shown to somebody, still held) from what was not: append at the end, see from the cursor, drop
 * from the front. Octets appended by one reserve stand in one piece. The last block stays when the chain runs empty, so that the
 * steady state allocates nothing; rill__chain_free() gives it back.
 *
 * Invariants: size = seen + unseen octets; the cursor lies in a block of the chain, or is NULL with no block at all; no block but
 * the last is empty.
 */
#ifndef RILL__CHAIN_H
#define RILL__CHAIN_H

#include "base/mem.h"

typedef struct rill__chain_block rill__chain_block;

struct rill__chain_block {
  rill__chain_block *next;
  size_t cap;
  size_t begin, seen, end; /* begin <= seen <= end <= cap: dropped, seen, unseen, free */
};

typedef struct rill__chain {
  rill__chain_block *first, *last; /* last: where it is appended */
  rill__chain_block *cursor;       /* where the first unseen octet is or will be */
  size_t size, unseen;
} rill__chain;

static inline uint8_t *rill__chain_octets(rill__chain_block *block) { return (uint8_t *)(block + 1); }

/* Room for n octets in one piece at the end, uninitialised; NULL without memory. Commit at most n before the next call. */
uint8_t *rill__chain_grow(rill__chain *chain, rill__mem *mem, size_t n);
static inline uint8_t *rill__chain_reserve(rill__chain *chain, rill__mem *mem, size_t n) {
  rill__chain_block *last = chain->last;
  return last != NULL && n <= last->cap - last->end ? rill__chain_octets(last) + last->end : rill__chain_grow(chain, mem, n);
}

static inline void rill__chain_commit(rill__chain *chain, size_t n) {
  if (n == 0) return;
  chain->last->end += n;
  chain->size += n;
  chain->unseen += n;
}

/* The unseen octets that stand in one piece at the cursor. There are some. */
static inline rill_view rill__chain_next(rill__chain *chain) {
  while (chain->cursor->seen == chain->cursor->end)
    chain->cursor = chain->cursor->next;
  return (rill_view){rill__chain_octets(chain->cursor) + chain->cursor->seen, chain->cursor->end - chain->cursor->seen};
}

/* Likewise; n is 0 if there are none. */
static inline rill_view rill__chain_look(rill__chain *chain) {
  return chain->unseen == 0 ? (rill_view){NULL, 0} : rill__chain_next(chain);
}

static inline void rill__chain_see(rill__chain *chain, size_t n) { /* n <= what look gave */
  if (n == 0) return;
  chain->cursor->seen += n;
  chain->unseen -= n;
}

void rill__chain_drop(rill__chain *chain, rill__mem *mem, size_t n); /* n <= what was seen */

/* To walk the unseen octets, piece by piece: *at is NULL at first; n is 0 at the end. Nothing may change in between. */
rill_view rill__chain_walk(const rill__chain *chain, const void **at);

/* Forgets the unseen octets from `from` on, the address of one of them. */
void rill__chain_cut(rill__chain *chain, rill__mem *mem, const uint8_t *from);

void rill__chain_free(rill__chain *chain, rill__mem *mem);

#endif /* RILL__CHAIN_H */
