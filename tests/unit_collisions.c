/* SPDX-License-Identifier: MIT */
/*
 * What those can do who pick stream ids that all have one home in the map of streams, or who know the hash seed, which is so if
 * the application gave none, and pick fields that all have one hash in the encoder's table. Both are made here as they would.
 *
 * What that costs is bounded in steps, by construction, which is what is held here: an id is found in RILL__IDMAP_REACH slots or
 * by halving a list, a field in so many links as enc_tab.c follows. The time that all take, against ids and fields that do not
 * collide, is printed and not asserted. With another seed no fields collide.
 */
#include "base/idmap.h"
#include "hpack/enc.h"
#include "hpack/enc_tab.h"
#include "trial.h"

#include <time.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { ROUNDS = 12 };

static const uint64_t seed = UINT64_C(0x9d3c5f0e8b7a6142);

static double seconds(void) { return (double)clock() / CLOCKS_PER_SEC; }

/* The least time of several: what else the machine does only adds to it. */
static double least(void (*work)(void *of), void *of) {
  double best = 1e9;
  for (int i = 0; i < ROUNDS; i++) {
    double from = seconds();
    work(of);
    double took = seconds() - from;
    if (took < best) best = took;
  }
  return best;
}

/* ---- stream ids --------------------------------------------------------------------------------------------------------- */

enum { IDS = 1500, TABLE = 2048, STEPS_LOG = 11 }; /* 2^11 > IDS */

typedef struct ids {
  trial t;
  rill__idmap map;
  uint32_t keys[IDS];
} ids;

static void add_all(ids *of) {
  for (uint32_t i = 0; i < IDS; i++)
    assert_non_null(rill__idmap_add(&of->map, &of->t.mem, of->keys[i]));
}

/* As a client may send them: odd, each higher than the last; `by` apart. */
static void ids_begin(ids *of, uint32_t by) {
  trial_begin(&of->t, SIZE_MAX);
  rill__idmap_init(&of->map, 8);
  for (uint32_t i = 0; i < IDS; i++)
    of->keys[i] = i * by + 1;
  add_all(of);
  assert_int_equal(of->map.table, TABLE);
}

static void get_all(void *user) {
  const ids *of = user;
  for (uint32_t round = 0; round < 20; round++) {
    for (uint32_t i = 0; i < IDS; i++)
      assert_true(*(const uint32_t *)rill__idmap_get(&of->map, of->keys[i]) == of->keys[i]);
  }
}

/* New streams come while old ones end, in either order. */
static void churn(void *user) {
  ids *of = user;
  for (uint32_t round = 0; round < 6; round++) {
    for (uint32_t i = 0; i < IDS; i++) {
      uint32_t at = round % 2 == 0 ? i : IDS - 1 - i;
      rill__idmap_remove(&of->map, of->keys[at]);
      if (round % 3 != 0) assert_non_null(rill__idmap_add(&of->map, &of->t.mem, of->keys[at]));
    }
    if (round % 3 == 0) add_all(of);
  }
}

/* How many are not in the table. */
static uint32_t listed(const rill__idmap *map) {
  uint32_t seated = 0;
  for (uint32_t i = 0; i < map->table; i++)
    seated += map->slots[i] >> 4 != 0;
  return map->count - seated;
}

/* A list of so many is halved in so many steps. */
_Static_assert(IDS < 1 << STEPS_LOG, "no key takes more steps");

/* Two apart, all are at home; others leave slots between them, which those that collide take; then only the list is left. */
static void colliding_ids_take_few_steps(void **state) {
  (void)state;
  static const struct { uint32_t by, listed; } rows[] = {{2, 0}, {32, 0}, {2 * TABLE, IDS - RILL__IDMAP_REACH}};
  static ids all[LENGTH(rows)];
  double gets[LENGTH(rows)], churns[LENGTH(rows)];
  for (size_t i = 0; i < LENGTH(rows); i++) {
    ids_begin(&all[i], rows[i].by);
    assert_in_range(listed(&all[i].map), rows[i].listed, rows[i].listed + (rows[i].by == 32 ? IDS / 4 : 0));
    gets[i] = least(get_all, &all[i]);
    churns[i] = least(churn, &all[i]);
    get_all(&all[i]);
    for (uint32_t k = 0; k < IDS; k++)
      rill__idmap_remove(&all[i].map, all[i].keys[k]);
    assert_int_equal(all[i].map.count, 0);
    rill__idmap_free(&all[i].map, &all[i].t.mem);
    assert_int_equal(all[i].t.user.live, 0);
    trial_end(&all[i].t);
  }
  print_message("ids 32 apart: found in %.1f, added and removed in %.1f of the time; all at one home: %.1f and %.1f\n",
                gets[1] / gets[0], churns[1] / churns[0], gets[2] / gets[0], churns[2] / churns[0]);
}

/* ---- fields ------------------------------------------------------------------------------------------------------------- */

/* Of one name and length; so many that they do not fit the table at a time. */
enum { FIELDS = 100, VALUE = 24, BLOCKS = 20, LINKS = 16 }; /* the last as in enc_tab.c */

