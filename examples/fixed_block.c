/* SPDX-License-Identifier: MIT */
/*
 * An allocator over one block. rill tells the size of what it gives back, so that nothing is kept beside what is in use: the free
 * parts alone are written down, in themselves, as a list in the order of addresses.
 *
 * First fit keeps the low end full and the high end in one piece; what is given back grows together with its neighbours at once;
 * what grows stays in place if there is a hole behind it. A call walks over the holes, of which a connection has a few.
 */
#include "fixed.h"

#include <string.h>

static size_t granules(size_t octets) { return octets / sizeof(fixed_granule) + (octets % sizeof(fixed_granule) != 0); }

void fixed_begin(fixed_block *block, fixed_granule *first, size_t n) {
  *block = (fixed_block){first, first, n, 0, 0};
  first->next = NULL;
  first->n = n;
}

bool fixed_is_whole(const fixed_block *block) { return block->holes == block->first && block->first->n == block->n; }

/* The first n of a hole that has as many; *at is what points to it. */
static void *cut(fixed_block *block, fixed_granule **at, size_t n) {
  fixed_granule *hole = *at, *next = hole->next;
  size_t rest = hole->n - n;
  if (rest != 0) {
    *at = hole + n;
    (*at)->next = next;
    (*at)->n = rest;
  } else {
    *at = next;
  }
  block->used += n;
  if (block->used > block->peak) block->peak = block->used;
  return hole;
}

static void *take(fixed_block *block, size_t n) {
  for (fixed_granule **at = &block->holes; *at != NULL; at = &(*at)->next) {
    if ((*at)->n >= n) return cut(block, at, n);
  }
  return NULL;
}

/* A hole that ends where the next begins is one with it. */
static void join(fixed_granule *hole) {
  fixed_granule *next = hole->next;
  if (hole + hole->n != next) return;
  hole->n += next->n;
  hole->next = next->next;
}

static void give(fixed_block *block, fixed_granule *p, size_t n) {
  fixed_granule *before = NULL, **at = &block->holes;
  for (; *at != NULL && *at < p; at = &before->next)
    before = *at;
  p->next = *at;
  p->n = n;
  *at = p;
  block->used -= n;
  join(p);
  if (before != NULL) join(before);
}

static bool grow(fixed_block *block, const fixed_granule *end, size_t n) {
  fixed_granule **at = &block->holes;
  while (*at != NULL && *at < end)
    at = &(*at)->next;
  bool fits = *at == end && (*at)->n >= n;
  if (fits) (void)cut(block, at, n);
  return fits;
}

static void *resize(void *user, void *p, size_t old_size, size_t new_size) {
  fixed_block *block = user;
  size_t old = granules(old_size), n = granules(new_size);
  fixed_granule *begin = p;
  if (begin == NULL) return take(block, n);
  if (n < old) give(block, begin + n, old - n);
  if (n <= old) return n == 0 ? NULL : p;
  if (grow(block, begin + old, n - old)) return p;
  void *moved = take(block, n);
  if (moved == NULL) return NULL;
  memcpy(moved, p, old_size);
  give(block, begin, old);
  return moved;
}

rill_mem fixed_mem(fixed_block *block) { return (rill_mem){resize, block}; }
