/* SPDX-License-Identifier: MIT */
#include "hpack/dyn_tab.h"

#include "base/bytes.h"

enum { SLOTS_MIN = 8, ROOM_MIN = 256 };

/* What an allocation holds; sizes in 64 bits, since a table may ask for more than a size_t counts. */
typedef struct layout {
  uint64_t slots, room;
} layout;

static layout layout_of(const rill__dyn_tab *tab) { return (layout){tab->slot_count, tab->room}; }

static uint64_t extra_size(const rill__dyn_tab *tab, layout want) { return tab->extra_fixed + want.slots * tab->extra_slot; }

static uint64_t memory(const rill__dyn_tab *tab, layout want) {
  return want.slots * sizeof(rill__dyn_entry) + extra_size(tab, want) + want.room + want.room / 16;
}

static size_t live_octets(const rill__dyn_tab *tab) { return tab->size - tab->count * (size_t)RILL__ENTRY_OVERHEAD; }

void rill__dyn_init(rill__dyn_tab *tab, rill__mem *mem, uint32_t max, uint16_t extra_fixed, uint16_t extra_slot) {
  *tab = (rill__dyn_tab){.mem = mem, .max = max, .next = 1, .extra_fixed = extra_fixed, .extra_slot = extra_slot};
}

void rill__dyn_free(rill__dyn_tab *tab) {
  if (tab->slots != NULL)
    rill__mem_free(tab->mem, tab->slots, (size_t)memory(tab, layout_of(tab)));
  else
    rill__mem_free(tab->mem, tab->octets, tab->room);
  tab->slots = NULL;
  tab->octets = NULL;
  tab->room = tab->head = 0;
  tab->size = tab->count = tab->slot_count = 0;
}

static void copy_entries(rill__dyn_tab *to, const rill__dyn_tab *from) {
  for (uint32_t seq = rill__dyn_oldest(from); seq != from->next; seq++) {
    const rill__dyn_entry *old = rill__dyn_at(from, seq);
    rill__dyn_entry *entry = rill__dyn_at(to, seq);
    *entry = *old;
    entry->at = to->head;
    memcpy(to->octets + to->head, from->octets + old->at, (size_t)old->name_n + old->value_n);
    to->head += old->name_n + old->value_n;
  }
}

/* Moves everything to another allocation; false without memory, and nothing changed. */
static bool move_to(rill__dyn_tab *tab, layout want) {
  uint64_t size = memory(tab, want);
  tab->mem->refused = size > SIZE_MAX; /* then it's above any limit */
  if (size > SIZE_MAX) return false;
  rill__dyn_entry *slots = rill__mem_alloc(tab->mem, (size_t)size);
  if (slots == NULL) return false;
  rill__dyn_tab moved = *tab;
  moved.slots = slots;
  moved.slot_count = (uint32_t)want.slots;
  moved.room = (uint32_t)want.room;
  moved.head = 0;
  size_t extra = (size_t)extra_size(tab, want);
  moved.octets = (uint8_t *)rill__dyn_extra(&moved) + extra;
  if (want.slots != tab->slot_count)
    memset(rill__dyn_extra(&moved), 0, extra);
  else
    memcpy(rill__dyn_extra(&moved), rill__dyn_extra(tab), extra);
  copy_entries(&moved, tab);
  rill__dyn_free(tab);
  *tab = moved;
  return true;
}

/* The live octets stand in one piece here, somewhere above the start: down with them. */
static void move_down(rill__dyn_tab *tab) {
  size_t live = live_octets(tab);
  uint32_t by = tab->count == 0 ? 0 : rill__dyn_at(tab, rill__dyn_oldest(tab))->at;
  memmove(tab->octets, tab->octets + by, live);
  for (uint32_t seq = rill__dyn_oldest(tab); seq != tab->next; seq++)
    rill__dyn_at(tab, seq)->at -= by;
  tab->head = (uint32_t)live;
}

static uint64_t room_limit(uint32_t max) { return max < RILL__ENTRY_OVERHEAD ? 0 : max - RILL__ENTRY_OVERHEAD; }

/* With so much room as is good for its slots, and at least what is needed. */
static layout fitted(const rill__dyn_tab *tab, layout want, uint64_t need) {
  if (want.room < ROOM_MIN) want.room = ROOM_MIN;
  if (want.room < want.slots * 8) want.room = want.slots * 8; /* so that move_down() has few entries an octet */
  if (want.room < need) want.room = need;
  if (want.room > room_limit(tab->max)) want.room = room_limit(tab->max);
  return want;
}

