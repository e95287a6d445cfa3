/* SPDX-License-Identifier: MIT */
/*
 * Heads of HTTP/1.1 read (9112 2 to 6): the end is found first, and nothing is changed before it is there. Then line after line;
 * then what only the whole head can tell: which fields connection names, where the content ends, which authority is meant. At
 * last the fields are judged as if they were about to be submitted, since that is what they are for.
 *
 * room[0 .. PSEUDO_ROOM) is for pseudo-header fields, put down last; regular fields stand behind it. While a head is under way
 * a field's hash is the number of its line.
 */
#include "conn/http1_inside.h"

#include "rules/priority.h"

enum { PSEUDO_ROOM = 5 };

typedef struct reading {
  rill_http1_reader *r;
  rill_head *head; /* r's, as it comes together; of no use to anybody unless all goes well */
  rill_why why;    /* RILL_WHY_NONE so far */
  uint32_t line;
  rill_field *fields; /* regular ones, head->field_count of them */
  rill_view status;   /* what head->status is a number for; empty in requests */
  /* what lines said that are no fields of HTTP/2 */
  rill_field host; /* name.n is 0: there was none */
  unsigned codings, upgrades, http2_settings;
  bool coding_is_chunked, te_trailers;
  bool option_close, option_upgrade;
  bool void_length; /* what content-length says means nothing */
} reading;

static bool is_request(const reading *g) { return g->r->kind == RILL_HEAD_REQUEST; }
static bool is_trailers(const reading *g) { return g->r->kind == RILL_HEAD_TRAILERS; }
static bool has_flag(const reading *g, unsigned flag) { return (g->r->flags & flag) != 0; }

/* ---- octets ------------------------------------------------------------------------------------------------------------- */

static void lower(uint8_t *p, size_t n) {
  for (size_t i = 0; i < n; i++) {
    if (p[i] >= 'A' && p[i] <= 'Z') p[i] |= 0x20;
  }
}

/* Views of the octets that were given to be changed. */
static void lower_view(rill_view view) { lower((uint8_t *)(uintptr_t)view.p, view.n); }

static bool is_space(uint8_t octet) { return octet == ' ' || octet == '\t'; }

static rill_view trim(rill_view view) {
  while (view.n != 0 && is_space(view.p[view.n - 1]))
    view.n--;
  while (view.n != 0 && is_space(view.p[0]))
    rill__view_take(&view, 1);
  return view;
}

static size_t find(rill_view view, uint8_t octet) {
  const uint8_t *at = view.n == 0 ? NULL : memchr(view.p, octet, view.n);
  return at == NULL ? view.n : (size_t)(at - view.p);
}

/* Cuts off what stands before this octet, which goes, too; all if there is none. */
static rill_view cut(rill_view *view, uint8_t octet) {
  rill_view head = rill__view_take(view, find(*view, octet));
  if (view->n != 0) rill__view_take(view, 1);
  return head;
}

/* The next member of a list (9110 5.6.1), perhaps an empty one; false behind the last. */
static bool next_member(rill_view *list, rill_view *member) {
  if (list->n == 0) return false;
  *member = trim(cut(list, ','));
  return true;
}

/* ---- the end of a head -------------------------------------------------------------------------------------------------- */

/* An empty line in front of a request line, which is passed over (9112 2.2). */
static bool begins_empty(const uint8_t *p, size_t n) { return n >= 2 && p[0] == '\r' && p[1] == '\n'; }

static uint32_t count_lines(const uint8_t *p, size_t n) {
  uint32_t lines = 0;
  for (size_t i = begins_empty(p, n) ? 2 : 0; i < n; i++)
    lines += p[i] == '\n';
  return lines;
}

/* i: of a line's LF. */
static bool is_end(const rill_http1_reader *r, const uint8_t *p, size_t i) {
  return i == 1 ? r->kind != RILL_HEAD_REQUEST : p[i - 2] == '\n';
}

