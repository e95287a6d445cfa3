/* SPDX-License-Identifier: MIT */
/*
 * wire: frames in words to octets, as a peer that knows no shame would write them. HPACK is plain literals unless the words
 * ask for more. Nothing is judged, so that a transcript can say what no correct peer says.
 */
#include "talk/script.h"

#include <stdlib.h>
#include <string.h>

uint8_t pattern_octet(size_t offset) { return (uint8_t)(0x80 | ((offset * 31 + (offset >> 7) * 17) & 0x7f)); }

size_t *offset_of(offsets *map, uint32_t id) {
  for (size_t i = 0; i < map->n; i++) {
    if (map->at[2 * i] == id) return &map->at[2 * i + 1];
  }
  map->at = talk_grow(map->at, (map->n + 1) * 2 * sizeof(size_t));
  map->at[2 * map->n] = id;
  map->at[2 * map->n + 1] = 0;
  return &map->at[2 * map->n++ + 1];
}

void offsets_free(offsets *map) {
  free(map->at);
  map->at = NULL;
  map->n = 0;
}

/* One frame while its words are read. */
typedef struct builder {
  const char *file;
  const line *in;
  offsets *sent;
  size_t at; /* the word that is read */
  octets payload;
  uint8_t type, flags;
  uint32_t stream;
  bool more, reserved; /* not END_HEADERS; the reserved bit */
  bool padded, prioritised;
  uint8_t pad, weight;
  uint32_t dependency;
  int64_t length; /* -1: as it is */
} builder;

static void complain(const builder *b, const char *what) {
  const char *p = b->at < b->in->n ? b->in->words[b->at].p : "the end";
  script_fail(b->file, b->in->number, "%s, at '%s'", what, p);
}

static uint32_t take_number(builder *b, const char *what) {
  uint64_t number = 0;
  if (b->at >= b->in->n || !word_number(&b->in->words[b->at], &number) || number > UINT32_MAX) complain(b, what);
  b->at++;
  return (uint32_t)number;
}

static bool eats_number(const word *in, const char *prefix, uint64_t *out) {
  word rest;
  return word_eats(in, prefix, &rest) && word_number(&rest, out);
}

/* +pad=3 and the like; true if the word was one. */
static bool take_option(builder *b) {
  const word *w = &b->in->words[b->at];
  uint64_t v;
  if (w->n == 0 || w->p[0] != '+') return false;
  if (eats_number(w, "+pad=", &v)) {
    b->padded = true;
    b->pad = (uint8_t)v;
  } else if (eats_number(w, "+dep=", &v)) {
    b->prioritised = true;
    b->dependency |= (uint32_t)v;
  } else if (eats_number(w, "+weight=", &v)) {
    b->prioritised = true;
    b->weight = (uint8_t)v;
  } else if (eats_number(w, "+flags=", &v)) {
    b->flags |= (uint8_t)v;
  } else if (eats_number(w, "+length=", &v)) {
    b->length = (int64_t)v;
  } else if (word_is(b->in, b->at, "+exclusive")) {
    b->prioritised = true;
    b->dependency |= 0x80000000u;
  } else if (word_is(b->in, b->at, "+reserved")) {
    b->reserved = true;
  } else {
    complain(b, "no such option");
  }
  return true;
}

static bool take_flag(builder *b) {
  if (word_is(b->in, b->at, "END_STREAM") || word_is(b->in, b->at, "ACK")) {
    b->flags |= RILL_FLAG_END_STREAM;
  } else if (word_is(b->in, b->at, "MORE")) {
    b->more = true;
  } else if (!word_is(b->in, b->at, "END_HEADERS")) {
    return false;
  }
  return true;
}

/* ---- field blocks ------------------------------------------------------------------------------------------------------ */

static void put_integer(octets *out, uint32_t first, unsigned bits, uint64_t v) {
  uint32_t most = (1u << bits) - 1;
  if (v < most) {
    octets_byte(out, first | (uint32_t)v);
    return;
  }
  octets_byte(out, first | most);
  for (v -= most; v >= 128; v /= 128)
    octets_byte(out, 0x80 | (uint32_t)(v % 128));
  octets_byte(out, (uint32_t)v);
}

static void put_string(octets *out, rill_view view) {
  put_integer(out, 0, 7, view.n);
  octets_add(out, view.p, view.n);
}

bool field_read(const word *in, field_word *out) {
  *out = (field_word){{NULL, 0}, {NULL, 0}, 1, false, false};
  const char *p = in->p, *end = in->p + in->n;
  char *star;
  size_t count = strtoul(p, &star, 10);
  if (star != p && *star == '*') {
    out->count = count;
    p = star + 1;
  }
  if (p != end && (*p == '^' || *p == '!')) {
    out->indexed = *p == '^';
    out->never = *p == '!';
    p++;
  }
  const char *equals = p == end ? NULL : memchr(p, '=', (size_t)(end - p));
  if (equals == NULL) return false;
  out->name = (rill_view){(const uint8_t *)p, (size_t)(equals - p)};
  out->value = (rill_view){(const uint8_t *)equals + 1, (size_t)(end - equals - 1)};
  return true;
}

