/* SPDX-License-Identifier: MIT */
/*
 * The origin set of a client (RFC 8336 2.3) as ORIGIN frames and requests make it, without the frames: who is in, who stays, who
 * comes back; its bound and its memory.
 */
#include "conn/conn.h"
#include "contract.h"

#include <stdio.h>

static rill_view view(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static void open_client(bench *b, uint32_t max_origins) {
  bench_init(b);
  b->config.accept_origin = true;
  b->config.max_origins = max_origins;
  assert_true(bench_open(b, true));
}

/* GET https / at this host. The stream's id. */
static uint32_t ask(bench *b, const char *host) {
  rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                         RILL_FIELD(":authority", "")};
  fields[3].value = view(host);
  rill_ssize id = rill_submit_request(b->conn, fields, LENGTH(fields), NULL, NULL);
  assert_true(id > 0);
  return (uint32_t)id;
}

static bool allowed(const bench *b, const char *origin) { return rill_origin_allowed(b->conn, view(origin)); }
static bool named(bench *b, const char *origin) { return rill__origin_add(b->conn, view(origin)); }
static void misdirected(bench *b, uint32_t id) { rill__origin_misdirected(b->conn, rill__stream_find(b->conn, id)->origin); }

static void requests_are_in_and_421_takes_out(void **state) {
  (void)state;
  bench b;
  open_client(&b, 64);
  assert_false(allowed(&b, "https://a"));
  uint32_t first = ask(&b, "A:443"), second = ask(&b, "b");
  assert_true(allowed(&b, "https://a"));
  assert_true(allowed(&b, "HTTPS://B:443"));
  misdirected(&b, first);
  assert_false(allowed(&b, "https://a"));
  assert_true(allowed(&b, "https://b"));
  (void)ask(&b, "a"); /* asking again does not make it right */
  assert_false(allowed(&b, "https://a"));
  assert_true(named(&b, "https://a")); /* but the server's word does */
  assert_true(allowed(&b, "https://a"));
  misdirected(&b, second);
  assert_false(allowed(&b, "https://b"));
  bench_close(&b);
}

/* The first request stands for the initial origin; what else was asked has to be named. */
static void the_first_frame_makes_the_set_the_servers(void **state) {
  (void)state;
  bench b;
  open_client(&b, 64);
  (void)ask(&b, "a");
  (void)ask(&b, "b");
  assert_true(rill__origins_named(b.conn)); /* a frame without entries counts */
  assert_true(allowed(&b, "https://a"));
  assert_false(allowed(&b, "https://b"));
  assert_true(named(&b, "https://c:8443"));
  assert_true(allowed(&b, "https://c:8443"));
  assert_false(allowed(&b, "https://c"));
  assert_true(named(&b, "https://b"));
  assert_true(allowed(&b, "https://b"));
  (void)ask(&b, "d");
  assert_false(allowed(&b, "https://d"));
  assert_true(rill__origins_named(b.conn)); /* later frames only add */
  assert_true(allowed(&b, "https://b"));
  assert_true(allowed(&b, "https://c:8443"));
  bench_close(&b);
}

/* 288 octets: "https://", and a host of 280. */
static void what_no_name_needs_is_no_origin(void **state) {
  (void)state;
  bench b;
  char host[640], origin[700];
  open_client(&b, 64);
  memset(host, 'a', sizeof host);
  const size_t lengths[] = {280, 281, 353, 354};
  for (size_t i = 0; i < LENGTH(lengths); i++) {
    host[lengths[i]] = '\0';
    (void)ask(&b, host);
    (void)snprintf(origin, sizeof origin, "https://%s", host);
    assert_true(allowed(&b, origin) == (i == 0));
    host[lengths[i]] = 'a';
  }
  host[289] = '\0';
  rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", ""), RILL_FIELD(":path", "/"),
                         RILL_FIELD(":authority", "a")};
  fields[1].value = view(host);
  assert_true(rill_submit_request(b.conn, fields, LENGTH(fields), NULL, NULL) > 0);
  assert_int_equal(rill_conn_stats(b.conn).origins, 1);
  bench_close(&b);
}

