/* SPDX-License-Identifier: MIT */
#include "hpack/token.h"

#include "hpack/same.h"

/* token, name, its first octet and its last two */
#define TOKENS(X)                                                                                                                \
  X(_AUTHORITY, ":authority", ':', 't', 'y')                                                                                     \
  X(_METHOD, ":method", ':', 'o', 'd')                                                                                           \
  X(_PATH, ":path", ':', 't', 'h')                                                                                               \
  X(_SCHEME, ":scheme", ':', 'm', 'e')                                                                                           \
  X(_STATUS, ":status", ':', 'u', 's')                                                                                           \
  X(ACCEPT_CHARSET, "accept-charset", 'a', 'e', 't')                                                                             \
  X(ACCEPT_ENCODING, "accept-encoding", 'a', 'n', 'g')                                                                           \
  X(ACCEPT_LANGUAGE, "accept-language", 'a', 'g', 'e')                                                                           \
  X(ACCEPT_RANGES, "accept-ranges", 'a', 'e', 's')                                                                               \
  X(ACCEPT, "accept", 'a', 'p', 't')                                                                                             \
  X(ACCESS_CONTROL_ALLOW_ORIGIN, "access-control-allow-origin", 'a', 'i', 'n')                                                   \
  X(AGE, "age", 'a', 'g', 'e')                                                                                                   \
  X(ALLOW, "allow", 'a', 'o', 'w')                                                                                               \
  X(AUTHORIZATION, "authorization", 'a', 'o', 'n')                                                                               \
  X(CACHE_CONTROL, "cache-control", 'c', 'o', 'l')                                                                               \
  X(CONTENT_DISPOSITION, "content-disposition", 'c', 'o', 'n')                                                                   \
  X(CONTENT_ENCODING, "content-encoding", 'c', 'n', 'g')                                                                         \
  X(CONTENT_LANGUAGE, "content-language", 'c', 'g', 'e')                                                                         \
  X(CONTENT_LENGTH, "content-length", 'c', 't', 'h')                                                                             \
  X(CONTENT_LOCATION, "content-location", 'c', 'o', 'n')                                                                         \
  X(CONTENT_RANGE, "content-range", 'c', 'g', 'e')                                                                               \
  X(CONTENT_TYPE, "content-type", 'c', 'p', 'e')                                                                                 \
  X(COOKIE, "cookie", 'c', 'i', 'e')                                                                                             \
  X(DATE, "date", 'd', 't', 'e')                                                                                                 \
  X(ETAG, "etag", 'e', 'a', 'g')                                                                                                 \
  X(EXPECT, "expect", 'e', 'c', 't')                                                                                             \
  X(EXPIRES, "expires", 'e', 'e', 's')                                                                                           \
  X(FROM, "from", 'f', 'o', 'm')                                                                                                 \
  X(HOST, "host", 'h', 's', 't')                                                                                                 \
  X(IF_MATCH, "if-match", 'i', 'c', 'h')                                                                                         \
  X(IF_MODIFIED_SINCE, "if-modified-since", 'i', 'c', 'e')                                                                       \
  X(IF_NONE_MATCH, "if-none-match", 'i', 'c', 'h')                                                                               \
  X(IF_RANGE, "if-range", 'i', 'g', 'e')                                                                                         \
  X(IF_UNMODIFIED_SINCE, "if-unmodified-since", 'i', 'c', 'e')                                                                   \
  X(LAST_MODIFIED, "last-modified", 'l', 'e', 'd')                                                                               \
  X(LINK, "link", 'l', 'n', 'k')                                                                                                 \
  X(LOCATION, "location", 'l', 'o', 'n')                                                                                         \
  X(MAX_FORWARDS, "max-forwards", 'm', 'd', 's')                                                                                 \
  X(PROXY_AUTHENTICATE, "proxy-authenticate", 'p', 't', 'e')                                                                     \
  X(PROXY_AUTHORIZATION, "proxy-authorization", 'p', 'o', 'n')                                                                   \
  X(RANGE, "range", 'r', 'g', 'e')                                                                                               \
  X(REFERER, "referer", 'r', 'e', 'r')                                                                                           \
  X(REFRESH, "refresh", 'r', 's', 'h')                                                                                           \
  X(RETRY_AFTER, "retry-after", 'r', 'e', 'r')                                                                                   \
  X(SERVER, "server", 's', 'e', 'r')                                                                                             \
  X(SET_COOKIE, "set-cookie", 's', 'i', 'e')                                                                                     \
  X(STRICT_TRANSPORT_SECURITY, "strict-transport-security", 's', 't', 'y')                                                       \
  X(TRANSFER_ENCODING, "transfer-encoding", 't', 'n', 'g')                                                                       \
  X(USER_AGENT, "user-agent", 'u', 'n', 't')                                                                                     \
  X(VARY, "vary", 'v', 'r', 'y')                                                                                                 \
  X(VIA, "via", 'v', 'i', 'a')                                                                                                   \
  X(WWW_AUTHENTICATE, "www-authenticate", 'w', 't', 'e')                                                                         \
  X(_PROTOCOL, ":protocol", ':', 'o', 'l')                                                                                       \
  X(CONNECTION, "connection", 'c', 'o', 'n')                                                                                     \
  X(KEEP_ALIVE, "keep-alive", 'k', 'v', 'e')                                                                                     \
  X(PRIORITY, "priority", 'p', 't', 'y')                                                                                         \
  X(PROXY_CONNECTION, "proxy-connection", 'p', 'o', 'n')                                                                         \
  X(TE, "te", 't', 't', 'e')                                                                                                     \
  X(TRAILER, "trailer", 't', 'e', 'r')                                                                                           \
  X(UPGRADE, "upgrade", 'u', 'd', 'e')                                                                                           \
  X(ACCESS_CONTROL_ALLOW_CREDENTIALS, "access-control-allow-credentials", 'a', 'l', 's')                                         \
  X(ACCESS_CONTROL_ALLOW_HEADERS, "access-control-allow-headers", 'a', 'r', 's')                                                 \
  X(ACCESS_CONTROL_ALLOW_METHODS, "access-control-allow-methods", 'a', 'd', 's')                                                 \
  X(ACCESS_CONTROL_EXPOSE_HEADERS, "access-control-expose-headers", 'a', 'r', 's')                                               \
  X(ACCESS_CONTROL_MAX_AGE, "access-control-max-age", 'a', 'g', 'e')                                                             \
  X(ACCESS_CONTROL_REQUEST_HEADERS, "access-control-request-headers", 'a', 'r', 's')                                             \
  X(ACCESS_CONTROL_REQUEST_METHOD, "access-control-request-method", 'a', 'o', 'd')                                               \
  X(ALT_SVC, "alt-svc", 'a', 'v', 'c')                                                                                           \
  X(CONTENT_SECURITY_POLICY, "content-security-policy", 'c', 'c', 'y')                                                           \
  X(DNT, "dnt", 'd', 'n', 't')                                                                                                   \
  X(FORWARDED, "forwarded", 'f', 'e', 'd')                                                                                       \
  X(GRPC_ACCEPT_ENCODING, "grpc-accept-encoding", 'g', 'n', 'g')                                                                 \
  X(GRPC_ENCODING, "grpc-encoding", 'g', 'n', 'g')                                                                               \
  X(GRPC_MESSAGE, "grpc-message", 'g', 'g', 'e')                                                                                 \
  X(GRPC_STATUS, "grpc-status", 'g', 'u', 's')                                                                                   \
  X(GRPC_TIMEOUT, "grpc-timeout", 'g', 'u', 't')                                                                                 \
  X(ORIGIN, "origin", 'o', 'i', 'n')                                                                                             \
  X(PRAGMA, "pragma", 'p', 'm', 'a')                                                                                             \
  X(REFERRER_POLICY, "referrer-policy", 'r', 'c', 'y')                                                                           \
  X(SEC_CH_UA, "sec-ch-ua", 's', 'u', 'a')                                                                                       \
  X(SEC_CH_UA_MOBILE, "sec-ch-ua-mobile", 's', 'l', 'e')                                                                         \
  X(SEC_CH_UA_PLATFORM, "sec-ch-ua-platform", 's', 'r', 'm')                                                                     \
  X(SEC_FETCH_DEST, "sec-fetch-dest", 's', 's', 't')                                                                             \
  X(SEC_FETCH_MODE, "sec-fetch-mode", 's', 'd', 'e')                                                                             \
  X(SEC_FETCH_SITE, "sec-fetch-site", 's', 't', 'e')                                                                             \
  X(SEC_FETCH_USER, "sec-fetch-user", 's', 'e', 'r')                                                                             \
  X(SERVER_TIMING, "server-timing", 's', 'n', 'g')                                                                               \
  X(TIMING_ALLOW_ORIGIN, "timing-allow-origin", 't', 'i', 'n')                                                                   \
  X(TRACEPARENT, "traceparent", 't', 'n', 't')                                                                                   \
  X(UPGRADE_INSECURE_REQUESTS, "upgrade-insecure-requests", 'u', 't', 's')                                                       \
  X(X_CONTENT_TYPE_OPTIONS, "x-content-type-options", 'x', 'n', 's')                                                             \
  X(X_FORWARDED_FOR, "x-forwarded-for", 'x', 'o', 'r')                                                                           \
  X(X_FORWARDED_PROTO, "x-forwarded-proto", 'x', 't', 'o')                                                                       \
  X(X_FRAME_OPTIONS, "x-frame-options", 'x', 'n', 's')                                                                           \
  X(X_REQUEST_ID, "x-request-id", 'x', 'i', 'd')                                                                                 \
  X(X_REQUESTED_WITH, "x-requested-with", 'x', 't', 'h')                                                                         \
  X(X_XSS_PROTECTION, "x-xss-protection", 'x', 'o', 'n')