/* The size of the head; 0 if it is not complete; or a refusal. No octet is looked at in two calls. */
static rill_ssize find_head(rill_http1_reader *r, const uint8_t *p, size_t n) {
  size_t most = n < r->max_octets ? n : r->max_octets;
  size_t i = r->seen <= most ? r->seen : 0;
  for (; (i += find((rill_view){p + i, most - i}, '\n')) < most; i++) {
    if (i == 0 || p[i - 1] != '\r') {
      r->fault = (rill_fault){RILL_WHY_HTTP1_LINE_END, count_lines(p, i)};
      return RILL_ERR_INVALID;
    }
    if (is_end(r, p, i)) return (rill_ssize)i + 1;
  }
  r->seen = most;
  if (n < r->max_octets) return 0;
  r->fault = (rill_fault){RILL_WHY_BLOCK_SIZE, count_lines(p, most)};
  return RILL_ERR_LIMIT;
}

/* ---- the start line ----------------------------------------------------------------------------------------------------- */

static rill_why take_version(reading *g, rill_view version) {
  bool is_one = version.n == 8 && memcmp(version.p, "HTTP/", 5) == 0 && version.p[6] == '.';
  if (!is_one || (unsigned)version.p[5] - '0' > 9 || (unsigned)version.p[7] - '0' > 9) return RILL_WHY_HTTP1_START_LINE;
  if (version.p[5] != '1' || version.p[7] > '1') return RILL_WHY_HTTP1_VERSION;
  g->r->minor = (uint8_t)(version.p[7] - '0');
  return RILL_WHY_NONE;
}

/* 9112 3.2.2. What lies between authority and query has to begin with a slash, and there is room for one in front. */
static rill_why take_absolute(reading *g, rill_view target) {
  size_t colon = find(target, ':');
  if (target.n - colon < 3 || memcmp(target.p + colon, "://", 3) != 0) return RILL_WHY_PATH;
  g->head->scheme = rill__view_take(&target, colon);
  lower_view(g->head->scheme);
  rill__view_take(&target, 3);
  size_t n = 0;
  while (n < target.n && target.p[n] != '/' && target.p[n] != '?' && target.p[n] != '#')
    n++;
  if (n == 0) return RILL_WHY_AUTHORITY;
  g->head->authority = rill__view_take(&target, n);
  g->head->path = target;
  if (target.n == 0) {
    g->head->path = rill__view_eq(g->head->method, LIT("OPTIONS")) ? LIT("*") : LIT("/"); /* 9113 8.3.1 */
  } else if (target.p[0] == '?') {
    uint8_t *at = (uint8_t *)(uintptr_t)g->head->authority.p - 1;
    memmove(at, at + 1, n);
    at[n] = '/';
    g->head->authority.p = at;
    g->head->path = (rill_view){at + n, target.n + 1};
  }
  return RILL_WHY_NONE;
}

/* 9112 3.2: four forms. Octets are judged with all others at the end. */
static rill_why take_target(reading *g, rill_view target) {
  if (target.n == 0) return RILL_WHY_PATH;
  if (rill__view_eq(g->head->method, LIT("CONNECT"))) {
    g->head->authority = target;
    return RILL_WHY_NONE;
  }
  g->head->scheme = g->r->scheme;
  g->head->path = target;
  return target.p[0] == '/' || rill__view_eq(target, LIT("*")) ? RILL_WHY_NONE : take_absolute(g, target);
}

static rill_why take_request_line(reading *g, rill_view line) {
  g->head->method = cut(&line, ' ');
  rill_view target = cut(&line, ' ');
  rill_why why = take_version(g, line);
  return why == RILL_WHY_NONE ? take_target(g, target) : why;
}

/* The reason phrase is judged like a value, for what it says is nobody's business. */
static rill_why take_status_line(reading *g, rill_view line) {
  static const rill__field_rules phrase_rules = {.allow_edge_space = true};
  size_t n = line.n;
  rill_view version = cut(&line, ' ');
  rill_why why = take_version(g, version);
  if (why != RILL_WHY_NONE) return why;
  if (version.n == n) return RILL_WHY_HTTP1_START_LINE;
  g->status = cut(&line, ' ');
  rill_field phrase = {.value = line, .token = RILL_TOKEN_SERVER};
  if (rill__field_check(&phrase, &phrase_rules) != RILL_WHY_NONE) return RILL_WHY_HTTP1_START_LINE;
  int64_t code = rill__parse_length(g->status);
  if (g->status.n != 3 || code < 100) return RILL_WHY_STATUS;
  g->head->status = (uint16_t)code;
  return RILL_WHY_NONE;
}

/* ---- field lines -------------------------------------------------------------------------------------------------------- */

