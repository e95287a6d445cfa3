/* SPDX-License-Identifier: MIT */
/*
 * The encoder: which representation a field gets, size updates, and that a decoder reads what was meant and has the same table
 * after each block (T-HPACK2), whatever the fields, the table sizes, the hashes that an application leaves in fields, and the
 * memory there is.
 */
#include "hpack_line.h"

#include <stdio.h>

static uint64_t random_state = 5;

static uint32_t next_random(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

static void expect_one(const char *name, const char *value, uint8_t flags, const char *hex, uint32_t table_count) {
  line l;
  rill_field field = {
      .name = {(const uint8_t *)name, strlen(name)}, .value = {(const uint8_t *)value, strlen(value)}, .flags = flags};
  line_open(&l, 4096, 1);
  expect_wire(&l, &field, 1, hex);
  assert_int_equal(l.enc.tab.dyn.count, table_count);
  line_close(&l);
}

/* ---- representations ---- */

static void test_static(void **state) {
  (void)state;
  expect_one(":method", "GET", 0, "82", 0);
  expect_one(":path", "/index.html", 0, "85", 0);
  expect_one(":status", "500", 0, "8e", 0);
  expect_one("accept-encoding", "gzip, deflate", 0, "90", 0);
  expect_one("accept", "", 0, "93", 0);
  expect_one("www-authenticate", "", 0, "bd", 0);
  expect_one(":method", "GET", RILL_FIELD_NO_INDEX, "82", 0);
  expect_one(":method", "GET", RILL_FIELD_NEVER_INDEX, "12 03 474554", 0); /* not even from the static table */
  expect_one("authorization", "", 0, "1f 08 00", 0);
}

static void test_literals(void **state) {
  (void)state;
  expect_one(":method", "PUT", 0, "42 03 505554", 1); /* Huffman's code would not be shorter */
  expect_one(":authority", "www.example.com", 0, "41 8c f1e3c2e5f23a6ba0ab90f4ff", 1);
  expect_one("custom-key", "custom-value", 0, "40 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf", 1);
  expect_one("custom-key", "custom-value", RILL_FIELD_NO_INDEX, "00 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf", 0);
  expect_one("custom-key", "custom-value", RILL_FIELD_NEVER_INDEX, "10 88 25a849e95ba97d7f 89 25a849e95bb8e8b4bf", 0);
  expect_one("", "", 0, "40 00 00", 1);
  expect_one("te", "x", 0, "40 02 7465 01 78", 1);
}

/* Three quarters of the table at most. */
static void test_entry_size(void **state) {
  (void)state;
  static uint8_t octets[4096];
  for (size_t n = 3040 - 1; n <= 3040 + 1; n++) { /* 4,096 * 3 / 4 - 32 */
    uint8_t wire[ROOM];
    rill_field field = {.name = {octets, 1}, .value = {octets, n - 1}};
    line l;
    line_open(&l, 4096, 1);
    pass(&l, &field, 1, wire);
    assert_int_equal(wire[0] & 0x40, n <= 3040 ? 0x40 : 0);
    line_close(&l);
  }
}

/* RFC 7541 C.4: these we encode as the RFC does. */
static void test_examples(void **state) {
  (void)state;
  const rill_field one[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "http"), RILL_FIELD(":path", "/"),
                            RILL_FIELD(":authority", "www.example.com")};
  const rill_field two[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "http"), RILL_FIELD(":path", "/"),
                            RILL_FIELD(":authority", "www.example.com"), RILL_FIELD("cache-control", "no-cache")};
  const rill_field three[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/index.html"),
                              RILL_FIELD(":authority", "www.example.com"), RILL_FIELD("custom-key", "custom-value")};
  line l;
  line_open(&l, 4096, 1);
  expect_wire(&l, one, 4, "828684418cf1e3c2e5f23a6ba0ab90f4ff");
  expect_wire(&l, two, 5, "828684be5886a8eb10649cbf");
  expect_wire(&l, three, 5, "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf");
  line_close(&l);
}

