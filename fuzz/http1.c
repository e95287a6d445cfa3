/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the heads of HTTP/1.1. The first octet says whether the rest is octets to read or a head to write, the second and third
 * give kind, flags and room. What is read must be fit to be submitted, the same however it is cut, and written. What is written
 * must have the lines it should and no more, and be read to its last octet. From the second writing on nothing changes any more.
 */
#include "base/bytes.h"
#include "fuzz.h"
#include "hpack/token.h"
#include "rules/section.h"
#include <rill/http1.h>

enum { FIELDS = 24, ROOM = 2 * FIELDS + 16 };

static const rill_head_kind kinds[] = {RILL_HEAD_REQUEST, RILL_HEAD_RESPONSE, RILL_HEAD_INFORMATIONAL, RILL_HEAD_TRAILERS};

/* A reader with room of exactly its size. */
static rill_http1_reader reader_of(rill_head_kind kind, unsigned flags, rill_view scheme, size_t room, size_t max_octets) {
  return (rill_http1_reader){.kind = kind == RILL_HEAD_INFORMATIONAL ? RILL_HEAD_RESPONSE : kind,
                             .flags = flags,
                             .scheme = scheme,
                             .room = fuzz_room(room * sizeof(rill_field)),
                             .room_count = room,
                             .max_octets = max_octets};
}

/* ---- what holds for all that was read ---------------------------------------------------------------------------------- */

static void judge(const rill_http1_reader *r) {
  const rill__field_rules rules = {
      .submitted = true, .allow_odd_path = true, .extended_connect = (r->flags & RILL_HTTP1_UPGRADE) != 0};
  rill__section section;
  rill__section_kind kind = r->kind == RILL_HEAD_REQUEST    ? RILL__SECTION_REQUEST
                            : r->kind == RILL_HEAD_TRAILERS ? RILL__SECTION_TRAILERS_REQUEST
                                                            : RILL__SECTION_RESPONSE;
  rill__section_begin(&section, kind, &rules);
  for (size_t i = 0; i < r->field_count; i++) {
    rill_field field = {.name = r->fields[i].name, .value = r->fields[i].value, .token = rill__token_of(r->fields[i].name)};
    demand(field.token == r->fields[i].token && r->fields[i].hash == 0);
    demand(rill__field_check(&field, &rules) == RILL_WHY_NONE);
    demand(rill__section_field(&section, i, &field) == RILL_WHY_NONE);
  }
  demand(rill__section_end(&section, r->fields) == RILL_WHY_NONE);
  demand(section.content_length == r->head.content_length && section.status == r->head.status);
  demand(r->head.fields == r->fields + section.pseudo_count);
  demand(r->head.field_count == r->field_count - section.pseudo_count);
  demand((r->head.kind == RILL_HEAD_INFORMATIONAL) == (section.status >= 100 && section.status < 200));
  demand(!r->head.end_stream || !r->chunked);
}

static rill_view write_read(const rill_http1_reader *r) {
  unsigned flags = r->flags;
  if (r->chunked && r->head.kind != RILL_HEAD_TRAILERS) flags |= RILL_HTTP1_CHUNKED;
  if (r->close) flags |= RILL_HTTP1_CLOSE;
  rill_fault fault;
  size_t cap = 256;
  for (size_t i = 0; i < r->field_count; i++)
    cap += r->fields[i].name.n + r->fields[i].value.n + 4;
  uint8_t *dst = fuzz_room(2 * cap);
  rill_ssize n = rill_http1_write(dst, 2 * cap, &r->head, flags, &fault);
  demand(n > 0 && fault.why == RILL_WHY_NONE);
  return (rill_view){dst, (size_t)n};
}

static void drop(rill_view octets) { free((void *)(uintptr_t)octets.p); }

