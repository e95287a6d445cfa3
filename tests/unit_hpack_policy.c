/* SPDX-License-Identifier: MIT */
/*
 * Which fields go into the table: by name, by length, by flag, and by what the decoder at the other end was told. That secrets
 * stay secrets over hops. That what an application leaves in a field's token and hash, or has prepared, changes nothing.
 */
#include "hpack/policy.h"
#include "hpack_line.h"

#include <stdio.h>

enum { INDEXED = 0x40, PLAIN = 0x00, NEVER = 0x10, FOUND = 0x80 };

/* The form of a field of one octet or more, by its first octet. */
static unsigned form_of(uint8_t first) { return first & 0x80 ? FOUND : first & 0x40 ? INDEXED : first & 0xf0; }

static rill_field field_of(const char *name, const char *value, uint8_t flags) {
  return (rill_field){
      .name = {(const uint8_t *)name, strlen(name)}, .value = {(const uint8_t *)value, strlen(value)}, .flags = flags};
}

static void expect_form(line *l, rill_field field, unsigned form) {
  static uint8_t wire[ROOM];
  uint32_t before = l->enc.tab.dyn.next;
  pass(l, &field, 1, wire);
  assert_int_equal(form_of(wire[0]), form);
  assert_int_equal(l->enc.tab.dyn.next - before, form == INDEXED ? 1 : 0);
}

/* ---- names ---- */

static void test_tokens(void **state) {
  (void)state;
  static const uint16_t plain[] = {RILL_TOKEN__PATH,
                                   RILL_TOKEN_AGE,
                                   RILL_TOKEN_CONTENT_LENGTH,
                                   RILL_TOKEN_CONTENT_RANGE,
                                   RILL_TOKEN_ETAG,
                                   RILL_TOKEN_IF_MATCH,
                                   RILL_TOKEN_IF_MODIFIED_SINCE,
                                   RILL_TOKEN_IF_NONE_MATCH,
                                   RILL_TOKEN_IF_UNMODIFIED_SINCE,
                                   RILL_TOKEN_LAST_MODIFIED,
                                   RILL_TOKEN_LOCATION,
                                   RILL_TOKEN_RANGE};
  static const uint16_t never[] = {RILL_TOKEN_AUTHORIZATION, RILL_TOKEN_PROXY_AUTHORIZATION, RILL_TOKEN_SET_COOKIE,
                                   RILL_TOKEN_COOKIE};
  for (uint16_t token = 1; token < RILL_TOKEN_OTHER; token++) {
    unsigned want = INDEXED;
    for (size_t i = 0; i < sizeof plain / sizeof *plain; i++)
      want = plain[i] == token ? PLAIN : want;
    for (size_t i = 0; i < sizeof never / sizeof *never; i++)
      want = never[i] == token ? NEVER : want;
    line l;
    line_open(&l, 4096, 1);
    expect_form(&l, (rill_field){.name = rill__token_name(token), .value = {(const uint8_t *)"0123456789abcdefghi", 19}}, want);
    line_close(&l);
  }
}

static void test_cookie_size(void **state) {
  (void)state;
  line l;
  line_open(&l, 4096, 1);
  expect_form(&l, field_of("cookie", "0123456789012345678", 0), NEVER);
  expect_form(&l, field_of("cookie", "01234567890123456789", 0), INDEXED);
  expect_form(&l, field_of("cookie", "01234567890123456789", 0), FOUND);
  line_close(&l);
}

