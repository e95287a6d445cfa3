/* SPDX-License-Identifier: MIT */
/*
 * Faults of the output side that a review found, each as a test of what must hold: pieces of content, traces that call back into
 * the connection, memory that is full, and the order in which streams are asked. What a transcript can show is in talk/.
 * Knows rill.h only.
 */
#include "conn_trial.h"

/* ---- staged pieces ----------------------------------------------------------------------------------------------------- */

static void pushed_content_in_many_pieces_comes_out_whole(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 511);
  trial_serve(&t, 1);
  trial_respond(&t, 1, &trial_pushed);
  uint8_t content[1537];
  for (size_t i = 0; i < sizeof content; i++)
    content[i] = (uint8_t)(i % 251);
  assert_int_equal(rill_write(t.b.conn, 1, content, 512, false), 512);
  assert_int_equal(rill_write(t.b.conn, 1, content + 512, 1, false), 1);
  assert_int_equal(rill_write(t.b.conn, 1, content + 513, 1024, false), 1024);
  (void)bench_drop(&t.b);
  for (int i = 0; i < 5; i++)
    peer_frame(&t.b, RILL_PING, 0, 0, "abcdefgh", 8);
  peer_window(&t.b, 1, 3); /* the end of one block, all of the next, the start of a third */
  assert_true(peer_send(&t.b) >= 0);
  assert_true(trial_view(&t, 1 << 20) > 0);
  rill_frame frame;
  assert_int_equal(bench_frames(&t.b, RILL_PING, &frame), 5);
  assert_int_equal(bench_frames(&t.b, RILL_DATA, &frame), 1);
  assert_int_equal(frame.data.n, 3);
  assert_memory_equal(frame.data.p, content + 511, 3);
  bench_close(&t.b);
}

/* ---- traces that call back --------------------------------------------------------------------------------------------- */

/* A server that consumes by hand, with 48,000 octets of content on stream 1; its own SETTINGS may still be in the output. */
static void open_upload(conn_trial *t, bool drained) {
  trial_init(t);
  t->b.config.manual_consume = true;
  assert_true(bench_open(&t->b, false));
  peer_octets(&t->b, MAGIC, sizeof MAGIC - 1);
  peer_frame(&t->b, RILL_SETTINGS, 0, 0, NULL, 0);
  peer_request(&t->b, 1, false);
  for (int i = 0; i < 3; i++)
    peer_data(&t->b, 1, 16000);
  assert_true(peer_send(&t->b) >= 0);
  if (drained) (void)bench_drop(&t->b);
}

static bool is_update(const rill_frame *frame, uint32_t id) {
  return frame->head.type == RILL_WINDOW_UPDATE && frame->head.stream_id == id;
}

static void consume_in_connection_update(conn_trial *t, const rill_frame *frame) {
  if (!is_update(frame, 0))
    t->sent = consume_in_connection_update;
  else
    assert_int_equal(rill_consume(t->b.conn, 1, 30000), 0);
}

static void consuming_in_the_trace_keeps_the_connections_credit(void **state) {
  (void)state;
  conn_trial t;
  open_upload(&t, false);
  t.sent = consume_in_connection_update;
  (void)bench_take(&t.b);
  assert_null(t.sent);
  assert_int_equal(granted(&t.b, 0) + 18000, t.b.config.connection_window);
  bench_close(&t.b);
}

static void consume_in_stream_update(conn_trial *t, const rill_frame *frame) {
  if (!is_update(frame, 1))
    t->sent = consume_in_stream_update;
  else
    assert_int_equal(rill_consume(t->b.conn, 1, 10000), 0);
}

static void consuming_in_the_trace_grants_each_octet_once(void **state) {
  (void)state;
  conn_trial t;
  open_upload(&t, true);
  assert_int_equal(rill_consume(t.b.conn, 1, 33000), 0);
  t.sent = consume_in_stream_update;
  (void)bench_take(&t.b);
  assert_null(t.sent);
  assert_int_equal(granted(&t.b, 1), 65535 - 5000);
  assert_int_equal(granted(&t.b, 0), t.b.config.connection_window - 5000);
  assert_int_equal(rill_reset(t.b.conn, 1, RILL_CANCEL), 0);
  assert_int_equal(granted(&t.b, 0), t.b.config.connection_window);
  bench_close(&t.b);
}

