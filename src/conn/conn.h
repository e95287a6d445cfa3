/* SPDX-License-Identifier: MIT */
/*
 * conn: one connection: what it holds, and who does what.
 *
 *   context.c  configuration, defaults, what is made once      new.c      birth, death, enter and leave
 *   hold.c     slots kept beyond the end   head_json.c, dump.c  in words   upgrade.c  h2c from HTTP/1.1
 *   stream.c   the store: ids, states, how streams closed      fail.c     settle(): reasons become RST_STREAM or GOAWAY
 *   recv.c     the loop that gathers octets                    rx.c       one function for each frame
 *   settings.c SETTINGS of both sides                           extend.c   frames of extensions; altsvc.c, origin.c
 *   rx_data.c  DATA and its credit   rx_block.c  field blocks   rx_section.c  read (rx_fields.c), judged, handed over
 *   submit.c   heads out; judge.c, known.c   field by field    lane.c   their octets    source.c   content out: pulled and pushed
 *   sched.c    whose content goes next      priority.c RFC 9218, and RFC 7540 5.3       origins.c  a client's origin set
 *   send.c     lanes to octets: control, header, data          control.c  intentions to control frames
 *   out.c      what is shown and not yet taken                 flow.c     credit for the peer
 *   budget.c   what floods cost    time.c     what becomes due, and what then      stall.c    progress too slow
 *   shutdown.c the end by will     trim.c     memory not needed                    query.c    questions
 *   check.c    the invariants below                              values.c, http1_read.c, http1_write.c   without a connection
 *
 * Invariants, checked by check.c after each public call in RILL_CHECK builds; of a call from inside a callback, with the one
 * that it is inside of, since that may be between two halves of a step:
 *   I1  every stream in the map has its id; each is counted as ours or the peer's; the counts add up to the map's. Those that
 *       were promised and have not begun are counted, too; a server's alone can be that. So are those that are over and held.
 *   I2  a stream is in turn for DATA, where its priority says, just while it has something to say that its window lets go (by
 *       the initial window as it was when all were looked at, while remote.shifted); it is on the list of those that owe while
 *       it does. The connection's window is owed while there is credit to tell.
 *   I3  no window is above 2^31-1; what the peer was granted less what came is left of it; that, plus what is held, plus what
 *       the application has not consumed, is the whole window; without manual_consume nothing but a frame under way
 *       is unconsumed; of the connection's window as much is unconsumed as of those of all streams together.
 *   I4  what is staged equals the sum of its segments, none dropped before it was taken; blocks of streams are in the lane.
 *   I5  owed acknowledgements, resets and priorities of streams to come are within their limits; tx.owes while anything is owed.
 *   I6  memory in use is within config.memory_limit.
 *   I7  after a failure no stream is open.
 *   I8  a stream that the application was told is over is CLOSED here, without a source; one that has ended is here to be held.
 *   I9  SETTINGS of ours are owed or kept only while an acknowledgement of them is to come.
 *   I10 no budget is spent beyond its burst.
 *   I11 unless time.stale, all that time is measured from was seen to begin or to end.
 */
#ifndef RILL__CONN_H
#define RILL__CONN_H

#include "base/arena.h"
#include "base/features.h"
#include "base/idmap.h"
#include "conn/context.h"
#include "conn/out.h"
#include "conn/parts.h"
#include "conn/stream.h"
#include "hpack/dec.h"
#include "hpack/enc.h"
#include "rules/budget.h"
#include "rules/priority.h"
#include "rules/settings.h"
#include "rules/window.h"

/*
 * There may be a million of them, idle: what only one that is busy needs is allocated then, and members stand in the order of
 * their sizes where that leaves no holes.
 */
struct rill_conn {
  const rill_context *context;
  const rill_callbacks *on; /* the context's, or all NULL once deleted */
  void *user;
  rill__out *out; /* or rill__no_out, which is empty and constant */
  uint16_t depth; /* public calls on the C stack */
  bool server;
  bool deleted : 1; /* rill_conn_del() was called inside a callback */
  bool eof : 1;
  bool released : 1; /* some streams that are over are to be removed */
  bool trims : 1;    /* rill_conn_trim() was called inside a callback */

