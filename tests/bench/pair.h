/* SPDX-License-Identifier: MIT */
/*
 * pair: a client and a server of one library, joined by memory.
 *
 * The client keeps `flight` requests under way: each one that ends starts the next. The server answers each at once, its content
 * pulled: rill is lent a view, nghttp2 gets a copy, as their interfaces have it. Octets move by buffers of one size, in turn:
 * rill fills one by rill_conn_send(), nghttp2's frames are put together in one, as those who use it do. Client and server check
 * what they get: the octets of a request's fields, the status, the length of the content.
 *
 * rill is told a time, so that its limits of time are on as all others are: one that moves with each step, and reads no clock.
 *
 * The pair knows no library; pair_rill.c and pair_nghttp2.c know nothing of the loop.
 */
#ifndef RILL_BENCH_PAIR_H
#define RILL_BENCH_PAIR_H

#include "bench.h"
#include "meter.h"

/* The fields of the work; a varied pair has one more each way, with a new value for each message. */
enum { REQUEST_FIELDS = 8, RESPONSE_FIELDS = 6, PATH = 3, CONTENT_LENGTH = 4, PAIR_BUFFER_MAX = 65572 };

typedef struct pair_field {
  const char *name, *value;
  size_t name_n, value_n;
  bool changes; /* its value is another in each message, so that nobody can prepare it */
} pair_field;

typedef enum end { CLIENT, SERVER } end;

typedef struct pair pair;

typedef struct pair_ops {
  void (*open)(pair *p);
  void (*close)(pair *p);
  bool (*submit)(pair *p);           /* one request; false: not now */
  size_t (*send)(pair *p, end from); /* output to p->buffer; 0: there is none */
  void (*recv)(pair *p, end to, const uint8_t *octets, size_t n);
  void (*rest)(pair *p); /* the server idles for two seconds */
  bool (*trim)(pair *p); /* the server is told to give back what it can; false: there is no such thing */
} pair_ops;

extern const pair_ops pair_rill, pair_nghttp2;

typedef struct tap tap;

struct pair {
  const pair_ops *ops;
  size_t flight, body;
  uint32_t window;    /* both, at the client; 0: the library's default */
  bool mute, varied;  /* the server never answers; one field more, new each time */
  bool prepared;      /* fields that stay are prepared once, where the library can */
  size_t limit;       /* requests in all */
  size_t buffer_size; /* octets moved at a time */
  meter *meters[2];   /* of each end; NULL: the C library */

  size_t started, seen, ended; /* requests: submitted, known to the server, answered */
  size_t content;              /* octets that came to the client */
  pair_field request[REQUEST_FIELDS + 1], response[RESPONSE_FIELDS + 1];
  size_t request_count, response_count;
  size_t request_octets, response_octets; /* of names and values */
  void *arrays[2];                        /* those fields as the library has them, of client and server */
  char path[24], length[24], request_tag[65], response_tag[65];
  uint32_t random;
  rill_time now;

  void *side[2];     /* connections of the library */
  void *contexts[2]; /* what the library shares between connections */
  tap *taps[2];      /* what came from each end */
  uint8_t content_source[65536];
  uint8_t buffer[PAIR_BUFFER_MAX];
};

pair *pair_begin(const options *o, meter *client, meter *server);
void pair_open(pair *p);
void pair_end(pair *p);
bool pair_step(pair *p); /* tops up and moves one buffer each way; false: nothing moved */
void pair_settle(pair *p);
size_t pair_requests(pair *p, size_t n); /* until n more have ended; returns how many did */

void pair_next_request(pair *p); /* makes request[] new */
void pair_next_response(pair *p);
/* What an end got; a wrong number ends the program. */
void pair_saw_request(pair *p, size_t octets);
void pair_saw_response(pair *p, size_t octets);
void pair_saw_end(pair *p, bool well);

#endif /* RILL_BENCH_PAIR_H */
