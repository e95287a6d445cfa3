/* SPDX-License-Identifier: MIT */
/* SETTINGS: defaults, bounds at N and at N+1, and what must not change. Rule 40 is of the message rules. */
#include "rules/settings.h"

#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

enum { CLIENT, SERVER };

static rill__settings fresh(void) {
  rill__settings settings;
  memset(&settings, 0xa5, sizeof settings);
  rill__settings_default(&settings);
  return settings;
}

static uint32_t value_of(const rill__settings *settings, uint16_t id) {
  uint32_t value = 0xdead;
  assert_true(rill__settings_get(settings, id, &value));
  return value;
}

static void defaults_are_those_of_the_rfcs(void **state) {
  (void)state;
  rill__settings settings = fresh();
  assert_int_equal(value_of(&settings, RILL_SETTING_HEADER_TABLE_SIZE), 4096);
  assert_int_equal(value_of(&settings, RILL_SETTING_ENABLE_PUSH), 1);
  assert_int_equal(value_of(&settings, RILL_SETTING_MAX_CONCURRENT_STREAMS), RILL__SETTING_UNLIMITED);
  assert_int_equal(value_of(&settings, RILL_SETTING_INITIAL_WINDOW_SIZE), 65535);
  assert_int_equal(value_of(&settings, RILL_SETTING_MAX_FRAME_SIZE), 16384);
  assert_int_equal(value_of(&settings, RILL_SETTING_MAX_HEADER_LIST_SIZE), RILL__SETTING_UNLIMITED);
  assert_int_equal(value_of(&settings, RILL_SETTING_ENABLE_CONNECT_PROTOCOL), 0);
  assert_int_equal(value_of(&settings, RILL_SETTING_NO_RFC7540_PRIORITIES), 0);
  assert_int_equal(settings.opened, 0);
  assert_true(sizeof settings <= 24);
}

static void what_is_applied_is_what_is_read(void **state) {
  (void)state;
  static const uint16_t ids[] = {1, 2, 3, 4, 5, 6, 8, 9};
  rill__settings settings = fresh();
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    bool flag = ids[i] == RILL_SETTING_ENABLE_PUSH || ids[i] >= RILL_SETTING_ENABLE_CONNECT_PROTOCOL;
    uint32_t value = flag ? !value_of(&settings, ids[i]) : 0x01020300u + ids[i];
    rill__settings before = settings;
    rill__settings_apply(&settings, ids[i], value);
    assert_int_equal(value_of(&settings, ids[i]), value);
    for (size_t k = 0; k < sizeof ids / sizeof ids[0]; k++) {
      if (k != i) assert_int_equal(value_of(&settings, ids[k]), value_of(&before, ids[k]));
    }
  }
  assert_int_equal(settings.header_table_size, 0x01020301);
  assert_int_equal(settings.max_concurrent_streams, 0x01020303);
  assert_int_equal(settings.initial_window_size, 0x01020304);
  assert_int_equal(settings.max_frame_size, 0x01020305);
  assert_int_equal(settings.max_header_list_size, 0x01020306);
  assert_int_equal(settings.enable_push, 0);
  assert_int_equal(settings.enable_connect_protocol, 1);
  assert_int_equal(settings.no_rfc7540_priorities, 1);
}

static void unknown_identifiers_are_ignored(void **state) {
  (void)state;
  static const uint16_t ids[] = {0, 7, 10, 0x1a2a, 0xffff};
  rill__settings settings = fresh(), before = settings;
  for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
    uint32_t value = 77;
    assert_int_equal(rill__settings_check(&settings, ids[i], UINT32_MAX, true), RILL_WHY_NONE);
    rill__settings_apply(&settings, ids[i], UINT32_MAX);
    assert_memory_equal(&settings, &before, sizeof settings);
    assert_false(rill__settings_get(&settings, ids[i], &value));
    assert_int_equal(value, 77);
  }
}

static void bounds(void **state) {
  (void)state;
  static const struct bound {
    uint16_t id;
    uint32_t value;
    rill_why why;
  } rows[] = {
      {RILL_SETTING_HEADER_TABLE_SIZE, 0, RILL_WHY_NONE},
      {RILL_SETTING_HEADER_TABLE_SIZE, UINT32_MAX, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_PUSH, 0, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_PUSH, 1, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_PUSH, 2, RILL_WHY_SETTING_ENABLE_PUSH},
      {RILL_SETTING_ENABLE_PUSH, 0x100, RILL_WHY_SETTING_ENABLE_PUSH},
      {RILL_SETTING_ENABLE_PUSH, UINT32_MAX, RILL_WHY_SETTING_ENABLE_PUSH},
      {RILL_SETTING_MAX_CONCURRENT_STREAMS, 0, RILL_WHY_NONE},
      {RILL_SETTING_MAX_CONCURRENT_STREAMS, UINT32_MAX, RILL_WHY_NONE},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 0, RILL_WHY_NONE},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 0x7fffffff, RILL_WHY_NONE},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 0x80000000u, RILL_WHY_SETTING_INITIAL_WINDOW},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, UINT32_MAX, RILL_WHY_SETTING_INITIAL_WINDOW},
      {RILL_SETTING_MAX_FRAME_SIZE, 0, RILL_WHY_SETTING_MAX_FRAME_SIZE},
      {RILL_SETTING_MAX_FRAME_SIZE, 16383, RILL_WHY_SETTING_MAX_FRAME_SIZE},
      {RILL_SETTING_MAX_FRAME_SIZE, 16384, RILL_WHY_NONE},
      {RILL_SETTING_MAX_FRAME_SIZE, 16777215, RILL_WHY_NONE},
      {RILL_SETTING_MAX_FRAME_SIZE, 16777216, RILL_WHY_SETTING_MAX_FRAME_SIZE},
      {RILL_SETTING_MAX_HEADER_LIST_SIZE, 0, RILL_WHY_NONE},
      {RILL_SETTING_MAX_HEADER_LIST_SIZE, UINT32_MAX, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 0, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1, RILL_WHY_NONE},
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 2, RILL_WHY_SETTING_CONNECT_PROTOCOL},
      {RILL_SETTING_NO_RFC7540_PRIORITIES, 0, RILL_WHY_NONE},
      {RILL_SETTING_NO_RFC7540_PRIORITIES, 1, RILL_WHY_NONE},
      {RILL_SETTING_NO_RFC7540_PRIORITIES, 2, RILL_WHY_SETTING_NO_PRIORITIES},
  };
  rill__settings settings = fresh();
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    assert_int_equal(rill__settings_check(&settings, rows[i].id, rows[i].value, CLIENT), rows[i].why);
  }
}