static void reset_in_stream_update(conn_trial *t, const rill_frame *frame) {
  if (!is_update(frame, 1))
    t->sent = reset_in_stream_update;
  else
    assert_int_equal(rill_reset(t->b.conn, 1, RILL_CANCEL), 0);
}

static void a_reset_in_the_trace_is_sent(void **state) {
  (void)state;
  conn_trial t;
  open_upload(&t, true);
  assert_int_equal(rill_consume(t.b.conn, 1, 40000), 0);
  t.sent = reset_in_stream_update;
  (void)bench_take(&t.b);
  assert_null(t.sent);
  assert_int_equal(seen_on(&t.b, RILL_RST_STREAM, 1).frames, 1);
  assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 0);
  bench_close(&t.b);
}

static void goaway_in_goaway(conn_trial *t, const rill_frame *frame) {
  if (frame->head.type != RILL_GOAWAY)
    t->sent = goaway_in_goaway;
  else
    (void)rill_submit_goaway(t->b.conn, RILL_INTERNAL_ERROR, trial_no_words);
}

static void an_error_in_the_trace_of_goaway_is_sent(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  assert_int_equal(rill_submit_goaway(t.b.conn, RILL_NO_ERROR, trial_no_words), 0);
  t.sent = goaway_in_goaway;
  (void)bench_take(&t.b);
  rill_frame frame;
  assert_int_equal(bench_frames(&t.b, RILL_GOAWAY, &frame), 2);
  assert_int_equal(frame.error_code, RILL_INTERNAL_ERROR);
  bench_close(&t.b);
}

static int lend(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[100] = {1};
  (void)id, (void)user;
  if (max < sizeof content) return RILL_DEFERRED;
  *out = (rill_chunk){.data = content, .n = sizeof content, .more = RILL_MORE_NONE};
  trial_of(conn)->lent++;
  return 0;
}

static void delete_in_data(conn_trial *t, const rill_frame *frame) {
  if (frame->head.type != RILL_DATA)
    t->sent = delete_in_data;
  else
    rill_conn_del(t->b.conn);
}

static void deleting_in_the_trace_gives_the_chunk_back(void **state) {
  (void)state;
  const rill_body body = {lend, NULL, false};
  for (int view = 0; view < 2; view++) {
    conn_trial t;
    trial_init(&t);
    bench_begin(&t.b, false);
    trial_serve(&t, 1);
    trial_respond(&t, 1, &body);
    t.sent = delete_in_data;
    assert_int_equal(view != 0 ? trial_view(&t, 1 << 20) : bench_take(&t.b), RILL_ERR_CLOSED);
    t.b.conn = NULL;
    assert_int_equal(t.lent, 1);
    assert_int_equal(t.done, 1);
    assert_int_equal(t.closes, 1);
    bench_close(&t.b);
  }
}

/* ---- memory and large frames ------------------------------------------------------------------------------------------- */

static int lend_or_fill(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[1 << 20];
  (void)conn, (void)id, (void)user;
  *out =
      (rill_chunk){.data = content, .n = max < sizeof content ? max : sizeof content, .more = RILL_MORE_NONE, .room = out->room};
  if (out->room != NULL) {
    out->n = max < 100 ? max : 100;
    memset(out->room, 1, out->n);
    out->data = out->room;
  }
  return 0;
}

/* A server whose peer takes frames and content of any size, with a body on stream 1. */
static void open_wide(conn_trial *t, const rill_body *body) {
  trial_init(t);
  bench_begin(&t->b, false);
  peer_setting(&t->b, RILL_SETTING_MAX_FRAME_SIZE, RILL_FRAME_SIZE_MAX);
  peer_opens_wide(&t->b);
  trial_serve(t, 1);
  trial_respond(t, 1, body);
}

static void what_sendv_shows_is_bounded_by_max_bytes(void **state) {
  (void)state;
  const rill_body body = {lend_or_fill, NULL, false};
  conn_trial t;
  open_wide(&t, &body);
  rill_ssize shown = trial_view(&t, 1000);
  assert_true(shown > 0 && shown <= 1000 + 16384);
  bench_close(&t.b);
}