/* Names that are in no static entry are found in the dynamic table, with and without a token. */
static void test_dynamic_names(void **state) {
  (void)state;
  static const char *const names[] = {"te", "x-some-name"};
  for (size_t i = 0; i < 2; i++) {
    rill_view name = {(const uint8_t *)names[i], strlen(names[i])};
    rill_field a = {.name = name, .value = {(const uint8_t *)"1", 1}}, b = {.name = name, .value = {(const uint8_t *)"22", 2}};
    rill_field other = RILL_FIELD("x-other", "3"), secret = {.name = name, .value = b.value, .flags = RILL_FIELD_NEVER_INDEX};
    rill_field unindexed = {.name = name, .value = {(const uint8_t *)"4", 1}, .flags = RILL_FIELD_NO_INDEX};
    line l;
    line_open(&l, 4096, 1);
    pass(&l, &a, 1, NULL);
    pass(&l, &other, 1, NULL);
    expect_wire(&l, &b, 1, "7f 00 02 3232");
    expect_wire(&l, &b, 1, "be");
    expect_wire(&l, &a, 1, "c0");
    expect_wire(&l, &secret, 1, "1f 2f 02 3232");
    expect_wire(&l, &unindexed, 1, "0f 2f 01 34");
    rill_field known = {.name = name, .value = {(const uint8_t *)"1", 1}, .flags = RILL_FIELD_NO_INDEX};
    expect_wire(&l, &known, 1, "c0"); /* it's there already */
    line_close(&l);
  }
}

/* ---- size updates ---- */

static void test_updates(void **state) {
  (void)state;
  static const struct row {
    uint32_t own;
    uint32_t sizes[4]; /* the peer's, one after the other, up to a 1 */
    const char *hex;   /* what the next block begins with */
    uint32_t after;
  } rows[] = {
      {4096, {1}, "", 4096},
      {4096, {4096, 1}, "", 4096},
      {4096, {65536, 1}, "", 4096}, /* more than we want */
      {8192, {1}, "", 4096},        /* more than the peer has allowed yet */
      {8192, {65536, 1}, "3fe13f", 8192},
      {8192, {5000, 1}, "3fe926", 5000},
      {8192, {5000, 4096, 1}, "", 4096},
      {8192, {5000, 100, 6000, 1}, "3f45 3fd12e", 6000},
      {1000, {1}, "3fc907", 1000}, /* less from the beginning */
      {1000, {100, 4096, 1}, "3f45 3fc907", 1000},
      {0, {1}, "20", 0},
      {4096, {0, 1}, "20", 0},
      {4096, {0, 4096, 1}, "20 3fe11f", 4096},
      {4096, {100, 50, 1}, "3f13", 50},
      {4096, {50, 100, 1}, "3f13 3f45", 100},
      {4096, {30, 1}, "3e", 30},
      {4096, {31, 1}, "3f00", 31},
      {4096, {32, 1}, "3f01", 32},
  };
  const rill_field field = RILL_FIELD(":method", "GET");
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    char hex[64];
    line l;
    line_open(&l, rows[i].own, 1);
    for (size_t k = 0; rows[i].sizes[k] != 1; k++) {
      rill__enc_resize(&l.enc, rows[i].sizes[k]);
      rill__dec_resize(&l.dec, rows[i].sizes[k]);
    }
    (void)snprintf(hex, sizeof hex, "%s 82", rows[i].hex);
    expect_wire(&l, &field, 1, hex);
    assert_int_equal(l.enc.tab.dyn.max, rows[i].after);
    expect_wire(&l, &field, 1, "82"); /* once */
    line_close(&l);
  }
}

/* The largest maximum is what an update can say. */
static void test_largest_update(void **state) {
  (void)state;
  const rill_field field = RILL_FIELD("a", "b");
  line l;
  line_open(&l, UINT32_MAX, 1);
  rill__enc_resize(&l.enc, UINT32_MAX);
  rill__dec_resize(&l.dec, UINT32_MAX);
  expect_wire(&l, &field, 1, "3f e0 ff ff ff 07 40 01 61 01 62");
  assert_true(l.enc_mem.used < 2048);
  line_close(&l);
}

static void test_restart(void **state) {
  (void)state;
  const rill_field fields[] = {RILL_FIELD(":authority", "www.example.com"), RILL_FIELD("x", "y")};
  uint8_t lost[ROOM];
  line l;
  line_open(&l, 4096, 1);
  pass(&l, fields, 1, NULL);
  (void)rill__enc_block(&l.enc, lost, fields, 2);
  rill__enc_restart(&l.enc);
  assert_int_equal(l.enc.tab.dyn.count, 0);
  expect_wire(&l, fields, 1, "20 3fe11f 418cf1e3c2e5f23a6ba0ab90f4ff");
  expect_wire(&l, fields, 1, "be");
  rill__enc_resize(&l.enc, 100); /* an update that is lost as well */
  rill__dec_resize(&l.dec, 100);
  (void)rill__enc_block(&l.enc, lost, fields, 2);
  rill__enc_restart(&l.enc);
  rill__enc_restart(&l.enc);
  expect_wire(&l, fields, 1, "20 3f45 418cf1e3c2e5f23a6ba0ab90f4ff");
  rill__enc_resize(&l.enc, 0);
  rill__dec_resize(&l.dec, 0);
  (void)rill__enc_block(&l.enc, lost, fields, 2);
  rill__enc_restart(&l.enc);
  expect_wire(&l, fields, 1, "20 018cf1e3c2e5f23a6ba0ab90f4ff"); /* 0 is all there is to say */
  rill__enc_restart(&l.enc);
  rill__enc_resize(&l.enc, 200); /* after a restart, before the next block */
  rill__dec_resize(&l.dec, 200);
  expect_wire(&l, fields, 1, "20 3fa901 418cf1e3c2e5f23a6ba0ab90f4ff");
  line_close(&l);
}

