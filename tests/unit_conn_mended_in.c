/* SPDX-License-Identifier: MIT */
/*
 * Faults of the input side that a review found, each as a test of what must hold: credit, the order of acknowledgements, bounds,
 * fields that a proxy hands on, and what the trace shows. What a transcript can show is in talk/. Knows rill.h only.
 */
#include "conn_trial.h"

/* ---- credit ------------------------------------------------------------------------------------------------------------ */

/* A server that consumes by hand; stream 1 has filled its window of 65,535. */
static void open_full_window(conn_trial *t) {
  trial_init(t);
  t->b.config.manual_consume = true;
  bench_begin(&t->b, false);
  peer_request(&t->b, 1, false);
  for (int i = 0; i < 4; i++)
    peer_data(&t->b, 1, 16383);
  peer_data(&t->b, 1, 3);
  assert_true(peer_send(&t->b) >= 0);
  (void)bench_drop(&t->b);
  assert_int_equal(window_of(&t->b, 1, RILL_WINDOW_RECV), 0);
}

static void credit_below_half_a_window_is_told_to_a_peer_that_stands_still(void **state) {
  (void)state;
  conn_trial t;
  open_full_window(&t);
  assert_int_equal(rill_consume(t.b.conn, 1, 30000), 0);
  (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_WINDOW_UPDATE, 1).frames, 1);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_RECV), 30000);
  bench_close(&t.b);
}

/* The other half of the same: the credit was there first, and the peer comes to stand still later. */
static void credit_is_told_when_content_uses_up_the_window(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.manual_consume = true;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  peer_data(&t.b, 1, 16000);
  peer_data(&t.b, 1, 14000);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(rill_consume(t.b.conn, 1, 30000), 0);
  (void)bench_drop(&t.b);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_HELD), 30000);
  peer_data(&t.b, 1, 16000);
  peer_data(&t.b, 1, 16000);
  peer_data(&t.b, 1, 3535);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_WINDOW_UPDATE, 1).frames, 1);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_RECV), 30000);
  bench_close(&t.b);
}

static void a_slow_application_makes_no_small_windows(void **state) {
  (void)state;
  conn_trial t;
  open_full_window(&t);
  for (int i = 0; i < 2000; i++) {
    assert_int_equal(rill_consume(t.b.conn, 1, 100), 0);
    (void)bench_take(&t.b);
    for (int64_t left = window_of(&t.b, 1, RILL_WINDOW_RECV); left > 0; left -= 16384)
      peer_data(&t.b, 1, left < 16384 ? (size_t)left : 16384);
    assert_true(peer_send(&t.b) >= 0);
  }
  assert_true(seen_on(&t.b, RILL_WINDOW_UPDATE, 1).frames <= 200000 / (65535 / 8));
  bench_close(&t.b);
}

/* ---- order and bounds -------------------------------------------------------------------------------------------------- */

static void no_block_uses_a_larger_table_before_it_is_acknowledged(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.encoder_table = 65536;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  peer_setting(&t.b, RILL_SETTING_HEADER_TABLE_SIZE, 8192);
  assert_true(peer_send(&t.b) >= 0);
  trial_respond(&t, 1, NULL);
  peer_setting(&t.b, RILL_SETTING_MAX_CONCURRENT_STREAMS, 100);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_take(&t.b);
  rill_frame frame;
  assert_int_equal(bench_frames(&t.b, RILL_SETTINGS, &frame), 2);
  assert_int_equal(bench_frames(&t.b, RILL_HEADERS, &frame), 1);
  size_t at = 0; /* a peer raises its limit as the first acknowledgement comes, 9113 4.3.1 */
  uint32_t limit = 4096;
  for (; t.b.out + at + RILL_FRAME_HEAD_SIZE != frame.data.p;
       at += RILL_FRAME_HEAD_SIZE + rill_frame_head_get(t.b.out + at).length)
    if (rill_frame_head_get(t.b.out + at).type == RILL_SETTINGS) limit = 8192;
  rill_hpack_decoder *decoder;
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, limit), 0);
  rill_field field;
  rill_why why;
  assert_int_equal(rill_hpack_decode(decoder, &frame.data, &field, &why), 1);
  rill_hpack_decoder_del(decoder);
  bench_close(&t.b);
}

