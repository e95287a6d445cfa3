/* SPDX-License-Identifier: MIT */
#include "hpack/enc_tab.h"

#include "hpack/pack.h"
#include "hpack/policy.h"

enum { WALK_MAX = 16 }; /* links of a chain that are followed */

/* ---- hashes ---- */

static const uint32_t MARK = 0xff000000; /* the octet of a hash that says with which seed it was made */

static const uint64_t STEP = UINT64_C(0x9e3779b97f4a7c15), SPREAD = UINT64_C(0xd6e8feb86659fd93); /* odd, of no pattern */

/* Spreads a number over all bits. */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 32) * SPREAD;
  return x ^ x >> 32;
}

/* Of less than 8 octets, all. */
static uint64_t load_short(const uint8_t *p, size_t n) {
  if (n >= 4) return (uint64_t)rill__four(p + n - 4) << 32 | rill__four(p);
  return n == 0 ? 0 : ((uint64_t)p[n / 2] << 8 | p[n - 1]) << 32 | p[0];
}

/* A sum of products of halves, each with a secret added that changes from word to word: who doesn't know the key can't aim. */
static inline uint64_t hash_octets(uint64_t key, rill_view octets) {
  const uint8_t *p = octets.p;
  uint64_t sum = octets.n, secret = key;
  for (size_t left = octets.n; left > 8; left -= 8, p += 8) {
    uint64_t word = rill__eight(p) + secret;
    sum += (word >> 32) * (uint32_t)word;
    secret += STEP;
  }
  uint64_t word = secret + (octets.n >= 8 ? rill__eight(octets.p + octets.n - 8) : load_short(p, octets.n));
  return mix(key ^ (sum + (word >> 32) * (uint32_t)word));
}

/* A known name needs no look at its octets. */
static inline uint64_t hash_name(uint64_t seed, uint16_t token, rill_view name) {
  return token == RILL_TOKEN_OTHER ? hash_octets(seed, name) : seed + token * SPREAD;
}

/* Never 0. */
static uint32_t mark_of(uint64_t seed) { return ((uint32_t)(seed >> 32) | 0x01000000) & MARK; }

static inline uint32_t hash_field(uint64_t seed, uint64_t name_hash, rill_view value) {
  return mark_of(seed) | (uint32_t)(hash_octets(name_hash, value) >> 40);
}

uint32_t rill__enc_hash(uint64_t seed, uint16_t token, const rill_field *field) {
  return hash_field(mix(seed), hash_name(mix(seed), token, field->name), field->value);
}

/* ---- the indices ---- */

const uint32_t rill__enc_no_newest[RILL_TOKEN_OTHER];

typedef rill__enc_link link;

static inline rill__enc_indices *indices(const rill__enc_tab *tab) { return rill__dyn_extra(&tab->dyn); }

static inline link *link_at(const rill__enc_tab *tab, uint32_t number) {
  return &indices(tab)->links[number & (tab->dyn.slot_count - 1)];
}

static inline bool has_name(const rill__dyn_tab *dyn, uint32_t seq, uint16_t token, rill_view name) {
  const rill__dyn_entry *entry = rill__dyn_at(dyn, seq);
  return entry->token == token && (token != RILL_TOKEN_OTHER || rill__same_view(rill__dyn_name(dyn, entry), name));
}

/* The index of an entry that is this field, or 0. */
static inline uint32_t find_field(const rill__enc_tab *tab, const rill_field *field, uint16_t token, uint32_t hash) {
  const rill__dyn_tab *dyn = &tab->dyn;
  uint32_t seq = link_at(tab, hash)->newest_field;
  for (unsigned walk = 0; walk < WALK_MAX && rill__dyn_is_live(dyn, seq); walk++) {
    const link *at = link_at(tab, seq);
    if (at->hash == hash && rill__enc_is(dyn, seq, token, field->value) && has_name(dyn, seq, token, field->name)) {
      return rill__enc_index(dyn, seq);
    }
    seq = at->older_field;
  }
  return 0;
}

/* The link that leads to the newest entry with this name, which has no token; NULL if there is none. */
static inline uint32_t *find_link(const rill__enc_tab *tab, uint64_t hash, rill_view name) {
  const rill__dyn_tab *dyn = &tab->dyn;
  uint32_t *seq = &link_at(tab, (uint32_t)(hash >> 32))->newest_name;
  for (unsigned walk = 0; walk < WALK_MAX && rill__dyn_is_live(dyn, *seq); walk++) {
    if (has_name(dyn, *seq, RILL_TOKEN_OTHER, name)) return seq;
    seq = &link_at(tab, *seq)->older_name;
  }
  return NULL;
}

/* The index of the newest entry with the name of this token, or 0. */
static inline uint32_t find_known(const rill__enc_tab *tab, uint16_t token) {
  const rill__dyn_tab *dyn = &tab->dyn;
  uint32_t seq = indices(tab)->newest[token];
  return rill__enc_named(dyn, seq, token) ? rill__enc_index(dyn, seq) : 0;
}

