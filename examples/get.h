/* SPDX-License-Identifier: MIT */
/*
 * get: the structures that the files of rill-get share.
 *
 *   get.c           options, main
 *   get_job.c       which transfer runs when; the poll loop
 *   get_peer.c      one connection: socket in, socket out, its end
 *   get_upgrade.c   a connection that begins with HTTP/1.1
 *   get_request.c   a transfer's request and rill's callbacks
 *   get_push.c      responses that nobody asked for
 *   get_output.c    bodies in the order of the URLs; saving
 *   get_trace.c     frames and fields on stderr
 *   get_progress.c  the bar
 *   get_url.c       URLs
 *
 * All transfers of one origin share a connection. Bodies go out in the order of the URLs: the transfer whose `turn` it is writes
 * at once, the others hold what they receive and give the peer no credit for it, so each holds its window at most. Only
 * `concurrency` transfers from the turn on are begun, which bounds the whole.
 */
#ifndef EXAMPLES_GET_H
#define EXAMPLES_GET_H

#include "common.h"
#include "get_url.h"

#include <stdio.h>

enum exit_code {
  EXIT_GOOD,
  EXIT_USAGE,
  EXIT_CONNECT,
  EXIT_PROTOCOL, /* the peer does not speak HTTP/2, or not well */
  EXIT_STATUS,   /* with -f: 400 or above */
  EXIT_RESET,    /* a transfer or the connection ended early */
  EXIT_OUTPUT    /* a body could not be written */
};

enum {
  MAX_HEADERS = 64,
  MAX_FIELDS = MAX_HEADERS + 12, /* of a request */
  MAX_CONCURRENCY = 1000,
  MAX_TRANSFERS = 10000000,
  MAX_ATTEMPTS = 3,
  UNSETTLED_CONCURRENCY = 100, /* until the peer's SETTINGS tell more (RFC 9113 6.5.2) */
  IN_SIZE = 256 * 1024,
  FRAME_SIZE = 64 * 1024,         /* the largest that we announce */
  HELD_BUDGET = 16 * 1024 * 1024, /* windows of all transfers that run at once, */
  LEAST_WINDOW = 64 * 1024,       /* unless that makes one smaller than this */
  GREATEST_WINDOW = 8 * 1024 * 1024
};

#define PING_LIMIT (5 * SECOND)

struct options {
  const char *method, *output;
  bool save, include, fail, verbose, json, push, ping, upgrade;
  const char *tunnel;        /* the protocol of an extended CONNECT; NULL: none */
  rill_priority priority[2]; /* of requests; the second from the response's head on */
  size_t priority_count;
  char priority_text[16]; /* the first, as a field */
  unsigned long repeat, concurrency;
  struct header {
    char *name;
    const char *value;
  } headers[MAX_HEADERS];
  size_t header_count;
  bool has_data, is_form;
  const char *data; /* NULL: data_fd */
  int data_fd;
  uint64_t data_size;
};

enum transfer_state { TRANSFER_WAITING, TRANSFER_RUNNING, TRANSFER_ENDED };

struct transfer {
  struct job *job;
  struct peer *peer;
  const struct url *url;
  size_t index;
  enum transfer_state state;
  unsigned attempts;
  uint32_t id;
  bool heard;    /* something of a response has come */
  bool complete; /* its end has come */
  bool discards; /* the body is not wanted: -f, and what was pushed */
  bool pushed;   /* see get_push.c */
  unsigned status;
  FILE *file;              /* -O */
  uint64_t sent, received; /* of content */
  uint8_t *held;           /* to be written when its turn comes */
  size_t held_size, held_room;
  size_t owed; /* content in `held`, for which the peer has no credit yet */
};

/* An origin. */
struct peer {
  struct job *job;
  const struct url *url;
  size_t number;
  rill_conn *conn; /* NULL: no connection */
  int fd;          /* -1: none; without conn: waiting for the peer to close, until `linger` */
  rill_time linger;
  bool blocked; /* the socket takes no more for now */
  bool settled; /* its SETTINGS have come */
  bool full;    /* no more requests for now; on_credit ends that */
  bool spent;   /* no more requests on this connection */
  bool leaving; /* rill_shutdown() was called */
  size_t next;  /* no transfer before this one waits */
  size_t waiting, running, pushed;
  rill_time ping_until; /* a PING is under way: its answer is waited for until then; 0: none */
  size_t finished;      /* on this connection */
  unsigned barren;      /* connections in a row that finished nothing */
  uint8_t *in;
  size_t in_at, in_size;
};

struct job {
  const struct options *options;
  rill_context *context;
  struct url *urls;
  size_t url_count;
  struct transfer *transfers;
  size_t count, ended;
  size_t turn; /* the first transfer that has not ended */
  struct peer *peers;
  size_t peer_count;
  FILE *out;
  enum exit_code code; /* of the first failure */
  rill_time started, drawn;
  uint64_t moved;                    /* octets of content, both ways */
  uint64_t expected, expected_count; /* lengths that were declared, and by how many transfers */
};

/* get.c: one line on stderr. */
_Noreturn void quit(enum exit_code code, const char *where, const char *what);
void complain(struct job *job, enum exit_code code, const char *where, const char *what);

/* get_job.c */
int job_init(struct job *job, const struct options *options, char **urls, int url_count);
void job_run(struct job *job);
void job_free(struct job *job);
/* The first transfer of this peer that may begin now, or NULL. */
struct transfer *job_next(struct peer *peer);
/* It has begun, or is over, well or not. */
void job_began(struct transfer *t, uint32_t id);
void job_ended(struct transfer *t);
/* The peer did not process it: it waits again; false: it was tried often enough. */
bool job_retry(struct transfer *t);
/* No transfer of this peer can begin any more. */
void job_give_up(struct peer *peer);

/* get_peer.c */
void peer_start(struct peer *peer); /* connects if need be, begins what may begin, says goodbye when nothing is left */
short peer_events(const struct peer *peer);
void peer_turn(struct peer *peer, short events);
void peer_close(struct peer *peer);

/* get_upgrade.c. Asks for h2c by the first transfer that waits; false, and it has complained, if that is refused. */
bool upgrade_peer(struct peer *peer);

/* get_request.c */
int request_context(struct job *job);
/* As rill_submit_request(). */
rill_ssize request_submit(struct transfer *t);
/* Writes at most MAX_FIELDS; the first four are :method, :scheme, :authority, :path. length: of the content. */
size_t request_fields(const struct transfer *t, rill_field *fields, const char *length);
/* They were refused. */
_Noreturn void request_quit(const rill_field *fields, size_t count, rill_fault fault, int err);

/* get_push.c. Returns what on_push answers. */
int push_accept(struct peer *peer, uint32_t promised, const rill_head *head);
void push_closed(struct transfer *t, const rill_close *close);

/* get_trace.c */
void trace_callbacks(const struct options *o, rill_config *config, rill_callbacks *callbacks);
void trace_field(char arrow, const rill_field *field);
void trace_head(const struct peer *peer, uint32_t id, const rill_head *head);

/* get_output.c. content: octets that the peer gets credit for when they are written. */
void output_add(struct transfer *t, const uint8_t *data, size_t n, bool content);
void output_response(struct transfer *t, const rill_head *head);
void output_ended(struct job *job);

/* get_progress.c */
void progress_draw(struct job *job, bool last);
bool progress_wanted(const struct job *job);

#endif /* EXAMPLES_GET_H */
