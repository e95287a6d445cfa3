/* SPDX-License-Identifier: MIT */
/*
 * field: the octets of one field line (RFC 9113 8.2.1), and the grammars that values of pseudo-header fields share.
 *
 * Knows octets, and nothing of which fields may stand together (section.h), of sizes or of counts. A value that breaks only
 * its own field's grammar is fine here (9113 8.2.1). No function allocates, and each looks at an octet once or twice.
 */
#ifndef RILL__FIELD_H
#define RILL__FIELD_H

#include <rill/types.h>

/* How a field or a section is judged. Zero is: received, and strict. */
typedef struct rill__field_rules {
  bool allow_edge_space;  /* a received value may begin or end with a space or a tab */
  bool allow_odd_path;    /* " < > \ ^ ` { | } in :path */
  bool allow_any_trailer; /* framing, routing and authentication fields in received trailers */
  bool submitted;         /* about to be sent: what must not be sent is refused, whatever is allowed on receipt */
  bool extended_connect;  /* :protocol was offered (8441 3) */
} rill__field_rules;

/*
 * Name and value, octet by octet. A token other than RILL_TOKEN_UNKNOWN and RILL_TOKEN_OTHER vouches for the name, which is then
 * not looked at. NAME_EMPTY, NAME_UPPERCASE, NAME_OCTET, VALUE_OCTET, VALUE_CONTROL, VALUE_SPACE.
 */
rill_why rill__field_check(const rill_field *field, const rill__field_rules *rules);

/* The value alone. */
rill_why rill__value_check(rill_view value, const rill__field_rules *rules);

/* Whether a verdict of rill__field_check() is of the name; the value was not looked at then. */
static inline bool rill__is_of_name(rill_why why) {
  return why == RILL_WHY_NAME_EMPTY || why == RILL_WHY_NAME_UPPERCASE || why == RILL_WHY_NAME_OCTET;
}

/* One or more of 9110 5.6.2's tchar, with case: methods. */
bool rill__is_token(rill_view value);

/* One or more lower-case letters, digits, - and dots, and so a host and nothing else: what most authorities are. */
bool rill__is_plain_host(rill_view value);

/* A letter, then letters, digits, + - . (3986 3.1). */
bool rill__is_scheme(rill_view value);

/* No 00-20, 7F-FF, #; without allow_odd_path none of " < > \ ^ ` { | } either. May be empty, need not begin with a slash. */
bool rill__is_path_octets(rill_view value, bool allow_odd_path);

/* One or more digits, though not more than anybody needs, at most 2^63-1 (9110 8.6); -1 if it is not that. */
int64_t rill__parse_length(rill_view value);

enum { RILL__PORT_NONE = -1 };

/*
 * host or host:port (3986 3.2), perhaps behind userinfo@. The host is a name or an IPv4 address, or an IPv6 address in brackets;
 * without a zone, which is nobody else's business (6874 1), and without IPvFuture, of which there is none.
 */
typedef struct rill__authority {
  rill_view host; /* not empty; with its brackets */
  int32_t port;   /* 0 to 65535; RILL__PORT_NONE if absent or empty */
  bool userinfo;
} rill__authority;

/* False if it is not that. A port of more digits than anybody needs is none. */
bool rill__parse_authority(rill__authority *out, rill_view value);

/* Likewise, of a value that has passed before; looks at few octets of it, unless there may be userinfo. */
rill__authority rill__authority_again(rill_view value, bool userinfo);

/* The same host without regard to case, and the same port, where default_port (or RILL__PORT_NONE) stands for none. */
bool rill__same_authority(const rill__authority *a, const rill__authority *b, int32_t default_port);

/* ASCII letters in lower case. */
static inline uint8_t rill__lower(uint8_t octet) { return octet >= 'A' && octet <= 'Z' ? octet | 0x20 : octet; }

/* The same octets without regard to the case of ASCII letters. */
bool rill__view_eq_nocase(rill_view a, rill_view b);

#endif /* RILL__FIELD_H */
