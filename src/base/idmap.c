/* SPDX-License-Identifier: MIT */
#include "base/idmap.h"

#include <string.h>

enum { SIZE_MIN_SLOTS = 8, LISTED_MIN = 8 };

struct rill__idmap_slot {
  void *value;
  uint32_t key;   /* 0: empty */
  uint32_t reach; /* the keys whose home this is stand in so many slots from here */
};

struct rill__idmap_listed {
  void *value; /* NULL: removed */
  uint32_t key;
};

void rill__idmap_init(rill__idmap *map, uint64_t seed) {
  *map = (rill__idmap){.seed = (uint32_t)(seed ^ seed >> 32) * 2654435769U | 1};
}

void rill__idmap_free(rill__idmap *map, rill__mem *mem) {
  rill__mem_free(mem, map->slots, map->table * sizeof *map->slots);
  rill__mem_free(mem, map->listed, map->listed_cap * sizeof *map->listed);
  *map = (rill__idmap){.seed = map->seed};
}

/*
 * Ids come evenly spaced. One multiplication alone would leave them so, and then one seed in forty heaps them up; what is folded
 * down between the multiplications breaks the spacing.
 */
static uint32_t home(const rill__idmap *map, uint32_t key) {
  uint32_t mixed = key * map->seed;
  mixed = (mixed ^ mixed >> 16) * 0x9e3779b1U;
  mixed = (mixed ^ mixed >> 15) * 0x85ebca6bU;
  return (mixed ^ mixed >> 16) & (map->table - 1);
}

static rill__idmap_slot *slot_at(const rill__idmap *map, uint32_t number) { return &map->slots[number & (map->table - 1)]; }

/* ---- the list ----------------------------------------------------------------------------------------------------------- */

/* The place of the first key that is not below this one. */
static uint32_t place_of(const rill__idmap *map, uint32_t key) {
  uint32_t low = 0, high = map->listed_count;
  if (high != 0 && map->listed[high - 1].key < key) return high;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (map->listed[middle].key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static rill__idmap_listed *find_listed(const rill__idmap *map, uint32_t key) {
  uint32_t place = place_of(map, key);
  bool there = place < map->listed_count && map->listed[place].key == key;
  return there ? &map->listed[place] : NULL;
}

static void compact(rill__idmap *map) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < map->listed_count; i++) {
    if (map->listed[i].value != NULL) map->listed[kept++] = map->listed[i];
  }
  map->listed_count = kept;
  map->listed_gone = 0;
}

/* A place at the end of the list; those that are gone make it if there are many, so that each is moved seldom. */
static bool list_grow(rill__idmap *map, rill__mem *mem) {
  if (map->listed_count < map->listed_cap) return true;
  if (map->listed_gone > map->listed_cap / 4) {
    compact(map);
    return true;
  }
  uint32_t cap = map->listed_cap == 0 ? LISTED_MIN : map->listed_cap * 2;
  if (cap > UINT32_MAX / 2 / sizeof *map->listed) return false;
  rill__idmap_listed *listed = rill__mem_resize(mem, map->listed, map->listed_cap * sizeof *listed, cap * sizeof *listed);
  if (listed == NULL) return false;
  map->listed = listed;
  map->listed_cap = cap;
  map->size = map->table + cap;
  return true;
}

static bool list(rill__idmap *map, rill__mem *mem, uint32_t key, void *value) {
  rill__idmap_listed *gone = find_listed(map, key);
  if (gone != NULL) {
    gone->value = value;
    map->listed_gone--;
    return true;
  }
  if (!list_grow(map, mem)) return false;
  uint32_t place = place_of(map, key);
  rill__idmap_listed *at = &map->listed[place];
  memmove(at + 1, at, (map->listed_count - place) * sizeof *at);
  *at = (rill__idmap_listed){value, key};
  map->listed_count++;
  return true;
}

static void unlist(rill__idmap *map, uint32_t key) {
  map->listed[place_of(map, key)].value = NULL;
  if (++map->listed_gone == map->listed_count) map->listed_count = map->listed_gone = 0;
}

/* ---- the table ---------------------------------------------------------------------------------------------------------- */

static rill__idmap_slot *find(const rill__idmap *map, uint32_t key) {
  uint32_t at = home(map, key);
  rill__idmap_slot *slot = &map->slots[at];
  if (slot->key == key) return slot;
  for (uint32_t left = slot->reach; left > 1; left--) {
    slot = slot_at(map, ++at);
    if (slot->key == key) return slot;
  }
  return NULL;
}

void *rill__idmap_get(const rill__idmap *map, uint32_t key) {
  if (map->table == 0) return NULL;
  const rill__idmap_slot *slot = find(map, key);
  if (slot != NULL) return slot->value;
  const rill__idmap_listed *listed = map->listed_count == 0 ? NULL : find_listed(map, key);
  return listed == NULL ? NULL : listed->value;
}

static bool seat(rill__idmap *map, rill__mem *mem, uint32_t key, void *value) {
  uint32_t from = home(map, key);
  for (uint32_t i = 0; i < RILL__IDMAP_REACH; i++) {
    rill__idmap_slot *slot = slot_at(map, from + i), *first = slot_at(map, from);
    if (slot->key != 0) continue;
    slot->key = key;
    slot->value = value;
    if (first->reach <= i) first->reach = i + 1;
    return true;
  }
  return list(map, mem, key, value);
}

static bool seat_all(rill__idmap *map, rill__mem *mem, const rill__idmap *from) {
  for (uint32_t i = 0; i < from->size; i++) {
    void *value = rill__idmap_at(from, i);
    if (value == NULL) continue;
    uint32_t key = i < from->table ? from->slots[i].key : from->listed[i - from->table].key;
    if (!seat(map, mem, key, value)) return false;
  }
  return true;
}

static bool grow(rill__idmap *map, rill__mem *mem) {
  rill__idmap bigger = {.seed = map->seed, .count = map->count};
  bigger.table = bigger.size = map->table == 0 ? SIZE_MIN_SLOTS : map->table * 2;
  if (bigger.table > UINT32_MAX / 2 / sizeof *map->slots) return false;
  bigger.slots = rill__mem_alloc(mem, bigger.table * sizeof *map->slots);
  if (bigger.slots == NULL) return false;
  memset(bigger.slots, 0, bigger.table * sizeof *map->slots);
  bool all = seat_all(&bigger, mem, map);
  rill__idmap_free(all ? map : &bigger, mem);
  if (all) *map = bigger;
  return all;
}

bool rill__idmap_put(rill__idmap *map, rill__mem *mem, uint32_t key, void *value) {
  if (map->count >= map->table / 4 * 3 && !grow(map, mem)) return false;
  if (!seat(map, mem, key, value)) return false;
  map->count++;
  return true;
}

void rill__idmap_remove(rill__idmap *map, uint32_t key) {
  uint32_t from = home(map, key);
  rill__idmap_slot *first = slot_at(map, from), *slot = find(map, key);
  map->count--;
  if (slot == NULL) {
    unlist(map, key);
    return;
  }
  slot->key = 0;
  slot->value = NULL;
  for (; first->reach != 0; first->reach--) { /* down to the furthest that is left */
    const rill__idmap_slot *last = slot_at(map, from + first->reach - 1);
    if (last->key != 0 && home(map, last->key) == (from & (map->table - 1))) return;
  }
}

void *rill__idmap_at(const rill__idmap *map, uint32_t place) {
  if (place < map->table) return map->slots[place].value;
  return place - map->table < map->listed_count ? map->listed[place - map->table].value : NULL;
}
