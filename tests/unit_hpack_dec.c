/* SPDX-License-Identifier: MIT */
/*
 * The decoder: the examples of RFC 7541 appendix C, every reason to refuse a block, every limit at N and N+1, annotations.
 */
#include "base/bytes.h"
#include "hex.h"
#include "hpack/dec.h"
#include "hpack/prefix_int.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { FIELDS = 64, ROOM = 8192 };

typedef struct desk {
  rill__mem mem;
  rill__arena arena;
  rill__dec dec;
  rill_field fields[FIELDS + 1];
  size_t count;
  rill_why why;
} desk;

static void desk_open(desk *d, uint32_t max) {
  memset(d, 0, sizeof *d);
  rill__mem_init(&d->mem, NULL, SIZE_MAX);
  rill__arena_init(&d->arena, &d->mem);
  rill__dec_init(&d->dec, &d->mem, max);
}

static void desk_close(desk *d) {
  rill__dec_free(&d->dec);
  rill__arena_free(&d->arena);
  assert_int_equal(d->mem.used, 0);
}

/* Decodes one block, which is gone before anybody looks at the fields. Returns what the last call did. */
static int run_octets(desk *d, const uint8_t *octets, size_t n) {
  uint8_t *copy = malloc(n == 0 ? 1 : n);
  assert_non_null(copy);
  if (n != 0) memcpy(copy, octets, n);
  rill_view block = {copy, n};
  int got = 1;
  d->why = RILL_WHY_NONE;
  rill__arena_reset(&d->arena);
  for (d->count = 0; d->count < FIELDS; d->count++) {
    got = rill__dec_next(&d->dec, &block, &d->arena, d->fields, d->count, &d->why);
    if (got != 1) break;
    assert_int_equal(d->fields[d->count].hash, 0);
    assert_in_range(d->fields[d->count].token, 1, RILL_TOKEN_COUNT - 1);
  }
  if (got == 0) assert_int_equal(block.n, 0);
  free(copy);
  return got;
}

static int run(desk *d, const char *hex) {
  uint8_t octets[ROOM];
  size_t n;
  assert_true(hex_octets(hex, octets, sizeof octets, &n));
  return run_octets(d, octets, n);
}

static void append(char *text, rill_view name, rill_view value) {
  size_t n = strlen(text);
  (void)snprintf(text + n, ROOM - n, "%.*s: %.*s\n", (int)name.n, (const char *)name.p, (int)value.n, (const char *)value.p);
}

static void expect_fields(const desk *d, const char *want) {
  char text[ROOM] = "";
  for (size_t i = 0; i < d->count; i++)
    append(text, d->fields[i].name, d->fields[i].value);
  assert_string_equal(text, want);
}

static void expect_table(const desk *d, const char *want, uint32_t size) {
  char text[ROOM] = "";
  const rill__dyn_tab *table = &d->dec.table;
  for (uint32_t i = 0; i < table->count; i++) {
    const rill__dyn_entry *entry = rill__dyn_at(table, table->next - 1 - i);
    append(text, rill__dyn_name(table, entry), rill__dyn_value(table, entry));
  }
  assert_string_equal(text, want);
  assert_int_equal(table->size, size);
}

/* Refused for this reason; and then everything is, for the same. */
static void expect_refusal(desk *d, const char *hex, rill_why why) {
  assert_int_equal(run(d, hex), RILL_ERR_PROTO);
  assert_int_equal(d->why, why);
  rill__dec_resize(&d->dec, 4096);
  assert_int_equal(run(d, "82"), RILL_ERR_PROTO);
  assert_int_equal(d->why, why);
  assert_int_equal(run(d, ""), RILL_ERR_PROTO);
  assert_int_equal(d->why, why);
}

static void refuse(const char *hex, rill_why why) {
  desk d;
  desk_open(&d, 4096);
  expect_refusal(&d, hex, why);
  desk_close(&d);
}

