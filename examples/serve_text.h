/* SPDX-License-Identifier: MIT */
/*
 * serve_text: the little languages of a file server: paths, ranges, dates, content types.
 *
 * Values in, values out: no file, no connection, no allocation. What it is given comes from the peer and may be anything.
 */
#ifndef EXAMPLES_SERVE_TEXT_H
#define EXAMPLES_SERVE_TEXT_H

#include "common.h"

#include <time.h>

enum { PATH_SIZE = 4096, DATE_SIZE = 30 };

/*
 * Turns the path of a request, with or without query, into one to open below the root: percent-decoded, no slash in front, "."
 * for the root. Writes at most PATH_SIZE octets with the final zero. Returns 0 or the status to refuse with: 400 for bad percent
 * signs or no slash in front, 403 for "..", NUL and encoded slashes, 414 for too long.
 */
int path_decode(rill_view raw, char *out);

typedef enum range_kind {
  RANGE_ALL, /* no range, or one that may be ignored (RFC 9110 14.2): several, another unit, bad syntax */
  RANGE_PART,
  RANGE_OUTSIDE /* 416 */
} range_kind;

/* Judges the value of `range` for a file of `size` octets; with RANGE_PART the octets are first to last, both included. */
range_kind range_parse(rill_view value, uint64_t size, uint64_t *first, uint64_t *last);

/* "Sun, 06 Nov 1994 08:49:37 GMT" (RFC 9110 5.6.7). */
void date_format(time_t when, char out[DATE_SIZE]);

/* The form above and the two obsolete ones. */
bool date_parse(rill_view text, time_t *when);

/* By the ending of the file's name; never NULL. */
const char *content_type(const char *path);

#endif /* EXAMPLES_SERVE_TEXT_H */
