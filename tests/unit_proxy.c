/* SPDX-License-Identifier: MIT */
/*
 * A proxy between two connections, in memory: client -- [server side, client side] -- origin. The first part is what a proxy
 * author writes; the tests behind it show what that gives.
 *
 * How two streams are coupled, with config.manual_consume on both sides:
 *   fields    go to the other side's submit call as they came: nothing is looked up or checked again, secrets stay secrets.
 *   content   goes into a ring of one window's size. The other side pulls it from there, lent and not copied. Only what its
 *             transport took (on_chunk_done) is consumed, so that the sender gets credit as fast as the receiver takes, and the
 *             ring cannot run over, since nobody may send more than a window that was not consumed.
 *   the end   is END_STREAM or trailers, as it came; 1xx are passed on; a reset is carried across with its code.
 */
#include "contract.h"
#include <rill/http1.h>

#include <stdio.h>

enum { WINDOW = 65535, RING = 65536, FIELDS_MAX = 40 };

/* ---- the proxy --------------------------------------------------------------------------------------------------------- */

typedef struct link link;

/* One stream of the two, and the content that came on it and goes out on the other. */
typedef struct side {
  link *link;
  rill_conn *conn;
  uint32_t id;
  bool open;
  uint8_t ring[RING];
  uint64_t filled, lent, done; /* filled >= lent >= done; filled - done <= WINDOW */
  rill_more end;               /* RILL_MORE until it has ended; then how */
  bool asleep;                 /* the other side's source waits for content */
} side;

struct link {
  side down, up; /* to the client, to the origin */
};

static side *side_of(link *l, const rill_conn *conn) { return l->down.conn == conn ? &l->down : &l->up; }
static side *other(side *s) { return s == &s->link->down ? &s->link->up : &s->link->down; }

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  side *s = user;
  size_t have = (size_t)(s->filled - s->lent), at = (size_t)(s->lent % RING), n = have < max ? have : max;
  (void)conn, (void)id;
  if (have == 0 && s->end == RILL_MORE) {
    s->asleep = true;
    return RILL_DEFERRED;
  }
  if (n > RING - at) n = RING - at;
  *out = (rill_chunk){.data = s->ring + at, .n = n, .more = n == have ? s->end : RILL_MORE, .user = s};
  s->lent += n;
  return 0;
}

static void wake(side *s) {
  if (s->asleep) (void)rill_resume(other(s)->conn, other(s)->id);
  s->asleep = false;
}

static void on_chunk_done(rill_conn *conn, void *chunk, size_t sent, bool dropped, void *user) {
  side *s = chunk;
  (void)conn, (void)dropped, (void)user;
  s->done += sent;
  if (s->open && sent != 0) (void)rill_consume(s->conn, s->id, sent);
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  side *s = side_of(user, conn);
  (void)id;
  for (size_t i = 0; i < bytes.n; i++)
    s->ring[s->filled++ % RING] = bytes.p[i];
  if (end) s->end = RILL_MORE_NONE;
  wake(s);
  return 0;
}

static int open_link(link *l, rill_conn *up, rill_conn *down, uint32_t id, const rill_head *head) {
  *l = (link){.down = {.link = l, .conn = down, .id = id, .open = true}, .up = {.link = l, .conn = up, .open = true}};
  rill_body body = {pull, &l->down, false};
  rill_ssize opened = rill_submit_request(up, head->all, head->all_count, head->end_stream ? NULL : &body, l);
  if (opened < 0) return RILL_REFUSED_STREAM;
  l->up.id = (uint32_t)opened;
  return rill_stream_set_user(down, id, l);
}

