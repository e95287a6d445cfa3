/* SPDX-License-Identifier: MIT */
/*
 * exchange: two ends of rill talk in memory, and what they say is written down as if it had been captured from a network, for
 * others to decode.
 *
 *   exchange FILE.pcap    writes FILE, prints a line for each frame sent: client or server, type, flags, stream, length
 *
 * The talk has some of everything: promises, 1xx, trailers, priorities of both kinds, padding, CONTINUATION, alternative
 * services, origins, extension frames and settings, a tunnel, changed settings, resets, a graceful end. It is the same each time.
 * The packets are IPv4 and TCP without checksums. It ends with 1 where anything is not as it should be.
 */
#include <rill/rill.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { SEGMENT = 1448, CLIENT_PORT = 40000, SERVER_PORT = 8080, EXTENSION = 0xe7, LARGE = 9000, CONTENT = 40000 };

static rill_conn *client, *server;
static rill_time now = 1000000000; /* turns by a millisecond with each packet */
static int promised, origins, alternatives, extensions, priorities, interims, trailers;
static char large[LARGE];

static void need(bool good, const char *what) {
  if (good) return;
  fprintf(stderr, "exchange: %s\n", what);
  exit(1);
}

#define NEED(call) need((call) >= 0, #call)

/* ---- the capture --------------------------------------------------------------------------------------------------------- */

static FILE *out;
static uint32_t sequence[2] = {1000, 2000}; /* of the client, of the server */

enum { TCP_SYN = 0x02, TCP_PSH = 0x08, TCP_ACK = 0x10, TCP_FIN = 0x01 };

static uint8_t *put(uint8_t *at, uint32_t value, unsigned octets) {
  while (octets-- > 0)
    *at++ = (uint8_t)(value >> 8 * octets);
  return at;
}

static void put_packet(bool by_server, unsigned flags, const uint8_t *data, size_t n) {
  uint8_t head[40], *at = head;
  uint32_t record[4] = {(uint32_t)(now / 1000000000), (uint32_t)(now / 1000 % 1000000), (uint32_t)(sizeof head + n), 0};
  now += 1000000;
  record[3] = record[2];
  at = put(at, 0x45000000 + record[2], 4); /* IPv4, no options, the length */
  at = put(at, 0x00004000, 4);             /* whole */
  at = put(at, 0x40060000, 4);             /* 64 hops, TCP */
  at = put(at, 0x7f000001, 4);
  at = put(at, 0x7f000001, 4);
  at = put(at, by_server ? SERVER_PORT : CLIENT_PORT, 2);
  at = put(at, by_server ? CLIENT_PORT : SERVER_PORT, 2);
  at = put(at, sequence[by_server], 4);
  at = put(at, (flags & TCP_ACK) != 0 ? sequence[!by_server] : 0, 4);
  at = put(at, 0x5000 | flags, 2);
  at = put(at, 65535, 2);
  (void)put(at, 0, 4);
  sequence[by_server] += (uint32_t)n + ((flags & (TCP_SYN | TCP_FIN)) != 0);
  fwrite(record, sizeof record, 1, out);
  fwrite(head, sizeof head, 1, out);
  if (n > 0) fwrite(data, n, 1, out);
}

/* The format's numbers are in the order of the machine that writes. */
static void begin_capture(const char *name) {
  static const struct {
    uint32_t magic;
    uint16_t major, minor;
    uint32_t zone, accuracy, longest, link;
  } head = {0xa1b2c3d4, 2, 4, 0, 0, 65535, 101}; /* 101: packets begin with IP */
  out = fopen(name, "wb");
  need(out != NULL, name);
  fwrite(&head, sizeof head, 1, out);
  put_packet(false, TCP_SYN, NULL, 0);
  put_packet(true, TCP_SYN | TCP_ACK, NULL, 0);
  put_packet(false, TCP_ACK, NULL, 0);
}

static void end_capture(void) {
  put_packet(false, TCP_FIN | TCP_ACK, NULL, 0);
  put_packet(true, TCP_FIN | TCP_ACK, NULL, 0);
  put_packet(false, TCP_ACK, NULL, 0);
  need(fclose(out) == 0, "cannot write");
}

/* ---- carrying ------------------------------------------------------------------------------------------------------------ */

