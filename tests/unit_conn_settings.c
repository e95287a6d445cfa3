/* SPDX-License-Identifier: MIT */
/*
 * Our SETTINGS where a transcript cannot tell: lists of entries that no context takes, the octets of a connection's first words,
 * frames of 2^24-1 octets both ways, when the time of an acknowledgement begins, and what all of that costs.
 */
#include "conn/conn.h"
#include "conn_trial.h"

/* ---- lists of entries --------------------------------------------------------------------------------------------------- */

static int context_of(const rill_setting *settings, size_t count, void (*change)(rill_config *config)) {
  rill_config config;
  rill_context *context;
  rill_config_init(&config);
  if (change != NULL) change(&config);
  config.settings = settings;
  config.settings_count = count;
  int err = rill_context_new(&context, &config, NULL);
  rill_context_del(context);
  return err;
}

static void values_that_may_not_be_said(void **state) {
  (void)state;
  static const struct {
    rill_setting entry;
    int err;
  } rows[] = {
      {{RILL_SETTING_HEADER_TABLE_SIZE, UINT32_MAX}, 0},
      {{RILL_SETTING_ENABLE_PUSH, 0}, 0},
      {{RILL_SETTING_ENABLE_PUSH, 1}, 0},
      {{RILL_SETTING_ENABLE_PUSH, 2}, RILL_ERR_INVALID},
      {{RILL_SETTING_MAX_CONCURRENT_STREAMS, 0}, 0},
      {{RILL_SETTING_INITIAL_WINDOW_SIZE, INT32_MAX}, 0},
      {{RILL_SETTING_INITIAL_WINDOW_SIZE, (uint32_t)INT32_MAX + 1}, RILL_ERR_INVALID},
      {{RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MIN - 1}, RILL_ERR_INVALID},
      {{RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MIN}, 0},
      {{RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MAX}, 0},
      {{RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MAX + 1}, RILL_ERR_INVALID},
      {{RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1}, 0},
      {{RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 2}, RILL_ERR_INVALID},
      {{RILL_SETTING_NO_RFC7540_PRIORITIES, 2}, RILL_ERR_INVALID},
      {{0, UINT32_MAX}, 0},
      {{UINT16_MAX, UINT32_MAX}, 0},
  };
  for (size_t i = 0; i < LENGTH(rows); i++)
    assert_int_equal(context_of(&rows[i].entry, 1, NULL), rows[i].err);
  static const rill_setting back[] = {{RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1}, {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 0}};
  assert_int_equal(context_of(back, 2, NULL), RILL_ERR_INVALID);
}

static void as_many_entries_as_there_may_be_and_one_more(void **state) {
  (void)state;
  rill_setting many[33];
  for (size_t i = 0; i < LENGTH(many); i++)
    many[i] = (rill_setting){(uint16_t)(1000 + i), (uint32_t)i};
  assert_int_equal(context_of(many, 32, NULL), 0);
  assert_int_equal(context_of(many, 33, NULL), RILL_ERR_INVALID);
  assert_int_equal(context_of(many, 0, NULL), 0);
  assert_int_equal(context_of(NULL, 1, NULL), RILL_ERR_INVALID);
}

static void lower_window(rill_config *config) { config->initial_window = 65534; }
static void higher_window(rill_config *config) { config->initial_window = 65536; }
static void lower_table(rill_config *config) { config->decoder_table = 4095; }
static void higher_table(rill_config *config) { config->decoder_table = 4097; }
static void higher_frame(rill_config *config) { config->max_frame_size = 16385; }
static void connect_protocol(rill_config *config) { config->enable_connect_protocol = true; }
static void fewer_streams(rill_config *config) { config->max_concurrent_streams = 1; }
static void lower_list(rill_config *config) { config->max_header_list_size = 100; }
static void push(rill_config *config) { config->enable_push = true; }

