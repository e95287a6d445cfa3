/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the judgement of fields: octets, sections, and how far a message has come, against field_model.h and a few lines here;
 * and then as the library uses it: what is judged fit on receipt is delivered, field for field, and nothing else is; what is
 * judged fit to be sent is taken by the submit calls, and nothing else is; and that is fit on receipt, too.
 *
 * The input: kind and rules, which of these, a program for the message, then fields: a number for the name (from 64 on: so many
 * octets less 64 that follow), and a value behind its length.
 */
#include "base/bytes.h"
#include "field_model.h"
#include "hpack/token.h"
#include "rules/message.h"
#include <rill/rill.h>

enum { FIELDS = 24, KINDS = 4, STEPS = 4 };

static const char *const names[] = {":method",
                                    ":path",
                                    ":scheme",
                                    ":authority",
                                    ":status",
                                    ":protocol",
                                    "host",
                                    "te",
                                    "content-length",
                                    "cookie",
                                    "connection",
                                    "keep-alive",
                                    "proxy-connection",
                                    "upgrade",
                                    "transfer-encoding",
                                    "trailer",
                                    "authorization",
                                    "set-cookie",
                                    "max-forwards",
                                    "priority",
                                    "x-a",
                                    "accept",
                                    "www-authenticate",
                                    "proxy-authenticate",
                                    "proxy-authorization",
                                    ":unknown",
                                    "",
                                    ":"};
enum { NAMES = sizeof names / sizeof *names, LITERAL = 64 };

/* ---- fields from octets ---- */

static uint8_t take8(rill_view *in) { return in->n == 0 ? 0 : *rill__view_take(in, 1).p; }

static rill_view take(rill_view *in, size_t n) { return rill__view_take(in, n < in->n ? n : in->n); }

static size_t take_fields(rill_view in, rill_field *out) {
  size_t count = 0;
  while (in.n != 0 && count < FIELDS) {
    rill_field *field = &out[count++];
    uint8_t what = take8(&in);
    *field = (rill_field){.name = what < LITERAL ? text(names[what % NAMES]) : take(&in, what - LITERAL)};
    field->value = take(&in, take8(&in));
  }
  return count;
}

/* ---- the rules floor ---- */

/* As src/conn does: field after field, the first refusal counts. */
static rill_why judge(rill__section *section, fields f, rill__section_kind kind, const rill__field_rules *rules) {
  rill_why why = RILL_WHY_NONE;
  rill__section_begin(section, kind, rules);
  for (size_t i = 0; i < f.n && why == RILL_WHY_NONE; i++) {
    rill_field field = f.at[i];
    rill_why unknown = rill__field_check(&field, rules);
    field.token = rill__token_of(field.name);
    why = rill__field_check(&field, rules);
    demand(why == model_field(&field, rules) && why == unknown);
    if (why == RILL_WHY_NONE) why = rill__section_field(section, i, &field);
  }
  return why == RILL_WHY_NONE ? rill__section_end(section, f.at) : why;
}

/* Every line fits, and all of them together. */
static bool model(fields f, rill__section_kind kind, const rill__field_rules *rules) {
  for (size_t i = 0; i < f.n; i++) {
    if (model_field(&f.at[i], rules) != RILL_WHY_NONE) return false;
  }
  return model_section(f, kind, rules);
}

/* Content in pieces behind a head that fits; a length that was declared is what comes (9113 8.1.1). */
static void check_message(const rill__section *section, uint8_t how, const uint8_t *steps) {
  rill__message message;
  rill__exchange exchange = {how & 1, how & 2, 1};
  bool response = section->kind == RILL__SECTION_RESPONSE, end = how & 4, interim = response && section->status < 200;
  bool connect = response ? exchange.to_connect && section->status < 300 : rill__section_is_connect(section);
  bool bare = response && !connect && (exchange.to_head || section->status == 204 || section->status == 304);
  int64_t left = connect || bare || interim ? -1 : section->content_length;
  rill__message_begin(&message, response);
  bool fits = interim ? !end : !end || left <= 0;
  demand((rill__message_head(&message, section, end, &exchange) == RILL_WHY_NONE) == fits);
  demand(!fits || interim || rill__message_is_bare(&message) == bare);
  demand(!fits || rill__message_left(&message) == left);
  for (int i = 0; fits && !interim && i < STEPS; i++) {
    uint32_t n = steps[i] / 4;
    bool last = steps[i] & 1, trailers = steps[i] & 2, over = end;
    end |= last;
    if (trailers) {
      fits = !over && !connect && last && left <= 0;
      demand((rill__message_trailers(&message, last) == RILL_WHY_NONE) == fits);
    } else {
      fits = !over && (!bare || n == 0) && (left < 0 || (last ? n == left : n <= left));
      demand((rill__message_data(&message, n, last) == RILL_WHY_NONE) == fits);
      if (left >= 0) left -= n;
    }
  }
}