static void a_filled_body_goes_out_to_a_peer_of_large_frames(void **state) {
  (void)state;
  const rill_body body = {lend_or_fill, NULL, true};
  for (int view = 0; view < 2; view++) {
    conn_trial t;
    open_wide(&t, &body);
    uint8_t room[1000];
    rill_ssize n = 0;
    for (int i = 0; i < 4 && n >= 0; i++) {
      n = view != 0 ? trial_view(&t, 1000) : rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK);
      if (n > 0 && view == 0) bench_put(&t.b, room, (size_t)n);
    }
    assert_int_equal(n, 0);
    assert_int_equal(seen_on(&t.b, RILL_DATA, 1).octets, 100);
    assert_true(seen_on(&t.b, RILL_DATA, 1).ended);
    bench_close(&t.b);
  }
}

/* Content of 600 octets a time on the streams first to 199, until no more is taken. */
static size_t write_until_full(conn_trial *t, uint32_t first) {
  static const uint8_t content[600];
  size_t total = 0;
  for (uint32_t id = first; id <= 199; id += 2) {
    rill_ssize took;
    while ((took = rill_write(t->b.conn, id, content, sizeof content, false)) > 0)
      total += (size_t)took;
  }
  return total;
}

/* Takes all, by either call; DATA octets on all streams are counted by the caller. */
static void take_all(conn_trial *t, bool view) {
  rill_ssize n;
  do
    n = view ? trial_view(t, 1 << 20) : bench_take(&t->b);
  while (n > 0);
  assert_int_equal(n, 0);
  assert_false(rill_conn_want_send(t->b.conn));
}

static size_t data_octets(const bench *b) {
  size_t total = 0;
  for (size_t at = 0; at < b->out_n;) {
    rill_frame_head head = rill_frame_head_get(b->out + at);
    at += RILL_FRAME_HEAD_SIZE + head.length;
    if (head.type == RILL_DATA) total += head.length;
  }
  return total;
}

static void open_many(conn_trial *t) {
  trial_init(t);
  bench_begin(&t->b, false);
  peer_opens_wide(&t->b);
  trial_serve(t, 199);
  for (uint32_t id = 1; id <= 199; id += 2)
    trial_respond(t, id, &trial_pushed);
  (void)bench_drop(&t->b);
}

static void memory_full_of_pushed_content_still_goes_out(void **state) {
  (void)state;
  for (int view = 0; view < 2; view++) {
    conn_trial t;
    open_many(&t);
    size_t written = write_until_full(&t, 1);
    assert_true(written > t.b.config.memory_limit / 2);
    take_all(&t, view != 0);
    assert_int_equal(data_octets(&t.b), written);
    bench_close(&t.b);
  }
}

static void trailers_without_memory_block_nobody(void **state) {
  (void)state;
  static uint8_t value[30000];
  memset(value, 'v', sizeof value);
  const rill_field trailers[] = {{.name = {(const uint8_t *)"x-sum", 5}, .value = {value, sizeof value}}};
  for (int view = 0; view < 2; view++) {
    conn_trial t;
    open_many(&t);
    assert_int_equal(rill_write(t.b.conn, 1, value, 100, false), 100);
    assert_int_equal(rill_submit_trailers(t.b.conn, 1, trailers, 1), 0);
    size_t written = 100 + write_until_full(&t, 3);
    take_all(&t, view != 0);
    assert_int_equal(data_octets(&t.b), written);
    assert_true(seen_on(&t.b, RILL_HEADERS, 1).ended);
    bench_close(&t.b);
  }
}

static void a_filled_frame_in_little_memory_blocks_nobody(void **state) {
  (void)state;
  const rill_body body = {lend_or_fill, NULL, true};
  conn_trial t;
  trial_init(&t);
  t.b.config.memory_limit = 65747;
  bench_begin(&t.b, false);
  peer_opens_wide(&t.b);
  trial_serve(&t, 5);
  trial_respond(&t, 3, &trial_pushed);
  trial_respond(&t, 5, &trial_pushed);
  trial_respond(&t, 1, &body);
  static const uint8_t content[64];
  rill_ssize took;
  size_t written = 0;
  while ((took = rill_write(t.b.conn, 3, content, sizeof content, false)) > 0)
    written += (size_t)took;
  assert_true(written > 16384);
  take_all(&t, true);
  assert_int_equal(data_octets(&t.b), written + 100);
  assert_true(seen_on(&t.b, RILL_DATA, 1).ended);
  bench_close(&t.b);
}

static const rill_field *long_trailers(void) {
  static uint8_t value[9000];
  static rill_field trailers[1];
  memset(value, 'v', sizeof value);
  trailers[0] = (rill_field){.name = {(const uint8_t *)"x-sum", 5}, .value = {value, sizeof value}};
  return trailers;
}

