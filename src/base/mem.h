/* SPDX-License-Identifier: MIT */
/*
 * mem: the user's allocator, accounted and limited. Everything that rill allocates goes through one of these.
 *
 * Invariants: used is the sum of all live sizes; nothing grows it above limit; used <= peak.
 */
#ifndef RILL__MEM_H
#define RILL__MEM_H

#include <rill/types.h>

typedef struct rill__mem {
  rill_mem user;
  size_t used, peak, limit;
  bool refused; /* the last failure was the limit's, not the allocator's */
} rill__mem;

/* user may be NULL, or have resize NULL: the C library. */
void rill__mem_init(rill__mem *mem, const rill_mem *user, size_t limit);

/* As rill_mem.resize. NULL also when the limit would be passed; then nothing changes. */
void *rill__mem_resize(rill__mem *mem, void *p, size_t old_size, size_t new_size);

static inline void *rill__mem_alloc(rill__mem *mem, size_t size) { return rill__mem_resize(mem, NULL, 0, size); }

/* p may be NULL. */
static inline void rill__mem_free(rill__mem *mem, void *p, size_t size) {
  if (p != NULL) (void)rill__mem_resize(mem, p, size, 0);
}

#endif /* RILL__MEM_H */