  struct {
    rill__settings settings;
    rill__window window;  /* what we may send */
    uint32_t goaway_last; /* from the peer's GOAWAY; 2^31-1 until then */
    bool goaway;
    bool shifted;    /* the initial window changed since all in turn were looked at; see sched.c */
    uint8_t recalls; /* of the lane, for GOAWAY */
  } remote;

  rill__failure failure; /* up here with what stands around it, since what is asked most often costs least near the beginning */

  struct {
    rill_frame_head head;
    uint32_t need; /* octets that the state wants in one piece */
    uint32_t left; /* of the frame's payload, padding excluded once it is known; of the preface, how much came */
    uint8_t state;
    uint8_t block_use;
    bool expect_continuation, block_end_stream;
    bool paused;         /* nothing is read */
    bool first_settings; /* they came */
    uint16_t block_why;  /* rill_why: BLOCK_REFUSE */
    uint16_t pad;
    uint16_t excused; /* refusals, since we lowered the limit of streams and the peer may not know of it */
    uint32_t block_id, promised_id;
    uint16_t continuations, empty_continuations;
    uint32_t fields_cap;
    rill__dec dec;
    rill__arena arena;  /* the strings of one section */
    rill_field *fields; /* of one section */
    rill__buf hold;     /* of something cut: until all its octets are there */
    rill__buf block;    /* of a field block cut or continued */
    uint64_t octets, frame_at;
  } rx;

  rill__mem mem; /* its limit leaves a reserve for output that is staged */

  struct {
    const rill_setting *announced; /* what SETTINGS say that are pending; the context's, or owned */
    rill_time settings_sent_at;    /* when they were taken by the transport; RILL_NO_CLOCK: they are not under way */
    rill__settings enforced;       /* what the peer is held to now; rules/settings.c says when what binds */
    rill__settings settings;       /* ours, as acknowledged */
    rill__inflow inflow;           /* the connection's window */
    uint8_t announced_count;
    bool window_owed;      /* WINDOW_UPDATE(0) */
    bool push;             /* promises are welcome: ENABLE_PUSH as we have announced it last, or the configuration */
    bool settings_pending; /* SETTINGS of ours, announced, that the peer has not acknowledged */
  } local;

  struct {
    rill_time ping_at;
    uint32_t stream_size;       /* what the window of a stream is to be; 0: as it is */
    uint32_t lack, stream_lack; /* octets that the answer to the PING shall not overtake; 0: they came, or none are looked for */
    uint32_t id;                /* the stream that is looked at */
    uint8_t ping;               /* rill__ping */
    uint8_t tries;              /* round trips that may still be measured */
    uint8_t calm;               /* how often they showed nothing */
    uint8_t pass;               /* how often credit may be due before there are more */
  } measure;

  struct {
    rill__enc enc;
    rill__node *put_off; /* in a round: who waits for the next */
    uint32_t round;
    uint32_t prioritized; /* the highest id that PRIORITY_UPDATE named before it was opened */
    uint32_t goaway_last;
    uint8_t ping_state;               /* rill__ping: our own */
    uint8_t drain_ping;               /* likewise, of rill_shutdown() */
    uint8_t keep_ping;                /* likewise, for keepalive */
    uint8_t goaway_owed, goaway_sent; /* rill__goaway */
    bool preface_owed, settings_owed; /* the first SETTINGS of ours, with the magic; later ones */
    bool owes;                        /* a control frame may be owed; if not, none is */
    bool blocked;                     /* a request or a promise was refused: on_credit is owed */
    bool answer_blocked;              /* likewise the response to a promise */
    bool spoke;                       /* DATA or HEADERS went out since the peer's last PING */
  } tx;

  struct {
    rill__idmap map;
    rill__stream *last;                 /* found last */
    rill__earlies *early;               /* PRIORITY_UPDATE of streams that are not open yet; NULL: of none */
    uint32_t *ring;                     /* how late streams closed: id << 1 | by peer */
    uint32_t owing_first, owing_last;   /* places in the map: those that owe RST_STREAM or WINDOW_UPDATE; 0: nobody */
    uint32_t next_own;                  /* id of the next own stream */
    uint32_t last_peer;                 /* highest id that the peer has used */
    uint32_t last_heard;                /* highest one of the peer that the application heard of */
    uint32_t by_peer, by_us;            /* streams in the map */
    uint32_t promised;                  /* and not begun, of these */
    uint32_t over;                      /* of these, over and held */
    uint32_t skipped_low, skipped_high; /* ids that the peer passed over lie in between */
    uint32_t forgotten;                 /* highest id that fell out of the ring */
    uint16_t ring_at, ring_count;
    int32_t most_beyond; /* no stream that is not over has a share beyond this */
  } streams;