/* Where the proxy keeps its things; a real one would allocate links. */
typedef struct proxy {
  rill_conn *down, *up;
  link links[4];
  size_t count;
} proxy;

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  proxy *p = rill_conn_user(conn);
  if (head->kind == RILL_HEAD_REQUEST) return open_link(&p->links[p->count++], p->up, conn, id, head);
  side *from = side_of(user, conn), *to = other(from);
  int err = 0;
  if (head->kind == RILL_HEAD_INFORMATIONAL) {
    err = rill_submit_informational(to->conn, to->id, head->all, head->all_count);
  } else if (head->kind == RILL_HEAD_TRAILERS) {
    err = rill_submit_trailers(to->conn, to->id, head->all, head->all_count);
    from->end = RILL_MORE_TRAILERS;
    wake(from);
  } else {
    rill_body body = {pull, from, false};
    err = rill_submit_response(to->conn, to->id, head->all, head->all_count, head->end_stream ? NULL : &body);
  }
  return err < 0 ? RILL_INTERNAL_ERROR : 0;
}

/* What ended one stream ends the other, which then finds this one closed. */
static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  if (user == NULL) return;
  side *s = side_of(user, conn);
  (void)id;
  s->open = false;
  uint32_t code = close->by == RILL_BY_PEER ? close->code : RILL_CANCEL;
  if (close->by != RILL_BY_END && other(s)->open) (void)rill_reset(other(s)->conn, other(s)->id, code);
}

/* ---- the two ends ------------------------------------------------------------------------------------------------------ */

typedef struct end {
  rill_conn *conn;
  uint32_t id;
  char seen[2000]; /* heads and ends, in words */
  size_t octets;   /* of content; what is wrong with it fails the test at once */
  bool answer;     /* the origin: answer as the request comes */
  bool http1;      /* heads are said in HTTP/1.1 */
  size_t to_send, sent;
  rill_more last; /* how the content ends */
  rill_close close;
} end;

static void say(end *e, const char *words, rill_view view, const char *behind) {
  size_t n = strlen(e->seen);
  const char *p = view.n == 0 ? "" : (const char *)view.p;
  (void)snprintf(e->seen + n, sizeof e->seen - n, "%s%.*s%s", words, (int)view.n, p, behind);
}

static const rill_view nothing = {NULL, 0};

static uint8_t pattern(size_t i) { return (uint8_t)(i * 7 + (i >> 8)); }

static int end_pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  end *e = user;
  size_t n = e->to_send - e->sent < max ? e->to_send - e->sent : max;
  (void)conn, (void)id;
  for (size_t i = 0; i < n; i++)
    out->room[i] = pattern(e->sent++);
  out->data = out->room;
  out->n = n;
  out->more = e->sent == e->to_send ? e->last : RILL_MORE;
  return 0;
}

static int end_on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool last, void *user) {
  end *e = rill_conn_user(conn);
  (void)id, (void)user;
  for (size_t i = 0; i < bytes.n; i++)
    assert_int_equal(bytes.p[i], pattern(e->octets++));
  if (last) say(e, "end\n", nothing, "");
  return 0;
}

static void end_on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  end *e = rill_conn_user(conn);
  (void)id, (void)user;
  e->close = *close;
  say(e, "closed\n", nothing, "");
}

static const rill_field answer_fields[] = {RILL_FIELD(":status", "200"), RILL_FIELD("server", "origin"),
                                           RILL_FIELD("set-cookie", "s=1"), RILL_FIELD("set-cookie", "t=2")};
static const rill_field hints_fields[] = {RILL_FIELD(":status", "103"), RILL_FIELD("link", "</x>; rel=preload")};
static const rill_field sum_fields[] = {RILL_FIELD("x-sum", "1")};

static void answer(end *e) {
  rill_body body = {end_pull, e, true};
  assert_int_equal(rill_submit_informational(e->conn, e->id, hints_fields, LENGTH(hints_fields)), 0);
  assert_int_equal(rill_submit_response(e->conn, e->id, answer_fields, LENGTH(answer_fields), &body), 0);
  if (e->last == RILL_MORE_TRAILERS) assert_int_equal(rill_submit_trailers(e->conn, e->id, sum_fields, LENGTH(sum_fields)), 0);
}