/* The next larger layout that has a slot and n octets free. */
static layout grown(const rill__dyn_tab *tab, size_t n) {
  layout want = layout_of(tab);
  uint64_t need = (uint64_t)live_octets(tab) + n;
  if (tab->count == want.slots) want.slots = want.slots == 0 ? SLOTS_MIN : want.slots * 2;
  if (need > want.room) want.room += want.room / 4;
  return fitted(tab, want, need);
}

/* Makes place for n octets by moving others; false without memory. */
static bool move(rill__dyn_tab *tab, size_t n) {
  if (tab->count == tab->slot_count || n > tab->room - live_octets(tab)) return move_to(tab, grown(tab, n));
  move_down(tab);
  return true;
}

void rill__dyn_evict_for(rill__dyn_tab *tab, uint64_t entry_size) {
  uint64_t size = tab->size;
  uint32_t count = tab->count;
  while (count != 0 && size + entry_size > tab->max) {
    const rill__dyn_entry *oldest = rill__dyn_at(tab, tab->next - count);
    size -= (uint64_t)oldest->name_n + oldest->value_n + RILL__ENTRY_OVERHEAD;
    count--;
  }
  tab->size = (uint32_t)size;
  tab->count = count;
}

/* The next entry is here, its octets from `at` on. */
static inline rill__dyn_entry *add(rill__dyn_tab *tab, size_t at, rill_view name, rill_view value) {
  rill__dyn_entry *entry = rill__dyn_at(tab, tab->next);
  *entry = (rill__dyn_entry){.at = (uint32_t)at, .name_n = (uint32_t)name.n, .value_n = (uint32_t)value.n};
  size_t end = at + name.n + value.n;
  tab->head = end < tab->room ? (uint32_t)end : tab->room;
  tab->size += (uint32_t)rill__dyn_entry_size(name, value);
  tab->next++;
  tab->count++;
  return entry;
}

static inline rill__dyn_entry *put(rill__dyn_tab *tab, rill_view name, rill_view value) {
  if (rill__dyn_moves(tab, name.n + value.n) && !move(tab, name.n + value.n)) return NULL;
  size_t at = rill__dyn_start(tab);
  rill__put(rill__put(tab->octets + at, name.p, name.n), value.p, value.n);
  return add(tab, at, name, value);
}

rill__dyn_entry *rill__dyn_put_again(rill__dyn_tab *tab, rill_view name, rill_view value) {
  uintptr_t at = (uintptr_t)name.p - (uintptr_t)tab->octets;
  size_t n = name.n + value.n;
  if (at >= tab->room || n > tab->room || n > (size_t)tab->room + tab->room / 16 - at) return NULL;
  rill__put(tab->octets + at + name.n, value.p, value.n);
  return add(tab, at, name, value);
}

rill__dyn_entry *rill__dyn_put(rill__dyn_tab *tab, rill_view name, rill_view value) { return put(tab, name, value); }

rill__dyn_entry *rill__dyn_insert(rill__dyn_tab *tab, rill_view name, rill_view value) {
  uint32_t size = tab->size, count = tab->count;
  rill__dyn_evict(tab, rill__dyn_entry_size(name, value));
  rill__dyn_entry *entry = put(tab, name, value);
  if (entry != NULL) return entry;
  tab->size = size;
  tab->count = count;
  return NULL;
}

void rill__dyn_set_max(rill__dyn_tab *tab, uint32_t max) {
  tab->max = max;
  rill__dyn_evict(tab, 0);
  if (tab->room <= room_limit(max)) return;
  if (tab->count == 0)
    rill__dyn_free(tab);
  else
    (void)move_to(tab, (layout){tab->slot_count, room_limit(max)}); /* without memory it stays as large as it is */
}

/* ---- for pack.c ---- */

void rill__dyn_put_packed(rill__dyn_tab *tab, uint8_t *packed, uint32_t size) {
  rill__dyn_tab kept = *tab;
  rill__dyn_free(tab);
  tab->octets = packed;
  tab->room = size;
  tab->size = kept.size;
  tab->count = kept.count;
}

bool rill__dyn_make(rill__dyn_tab *tab, uint32_t count, size_t octets) {
  layout want = {SLOTS_MIN, (uint64_t)octets + octets / 4};
  while (want.slots < count)
    want.slots *= 2;
  tab->next -= tab->count;
  tab->slots = NULL;
  tab->octets = NULL;
  tab->room = tab->head = 0;
  tab->size = tab->count = tab->slot_count = 0;
  return move_to(tab, fitted(tab, want, octets));
}