/* 9113 6.5.2: a client that receives ENABLE_PUSH=1 ends the connection. */
static void a_server_does_not_enable_push(void **state) {
  (void)state;
  rill__settings settings = fresh();
  assert_int_equal(rill__settings_check(&settings, RILL_SETTING_ENABLE_PUSH, 1, SERVER), RILL_WHY_SETTING_ENABLE_PUSH);
  assert_int_equal(rill__settings_check(&settings, RILL_SETTING_ENABLE_PUSH, 2, SERVER), RILL_WHY_SETTING_ENABLE_PUSH);
  assert_int_equal(rill__settings_check(&settings, RILL_SETTING_ENABLE_PUSH, 0, SERVER), RILL_WHY_NONE);
}

static void rule_40_connect_protocol_is_not_withdrawn(void **state) {
  (void)state;
  rill__settings settings = fresh();
  uint16_t id = RILL_SETTING_ENABLE_CONNECT_PROTOCOL;
  assert_int_equal(rill__settings_check(&settings, id, 0, SERVER), RILL_WHY_NONE);
  rill__settings_apply(&settings, id, 1);
  assert_int_equal(rill__settings_check(&settings, id, 1, SERVER), RILL_WHY_NONE);
  assert_int_equal(rill__settings_check(&settings, id, 0, SERVER), RILL_WHY_SETTING_CONNECT_PROTOCOL);
}

static void no_priorities_is_said_first_or_never(void **state) {
  (void)state;
  rill__settings settings = fresh();
  uint16_t id = RILL_SETTING_NO_RFC7540_PRIORITIES;
  rill__settings_apply(&settings, id, 1);
  assert_int_equal(rill__settings_check(&settings, id, 0, CLIENT), RILL_WHY_NONE); /* still the first frame */
  rill__settings_opened(&settings);
  assert_int_equal(rill__settings_check(&settings, id, 1, CLIENT), RILL_WHY_NONE);
  assert_int_equal(rill__settings_check(&settings, id, 0, CLIENT), RILL_WHY_SETTING_NO_PRIORITIES);
  settings = fresh();
  rill__settings_opened(&settings);
  assert_int_equal(rill__settings_check(&settings, id, 0, CLIENT), RILL_WHY_NONE);
  assert_int_equal(rill__settings_check(&settings, id, 1, CLIENT), RILL_WHY_SETTING_NO_PRIORITIES);
}

/* Each row of the table by whether ours bind at once: a greater value, a smaller one. */
static void ours_bind_when_they_must(void **state) {
  (void)state;
  static const struct {
    uint16_t id;
    uint32_t acknowledged, more, less;
    bool more_binds, less_binds;
  } rows[] = {
      {RILL_SETTING_HEADER_TABLE_SIZE, 4096, 4097, 0, false, false},
      {RILL_SETTING_ENABLE_PUSH, 0, 1, 0, true, true},
      {RILL_SETTING_ENABLE_PUSH, 1, 1, 0, true, false},
      {RILL_SETTING_MAX_CONCURRENT_STREAMS, 10, 11, 9, true, true},
      {RILL_SETTING_INITIAL_WINDOW_SIZE, 10, 11, 9, true, false},
      {RILL_SETTING_MAX_FRAME_SIZE, 20000, 20001, 19999, true, false},
      {RILL_SETTING_MAX_HEADER_LIST_SIZE, 10, 11, 9, true, true},
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 0, 1, 0, true, true},
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1, 1, 0, true, false},
  };
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    rill__settings acknowledged = fresh(), enforced;
    rill__settings_apply(&acknowledged, rows[i].id, rows[i].acknowledged);
    enforced = acknowledged;
    rill__settings_announce(&enforced, &acknowledged, rows[i].id, rows[i].more);
    assert_int_equal(value_of(&enforced, rows[i].id), rows[i].more_binds ? rows[i].more : rows[i].acknowledged);
    /* the last of two counts, whatever the first has brought about */
    rill__settings_announce(&enforced, &acknowledged, rows[i].id, rows[i].less);
    assert_int_equal(value_of(&enforced, rows[i].id), rows[i].less_binds ? rows[i].less : rows[i].acknowledged);
  }
  rill__settings before = fresh(), after = before;
  rill__settings_announce(&after, &before, 0x7a7a, 1);
  assert_memory_equal(&after, &before, sizeof after);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(defaults_are_those_of_the_rfcs),       cmocka_unit_test(what_is_applied_is_what_is_read),
      cmocka_unit_test(unknown_identifiers_are_ignored),      cmocka_unit_test(bounds),
      cmocka_unit_test(a_server_does_not_enable_push),        cmocka_unit_test(rule_40_connect_protocol_is_not_withdrawn),
      cmocka_unit_test(no_priorities_is_said_first_or_never), cmocka_unit_test(ours_bind_when_they_must),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
