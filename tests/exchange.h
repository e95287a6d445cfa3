/* SPDX-License-Identifier: MIT */
/*
 * exchange: what a peer says to a server or a client of ours, drawn by a seed, and all of it valid: messages on up to 20 streams,
 * which take turns; fields that are literal, Huffman-coded, enter the table, and are named from there; content, padding,
 * CONTINUATION, priorities, trailers, interim responses, PING, SETTINGS, WINDOW_UPDATE, unknown frames. It stays within windows
 * that nobody opens while it speaks, so that output can wait until the end. Header only.
 *
 * Invariant: what is drawn depends on the seed and the role alone. drawn[] counts what has come up, for tests to see that all
 * did.
 */
#ifndef TESTS_EXCHANGE_H
#define TESTS_EXCHANGE_H

#include "contract.h"
#include "huff_bits.h"

#include <stdio.h>

enum { EXCHANGE_STREAMS = 20, EXCHANGE_CONTENT = 65535, EXCHANGE_SMALL = 200, BLOCK_MAX = 4096 };

typedef enum drawing {
  DRAWN_SMALL, /* all of it is at most EXCHANGE_SMALL octets */
  DRAWN_MOST_STREAMS,
  DRAWN_MOST_CONTENT, /* 60,000 octets and more on a stream */
  DRAWN_PADDED_HEADERS,
  DRAWN_PADDED_DATA,
  DRAWN_CONTINUATION,
  DRAWN_PRIORITY_BLOCK,
  DRAWN_INDEXED, /* from the dynamic table */
  DRAWN_HUFFMAN,
  DRAWN_TABLE_SIZE,
  DRAWN_LENGTH, /* content-length */
  DRAWN_TRAILERS,
  DRAWN_INTERIM, /* to clients alone */
  DRAWN_PING,
  DRAWN_SETTINGS,
  DRAWN_WINDOW_UPDATE,
  DRAWN_UNKNOWN,
  DRAWN_PRIORITY,
  DRAWN_EMPTY_DATA,
  DRAWINGS
} drawing;

static uint64_t drawn[DRAWINGS];
static uint64_t random_state;

static inline uint32_t draw(uint32_t below) {
  random_state = random_state * UINT64_C(6364136223846793005) + UINT64_C(1442695040888963407);
  return (uint32_t)((random_state >> 33) % below);
}

/* True once in n times. */
static inline bool draws(uint32_t n, drawing what) {
  bool yes = draw(n) == 0;
  drawn[what] += yes;
  return yes;
}

/* A message of the peer on one stream. */
typedef struct message {
  uint32_t id;
  unsigned interims, pieces; /* still to come */
  uint32_t lengths[8], content;
  bool begun, done, trailers;
} message;

typedef struct talk {
  bench *b;
  bool client, small;
  uint32_t inserted; /* since the table was empty, and three at most, which always fit */
  message messages[EXCHANGE_STREAMS];
  uint32_t streams, begun, done;
} talk;

/* ---- field blocks ------------------------------------------------------------------------------------------------------- */

static inline uint8_t *put_int(uint8_t *p, uint8_t form, unsigned prefix, size_t n) {
  const size_t most = ((size_t)1 << prefix) - 1;
  if (n < most) {
    *p++ = (uint8_t)(form | n);
    return p;
  }
  *p++ = (uint8_t)(form | most);
  for (n -= most; n >= 128; n /= 128)
    *p++ = (uint8_t)(n % 128 | 128);
  *p++ = (uint8_t)n;
  return p;
}

static inline uint8_t *put_string(uint8_t *p, const uint8_t *text, size_t n) {
  uint8_t coded[4 * 512];
  bool huffman = draws(2, DRAWN_HUFFMAN);
  size_t coded_n = huffman ? slow_put(coded, text, n) : n;
  p = put_int(p, huffman ? 0x80 : 0, 7, coded_n);
  if (coded_n != 0) memcpy(p, huffman ? coded : text, coded_n);
  return p + coded_n;
}

/* One of few names or a new one, with a value of letters. */
static inline uint8_t *put_field(talk *t, uint8_t *p) {
  static const char *const names[] = {"x", "accept", "cookie", "user-agent"};
  static const uint8_t forms[] = {0x40, 0x00, 0x10};
  uint8_t form = forms[draw(3)], text[512];
  if (t->inserted != 0 && draws(4, DRAWN_INDEXED)) return put_int(p, 0x80, 7, 62 + draw(t->inserted));
  const char *name = names[draw(4)];
  size_t n = strlen(name);
  memcpy(text, name, n);
  if (draw(4) == 0) text[0] = 'x', text[1] = '-', text[n = 2] = (uint8_t)('a' + draw(26)), n = 3;
  if (form == 0x40 && t->inserted < 3) t->inserted++;
  *p++ = form;
  p = put_string(p, text, n);
  n = t->small ? draw(8) : draw(8) == 0 ? draw(500) : draw(40);
  for (size_t i = 0; i < n; i++)
    text[i] = (uint8_t)('a' + draw(26));
  return put_string(p, text, n);
}

