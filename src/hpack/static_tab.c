/* SPDX-License-Identifier: MIT */
#include "hpack/static_tab.h"

#include "hpack/same.h"

#define ENTRIES(X)                                                                                                               \
  X(_AUTHORITY, ":authority", "")                                   /* 1 */                                                      \
  X(_METHOD, ":method", "GET")                                      /* 2 */                                                      \
  X(_METHOD, ":method", "POST")                                     /* 3 */                                                      \
  X(_PATH, ":path", "/")                                            /* 4 */                                                      \
  X(_PATH, ":path", "/index.html")                                  /* 5 */                                                      \
  X(_SCHEME, ":scheme", "http")                                     /* 6 */                                                      \
  X(_SCHEME, ":scheme", "https")                                    /* 7 */                                                      \
  X(_STATUS, ":status", "200")                                      /* 8 */                                                      \
  X(_STATUS, ":status", "204")                                      /* 9 */                                                      \
  X(_STATUS, ":status", "206")                                      /* 10 */                                                     \
  X(_STATUS, ":status", "304")                                      /* 11 */                                                     \
  X(_STATUS, ":status", "400")                                      /* 12 */                                                     \
  X(_STATUS, ":status", "404")                                      /* 13 */                                                     \
  X(_STATUS, ":status", "500")                                      /* 14 */                                                     \
  X(ACCEPT_CHARSET, "accept-charset", "")                           /* 15 */                                                     \
  X(ACCEPT_ENCODING, "accept-encoding", "gzip, deflate")            /* 16 */                                                     \
  X(ACCEPT_LANGUAGE, "accept-language", "")                         /* 17 */                                                     \
  X(ACCEPT_RANGES, "accept-ranges", "")                             /* 18 */                                                     \
  X(ACCEPT, "accept", "")                                           /* 19 */                                                     \
  X(ACCESS_CONTROL_ALLOW_ORIGIN, "access-control-allow-origin", "") /* 20 */                                                     \
  X(AGE, "age", "")                                                 /* 21 */                                                     \
  X(ALLOW, "allow", "")                                             /* 22 */                                                     \
  X(AUTHORIZATION, "authorization", "")                             /* 23 */                                                     \
  X(CACHE_CONTROL, "cache-control", "")                             /* 24 */                                                     \
  X(CONTENT_DISPOSITION, "content-disposition", "")                 /* 25 */                                                     \
  X(CONTENT_ENCODING, "content-encoding", "")                       /* 26 */                                                     \
  X(CONTENT_LANGUAGE, "content-language", "")                       /* 27 */                                                     \
  X(CONTENT_LENGTH, "content-length", "")                           /* 28 */                                                     \
  X(CONTENT_LOCATION, "content-location", "")                       /* 29 */                                                     \
  X(CONTENT_RANGE, "content-range", "")                             /* 30 */                                                     \
  X(CONTENT_TYPE, "content-type", "")                               /* 31 */                                                     \
  X(COOKIE, "cookie", "")                                           /* 32 */                                                     \
  X(DATE, "date", "")                                               /* 33 */                                                     \
  X(ETAG, "etag", "")                                               /* 34 */                                                     \
  X(EXPECT, "expect", "")                                           /* 35 */                                                     \
  X(EXPIRES, "expires", "")                                         /* 36 */                                                     \
  X(FROM, "from", "")                                               /* 37 */                                                     \
  X(HOST, "host", "")                                               /* 38 */                                                     \
  X(IF_MATCH, "if-match", "")                                       /* 39 */                                                     \
  X(IF_MODIFIED_SINCE, "if-modified-since", "")                     /* 40 */                                                     \
  X(IF_NONE_MATCH, "if-none-match", "")                             /* 41 */                                                     \
  X(IF_RANGE, "if-range", "")                                       /* 42 */                                                     \
  X(IF_UNMODIFIED_SINCE, "if-unmodified-since", "")                 /* 43 */                                                     \
  X(LAST_MODIFIED, "last-modified", "")                             /* 44 */                                                     \
  X(LINK, "link", "")                                               /* 45 */                                                     \
  X(LOCATION, "location", "")                                       /* 46 */                                                     \
  X(MAX_FORWARDS, "max-forwards", "")                               /* 47 */                                                     \
  X(PROXY_AUTHENTICATE, "proxy-authenticate", "")                   /* 48 */                                                     \
  X(PROXY_AUTHORIZATION, "proxy-authorization", "")                 /* 49 */                                                     \
  X(RANGE, "range", "")                                             /* 50 */                                                     \
  X(REFERER, "referer", "")                                         /* 51 */                                                     \
  X(REFRESH, "refresh", "")                                         /* 52 */                                                     \
  X(RETRY_AFTER, "retry-after", "")                                 /* 53 */                                                     \
  X(SERVER, "server", "")                                           /* 54 */                                                     \
  X(SET_COOKIE, "set-cookie", "")                                   /* 55 */                                                     \
  X(STRICT_TRANSPORT_SECURITY, "strict-transport-security", "")     /* 56 */                                                     \
  X(TRANSFER_ENCODING, "transfer-encoding", "")                     /* 57 */                                                     \
  X(USER_AGENT, "user-agent", "")                                   /* 58 */                                                     \
  X(VARY, "vary", "")                                               /* 59 */                                                     \
  X(VIA, "via", "")                                                 /* 60 */                                                     \
  X(WWW_AUTHENTICATE, "www-authenticate", "")                       /* 61 */