/* ---- agreement ---- */

static const char *const some_names[] = {":path",
                                         ":authority",
                                         ":status",
                                         "cookie",
                                         "set-cookie",
                                         "te",
                                         "priority",
                                         "x-a",
                                         "x-b",
                                         "x-long-name-that-takes-some-room",
                                         "authorization",
                                         "user-agent",
                                         "accept",
                                         "",
                                         "x"};

typedef struct text {
  uint8_t octets[FIELDS][400];
} text;

static void make_fields(rill_field *fields, size_t count, text *t) {
  for (size_t i = 0; i < count; i++) {
    const char *name = some_names[next_random(sizeof some_names / sizeof *some_names)];
    size_t n = next_random(6) == 0 ? next_random(400) : next_random(25);
    unsigned kind = next_random(3); /* few different values, text, anything */
    for (size_t k = 0; k < n; k++) {
      t->octets[i][k] = (uint8_t)(kind == 0   ? 'a' + next_random(2) * (k == 0)
                                  : kind == 1 ? 32 + next_random(95)
                                              : next_random(256));
    }
    fields[i] = (rill_field){.name = {(const uint8_t *)name, strlen(name)}, .value = {t->octets[i], n}};
    if (next_random(10) == 0) fields[i].flags = (uint8_t)next_random(16);
    unsigned prepared = next_random(5);
    if (prepared == 0) rill__field_prepare(1, &fields[i]); /* of this context */
    if (prepared == 1) rill__field_prepare(next_random(100), &fields[i]);
    if (prepared == 2) fields[i].hash = next_random(UINT32_MAX) | next_random(2) << 31;
    if (prepared == 3) fields[i].token = (uint16_t)(RILL_TOKEN_COUNT + next_random(1000));
  }
}

/* What the sizes since the last block ask of the next one. */
typedef struct sizes {
  uint32_t own, in_force, least, last;
  bool restart;
} sizes;

static void change_size(line *l, sizes *s, uint32_t size) {
  rill__enc_resize(&l->enc, size);
  rill__dec_resize(&l->dec, size);
  s->last = size < s->own ? size : s->own;
  if (s->last < s->least) s->least = s->last;
}

/* At most two updates, at the start: the smallest size, then the final one, each if it is a change. */
static void expect_updates(sizes *s, const uint8_t *wire, size_t n) {
  rill_view block = {wire, n};
  uint32_t want[2], wants = 0, size;
  if (s->restart) s->least = 0;
  if (s->restart || s->least < s->in_force) want[wants++] = s->in_force = s->least;
  if (s->last != s->in_force) want[wants++] = s->last;
  for (uint32_t i = 0; i < wants; i++) {
    assert_true(block.n != 0 && (*block.p & 0xe0) == 0x20);
    assert_int_equal(rill__int_get(&block, 0x1f, &size), RILL_WHY_NONE);
    assert_int_equal(size, want[i]);
  }
  assert_true(block.n == 0 || (*block.p & 0xe0) != 0x20);
  s->in_force = s->least = s->last;
  s->restart = false;
}

static void test_random(void **state) {
  (void)state;
  static const uint32_t peers[] = {0, 1, 31, 32, 33, 64, 200, 4095, 4096, 8192};
  static const uint32_t owns[] = {0, 33, 300, 4096, 8192};
  static text t;
  for (size_t i = 0; i < sizeof owns / sizeof *owns; i++) {
    static uint8_t wire[ROOM];
    line l;
    line_open(&l, owns[i], 1);
    sizes s = {owns[i], 4096, 4096, owns[i] < 4096 ? owns[i] : 4096, false};
    s.least = s.last;
    for (unsigned round = 0; round < 1500; round++) {
      rill_field fields[FIELDS];
      size_t count = next_random(FIELDS + 1);
      for (uint32_t changes = next_random(12) == 0 ? 1 + next_random(3) : 0; changes > 0; changes--)
        change_size(&l, &s, peers[next_random(10)]);
      if (next_random(50) == 0) {
        rill__enc_restart(&l.enc);
        s.restart = true;
      }
      make_fields(fields, count, &t);
      expect_updates(&s, wire, pass(&l, fields, count, wire));
    }
    line_close(&l);
  }
}

