/* SPDX-License-Identifier: MIT */
/*
 * tamper: somebody between the two sides, who changes octets, and knows frames: puts in some of his own, leaves some out, sends
 * one twice, or gives it other flags or another stream. Fields that he makes up leave the HPACK tables alone, so that
 * what follows can still be read.
 */
#include "pair/world.h"

enum { HEAD = RILL_FRAME_HEAD_SIZE, PAYLOAD_MAX = 64 };

/* ---- the pipe ---------------------------------------------------------------------------------------------------------- */

/* The length on the wire and the head, of the frame at the boundary; 0: its head is not all there. */
static size_t frame_at(const side *s, size_t at) {
  if (at > s->piped || s->piped - at < HEAD) return 0;
  const uint8_t *p = s->pipe + at;
  return HEAD + ((size_t)p[0] << 16 | (size_t)p[1] << 8 | p[2]);
}

size_t whole_heads(side *s, size_t n) {
  size_t at = s->boundary, size;
  while (at < n && (size = frame_at(s, at)) != 0)
    at += size;
  return at < n ? at : n;
}

void frames_gone(side *s, size_t n) {
  size_t size;
  while (s->boundary < n && (size = frame_at(s, s->boundary)) != 0)
    s->boundary += size;
  s->boundary = s->boundary < n ? 0 : s->boundary - n;
}

static void put_in(side *s, size_t at, const uint8_t *p, size_t n) {
  uint8_t *pipe = malloc(s->piped + n);
  if (pipe == NULL) abort();
  memcpy(pipe, s->pipe, at);
  memcpy(pipe + at, p, n);
  memcpy(pipe + at + n, s->pipe + at, s->piped - at);
  free(s->pipe);
  s->pipe = pipe;
  s->piped += n;
}

static void take_out(side *s, size_t at, size_t n) {
  memmove(s->pipe + at, s->pipe + at + n, s->piped - at - n);
  s->piped -= n;
}

/* ---- frames ------------------------------------------------------------------------------------------------------------ */

static void put32(uint8_t *p, uint32_t value) {
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(value >> (24 - 8 * i));
}

static uint32_t some_id(world *w) {
  unsigned what = (unsigned)draw(w, 100);
  if (what < 90 && w->exchange_count != 0) return w->exchanges[draw(w, w->exchange_count)]->id;
  return (uint32_t)draw(w, what < 98 ? 40 : UINT32_MAX);
}

static uint32_t some_number(world *w) {
  static const uint32_t numbers[] = {0, 1, 2, 100, 4096, 16384, 65535, 0x7fffffff, 0x80000000, UINT32_MAX};
  return chance(w, 70) ? numbers[draw(w, sizeof numbers / sizeof *numbers)] : (uint32_t)draw(w, UINT32_MAX);
}

static size_t put_text(uint8_t *p, const char *text, size_t n) {
  memcpy(p, text, n);
  return n;
}

/* Of literals and the static table. */
static size_t put_block(world *w, uint8_t *p) {
  static const char *const blocks[] = {
      "\x82\x87\x84\x01\x01"
      "a", /* GET https://a/ */
      "\x83\x87\x84\x01\x01"
      "a\x0f\x0d\x01\x35", /* POST, content-length 5 */
      "\x88",              /* 200 */
      "\x08\x03"
      "103",                /* interim */
      "\x89",               /* 204 */
      "\x10\x01x\x01y",     /* trailers */
      "\x88\x10\x01X\x01y", /* not in lower case */
      "\x82",               /* incomplete */
      "\xff\xff",           /* no HPACK */
  };
  const char *block = blocks[draw(w, sizeof blocks / sizeof *blocks)];
  return put_text(p, block, strlen(block));
}

