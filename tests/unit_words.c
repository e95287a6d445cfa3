/* SPDX-License-Identifier: MIT */
/*
 * Lines of JSON for frames and heads, which jansson has to understand, and a connection's state in words: what stands in them,
 * what must not, and every size of room.
 */
#include "conn_trial.h"
#include "hex.h"

#include <jansson.h>

static json_t *parse(const char *text) {
  json_error_t error;
  json_t *root = json_loads(text, JSON_ALLOW_NUL, &error);
  if (root == NULL) print_message("%s: %s\n", text, error.text);
  assert_non_null(root);
  return root;
}

/* ---- frames ---- */

static const struct {
  const char *wire, *json;
} frames[] = {
    {"000003 00 01 00000001 616263",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"DATA\",\"stream\":1,\"length\":3,\"flags\":[\"END_STREAM\"]}"},
    {"000004 00 08 00000001 02 61 0000",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"DATA\",\"stream\":1,\"length\":4,\"flags\":[\"PADDED\"],\"padding\":2}"},
    {"000006 01 24 00000003 80000001 0f 82",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"HEADERS\",\"stream\":3,\"length\":6,\"flags\":[\"END_HEADERS\",\"PRIORITY\"],"
     "\"dependency\":1,\"weight\":16,\"exclusive\":true}"},
    {"000001 01 05 00000003 82",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"HEADERS\",\"stream\":3,\"length\":1,\"flags\":[\"END_STREAM\",\"END_HEADERS\"]}"},
    {"000005 02 00 00000005 00000003 ff",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"PRIORITY\",\"stream\":5,\"length\":5,\"flags\":[],\"dependency\":3,\"weight\":256,"
     "\"exclusive\":false}"},
    {"000004 03 00 00000001 00000008", "{\"at\":5,\"dir\":\"sent\",\"type\":\"RST_STREAM\",\"stream\":1,\"length\":4,\"flags\":[]"
                                       ",\"error_code\":8,\"error\":\"CANCEL\"}"},
    {"000004 03 00 00000001 0000000e",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"RST_STREAM\",\"stream\":1,\"length\":4,\"flags\":[],\"error_code\":14}"},
    {"00000c 04 00 00000000 0003 00000064 1a2a ffffffff",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"SETTINGS\",\"stream\":0,\"length\":12,\"flags\":[],\"settings\":[{\"id\":3,"
     "\"name\":\"MAX_CONCURRENT_STREAMS\",\"value\":100},{\"id\":6698,\"name\":\"UNKNOWN\",\"value\":4294967295}]}"},
    {"000000 04 01 00000000",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"SETTINGS\",\"stream\":0,\"length\":0,\"flags\":[\"ACK\"],\"settings\":[]}"},
    {"000005 05 04 00000001 00000002 82", "{\"at\":5,\"dir\":\"sent\",\"type\":\"PUSH_PROMISE\",\"stream\":1,\"length\":5,"
                                          "\"flags\":[\"END_HEADERS\"],\"promised_id\":2}"},
    {"000008 06 01 00000000 0011223344556677", "{\"at\":5,\"dir\":\"sent\",\"type\":\"PING\",\"stream\":0,\"length\":8,\"flags\":"
                                               "[\"ACK\"],\"payload\":\"0011223344556677\"}"},
    {"000010 07 00 00000000 00000000 00000001 22 5c 0a 00 7f ff 20 7e",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"GOAWAY\",\"stream\":0,\"length\":16,\"flags\":[],\"last_stream_id\":0,\"error_code\":"
     "1,"
     "\"error\":\"PROTOCOL_ERROR\",\"debug\":\"\\\"\\\\\\u000a\\u0000\\u007f\\u00ff ~\"}"},
    {"000004 08 00 00000003 000003e8",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"WINDOW_UPDATE\",\"stream\":3,\"length\":4,\"flags\":[],\"increment\":1000}"},
    {"000001 09 04 00000001 82",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"CONTINUATION\",\"stream\":1,\"length\":1,\"flags\":[\"END_HEADERS\"]}"},
    {"000002 0b 00 00000000 6869",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"UNKNOWN\",\"type_id\":11,\"stream\":0,\"length\":2,\"flags\":[]}"},
    {"000006 0a 00 00000001 0000 683d2268",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"ALTSVC\",\"stream\":1,\"length\":6,\"flags\":[],"
     "\"payload\":\"\\u0000\\u0000h=\\\"h\"}"},
    {"000000 0c 00 00000000",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"ORIGIN\",\"stream\":0,\"length\":0,\"flags\":[],\"payload\":\"\"}"},
    {"000007 10 00 00000000 00000005 753d31",
     "{\"at\":5,\"dir\":\"sent\",\"type\":\"PRIORITY_UPDATE\",\"stream\":0,\"length\":7,\"flags\":[],\"prioritized_id\":5,"
     "\"priority\":\"u=1\"}"},
};