/* Names of which one entry is enough. */
static void test_once(void **state) {
  (void)state;
  static const char *const names[] = {"cf-ray",
                                      "content-digest",
                                      "dpop",
                                      "idempotency-key",
                                      "repr-digest",
                                      "request-id",
                                      "server-timing",
                                      "signature",
                                      "traceparent",
                                      "x-amz-cf-id",
                                      "x-amz-id-2",
                                      "x-amz-request-id",
                                      "x-amzn-requestid",
                                      "x-amzn-trace-id",
                                      "x-b3-spanid",
                                      "x-b3-traceid",
                                      "x-cloud-trace-context",
                                      "x-correlation-id",
                                      "x-fb-debug",
                                      "x-ms-request-id",
                                      "x-request-id",
                                      "x-request-time",
                                      "x-runtime",
                                      "x-trace-id"};
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    const char *name = names[i];
    char near[32];
    (void)snprintf(near, sizeof near, "%.*sq", (int)strlen(name) - 1, name); /* as long, and not it */
    line l;
    line_open(&l, 4096, 1);
    expect_form(&l, field_of(name, "1", 0), INDEXED);
    expect_wire(&l, (rill_field[]){field_of(name, "2", 0)}, 1, "0f 2f 01 32"); /* the name of entry 62 */
    expect_form(&l, field_of(name, "2", 0), PLAIN);
    expect_form(&l, field_of(name, "1", 0), FOUND);
    expect_form(&l, field_of(name, "2", RILL_FIELD_INDEX), INDEXED);
    expect_form(&l, field_of(name, "2", 0), FOUND);
    expect_form(&l, field_of(name, "3", RILL_FIELD_NEVER_INDEX), NEVER);
    expect_form(&l, field_of(near, "1", 0), INDEXED);
    expect_form(&l, field_of(near, "2", 0), INDEXED);
    line_close(&l);
  }
}

/* Only the newest entry of such a name is looked at, whatever hash a field brings; who marks a field has them all looked at. */
static void test_once_is_newest(void **state) {
  (void)state;
  for (unsigned prepared = 0; prepared < 2; prepared++) {
    rill_field a = field_of("x-request-id", "a", 0), b = field_of("x-request-id", "b", 0);
    rill_field other = field_of("x-other", "a", 0);
    line l;
    line_open(&l, 4096, 1);
    if (prepared != 0) {
      rill__field_prepare(1, &a);
      rill__field_prepare(1, &b);
      rill__field_prepare(1, &other);
    }
    expect_form(&l, a, INDEXED);
    b.flags = RILL_FIELD_INDEX;
    expect_form(&l, b, INDEXED);
    b.flags = 0;
    expect_wire(&l, &b, 1, "be");
    expect_wire(&l, &a, 1, "0f 2f 01 61"); /* the name of entry 62 */
    a.flags = RILL_FIELD_INDEX;
    expect_wire(&l, &a, 1, "bf");
    expect_form(&l, other, INDEXED); /* and still so when the table has grown, which makes its indices anew */
    for (unsigned i = 0; i < 20; i++) {
      char value[8];
      (void)snprintf(value, sizeof value, "%u", i);
      expect_form(&l, field_of("x-other", value, 0), INDEXED);
    }
    expect_form(&l, field_of("x-request-id", "c", 0), PLAIN);
    line_close(&l);
  }
}

/* Several of them in one section, all looked for before the first is encoded, as rill_submit_response() does: one entry. */
static void test_once_repeated(void **state) {
  (void)state;
  for (unsigned flagged = 0; flagged < 2; flagged++) {
    const rill_field fields[] = {field_of("server-timing", "1", 0), field_of("server-timing", "2", 0),
                                 field_of("server-timing", "3", flagged != 0 ? RILL_FIELD_INDEX : 0)};
    rill__enc_place places[3];
    uint8_t wire[100];
    size_t n = 0;
    line l;
    line_open(&l, 4096, 1);
    for (size_t i = 0; i < 3; i++)
      places[i] = rill__enc_seek(&l.enc, &fields[i], rill__token_for(&fields[i]));
    for (size_t i = 0; i < 3; i++) {
      size_t more = rill__enc_placed(&l.enc, wire + n, &fields[i], &places[i], 1);
      assert_int_equal(form_of(wire[n]), i == 0 || (i == 2 && flagged != 0) ? INDEXED : PLAIN);
      n += more;
    }
    assert_int_equal(l.enc.tab.dyn.count, 1 + flagged);
    line_close(&l);
  }
}

/* The entry that has the name may be gone once the fields before it are encoded: then the field makes the next one. */
static void test_once_evicted(void **state) {
  (void)state;
  static uint8_t large[3000], wire[ROOM];
  memset(large, 'x', sizeof large);
  for (size_t before = 1; before <= 2; before++) {
    rill_field fields[3] = {{.name = {large, 1}, .value = {large, 3000}}, {.name = {large, 2}, .value = {large, 3000}}};
    rill__enc_place places[3];
    line l;
    line_open(&l, 4096, 1);
    expect_form(&l, field_of("traceparent", "1", 0), INDEXED);
    fields[before] = field_of("traceparent", "2", 0);
    for (size_t i = 0; i <= before; i++)
      places[i] = rill__enc_seek(&l.enc, &fields[i], rill__token_for(&fields[i]));
    assert_int_equal(places[before].way, RILL__IN_NAME);
    size_t n = rill__enc_placed(&l.enc, wire, fields, places, before);
    size_t more = rill__enc_placed(&l.enc, wire + n, &fields[before], &places[before], 1);
    assert_int_equal(form_of(wire[n]), before == 1 ? PLAIN : INDEXED);
    rill_view block = {wire, n + more};
    rill_field got[3];
    rill_why why;
    for (size_t i = 0; i <= before; i++)
      assert_int_equal(rill__dec_next(&l.dec, &block, &l.arena, got, i, &why), 1);
    assert_true(rill__view_eq(got[before].value, fields[before].value));
    expect_same_tables(&l);
    line_close(&l);
  }
}