static void informational_responses_are_bounded_and_a_reset_follows_them(void **state) {
  (void)state;
  static const rill_field early[] = {RILL_FIELD(":status", "103")};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  int err = 0;
  unsigned count = 0;
  for (; count < 65536 && (err = rill_submit_informational(t.b.conn, 1, early, 1)) == 0;)
    count++;
  assert_int_equal(err, RILL_ERR_BLOCKED);
  assert_true(count > 0);
  uint8_t room[60]; /* some are taken; the reset must not overtake the rest */
  rill_ssize n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK);
  assert_true(n > 0);
  bench_put(&t.b, room, (size_t)n);
  assert_int_equal(rill_reset(t.b.conn, 1, RILL_CANCEL), 0);
  (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_RST_STREAM, 1).frames, 1);
  assert_int_equal(rill_frame_head_get(t.b.out + t.b.out_n - 13).type, RILL_RST_STREAM);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 0);
  bench_close(&t.b);
}

static void a_blocked_request_is_told_that_it_never_goes(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, true);
  peer_setting(&t.b, RILL_SETTING_MAX_CONCURRENT_STREAMS, 0);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), RILL_ERR_BLOCKED);
  assert_int_equal(rill_shutdown(t.b.conn, RILL_NEVER), 0);
  (void)bench_take(&t.b);
  assert_int_equal(t.credit, 1);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), RILL_ERR_CLOSED);
  bench_close(&t.b);
}

static void an_errors_goaway_has_its_own_words(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  assert_int_equal(rill_submit_goaway(t.b.conn, RILL_NO_ERROR, (rill_view){(const uint8_t *)"bye", 3}), 0);
  (void)bench_take(&t.b);
  rill_frame frame;
  assert_int_equal(bench_frames(&t.b, RILL_GOAWAY, &frame), 1);
  assert_int_equal(frame.data.n, 3);
  peer_window(&t.b, 77, 1);
  assert_int_equal(peer_send(&t.b), RILL_ERR_PROTO);
  (void)bench_take(&t.b);
  assert_int_equal(bench_frames(&t.b, RILL_GOAWAY, &frame), 2);
  assert_int_equal(frame.error_code, RILL_PROTOCOL_ERROR);
  const char *words = rill_why_text(rill_conn_error(t.b.conn).why);
  assert_int_equal(frame.data.n, strlen(words));
  assert_memory_equal(frame.data.p, words, frame.data.n);
  bench_close(&t.b);
}

/* ---- what a proxy hands on --------------------------------------------------------------------------------------------- */

/* What is received on `near` is submitted on `out`, whose output goes to `far`. */
typedef struct proxy {
  conn_trial near; /* first */
  conn_trial out, far;
  rill_ssize answer; /* of the submit call */
  char last[64];     /* the value of the last field that was handed on */
  size_t fields;
} proxy;

static int hand_on(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  (void)id, (void)user;
  proxy *p = rill_conn_user(conn);
  rill_field fields[8] = {{.name = {NULL, 0}}};
  assert_true(head->field_count <= 4);
  size_t first = head->kind == RILL_HEAD_REQUEST ? LENGTH(get_fields) : 1;
  if (head->kind == RILL_HEAD_REQUEST)
    memcpy(fields, get_fields, sizeof get_fields);
  else
    fields[0] = (rill_field)RILL_FIELD(":status", "204");
  p->fields = head->field_count;
  for (size_t i = 0; i < head->field_count; i++)
    fields[first + i] = head->fields[i];
  if (head->field_count > 0) {
    rill_view value = head->fields[head->field_count - 1].value;
    assert_true(value.n < sizeof p->last);
    memcpy(p->last, value.p, value.n);
    p->last[value.n] = 0;
  }
  p->answer = head->kind == RILL_HEAD_REQUEST ? rill_submit_request(p->out.b.conn, fields, first + head->field_count, NULL, NULL)
                                              : rill_submit_response(p->out.b.conn, 1, fields, first + head->field_count, NULL);
  return 0;
}