static void put_field(octets *out, const field_word *field) {
  for (size_t i = 0; i < field->count; i++) {
    octets_byte(out, field->indexed ? 0x40 : field->never ? 0x10 : 0);
    put_string(out, field->name);
    put_string(out, field->value);
  }
}

static void take_field(builder *b) {
  const word *w = &b->in->words[b->at];
  field_word field;
  uint64_t v;
  word rest;
  if (eats_number(w, "idx:", &v)) {
    put_integer(&b->payload, 0x80, 7, v);
  } else if (eats_number(w, "size:", &v)) {
    put_integer(&b->payload, 0x20, 5, v);
  } else if (word_eats(w, "hex:", &rest)) {
    if (!word_hex(rest.p, rest.n, &b->payload)) complain(b, "not pairs of hexadecimal digits");
  } else if (field_read(w, &field)) {
    put_field(&b->payload, &field);
  } else {
    complain(b, "neither a flag nor a field");
  }
}

static void take_block(builder *b) {
  for (; b->at < b->in->n; b->at++) {
    if (!take_flag(b) && !take_option(b)) take_field(b);
  }
  if (!b->more) b->flags |= RILL_FLAG_END_HEADERS;
}

/* ---- one function for each type ---------------------------------------------------------------------------------------- */

static void take_content(builder *b) {
  const word *w = &b->in->words[b->at];
  uint64_t n;
  word rest;
  if (eats_number(w, "n=", &n)) {
    size_t *offset = offset_of(b->sent, b->stream);
    while (n-- > 0)
      octets_byte(&b->payload, pattern_octet((*offset)++));
  } else if (word_eats(w, "hex=", &rest)) {
    if (!word_hex(rest.p, rest.n, &b->payload)) complain(b, "not pairs of hexadecimal digits");
  } else if (w->n != 0 && w->p[0] == '"') {
    octets_add(&b->payload, w->p + 1, w->n - 1);
  } else {
    complain(b, "content is \"text\", hex= or n=");
  }
}

static void take_data(builder *b) {
  for (; b->at < b->in->n; b->at++) {
    if (!take_flag(b) && !take_option(b)) take_content(b);
  }
}

static void take_priority(builder *b) {
  for (; b->at < b->in->n; b->at++) {
    if (!take_option(b)) complain(b, "no such option");
  }
  octets_number(&b->payload, b->dependency, 4);
  octets_byte(&b->payload, b->weight);
  b->prioritised = false;
}

static void take_code(builder *b) {
  uint32_t code;
  if (b->at >= b->in->n || !name_code(&b->in->words[b->at], &code)) {
    complain(b, "no such error code");
  } else {
    octets_number(&b->payload, code, 4);
  }
  b->at++;
}

static void take_rest(builder *b) {
  for (; b->at < b->in->n; b->at++) {
    if (!take_flag(b) && !take_option(b)) take_content(b);
  }
}

static void take_reset(builder *b) {
  take_code(b);
  take_rest(b);
}

void wire_settings(octets *out, const line *in, size_t from, const char *file) {
  for (size_t i = from; i < in->n; i++) {
    const word *w = &in->words[i];
    char *equals = memchr(w->p, '=', w->n);
    uint64_t value = 0;
    uint16_t id = 0;
    word name = {w->p, equals == NULL ? 0 : (size_t)(equals - w->p)};
    word number = {equals == NULL ? w->p : equals + 1, equals == NULL ? 0 : w->n - name.n - 1};
    char *copy = talk_copy(name.p, name.n);
    word named = {copy, name.n};
    if (!name_setting(&named, &id) || !word_number(&number, &value) || value > UINT32_MAX) {
      script_fail(file, in->number, "'%s' is no NAME=VALUE of SETTINGS", w->p);
    }
    free(copy);
    octets_number(out, id, 2);
    octets_number(out, (uint32_t)value, 4);
  }
}

size_t script_settings(rill_setting *out, size_t most, const line *in, size_t from, size_t end, const char *file) {
  octets entries = {NULL, 0, 0};
  line words = {in->words, end, 0, in->number};
  wire_settings(&entries, &words, from, file);
  size_t count = entries.n / 6;
  if (count > most) script_fail(file, in->number, "too many settings");
  for (size_t i = 0; i < count && i < most; i++) {
    const uint8_t *p = entries.p + 6 * i;
    out[i].id = (uint16_t)(p[0] << 8 | p[1]);
    out[i].value = (uint32_t)p[2] << 24 | (uint32_t)p[3] << 16 | (uint32_t)p[4] << 8 | p[5];
  }
  octets_free(&entries);
  return count;
}

