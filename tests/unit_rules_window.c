/* SPDX-License-Identifier: MIT */
/* RFC 9113 6.9: every bound at N and at N+1. */
#include "rules/window.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#define MAX 2147483647

static void increment_0_is_refused(void **state) {
  (void)state;
  rill__window window = {5};
  assert_int_equal(rill__window_grow(&window, 0), RILL_WHY_WINDOW_ZERO);
  assert_int_equal(rill__window_grow(&window, 1), RILL_WHY_NONE);
  assert_int_equal(window.left, 6);
}

static void a_window_grows_to_2_31_less_1_and_no_further(void **state) {
  (void)state;
  rill__window window = {65535};
  assert_int_equal(rill__window_grow(&window, MAX - 65535), RILL_WHY_NONE);
  assert_int_equal(window.left, MAX);
  assert_int_equal(rill__window_grow(&window, 1), RILL_WHY_WINDOW_OVERFLOW);
  assert_int_equal(rill__window_grow(&window, MAX), RILL_WHY_WINDOW_OVERFLOW);
  assert_int_equal(rill__window_grow(&window, UINT32_MAX), RILL_WHY_WINDOW_OVERFLOW);
  assert_int_equal(window.left, MAX); /* a refusal changes nothing */
  window.left = 0;
  assert_int_equal(rill__window_grow(&window, 0x80000000u), RILL_WHY_WINDOW_OVERFLOW);
  assert_int_equal(rill__window_grow(&window, MAX), RILL_WHY_NONE);
}

static void a_negative_window_grows_too(void **state) {
  (void)state;
  rill__window window = {-MAX};
  assert_int_equal(rill__window_grow(&window, MAX), RILL_WHY_NONE);
  assert_int_equal(window.left, 0);
  window.left = -1;
  assert_int_equal(rill__window_grow(&window, MAX), RILL_WHY_NONE);
  assert_int_equal(window.left, MAX - 1);
}

/* The example of 9113 6.9.2: 60 KB sent at once, then an initial window of 16 KB. */
static void a_smaller_initial_window_leaves_a_negative_one(void **state) {
  (void)state;
  rill__share share = {0};
  assert_int_equal(rill__share_left(&share, 65535), 65535);
  rill__share_take(&share, 61440);
  assert_int_equal(rill__share_left(&share, 65535), 65535 - 61440);
  assert_int_equal(rill__share_left(&share, 16384), 16384 - 61440);
  assert_int_equal(rill__window_room(rill__share_left(&share, 16384)), 0);
  assert_int_equal(rill__share_grow(&share, 16384, 61440), RILL_WHY_NONE);
  assert_int_equal(rill__share_left(&share, 16384), 16384);
}

static void a_share_is_at_most_2_31_less_1_with_the_initial_window(void **state) {
  (void)state;
  rill__share share = {0};
  assert_int_equal(rill__share_grow(&share, 65535, 0), RILL_WHY_WINDOW_ZERO);
  assert_int_equal(rill__share_grow(&share, 65535, MAX - 65534), RILL_WHY_WINDOW_OVERFLOW);
  assert_int_equal(share.beyond, 0);
  assert_int_equal(rill__share_grow(&share, 65535, MAX - 65535), RILL_WHY_NONE);
  assert_int_equal(rill__share_left(&share, 65535), MAX);
  assert_true(rill__share_bears(share.beyond, 65535));
  assert_false(rill__share_bears(share.beyond, 65536));
  assert_true(rill__share_bears(0, MAX));
  assert_false(rill__share_bears(1, MAX));
  rill__share_take(&share, MAX); /* all of it was sent */
  assert_int_equal(share.beyond, -65535);
  assert_int_equal(rill__share_left(&share, 0), -65535);
  assert_int_equal(rill__share_left(&share, MAX), MAX - 65535);
  share = (rill__share){0};
  rill__share_take(&share, MAX);
  assert_int_equal(rill__share_left(&share, 0), -MAX);
}

static void the_initial_window_shifts_up_to_2_31_less_1(void **state) {
  (void)state;
  int32_t left = 65536; /* one more than the initial size, by WINDOW_UPDATE */
  assert_int_equal(rill__window_shift(&left, 65535, MAX), RILL_WHY_WINDOW_SHIFT_OVERFLOW);
  assert_int_equal(left, 65536);
  assert_int_equal(rill__window_shift(&left, 65535, MAX - 1), RILL_WHY_NONE);
  assert_int_equal(left, MAX);
}