static void frames_are_lines_of_json(void **state) {
  (void)state;
  for (size_t i = 0; i < sizeof frames / sizeof frames[0]; i++) {
    uint8_t wire[64];
    rill_frame frame;
    rill_why why;
    char text[512];
    size_t n;
    assert_true(hex_octets(frames[i].wire, wire, sizeof wire, &n));
    assert_int_equal(rill_frame_parse(&frame, wire, n, RILL_FRAME_SIZE_MAX, &why), n);
    assert_int_equal(rill_frame_json(text, sizeof text, &frame, true, 5), strlen(frames[i].json));
    assert_string_equal(text, frames[i].json);
    json_decref(parse(text));
  }
}

static void without_a_clock_there_is_no_time(void **state) {
  (void)state;
  const rill_frame frame = {.head = {.type = RILL_PING, .length = 8}};
  char text[128];
  (void)rill_frame_json(text, sizeof text, &frame, false, RILL_NO_CLOCK);
  assert_string_equal(text, "{\"dir\":\"received\",\"type\":\"PING\",\"stream\":0,\"length\":8,\"flags\":[],\"payload\":\"\"}");
}

/* A frame that nobody has parsed may have data of any size. */
static void a_ping_shows_eight_octets(void **state) {
  (void)state;
  const rill_frame frame = {.head = {.type = RILL_PING, .length = 9}, .data = {(const uint8_t *)"12345678\xff", 9}};
  char text[128];
  (void)rill_frame_json(text, sizeof text, &frame, false, RILL_NO_CLOCK);
  assert_non_null(strstr(text, ",\"payload\":\"3132333435363738\"}"));
  (void)rill_frame_format(text, sizeof text, &frame);
  assert_string_equal(text, "PING stream=0 length=9 3132333435363738");
}

/* ---- heads ---- */

static const rill_field head_fields[] = {
    RILL_FIELD("content-length", "12"),
    RILL_FIELD("x-name", "a \"b\" \\ \xc3\xa9"),
    RILL_FIELD("authorization", "Basic hidden"),
    RILL_FIELD("cookie", "hidden=1"),
    {{(const uint8_t *)"x-key", 5}, {(const uint8_t *)"hidden", 6}, 0, RILL_FIELD_NEVER_INDEX, 0},
};