static void accept(const char *hex, const char *fields) {
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, hex), 0);
  expect_fields(&d, fields);
  desk_close(&d);
}

/* ---- RFC 7541 appendix C ---- */

typedef struct example {
  uint32_t max; /* of a new table; 0: that of the example before goes on */
  const char *hex, *fields, *table;
  uint32_t size;
} example;

/* clang-format off */
static const example examples[] = {
    {4096, /* C.2.1 */ "400a637573746f6d2d6b65790d637573746f6d2d686561646572", "custom-key: custom-header\n",
     "custom-key: custom-header\n", 55},
    {4096, /* C.2.2 */ "040c2f73616d706c652f70617468", ":path: /sample/path\n", "", 0},
    {4096, /* C.2.3 */ "100870617373776f726406736563726574", "password: secret\n", "", 0},
    {4096, /* C.2.4 */ "82", ":method: GET\n", "", 0},
    {4096, /* C.3.1 */
     "828684410f7777772e6578616d706c652e636f6d",
     ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n",
     ":authority: www.example.com\n",
     57},
    {0, /* C.3.2 */
     "828684be58086e6f2d6361636865",
     ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache\n",
     "cache-control: no-cache\n:authority: www.example.com\n",
     110},
    {0, /* C.3.3 */
     "828785bf400a637573746f6d2d6b65790c637573746f6d2d76616c7565",
     ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value\n",
     "custom-key: custom-value\ncache-control: no-cache\n:authority: www.example.com\n",
     164},
    {4096, /* C.4.1 */
     "828684418cf1e3c2e5f23a6ba0ab90f4ff",
     ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\n",
     ":authority: www.example.com\n",
     57},
    {0, /* C.4.2 */
     "828684be5886a8eb10649cbf",
     ":method: GET\n:scheme: http\n:path: /\n:authority: www.example.com\ncache-control: no-cache\n",
     "cache-control: no-cache\n:authority: www.example.com\n",
     110},
    {0, /* C.4.3 */
     "828785bf408825a849e95ba97d7f8925a849e95bb8e8b4bf",
     ":method: GET\n:scheme: https\n:path: /index.html\n:authority: www.example.com\ncustom-key: custom-value\n",
     "custom-key: custom-value\ncache-control: no-cache\n:authority: www.example.com\n",
     164},
    {256, /* C.5.1 */
     "4803333032580770726976617465611d4d6f6e2c203231204f637420323031332032303a31333a323120474d546e1768747470733a2f"
     "2f7777772e6578616d706c652e636f6d",
     ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n",
     "location: https://www.example.com\ndate: Mon, 21 Oct 2013 20:13:21 GMT\ncache-control: private\n"
     ":status: 302\n",
     222},
    {0, /* C.5.2 */
     "4803333037c1c0bf",
     ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n",
     ":status: 307\nlocation: https://www.example.com\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "cache-control: private\n",
     222},
    {0, /* C.5.3 */
     "88c1611d4d6f6e2c203231204f637420323031332032303a31333a323220474d54c05a04677a69707738666f6f3d4153444a4b48514b"
     "425a584f5157454f50495541585157454f49553b206d61782d6167653d333630303b2076657273696f6e3d31",
     ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\n"
     "location: https://www.example.com\ncontent-encoding: gzip\n"
     "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n",
     "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\ncontent-encoding: gzip\n"
     "date: Mon, 21 Oct 2013 20:13:22 GMT\n",
     215},
    {256, /* C.6.1 */
     "488264025885aec3771a4b6196d07abe941054d444a8200595040b8166e082a62d1bff6e919d29ad171863c78f0b97c8e9ae82ae43d3",
     ":status: 302\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n",
     "location: https://www.example.com\ndate: Mon, 21 Oct 2013 20:13:21 GMT\ncache-control: private\n"
     ":status: 302\n",
     222},
    {0, /* C.6.2 */
     "4883640effc1c0bf",
     ":status: 307\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "location: https://www.example.com\n",
     ":status: 307\nlocation: https://www.example.com\ndate: Mon, 21 Oct 2013 20:13:21 GMT\n"
     "cache-control: private\n",
     222},
    {0, /* C.6.3 */
     "88c16196d07abe941054d444a8200595040b8166e084a62d1bffc05a839bd9ab77ad94e7821dd7f2e6c7b335dfdfcd5b3960d5af2708"
     "7f3672c1ab270fb5291f9587316065c003ed4ee5b1063d5007",
     ":status: 200\ncache-control: private\ndate: Mon, 21 Oct 2013 20:13:22 GMT\n"
     "location: https://www.example.com\ncontent-encoding: gzip\n"
     "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\n",
     "set-cookie: foo=ASDJKHQKBZXOQWEOPIUAXQWEOIU; max-age=3600; version=1\ncontent-encoding: gzip\n"
     "date: Mon, 21 Oct 2013 20:13:22 GMT\n",
     215},
};
/* clang-format on */

