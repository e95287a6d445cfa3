/* SPDX-License-Identifier: MIT */
/*
 * serve: the structures that the files of rill-serve share.
 *
 *   serve.c         options, threads, signals
 *   serve_listen.c  listening, and handing the sockets over to a successor
 *   serve_rules.c   what the command line says of single pages: pushes, early hints, priorities
 *   serve_loop.c    one thread's event loop: sockets in, sockets out, the life of connections
 *   serve_start.c   HTTP/1.1 that upgrades to h2c
 *   serve_out.c     output to a socket; reads file content at the moment it is written
 *   serve_answer.c  rill's callbacks: which request gets which answer
 *   serve_file.c    answers from files, and the cache of open ones
 *   serve_echo.c    answers with the request's own content
 *   serve_trace.c   frames and requests on stderr
 *   serve_text.c, serve_open.c   paths, ranges, dates; opening below the root
 *
 * A connection belongs to one loop, a loop to one thread. Threads share the site, which does not change, and nothing else.
 */
#ifndef EXAMPLES_SERVE_H
#define EXAMPLES_SERVE_H

#include "common.h"
#include "serve_text.h"

#include <pthread.h>

struct connection;
struct start;

enum { EXIT_USAGE = 1, EXIT_LISTEN = 2 };

enum {
  MAX_THREADS = 256,
  IN_SIZE = 64 * 1024,
  SHOW_BYTES = 256 * 1024, /* for one system call */
  SHOW_IOVECS = 256,
  PIECE_SIZE = 64 * 1024,  /* of a file, at most, in one frame */
  CACHED_SIZE = 16 * 1024, /* content up to here is kept in memory */
  CACHE_SLOTS = 256,       /* files kept open by a thread */
  ASKED_SLOTS = 8,         /* files that a connection is known to have asked for */
  MAX_STREAMS = 100,       /* of a connection */
  ECHO_SIZE = 64 * 1024,   /* the window of a stream, and so what its echo can hold */
  /* No echo that waits may stop another. Twice, since credit is told by halves; what is held is half of it at most. */
  CONNECTION_WINDOW = 2 * MAX_STREAMS * ECHO_SIZE
};

#define CACHE_VALID SECOND
#define SILENCE_LIMIT (60 * SECOND)
#define LINGER_LIMIT (2 * SECOND)
#define START_LIMIT (10 * SECOND)

/* What to do when PAGE is asked for, in this order; see serve_rules.c. */
enum rule_kind { RULE_HINT, RULE_PUSH, RULE_PRIORITY, RULE_KINDS };
enum { MAX_RULES = 32, MAX_RULE_PATHS = 16, RULE_FIELDS = 4, MAX_ORIGINS = 16 };

struct rule {
  enum rule_kind kind;
  rill_view page;
  rill_view paths[MAX_RULE_PATHS]; /* to push or to hint at */
  size_t path_count;
  char *text; /* the value of `link` or `priority` */
  rill_priority priority;
};

struct options {
  const char *address, *port, *root;
  unsigned long threads, drain; /* seconds */
  bool trace, json, upgrade, connect_protocol;
  struct rule rules[MAX_RULES];
  size_t rule_count;
  const char *altsvc; /* NULL: none */
  rill_view origins[MAX_ORIGINS];
  size_t origin_count;
};

/* Fields that many responses carry, prepared once. */
enum { FIELD_STATUS_200, FIELD_SERVER, FIELD_ACCEPT_RANGES, FIELD_COUNT };

/* What all threads read. */
struct site {
  const struct options *options;
  int root;
  rill_context *context;
  rill_field fields[FIELD_COUNT];
};

/* Who gets an on_chunk_done: the first member of all that a chunk's user pointer names. */
struct lender {
  void (*done)(struct connection *c, struct lender *lender, size_t sent);
};

/* What a stream's user pointer names: whoever answers the request. It is the first member of the answer's own struct. */
struct answer {
  void (*on_data)(struct connection *c, uint32_t id, struct answer *answer, rill_view bytes, bool end); /* NULL: not wanted */
  void (*on_trailers)(struct connection *c, uint32_t id, struct answer *answer, const rill_head *head); /* NULL: not wanted */
  void (*on_close)(struct answer *answer);
};

/* ---- files --------------------------------------------------------------------------------------------------------------- */

/* An open file, shared by its cache slot, the streams that send it and the chunks under way: that many references. */
struct file {
  struct lender lender; /* of chunks of `content` */
  unsigned references;
  int fd;           /* -1 if there is `content` */
  uint8_t *content; /* all of a small file */
  uint64_t size;
  time_t modified;
  rill_time checked;
  rill_field type, length, date; /* content-type, content-length, last-modified */
  char length_text[24], date_text[DATE_SIZE];
  size_t path_size;
  uint8_t path[]; /* as in the request */
};

/* Keyed by the path of requests; where two paths meet in a slot, the newer one has it. */
struct cache {
  struct file *slots[CACHE_SLOTS];
};