/* Stream 1: content and trailers; stream 3: `others` octets. */
static void open_trailers(conn_trial *t, size_t others) {
  static const uint8_t content[65536];
  trial_init(t);
  bench_begin(&t->b, false);
  peer_setting(&t->b, RILL_SETTING_INITIAL_WINDOW_SIZE, 1000000);
  trial_serve(t, 3);
  trial_respond(t, 1, &trial_pushed);
  trial_respond(t, 3, &trial_pushed);
  (void)bench_drop(&t->b);
  assert_int_equal(rill_write(t->b.conn, 1, content, 35, false), 35);
  assert_int_equal(rill_submit_trailers(t->b.conn, 1, long_trailers(), 1), 0);
  if (others != 0) assert_int_equal(rill_write(t->b.conn, 3, content, others, false), others);
}

static void send_without_memory_ends_no_connection(void **state) {
  (void)state;
  static uint8_t room[80000];
  uint64_t at = 1;
  for (bool failed = true; failed; at++) {
    conn_trial t;
    open_trailers(&t, 0);
    t.b.mem.fail_at = t.b.mem.calls + at;
    rill_ssize n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK);
    failed = t.b.mem.failures != 0;
    t.b.mem.fail_at = 0;
    assert_true(n >= 0 || n == RILL_ERR_NOMEM);
    if (n > 0) bench_put(&t.b, room, (size_t)n);
    assert_int_equal(rill_conn_error(t.b.conn).err, 0);
    assert_int_equal(bench_take(&t.b), 0);
    assert_true(seen_on(&t.b, RILL_HEADERS, 1).ended);
    assert_int_equal(t.closes, 1);
    assert_int_equal(t.close.by, RILL_BY_END);
    bench_close(&t.b);
  }
  assert_true(at > 2);
}

static void trailers_that_had_no_memory_need_no_window(void **state) {
  (void)state;
  static uint8_t room[100000];
  conn_trial t;
  open_trailers(&t, 65536); /* with the 35 before, more than the connection's window has */
  t.b.mem.fail_at = t.b.mem.calls + 1;
  t.b.mem.fail_on = true;
  rill_ssize n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK);
  t.b.mem.fail_at = 0;
  assert_true(n > 0 && t.b.mem.failures != 0);
  bench_put(&t.b, room, (size_t)n);
  assert_int_equal(window_of(&t.b, 0, RILL_WINDOW_SEND), 0);
  assert_false(seen_on(&t.b, RILL_HEADERS, 1).ended);
  assert_int_equal(bench_take(&t.b), 0);
  assert_true(seen_on(&t.b, RILL_HEADERS, 1).ended);
  bench_close(&t.b);
}

/* ---- who is asked, and when -------------------------------------------------------------------------------------------- */

static int resume_and_defer(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  unsigned *left = user;
  if (left != NULL && *left == 0) return lend(conn, id, max, out, NULL);
  if (left != NULL) (*left)--;
  assert_int_equal(rill_resume(conn, id), 0);
  return RILL_DEFERRED;
}

static void a_source_that_resumes_itself_starves_nobody(void **state) {
  (void)state;
  const rill_body good = {lend, NULL, false}, busy = {resume_and_defer, NULL, false};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 3);
  trial_respond(&t, 1, &good);
  trial_respond(&t, 3, &busy);
  for (int i = 0; i < 4; i++)
    (void)bench_take(&t.b);
  assert_int_equal(seen_on(&t.b, RILL_DATA, 1).octets, 100);
  assert_true(seen_on(&t.b, RILL_DATA, 1).ended);
  bench_close(&t.b);
}

static void a_resume_inside_the_pull_counts(void **state) {
  (void)state;
  unsigned left = 1;
  const rill_body body = {resume_and_defer, &left, false};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  trial_respond(&t, 1, &body);
  (void)bench_take(&t.b);
  (void)bench_take(&t.b);
  assert_true(seen_on(&t.b, RILL_DATA, 1).ended);
  bench_close(&t.b);
}

/* Without a window it says nothing and resumes the other. Each is asked once in a round. */
static int resume_the_other(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  unsigned *asked = user;
  (void)max;
  assert_true(++*asked < 100);
  assert_int_equal(rill_resume(conn, id == 1 ? 3 : 1), 0);
  *out = (rill_chunk){.more = RILL_MORE};
  return 0;
}

