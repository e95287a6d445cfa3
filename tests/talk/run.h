/* SPDX-License-Identifier: MIT */
/*
 * run: one replay of one script: a connection under test, an application around it, and what both have done so far.
 *
 * Two kinds of complaint: `broken` is a line of the contract that did not hold, and always counts; `differs` is something that
 * the script expected otherwise, and does not count once an allocation was made to fail and the application was told.
 * The first of each is kept. Nothing else of a run outlives it.
 *
 *   replay.c  feeds octets, takes output, compares        show.c    frames that came out, as words
 *   app.c     the callbacks, as events in words           act.c     what the application does
 *   source.c  bodies, and the chunks they lend            ask.c     questions
 *   fault.c   callbacks that fail, ends out of season     clock.c   clocks of all kinds
 */
#ifndef TALK_RUN_H
#define TALK_RUN_H

#include "talk/checked_mem.h"
#include "talk/script.h"

typedef struct run run;

/* How output is taken. The small ones cut frames, so that DATA is joined before it is compared. */
typedef enum take_kind { TAKE_SEND, TAKE_SENDV, TAKE_SEND_SMALL, TAKE_SENDV_SMALL } take_kind;

/* What goes wrong on the application's side or below. Then a script's expectations count for nothing, and the contract does. */
typedef enum fault_kind {
  FAULT_NONE,
  FAULT_BUSY,  /* nothing: every callback asks, and makes the calls that are to be refused there; all callbacks are there */
  FAULT_CODE,  /* the n-th answer is a code that resets the stream, or ends the connection */
  FAULT_END,   /* the n-th answer is RILL_ERR_CALLBACK */
  FAULT_ODD,   /* the n-th answer is one that means nothing; so is all that padding and on_choose say */
  FAULT_DEL,   /* the n-th callback deletes the connection */
  FAULT_OVER,  /* likewise ends it, by an error or at once by none */
  FAULT_RESET, /* likewise resets all streams */
  FAULT_SHOWN, /* what sendv shows the n-th time is never taken: the connection is deleted, or its transport gone */
  FAULT_EOF    /* the transport ends at cut_at of cut_step */
} fault_kind;

typedef enum clock_kind {
  CLOCK_SCRIPT,
  CLOCK_NONE,  /* there is none, whatever the script says */
  CLOCK_STILL, /* stands still */
  CLOCK_FIRST, /* likewise, at 0 */
  CLOCK_LAST,  /* likewise, at the last moment there is */
  CLOCK_LEAPS, /* goes on by anything up to hours, from call to call */
  CLOCK_ENDS,  /* likewise, shortly before the last moment */
  CLOCK_BACK,  /* goes back as well */
  CLOCK_WILD,  /* says anything at all, also that there is none */
  CLOCK_DUE,   /* is never asked before the next deadline, and then on the dot */
  CLOCK_JUMP,  /* stands still, and once, before the n-th piece, goes from deadline to deadline */
  CLOCKS
} clock_kind;

typedef struct replay {
  const char *name;
  take_kind take;
  bool singly;     /* the peer's octets come one by one */
  size_t cut_step; /* this step is cut in two at cut_at; SIZE_MAX: none */
  size_t cut_at;
  bool stop;        /* and there the connection is deleted */
  uint64_t fail_at; /* this allocation fails; 0: none */
  bool fail_on;     /* and all that follow */
  fault_kind fault;
  clock_kind clock;
  uint64_t n; /* of those */
} replay;

/* What there was of each in a run: how often each can go wrong. */
typedef struct counts {
  uint64_t allocations, callbacks, answers, views, turns;
} counts;

typedef struct source {
  run *run;
  uint32_t id;
  octets text; /* empty: the pattern */
  size_t total, at, available;
  size_t piece; /* at most so much in one chunk */
  rill_more last;
  bool filled, opaque; /* else lent */
  bool late;           /* the end comes alone */
  bool told;           /* chunk events, please */
  bool ended;
  uint32_t fail;  /* at the end: the code to answer; 0: none */
  bool fail_conn; /* at the end: RILL_ERR_CALLBACK */
  bool claims;    /* hands over more than it may */
  bool wavers;    /* the first pull resumes itself and defers all the same */
} source;

/* What one pull lent, until on_chunk_done. */
typedef struct lent {
  source *from;
  uint8_t *copy; /* NULL: opaque */
  size_t offset, n, written;
  bool back;
} lent;

/* What the application knows of a stream; the stream's user pointer. */
typedef struct note {
  run *run;
  uint32_t id;
  bool heard;
  unsigned closes;
  bool ended; /* the peer's end was reported */
  source *body;
} note;