#define LITERAL(s)                                                                                                               \
  { (const uint8_t *)s, sizeof s - 1 }
#define ENTRY(token, name, value) {LITERAL(name), LITERAL(value), RILL_TOKEN_##token, RILL_FIELD_CHECKED, 0},
const rill_field rill__static_tab[RILL__STATIC_COUNT + 1] = {{{NULL, 0}, {NULL, 0}, 0, 0, 0}, ENTRIES(ENTRY)};

const rill__static_name rill__static_names[RILL_TOKEN_COUNT] = {
    [RILL_TOKEN__AUTHORITY] = {1, 1, 0},
    [RILL_TOKEN__METHOD] = {2, 3, 4},
    [RILL_TOKEN__PATH] = {4, 5, 11},
    [RILL_TOKEN__SCHEME] = {6, 7, 5},
    [RILL_TOKEN__STATUS] = {8, 14, 3},
    [RILL_TOKEN_ACCEPT_CHARSET] = {15, 15, 0},
    [RILL_TOKEN_ACCEPT_ENCODING] = {16, 16, 13},
    [RILL_TOKEN_ACCEPT_LANGUAGE] = {17, 17, 0},
    [RILL_TOKEN_ACCEPT_RANGES] = {18, 18, 0},
    [RILL_TOKEN_ACCEPT] = {19, 19, 0},
    [RILL_TOKEN_ACCESS_CONTROL_ALLOW_ORIGIN] = {20, 20, 0},
    [RILL_TOKEN_AGE] = {21, 21, 0},
    [RILL_TOKEN_ALLOW] = {22, 22, 0},
    [RILL_TOKEN_AUTHORIZATION] = {23, 23, 0},
    [RILL_TOKEN_CACHE_CONTROL] = {24, 24, 0},
    [RILL_TOKEN_CONTENT_DISPOSITION] = {25, 25, 0},
    [RILL_TOKEN_CONTENT_ENCODING] = {26, 26, 0},
    [RILL_TOKEN_CONTENT_LANGUAGE] = {27, 27, 0},
    [RILL_TOKEN_CONTENT_LENGTH] = {28, 28, 0},
    [RILL_TOKEN_CONTENT_LOCATION] = {29, 29, 0},
    [RILL_TOKEN_CONTENT_RANGE] = {30, 30, 0},
    [RILL_TOKEN_CONTENT_TYPE] = {31, 31, 0},
    [RILL_TOKEN_COOKIE] = {32, 32, 0},
    [RILL_TOKEN_DATE] = {33, 33, 0},
    [RILL_TOKEN_ETAG] = {34, 34, 0},
    [RILL_TOKEN_EXPECT] = {35, 35, 0},
    [RILL_TOKEN_EXPIRES] = {36, 36, 0},
    [RILL_TOKEN_FROM] = {37, 37, 0},
    [RILL_TOKEN_HOST] = {38, 38, 0},
    [RILL_TOKEN_IF_MATCH] = {39, 39, 0},
    [RILL_TOKEN_IF_MODIFIED_SINCE] = {40, 40, 0},
    [RILL_TOKEN_IF_NONE_MATCH] = {41, 41, 0},
    [RILL_TOKEN_IF_RANGE] = {42, 42, 0},
    [RILL_TOKEN_IF_UNMODIFIED_SINCE] = {43, 43, 0},
    [RILL_TOKEN_LAST_MODIFIED] = {44, 44, 0},
    [RILL_TOKEN_LINK] = {45, 45, 0},
    [RILL_TOKEN_LOCATION] = {46, 46, 0},
    [RILL_TOKEN_MAX_FORWARDS] = {47, 47, 0},
    [RILL_TOKEN_PROXY_AUTHENTICATE] = {48, 48, 0},
    [RILL_TOKEN_PROXY_AUTHORIZATION] = {49, 49, 0},
    [RILL_TOKEN_RANGE] = {50, 50, 0},
    [RILL_TOKEN_REFERER] = {51, 51, 0},
    [RILL_TOKEN_REFRESH] = {52, 52, 0},
    [RILL_TOKEN_RETRY_AFTER] = {53, 53, 0},
    [RILL_TOKEN_SERVER] = {54, 54, 0},
    [RILL_TOKEN_SET_COOKIE] = {55, 55, 0},
    [RILL_TOKEN_STRICT_TRANSPORT_SECURITY] = {56, 56, 0},
    [RILL_TOKEN_TRANSFER_ENCODING] = {57, 57, 0},
    [RILL_TOKEN_USER_AGENT] = {58, 58, 0},
    [RILL_TOKEN_VARY] = {59, 59, 0},
    [RILL_TOKEN_VIA] = {60, 60, 0},
    [RILL_TOKEN_WWW_AUTHENTICATE] = {61, 61, 0},
};

uint32_t rill__static_find(uint16_t token, rill_view value) {
  const rill__static_name *name = &rill__static_names[token];
  for (uint32_t i = name->first; i != 0 && i <= name->last; i++) {
    rill_view other = rill__static_tab[i].value;
    if (other.n != value.n) continue;
    if (value.n < 2 ? value.n == 0 || *value.p == *other.p : rill__same_short(value.p, other.p, value.n)) return i;
  }
  return 0;
}