/* Written, read, written, read, written: the second time and the third are the same. */
static void pass_round(const rill_http1_reader *first) {
  rill_view one = write_read(first);
  rill_http1_reader second = reader_of(first->kind, first->flags, first->head.scheme, ROOM, SIZE_MAX);
  uint8_t *octets = fuzz_copy(one.p, one.n);
  demand(rill_http1_read(&second, octets, one.n) == (rill_ssize)one.n);
  judge(&second);
  demand(second.chunked == first->chunked && second.close == first->close);
  demand(second.head.end_stream == first->head.end_stream && second.head.kind == first->head.kind);
  rill_view two = write_read(&second);
  demand(first->kind != RILL_HEAD_REQUEST || rill__view_eq(one, two));
  rill_http1_reader third = reader_of(first->kind, first->flags, second.head.scheme, ROOM, SIZE_MAX);
  uint8_t *again = fuzz_copy(two.p, two.n);
  demand(rill_http1_read(&third, again, two.n) == (rill_ssize)two.n);
  rill_view three = write_read(&third);
  demand(rill__view_eq(two, three));
  drop(one), drop(two), drop(three);
  free(octets), free(again), free(second.room), free(third.room);
}

/* ---- reading ------------------------------------------------------------------------------------------------------------ */

static void check_read(rill_head_kind kind, unsigned flags, rill_view input) {
  if (input.n < 2) return;
  size_t room = input.p[0] % (ROOM - 16), cut = input.p[1];
  rill__view_take(&input, 2);
  size_t max_octets = room % 8 == 7 ? input.n : SIZE_MAX;
  rill_view scheme = {(const uint8_t *)"https", room % 2 == 0 ? 5 : 4};
  rill_http1_reader whole = reader_of(kind, flags, scheme, room, max_octets);
  rill_http1_reader pieces = reader_of(kind, flags, scheme, room, max_octets);
  uint8_t *octets = fuzz_copy(input.p, input.n), *again = fuzz_copy(input.p, input.n);
  rill_ssize n = rill_http1_read(&whole, octets, input.n), got = 0;
  demand((n < 0) == (whole.fault.why != RILL_WHY_NONE));
  for (size_t at = cut < input.n ? cut : input.n; (got = rill_http1_read(&pieces, again, at)) == 0 && at < input.n;) {
    demand(at == 0 || memcmp(again, input.p, at) == 0);
    at += cut % 16 + 1;
    if (at > input.n) at = input.n;
  }
  demand(got == n && pieces.fault.why == whole.fault.why && pieces.fault.index == whole.fault.index);
  demand(n <= (rill_ssize)input.n);
  if (n > 0) {
    judge(&whole);
    pass_round(&whole);
  }
  free(octets), free(again), free(whole.room), free(pieces.room);
}

/* ---- writing ------------------------------------------------------------------------------------------------------------ */

/* A piece of the input behind its size; or one of these. */
static rill_view take_text(rill_view *input) {
  static const char *const usual[] = {"GET",    "CONNECT",  "OPTIONS",        "POST",     "http",   "a:443",  "/", "*",
                                      "cookie", "trailers", "content-length", "te",       "host",   "0",      "5", "websocket",
                                      "x",      "x_y",      "http2-settings", "priority", "accept", "a\r\nb", "",  "https"};
  if (input->n == 0) return (rill_view){NULL, 0};
  size_t how = *rill__view_take(input, 1).p;
  if (how >= 128) {
    const char *text = usual[how % (sizeof usual / sizeof *usual)];
    return (rill_view){(const uint8_t *)text, strlen(text)};
  }
  return rill__view_take(input, how < input->n ? how : input->n);
}

/* How many lines the fields become: what is left out and what is joined is known by name. */
static size_t field_lines(const rill_head *head, unsigned flags) {
  size_t lines = 0;
  bool cookies = false, request = head->kind == RILL_HEAD_REQUEST;
  for (size_t i = 0; i < head->field_count; i++) {
    rill_view name = head->fields[i].name;
    uint16_t token = rill__token_of(name);
    bool dropped = token == RILL_TOKEN_CONTENT_LENGTH || token == RILL_TOKEN_TE || (request && token == RILL_TOKEN_HOST);
    dropped = dropped || (request && token == RILL_TOKEN_COOKIE && cookies);
    dropped = dropped || (name.n == 14 && memcmp(name.p, "http2-settings", 14) == 0);
    dropped = dropped || (memchr(name.p, '_', name.n) != NULL && (flags & RILL_HTTP1_UNDERSCORES) == 0);
    cookies = cookies || token == RILL_TOKEN_COOKIE;
    lines += !dropped;
  }
  return lines;
}

