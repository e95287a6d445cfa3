/* SPDX-License-Identifier: MIT */
#include "hpack/token.h"

#include "hpack/same.h"

/* token, name, its first and its last octet */
#define TOKENS(X)                                                                                                                \
  X(_AUTHORITY, ":authority", ':', 'y')                                                                                          \
  X(_METHOD, ":method", ':', 'd')                                                                                                \
  X(_PATH, ":path", ':', 'h')                                                                                                    \
  X(_SCHEME, ":scheme", ':', 'e')                                                                                                \
  X(_STATUS, ":status", ':', 's')                                                                                                \
  X(ACCEPT_CHARSET, "accept-charset", 'a', 't')                                                                                  \
  X(ACCEPT_ENCODING, "accept-encoding", 'a', 'g')                                                                                \
  X(ACCEPT_LANGUAGE, "accept-language", 'a', 'e')                                                                                \
  X(ACCEPT_RANGES, "accept-ranges", 'a', 's')                                                                                    \
  X(ACCEPT, "accept", 'a', 't')                                                                                                  \
  X(ACCESS_CONTROL_ALLOW_ORIGIN, "access-control-allow-origin", 'a', 'n')                                                        \
  X(AGE, "age", 'a', 'e')                                                                                                        \
  X(ALLOW, "allow", 'a', 'w')                                                                                                    \
  X(AUTHORIZATION, "authorization", 'a', 'n')                                                                                    \
  X(CACHE_CONTROL, "cache-control", 'c', 'l')                                                                                    \
  X(CONTENT_DISPOSITION, "content-disposition", 'c', 'n')                                                                        \
  X(CONTENT_ENCODING, "content-encoding", 'c', 'g')                                                                              \
  X(CONTENT_LANGUAGE, "content-language", 'c', 'e')                                                                              \
  X(CONTENT_LENGTH, "content-length", 'c', 'h')                                                                                  \
  X(CONTENT_LOCATION, "content-location", 'c', 'n')                                                                              \
  X(CONTENT_RANGE, "content-range", 'c', 'e')                                                                                    \
  X(CONTENT_TYPE, "content-type", 'c', 'e')                                                                                      \
  X(COOKIE, "cookie", 'c', 'e')                                                                                                  \
  X(DATE, "date", 'd', 'e')                                                                                                      \
  X(ETAG, "etag", 'e', 'g')                                                                                                      \
  X(EXPECT, "expect", 'e', 't')                                                                                                  \
  X(EXPIRES, "expires", 'e', 's')                                                                                                \
  X(FROM, "from", 'f', 'm')                                                                                                      \
  X(HOST, "host", 'h', 't')                                                                                                      \
  X(IF_MATCH, "if-match", 'i', 'h')                                                                                              \
  X(IF_MODIFIED_SINCE, "if-modified-since", 'i', 'e')                                                                            \
  X(IF_NONE_MATCH, "if-none-match", 'i', 'h')                                                                                    \
  X(IF_RANGE, "if-range", 'i', 'e')                                                                                              \
  X(IF_UNMODIFIED_SINCE, "if-unmodified-since", 'i', 'e')                                                                        \
  X(LAST_MODIFIED, "last-modified", 'l', 'd')                                                                                    \
  X(LINK, "link", 'l', 'k')                                                                                                      \
  X(LOCATION, "location", 'l', 'n')                                                                                              \
  X(MAX_FORWARDS, "max-forwards", 'm', 's')                                                                                      \
  X(PROXY_AUTHENTICATE, "proxy-authenticate", 'p', 'e')                                                                          \
  X(PROXY_AUTHORIZATION, "proxy-authorization", 'p', 'n')                                                                        \
  X(RANGE, "range", 'r', 'e')                                                                                                    \
  X(REFERER, "referer", 'r', 'r')                                                                                                \
  X(REFRESH, "refresh", 'r', 'h')                                                                                                \
  X(RETRY_AFTER, "retry-after", 'r', 'r')                                                                                        \
  X(SERVER, "server", 's', 'r')                                                                                                  \
  X(SET_COOKIE, "set-cookie", 's', 'e')                                                                                          \
  X(STRICT_TRANSPORT_SECURITY, "strict-transport-security", 's', 'y')                                                            \
  X(TRANSFER_ENCODING, "transfer-encoding", 't', 'g')                                                                            \
  X(USER_AGENT, "user-agent", 'u', 't')                                                                                          \
  X(VARY, "vary", 'v', 'y')                                                                                                      \
  X(VIA, "via", 'v', 'a')                                                                                                        \
  X(WWW_AUTHENTICATE, "www-authenticate", 'w', 'e')                                                                              \
  X(_PROTOCOL, ":protocol", ':', 'l')                                                                                            \
  X(CONNECTION, "connection", 'c', 'n')                                                                                          \
  X(KEEP_ALIVE, "keep-alive", 'k', 'e')                                                                                          \
  X(PRIORITY, "priority", 'p', 'y')                                                                                              \
  X(PROXY_CONNECTION, "proxy-connection", 'p', 'n')                                                                              \
  X(TE, "te", 't', 'e')                                                                                                          \
  X(TRAILER, "trailer", 't', 'r')                                                                                                \
  X(UPGRADE, "upgrade", 'u', 'e')

/*
 * Each name has a slot of its own: two in one slot would be two initialisers of one element, which compilers tell of. A name
 * whose slot is wrong is not found, which the unit test would tell of.
 */
#define SLOT(n, first, last) (((n) + (size_t)(first)*16 + (size_t)(last)*8) & 0xff)

#define NAME_ROW(token, name, first, last) [RILL_TOKEN_##token] = {(const uint8_t *)name, sizeof name - 1},
static const rill_view names[RILL_TOKEN_COUNT] = {TOKENS(NAME_ROW)};

#define SLOT_ROW(token, name, first, last) [SLOT(sizeof name - 1, first, last)] = RILL_TOKEN_##token,
static const uint8_t slots[256] = {TOKENS(SLOT_ROW)};

uint16_t rill__token_of(rill_view name) {
  if (name.n == 0) return RILL_TOKEN_OTHER;
  unsigned token = slots[SLOT(name.n, (size_t)name.p[0], (size_t)name.p[name.n - 1])];
  const rill_view *known = &names[token];
  if (known->n != name.n || !rill__same_short(known->p, name.p, name.n)) return RILL_TOKEN_OTHER;
  return (uint16_t)token;
}

rill_view rill__token_name(uint16_t token) { return token < RILL_TOKEN_COUNT ? names[token] : names[RILL_TOKEN_UNKNOWN]; }