static void sources_that_say_nothing_and_resume_each_other_come_to_an_end(void **state) {
  (void)state;
  unsigned asked = 0;
  const rill_body body = {resume_the_other, &asked, false};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 0);
  trial_serve(&t, 3);
  trial_respond(&t, 1, &body);
  trial_respond(&t, 3, &body);
  (void)bench_drop(&t.b);
  assert_true(asked >= 2);
  assert_true(rill_conn_want_send(t.b.conn)); /* they were resumed */
  bench_close(&t.b);
}

static void no_request_depends_on_itself(void **state) {
  (void)state;
  conn_trial t;
  trial_init(&t);
  t.b.config.request_priority = (rill_legacy_priority){.present = true, .exclusive = true, .weight = 7, .dependency = 3};
  bench_begin(&t.b, true);
  for (uint32_t id = 1; id <= 5; id += 2) {
    rill_frame frame = {0};
    t.b.out_n = 0;
    assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), id);
    assert_int_equal(bench_take(&t.b), 0);
    assert_int_equal(bench_frames(&t.b, RILL_HEADERS, &frame), 1);
    assert_int_equal(frame.dependency, id == 3 ? 0 : 3);
    assert_true(frame.exclusive && frame.weight == 7);
  }
  bench_close(&t.b);
}

static void a_server_without_trees_is_sent_no_priority_blocks(void **state) {
  (void)state;
  conn_trial t;
  rill_frame frame = {0};
  trial_init(&t);
  t.b.config.request_priority = (rill_legacy_priority){.present = true, .weight = 7};
  bench_begin(&t.b, true);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(bench_frames(&t.b, RILL_HEADERS, &frame), 1);
  assert_int_equal(frame.head.flags & RILL_FLAG_PRIORITY, RILL_FLAG_PRIORITY);
  bench_close(&t.b);
  trial_init(&t);
  t.b.config.request_priority = (rill_legacy_priority){.present = true, .weight = 7};
  assert_true(bench_open(&t.b, true));
  peer_setting(&t.b, RILL_SETTING_NO_RFC7540_PRIORITIES, 1);
  assert_true(peer_send(&t.b) >= 0);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 1);
  t.b.out_n = 0;
  (void)bench_drop(&t.b);
  assert_int_equal(rill_submit_request(t.b.conn, get_fields, LENGTH(get_fields), NULL, NULL), 3);
  assert_int_equal(bench_take(&t.b), 0);
  assert_int_equal(bench_frames(&t.b, RILL_HEADERS, &frame), 1);
  assert_int_equal(frame.head.flags & RILL_FLAG_PRIORITY, 0);
  bench_close(&t.b);
}

static int defer(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id, (void)max, (void)out, (void)user;
  return RILL_DEFERRED;
}

static int lend_much(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[5000];
  (void)conn, (void)id, (void)user;
  *out = (rill_chunk){.data = content, .n = max < sizeof content ? max : sizeof content, .more = RILL_MORE_NONE};
  return 0;
}

static void send_answers_0_only_when_there_is_nothing(void **state) {
  (void)state;
  const rill_body good = {lend_much, NULL, false}, idle = {defer, NULL, false};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 3);
  trial_respond(&t, 1, &good);
  trial_respond(&t, 3, &idle);
  uint8_t room[100];
  rill_ssize n;
  while ((n = rill_conn_send(t.b.conn, room, sizeof room, RILL_NO_CLOCK)) > 0)
    bench_put(&t.b, room, (size_t)n);
  assert_int_equal(n, 0);
  assert_false(rill_conn_want_send(t.b.conn));
  assert_true(seen_on(&t.b, RILL_DATA, 1).ended);
  bench_close(&t.b);
}

/* Stream 1 uses up the connection's window, 3 ends without content, 5 has nothing yet. */
static int by_stream(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t content[70000];
  (void)conn, (void)user;
  if (id == 5) return RILL_DEFERRED;
  *out =
      (rill_chunk){.data = content, .n = id == 1 && max < sizeof content ? max : 0, .more = id == 1 ? RILL_MORE : RILL_MORE_NONE};
  return 0;
}

