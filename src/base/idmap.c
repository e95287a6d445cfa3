/* SPDX-License-Identifier: MIT */
#include "base/idmap.h"

enum {
  CHUNK = RILL__IDMAP_CHUNK,
  CHUNKS_MIN = 4,
  SLOTS_MIN = 8,
  LISTED_MIN = 8,
  REACH_BITS = RILL__IDMAP_REACH_BITS,
  REACH_MASK = 15
};

/* The first chunk is number 1, so that no place is 0. There are so many places that a slot can name. */
static const uint32_t PLACES_END = UINT32_C(1) << (32 - REACH_BITS);

_Static_assert(RILL__IDMAP_REACH <= (int)REACH_MASK, "a slot holds the reach");

typedef struct listed {
  uint32_t key;
  uint32_t place; /* 0: removed */
} listed;

struct rill__idmap_list {
  uint32_t count, cap;
  uint32_t gone; /* of count, removed */
  listed at[];
};

static size_t list_size(uint32_t cap) { return sizeof(rill__idmap_list) + cap * sizeof(listed); }

void rill__idmap_init(rill__idmap *map, size_t object_size) {
  *map = (rill__idmap){.object_size = (uint32_t)((object_size + 7) / 8 * 8)};
}

/* ---- objects ------------------------------------------------------------------------------------------------------------ */

/* Of the array of chunks, for so many; it doubles. */
static uint32_t chunks_cap(uint32_t count) {
  uint32_t cap = CHUNKS_MIN;
  while (cap < count)
    cap *= 2;
  return cap;
}

/* What is free begins with 0 and the place of the next that is. */
static void set_free(rill__idmap *map, uint32_t place) {
  const uint32_t words[2] = {0, map->free};
  memcpy(rill__idmap_object(map, place), words, sizeof words);
  map->free = place;
}

static bool chunks_grow(rill__idmap *map, rill__mem *mem, uint32_t count) {
  uint32_t before = map->size == 0 ? 0 : chunks_cap(count), cap = chunks_cap(count + 1);
  if (before == cap) return true;
  uint8_t **chunks = rill__mem_resize(mem, map->chunks, before * sizeof *chunks, cap * sizeof *chunks);
  if (chunks != NULL) map->chunks = chunks;
  return chunks != NULL;
}

static bool objects_grow(rill__idmap *map, rill__mem *mem) {
  uint32_t number = map->size == 0 ? 1 : map->size / CHUNK, objects = rill__idmap_chunk_objects(number);
  if (number >= PLACES_END / CHUNK) return false;
  uint8_t *chunk = rill__mem_alloc(mem, (size_t)objects * map->object_size);
  if (chunk == NULL) return false;
  if (!chunks_grow(map, mem, number)) {
    rill__mem_free(mem, chunk, (size_t)objects * map->object_size);
    return false;
  }
  map->chunks[number] = chunk;
  map->size = (number + 1) * CHUNK;
  for (uint32_t i = objects; i-- != 0;)
    set_free(map, number * CHUNK + i);
  return true;
}

void rill__idmap_free(rill__idmap *map, rill__mem *mem) {
  uint32_t chunks = map->size / CHUNK;
  for (uint32_t i = 1; i < chunks; i++)
    rill__mem_free(mem, map->chunks[i], (size_t)rill__idmap_chunk_objects(i) * map->object_size);
  rill__mem_free(mem, map->chunks, chunks_cap(chunks) * sizeof *map->chunks);
  rill__mem_free(mem, map->slots, map->table * sizeof *map->slots);
  if (map->list != NULL) rill__mem_free(mem, map->list, list_size(map->list->cap));
  *map = (rill__idmap){.object_size = map->object_size};
}

void *rill__idmap_next(const rill__idmap *map, uint32_t *place) {
  for (uint32_t number = *place / CHUNK; number < map->size / CHUNK; *place = ++number * CHUNK) {
    uint32_t objects = number == 0 ? 0 : rill__idmap_chunk_objects(number);
    for (uint32_t i = *place % CHUNK; i < objects; i++) {
      void *object = map->chunks[number] + (size_t)i * map->object_size;
      *place = number * CHUNK + i + 1;
      if (rill__idmap_key(object) != 0) return object;
    }
  }
  return NULL;
}

/* ---- the list ----------------------------------------------------------------------------------------------------------- */

