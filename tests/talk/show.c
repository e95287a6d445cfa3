/* SPDX-License-Identifier: MIT */
/*
 * show: what came out of the connection under test, as frames in words. A HEADERS frame and its CONTINUATIONs are one line.
 *
 * Reads as the peer would: the frame parser with the largest frame size, one HPACK decoder whose table follows the SETTINGS
 * that the peer has sent and the connection has acknowledged. What cannot be read is a broken contract.
 */
#include "talk/run.h"

#include <stdlib.h>
#include <string.h>

enum { MAGIC = 24 };

void show_content(line *out, rill_view content, size_t *offset) {
  size_t n = 0;
  while (n < content.n && content.p[n] == pattern_octet(*offset + n))
    n++;
  if (n == content.n && n != 0) {
    *offset += n;
    line_add(out, "n=%zu", n);
  } else {
    line_octets(out, content);
  }
}

/* ---- the peer's SETTINGS ----------------------------------------------------------------------------------------------- */

static void fed_settings(run *r, const rill_frame *frame) {
  rill_setting setting;
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    int64_t size = setting.value;
    if (setting.id == RILL_SETTING_HEADER_TABLE_SIZE) octets_add(&r->tables, &size, sizeof size);
  }
  int64_t end = -1;
  octets_add(&r->tables, &end, sizeof end);
}

void show_fed(run *r, const octets *in) {
  for (size_t at = 0; at < in->n;) {
    rill_frame frame;
    rill_why why;
    rill_ssize n = rill_frame_parse(&frame, in->p + at, in->n - at, RILL_FRAME_SIZE_MAX, &why);
    if (n <= 0) {
      if (in->n - at < MAGIC || memcmp(in->p + at, "PRI * ", 6) != 0) return;
      at += MAGIC;
      continue;
    }
    if (frame.head.type == RILL_SETTINGS && (frame.head.flags & RILL_FLAG_ACK) == 0) fed_settings(r, &frame);
    at += (size_t)n;
  }
}

static void acknowledged(run *r) {
  int64_t size = 0;
  while (r->tables.n != 0 && size >= 0) {
    memcpy(&size, r->tables.p, sizeof size);
    octets_drop(&r->tables, sizeof size);
    if (size >= 0) rill_hpack_decoder_resize(r->decoder, (uint32_t)size);
  }
}

/* ---- field blocks ------------------------------------------------------------------------------------------------------ */

/* size:n for each size update; what is left begins with a field. */
static rill_view show_updates(line *out, rill_view block) {
  while (block.n != 0 && (*block.p & 0xe0) == 0x20) {
    uint64_t size = *block.p & 0x1f;
    bool more = size == 0x1f;
    for (unsigned shift = 0; more && block.n > 1; shift += 7) {
      block = (rill_view){block.p + 1, block.n - 1};
      size += (uint64_t)(*block.p & 0x7f) << shift;
      more = (*block.p & 0x80) != 0;
    }
    block = (rill_view){block.p + 1, block.n - 1};
    line_add(out, "size:%llu", (unsigned long long)size);
  }
  return block;
}

/* name=value, and in front of it what the first octet of its representation says. */
static void show_field(line *out, uint8_t first, const rill_field *field) {
  octets text = {NULL, 0, 0};
  octets_print(&text, "%s", first & 0x80 ? "~" : first & 0x40 ? "^" : first & 0x10 ? "!" : "");
  octets_add(&text, field->name.p, field->name.n);
  octets_byte(&text, '=');
  octets_add(&text, field->value.p, field->value.n);
  line_word(out, text.p, text.n);
  octets_free(&text);
}

static void show_block(run *r) {
  rill_view block = {r->block_octets.p, r->block_octets.n};
  rill_view at = r->t->forms ? show_updates(&r->block_line, block) : block;
  rill_field field;
  rill_why why = RILL_WHY_NONE;
  int got;
  if (r->block_frames > 1) line_add(&r->block_line, "frames=%u", r->block_frames);
  if (r->t->lengths) line_add(&r->block_line, "length=%zu", r->block_octets.n);
  while ((got = rill_hpack_decode(r->decoder, &block, &field, &why)) == 1) {
    if (r->t->forms) {
      show_field(&r->block_line, *at.p, &field);
    } else {
      line_pair(&r->block_line, field.name, field.value);
    }
    at = block;
  }
  if (got < 0) run_broken(r, "a field block that came out cannot be read: %s", why_name(why));
  line *out = lines_new(&r->frames);
  *out = r->block_line;
  r->block_line = (line){NULL, 0, 0, 0};
  r->block_octets.n = 0;
  r->block = 0;
}