  struct rill__origins *origins; /* NULL until the first is kept */

  /* Times are RILL_NO_CLOCK until they mean something; see the table in time.c. */
  struct {
    rill_time now;       /* of the last timed call */
    rill_time active;    /* when something last came or went */
    rill_time heard;     /* when something last came, or was asked for by our keepalive PING */
    rill_time half;      /* when the wait for the preface began, or the field block that is not whole */
    rill_time quiet;     /* when the last stream ended; when stalls were last looked for; when the last GOAWAY became due */
    rill_time end;       /* when to retire; once draining, when that ends; or RILL_NEVER */
    rill_time limit;     /* to drain with when retiring; once draining, from the next timed call; or RILL_NEVER */
    rill_time pinged;    /* when the peer's last PING came */
    rill_time probed;    /* when drain_ping or keep_ping was taken, the later of both */
    rill_time sweep_in;  /* from `quiet` */
    uint32_t strikes;    /* PINGs of the peer that came too soon */
    uint32_t half_frame; /* which frame `half` is of, and how many streams there had been at `quiet`: in the lower 32 bits */
    uint32_t quiet_streams;
    uint32_t patience;      /* of the connection, for stall.c, as all that follow */
    uint32_t cut;           /* octets of DATA, in the lower 32 bits */
    uint32_t sent, content; /* octets taken and cut when it was charged */
    uint8_t choked;         /* what with, when stalls were last looked for */
    bool watch : 1;         /* there may be a stream that is held up */
    bool watched : 1;       /* and they were looked at since that began */
    bool draining : 1;      /* rill_shutdown() was called */
    bool retired : 1;       /* on_retire was called for the number of streams */
    bool over : 1;          /* the last GOAWAY was given time enough */
    bool resumed : 1;       /* reading goes on since the last timed call */
    bool stale : 1;         /* since the table was last looked at more was done than that DATA, or part of something, came */
    uint16_t armed;         /* a bit for each row of the table that was seen to hold */
  } time;

  struct {
    rill__budget points;
    rill_time at;            /* refilled until then */
    uint64_t refilled;       /* of overhead, by time and for streams that the application reset; octets */
    uint64_t fields;         /* octets of the sections of completed exchanges that came, as the list size counts */
    uint64_t look_at;        /* when so many octets have come, overhead is looked at again */
    uint64_t window_updates; /* of the peer that are still free */
  } budget;

  rill__fault_kept fault;
  rill__counts stats;
};

/* ---- check.c */
#ifdef RILL_CHECK
void rill__check(rill_conn *c);
/* sched.c: how many are in turn; UINT32_MAX: one of them stands where it should not. */
uint32_t rill__ready_count(const rill_conn *c);
bool rill__time_is_seen(const rill_conn *c); /* time.c */
#else
static inline void rill__check(rill_conn *c) { (void)c; }
#endif

/* ---- stream.c */
void rill__credit_maybe(rill_conn *c); /* a request that was told to wait may try again */

#include "conn/time.h"

/* ---- trim.c */
bool rill__is_idle(const rill_conn *c);
bool rill__holds_spares(const rill_conn *c);
void rill__spares_due(rill_conn *c); /* idle */
void rill__trim(rill_conn *c);

/* ---- budget.c; false: the connection has failed. May call back */
void rill__budget_begin(rill_conn *c);
bool rill__pay(rill_conn *c, rill__charge what, uint32_t times);
bool rill__pay_for_reset(rill_conn *c, rill_why why); /* of a stream that rill resets for this reason */
bool rill__pay_for_window_update(rill_conn *c);
static inline void rill__free_window_updates(rill_conn *c, uint32_t n) { c->budget.window_updates += n; }
bool rill__overhead_is_fine(rill_conn *c);
void rill__overhead_forgive(rill_conn *c, const rill__stream *s);
void rill__budget_tell(const rill_conn *c, rill_stats *stats);