/* Where the first key stands that is not below this one. */
static uint32_t position_of(const rill__idmap_list *list, uint32_t key) {
  uint32_t low = 0, high = list->count;
  if (high != 0 && list->at[high - 1].key < key) return high;
  while (low < high) {
    uint32_t middle = low + (high - low) / 2;
    if (list->at[middle].key < key)
      low = middle + 1;
    else
      high = middle;
  }
  return low;
}

static listed *find_listed(rill__idmap_list *list, uint32_t key) {
  if (list == NULL) return NULL;
  uint32_t at = position_of(list, key);
  return at < list->count && list->at[at].key == key ? &list->at[at] : NULL;
}

static void compact(rill__idmap_list *list) {
  uint32_t kept = 0;
  for (uint32_t i = 0; i < list->count; i++) {
    if (list->at[i].place != 0) list->at[kept++] = list->at[i];
  }
  list->count = kept;
  list->gone = 0;
}

/* A place at the end of the list; those that are gone make it if there are many, so that each is moved seldom. */
static bool list_grow(rill__idmap *map, rill__mem *mem) {
  rill__idmap_list *list = map->list;
  if (list != NULL && list->count < list->cap) return true;
  if (list != NULL && list->gone > list->cap / 4) {
    compact(list);
    return true;
  }
  uint32_t before = list == NULL ? 0 : list->cap, cap = before == 0 ? LISTED_MIN : before * 2;
  list = rill__mem_resize(mem, list, list == NULL ? 0 : list_size(before), list_size(cap));
  if (list == NULL) return false;
  if (before == 0) *list = (rill__idmap_list){.count = 0};
  list->cap = cap;
  map->list = list;
  return true;
}

static bool enlist(rill__idmap *map, rill__mem *mem, uint32_t key, uint32_t place) {
  listed *gone = find_listed(map->list, key);
  if (gone != NULL) {
    gone->place = place;
    map->list->gone--;
    return true;
  }
  if (!list_grow(map, mem)) return false;
  uint32_t position = position_of(map->list, key);
  listed *at = &map->list->at[position];
  memmove(at + 1, at, (map->list->count - position) * sizeof *at);
  *at = (listed){key, place};
  map->list->count++;
  return true;
}

/* Down to where none below it is greater. */
static void sift(listed *at, uint32_t root, uint32_t count) {
  listed moved = at[root];
  for (uint32_t child = 2 * root + 1; child < count; child = 2 * root + 1) {
    if (child + 1 < count && at[child].key < at[child + 1].key) child++;
    if (at[child].key < moved.key) break;
    at[root] = at[child];
    root = child;
  }
  at[root] = moved;
}

/* A heap sorts in place, and no order that a peer arranges makes it slow. */
static void sort(rill__idmap_list *list) {
  for (uint32_t i = list->count / 2; i-- != 0;)
    sift(list->at, i, list->count);
  for (uint32_t n = list->count; n-- > 1;) {
    listed last = list->at[n];
    list->at[n] = list->at[0];
    list->at[0] = last;
    sift(list->at, 0, n);
  }
}

/* The key is there. Answers its place. */
static uint32_t unlist(rill__idmap_list *list, uint32_t key) {
  listed *at = &list->at[position_of(list, key)];
  uint32_t place = at->place;
  at->place = 0;
  if (++list->gone == list->count) list->count = list->gone = 0;
  return place;
}

/* ---- the table ---------------------------------------------------------------------------------------------------------- */

static uint32_t *slot_at(const rill__idmap *map, uint32_t number) { return &map->slots[number & (map->table - 1)]; }

static uint32_t place_in(const uint32_t *slot) { return *slot >> REACH_BITS; }

static uint32_t reach_of(const uint32_t *slot) { return *slot & REACH_MASK; }

static uint32_t key_in(const rill__idmap *map, const uint32_t *slot) {
  uint32_t place = place_in(slot);
  return place == 0 ? 0 : rill__idmap_key(rill__idmap_object(map, place));
}

static uint32_t *find(const rill__idmap *map, uint32_t key) {
  uint32_t at = rill__idmap_home(map, key);
  uint32_t *slot = &map->slots[at];
  for (uint32_t left = reach_of(slot); left != 0; left--) {
    if (key_in(map, slot) == key) return slot;
    slot = slot_at(map, ++at);
  }
  return NULL;
}

uint32_t rill__idmap_place(const rill__idmap *map, uint32_t key) {
  if (map->table == 0) return 0;
  const uint32_t *slot = find(map, key);
  if (slot != NULL) return place_in(slot);
  const listed *at = find_listed(map->list, key);
  return at == NULL ? 0 : at->place;
}