static void a_frame_before_the_first_request(void **state) {
  (void)state;
  bench b;
  open_client(&b, 64);
  assert_true(named(&b, "https://c"));
  (void)ask(&b, "a");
  (void)ask(&b, "b");
  assert_true(allowed(&b, "https://a"));
  assert_false(allowed(&b, "https://b"));
  assert_true(allowed(&b, "https://c"));
  bench_close(&b);
}

static void what_is_no_origin_is_ignored(void **state) {
  (void)state;
  static const char *const wrong[] = {"", "a", "https://", "https://a/", "https://u@a", "://a", "https://a:b", "null"};
  bench b;
  open_client(&b, 64);
  for (size_t i = 0; i < LENGTH(wrong); i++) {
    assert_false(named(&b, wrong[i]));
    assert_false(allowed(&b, wrong[i]));
  }
  assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NONE);
  bench_close(&b);
}

static void max_origins_at_n_and_one_more(void **state) {
  (void)state;
  bench b;
  char host[32];
  open_client(&b, 64);
  for (unsigned i = 0; i < 64; i++) {
    (void)snprintf(host, sizeof host, "https://h%u", i);
    assert_true(named(&b, host));
  }
  assert_false(named(&b, "https://one-more"));
  assert_false(allowed(&b, "https://one-more"));
  assert_true(named(&b, "https://h63")); /* which is there already */
  assert_true(allowed(&b, "https://h0"));
  assert_true(allowed(&b, "https://h63"));
  bench_close(&b);
}

/* A host of 280 octets makes a text of 288 with "https://" before it; one more is too long for a name, and ignored. */
static void a_text_that_is_too_long_is_ignored(void **state) {
  (void)state;
  bench b;
  char text[290] = "https://";
  open_client(&b, 64);
  memset(text + 8, 'a', 280);
  assert_true(named(&b, text));
  assert_true(allowed(&b, text));
  text[288] = 'a';
  assert_false(named(&b, text));
  assert_false(allowed(&b, text));
  bench_close(&b);
}

static void without_memory_a_request_is_told_and_a_frame_ends_the_connection(void **state) {
  (void)state;
  for (unsigned k = 1; k <= 2; k++) { /* the set, and the buffer of its records */
    bench b;
    open_client(&b, 64);
    b.mem.fail_at = b.mem.calls + k;
    assert_false(named(&b, "https://a"));
    assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NOMEM);
    bench_close(&b);
  }
  size_t refusals = 0;
  for (unsigned k = 1; k <= 12; k++) {
    bench b;
    open_client(&b, 64);
    b.mem.fail_at = b.mem.calls + k;
    rill_ssize id = rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL);
    bool failed = id == RILL_ERR_NOMEM;
    assert_true(failed ? b.mem.failures != 0 : id == 1); /* the encoder does without memory, too */
    assert_int_equal(allowed(&b, "https://a"), !failed); /* nothing was changed */
    refusals += failed;
    if (failed) assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
    assert_true(allowed(&b, "https://a"));
    bench_close(&b);
  }
  assert_true(refusals >= 5); /* lane, set, records, stream, map */
}

static void a_set_that_nobody_needs_costs_nothing(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  assert_true(bench_open(&b, true));
  (void)ask(&b, "a");
  assert_null(b.conn->origins);
  assert_int_equal(rill__stream_find(b.conn, 1)->origin, 0);
  assert_false(allowed(&b, "https://a"));
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(requests_are_in_and_421_takes_out),
      cmocka_unit_test(the_first_frame_makes_the_set_the_servers),
      cmocka_unit_test(what_no_name_needs_is_no_origin),
      cmocka_unit_test(a_frame_before_the_first_request),
      cmocka_unit_test(what_is_no_origin_is_ignored),
      cmocka_unit_test(max_origins_at_n_and_one_more),
      cmocka_unit_test(a_text_that_is_too_long_is_ignored),
      cmocka_unit_test(without_memory_a_request_is_told_and_a_frame_ends_the_connection),
      cmocka_unit_test(a_set_that_nobody_needs_costs_nothing),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
