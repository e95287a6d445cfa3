/* SPDX-License-Identifier: MIT */
/*
 * fixed: a server for machines without malloc: one connection with ten streams in one block of 16 KiB.
 *
 *   fixed_block.c   an allocator over one block
 *   fixed_server.c  what a small device sets of a connection, and what it answers
 *   fixed.c         the program: a client asks ten things at once
 *
 * None of them asks the C library for memory, nor does rill, which has all that it needs from config.mem. (It names realloc and
 * free all the same, for those who set none.)
 */
#ifndef EXAMPLES_FIXED_H
#define EXAMPLES_FIXED_H

#include <rill/rill.h>

/* ---- the allocator ----------------------------------------------------------------------------------------------------- */

/* What the block is cut into: aligned for any type, and large enough to be a hole, of which alone something is written down. */
typedef struct fixed_granule {
  _Alignas(max_align_t) struct fixed_granule *next; /* the next hole, at a higher address */
  size_t n;                                         /* granules of this one */
} fixed_granule;

/* Invariants: holes stand in the order of their addresses, and no two touch; used and they make up the block; used <= peak. */
typedef struct fixed_block {
  fixed_granule *first, *holes;
  size_t n, used, peak; /* granules */
} fixed_block;

/* The array must stay where it is. */
void fixed_begin(fixed_block *block, fixed_granule *first, size_t n);
rill_mem fixed_mem(fixed_block *block);

/* Everything has been given back, and is in one piece again. */
bool fixed_is_whole(const fixed_block *block);

/* ---- the server -------------------------------------------------------------------------------------------------------- */

enum { FIXED_BLOCK = 16384, FIXED_STREAMS = 10 };

/* For a context and a connection in a block of so many octets. */
void fixed_config(rill_config *config, rill_mem mem, size_t octets);

/* Answers GET and POST, when they have come whole, with a text and, in trailers, how many octets of content have come. */
rill_callbacks fixed_callbacks(void);

#endif /* EXAMPLES_FIXED_H */