/* ---- connections --------------------------------------------------------------------------------------------------------- */

/* Content that rill shows as an iovec without base: n octets of a file from `at` on. */
struct piece {
  struct lender lender;
  struct piece *next;
  struct file *file;
  uint64_t at;
  size_t n;
};

struct connection {
  rill_conn *rill;     /* NULL: all is said, we only wait for the peer to close */
  struct start *start; /* until it is known what the peer speaks; NULL: HTTP/2 */
  rill_head *waiting;  /* the request that came by upgrade, until the client's SETTINGS have come */
  struct loop *loop;
  struct connection *previous, *next;
  int fd;
  bool watched; /* by epoll, and for what: */
  uint32_t interest;
  bool blocked;    /* the socket takes no more for now */
  bool unfinished; /* it would, but the turn is over */
  bool leaving;    /* rill_shutdown() was called */
  rill_time moved; /* when octets last moved */
  uint64_t sent;   /* octets */
  uint32_t pushed; /* a bit for each rule that was followed */
  bool told_altsvc;
  uintptr_t asked[ASKED_SLOTS]; /* addresses of files, to be compared and nothing else; see asked_again() */
  struct piece *pieces, **last; /* pulled and not yet done with, in the order in which they are shown */
  uint8_t *rest;                /* received and not yet taken by rill */
  size_t rest_size;
};

struct loop {
  const struct site *site;
  pthread_t thread;
  int epoll, listener, wake; /* wake: an eventfd that tells to drain */
  struct connection *first;
  size_t count;
  bool draining;
  bool deaf; /* out of descriptors: the listener is not watched until the next sweep */
  rill_time now, swept, drain_until;
  time_t date_second;
  rill_field date;
  char date_text[DATE_SIZE];
  struct cache cache;
  uint8_t in[IN_SIZE];
  uint8_t out[SHOW_BYTES + PIECE_SIZE];
};

/* ---- who does what ------------------------------------------------------------------------------------------------------- */

/* serve.c. Says why on stderr. */
_Noreturn void fail(int code, const char *what, const char *where, const char *why);

/* serve_listen.c */
void listen_all(const struct options *o, struct loop **loops); /* a socket for each loop */
void listen_took_over(void);                                   /* tells a predecessor that it may go */
void listen_hand_over(char **argv, struct loop **loops, size_t count);
void listen_reap(void); /* after SIGCHLD */

/* serve_loop.c. Runs until loop->wake is written and all is drained; the argument of pthread_create(). */
void *loop_run(void *loop);
/* Gives octets to rill, sending where that is in the way; keeps what it does not take. False: no memory, or nothing moves. */
bool connection_feed(struct connection *c, const uint8_t *data, size_t n);
/* All is said: closes our half and waits a little for the peer. */
void connection_linger(struct connection *c);

/* serve_start.c. NULL without memory. A turn, until c->start or c->rill is NULL; false: the socket is broken. */
struct start *start_new(void);
bool start_turn(struct connection *c);
/* The client's SETTINGS have come; returns what a callback answers. */
int start_settings(struct connection *c);

/* serve_out.c. Sends what there is until the socket takes no more (blocked) or it is enough for one turn (unfinished). False: the
 * socket is broken. */
bool connection_flush(struct connection *c);
/* Adds to c->pieces; NULL without memory. */
struct piece *piece_new(struct connection *c, struct file *file, uint64_t at, size_t n);

/* serve_answer.c */
int site_init(struct site *site);
/* Answers a request; returns what a callback answers. */
int answer_request(struct connection *c, uint32_t id, const rill_head *head);
/* A status with a line of text. extra: another field, or NULL. head: no content. Returns what a callback answers. */
int answer_plain(struct connection *c, uint32_t id, int status, bool head, const rill_field *extra);
/* Writes the fields that every response begins with: status, server, date. Returns how many. */
size_t answer_begin(struct connection *c, rill_field *fields, const char *status);

/* serve_file.c. All ints are what a callback answers. */
int file_answer(struct connection *c, uint32_t id, const rill_head *head, bool head_only);
bool file_is_there(struct connection *c, rill_view path);
void file_release(struct file *file);
void cache_clear(struct cache *cache);

/* serve_echo.c */
int echo_answer(struct connection *c, uint32_t id, const rill_head *head);

/* serve_rules.c. Reads a rule; returns NULL, or why not. */
const char *rule_parse(struct rule *rule, enum rule_kind kind, const char *text);
/* Sends what goes ahead of the response; writes at most RULE_FIELDS fields for it and returns how many. */
size_t rules_apply(struct connection *c, uint32_t id, const rill_head *head, rill_view path, rill_field *fields);

/* serve_trace.c */
void trace_callbacks(const struct options *o, rill_callbacks *callbacks);
void trace_request(const struct connection *c, uint32_t id, const rill_head *head);

#endif /* EXAMPLES_SERVE_H */