/* What lines mean that are not just carried. */
typedef enum role { CARRIED, DROPPED, HOST, LENGTH, CODING, TE, CONNECTION, UPGRADE, EXPECT } role;

static const uint8_t roles[RILL_TOKEN_COUNT] = {
    [RILL_TOKEN_CONNECTION] = CONNECTION,
    [RILL_TOKEN_CONTENT_LENGTH] = LENGTH,
    [RILL_TOKEN_EXPECT] = EXPECT,
    [RILL_TOKEN_HOST] = HOST,
    [RILL_TOKEN_KEEP_ALIVE] = DROPPED,
    [RILL_TOKEN_PROXY_CONNECTION] = DROPPED,
    [RILL_TOKEN_TE] = TE,
    [RILL_TOKEN_TRANSFER_ENCODING] = CODING,
    [RILL_TOKEN_UPGRADE] = UPGRADE,
};

static rill_why carry(reading *g, const rill_field *field) {
  g->fields[g->head->field_count++] = *field;
  return RILL_WHY_NONE;
}

static rill_why take_host(reading *g, const rill_field *field) {
  if (!is_request(g)) return carry(g, field);
  if (g->host.name.n != 0) return RILL_WHY_HOST_TWICE;
  g->host = *field;
  return RILL_WHY_NONE;
}

static rill_why take_length(reading *g, const rill_field *field) {
  if (g->head->content_length >= 0) return RILL_WHY_LENGTH_TWICE;
  g->head->content_length = rill__parse_length(field->value);
  return g->head->content_length < 0 ? RILL_WHY_LENGTH_SYNTAX : carry(g, field);
}

static rill_why take_te(reading *g, rill_view list) {
  rill_view member;
  while (next_member(&list, &member))
    g->te_trailers |= rill__view_eq_nocase(member, LIT("trailers"));
  return RILL_WHY_NONE;
}

static uint32_t hash_of(rill_view name) {
  uint32_t hash = UINT32_C(2166136261);
  for (size_t i = 0; i < name.n; i++)
    hash = (hash ^ name.p[i]) * UINT32_C(16777619);
  return hash;
}

/* By their hashes, since the octets are gone when trailers come. What happens to share one is of that one peer's making. */
static bool is_named(const rill_http1_reader *r, rill_view name) {
  uint32_t hash = r->named_count == 0 ? 0 : hash_of(name);
  for (size_t i = 0; i < r->named_count; i++) {
    if (r->named[i] == hash) return true;
  }
  return false;
}

/* 9110 7.6.1. Names that rules speak of are of one hop anyway, or mean something from end to end, and nobody may name those. */
static bool may_be_named(uint16_t token) { return token > RILL_TOKEN_LAST_RULED; }

static rill_why take_connection(reading *g, rill_view list) {
  rill_http1_reader *r = g->r;
  rill_view option;
  while (next_member(&list, &option)) {
    if (option.n == 0) continue;
    if (!rill__is_token(option)) return RILL_WHY_HTTP1_CONNECTION;
    lower_view(option);
    uint16_t token = rill__token_of(option);
    g->option_close |= rill__view_eq(option, LIT("close"));
    g->option_upgrade |= token == RILL_TOKEN_UPGRADE;
    if (!may_be_named(token) || is_named(r, option)) continue;
    if (r->named_count == sizeof r->named / sizeof r->named[0]) return RILL_WHY_HTTP1_CONNECTION;
    r->named[r->named_count++] = hash_of(option);
  }
  return RILL_WHY_NONE;
}

static rill_why take_other(reading *g, const rill_field *field) {
  if (!is_trailers(g) && rill__http1_is_settings(field->name)) {
    g->http2_settings++;
    g->r->http2_settings = field->value;
  }
  return rill__http1_drops(field->name, g->r->flags) ? RILL_WHY_NONE : carry(g, field);
}

