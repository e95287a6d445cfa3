/* SPDX-License-Identifier: MIT */
/*
 * One octet says whether the strings may be coded; then for each entry, oldest first: its token, with a bit for a name that is
 * not the token's; flags and note; such a name; the value. A name is how many entries before the same name is, or 0 and a string.
 * Strings are those of RFC 7541 5.2.
 */
#include "hpack/pack.h"

#include "base/bytes.h"
#include "hpack/huff.h"
#include "hpack/prefix_int.h"
#include "hpack/token.h"

enum { NAMED = 0x80, HEAD_OCTETS = 3, ENTRY_OCTETS = HEAD_OCTETS + 1 + 2 * RILL__INT_OCTETS, CODED = 0x80 };
enum { BACK_MAX = 8 }; /* entries that are looked at for the same name */

_Static_assert((int)RILL_TOKEN_COUNT <= (int)NAMED, "a token leaves a bit of its octet");

static size_t live_octets(const rill__dyn_tab *tab) { return tab->size - tab->count * (size_t)RILL__ENTRY_OVERHEAD; }

/* ---- packing ---- */

static uint8_t *put_string(uint8_t *dst, rill_view octets, bool tight) {
  uint8_t *room = dst + RILL__INT_OCTETS;
  size_t coded = tight ? rill__huff_put(room, octets.p, octets.n) : octets.n;
  if (coded == octets.n) return rill__put(rill__int_put(dst, 0, 0x7f, (uint32_t)octets.n), octets.p, octets.n);
  uint8_t *at = rill__int_put(dst, CODED, 0x7f, (uint32_t)coded);
  memmove(at, room, coded);
  return at + coded;
}

/* How many entries before this one the same name is; 0: in none of those that are looked at. */
static uint32_t same_before(const rill__dyn_tab *tab, uint32_t seq, rill_view name) {
  for (uint32_t back = 1; back <= BACK_MAX && rill__dyn_is_live(tab, seq - back); back++) {
    if (rill__view_eq(rill__dyn_name(tab, rill__dyn_at(tab, seq - back)), name)) return back;
  }
  return 0;
}

static uint8_t *put_name(uint8_t *dst, const rill__dyn_tab *tab, uint32_t seq, rill_view name, bool tight) {
  uint32_t back = same_before(tab, seq, name);
  dst = rill__put8(dst, back);
  return back != 0 ? dst : put_string(dst, name, tight);
}

/* An application may have called a name by the token of another. */
static uint8_t *put_entry(uint8_t *dst, const rill__dyn_tab *tab, uint32_t seq, bool tight) {
  const rill__dyn_entry *entry = rill__dyn_at(tab, seq);
  rill_view name = rill__dyn_name(tab, entry);
  bool named = !rill__view_eq(name, rill__token_name(entry->token));
  dst = rill__put8(dst, entry->token | (named ? NAMED : 0U));
  dst = rill__put8(rill__put8(dst, entry->flags), entry->note);
  if (named) dst = put_name(dst, tab, seq, name, tight);
  return put_string(dst, rill__dyn_value(tab, entry), tight);
}

/* All entries, to memory of its own; NULL without that. */
static uint8_t *put_all(const rill__dyn_tab *tab, bool tight, size_t *size) {
  size_t bound = 1 + live_octets(tab) + tab->count * (size_t)ENTRY_OCTETS + RILL__HUFF_PUT_SLACK;
  uint8_t *packed = bound > UINT32_MAX ? NULL : rill__mem_alloc(tab->mem, bound);
  if (packed == NULL) return NULL;
  uint8_t *end = rill__put8(packed, tight);
  for (uint32_t seq = rill__dyn_oldest(tab); seq != tab->next; seq++)
    end = put_entry(end, tab, seq, tight);
  *size = (size_t)(end - packed);
  uint8_t *smaller = rill__mem_resize(tab->mem, packed, bound, *size);
  if (smaller == NULL) *size = bound; /* an allocator that cannot do that */
  return smaller == NULL ? packed : smaller;
}