/* Names at the ends of what the list can say by its lengths. */
static void test_once_lengths(void **state) {
  (void)state;
  static uint8_t octets[130];
  memset(octets, 'x', sizeof octets);
  for (size_t n = 0; n <= sizeof octets; n++)
    assert_false(rill__policy_once((rill_view){octets, n}));
}

/* ---- flags ---- */

/* What becomes of a field that is not there, by all flags that speak of the table. */
static void test_flags(void **state) {
  (void)state;
  enum { NV = RILL_FIELD_NEVER_INDEX, NO = RILL_FIELD_NO_INDEX, IX = RILL_FIELD_INDEX };
  static const uint8_t flags[] = {0, IX, NO, NO | IX, NV, NV | IX, NV | NO, NV | NO | IX};
  static const struct row {
    const char *name, *value;
    uint8_t forms[5]; /* the last one for all with NEVER_INDEX */
  } rows[] = {
      {"user-agent", "u", {INDEXED, INDEXED, PLAIN, PLAIN, NEVER}},
      {"x-a", "b", {INDEXED, INDEXED, PLAIN, PLAIN, NEVER}},
      {"te", "b", {INDEXED, INDEXED, PLAIN, PLAIN, NEVER}},
      {"etag", "e", {PLAIN, INDEXED, PLAIN, PLAIN, NEVER}},
      {":path", "/a", {PLAIN, INDEXED, PLAIN, PLAIN, NEVER}},
      {"cookie", "short", {NEVER, INDEXED, NEVER, PLAIN, NEVER}},
      {"cookie", "longer than the shortest", {INDEXED, INDEXED, PLAIN, PLAIN, NEVER}},
      {"authorization", "a", {NEVER, NEVER, NEVER, NEVER, NEVER}},
      {"proxy-authorization", "a", {NEVER, NEVER, NEVER, NEVER, NEVER}},
      {"set-cookie", "longer than the shortest", {NEVER, NEVER, NEVER, NEVER, NEVER}},
      {":method", "GET", {FOUND, FOUND, FOUND, FOUND, NEVER}},
      {":path", "/", {FOUND, FOUND, FOUND, FOUND, NEVER}},
  };
  for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
    for (size_t k = 0; k < sizeof flags; k++) {
      for (unsigned prepared = 0; prepared < 3; prepared++) {
        rill_field field = field_of(rows[i].name, rows[i].value, flags[k]);
        if (prepared != 0) rill__field_prepare(prepared, &field);
        line l;
        line_open(&l, 4096, 1);
        expect_form(&l, field, rows[i].forms[k < 4 ? k : 4]);
        line_close(&l);
      }
    }
  }
}

/* A mark does not make room for what is too large. */
static void test_index_too_large(void **state) {
  (void)state;
  static uint8_t octets[100];
  line l;
  line_open(&l, 100, 1);
  pass(&l, NULL, 0, NULL); /* the update to 100 */
  expect_form(&l, (rill_field){.name = {octets, 1}, .value = {octets, 42}, .flags = RILL_FIELD_INDEX}, INDEXED);
  expect_form(&l, (rill_field){.name = {octets, 1}, .value = {octets, 43}, .flags = RILL_FIELD_INDEX}, PLAIN);
  line_close(&l);
}

/* ---- hops ---- */

/* Decodes a field of one block, as the application gets it, and encodes it as it is. */
static size_t hop(rill_view block, rill_field *got, rill__arena *arena, rill__dec *dec, rill__enc *enc, uint8_t *wire) {
  rill_field fields[2];
  rill_why why;
  assert_int_equal(rill__dec_next(dec, &block, arena, fields, 0, &why), 1);
  assert_int_equal(fields[0].hash, 0);
  *got = fields[0];
  got->flags |= RILL_FIELD_CHECKED; /* as a connection hands it on */
  return rill__enc_block(enc, wire, got, 1);
}

