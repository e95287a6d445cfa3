/* SPDX-License-Identifier: MIT */
#include "rules/section.h"

#include "base/bytes.h"

#define LIT(text) ((rill_view){(const uint8_t *)(text), sizeof(text) - 1})

/* What the rules say about a name. A field without a row, known or not, is nothing but carried. */
typedef enum role {
  PLAIN,
  PSEUDO,
  CONNECTION, /* forbidden everywhere (9113 8.2.2) */
  TE,         /* only in requests */
  PRIORITY,   /* 9218 5; of trailers nobody takes it */
  HOST,       /* once in requests; not in trailers */
  LENGTH,     /* once; not in trailers */
  HEAD_ONLY,  /* not in trailers: framing, routing, authentication (9110 6.5.1) */
  BY_NAME     /* PSEUDO if it begins with a colon, else PLAIN */
} role;

const uint8_t rill__section_roles[RILL_TOKEN_COUNT] = {
    [RILL_TOKEN_UNKNOWN] = BY_NAME,
    [RILL_TOKEN_OTHER] = BY_NAME,
    [RILL_TOKEN__AUTHORITY] = PSEUDO,
    [RILL_TOKEN__METHOD] = PSEUDO,
    [RILL_TOKEN__PATH] = PSEUDO,
    [RILL_TOKEN__SCHEME] = PSEUDO,
    [RILL_TOKEN__STATUS] = PSEUDO,
    [RILL_TOKEN__PROTOCOL] = PSEUDO,
    [RILL_TOKEN_CONNECTION] = CONNECTION,
    [RILL_TOKEN_KEEP_ALIVE] = CONNECTION,
    [RILL_TOKEN_PROXY_CONNECTION] = CONNECTION,
    [RILL_TOKEN_TRANSFER_ENCODING] = CONNECTION,
    [RILL_TOKEN_UPGRADE] = CONNECTION,
    [RILL_TOKEN_TE] = TE,
    [RILL_TOKEN_PRIORITY] = PRIORITY,
    [RILL_TOKEN_HOST] = HOST,
    [RILL_TOKEN_CONTENT_LENGTH] = LENGTH,
    [RILL_TOKEN_AUTHORIZATION] = HEAD_ONLY,
    [RILL_TOKEN_COOKIE] = HEAD_ONLY,
    [RILL_TOKEN_MAX_FORWARDS] = HEAD_ONLY,
    [RILL_TOKEN_PROXY_AUTHENTICATE] = HEAD_ONLY,
    [RILL_TOKEN_PROXY_AUTHORIZATION] = HEAD_ONLY,
    [RILL_TOKEN_SET_COOKIE] = HEAD_ONLY,
    [RILL_TOKEN_TRAILER] = HEAD_ONLY,
    [RILL_TOKEN_WWW_AUTHENTICATE] = HEAD_ONLY,
};

const uint16_t rill__statuses[RILL__STATUSES] = {0, 200, 204, 206, 304, 400, 404, 500};

void rill__section_begin(rill__section *section, rill__section_kind kind, const rill__field_rules *rules) {
  *section = (rill__section){.content_length = -1,
                             .host_index = RILL__NO_INDEX,
                             .length_index = RILL__NO_INDEX,
                             .port = RILL__PORT_NONE,
                             .priority = rill__priority_default(),
                             .kind = (uint8_t)kind,
                             .pseudo = {-1, -1, -1, -1, -1, -1},
                             .rules = *rules};
}

static bool has(const rill__section *section, rill__pseudo pseudo) { return section->pseudo[pseudo] >= 0; }

/* ---- pseudo-header fields, one by one ---------------------------------------------------------------------------------- */

/* The value is fine, and means this. */
static rill_why mean(rill__section *section, rill__pseudo pseudo, unsigned meaning) {
  section->means[pseudo] = (uint8_t)meaning;
  section->learned = (uint8_t)(RILL__KNOWN_MEANS + meaning);
  return RILL_WHY_NONE;
}

