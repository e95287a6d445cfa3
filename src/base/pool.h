/* SPDX-License-Identifier: MIT */
/*
 * pool: objects of one size, taken and put back without asking the allocator each time. Objects never move.
 *
 * Chunks double in size up to a bound; a chunk is given back only with all of them, once no object is live. Objects are aligned
 * as pointers and 64-bit numbers are.
 */
#ifndef RILL__POOL_H
#define RILL__POOL_H

#include "base/mem.h"

typedef struct rill__pool_chunk rill__pool_chunk;

typedef struct rill__pool {
  rill__pool_chunk *chunks; /* newest first */
  void *free;               /* each free object begins with a pointer to the next */
  uint32_t object_size;     /* a multiple of a pointer's, so that each can hold the pointer to the next */
  uint32_t live;
} rill__pool;

void rill__pool_init(rill__pool *pool, size_t object_size); /* above 0 */
void *rill__pool_take(rill__pool *pool, rill__mem *mem);    /* zeroed; NULL without memory */
void rill__pool_put(rill__pool *pool, void *object);
void rill__pool_trim(rill__pool *pool, rill__mem *mem); /* gives all chunks back if no object is live */
void rill__pool_free(rill__pool *pool, rill__mem *mem); /* gives all chunks back, whatever lives in them */

#endif /* RILL__POOL_H */