static void say_http1(end *e, const rill_head *head) {
  uint8_t octets[500];
  unsigned flags = !head->end_stream && head->content_length < 0 ? RILL_HTTP1_CHUNKED : 0;
  rill_ssize n = rill_http1_write(octets, sizeof octets, head, flags, NULL);
  assert_true(n > 0);
  say(e, "", (rill_view){octets, (size_t)n}, "");
}

static int end_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  static const char *const kinds[] = {"request ", "response ", "informational ", "trailers ", "push "};
  end *e = rill_conn_user(conn);
  (void)user;
  e->id = id;
  if (e->http1) {
    say_http1(e, head);
    return 0;
  }
  say(e, kinds[head->kind], head->method, " ");
  say(e, "", head->scheme, " ");
  say(e, "", head->authority, " ");
  say(e, "", head->path, "\n");
  for (size_t i = 0; i < head->field_count; i++) {
    const rill_field *field = &head->fields[i];
    bool secret = field->name.p[0] == 'x' && (field->flags & RILL_FIELD_NEVER_INDEX) != 0; /* cookies may be by themselves */
    say(e, secret ? "!" : "", field->name, "=");
    say(e, "", field->value, "\n");
  }
  if (head->end_stream) say(e, "end\n", nothing, "");
  if (e->answer && head->kind == RILL_HEAD_REQUEST) answer(e);
  return 0;
}

/* ---- the world --------------------------------------------------------------------------------------------------------- */

typedef struct world {
  end client, origin;
  proxy proxy;
  rill_context *of_ends, *of_proxy, *of_slow;
} world;

static rill_context *context_of(bool is_proxy, bool manual) {
  rill_config config;
  rill_callbacks callbacks = {.size = sizeof callbacks};
  rill_config_init(&config);
  config.manual_consume = manual;
  config.window_max = 0; /* windows stay as they are, so that a test can tell one */
  if (is_proxy) {
    callbacks.on_head = on_head;
    callbacks.on_data = on_data;
    callbacks.on_stream_close = on_stream_close;
    callbacks.on_chunk_done = on_chunk_done;
  } else {
    callbacks.on_head = end_on_head;
    callbacks.on_data = end_on_data;
    callbacks.on_stream_close = end_on_close;
  }
  rill_context *context;
  assert_int_equal(rill_context_new(&context, &config, &callbacks), 0);
  return context;
}

/* slow: the origin consumes only when it is told to. */
static void world_begin(world *w, bool slow) {
  memset(w, 0, sizeof *w);
  w->of_ends = context_of(false, false);
  w->of_slow = context_of(false, true);
  w->of_proxy = context_of(true, true);
  w->client.last = w->origin.last = RILL_MORE_NONE;
  assert_int_equal(rill_conn_client_new(&w->client.conn, w->of_ends, &w->client), 0);
  assert_int_equal(rill_conn_server_new(&w->proxy.down, w->of_proxy, &w->proxy), 0);
  assert_int_equal(rill_conn_client_new(&w->proxy.up, w->of_proxy, &w->proxy), 0);
  assert_int_equal(rill_conn_server_new(&w->origin.conn, slow ? w->of_slow : w->of_ends, &w->origin), 0);
}

static void world_end(world *w) {
  rill_conn_del(w->client.conn);
  rill_conn_del(w->proxy.down);
  rill_conn_del(w->proxy.up);
  rill_conn_del(w->origin.conn);
  rill_context_del(w->of_ends);
  rill_context_del(w->of_slow);
  rill_context_del(w->of_proxy);
}

/* At most `most` octets from one to the other. */
static size_t carry(rill_conn *from, rill_conn *to, size_t most) {
  uint8_t room[16384];
  rill_ssize n = rill_conn_send(from, room, most < sizeof room ? most : sizeof room, RILL_NO_CLOCK);
  assert_true(n >= 0);
  for (rill_ssize at = 0, took; at < n; at += took) {
    took = rill_conn_recv(to, room + at, (size_t)(n - at), RILL_NO_CLOCK);
    assert_true(took > 0);
  }
  return (size_t)n;
}