/* Emptied, and then of its old size again. */
static inline uint8_t *put_table_size(talk *t, uint8_t *p) {
  if (t->small || !draws(12, DRAWN_TABLE_SIZE)) return p;
  t->inserted = 0;
  p = put_int(p, 0x20, 5, 0);
  return put_int(p, 0x20, 5, 4096);
}

/* HEADERS and CONTINUATION, perhaps padded, perhaps with a priority. */
static inline void put_frames(talk *t, uint32_t id, const uint8_t *block, size_t n, bool end) {
  uint8_t payload[BLOCK_MAX + 300], *p = payload;
  bool pads = draws(t->small ? 8 : 3, DRAWN_PADDED_HEADERS), ranked = draws(6, DRAWN_PRIORITY_BLOCK);
  size_t padding = pads ? draw(t->small ? 5 : 256) : 0, part = draws(3, DRAWN_CONTINUATION) ? draw((uint32_t)n) : n;
  if (pads) *p++ = (uint8_t)padding;
  if (ranked) memcpy(p, "\0\0\0\0\x07", 5), p += 5;
  memcpy(p, block, part);
  p += part;
  memset(p, 0, padding);
  unsigned flags = (end ? RILL_FLAG_END_STREAM : 0) | (part == n ? RILL_FLAG_END_HEADERS : 0) | (pads ? RILL_FLAG_PADDED : 0) |
                   (ranked ? RILL_FLAG_PRIORITY : 0);
  peer_frame(t->b, RILL_HEADERS, (uint8_t)flags, id, payload, (size_t)(p - payload) + padding);
  for (unsigned more = 0; part != n; more++) {
    size_t next = more == 3 || draw(2) == 0 ? n - part : 1 + draw((uint32_t)(n - part));
    peer_frame(t->b, RILL_CONTINUATION, part + next == n ? RILL_FLAG_END_HEADERS : 0, id, block + part, next);
    part += next;
  }
}

static inline void put_length(uint8_t **p, uint32_t content) {
  char digits[16];
  (void)snprintf(digits, sizeof digits, "%u", (unsigned)content);
  *p = put_int(*p, 0, 4, 28);
  *p = put_string(*p, (const uint8_t *)digits, strlen(digits));
}

static inline void put_head(talk *t, const message *m, const char *pseudo, size_t n, bool final) {
  uint8_t block[BLOCK_MAX], *p = put_table_size(t, block);
  memcpy(p, pseudo, n);
  p += n;
  if (final && draws(3, DRAWN_LENGTH)) put_length(&p, m->content);
  for (uint32_t i = draw(t->small ? 3 : 6); i != 0; i--)
    p = put_field(t, p);
  put_frames(t, m->id, block, (size_t)(p - block), final && m->pieces == 0 && !m->trailers);
}

/* ---- messages ------------------------------------------------------------------------------------------------------------ */

static inline void put_content(talk *t, uint32_t id, uint32_t n, uint32_t padding, bool pads, bool end) {
  static uint8_t content[16384];
  uint8_t *p = content;
  if (pads) *p++ = (uint8_t)padding;
  for (uint32_t i = 0; i < n; i++)
    *p++ = (uint8_t)draw(256);
  memset(p, 0, padding);
  unsigned flags = (end ? RILL_FLAG_END_STREAM : 0) | (pads ? RILL_FLAG_PADDED : 0);
  peer_frame(t->b, RILL_DATA, (uint8_t)flags, id, content, (size_t)(p - content) + padding);
  drawn[DRAWN_EMPTY_DATA] += n == 0;
}

static inline void put_settings(talk *t) {
  const uint32_t values[][2] = {{RILL_SETTING_HEADER_TABLE_SIZE, draw(5000)},
                                {RILL_SETTING_INITIAL_WINDOW_SIZE, draw(2) == 0 ? draw(100) : 60000 + draw(9000)},
                                {RILL_SETTING_MAX_FRAME_SIZE, 16384 + draw(9000)},
                                {RILL_SETTING_MAX_CONCURRENT_STREAMS, draw(100)},
                                {RILL_SETTING_MAX_HEADER_LIST_SIZE, 1000 + draw(9000)},
                                {0x1a1a, draw(9000)}};
  uint8_t payload[36], *p = payload;
  for (size_t i = 0; i < LENGTH(values); i++) {
    if (draw(3) != 0) continue;
    *p++ = (uint8_t)(values[i][0] >> 8);
    *p++ = (uint8_t)values[i][0];
    for (unsigned shift = 32; shift != 0; shift -= 8)
      *p++ = (uint8_t)(values[i][1] >> (shift - 8));
  }
  peer_frame(t->b, RILL_SETTINGS, 0, 0, payload, (size_t)(p - payload));
}

