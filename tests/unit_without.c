/* SPDX-License-Identifier: MIT */
/*
 * Parts that can be left out (RILL_WITHOUT_*): what asks for one that is not there is refused, and what the peer sends of it is
 * dealt with as the protocol says. In a library that has a part, the same calls show that it does.
 */
#include "base/features.h"
#include "contract.h"

static int context_of(const rill_config *config, const rill_callbacks *callbacks) {
  rill_context *context;
  int err = rill_context_new(&context, config, callbacks);
  assert_true((err == 0) == (context != NULL));
  rill_context_del(context);
  return err;
}

static int if_there(bool part) { return part ? 0 : RILL_ERR_INVALID; }

static void a_configuration_asks_for_what_is_there(void **state) {
  (void)state;
  rill_config config;
  const struct {
    bool *member;
    bool part;
  } rows[] = {{&config.enable_push, RILL__PUSH}, {&config.accept_altsvc, RILL__ALTSVC}, {&config.accept_origin, RILL__ORIGIN}};
  for (size_t i = 0; i < LENGTH(rows); i++) {
    rill_config_init(&config);
    assert_int_equal(context_of(&config, NULL), 0);
    *rows[i].member = true;
    assert_int_equal(context_of(&config, NULL), if_there(rows[i].part));
  }
}

static void on_frame(rill_conn *conn, const rill_frame *frame, void *user) { (void)conn, (void)frame, (void)user; }

static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  (void)conn, (void)id, (void)promised, (void)head, (void)user;
  return 0;
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  (void)conn, (void)id, (void)origin, (void)value, (void)user;
  return 0;
}

/* A trace has no other switch; what has one may be listened for in vain, as ever. */
static void callbacks_ask_for_a_trace_alone(void **state) {
  (void)state;
  rill_config config;
  rill_config_init(&config);
  rill_callbacks in = {.size = sizeof in, .on_frame_recv = on_frame}, out = {.size = sizeof out, .on_frame_sent = on_frame};
  rill_callbacks others = {.size = sizeof others, .on_push = on_push, .on_altsvc = on_altsvc};
  assert_int_equal(context_of(&config, &in), if_there(RILL__TRACE));
  assert_int_equal(context_of(&config, &out), if_there(RILL__TRACE));
  assert_int_equal(context_of(&config, &others), 0);
}

/* A list that does not say ENABLE_PUSH=0 lets the server promise; without push that is for servers alone. */
static void a_clients_list_refuses_promises(void **state) {
  (void)state;
  static const rill_setting silent = {RILL_SETTING_MAX_CONCURRENT_STREAMS, 7}, refused = {RILL_SETTING_ENABLE_PUSH, 0},
                            welcome = {RILL_SETTING_ENABLE_PUSH, 1};
  bench b;
  bench_init(&b);
  b.config.settings_count = 1;
  b.config.settings = &silent;
  assert_true(bench_open(&b, true) == RILL__PUSH);
  if (RILL__PUSH) bench_close(&b);
  bench_init(&b);
  b.config.settings_count = 1;
  b.config.settings = &silent;
  assert_true(bench_open(&b, false));
  bench_close(&b);
  bench_init(&b);
  b.config.settings_count = 1;
  b.config.settings = &refused;
  assert_true(bench_open(&b, true));
  bench_close(&b);
  b.config.settings = &welcome;
  b.config.mem.resize = NULL;
  assert_int_equal(context_of(&b.config, NULL), if_there(RILL__PUSH));
}

/* Until our SETTINGS are acknowledged a promise could cross them, and is decoded and refused if that can be done. */
static void a_promise_is_refused(void **state) {
  (void)state;
  static const uint8_t promise[] = {0, 0, 0, 2, 0x82, 0x87, 0x84, 0x01, 0x01, 'a'};
  bench b;
  rill_frame frame;
  bench_init(&b);
  assert_true(bench_open(&b, true));
  (void)bench_take(&b);
  assert_int_equal(bench_frames(&b, RILL_SETTINGS, &frame), 1);
  rill_setting entry;
  bool said = false;
  for (size_t i = 0; rill_frame_setting(&frame, i, &entry); i++)
    said |= entry.id == RILL_SETTING_ENABLE_PUSH && entry.value == 0;
  assert_true(said);
  assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  peer_frame(&b, RILL_SETTINGS, 0, 0, NULL, 0);
  peer_frame(&b, RILL_PUSH_PROMISE, RILL_FLAG_END_HEADERS, 1, promise, sizeof promise);
  assert_true((peer_send(&b) > 0) == RILL__PUSH);
  assert_int_equal(rill_conn_error(b.conn).why, RILL__PUSH ? RILL_WHY_NONE : RILL_WHY_PUSH_DISABLED);
  bench_close(&b);
}

static void push_cannot_be_enabled_later(void **state) {
  (void)state;
  static const rill_setting welcome = {RILL_SETTING_ENABLE_PUSH, 1};
  bench b;
  bench_init(&b);
  bench_begin(&b, true);
  assert_int_equal(rill_submit_settings(b.conn, &welcome, 1), if_there(RILL__PUSH));
  if (!RILL__PUSH) assert_int_equal(rill_conn_fault(b.conn).why, RILL_WHY_SETTING_ENABLE_PUSH);
  bench_close(&b);
}

/* Known or not, they are nobody's business here. */
static void advice_is_passed_over(void **state) {
  (void)state;
  bench b;
  bench_init(&b);
  bench_begin(&b, true);
  uint32_t before = rill_conn_stats(b.conn).spent[RILL_BUDGET_GLITCHES];
  peer_frame(&b, RILL_ALTSVC, 0, 0, "\0\x09https://ah2=\":443\"", 20);
  peer_frame(&b, RILL_ORIGIN, 0, 0, "\0\x09https://a", 11);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_error(b.conn).err, 0);
  assert_int_equal(rill_conn_stats(b.conn).origins, 0);
  assert_int_equal(rill_conn_stats(b.conn).spent[RILL_BUDGET_GLITCHES], before + 2);
  bench_close(&b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_configuration_asks_for_what_is_there), cmocka_unit_test(callbacks_ask_for_a_trace_alone),
      cmocka_unit_test(a_clients_list_refuses_promises),        cmocka_unit_test(a_promise_is_refused),
      cmocka_unit_test(push_cannot_be_enabled_later),           cmocka_unit_test(advice_is_passed_over),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
