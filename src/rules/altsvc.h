/* SPDX-License-Identifier: MIT */
/*
 * altsvc: the payload of ALTSVC frames (RFC 7838 4): for which origin, and the value of an Alt-Svc field.
 *
 * Knows which combinations of stream and origin mean something; does not know who may speak for an origin, nor what the value
 * says, which is for the application to parse. What means nothing is ignored and never an error: there are no reasons here.
 */
#ifndef RILL__ALTSVC_H
#define RILL__ALTSVC_H

#include <rill/types.h>

typedef struct rill__altsvc {
  rill_view origin; /* empty on a stream: that of its request */
  rill_view value;
} rill__altsvc;

/*
 * An origin on stream 0 and none on any other, and a value that an Alt-Svc field could have: not empty, without control octets,
 * without space at its edges.
 */
bool rill__altsvc_counts(uint32_t stream_id, const rill__altsvc *altsvc);

/* False: the payload is cut, or does not count; ignore the frame. Views point into the payload. */
bool rill__altsvc_parse(rill__altsvc *out, uint32_t stream_id, rill_view payload);

/* Octets of the payload; the origin has at most 65,535. */
static inline size_t rill__altsvc_size(const rill__altsvc *altsvc) { return 2 + altsvc->origin.n + altsvc->value.n; }
uint8_t *rill__altsvc_put(uint8_t *p, const rill__altsvc *altsvc);

#endif /* RILL__ALTSVC_H */