/* ---- new.c */
/* Whatever has filled the memory, there is some left to show output by, which is how it gets free again; see out.c. */
enum { RILL__RESERVE_MIN = 1152, RILL__RESERVE_MAX = 32768 };
static inline size_t rill__mem_reserve(size_t limit) {
  size_t part = limit / 8;
  return part < RILL__RESERVE_MIN ? RILL__RESERVE_MIN : part < RILL__RESERVE_MAX ? part : RILL__RESERVE_MAX;
}
static inline bool rill__enter(rill_conn *c) {
  if (c->deleted) return false;
  c->depth++;
  c->time.stale = true;
  return true;
}
rill_ssize rill__leave_other(rill_conn *c, rill_ssize result);
int rill__done(rill_conn *c, int result); /* rill__leave() in a few octets, for what is seldom called */
/* Ends what enter began; may free the connection. Returns result, or RILL_ERR_CLOSED if the connection is gone. */
static inline rill_ssize rill__leave(rill_conn *c, rill_ssize result) {
  c->depth--;
  if (c->deleted || c->released || c->trims) return rill__leave_other(c, result);
  rill__check(c);
  return result;
}
/* For functions that take the time: not from inside a callback. */
static inline int rill__enter_timed(rill_conn *c, rill_time now) {
  if (c->deleted) return RILL_ERR_CLOSED;
  if (c->depth != 0) return RILL_ERR_STATE;
  c->depth++;
  if (now < c->time.now) rill__time_rewind(c, now);
  c->time.now = now;
  return 0;
}
/* Before the leave of those; may call back. */
static inline void rill__timed_end(rill_conn *c) {
  const uint64_t most = c->context->max_streams;
  if (c->stats.streams_opened >= most - most / 16) rill__retire_full(c);
  rill__credit_maybe(c);
  c->time.stale = true; /* without a clock nothing is seen */
  if (c->time.now < RILL_NO_CLOCK && !c->deleted) rill__time_arm(c);
}

/* ---- stream.c */
/* To walk all, from *at = 0 on, whatever comes and goes meanwhile; NULL: that was the last. */
static inline rill__stream *rill__stream_walk(const rill_conn *c, uint32_t *at) { return rill__idmap_next(&c->streams.map, at); }
rill__stream *rill__stream_seek(rill_conn *c, uint32_t id);
static inline rill__stream *rill__stream_find(rill_conn *c, uint32_t id) {
  bool again = c->streams.last != NULL && c->streams.last->id == id; /* most often it is the one that was found last */
  return again ? c->streams.last : rill__stream_seek(c, id);
}
/* Likewise, but only what the application may still name. */
static inline rill__stream *rill__stream_live(rill_conn *c, uint32_t id) {
  rill__stream *s = rill__stream_find(c, id);
  return s == NULL || (s->flags & RILL__CLOSED) != 0 ? NULL : s;
}
/* What we may send on it. */
static inline int32_t rill__stream_window(const rill_conn *c, const rill__stream *s) {
  return rill__share_left(&s->share, c->remote.settings.initial_window_size);
}
rill__state rill__stream_state_of(rill_conn *c, uint32_t id);
static inline rill__state rill__stream_state(rill_conn *c, uint32_t id) {
  bool again = c->streams.last != NULL && c->streams.last->id == id;
  return again ? (rill__state)c->streams.last->state : rill__stream_state_of(c, id);
}
static inline bool rill__stream_is_own(const rill_conn *c, uint32_t id) { return (id % 2 == 0) == c->server; }
bool rill__stream_was_skipped(const rill_conn *c, uint32_t id);
rill__stream *rill__stream_open(rill_conn *c, uint32_t id);
rill__stream *rill__stream_promise(rill_conn *c, uint32_t id);
/* The first HEADERS of a response to a promise come or go. */
void rill__stream_begin_promised(rill_conn *c, rill__stream *s);
/* The side that promises has so many streams that count (9113 5.1.2). */
static inline uint32_t rill__active_promised(const rill_conn *c) {
  return (c->server ? c->streams.by_us : c->streams.by_peer) - c->streams.promised;
}
/* Tells the application, frees the source, keeps the slot. */
void rill__stream_close(rill_conn *c, rill__stream *s, const rill_close *close);
void rill__stream_close_all(rill_conn *c, const rill_close *close);
void rill__stream_close_own_above(rill_conn *c, const rill_close *close, uint32_t last, uint32_t end);
void rill__stream_remove(rill_conn *c, rill__stream *s);
void rill__stream_over(rill_conn *c, rill__stream *s); /* hold.c: removes it, unless it is held */
void rill__released_remove(rill_conn *c);
/* Nothing is owed to a peer that has reset the stream, but for blocks that are encoded: HPACK is order. */
static inline void rill__stream_remove_if_reset(rill_conn *c, rill__stream *s) {
  if (s->state == RILL__RESET_REMOTE && s->blocks == 0) rill__stream_over(c, s);
}
/* An event of the life cycle; may close and remove the stream, and call back. */
void rill__stream_event(rill_conn *c, uint32_t id, rill__event event);
void rill__stream_note_peer(rill_conn *c, uint32_t id);
bool rill__stream_note_reset(rill_conn *c, uint32_t id, bool by_peer);
void rill__stream_free_all(rill_conn *c);

