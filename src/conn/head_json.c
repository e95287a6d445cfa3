/* SPDX-License-Identifier: MIT */
/*
 * A head as a line of JSON: {"stream":1,"kind":"request","end":true,"fields":[{"name":":method","value":"GET"},...]}. A value
 * that is not told has its size instead: {"name":"cookie","octets":30}, with "secret":true if it is never to be indexed.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "base/words.h"

static const char *const kinds[] = {
    [RILL_HEAD_REQUEST] = "request",   [RILL_HEAD_RESPONSE] = "response", [RILL_HEAD_INFORMATIONAL] = "informational",
    [RILL_HEAD_TRAILERS] = "trailers", [RILL_HEAD_PUSH] = "push",
};

#define LIT(text) ((rill_view){(const uint8_t *)(text), sizeof(text) - 1})

typedef struct fields {
  rill__words *w;
  const rill_head *head;
  bool values; /* are to be told */
  bool first;
} fields;

static void say_field(fields *f, rill_view name, rill_view value, bool plain, bool secret) {
  rill__say(f->w, f->first ? "{\"name\":" : ",{\"name\":");
  f->first = false;
  rill__say_json(f->w, name);
  if (!secret && (plain || f->values)) {
    rill__say(f->w, ",\"value\":");
    rill__say_json(f->w, value);
  } else {
    rill__say_number(f->w, ",\"octets\":", value.n);
    if (secret) rill__say(f->w, ",\"secret\":true");
  }
  rill__say(f->w, "}");
}

/* It came as one that is never to be indexed. */
static bool is_secret_pseudo(const rill_head *head, rill_view name) {
  for (size_t i = 0; i + head->field_count < head->all_count; i++) {
    if (rill__view_eq(head->all[i].name, name)) return (head->all[i].flags & RILL_FIELD_NEVER_INDEX) != 0;
  }
  return false;
}

static void say_pseudo(fields *f, rill_view name, rill_view value, bool plain) {
  if (value.n != 0) say_field(f, name, value, plain, is_secret_pseudo(f->head, name));
}

static void say_status(fields *f, uint16_t status) {
  if (status == 0) return;
  uint8_t digits[3] = {(uint8_t)('0' + status / 100 % 10), (uint8_t)('0' + status / 10 % 10), (uint8_t)('0' + status % 10)};
  say_pseudo(f, LIT(":status"), (rill_view){digits, sizeof digits}, true);
}

/* A secret by its mark, or by its name: whoever made the mark may have forgotten it. */
static bool is_secret(const rill_field *field) {
  static const rill_view names[] = {{(const uint8_t *)"authorization", 13},
                                    {(const uint8_t *)"proxy-authorization", 19},
                                    {(const uint8_t *)"cookie", 6},
                                    {(const uint8_t *)"set-cookie", 10}};
  if ((field->flags & RILL_FIELD_NEVER_INDEX) != 0) return true;
  for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
    if (rill__view_eq(field->name, names[i])) return true;
  }
  return false;
}

size_t rill_head_json(char *dst, size_t cap, uint32_t id, const rill_head *head, bool values) {
  rill__words words = {dst, cap, 0}, *w = &words;
  fields f = {w, head, values, true};
  rill__say_number(w, "{\"stream\":", id);
  rill__say(w, ",\"kind\":\"");
  rill__say(w, kinds[head->kind]);
  rill__say(w, head->end_stream ? "\",\"end\":true,\"fields\":[" : "\",\"end\":false,\"fields\":[");
  say_status(&f, head->status);
  say_pseudo(&f, LIT(":method"), head->method, true);
  say_pseudo(&f, LIT(":protocol"), head->protocol, true);
  say_pseudo(&f, LIT(":scheme"), head->scheme, true);
  say_pseudo(&f, LIT(":authority"), head->authority, false);
  say_pseudo(&f, LIT(":path"), head->path, false);
  for (size_t i = 0; i < head->field_count; i++) {
    const rill_field *field = &head->fields[i];
    say_field(&f, field->name, field->value, rill__view_eq(field->name, LIT("content-length")), is_secret(field));
  }
  rill__say(w, "]}");
  return rill__words_end(w);
}