/* Start line, host, framing, connection, te, upgrade, empty line; trailers have the last alone. */
static void check_lines(const rill_head *head, unsigned flags, rill_view octets) {
  size_t lines = 0, fields = field_lines(head, flags);
  for (size_t i = 0; i < octets.n; i++)
    lines += octets.p[i] == '\n';
  demand(lines >= fields + 1);
  if (head->kind == RILL_HEAD_TRAILERS) demand(lines == fields + 1);
  if (head->kind == RILL_HEAD_INFORMATIONAL) demand(lines == fields + 2);
  size_t own[] = {0, 0};
  rill_view rest = octets;
  static const char *const ours[] = {"content-length: ", "transfer-encoding: ", "connection: ", "te: ", "upgrade: "};
  while (rest.n != 0) {
    const uint8_t *end = memchr(rest.p, '\n', rest.n);
    demand(end != NULL && end != rest.p && end[-1] == '\r');
    rill_view line = rill__view_take(&rest, (size_t)(end - rest.p) + 1);
    for (size_t i = 0; i < sizeof ours / sizeof *ours; i++) {
      if (line.n > strlen(ours[i]) && memcmp(line.p, ours[i], strlen(ours[i])) == 0) own[i < 2 ? 0 : 1]++;
    }
  }
  demand(own[0] <= 1 && own[1] <= 3);
  size_t start = head->kind == RILL_HEAD_TRAILERS ? 0 : head->kind == RILL_HEAD_REQUEST ? 2 : 1;
  demand(lines == start + fields + own[0] + own[1] + 1);
}

static void check_write(rill_head_kind kind, unsigned flags, rill_view input) {
  rill_field fields[FIELDS];
  rill_head head = {.kind = kind, .fields = fields};
  if (input.n < 2) return;
  head.end_stream = input.p[0] % 2 == 0;
  head.status = (uint16_t)(input.p[0] * 4 + input.p[1] % 4);
  rill__view_take(&input, 2);
  if (kind == RILL_HEAD_REQUEST) {
    head.method = take_text(&input);
    head.scheme = take_text(&input);
    head.authority = take_text(&input);
    head.path = take_text(&input);
  }
  head.protocol = take_text(&input);
  while (input.n != 0 && head.field_count < FIELDS) {
    rill_field *field = &fields[head.field_count++];
    *field = (rill_field){.name = take_text(&input), .value = take_text(&input)};
    field->token = (uint16_t)(field->value.n * 7);
    field->flags = RILL_FIELD_CHECKED;
  }
  size_t cap = 4096;
  for (size_t i = 0; i < head.field_count; i++)
    cap += head.fields[i].name.n + head.fields[i].value.n;
  uint8_t *dst = fuzz_room(cap);
  rill_fault fault;
  rill_ssize n = rill_http1_write(dst, cap, &head, flags, &fault);
  demand(n == RILL_ERR_INVALID ? fault.why != RILL_WHY_NONE : n > 0 && fault.why == RILL_WHY_NONE);
  if (n > 0) {
    uint8_t *less = fuzz_room((size_t)n - 1);
    demand(rill_http1_write(less, (size_t)n - 1, &head, flags, NULL) == RILL_ERR_LIMIT);
    check_lines(&head, flags, (rill_view){dst, (size_t)n});
    rill_http1_reader r = reader_of(kind, flags & 0x0f, head.scheme, ROOM, SIZE_MAX);
    demand(rill_http1_read(&r, dst, (size_t)n) == n && r.head.kind == kind);
    judge(&r);
    pass_round(&r);
    free(less), free(r.room);
  }
  free(dst);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  if (size < 2) return 0;
  rill_view input = {data + 2, size - 2};
  rill_head_kind kind = kinds[data[0] / 2 % 4];
  unsigned flags = data[1] & 0x7f;
  if (data[0] % 2 == 0) {
    check_read(kind, flags & 0x0f, input);
  } else {
    check_write(kind, flags, input);
  }
  return 0;
}