/* ---- fail.c */
/* The only place where a reason becomes an action. */
void rill__settle(rill_conn *c, uint32_t id, rill_why why);
void rill__refuse(rill_conn *c, uint32_t id, rill_why why); /* a stream, for which the peer has paid */
void rill__fail(rill_conn *c, rill_why why, int err, uint32_t code);
void rill__fail_by(rill_conn *c, rill_why why); /* the peer's doing ends the connection */
void rill__fail_nomem(rill_conn *c);
/* As settle(), and no frame is to blame. */
void rill__settle_unblamed(rill_conn *c, rill_why why);
void rill__reset_stream(rill_conn *c, rill__stream *s, const rill_close *close);
void rill__reset_unopened(rill_conn *c, uint32_t id, uint32_t code);
/* What the application submits is refused: RILL_ERR_INVALID, and rill_conn_fault() says why. */
int rill__fault(rill_conn *c, rill_why why, size_t index);
bool rill__answer_other(rill_conn *c, uint32_t id, int answer);
/* What a callback answered about a stream (0: about the connection). True: go on. */
static inline bool rill__answer(rill_conn *c, uint32_t id, int answer) {
  return answer == 0 ? c->failure.err == 0 : rill__answer_other(c, id, answer);
}

/* Taken on no more: our GOAWAY has said so, or will (9113 6.8). */
static inline bool rill__past_goaway(const rill_conn *c, uint32_t id) {
  bool final = c->tx.goaway_owed >= RILL__GOAWAY_FINAL || c->tx.goaway_sent >= RILL__GOAWAY_FINAL;
  return final && id > c->tx.goaway_last;
}

/* No own stream will be opened any more. */
static inline bool rill__is_closing(const rill_conn *c) {
  return c->failure.err != 0 || c->remote.goaway || c->tx.goaway_owed != 0 || c->tx.goaway_sent != 0;
}

/* ---- recv.c */
/* A field block may begin: nothing that waits to be taken stands in its way. */
bool rill__takes_blocks(const rill_conn *c);

