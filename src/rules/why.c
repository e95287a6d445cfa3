/* SPDX-License-Identifier: MIT */
#include "rules/why.h"

/* clang-format off */
/*    reason                  ends    code on the wire    RFC            words */
#define WHYS(X)                                                                                                                  \
  X(NONE,                     STREAM, NO_ERROR,           "9113 7",      "no error")                                             \
  /* framing */                                                                                                                  \
  X(PREFACE,                  CONN,   PROTOCOL_ERROR,     "9113 3.4",    "what came is not the connection preface")              \
  X(PREFACE_SETTINGS,         CONN,   PROTOCOL_ERROR,     "9113 3.4",    "the first frame is not SETTINGS")                      \
  X(FRAME_TOO_LONG,           CONN,   FRAME_SIZE_ERROR,   "9113 4.2",    "frame longer than SETTINGS_MAX_FRAME_SIZE allows")     \
  X(FRAME_LENGTH,             CONN,   FRAME_SIZE_ERROR,   "9113 4.2",    "length that this type of frame cannot have")           \
  X(FRAME_ON_STREAM,          CONN,   PROTOCOL_ERROR,     "9113 4.1",    "frame of the connection on a stream")                  \
  X(FRAME_ON_CONNECTION,      CONN,   PROTOCOL_ERROR,     "9113 4.1",    "frame of a stream on stream 0")                        \
  X(FRAME_ON_IDLE,            CONN,   PROTOCOL_ERROR,     "9113 5.1",    "frame on a stream that is not open yet")               \
  X(PADDING,                  CONN,   PROTOCOL_ERROR,     "9113 6.1",    "padding does not fit into the frame")                  \
  X(CONTINUATION_EXPECTED,    CONN,   PROTOCOL_ERROR,     "9113 6.10",   "another frame inside a field block")                   \
  X(CONTINUATION_UNEXPECTED,  CONN,   PROTOCOL_ERROR,     "9113 6.10",   "CONTINUATION outside a field block")                   \
  X(STREAM_ID_PARITY,         CONN,   PROTOCOL_ERROR,     "9113 5.1.1",  "stream identifier that is not the peer's to open")     \
  X(STREAM_ID_ORDER,          CONN,   PROTOCOL_ERROR,     "9113 5.1.1",  "stream identifier lower than an earlier one")          \
  X(STREAM_CLOSED,            CONN,   STREAM_CLOSED,      "9113 5.1",    "frame after END_STREAM")                               \
  X(PUSH_FROM_CLIENT,         CONN,   PROTOCOL_ERROR,     "9113 8.4",    "PUSH_PROMISE from a client")                           \
  X(PUSH_DISABLED,            CONN,   PROTOCOL_ERROR,     "9113 6.6",    "PUSH_PROMISE though push is disabled")                 \
  X(PUSH_STREAM,              CONN,   PROTOCOL_ERROR,     "9113 6.6",    "PUSH_PROMISE on a stream where none may come")         \
  X(PROMISED_ID,              CONN,   PROTOCOL_ERROR,     "9113 5.1.1",  "promised stream identifier that cannot be opened")     \
  X(PRIORITIZED_ID,           CONN,   PROTOCOL_ERROR,     "9218 7.1",    "PRIORITY_UPDATE of a stream that cannot have one")     \
  X(PRIORITY_UPDATES,         CONN,   PROTOCOL_ERROR,     "9218 7.1",    "PRIORITY_UPDATE of more streams than may be open")     \
  X(PRIORITY_UPDATE_SERVER,   CONN,   PROTOCOL_ERROR,     "9218 7.1",    "PRIORITY_UPDATE from a server")                        \
  X(GOAWAY_GREW,              CONN,   PROTOCOL_ERROR,     "9113 6.8",    "last stream identifier of GOAWAY increased")           \
  X(FRAME_SUBMITTED,          CONN,   PROTOCOL_ERROR,     "9113 5.5",    "frame that is not for submitting as it is")            \
  /* settings */                                                                                                                 \
  X(SETTING_ENABLE_PUSH,      CONN,   PROTOCOL_ERROR,     "9113 6.5.2",  "SETTINGS_ENABLE_PUSH wrong, or 1 from a server")       \
  X(SETTING_INITIAL_WINDOW,   CONN,   FLOW_CONTROL_ERROR, "9113 6.5.2",  "SETTINGS_INITIAL_WINDOW_SIZE above 2^31-1")            \
  X(SETTING_MAX_FRAME_SIZE,   CONN,   PROTOCOL_ERROR,     "9113 6.5.2",  "SETTINGS_MAX_FRAME_SIZE out of range")                 \
  X(SETTING_CONNECT_PROTOCOL, CONN,   PROTOCOL_ERROR,     "8441 3",      "SETTINGS_ENABLE_CONNECT_PROTOCOL wrong or withdrawn")  \
  X(SETTING_NO_PRIORITIES,    CONN,   PROTOCOL_ERROR,     "9218 2.1",    "SETTINGS_NO_RFC7540_PRIORITIES wrong or changed")      \
  X(SETTINGS_ENTRIES,         CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many entries in a SETTINGS frame")                 \
  /* flow control */                                                                                                             \
  X(WINDOW_ZERO,              CONN,   PROTOCOL_ERROR,     "9113 6.9",    "WINDOW_UPDATE with increment 0")                       \
  X(WINDOW_OVERFLOW,          CONN,   FLOW_CONTROL_ERROR, "9113 6.9.1",  "WINDOW_UPDATE makes a window larger than 2^31-1")      \
  X(WINDOW_SHIFT_OVERFLOW,    CONN,   FLOW_CONTROL_ERROR, "9113 6.9.2",  "a new initial size makes a window larger than 2^31-1") \
  X(FLOW_CONNECTION,          CONN,   FLOW_CONTROL_ERROR, "9113 6.9.1",  "DATA exceeds the connection's window")                 \
  X(FLOW_STREAM,              CONN,   FLOW_CONTROL_ERROR, "9113 6.9.1",  "DATA exceeds the stream's window")                     \
  /* HPACK */                                                                                                                    \
  X(HPACK_INDEX,              CONN,   COMPRESSION_ERROR,  "7541 2.3.3",  "index of no table entry")                              \
  X(HPACK_INTEGER,            CONN,   COMPRESSION_ERROR,  "7541 5.1",    "integer too large or too long")                        \
  X(HPACK_HUFFMAN,            CONN,   COMPRESSION_ERROR,  "7541 5.2",    "Huffman code broken or wrongly padded")                \
  X(HPACK_CUT,                CONN,   COMPRESSION_ERROR,  "9113 4.3",    "field block ends inside a field")                      \
  X(HPACK_UPDATE_LATE,        CONN,   COMPRESSION_ERROR,  "7541 4.2",    "table size update behind a field")                     \
  X(HPACK_UPDATE_LARGE,       CONN,   COMPRESSION_ERROR,  "7541 6.3",    "table size update above the limit")                    \
  X(HPACK_UPDATE_MISSING,     CONN,   COMPRESSION_ERROR,  "9113 4.3.1",  "the table was to shrink and no size update came")      \
  X(HPACK_UPDATE_MANY,        CONN,   COMPRESSION_ERROR,  "7541 4.2",    "more than two table size updates in a block")          \
  /* limits of field sections and bookkeeping */                                                                                 \
  X(BLOCK_SIZE,               CONN,   ENHANCE_YOUR_CALM,  "9113 10.5.1", "field block too large")                                \
  X(LIST_SIZE_HARD,           CONN,   ENHANCE_YOUR_CALM,  "9113 10.5.1", "field section far too large")                          \
  X(LIST_SIZE,                STREAM, PROTOCOL_ERROR,     "9113 10.5.1", "field section larger than advertised")                 \
  X(FIELD_COUNT_HARD,         CONN,   ENHANCE_YOUR_CALM,  "9113 10.5.1", "far too many fields")                                  \
  X(FIELD_COUNT,              STREAM, PROTOCOL_ERROR,     "9113 10.5.1", "too many fields")                                      \
  X(COOKIE_CRUMBS,            STREAM, PROTOCOL_ERROR,     "9113 10.5.1", "too many cookie lines")                                \
  X(NAME_SIZE,                STREAM, PROTOCOL_ERROR,     "9113 10.5.1", "field name too long")                                  \
  X(VALUE_SIZE,               STREAM, PROTOCOL_ERROR,     "9113 10.5.1", "field value too long")                                 \
  X(CONTINUATIONS,            CONN,   ENHANCE_YOUR_CALM,  "9113 10.5.1", "too many CONTINUATION frames")                         \
  X(CONTINUATIONS_EMPTY,      CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "empty CONTINUATION frames")                            \
  X(INTERIM_COUNT,            STREAM, ENHANCE_YOUR_CALM,  "9113 10.5",   "too many or too large interim responses")              \
  X(PING_ACKS,                CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many PING frames while answers are not taken")     \
  X(SETTINGS_ACKS,            CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many SETTINGS frames while answers are not taken") \
  X(RESETS_OWED,              CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many refused streams while resets are not taken")  \
  X(CONCURRENCY,              STREAM, REFUSED_STREAM,     "9113 5.1.2",  "more streams than SETTINGS_MAX_CONCURRENT_STREAMS")    \
  X(MEMORY,                   CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "the connection's memory limit is reached")             \
  /* budgets */                                                                                                                  \
  X(GLITCHES,                 CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many frames that cost more than they are worth")   \
  X(REFUSALS,                 CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many requests beyond the limit of streams")        \
  X(PEER_RESETS,              CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many requests reset before they were answered")    \
  X(OWN_RESETS,               CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many streams that had to be reset")                \
  X(DATA_EMPTY,               CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "too many DATA frames without content")                 \
  X(OVERHEAD,                 CONN,   ENHANCE_YOUR_CALM,  "9113 10.5",   "far more octets than content")                         \
  /* field lines */                                                                                                              \
  X(NAME_EMPTY,               STREAM, PROTOCOL_ERROR,     "9110 5.1",    "empty field name")                                     \
  X(NAME_UPPERCASE,           STREAM, PROTOCOL_ERROR,     "9113 8.2.1",  "uppercase letter in a field name")                     \
  X(NAME_OCTET,               STREAM, PROTOCOL_ERROR,     "9113 8.2.1",  "octet in a field name that is not a token's")          \
  X(VALUE_OCTET,              STREAM, PROTOCOL_ERROR,     "9113 8.2.1",  "NUL, CR or LF in a field value")                       \
  X(VALUE_CONTROL,            STREAM, PROTOCOL_ERROR,     "9110 5.5",    "control character in a field value")                   \
  X(VALUE_SPACE,              STREAM, PROTOCOL_ERROR,     "9113 8.2.1",  "field value begins or ends with a space")              \
  X(CONNECTION_FIELD,         STREAM, PROTOCOL_ERROR,     "9113 8.2.2",  "connection-specific field")                            \
  X(TE,                       STREAM, PROTOCOL_ERROR,     "9113 8.2.2",  "te is not \"trailers\", or not in a request's head")   \
  X(TE_TWICE,                 STREAM, PROTOCOL_ERROR,     "9113 8.2.2",  "te on more than one line")                             \
  /* pseudo-header fields */                                                                                                     \
  X(PSEUDO_LATE,              STREAM, PROTOCOL_ERROR,     "9113 8.3",    "pseudo-header field behind a regular field")           \
  X(PSEUDO_TWICE,             STREAM, PROTOCOL_ERROR,     "9113 8.3",    "pseudo-header field occurs twice")                     \
  X(PSEUDO_UNKNOWN,           STREAM, PROTOCOL_ERROR,     "9113 8.3",    "undefined pseudo-header field")                        \
  X(PSEUDO_DIRECTION,         STREAM, PROTOCOL_ERROR,     "9113 8.3",    "pseudo-header field of the other direction")           \
  X(PSEUDO_IN_TRAILERS,       STREAM, PROTOCOL_ERROR,     "9113 8.1",    "pseudo-header field in trailers")                      \
  X(METHOD_MISSING,           STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "no :method")                                           \
  X(SCHEME_MISSING,           STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "no :scheme")                                           \
  X(PATH_MISSING,             STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "no :path")                                             \
  X(STATUS_MISSING,           STREAM, PROTOCOL_ERROR,     "9113 8.3.2",  "no :status")                                           \
  X(AUTHORITY_MISSING,        STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "neither :authority nor host where one is needed")      \
  X(METHOD,                   STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  ":method is not a token")                               \
  X(SCHEME,                   STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  ":scheme is not a scheme")                              \
  X(PATH,                     STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  ":path is not a path with a query, nor * with OPTIONS") \
  X(AUTHORITY,                STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "authority is not host or host:port")                   \
  X(AUTHORITY_USERINFO,       STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "authority contains userinfo")                          \
  X(HOST_TWICE,               STREAM, PROTOCOL_ERROR,     "9110 7.2",    "host on more than one line")                           \
  X(HOST_DIFFERS,             STREAM, PROTOCOL_ERROR,     "9113 8.3.1",  "host differs from :authority")                         \
  X(STATUS,                   STREAM, PROTOCOL_ERROR,     "9113 8.3.2",  ":status is not a number from 100 to 999")              \
  X(STATUS_101,               STREAM, PROTOCOL_ERROR,     "9113 8.6",    ":status is 101")                                       \
  X(CONNECT_PSEUDO,           STREAM, PROTOCOL_ERROR,     "9113 8.5",    "CONNECT with :scheme or :path")                        \
  X(CONNECT_PORT,             STREAM, PROTOCOL_ERROR,     "9110 9.3.6",  "CONNECT without a port")                               \
  X(CONNECT_PROTOCOL,         STREAM, PROTOCOL_ERROR,     "8441 4",      ":protocol wrong, without CONNECT, or not offered")     \
  /* message sequence and content */                                                                                             \
  X(HEAD_MISSING,             STREAM, PROTOCOL_ERROR,     "9113 8.1",    "content or trailers before the head")                  \
  X(HEAD_TWICE,               STREAM, PROTOCOL_ERROR,     "9113 8.1",    "a head behind the final head")                         \
  X(INTERIM_END,              STREAM, PROTOCOL_ERROR,     "9113 8.1",    "END_STREAM on an interim response")                    \
  X(TRAILERS_NOT_LAST,        STREAM, PROTOCOL_ERROR,     "9113 8.1",    "trailers without END_STREAM")                          \
  X(TRAILERS_FIELD,           STREAM, PROTOCOL_ERROR,     "9110 6.5.1",  "field that trailers cannot have")                      \
  X(TUNNEL_HEADERS,           STREAM, PROTOCOL_ERROR,     "9113 8.5",    "HEADERS or PUSH_PROMISE on a connected stream")        \
  X(LENGTH_SYNTAX,            STREAM, PROTOCOL_ERROR,     "9110 8.6",    "content-length is not a number up to 2^63-1")          \
  X(LENGTH_TWICE,             STREAM, PROTOCOL_ERROR,     "9110 8.6",    "content-length on more than one line")                 \
  X(LENGTH_SHORT,             STREAM, PROTOCOL_ERROR,     "9113 8.1.1",  "less content than content-length says")                \
  X(LENGTH_EXCEEDED,          STREAM, PROTOCOL_ERROR,     "9113 8.1.1",  "more content than content-length says")                \
  X(LENGTH_FORBIDDEN,         STREAM, PROTOCOL_ERROR,     "9110 8.6",    "content-length where it must not be sent")             \
  X(CONTENT_FORBIDDEN,        STREAM, PROTOCOL_ERROR,     "9110 6.4.1",  "content in a response that cannot have any")           \
  /* promises */                                                                                                                 \
  X(PUSH_METHOD,              STREAM, PROTOCOL_ERROR,     "9113 8.4",    "promise of a method not known as safe and cacheable")  \
  X(PUSH_CONTENT,             STREAM, PROTOCOL_ERROR,     "9113 8.4",    "promised request with content")                        \
  X(PUSH_ORIGIN,              STREAM, PROTOCOL_ERROR,     "9113 8.4",    "promise for no origin known to be the server's")       \
  X(PUSH_COUNT,               STREAM, ENHANCE_YOUR_CALM,  "9113 10.5",   "too many promises whose response has not begun")       \
  /* time, and the end of it */                                                                                                 \
  X(PREFACE_TIMEOUT,          CONN,   SETTINGS_TIMEOUT,   "9113 3.4",    "preface and SETTINGS did not come in time")            \
  X(SETTINGS_TIMEOUT,         CONN,   SETTINGS_TIMEOUT,   "9113 6.5.3",  "our SETTINGS were not acknowledged in time")           \
  X(PING_STRIKES,             CONN,   ENHANCE_YOUR_CALM,  "9113 6.7",    "too_many_pings")                                       \
  X(STALL,                    STREAM, CANCEL,             "9113 10.5",   "content does not move on")                             \
  X(HEADER_TIMEOUT,           CONN,   NO_ERROR,           "9113 10.5",   "a field block did not become whole in time")           \
  X(KEEPALIVE,                CONN,   NO_ERROR,           "9113 6.7",    "no sign of the peer since a keepalive PING")           \
  X(STALL_TRANSPORT,          CONN,   NO_ERROR,           "9113 10.5",   "output is not taken")                                  \
  X(AGE,                      CONN,   NO_ERROR,           "9113 9.1",    "the connection's time is over")                        \
  X(STREAMS_TOTAL,            CONN,   NO_ERROR,           "9113 5.1.1",  "the connection's streams are used up")                 \
  /* our side */                                                                                                                 \
  X(APPLICATION,              STREAM, CANCEL,             "9113 7",      "the application ended it")                             \
  X(CALLBACK,                 CONN,   INTERNAL_ERROR,     "9113 7",      "a callback failed")                                    \
  X(NOMEM,                    CONN,   INTERNAL_ERROR,     "9113 7",      "out of memory")                                        \
  X(TRANSPORT,                CONN,   NO_ERROR,           "9113 9.1",    "the transport ended")                                  \
  X(GOAWAY,                   STREAM, REFUSED_STREAM,     "9113 6.8",    "stream above the last one that GOAWAY names")          \
  /* HTTP/1.1, by http1.h alone */                                                                                               \
  X(HTTP1_LINE_END,           STREAM, PROTOCOL_ERROR,     "9112 2.2",    "line that does not end with CR LF")                    \
  X(HTTP1_START_LINE,         STREAM, PROTOCOL_ERROR,     "9112 2.1",    "not a request line or status line")                    \
  X(HTTP1_VERSION,            STREAM, PROTOCOL_ERROR,     "9112 2.3",    "version other than HTTP/1.1 and HTTP/1.0")             \
  X(HTTP1_FIELD_LINE,         STREAM, PROTOCOL_ERROR,     "9112 5",      "field line without a colon, or a folded one")          \
  X(HTTP1_CONNECTION,         STREAM, PROTOCOL_ERROR,     "9110 7.6.1",  "connection is not a list of names, or a long one")     \
  X(HTTP1_CODING,             STREAM, PROTOCOL_ERROR,     "9112 6.1",    "transfer-encoding is not chunked alone")               \
  X(HTTP1_FRAMING,            STREAM, PROTOCOL_ERROR,     "9112 6.3",    "content framed in two ways, in a wrong one, or in none")  \
  X(HTTP1_UPGRADE,            STREAM, PROTOCOL_ERROR,     "9110 7.8",    "success or 101 that does not switch protocols")