/* ---- the library around it ---- */

typedef struct end {
  rill_context *context;
  rill_conn *conn;
  fields want;
  unsigned heads;
} end;

/* Content-length that means nothing is not passed on (9110 8.6). */
static bool is_void(const rill_head *head, const rill_field *field) {
  bool voids = head->kind == RILL_HEAD_INFORMATIONAL || (head->kind == RILL_HEAD_RESPONSE && head->status == 204);
  return voids && is_text(field->name, "content-length");
}

/* The fields of the last head are those that were wanted; cookies, which are joined, aside. */
static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  end *e = rill_conn_user(conn);
  size_t at = 0;
  (void)user;
  if (id != 1 || ++e->heads == 0 || e->want.at == NULL) return 0;
  for (size_t i = 0; i < e->want.n; i++) {
    const rill_field *want = &e->want.at[i];
    if (want->name.p[0] == ':' || is_void(head, want)) continue;
    while (at < head->field_count && is_text(head->fields[at].name, "cookie"))
      at++;
    if (is_text(want->name, "cookie")) continue;
    demand(at < head->field_count && rill__view_eq(head->fields[at].name, want->name));
    demand(rill__view_eq(head->fields[at++].value, want->value));
  }
  rill_view method = value_of(e->want, ":method"), path = value_of(e->want, ":path");
  demand(head->kind == RILL_HEAD_TRAILERS || (rill__view_eq(head->method, method) && rill__view_eq(head->path, path)));
  return 0;
}

static void end_open(end *e, bool client, const rill__field_rules *rules) {
  rill_config config;
  const rill_callbacks callbacks = {.size = sizeof callbacks, .on_head = on_head};
  *e = (end){0};
  rill_config_init(&config);
  config.allow_edge_space = rules->allow_edge_space;
  config.allow_odd_path = rules->allow_odd_path;
  config.allow_any_trailer = rules->allow_any_trailer;
  config.enable_connect_protocol = rules->extended_connect;
  demand(rill_context_new(&e->context, &config, &callbacks) == 0);
  demand((client ? rill_conn_client_new : rill_conn_server_new)(&e->conn, e->context, e) == 0);
}

static void end_close(end *e) {
  rill_conn_del(e->conn);
  rill_context_del(e->context);
}

static void hear(end *e, const uint8_t *p, size_t n) { demand(rill_conn_recv(e->conn, p, n, RILL_NO_CLOCK) >= 0); }

/* All that one says, the other hears. */
static void pass(end *from, end *to) {
  uint8_t room[1000];
  rill_ssize n;
  while ((n = rill_conn_send(from->conn, room, sizeof room, RILL_NO_CLOCK)) > 0)
    hear(to, room, (size_t)n);
  demand(n == 0);
}

/* One HEADERS frame on stream 1, of fields that nobody has judged. */
static void hear_block(end *e, rill_hpack_encoder *encoder, fields f, bool end_stream) {
  size_t bound = rill_hpack_encode_bound(f.at, f.n);
  uint8_t *dst = fuzz_room(RILL_FRAME_HEAD_SIZE + bound);
  rill_ssize n = rill_hpack_encode(encoder, dst + RILL_FRAME_HEAD_SIZE, bound, f.at, f.n);
  demand(n >= 0 && n <= RILL_FRAME_SIZE_MIN);
  uint8_t head[] = {0, (uint8_t)(n >> 8), (uint8_t)n, RILL_HEADERS, end_stream ? 5 : 4, 0, 0, 0, 1};
  memcpy(dst, head, sizeof head);
  hear(e, dst, RILL_FRAME_HEAD_SIZE + (size_t)n);
  free(dst);
}

static const rill_field request[] = {RILL_FIELD(":method", "POST"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                                     RILL_FIELD(":authority", "a")};
static const rill_field response[] = {RILL_FIELD(":status", "200")};

static int defer(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)conn, (void)id, (void)max, (void)out, (void)user;
  return RILL_DEFERRED;
}

static const rill_body deferred = {defer, NULL, false}, pushed = {NULL, NULL, false};