/* ---- rx.c, rx_data.c, rx_block.c, rx_section.c */
void rill__rx_begin(rill_conn *c);
void rill__rx_fixed(rill_conn *c, const uint8_t *p);
static inline void rill__rx_done(rill_conn *c) {
  c->rx.state = RILL__RX_HEAD;
  c->rx.need = RILL_FRAME_HEAD_SIZE;
}
static inline void rill__rx_skip(rill_conn *c, uint32_t n) {
  c->rx.left = n;
  c->rx.state = RILL__RX_SKIP;
  if (n == 0) rill__rx_done(c);
}
/* False: the application has ended the connection meanwhile, and the frame has no effect. */
bool rill__rx_tell(rill_conn *c, rill_frame *frame);
bool rill__rx_tell_head(rill_conn *c, uint32_t promised_id);
static inline bool rill__rx_trace(rill_conn *c, rill_frame *frame) {
  return !RILL__TRACE || c->on->on_frame_recv == NULL || rill__rx_tell(c, frame);
}
static inline bool rill__rx_trace_head(rill_conn *c, uint32_t promised_id) { /* of a frame whose payload is not looked at */
  return !RILL__TRACE || c->on->on_frame_recv == NULL || rill__rx_tell_head(c, promised_id);
}
/* The frame under way, traced by its head alone, ends the connection. */
void rill__rx_refuse(rill_conn *c, rill_why why);
/* The frame is much of a stream's window: credit for it does not wait for its end. */
static inline bool rill__credits_pieces(const rill_conn *c) { return c->rx.head.length > c->context->config.initial_window / 2; }
void rill__data_begin(rill_conn *c);
void rill__data_known(rill_conn *c);
size_t rill__rx_data(rill_conn *c, const uint8_t *p, size_t n);
void rill__headers_begin(rill_conn *c);
void rill__promise_begin(rill_conn *c);
void rill__continuation_begin(rill_conn *c);
void rill__rx_priority(rill_conn *c, const uint8_t *p);
void rill__fragment_begin(rill_conn *c);
size_t rill__rx_fragment(rill_conn *c, const uint8_t *p, size_t n);
void rill__padding_begin(rill_conn *c);
void rill__padding_known(rill_conn *c);
void rill__block_decode(rill_conn *c, rill_view block);

/* ---- settings.c */
/* Field sections up to this size are within all limits but cookies'. */
static inline uint32_t rill__small_list(const rill_conn *c) {
  uint32_t list = c->local.enforced.max_header_list_size;
  return list < c->context->small_list ? list : c->context->small_list;
}
void rill__settings_begin(rill_conn *c);
void rill__settings_free(rill_conn *c);
void rill__settings_sent(rill_conn *c);                              /* all octets of ours were taken */
rill_why rill__settings_take(rill_conn *c, const rill_frame *frame); /* the peer's, in force from now on */
void rill__rx_settings(rill_conn *c, const rill_frame *frame);

/* ---- extend.c */
void rill__extension_begin(rill_conn *c);
bool rill__advice_counts(const rill_conn *c); /* the ALTSVC or ORIGIN frame that begins is worth being gathered */
size_t rill__rx_extension(rill_conn *c, const uint8_t *p, size_t n);
int rill__advice_may(const rill_conn *c); /* one of these two be sent */
/* Room for the payload of one that was judged; NULL: *err. rill__lane_filled() follows. */
uint8_t *rill__advice_room(rill_conn *c, uint32_t id, size_t size, int *err);

/* ---- flow.c */
void rill__credit_conn(rill_conn *c, uint32_t n);
void rill__credit_stream(rill_conn *c, rill__stream *s, uint32_t n);
uint32_t rill__data_under_way(const rill_conn *c, const rill__stream *s); /* octets that its window was charged, not there yet */
void rill__owe(rill_conn *c, rill__stream *s);
void rill__owe_again(rill_conn *c, rill__stream *s);   /* before all others */
void rill__owe_nothing(rill_conn *c, rill__stream *s); /* fine if it does not */
bool rill__stream_window_due(const rill__stream *s);
static inline void rill__owe_window(rill_conn *c) { c->local.window_owed = c->tx.owes = true; } /* of the connection */
extern const uint8_t rill__measure_payload[8];
void rill__measure_begin(rill_conn *c, const rill__stream *s); /* if it is time */
void rill__measure(rill_conn *c, rill__stream *s, uint32_t n); /* while its PING is under way */
void rill__measured(rill_conn *c);                             /* the answer came */

/* ---- lane.c */
/* What the frames of a field block say beside it. */
typedef struct rill__block {
  uint32_t promised_id; /* PUSH_PROMISE, of a stream that is there; 0: HEADERS */
  bool end_stream;
  bool request; /* carries the priority block of config.request_priority, if there is one */
} rill__block;

/* A section that is to be sent. */
typedef struct rill__fields {
  const rill_field *p;
  size_t count;
  const rill__enc_place *places; /* what the encoder knows of each; NULL: it was not asked */
  rill__enc_size size;
} rill__fields;
rill__fields rill__fields_of(const rill_field *fields, size_t count); /* without places */

