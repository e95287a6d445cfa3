/* SPDX-License-Identifier: MIT */
/*
 * What goes out, octet by octet. Transcripts read the output with our own parser, which drops what has no meaning; here it is
 * read by hand: flags and bits without a meaning are 0, each type is where it belongs and as long as it must be, and padding is
 * zeros (RFC 9113 4.1 and 6). And what a proxy hands on: fields that came as secrets leave as secrets (RFC 7541 6.2.3, 7.1.3).
 */
#include "contract.h"

/* ---- the shape of frames ----------------------------------------------------------------------------------------------- */

enum { CONNECTION = 1, STREAM = 2, TYPES = RILL_CONTINUATION + 1, REFUSED_AT = 5 };

/* RFC 9113 6: flags that have a meaning, where the type may stand, and its one length, if it has one. */
static const struct {
  uint8_t flags, where;
  int length;
} shapes[TYPES] = {
    [RILL_DATA] = {0x09, STREAM, -1},         [RILL_HEADERS] = {0x2d, STREAM, -1},
    [RILL_PRIORITY] = {0, STREAM, 5},         [RILL_RST_STREAM] = {0, STREAM, 4},
    [RILL_SETTINGS] = {0x01, CONNECTION, -1}, [RILL_PUSH_PROMISE] = {0x0c, STREAM, -1},
    [RILL_PING] = {0x01, CONNECTION, 8},      [RILL_GOAWAY] = {0, CONNECTION, -1},
    [RILL_CONTINUATION] = {0x04, STREAM, -1}, [RILL_WINDOW_UPDATE] = {0, CONNECTION | STREAM, 4},
};

static uint32_t number_at(const uint8_t *p) { return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]; }

static void check_payload(uint8_t type, uint8_t flags, const uint8_t *p, uint32_t n) {
  if (shapes[type].length >= 0) assert_int_equal(n, shapes[type].length);
  if (type == RILL_SETTINGS) assert_int_equal(n % 6, 0);
  if (type == RILL_SETTINGS && (flags & RILL_FLAG_ACK) != 0) assert_int_equal(n, 0);
  if (type == RILL_WINDOW_UPDATE) assert_in_range(number_at(p), 1, INT32_MAX);
  if (type == RILL_GOAWAY) assert_in_range(number_at(p), 0, INT32_MAX);
  bool padded = (flags & RILL_FLAG_PADDED) != 0 && (shapes[type].flags & RILL_FLAG_PADDED) != 0;
  for (uint32_t i = 0; padded && i < p[0]; i++)
    assert_int_equal(p[n - 1 - i], 0);
}

/* All that came out; counts each type. */
static void check_wire(const bench *b, unsigned *seen) {
  uint32_t block = 0; /* the stream whose field block is not complete */
  size_t at = b->out_n >= 24 && memcmp(b->out, MAGIC, 24) == 0 ? 24 : 0;
  while (at < b->out_n) {
    const uint8_t *head = b->out + at;
    assert_in_range(b->out_n - at, 9, SIZE_MAX);
    uint32_t length = number_at(head) >> 8, id = number_at(head + 5);
    uint8_t type = head[3], flags = head[4];
    assert_in_range(type, 0, TYPES - 1);
    assert_in_range(length, 0, RILL_FRAME_SIZE_MIN);
    assert_in_range(b->out_n - at, 9 + length, SIZE_MAX);
    assert_int_equal(flags & ~shapes[type].flags, 0);
    assert_int_equal(id >> 31, 0);
    assert_true((shapes[type].where & (id == 0 ? CONNECTION : STREAM)) != 0);
    assert_int_equal(type == RILL_CONTINUATION ? id : 0, block);
    if ((shapes[type].flags & RILL_FLAG_END_HEADERS) != 0) block = (flags & RILL_FLAG_END_HEADERS) != 0 ? 0 : id;
    check_payload(type, flags, head + 9, length);
    seen[type]++;
    at += 9 + length;
  }
  assert_int_equal(block, 0);
}

/* ---- a peer that sets whatever has no meaning -------------------------------------------------------------------------- */

static void dirty_frame(bench *b, uint8_t type, uint8_t flags, uint32_t id, const void *payload, size_t n) {
  size_t at = b->in_n;
  peer_frame(b, type, (uint8_t)(flags | (uint8_t)~shapes[type].flags), id, payload, n);
  b->in[at + 5] |= 0x80;
}

static const uint8_t get_block[] = {0x82, 0x87, 0x84, 0x01, 0x01, 'a'}, ok_block[] = {0x88};