static rill_why take_field(reading *g, const rill_field *field) {
  if (field->token == RILL_TOKEN_OTHER) return take_other(g, field);
  switch (is_trailers(g) ? CARRIED : (role)roles[field->token]) {
  case HOST:
    return take_host(g, field);
  case LENGTH:
    return take_length(g, field);
  case TE:
    return take_te(g, field->value);
  case CONNECTION:
    return take_connection(g, field->value);
  case CODING:
    g->codings++;
    g->coding_is_chunked = rill__view_eq_nocase(field->value, LIT("chunked"));
    return RILL_WHY_NONE;
  case UPGRADE:
    g->upgrades++;
    g->r->upgrade = field->value;
    return RILL_WHY_NONE;
  case EXPECT: /* 9110 10.1.1 */
    return g->r->minor == 0 ? RILL_WHY_NONE : carry(g, field);
  case DROPPED:
    return RILL_WHY_NONE;
  case CARRIED:
    break;
  }
  return carry(g, field);
}

/* 9112 5: a name, a colon at once, a value with space around it. */
static rill_why take_line(reading *g, rill_view line) {
  size_t n = line.n;
  rill_field field = {.name = cut(&line, ':'), .flags = RILL_FIELD_CHECKED, .hash = g->line};
  if (is_space(field.name.p[0]) || field.name.n == n) return RILL_WHY_HTTP1_FIELD_LINE;
  lower_view(field.name);
  field.value = trim(line);
  field.token = rill__token_of(field.name);
  rill_why why = rill__field_check(&field, rill__http1_rules(g->r->flags));
  return why == RILL_WHY_NONE ? take_field(g, &field) : why;
}

/* ---- the head as a whole ------------------------------------------------------------------------------------------------ */

static bool is_success(const reading *g) { return g->head->status >= 200 && g->head->status < 300; }
static bool is_connect(const reading *g) { return rill__view_eq(g->head->method, LIT("CONNECT")); }

/* What follows the response is no content. */
static bool is_tunnel(const reading *g) {
  return is_success(g) && (has_flag(g, RILL_HTTP1_TO_CONNECT) || g->head->protocol.n != 0);
}

static bool voids_length(const reading *g) {
  return g->head->status != 0 && rill__response_voids_length(g->head->status, has_flag(g, RILL_HTTP1_TO_CONNECT));
}

/* Fields for this one hop say something only if connection speaks of them, and they stand on one line. */
static void end_upgrade(reading *g) {
  rill_http1_reader *r = g->r;
  bool asked = g->option_upgrade && r->minor != 0;
  if (!asked || g->upgrades != 1) r->upgrade = (rill_view){NULL, 0};
  if (!asked || g->http2_settings != 1 || !is_named(r, LIT("http2-settings"))) r->http2_settings = (rill_view){NULL, 0};
}

/* 9112 6.1, 6.3: one of them at most, and coded only where both ends know how. */
static rill_why judge_framing(const reading *g) {
  if (is_tunnel(g)) return RILL_WHY_NONE; /* 9110 9.3.6: both are ignored */
  if (is_request(g) && is_connect(g) && (g->codings != 0 || g->head->content_length > 0)) return RILL_WHY_HTTP1_FRAMING;
  if (g->codings == 0) return RILL_WHY_NONE;
  if (g->head->content_length >= 0 || g->r->minor == 0 || voids_length(g)) return RILL_WHY_HTTP1_FRAMING;
  return g->codings == 1 && g->coding_is_chunked ? RILL_WHY_NONE : RILL_WHY_HTTP1_CODING;
}

/* 8441 4: GET with upgrade becomes CONNECT with :protocol, if that can be and is wanted. */
static void end_request(reading *g) {
  rill_view upgrade = g->r->upgrade;
  bool get = rill__view_eq(g->head->method, LIT("GET")), content = g->codings != 0 || g->head->content_length > 0;
  if (has_flag(g, RILL_HTTP1_UPGRADE) && get && !content && rill__http1_is_protocol(upgrade)) {
    lower_view(upgrade);
    g->head->method = LIT("CONNECT");
    g->head->protocol = upgrade;
  }
  g->void_length = is_connect(g);
  if (g->head->authority.n == 0) g->head->authority = g->host.value;
}

/*
 * Likewise 101 becomes 200. Another success means that the protocol was not switched, and must not look as if it was. A
 * length where it means nothing is not passed on (9110 8.6).
 */