/* One request with `block` behind its pseudo-header fields comes in, and the far server gets what became of it. */
static void proxy_request(proxy *p, bool lax, const void *fields, size_t n) {
  uint8_t block[64] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'};
  memset(p, 0, sizeof *p);
  trial_init(&p->near);
  trial_init(&p->out);
  trial_init(&p->far);
  p->near.b.callbacks.on_head = hand_on;
  p->near.b.config.allow_edge_space = lax;
  bench_begin(&p->near.b, false);
  assert_true(bench_open(&p->out.b, true));
  assert_true(bench_open(&p->far.b, false));
  assert_true(n <= sizeof block - 6);
  memcpy(block + 6, fields, n);
  peer_frame(&p->near.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 1, block, 6 + n);
  assert_true(peer_send(&p->near.b) >= 0);
  (void)bench_take(&p->out.b);
  peer_octets(&p->far.b, p->out.b.out, p->out.b.out_n);
  assert_true(peer_send(&p->far.b) >= 0);
  (void)bench_take(&p->far.b);
}

static void proxy_close(proxy *p) {
  bench_close(&p->near.b);
  bench_close(&p->out.b);
  bench_close(&p->far.b);
}

static void cookies_with_an_empty_crumb_join_to_what_may_be_sent(void **state) {
  (void)state;
  static const uint8_t cookies[] = {0x60, 3, 'a', '=', 'b', 0x60, 0};
  proxy p;
  proxy_request(&p, false, cookies, sizeof cookies);
  assert_string_equal(p.last, "a=b");
  assert_int_equal(p.answer, 1);
  assert_int_equal(p.far.heads, 1);
  assert_int_equal(seen_on(&p.far.b, RILL_RST_STREAM, 1).frames, 0);
  proxy_close(&p);
}

static void what_only_a_lax_context_let_pass_is_checked_again(void **state) {
  (void)state;
  static const uint8_t spaced[] = {0x40, 1, 'x', 2, ' ', 'b'};
  proxy p;
  proxy_request(&p, true, spaced, sizeof spaced);
  assert_string_equal(p.last, " b");
  assert_int_equal(p.answer, RILL_ERR_INVALID);
  assert_int_equal(rill_conn_fault(p.out.b.conn).why, RILL_WHY_VALUE_SPACE);
  assert_int_equal(rill_conn_fault(p.out.b.conn).index, LENGTH(get_fields));
  assert_int_equal(p.far.heads, 0);
  proxy_close(&p);
}

