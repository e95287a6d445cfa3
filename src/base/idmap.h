/* SPDX-License-Identifier: MIT */
/*
 * idmap: from a number above 0 to a pointer. Open addressing with linear probing and a seeded hash; deletion shifts back, so
 * there are no tombstones and a probe is as long as it would be if what was deleted had never been.
 *
 * Invariants: size is 0 or a power of 2; count <= size * 3/4; every key is reachable from its home without an empty slot between.
 */
#ifndef RILL__IDMAP_H
#define RILL__IDMAP_H

#include "base/mem.h"

typedef struct rill__idmap_slot rill__idmap_slot;

typedef struct rill__idmap {
  rill__idmap_slot *slots;
  uint32_t size, count;
  uint32_t seed; /* odd */
} rill__idmap;

void rill__idmap_init(rill__idmap *map, uint64_t seed);
void rill__idmap_free(rill__idmap *map, rill__mem *mem);
void *rill__idmap_get(const rill__idmap *map, uint32_t key);                       /* NULL if absent */
bool rill__idmap_put(rill__idmap *map, rill__mem *mem, uint32_t key, void *value); /* key is absent; false without memory */
void rill__idmap_remove(rill__idmap *map, uint32_t key);                           /* key is there */

/* To walk all: the value in a slot from 0 to size - 1, or NULL. A put or remove in between spoils the walk. */
void *rill__idmap_at(const rill__idmap *map, uint32_t slot);

#endif /* RILL__IDMAP_H */