static void test_examples(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 4096);
  for (size_t i = 0; i < sizeof examples / sizeof *examples; i++) {
    if (examples[i].max != 0) {
      desk_close(&d);
      desk_open(&d, examples[i].max);
    }
    assert_int_equal(run(&d, examples[i].hex), 0);
    expect_fields(&d, examples[i].fields);
    expect_table(&d, examples[i].table, examples[i].size);
  }
  desk_close(&d);
}

static void test_flags(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, "100870617373776f726406736563726574"
                           "1f 00 01 61" /* never indexed, with the name of entry 15 */
                           "0f 00 01 61 4f 01 61 82 be"),
                   0);
  const uint8_t flags[] = {RILL_FIELD_NEVER_INDEX, RILL_FIELD_NEVER_INDEX, 0, 0, RILL_FIELD_CHECKED, 0};
  const uint16_t tokens[] = {RILL_TOKEN_OTHER,          RILL_TOKEN_ACCEPT_CHARSET, RILL_TOKEN_ACCEPT_CHARSET,
                             RILL_TOKEN_ACCEPT_CHARSET, RILL_TOKEN__METHOD,        RILL_TOKEN_ACCEPT_CHARSET};
  assert_int_equal(d.count, 6);
  for (size_t i = 0; i < d.count; i++) {
    assert_int_equal(d.fields[i].flags, flags[i]);
    assert_int_equal(d.fields[i].token, tokens[i]);
  }
  desk_close(&d);
}

static void test_all_static(void **state) {
  (void)state;
  for (unsigned index = 1; index <= 61; index++) {
    char hex[3];
    desk d;
    desk_open(&d, 4096);
    (void)snprintf(hex, sizeof hex, "%02x", 0x80 + index);
    assert_int_equal(run(&d, hex), 0);
    assert_int_equal(d.count, 1);
    assert_int_equal(d.fields[0].flags, RILL_FIELD_CHECKED);
    desk_close(&d);
  }
}

/* ---- refusals ---- */

static void test_index(void **state) {
  (void)state;
  refuse("80", RILL_WHY_HPACK_INDEX);
  refuse("be", RILL_WHY_HPACK_INDEX);                /* 62, and nothing is there */
  refuse("ff 00", RILL_WHY_HPACK_INDEX);             /* 127 */
  refuse("ff 80 ff ff ff 07", RILL_WHY_HPACK_INDEX); /* 2^31-1 */
  refuse("7e 01 61", RILL_WHY_HPACK_INDEX);          /* as the index of a name, three times */
  refuse("0f 2f 01 61", RILL_WHY_HPACK_INDEX);
  refuse("1f 2f 01 61", RILL_WHY_HPACK_INDEX);
  accept("40 01 61 01 62 be", "a: b\na: b\n");
  refuse("40 01 61 01 62 bf", RILL_WHY_HPACK_INDEX);
  accept("40 01 61 01 62 7e 01 63 bf be", "a: b\na: c\na: b\na: c\n");
  refuse("40 01 61 01 62 7e 01 63 c0", RILL_WHY_HPACK_INDEX);
}

