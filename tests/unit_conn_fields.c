/* SPDX-License-Identifier: MIT */
/*
 * Fields through connections: what a proxy hands on keeps its secrets, what an application leaves in a field's token is not
 * believed, preparation keeps the flags that speak of the table and no others, and cookies that leave as crumbs arrive whole. A
 * client and a server of ours, back to back.
 */
#include "contract.h"

enum { FIELDS_MAX = 40, VALUE_MAX = 40000 };

/* A client and a server; each bench is the user pointer of its connection. */
typedef struct two {
  bench server; /* first: what the server sees is kept in `two` */
  bench client;
  unsigned heads;
  rill_head_kind kind;
  size_t field_count, cookies;
  uint8_t cookie[VALUE_MAX];
  size_t cookie_n;
  uint8_t flags[FIELDS_MAX];
  uint16_t tokens[FIELDS_MAX];
} two;

static int see_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)user;
  two *t = rill_conn_user(conn);
  t->heads++;
  t->kind = head->kind;
  t->field_count = head->field_count;
  t->cookies = 0;
  assert_true(head->field_count <= FIELDS_MAX);
  for (size_t i = 0; i < head->field_count; i++) {
    const rill_field *field = &head->fields[i];
    t->flags[i] = field->flags;
    t->tokens[i] = field->token;
    if (field->token != RILL_TOKEN_COOKIE) continue;
    assert_true(field->value.n <= sizeof t->cookie);
    t->cookies++;
    t->cookie_n = field->value.n;
    if (field->value.n != 0) memcpy(t->cookie, field->value.p, field->value.n);
  }
  return 0;
}

static void hand_over(two *t) {
  (void)bench_take(&t->client);
  peer_octets(&t->server, t->client.out, t->client.out_n);
  t->client.out_n = 0;
  assert_true(peer_send(&t->server) >= 0);
  (void)bench_take(&t->server);
  peer_octets(&t->client, t->server.out, t->server.out_n);
  t->server.out_n = 0;
  assert_true(peer_send(&t->client) >= 0);
}

static void two_open(two *t, bool crumbles) {
  memset(t, 0, sizeof *t);
  bench_init(&t->server);
  bench_init(&t->client);
  t->server.callbacks.on_head = see_head;
  t->client.config.crumble_cookies = crumbles;
  bench_no_budgets(&t->server); /* thousands of requests are reset, see done() */
  assert_true(bench_open(&t->server, false));
  assert_true(bench_open(&t->client, true));
  hand_over(t);
}

static void two_close(two *t) {
  bench_close(&t->client);
  bench_close(&t->server);
}

static rill_ssize request(two *t, const rill_field *more, size_t count, const rill_body *body) {
  rill_field fields[FIELDS_MAX];
  memcpy(fields, get_fields, sizeof get_fields);
  memcpy(fields + LENGTH(get_fields), more, count * sizeof *more);
  rill_ssize id = rill_submit_request(t->client.conn, fields, LENGTH(get_fields) + count, body, NULL);
  if (id > 0) hand_over(t);
  return id;
}

/* Ends a stream of which only the head matters. */
static void done(two *t, rill_ssize id) {
  assert_int_equal(rill_reset(t->client.conn, (uint32_t)id, RILL_CANCEL), 0);
  hand_over(t);
}

/* ---- handed on --------------------------------------------------------------------------------------------------------- */

static int hand_on(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)user;
  bench *out = rill_conn_user(conn);
  rill_field fields[FIELDS_MAX];
  memcpy(fields, get_fields, sizeof get_fields);
  memcpy(fields + LENGTH(get_fields), head->fields, head->field_count * sizeof *head->fields);
  for (size_t i = 0; i < head->field_count; i++)
    assert_int_equal(head->fields[i].hash, 0);
  assert_true(rill_submit_request(out->conn, fields, LENGTH(get_fields) + head->field_count, NULL, NULL) > 0);
  return 0;
}

