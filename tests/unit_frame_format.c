/* SPDX-License-Identifier: MIT */
/*
 * Frames in words: each type, each kind of number without a name, debug data that wants to break the line, and every size of
 * room.
 */
#include "hex.h"

#include <rill/frame.h>

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

static const struct {
  const char *wire, *words;
} cases[] = {
    {"000003 00 01 00000001 616263", "DATA stream=1 length=3 END_STREAM"},
    {"000003 00 00 7fffffff 616263", "DATA stream=2147483647 length=3"},
    {"000004 00 08 00000001 02 61 0000", "DATA stream=1 length=4 padding=2 PADDED"},
    {"000003 01 05 00000001 828486", "HEADERS stream=1 length=3 END_STREAM|END_HEADERS"},
    {"000006 01 24 00000003 80000001 0f 82", "HEADERS stream=3 length=6 dependency=1 weight=16 exclusive END_HEADERS|PRIORITY"},
    {"000005 02 00 00000005 00000003 ff", "PRIORITY stream=5 length=5 dependency=3 weight=256"},
    {"000004 03 00 00000001 00000008", "RST_STREAM stream=1 length=4 CANCEL"},
    {"000004 03 00 00000001 0000000d", "RST_STREAM stream=1 length=4 HTTP_1_1_REQUIRED"},
    {"000004 03 00 00000001 0000000e", "RST_STREAM stream=1 length=4 0xe"},
    {"000004 03 00 00000001 ffffffff", "RST_STREAM stream=1 length=4 0xffffffff"},
    {"00000c 04 00 00000000 0001 00001000 0003 00000064",
     "SETTINGS stream=0 length=12 HEADER_TABLE_SIZE=4096 MAX_CONCURRENT_STREAMS=100"},
    {"000006 04 00 00000000 0007 00000001", "SETTINGS stream=0 length=6 0x7=1"},
    {"000012 04 00 00000000 0000 00000000 000a 00000001 ffff ffffffff",
     "SETTINGS stream=0 length=18 0x0=0 0xa=1 0xffff=4294967295"},
    {"000000 04 01 00000000", "SETTINGS stream=0 length=0 ACK"},
    {"000000 04 00 00000000", "SETTINGS stream=0 length=0"},
    {"000005 05 04 00000001 00000002 82", "PUSH_PROMISE stream=1 length=5 promised_id=2 END_HEADERS"},
    {"000008 06 01 00000000 0011223344556677", "PING stream=0 length=8 0011223344556677 ACK"},
    {"000008 06 00 00000000 00000000000000ff", "PING stream=0 length=8 00000000000000ff"},
    {"000008 07 00 00000000 00000005 00000000", "GOAWAY stream=0 length=8 last_stream_id=5 NO_ERROR"},
    {"00000d 07 00 00000000 00000005 00000000 776f726473", "GOAWAY stream=0 length=13 last_stream_id=5 NO_ERROR \"words\""},
    {"000011 07 00 00000000 00000000 00000001 22 5c 0a 00 7f ff 1b 20 7e",
     "GOAWAY stream=0 length=17 last_stream_id=0 PROTOCOL_ERROR \"\\x22\\x5c\\x0a\\x00\\x7f\\xff\\x1b ~\""},
    {"000004 08 00 00000003 000003e8", "WINDOW_UPDATE stream=3 length=4 increment=1000"},
    {"000004 08 00 00000000 7fffffff", "WINDOW_UPDATE stream=0 length=4 increment=2147483647"},
    {"000001 09 04 00000001 82", "CONTINUATION stream=1 length=1 END_HEADERS"},
    {"000002 0b 00 00000000 6869", "UNKNOWN type=0xb stream=0 length=2"},
    {"000000 11 00 00000001", "UNKNOWN type=0x11 stream=1 length=0"},
    {"000008 0a 00 00000000 0002 6869 61 3d 22 22", "ALTSVC stream=0 length=8 \"\\x00\\x02hia=\\x22\\x22\""},
    {"000003 0a 01 00000001 0000 69", "ALTSVC stream=1 length=3 \"\\x00\\x00i\" 0x1"},
    {"000000 0c 00 00000000", "ORIGIN stream=0 length=0"},
    {"000004 0c 00 00000000 0002 6869", "ORIGIN stream=0 length=4 \"\\x00\\x02hi\""},
    {"000007 10 00 00000000 00000005 753d31", "PRIORITY_UPDATE stream=0 length=7 prioritized_id=5 \"u=1\""},
    {"000004 10 20 00000000 7fffffff", "PRIORITY_UPDATE stream=0 length=4 prioritized_id=2147483647 0x20"},
    {"000000 ff 05 00000001", "UNKNOWN type=0xff stream=1 length=0 0x5"},
    /* flags that the type does not define */
    {"000000 00 f7 00000001", "DATA stream=1 length=0 END_STREAM|0xf6"},
    {"000008 06 08 00000000 0000000000000000", "PING stream=0 length=8 0000000000000000 0x8"},
    {"000004 08 01 00000003 000003e8", "WINDOW_UPDATE stream=3 length=4 increment=1000 0x1"},
};

