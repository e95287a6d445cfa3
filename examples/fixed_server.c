/* SPDX-License-Identifier: MIT */
/*
 * What a small device sets of its connections, and what it answers. It keeps nothing of a request but that it was answered: the
 * text is lent to rill from where it lies, and rill counts what has come and what has gone.
 */
#include "fixed.h"

#include <string.h>

/* ---- the configuration ------------------------------------------------------------------------------------------------- */

void fixed_config(rill_config *config, rill_mem mem, size_t octets) {
  rill_config_init(config);
  config->mem = mem;
  /*
   * The connection's part; an eighth is for the context, and for what is lost between pieces. A peer that wants more is told to
   * calm down, before the block is full. Of this, rill keeps some for output, which is how the rest gets free again.
   */
  config->memory_limit = octets - octets / 8;

  /* Streams: each takes about a quarter of a KiB while it is answered. */
  config->max_concurrent_streams = FIXED_STREAMS;
  config->max_resets_owed = 64;     /* 8 octets each, for what clients open before they know how many there may be */
  config->max_priority_updates = 0; /* priorities of streams to come are not kept */

  /* Field sections: one is in memory at a time, as octets and as an array of fields, and encoded, too, if it comes in pieces. */
  config->max_header_list_size = 2048; /* name + value + 32 for each field: what browsers send has about 1,500 */
  config->max_header_fields = 31;      /* and 20 fields */
  config->max_cookie_crumbs = 8;       /* lines, which are joined: they are there twice for a moment */
  config->max_field_name = 64;
  config->max_field_value = 1024;
  config->max_header_list_hard = 4096; /* up to here the answer is 431, above the connection ends */
  config->max_header_fields_hard = 64;
  config->max_header_block = 2048; /* encoded */

  /* Tables: the decoder's spares peers what they repeat; the encoder's would save little, since few fields are sent. */
  config->decoder_table = 512;
  config->encoder_table = 0;

  /* Content takes no room here, since it is dealt with as it comes; so windows are the least that there is, and stay. */
  config->connection_window = 65535;
  config->window_max = 0;

  /* What is owed to a peer that does not read. */
  config->max_header_queue = 512;
  config->max_write_buffer = 512; /* of a stream; nothing is written here, all is lent */
  config->max_ping_acks = 8;
  config->max_settings_acks = 4;
}

/* ---- what it answers --------------------------------------------------------------------------------------------------- */

static const char text[] = "This text lies where the program lies, and needs no memory to be sent.\n";

static bool is(rill_view view, const char *word) { return view.n == strlen(word) && memcmp(view.p, word, view.n) == 0; }

/* A decimal number, written from the end of 20 octets. */
static rill_view decimal(uint8_t digits[20], uint64_t number) {
  size_t at = 20;
  do {
    digits[--at] = (uint8_t)('0' + number % 10);
    number /= 10;
  } while (number != 0);
  return (rill_view){digits + at, 20 - at};
}

/* The text, as far as windows let it go, and trailers behind it. An answer above 0 resets the stream. */
static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  uint8_t digits[20];
  rill_stream_stats stream;
  rill_field trailers[] = {RILL_FIELD("content-octets", "")};
  (void)user;
  if (rill_conn_stream_stats(conn, id, &stream) != 0) return RILL_INTERNAL_ERROR;
  size_t at = (size_t)stream.octets_sent, left = sizeof text - 1 - at;
  out->data = (const uint8_t *)text + at;
  out->n = left < max ? left : max;
  if (out->n < left) return 0;
  out->more = RILL_MORE_TRAILERS;
  trailers[0].value = decimal(digits, stream.octets_received);
  return rill_submit_trailers(conn, id, trailers, 1) == 0 ? 0 : RILL_INTERNAL_ERROR;
}

/* Without memory for the answer the stream is reset, and the others go on. */
static int answer(rill_conn *conn, uint32_t id) {
  static const rill_field fields[] = {RILL_FIELD(":status", "200"), RILL_FIELD("content-type", "text/plain")};
  static const rill_body body = {pull, NULL, false};
  return rill_submit_response(conn, id, fields, 2, &body) == 0 ? 0 : RILL_INTERNAL_ERROR;
}

/* The stream's user pointer says that it was answered before it had come whole. */
static int decline(rill_conn *conn, uint32_t id) {
  static const rill_field fields[] = {RILL_FIELD(":status", "405"), RILL_FIELD("allow", "GET, POST")};
  static const char answered[] = "answered";
  (void)rill_stream_set_user(conn, id, (void *)(uintptr_t)answered);
  return rill_submit_response(conn, id, fields, 2, NULL) == 0 ? 0 : RILL_INTERNAL_ERROR;
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  if (head->kind == RILL_HEAD_REQUEST && !is(head->method, "GET") && !is(head->method, "POST")) return decline(conn, id);
  return head->end_stream && stream_user == NULL ? answer(conn, id) : 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  (void)bytes;
  return end && stream_user == NULL ? answer(conn, id) : 0;
}

rill_callbacks fixed_callbacks(void) {
  return (rill_callbacks){.size = sizeof(rill_callbacks), .on_head = on_head, .on_data = on_data};
}