static void test_integer(void **state) {
  (void)state;
  refuse("ff 81 ff ff ff 07", RILL_WHY_HPACK_INTEGER); /* 2^31 */
  refuse("ff 80 80 80 80 80 00", RILL_WHY_HPACK_INTEGER);
  refuse("7f 80 80 80 80 80 00", RILL_WHY_HPACK_INTEGER);
  refuse("3f 80 80 80 80 80 00", RILL_WHY_HPACK_INTEGER);
  refuse("40 7f 80 80 80 80 80 00", RILL_WHY_HPACK_INTEGER);
  refuse("40 01 61 7f 81 ff ff ff 07", RILL_WHY_HPACK_INTEGER);
  refuse("40 01 61 7f 80 ff ff ff 07", RILL_WHY_HPACK_CUT); /* 2^31-1 is a number, and no such string follows */
  refuse("3f ff ff ff ff 7f", RILL_WHY_HPACK_INTEGER);
}

static void test_huffman(void **state) {
  (void)state;
  accept("40 81 1f 81 1f", "a: a\n");                        /* 00011 and three ones */
  refuse("40 81 1e 01 61", RILL_WHY_HPACK_HUFFMAN);          /* a zero in the padding */
  refuse("40 82 1f ff 01 61", RILL_WHY_HPACK_HUFFMAN);       /* 11 bits of it */
  refuse("40 81 ff 01 61", RILL_WHY_HPACK_HUFFMAN);          /* 8 bits, nothing else */
  refuse("40 84 ff ff ff ff 01 61", RILL_WHY_HPACK_HUFFMAN); /* EOS */
  refuse("40 01 61 84 ff ff ff ff", RILL_WHY_HPACK_HUFFMAN);
  refuse("40 01 61 81 00", RILL_WHY_HPACK_HUFFMAN);
  accept("40 80 80", ": \n"); /* coded, and empty */
}

/* A block that ends too early, at each of its octets. */
static void test_cut(void **state) {
  (void)state;
  static const char *const blocks[] = {"400a637573746f6d2d6b65790d637573746f6d2d686561646572", "040c2f73616d706c652f70617468",
                                       "7f 00 7f 05 00", "ff 80 00", "5f 7f 80 01"};
  for (size_t i = 0; i < sizeof blocks / sizeof *blocks; i++) {
    uint8_t octets[ROOM];
    size_t n;
    assert_true(hex_octets(blocks[i], octets, sizeof octets, &n));
    for (size_t cut = 1; cut < n; cut++) {
      desk d;
      desk_open(&d, 4096);
      assert_int_equal(run(&d, "40 01 61 01 62 7e 01 63"), 0);
      assert_int_equal(run_octets(&d, octets, cut), RILL_ERR_PROTO);
      assert_int_equal(d.why, RILL_WHY_HPACK_CUT);
      desk_close(&d);
    }
  }
  refuse("3f", RILL_WHY_HPACK_CUT);
  refuse("3f e1", RILL_WHY_HPACK_CUT);
  accept("40 01 61 03 62 63 64", "a: bcd\n");
  refuse("40 01 61 04 62 63 64", RILL_WHY_HPACK_CUT);
  refuse("40 01 61 84 1f 1f 1f", RILL_WHY_HPACK_CUT);
}

/* A declared length is judged before anything is taken for it. */
static void test_cut_stores_nothing(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, "00 01 61 ff 80 ff ff ff 07 1f"), RILL_ERR_PROTO); /* a coded string of 2^31-1 octets */
  assert_int_equal(d.why, RILL_WHY_HPACK_CUT);
  assert_true(d.mem.peak < 1024);
  desk_close(&d);
}

/* ---- size updates ---- */