/* Room for a block of these fields; NULL without memory. Then, without fail, the block itself, on this stream. */
uint8_t *rill__lane_reserve(rill_conn *c, const rill__fields *fields);
void rill__lane_put(rill_conn *c, rill__stream *s, uint8_t *at, const rill__fields *fields, const rill__block *block);
/* The stream that this frame promises; 0: it promises none. */
uint32_t rill__promised_by(const uint8_t *block);
/* A frame of another type, in its turn among the blocks; data is copied behind the numbers. RILL_ERR_NOMEM. */
int rill__lane_frame(rill_conn *c, const rill_frame *frame);
/* Likewise in two steps: room for a payload of n octets, NULL without memory; then, without fail, its frame. */
uint8_t *rill__lane_payload(rill_conn *c, size_t n);
void rill__lane_filled(rill_conn *c, uint8_t *payload, const rill_frame_head *head);
enum { RILL__UNSENT_MAX = 1000 }; /* frames of one stream in the lane: s->blocks counts no further than 65,535 */
static inline bool rill__lane_full(const rill_conn *c) { return c->out->lane.size > c->context->config.max_header_queue; }
void rill__lane_recall(rill_conn *c, uint32_t last);

/* ---- head.c */
rill_head *rill__head_copy(rill__mem *mem, const rill_head *head);
void rill__head_free(rill__mem *mem, rill_head *head);

/* ---- submit.c, source.c */
rill__source *rill__source_new(rill_conn *c, const rill_body *body);
void rill__source_free(rill_conn *c, rill__source *source);
static inline void rill__source_give(rill__stream *s, rill__source *source) { /* which may be NULL */
  s->source = source;
  if (source != NULL) source->stream = s;
}
static inline bool rill__is_ready(const rill__stream *s) { return s->source != NULL && rill__linked(&s->source->ready); }
void rill__source_let_go(rill_conn *c, rill__stream *s);
/* Puts the stream in turn, or takes it out, as its source and windows say. */
void rill__source_turn(rill_conn *c, rill__stream *s);
bool rill__source_has_something(const rill__source *source);
static inline bool rill__trailers_due(const rill__source *source) {
  return source->complete && source->pushed.unseen == 0 && source->trailers != NULL;
}
/* Sends them if they are due, and lets the source go then. */
int rill__source_trailers(rill_conn *c, rill__stream *s);
void rill__source_drained(rill_conn *c, rill__stream *s);

/* ---- priority.c */
/* What PRIORITY_UPDATE said of a stream before it opened; forgets that and what it said of lower ids. */
uint32_t rill__early_count(const rill_conn *c);
bool rill__early_take(rill_conn *c, uint32_t id, rill_priority *priority);
void rill__early_free(rill_conn *c);
void rill__legacy_priority(rill_conn *c, uint32_t id, const rill_frame *frame); /* calls back */
void rill__rx_priority_update(rill_conn *c, const rill_frame *frame);
void rill__prioritize_by_fields(rill_conn *c, rill__stream *s, const rill_field *fields, size_t count);

/* ---- sched.c */
void rill__ready_add(rill_conn *c, rill__stream *s);     /* its source has something; called by rill__source_turn */
void rill__ready_put_off(rill_conn *c, rill__stream *s); /* until the next round */
void rill__ready_served(rill_conn *c, rill__stream *s);  /* a DATA frame of it was written; it is not linked now */
bool rill__ready_any(const rill_conn *c);                /* whether the connection's window lets it go or not */
rill__stream *rill__ready_next(const rill_conn *c);
bool rill__ready_waits(const rill_conn *c);     /* somebody's turn it is */
rill__stream *rill__ready_choose(rill_conn *c); /* likewise, by the application; may call back */
void rill__ready_shift(rill_conn *c);           /* remote.shifted: who is in turn by that */
static inline void rill__round_begin(rill_conn *c, rill__node *waiting) {
  rill__list_init(waiting);
  c->tx.put_off = waiting;
  if (++c->tx.round == 0) c->tx.round = 1;
}
void rill__round_again(rill_conn *c, rill__node *waiting); /* they are in turn again */
static inline void rill__round_end(rill_conn *c) {
  rill__node *waiting = c->tx.put_off;
  c->tx.put_off = NULL;
  if (!rill__list_empty(waiting)) rill__round_again(c, waiting);
}
void rill__prioritize(rill_conn *c, rill__stream *s, rill_priority priority);
void rill__queues_free(rill_conn *c);

