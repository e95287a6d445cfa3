/* SPDX-License-Identifier: MIT */
#include "hpack/enc.h"

#include "base/bytes.h"
#include "hpack/huff.h"
#include "hpack/prefix_int.h"
#include "hpack/static_tab.h"
#include "hpack/token.h"

enum {
  TABLE_FIRST = 4096, /* 9113 4.3.1 */
  WALK_MAX = 16,      /* links of a chain that are followed */
  UPDATE_OCTETS = RILL__INT_OCTETS,
  FIELD_OCTETS = 1 + 2 * RILL__INT_OCTETS, /* beside its name and value */
  COOKIE_SECRET_MAX = 20                   /* shorter cookies are cheap to guess, one by one */
};

/* How a literal is represented, RFC 7541 6.2. */
typedef enum literal { LITERAL_INDEXED, LITERAL_PLAIN, LITERAL_NEVER } literal;

static const struct literal_row {
  uint8_t high, mask; /* the bits above the index of its name, and the prefix of that */
} literals[] = {
    [LITERAL_INDEXED] = {0x40, 0x3f},
    [LITERAL_PLAIN] = {0x00, 0x0f},
    [LITERAL_NEVER] = {0x10, 0x0f},
};

/* What becomes of a name's fields; INDEXED where nothing stands. PLAIN are those that seldom come twice with one value. A long cookie is
   INDEXED all the same. */
static const uint8_t policy[RILL_TOKEN_COUNT] = {
    [RILL_TOKEN__PATH] = LITERAL_PLAIN,          [RILL_TOKEN_AGE] = LITERAL_PLAIN,
    [RILL_TOKEN_CONTENT_LENGTH] = LITERAL_PLAIN, [RILL_TOKEN_ETAG] = LITERAL_PLAIN,
    [RILL_TOKEN_LOCATION] = LITERAL_PLAIN,       [RILL_TOKEN_IF_MODIFIED_SINCE] = LITERAL_PLAIN,
    [RILL_TOKEN_SET_COOKIE] = LITERAL_NEVER,     [RILL_TOKEN_IF_NONE_MATCH] = LITERAL_PLAIN,
    [RILL_TOKEN_AUTHORIZATION] = LITERAL_NEVER,  [RILL_TOKEN_PROXY_AUTHORIZATION] = LITERAL_NEVER,
    [RILL_TOKEN_COOKIE] = LITERAL_NEVER,
};

/* ---- hashes ---- */

static const uint32_t TAG = 0xff000000;

/* Spreads a number over all bits. */
static uint64_t mix(uint64_t x) {
  x = (x ^ x >> 32) * UINT64_C(0xd6e8feb86659fd93);
  return x ^ x >> 32;
}

/* Of less than 8 octets, all. */
static uint64_t load_short(const uint8_t *p, size_t n) {
  uint32_t low = 0, high = 0;
  if (n >= 4) {
    memcpy(&low, p, 4);
    memcpy(&high, p + n - 4, 4);
  } else if (n != 0) {
    low = p[0];
    high = (uint32_t)p[n / 2] << 8 | p[n - 1];
  }
  return (uint64_t)high << 32 | low;
}

static uint64_t load8(const uint8_t *p) {
  uint64_t word;
  memcpy(&word, p, 8);
  return word;
}

/* A sum of products of halves, each with a secret added that changes from word to word: who doesn't know the key can't aim. */
static uint64_t hash_octets(uint64_t key, rill_view octets) {
  const uint8_t *p = octets.p;
  uint64_t sum = octets.n, secret = key;
  for (size_t left = octets.n; left > 8; left -= 8, p += 8) {
    uint64_t word = load8(p) + secret;
    sum += (word >> 32) * (uint32_t)word;
    secret += UINT64_C(0x9e3779b97f4a7c15);
  }
  uint64_t word = secret + (octets.n >= 8 ? load8(octets.p + octets.n - 8) : load_short(p, octets.n));
  return mix(key ^ (sum + (word >> 32) * (uint32_t)word));
}

/* A name's part of the hash. A known name needs no look at its octets. */
static uint64_t key_of(uint64_t seed, uint16_t token, rill_view name) {
  return token == RILL_TOKEN_OTHER ? hash_octets(seed, name) : seed + token * UINT64_C(0x9e3779b97f4a7c15);
}