/* What there is, in packets; false: nothing. */
static bool carry(rill_conn *from, rill_conn *to) {
  static uint8_t flight[64 * 1024];
  rill_ssize n = rill_conn_send(from, flight, sizeof flight, now);
  NEED(n);
  for (size_t at = 0, end; at < (size_t)n; at = end) {
    end = at + SEGMENT < (size_t)n ? at + SEGMENT : (size_t)n;
    put_packet(from == server, TCP_PSH | TCP_ACK, flight + at, end - at);
    while (at < end && !rill_conn_is_done(to)) {
      rill_ssize taken = rill_conn_recv(to, flight + at, end - at, now);
      need(taken > 0, taken < 0 ? rill_why_text(rill_conn_error(to).why) : "nothing was taken");
      at += (size_t)taken;
    }
  }
  return n > 0;
}

static void settle(void) {
  for (bool moved = true; moved;) {
    moved = carry(client, server);
    moved = carry(server, client) || moved;
  }
}

/* ---- callbacks ----------------------------------------------------------------------------------------------------------- */

/* Handed out by rill_body.pull: CONTENT octets, then trailers if user is not NULL. */
static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *chunk, void *user) {
  static uint64_t sent[64];
  size_t left = CONTENT - (size_t)sent[id], n = left < max ? left : max;
  (void)conn;
  memset(chunk->room, 'a' + (int)id % 26, n);
  chunk->data = chunk->room;
  chunk->n = n;
  sent[id] += n;
  if (n == left) chunk->more = user != NULL ? RILL_MORE_TRAILERS : RILL_MORE_NONE;
  return 0;
}

static const rill_field trailer_fields[] = {RILL_FIELD("x-checksum", "cafe"), RILL_FIELD("x-last", "yes")};

static void push(uint32_t id, const char *path) {
  static const rill_field response[] = {RILL_FIELD(":status", "200"), RILL_FIELD("content-type", "text/css"),
                                        RILL_FIELD("priority", "u=2, i")};
  const rill_body body = {pull, NULL, true};
  rill_field request[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":authority", "example.org"),
                          RILL_FIELD(":path", ""), RILL_FIELD("x-promised", "by the server")};
  request[3].value = (rill_view){(const uint8_t *)path, strlen(path)};
  rill_ssize stream = rill_submit_push(server, id, request, 5, NULL);
  NEED(stream);
  NEED(rill_submit_response(server, (uint32_t)stream, response, 3, &body));
}

static void answer_page(uint32_t id) {
  static const rill_field hints[] = {RILL_FIELD(":status", "103"), RILL_FIELD("link", "</style.css>; rel=preload; as=style")};
  static const rill_field response[] = {RILL_FIELD(":status", "200"), RILL_FIELD("content-type", "text/html"),
                                        RILL_FIELD("set-cookie", "id=secret"), RILL_FIELD("trailer", "x-checksum")};
  static char with_trailers;
  const rill_body body = {pull, &with_trailers, true};
  NEED(rill_submit_informational(server, id, hints, 2));
  push(id, "/style.css");
  push(id, "/refused.css");
  NEED(rill_submit_altsvc(server, id, (rill_view){NULL, 0}, (rill_view){(const uint8_t *)"h3=\":443\"", 9}));
  NEED(rill_submit_response(server, id, response, 4, &body));
  NEED(rill_submit_trailers(server, id, trailer_fields, 2));
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  static const rill_field response[] = {RILL_FIELD(":status", "200")};
  const rill_body body = {pull, NULL, true}, pushed = {NULL, NULL, false};
  (void)stream_user;
  interims += head->kind == RILL_HEAD_INFORMATIONAL;
  trailers += head->kind == RILL_HEAD_TRAILERS;
  if (conn != server || head->kind != RILL_HEAD_REQUEST) return 0;
  if (head->protocol.n > 0) {
    NEED(rill_submit_response(conn, id, response, 1, &pushed)); /* a tunnel: what comes goes back */
  } else if (head->end_stream) {
    answer_page(id);
  } else {
    NEED(rill_submit_response(conn, id, response, 1, &body));
  }
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  rill_stream_stats stats;
  (void)stream_user;
  bool tunnel = conn == server && rill_conn_stream_stats(conn, id, &stats) == 0 && stats.octets_received < 100;
  if (tunnel) NEED(rill_write(conn, id, bytes.p, bytes.n, end));
  return 0;
}