/*
 * fine: the value has passed before, which leaves some nothing to look at; others do not get to know enough of it by that, and
 * judge it again. What is learned now is set unless it is FINE, or why not.
 */
static rill_why judge_authority(rill__section *section, rill_view value, bool fine) {
  rill__authority authority;
  if (!fine && rill__is_plain_host(value)) return mean(section, RILL__PSEUDO_AUTHORITY, 0);
  if (fine) {
    authority = rill__authority_again(value, true);
  } else if (!rill__parse_authority(&authority, value)) {
    return RILL_WHY_AUTHORITY;
  }
  section->port = authority.port;
  section->userinfo = authority.userinfo;
  bool host_alone = !authority.userinfo && authority.port == RILL__PORT_NONE;
  return host_alone ? mean(section, RILL__PSEUDO_AUTHORITY, 0) : RILL_WHY_NONE;
}

/* Methods are compared with case (9110 9.1). */
static rill_why judge_method(rill__section *section, rill_view value, bool fine) {
  (void)fine;
  rill__method method = RILL__METHOD_OTHER;
  if (rill__view_eq(value, LIT("GET"))) method = RILL__METHOD_GET;
  if (rill__view_eq(value, LIT("HEAD"))) method = RILL__METHOD_HEAD;
  if (rill__view_eq(value, LIT("CONNECT"))) method = RILL__METHOD_CONNECT;
  if (rill__view_eq(value, LIT("OPTIONS"))) method = RILL__METHOD_OPTIONS;
  if (method == RILL__METHOD_OTHER && !rill__is_token(value)) return RILL_WHY_METHOD;
  return mean(section, RILL__PSEUDO_METHOD, method);
}

static rill_why judge_path(rill__section *section, rill_view value, bool fine) {
  (void)fine;
  rill__path path = RILL__PATH_OTHER;
  if (!rill__is_path_octets(value, section->rules.allow_odd_path)) return RILL_WHY_PATH;
  if (value.n != 0 && value.p[0] == '/') path = RILL__PATH_SLASH;
  if (value.n == 1 && value.p[0] == '*') path = RILL__PATH_STAR;
  return mean(section, RILL__PSEUDO_PATH, path);
}

/* Schemes are compared without case (3986 3.1): what is meant as http is judged as http. */
static rill_why judge_scheme(rill__section *section, rill_view value, bool fine) {
  (void)fine;
  rill__scheme scheme = RILL__SCHEME_OTHER;
  if (rill__view_eq_nocase(value, LIT("http"))) scheme = RILL__SCHEME_HTTP;
  if (rill__view_eq_nocase(value, LIT("https"))) scheme = RILL__SCHEME_HTTPS;
  if (scheme == RILL__SCHEME_OTHER && !rill__is_scheme(value)) return RILL_WHY_SCHEME;
  return mean(section, RILL__PSEUDO_SCHEME, scheme);
}

static rill_why judge_status(rill__section *section, rill_view value, bool fine) {
  (void)fine;
  if (value.n != 3) return RILL_WHY_STATUS;
  unsigned hundreds = (unsigned)value.p[0] - '0', tens = (unsigned)value.p[1] - '0', ones = (unsigned)value.p[2] - '0';
  if (hundreds - 1 > 8 || tens > 9 || ones > 9) return RILL_WHY_STATUS;
  unsigned status = hundreds * 100 + tens * 10 + ones;
  section->status = (uint16_t)status;
  return status == 101 ? RILL_WHY_STATUS_101 : RILL_WHY_NONE;
}

/* h2c would be a connection inside a stream, past whoever looks at requests; nobody has a use for it. */
static rill_why judge_protocol(rill__section *section, rill_view value, bool fine) {
  (void)section;
  bool token = fine || rill__is_token(value);
  return token && !rill__view_eq_nocase(value, LIT("h2c")) ? RILL_WHY_NONE : RILL_WHY_CONNECT_PROTOCOL;
}

