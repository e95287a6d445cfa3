/* SPDX-License-Identifier: MIT */
/*
 * fixed: a connection with ten streams in a block of 16 KiB. The server's context and connection live in the block; a client
 * outside of it opens ten requests at once, with content and trailers, and none is answered before all ten have come. Prints how
 * much of the block was ever in use, and fails if a stream did not end well or something was not given back.
 */
#include "fixed.h"

#include <stdio.h>

/* ---- the client -------------------------------------------------------------------------------------------------------- */

/* What it has seen. */
typedef struct seen {
  unsigned heads, trailers, ended, failed;
} seen;

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t reading[1000];
  (void)conn, (void)id, (void)user;
  if (max < sizeof reading) return RILL_INTERNAL_ERROR; /* windows are large, and this goes in one piece */
  out->data = reading;
  out->n = sizeof reading;
  out->more = RILL_MORE_TRAILERS;
  return 0;
}

static bool ask(rill_conn *conn) {
  static const rill_field request[] = {
      RILL_FIELD(":method", "POST"),       RILL_FIELD(":scheme", "https"),
      RILL_FIELD(":path", "/readings"),    RILL_FIELD(":authority", "device.example"),
      RILL_FIELD("user-agent", "fixed/1"), RILL_FIELD("content-type", "application/octet-stream")};
  static const rill_field trailers[] = {RILL_FIELD("unit", "mV")};
  static const rill_body body = {pull, NULL, false};
  rill_ssize id = rill_submit_request(conn, request, sizeof request / sizeof request[0], &body, NULL);
  return id > 0 && rill_submit_trailers(conn, (uint32_t)id, trailers, 1) == 0;
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  seen *all = rill_conn_user(conn);
  (void)id, (void)stream_user;
  *(head->kind == RILL_HEAD_TRAILERS ? &all->trailers : &all->heads) += 1;
  return 0;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *stream_user) {
  seen *all = rill_conn_user(conn);
  (void)id, (void)stream_user;
  *(close->by == RILL_BY_END ? &all->ended : &all->failed) += 1;
}

/* ---- the wire ---------------------------------------------------------------------------------------------------------- */

/* Gives to one side all that the other has to send. False: a connection has ended, or does not take it. */
static bool carry(rill_conn *from, rill_conn *to) {
  uint8_t segment[536]; /* of TCP, the least */
  for (;;) {
    rill_ssize n = rill_conn_send(from, segment, sizeof segment, RILL_NO_CLOCK);
    if (n <= 0) return n == 0;
    for (rill_ssize at = 0, taken; at < n; at += taken) {
      taken = rill_conn_recv(to, segment + at, (size_t)(n - at), RILL_NO_CLOCK);
      if (taken <= 0) return false;
    }
  }
}

/* The client has SETTINGS first, since it has to know how many streams there may be. */
static bool talk(rill_conn *server, rill_conn *client) {
  bool good = carry(server, client);
  for (int i = 0; good && i < FIXED_STREAMS; i++)
    good = ask(client);
  while (good && (rill_conn_want_send(client) || rill_conn_want_send(server)))
    good = carry(client, server) && carry(server, client);
  return good;
}

/* ---- the program ------------------------------------------------------------------------------------------------------- */

static fixed_granule server_granules[FIXED_BLOCK / sizeof(fixed_granule)];
static fixed_granule client_granules[2 * FIXED_BLOCK / sizeof(fixed_granule)];

int main(void) {
  fixed_block block, outside;
  rill_config config;
  rill_callbacks for_server = fixed_callbacks();
  rill_callbacks for_client = {.size = sizeof for_client, .on_head = on_head, .on_stream_close = on_stream_close};
  rill_context *contexts[2] = {NULL, NULL};
  rill_conn *server = NULL, *client = NULL;
  seen all = {0, 0, 0, 0};

  fixed_begin(&block, server_granules, sizeof server_granules / sizeof server_granules[0]);
  fixed_config(&config, fixed_mem(&block), sizeof server_granules); /* and hash_seed, where there are random numbers */
  bool good = rill_context_new(&contexts[0], &config, &for_server) == 0 && rill_conn_server_new(&server, contexts[0], NULL) == 0;
  size_t begins = block.used;

  fixed_begin(&outside, client_granules, sizeof client_granules / sizeof client_granules[0]);
  rill_config_init(&config);
  config.mem = fixed_mem(&outside);
  good = good && rill_context_new(&contexts[1], &config, &for_client) == 0 &&
         rill_conn_client_new(&client, contexts[1], &all) == 0 && talk(server, client);

  rill_conn_del(client);
  rill_conn_del(server);
  rill_context_del(contexts[0]);
  rill_context_del(contexts[1]);
  good = good && all.heads == FIXED_STREAMS && all.trailers == FIXED_STREAMS && all.ended == FIXED_STREAMS && all.failed == 0 &&
         fixed_is_whole(&block);
  printf("%u of %d streams ended well, %zu octets in use before them, %zu at most, of %zu; %zu were left; %s\n", all.ended,
         FIXED_STREAMS, begins * sizeof(fixed_granule), block.peak * sizeof(fixed_granule), sizeof server_granules,
         (block.n - block.peak) * sizeof(fixed_granule),
         fixed_is_whole(&block) ? "all was given back" : "not all was given back");
  return good ? 0 : 1;
}