/* The high octet says whose hash it is, and is not 0. */
static uint32_t tag_of(uint64_t seed) { return ((uint32_t)(seed >> 32) | 0x01000000) & TAG; }

static uint32_t hash_of(uint64_t seed, uint64_t key, rill_view value) {
  return tag_of(seed) | (uint32_t)(hash_octets(key, value) >> 40);
}

void rill__field_prepare(uint64_t seed, rill_field *field) {
  uint64_t mixed = mix(seed);
  field->token = rill__token_for(field);
  field->hash = hash_of(mixed, key_of(mixed, field->token, field->name), field->value);
}

/* ---- the indices ---- */

/* Of one slot: what its entry has, then the heads of the chains of this number. Numbers are of entries. */
typedef struct link {
  uint32_t hash;
  uint32_t older_field, older_name;
  uint32_t newest_field, newest_name; /* the latter for names that have no token */
} link;

typedef struct indices {
  uint32_t newest[RILL_TOKEN_OTHER]; /* by token */
  link links[];
} indices;

static link *link_at(const rill__enc *enc, uint32_t number) {
  indices *all = rill__dyn_extra(&enc->table);
  return &all->links[number & (enc->table.slot_count - 1)];
}

/* RFC 7541 2.3.3 */
static uint32_t index_of(const rill__dyn_tab *table, uint32_t seq) { return RILL__STATIC_COUNT + (table->next - seq); }

static bool has_name(const rill__dyn_tab *table, uint32_t seq, uint16_t token, rill_view name) {
  const rill__dyn_entry *entry = rill__dyn_at(table, seq);
  return entry->token == token && (token != RILL_TOKEN_OTHER || rill__view_eq(rill__dyn_name(table, entry), name));
}

static inline bool has_value(const rill__dyn_tab *table, uint32_t seq, rill_view value) {
  return rill__view_eq(rill__dyn_value(table, rill__dyn_at(table, seq)), value);
}

/* The entry that has this name and value; false if there is none. */
static bool find_field(const rill__enc *enc, const rill_field *field, uint16_t token, uint32_t hash, uint32_t *found) {
  const rill__dyn_tab *table = &enc->table;
  if (table->count == 0) return false;
  uint32_t seq = link_at(enc, hash)->newest_field;
  for (unsigned walk = 0; walk < WALK_MAX && rill__dyn_is_live(table, seq); walk++) {
    const link *at = link_at(enc, seq);
    if (at->hash == hash && has_value(table, seq, field->value) && has_name(table, seq, token, field->name)) {
      *found = seq;
      return true;
    }
    seq = at->older_field;
  }
  return false;
}

/* The link in the chain of its hash that leads to the entry with this name. */
static uint32_t *find_unknown_name(const rill__enc *enc, uint64_t key, rill_view name) {
  const rill__dyn_tab *table = &enc->table;
  uint32_t *seq = &link_at(enc, (uint32_t)key)->newest_name;
  for (unsigned walk = 0; walk < WALK_MAX && rill__dyn_is_live(table, *seq); walk++) {
    if (has_name(table, *seq, RILL_TOKEN_OTHER, name)) return seq;
    seq = &link_at(enc, *seq)->older_name;
  }
  return NULL;
}

/* The newest entry that has this name; false if there is none. */
static bool find_name(const rill__enc *enc, uint64_t key, uint16_t token, rill_view name, uint32_t *found) {
  if (enc->table.count == 0) return false;
  const indices *all = rill__dyn_extra(&enc->table);
  const uint32_t *seq = token != RILL_TOKEN_OTHER ? &all->newest[token] : find_unknown_name(enc, key, name);
  if (seq == NULL || !rill__dyn_is_live(&enc->table, *seq)) return false;
  *found = *seq;
  return true;
}

static void index_name(rill__enc *enc, uint32_t seq, uint64_t key, uint16_t token) {
  indices *all = rill__dyn_extra(&enc->table);
  if (token != RILL_TOKEN_OTHER) {
    all->newest[token] = seq;
    return;
  }
  uint32_t *same = find_unknown_name(enc, key, rill__dyn_name(&enc->table, rill__dyn_at(&enc->table, seq)));
  if (same != NULL) *same = link_at(enc, *same)->older_name;
  link *chain = link_at(enc, (uint32_t)key);
  link_at(enc, seq)->older_name = chain->newest_name;
  chain->newest_name = seq;
}