static void take_settings(builder *b) {
  line entries = {NULL, 0, 0, b->in->number};
  for (; b->at < b->in->n; b->at++) {
    if (!take_flag(b) && !take_option(b)) line_word(&entries, b->in->words[b->at].p, b->in->words[b->at].n);
  }
  wire_settings(&b->payload, &entries, 0, b->file);
  line_free(&entries);
}

static void take_promise(builder *b) {
  octets_number(&b->payload, take_number(b, "the promised stream is missing"), 4);
  take_block(b);
}

static void take_ping(builder *b) {
  if (b->at >= b->in->n || !word_hex(b->in->words[b->at].p, b->in->words[b->at].n, &b->payload)) complain(b, "no payload");
  b->at++;
  take_rest(b);
}

static void take_goaway(builder *b) {
  uint64_t last;
  if (b->at >= b->in->n || !eats_number(&b->in->words[b->at], "last=", &last)) {
    complain(b, "last= is missing");
  } else {
    octets_number(&b->payload, (uint32_t)last, 4);
  }
  b->at++;
  take_code(b);
  take_rest(b);
}

static void take_window(builder *b) {
  octets_number(&b->payload, take_number(b, "the increment is missing"), 4);
  take_rest(b);
}

static void take_update(builder *b) {
  octets_number(&b->payload, take_number(b, "the prioritized stream is missing"), 4);
  take_rest(b);
}

/* A text behind its length. */
static void take_text(builder *b) {
  const word *w = &b->in->words[b->at];
  bool quoted = w->n != 0 && w->p[0] == '"';
  octets_number(&b->payload, (uint32_t)(w->n - quoted), 2);
  octets_add(&b->payload, w->p + quoted, w->n - quoted);
  b->at++;
}

/* ALTSVC id ORIGIN VALUE */
static void take_altsvc(builder *b) {
  if (b->at + 2 > b->in->n) complain(b, "origin and value are missing");
  take_text(b);
  take_rest(b);
}

/* ORIGIN ORIGIN... */
static void take_origin(builder *b) {
  while (b->at < b->in->n) {
    if (take_option(b)) {
      b->at++;
    } else {
      take_text(b);
    }
  }
}

static void take_any(builder *b) {
  b->type = (uint8_t)b->stream;
  b->stream = take_number(b, "the stream is missing");
  take_rest(b);
}

typedef struct frame_kind {
  const char *name;
  uint8_t type;
  bool stream; /* the word behind the name says which */
  void (*take)(builder *b);
} frame_kind;

static const frame_kind kinds[] = {
    {"DATA", RILL_DATA, true, take_data},
    {"HEADERS", RILL_HEADERS, true, take_block},
    {"PRIORITY", RILL_PRIORITY, true, take_priority},
    {"RST_STREAM", RILL_RST_STREAM, true, take_reset},
    {"SETTINGS", RILL_SETTINGS, false, take_settings},
    {"PUSH_PROMISE", RILL_PUSH_PROMISE, true, take_promise},
    {"PING", RILL_PING, false, take_ping},
    {"GOAWAY", RILL_GOAWAY, false, take_goaway},
    {"WINDOW_UPDATE", RILL_WINDOW_UPDATE, true, take_window},
    {"CONTINUATION", RILL_CONTINUATION, true, take_block},
    {"PRIORITY_UPDATE", RILL_PRIORITY_UPDATE, false, take_update},
    {"ALTSVC", RILL_ALTSVC, true, take_altsvc},
    {"ORIGIN", RILL_ORIGIN, false, take_origin},
    {"FRAME", 0, true, take_any}, /* FRAME type stream content: any at all */
};

static void put_frame(octets *out, builder *b) {
  octets body = {NULL, 0, 0};
  if (b->padded) {
    b->flags |= RILL_FLAG_PADDED;
    octets_byte(&body, b->pad);
  }
  if (b->prioritised) {
    b->flags |= RILL_FLAG_PRIORITY;
    octets_number(&body, b->dependency, 4);
    octets_byte(&body, b->weight);
  }
  octets_add(&body, b->payload.p, b->payload.n);
  for (unsigned i = 0; b->padded && i < b->pad; i++)
    octets_byte(&body, 0);
  octets_number(out, b->length >= 0 ? (uint32_t)b->length : (uint32_t)body.n, 3);
  octets_byte(out, b->type);
  octets_byte(out, b->flags);
  octets_number(out, b->stream | (b->reserved ? 0x80000000u : 0), 4);
  octets_add(out, body.p, body.n);
  octets_free(&body);
}

void wire_frame(octets *out, const line *in, const char *file, offsets *sent) {
  builder b = {.file = file, .in = in, .sent = sent, .length = -1, .at = 1};
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (!word_is(in, 0, kinds[i].name)) continue;
    b.type = kinds[i].type;
    if (kinds[i].stream) b.stream = take_number(&b, "the stream is missing");
    kinds[i].take(&b);
    put_frame(out, &b);
    octets_free(&b.payload);
    return;
  }
  script_fail(file, in->number, "no such frame: '%s'", in->n == 0 ? "" : in->words[0].p);
}
