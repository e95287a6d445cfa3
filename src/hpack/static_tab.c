/* SPDX-License-Identifier: MIT */
#include "hpack/static_tab.h"

#define ENTRIES(X)                                                                                                     \
  X(_AUTHORITY, ":authority", "") /* 1 */                                    \
  X(_METHOD, ":method", "GET") /* 2 */                                       \
  X(_METHOD, ":method", "POST") /* 3 */                                      \
  X(_PATH, ":path", "/") /* 4 */                                             \
  X(_PATH, ":path", "/index.html") /* 5 */                                   \
  X(_SCHEME, ":scheme", "http") /* 6 */                                      \
  X(_SCHEME, ":scheme", "https") /* 7 */                                     \
  X(_STATUS, ":status", "200") /* 8 */                                       \
  X(_STATUS, ":status", "204") /* 9 */                                       \
  X(_STATUS, ":status", "206") /* 10 */                                      \
  X(_STATUS, ":status", "304") /* 11 */                                      \
  X(_STATUS, ":status", "400") /* 12 */                                      \
  X(_STATUS, ":status", "404") /* 13 */                                      \
  X(_STATUS, ":status", "500") /* 14 */                                      \
  X(ACCEPT_CHARSET, "accept-charset", "") /* 15 */                           \
  X(ACCEPT_ENCODING, "accept-encoding", "gzip, deflate") /* 16 */            \
  X(ACCEPT_LANGUAGE, "accept-language", "") /* 17 */                         \
  X(ACCEPT_RANGES, "accept-ranges", "") /* 18 */                             \
  X(ACCEPT, "accept", "") /* 19 */                                           \
  X(ACCESS_CONTROL_ALLOW_ORIGIN, "access-control-allow-origin", "") /* 20 */ \
  X(AGE, "age", "") /* 21 */                                                 \
  X(ALLOW, "allow", "") /* 22 */                                             \
  X(AUTHORIZATION, "authorization", "") /* 23 */                             \
  X(CACHE_CONTROL, "cache-control", "") /* 24 */                             \
  X(CONTENT_DISPOSITION, "content-disposition", "") /* 25 */                 \
  X(CONTENT_ENCODING, "content-encoding", "") /* 26 */                       \
  X(CONTENT_LANGUAGE, "content-language", "") /* 27 */                       \
  X(CONTENT_LENGTH, "content-length", "") /* 28 */                           \
  X(CONTENT_LOCATION, "content-location", "") /* 29 */                       \
  X(CONTENT_RANGE, "content-range", "") /* 30 */                             \
  X(CONTENT_TYPE, "content-type", "") /* 31 */                               \
  X(COOKIE, "cookie", "") /* 32 */                                           \
  X(DATE, "date", "") /* 33 */                                               \
  X(ETAG, "etag", "") /* 34 */                                               \
  X(EXPECT, "expect", "") /* 35 */                                           \
  X(EXPIRES, "expires", "") /* 36 */                                         \
  X(FROM, "from", "") /* 37 */                                               \
  X(HOST, "host", "") /* 38 */                                               \
  X(IF_MATCH, "if-match", "") /* 39 */                                       \
  X(IF_MODIFIED_SINCE, "if-modified-since", "") /* 40 */                     \
  X(IF_NONE_MATCH, "if-none-match", "") /* 41 */                             \
  X(IF_RANGE, "if-range", "") /* 42 */                                       \
  X(IF_UNMODIFIED_SINCE, "if-unmodified-since", "") /* 43 */                 \
  X(LAST_MODIFIED, "last-modified", "") /* 44 */                             \
  X(LINK, "link", "") /* 45 */                                               \
  X(LOCATION, "location", "") /* 46 */                                       \
  X(MAX_FORWARDS, "max-forwards", "") /* 47 */                               \
  X(PROXY_AUTHENTICATE, "proxy-authenticate", "") /* 48 */                   \
  X(PROXY_AUTHORIZATION, "proxy-authorization", "") /* 49 */                 \
  X(RANGE, "range", "") /* 50 */                                             \
  X(REFERER, "referer", "") /* 51 */                                         \
  X(REFRESH, "refresh", "") /* 52 */                                         \
  X(RETRY_AFTER, "retry-after", "") /* 53 */                                 \
  X(SERVER, "server", "") /* 54 */                                           \
  X(SET_COOKIE, "set-cookie", "") /* 55 */                                   \
  X(STRICT_TRANSPORT_SECURITY, "strict-transport-security", "") /* 56 */     \
  X(TRANSFER_ENCODING, "transfer-encoding", "") /* 57 */                     \
  X(USER_AGENT, "user-agent", "") /* 58 */                                   \
  X(VARY, "vary", "") /* 59 */                                               \
  X(VIA, "via", "") /* 60 */                                                 \
  X(WWW_AUTHENTICATE, "www-authenticate", "") /* 61 */                       

#define LITERAL(s) {(const uint8_t *)s, sizeof s - 1}
#define ENTRY(token, name, value) {LITERAL(name), LITERAL(value), RILL_TOKEN_##token, RILL_FIELD_CHECKED, 0},
const rill_field rill__static_tab[RILL__STATIC_COUNT + 1] = {{{NULL, 0}, {NULL, 0}, 0, 0, 0}, ENTRIES(ENTRY)};

/* clang-format off */
const uint8_t rill__static_first[RILL_TOKEN_LAST_STATIC + 2] = {
    0, 1, 2, 4, 6, 8, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26,
    27, 28, 29, 30, 31, 32, 33, 34, 35, 36, 37, 38, 39, 40, 41, 42, 43, 44,
    45, 46, 47, 48, 49, 50, 51, 52, 53, 54, 55, 56, 57, 58, 59, 60, 61, 62,
};
/* clang-format on */