static void check_ring(const side *s) {
  assert_true(s->done <= s->lent && s->lent <= s->filled);
  assert_true(s->filled - s->done <= WINDOW);
}

/* Once in each direction, `up` and `down` octets at most to the origin and to the client. False: nothing moved. */
static bool step(world *w, size_t up, size_t down) {
  size_t moved = carry(w->client.conn, w->proxy.down, SIZE_MAX);
  moved += carry(w->proxy.up, w->origin.conn, up);
  moved += carry(w->origin.conn, w->proxy.up, SIZE_MAX);
  moved += carry(w->proxy.down, w->client.conn, down);
  for (size_t i = 0; i < w->proxy.count; i++) {
    check_ring(&w->proxy.links[i].down);
    check_ring(&w->proxy.links[i].up);
  }
  return moved != 0;
}

static void settle(world *w) {
  while (step(w, SIZE_MAX, SIZE_MAX)) {
  }
}

static void request(world *w, size_t content, rill_more last) {
  static const rill_field fields[] = {
      RILL_FIELD(":method", "POST"),
      RILL_FIELD(":scheme", "https"),
      RILL_FIELD(":authority", "example.org:8443"),
      RILL_FIELD(":path", "/a?b"),
      RILL_FIELD("accept", "*/*"),
      {{(const uint8_t *)"x-token", 7}, {(const uint8_t *)"secret", 6}, 0, RILL_FIELD_NEVER_INDEX, 0},
      RILL_FIELD("cookie", "a=b"),
      RILL_FIELD("cookie", "c=d"),
      RILL_FIELD("x-odd", "\303\274 \"")};
  w->client.to_send = content;
  w->client.last = last;
  rill_body body = {end_pull, &w->client, true};
  rill_ssize id = rill_submit_request(w->client.conn, fields, LENGTH(fields), &body, NULL);
  assert_true(id > 0);
  w->client.id = (uint32_t)id;
  if (last == RILL_MORE_TRAILERS) assert_int_equal(rill_submit_trailers(w->client.conn, w->client.id, sum_fields, 1), 0);
}

/* ---- what that gives --------------------------------------------------------------------------------------------------- */

static void fields_trailers_and_interim_responses_pass_unchanged(void **state) {
  (void)state;
  world *w = malloc(sizeof *w);
  assert_non_null(w);
  world_begin(w, false);
  w->origin.answer = true;
  w->origin.to_send = 3;
  w->origin.last = RILL_MORE_TRAILERS;
  request(w, 5, RILL_MORE_TRAILERS);
  settle(w);
  assert_string_equal(w->origin.seen, "request POST https example.org:8443 /a?b\naccept=*/*\n!x-token=secret\ncookie=a=b; c=d\n"
                                      "x-odd=\303\274 \"\ntrailers    \nx-sum=1\nend\nclosed\n");
  assert_string_equal(w->client.seen, "informational    \nlink=</x>; rel=preload\nresponse    \nserver=origin\nset-cookie=s=1\n"
                                      "set-cookie=t=2\ntrailers    \nx-sum=1\nend\nclosed\n");
  assert_int_equal(w->origin.octets, 5);
  assert_int_equal(w->client.octets, 3);
  assert_int_equal(w->client.close.by, RILL_BY_END);
  assert_int_equal(w->origin.close.by, RILL_BY_END);
  world_end(w);
  free(w);
}