static void index_entry(rill__enc *enc, uint32_t seq, uint64_t key, uint32_t hash) {
  link *own = link_at(enc, seq), *chain = link_at(enc, hash);
  own->hash = hash;
  own->older_field = chain->newest_field;
  chain->newest_field = seq;
  index_name(enc, seq, key, rill__dyn_at(&enc->table, seq)->token);
}

/* The slots are new ones. */
static void index_all(rill__enc *enc) {
  const rill__dyn_tab *table = &enc->table;
  for (uint32_t seq = rill__dyn_oldest(table); seq != table->next; seq++) {
    const rill__dyn_entry *entry = rill__dyn_at(table, seq);
    uint64_t key = key_of(enc->seed, entry->token, rill__dyn_name(table, entry));
    index_entry(enc, seq, key, hash_of(enc->seed, key, rill__dyn_value(table, entry)));
  }
}

static bool insert(rill__enc *enc, const rill_field *field, uint16_t token, uint64_t key, uint32_t hash) {
  uint32_t slot_count = enc->table.slot_count;
  rill__dyn_entry *entry = rill__dyn_insert(&enc->table, field->name, field->value);
  if (entry == NULL) return false;
  entry->token = token;
  if (enc->table.slot_count != slot_count) index_all(enc);
  else index_entry(enc, enc->table.next - 1, key, hash);
  return true;
}

/* ---- fields ---- */

static literal literal_for(const rill_field *field, uint16_t token) {
  if (field->flags & RILL_FIELD_NEVER_INDEX) return LITERAL_NEVER;
  if (token == RILL_TOKEN_COOKIE && field->value.n >= COOKIE_SECRET_MAX) return LITERAL_INDEXED;
  return (literal)policy[token];
}

static size_t int_octets(size_t n) {
  if (n < 0x7f) return 1;
  size_t octets = 2;
  for (size_t more = (n - 0x7f) >> 7; more != 0; more >>= 7) octets++;
  return octets;
}

/* Huffman's code where that is shorter. */
static uint8_t *put_string(uint8_t *dst, rill_view octets) {
  size_t before = int_octets(octets.n);
  size_t coded = rill__huff_put(dst + before, octets.p, octets.n);
  if (coded == octets.n) return rill__put(rill__int_put(dst, 0, 0x7f, (uint32_t)octets.n), octets.p, octets.n);
  uint8_t *at = rill__int_put(dst, 0x80, 0x7f, (uint32_t)coded);
  if (at != dst + before) memmove(at, dst + before, coded);
  return at + coded;
}

static uint8_t *put_indexed(uint8_t *dst, uint32_t index) { return rill__int_put(dst, 0x80, 0x7f, index); }

static uint8_t *put_literal(uint8_t *dst, literal how, uint32_t name_index, const rill_field *field) {
  dst = rill__int_put(dst, literals[how].high, literals[how].mask, name_index);
  if (name_index == 0) dst = put_string(dst, field->name);
  return put_string(dst, field->value);
}

/* Whether the field may take the place of so many others. */
static bool may_insert(const rill__enc *enc, const rill_field *field) {
  if (field->flags & RILL_FIELD_NO_INDEX) return false;
  return rill__dyn_entry_size(field->name, field->value) * 4 <= (uint64_t)enc->table.max * 3;
}

/* In most cases a field has the value that the last one of its name had. The index of that one if it is so, or 0. */
static uint32_t find_again(const rill__enc *enc, const rill_field *field, uint16_t token) {
  const rill__dyn_tab *table = &enc->table;
  if (table->count == 0 || token == RILL_TOKEN_OTHER) return 0;
  uint32_t seq = ((const indices *)rill__dyn_extra(table))->newest[token];
  return rill__dyn_is_live(table, seq) && has_value(table, seq, field->value) ? index_of(table, seq) : 0;
}