static const struct pseudo_row {
  uint8_t only_in; /* rill__section_kind */
  rill_why (*judge)(rill__section *section, rill_view value, bool fine);
} pseudos[RILL__PSEUDO_COUNT] = {
    [RILL__PSEUDO_AUTHORITY] = {RILL__SECTION_REQUEST, judge_authority},
    [RILL__PSEUDO_METHOD] = {RILL__SECTION_REQUEST, judge_method},
    [RILL__PSEUDO_PATH] = {RILL__SECTION_REQUEST, judge_path},
    [RILL__PSEUDO_SCHEME] = {RILL__SECTION_REQUEST, judge_scheme},
    [RILL__PSEUDO_STATUS] = {RILL__SECTION_RESPONSE, judge_status},
    [RILL__PSEUDO_PROTOCOL] = {RILL__SECTION_REQUEST, judge_protocol},
};

/* Five tokens follow each other as their rill__pseudo do; the sixth stands apart. */
static unsigned pseudo_of(uint16_t token) {
  _Static_assert(RILL_TOKEN__METHOD - RILL_TOKEN__AUTHORITY == RILL__PSEUDO_METHOD, "same order");
  _Static_assert(RILL_TOKEN__PATH - RILL_TOKEN__AUTHORITY == RILL__PSEUDO_PATH, "same order");
  _Static_assert(RILL_TOKEN__SCHEME - RILL_TOKEN__AUTHORITY == RILL__PSEUDO_SCHEME, "same order");
  _Static_assert(RILL_TOKEN__STATUS - RILL_TOKEN__AUTHORITY == RILL__PSEUDO_STATUS, "same order");
  if (token >= RILL_TOKEN__AUTHORITY && token <= RILL_TOKEN__STATUS) return (unsigned)token - RILL_TOKEN__AUTHORITY;
  return token == RILL_TOKEN__PROTOCOL ? RILL__PSEUDO_PROTOCOL : RILL__PSEUDO_COUNT;
}

/* What is wrong with where it stands. */
static rill_why misplaced(const rill__section *section, unsigned i) {
  bool here = i != RILL__PSEUDO_COUNT && pseudos[i].only_in == section->kind;
  if (!here && rill__section_is_trailers(section)) return RILL_WHY_PSEUDO_IN_TRAILERS;
  if (!here) return i == RILL__PSEUDO_COUNT ? RILL_WHY_PSEUDO_UNKNOWN : RILL_WHY_PSEUDO_DIRECTION;
  return section->field_count != 0 ? RILL_WHY_PSEUDO_LATE : RILL_WHY_PSEUDO_TWICE;
}

/* Indexes are counted here: pseudo-header fields come first, so theirs are 0, 1, 2 ... */
rill_why rill__section_pseudo_field(rill__section *section, uint16_t token, rill_view value, uint8_t known) {
  unsigned i = pseudo_of(token);
  section->learned = known;
  if (i == RILL__PSEUDO_COUNT || pseudos[i].only_in != section->kind) return misplaced(section, i);
  if (section->field_count != 0 || section->pseudo[i] >= 0) return misplaced(section, i);
  section->pseudo[i] = (int8_t)section->pseudo_count++;
  if (i == RILL__PSEUDO_PROTOCOL && !section->rules.extended_connect) return RILL_WHY_CONNECT_PROTOCOL;
  if (known != 0 && known < RILL__KNOWN_MEANS) return (rill_why)known;
  section->learned = RILL__KNOWN_FINE;
  rill_why why = pseudos[i].judge(section, value, known != 0);
  if (why != RILL_WHY_NONE) section->learned = (uint8_t)why;
  return why;
}

/* ---- regular fields, one by one ---------------------------------------------------------------------------------------- */

static rill_why te_field(rill__section *section, const rill_field *field) {
  if (section->kind != RILL__SECTION_REQUEST) return RILL_WHY_TE;
  if (section->te) return RILL_WHY_TE_TWICE;
  section->te = true;
  return rill__view_eq_nocase(field->value, LIT("trailers")) ? RILL_WHY_NONE : RILL_WHY_TE;
}