static int on_push(rill_conn *conn, uint32_t id, uint32_t stream, const rill_head *head, void *stream_user) {
  (void)conn, (void)id, (void)stream, (void)stream_user;
  promised++;
  return head->path.n == strlen("/refused.css") ? RILL_CANCEL : 0;
}

static int on_origin(rill_conn *conn, rill_view origin, void *user) {
  (void)conn, (void)origin, (void)user;
  origins++;
  return 0;
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  (void)conn, (void)id, (void)origin, (void)value, (void)user;
  alternatives++;
  return 0;
}

static int on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  (void)conn, (void)head, (void)piece, (void)user;
  extensions += end;
  return 0;
}

static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  (void)conn, (void)id, (void)signal, (void)user;
  priorities++;
  return 0;
}

static void on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  (void)user;
  printf("%s %u 0x%02x %u %u\n", conn == server ? "server" : "client", (unsigned)frame->head.type, (unsigned)frame->head.flags,
         (unsigned)frame->head.stream_id, (unsigned)frame->head.length);
}

/* ---- the two ends -------------------------------------------------------------------------------------------------------- */

/* All DATA that leaves room, and every other block, so that padded ones and others stand beside each other. */
static size_t choose_padding(void *user, const rill_frame_head *head, size_t most) {
  static unsigned blocks;
  size_t wanted = head->type == RILL_DATA ? 77 : blocks++ % 2 * 256;
  (void)user;
  return wanted < most ? wanted : most;
}

/* The server does not renounce the priorities of RFC 7540, so that the client sends some. */
static rill_context *context_of(bool for_server) {
  static const rill_setting settings[] = {
      {RILL_SETTING_ENABLE_CONNECT_PROTOCOL, 1}, {0xbeef, 5}, {RILL_SETTING_MAX_CONCURRENT_STREAMS, 50}};
  rill_context *context;
  rill_config config;
  rill_callbacks callbacks = {.size = sizeof callbacks,
                              .on_head = on_head,
                              .on_data = on_data,
                              .on_push = on_push,
                              .on_origin = on_origin,
                              .on_altsvc = on_altsvc,
                              .on_extension = on_extension,
                              .on_priority = on_priority,
                              .on_frame_sent = on_frame_sent};
  rill_config_init(&config);
  config.padding.choose = choose_padding;
  config.extension_types[EXTENSION / 8] = 1 << EXTENSION % 8;
  if (for_server) {
    config.settings = settings;
    config.settings_count = sizeof settings / sizeof settings[0];
  } else {
    config.enable_push = config.accept_altsvc = config.accept_origin = true;
    config.request_priority = (rill_legacy_priority){.present = true, .exclusive = true, .weight = 41, .dependency = 0};
  }
  NEED(rill_context_new(&context, &config, &callbacks));
  return context;
}

static const rill_field get_fields[] = {
    RILL_FIELD(":method", "GET"),           RILL_FIELD(":scheme", "https"), RILL_FIELD(":authority", "example.org"),
    RILL_FIELD(":path", "/page"),           RILL_FIELD("priority", "u=1"),  RILL_FIELD("cookie", "a=b"),
    RILL_FIELD("authorization", "Basic x"),
};
enum { GET_COUNT = sizeof get_fields / sizeof get_fields[0] };

/* A head that needs CONTINUATION. */
static void ask_page(void) {
  rill_field fields[GET_COUNT + 2];
  memcpy(fields, get_fields, sizeof get_fields);
  for (size_t i = GET_COUNT; i < GET_COUNT + 2; i++) {
    fields[i] = (rill_field){{(const uint8_t *)"x-large", 7}, {(const uint8_t *)large, LARGE}, 0, 0, 0};
  }
  NEED(rill_submit_request(client, fields, GET_COUNT + 2, NULL, NULL));
}

static void upload(void) {
  static const rill_field fields[] = {RILL_FIELD(":method", "POST"), RILL_FIELD(":scheme", "https"),
                                      RILL_FIELD(":authority", "example.org"), RILL_FIELD(":path", "/upload")};
  static char with_trailers;
  const rill_body body = {pull, &with_trailers, true};
  rill_ssize id = rill_submit_request(client, fields, 4, &body, NULL);
  NEED(id);
  NEED(rill_submit_trailers(client, (uint32_t)id, trailer_fields, 2));
}