/* What was never said is never asked of the peer: a lower window would be its fault, and a higher one of no use. */
/* Members out of range, beside those that entries of SETTINGS say. */
static void change_window_max(rill_config *config) { config->window_max = UINT32_C(1) << 31; }
static void change_interim(rill_config *config) { config->max_interim_responses = UINT16_MAX + 1; }
static void change_write_buffer(rill_config *config) { config->max_write_buffer = 0; }
static void change_frames(rill_config *config) { config->frames_per_recv = 0; }
static void change_size(rill_config *config) { config->size--; }

static void members_out_of_range(void **state) {
  (void)state;
  void (*const changes[])(rill_config * config) = {change_window_max, change_interim, change_write_buffer, change_frames,
                                                   change_size};
  for (size_t i = 0; i < LENGTH(changes); i++)
    assert_int_equal(context_of(NULL, 0, changes[i]), RILL_ERR_INVALID);
  rill_config config;
  rill_context *context;
  rill_config_init(&config);
  rill_callbacks callbacks = {.size = sizeof callbacks - 1};
  assert_int_equal(rill_context_new(&context, &config, &callbacks), RILL_ERR_INVALID);
  assert_null(context);
}

static void what_only_settings_can_bring_about_is_said(void **state) {
  (void)state;
  static const struct {
    void (*change)(rill_config *config);
    rill_setting entry;
    int unsaid;
  } rows[] = {
      {lower_window, {RILL_SETTING_INITIAL_WINDOW_SIZE, 7}, RILL_ERR_INVALID},
      {higher_window, {RILL_SETTING_INITIAL_WINDOW_SIZE, 7}, RILL_ERR_INVALID},
      {lower_table, {RILL_SETTING_HEADER_TABLE_SIZE, 7}, RILL_ERR_INVALID},
      {higher_table, {RILL_SETTING_HEADER_TABLE_SIZE, 7}, RILL_ERR_INVALID},
      {higher_frame, {RILL_SETTING_MAX_FRAME_SIZE, 20000}, RILL_ERR_INVALID},
      {connect_protocol, {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1}, RILL_ERR_INVALID},
      {fewer_streams, {RILL_SETTING_MAX_CONCURRENT_STREAMS, 7}, 0},
      {lower_list, {RILL_SETTING_MAX_HEADER_LIST_SIZE, 7}, 0},
      {push, {RILL_SETTING_ENABLE_PUSH, 0}, 0},
  };
  static const rill_setting other = {0x1a2a, 1};
  for (size_t i = 0; i < LENGTH(rows); i++) {
    assert_int_equal(context_of(&other, 1, rows[i].change), rows[i].unsaid);
    assert_int_equal(context_of(&rows[i].entry, 1, rows[i].change), 0);
  }
}

static void enable_push_of_1_is_for_clients_alone(void **state) {
  (void)state;
  static const rill_setting entry = {RILL_SETTING_ENABLE_PUSH, 1};
  rill_config config;
  rill_context *context;
  rill_conn *conn;
  rill_config_init(&config);
  config.settings = &entry;
  config.settings_count = 1;
  assert_int_equal(rill_context_new(&context, &config, NULL), 0);
  assert_int_equal(rill_conn_server_new(&conn, context, NULL), RILL_ERR_INVALID);
  assert_null(conn);
  assert_int_equal(rill_conn_client_new(&conn, context, NULL), 0);
  rill_conn_del(conn);
  rill_context_del(context);
}

/* ---- the first words ---------------------------------------------------------------------------------------------------- */

