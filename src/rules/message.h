/* SPDX-License-Identifier: MIT */
/*
 * message: how far one direction of one exchange has come (RFC 9113 8.1): heads, content, trailers, and what content is owed.
 *
 * The same for what arrives and for what is sent. Knows judged sections and counts of octets; does not know frames, streams
 * (stream_fsm), or fields. One lives in every stream, so it has 12 octets and no more.
 *
 * Invariants: content is taken only after the final head and before the end; what was taken never exceeds a declared
 * length; the end is reached only when nothing is owed. A refusal changes nothing.
 */
#ifndef RILL__MESSAGE_H
#define RILL__MESSAGE_H

#include "rules/section.h"
#include <string.h>

typedef struct rill__message {
  uint32_t left[2]; /* content owed: the octets of an int64_t, so that the alignment is 4; see _left() */
  uint16_t interim; /* interim heads so far; wraps where any number may come */
  uint8_t state;    /* for message.c */
  uint8_t facts;    /* below */
} rill__message;

enum { RILL__MESSAGE_RESPONSE = 0x1, RILL__MESSAGE_BARE = 0x2, RILL__MESSAGE_TUNNEL = 0x4 }; /* facts */

_Static_assert(sizeof(rill__message) == 12, "every stream holds one, and there may be a million streams");

/* What a response is judged by besides itself. All zero for requests. */
typedef struct rill__exchange {
  bool to_head;         /* the request was HEAD */
  bool to_connect;      /* the request was CONNECT, extended or not */
  uint32_t max_interim; /* interim heads allowed; 65,536 and more: any number */
} rill__exchange;

/* Before anything has come or gone. */
void rill__message_begin(rill__message *message, bool is_response);

/* As what the next field section of this direction is to be judged. Interim heads and the final one are both RESPONSE. */
rill__section_kind rill__message_expects(const rill__message *message);

/*
 * A head that rill__section_end has passed; interim ones, too. exchange may be NULL for a request. TUNNEL_HEADERS, HEAD_TWICE,
 * INTERIM_END, INTERIM_COUNT, LENGTH_SHORT, STREAM_CLOSED; for submitted ones also LENGTH_FORBIDDEN.
 */
rill_why rill__message_head(rill__message *message, const rill__section *section, bool end_stream,
                            const rill__exchange *exchange);

/* A trailer section; may be asked before its fields are known. TUNNEL_HEADERS, HEAD_MISSING, TRAILERS_NOT_LAST, LENGTH_SHORT. */
rill_why rill__message_trailers(rill__message *message, bool end_stream);

/*
 * DATA with so many octets of content, padding not counted; to be asked before any of it is handed over. HEAD_MISSING,
 * CONTENT_FORBIDDEN, LENGTH_EXCEEDED, LENGTH_SHORT, STREAM_CLOSED.
 */
rill_why rill__message_data(rill__message *message, uint32_t content, bool end_stream);

/* Content still owed; -1: none was declared, or it does not count (CONNECT, HEAD, 204, 304). */
static inline int64_t rill__message_left(const rill__message *message) {
  int64_t left;
  memcpy(&left, message->left, sizeof left);
  return left;
}

/* Content must not come: the answer to HEAD, 204, 304. */
static inline bool rill__message_is_bare(const rill__message *message) { return (message->facts & RILL__MESSAGE_BARE) != 0; }

/* CONNECT: a request, or a response of 2xx to one. Only DATA and END_STREAM follow (9113 8.5). */
static inline bool rill__message_is_tunnel(const rill__message *message) { return (message->facts & RILL__MESSAGE_TUNNEL) != 0; }

#endif /* RILL__MESSAGE_H */