static void block_part(run *r, const rill_frame *frame) {
  octets_add(&r->block_octets, frame->data.p, frame->data.n);
  r->block_frames++;
  if ((frame->head.flags & RILL_FLAG_END_HEADERS) != 0) show_block(r);
}

static void show_padding(run *r, line *out, const rill_frame *frame) {
  if ((frame->head.flags & RILL_FLAG_PADDED) == 0) return;
  line_add(out, "+pad=%zu", frame->padding.n);
  for (size_t i = 0; i < frame->padding.n; i++) {
    if (frame->padding.p[i] != 0) run_broken(r, "padding that is not zero came out");
  }
}

static void show_headers(run *r, const rill_frame *frame) {
  bool promise = frame->head.type == RILL_PUSH_PROMISE;
  r->block = frame->head.stream_id;
  r->block_frames = 0;
  line_add(&r->block_line, promise ? "PUSH_PROMISE" : "HEADERS");
  line_add(&r->block_line, "%u", (unsigned)r->block);
  if (promise) line_add(&r->block_line, "%u", (unsigned)frame->promised_id);
  if (!promise && (frame->head.flags & RILL_FLAG_END_STREAM) != 0) line_add(&r->block_line, "END_STREAM");
  show_padding(r, &r->block_line, frame);
  block_part(r, frame);
}

void show_setting(line *out, uint16_t id, uint32_t value) {
  bool known = strcmp(rill_setting_text(id), "UNKNOWN") != 0;
  if (known) line_add(out, "%s=%u", rill_setting_text(id), (unsigned)value);
  if (!known) line_add(out, "0x%x=%u", (unsigned)id, (unsigned)value);
}

/* ---- other frames ------------------------------------------------------------------------------------------------------ */

static void show_settings(run *r, line *out, const rill_frame *frame) {
  rill_setting setting;
  if ((frame->head.flags & RILL_FLAG_ACK) != 0) {
    line_add(out, "ACK");
    acknowledged(r);
  }
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++)
    show_setting(out, setting.id, setting.value);
}

static void show_priority(line *out, const rill_frame *frame) {
  line_add(out, "dep=%u", (unsigned)frame->dependency);
  line_add(out, "weight=%u", (unsigned)frame->weight);
  if (frame->exclusive) line_add(out, "exclusive");
}

/* The texts of ALTSVC and ORIGIN, each behind its length; `most` of them. Returns the rest. */
static rill_view show_texts(line *out, rill_view rest, size_t most) {
  for (; rest.n >= 2 && most != 0; most--) {
    size_t n = (size_t)rest.p[0] << 8 | rest.p[1];
    if (n > rest.n - 2) return rest;
    line_octets(out, (rill_view){rest.p + 2, n});
    rest = (rill_view){rest.p + 2 + n, rest.n - 2 - n};
  }
  return rest;
}

/* FRAME type id CONTENT, as the peer would say it. */
static void show_unknown(run *r, line *out, const rill_frame *frame) {
  show_content(out, frame->data, offset_of(&r->sent, frame->head.stream_id));
  if (frame->head.flags != 0) line_add(out, "flags=%u", (unsigned)frame->head.flags);
}

void show_code(line *out, const char *before, uint32_t code) {
  if (code <= RILL_HTTP_1_1_REQUIRED) {
    line_add(out, "%s%s", before, rill_code_text(code));
  } else {
    line_add(out, "%s0x%x", before, (unsigned)code);
  }
}

static void show_words(run *r, line *out, const rill_frame *frame) {
  const uint8_t *p = frame->data.p;
  switch (frame->head.type) {
  case RILL_DATA:
    show_content(out, frame->data, offset_of(&r->sent, frame->head.stream_id));
    if ((frame->head.flags & RILL_FLAG_END_STREAM) != 0) line_add(out, "END_STREAM");
    show_padding(r, out, frame);
    break;
  case RILL_RST_STREAM:
    show_code(out, "", frame->error_code);
    break;
  case RILL_SETTINGS:
    show_settings(r, out, frame);
    break;
  case RILL_PING:
    line_add(out, "%02x%02x%02x%02x%02x%02x%02x%02x", p[0], p[1], p[2], p[3], p[4], p[5], p[6], p[7]);
    if ((frame->head.flags & RILL_FLAG_ACK) != 0) line_add(out, "ACK");
    break;
  case RILL_GOAWAY:
    if (frame->error_code != RILL_NO_ERROR) r->goaways++;
    r->farewells++;
    r->goaway_code = frame->error_code;
    line_add(out, "last=%u", (unsigned)frame->last_stream_id);
    show_code(out, "", frame->error_code);
    if (frame->data.n != 0) line_octets(out, frame->data);
    break;
  case RILL_WINDOW_UPDATE:
    line_add(out, "%u", (unsigned)frame->increment);
    break;
  case RILL_PRIORITY_UPDATE:
    line_add(out, "%u", (unsigned)frame->prioritized_id);
    line_octets(out, frame->data);
    break;
  case RILL_PRIORITY:
    show_priority(out, frame);
    break;
  case RILL_ALTSVC:
    line_octets(out, show_texts(out, frame->data, 1));
    break;
  case RILL_ORIGIN:
    if (show_texts(out, frame->data, SIZE_MAX).n != 0) line_add(out, "and more");
    break;
  default:
    show_unknown(r, out, frame);
    break;
  }
}

