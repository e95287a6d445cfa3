/* SPDX-License-Identifier: MIT */
/*
 * The runner of wire vectors: octets that one peer sends, each with the reaction that rill owes.
 *
 * A vector is one line of JSON: who is under test, what its application does, the octets, the outcome, and facts that must or
 * must not hold. Each is run in several ways (whole, one octet a call, cut in two at every offset, or one frame a call), always
 * on a fresh connection; the judge then compares what was seen with what is expected, and the ways with each other.
 *
 *   vectors_load   JSON -> vector
 *   vectors_run    vector + way -> octets in and out of a connection, the probe, deletion
 *   vectors_app    the application: callbacks -> seen
 *   vectors_wire   output -> frames in seen
 *   vectors_seen   what was seen, and whether two ways have seen the same
 *   vectors_judge  seen + vector -> outcome, or a failure
 *   vectors_facts  the facts that stand beside an outcome
 *   vectors_sequences  what no input may break, however it is cut, wherever it ends, whatever memory fails
 *
 * The runner reads output with its own eyes; only the field blocks in it go through rill's own decoder.
 */
#ifndef RILL_TEST_VECTORS_H
#define RILL_TEST_VECTORS_H

#include "meter.h"
#include "talk/checked_mem.h"
#include <jansson.h>
#include <rill/rill.h>
#include <stdio.h>

/* ---- vectors ----------------------------------------------------------------------------------------------------------- */

typedef struct vector {
  const char *id, *group;
  bool client;         /* rill is the client */
  size_t requests;     /* clients: sent before the octets come */
  const char *method;  /* clients */
  const char *respond; /* servers */
  bool consume, drain; /* the application takes content; output is taken after each call */
  bool preface, probe; /* the peer's preface comes first and is not in octets; a PING tells whether the connection lives */
  bool by_frames;      /* one way only: a frame a call */
  uint8_t *octets;
  size_t n;
  json_t *expect; /* these strings and this belong to the JSON value */
} vector;

/* false: *fault says what is wrong with the record. */
bool vector_load(vector *v, json_t *record, const char **fault);
void vector_free(vector *v);

/* ---- what was seen ----------------------------------------------------------------------------------------------------- */

typedef struct text {
  uint8_t *p;
  size_t n, cap;
} text;

void text_add(text *t, const void *p, size_t n);
void text_add32(text *t, size_t number); /* four octets */
void text_cut(text *t, size_t n);        /* from the front */

/* Room for one more of `count` things of `size` octets. */
void *more_room(void *array, size_t *cap, size_t count, size_t size);

typedef enum event_kind { EVENT_HEAD, EVENT_DATA, EVENT_CLOSE, EVENT_SETTINGS, EVENT_GOAWAY } event_kind;

typedef struct event {
  event_kind kind;
  uint32_t id;
  size_t from, n; /* what it said, in seen.said; data: n octets of content */
  bool end;
} event;

typedef struct stream {
  uint32_t id;
  unsigned requests, responses, interims, closes;
  bool request_end;     /* the head of the request ended the message */
  bool complete;        /* a request or final response has ended */
  bool invalid_interim; /* 101, or an interim response that ends the stream */
  bool retryable;
  uint16_t status;
  text fields;                     /* of the request: length, name, length, value, and so on */
  size_t most_fields, most_octets; /* of one field section */
  text content;
  size_t left; /* of the body of the response */
} stream;

typedef struct frame {
  uint8_t type, flags;
  uint32_t id;
  size_t length;
  uint32_t code;   /* RST_STREAM, GOAWAY; the increment of WINDOW_UPDATE */
  uint8_t ping[8]; /* PING */
  uint16_t status; /* where a response's field block ends */
  size_t at;       /* octets fed before the call after which it came out */
} frame;

typedef struct seen {
  event *events;
  size_t event_count, event_cap;
  text said;
  stream **streams;
  size_t stream_count, stream_cap;
  frame *frames;
  size_t frame_count, frame_cap;

  text wire; /* output that is not a whole frame yet */
  bool magic_seen;
  rill_hpack_decoder *decoder;
  text block;

  size_t fed, call_at; /* octets of the vector: taken so far; and when the latest call began */
  int failed;          /* the error that rill_conn_recv() ended with */
  size_t failed_at;
  bool stalled, alive, ended; /* no input taken; the probe was answered; rill says that all is over */
  size_t judged_events;       /* before deletion */

  size_t requests, held, held_most; /* delivered; not let go of; the most of those */
  size_t idle_memory, memory_most, queue_most;
  size_t lent, returned;

  uint64_t out, fields_out; /* all octets of output, and all fields in it, as one number */

  char broken[160]; /* the first promise of rill.h that was broken */
} seen;

