/* SPDX-License-Identifier: MIT */
/*
 * examples/fixed_server: ten streams with content and trailers both ways in 16 KiB, and what happens in less: whichever call
 * finds no memory, the connection goes on or ends cleanly, and all is given back.
 */
#include "fixed_trial.h"

#include <stdio.h>

enum { CONTENT = 1000, GOAWAY_MAX = RILL_FRAME_HEAD_SIZE + 8 + 256 };

/* ---- the client: a connection that has memory -------------------------------------------------------------------------- */

typedef struct client {
  checked_mem mem;
  rill_context *context;
  rill_conn *conn;
  bool large;         /* requests are as browsers send them */
  const char *method; /* of requests; NULL: POST */
  unsigned asked, answers, declined, trailers, ended, refused, failed;
  size_t content;
  uint32_t goaway; /* its code, + 1 */
} client;

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  client *c = rill_conn_user(conn);
  (void)id, (void)user;
  if (head->kind == RILL_HEAD_TRAILERS) {
    c->trailers++;
    assert_int_equal(head->field_count, 1);
    assert_memory_equal(head->fields[0].value.p, "1000", head->fields[0].value.n);
  } else {
    *(c->method == NULL ? &c->answers : &c->declined) += 1;
    assert_int_equal(head->status, c->method == NULL ? 200 : 405);
  }
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  client *c = rill_conn_user(conn);
  (void)id, (void)end, (void)user;
  c->content += bytes.n;
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  client *c = rill_conn_user(conn);
  (void)id, (void)user;
  c->ended += close->by == RILL_BY_END;
  c->failed += close->by != RILL_BY_END;
  c->refused += close->by == RILL_BY_PEER && close->code == RILL_REFUSED_STREAM && close->retryable;
}

static int on_goaway(rill_conn *conn, uint32_t last, uint32_t code, rill_view debug, void *user) {
  client *c = user;
  (void)conn, (void)last, (void)debug;
  c->goaway = code + 1;
  return 0;
}

static void client_open(client *c) {
  const rill_callbacks on = {
      .size = sizeof on, .on_head = on_head, .on_data = on_data, .on_stream_close = on_close, .on_goaway = on_goaway};
  rill_config config;
  rill_config_init(&config);
  config.mem = checked_mem_of(&c->mem);
  assert_int_equal(rill_context_new(&c->context, &config, &on), 0);
  assert_int_equal(rill_conn_client_new(&c->conn, c->context, c), 0);
}

static void client_close(client *c) {
  rill_conn_del(c->conn);
  rill_context_del(c->context);
  assert_null(c->mem.wrong);
  assert_int_equal(c->mem.live, 0);
  assert_int_equal(c->ended + c->failed, c->asked);
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[CONTENT];
  (void)conn, (void)id, (void)user;
  assert_true(max >= CONTENT);
  *out = (rill_chunk){.data = content, .n = CONTENT, .more = RILL_MORE_TRAILERS};
  return 0;
}

static const rill_field request_fields[] = {
    RILL_FIELD(":method", "POST"),
    RILL_FIELD(":scheme", "https"),
    RILL_FIELD(":authority", "device.example"),
    RILL_FIELD(":path", "/readings"),
    RILL_FIELD("user-agent",
               "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/131.0.0.0 Safari/537.36"),
    RILL_FIELD("accept", "text/html,application/xhtml+xml,application/xml;q=0.9,image/avif,image/webp,image/apng,*/*;q=0.8"),
    RILL_FIELD("accept-encoding", "gzip, deflate, br, zstd"),
    RILL_FIELD("accept-language", "de-AT,de;q=0.9,en-GB;q=0.8,en;q=0.7"),
    RILL_FIELD("cache-control", "max-age=0"),
    RILL_FIELD("content-type", "application/x-www-form-urlencoded"),
    RILL_FIELD("origin", "https://device.example"),
    RILL_FIELD("referer", "https://device.example/readings/of/today?unit=mV"),
    RILL_FIELD("priority", "u=0, i"),
    RILL_FIELD("sec-ch-ua", "\"Chromium\";v=\"131\", \"Not_A Brand\";v=\"24\""),
    RILL_FIELD("sec-ch-ua-mobile", "?0"),
    RILL_FIELD("sec-ch-ua-platform", "\"Linux\""),
    RILL_FIELD("sec-fetch-dest", "document"),
    RILL_FIELD("sec-fetch-mode", "navigate"),
    RILL_FIELD("sec-fetch-site", "same-origin"),
    RILL_FIELD("sec-fetch-user", "?1"),
    RILL_FIELD("upgrade-insecure-requests", "1"),
    RILL_FIELD("cookie", "session=0123456789abcdef0123456789abcdef"),
    RILL_FIELD("cookie", "unit=mV"),
    RILL_FIELD("cookie", "zone=Europe/Vienna"),
};
enum { SMALL = 5, LARGE = sizeof request_fields / sizeof request_fields[0] };