/* In flight are at most one window to the proxy, one in its ring, and what the origin's window takes. */
static void a_receiver_that_takes_nothing_holds_the_sender_up(void **state) {
  (void)state;
  world *w = malloc(sizeof *w);
  assert_non_null(w);
  world_begin(w, true);
  request(w, 1000000, RILL_MORE_NONE);
  settle(w);
  const side *down = &w->proxy.links[0].down;
  assert_int_equal(w->origin.octets, WINDOW);          /* its window is used up */
  assert_int_equal(down->filled - down->done, WINDOW); /* so the proxy holds one window of the client's, */
  assert_int_equal(w->client.sent, 2 * WINDOW);        /* and the client has stopped there */
  size_t consumed = 0;
  while (consumed < 1000000) { /* as the origin takes, so the client sends: never more than two windows ahead */
    size_t n = w->origin.octets - consumed < 20000 ? w->origin.octets - consumed : 20000;
    assert_true(n != 0);
    assert_int_equal(rill_consume(w->origin.conn, w->origin.id, n), 0);
    consumed += n;
    settle(w);
    assert_true(w->client.sent - consumed <= 2 * WINDOW);
  }
  assert_int_equal(w->origin.octets, 1000000);
  assert_non_null(strstr(w->origin.seen, "end\n"));
  world_end(w);
  free(w);
}

/* A transport that takes 700 octets at a time, up or down; step() checks the ring each time. */
static void a_slow_transport_holds_the_sender_up(void **state) {
  (void)state;
  for (int direction = 0; direction < 2; direction++) {
    world *w = malloc(sizeof *w);
    assert_non_null(w);
    world_begin(w, false);
    w->origin.answer = true;
    w->origin.to_send = direction == 1 ? 500000 : 10;
    request(w, direction == 0 ? 500000 : 10, RILL_MORE_NONE);
    end *sender = direction == 0 ? &w->client : &w->origin, *receiver = direction == 0 ? &w->origin : &w->client;
    size_t steps = 0, most = 0;
    while (step(w, direction == 0 ? 700 : SIZE_MAX, direction == 1 ? 700 : SIZE_MAX)) {
      size_t ahead = sender->sent - receiver->octets;
      if (ahead > most) most = ahead;
      steps++;
    }
    assert_true(steps > 500000 / 700);
    assert_true(most <= WINDOW + 700); /* what is not consumed, and a frame that was begun */
    assert_true(most > WINDOW / 2);    /* and it is the window that held it up */
    assert_int_equal(receiver->octets, 500000);
    assert_int_equal(w->client.close.by, RILL_BY_END);
    world_end(w);
    free(w);
  }
}

static void resets_are_carried_across(void **state) {
  (void)state;
  for (int direction = 0; direction < 2; direction++) {
    world *w = malloc(sizeof *w);
    assert_non_null(w);
    world_begin(w, false);
    request(w, 100000, RILL_MORE_NONE);
    assert_true(step(w, 5000, SIZE_MAX) && step(w, 5000, SIZE_MAX)); /* content lies in the ring */
    end *from = direction == 0 ? &w->client : &w->origin, *to = direction == 0 ? &w->origin : &w->client;
    assert_int_equal(rill_reset(from->conn, from->id, direction == 0 ? RILL_CANCEL : RILL_REFUSED_STREAM), 0);
    settle(w);
    assert_int_equal(to->close.by, RILL_BY_PEER);
    assert_int_equal(to->close.code, direction == 0 ? RILL_CANCEL : RILL_REFUSED_STREAM);
    assert_int_equal(to->close.retryable, direction == 1);
    assert_false(w->proxy.links[0].down.open || w->proxy.links[0].up.open);
    assert_true(w->proxy.links[0].down.lent >= w->proxy.links[0].down.done);
    request(w, 10, RILL_MORE_NONE); /* both connections go on, with all their credit */
    w->origin.octets = w->client.sent = 0;
    settle(w);
    assert_int_equal(w->origin.octets, 10);
    int64_t window;
    assert_int_equal(rill_conn_window(w->proxy.down, 0, RILL_WINDOW_RECV, &window), 0);
    int64_t held;
    assert_int_equal(rill_conn_window(w->proxy.down, 0, RILL_WINDOW_HELD, &held), 0);
    assert_int_equal(window + held, 1 << 20);
    world_end(w);
    free(w);
  }
}