/* FNV-1a, going on from `hash`. */
uint64_t seen_mix(uint64_t hash, const void *p, size_t n);
void seen_init(seen *s);
void seen_free(seen *s);
event *seen_event(seen *s, event_kind kind, uint32_t id);
stream *seen_stream(seen *s, uint32_t id);
const stream *find_stream(const seen *s, uint32_t id);
void broken(seen *s, const char *format, ...);

/* Whether two ways have seen the same; if not, *difference says what differs. */
bool seen_same(const vector *v, const seen *a, const seen *b, char *difference, size_t cap);

/* Likewise of all events in their order, closes included; errors: but for content in front of one. */
bool seen_same_events(const seen *a, const seen *b, bool errors, char *difference, size_t cap);

/* ---- running ----------------------------------------------------------------------------------------------------------- */

typedef struct run {
  const vector *v;
  rill_context *context;
  meter *meter;
  const checked_mem *failing; /* memory that fails once, or NULL: what then fails is tried again */
  bool yields;                /* output is taken when no input is, too */
  rill_conn *conn;
  seen seen;
} run;

extern const rill_callbacks app_callbacks; /* the user of a connection is its run */
void app_submit_requests(run *r);
void wire_take(seen *s, bool client); /* splits s->wire into frames */

typedef enum way_kind { WAY_WHOLE, WAY_OCTETS, WAY_CUT, WAY_FRAMES, WAY_RANDOM } way_kind;

typedef struct way {
  way_kind kind;
  size_t cut; /* or a seed */
} way;

/* Whether an answer means that it shall be tried again. */
static inline bool run_lacked(const run *r, rill_ssize answer) {
  return answer == RILL_ERR_NOMEM && r->failing != NULL && r->failing->failures != 0;
}

/* A context with the set-up of the vectors. */
rill_context *run_context(const vector *v, meter *m);
void run_config(rill_config *config, const vector *v, meter *m);

/* A run in its parts: made and begun; fed; what is left of output taken. */
void run_begin(run *r, const vector *v, rill_context *context, meter *m, const checked_mem *failing);
void run_feed(run *r, way w);
void run_take(run *r);
void run_probe(run *r);

/* Begins a run and feeds the vector; then seen is complete and conn is still there to be asked. */
void run_way(run *r, const vector *v, rill_context *context, meter *m, way w);
void run_end(run *r); /* deletes the connection, and checks that it leaves nothing behind */

/*
 * Deletes a connection after `cut` octets, with or without its output taken; *took: octets that it was given, fewer if it took no
 * more. false: *fault says what it left behind.
 */
typedef struct abandon {
  size_t cut, took;
  bool drain;
} abandon;

bool run_abandoned(const vector *v, rill_context *context, meter *m, abandon *a, char *fault, size_t cap);

/* ---- judging ----------------------------------------------------------------------------------------------------------- */

typedef enum mode { MODE_HARDENED, MODE_RFC } mode;

/* Writes the outcome in words. */
void outcome_text(const vector *v, const seen *s, char *dst, size_t cap);

/* Judges a run that run_way() has finished: a failure for each thing that is wrong, by report(). */
typedef struct judge {
  mode mode;
  void (*report)(void *user, const char *expected, const char *seen);
  void (*skip)(void *user, const char *fact); /* a fact that this runner does not know */
  void *user;
} judge;

void judge_run(const judge *j, run *r);

/* T-CHUNK, T-CLOSE2 and T-OOM of sequences.md; all of them look at T-CLOSE1, too. */
void judge_sequences(const judge *j, const vector *v, rill_context *context, meter *m);

/* The extensions that rill has: an entry of also_accept may count only for those who lack one. */
bool has_extension(const char *name);

typedef enum verdict { FACT_HOLDS, FACT_FAILS, FACT_UNKNOWN } verdict;

/* *text says in words what was seen. */
verdict fact_must(run *r, json_t *fact, char *text, size_t cap);
verdict fact_must_not(run *r, json_t *fact, bool is_error, size_t error_at, char *text, size_t cap);

#endif /* RILL_TEST_VECTORS_H */