static void the_first_words_of_a_client_octet_by_octet(void **state) {
  (void)state;
  static const uint8_t want[] = {/* SETTINGS: as listed */
                                 0, 0, 24, 4, 0, 0, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 4, 0, 0x60, 0, 0, 0x1a, 0x2a, 0, 0, 0, 7, 0, 2,
                                 0, 0, 0, 0,
                                 /* WINDOW_UPDATE: 15,728,640 less 65,535 */
                                 0, 0, 4, 8, 0, 0, 0, 0, 0, 0, 0xef, 0, 1,
                                 /* HEADERS: the priority block, then :method, :authority, :scheme, :path */
                                 0, 0, 11, 1, 0x25, 0, 0, 0, 1, 0x80, 0, 0, 0, 255, 0x82, 0x41, 0x01, 'a', 0x87, 0x84};
  rill_setting entries[] = {{RILL_SETTING_HEADER_TABLE_SIZE, 65536},
                            {RILL_SETTING_INITIAL_WINDOW_SIZE, 6291456},
                            {0x1a2a, 7},
                            {RILL_SETTING_ENABLE_PUSH, 0}};
  static const rill_field request[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":authority", "a"),
                                       RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/")};
  bench b;
  bench_init(&b);
  b.config.settings = entries;
  b.config.settings_count = LENGTH(entries);
  b.config.connection_window = 15728640;
  b.config.request_priority = (rill_legacy_priority){.present = true, .exclusive = true, .weight = 255};
  assert_true(bench_open(&b, true));
  memset(entries, 0xff, sizeof entries); /* read, and not kept */
  assert_int_equal(rill_submit_request(b.conn, request, LENGTH(request), NULL, NULL), 1);
  assert_int_equal(bench_take(&b), 0);
  assert_int_equal(b.out_n, 24 + sizeof want);
  assert_memory_equal(b.out, MAGIC, 24);
  assert_memory_equal(b.out + 24, want, sizeof want);
  bench_close(&b);
}

/* ---- frames of 2^24-1 octets -------------------------------------------------------------------------------------------- */

typedef struct large {
  bench b;
  size_t octets, pieces, ends;
} large;

static int large_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  large *l = rill_conn_user(conn);
  (void)user;
  assert_int_equal(head->length, RILL_FRAME_SIZE_MAX);
  l->octets += piece.n;
  l->pieces++;
  l->ends += end;
  return 0;
}

static int large_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  large *l = rill_conn_user(conn);
  (void)id, (void)user;
  l->octets += bytes.n;
  l->pieces++;
  l->ends += end;
  return 0;
}

static void the_largest_frames_come_in(void **state) {
  (void)state;
  large l = {.octets = 0};
  bench_init(&l.b);
  l.b.config.max_frame_size = RILL_FRAME_SIZE_MAX;
  l.b.config.initial_window = l.b.config.connection_window = RILL_FRAME_SIZE_MAX;
  l.b.config.extension_types[0xbe / 8] = 1 << 0xbe % 8;
  l.b.config.memory_limit = 100000;
  l.b.callbacks.on_extension = large_extension;
  l.b.callbacks.on_data = large_data;
  bench_begin(&l.b, false);
  uint8_t *octets = calloc(1, RILL_FRAME_SIZE_MAX);
  assert_non_null(octets);
  peer_frame(&l.b, 0xbe, 0, 0, octets, RILL_FRAME_SIZE_MAX);
  assert_true(peer_send(&l.b) > 0);
  assert_true(l.octets == RILL_FRAME_SIZE_MAX && l.pieces == 1 && l.ends == 1);
  l.octets = l.pieces = l.ends = 0;
  peer_request(&l.b, 1, false);
  peer_frame(&l.b, RILL_DATA, RILL_FLAG_END_STREAM, 1, octets, RILL_FRAME_SIZE_MAX);
  assert_true(peer_send(&l.b) > 0);
  assert_true(l.octets == RILL_FRAME_SIZE_MAX && l.pieces == 1 && l.ends == 1);
  free(octets);
  bench_close(&l.b);
}

static int lend_all(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id;
  *out = (rill_chunk){user, max, RILL_MORE_NONE, NULL, NULL};
  return 0;
}

