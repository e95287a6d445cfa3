/* SPDX-License-Identifier: MIT */
/*
 * common: what rill-serve and rill-get share: a clock, a socket's settings, comparing views, base64url, traces.
 *
 * It knows POSIX and rill's public headers, nothing of the two programs. Every file of theirs includes it before all else,
 * because of the macros at its top.
 */
#ifndef EXAMPLES_COMMON_H
#define EXAMPLES_COMMON_H

#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif
#ifndef _FILE_OFFSET_BITS
#define _FILE_OFFSET_BITS 64 /* large files and late dates on 32-bit machines, too */
#endif
#ifndef _TIME_BITS
#define _TIME_BITS 64
#endif

#include <rill/rill.h>

#define SECOND ((rill_time)1000000000)

/* The clock that goes into rill, in nanoseconds. */
rill_time clock_now(void);

/* A number that peers cannot guess, for rill_config.hash_seed. */
uint64_t random_seed(void);

/* Small writes go out at once: rill hands over whole batches, so nothing is gained by waiting. */
void socket_nodelay(int fd);

bool view_is(rill_view view, const char *text);

/* A field whose octets end with a zero and stay where they are until it is submitted. */
rill_field field_of(const char *name, const char *value);

/* The value of the first field with this token; p is NULL if there is none. */
rill_view head_value(const rill_head *head, rill_token token);

/* "number" as in a whole decimal number from least to most, nothing else; false otherwise. */
bool number_of(const char *text, unsigned long least, unsigned long most, unsigned long *out);

/*
 * base64url without padding (RFC 4648 5, RFC 7540 3.2.1). out has room for 4 characters for each 3 octets begun and a final zero.
 * Decoding is false for what is not written so, or for more than cap octets.
 */
void base64url_encode(rill_view octets, char *out);
bool base64url_decode(rill_view text, uint8_t *out, size_t cap, size_t *n);

/* "u=3", "u=1, i" and so on, also for the defaults. Returns dst. */
const char *priority_words(char *dst, size_t cap, const rill_priority *priority);

/* One line on stderr: the prefix and the frame in words; or one object of JSON. */
/* The value of a pseudo-header field for a trace, which may end in a log: not one that came never to be indexed. */
rill_view shown(const rill_head *head, rill_view value);
void trace_frame(const char *prefix, const rill_frame *frame);
void trace_json(int connection, const rill_frame *frame, bool sent, rill_time now);

#endif /* EXAMPLES_COMMON_H */