static void a_content_length_without_meaning_is_not_handed_on(void **state) {
  (void)state;
  proxy p;
  memset(&p, 0, sizeof p);
  trial_init(&p.near);
  trial_init(&p.out);
  p.near.b.callbacks.on_head = hand_on;
  bench_begin(&p.near.b, true);
  bench_begin(&p.out.b, false);
  trial_serve(&p.out, 1);
  assert_int_equal(rill_submit_request(p.near.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  (void)bench_drop(&p.near.b);
  static const uint8_t block[] = {0x89, 0x0f, 0x0d, 1, '0'}; /* 204, content-length: 0 */
  p.answer = 1;
  peer_frame(&p.near.b, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 1, block, sizeof block);
  assert_true(peer_send(&p.near.b) >= 0);
  assert_int_equal(p.answer, 0);
  assert_int_equal(p.fields, 0);
  bench_close(&p.near.b);
  bench_close(&p.out.b);
}

/* ---- what callbacks see ------------------------------------------------------------------------------------------------ */

typedef struct refused {
  bool client;
  uint8_t type, flags;
  uint8_t payload[6];
  size_t n;
} refused;

static void a_refused_frame_is_in_the_trace(void **state) {
  (void)state;
  static const uint8_t end = RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM;
  const refused cases[] = {
      {false, RILL_HEADERS, (uint8_t)(end | RILL_FLAG_PADDED), {9, 0x82}, 5},
      {false, RILL_HEADERS, (uint8_t)(end | RILL_FLAG_PADDED | RILL_FLAG_PRIORITY), {3, 0x82}, 6},
      {true, RILL_PUSH_PROMISE, RILL_FLAG_END_HEADERS, {0, 0, 0, 3, 0x82}, 5},
  };
  for (size_t i = 0; i < LENGTH(cases); i++) {
    const refused *one = &cases[i];
    conn_trial t;
    trial_init(&t);
    bench_begin(&t.b, one->client);
    if (one->client) assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
    (void)bench_drop(&t.b);
    peer_frame(&t.b, one->type, one->flags, 1, one->payload, one->n);
    assert_int_equal(peer_send(&t.b), RILL_ERR_PROTO);
    assert_int_equal(t.traced.type, one->type);
    assert_int_equal(t.traced.stream_id, 1);
    assert_int_equal(t.traced.length, one->n);
    bench_close(&t.b);
  }
}

static rill_time deadline_inside;

static void note_deadline(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)frame, (void)user;
  deadline_inside = rill_conn_deadline(conn);
}

static void a_callback_learns_the_deadline(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_frame_recv = note_deadline;
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  trial_respond(&t, 1, NULL);
  (void)bench_drop(&t.b);
  peer_window(&t.b, 0, 1);
  deadline_inside = RILL_NEVER;
  assert_int_equal(rill_conn_recv(t.b.conn, t.b.in, t.b.in_n, 5000), (rill_ssize)t.b.in_n);
  assert_true(rill_conn_deadline(t.b.conn) != RILL_NEVER);
  assert_true(deadline_inside == rill_conn_deadline(t.b.conn));
  bench_close(&t.b);
}

/* ---- ends and smaller windows ------------------------------------------------------------------------------------------ */

static void a_reset_request_that_never_went_out_leaves_with_goaway(void **state) {
  (void)state;
  static const uint8_t goaway[8] = {0};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, true);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  assert_int_equal(rill_reset(t.b.conn, 1, RILL_CANCEL), 0);
  peer_frame(&t.b, RILL_GOAWAY, 0, 0, goaway, sizeof goaway);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_take(&t.b);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 0);
  assert_true(rill_conn_is_done(t.b.conn));
  bench_close(&t.b);
}

static void a_lowered_window_tells_the_credit_it_holds(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.initial_window = 16384;
  assert_true(bench_open(&t.b, false));
  peer_octets(&t.b, MAGIC, sizeof MAGIC - 1);
  peer_frame(&t.b, RILL_SETTINGS, 0, 0, NULL, 0);
  peer_request(&t.b, 1, false);
  peer_data(&t.b, 1, 10000);
  peer_data(&t.b, 1, 10000);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_drop(&t.b);
  peer_frame(&t.b, RILL_SETTINGS, RILL_FLAG_ACK, 0, NULL, 0);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_WINDOW_UPDATE, 1).frames, 1);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_RECV), 16384);
  bench_close(&t.b);
}

/* ---- a head that the application has changed ---------------------------------------------------------------------------- */

