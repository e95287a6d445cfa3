/* SPDX-License-Identifier: MIT */
/*
 * field_model: what src/rules says of fields and field sections, said once more: octet by octet, list by list, as the RFCs have
 * it, with no thought of speed. It shares the structs of field.h and the reasons for one field line, and not one line of code.
 */
#ifndef FUZZ_FIELD_MODEL_H
#define FUZZ_FIELD_MODEL_H

#include "fuzz.h"
#include "rules/section.h"

typedef struct fields {
  const rill_field *at;
  size_t n;
} fields;

/* ---- octets ---- */

static inline bool in_list(uint8_t octet, const char *list) { return octet != 0 && strchr(list, octet) != NULL; }
static inline bool is_lower(uint8_t o) { return o >= 'a' && o <= 'z'; }
static inline bool is_upper(uint8_t o) { return o >= 'A' && o <= 'Z'; }
static inline bool is_digit(uint8_t o) { return o >= '0' && o <= '9'; }
static inline bool is_hex(uint8_t o) { return is_digit(o) || (o >= 'a' && o <= 'f') || (o >= 'A' && o <= 'F'); }
static inline bool is_alnum(uint8_t o) { return is_lower(o) || is_upper(o) || is_digit(o); }
static inline bool is_tchar(uint8_t o) { return is_alnum(o) || in_list(o, "!#$%&'*+-.^_`|~"); }      /* 9110 5.6.2 */
static inline bool is_host_octet(uint8_t o) { return is_alnum(o) || in_list(o, "-._~!$&'()*+,;="); } /* 3986 3.2.2 */
static inline bool is_user_octet(uint8_t o) { return is_host_octet(o) || in_list(o, ":%"); }         /* 3986 3.2.1 */
static inline bool is_scheme_octet(uint8_t o) { return is_alnum(o) || in_list(o, "+-."); }           /* 3986 3.1 */

static inline bool all(rill_view v, bool (*is)(uint8_t)) {
  for (size_t i = 0; i < v.n; i++) {
    if (!is(v.p[i])) return false;
  }
  return true;
}

static inline size_t find(rill_view v, uint8_t octet) {
  size_t i = 0;
  while (i < v.n && v.p[i] != octet)
    i++;
  return i;
}

static inline rill_view part(rill_view v, size_t from, size_t to) { return (rill_view){v.p + from, to - from}; }

static inline uint8_t lower(uint8_t o) { return is_upper(o) ? (uint8_t)(o - 'A' + 'a') : o; }

static inline bool same_nocase(rill_view a, rill_view b) {
  for (size_t i = 0; i < a.n && i < b.n; i++) {
    if (lower(a.p[i]) != lower(b.p[i])) return false;
  }
  return a.n == b.n;
}

static inline rill_view text(const char *s) { return (rill_view){(const uint8_t *)s, strlen(s)}; }
static inline bool is_text(rill_view v, const char *s) { return v.n == strlen(s) && (v.n == 0 || memcmp(v.p, s, v.n) == 0); }
static inline bool is_nocase(rill_view v, const char *s) { return same_nocase(v, text(s)); }

/* ---- one field line (9113 8.2.1) ---- */

static inline rill_why model_field(const rill_field *field, const rill__field_rules *rules) {
  rill_view name = field->name, value = field->value;
  if (name.n != 0 && name.p[0] == ':') name = part(name, 1, name.n);
  if (name.n == 0) return RILL_WHY_NAME_EMPTY;
  for (size_t i = 0; i < name.n; i++) {
    if (is_upper(name.p[i])) return RILL_WHY_NAME_UPPERCASE;
    if (!is_tchar(name.p[i])) return RILL_WHY_NAME_OCTET;
  }
  for (size_t i = 0; i < value.n; i++) {
    uint8_t o = value.p[i];
    if (o == 0 || o == '\r' || o == '\n') return RILL_WHY_VALUE_OCTET;
    if (o != '\t' && (o < ' ' || o == 0x7f)) return RILL_WHY_VALUE_CONTROL;
  }
  bool edge = value.n != 0 && (in_list(value.p[0], " \t") || in_list(value.p[value.n - 1], " \t"));
  return edge && (rules->submitted || !rules->allow_edge_space) ? RILL_WHY_VALUE_SPACE : RILL_WHY_NONE;
}

/* ---- authority (3986 3.2) ---- */

typedef struct place {
  rill_view host;
  long port; /* -1: none */
  bool userinfo;
} place;

/* Digits, a value of at most `most`; -1: it is not that. */
static inline long number(rill_view v, long most) {
  long n = 0;
  for (size_t i = 0; i < v.n; i++) {
    if (!is_digit(v.p[i])) return -1;
    n = n * 10 + (v.p[i] - '0');
    if (n > most) return -1;
  }
  return v.n == 0 ? -1 : n;
}

