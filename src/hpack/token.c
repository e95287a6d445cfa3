/* SPDX-License-Identifier: MIT */
#include "hpack/token.h"

#include <string.h>

/* token, name, and its octets at 0, size / 2 and size - 1 */
#define TOKENS(X)                                                                                                      \
  X(_AUTHORITY, ":authority", ':', 'o', 'y')                                   \
  X(_METHOD, ":method", ':', 't', 'd')                                         \
  X(_PATH, ":path", ':', 'a', 'h')                                             \
  X(_SCHEME, ":scheme", ':', 'h', 'e')                                         \
  X(_STATUS, ":status", ':', 'a', 's')                                         \
  X(ACCEPT_CHARSET, "accept-charset", 'a', 'c', 't')                           \
  X(ACCEPT_ENCODING, "accept-encoding", 'a', 'e', 'g')                         \
  X(ACCEPT_LANGUAGE, "accept-language", 'a', 'l', 'e')                         \
  X(ACCEPT_RANGES, "accept-ranges", 'a', '-', 's')                             \
  X(ACCEPT, "accept", 'a', 'e', 't')                                           \
  X(ACCESS_CONTROL_ALLOW_ORIGIN, "access-control-allow-origin", 'a', 'l', 'n') \
  X(AGE, "age", 'a', 'g', 'e')                                                 \
  X(ALLOW, "allow", 'a', 'l', 'w')                                             \
  X(AUTHORIZATION, "authorization", 'a', 'i', 'n')                             \
  X(CACHE_CONTROL, "cache-control", 'c', 'c', 'l')                             \
  X(CONTENT_DISPOSITION, "content-disposition", 'c', 'i', 'n')                 \
  X(CONTENT_ENCODING, "content-encoding", 'c', 'e', 'g')                       \
  X(CONTENT_LANGUAGE, "content-language", 'c', 'l', 'e')                       \
  X(CONTENT_LENGTH, "content-length", 'c', '-', 'h')                           \
  X(CONTENT_LOCATION, "content-location", 'c', 'l', 'n')                       \
  X(CONTENT_RANGE, "content-range", 'c', 't', 'e')                             \
  X(CONTENT_TYPE, "content-type", 'c', 't', 'e')                               \
  X(COOKIE, "cookie", 'c', 'k', 'e')                                           \
  X(DATE, "date", 'd', 't', 'e')                                               \
  X(ETAG, "etag", 'e', 'a', 'g')                                               \
  X(EXPECT, "expect", 'e', 'e', 't')                                           \
  X(EXPIRES, "expires", 'e', 'i', 's')                                         \
  X(FROM, "from", 'f', 'o', 'm')                                               \
  X(HOST, "host", 'h', 's', 't')                                               \
  X(IF_MATCH, "if-match", 'i', 'a', 'h')                                       \
  X(IF_MODIFIED_SINCE, "if-modified-since", 'i', 'i', 'e')                     \
  X(IF_NONE_MATCH, "if-none-match", 'i', 'e', 'h')                             \
  X(IF_RANGE, "if-range", 'i', 'a', 'e')                                       \
  X(IF_UNMODIFIED_SINCE, "if-unmodified-since", 'i', 'f', 'e')                 \
  X(LAST_MODIFIED, "last-modified", 'l', 'o', 'd')                             \
  X(LINK, "link", 'l', 'n', 'k')                                               \
  X(LOCATION, "location", 'l', 't', 'n')                                       \
  X(MAX_FORWARDS, "max-forwards", 'm', 'r', 's')                               \
  X(PROXY_AUTHENTICATE, "proxy-authenticate", 'p', 'h', 'e')                   \
  X(PROXY_AUTHORIZATION, "proxy-authorization", 'p', 'h', 'n')                 \
  X(RANGE, "range", 'r', 'n', 'e')                                             \
  X(REFERER, "referer", 'r', 'e', 'r')                                         \
  X(REFRESH, "refresh", 'r', 'r', 'h')                                         \
  X(RETRY_AFTER, "retry-after", 'r', '-', 'r')                                 \
  X(SERVER, "server", 's', 'v', 'r')                                           \
  X(SET_COOKIE, "set-cookie", 's', 'o', 'e')                                   \
  X(STRICT_TRANSPORT_SECURITY, "strict-transport-security", 's', 'p', 'y')     \
  X(TRANSFER_ENCODING, "transfer-encoding", 't', '-', 'g')                     \
  X(USER_AGENT, "user-agent", 'u', 'a', 't')                                   \
  X(VARY, "vary", 'v', 'r', 'y')                                               \
  X(VIA, "via", 'v', 'i', 'a')                                                 \
  X(WWW_AUTHENTICATE, "www-authenticate", 'w', 'e', 'e')                       \
  X(_PROTOCOL, ":protocol", ':', 't', 'l')                                     \
  X(CONNECTION, "connection", 'c', 'c', 'n')                                   \
  X(KEEP_ALIVE, "keep-alive", 'k', 'a', 'e')                                   \
  X(PRIORITY, "priority", 'p', 'r', 'y')                                       \
  X(PROXY_CONNECTION, "proxy-connection", 'p', 'n', 'n')                       \
  X(TE, "te", 't', 'e', 'e')                                                   \
  X(TRAILER, "trailer", 't', 'i', 'r')                                         \
  X(UPGRADE, "upgrade", 'u', 'r', 'e')                                         

/*
 * Each name has a slot of its own: two in one slot would be two initialisers of one element, which compilers refuse. A name
 * whose slot is wrong is found by no look-up, which the unit test would show.
 */
#define SLOT(n, first, middle, last) (((n) + (first) + (middle)*16 + (last)*26) & 0xff)

#define NAME_ROW(token, name, first, middle, last) [RILL_TOKEN_##token] = {(const uint8_t *)name, sizeof name - 1},
static const rill_view names[RILL_TOKEN_COUNT] = {TOKENS(NAME_ROW)};

#define SLOT_ROW(token, name, first, middle, last) [SLOT((unsigned)sizeof name - 1, first, middle, last)] = RILL_TOKEN_##token,
static const uint8_t slots[256] = {TOKENS(SLOT_ROW)};

static uint64_t load8(const uint8_t *p) {
  uint64_t v;
  memcpy(&v, p, 8);
  return v;
}

static uint32_t load4(const uint8_t *p) {
  uint32_t v;
  memcpy(&v, p, 4);
  return v;
}

/* memcmp, for names this short, with less ado. n is at least 2. */
static inline bool same(const uint8_t *a, const uint8_t *b, size_t n) {
  if (n < 4) return a[0] == b[0] && a[1] == b[1] && a[n - 1] == b[n - 1];
  if (n < 8) return load4(a) == load4(b) && load4(a + n - 4) == load4(b + n - 4);
  for (size_t i = 0; i < n - 8; i += 8) {
    if (load8(a + i) != load8(b + i)) return false;
  }
  return load8(a + n - 8) == load8(b + n - 8);
}

uint16_t rill__token_of(rill_view name) {
  if (name.n < 2) return RILL_TOKEN_OTHER; /* none is so short */
  uint8_t token = slots[SLOT(name.n, name.p[0], name.p[name.n / 2], name.p[name.n - 1])];
  return names[token].n == name.n && same(names[token].p, name.p, name.n) ? token : RILL_TOKEN_OTHER;
}

rill_view rill__token_name(uint16_t token) { return token < RILL_TOKEN_COUNT ? names[token] : names[RILL_TOKEN_UNKNOWN]; }