/* Whoever hands a head on with fields of his own has not touched `all`, which then says nothing. */
static int copy_changed(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  static const rill_field own[] = {RILL_FIELD("a", "1"), RILL_FIELD("b", "2"), RILL_FIELD("c", "3"), RILL_FIELD("d", "4"),
                                   RILL_FIELD("e", "5"), RILL_FIELD("f", "6"), RILL_FIELD("g", "7")};
  rill_head changed = *head;
  (void)id, (void)user;
  assert_int_equal(head->all_count, 4);
  changed.fields = own;
  for (size_t count = 0; count <= LENGTH(own); count++) {
    changed.field_count = count;
    rill_head *copy = rill_head_copy(trial_of(conn)->b.context, &changed);
    assert_non_null(copy);
    assert_int_equal(copy->field_count, count);
    assert_int_equal(copy->all_count, 0);
    for (size_t i = 0; i < count; i++)
      assert_memory_equal(copy->fields[i].name.p, own[i].name.p, 1);
    rill_head_free(trial_of(conn)->b.context, copy);
  }
  trial_of(conn)->heads++;
  return 0;
}

static void a_changed_head_is_copied_as_it_was_changed(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.callbacks.on_head = copy_changed;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, true);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(t.heads, 1);
  bench_close(&t.b);
}

/* Or the peer would have to stop at the end of each: it may send no more before it is told so. */
static void a_frame_that_fills_the_window_is_credited_in_pieces(void **state) {
  (void)state;
  static const uint8_t head[RILL_FRAME_HEAD_SIZE] = {0, 0xea, 0x60, RILL_DATA, 0, 0, 0, 0, 1}, piece[1000];
  conn_trial t;
  trial_init(&t);
  t.b.config.max_frame_size = 65535;
  t.b.config.window_max = 0;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  assert_true(peer_send(&t.b) > 0);
  (void)bench_drop(&t.b);
  assert_int_equal(rill_conn_recv(t.b.conn, head, sizeof head, RILL_NO_CLOCK), sizeof head);
  for (int i = 0; i < 40; i++)
    assert_int_equal(rill_conn_recv(t.b.conn, piece, sizeof piece, RILL_NO_CLOCK), sizeof piece);
  (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_WINDOW_UPDATE, 1).frames, 1);
  for (int i = 40; i < 60; i++)
    assert_int_equal(rill_conn_recv(t.b.conn, piece, sizeof piece, RILL_NO_CLOCK), sizeof piece);
  assert_int_equal(window_of(&t.b, 1, RILL_WINDOW_RECV) + window_of(&t.b, 1, RILL_WINDOW_HELD), 65535);
  bench_close(&t.b);
}

/* ---- frames that are refused ---------------------------------------------------------------------------------------------- */

static int consumed;

static void consume_in_trace(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  if (frame->head.type == RILL_DATA && frame->head.length == 20) consumed = rill_consume(conn, 1, 10);
}

static void what_came_can_be_consumed_while_more_is_refused(void **state) {
  (void)state;
  conn_trial t;
  if (!RILL__TRACE) return;
  trial_init(&t);
  t.b.config.manual_consume = true;
  t.b.callbacks.on_frame_recv = consume_in_trace;
  consumed = RILL_ERR_STATE;
  bench_begin(&t.b, false);
  peer_request(&t.b, 1, false);
  peer_frame(&t.b, RILL_DATA, RILL_FLAG_END_STREAM, 1, "0123456789", 10);
  peer_data(&t.b, 1, 20); /* behind the end */
  assert_int_equal(peer_send(&t.b), RILL_ERR_PROTO);
  assert_int_equal(consumed, 0);
  bench_close(&t.b);
}

/* ---- bounds that are wider than their counters --------------------------------------------------------------------------- */