/* ---- unpacking ---- */

/* Moves *scratch on by what it takes of it. */
static rill_view take_string(rill_view *in, uint8_t **scratch) {
  bool coded = (*in->p & CODED) != 0;
  uint32_t n = 0;
  (void)rill__int_get(in, 0x7f, &n);
  rill_view octets = rill__view_take(in, n);
  if (!coded) return octets;
  rill_view plain = {*scratch, rill__huff_get(*scratch, octets.p, octets.n)};
  *scratch += plain.n;
  return plain;
}

static rill_view take_name(const rill__dyn_tab *tab, rill_view *in, uint8_t **scratch) {
  uint32_t back = *rill__view_take(in, 1).p;
  return back != 0 ? rill__dyn_name(tab, rill__dyn_at(tab, tab->next - back)) : take_string(in, scratch);
}

static void take_entry(rill__dyn_tab *tab, rill_view *in, uint8_t *scratch) {
  const uint8_t *head = rill__view_take(in, HEAD_OCTETS).p;
  uint16_t token = head[0] & (NAMED - 1);
  rill_view name = (head[0] & NAMED) != 0 ? take_name(tab, in, &scratch) : rill__token_name(token);
  rill__dyn_entry *entry = rill__dyn_insert(tab, name, take_string(in, &scratch)); /* there is room for all */
  entry->token = token;
  entry->flags = head[1];
  entry->note = head[2];
}

/* What a string takes of the scratch. */
static size_t skip_string(rill_view *in) {
  bool coded = (*in->p & CODED) != 0;
  uint32_t n = 0;
  (void)rill__int_get(in, 0x7f, &n);
  rill__view_take(in, n);
  return coded ? rill__huff_get_bound(n) : 0;
}

/* The most that an entry takes of it. */
static size_t scratch_of(rill_view in, uint32_t count) {
  size_t most = 0;
  for (uint32_t i = 0; i < count; i++) {
    bool named = (*rill__view_take(&in, HEAD_OCTETS).p & NAMED) != 0;
    size_t size = named && *rill__view_take(&in, 1).p == 0 ? skip_string(&in) : 0;
    size += skip_string(&in);
    if (size > most) most = size;
  }
  return most;
}

static bool is_tight(const rill__dyn_tab *tab) { return *tab->octets != 0; }

/* *whole, a copy of the packed table's struct, becomes a table of its own. False without memory. */
static bool spread(rill__dyn_tab *whole) {
  rill_view in = {whole->octets + 1, whole->room - 1};
  uint32_t count = whole->count;
  size_t scratch_size = is_tight(whole) ? scratch_of(in, count) : 0;
  uint8_t *scratch = scratch_size == 0 ? NULL : rill__mem_alloc(whole->mem, scratch_size);
  bool made = (scratch_size == 0 || scratch != NULL) && rill__dyn_make(whole, count, live_octets(whole));
  for (uint32_t i = 0; made && i < count; i++)
    take_entry(whole, &in, scratch);
  if (scratch != NULL) rill__mem_free(whole->mem, scratch, scratch_size);
  return made;
}

bool rill__unpack(rill__dyn_tab *tab) {
  rill__dyn_tab whole = *tab;
  if (!spread(&whole)) return false;
  rill__dyn_free(tab);
  *tab = whole;
  return true;
}

/* ---- both ---- */

/* One that is packed already stays so, whatever fails. */
void rill__pack(rill__dyn_tab *tab, bool tight) {
  bool packed = rill__dyn_is_packed(tab);
  if (tab->count == 0) rill__dyn_free(tab);
  if (tab->count == 0 || (packed && (!tight || is_tight(tab)))) return;
  rill__dyn_tab whole = *tab;
  if (packed && !spread(&whole)) return;
  size_t size = 0;
  uint8_t *octets = put_all(&whole, tight, &size);
  if (packed) rill__dyn_free(&whole);
  if (octets != NULL) rill__dyn_put_packed(tab, octets, (uint32_t)size);
}