/* ---- send.c, control.c, out.c */
typedef struct rill__sink {
  uint8_t *p;  /* direct: where to write; staged: NULL */
  size_t room; /* direct: octets left; staged: about how many are wanted */
  size_t wrote;
  bool copies;       /* for rill_conn_send(): opaque chunks cannot be */
  uint8_t stuck_why; /* rill__emit, once all are put off */
} rill__sink;

typedef enum rill__emit {
  RILL__EMIT_NONE, /* nothing to send */
  RILL__EMIT_DONE, /* a frame, or several */
  RILL__EMIT_FULL, /* there is something, but no room */
  RILL__EMIT_NOMEM
} rill__emit;

/* The next block of the lane, which is not empty. */
rill__emit rill__emit_lane(rill_conn *c, rill__sink *sink);
bool rill__acks_owed(const rill_conn *c); /* of SETTINGS, with all blocks gone that were encoded before */
/* One control frame, if one is owed. */
rill__emit rill__emit_control(rill_conn *c, rill__sink *sink);
/* One DATA frame of a stream that is in turn. */
/* n octets in one piece to write to; NULL: *why is FULL or NOMEM. */
uint8_t *rill__stage_room(rill_conn *c, size_t n, rill__emit *why);
static inline uint8_t *rill__sink_room(rill_conn *c, rill__sink *sink, size_t n, rill__emit *why) {
  if (sink->p == NULL) return rill__stage_room(c, n, why);
  *why = RILL__EMIT_FULL;
  return n <= sink->room ? sink->p : NULL;
}
/* The last octet of something was taken; ends: as in rill__seg. */
void rill__reached(rill_conn *c, uint32_t id, uint8_t ends);
/* n of those were written. ends: as in rill__seg. */
void rill__stage_put(rill_conn *c, size_t n, uint32_t id, uint8_t ends);
static inline void rill__sink_put(rill_conn *c, rill__sink *sink, size_t n, uint32_t id, uint8_t ends) {
  sink->wrote += n;
  if (sink->p == NULL) {
    rill__stage_put(c, n, id, ends);
    return;
  }
  sink->p += n;
  sink->room -= n;
  if (ends != 0) rill__reached(c, id, ends);
}
/* For what shows output, or begins to owe some: beyond the limit that all else has to keep. */
void rill__with_reserve(rill_conn *c, bool on);
bool rill__stage_reserve(rill_conn *c, uint32_t segs);
void rill__stage(rill_conn *c, const rill__seg *seg);
void rill__stage_abandon(rill_conn *c);
void rill__stage_free(rill_conn *c);
/* Counts and traces the frame at p; what stands behind the head is looked at for control frames only. */
void rill__tell_sent(rill_conn *c, const uint8_t *p);
static inline void rill__note_sent(rill_conn *c, const uint8_t *p) {
  c->stats.frames_sent++;
  if (RILL__TRACE && c->on->on_frame_sent != NULL) rill__tell_sent(c, p);
}
static inline bool rill__has_out(const rill_conn *c) { return c->out != &rill__no_out; }
bool rill__out_make(rill_conn *c);
static inline bool rill__out_begin(rill_conn *c) { return rill__has_out(c) || rill__out_make(c); } /* false without memory */
void rill__out_end(rill_conn *c); /* of one that was made, if nothing is left in it */
/* False: the connection has failed, by `over` if it was the limit. The item has RILL__OWED_SIZE octets. */
bool rill__owe_in_ring(rill_conn *c, rill__owed kind, uint32_t limit, const void *item, rill_why over);
/* Blocks were taken out of the lane: no acknowledgement waits for them. */
void rill__acks_recalled(rill_conn *c);
static inline uint32_t rill__owed_count(const rill_conn *c, rill__owed kind) { return c->out->owed[kind].count; }
const uint8_t *rill__owed_front(const rill_conn *c, rill__owed kind);
void rill__owed_pop(rill_conn *c, rill__owed kind);
void rill__owed_free(rill_conn *c, rill__owed kind);
bool rill__want_send(const rill_conn *c);
rill__emit rill__emit_next(rill_conn *c, rill__sink *sink);
extern const uint8_t rill__drain_payload[8], rill__keep_payload[8];

#include "conn/optional.h"

#endif /* RILL__CONN_H */