static void test_updates(void **state) {
  (void)state;
  accept("20 82", ":method: GET\n");
  accept("20 3f e1 1f 82", ":method: GET\n");
  accept("20 20", "");
  accept("3f e1 1f", ""); /* 4,096 */
  refuse("3f e2 1f 82", RILL_WHY_HPACK_UPDATE_LARGE);
  refuse("20 20 20", RILL_WHY_HPACK_UPDATE_MANY);
  refuse("20 20 20 82", RILL_WHY_HPACK_UPDATE_MANY);
  refuse("82 20", RILL_WHY_HPACK_UPDATE_LATE);
  refuse("20 82 20", RILL_WHY_HPACK_UPDATE_LATE);
  refuse("82 3f", RILL_WHY_HPACK_UPDATE_LATE);
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, "20 20"), 0);
  assert_int_equal(run(&d, "20 20 82"), 0); /* counted anew in each block */
  desk_close(&d);
}

static void test_update_evicts(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, "40 01 61 01 62 40 01 63 01 64"), 0);
  expect_table(&d, "c: d\na: b\n", 68);
  assert_int_equal(run(&d, "3f 25 be bf"), 0); /* 68 */
  expect_table(&d, "c: d\na: b\n", 68);
  assert_int_equal(run(&d, "3f 24 be"), 0); /* 67 */
  expect_table(&d, "c: d\n", 34);
  assert_int_equal(run(&d, "20"), 0);
  expect_table(&d, "", 0);
  assert_int_equal(d.dec.table.max, 0);
  assert_int_equal(run(&d, "40 01 61 01 62"), 0); /* has no place now, which is no error */
  expect_table(&d, "", 0);
  assert_int_equal(run(&d, "3f e1 1f 40 01 61 01 62 be"), 0);
  expect_table(&d, "a: b\n", 34);
  desk_close(&d);
}

/* RFC 9113 4.3.1 */
static void test_update_required(void **state) {
  (void)state;
  static const struct row {
    uint32_t sizes[2]; /* acknowledged one after the other; 0xffff: none */
    const char *hex;
    rill_why why;
  } rows[] = {
      {{1000, 0xffff}, "82", RILL_WHY_HPACK_UPDATE_MISSING},
      {{1000, 0xffff}, "", RILL_WHY_HPACK_UPDATE_MISSING},
      {{1000, 0xffff}, "3f c9 07 82", RILL_WHY_NONE},               /* 1,000 */
      {{1000, 0xffff}, "3f ca 07 82", RILL_WHY_HPACK_UPDATE_LARGE}, /* 1,001 */
      {{1000, 0xffff}, "20 82", RILL_WHY_NONE},
      {{4096, 0xffff}, "82", RILL_WHY_NONE},                        /* no change */
      {{8192, 0xffff}, "82", RILL_WHY_NONE},                        /* larger: the peer may say so, or not */
      {{8192, 0xffff}, "3f e1 3f 82", RILL_WHY_NONE},               /* 8,192 */
      {{8192, 0xffff}, "3f e2 3f 82", RILL_WHY_HPACK_UPDATE_LARGE}, /* 8,193 */
      {{1000, 4096}, "82", RILL_WHY_HPACK_UPDATE_MISSING},          /* the smaller one counts, though it's past */
      {{1000, 4096}, "3f ca 07 82", RILL_WHY_HPACK_UPDATE_MISSING},
      {{1000, 4096}, "3f c9 07 82", RILL_WHY_NONE},
      {{1000, 4096}, "3f c9 07 3f e1 1f 82", RILL_WHY_NONE},
      {{1000, 2000}, "3f ca 07 82", RILL_WHY_HPACK_UPDATE_MISSING},
      {{1000, 2000}, "3f c9 07 82", RILL_WHY_NONE},
      {{2000, 1000}, "3f ca 07 82", RILL_WHY_HPACK_UPDATE_LARGE},
      {{2000, 1000}, "3f c9 07 82", RILL_WHY_NONE},
      {{4095, 0xffff}, "82", RILL_WHY_HPACK_UPDATE_MISSING},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    desk d;
    desk_open(&d, 4096);
    assert_int_equal(run(&d, "82"), 0);
    rill__dec_resize(&d.dec, rows[i].sizes[0]);
    if (rows[i].sizes[1] != 0xffff) rill__dec_resize(&d.dec, rows[i].sizes[1]);
    if (rows[i].why != RILL_WHY_NONE) {
      expect_refusal(&d, rows[i].hex, rows[i].why);
    } else {
      assert_int_equal(run(&d, rows[i].hex), 0);
      expect_fields(&d, ":method: GET\n");
      assert_int_equal(run(&d, "82"), 0); /* asked for once */
    }
    desk_close(&d);
  }
}

