/* SPDX-License-Identifier: MIT */
/*
 * Heads as HTTP/1.1 has them (9112 3 to 6). All is judged first, by the rules for what is submitted, since simple concatenation
 * is not secure unless the values are fully validated (9113 10.3); then nothing but room can be lacking.
 */
#include "conn/http1_inside.h"

#include "rules/message.h"

/* What tells where the content ends (9112 6.3). */
typedef enum framing {
  FRAMING_NONE, /* nothing has to: there is none, or it is a tunnel, or the connection ends behind it */
  FRAMING_LENGTH,
  FRAMING_CHUNKED
} framing;

typedef struct writing {
  const rill_head *head;
  unsigned flags;
  rill__section section;
  size_t pseudo_count;
  uint8_t status[3];
  rill_view authority; /* for host; may be empty */
  framing framing;
  int64_t length;
  /* the output */
  uint8_t *at;
  size_t room;
  bool full;
  rill_field pseudo[RILL__PSEUDO_COUNT + 1]; /* then host, where section.host_index finds it */
} writing;

/* ---- judgement: fields -------------------------------------------------------------------------------------------------- */

static rill_why add_pseudo(writing *w, uint16_t token, rill_view value) {
  if (value.n == 0) return RILL_WHY_NONE;
  rill_field *field = &w->pseudo[w->pseudo_count];
  *field = (rill_field){.name = rill__token_name(token), .value = value, .token = token};
  return rill__section_field(&w->section, w->pseudo_count++, field);
}

static rill_why judge_request_pseudo(writing *w) {
  static const rill__http1_pseudo pseudo[RILL__HTTP1_PSEUDO_COUNT] = {
      RILL__HTTP1_PSEUDO(METHOD, method), RILL__HTTP1_PSEUDO(SCHEME, scheme), RILL__HTTP1_PSEUDO(AUTHORITY, authority),
      RILL__HTTP1_PSEUDO(PATH, path), RILL__HTTP1_PSEUDO(PROTOCOL, protocol)};
  rill_why why = RILL_WHY_NONE;
  for (size_t i = 0; i < RILL__HTTP1_PSEUDO_COUNT && why == RILL_WHY_NONE; i++)
    why = add_pseudo(w, pseudo[i].token, rill__http1_value(w->head, &pseudo[i]));
  return why;
}

static rill_why judge_status(writing *w) {
  unsigned status = w->head->status;
  if (status > 999) return RILL_WHY_STATUS;
  w->status[0] = (uint8_t)('0' + status / 100);
  w->status[1] = (uint8_t)('0' + status / 10 % 10);
  w->status[2] = (uint8_t)('0' + status % 10);
  return add_pseudo(w, RILL_TOKEN__STATUS, (rill_view){w->status, sizeof w->status});
}

/*
 * What an application says of a field, its token and that it was checked, is not believed here: what is wrong with it would be
 * another field on the other side. The section looks again at host alone, so host alone is kept.
 */
static rill_why judge_field(writing *w, const rill_field *given) {
  rill_field field = {.name = given->name, .value = given->value, .token = rill__token_of(given->name)};
  rill_why why = rill__field_check(&field, rill__http1_rules(w->flags));
  if (why != RILL_WHY_NONE) return why;
  if (field.name.p[0] == ':') return rill__section_is_trailers(&w->section) ? RILL_WHY_PSEUDO_IN_TRAILERS : RILL_WHY_PSEUDO_LATE;
  if (field.token == RILL_TOKEN_HOST) w->pseudo[w->pseudo_count] = field;
  return rill__section_field(&w->section, w->pseudo_count, &field);
}

static rill_fault judge_section(writing *w) {
  const rill_head *head = w->head;
  bool request = head->kind == RILL_HEAD_REQUEST, trailers = head->kind == RILL_HEAD_TRAILERS;
  rill__section_kind kind = RILL__SECTION_RESPONSE;
  if (request) kind = RILL__SECTION_REQUEST;
  if (trailers) kind = RILL__SECTION_TRAILERS_REQUEST;
  rill__section_begin(&w->section, kind, rill__http1_rules(w->flags));
  rill_why why = request ? judge_request_pseudo(w) : trailers ? RILL_WHY_NONE : judge_status(w);
  if (why != RILL_WHY_NONE) return (rill_fault){why, head->field_count};
  for (size_t i = 0; i < head->field_count; i++) {
    why = judge_field(w, &head->fields[i]);
    if (why != RILL_WHY_NONE) return (rill_fault){why, i};
  }
  return (rill_fault){rill__section_end(&w->section, w->pseudo), head->field_count};
}

/* ---- judgement: the message --------------------------------------------------------------------------------------------- */

static bool is_switched(const writing *w) {
  bool success = w->head->kind == RILL_HEAD_RESPONSE && w->head->status < 300;
  return success && (w->flags & RILL_HTTP1_UPGRADE) != 0;
}

/* Of a final response. */
static bool is_success_to_connect(const writing *w) { return w->head->status < 300 && (w->flags & RILL_HTTP1_TO_CONNECT) != 0; }