static inline bool is_dotted(rill_view v) {
  for (int i = 0; i < 4; i++) {
    size_t dot = find(v, '.');
    rill_view octet = part(v, 0, dot);
    if (number(octet, 255) < 0 || (octet.n > 1 && octet.p[0] == '0') || (i < 3) != (dot < v.n)) return false;
    v = part(v, dot < v.n ? dot + 1 : dot, v.n);
  }
  return true;
}

/* h16 *( ":" h16 ), the last perhaps an IPv4 address, which counts for two; how many, or -1. None if it is empty. */
static inline int h16_list(rill_view v, bool dotted) {
  int count = 0;
  for (bool more = v.n != 0; more;) {
    size_t colon = find(v, ':');
    rill_view one = part(v, 0, colon);
    more = colon < v.n;
    if (!more && dotted && is_dotted(one)) return count + 2;
    if (one.n == 0 || one.n > 4 || !all(one, is_hex)) return -1;
    count++;
    v = part(v, more ? colon + 1 : colon, v.n);
  }
  return count;
}

static inline bool is_address6(rill_view v) {
  for (size_t i = 0; i + 1 < v.n; i++) {
    if (v.p[i] != ':' || v.p[i + 1] != ':') continue;
    int left = h16_list(part(v, 0, i), false), right = h16_list(part(v, i + 2, v.n), true);
    return left >= 0 && right >= 0 && left + right <= 7;
  }
  return h16_list(v, true) == 8;
}

static inline bool is_reg_name(rill_view v) {
  for (size_t i = 0; i < v.n; i++) {
    if (is_host_octet(v.p[i])) continue;
    if (v.p[i] != '%' || i + 2 >= v.n || !is_hex(v.p[i + 1]) || !is_hex(v.p[i + 2])) return false;
    i += 2;
  }
  return v.n != 0;
}

static inline bool model_authority(rill_view v, place *out) {
  size_t at = find(v, '@');
  *out = (place){.port = -1, .userinfo = at < v.n};
  if (out->userinfo && !all(part(v, 0, at), is_user_octet)) return false;
  if (out->userinfo) v = part(v, at + 1, v.n);
  bool literal = v.n != 0 && v.p[0] == '[';
  size_t end = literal ? find(v, ']') + 1 : find(v, ':');
  if (end > v.n) return false;
  out->host = part(v, 0, end);
  if (literal ? !is_address6(part(v, 1, end - 1)) : !is_reg_name(out->host)) return false;
  if (end == v.n) return true;
  if (v.p[end] != ':') return false;
  rill_view port = part(v, end + 1, v.n);
  if (port.n == 0) return true;
  return (out->port = number(port, 65535)) >= 0;
}

static inline bool same_place(const place *a, const place *b, long port) {
  return same_nocase(a->host, b->host) && (a->port < 0 ? port : a->port) == (b->port < 0 ? port : b->port);
}

/* ---- sections (9113 8.1 to 8.5, 8441 4) ---- */

static inline size_t count_of(fields f, const char *name) {
  size_t count = 0;
  for (size_t i = 0; i < f.n; i++)
    count += is_text(f.at[i].name, name);
  return count;
}

/* The first of that name; p is NULL if there is none. */
static inline rill_view value_of(fields f, const char *name) {
  for (size_t i = 0; i < f.n; i++) {
    if (is_text(f.at[i].name, name))
      return (rill_view){f.at[i].value.p == NULL ? (const uint8_t *)"" : f.at[i].value.p, f.at[i].value.n};
  }
  return (rill_view){NULL, 0};
}

static inline bool any_of(fields f, const char *const *names) {
  for (; *names != NULL; names++) {
    if (count_of(f, *names) != 0) return true;
  }
  return false;
}

/* Pseudo-header fields: those of the list, each once at most, in front of all others. */
static inline bool pseudos_fit(fields f, const char *const *names) {
  bool regular = false;
  size_t pseudo = 0, known = 0;
  for (size_t i = 0; i < f.n; i++) {
    bool colon = f.at[i].name.n != 0 && f.at[i].name.p[0] == ':';
    if (colon && regular) return false;
    regular |= !colon;
    pseudo += colon;
  }
  for (; *names != NULL; names++) {
    if (count_of(f, *names) > 1) return false;
    known += count_of(f, *names);
  }
  return known == pseudo;
}

static inline bool is_length(rill_view v) {
  static const char most[] = "9223372036854775807";
  if (v.n == 0 || !all(v, is_digit)) return false;
  while (v.n > 1 && v.p[0] == '0')
    v = part(v, 1, v.n);
  return v.n < strlen(most) || (v.n == strlen(most) && memcmp(v.p, most, v.n) <= 0);
}

