/* SPDX-License-Identifier: MIT */
/*
 * Secrets from end to end: client -- [proxy] -- origin, in memory. The proxy hands on `all` of each head, as it came.
 *
 * On the wire of both hops, both ways, whatever was marked (or is a secret by its name) leaves in the form that no hop may put
 * into a table (RFC 7541 6.2.3, 7.1.3), pseudo-header fields and trailers, too. And no words that rill makes for people or
 * machines (frames, heads, dumps, errors, GOAWAY) tell a secret, its content or a piece of it: each secret here has HIDDEN in it,
 * and all words of a run are searched for that.
 */
#include "contract.h"

#include <stdio.h>

#define HIDDEN "SECRET"

enum { TEXT = 1 << 20, LONG_COOKIE = 20 };

static char text[TEXT]; /* all words */
static size_t text_n;

static void add_words(const char *words, size_t n) {
  assert_true(n < 4000 && text_n + n + 2 < TEXT);
  memcpy(text + text_n, words, n);
  text_n += n;
  text[text_n++] = '\n';
  text[text_n] = 0;
}

static bool holds(const void *in, size_t n, const char *what) {
  size_t m = strlen(what);
  for (size_t i = 0; i + m <= n; i++) {
    if (memcmp((const char *)in + i, what, m) == 0) return true;
  }
  return false;
}

/* ---- the four connections ---------------------------------------------------------------------------------------------- */

enum { CLIENT, DOWN, UP, ORIGIN, CONNS };

static rill_conn *conns[CONNS];
static uint32_t up_id, down_id;
static unsigned heads[CONNS];

static rill_field secret(const char *name, const char *value) {
  return (rill_field){.name = {(const uint8_t *)name, strlen(name)},
                      .value = {(const uint8_t *)value, strlen(value)},
                      .flags = RILL_FIELD_NEVER_INDEX};
}

static rill_field plain(const char *name, const char *value) {
  rill_field field = secret(name, value);
  field.flags = 0;
  return field;
}

static void dump_all(void) {
  char words[4000];
  for (int i = 0; i < CONNS; i++) {
    if (conns[i] != NULL) add_words(words, rill_conn_dump(conns[i], words, sizeof words));
  }
}

static void trace(const rill_frame *frame, bool sent) {
  char words[4000];
  add_words(words, rill_frame_format(words, sizeof words, frame));
  add_words(words, rill_frame_json(words, sizeof words, frame, sent, 1));
  dump_all();
}

static void on_frame_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)conn, (void)user;
  trace(frame, false);
}

static void on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)conn, (void)user;
  trace(frame, true);
}

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const char content[] = "content with a " HIDDEN;
  (void)conn, (void)id, (void)user;
  assert_true(max >= sizeof content);
  *out = (rill_chunk){.data = (const uint8_t *)content, .n = sizeof content, .more = RILL_MORE_TRAILERS};
  return 0;
}

static const rill_body body = {pull, NULL, false};

static void send_trailers(rill_conn *conn, uint32_t id) {
  rill_field fields[] = {secret("x-sum", HIDDEN "-sum"), plain("x-open", "public")};
  assert_int_equal(rill_submit_trailers(conn, id, fields, LENGTH(fields)), 0);
}

static void answer(rill_conn *conn, uint32_t id) {
  rill_field hints[] = {secret(":status", "103"), secret("link", "</" HIDDEN ">")};
  rill_field fields[] = {plain(":status", "200"), plain("set-cookie", "s=" HIDDEN), secret("x-token", HIDDEN "-token"),
                         plain("x-open", "public")};
  assert_int_equal(rill_submit_informational(conn, id, hints, LENGTH(hints)), 0);
  assert_int_equal(rill_submit_response(conn, id, fields, LENGTH(fields), &body), 0);
  send_trailers(conn, id);
}

/* What the proxy does; a copy says the same as the head itself. */
static void hand_on(int from, const rill_head *head) {
  const rill_context *context = rill_conn_user(conns[from]);
  rill_head *copy = rill_head_copy(context, head);
  assert_non_null(copy);
  assert_int_equal(copy->all_count, head->all_count);
  if (head->kind == RILL_HEAD_REQUEST) {
    rill_ssize id = rill_submit_request(conns[UP], copy->all, copy->all_count, &body, NULL);
    assert_true(id > 0);
    up_id = (uint32_t)id;
  } else if (head->kind == RILL_HEAD_TRAILERS) {
    assert_int_equal(
        rill_submit_trailers(conns[from == UP ? DOWN : UP], from == UP ? down_id : up_id, copy->all, copy->all_count), 0);
  } else if (head->kind == RILL_HEAD_INFORMATIONAL) {
    assert_int_equal(rill_submit_informational(conns[DOWN], down_id, head->all, head->all_count), 0);
  } else {
    assert_int_equal(rill_submit_response(conns[DOWN], down_id, head->all, head->all_count, &body), 0);
  }
  rill_head_free(context, copy);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  char words[4000];
  int who = 0;
  (void)user;
  while (conns[who] != conn)
    who++;
  heads[who]++;
  add_words(words, rill_head_json(words, sizeof words, id, head, true));
  add_words(words, rill_head_json(words, sizeof words, id, head, false));
  if (who == DOWN && head->kind == RILL_HEAD_REQUEST) down_id = id;
  if (who == DOWN || who == UP) hand_on(who, head);
  if (who == ORIGIN && head->kind == RILL_HEAD_REQUEST) answer(conn, id);
  return 0;
}