static void tunnel(void) {
  static const rill_field fields[] = {RILL_FIELD(":method", "CONNECT"), RILL_FIELD(":scheme", "https"),
                                      RILL_FIELD(":authority", "example.org"), RILL_FIELD(":path", "/chat"),
                                      RILL_FIELD(":protocol", "websocket")};
  const rill_body pushed = {NULL, NULL, false};
  rill_ssize id = rill_submit_request(client, fields, 5, &pushed, NULL);
  NEED(id);
  NEED(rill_write(client, (uint32_t)id, (const uint8_t *)"hello", 5, false));
  settle();
  NEED(rill_write(client, (uint32_t)id, (const uint8_t *)" and goodbye", 12, true));
  settle();
}

/* What belongs to no message. */
static void say_the_rest(void) {
  static const rill_view named[] = {{(const uint8_t *)"https://example.com", 19},
                                    {(const uint8_t *)"https://example.net:8443", 24}};
  static const rill_setting settings[] = {{RILL_SETTING_HEADER_TABLE_SIZE, 100}, {0xabcd, 7}};
  static const rill_priority urgent = {0, true, true};
  rill_frame extension = {.head = {.type = EXTENSION, .flags = 0x55}, .data = {(const uint8_t *)"an extension", 12}};
  rill_frame legacy = {.head = {.type = RILL_PRIORITY, .stream_id = 21}, .dependency = 3, .weight = 200};
  NEED(rill_submit_origin(server, named, 2));
  NEED(rill_submit_altsvc(server, 0, named[0], (rill_view){(const uint8_t *)"clear", 5}));
  NEED(rill_submit_frame(server, &extension));
  extension.head.stream_id = 1;
  NEED(rill_submit_frame(client, &extension));
  NEED(rill_submit_frame(client, &legacy));
  NEED(rill_submit_priority_update(client, 1, &urgent));
  NEED(rill_submit_ping(client, (const uint8_t *)"12345678"));
  NEED(rill_submit_ping(server, (const uint8_t *)"87654321"));
  NEED(rill_submit_settings(client, settings, 2));
  NEED(rill_submit_settings(server, settings, 2));
}

static void reset_one(void) {
  rill_ssize id = rill_submit_request(client, get_fields, GET_COUNT, NULL, NULL);
  NEED(id);
  need(carry(client, server), "nothing to carry");
  NEED(rill_reset(client, (uint32_t)id, RILL_CANCEL));
  settle();
}

int main(int argc, char **argv) {
  rill_context *contexts[] = {context_of(false), context_of(true)};
  need(argc == 2, "usage: exchange FILE.pcap");
  for (size_t i = 0; i < LARGE; i++)
    large[i] = (char)('!' + i * i % 90); /* what Huffman codes do not shorten */
  NEED(rill_conn_client_new(&client, contexts[0], NULL));
  NEED(rill_conn_server_new(&server, contexts[1], NULL));
  begin_capture(argv[1]);
  settle();
  ask_page();
  need(carry(client, server), "nothing to carry");
  say_the_rest();
  settle();
  upload();
  settle();
  tunnel();
  ask_page(); /* by a table that was made smaller */
  settle();
  reset_one();
  NEED(rill_shutdown(server, RILL_NEVER));
  need(carry(server, client), "nothing to carry");
  need(carry(client, server), "nothing to carry"); /* the PING's answer; then streams may be counted */
  NEED(rill_shutdown(client, RILL_NEVER));
  settle();
  end_capture();
  need(rill_conn_is_done(client) && rill_conn_is_done(server), "the connection did not end");
  need(promised == 4 && interims == 2 && trailers == 3, "promises, 1xx or trailers are missing"); /* none on what was reset */
  need(origins == 2 && alternatives == 3 && extensions == 2 && priorities == 7, "frames beside messages are missing");
  rill_conn_del(client);
  rill_conn_del(server);
  for (size_t i = 0; i < 2; i++)
    rill_context_del(contexts[i]);
  return 0;
}