static void the_largest_frames_go_out(void **state) {
  (void)state;
  conn_trial t;
  rill_frame data = {.data = {NULL, 0}}, frame = {.head = {.type = 0xbe}};
  trial_init(&t);
  t.b.config.memory_limit = (size_t)64 << 20;
  t.b.config.max_header_queue = UINT32_MAX;
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MAX);
  peer_opens_wide(&t.b);
  trial_serve(&t, 1);
  uint8_t *octets = calloc(1, RILL_FRAME_SIZE_MAX + 1);
  assert_non_null(octets);
  const rill_body body = {lend_all, octets, false};
  trial_respond(&t, 1, &body);
  while (trial_view(&t, RILL_FRAME_SIZE_MAX + 1000) > 0)
    continue;
  assert_int_equal(bench_frames(&t.b, RILL_DATA, &data), 1);
  assert_true(data.head.length == RILL_FRAME_SIZE_MAX && (data.head.flags & RILL_FLAG_END_STREAM) != 0);
  t.b.out_n = 0;
  frame.data = (rill_view){octets, RILL_FRAME_SIZE_MAX + 1};
  assert_int_equal(rill_submit_frame(t.b.conn, &frame), RILL_ERR_INVALID);
  frame.data.n = RILL_FRAME_SIZE_MAX;
  assert_int_equal(rill_submit_frame(t.b.conn, &frame), 0);
  assert_true(bench_take(&t.b) >= 0);
  assert_int_equal(bench_frames(&t.b, 0xbe, &data), 1);
  assert_int_equal(data.head.length, RILL_FRAME_SIZE_MAX);
  free(octets);
  bench_close(&t.b);
}

/* ---- windows that have grown -------------------------------------------------------------------------------------------- */

static void a_window_that_has_grown_may_not_bear_a_larger_initial_size(void **state) {
  (void)state;
  rill_setting entry = {RILL_SETTING_INITIAL_WINDOW_SIZE, 65535 + 11};
  bench b;
  bench_init(&b);
  bench_begin(&b, false);
  peer_request(&b, 1, false);
  peer_request(&b, 3, false);
  assert_true(peer_send(&b) > 0);
  rill__stream *s = rill__stream_find(b.conn, 3);
  rill__inflow_widen(&s->inflow, INT32_MAX - 10);
  rill__owe(b.conn, s);
  assert_int_equal(bench_drop(&b), 13); /* WINDOW_UPDATE with what the window has grown by */
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), RILL_ERR_INVALID);
  assert_int_equal(rill_conn_fault(b.conn).why, RILL_WHY_WINDOW_SHIFT_OVERFLOW);
  assert_int_equal(bench_drop(&b), 0);
  entry.value--;
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), 0);
  assert_int_equal(s->inflow.full, INT32_MAX);
  assert_int_equal(bench_drop(&b), 15); /* SETTINGS */
  bench_close(&b);
}

/* ---- what is kept meanwhile --------------------------------------------------------------------------------------------- */

/* With output by views: when rill_conn_sent() has heard of the last octet. By copies: when they were copied. */
static void the_wait_for_an_acknowledgement_begins_when_settings_are_taken(void **state) {
  (void)state;
  static const rill_setting entry = {RILL_SETTING_MAX_CONCURRENT_STREAMS, 7};
  bench b;
  rill_iovec iov[4];
  uint8_t room[64];
  bench_init(&b);
  bench_begin(&b, false);
  assert_false(b.conn->local.settings_pending);
  assert_true(b.conn->local.settings_sent_at == RILL_NO_CLOCK);
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), 0);
  assert_true(b.conn->local.settings_pending);
  assert_int_equal(rill_conn_sendv(b.conn, iov, LENGTH(iov), 1000, 10), 1);
  assert_int_equal(rill_conn_sent(b.conn, 14, 20), 0);
  assert_true(b.conn->local.settings_sent_at == RILL_NO_CLOCK);
  assert_int_equal(rill_conn_sent(b.conn, 1, 30), 0);
  assert_true(b.conn->local.settings_sent_at == 30);
  peer_frame(&b, RILL_SETTINGS, RILL_FLAG_ACK, 0, NULL, 0);
  assert_true(peer_send(&b) > 0);
  assert_false(b.conn->local.settings_pending);
  assert_true(b.conn->local.settings_sent_at == RILL_NO_CLOCK);
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), 0);
  assert_int_equal(rill_conn_send(b.conn, room, sizeof room, 40), 15);
  assert_true(b.conn->local.settings_sent_at == 40);
  bench_close(&b);
}