struct run {
  const talk *t;
  const replay *how;
  checked_mem mem;
  size_t context_octets;
  rill_context *context;
  rill_conn *conn;
  rill_time now;   /* as the script says */
  rill_time clock; /* as another clock said last */
  bool clocked;    /* it has begun */
  uint64_t random;
  counts counts;
  note **notes;
  size_t note_count;
  source **sources;
  size_t source_count;
  lent **lent;
  size_t lent_count;

  /* triggers */
  const step **armed;
  size_t armed_count;
  uint32_t event_id; /* the stream of the event that is answered; stands for * in actions */
  int answer;        /* what the callback returns */
  unsigned depth;    /* of callbacks */
  bool deleted;      /* from inside a callback */

  /* events */
  lines events; /* since they were last compared */
  bool joining; /* content that may go on */
  bool joining_ends;
  uint32_t joining_id;
  octets content;
  bool extending; /* a frame of an extension's type that may go on, likewise */
  bool extending_ends;
  rill_frame_head extending_head;
  octets extension;
  offsets received; /* patterns of the peer */

  bool paused;    /* the connection reads nothing */
  octets waiting; /* of the peer, until it reads again */

  /* output */
  octets wire; /* taken and not yet shown */
  lines frames;
  offsets sent; /* our patterns */
  offsets said; /* likewise, of frames that the application submits as they are */
  rill_hpack_decoder *decoder;
  octets tables;  /* uint32_t: HEADER_TABLE_SIZE of each SETTINGS that the peer has sent and we have not acknowledged; or -1 */
  uint32_t block; /* the stream whose field block is open; 0: none */
  octets block_octets;
  unsigned block_frames;
  line block_line;

  /* outcome */
  bool odd;                  /* the pull that runs answers oddly */
  bool failed;               /* the error event came */
  bool dead;                 /* and the connection is over */
  rill_conn_failure failure; /* then: why */
  size_t goaways;            /* that came out with an error */
  size_t farewells;          /* that came out at all */
  uint32_t goaway_code;      /* of the last of these */
  bool told;                 /* of a lack of memory */
  bool eof;                  /* the transport is gone */
  int number;                /* the line that is run */
  octets broken, differs;
  bool *whys; /* reasons seen; RILL_WHY_COUNT of them */
};

/* The first complaint is kept. */
void run_broken(run *r, const char *format, ...) PRINTF_LIKE(2, 3);
void run_differs(run *r, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- replay.c ---- */
bool run_replay(const talk *t, const replay *how, bool *whys, octets *complaint, octets *digest, counts *counts);
void run_result(run *r, rill_ssize result); /* of any call: notes failures */
void run_deleted(run *r);

/* ---- fault.c ---- */
bool replay_is_odd(const replay *how);                   /* what the script expects does not count */
int fault_answer(run *r, const line *event, int answer); /* what this callback answers instead; may delete */
bool fault_shown(run *r);                                /* true: what is shown is gone, and so is the connection */
uint64_t run_random(run *r, uint64_t below);
size_t odd_padding(run *r, size_t most);
uint32_t odd_choice(run *r, uint32_t best);
void fault_eof(run *r);

/* ---- clock.c ---- */
rill_time clock_now(run *r);           /* for a call that takes the time */
void clock_turn(run *r);               /* between calls: ticks as the clock of this replay will have it */
int clock_tick(run *r, rill_time now); /* one tick, and what holds after it */

/* ---- app.c ---- */
void app_callbacks(rill_callbacks *out, const talk *t, bool all);
note *app_note(run *r, uint32_t id); /* a new one if there is none */
void app_flush(run *r);              /* content that may go on counts as an event */
void app_failed(run *r);             /* the error event */
int app_fire(run *r, const line *event, uint32_t id);

/* ---- act.c ---- */
void act(run *r, const line *in);

/* ---- source.c ---- */
bool source_option(source *s, const word *in); /* +body=100 and the like */
rill_body source_body(source *s);
source *source_new(run *r);
void sources_check(run *r); /* at the end: every chunk is back */
void sources_free(run *r);
void chunk_done(run *r, lent *l, size_t sent, bool dropped);
void chunk_write(run *r, uint8_t *out, size_t n); /* opaque content, in the order of output */

/* ---- ask.c ---- */
void ask(run *r, const line *in);

/* ---- show.c ---- */
void show_frames(run *r);                /* wire to frames */
void show_fed(run *r, const octets *in); /* the peer's SETTINGS bind our decoder */
void show_content(line *out, rill_view content, size_t *offset);
void show_code(line *out, const char *before, uint32_t code); /* by name, or by number if it has none */
void show_setting(line *out, uint16_t id, uint32_t value);
void join_data(lines *frames); /* DATA in a row counts as one */

#endif /* TALK_RUN_H */