/* A server whose requests go out on a client; they are plain literals, then the same without the mark. */
static void marked_fields_are_handed_on_as_marked(void **state) {
  (void)state;
  static const uint8_t block[] = {0x82, 0x87, 0x84, 0x01, 1,   'a',                        /* a request */
                                  0x10, 3,    'x',  '-',  'a', 1,   'b',                   /* never indexed */
                                  0x1f, 0x2b, 1,    'u',                                   /* user-agent, by its index */
                                  0x1f, 0x11, 1,    'c',                                   /* cookie */
                                  0x00, 3,    'x',  '-',  'd', 1,   'e', 0x40, 1, 'f', 0}; /* not, and into the table */
  bench out, in;
  bench_init(&out);
  bench_init(&in);
  in.callbacks.on_head = hand_on;
  bench_begin(&out, true);
  assert_int_equal(rill_context_new(&in.context, &in.config, &in.callbacks), 0);
  assert_int_equal(rill_conn_server_new(&in.conn, in.context, &out), 0);
  peer_preface(&in, false);
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, 4096), 0);
  for (uint32_t id = 1; id <= 5; id += 2) {
    peer_frame(&in, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, id, block, sizeof block);
    assert_true(peer_send(&in) >= 0);
    rill_frame frame = {0};
    out.out_n = 0;
    (void)bench_take(&out);
    assert_int_equal(bench_frames(&out, RILL_HEADERS, &frame), 1);
    rill_view left = frame.data;
    for (size_t i = 0; i < LENGTH(get_fields) + 5; i++) {
      bool secret = i >= LENGTH(get_fields) && i < LENGTH(get_fields) + 3;
      uint8_t first = *left.p;
      rill_field field;
      rill_why why;
      assert_int_equal(rill_hpack_decode(decoder, &left, &field, &why), 1);
      assert_int_equal((field.flags & RILL_FIELD_NEVER_INDEX) != 0, secret);
      if (secret) assert_int_equal(first & 0xf0, 0x10);
      if (!secret && id > 1) assert_int_equal(first & 0x80, 0x80); /* the others are in the table by now */
    }
    rill_why why;
    rill_field field;
    assert_int_equal(rill_hpack_decode(decoder, &left, &field, &why), 0);
  }
  rill_hpack_decoder_del(decoder);
  bench_close(&in);
  bench_close(&out);
}

/* ---- what an application leaves in a field ----------------------------------------------------------------------------- */

/* Few fields, and more than are copied while they are judged; trailers. */
static void tokens_that_are_none_are_looked_up(void **state) {
  (void)state;
  static const uint16_t tokens[] = {RILL_TOKEN_COUNT, RILL_TOKEN_COUNT + 1, UINT16_MAX};
  static const rill_body pushed = {NULL, NULL, false};
  static const rill_field bad = {.name = {(const uint8_t *)"connection", 10}, .token = RILL_TOKEN_COUNT + 1};
  for (size_t i = 0; i < LENGTH(tokens); i++) {
    for (size_t count = 1; count <= 30; count += 29) {
      rill_field fields[31];
      for (size_t f = 0; f < count; f++) {
        fields[f] = f % 2 == 0 ? (rill_field)RILL_FIELD("user-agent", "u") : (rill_field)RILL_FIELD("x-a", "b");
        fields[f].token = tokens[i];
      }
      two t;
      two_open(&t, i == 1);
      rill_ssize id = request(&t, fields, count, &pushed);
      assert_true(id > 0);
      assert_int_equal(t.field_count, count);
      for (size_t f = 0; f < count; f++)
        assert_int_equal(t.tokens[f], f % 2 == 0 ? RILL_TOKEN_USER_AGENT : RILL_TOKEN_OTHER);
      assert_int_equal(rill_submit_trailers(t.client.conn, (uint32_t)id, fields, count), 0);
      hand_over(&t);
      assert_int_equal(t.heads, 2);
      assert_int_equal(t.kind, RILL_HEAD_TRAILERS);
      assert_int_equal(t.tokens[0], RILL_TOKEN_USER_AGENT);
      fields[count] = bad;
      assert_int_equal(request(&t, fields, count + 1, NULL), RILL_ERR_INVALID);
      assert_int_equal(rill_conn_fault(t.client.conn).why, RILL_WHY_CONNECTION_FIELD);
      two_close(&t);
    }
  }
}