/* A field that may be in the dynamic table, or come to be there. */
static uint8_t *put_dynamic(rill__enc *enc, uint8_t *dst, const rill_field *field, uint16_t token, uint32_t name_index) {
  const rill__dyn_tab *table = &enc->table;
  uint32_t hash = field->hash, seq;
  bool hashed = hash != 0 && (hash & TAG) == tag_of(enc->seed);
  if (hashed && find_field(enc, field, token, hash, &seq)) return put_indexed(dst, index_of(table, seq));

  uint64_t key = key_of(enc->seed, token, field->name);
  bool named = find_name(enc, key, token, field->name, &seq);
  if (named && token == RILL_TOKEN_OTHER && has_value(table, seq, field->value)) return put_indexed(dst, index_of(table, seq));
  if (named && name_index == 0) name_index = index_of(table, seq);
  if (!hashed) {
    hash = hash_of(enc->seed, key, field->value);
    if (named && find_field(enc, field, token, hash, &seq)) return put_indexed(dst, index_of(table, seq));
  }
  bool inserted = may_insert(enc, field) && insert(enc, field, token, key, hash);
  return put_literal(dst, inserted ? LITERAL_INDEXED : LITERAL_PLAIN, name_index, field);
}

static uint8_t *put_field(rill__enc *enc, uint8_t *dst, const rill_field *field) {
  uint16_t token = rill__token_for(field);
  literal how = literal_for(field, token);
  uint32_t index = rill__static_name(token), seq;
  if (index != 0 && field->value.n <= RILL__STATIC_VALUE_MAX && how != LITERAL_NEVER) {
    uint32_t whole = rill__static_field(token, field->value);
    if (whole != 0) return put_indexed(dst, whole);
  }
  if (how == LITERAL_INDEXED) {
    uint32_t again = find_again(enc, field, token);
    return again != 0 ? put_indexed(dst, again) : put_dynamic(enc, dst, field, token, index);
  }
  if (index == 0 && find_name(enc, key_of(enc->seed, token, field->name), token, field->name, &seq)) {
    index = index_of(&enc->table, seq);
  }
  return put_literal(dst, how, index, field);
}

/* ---- blocks ---- */

void rill__enc_init(rill__enc *enc, rill__mem *mem, uint32_t max_table_size, uint64_t seed) {
  *enc = (rill__enc){.seed = mix(seed), .own_max = max_table_size < RILL__INT_MAX ? max_table_size : RILL__INT_MAX};
  rill__dyn_init(&enc->table, mem, TABLE_FIRST, sizeof(indices), sizeof(link));
  rill__enc_resize(enc, TABLE_FIRST);
}

void rill__enc_free(rill__enc *enc) { rill__dyn_free(&enc->table); }

void rill__enc_resize(rill__enc *enc, uint32_t peer_max_table_size) {
  if (!enc->pending) enc->pending_min = enc->table.max;
  enc->pending = true;
  enc->pending_max = peer_max_table_size < enc->own_max ? peer_max_table_size : enc->own_max;
  if (enc->pending_max < enc->pending_min) enc->pending_min = enc->pending_max;
}

void rill__enc_restart(rill__enc *enc) {
  rill__dyn_free(&enc->table);
  if (!enc->pending) enc->pending_max = enc->table.max;
  enc->pending_min = 0;
  enc->pending = enc->restart = true;
}

static uint8_t *put_update(rill__enc *enc, uint8_t *dst, uint32_t max) {
  rill__dyn_set_max(&enc->table, max);
  return rill__int_put(dst, 0x20, 0x1f, max);
}

/* RFC 7541 4.2: the least maximum that was asked for since the last block, then the final one. */
static uint8_t *put_updates(rill__enc *enc, uint8_t *dst) {
  if (enc->restart || enc->pending_min < enc->table.max) dst = put_update(enc, dst, enc->pending_min);
  if (enc->pending_max != enc->table.max) dst = put_update(enc, dst, enc->pending_max);
  enc->pending = enc->restart = false;
  return dst;
}

size_t rill__enc_bound(const rill_field *fields, size_t count) {
  size_t bound = 2 * UPDATE_OCTETS + RILL__HUFF_PUT_SLACK;
  for (size_t i = 0; i < count; i++) {
    size_t name_n = fields[i].name.n, value_n = fields[i].value.n;
    if (name_n > RILL__INT_MAX || value_n > RILL__INT_MAX) return SIZE_MAX;
    uint64_t octets = (uint64_t)name_n + value_n + FIELD_OCTETS;
    if (octets >= SIZE_MAX - bound) return SIZE_MAX;
    bound += (size_t)octets;
  }
  return bound;
}

size_t rill__enc_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count) {
  uint8_t *at = enc->pending ? put_updates(enc, dst) : dst;
  for (size_t i = 0; i < count; i++) at = put_field(enc, at, &fields[i]);
  return (size_t)(at - dst);
}