/* A client and a server that know each other's SETTINGS. The client has asked, unless it is to; both sides' content goes on. */
static void open_pair(end *client, end *server, rill__section_kind kind, const rill__field_rules *rules) {
  end_open(client, true, rules);
  end_open(server, false, rules);
  pass(client, server);
  pass(server, client);
  if (kind == RILL__SECTION_REQUEST) return;
  demand(rill_submit_request(client->conn, request, sizeof request / sizeof *request, &pushed, NULL) == 1);
  pass(client, server);
  if (kind != RILL__SECTION_TRAILERS_RESPONSE) return;
  demand(rill_submit_response(server->conn, 1, response, 1, &pushed) == 0);
  pass(server, client);
}

/* Octets from a peer that judges nothing. */
static void check_received(fields f, rill__section_kind kind, const rill__field_rules *rules, bool fits) {
  static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
  bool client = kind == RILL__SECTION_RESPONSE || kind == RILL__SECTION_TRAILERS_RESPONSE;
  bool trailers = kind >= RILL__SECTION_TRAILERS_REQUEST;
  rill_hpack_encoder *encoder;
  end e;
  end_open(&e, client, rules);
  demand(rill_hpack_encoder_new(&encoder, NULL, 4096, 0) == 0);
  if (client) demand(rill_submit_request(e.conn, request, sizeof request / sizeof *request, &deferred, NULL) == 1);
  hear(&e, preface + (client ? 24 : 0), sizeof preface - 1 - (client ? 24 : 0));
  if (trailers) hear_block(&e, encoder, client ? (fields){response, 1} : (fields){request, 4}, false);
  demand(e.heads == trailers);
  e.want = f;
  hear_block(&e, encoder, f, trailers);
  demand(e.heads == trailers + (unsigned)fits);
  rill_hpack_encoder_del(encoder);
  end_close(&e);
}

static rill_ssize submit(end *client, end *server, fields f, rill__section_kind kind) {
  long status = number(value_of(f, ":status"), 999);
  switch (kind) {
  case RILL__SECTION_REQUEST:
    return rill_submit_request(client->conn, f.at, f.n, &deferred, NULL);
  case RILL__SECTION_RESPONSE:
    if (status >= 100 && status < 200) return rill_submit_informational(server->conn, 1, f.at, f.n);
    return rill_submit_response(server->conn, 1, f.at, f.n, &pushed);
  case RILL__SECTION_TRAILERS_REQUEST:
    return rill_submit_trailers(client->conn, 1, f.at, f.n);
  case RILL__SECTION_TRAILERS_RESPONSE:
    break;
  }
  return rill_submit_trailers(server->conn, 1, f.at, f.n);
}

/* What the application hands over; and what then comes out on the other side. */
static void check_submitted(fields f, rill__section_kind kind, const rill__field_rules *rules, bool fits) {
  bool by_client = kind == RILL__SECTION_REQUEST || kind == RILL__SECTION_TRAILERS_REQUEST;
  end client, server, *to = by_client ? &server : &client;
  open_pair(&client, &server, kind, rules);
  unsigned before = to->heads;
  rill_ssize result = submit(&client, &server, f, kind);
  demand((result >= 0) == fits && (fits || result == RILL_ERR_INVALID));
  demand(fits || rill_conn_fault(by_client ? client.conn : server.conn).why != RILL_WHY_NONE);
  to->want = f;
  pass(by_client ? &client : &server, to);
  demand(to->heads == before + (unsigned)fits);
  end_close(&client);
  end_close(&server);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  rill_field all[FIELDS];
  rill__section section, sent;
  if (n < 2 + STEPS || n > 4096) return 0;
  rill__section_kind kind = (rill__section_kind)(data[0] % KINDS);
  rill__field_rules rules = {.allow_edge_space = data[0] & 4,
                             .allow_odd_path = data[0] & 8,
                             .allow_any_trailer = data[0] & 16,
                             .extended_connect = data[0] & 32};
  rill__field_rules to_send = rules;
  to_send.submitted = true;
  fields f = {all, take_fields((rill_view){data + 2 + STEPS, n - 2 - STEPS}, all)};
  bool fits = judge(&section, f, kind, &rules) == RILL_WHY_NONE, goes = judge(&sent, f, kind, &to_send) == RILL_WHY_NONE;
  demand(fits == model(f, kind, &rules) && goes == model(f, kind, &to_send));
  demand(fits || !goes);
  if (fits && !rill__section_is_trailers(&section)) check_message(&section, data[1], data + 2);
  if (data[1] & 8) check_received(f, kind, &rules, fits);
  if (data[1] & 16) check_submitted(f, kind, &rules, goes);
  return 0;
}