/* A field block of one literal, whose value comes an octet at a time. */
static rill_why why_after_continuations(uint32_t count) {
  static const uint8_t literal[] = {0x00, 0x01, 'a', 0x7f, 0x81, 0x80, 0x06}; /* of 98,432 octets */
  conn_trial t;
  trial_init(&t);
  t.b.config.max_continuations = UINT32_MAX;
  t.b.config.max_header_block = 1 << 20;
  t.b.config.glitch_burst = UINT32_MAX;
  bench_begin(&t.b, false);
  peer_frame(&t.b, RILL_HEADERS, 0, 1, literal, sizeof literal);
  for (uint32_t i = 0; i < count; i++)
    peer_frame(&t.b, RILL_CONTINUATION, 0, 1, "x", 1);
  (void)peer_send(&t.b);
  rill_why why = rill_conn_error(t.b.conn).why;
  bench_close(&t.b);
  return why;
}

static void continuations_are_counted_to_the_end_of_the_counter(void **state) {
  (void)state;
  assert_int_equal(why_after_continuations(65534), RILL_WHY_NONE);
  assert_int_equal(why_after_continuations(65535), RILL_WHY_CONTINUATIONS);
}

/* A server that has lowered its limit of streams from `before` to none, and whose peer does not acknowledge. */
static uint32_t refusals_after(uint32_t before, uint32_t requests) {
  conn_trial t;
  trial_init(&t);
  t.b.config.max_concurrent_streams = before;
  t.b.config.glitch_burst = t.b.config.own_reset_burst = t.b.config.overhead_burst = UINT32_MAX;
  bench_begin(&t.b, false);
  const rill_setting none = {RILL_SETTING_MAX_CONCURRENT_STREAMS, 0};
  assert_int_equal(rill_submit_settings(t.b.conn, &none, 1), 0);
  for (uint32_t i = 0; i < requests; i++) {
    peer_request(&t.b, 2 * i + 1, true);
    if (i % 100 != 99) continue;
    assert_true(peer_send(&t.b) >= 0);
    (void)bench_drop(&t.b);
  }
  assert_true(peer_send(&t.b) >= 0);
  uint32_t spent = rill_conn_stats(t.b.conn).spent[RILL_BUDGET_REFUSALS];
  bench_close(&t.b);
  return spent;
}

static void excused_refusals_are_counted_to_the_end_of_the_counter(void **state) {
  (void)state;
  assert_int_equal(refusals_after(1000, 1000), 0);
  assert_int_equal(refusals_after(1000, 1001), 1);
  assert_int_equal(refusals_after(100000, 65535), 0);
  assert_int_equal(refusals_after(100000, 65536), 1);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(credit_below_half_a_window_is_told_to_a_peer_that_stands_still),
      cmocka_unit_test(credit_is_told_when_content_uses_up_the_window),
      cmocka_unit_test(a_slow_application_makes_no_small_windows),
      cmocka_unit_test(no_block_uses_a_larger_table_before_it_is_acknowledged),
      cmocka_unit_test(informational_responses_are_bounded_and_a_reset_follows_them),
      cmocka_unit_test(a_blocked_request_is_told_that_it_never_goes),
      cmocka_unit_test(an_errors_goaway_has_its_own_words),
      cmocka_unit_test(cookies_with_an_empty_crumb_join_to_what_may_be_sent),
      cmocka_unit_test(what_only_a_lax_context_let_pass_is_checked_again),
      cmocka_unit_test(a_content_length_without_meaning_is_not_handed_on),
      cmocka_unit_test(a_refused_frame_is_in_the_trace),
      cmocka_unit_test(a_callback_learns_the_deadline),
      cmocka_unit_test(a_reset_request_that_never_went_out_leaves_with_goaway),
      cmocka_unit_test(a_lowered_window_tells_the_credit_it_holds),
      cmocka_unit_test(a_changed_head_is_copied_as_it_was_changed),
      cmocka_unit_test(a_frame_that_fills_the_window_is_credited_in_pieces),
      cmocka_unit_test(what_came_can_be_consumed_while_more_is_refused),
      cmocka_unit_test(continuations_are_counted_to_the_end_of_the_counter),
      cmocka_unit_test(excused_refusals_are_counted_to_the_end_of_the_counter),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
