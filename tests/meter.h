/* SPDX-License-Identifier: MIT */
/*
 * meter: an allocator that counts, to be handed to a library under test.
 *
 * It knows the size of each block, so that it can be given to libraries that do not say the old size, and can tell when one that
 * does says a wrong one. Sizes are as asked for; what the meter adds in front of a block is not counted. Not for use by several
 * threads.
 *
 * Invariants: live is the sum of the sizes of all blocks; live <= peak; broken stays set.
 */
#ifndef RILL_TEST_METER_H
#define RILL_TEST_METER_H

#include <rill/types.h>
#include <stdlib.h>

typedef struct meter {
  size_t live, peak; /* octets */
  size_t blocks;     /* now */
  size_t takes;      /* blocks asked for and blocks made larger, in all */
  bool broken;       /* an old size was wrong */
} meter;

typedef union meter_tag {
  size_t size;
  max_align_t align;
} meter_tag;

static inline void meter_free(meter *m, void *p) {
  if (p == NULL) return;
  meter_tag *tag = (meter_tag *)p - 1;
  m->live -= tag->size;
  m->blocks--;
  free(tag);
}

/* realloc, counted: p may be NULL. */
static inline void *meter_grow(meter *m, void *p, size_t n) {
  meter_tag *tag = p == NULL ? NULL : (meter_tag *)p - 1;
  size_t old = tag == NULL ? 0 : tag->size;
  meter_tag *now = n > SIZE_MAX - sizeof(meter_tag) ? NULL : realloc(tag, sizeof(meter_tag) + n);
  if (now == NULL) return NULL;
  now->size = n;
  m->live = m->live - old + n;
  if (m->live > m->peak) m->peak = m->live;
  if (p == NULL) m->blocks++;
  if (n > old) m->takes++;
  return now + 1;
}

static inline void *meter_resize(void *user, void *p, size_t old_size, size_t new_size) {
  meter *m = user;
  if (old_size != (p == NULL ? 0 : ((meter_tag *)p - 1)->size)) m->broken = true;
  if (new_size != 0) return meter_grow(m, p, new_size);
  meter_free(m, p);
  return NULL;
}

static inline rill_mem meter_mem(meter *m) { return (rill_mem){meter_resize, m}; }

#endif /* RILL_TEST_METER_H */