/* Unknown types by their number. */
static void show_name(line *out, const rill_frame_head *head) {
  const char *name = rill_frame_type_text(head->type);
  bool known = strcmp(name, "UNKNOWN") != 0;
  line_add(out, "%s", known ? name : "FRAME");
  if (!known) line_add(out, "0x%x", (unsigned)head->type);
  bool names_stream = !known || head->stream_id != 0 || head->type == RILL_WINDOW_UPDATE || head->type == RILL_ALTSVC;
  if (names_stream) line_add(out, "%u", (unsigned)head->stream_id);
}

static void show_frame(run *r, const rill_frame *frame) {
  bool goes_on = frame->head.type == RILL_CONTINUATION && r->block == frame->head.stream_id;
  if (r->block != 0 && !goes_on) run_broken(r, "%s came out inside a field block", rill_frame_type_text(frame->head.type));
  if (goes_on) {
    block_part(r, frame);
  } else if (frame->head.type == RILL_HEADERS || frame->head.type == RILL_PUSH_PROMISE) {
    show_headers(r, frame);
  } else {
    line *out = lines_new(&r->frames);
    show_name(out, &frame->head);
    show_words(r, out, frame);
  }
}

void show_frames(run *r) {
  size_t at = 0;
  while (at < r->wire.n) {
    if (r->wire.n - at >= MAGIC && memcmp(r->wire.p + at, "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", MAGIC) == 0) {
      line_add(lines_new(&r->frames), "PREFACE");
      at += MAGIC;
      continue;
    }
    rill_frame frame;
    rill_why why = RILL_WHY_NONE;
    rill_ssize n = rill_frame_parse(&frame, r->wire.p + at, r->wire.n - at, RILL_FRAME_SIZE_MAX, &why);
    if (n <= 0) {
      if (n < 0 || (r->conn != NULL && !r->eof)) run_broken(r, "the output holds no whole frame: %s", why_name(why));
      at = r->wire.n;
      break;
    }
    show_frame(r, &frame);
    at += (size_t)n;
  }
  octets_drop(&r->wire, at);
}

/* ---- joined content ---------------------------------------------------------------------------------------------------- */

/* n=3 and n=4 make n=7, "ab" and "c" make "abc", and empty content is nothing. */
static bool join_words(line *into, const line *next) {
  word *a = &into->words[2];
  const word *b = &next->words[2];
  line joined = {NULL, 0, 0, 0};
  uint64_t m, n;
  word ra, rb;
  if (word_eats(a, "n=", &ra) && word_eats(b, "n=", &rb) && word_number(&ra, &m) && word_number(&rb, &n)) {
    line_add(&joined, "n=%llu", (unsigned long long)(m + n));
  } else if (a->p[0] == '"' && (b->p[0] == '"' || a->n == 1)) {
    bool empty = a->n == 1;
    line_add(&joined, "%s%s", empty ? "" : a->p, empty ? b->p : b->p + 1);
  } else if (b->n == 1 && b->p[0] == '"') {
    line_add(&joined, "%s", a->p);
  } else {
    return false;
  }
  free(a->p);
  *a = joined.words[0];
  free(joined.words);
  for (size_t i = 3; i < next->n; i++)
    line_word(into, next->words[i].p, next->words[i].n);
  return true;
}

void join_data(lines *frames) {
  size_t kept = 0;
  for (size_t i = 0; i < frames->n; i++) {
    line *last = kept == 0 ? NULL : &frames->at[kept - 1], *next = &frames->at[i];
    bool both = last != NULL && last->n == 3 && next->n >= 3 && word_is(last, 0, "DATA") && word_is(next, 0, "DATA");
    if (both && strcmp(last->words[1].p, next->words[1].p) == 0 && join_words(last, next)) {
      line_free(next);
    } else {
      frames->at[kept++] = *next;
    }
  }
  frames->n = kept;
}