static rill_why end_response(reading *g) {
  bool switches = has_flag(g, RILL_HTTP1_UPGRADE);
  if (g->head->status == 101 && !switches) return RILL_WHY_STATUS_101;
  if (g->head->status == 101) {
    if (!rill__http1_is_protocol(g->r->upgrade)) return RILL_WHY_HTTP1_UPGRADE;
    lower_view(g->r->upgrade);
    g->head->protocol = g->r->upgrade;
    g->status = LIT("200");
    g->head->status = 200;
    g->void_length = true;
    return RILL_WHY_NONE;
  }
  if (switches && is_success(g)) return RILL_WHY_HTTP1_UPGRADE;
  g->void_length = voids_length(g);
  return RILL_WHY_NONE;
}

/* 9110 7.6.1, 8.6. */
static void drop_fields(reading *g) {
  size_t kept = 0;
  for (size_t i = 0; i < g->head->field_count; i++) {
    const rill_field *field = &g->fields[i];
    bool named = may_be_named(field->token) && is_named(g->r, field->name);
    if (named || (g->void_length && field->token == RILL_TOKEN_CONTENT_LENGTH)) continue;
    g->fields[kept++] = *field;
  }
  g->head->field_count = kept;
  if (g->void_length) g->head->content_length = -1;
  if (g->te_trailers && is_request(g)) {
    rill_field te = {LIT("te"), LIT("trailers"), RILL_TOKEN_TE, RILL_FIELD_CHECKED, 0};
    (void)carry(g, &te);
  }
}

static void put_pseudo(reading *g, uint16_t token, rill_view value) {
  rill_http1_reader *r = g->r;
  if (value.n == 0) return;
  uint32_t line = value.p == g->host.value.p ? g->host.hash : 0;
  r->room[PSEUDO_ROOM - ++r->field_count] = (rill_field){rill__token_name(token), value, token, RILL_FIELD_CHECKED, line};
}

/* In front of the others, from the last to the first. */
static void put_all_pseudo(reading *g) {
  static const rill__http1_pseudo backwards[RILL__HTTP1_PSEUDO_COUNT] = {
      RILL__HTTP1_PSEUDO(PATH, path), RILL__HTTP1_PSEUDO(AUTHORITY, authority), RILL__HTTP1_PSEUDO(SCHEME, scheme),
      RILL__HTTP1_PSEUDO(PROTOCOL, protocol), RILL__HTTP1_PSEUDO(METHOD, method)};
  const rill_head *head = g->head;
  rill_http1_reader *r = g->r;
  r->field_count = 0;
  put_pseudo(g, RILL_TOKEN__STATUS, g->status);
  for (size_t i = 0; is_request(g) && i < RILL__HTTP1_PSEUDO_COUNT; i++)
    put_pseudo(g, backwards[i].token, rill__http1_value(head, &backwards[i]));
  r->fields = g->fields - r->field_count;
  r->field_count += head->field_count;
}

/* As if submitted. host stands behind the others as long as it is compared. */
static rill_why judge_section(reading *g) {
  rill__section section;
  rill__section_kind kind = is_trailers(g) ? RILL__SECTION_TRAILERS_REQUEST : RILL__SECTION_RESPONSE;
  rill__section_begin(&section, is_request(g) ? RILL__SECTION_REQUEST : kind, rill__http1_rules(g->r->flags));
  size_t count = g->r->field_count;
  if (g->host.name.n != 0) g->fields[g->head->field_count] = g->host, count++;
  for (size_t i = 0; i < count; i++) {
    rill_why why = rill__section_field(&section, i, &g->r->fields[i]);
    if (why == RILL_WHY_NONE) continue;
    g->line = g->r->fields[i].hash;
    return why;
  }
  rill_why why = rill__section_end(&section, g->r->fields);
  return why == RILL_WHY_NONE && section.userinfo ? RILL_WHY_AUTHORITY_USERINFO : why;
}

static rill_why end_head(reading *g) {
  if (!is_trailers(g)) end_upgrade(g);
  if (is_request(g) && g->r->minor != 0 && g->host.name.n == 0) return RILL_WHY_AUTHORITY_MISSING; /* 9112 3.2 */
  rill_why why = judge_framing(g);
  if (why == RILL_WHY_NONE && is_request(g)) end_request(g);
  if (why == RILL_WHY_NONE && g->head->status != 0) why = end_response(g);
  if (why != RILL_WHY_NONE) return why;
  drop_fields(g);
  put_all_pseudo(g);
  return judge_section(g);
}

/* ---- the answer --------------------------------------------------------------------------------------------------------- */