/* What is kept of the flags, and that it has its effect. */
static void preparation_keeps_what_speaks_of_the_table(void **state) {
  (void)state;
  enum { NV = RILL_FIELD_NEVER_INDEX, NO = RILL_FIELD_NO_INDEX, IX = RILL_FIELD_INDEX };
  two t;
  two_open(&t, false);
  for (unsigned flags = 0; flags < 0x100; flags++) {
    rill_field field = RILL_FIELD("etag", "\"e\"");
    field.flags = (uint8_t)flags;
    field.token = RILL_TOKEN_AGE;
    field.hash = 1234;
    assert_int_equal(rill_field_prepare(t.client.context, &field), 0);
    assert_int_equal(field.flags, (flags & (NV | NO | IX)) | RILL_FIELD_CHECKED);
    assert_int_equal(field.token, RILL_TOKEN_ETAG);
  }
  static const uint8_t marks[] = {0, NO, NV, IX, IX};
  size_t lengths[LENGTH(marks)];
  for (size_t i = 0; i < LENGTH(marks); i++) {
    rill_field field = RILL_FIELD("etag", "\"0123456789abcdef0123456789abcdef\"");
    field.flags = marks[i];
    assert_int_equal(rill_field_prepare(t.client.context, &field), 0);
    rill_field fields[LENGTH(get_fields) + 1];
    memcpy(fields, get_fields, sizeof get_fields);
    fields[LENGTH(get_fields)] = field;
    rill_ssize id = rill_submit_request(t.client.conn, fields, LENGTH(fields), NULL, NULL);
    assert_true(id > 0);
    rill_frame frame = {0};
    (void)bench_take(&t.client);
    assert_int_equal(bench_frames(&t.client, RILL_HEADERS, &frame), 1);
    lengths[i] = frame.data.n;
    hand_over(&t);
    assert_int_equal(t.flags[0] & NV, marks[i] & NV);
  }
  assert_int_equal(lengths[1], lengths[0] - 2); /* :authority is in the table by then */
  assert_int_equal(lengths[2], lengths[1]);
  assert_int_equal(lengths[3], lengths[1] - 1); /* a literal into the table has two bits more for the index of its name */
  assert_int_equal(lengths[4], 5);
  two_close(&t);
}

/* ---- crumbs ------------------------------------------------------------------------------------------------------------ */

static void expect_cookie(two *t, const void *value, size_t n) {
  rill_field cookie = {.name = {(const uint8_t *)"cookie", 6}, .value = {value, n}};
  rill_ssize id = request(t, &cookie, 1, NULL);
  assert_true(id > 0);
  assert_int_equal(t->cookies, 1);
  assert_int_equal(t->cookie_n, n);
  if (n != 0) assert_memory_equal(t->cookie, value, n);
  done(t, id);
}

static void cookies_arrive_as_they_were(void **state) {
  (void)state;
  static const char *const values[] = {
      "",  "a",     "a; b",  "a=b; c=d; e=f", "a;b",      "; a",    "a;  b",  "a ; b",         "a; \tb",  "a;",
      ";", "a;; b", "a; ;b", "a; ; b",        "a; ; ; b", "; ; ;;", "a;\x80", "a; b; a; b; c", "a; b;;;", "; ; a; b"};
  for (unsigned crumbles = 0; crumbles < 2; crumbles++) {
    two t;
    two_open(&t, crumbles != 0);
    for (unsigned round = 0; round < 2; round++) {
      for (size_t i = 0; i < LENGTH(values); i++)
        expect_cookie(&t, values[i], strlen(values[i]));
    }
    two_close(&t);
  }
}