/* Takes the place of the older entry of the same name. `named` may be that one: often it heads its chain. */
static void index_name(rill__enc_tab *tab, uint32_t seq, uint64_t hash, uint32_t named) {
  rill__dyn_entry *entry = rill__dyn_at(&tab->dyn, seq);
  rill_view name = rill__dyn_name(&tab->dyn, entry);
  link *chain = link_at(tab, (uint32_t)(hash >> 32));
  bool heads = named == chain->newest_name && rill__dyn_is_live(&tab->dyn, named);
  uint32_t *same = heads ? &chain->newest_name : find_link(tab, hash, name);
  if (same == NULL) {
    entry->flags = rill__policy_once(name);
  } else {
    entry->flags = rill__dyn_at(&tab->dyn, *same)->flags;
    *same = link_at(tab, *same)->older_name;
  }
  link_at(tab, seq)->older_name = chain->newest_name;
  chain->newest_name = seq;
}

static inline void index_field(rill__enc_tab *tab, uint32_t seq, uint32_t hash) {
  link *own = link_at(tab, seq), *chain = link_at(tab, hash);
  own->hash = hash;
  own->older_field = chain->newest_field;
  chain->newest_field = seq;
}

/* The slots are new ones. */
static void index_all(rill__enc_tab *tab) {
  const rill__dyn_tab *dyn = &tab->dyn;
  for (uint32_t seq = rill__dyn_oldest(dyn); seq != dyn->next; seq++) {
    const rill__dyn_entry *entry = rill__dyn_at(dyn, seq);
    uint64_t hash = hash_name(tab->seed, entry->token, rill__dyn_name(dyn, entry));
    if (entry->token == RILL_TOKEN_OTHER)
      index_name(tab, seq, hash, dyn->next);
    else
      indices(tab)->newest[entry->token] = seq;
    index_field(tab, seq, hash_field(tab->seed, hash, rill__dyn_value(dyn, entry)));
  }
}

/* ---- for the encoder ---- */

void rill__enc_tab_init(rill__enc_tab *tab, rill__mem *mem, uint32_t max, uint64_t seed) {
  rill__dyn_init(&tab->dyn, mem, max, sizeof(rill__enc_indices), sizeof(rill__enc_link));
  tab->seed = mix(seed);
}

/* The index of a field without a token, if the newest entry with its name is the one; or 0 and what *match has of the name. */
static inline uint32_t find_newest(const rill__enc_tab *tab, const rill_field *field, rill__enc_match *match) {
  const rill__dyn_tab *dyn = &tab->dyn;
  const uint32_t *seq = find_link(tab, match->name_hash, field->name);
  if (seq == NULL) return 0;
  const rill__dyn_entry *entry = rill__dyn_at(dyn, *seq);
  match->named = *seq;
  match->name = rill__enc_index(dyn, *seq);
  if (rill__same_view(rill__dyn_value(dyn, entry), field->value)) return match->name;
  match->once = entry->flags != 0 && (field->flags & RILL_FIELD_INDEX) == 0;
  return 0;
}

uint32_t rill__enc_tab_find(const rill__enc_tab *tab, const rill_field *field, uint16_t token, rill__enc_match *match) {
  bool may_be = tab->dyn.count != 0;
  *match = (rill__enc_match){.name_hash = hash_name(tab->seed, token, field->name), .hash = field->hash};
  if (may_be && token == RILL_TOKEN_OTHER) {
    uint32_t newest = find_newest(tab, field, match);
    if (newest != 0 || match->once) return newest;
    may_be = match->name != 0;
  }
  if ((match->hash & MARK) != mark_of(tab->seed)) match->hash = hash_field(tab->seed, match->name_hash, field->value);
  uint32_t index = may_be ? find_field(tab, field, token, match->hash) : 0;
  bool name = index == 0 && token > RILL_TOKEN_LAST_STATIC && token != RILL_TOKEN_OTHER;
  if (name && may_be) match->name = find_known(tab, token);
  return index;
}

bool rill__enc_tab_insert(rill__enc_tab *tab, const rill_field *field, uint16_t token, const rill__enc_match *match) {
  uint32_t slot_count = tab->dyn.slot_count;
  rill__dyn_entry *entry = rill__dyn_insert(&tab->dyn, field->name, field->value);
  if (entry == NULL) return false;
  entry->token = token;
  if (tab->dyn.slot_count != slot_count) {
    index_all(tab);
    return true;
  }
  uint32_t seq = tab->dyn.next - 1;
  index_field(tab, seq, match->hash);
  if (token == RILL_TOKEN_OTHER)
    index_name(tab, seq, match->name_hash, match->name != 0 ? match->named : tab->dyn.next);
  else
    indices(tab)->newest[token] = seq;
  return true;
}

bool rill__enc_tab_unpack(rill__enc_tab *tab) {
  if (!rill__unpack(&tab->dyn)) return false;
  index_all(tab);
  return true;
}

uint32_t rill__enc_tab_name(const rill__enc_tab *tab, rill_view name, uint16_t token) {
  if (tab->dyn.count == 0) return 0;
  if (token != RILL_TOKEN_OTHER) return find_known(tab, token);
  const uint32_t *seq = find_link(tab, hash_octets(tab->seed, name), name);
  return seq == NULL ? 0 : rill__enc_index(&tab->dyn, *seq);
}