/* A hash that is wrong, or the same for all fields, costs compression only, and no more time than a few links. */
static void test_forged_hashes(void **state) {
  (void)state;
  rill_field field = RILL_FIELD("x-a", "1");
  rill__field_prepare(1, &field);
  uint32_t forged = field.hash;
  line l;
  line_open(&l, 4096, 1);
  for (unsigned i = 0; i < 500; i++) {
    char value[8];
    int n = snprintf(value, sizeof value, "%u", i % 70);
    rill_field next[2] = {{.name = field.name, .value = {(const uint8_t *)value, (size_t)n}, .hash = forged}};
    next[1] = next[0];
    next[1].name = (rill_view){(const uint8_t *)"x-b", 3};
    pass(&l, next, 2, NULL);
  }
  line_close(&l);
}

static void test_prepare(void **state) {
  (void)state;
  rill_field a = RILL_FIELD("user-agent", "rill"), b = RILL_FIELD("x-unknown", "rill"), c = a, d = b;
  line l;
  line_open(&l, 4096, 77);
  rill__field_prepare(77, &a);
  rill__field_prepare(77, &b);
  assert_int_equal(a.token, RILL_TOKEN_USER_AGENT);
  assert_int_equal(b.token, RILL_TOKEN_OTHER);
  assert_int_not_equal(a.hash, 0);
  assert_int_not_equal(b.hash, 0);
  pass(&l, &a, 1, NULL); /* prepared first, found by one that isn't; and the other way round */
  expect_wire(&l, &c, 1, "be");
  pass(&l, &d, 1, NULL);
  expect_wire(&l, &b, 1, "be");
  const rill_field newer = RILL_FIELD("user-agent", "newer");
  pass(&l, &newer, 1, NULL);
  rill__field_prepare(78, &c); /* of another context: is recognised */
  assert_true(c.hash != a.hash);
  expect_wire(&l, &c, 1, "c0");
  line_close(&l);
}

/* ---- the indices ---- */

/* Each distinct name without a token is in the index of names once, at its newest entry. */
static void expect_names_once(const rill__enc_tab *tab) {
  const rill__enc_indices *all = rill__dyn_extra(&tab->dyn);
  size_t indexed = 0, distinct = 0;
  for (uint32_t number = 0; number < tab->dyn.slot_count; number++) {
    uint32_t seq = all->links[number].newest_name;
    for (; rill__dyn_is_live(&tab->dyn, seq); seq = all->links[seq & (tab->dyn.slot_count - 1)].older_name)
      indexed++;
  }
  for (uint32_t seq = rill__dyn_oldest(&tab->dyn); seq != tab->dyn.next; seq++) {
    rill_view name = rill__dyn_name(&tab->dyn, rill__dyn_at(&tab->dyn, seq));
    bool newest = rill__token_of(name) == RILL_TOKEN_OTHER;
    for (uint32_t later = seq + 1; later != tab->dyn.next; later++) {
      if (rill__view_eq(name, rill__dyn_name(&tab->dyn, rill__dyn_at(&tab->dyn, later)))) newest = false;
    }
    if (!newest) continue;
    distinct++;
    rill_field probe = {.name = name, .value = {(const uint8_t *)"no such value", 13}};
    assert_int_equal(rill__enc_tab_name(tab, probe.name, RILL_TOKEN_OTHER), 61 + (tab->dyn.next - seq));
  }
  assert_int_equal(indexed, distinct);
}

static void test_names_once(void **state) {
  (void)state;
  line l;
  line_open(&l, 4096, 3);
  for (unsigned i = 0; i < 3000; i++) {
    char name[16], value[16];
    int name_n = snprintf(name, sizeof name, "x-%u", i % 3 == 0 ? 0 : next_random(12)),
        value_n = snprintf(value, sizeof value, "%u", i);
    rill_field field = {.name = {(const uint8_t *)name, (size_t)name_n}, .value = {(const uint8_t *)value, (size_t)value_n}};
    pass(&l, &field, 1, NULL);
    expect_names_once(&l.enc.tab);
  }
  line_close(&l);
}