static rill_context *context_new(uint64_t seed) {
  rill_config config;
  rill_callbacks callbacks = {
      .size = sizeof callbacks, .on_head = on_head, .on_frame_recv = on_frame_recv, .on_frame_sent = on_frame_sent};
  rill_context *context;
  rill_config_init(&config);
  config.hash_seed = seed;
  assert_int_equal(rill_context_new(&context, &config, &callbacks), 0);
  return context;
}

/* ---- the wire ----------------------------------------------------------------------------------------------------------- */

/* One direction of one hop: whole frames, and the table that they build up. */
typedef struct wire {
  rill_hpack_decoder *decoder;
  unsigned secrets, indexed;
} wire;

/* A long cookie is worth an entry, as the policy has it; all else that has HIDDEN in it was marked or is known by its name. */
static void check_field(wire *w, uint8_t first, const rill_field *field) {
  bool hidden = holds(field->value.p, field->value.n, HIDDEN),
       status = field->value.n == 3 && memcmp(field->value.p, "103", 3) == 0;
  if (field->value.n >= LONG_COOKIE && field->token == RILL_TOKEN_COOKIE) return;
  if (hidden || status) {
    assert_int_equal(first & 0xf0, 0x10);
    assert_true((field->flags & RILL_FIELD_NEVER_INDEX) != 0);
    w->secrets++;
  } else {
    w->indexed += (first & 0x80) != 0 && field->name.n == 6 && memcmp(field->name.p, "x-open", 6) == 0;
  }
}

static void check_frames(wire *w, const uint8_t *p, size_t n) {
  rill_frame frame;
  rill_why why;
  if (n >= 24 && memcmp(p, MAGIC, 24) == 0) p += 24, n -= 24;
  for (rill_ssize size; n != 0; p += size, n -= (size_t)size) {
    size = rill_frame_parse(&frame, p, n, RILL_FRAME_SIZE_MAX, &why);
    assert_true(size > 0);
    if (frame.head.type == RILL_GOAWAY) assert_false(holds(p, (size_t)size, HIDDEN));
    if (frame.head.type != RILL_HEADERS) continue;
    rill_view block = frame.data;
    rill_field field;
    while (block.n != 0) {
      uint8_t first = block.p[0];
      assert_int_equal(rill_hpack_decode(w->decoder, &block, &field, &why), 1);
      check_field(w, first, &field);
    }
    assert_int_equal(rill_hpack_decode(w->decoder, &block, &field, &why), 0);
  }
}

static size_t carry(wire *w, int from, int to) {
  uint8_t room[16384];
  rill_ssize n = rill_conn_send(conns[from], room, sizeof room, RILL_NO_CLOCK);
  assert_true(n >= 0);
  check_frames(w, room, (size_t)n);
  if (n != 0) (void)rill_conn_recv(conns[to], room, (size_t)n, RILL_NO_CLOCK);
  return (size_t)n;
}

static void settle(wire *wires) {
  for (size_t moved = 1; moved != 0;) {
    moved = carry(&wires[0], CLIENT, DOWN) + carry(&wires[1], DOWN, CLIENT);
    moved += carry(&wires[2], UP, ORIGIN) + carry(&wires[3], ORIGIN, UP);
  }
}

/* ---- the run ------------------------------------------------------------------------------------------------------------ */

static void request(void) {
  rill_field fields[] = {plain(":method", "POST"),
                         plain(":scheme", "https"),
                         secret(":authority", HIDDEN ".example"),
                         secret(":path", "/?token=" HIDDEN),
                         plain("authorization", "Basic " HIDDEN),
                         plain("proxy-authorization", HIDDEN),
                         plain("cookie", "a=" HIDDEN),
                         secret("x-api-key", HIDDEN),
                         plain("x-open", "public")};
  rill_ssize id = rill_submit_request(conns[CLIENT], fields, LENGTH(fields), &body, NULL);
  assert_true(id > 0);
  send_trailers(conns[CLIENT], (uint32_t)id);
}