static rill_why host_field(rill__section *section, size_t index, const rill_field *field, uint8_t known) {
  rill__authority host;
  if (section->kind != RILL__SECTION_REQUEST) return RILL_WHY_NONE;
  if (section->host_index != RILL__NO_INDEX) return RILL_WHY_HOST_TWICE;
  section->host_index = index;
  if (known == 0) known = rill__parse_authority(&host, field->value) ? RILL__KNOWN_FINE : (uint8_t)RILL_WHY_AUTHORITY;
  section->host = known == RILL__KNOWN_FINE;
  section->learned = known;
  return RILL_WHY_NONE;
}

/* Equal duplicates are refused, too: nobody needs them, and hops have disagreed about them. */
static rill_why length_field(rill__section *section, size_t index, const rill_field *field) {
  if (section->length_index != RILL__NO_INDEX) return RILL_WHY_LENGTH_TWICE;
  section->length_index = index;
  section->content_length = rill__parse_length(field->value);
  return section->content_length < 0 ? RILL_WHY_LENGTH_SYNTAX : RILL_WHY_NONE;
}

/* Parameters of some length are nothing that anybody acts upon, and a row of such fields would be much work. */
static void priority_field(rill__section *section, const rill_field *field) {
  enum { OCTETS_MAX = 64 };
  if (rill__section_is_trailers(section) || field->value.n > OCTETS_MAX - (size_t)section->priority_octets) return;
  section->priority_octets = (uint16_t)(section->priority_octets + field->value.n);
  (void)rill__priority_parse(&section->priority, field->value);
}

static rill_why trailer_field(const rill__section *section) {
  return section->rules.allow_any_trailer && !section->rules.submitted ? RILL_WHY_NONE : RILL_WHY_TRAILERS_FIELD;
}

static role role_of(const rill_field *field) {
  role what = (role)rill__section_roles[field->token];
  if (what != BY_NAME) return what;
  return field->name.n != 0 && field->name.p[0] == ':' ? PSEUDO : PLAIN;
}

rill_why rill__section_special(rill__section *section, size_t index, const rill_field *field, uint8_t known) {
  role what = role_of(field);
  if (what == PSEUDO) return rill__section_pseudo_field(section, field->token, field->value, known);
  section->learned = known;
  section->field_count++;
  if (what >= HOST && rill__section_is_trailers(section)) return trailer_field(section);
  switch (what) {
  case CONNECTION:
    return RILL_WHY_CONNECTION_FIELD;
  case TE:
    return te_field(section, field);
  case PRIORITY: /* several lines are one dictionary, in which the last of a key counts */
    priority_field(section, field);
    break;
  case HOST:
    return host_field(section, index, field, known);
  case LENGTH:
    return length_field(section, index, field);
  case PLAIN:
  case HEAD_ONLY:
  case PSEUDO:
  case BY_NAME:
    break;
  }
  return RILL_WHY_NONE;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------- */

/* Host beside :authority says the same (9113 8.3.1); alone it stands for it, and is judged like it. */
static rill_why judge_host(const rill__section *section, const rill_field *fields, int32_t default_port) {
  if (section->host_index == RILL__NO_INDEX) return RILL_WHY_NONE;
  rill__authority host = rill__authority_again(fields[section->host_index].value, true);
  bool valid = section->host;
  if (has(section, RILL__PSEUDO_AUTHORITY)) {
    rill_view value = rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields);
    rill__authority authority = rill__authority_again(value, section->userinfo);
    return valid && rill__same_authority(&host, &authority, default_port) ? RILL_WHY_NONE : RILL_WHY_HOST_DIFFERS;
  }
  if (section->means[RILL__PSEUDO_SCHEME] == RILL__SCHEME_OTHER) return RILL_WHY_NONE;
  if (!valid) return RILL_WHY_AUTHORITY;
  return host.userinfo ? RILL_WHY_AUTHORITY_USERINFO : RILL_WHY_NONE;
}