/* T-HPACK4: over three hops a secret is a literal of the form 0001xxxx, and in no table. */
static void test_secrets_over_hops(void **state) {
  (void)state;
  const rill_field secrets[] = {
      field_of("authorization", "Basic dGhpcyBpcyBhIHNlY3JldA==", 0),
      field_of("proxy-authorization", "x", 0),
      field_of("set-cookie", "a=b; path=/; and more that is long enough", 0),
      field_of("cookie", "a=b", 0),
      field_of("cookie", "longer than the shortest, and marked", RILL_FIELD_NEVER_INDEX),
      field_of("x-secret", "marked", RILL_FIELD_NEVER_INDEX),
      field_of(":path", "/marked", RILL_FIELD_NEVER_INDEX | RILL_FIELD_INDEX),
      field_of("user-agent", "marked", RILL_FIELD_NEVER_INDEX),
      field_of(":method", "GET", RILL_FIELD_NEVER_INDEX),
  };
  for (size_t i = 0; i < sizeof secrets / sizeof *secrets; i++) {
    static uint8_t wire[4][ROOM];
    rill__mem mem;
    rill__arena arena;
    rill__mem_init(&mem, NULL, SIZE_MAX);
    rill__arena_init(&arena, &mem);
    rill__enc enc[4];
    rill__dec dec[4];
    for (unsigned h = 0; h < 4; h++) {
      rill__enc_init(&enc[h], &mem, 4096, h);
      rill__dec_init(&dec[h], &mem, 4096);
    }
    rill_field field = secrets[i];
    size_t n = rill__enc_block(&enc[0], wire[0], &field, 1);
    for (unsigned h = 0; h < 4; h++) {
      assert_int_equal(wire[h][0] & 0xf0, 0x10);
      assert_int_equal(enc[h].tab.dyn.count, 0);
      if (h == 3) break;
      n = hop((rill_view){wire[h], n}, &field, &arena, &dec[h], &enc[h + 1], wire[h + 1]);
      assert_int_equal(dec[h].table.count, 0);
      assert_true(rill__view_eq(field.name, secrets[i].name));
      assert_true(rill__view_eq(field.value, secrets[i].value));
      assert_true((field.flags & RILL_FIELD_NEVER_INDEX) != 0);
    }
    for (unsigned h = 0; h < 4; h++) {
      rill__enc_free(&enc[h]);
      rill__dec_free(&dec[h]);
    }
    rill__arena_free(&arena);
    assert_int_equal(mem.used, 0);
  }
}

/* ---- what an application may leave in a field ---- */

static void test_no_tokens(void **state) {
  (void)state;
  static const uint16_t tokens[] = {RILL_TOKEN_COUNT, RILL_TOKEN_COUNT + 1, 0x7fff, UINT16_MAX};
  for (size_t i = 0; i < sizeof tokens / sizeof *tokens; i++) {
    rill_field agent = field_of("user-agent", "u", 0), other = field_of("x-a", "b", 0), key = field_of("authorization", "c", 0);
    rill_field prepared = agent;
    agent.token = other.token = key.token = prepared.token = tokens[i];
    line l;
    line_open(&l, 4096, 1);
    expect_form(&l, agent, INDEXED);
    expect_form(&l, other, INDEXED);
    expect_form(&l, key, NEVER);
    expect_form(&l, agent, FOUND);
    expect_form(&l, other, FOUND);
    rill__field_prepare(1, &prepared);
    assert_int_equal(prepared.token, RILL_TOKEN_USER_AGENT);
    expect_form(&l, prepared, FOUND);
    line_close(&l);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(test_tokens),
      cmocka_unit_test(test_cookie_size),
      cmocka_unit_test(test_once),
      cmocka_unit_test(test_once_is_newest),
      cmocka_unit_test(test_once_evicted),
      cmocka_unit_test(test_once_repeated),
      cmocka_unit_test(test_once_lengths),
      cmocka_unit_test(test_flags),
      cmocka_unit_test(test_index_too_large),
      cmocka_unit_test(test_secrets_over_hops),
      cmocka_unit_test(test_no_tokens),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