/* Between two frames of messages. */
static inline void put_aside(talk *t, uint32_t id) {
  const drawing what = (drawing)(DRAWN_PING + draw(5));
  drawn[what]++;
  if (what == DRAWN_PING) {
    peer_frame(t->b, RILL_PING, 0, 0, "chunks!!", 8);
  } else if (what == DRAWN_SETTINGS) {
    put_settings(t);
  } else if (what == DRAWN_WINDOW_UPDATE) {
    peer_window(t->b, draw(2) != 0 ? 0 : id, 1 + draw(1000));
  } else if (what == DRAWN_UNKNOWN) {
    peer_frame(t->b, 0xb0, 0xff, id, "unknown", draw(8));
  } else {
    peer_frame(t->b, RILL_PRIORITY, 0, id, "\0\0\0\0\x10", 5);
  }
}

/* What comes next of a message. */
static inline void put_next(talk *t, message *m) {
  static const char *const heads[] = {"\x83\x87\x84\x01\x01"
                                      "a",
                                      "\x82\x86\x85\x01\x01"
                                      "b",
                                      "\x88", "\x8d"};
  const char *head = heads[2 * t->client + draw(2)];
  if (m->interims != 0) {
    drawn[DRAWN_INTERIM]++;
    put_head(t, m, "\x08\x03\x31\x30\x33", 5, false);
    m->interims--;
  } else if (!m->begun) {
    put_head(t, m, head, strlen(head), true);
    m->begun = true;
  } else if (m->pieces != 0) {
    uint32_t n = m->lengths[--m->pieces], room = 16384 - 1 - n;
    bool pads = n < 16000 && draws(t->small ? 8 : 4, DRAWN_PADDED_DATA);
    uint32_t padding = !pads ? 0 : draw(t->small ? 5 : room < 256 ? room : 256);
    if (m->content + 257 * 8 > EXCHANGE_CONTENT) pads = false, padding = 0;
    put_content(t, m->id, n, padding, pads, m->pieces == 0 && !m->trailers);
  } else {
    drawn[DRAWN_TRAILERS]++;
    uint8_t block[64] = {0, 1, 't'}, *p = put_string(block + 3, (const uint8_t *)"trailing", 8);
    put_frames(t, m->id, block, (size_t)(p - block), true);
    m->trailers = false;
  }
  m->done = m->begun && m->pieces == 0 && !m->trailers;
}

/* All pieces together fit the stream's window, and those of all streams the connection's. */
static inline void plan_message(talk *t, message *m, uint32_t i, int64_t *room) {
  m->id = 2 * i + 1;
  m->pieces = draw(t->small ? 2 : 8);
  m->trailers = draw(4) == 0;
  if (t->client && draw(3) == 0) m->interims = 1 + draw(t->small ? 1 : 3);
  uint32_t size = t->small ? 12 : draw(40) == 0 ? 16384 : draw(3) == 0 ? 1500 : 20;
  for (unsigned piece = 0; piece < m->pieces; piece++) {
    uint32_t n = draw(2) == 0 ? size : draw(size + 1);
    if (n > EXCHANGE_CONTENT - m->content) n = EXCHANGE_CONTENT - m->content;
    if (*room < (int64_t)n + 300) n = 0;
    m->lengths[piece] = n;
    m->content += n;
    *room -= n + 300;
  }
  drawn[DRAWN_MOST_CONTENT] += m->content >= 60000;
}

/* The whole of it goes to b->in. `room`: what the connection may be sent; streams may be sent 65,535 octets. */
static inline void put_exchange(bench *b, bool client, int64_t room) {
  talk t = {.b = b, .client = client};
  size_t before = b->in_n;
  t.small = draw(3) == 0;
  t.streams = t.small ? 1 : draw(3) == 0 ? 1 + draw(EXCHANGE_STREAMS) : 1 + draw(4);
  drawn[DRAWN_MOST_STREAMS] += t.streams == EXCHANGE_STREAMS;
  for (uint32_t i = 0; i < t.streams; i++)
    plan_message(&t, &t.messages[i], i, &room);
  while (t.done != t.streams) {
    uint32_t at = draw(t.begun < t.streams ? t.begun + 1 : t.begun);
    message *m = &t.messages[at];
    if (at == t.begun) t.begun++;
    if (m->done) continue;
    put_next(&t, m);
    t.done += m->done;
    if (draw(t.small ? 6 : 4) == 0) put_aside(&t, m->id);
  }
  drawn[DRAWN_SMALL] += b->in_n - before <= EXCHANGE_SMALL;
}

#endif /* TESTS_EXCHANGE_H */