/* The transport may say late what it took. */
static void an_acknowledgement_before_the_transport_says_what_it_took(void **state) {
  (void)state;
  static const rill_setting entry = {RILL_SETTING_MAX_CONCURRENT_STREAMS, 7};
  bench b;
  rill_iovec iov[4];
  uint32_t value = 0;
  bench_init(&b);
  bench_begin(&b, false);
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), 0);
  assert_int_equal(rill_conn_sendv(b.conn, iov, LENGTH(iov), 1000, 10), 1);
  peer_frame(&b, RILL_SETTINGS, RILL_FLAG_ACK, 0, NULL, 0);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_setting(b.conn, RILL_LOCAL, RILL_SETTING_MAX_CONCURRENT_STREAMS, &value), 0);
  assert_int_equal(value, 7);
  assert_int_equal(rill_submit_settings(b.conn, &entry, 1), 0);
  assert_int_equal(rill_conn_sent(b.conn, 15, 20), 0);
  assert_true(b.conn->local.settings_sent_at == RILL_NO_CLOCK); /* the second have not left */
  assert_int_equal(bench_drop(&b), 15);
  assert_true(b.conn->local.settings_pending);
  bench_close(&b);
}

/* Nothing is waited for any more when the transport says that they have left. A server may also be configured like a client. */
static void an_acknowledgement_before_the_first_are_taken(void **state) {
  (void)state;
  bench b;
  rill_iovec iov[4];
  bench_init(&b);
  b.config.enable_push = true;
  assert_true(bench_open(&b, false));
  assert_false(b.conn->local.push);
  rill_ssize count = rill_conn_sendv(b.conn, iov, LENGTH(iov), 1000, 10);
  size_t n = 0;
  for (rill_ssize i = 0; i < count; i++)
    n += iov[i].len;
  peer_preface(&b, false);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_sent(b.conn, n, 20), 0);
  assert_true(b.conn->local.settings_sent_at == RILL_NO_CLOCK);
  bench_close(&b);
}

static void the_entries_are_kept_until_they_are_acknowledged(void **state) {
  (void)state;
  rill_setting entries[3] = {{0x1a2a, 1}, {0x2a2a, 2}, {0x3a3a, 3}};
  bench b;
  rill_frame frame;
  rill_setting said;
  bench_init(&b);
  bench_begin(&b, false);
  size_t before = rill_conn_stats(b.conn).memory;
  assert_int_equal(rill_submit_settings(b.conn, entries, 3), 0);
  assert_int_equal(rill_conn_stats(b.conn).memory, before + sizeof entries);
  memset(entries, 0, sizeof entries);
  assert_true(bench_take(&b) >= 0);
  assert_int_equal(bench_frames(&b, RILL_SETTINGS, &frame), 1);
  assert_true(rill_frame_setting(&frame, 2, &said));
  assert_true(said.id == 0x3a3a && said.value == 3);
  peer_frame(&b, RILL_SETTINGS, RILL_FLAG_ACK, 0, NULL, 0);
  assert_true(peer_send(&b) > 0);
  assert_int_equal(rill_conn_stats(b.conn).memory, before);
  bench_close(&b);
}

/* ---- the defaults ------------------------------------------------------------------------------------------------------ */