/* Nothing follows the head. Tunnels never end so. */
static bool is_bare(const reading *g) {
  if (is_trailers(g)) return true;
  if (is_request(g)) return !is_connect(g) && g->codings == 0 && g->head->content_length <= 0;
  if (g->head->status < 200 || is_tunnel(g)) return false;
  return has_flag(g, RILL_HTTP1_TO_HEAD) || g->head->status == 204 || g->head->status == 304 || g->head->content_length == 0;
}

static void answer(reading *g) {
  rill_http1_reader *r = g->r;
  rill_head *head = g->head;
  bool interim = head->status != 0 && head->status < 200;
  head->kind = interim ? RILL_HEAD_INFORMATIONAL : head->status != 0 ? RILL_HEAD_RESPONSE : r->kind;
  head->end_stream = is_bare(g);
  head->fields = g->fields;
  head->all = r->fields;
  head->all_count = r->field_count;
  for (size_t i = PSEUDO_ROOM + g->head->field_count - r->field_count; i < PSEUDO_ROOM + g->head->field_count; i++)
    r->room[i].hash = 0;
  if (is_trailers(g)) return; /* the rest stays as the head said */
  for (size_t i = 0; i < g->head->field_count; i++) {
    if (g->fields[i].token == RILL_TOKEN_PRIORITY) (void)rill__priority_parse(&head->priority, g->fields[i].value);
  }
  r->chunked = !r->head.end_stream && g->codings != 0 && !is_tunnel(g);
  bool endless = !is_request(g) && !r->head.end_stream && !r->chunked && g->head->content_length < 0;
  r->close = !interim && (r->minor == 0 || g->option_close || endless); /* the final response says it */
}

/* ---- all of it ---------------------------------------------------------------------------------------------------------- */

static void begin(reading *g, rill_http1_reader *r) {
  *g = (reading){.r = r, .head = &r->head, .fields = r->room + PSEUDO_ROOM};
  r->head = (rill_head){.content_length = -1, .priority = rill__priority_default()};
  if (is_trailers(g)) return;
  r->named_count = 0;
  r->upgrade = r->http2_settings = (rill_view){NULL, 0};
}

/* Cuts a line off; each ends with CR LF, which find_head has seen to. */
static rill_view next_line(rill_view *octets) {
  rill_view line = rill__view_take(octets, find(*octets, '\n') + 1);
  line.n -= line.n < 2 ? line.n : 2; /* it never is, but compilers cannot know */
  return line;
}

static int read_head(reading *g, rill_view octets) {
  size_t field_lines = 0;
  if (is_request(g) && begins_empty(octets.p, octets.n)) (void)next_line(&octets);
  if (!is_trailers(g)) {
    rill_view line = next_line(&octets);
    g->why = is_request(g) ? take_request_line(g, line) : take_status_line(g, line);
    g->line++;
  }
  for (; g->why == RILL_WHY_NONE && octets.n > 2; g->line++) {
    if (PSEUDO_ROOM + field_lines++ >= g->r->room_count) {
      g->why = RILL_WHY_FIELD_COUNT;
      return RILL_ERR_LIMIT;
    }
    g->why = take_line(g, next_line(&octets));
    if (g->why != RILL_WHY_NONE) return RILL_ERR_INVALID;
  }
  if (g->why != RILL_WHY_NONE) g->line = 0;
  if (g->why == RILL_WHY_NONE) g->why = end_head(g);
  return g->why == RILL_WHY_NONE ? 0 : RILL_ERR_INVALID;
}

rill_ssize rill_http1_read(rill_http1_reader *r, uint8_t *octets, size_t n) {
  reading g;
  r->fault = (rill_fault){RILL_WHY_NONE, 0};
  rill_ssize size = n == 0 ? 0 : find_head(r, octets, n);
  if (size == 0) return 0;
  r->seen = 0;
  if (size < 0) return size;
  if (r->room_count < PSEUDO_ROOM) {
    r->fault.why = RILL_WHY_FIELD_COUNT;
    return RILL_ERR_LIMIT;
  }
  begin(&g, r);
  int err = read_head(&g, (rill_view){octets, (size_t)size});
  if (err == 0) {
    answer(&g);
    return size;
  }
  r->fault = (rill_fault){g.why, g.line};
  return err;
}