/* clang-format on */

#define TEXT(section, words) words " (RFC " section ")"

static const struct texts {
#define ROOM(why, scope, code, section, words) char why[sizeof TEXT(section, words)];
  WHYS(ROOM)
#undef ROOM
  char unknown[sizeof TEXT("9113 7", "unknown reason")];
} texts = {
#define WORDS(why, scope, code, section, words) .why = TEXT(section, words),
    WHYS(WORDS)
#undef WORDS
        .unknown = TEXT("9113 7", "unknown reason"),
};
_Static_assert(sizeof texts <= UINT16_MAX, "a place among the texts fits into a row");

#define ROW(scope, code, section, words, member)                                                                                 \
  { scope, code, sizeof(words) - 1, sizeof("RFC " section) - 1, offsetof(struct texts, member) }

#define REASON_ROW(why, scope, code, section, words)                                                                             \
  [RILL_WHY_##why] = ROW(RILL__SCOPE_##scope, RILL_##code, section, words, why),
static const rill__why_row rows[] = {WHYS(REASON_ROW)};
#undef REASON_ROW

/* No two rows may name the same reason, which compilers warn of; so as many rows as reasons are a row for each. */
#define COUNT_ROW(why, scope, code, section, words) +1
_Static_assert((0 WHYS(COUNT_ROW)) == RILL_WHY_COUNT, "each reason has a row");
#undef COUNT_ROW

static const rill__why_row no_reason = ROW(RILL__SCOPE_CONN, RILL_INTERNAL_ERROR, "9113 7", "unknown reason", unknown);

const rill__why_row *rill__why_row_of(rill_why why) { return (unsigned)why < RILL_WHY_COUNT ? &rows[why] : &no_reason; }

const char *rill_why_text(rill_why why) { return (const char *)&texts + rill__why_row_of(why)->text; }

rill_code rill_why_code(rill_why why) { return (rill_code)rill__why_row_of(why)->code; }