/* All that may be submitted, of the octets that matter. */
static void cookies_of_any_kind_arrive_as_they_were(void **state) {
  (void)state;
  uint64_t random = 3;
  unsigned sent = 0;
  two t;
  two_open(&t, true);
  for (unsigned round = 0; round < 5000; round++) {
    char value[20];
    random = random * UINT64_C(6364136223846793005) + 1;
    size_t n = (size_t)(random >> 33) % sizeof value;
    for (size_t i = 0; i < n; i++) {
      random = random * UINT64_C(6364136223846793005) + 1;
      value[i] = "a; ;\t"[(random >> 33) % 5];
    }
    bool edge = n != 0 && (strchr(" \t", value[0]) != NULL || strchr(" \t", value[n - 1]) != NULL);
    if (edge) {
      rill_field cookie = {.name = {(const uint8_t *)"cookie", 6}, .value = {(const uint8_t *)value, n}};
      assert_int_equal(request(&t, &cookie, 1, NULL), RILL_ERR_INVALID);
    } else {
      expect_cookie(&t, value, n);
      sent++;
    }
  }
  assert_true(sent > 1000);
  two_close(&t);
}

/* Two lines, others between them, more of them than are copied while they are judged; and a value of more than a frame. */
static void many_and_large_cookies_arrive(void **state) {
  (void)state;
  two t;
  two_open(&t, true);
  rill_field fields[32];
  for (size_t i = 0; i < LENGTH(fields); i++)
    fields[i] = (rill_field)RILL_FIELD("x-a", "b");
  fields[3] = (rill_field)RILL_FIELD("cookie", "a=b; c=d");
  fields[4] = (rill_field)RILL_FIELD("cookie", "e");
  fields[31] = (rill_field)RILL_FIELD("cookie", "f=g; h=i");
  rill_ssize id = request(&t, fields, LENGTH(fields), NULL);
  assert_true(id > 0);
  assert_int_equal(t.cookies, 1);
  assert_int_equal(t.cookie_n, 21);
  assert_memory_equal(t.cookie, "a=b; c=d; e; f=g; h=i", 21);
  done(&t, id);

  static char value[20002];
  for (size_t i = 0; i < sizeof value - 2; i += 5)
    memcpy(value + i, "\xff=b; ", 5); /* codes of 26 bits: sent as they are */
  memcpy(value + sizeof value - 2, "xy", 2);
  expect_cookie(&t, value, sizeof value);
  two_close(&t);
}

/* An allocator that refuses at each turn: nothing half-sent, nothing leaks. */
static void crumbs_without_memory(void **state) {
  (void)state;
  const rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                               RILL_FIELD(":authority", "a"), RILL_FIELD("cookie", "id=0123456789abcdefghij; b; c; d; e")};
  unsigned failed = 0;
  for (size_t fail_at = 1; fail_at < 12; fail_at++) {
    bench b;
    bench_init(&b);
    b.config.crumble_cookies = true;
    bench_begin(&b, true);
    b.mem.fail_at = b.mem.calls + fail_at;
    rill_ssize id = rill_submit_request(b.conn, fields, LENGTH(fields), NULL, NULL);
    b.mem.fail_at = 0;
    assert_true(id == 1 || id == RILL_ERR_NOMEM);
    failed += id == RILL_ERR_NOMEM;
    if (id < 0) assert_int_equal(rill_submit_request(b.conn, fields, LENGTH(fields), NULL, NULL), 1);
    rill_frame frame = {0};
    b.out_n = 0;
    (void)bench_take(&b);
    assert_int_equal(bench_frames(&b, RILL_HEADERS, &frame), 1);
    bench_close(&b);
  }
  assert_true(failed > 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(marked_fields_are_handed_on_as_marked),
      cmocka_unit_test(tokens_that_are_none_are_looked_up),
      cmocka_unit_test(preparation_keeps_what_speaks_of_the_table),
      cmocka_unit_test(cookies_arrive_as_they_were),
      cmocka_unit_test(cookies_of_any_kind_arrive_as_they_were),
      cmocka_unit_test(many_and_large_cookies_arrive),
      cmocka_unit_test(crumbs_without_memory),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