/* A peer that already uses less need not say it again. */
static void test_update_not_required(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 4096);
  assert_int_equal(run(&d, "3f c9 07"), 0); /* 1,000 */
  rill__dec_resize(&d.dec, 1000);
  assert_int_equal(run(&d, "82"), 0);
  rill__dec_resize(&d.dec, 999);
  expect_refusal(&d, "82", RILL_WHY_HPACK_UPDATE_MISSING);
  desk_close(&d);
}

/* ---- the table's limit ---- */

static void test_entry_size(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 36);
  assert_int_equal(run(&d, "40 01 61 03 62 63 64"), 0); /* 36 */
  expect_table(&d, "a: bcd\n", 36);
  assert_int_equal(run(&d, "be 40 01 61 04 62 63 64 65"), 0); /* 37: empties the table, and is a field all the same */
  expect_fields(&d, "a: bcd\na: bcde\n");
  expect_table(&d, "", 0);
  assert_int_equal(run(&d, "40 02 61 61 02 62 62"), 0);
  expect_table(&d, "aa: bb\n", 36);
  desk_close(&d);
}

/* The largest table that there can be takes what little is put into it. */
static void test_largest_table(void **state) {
  (void)state;
  desk d;
  desk_open(&d, UINT32_MAX);
  assert_int_equal(run(&d, "40 01 61 01 62 be"), 0);
  assert_true(d.mem.used < 2048);
  rill__dec_resize(&d.dec, UINT32_MAX);
  assert_int_equal(run(&d, "be"), 0);
  desk_close(&d);
}

/* Updates to it say more than any other integer may; beyond the announced limit, or 32 bits, they are refused as ever. */
static void test_largest_update(void **state) {
  (void)state;
  static const struct row {
    uint32_t limit;
    const char *hex;
    rill_why why;
    uint32_t max;
  } rows[] = {
      {UINT32_MAX, "3f e0 ff ff ff 07 40 01 61 01 62 be", RILL_WHY_NONE, 0x7fffffff},
      {UINT32_MAX, "3f e1 ff ff ff 07 40 01 61 01 62 be", RILL_WHY_NONE, 0x80000000},
      {UINT32_MAX, "3f e0 ff ff ff 0f 40 01 61 01 62 be", RILL_WHY_NONE, UINT32_MAX},
      {UINT32_MAX, "3f e1 ff ff ff 0f", RILL_WHY_HPACK_INTEGER, 0}, /* 2^32 */
      {UINT32_MAX, "ff 81 ff ff ff 07", RILL_WHY_HPACK_INTEGER, 0}, /* 2^31 as an index */
      {UINT32_MAX - 1, "3f df ff ff ff 0f", RILL_WHY_NONE, UINT32_MAX - 1},
      {UINT32_MAX - 1, "3f e0 ff ff ff 0f", RILL_WHY_HPACK_UPDATE_LARGE, 0},
      {4096, "3f e1 ff ff ff 07", RILL_WHY_HPACK_UPDATE_LARGE, 0},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    desk d;
    desk_open(&d, rows[i].limit);
    assert_int_equal(run(&d, rows[i].hex), rows[i].why == RILL_WHY_NONE ? 0 : RILL_ERR_PROTO);
    assert_int_equal(d.why, rows[i].why);
    if (rows[i].why == RILL_WHY_NONE) assert_int_equal(d.dec.table.max, rows[i].max);
    assert_true(d.mem.used < 2048);
    desk_close(&d);
  }
}