static void the_initial_window_shifts_down_to_the_end(void **state) {
  (void)state;
  int32_t left = MAX;
  left -= MAX; /* all of it was sent */
  assert_int_equal(rill__window_shift(&left, MAX, 0), RILL_WHY_NONE);
  assert_int_equal(left, -MAX);
  /* cannot follow from true values; must not wrap all the same */
  assert_int_equal(rill__window_shift(&left, 1, 0), RILL_WHY_WINDOW_SHIFT_OVERFLOW);
  assert_int_equal(rill__window_shift(&left, MAX, 0), RILL_WHY_WINDOW_SHIFT_OVERFLOW);
  assert_int_equal(left, -MAX);
  assert_int_equal(rill__window_shift(&left, 0, MAX), RILL_WHY_NONE);
  assert_int_equal(left, 0);
}

static void the_peer_may_send_what_is_left_and_no_more(void **state) {
  (void)state;
  rill__inflow inflow = rill__inflow_of(100);
  assert_int_equal(rill__inflow_receive(&inflow, 101, RILL_WHY_FLOW_STREAM), RILL_WHY_FLOW_STREAM);
  assert_int_equal(rill__inflow_receive(&inflow, 101, RILL_WHY_FLOW_CONNECTION), RILL_WHY_FLOW_CONNECTION);
  assert_int_equal(inflow.left, 100);
  assert_int_equal(rill__inflow_receive(&inflow, 100, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  assert_int_equal(inflow.left, 0);
  assert_int_equal(rill__inflow_receive(&inflow, 0, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  assert_int_equal(rill__inflow_receive(&inflow, 1, RILL_WHY_FLOW_STREAM), RILL_WHY_FLOW_STREAM);
  assert_int_equal(rill__inflow_used(&inflow), 100);
  assert_int_equal(rill__window_room(1), 1);
  assert_int_equal(rill__window_room(0), 0);
  assert_int_equal(rill__window_room(-1), 0);
}

/* DATA without content is never too much (9113 6.9.1), not even when the window is negative. */
static void empty_data_passes_a_negative_window(void **state) {
  (void)state;
  rill__inflow inflow = {.left = -5};
  assert_int_equal(rill__inflow_receive(&inflow, 0, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  assert_int_equal(rill__inflow_receive(&inflow, 1, RILL_WHY_FLOW_STREAM), RILL_WHY_FLOW_STREAM);
  assert_int_equal(rill__inflow_receive(&inflow, UINT32_MAX, RILL_WHY_FLOW_STREAM), RILL_WHY_FLOW_STREAM);
  assert_int_equal(inflow.left, -5);
}

static bool worth(int32_t left, uint32_t held, uint32_t full) {
  rill__inflow inflow = {.left = left, .held = held, .full = full & MAX};
  return rill__inflow_worth_telling(&inflow);
}

static void credit_is_worth_telling(void **state) {
  (void)state;
  assert_false(worth(0, 0, 0)); /* nothing to tell is never worth telling */
  assert_false(worth(32769, 32766, 65535));
  assert_true(worth(32768, 32767, 65535)); /* 65,535 in all: half of them have come and are dealt with */
  assert_true(worth(40000, 32767, 65535)); /* half is enough, whatever is left */
  assert_true(worth(8191, 8191, 65535));   /* as much as is left, and an eighth */
  assert_false(worth(8192, 8191, 65535));
  assert_false(worth(0, 8190, 65535)); /* less than an eighth */
  assert_true(worth(0, 1, 1));
  assert_true(worth(-MAX, MAX / 8, MAX));
}

/* Half of 2 MiB is 1 MiB; of more it is more, and 1 MiB is enough as long as that is an eighth. */
static void a_mebioctet_is_worth_telling(void **state) {
  (void)state;
  assert_false(worth(MAX, (1 << 20) - 2, (1 << 21) - 1));
  assert_true(worth(MAX, (1 << 20) - 1, (1 << 21) - 1));
  assert_false(worth(MAX, (1 << 20) - 1, 1 << 23));
  assert_true(worth(MAX, 1 << 20, 1 << 23));
  assert_false(worth(MAX, (1 << 21) - 1, 1 << 24));
  assert_true(worth(MAX, 1 << 21, 1 << 24));
}

static void what_is_paused_is_not_told(void **state) {
  (void)state;
  rill__inflow inflow = {.held = 100, .full = 100, .paused = 1};
  assert_false(rill__inflow_worth_telling(&inflow));
  inflow.paused = 0;
  assert_true(rill__inflow_worth_telling(&inflow));
}

static void telling_moves_the_credit_into_the_window(void **state) {
  (void)state;
  rill__inflow inflow = rill__inflow_of(65535);
  assert_int_equal(rill__inflow_receive(&inflow, 40000, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  assert_int_equal(rill__inflow_tell(&inflow), 0);
  rill__inflow_credit(&inflow, 39999);
  assert_int_equal(rill__inflow_used(&inflow), 1);
  rill__inflow_credit(&inflow, 1);
  assert_int_equal(rill__inflow_used(&inflow), 0);
  assert_int_equal(inflow.left, 25535); /* the peer does not know yet */
  assert_int_equal(rill__inflow_tell(&inflow), 40000);
  assert_int_equal(inflow.left, 65535);
  assert_int_equal(inflow.held, 0);
  assert_int_equal(rill__inflow_tell(&inflow), 0);
}

static void a_wider_window_is_told_with_the_credit(void **state) {
  (void)state;
  rill__inflow inflow = rill__inflow_of(1000);
  assert_int_equal(rill__inflow_receive(&inflow, 600, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  rill__inflow_credit(&inflow, 500);
  rill__inflow_widen(&inflow, MAX);
  assert_int_equal(rill__inflow_used(&inflow), 100);
  assert_int_equal(rill__inflow_tell(&inflow), MAX - 500);
  assert_int_equal(inflow.left, MAX - 100);
  rill__inflow_credit(&inflow, 100);
  assert_int_equal(rill__inflow_tell(&inflow), 100);
  assert_int_equal(inflow.left, MAX);
}

/* 9113 6.9.2. What came, what is held and what is unconsumed stays. */
static void the_initial_window_shifts_what_the_peer_may_send(void **state) {
  (void)state;
  rill__inflow inflow = rill__inflow_of(65535);
  assert_int_equal(rill__inflow_receive(&inflow, 60000, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  rill__inflow_credit(&inflow, 20000);
  assert_int_equal(rill__inflow_shift(&inflow, 65535, 1000), RILL_WHY_NONE);
  assert_int_equal(inflow.left, 1000 - 60000);
  assert_int_equal(inflow.held, 20000);
  assert_int_equal(inflow.full, 1000);
  assert_int_equal(rill__inflow_used(&inflow), 40000);
  rill__inflow_credit(&inflow, 40000);
  assert_int_equal(rill__inflow_tell(&inflow), 60000);
  assert_int_equal(inflow.left, 1000);
}

static void a_window_that_has_grown_shifts_up_to_2_31_less_1(void **state) {
  (void)state;
  rill__inflow inflow = rill__inflow_of(100);
  rill__inflow_widen(&inflow, 101);
  assert_int_equal(rill__inflow_receive(&inflow, 100, RILL_WHY_FLOW_STREAM), RILL_WHY_NONE);
  assert_int_equal(rill__inflow_shift(&inflow, 100, MAX), RILL_WHY_WINDOW_SHIFT_OVERFLOW);
  assert_int_equal(inflow.full, 101); /* a refusal changes nothing */
  assert_int_equal(inflow.left, 0);
  assert_int_equal(rill__inflow_shift(&inflow, 100, MAX - 1), RILL_WHY_NONE);
  assert_int_equal(inflow.full, MAX);
  assert_int_equal(inflow.left, MAX - 101);
  assert_int_equal(rill__inflow_shift(&inflow, MAX, 0), RILL_WHY_NONE);
  assert_int_equal(inflow.left, -101);
  assert_int_equal(rill__inflow_used(&inflow), 100);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(increment_0_is_refused),
      cmocka_unit_test(a_window_grows_to_2_31_less_1_and_no_further),
      cmocka_unit_test(a_negative_window_grows_too),
      cmocka_unit_test(a_smaller_initial_window_leaves_a_negative_one),
      cmocka_unit_test(a_share_is_at_most_2_31_less_1_with_the_initial_window),
      cmocka_unit_test(the_initial_window_shifts_up_to_2_31_less_1),
      cmocka_unit_test(the_initial_window_shifts_down_to_the_end),
      cmocka_unit_test(the_peer_may_send_what_is_left_and_no_more),
      cmocka_unit_test(empty_data_passes_a_negative_window),
      cmocka_unit_test(credit_is_worth_telling),
      cmocka_unit_test(a_mebioctet_is_worth_telling),
      cmocka_unit_test(what_is_paused_is_not_told),
      cmocka_unit_test(telling_moves_the_credit_into_the_window),
      cmocka_unit_test(a_wider_window_is_told_with_the_credit),
      cmocka_unit_test(the_initial_window_shifts_what_the_peer_may_send),
      cmocka_unit_test(a_window_that_has_grown_shifts_up_to_2_31_less_1),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
