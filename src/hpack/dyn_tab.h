/* SPDX-License-Identifier: MIT */
/*
 * dyn_tab: the dynamic table of RFC 7541 2.3.2 and 4, for either direction. Knows entries, their octets and eviction; does not
 * know the wire, nor who looks at an entry.
 *
 * One allocation, made when the first entry comes and grown by need:
 *
 *   | slots: a ring of entries | extra: the owner's octets | room: octets of the strings | a sixteenth more |
 *
 * An entry is named by its sequence number, the count of insertions before it; its slot is that number modulo slot_count. Its
 * name and value stand together in one piece, never split over the end of the ring: an entry begins inside the room and may run
 * on into the sixteenth behind it. One that would run on further makes the live octets move down to the start: at most 16 octets
 * and 2 entries touched for each of its own octets. Until rill__dyn_moves() says otherwise, the octets of a live entry stay in
 * place.
 *
 * Memory: max + max / 16 octets at most for strings, and a slot for each of max / 32 entries, rounded up to a power of two.
 *
 * One that idles may be packed (pack.h), and has no slots then.
 *
 * Invariants, of one that is not packed: size is the sum over the live entries as RFC 7541 4.1 counts it; size <= max; count <=
 * slot_count, which is 0 or a power of two; the live octets, size - 32 * count, are at most room; an entry begins before room, or
 * at 0.
 */
#ifndef RILL__DYN_TAB_H
#define RILL__DYN_TAB_H

#include "base/mem.h"

enum { RILL__ENTRY_OVERHEAD = 32 }; /* RFC 7541 4.1 */

typedef struct rill__dyn_entry {
  uint32_t at; /* where in the room its name begins; its value follows */
  uint32_t name_n, value_n;
  uint16_t token;
  uint8_t flags, note; /* the owner's */
} rill__dyn_entry;

typedef struct rill__dyn_tab {
  rill__mem *mem;
  rill__dyn_entry *slots; /* the allocation; NULL without one */
  uint8_t *octets;        /* inside it: the room */
  uint32_t room;
  uint32_t head;      /* where the next entry begins; at room: it begins at 0 */
  uint32_t max, size; /* octets, as RFC 7541 4.1 counts them */
  uint32_t next;      /* sequence number of the next entry, modulo 2^32; 0 is not live before that wraps */
  uint32_t count;     /* live are next - count to next - 1 */
  uint32_t slot_count;
  uint16_t extra_fixed, extra_slot; /* the owner's octets: so many, and so many for each slot; multiples of 4 */
} rill__dyn_tab;

void rill__dyn_init(rill__dyn_tab *tab, rill__mem *mem, uint32_t max, uint16_t extra_fixed, uint16_t extra_slot);
void rill__dyn_free(rill__dyn_tab *tab);

/* For pack.c: what was allocated as this takes the place of slots and strings; and the other way, an empty table with slots for
 * so many entries, whose first has the number of the oldest that was, and room for so many octets. False without memory. */
void rill__dyn_put_packed(rill__dyn_tab *tab, uint8_t *packed, uint32_t size);
bool rill__dyn_make(rill__dyn_tab *tab, uint32_t count, size_t octets);

/* Another maximum; evicts what has no place any more (RFC 7541 4.3) and gives back memory that can't be needed. */
void rill__dyn_set_max(rill__dyn_tab *tab, uint32_t max);

/* Evicts until an entry of this size, which has none, has its place, or the table is empty (RFC 7541 4.4). Leaves all octets as
 * they are. */
void rill__dyn_evict_for(rill__dyn_tab *tab, uint64_t entry_size);

/*
 * Evicts and inserts; the entry's size is at most max. NULL without memory: then nothing changed. name and value may be octets of
 * the table if those stay where they are. Where slot_count changes, the extra octets are zero after it.
 */
rill__dyn_entry *rill__dyn_insert(rill__dyn_tab *tab, rill_view name, rill_view value);

/* Likewise for who has evicted already; what was evicted stays so without memory. */
rill__dyn_entry *rill__dyn_put(rill__dyn_tab *tab, rill_view name, rill_view value);

/*
 * Likewise into a table that is empty now: name are octets of an entry that it had when something was last put into it, and they
 * stay where they are, so that a long name which comes again and again in an octet is not copied each time. value is outside.
 * NULL: it does not fit there, or the name is not of the table.
 */
rill__dyn_entry *rill__dyn_put_again(rill__dyn_tab *tab, rill_view name, rill_view value);

static inline uint64_t rill__dyn_entry_size(rill_view name, rill_view value) {
  return (uint64_t)name.n + value.n + RILL__ENTRY_OVERHEAD;
}

static inline void rill__dyn_evict(rill__dyn_tab *tab, uint64_t entry_size) {
  if (tab->size + entry_size > tab->max) rill__dyn_evict_for(tab, entry_size);
}

static inline uint32_t rill__dyn_oldest(const rill__dyn_tab *tab) { return tab->next - tab->count; }

static inline bool rill__dyn_is_live(const rill__dyn_tab *tab, uint32_t seq) { return tab->next - 1 - seq < tab->count; }

/* An entry that was inserted; its octets are good for as long as it is live. */
static inline rill__dyn_entry *rill__dyn_at(const rill__dyn_tab *tab, uint32_t seq) {
  return &tab->slots[seq & (tab->slot_count - 1)];
}

static inline rill_view rill__dyn_name(const rill__dyn_tab *tab, const rill__dyn_entry *entry) {
  return (rill_view){tab->octets + entry->at, entry->name_n};
}

static inline rill_view rill__dyn_value(const rill__dyn_tab *tab, const rill__dyn_entry *entry) {
  return (rill_view){tab->octets + entry->at + entry->name_n, entry->value_n};
}

/* Its octets are what pack.c makes of it, in so much room. */
static inline bool rill__dyn_is_packed(const rill__dyn_tab *tab) { return tab->slots == NULL && tab->octets != NULL; }

/* The owner's octets, aligned as uint32_t; zero after a change of slot_count. */
static inline void *rill__dyn_extra(const rill__dyn_tab *tab) { return tab->slots + tab->slot_count; }

/* Where an entry goes that comes next. */
static inline size_t rill__dyn_start(const rill__dyn_tab *tab) { return tab->head < tab->room ? tab->head : 0; }

/*
 * Whether inserting n octets, all evictions done, moves the octets of live entries: to grow, or to make one piece of the free
 * part, which it is already if the live octets go over the end of the ring: then the last test is never true.
 */
static inline bool rill__dyn_moves(const rill__dyn_tab *tab, size_t n) {
  size_t live = tab->size - tab->count * (size_t)RILL__ENTRY_OVERHEAD;
  return tab->count == tab->slot_count || n > tab->room - live || n > (size_t)tab->room + tab->room / 16 - rill__dyn_start(tab);
}

#endif /* RILL__DYN_TAB_H */