static bool has_pseudo(const writing *w, rill__pseudo pseudo) { return w->section.pseudo[pseudo] >= 0; }

/* What goes into the request line and into host must be expressible there, whatever the scheme. */
static rill_why judge_target(writing *w) {
  w->authority = rill__section_pseudo(&w->section, RILL__PSEUDO_AUTHORITY, w->pseudo);
  bool named = has_pseudo(w, RILL__PSEUDO_AUTHORITY);
  if (!named && w->section.host_index != RILL__NO_INDEX) w->authority = w->pseudo[w->section.host_index].value;
  if (w->authority.n != 0) {
    rill__authority authority;
    if (!rill__parse_authority(&authority, w->authority)) return RILL_WHY_AUTHORITY;
    if (authority.userinfo) return RILL_WHY_AUTHORITY_USERINFO;
  }
  if (has_pseudo(w, RILL__PSEUDO_PROTOCOL)) {
    if (!rill__http1_is_protocol(w->head->protocol)) return RILL_WHY_CONNECT_PROTOCOL;
  } else if (rill__section_is_connect(&w->section)) {
    return RILL_WHY_NONE;
  }
  if ((w->flags & RILL_HTTP1_ABSOLUTE) != 0 && w->authority.n == 0) return RILL_WHY_AUTHORITY_MISSING;
  bool star = rill__view_eq(w->head->path, LIT("*")) && w->section.means[RILL__PSEUDO_METHOD] == RILL__METHOD_OPTIONS;
  return star || w->head->path.p[0] == '/' ? RILL_WHY_NONE : RILL_WHY_PATH;
}

/* 9110 8.6, 9.3: methods that give content a meaning; servers ask for its length (411). */
static bool expects_content(rill_view method) {
  return rill__view_eq(method, LIT("POST")) || rill__view_eq(method, LIT("PUT")) || rill__view_eq(method, LIT("PATCH"));
}

static rill_why judge_content(writing *w) {
  bool request = w->head->kind == RILL_HEAD_REQUEST;
  if (w->length >= 0 || (w->flags & RILL_HTTP1_CHUNKED) != 0) {
    w->framing = (w->flags & RILL_HTTP1_CHUNKED) != 0 ? FRAMING_CHUNKED : FRAMING_LENGTH;
  } else if (w->head->end_stream) {
    w->length = 0;
    w->framing = request && !expects_content(w->head->method) ? FRAMING_NONE : FRAMING_LENGTH;
  } else if (request || (w->flags & RILL_HTTP1_CLOSE) == 0) {
    return RILL_WHY_HTTP1_FRAMING;
  }
  return RILL_WHY_NONE;
}

/* A length where there is no content speaks of another representation (HEAD, 304), or means nothing. */
static rill_why judge_framing(writing *w) {
  bool request = w->head->kind == RILL_HEAD_REQUEST;
  unsigned status = w->head->status;
  bool tunnel = request ? rill__section_is_connect(&w->section) : is_switched(w) || is_success_to_connect(w);
  bool bare = !request && ((w->flags & RILL_HTTP1_TO_HEAD) != 0 || status == 204 || status == 304);
  w->length = w->section.content_length;
  if (!tunnel && !bare) return judge_content(w);
  if ((w->flags & RILL_HTTP1_CHUNKED) != 0) return RILL_WHY_HTTP1_FRAMING;
  if (bare && w->length >= 0) w->framing = FRAMING_LENGTH;
  return RILL_WHY_NONE;
}

static rill_why judge_message(writing *w) {
  bool request = w->head->kind == RILL_HEAD_REQUEST, interim = rill__section_is_interim(&w->section);
  rill__exchange exchange = {.to_head = (w->flags & RILL_HTTP1_TO_HEAD) != 0,
                             .to_connect = (w->flags & (RILL_HTTP1_TO_CONNECT | RILL_HTTP1_UPGRADE)) != 0,
                             .max_interim = 1};
  rill__message message;
  if (!request && interim != (w->head->kind == RILL_HEAD_INFORMATIONAL)) return RILL_WHY_STATUS;
  rill__message_begin(&message, !request);
  rill_why why = rill__message_head(&message, &w->section, w->head->end_stream, &exchange);
  if (why == RILL_WHY_NONE && request) why = judge_target(w);
  if (why == RILL_WHY_NONE && is_switched(w) && !rill__http1_is_protocol(w->head->protocol)) why = RILL_WHY_CONNECT_PROTOCOL;
  return why == RILL_WHY_NONE && !interim ? judge_framing(w) : why;
}

/* ---- the octets --------------------------------------------------------------------------------------------------------- */

static void put(writing *w, rill_view octets) {
  if (octets.n > w->room) w->full = true;
  if (w->full) return;
  w->at = rill__put(w->at, octets.p, octets.n);
  w->room -= octets.n;
}

static void put_text(writing *w, const char *text) { put(w, (rill_view){(const uint8_t *)text, strlen(text)}); }

static void put_line(writing *w, rill_view name, rill_view value) {
  put(w, name);
  put_text(w, ": ");
  put(w, value);
  put_text(w, "\r\n");
}