/* Payload of a frame of this type, mostly of a right length. */
static size_t put_payload(world *w, uint8_t type, uint8_t *p) {
  size_t n = 0;
  switch (type) {
  case RILL_HEADERS:
    return put_block(w, p);
  case RILL_CONTINUATION:
    return put_block(w, p);
  case RILL_PUSH_PROMISE:
    put32(p, some_id(w));
    return 4 + put_block(w, p + 4);
  case RILL_SETTINGS:
    for (uint64_t left = draw(w, 4); left != 0; left--, n += 6) {
      p[n] = 0;
      p[n + 1] = (uint8_t)draw(w, 10);
      put32(p + n + 2, some_number(w));
    }
    return n;
  case RILL_GOAWAY:
    put32(p, some_id(w));
    put32(p + 4, (uint32_t)draw(w, 15));
    return 8;
  case RILL_PRIORITY:
    put32(p, some_id(w));
    p[4] = (uint8_t)draw(w, 256);
    return 5;
  case RILL_RST_STREAM:
    put32(p, (uint32_t)draw(w, 15));
    return 4;
  case RILL_WINDOW_UPDATE:
    put32(p, some_number(w));
    return 4;
  case RILL_PRIORITY_UPDATE:
    put32(p, some_id(w));
    return 4 + put_text(p + 4, "u=1, i", 6);
  default:
    n = type == RILL_PING ? 8 : (size_t)draw(w, PAYLOAD_MAX);
    for (size_t i = 0; i < n; i++)
      p[i] = (uint8_t)draw(w, 256);
    return n;
  }
}

static void put_frame(side *s) {
  world *w = s->w;
  uint8_t frame[HEAD + PAYLOAD_MAX];
  static const uint8_t others[] = {RILL_PRIORITY_UPDATE, RILL_ALTSVC, RILL_ORIGIN, EXTENSION_TYPE, 0xff};
  unsigned what = (unsigned)draw(w, 12);
  uint8_t type = what <= RILL_CONTINUATION ? (uint8_t)what : others[draw(w, sizeof others)];
  size_t n = put_payload(w, type, frame + HEAD);
  if (chance(w, 2)) n = (size_t)draw(w, PAYLOAD_MAX + 1);
  put32(frame, (uint32_t)n << 8 | type);
  bool connection = type == RILL_SETTINGS || type == RILL_PING || type == RILL_GOAWAY || type == RILL_PRIORITY_UPDATE;
  frame[4] = (uint8_t)(chance(w, 80) ? RILL_FLAG_END_HEADERS | draw(w, 2) : draw(w, 64));
  put32(frame + 5, connection && chance(w, 98) ? 0 : some_id(w));
  put_in(s, s->boundary, frame, HEAD + n);
}

static void change_frame(side *s, size_t size) {
  world *w = s->w;
  uint8_t *p = s->pipe + s->boundary;
  bool block = p[3] == RILL_HEADERS || p[3] == RILL_PUSH_PROMISE || p[3] == RILL_CONTINUATION;
  if (block && chance(w, 90)) return; /* a table that differs is soon the end */
  switch (draw(w, 4)) {
  case 0:
    put_in(s, s->boundary + size, p, size);
    break;
  case 1:
    take_out(s, s->boundary, size);
    break;
  case 2:
    p[4] ^= (uint8_t)(1 << draw(w, 6));
    break;
  default:
    put32(p + 5, some_id(w));
    break;
  }
}

void tamper(side *s) {
  world *w = s->w;
  if (!chance(w, w->roughness)) return;
  unsigned what = (unsigned)draw(w, 60);
  size_t size = frame_at(s, s->boundary), at = (size_t)draw(w, s->piped);
  if (what < 40 && s->boundary <= s->piped)
    put_frame(s);
  else if (what < 57 && size != 0 && size <= s->piped - s->boundary)
    change_frame(s, size);
  else if (what == 57)
    s->pipe[at] = (uint8_t)draw(w, 256);
  else if (what == 58)
    s->pipe[at] ^= (uint8_t)(1 << draw(w, 8));
  else if (what == 59)
    take_out(s, at, 1 + (size_t)draw(w, s->piped - at));
}
