/* SPDX-License-Identifier: MIT */
/*
 * Splits output into frames, and keeps of each what the judge asks for.
 *
 * What is not a whole frame yet stays in seen.wire. What a peer could not read is a broken promise: a frame above 16,384 octets
 * (no vector allows larger ones), a field block that does not decode. Field blocks are decoded all, since compression has a
 * memory, though only :status is wanted.
 */
#include "vectors.h"
#include <string.h>

static uint32_t number(const uint8_t *p, size_t octets) {
  uint32_t value = 0;
  for (size_t i = 0; i < octets; i++)
    value = value << 8 | p[i];
  return value;
}

/* The field block in HEADERS without its priority; rill does not pad. */
static void add_block(seen *s, const frame *f, const uint8_t *payload) {
  size_t skip = f->type == RILL_HEADERS && (f->flags & RILL_FLAG_PRIORITY) != 0 ? 5 : 0;
  if ((f->flags & RILL_FLAG_PADDED) != 0 || skip > f->length) {
    broken(s, "stream %u: HEADERS that a peer cannot read", (unsigned)f->id);
    return;
  }
  text_add(&s->block, payload + skip, f->length - skip);
}

/* The whole block is decoded, though only :status is of interest. */
static uint16_t decode_status(seen *s) {
  rill_view block = {s->block.p, s->block.n};
  rill_field field;
  rill_why why;
  uint16_t status = 0;
  int answer;
  while ((answer = rill_hpack_decode(s->decoder, &block, &field, &why)) == 1) {
    s->fields_out = seen_mix(seen_mix(s->fields_out, field.name.p, field.name.n), field.value.p, field.value.n);
    bool is_status = field.name.n == 7 && memcmp(field.name.p, ":status", 7) == 0 && field.value.n == 3;
    for (size_t i = 0; is_status && i < 3; i++)
      status = (uint16_t)(status * 10 + field.value.p[i] - '0');
  }
  if (answer < 0) broken(s, "output that does not decode: %s", rill_why_text(why));
  s->block.n = 0;
  return status;
}

static void note_frame(seen *s, const uint8_t *p, size_t length) {
  s->frames = more_room(s->frames, &s->frame_cap, s->frame_count, sizeof(frame));
  frame *f = &s->frames[s->frame_count++];
  *f = (frame){.type = p[3], .flags = p[4], .id = number(p + 5, 4), .length = length, .at = s->call_at};
  const uint8_t *payload = p + 9;
  if (f->id > 0x7fffffff) broken(s, "a frame with the reserved bit set");
  if (f->type == RILL_RST_STREAM && length == 4) f->code = number(payload, 4);
  if (f->type == RILL_WINDOW_UPDATE && length == 4) f->code = number(payload, 4);
  if (f->type == RILL_GOAWAY && length >= 8) f->code = number(payload + 4, 4);
  if (f->type == RILL_PING && length == 8) memcpy(f->ping, payload, 8);
  if (f->type == RILL_HEADERS || f->type == RILL_CONTINUATION) {
    add_block(s, f, payload);
    if ((f->flags & RILL_FLAG_END_HEADERS) != 0) f->status = decode_status(s);
  }
}

static bool take_magic(seen *s, size_t *at) {
  static const char magic[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";
  if (s->magic_seen) return true;
  if (s->wire.n < 24) return false;
  if (memcmp(s->wire.p, magic, 24) != 0) broken(s, "output that does not begin with the client's preface");
  s->magic_seen = true;
  *at = 24;
  return true;
}

void wire_take(seen *s, bool client) {
  size_t at = 0;
  if (client && !take_magic(s, &at)) return;
  while (s->wire.n - at >= 9) {
    size_t length = number(s->wire.p + at, 3);
    if (length > 16384) broken(s, "a frame of %zu octets", length);
    if (s->wire.n - at - 9 < length) break;
    note_frame(s, s->wire.p + at, length);
    at += 9 + length;
  }
  text_cut(&s->wire, at);
}