/* One that goes into the table: its words are no less a secret. */
static void request_with_long_cookie(void) {
  rill_field fields[] = {plain(":method", "GET"), plain(":scheme", "https"), plain(":authority", "a"), plain(":path", "/"),
                         plain("cookie", "long=0123456789012345678" HIDDEN)};
  rill_ssize id = rill_submit_request(conns[CLIENT], fields, LENGTH(fields), &body, NULL);
  assert_true(id > 0);
  send_trailers(conns[CLIENT], (uint32_t)id);
}

/* What is refused is said by number and rule. */
static void submit_badly(void) {
  static const char *const names[] = {"authorization", HIDDEN, "x " HIDDEN, "connection", ":" HIDDEN};
  for (size_t i = 0; i < LENGTH(names); i++) {
    rill_field fields[] = {plain(":method", "GET"), plain(":scheme", "https"), plain(":authority", "a"), plain(":path", "/"),
                           plain(names[i], HIDDEN "\n")};
    rill_ssize err = rill_submit_request(conns[CLIENT], fields, LENGTH(fields), NULL, NULL);
    assert_int_equal(err, RILL_ERR_INVALID);
    const char *words[] = {rill_err_text((int)err), rill_why_text(rill_conn_fault(conns[CLIENT]).why)};
    for (size_t k = 0; k < LENGTH(words); k++)
      add_words(words[k], strlen(words[k]));
    dump_all();
  }
}

/* The client's transport goes mad: a stream error, with the secret in a name, then an error of the connection. */
static void break_down(wire *wires) {
  static const char bad_name[] = "\0\0\x12\x01\x05\0\0\x01\x01" /* HEADERS of stream 257, 18 octets */
                                 "\x82\x87\x84\x10\x06" HIDDEN "\x06" HIDDEN;
  static const char bad_frame[] = "\0\0\x06\x08\0\0\0\0\0" HIDDEN; /* WINDOW_UPDATE */
  assert_true(rill_conn_recv(conns[DOWN], (const uint8_t *)bad_name, sizeof bad_name - 1, RILL_NO_CLOCK) > 0);
  settle(wires);
  assert_int_equal(rill_conn_recv(conns[DOWN], (const uint8_t *)bad_frame, sizeof bad_frame - 1, RILL_NO_CLOCK), RILL_ERR_PROTO);
  dump_all();
  const char *words = rill_why_text(rill_conn_error(conns[DOWN]).why);
  add_words(words, strlen(words));
  settle(wires);
}

static void secrets_stay_secrets(void **state) {
  (void)state;
  rill_context *contexts[CONNS];
  wire wires[4] = {{NULL, 0, 0}};
  for (int i = 0; i < CONNS; i++) {
    bool client = i == CLIENT || i == UP;
    contexts[i] = context_new((uint64_t)i);
    int err = client ? rill_conn_client_new(&conns[i], contexts[i], contexts[i])
                     : rill_conn_server_new(&conns[i], contexts[i], contexts[i]);
    assert_int_equal(err, 0);
    assert_int_equal(rill_hpack_decoder_new(&wires[i].decoder, NULL, 4096), 0);
  }
  for (int i = 0; i < 2; i++) {
    request();
    settle(wires);
  }
  request_with_long_cookie();
  settle(wires);
  for (int i = 0; i < CONNS; i++)
    assert_int_equal(heads[i], i == DOWN || i == ORIGIN ? 3 * 2 : 3 * 3); /* with trailers, and hints */
  for (size_t i = 0; i < 2; i++) {                                        /* both hops */
    assert_int_equal(wires[2 * i].secrets, 2 * 7 + 1);
    assert_int_equal(wires[2 * i + 1].secrets, 3 * 5);
    assert_true(wires[2 * i].indexed >= 3 && wires[2 * i + 1].indexed >= 5); /* what is no secret is in the tables */
  }
  submit_badly();
  break_down(wires);
  for (int i = 0; i < CONNS; i++) {
    rill_conn_del(conns[i]);
    rill_context_del(contexts[i]);
    rill_hpack_decoder_del(wires[i].decoder);
    conns[i] = NULL;
  }
  static const char *const told[] = {"x-api-key", "public", "GOAWAY", "HEADERS", "\"secret\":true", "over: "};
  for (size_t i = 0; i < LENGTH(told); i++) {
    if (!holds(text, text_n, told[i])) fail_msg("the words have no %s", told[i]);
  }
  const char *leak = strstr(text, HIDDEN);
  if (leak != NULL) fail_msg("a secret is told: %.200s", leak - text < 100 ? text : leak - 100);
  assert_int_equal(strlen(text), text_n); /* all was searched */
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(secrets_stay_secrets)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