typedef struct fields {
  rill_field at[FIELDS];
  uint8_t values[FIELDS][VALUE];
  rill__mem mem;
  rill_mem user;
  uint64_t seed;
  size_t octets; /* of one block */
} fields;

/*
 * The second word of a value is made such that one half of it, with what enc_tab.c adds, is nought: then the product is nought,
 * whatever the other half says. Which octets do that depends on the seed and the name; with a name whose token is known the key
 * is a multiple of a constant. One octet beside that they are ordinary fields.
 */
static void aim(fields *f, uint16_t token, uint32_t beside) {
  const uint64_t step = UINT64_C(0x9e3779b97f4a7c15), spread = UINT64_C(0xd6e8feb86659fd93);
  uint64_t secret = token * spread + step;
  for (uint32_t i = 0; i < FIELDS; i++) {
    uint64_t word = (uint64_t)(0x61616161 + i % 10 + (i / 10 << 8)) << 32 | (uint32_t)(beside - secret);
    memset(f->values[i], 'v', VALUE);
    memcpy(f->values[i] + 8, &word, sizeof word);
  }
}

static void name_all(fields *f, const char *name) {
  for (uint32_t i = 0; i < FIELDS; i++)
    f->at[i] = (rill_field){.name = {(const uint8_t *)name, strlen(name)}, .value = {f->values[i], VALUE}};
}

static uint32_t hash_of(const fields *f, uint32_t i, uint16_t token) { return rill__enc_hash(f->seed, token, &f->at[i]); }

static uint32_t distinct(const fields *f, uint16_t token) {
  uint32_t count = 0;
  for (uint32_t i = 0; i < FIELDS; i++) {
    uint32_t before = 0;
    while (before < i && hash_of(f, before, token) != hash_of(f, i, token))
      before++;
    count += before == i;
  }
  return count;
}

static void encode(void *user) {
  static uint8_t room[FIELDS * (VALUE + 64) + 1000];
  fields *f = user;
  rill__enc enc;
  rill__mem_init(&f->mem, &f->user, SIZE_MAX);
  rill__enc_init(&enc, &f->mem, 4096, f->seed);
  for (int i = 0; i < BLOCKS; i++)
    f->octets = rill__enc_block(&enc, room, f->at, FIELDS);
  rill__enc_free(&enc);
}

/* Of fields that are all in the table, how many are found there. */
static uint32_t found_of(fields *f, uint16_t token) {
  trial t;
  trial_begin(&t, SIZE_MAX);
  rill__enc_tab tab;
  uint32_t found = 0;
  rill__enc_tab_init(&tab, &t.mem, 1 << 16, f->seed);
  for (int pass = 0; pass < 2; pass++) {
    for (uint32_t i = 0; i < FIELDS; i++) {
      rill__enc_match match;
      bool there = rill__enc_tab_find(&tab, &f->at[i], token, &match) != 0;
      if (pass == 0) assert_true(!there && rill__enc_tab_insert(&tab, &f->at[i], token, &match));
      found += pass == 1 && there;
    }
  }
  rill__dyn_free(&tab.dyn);
  trial_end(&t);
  return found;
}

/* No walk goes on for ever: of a hundred that collide the newest are found. */
static void a_walk_takes_few_links(void **state) {
  (void)state;
  static fields plain, colliding;
  aim(&plain, RILL_TOKEN_USER_AGENT, 1);
  aim(&colliding, RILL_TOKEN_USER_AGENT, 0);
  name_all(&plain, "user-agent");
  name_all(&colliding, "user-agent");
  assert_int_equal(found_of(&plain, RILL_TOKEN_USER_AGENT), FIELDS);
  assert_int_equal(found_of(&colliding, RILL_TOKEN_USER_AGENT), LINKS);
}

static void colliding_fields_are_encoded_all_the_same(void **state) {
  (void)state;
  static fields plain, colliding, seeded;
  fields *const all[] = {&plain, &colliding, &seeded};
  const uint16_t token = RILL_TOKEN_USER_AGENT;
  double took[3];
  seeded.seed = seed;
  aim(&plain, token, 1);
  aim(&colliding, token, 0);
  aim(&seeded, token, 0);
  for (size_t i = 0; i < LENGTH(all); i++) {
    trial t;
    trial_begin(&t, SIZE_MAX);
    all[i]->user = checked_mem_of(&t.user);
    name_all(all[i], "user-agent");
    took[i] = least(encode, all[i]);
    trial_end(&t);
  }
  assert_int_equal(distinct(&colliding, token), 1);
  assert_true(distinct(&plain, token) > FIELDS - 3);
  assert_true(distinct(&seeded, token) > FIELDS - 3);
  print_message("fields that collide: encoded in %.1f of the time; with another seed %.1f\n", took[1] / took[0],
                took[2] / took[0]);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(colliding_ids_take_few_steps),
      cmocka_unit_test(a_walk_takes_few_links),
      cmocka_unit_test(colliding_fields_are_encoded_all_the_same),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