/* From all there can be to nothing: the next block must say so. */
static void test_largest_shrinks(void **state) {
  (void)state;
  desk d;
  desk_open(&d, UINT32_MAX);
  assert_int_equal(run(&d, "40 01 61 01 62"), 0);
  rill__dec_resize(&d.dec, 0);
  assert_int_equal(run(&d, "20 82"), 0);
  assert_int_equal(d.dec.table.count, 0);
  rill__dec_resize(&d.dec, UINT32_MAX);
  assert_int_equal(run(&d, "3f e0 ff ff ff 0f 40 01 61 01 62"), 0);
  rill__dec_resize(&d.dec, UINT32_MAX - 1);
  expect_refusal(&d, "82", RILL_WHY_HPACK_UPDATE_MISSING);
  desk_close(&d);
}

/* ---- annotations ---- */

static void annotate(desk *d, const char *hex, uint16_t token, uint8_t flags) {
  assert_int_equal(run(d, hex), 0);
  rill_field field = {.token = token, .flags = flags};
  rill__dec_annotate(&d->dec, &field);
}

static void expect_last(desk *d, const char *hex, uint16_t token, uint8_t flags) {
  assert_int_equal(run(d, hex), 0);
  assert_int_equal(d->fields[d->count - 1].token, token);
  assert_int_equal(d->fields[d->count - 1].flags, flags);
}

static void test_annotations(void **state) {
  (void)state;
  desk d;
  desk_open(&d, 100);
  annotate(&d, "40 01 61 01 62", RILL_TOKEN_OTHER, RILL_FIELD_CHECKED | RILL_FIELD_NEVER_INDEX); /* what it became */
  expect_last(&d, "be", RILL_TOKEN_OTHER, RILL_FIELD_CHECKED);
  expect_last(&d, "7e 01 63", RILL_TOKEN_OTHER, 0);      /* a value that nobody has judged */
  annotate(&d, "be", RILL_TOKEN_TE, RILL_FIELD_CHECKED); /* what it came from */
  expect_last(&d, "be", RILL_TOKEN_TE, RILL_FIELD_CHECKED);
  expect_last(&d, "bf", RILL_TOKEN_OTHER, RILL_FIELD_CHECKED);
  annotate(&d, "bf 82", RILL_TOKEN_AGE, 0);          /* of the static table: ignored */
  annotate(&d, "bf 0f 2f 01 64", RILL_TOKEN_AGE, 0); /* not in the table */
  expect_last(&d, "be", RILL_TOKEN_TE, RILL_FIELD_CHECKED);
  expect_last(&d, "bf", RILL_TOKEN_OTHER, RILL_FIELD_CHECKED);
  desk_close(&d);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_examples),
      cmocka_unit_test(test_flags),
      cmocka_unit_test(test_all_static),
      cmocka_unit_test(test_index),
      cmocka_unit_test(test_integer),
      cmocka_unit_test(test_huffman),
      cmocka_unit_test(test_cut),
      cmocka_unit_test(test_cut_stores_nothing),
      cmocka_unit_test(test_updates),
      cmocka_unit_test(test_update_evicts),
      cmocka_unit_test(test_update_required),
      cmocka_unit_test(test_update_not_required),
      cmocka_unit_test(test_entry_size),
      cmocka_unit_test(test_largest_table),
      cmocka_unit_test(test_largest_update),
      cmocka_unit_test(test_largest_shrinks),
      cmocka_unit_test(test_annotations),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
