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

void rill__pack(rill__dyn_tab *tab, bool tight) {
  if (tab->count == 0) rill__dyn_free(tab);
  if (tab->count == 0 || (rill__dyn_is_packed(tab) && !rill__unpack(tab))) return;
  size_t bound = 1 + live_octets(tab) + tab->count * (size_t)ENTRY_OCTETS + RILL__HUFF_PUT_SLACK;
  if (bound > UINT32_MAX) return;
  uint8_t *packed = rill__mem_alloc(tab->mem, bound);
  if (packed == NULL) return;
  uint8_t *end = rill__put8(packed, tight);
  for (uint32_t seq = rill__dyn_oldest(tab); seq != tab->next; seq++)
    end = put_entry(end, tab, seq, tight);
  size_t size = (size_t)(end - packed);
  uint8_t *smaller = rill__mem_resize(tab->mem, packed, bound, size);
  if (smaller == NULL) size = bound; /* an allocator that cannot do that */
  rill__dyn_put_packed(tab, smaller == NULL ? packed : smaller, (uint32_t)size);
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

bool rill__unpack(rill__dyn_tab *tab) {
  rill_view in = {tab->octets, tab->room};
  bool tight = *rill__view_take(&in, 1).p != 0;
  size_t scratch_size = tight ? rill__huff_get_bound(in.n) : 0;
  uint8_t *scratch = tight ? rill__mem_alloc(tab->mem, scratch_size) : NULL;
  if (tight && scratch == NULL) return false;
  rill__dyn_tab whole = *tab;
  bool made = rill__dyn_make(&whole, tab->count, live_octets(tab));
  for (uint32_t i = 0; made && i < tab->count; i++)
    take_entry(&whole, &in, scratch);
  rill__mem_free(tab->mem, scratch, scratch_size);
  if (!made) return false;
  rill__dyn_free(tab);
  *tab = whole;
  return true;
}