/* The head that these octets are; room for it and the octets live as long as the array. */
static rill_http1_reader read_http1(rill_head_kind kind, char *octets, size_t n, rill_field *room) {
  rill_http1_reader r = {
      .kind = kind, .scheme = {(const uint8_t *)"http", 4}, .room = room, .room_count = FIELDS_MAX, .max_octets = n};
  assert_int_equal(rill_http1_read(&r, (uint8_t *)octets, n), n);
  return r;
}

static void messages_of_http1_pass_through(void **state) {
  (void)state;
  char post[] = "POST http://example.org/a?b HTTP/1.1\r\nHost: example.org:80\r\nConnection: X-Hop, te\r\nx-hop: 1\r\nTE: gzip, "
                "trailers\r\n"
                "Transfer-Encoding: chunked\r\nCookie: a=b\r\nCookie: c=d\r\nx_y: z\r\nAccept: */*\r\n\r\n";
  char hints[] = "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n", trailers[] = "X-Sum: 1\r\n\r\n";
  char found[] = "HTTP/1.1 404 Not Found\r\nServer: x\r\nKeep-Alive: 3\r\nContent-Length: 3\r\n\r\n";
  rill_field room[FIELDS_MAX];
  world *w = malloc(sizeof *w);
  assert_non_null(w);
  world_begin(w, false);
  w->client.http1 = w->origin.http1 = true;
  rill_http1_reader r = read_http1(RILL_HEAD_REQUEST, post, sizeof post - 1, room);
  rill_body body = {end_pull, &w->client, true};
  w->client.to_send = 3;
  w->client.last = RILL_MORE_TRAILERS;
  rill_ssize id = rill_submit_request(w->client.conn, r.fields, r.field_count, &body, NULL);
  assert_int_equal(id, 1);
  r = read_http1(RILL_HEAD_TRAILERS, trailers, sizeof trailers - 1, room);
  assert_int_equal(rill_submit_trailers(w->client.conn, 1, r.fields, r.field_count), 0);
  settle(w);
  assert_string_equal(w->origin.seen, "POST /a?b HTTP/1.1\r\nhost: example.org\r\ncookie: a=b; c=d\r\naccept: */*\r\n"
                                      "transfer-encoding: chunked\r\nconnection: te\r\nte: trailers\r\n\r\nx-sum: 1\r\n\r\n");
  r = read_http1(RILL_HEAD_RESPONSE, hints, sizeof hints - 1, room);
  assert_int_equal(r.head.kind, RILL_HEAD_INFORMATIONAL);
  assert_int_equal(rill_submit_informational(w->origin.conn, w->origin.id, r.fields, r.field_count), 0);
  r = read_http1(RILL_HEAD_RESPONSE, found, sizeof found - 1, room);
  body.user = &w->origin;
  w->origin.to_send = 3;
  assert_int_equal(rill_submit_response(w->origin.conn, w->origin.id, r.fields, r.field_count, &body), 0);
  settle(w);
  assert_string_equal(w->client.seen, "HTTP/1.1 103 \r\nlink: </x>\r\n\r\nHTTP/1.1 404 \r\nserver: x\r\n"
                                      "content-length: 3\r\n\r\nend\nclosed\n");
  assert_int_equal(w->client.close.by, RILL_BY_END);
  world_end(w);
  free(w);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(fields_trailers_and_interim_responses_pass_unchanged),
      cmocka_unit_test(a_receiver_that_takes_nothing_holds_the_sender_up),
      cmocka_unit_test(a_slow_transport_holds_the_sender_up),
      cmocka_unit_test(resets_are_carried_across),
      cmocka_unit_test(messages_of_http1_pass_through),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