static inline bool is_path(rill_view v, bool odd) {
  for (size_t i = 0; i < v.n; i++) {
    if (v.p[i] <= 0x20 || v.p[i] >= 0x7f || v.p[i] == '#' || (!odd && in_list(v.p[i], "\"<>\\^`{|}"))) return false;
  }
  return true;
}

/* Host beside :authority, or alone where it stands for it. */
static inline bool host_fits(fields f, bool web, long port) {
  rill_view host = value_of(f, "host"), authority = value_of(f, ":authority");
  place h, a;
  if (host.p == NULL) return true;
  bool valid = model_authority(host, &h);
  if (authority.p != NULL) return valid && model_authority(authority, &a) && same_place(&h, &a, port);
  return !web || (valid && !h.userinfo);
}

static inline bool model_request(fields f, const rill__field_rules *rules) {
  static const char *const names[] = {":method", ":scheme", ":authority", ":path", ":protocol", NULL};
  rill_view method = value_of(f, ":method"), scheme = value_of(f, ":scheme"), authority = value_of(f, ":authority");
  rill_view path = value_of(f, ":path"), protocol = value_of(f, ":protocol");
  bool http = is_nocase(scheme, "http"), https = is_nocase(scheme, "https"), web = http || https;
  place a = {.port = -1};
  if (!pseudos_fit(f, names) || count_of(f, "te") > 1 || count_of(f, "host") > 1) return false;
  if (count_of(f, "te") == 1 && !is_nocase(value_of(f, "te"), "trailers")) return false;
  if (method.n == 0 || !all(method, is_tchar)) return false;
  if (authority.p != NULL && !model_authority(authority, &a)) return false;
  bool connect = is_text(method, "CONNECT"), extended = protocol.p != NULL;
  if (extended && (!rules->extended_connect || protocol.n == 0 || !all(protocol, is_tchar) || is_nocase(protocol, "h2c")))
    return false;
  if (extended && !connect) return false;
  if (connect && !extended)
    return scheme.p == NULL && path.p == NULL && authority.p != NULL && !a.userinfo && a.port > 0 && host_fits(f, false, a.port);
  if (scheme.n == 0 || !(is_lower(scheme.p[0]) || is_upper(scheme.p[0])) || !all(scheme, is_scheme_octet)) return false;
  if (path.p == NULL || !is_path(path, rules->allow_odd_path)) return false;
  if ((web || extended) && authority.p == NULL && (extended || count_of(f, "host") == 0)) return false;
  bool star = is_text(path, "*") && is_text(method, "OPTIONS");
  if (web && (a.userinfo || !((path.n != 0 && path.p[0] == '/') || star))) return false;
  return host_fits(f, web, http ? 80 : https ? 443 : -1);
}

static inline bool model_response(fields f, const rill__field_rules *rules) {
  static const char *const names[] = {":status", NULL};
  rill_view status = value_of(f, ":status");
  if (!pseudos_fit(f, names) || count_of(f, "te") != 0 || status.n != 3) return false;
  long code = number(status, 999);
  if (code < 100 || code == 101) return false;
  return !rules->submitted || count_of(f, "content-length") == 0 || (code >= 200 && code != 204);
}

/* 9110 6.5.1 */
static inline bool model_trailers(fields f, const rill__field_rules *rules) {
  static const char *const none[] = {NULL};
  static const char *const heads_only[] = {
      "host",    "content-length",     "authorization",       "cookie",     "max-forwards",
      "trailer", "proxy-authenticate", "proxy-authorization", "set-cookie", "www-authenticate",
      NULL};
  if (!pseudos_fit(f, none) || count_of(f, "te") != 0) return false;
  return !any_of(f, heads_only) || (rules->allow_any_trailer && !rules->submitted);
}

/* Fields whose lines have passed. */
static inline bool model_section(fields f, rill__section_kind kind, const rill__field_rules *rules) {
  static const char *const connection[] = {"connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade", NULL};
  bool head = kind == RILL__SECTION_REQUEST || kind == RILL__SECTION_RESPONSE;
  if (any_of(f, connection)) return false; /* 9113 8.2.2 */
  if (head && count_of(f, "content-length") > 1) return false;
  if (head && count_of(f, "content-length") == 1 && !is_length(value_of(f, "content-length"))) return false;
  return kind == RILL__SECTION_REQUEST    ? model_request(f, rules)
         : kind == RILL__SECTION_RESPONSE ? model_response(f, rules)
                                          : model_trailers(f, rules);
}

#endif /* FUZZ_FIELD_MODEL_H */