static rill_view view(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static rill_head request_head(void) {
  return (rill_head){
      .kind = RILL_HEAD_REQUEST,
      .method = view("POST"),
      .scheme = view("https"),
      .authority = view("example.org"),
      .path = view("/?token=1"),
      .fields = head_fields,
      .field_count = sizeof head_fields / sizeof head_fields[0],
  };
}

static void a_head_tells_no_values(void **state) {
  (void)state;
  rill_head head = request_head();
  char text[1024];
  size_t n = rill_head_json(text, sizeof text, 7, &head, false);
  assert_int_equal(n, strlen(text));
  json_decref(parse(text));
  assert_string_equal(text, "{\"stream\":7,\"kind\":\"request\",\"end\":false,\"fields\":["
                            "{\"name\":\":method\",\"value\":\"POST\"},{\"name\":\":scheme\",\"value\":\"https\"},"
                            "{\"name\":\":authority\",\"octets\":11},{\"name\":\":path\",\"octets\":9},"
                            "{\"name\":\"content-length\",\"value\":\"12\"},{\"name\":\"x-name\",\"octets\":10},"
                            "{\"name\":\"authorization\",\"octets\":12,\"secret\":true},"
                            "{\"name\":\"cookie\",\"octets\":8,\"secret\":true},"
                            "{\"name\":\"x-key\",\"octets\":6,\"secret\":true}]}");
}

static void a_head_tells_values_but_no_secrets(void **state) {
  (void)state;
  rill_head head = request_head();
  char text[1024];
  (void)rill_head_json(text, sizeof text, 7, &head, true);
  json_decref(parse(text));
  assert_non_null(strstr(text, "{\"name\":\":path\",\"value\":\"/?token=1\"}"));
  assert_non_null(strstr(text, "{\"name\":\"x-name\",\"value\":\"a \\\"b\\\" \\\\ \\u00c3\\u00a9\"}"));
  assert_null(strstr(text, "hidden"));
}

static void a_response_tells_its_status(void **state) {
  (void)state;
  const rill_head head = {.kind = RILL_HEAD_RESPONSE, .status = 204, .end_stream = true};
  char text[256];
  (void)rill_head_json(text, sizeof text, 1, &head, false);
  assert_string_equal(text,
                      "{\"stream\":1,\"kind\":\"response\",\"end\":true,\"fields\":[{\"name\":\":status\",\"value\":\"204\"}]}");
}

/* ---- room ---- */

typedef size_t (*writer)(char *dst, size_t cap, const void *what);

static size_t write_frame(char *dst, size_t cap, const void *what) { return rill_frame_json(dst, cap, what, true, 1); }
static size_t write_head(char *dst, size_t cap, const void *what) { return rill_head_json(dst, cap, 1, what, true); }
static size_t write_conn(char *dst, size_t cap, const void *what) { return rill_conn_dump(what, dst, cap); }

/* What does not fit is counted, and nothing behind the room is touched. */
static void check_rooms(writer write, const void *what) {
  static char whole[8192], part[8192];
  size_t n = write(whole, sizeof whole, what);
  assert_in_range(n, 1, sizeof whole - 1);
  assert_int_equal(strlen(whole), n);
  for (size_t cap = 0; cap <= n + 2; cap++) {
    memset(part, '#', sizeof part);
    assert_int_equal(write(part, cap, what), n);
    assert_int_equal(part[cap], '#');
    if (cap == 0) continue;
    size_t shown = cap - 1 < n ? cap - 1 : n;
    assert_int_equal(strlen(part), shown);
    assert_memory_equal(part, whole, shown);
  }
  assert_int_equal(write(NULL, 0, what), n);
}

static void every_room_is_enough(void **state) {
  (void)state;
  const rill_frame frame = {.head = {.type = RILL_GOAWAY, .length = 8}, .data = {(const uint8_t *)"a\"b", 3}};
  rill_head head = request_head();
  check_rooms(write_frame, &frame);
  check_rooms(write_head, &head);
}

/* ---- a connection's state ---- */

static const char *state_of(const bench *b) {
  static char text[32768];
  assert_true(rill_conn_dump(b->conn, text, sizeof text) < sizeof text);
  return text;
}

static bool says(const bench *b, const char *words) {
  const char *text = state_of(b);
  bool found = strstr(text, words) != NULL;
  if (!found) print_message("no '%s' in:\n%s", words, text);
  return found;
}

static void a_connection_tells_its_state(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  assert_true(says(&t.b, "server: streams of the peer 0"));
  peer_opens_wide(&t.b);
  trial_serve(&t, 3);
  assert_true(says(&t.b, "stream 1: half-closed (remote)"));
  assert_true(says(&t.b, "waits for: head"));
  trial_respond(&t, 1, &trial_pushed);
  assert_true(says(&t.b, "waits for: transport"));
  check_rooms(write_conn, t.b.conn);
  assert_int_equal(rill_hold(t.b.conn, 3), 0);
  assert_int_equal(rill_reset(t.b.conn, 3, RILL_CANCEL), 0);
  assert_true(says(&t.b, "stream 3: reset by us"));
  assert_true(says(&t.b, "closed, and not all is sent, held"));
  assert_int_equal(rill_submit_goaway(t.b.conn, RILL_INTERNAL_ERROR, (rill_view){NULL, 0}), 0);
  assert_true(says(&t.b, "over: the connection is over, INTERNAL_ERROR"));
  assert_true(says(&t.b, "GOAWAY is owed"));
  assert_int_equal(rill_release(t.b.conn, 3), 0);
  bench_close(&t.b);
}

static void a_connection_tells_what_it_waits_for(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  assert_true(bench_open(&t.b, false));
  assert_true(says(&t.b, ", waits for the preface"));
  peer_preface(&t.b, false);
  peer_frame(&t.b, RILL_HEADERS, 0, 1, "\x82", 1);
  assert_true(peer_send(&t.b) > 0);
  assert_true(says(&t.b, ", field block of stream 1"));
  bench_close(&t.b);

  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  assert_int_equal(rill_submit_push(t.b.conn, 1, get_fields, LENGTH(get_fields), NULL), 2);
  assert_true(says(&t.b, ", promised and not begun 1"));
  assert_true(says(&t.b, "stream 2: reserved (local)"));
  peer_data(&t.b, 1, 1); /* behind its end */
  assert_int_equal(peer_send(&t.b), RILL_ERR_PROTO);
  assert_true(says(&t.b, ", stream 1, at octet "));
  bench_close(&t.b);
}

/* Streams whose windows are below nought; one that is over and held, with nothing to send; and nothing in the way of a tunnel. */
static void streams_tell_their_state(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 3);
  trial_respond(&t, 1, &trial_pushed);
  (void)bench_drop(&t.b);
  static const uint8_t zeros[1000];
  assert_int_equal(rill_write(t.b.conn, 1, zeros, sizeof zeros, false), sizeof zeros);
  (void)bench_drop(&t.b);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0);
  assert_true(peer_send(&t.b) > 0);
  assert_true(says(&t.b, ", to send -1000"));
  assert_int_equal(rill_hold(t.b.conn, 3), 0);
  trial_respond(&t, 3, NULL);
  (void)bench_drop(&t.b);
  assert_true(says(&t.b, "stream 3: ended, received 0, sent 0, window to receive 65535, to send 0, held\n"));
  assert_int_equal(rill_release(t.b.conn, 3), 0);
  bench_close(&t.b);
}

