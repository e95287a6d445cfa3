/* SPDX-License-Identifier: MIT */
/* Budgets where numbers are as large as they can be; what they do otherwise is in talk/budgets.talk. */
#include "conn/conn.h"
#include "contract.h"

static uint64_t overhead(bench *b) { return rill_conn_stats(b->conn).overhead; }

/* Content of 2^62 octets times a ratio of 2^32 is more than a number holds, and as good as no limit. */
static void much_content_is_no_overhead(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  b.config.overhead_ratio = UINT32_MAX;
  bench_begin(&b, false);
  assert_true(overhead(&b) > 0);
  b.conn->stats.content_received = UINT64_C(1) << 62;
  assert_int_equal(overhead(&b), 0);
  b.conn->budget.look_at = 0;
  peer_frame(&b, RILL_PING, 0, 0, "12345678", 8);
  assert_true(peer_send(&b) > 0);
  assert_true(b.conn->budget.look_at > UINT64_MAX / 4);
  bench_close(&b);
}

/* Without a limit nobody looks again. */
static void no_limit_of_overhead(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  b.config.overhead_burst = UINT32_MAX;
  bench_begin(&b, false);
  assert_int_equal(b.conn->budget.look_at, UINT64_MAX);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(much_content_is_no_overhead),
      cmocka_unit_test(no_limit_of_overhead),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