/* As the README's tables of limits have them: what a program gets that sets nothing. Who changes one changes it there, too. */
static void the_defaults_are_as_the_readme_says(void **state) {
  (void)state;
  rill_config c;
  rill_config_init(&c);
  const uint64_t second = 1000000000;
  const struct {
    uint64_t got, wanted;
  } all[] = {
      {c.memory_limit, 4u << 20},
      {c.max_concurrent_streams, 100},
      {c.initial_window, 65535},
      {c.connection_window, 1u << 20},
      {c.window_max, 16u << 20},
      {c.max_frame_size, 16384},
      {c.max_header_list_size, 65536},
      {c.max_header_fields, 128},
      {c.max_cookie_crumbs, 256},
      {c.max_header_list_hard, 262144},
      {c.max_header_block, 81920},
      {c.max_header_fields_hard, 1000},
      {c.max_field_name, 4096},
      {c.max_field_value, 32768},
      {c.max_continuations, 0}, /* which is 10, see talk/limits */
      {c.max_interim_responses, 32},
      {c.max_settings_entries, 32},
      {c.max_pushed, 16},
      {c.max_priority_updates, 100},
      {c.max_origins, 64},
      {c.max_total_streams, 1u << 30},
      {c.glitch_burst, 10000},
      {c.glitch_refill, 330},
      {c.refusal_burst, 100},
      {c.refusal_refill, 10},
      {c.peer_reset_burst, 500},
      {c.peer_reset_refill, 33},
      {c.own_reset_burst, 200},
      {c.own_reset_refill, 10},
      {c.empty_data_burst, 100},
      {c.empty_data_refill, 0},
      {c.overhead_burst, 8u << 20},
      {c.overhead_refill, 65536},
      {c.overhead_ratio, 8},
      {c.window_updates, 100},
      {c.max_ping_acks, 128},
      {c.max_settings_acks, 32},
      {c.max_resets_owed, 200},
      {c.decoder_table, 4096},
      {c.encoder_table, 4096},
      {c.max_header_queue, 65536},
      {c.max_write_buffer, 65536},
      {c.frames_per_recv, 1024},
      {c.preface_timeout, 10 * second},
      {c.settings_timeout, 10 * second},
      {c.header_timeout, 10 * second},
      {c.idle_timeout, 60 * second},
      {c.stall_grace, 10 * second},
      {c.stall_timeout, 60 * second},
      {c.stall_rate, 240},
      {c.goaway_linger, second},
      {c.keepalive_interval, 0},
      {c.keepalive_timeout, 20 * second},
      {c.enable_push || c.enable_connect_protocol || c.accept_altsvc || c.accept_origin, false},
      {c.allow_edge_space || c.allow_any_trailer || c.manual_consume, false},
  };
  for (size_t i = 0; i < LENGTH(all); i++) {
    if (all[i].got != all[i].wanted) fail_msg("default %zu of this table is another", i);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(the_defaults_are_as_the_readme_says),
      cmocka_unit_test(values_that_may_not_be_said),
      cmocka_unit_test(members_out_of_range),
      cmocka_unit_test(an_acknowledgement_before_the_first_are_taken),
      cmocka_unit_test(as_many_entries_as_there_may_be_and_one_more),
      cmocka_unit_test(what_only_settings_can_bring_about_is_said),
      cmocka_unit_test(enable_push_of_1_is_for_clients_alone),
      cmocka_unit_test(the_first_words_of_a_client_octet_by_octet),
      cmocka_unit_test(the_largest_frames_come_in),
      cmocka_unit_test(the_largest_frames_go_out),
      cmocka_unit_test(a_window_that_has_grown_may_not_bear_a_larger_initial_size),
      cmocka_unit_test(the_wait_for_an_acknowledgement_begins_when_settings_are_taken),
      cmocka_unit_test(an_acknowledgement_before_the_transport_says_what_it_took),
      cmocka_unit_test(the_entries_are_kept_until_they_are_acknowledged),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