void *rill__idmap_seek(const rill__idmap *map, uint32_t key) {
  uint32_t place = rill__idmap_place(map, key);
  return place == 0 ? NULL : rill__idmap_object(map, place);
}

/* Behind its home, which is taken. False: there is no slot for it. */
static bool seat_behind(rill__idmap *map, uint32_t key, uint32_t place) {
  uint32_t from = rill__idmap_home(map, key);
  uint32_t *first = &map->slots[from];
  for (uint32_t i = 1; i < RILL__IDMAP_REACH; i++) {
    uint32_t *slot = slot_at(map, from + i);
    if (place_in(slot) != 0) continue;
    *slot |= place << REACH_BITS;
    if (reach_of(first) <= i) *first = (*first & ~(uint32_t)REACH_MASK) | (i + 1);
    return true;
  }
  return false;
}

static inline bool seat(rill__idmap *map, uint32_t key, uint32_t place) {
  uint32_t *slot = &map->slots[rill__idmap_home(map, key)];
  if (place_in(slot) != 0) return seat_behind(map, key, place);
  *slot = place << REACH_BITS | (*slot & REACH_MASK);
  if (reach_of(slot) == 0) *slot |= 1;
  return true;
}

/* They come in any order: the list is sorted once they are all there, lest each that comes move all others. */
static bool seat_all(rill__idmap *map, rill__mem *mem) {
  uint32_t at = 0;
  for (const void *object; (object = rill__idmap_next(map, &at)) != NULL;) {
    uint32_t key = rill__idmap_key(object), place = at - 1;
    if (seat(map, key, place)) continue;
    if (!list_grow(map, mem)) return false;
    map->list->at[map->list->count++] = (listed){key, place};
  }
  if (map->list != NULL) sort(map->list);
  return true;
}

/* To a table of twice the size, and a new list; without memory all stays as it is. */
static bool table_grow(rill__idmap *map, rill__mem *mem) {
  rill__idmap bigger = *map;
  bigger.table = map->table == 0 ? SLOTS_MIN : map->table * 2;
  bigger.list = NULL;
  bigger.slots = rill__mem_alloc(mem, bigger.table * sizeof *map->slots);
  if (bigger.slots == NULL) return false;
  memset(bigger.slots, 0, bigger.table * sizeof *map->slots);
  bool all = seat_all(&bigger, mem);
  rill__idmap *old = all ? map : &bigger;
  rill__mem_free(mem, old->slots, old->table * sizeof *old->slots);
  if (old->list != NULL) rill__mem_free(mem, old->list, list_size(old->list->cap));
  if (all) *map = bigger;
  return all;
}

void *rill__idmap_add(rill__idmap *map, rill__mem *mem, uint32_t key) {
  if (map->count >= map->table / 4 * 3 && !table_grow(map, mem)) return NULL;
  if (map->free == 0 && !objects_grow(map, mem)) return NULL;
  uint32_t place = map->free;
  if (!seat(map, key, place) && !enlist(map, mem, key, place)) return NULL;
  uint8_t *object = rill__idmap_object(map, place);
  memcpy(&map->free, object + sizeof key, sizeof map->free);
  memset(object, 0, map->object_size);
  memcpy(object, &key, sizeof key);
  map->count++;
  return object;
}

/* The reach of the slot goes down to the furthest that is left. */
static void lower_reach(rill__idmap *map, uint32_t from) {
  uint32_t *first = &map->slots[from];
  for (; reach_of(first) != 0; --*first) {
    uint32_t last = key_in(map, slot_at(map, from + reach_of(first) - 1));
    if (last != 0 && rill__idmap_home(map, last) == from) return;
  }
}

static uint32_t unseat(rill__idmap *map, uint32_t key) {
  uint32_t *slot = find(map, key);
  if (slot == NULL) return unlist(map->list, key);
  uint32_t place = place_in(slot);
  *slot = reach_of(slot);
  lower_reach(map, rill__idmap_home(map, key));
  return place;
}

void rill__idmap_remove(rill__idmap *map, uint32_t key) {
  uint32_t *slot = &map->slots[rill__idmap_home(map, key)], place = place_in(slot);
  bool alone = reach_of(slot) == 1 && key_in(map, slot) == key;
  if (alone) *slot = 0;
  if (!alone) place = unseat(map, key);
  map->count--;
  set_free(map, place);
}