static void ask(client *c, unsigned count) {
  static const rill_field trailers[] = {RILL_FIELD("unit", "mV")};
  static const rill_body body = {pull, NULL, false};
  rill_field fields[LARGE];
  memcpy(fields, request_fields, sizeof fields);
  if (c->method != NULL) fields[0].value = (rill_view){(const uint8_t *)c->method, strlen(c->method)};
  for (unsigned i = 0; i < count; i++) {
    rill_ssize id = rill_submit_request(c->conn, fields, c->large ? LARGE : SMALL, &body, NULL);
    assert_true(id > 0);
    assert_int_equal(rill_submit_trailers(c->conn, (uint32_t)id, trailers, 1), 0);
    c->asked++;
  }
}

/* ---- the wire ---------------------------------------------------------------------------------------------------------- */

/*
 * All that one side has to send goes to the other, in pieces of this size, unless that is over. Returns whether something went;
 * RILL_ERR_NOMEM of a call for output is no end.
 */
static bool carry(rill_conn *from, rill_conn *to, size_t size) {
  uint8_t octets[2048];
  bool went = false, over = false;
  rill_ssize n;
  while ((n = rill_conn_send(from, octets, size, RILL_NO_CLOCK)) > 0) {
    went = true;
    for (rill_ssize at = 0, took; at < n && !over; at += took) {
      took = rill_conn_recv(to, octets + at, (size_t)(n - at), RILL_NO_CLOCK);
      over = took <= 0;
      assert_true(took != 0 || rill_conn_want_send(to)); /* it waits for its output to be taken, which is not tried here */
    }
  }
  assert_true(n == 0 || n == RILL_ERR_NOMEM);
  return went;
}

static void settle(device *d, client *c, size_t size) {
  bool up = true, down = true;
  while (up || down) {
    up = carry(c->conn, d->conn, size);
    down = carry(d->conn, c->conn, size);
  }
}

static void exchange(device *d, client *c, size_t size) {
  (void)carry(d->conn, c->conn, size);
  ask(c, FIXED_STREAMS);
  settle(d, c, size);
}

/* ---- in 16 KiB --------------------------------------------------------------------------------------------------------- */

static void all_is_well(const device *d, const client *c) {
  assert_int_equal(rill_conn_error(d->conn).why, RILL_WHY_NONE);
  assert_int_equal(d->requests, c->asked);
  assert_int_equal(d->trailers, c->asked);
  assert_int_equal(d->content, c->asked * CONTENT);
  assert_int_equal(d->ended, c->asked);
  assert_int_equal(d->most_open, FIXED_STREAMS);
  assert_int_equal(c->answers, c->asked);
  assert_int_equal(c->trailers, c->asked);
  assert_int_equal(c->ended, c->asked);
  assert_true(c->content >= c->asked * 50);
}

static void fits(bool large, size_t size) {
  static device d;
  client c = {.large = large};
  device_init(&d, FIXED_BLOCK, true);
  assert_int_equal(device_open(&d), 0);
  client_open(&c);
  exchange(&d, &c, size);
  all_is_well(&d, &c);
  for (int round = 0; round < 20; round++) { /* and it stays so */
    exchange(&d, &c, size);
    all_is_well(&d, &c);
  }
  print_message("%s requests, pieces of %zu: %zu octets at most\n", large ? "large" : "small", size,
                d.block.peak * sizeof(fixed_granule));
  assert_true(d.block.peak <= d.block.n);
  client_close(&c);
  device_close(&d);
}

static void ten_streams(void **state) {
  (void)state;
  fits(false, 2048);
  fits(false, 536);
}

/* Field blocks that are cut are gathered, frames that are cut are staged. */
static void ten_streams_of_browsers(void **state) {
  (void)state;
  fits(true, 2048);
  fits(true, 536);
  fits(true, 100);
}

/* A client that opens streams before it knows how many there may be. */
static void an_eleventh_is_refused(void **state) {
  (void)state;
  static device d;
  client c = {.large = false};
  device_init(&d, FIXED_BLOCK, true);
  assert_int_equal(device_open(&d), 0);
  client_open(&c);
  ask(&c, FIXED_STREAMS + 1);
  settle(&d, &c, 536);
  assert_int_equal(c.refused, 1);
  assert_int_equal(c.failed, 1);
  assert_int_equal(c.ended, FIXED_STREAMS);
  assert_int_equal(d.requests, FIXED_STREAMS);
  assert_int_equal(d.ended, FIXED_STREAMS);
  ask(&c, 1); /* in its place */
  settle(&d, &c, 536);
  assert_int_equal(c.ended, FIXED_STREAMS + 1);
  client_close(&c);
  device_close(&d);
}

