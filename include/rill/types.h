/* SPDX-License-Identifier: MIT */
/*
 * rill/types.h: the words that every part of rill shares: views, memory, time, errors, reasons, fields.
 *
 * Nothing here needs more than the C library's freestanding headers. C99 and C++98 may include it.
 */
#ifndef RILL_TYPES_H
#define RILL_TYPES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#ifdef __cplusplus
extern "C" {
#endif

#if defined(RILL_STATIC) || !(defined(__GNUC__) || defined(__clang__) || defined(_WIN32))
#define RILL_API
#elif defined(_WIN32)
#ifdef RILL_BUILDING
#define RILL_API __declspec(dllexport)
#else
#define RILL_API __declspec(dllimport)
#endif
#else
#define RILL_API __attribute__((visibility("default")))
#endif

#define RILL_VERSION_MAJOR 0
#define RILL_VERSION_MINOR 2
#define RILL_VERSION_PATCH 0
#define RILL_VERSION "0.2.0"

/* The version of the library that runs, which may differ from RILL_VERSION, the one that was compiled against. */
RILL_API const char *rill_version(void);

/* A byte count, an id, or a negative rill_err. */
typedef ptrdiff_t rill_ssize;

/* Nanoseconds on any clock that does not go backwards. */
typedef uint64_t rill_time;
#define RILL_NEVER UINT64_MAX          /* as a deadline: nothing is due */
#define RILL_NO_CLOCK (UINT64_MAX - 1) /* as "now", always: the application has no clock; no deadline is ever given */

/* Octets that belong to somebody else. No terminator; p may be NULL when n is 0. */
typedef struct rill_view {
  const uint8_t *p;
  size_t n;
} rill_view;

/* Laid out as POSIX struct iovec, so that writev() takes an array of these as it is. */
typedef struct rill_iovec {
  void *base;
  size_t len;
} rill_iovec;

/*
 * An allocator in one function. resize(user, NULL, 0, n) allocates n > 0 octets aligned for any type,
 * resize(user, p, old, n) grows or shrinks, resize(user, p, old, 0) frees and its result is ignored.
 * NULL says that there is no memory; what p names is untouched then. It must not call back into rill.
 */
typedef struct rill_mem {
  void *(*resize)(void *user, void *p, size_t old_size, size_t new_size);
  void *user;
} rill_mem;

/* What a call can answer besides success. */
typedef enum rill_err {
  RILL_OK = 0,
  RILL_ERR_INVALID = -1,     /* an argument, or a field or message that must not be sent; see rill_conn_fault() */
  RILL_ERR_STATE = -2,       /* not now: wrong state of the stream or connection, or not from inside a callback */
  RILL_ERR_NOMEM = -3,       /* an allocation failed, or config.memory_limit is reached; nothing was changed */
  RILL_ERR_NO_STREAM = -4,   /* there is no such stream, or it is over */
  RILL_ERR_NO_MORE_IDS = -5, /* all stream ids are used: open a new connection */
  RILL_ERR_BLOCKED = -6,     /* not yet: on_credit or on_writable tells when */
  RILL_ERR_LIMIT = -7,       /* larger than a configured limit or than the room given */
  RILL_ERR_CALLBACK = -8,    /* a callback asked for the end of the connection */
  RILL_ERR_PROTO = -9,       /* the peer broke the protocol; see rill_conn_error() */
  RILL_ERR_CLOSED = -10      /* the connection is over */
} rill_err;

/* Words for a rill_err; never NULL, static. */
RILL_API const char *rill_err_text(int err);

/* Error codes on the wire, RFC 9113 7. */
typedef enum rill_code {
  RILL_NO_ERROR = 0x0,
  RILL_PROTOCOL_ERROR = 0x1,
  RILL_INTERNAL_ERROR = 0x2,
  RILL_FLOW_CONTROL_ERROR = 0x3,
  RILL_SETTINGS_TIMEOUT = 0x4,
  RILL_STREAM_CLOSED = 0x5,
  RILL_FRAME_SIZE_ERROR = 0x6,
  RILL_REFUSED_STREAM = 0x7,
  RILL_CANCEL = 0x8,
  RILL_COMPRESSION_ERROR = 0x9,
  RILL_CONNECT_ERROR = 0xa,
  RILL_ENHANCE_YOUR_CALM = 0xb,
  RILL_INADEQUATE_SECURITY = 0xc,
  RILL_HTTP_1_1_REQUIRED = 0xd
} rill_code;

/* "PROTOCOL_ERROR" and so on; "unknown error code" for what RFC 9113 does not name. Static. */
RILL_API const char *rill_code_text(uint32_t code);

/* Why something was refused. Each reason has a code for the wire, an RFC section and words. */
typedef enum rill_why {
  RILL_WHY_NONE = 0,
  /* framing */
  RILL_WHY_PREFACE,
  RILL_WHY_PREFACE_SETTINGS,
  RILL_WHY_FRAME_TOO_LONG,
  RILL_WHY_FRAME_LENGTH,
  RILL_WHY_FRAME_ON_STREAM,
  RILL_WHY_FRAME_ON_CONNECTION,
  RILL_WHY_FRAME_ON_IDLE,
  RILL_WHY_PADDING,
  RILL_WHY_CONTINUATION_EXPECTED,
  RILL_WHY_CONTINUATION_UNEXPECTED,
  RILL_WHY_STREAM_ID_PARITY,
  RILL_WHY_STREAM_ID_ORDER,
  RILL_WHY_STREAM_CLOSED,
  RILL_WHY_PUSH_FROM_CLIENT,
  RILL_WHY_PUSH_DISABLED,
  RILL_WHY_PUSH_STREAM,
  RILL_WHY_PROMISED_ID,
  RILL_WHY_PRIORITIZED_ID,
  RILL_WHY_PRIORITY_UPDATES,
  RILL_WHY_PRIORITY_UPDATE_SERVER,
  RILL_WHY_GOAWAY_GREW,
  RILL_WHY_FRAME_SUBMITTED,
  /* settings */
  RILL_WHY_SETTING_ENABLE_PUSH,
  RILL_WHY_SETTING_INITIAL_WINDOW,
  RILL_WHY_SETTING_MAX_FRAME_SIZE,
  RILL_WHY_SETTING_CONNECT_PROTOCOL,
  RILL_WHY_SETTING_NO_PRIORITIES,
  RILL_WHY_SETTINGS_ENTRIES,
  /* flow control */
  RILL_WHY_WINDOW_ZERO,
  RILL_WHY_WINDOW_OVERFLOW,
  RILL_WHY_WINDOW_SHIFT_OVERFLOW,
  RILL_WHY_FLOW_CONNECTION,
  RILL_WHY_FLOW_STREAM,
  /* HPACK */
  RILL_WHY_HPACK_INDEX,
  RILL_WHY_HPACK_INTEGER,
  RILL_WHY_HPACK_HUFFMAN,
  RILL_WHY_HPACK_CUT,
  RILL_WHY_HPACK_UPDATE_LATE,
  RILL_WHY_HPACK_UPDATE_LARGE,
  RILL_WHY_HPACK_UPDATE_MISSING,
  RILL_WHY_HPACK_UPDATE_MANY,
  /* limits of field sections and bookkeeping */
  RILL_WHY_BLOCK_SIZE,
  RILL_WHY_LIST_SIZE_HARD,
  RILL_WHY_LIST_SIZE,
  RILL_WHY_FIELD_COUNT_HARD,
  RILL_WHY_FIELD_COUNT,
  RILL_WHY_COOKIE_CRUMBS,
  RILL_WHY_NAME_SIZE,
  RILL_WHY_VALUE_SIZE,
  RILL_WHY_CONTINUATIONS,
  RILL_WHY_CONTINUATIONS_EMPTY,
  RILL_WHY_INTERIM_COUNT,
  RILL_WHY_PING_ACKS,
  RILL_WHY_SETTINGS_ACKS,
  RILL_WHY_RESETS_OWED,
  RILL_WHY_CONCURRENCY,
  RILL_WHY_MEMORY,
  /* budgets, see rill_budget in rill.h */
  RILL_WHY_GLITCHES,
  RILL_WHY_REFUSALS,
  RILL_WHY_PEER_RESETS,
  RILL_WHY_OWN_RESETS,
  RILL_WHY_DATA_EMPTY,
  RILL_WHY_OVERHEAD,
  /* field lines, RFC 9113 8.2 */
  RILL_WHY_NAME_EMPTY,
  RILL_WHY_NAME_UPPERCASE,
  RILL_WHY_NAME_OCTET,
  RILL_WHY_VALUE_OCTET,
  RILL_WHY_VALUE_CONTROL,
  RILL_WHY_VALUE_SPACE,
  RILL_WHY_CONNECTION_FIELD,
  RILL_WHY_TE,
  RILL_WHY_TE_TWICE,
  /* pseudo-header fields, RFC 9113 8.3 */
  RILL_WHY_PSEUDO_LATE,
  RILL_WHY_PSEUDO_TWICE,
  RILL_WHY_PSEUDO_UNKNOWN,
  RILL_WHY_PSEUDO_DIRECTION,
  RILL_WHY_PSEUDO_IN_TRAILERS,
  RILL_WHY_METHOD_MISSING,
  RILL_WHY_SCHEME_MISSING,
  RILL_WHY_PATH_MISSING,
  RILL_WHY_STATUS_MISSING,
  RILL_WHY_AUTHORITY_MISSING,
  RILL_WHY_METHOD,
  RILL_WHY_SCHEME,
  RILL_WHY_PATH,
  RILL_WHY_AUTHORITY,
  RILL_WHY_AUTHORITY_USERINFO,
  RILL_WHY_HOST_TWICE,
  RILL_WHY_HOST_DIFFERS,
  RILL_WHY_STATUS,
  RILL_WHY_STATUS_101,
  RILL_WHY_CONNECT_PSEUDO,
  RILL_WHY_CONNECT_PORT,
  RILL_WHY_CONNECT_PROTOCOL,
  /* message sequence and content, RFC 9113 8.1 */
  RILL_WHY_HEAD_MISSING,
  RILL_WHY_HEAD_TWICE,
  RILL_WHY_INTERIM_END,
  RILL_WHY_TRAILERS_NOT_LAST,
  RILL_WHY_TRAILERS_FIELD,
  RILL_WHY_TUNNEL_HEADERS,
  RILL_WHY_LENGTH_SYNTAX,
  RILL_WHY_LENGTH_TWICE,
  RILL_WHY_LENGTH_SHORT,
  RILL_WHY_LENGTH_EXCEEDED,
  RILL_WHY_LENGTH_FORBIDDEN,
  RILL_WHY_CONTENT_FORBIDDEN,
  /* promises, RFC 9113 8.4 */
  RILL_WHY_PUSH_METHOD,
  RILL_WHY_PUSH_CONTENT,
  RILL_WHY_PUSH_ORIGIN,
  RILL_WHY_PUSH_COUNT,
  /* time, and the end of it */
  RILL_WHY_PREFACE_TIMEOUT,
  RILL_WHY_SETTINGS_TIMEOUT,
  RILL_WHY_PING_STRIKES,
  RILL_WHY_STALL,
  RILL_WHY_HEADER_TIMEOUT,
  RILL_WHY_KEEPALIVE,
  RILL_WHY_STALL_TRANSPORT,
  RILL_WHY_AGE,
  RILL_WHY_STREAMS_TOTAL,
  /* our side */
  RILL_WHY_APPLICATION,
  RILL_WHY_CALLBACK,
  RILL_WHY_NOMEM,
  RILL_WHY_TRANSPORT,
  RILL_WHY_GOAWAY,
  /* HTTP/1.1 (RFC 9112), by http1.h alone */
  RILL_WHY_HTTP1_LINE_END,
  RILL_WHY_HTTP1_START_LINE,
  RILL_WHY_HTTP1_VERSION,
  RILL_WHY_HTTP1_FIELD_LINE,
  RILL_WHY_HTTP1_CONNECTION,
  RILL_WHY_HTTP1_CODING,
  RILL_WHY_HTTP1_FRAMING,
  RILL_WHY_HTTP1_UPGRADE,
  RILL_WHY_COUNT
} rill_why;

/* Words and RFC section, as "WINDOW_UPDATE with increment 0 (RFC 9113 6.9)"; never NULL, static. */
RILL_API const char *rill_why_text(rill_why why);

/* The code that this reason has on the wire. */
RILL_API rill_code rill_why_code(rill_why why);

/* What is known of a field beyond its octets. */
enum {
  RILL_FIELD_NEVER_INDEX = 0x1, /* a secret: no hop may put it into a table (RFC 7541 7.1.3); kept end to end */
  RILL_FIELD_NO_INDEX = 0x2,    /* do not spend table space on it */
  RILL_FIELD_CHECKED = 0x4,     /* set by rill: its octets passed the rules of RFC 9113 8.2.1 */
  RILL_FIELD_INDEX = 0x8        /* do spend it, though the name seldom repeats or the cookie is short; the first two win */
};

/*
 * A field line. An application fills in name and value and leaves the rest zero; rill_field_prepare() and received fields
 * carry the rest, which saves work when the field is submitted again. Whoever changes name or value zeroes the rest.
 */
typedef struct rill_field {
  rill_view name;
  rill_view value;
  uint16_t token; /* RILL_TOKEN_*; 0: not looked up yet */
  uint8_t flags;  /* RILL_FIELD_* */
  uint32_t hash;  /* of name and value, with a context's seed; 0: none */
} rill_field;

/* A field of two string literals, as an initialiser. */
#define RILL_FIELD(name, value)                                                                                                  \
  { {(const uint8_t *)(name), sizeof(name) - 1}, {(const uint8_t *)(value), sizeof(value) - 1}, 0, 0, 0 }

/* How urgent a message is (RFC 9218 4). All zero is not the default; {3, false, false} is. */
typedef struct rill_priority {
  uint8_t urgency;  /* 0, the most urgent, to 7 */
  bool incremental; /* useful in pieces: equals take turns */
  bool signalled;   /* somebody said so; otherwise it takes turns, too */
} rill_priority;

/* Names that rill knows by number. 1 to 52 are the names of the static table, in its order (RFC 7541 appendix A). */
typedef enum rill_token {
  RILL_TOKEN_UNKNOWN = 0,
  RILL_TOKEN__AUTHORITY,
  RILL_TOKEN__METHOD,
  RILL_TOKEN__PATH,
  RILL_TOKEN__SCHEME,
  RILL_TOKEN__STATUS,
  RILL_TOKEN_ACCEPT_CHARSET,
  RILL_TOKEN_ACCEPT_ENCODING,
  RILL_TOKEN_ACCEPT_LANGUAGE,
  RILL_TOKEN_ACCEPT_RANGES,
  RILL_TOKEN_ACCEPT,
  RILL_TOKEN_ACCESS_CONTROL_ALLOW_ORIGIN,
  RILL_TOKEN_AGE,
  RILL_TOKEN_ALLOW,
  RILL_TOKEN_AUTHORIZATION,
  RILL_TOKEN_CACHE_CONTROL,
  RILL_TOKEN_CONTENT_DISPOSITION,
  RILL_TOKEN_CONTENT_ENCODING,
  RILL_TOKEN_CONTENT_LANGUAGE,
  RILL_TOKEN_CONTENT_LENGTH,
  RILL_TOKEN_CONTENT_LOCATION,
  RILL_TOKEN_CONTENT_RANGE,
  RILL_TOKEN_CONTENT_TYPE,
  RILL_TOKEN_COOKIE,
  RILL_TOKEN_DATE,
  RILL_TOKEN_ETAG,
  RILL_TOKEN_EXPECT,
  RILL_TOKEN_EXPIRES,
  RILL_TOKEN_FROM,
  RILL_TOKEN_HOST,
  RILL_TOKEN_IF_MATCH,
  RILL_TOKEN_IF_MODIFIED_SINCE,
  RILL_TOKEN_IF_NONE_MATCH,
  RILL_TOKEN_IF_RANGE,
  RILL_TOKEN_IF_UNMODIFIED_SINCE,
  RILL_TOKEN_LAST_MODIFIED,
  RILL_TOKEN_LINK,
  RILL_TOKEN_LOCATION,
  RILL_TOKEN_MAX_FORWARDS,
  RILL_TOKEN_PROXY_AUTHENTICATE,
  RILL_TOKEN_PROXY_AUTHORIZATION,
  RILL_TOKEN_RANGE,
  RILL_TOKEN_REFERER,
  RILL_TOKEN_REFRESH,
  RILL_TOKEN_RETRY_AFTER,
  RILL_TOKEN_SERVER,
  RILL_TOKEN_SET_COOKIE,
  RILL_TOKEN_STRICT_TRANSPORT_SECURITY,
  RILL_TOKEN_TRANSFER_ENCODING,
  RILL_TOKEN_USER_AGENT,
  RILL_TOKEN_VARY,
  RILL_TOKEN_VIA,
  RILL_TOKEN_WWW_AUTHENTICATE,
  RILL_TOKEN_LAST_STATIC = RILL_TOKEN_WWW_AUTHENTICATE,
  /* names that rules speak of and the static table lacks */
  RILL_TOKEN__PROTOCOL,
  RILL_TOKEN_CONNECTION,
  RILL_TOKEN_KEEP_ALIVE,
  RILL_TOKEN_PRIORITY,
  RILL_TOKEN_PROXY_CONNECTION,
  RILL_TOKEN_TE,
  RILL_TOKEN_TRAILER,
  RILL_TOKEN_UPGRADE,
  RILL_TOKEN_LAST_RULED = RILL_TOKEN_UPGRADE,
  /* names that are common, and that no rule speaks of */
  RILL_TOKEN_ACCESS_CONTROL_ALLOW_CREDENTIALS,
  RILL_TOKEN_ACCESS_CONTROL_ALLOW_HEADERS,
  RILL_TOKEN_ACCESS_CONTROL_ALLOW_METHODS,
  RILL_TOKEN_ACCESS_CONTROL_EXPOSE_HEADERS,
  RILL_TOKEN_ACCESS_CONTROL_MAX_AGE,
  RILL_TOKEN_ACCESS_CONTROL_REQUEST_HEADERS,
  RILL_TOKEN_ACCESS_CONTROL_REQUEST_METHOD,
  RILL_TOKEN_ALT_SVC,
  RILL_TOKEN_CONTENT_SECURITY_POLICY,
  RILL_TOKEN_DNT,
  RILL_TOKEN_FORWARDED,
  RILL_TOKEN_GRPC_ACCEPT_ENCODING,
  RILL_TOKEN_GRPC_ENCODING,
  RILL_TOKEN_GRPC_MESSAGE,
  RILL_TOKEN_GRPC_STATUS,
  RILL_TOKEN_GRPC_TIMEOUT,
  RILL_TOKEN_ORIGIN,
  RILL_TOKEN_PRAGMA,
  RILL_TOKEN_REFERRER_POLICY,
  RILL_TOKEN_SEC_CH_UA,
  RILL_TOKEN_SEC_CH_UA_MOBILE,
  RILL_TOKEN_SEC_CH_UA_PLATFORM,
  RILL_TOKEN_SEC_FETCH_DEST,
  RILL_TOKEN_SEC_FETCH_MODE,
  RILL_TOKEN_SEC_FETCH_SITE,
  RILL_TOKEN_SEC_FETCH_USER,
  RILL_TOKEN_SERVER_TIMING,
  RILL_TOKEN_TIMING_ALLOW_ORIGIN,
  RILL_TOKEN_TRACEPARENT,
  RILL_TOKEN_UPGRADE_INSECURE_REQUESTS,
  RILL_TOKEN_X_CONTENT_TYPE_OPTIONS,
  RILL_TOKEN_X_FORWARDED_FOR,
  RILL_TOKEN_X_FORWARDED_PROTO,
  RILL_TOKEN_X_FRAME_OPTIONS,
  RILL_TOKEN_X_REQUEST_ID,
  RILL_TOKEN_X_REQUESTED_WITH,
  RILL_TOKEN_X_XSS_PROTECTION,
  RILL_TOKEN_OTHER, /* looked up, and none of these; this number and the next grow with each version that knows more names */
  RILL_TOKEN_COUNT
} rill_token;

#ifdef __cplusplus
}
#endif

#endif /* RILL_TYPES_H */