static void an_end_without_content_waits_for_no_window(void **state) {
  (void)state;
  const rill_body body = {by_stream, NULL, false};
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  peer_setting(&t.b, RILL_SETTING_INITIAL_WINDOW_SIZE, 1000000);
  trial_serve(&t, 5);
  trial_respond(&t, 1, &body);
  (void)bench_drop(&t.b);
  assert_int_equal(window_of(&t.b, 0, RILL_WINDOW_SEND), 0);
  trial_respond(&t, 3, &body);
  trial_respond(&t, 5, &body);
  (void)bench_take(&t.b);
  assert_true(seen_on(&t.b, RILL_DATA, 3).ended);
  bench_close(&t.b);
}

static int opaque(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id, (void)user;
  *out = (rill_chunk){.data = NULL, .n = max < 500 ? max : 500, .more = RILL_MORE_NONE};
  return 0;
}

static void an_opaque_chunk_in_send_resets_its_stream_whatever_the_room(void **state) {
  (void)state;
  const rill_body body = {opaque, NULL, false};
  static uint8_t room[10000];
  for (int small = 0; small < 2; small++) {
    conn_trial t;
    trial_init(&t);
    bench_begin(&t.b, false);
    trial_serve(&t, 3);
    trial_respond(&t, 1, &body);
    rill_ssize n;
    while ((n = rill_conn_send(t.b.conn, room, small != 0 ? 100 : sizeof room, RILL_NO_CLOCK)) > 0)
      bench_put(&t.b, room, (size_t)n);
    assert_int_equal(n, 0);
    assert_int_equal(seen_on(&t.b, RILL_RST_STREAM, 1).frames, 1);
    assert_int_equal(seen_on(&t.b, RILL_DATA, 1).frames, 0);
    assert_int_equal(rill_conn_error(t.b.conn).err, 0);
    assert_int_equal(rill_conn_stats(t.b.conn).streams_open, 1);
    bench_close(&t.b);
  }
}

static void writing_nothing_keeps_the_promise_of_on_writable(void **state) {
  (void)state;
  static const uint8_t content[70000];
  conn_trial t;
  trial_init(&t);
  bench_begin(&t.b, false);
  trial_serve(&t, 1);
  trial_respond(&t, 1, &trial_pushed);
  rill_ssize took = rill_write(t.b.conn, 1, content, sizeof content, false);
  assert_true(took > 0 && (size_t)took < sizeof content);
  assert_int_equal(rill_write(t.b.conn, 1, NULL, 0, false), 0);
  peer_window(&t.b, 1, 100000);
  peer_window(&t.b, 0, 100000);
  assert_true(peer_send(&t.b) >= 0);
  (void)bench_take(&t.b);
  assert_int_equal(t.writable, 1);
  bench_close(&t.b);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(pushed_content_in_many_pieces_comes_out_whole),
      cmocka_unit_test(consuming_in_the_trace_keeps_the_connections_credit),
      cmocka_unit_test(consuming_in_the_trace_grants_each_octet_once),
      cmocka_unit_test(a_reset_in_the_trace_is_sent),
      cmocka_unit_test(an_error_in_the_trace_of_goaway_is_sent),
      cmocka_unit_test(deleting_in_the_trace_gives_the_chunk_back),
      cmocka_unit_test(what_sendv_shows_is_bounded_by_max_bytes),
      cmocka_unit_test(a_filled_body_goes_out_to_a_peer_of_large_frames),
      cmocka_unit_test(memory_full_of_pushed_content_still_goes_out),
      cmocka_unit_test(trailers_without_memory_block_nobody),
      cmocka_unit_test(a_filled_frame_in_little_memory_blocks_nobody),
      cmocka_unit_test(send_without_memory_ends_no_connection),
      cmocka_unit_test(trailers_that_had_no_memory_need_no_window),
      cmocka_unit_test(a_source_that_resumes_itself_starves_nobody),
      cmocka_unit_test(a_resume_inside_the_pull_counts),
      cmocka_unit_test(no_request_depends_on_itself),
      cmocka_unit_test(a_server_without_trees_is_sent_no_priority_blocks),
      cmocka_unit_test(sources_that_say_nothing_and_resume_each_other_come_to_an_end),
      cmocka_unit_test(send_answers_0_only_when_there_is_nothing),
      cmocka_unit_test(an_end_without_content_waits_for_no_window),
      cmocka_unit_test(an_opaque_chunk_in_send_resets_its_stream_whatever_the_room),
      cmocka_unit_test(writing_nothing_keeps_the_promise_of_on_writable),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