/* Answered at once, though content and trailers are still to come. */
static void declined(const char *method) {
  static device d;
  client c = {.method = method};
  device_init(&d, FIXED_BLOCK, true);
  assert_int_equal(device_open(&d), 0);
  client_open(&c);
  exchange(&d, &c, 536);
  assert_int_equal(c.declined, FIXED_STREAMS);
  assert_int_equal(c.trailers, 0);
  assert_int_equal(c.content, 0);
  assert_int_equal(c.ended, FIXED_STREAMS);
  assert_int_equal(d.content, FIXED_STREAMS * CONTENT);
  assert_int_equal(d.trailers, FIXED_STREAMS);
  client_close(&c);
  device_close(&d);
}

static void other_methods_are_declined(void **state) {
  (void)state;
  declined("PUT");
  declined("HEAD");
}

/* ---- in less ----------------------------------------------------------------------------------------------------------- */

/* How it ended in blocks of all sizes. */
typedef struct ends {
  unsigned no_context, no_conn, no_memory, limit, some, all;
  size_t least, largest; /* all went well in a block of so many octets; in a larger one not */
} ends;

static void note(ends *e, const device *d, const client *c, size_t octets, size_t size) {
  rill_conn_failure failure = rill_conn_error(d->conn);
  if (failure.why == RILL_WHY_NONE && c->ended == c->asked) {
    e->all++;
    if (e->least == 0) e->least = octets;
    return;
  }
  e->largest = octets;
  if (failure.why == RILL_WHY_NONE) {
    e->some++;
    return;
  }
  assert_true(failure.why == RILL_WHY_NOMEM || failure.why == RILL_WHY_MEMORY);
  *(failure.why == RILL_WHY_NOMEM ? &e->no_memory : &e->limit) += 1;
  if (size >= GOAWAY_MAX || c->goaway != 0) assert_int_equal(c->goaway, failure.code + 1); /* no memory is needed to say so */
}

static void in_a_block_of(size_t octets, bool limited, bool large, size_t size, ends *e) {
  static device d;
  client c = {.large = large};
  device_init(&d, octets, limited);
  int err = device_open(&d);
  if (err != 0) {
    bool too_low = limited && d.config.memory_limit < RILL_MEMORY_LIMIT_MIN;
    assert_int_equal(err, too_low ? RILL_ERR_INVALID : RILL_ERR_NOMEM);
    *(d.context == NULL ? &e->no_context : &e->no_conn) += 1;
  } else {
    client_open(&c);
    exchange(&d, &c, size);
    note(e, &d, &c, octets, size);
    client_close(&c);
  }
  device_close(&d);
}

static void in_blocks_of_all_sizes(bool limited, bool large, size_t size) {
  ends e = {0};
  for (size_t octets = sizeof(fixed_granule); octets <= FIXED_BLOCK; octets += sizeof(fixed_granule))
    in_a_block_of(octets, limited, large, size, &e);
  print_message("%s requests, pieces of %zu%s: no context %u, no connection %u, no memory %u, the limit %u, some streams %u, all "
                "%u; from %zu octets on, and always above %zu\n",
                large ? "large" : "small", size, limited ? ", limited" : "", e.no_context, e.no_conn, e.no_memory, e.limit,
                e.some, e.all, e.least, e.largest);
  assert_true(e.no_context != 0 && (limited || e.no_conn != 0) && e.all != 0);
  assert_true((limited ? e.limit + e.some : e.no_memory) != 0); /* streams are refused first, and perhaps that is all */
}

static void no_memory_is_a_clean_end(void **state) {
  (void)state;
  in_blocks_of_all_sizes(false, false, 536);
  in_blocks_of_all_sizes(false, false, 2048);
  in_blocks_of_all_sizes(false, true, 100);
}

static void the_limit_is_a_clean_end(void **state) {
  (void)state;
  in_blocks_of_all_sizes(true, false, 536);
  in_blocks_of_all_sizes(true, true, 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(ten_streams),
      cmocka_unit_test(ten_streams_of_browsers),
      cmocka_unit_test(an_eleventh_is_refused),
      cmocka_unit_test(other_methods_are_declined),
      cmocka_unit_test(no_memory_is_a_clean_end),
      cmocka_unit_test(the_limit_is_a_clean_end),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