static void put_length(writing *w) {
  uint8_t digits[20], *end = digits + sizeof digits, *p = end;
  uint64_t rest = (uint64_t)w->length;
  do {
    *--p = (uint8_t)('0' + rest % 10);
    rest /= 10;
  } while (rest != 0);
  put_line(w, LIT("content-length"), (rill_view){p, (size_t)(end - p)});
}

/* 9112 3.2.1 to 3.2.4. An absolute-form without a path stands for * (9112 3.2.4). */
static void put_target(writing *w) {
  rill_view path = w->head->path;
  bool upgrade = has_pseudo(w, RILL__PSEUDO_PROTOCOL);
  if (rill__section_is_connect(&w->section) && !upgrade) {
    put(w, w->authority);
    return;
  }
  if ((w->flags & RILL_HTTP1_ABSOLUTE) != 0) {
    put(w, w->head->scheme);
    put_text(w, "://");
    put(w, w->authority);
    if (path.p[0] == '*') return;
  }
  put(w, path);
}

static void put_request_line(writing *w) {
  put(w, has_pseudo(w, RILL__PSEUDO_PROTOCOL) ? LIT("GET") : w->head->method);
  put_text(w, " ");
  put_target(w);
  put_text(w, " HTTP/1.1\r\n");
  put_line(w, LIT("host"), w->authority);
}

/* 9112 4: the space stays where the reason phrase is empty. */
static void put_status_line(writing *w) {
  put_text(w, "HTTP/1.1 ");
  put(w, is_switched(w) ? LIT("101") : (rill_view){w->status, sizeof w->status});
  put_text(w, " \r\n");
}

/* 9113 8.2.3: the first cookie line and all that follow, as one. */
static void put_cookies(writing *w, size_t from) {
  const rill_field *fields = w->head->fields;
  bool begun = false;
  put_text(w, "cookie: ");
  for (size_t i = from; i < w->head->field_count; i++) {
    if (rill__token_of(fields[i].name) != RILL_TOKEN_COOKIE || fields[i].value.n == 0) continue;
    if (begun) put_text(w, "; ");
    put(w, fields[i].value);
    begun = true;
  }
  put_text(w, "\r\n");
}

static void put_fields(writing *w) {
  bool cookies = false;
  for (size_t i = 0; i < w->head->field_count; i++) {
    const rill_field *field = &w->head->fields[i];
    uint16_t token = rill__token_of(field->name);
    bool request = w->head->kind == RILL_HEAD_REQUEST;
    if (token == RILL_TOKEN_OTHER && rill__http1_drops(field->name, w->flags)) continue;
    if (token == RILL_TOKEN_CONTENT_LENGTH || token == RILL_TOKEN_TE || (request && token == RILL_TOKEN_HOST)) continue;
    if (!request || token != RILL_TOKEN_COOKIE) {
      put_line(w, field->name, field->value);
    } else if (!cookies) {
      put_cookies(w, i);
      cookies = true;
    }
  }
}

static const char *put_option(writing *w, const char *before, const char *option) {
  put_text(w, before);
  put_text(w, option);
  return ", ";
}

/* 9110 7.6.1: each field for this one hop is named. */
static void put_connection(writing *w) {
  bool interim = rill__section_is_interim(&w->section) || is_switched(w); /* 101 is one, too */
  bool upgrade = has_pseudo(w, RILL__PSEUDO_PROTOCOL) || is_switched(w);
  const char *before = "connection: ";
  if (w->section.te) before = put_option(w, before, "te");
  if (upgrade) before = put_option(w, before, "upgrade");
  if ((w->flags & RILL_HTTP1_CLOSE) != 0 && !interim) before = put_option(w, before, "close");
  if (before[0] == ',') put_text(w, "\r\n");
  if (w->section.te) put_text(w, "te: trailers\r\n");
  if (upgrade) put_line(w, LIT("upgrade"), w->head->protocol);
}

static void put_head(writing *w) {
  bool trailers = rill__section_is_trailers(&w->section);
  if (w->head->kind == RILL_HEAD_REQUEST) {
    put_request_line(w);
  } else if (!trailers) {
    put_status_line(w);
  }
  put_fields(w);
  if (w->framing == FRAMING_LENGTH) put_length(w);
  if (w->framing == FRAMING_CHUNKED) put_text(w, "transfer-encoding: chunked\r\n");
  if (!trailers) put_connection(w);
  put_text(w, "\r\n");
}

rill_ssize rill_http1_write(uint8_t *dst, size_t cap, const rill_head *head, unsigned flags, rill_fault *fault) {
  writing w = {.head = head, .flags = flags, .at = dst, .room = cap};
  rill_fault found = judge_section(&w);
  if (found.why == RILL_WHY_NONE && head->kind != RILL_HEAD_TRAILERS) found.why = judge_message(&w);
  if (found.why == RILL_WHY_NONE) found.index = 0;
  if (fault != NULL) *fault = found;
  if (found.why != RILL_WHY_NONE) return RILL_ERR_INVALID;
  put_head(&w);
  return w.full ? RILL_ERR_LIMIT : (rill_ssize)(w.at - dst);
}