static void dirty_talk(bench *b, bool client) {
  static const uint8_t content[900];
  const uint8_t *block = client ? ok_block : get_block;
  size_t n = client ? sizeof ok_block : sizeof get_block;
  for (uint32_t id = 1; id <= REFUSED_AT; id += 2)
    dirty_frame(b, RILL_HEADERS, RILL_FLAG_END_HEADERS, id, block, n);
  dirty_frame(b, RILL_DATA, 0, 1, content, sizeof content);
  dirty_frame(b, RILL_PING, 0, 0, "pingping", 8);
  dirty_frame(b, RILL_SETTINGS, 0, 0, NULL, 0);
  dirty_frame(b, RILL_WINDOW_UPDATE, 0, 0, "\x80\0\0\1", 4);
  dirty_frame(b, RILL_WINDOW_UPDATE, 0, 1, "\x80\0\0\1", 4);
  assert_true(peer_send(b) > 0);
}

static const rill_body pushed = {NULL, NULL, false};

/* A head that needs CONTINUATION. */
static size_t long_head(rill_field *out, const rill_field *begin, size_t count) {
  static uint8_t octets[20000];
  memset(octets, '~', sizeof octets);
  memcpy(out, begin, count * sizeof *out);
  out[count] = (rill_field)RILL_FIELD("x-long", "");
  out[count].value = (rill_view){octets, sizeof octets};
  return count + 1;
}

static void say_all(bench *b, bool client) {
  static const rill_field trailer = RILL_FIELD("a", "b");
  rill_field fields[LENGTH(get_fields) + 1];
  size_t count = client ? long_head(fields, get_fields, LENGTH(get_fields)) : long_head(fields, ok_fields, 1);
  for (uint32_t id = 1; id <= 3; id += 2) {
    if (client) assert_int_equal(rill_submit_request(b->conn, fields, count, &pushed, NULL), id);
    if (!client) assert_int_equal(rill_submit_response(b->conn, id, fields, count, &pushed), 0);
  }
  assert_int_equal(rill_write(b->conn, 1, (const uint8_t *)"content", 7, false), 7);
  assert_int_equal(rill_submit_trailers(b->conn, 1, &trailer, 1), 0);
  assert_int_equal(rill_submit_ping(b->conn, (const uint8_t *)"ourping!"), 0);
}

static void nothing_without_a_meaning_goes_out(void **state) {
  (void)state;
  static const uint8_t types[] = {RILL_DATA, RILL_HEADERS, RILL_RST_STREAM,    RILL_SETTINGS,
                                  RILL_PING, RILL_GOAWAY,  RILL_WINDOW_UPDATE, RILL_CONTINUATION};
  for (int client = 0; client < 2; client++) {
    unsigned seen[TYPES] = {0};
    bench b;
    bench_init(&b);
    b.config.initial_window = 1000;
    b.config.max_concurrent_streams = 2;
    assert_true(bench_open(&b, client));
    peer_preface(&b, client);
    assert_true(peer_send(&b) >= 0);
    if (client) say_all(&b, true);
    if (client) assert_int_equal(rill_submit_request(b.conn, get_fields, LENGTH(get_fields), NULL, NULL), REFUSED_AT);
    (void)bench_take(&b);
    dirty_talk(&b, client);
    if (!client) say_all(&b, false);
    (void)bench_take(&b);
    assert_int_equal(rill_reset(b.conn, 3, RILL_CANCEL), 0);
    assert_int_equal(rill_submit_goaway(b.conn, RILL_NO_ERROR, (rill_view){(const uint8_t *)"bye", 3}), 0);
    (void)bench_take(&b);
    check_wire(&b, seen);
    for (size_t i = 0; i < LENGTH(types); i++)
      assert_in_range(seen[types[i]], 1, 100);
    assert_int_equal(rill_conn_error(b.conn).why, RILL_WHY_NONE);
    bench_close(&b);
  }
}

/* The codec for those who have no connection: padding is zeros whatever stood there before. */
static void written_padding_is_zeros(void **state) {
  (void)state;
  static const uint8_t types[] = {RILL_DATA, RILL_HEADERS, RILL_PUSH_PROMISE};
  for (size_t i = 0; i < LENGTH(types); i++) {
    bench b = {0};
    unsigned seen[TYPES] = {0};
    uint8_t room[64];
    rill_frame frame = {.head = {0, types[i], RILL_FLAG_PADDED | RILL_FLAG_END_HEADERS, 1}};
    frame.head.flags &= shapes[types[i]].flags;
    frame.promised_id = 2;
    frame.data = (rill_view){get_block, sizeof get_block};
    frame.padding.n = 20;
    memset(room, 0xa5, sizeof room);
    rill_ssize n = rill_frame_write(room, sizeof room, &frame);
    assert_true(n > 9 + 20);
    b.out = room;
    b.out_n = (size_t)n;
    check_wire(&b, seen);
    assert_int_equal(room[9], 20);
    assert_int_equal(room[n], 0xa5);
  }
}

