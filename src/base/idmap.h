/* SPDX-License-Identifier: MIT */
/*
 * idmap: a store of objects of one size, found by a number above 0, the key, with which each begins. Objects never move.
 *
 * They live in chunks, which double in size up to a bound, and each has a place there, which is a number of 32 bits: lists and
 * the table below have those in 4 octets, where pointers would take twice as many. Chunks are given back only with all of them.
 *
 * The table is open addressing, made for stream ids, which come in their order, step 2, of two parities: the home of a key is
 * key / 2, those of even keys half the table away. So those of one parity, in their order, all stand at home, where a hash would
 * scatter them. A key stands at its home or in the few slots behind it; one that finds no slot there goes into a list beside the
 * table, sorted by key. So whoever picks keys that collide makes nobody walk further than those slots and the steps of a binary
 * search.
 *
 * A slot also says how far behind it the keys stand whose home it is; so nothing moves when a key is removed, and one that is
 * not there costs a look at its home. In the list a key leaves its place, which goes when the list is full.
 *
 * Invariants: table is 0 or a power of 2; count <= table * 3/4; keys that come in their order are put at the end of the list; an
 * object that is free begins with 0.
 */
#ifndef RILL__IDMAP_H
#define RILL__IDMAP_H

#include "base/mem.h"
#include <string.h>

enum { RILL__IDMAP_REACH = 15, RILL__IDMAP_REACH_BITS = 4, RILL__IDMAP_CHUNK = 64, RILL__IDMAP_WHOLE = 6 };

typedef struct rill__idmap_list rill__idmap_list;

typedef struct rill__idmap {
  uint8_t **chunks;       /* from number 1 on, so that no place is 0 */
  uint32_t *slots;        /* place << 4 | reach; place 0: empty */
  rill__idmap_list *list; /* NULL: all are in the table */
  uint32_t object_size;   /* a multiple of 8 */
  uint32_t size, count;   /* places to walk; keys */
  uint32_t table;         /* slots */
  uint32_t free;          /* the place of an object that is free; 0: there is none */
} rill__idmap;

void rill__idmap_init(rill__idmap *map, size_t object_size);           /* 8 or more */
void rill__idmap_free(rill__idmap *map, rill__mem *mem);               /* gives all back, whatever lives in it */
void *rill__idmap_add(rill__idmap *map, rill__mem *mem, uint32_t key); /* key is absent; zeroed but for it; NULL without memory */
void rill__idmap_remove(rill__idmap *map, uint32_t key);               /* key is there */

/* The place of a key; 0 if it is absent. */
uint32_t rill__idmap_place(const rill__idmap *map, uint32_t key);

/* The object in a place where there is one. */
static inline void *rill__idmap_object(const rill__idmap *map, uint32_t place) {
  return map->chunks[place / RILL__IDMAP_CHUNK] + (size_t)(place % RILL__IDMAP_CHUNK) * map->object_size;
}

static inline uint32_t rill__idmap_key(const void *object) {
  uint32_t key;
  memcpy(&key, object, sizeof key);
  return key;
}

/* The places of a chunk that has not all of them are the first. */
static inline uint32_t rill__idmap_chunk_objects(uint32_t number) {
  return number < RILL__IDMAP_WHOLE ? UINT32_C(1) << number : RILL__IDMAP_CHUNK;
}

/* To walk all, from 0 on: the next object in *place or behind it, which is set behind that one, or NULL. An add or a remove in
 * between does no harm. */
void *rill__idmap_next(const rill__idmap *map, uint32_t *place);

static inline uint32_t rill__idmap_home(const rill__idmap *map, uint32_t key) {
  return (key / 2 + (key % 2 != 0 ? 0 : map->table / 2)) & (map->table - 1);
}

/* NULL if absent. Most keys are at home, and most that are not there were. */
void *rill__idmap_seek(const rill__idmap *map, uint32_t key);
static inline void *rill__idmap_get(const rill__idmap *map, uint32_t key) {
  if (map->table == 0) return NULL;
  uint32_t place = map->slots[rill__idmap_home(map, key)] >> RILL__IDMAP_REACH_BITS;
  void *object = place == 0 ? NULL : rill__idmap_object(map, place);
  return object != NULL && rill__idmap_key(object) == key ? object : rill__idmap_seek(map, key);
}

#endif /* RILL__IDMAP_H */
