/* SPDX-License-Identifier: MIT */
/*
 * bench: the same work through rill and through libnghttp2.
 *
 * A work is begun once and then run in portions; bench_measured() is the only function whose instructions are counted (callgrind,
 * --toggle-collect=bench_measured), so that set-up and warm-up cost nothing. Both sides of a work stand side by side in one file,
 * except for the pair of connections, which has a file for each library.
 *
 *   bench.c         the program: names of works and figures
 *   measured.c      bench_measured(), alone, so that it is never inlined
 *   pair*.c         client and server in one process: requests, bulk content, memory
 *   codec.c         the encoders and decoders of both libraries
 *   hpack_*.c       header compression: the corpus, a steady browser, long strings, one name
 *   frames.c        a server that is fed small frames
 *   million.c       as many idle servers
 *   threads.c       pairs on two threads
 *   corpus.c        reads the header corpus
 *
 * What cannot be set up ends the program: no figure is better than a wrong one.
 */
#ifndef RILL_BENCH_H
#define RILL_BENCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef struct options {
  bool nghttp2;       /* the side */
  size_t flight;      /* requests: streams at a time */
  size_t body;        /* requests: octets of content */
  size_t buffer;      /* pairs: octets sent at a time */
  size_t chunk;       /* frames: octets fed at a time */
  size_t table;       /* hpack: octets of the dynamic table */
  size_t count;       /* connections that are counted to a million */
  size_t prepared;    /* 1: fields that stay are prepared once, where the library can */
  size_t indexed;     /* 1: the field with ever new values goes into the table */
  size_t clockless;   /* 1: rill is told no time, so that its limits of time are off; for comparison alone */
  const char *corpus; /* hpack: folder with raw-data and nghttp2, or NULL */
} options;

typedef struct work {
  const char *name;
  void *(*begin)(const options *o);
  void (*prepare)(void *state, size_t n); /* makes the input of the next run; may be NULL */
  size_t (*run)(void *state, size_t n);   /* n portions more; returns the units in them */
  void (*end)(void *state);
} work;

extern const work request_work, bulk_work, copy_work, frames_work;
extern const work decode_corpus_work, encode_corpus_work, decode_steady_work, encode_steady_work;
extern const work huff_decode_work, huff_encode_work, same_name_work;

size_t bench_measured(const work *w, void *state, size_t n);

/* Figures that are no instruction counts. NOTHING: this library has no such thing. */
#define BENCH_NOTHING (-1.0)
double request_allocations(const options *o);
double memory_idle(const options *o);
double memory_used(const options *o);
double memory_trimmed(const options *o);
double memory_stream(const options *o);
double memory_million(const options *o);
double hpack_wire_ratio(const options *o);
double thread_scale(const options *o);
double thread_scale_cpu(const options *o);

_Noreturn void bench_fail(const char *what);
void *bench_alloc(size_t n); /* zeroed; never NULL */

#endif /* RILL_BENCH_H */