/* ---- secrets handed on ------------------------------------------------------------------------------------------------- */

/* Between a client in front and a server behind. */
typedef struct proxy {
  bench front, back;
  unsigned submitted;
} proxy;

/* Each request thrice: as it came, once more, and from a copy that outlived the callback. */
static void hand_on(proxy *p, const rill_head *head) {
  rill_field fields[16];
  memcpy(fields, get_fields, sizeof get_fields);
  assert_in_range(head->field_count, 1, LENGTH(fields) - LENGTH(get_fields));
  memcpy(fields + LENGTH(get_fields), head->fields, head->field_count * sizeof *fields);
  size_t count = LENGTH(get_fields) + head->field_count;
  assert_true(rill_submit_request(p->back.conn, fields, count, NULL, NULL) > 0);
  p->submitted++;
}

static int forward(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  proxy *p = rill_conn_user(conn);
  (void)id;
  (void)stream_user;
  hand_on(p, head);
  hand_on(p, head);
  rill_head *copy = rill_head_copy(p->front.context, head);
  assert_non_null(copy);
  hand_on(p, copy);
  rill_head_free(p->front.context, copy);
  return 0;
}

static bool is_named(const rill_field *field, const char *name) {
  return field->name.n == strlen(name) && memcmp(field->name.p, name, field->name.n) == 0;
}

/* The representation of each field that came out, by the first octet of it: 0x10 is never indexed (RFC 7541 6.2.3). */
static unsigned count_secrets(const bench *b, unsigned *indexed) {
  unsigned secrets = 0;
  rill_hpack_decoder *decoder;
  rill_frame frame;
  rill_why why;
  assert_int_equal(rill_hpack_decoder_new(&decoder, NULL, 4096), 0);
  for (size_t at = 0; at < b->out_n; at += 9 + frame.head.length) {
    assert_true(rill_frame_parse(&frame, b->out + at, b->out_n - at, RILL_FRAME_SIZE_MAX, &why) > 0);
    if (frame.head.type != RILL_HEADERS) continue;
    rill_view block = frame.data;
    rill_field field;
    while (block.n != 0) {
      uint8_t first = block.p[0];
      assert_int_equal(rill_hpack_decode(decoder, &block, &field, &why), 1);
      bool secret = is_named(&field, "x-secret") || is_named(&field, "cookie");
      if (secret) assert_int_equal(first & 0xf0, 0x10);
      secrets += secret;
      *indexed += is_named(&field, "x-open") && (first & 0x80) != 0;
    }
    assert_int_equal(rill_hpack_decode(decoder, &block, &field, &why), 0);
  }
  rill_hpack_decoder_del(decoder);
  return secrets;
}

static size_t put_literal(uint8_t *to, uint8_t first, const char *name, const char *value) {
  size_t name_n = strlen(name), value_n = strlen(value);
  to[0] = first;
  to[1] = (uint8_t)name_n;
  memcpy(to + 2, name, name_n);
  to[2 + name_n] = (uint8_t)value_n;
  memcpy(to + 3 + name_n, value, value_n);
  return 3 + name_n + value_n;
}

/* One open field; one secret; and a cookie that is a secret since one of its crumbs is, though it is long enough for the table.
 */
static void a_secret_is_handed_on_as_a_secret(void **state) {
  (void)state;
  proxy p;
  uint8_t block[200];
  size_t n = sizeof get_block;
  unsigned indexed = 0;
  memset(&p, 0, sizeof p);
  bench_init(&p.front);
  bench_init(&p.back);
  p.front.callbacks.on_head = forward;
  p.back.config.hash_seed = 99;
  bench_begin(&p.front, false);
  bench_begin(&p.back, true);
  memcpy(block, get_block, sizeof get_block);
  n += put_literal(block + n, 0x40, "x-open", "y");
  n += put_literal(block + n, 0x10, "x-secret", "z");
  n += put_literal(block + n, 0x40, "cookie", "a=bbbbbbbbbbbbbbbbbbbbbbbb");
  n += put_literal(block + n, 0x10, "cookie", "c=d");
  peer_frame(&p.front, RILL_HEADERS, RILL_FLAG_END_HEADERS | RILL_FLAG_END_STREAM, 1, block, n);
  assert_true(peer_send(&p.front) > 0);
  assert_int_equal(p.submitted, 3);
  assert_int_equal(bench_take(&p.back), 0);
  assert_int_equal(count_secrets(&p.back, &indexed), 2 * 3);
  assert_int_equal(indexed, 2);
  bench_close(&p.back);
  bench_close(&p.front);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(nothing_without_a_meaning_goes_out),
      cmocka_unit_test(written_padding_is_zeros),
      cmocka_unit_test(a_secret_is_handed_on_as_a_secret),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
