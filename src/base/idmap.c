/* SPDX-License-Identifier: MIT */
#include "base/idmap.h"

#include <string.h>

enum { SIZE_MIN_SLOTS = 8 };

struct rill__idmap_slot {
  void *value;
  uint32_t key; /* 0: empty */
};

void rill__idmap_init(rill__idmap *map, uint64_t seed) {
  *map = (rill__idmap){NULL, 0, 0, (uint32_t)(seed ^ seed >> 32) * 2654435769U | 1};
}

void rill__idmap_free(rill__idmap *map, rill__mem *mem) {
  rill__mem_free(mem, map->slots, map->size * sizeof *map->slots);
  map->slots = NULL;
  map->size = map->count = 0;
}

/*
 * Ids come evenly spaced. One multiplication alone would leave them so, and then one seed in forty heaps them up; what is folded
 * down between the multiplications breaks the spacing.
 */
static uint32_t home(const rill__idmap *map, uint32_t key) {
  uint32_t mixed = key * map->seed;
  mixed = (mixed ^ mixed >> 16) * 0x9e3779b1U;
  mixed = (mixed ^ mixed >> 15) * 0x85ebca6bU;
  return (mixed ^ mixed >> 16) & (map->size - 1);
}

static uint32_t find(const rill__idmap *map, uint32_t key) {
  uint32_t at = home(map, key);
  while (map->slots[at].key != key && map->slots[at].key != 0)
    at = (at + 1) & (map->size - 1);
  return at;
}

void *rill__idmap_get(const rill__idmap *map, uint32_t key) { return map->size == 0 ? NULL : map->slots[find(map, key)].value; }

static bool grow(rill__idmap *map, rill__mem *mem) {
  rill__idmap bigger = *map;
  bigger.size = map->size == 0 ? SIZE_MIN_SLOTS : map->size * 2;
  if (bigger.size > UINT32_MAX / sizeof *map->slots) return false;
  bigger.slots = rill__mem_alloc(mem, bigger.size * sizeof *map->slots);
  if (bigger.slots == NULL) return false;
  memset(bigger.slots, 0, bigger.size * sizeof *map->slots);
  for (uint32_t i = 0; i < map->size; i++) {
    if (map->slots[i].key != 0) bigger.slots[find(&bigger, map->slots[i].key)] = map->slots[i];
  }
  rill__mem_free(mem, map->slots, map->size * sizeof *map->slots);
  *map = bigger;
  return true;
}

bool rill__idmap_put(rill__idmap *map, rill__mem *mem, uint32_t key, void *value) {
  if (map->count >= map->size / 4 * 3 && !grow(map, mem)) return false;
  map->slots[find(map, key)] = (rill__idmap_slot){value, key};
  map->count++;
  return true;
}

void rill__idmap_remove(rill__idmap *map, uint32_t key) {
  uint32_t mask = map->size - 1;
  uint32_t hole = find(map, key);
  for (uint32_t at = (hole + 1) & mask; map->slots[at].key != 0; at = (at + 1) & mask) {
    uint32_t wanted = home(map, map->slots[at].key);
    if (((at - wanted) & mask) < ((at - hole) & mask)) continue; /* its home lies behind the hole: it stays */
    map->slots[hole] = map->slots[at];
    hole = at;
  }
  map->slots[hole] = (rill__idmap_slot){NULL, 0};
  map->count--;
}

void *rill__idmap_at(const rill__idmap *map, uint32_t slot) { return map->slots[slot].value; }