static void no_more_than_a_hundred_streams_are_shown(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.max_concurrent_streams = 200;
  bench_begin(&t.b, false);
  trial_serve(&t, 199);
  assert_false(strstr(state_of(&t.b), "streams more") != NULL);
  peer_request(&t.b, 201, true);
  peer_request(&t.b, 203, true);
  assert_true(peer_send(&t.b) > 0);
  assert_true(says(&t.b, "and 2 streams more\n"));
  bench_close(&t.b);
}

static void a_failure_is_told_with_its_place(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_opens_wide(&t.b);
  (void)peer_send(&t.b);
  peer_frame(&t.b, RILL_WINDOW_UPDATE, 0, 0, "\0\0\0\0", 4);
  assert_int_equal(rill_conn_recv(t.b.conn, t.b.in, t.b.in_n, RILL_NO_CLOCK), RILL_ERR_PROTO);
  assert_true(says(&t.b, "over: WINDOW_UPDATE with increment 0 (RFC 9113 6.9), PROTOCOL_ERROR, at octet "));
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(frames_are_lines_of_json),
      cmocka_unit_test(without_a_clock_there_is_no_time),
      cmocka_unit_test(a_ping_shows_eight_octets),
      cmocka_unit_test(a_head_tells_no_values),
      cmocka_unit_test(a_head_tells_values_but_no_secrets),
      cmocka_unit_test(a_response_tells_its_status),
      cmocka_unit_test(every_room_is_enough),
      cmocka_unit_test(a_connection_tells_its_state),
      cmocka_unit_test(a_connection_tells_what_it_waits_for),
      cmocka_unit_test(streams_tell_their_state),
      cmocka_unit_test(no_more_than_a_hundred_streams_are_shown),
      cmocka_unit_test(a_failure_is_told_with_its_place),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
