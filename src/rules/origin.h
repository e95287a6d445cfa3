/* SPDX-License-Identifier: MIT */
/*
 * origin: what a request speaks to (RFC 6454): scheme, host and port, in their ASCII serialisation (6454 6.2), and the entries of
 * ORIGIN frames (RFC 8336 2.1), which are such texts.
 *
 * Knows texts and values; does not know which origins are in a set, nor who may speak for one. Schemes and hosts are compared
 * without case, and where a scheme has a default port it stands for a port that is absent. An origin borrows the octets that it
 * was read from; rill__origin_put() makes the one text that all equal origins have.
 */
#ifndef RILL__ORIGIN_H
#define RILL__ORIGIN_H

#include "rules/field.h"

#include <rill/frame.h>

typedef struct rill__origin {
  rill_view scheme;
  rill_view host; /* not empty; with its brackets */
  int32_t port;   /* of the scheme if the text has none; RILL__PORT_NONE if that has none, either */
} rill__origin;

/* scheme "://" host [ ":" port ], and nothing else: no userinfo, no path, no colon without a port. False if it is not that. */
bool rill__origin_parse(rill__origin *out, rill_view text);

/* The origin of a request with these pseudo-header fields. False if there is none: no authority, or userinfo in it. */
bool rill__origin_of_request(rill__origin *out, rill_view scheme, rill_view authority);

bool rill__origin_same(const rill__origin *a, const rill__origin *b);

/* Octets of the serialisation, at most RILL__ORIGIN_MORE beyond those of scheme and host: in lower case, without default port. */
enum { RILL__ORIGIN_MORE = 9 };
size_t rill__origin_size(const rill__origin *origin);
uint8_t *rill__origin_put(uint8_t *p, const rill__origin *origin);

/* ---- frames ------------------------------------------------------------------------------------------------------------ */

/* An ORIGIN frame with this head is to be read; all others must be ignored (8336 2.2). */
static inline bool rill__origin_frame_counts(const rill_frame_head *head) {
  return head->stream_id == 0 && (head->flags & 0x0fu) == 0;
}

/*
 * Cuts the next entry off a payload. False: there is none, or only a part of one, which is ignored as any entry that cannot be
 * read is. *text need not be an origin.
 */
bool rill__origin_entry_take(rill_view *payload, rill_view *text);

enum { RILL__ORIGIN_ENTRY_MAX = 65535 };
static inline size_t rill__origin_entry_size(rill_view text) { return 2 + text.n; }
/* text.n is at most RILL__ORIGIN_ENTRY_MAX. */
uint8_t *rill__origin_entry_put(uint8_t *p, rill_view text);

#endif /* RILL__ORIGIN_H */