/* A host without a port beside CONNECT means the port of :authority (the example of 9110 9.3.6). */
static rill_why end_connect(const rill__section *section, const rill_field *fields) {
  if (has(section, RILL__PSEUDO_SCHEME) || has(section, RILL__PSEUDO_PATH)) return RILL_WHY_CONNECT_PSEUDO;
  if (!has(section, RILL__PSEUDO_AUTHORITY)) return RILL_WHY_AUTHORITY_MISSING;
  if (section->userinfo) return RILL_WHY_AUTHORITY_USERINFO;
  if (section->port <= 0) return RILL_WHY_CONNECT_PORT;
  return judge_host(section, fields, section->port);
}

static rill_why end_request(const rill__section *section, const rill_field *fields) {
  static const int32_t default_ports[] = {
      [RILL__SCHEME_OTHER] = RILL__PORT_NONE, [RILL__SCHEME_HTTP] = 80, [RILL__SCHEME_HTTPS] = 443};
  const uint8_t *means = section->means;
  unsigned scheme = means[RILL__PSEUDO_SCHEME], path = means[RILL__PSEUDO_PATH];
  bool extended = has(section, RILL__PSEUDO_PROTOCOL), web = scheme != RILL__SCHEME_OTHER;
  bool named = has(section, RILL__PSEUDO_AUTHORITY) || (!extended && section->host_index != RILL__NO_INDEX);
  if (!has(section, RILL__PSEUDO_METHOD)) return RILL_WHY_METHOD_MISSING;
  if (extended && !rill__section_is_connect(section)) return RILL_WHY_CONNECT_PROTOCOL;
  if (rill__section_is_connect(section) && !extended) return end_connect(section, fields);
  if (!has(section, RILL__PSEUDO_SCHEME)) return RILL_WHY_SCHEME_MISSING;
  if (!has(section, RILL__PSEUDO_PATH)) return RILL_WHY_PATH_MISSING;
  if ((web || extended) && !named) return RILL_WHY_AUTHORITY_MISSING;
  if (web && section->userinfo) return RILL_WHY_AUTHORITY_USERINFO;
  bool star = path == RILL__PATH_STAR && means[RILL__PSEUDO_METHOD] == RILL__METHOD_OPTIONS;
  if (web && path != RILL__PATH_SLASH && !star) return RILL_WHY_PATH;
  return judge_host(section, fields, default_ports[scheme]);
}

/* 9110 8.6: content-length must not be sent with 1xx and 204; message.h sees to 2xx for CONNECT. */
static rill_why end_response(const rill__section *section) {
  if (!has(section, RILL__PSEUDO_STATUS)) return RILL_WHY_STATUS_MISSING;
  bool declared = section->length_index != RILL__NO_INDEX;
  bool forbidden = section->rules.submitted && rill__response_voids_length(section->status, false);
  return declared && forbidden ? RILL_WHY_LENGTH_FORBIDDEN : RILL_WHY_NONE;
}

rill_why rill__section_end(rill__section *section, const rill_field *fields) {
  switch ((rill__section_kind)section->kind) {
  case RILL__SECTION_REQUEST:
    return end_request(section, fields);
  case RILL__SECTION_RESPONSE:
    return end_response(section);
  case RILL__SECTION_TRAILERS_REQUEST:
  case RILL__SECTION_TRAILERS_RESPONSE:
    break;
  }
  return RILL_WHY_NONE;
}

/* GET and HEAD are what is both safe (9110 9.2.1) and cacheable (9.2.3); host does not stand for :authority here. */
rill_why rill__section_may_push(const rill__section *section) {
  unsigned method = section->means[RILL__PSEUDO_METHOD];
  if (method != RILL__METHOD_GET && method != RILL__METHOD_HEAD) return RILL_WHY_PUSH_METHOD;
  if (section->content_length > 0) return RILL_WHY_PUSH_CONTENT;
  return has(section, RILL__PSEUDO_AUTHORITY) ? RILL_WHY_NONE : RILL_WHY_PUSH_ORIGIN;
}