/* Links that were never set, or are 2^32 insertions old, lead to live entries once sequence numbers wrap. */
static void test_wrap(void **state) {
  (void)state;
  static text t;
  const rill_field first = RILL_FIELD("user-agent", "v");
  const rill_field then[] = {RILL_FIELD("server", "v"), RILL_FIELD("te", "v"), RILL_FIELD("te", "w"), RILL_FIELD("x-a", "v")};
  line l;
  line_open(&l, 4096, 1);
  l.enc.tab.dyn.next = 0; /* so that this entry has the number that all links have at first */
  pass(&l, &first, 1, NULL);
  pass(&l, then, 4, NULL);
  line_close(&l);
  for (uint32_t before = 0; before < 70; before++) {
    line_open(&l, 4096, 1);
    l.enc.tab.dyn.next = 0u - before;
    for (unsigned round = 0; round < 12; round++) {
      rill_field fields[FIELDS];
      make_fields(fields, FIELDS, &t);
      pass(&l, fields, FIELDS, NULL);
    }
    line_close(&l);
  }
}

/* ---- the bound ---- */

static void test_bound(void **state) {
  (void)state;
  assert_true(rill__enc_bound(NULL, 0) >= 12);
  rill_field fields[2] = {{.name = {NULL, 0x7fffffff}}, {.name = {NULL, 0x80000000u}}};
  assert_true(sizeof(size_t) == 4 || rill__enc_bound(fields, 1) != SIZE_MAX);
  assert_int_equal(rill__enc_bound(fields, 2), SIZE_MAX);
  fields[1] = (rill_field){.value = {NULL, 0x80000000u}};
  assert_int_equal(rill__enc_bound(fields, 2), SIZE_MAX);
  fields[1] = (rill_field){.name = {NULL, SIZE_MAX}, .value = {NULL, SIZE_MAX}};
  assert_int_equal(rill__enc_bound(fields, 2), SIZE_MAX);
}

/* Octets whose codes are longest, at each length: pass() has no more room than the bound. */
static void test_bound_is_kept(void **state) {
  (void)state;
  static uint8_t octets[20000];
  memset(octets, 0x0a, sizeof octets);
  static const size_t lengths[] = {0, 1, 5, 6, 7, 11, 12, 13, 126, 127, 128, 254, 255, 256, 300, 16510, 16511, 16512, 20000};
  for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
    for (unsigned fill_with = 0; fill_with < 3; fill_with++) {
      if (fill_with == 1) memset(octets, 'a', sizeof octets);
      if (fill_with == 2) memset(octets + lengths[i] / 2, 0xff, sizeof octets - lengths[i] / 2); /* short first, then long */
      rill_field fields[2] = {{.name = {octets, lengths[i]}, .value = {octets, lengths[i]}},
                              {.name = {octets, lengths[i]}, .value = {octets, lengths[i] / 2}}};
      line l;
      line_open(&l, 1000, 1);
      pass(&l, fields, 2, NULL);
      line_close(&l);
    }
    memset(octets, 0x0a, sizeof octets);
  }
}

/* ---- no memory ---- */

static bool survives(size_t fail_at) {
  static text t;
  line l;
  random_state = 42;
  line_open(&l, 4096, 1);
  l.fail_at = fail_at;
  for (unsigned round = 0; round < 40; round++) {
    rill_field fields[FIELDS];
    make_fields(fields, FIELDS, &t);
    pass(&l, fields, FIELDS, NULL);
  }
  bool failed = l.fail_at == 0;
  line_close(&l);
  return !failed;
}

static void test_no_memory(void **state) {
  (void)state;
  size_t k = 1;
  while (!survives(k))
    k++;
  assert_true(k > 5);
}

/* With no memory at all nothing is indexed, and all is sent. */
static void test_never_memory(void **state) {
  (void)state;
  const rill_field field = RILL_FIELD("x-a", "b");
  line l;
  line_open(&l, 4096, 1);
  l.enc_mem.limit = 0;
  for (unsigned i = 0; i < 3; i++)
    expect_wire(&l, &field, 1, "00 03 782d61 01 62");
  l.enc_mem.limit = SIZE_MAX;
  pass(&l, &field, 1, NULL);
  expect_wire(&l, &field, 1, "be");
  line_close(&l);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_static),         cmocka_unit_test(test_literals),      cmocka_unit_test(test_entry_size),
      cmocka_unit_test(test_examples),       cmocka_unit_test(test_dynamic_names), cmocka_unit_test(test_updates),
      cmocka_unit_test(test_largest_update), cmocka_unit_test(test_restart),       cmocka_unit_test(test_random),
      cmocka_unit_test(test_forged_hashes),  cmocka_unit_test(test_prepare),       cmocka_unit_test(test_names_once),
      cmocka_unit_test(test_wrap),           cmocka_unit_test(test_bound),         cmocka_unit_test(test_bound_is_kept),
      cmocka_unit_test(test_no_memory),      cmocka_unit_test(test_never_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
