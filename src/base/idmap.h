/* SPDX-License-Identifier: MIT */
/*
 * idmap: from a number above 0 to a pointer. Open addressing with a seeded hash: a key stands at its home or at most so many
 * slots behind it; one that finds no place there goes into a list beside the table, sorted by key. So whoever picks keys that
 * collide makes nobody walk further than that many slots and the steps of a binary search, whether they know the seed or not.
 *
 * A slot also says how far behind it the keys stand whose home it is; so nothing moves when a key is removed. In the list it
 * leaves its place, which goes when the list is full.
 *
 * Invariants: table is 0 or a power of 2; count <= table * 3/4; size = table + listed_cap; keys that come in their order, as
 * stream ids do, are put at the end of the list.
 */
#ifndef RILL__IDMAP_H
#define RILL__IDMAP_H

#include "base/mem.h"

enum { RILL__IDMAP_REACH = 16 };

typedef struct rill__idmap_slot rill__idmap_slot;
typedef struct rill__idmap_listed rill__idmap_listed;

typedef struct rill__idmap {
  rill__idmap_slot *slots;
  rill__idmap_listed *listed;
  uint32_t size, count; /* places to walk; keys */
  uint32_t table;       /* slots */
  uint32_t listed_count, listed_cap;
  uint32_t listed_gone; /* of listed_count, removed */
  uint32_t seed;        /* odd */
} rill__idmap;

void rill__idmap_init(rill__idmap *map, uint64_t seed);
void rill__idmap_free(rill__idmap *map, rill__mem *mem);
void *rill__idmap_get(const rill__idmap *map, uint32_t key);                       /* NULL if absent */
bool rill__idmap_put(rill__idmap *map, rill__mem *mem, uint32_t key, void *value); /* key is absent; false without memory */
void rill__idmap_remove(rill__idmap *map, uint32_t key);                           /* key is there */

/* To walk all: the value in a place from 0 to size - 1, or NULL. A put in between spoils the walk, a remove does not. */
void *rill__idmap_at(const rill__idmap *map, uint32_t place);

#endif /* RILL__IDMAP_H */