/*
 * Each name has a slot of its own: two in one slot would be two initialisers of one element, which compilers tell of. A name
 * whose slot is wrong is not found, which the unit test would tell of.
 */
#define SLOT(n, first, late, last) (((((late) | (unsigned)(last) << 8) * 36476u >> 9) + (first)*8u + (unsigned)(n)) & 0x1ff)

#define NAME_ROW(token, name, first, late, last) [RILL_TOKEN_##token] = {(const uint8_t *)name, sizeof name - 1},
static const rill_view names[RILL_TOKEN_COUNT] = {TOKENS(NAME_ROW)};

#define SLOT_ROW(token, name, first, late, last) [SLOT(sizeof name - 1, first, late, last)] = RILL_TOKEN_##token,
static const uint8_t slots[512] = {TOKENS(SLOT_ROW)};

uint16_t rill__token_of(rill_view name) {
  if (name.n < 2) return RILL_TOKEN_OTHER;
  const uint8_t *two = name.p + name.n - 2;
  unsigned token = slots[SLOT(name.n, *name.p, two[0], two[1])];
  const rill_view *known = &names[token];
  if (known->n != name.n || !rill__same_short(known->p, name.p, name.n)) return RILL_TOKEN_OTHER;
  return (uint16_t)token;
}

rill_view rill__token_name(uint16_t token) { return token < RILL_TOKEN_COUNT ? names[token] : names[RILL_TOKEN_UNKNOWN]; }