static rill_frame parse(const char *text, uint8_t *wire, size_t cap) {
  size_t n;
  rill_frame frame;
  rill_why why;
  assert_true(hex_octets(text, wire, cap, &n));
  assert_int_equal(rill_frame_parse(&frame, wire, n, RILL_FRAME_SIZE_MIN, &why), n);
  return frame;
}

static void each_type_in_words(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(cases); i++) {
    uint8_t wire[64];
    char words[256];
    rill_frame frame = parse(cases[i].wire, wire, sizeof wire);
    assert_int_equal(rill_frame_format(words, sizeof words, &frame), strlen(cases[i].words));
    assert_string_equal(words, cases[i].words);
  }
}

static void words_fit_the_room(void **state) {
  (void)state;
  for (size_t i = 0; i < LENGTH(cases); i++) {
    uint8_t wire[64];
    rill_frame frame = parse(cases[i].wire, wire, sizeof wire);
    size_t n = strlen(cases[i].words);
    assert_int_equal(rill_frame_format(NULL, 0, &frame), n);
    for (size_t cap = 1; cap <= n + 1; cap++) {
      char *words = malloc(cap); /* of the exact size, for sanitizers */
      assert_non_null(words);
      assert_int_equal(rill_frame_format(words, cap, &frame), n);
      assert_int_equal(strlen(words), cap - 1);
      assert_memory_equal(words, cases[i].words, cap - 1);
      free(words);
    }
  }
}

/* A connection's trace knows the head and the numbers, and has no data. */
static void data_may_be_absent(void **state) {
  (void)state;
  static const struct {
    rill_frame frame;
    const char *words;
  } bare[] = {
      {{.head = {100, RILL_DATA, RILL_FLAG_END_STREAM, 1}}, "DATA stream=1 length=100 END_STREAM"},
      {{.head = {34, RILL_HEADERS, 5, 1}}, "HEADERS stream=1 length=34 END_STREAM|END_HEADERS"},
      {{.head = {8, RILL_PING, 0, 0}}, "PING stream=0 length=8"},
      {{.head = {6, RILL_SETTINGS, 0, 0}}, "SETTINGS stream=0 length=6"},
      {{.head = {40, RILL_GOAWAY, 0, 0}, .error_code = 2}, "GOAWAY stream=0 length=40 last_stream_id=0 INTERNAL_ERROR"},
      {{.head = {16777215, 0x11, 0, 0}}, "UNKNOWN type=0x11 stream=0 length=16777215"},
      {{.head = {100, RILL_ORIGIN, 0, 0}}, "ORIGIN stream=0 length=100"},
  };
  for (size_t i = 0; i < LENGTH(bare); i++) {
    char words[256];
    (void)rill_frame_format(words, sizeof words, &bare[i].frame);
    assert_string_equal(words, bare[i].words);
  }
}

static void debug_data_is_cut_at_64(void **state) {
  (void)state;
  uint8_t debug[65];
  memset(debug, 'x', sizeof debug);
  for (size_t n = 64; n <= 65; n++) {
    rill_frame frame = {.head = {(uint32_t)n + 8, RILL_GOAWAY, 0, 0}, .data = {debug, n}};
    char words[256], want[256] = "GOAWAY stream=0 length=72 last_stream_id=0 NO_ERROR \"";
    if (n == 65) want[strlen("GOAWAY stream=0 length=7")] = '3';
    size_t at = strlen(want);
    memset(want + at, 'x', 64);
    strcpy(want + at + 64, n == 64 ? "\"" : "\"...");
    (void)rill_frame_format(words, sizeof words, &frame);
    assert_string_equal(words, want);
  }
}

static void names(void **state) {
  (void)state;
  static const char *const types[256] = {
      "DATA",   "HEADERS",       "PRIORITY",     "RST_STREAM",    "SETTINGS",      "PUSH_PROMISE",          "PING",
      "GOAWAY", "WINDOW_UPDATE", "CONTINUATION", [10] = "ALTSVC", [12] = "ORIGIN", [16] = "PRIORITY_UPDATE"};
  for (unsigned type = 0; type < 256; type++) {
    assert_string_equal(rill_frame_type_text((uint8_t)type), types[type] != NULL ? types[type] : "UNKNOWN");
  }
  static const char *const settings[10] = {
      [1] = "HEADER_TABLE_SIZE", [2] = "ENABLE_PUSH",          [3] = "MAX_CONCURRENT_STREAMS",  [4] = "INITIAL_WINDOW_SIZE",
      [5] = "MAX_FRAME_SIZE",    [6] = "MAX_HEADER_LIST_SIZE", [8] = "ENABLE_CONNECT_PROTOCOL", [9] = "NO_RFC7540_PRIORITIES"};
  for (unsigned id = 0; id < 65536; id++) {
    const char *want = id < LENGTH(settings) && settings[id] != NULL ? settings[id] : "UNKNOWN";
    assert_string_equal(rill_setting_text((uint16_t)id), want);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_type_in_words),
      cmocka_unit_test(words_fit_the_room),
      cmocka_unit_test(data_may_be_absent),
      cmocka_unit_test(debug_data_is_cut_at_64),
      cmocka_unit_test(names),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
