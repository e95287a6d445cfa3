/* SPDX-License-Identifier: MIT */
/*
 * rill/rill.h: an HTTP/2 connection (RFC 9113), server or client, that does no I/O.
 *
 * The contract. Every line has a test.
 *
 *  1. No I/O, no clock, no threads, no globals that change, no signals, no environment. Time comes in as an argument and goes
 *     out as a deadline.
 *  2. A connection belongs to one thread at a time. Connections share nothing but their context, which never changes.
 *  3. Bytes may be cut anywhere: whole, one by one or at random, the callbacks are the same (pieces of content that follow each
 *     other count joined), and so is the output when it is taken at the end.
 *  4. Every byte from the peer is safe: no abort, no unbounded memory, no unbounded work, no recursion. config.memory_limit
 *     bounds all that one connection may allocate.
 *  5. What the application sees is what was enforced. A field section arrives in one callback, whole and checked. Content that
 *     turns out malformed never reports its end: the stream closes with an error instead.
 *  6. Every function may be called from every callback, on the same connection too, except rill_conn_recv, _send, _sendv, _sent,
 *     _tick and _eof, which return RILL_ERR_STATE there. rill_conn_del() inside a callback delivers the closes of all streams
 *     before it returns; no callback follows; the memory goes when the outermost call returns, which returns RILL_ERR_CLOSED.
 *  7. Exactly one on_stream_close for each stream that the application has heard of, at once when the stream is over, also when
 *     the connection is deleted. No callback names the stream after that. A lent chunk comes back exactly once by on_chunk_done,
 *     sent or dropped, perhaps later than that.
 *  8. Stream ids are handles. A call on an id that is gone returns RILL_ERR_NO_STREAM and touches nothing.
 *  9. The first fatal error sticks: later calls repeat it. The GOAWAY that tells the peer still comes out of _send and _sendv;
 *     _recv reads nothing more.
 * 10. What the application submits is checked by the rules for what the peer sends. A refusal says which field and why
 *     (rill_conn_fault), and nothing is sent.
 * 11. If an allocation fails, the call returns RILL_ERR_NOMEM, the object stays valid, nothing leaks. In _recv that ends the
 *     connection (INTERNAL_ERROR), since what was read cannot be unread.
 * 12. Release builds contain no abort that can be reached. Builds with RILL_CHECK verify the invariants of src/conn/conn.h after
 *     each call.
 *
 * Functions return 0, a count or an id, or a negative rill_err. Pointer arguments must not be NULL unless it says so.
 */
#ifndef RILL_RILL_H
#define RILL_RILL_H

#include <rill/config.h>
#include <rill/frame.h>
#include <rill/hpack.h>
#include <rill/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef struct rill_context rill_context;
typedef struct rill_conn rill_conn;

/* ---- messages ---------------------------------------------------------------------------------------------------------- */

typedef enum rill_head_kind {
  RILL_HEAD_REQUEST,
  RILL_HEAD_RESPONSE,      /* the final one */
  RILL_HEAD_INFORMATIONAL, /* 1xx: more heads follow */
  RILL_HEAD_TRAILERS,
  RILL_HEAD_PUSH /* the request of a promise: on_push() alone */
} rill_head_kind;

/* A field section, decoded and checked (RFC 9113 8). All views live until the callback returns; see rill_head_copy(). */
typedef struct rill_head {
  rill_head_kind kind;
  bool end_stream;                           /* nothing follows */
  uint16_t status;                           /* responses: 100 to 999; else 0 */
  rill_view method, scheme, authority, path; /* requests, as received; n is 0 where absent */
  rill_view protocol;                        /* extended CONNECT (RFC 8441); n is 0 otherwise */
  const rill_field *fields; /* regular fields in their order; cookie lines joined by "; " where the first stood */
  size_t field_count;
  int64_t content_length; /* -1: not declared */
  rill_priority priority; /* requests: in force, by the field and PRIORITY_UPDATE (RFC 9218); responses: of the field */
  const rill_field *all;  /* the pseudo-header fields as they came, then `fields`: for a proxy to submit as they are */
  size_t all_count;
} rill_head;

/* Who ended a stream. */
typedef enum rill_by {
  RILL_BY_END,      /* both messages ended: all is well */
  RILL_BY_PEER,     /* RST_STREAM or GOAWAY came */
  RILL_BY_APP,      /* rill_reset(), rill_submit_goaway(), rill_shutdown(), rill_conn_del(), or a callback's answer */
  RILL_BY_RILL,     /* rill refused what the peer sent, or ran out of memory */
  RILL_BY_TRANSPORT /* rill_conn_eof(), or it stands still: RILL_WHY_KEEPALIVE, RILL_WHY_STALL_TRANSPORT */
} rill_by;

/* What is known of an own request when its stream is over (RFC 9113 8.7). */
typedef enum rill_processed {
  RILL_PROCESSED_MAYBE,
  RILL_PROCESSED_NO, /* the peer says so: REFUSED_STREAM, or above the id in its GOAWAY; or it never left */
  RILL_PROCESSED_YES /* a final response came */
} rill_processed;

typedef struct rill_close {
  rill_by by;
  uint32_t code;  /* RFC 9113 7: of the RST_STREAM or GOAWAY; RILL_NO_ERROR with RILL_BY_END */
  rill_why why;   /* RILL_WHY_NONE with RILL_BY_END */
  bool retryable; /* own requests, of any method: RILL_PROCESSED_NO. Idempotent ones may be retried anyway (RFC 9110 9.2.2) */
  rill_processed processed;
} rill_close;

/* ---- bodies ------------------------------------------------------------------------------------------------------------ */

/* How a piece of content continues. */
typedef enum rill_more {
  RILL_MORE,          /* more content follows */
  RILL_MORE_TRAILERS, /* the content is complete; the stream ends with rill_submit_trailers(), before or after this */
  RILL_MORE_NONE      /* the message is complete: END_STREAM */
} rill_more;

/* The answer of a pull that has nothing now; rill_resume() makes rill ask again. */
#define RILL_DEFERRED (-100)

/*
 * What a pull hands over: n octets, at most `max`. In one of three ways:
 *   lent    data points to the application's memory, which must not change until on_chunk_done names `user`;
 *   filled  data is `room`, where up to `max` octets were written; on_chunk_done is not called;
 *   opaque  data is NULL: rill emits an iovec with base NULL and len n, and the application writes n octets itself (sendfile);
 *           on_chunk_done follows. Only for those who take output by rill_conn_sendv().
 * n may be 0 only if more is not RILL_MORE, or if max is 0; on_chunk_done is not called for such a chunk.
 */
typedef struct rill_chunk {
  const uint8_t *data;
  size_t n;
  rill_more more; /* RILL_MORE unless the source says otherwise */
  void *user;     /* for on_chunk_done */
  uint8_t *room;  /* set by rill if rill_body.fills: `max` octets to write to; else NULL */
} rill_chunk;

/*
 * The source of a message's content. With pull: rill asks when there is room to send, from within _send and _sendv. It answers 0
 * and *out, RILL_DEFERRED, an HTTP/2 error code above 0 to reset the stream with, or RILL_ERR_CALLBACK. max is 0 when the peer's
 * window is closed, on a first or resumed pull, or to learn whether content waits for that window (config.stall_rate): there is
 * room for the end of the message, but for no content (RFC 9113 6.9.1).
 * Without pull (NULL): the application pushes by rill_write(). The struct is copied; user must live until on_stream_close.
 */
typedef struct rill_body {
  int (*pull)(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user);
  void *user;
  bool fills; /* the source wants chunk.room */
} rill_body;

/* ---- priorities -------------------------------------------------------------------------------------------------------- */

/* What the peer said of a stream's priority, in a frame of its own or in the priority block of HEADERS. */
typedef struct rill_priority_signal {
  rill_legacy_priority legacy; /* present: PRIORITY or HEADERS; the rest is empty then */
  rill_view value;             /* PRIORITY_UPDATE: the field value as it came; lives until the callback returns */
  rill_priority priority;      /* what it means; already in force */
} rill_priority_signal;

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */

/*
 * Any may be NULL. Those that return int answer 0, an HTTP/2 error code above 0 to reset that stream with (for connection
 * callbacks: to end the connection with), or RILL_ERR_CALLBACK to end the connection with INTERNAL_ERROR. Stream callbacks
 * receive the stream's user pointer, the others the connection's (see rill_conn_user).
 */
typedef struct rill_callbacks {
  size_t size; /* sizeof(rill_callbacks) */

  /* streams; first comes on_head, last on_stream_close */
  int (*on_head)(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user);
  /* Content, in order, as a view into the octets given to _recv. end: nothing follows; then bytes.n may be 0. */
  int (*on_data)(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user);
  void (*on_stream_close)(rill_conn *conn, uint32_t id, const rill_close *close, void *stream_user);
  /* rill_write() has taken less than it was given, and there is room again. */
  void (*on_writable)(rill_conn *conn, uint32_t id, void *stream_user);

  /*
   * Clients with config.enable_push: the server promises the response to this request (kind PUSH) on `promised`, which has
   * on_head and the rest like any other and is heard of from now on. stream_user is that of `id`. A code above 0, or no callback
   * at all, refuses the promise.
   */
  int (*on_push)(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *stream_user);

  /* the connection */
  /* A lent or opaque chunk is done with: `sent` of its octets were taken; dropped: the stream ended before the rest. */
  void (*on_chunk_done)(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user);
  /* A request or promise that was RILL_ERR_BLOCKED may go now, or will never (the connection is closing): try again. */
  void (*on_credit)(rill_conn *conn, void *user);
  /* The peer's SETTINGS, in force now, as they came; unknown ones included. */
  int (*on_settings)(rill_conn *conn, const rill_setting *settings, size_t count, void *user);
  /* The answer to rill_submit_ping(). `payload` is 8 octets. round_trip: from when the PING was taken; 0 without a clock. */
  int (*on_ping_ack)(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user);
  /* The peer will open no more streams and has not processed own requests above last_id, which have closed as retryable. */
  int (*on_goaway)(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user);
  /* The peer acknowledged our SETTINGS, the first or those of rill_submit_settings(): they bind both sides now. */
  int (*on_settings_ack)(rill_conn *conn, void *user);
  /* PRIORITY_UPDATE, PRIORITY, or HEADERS with a priority block; the stream may not be open yet, or no more. */
  int (*on_priority)(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user);
  /*
   * This connection takes no more requests before long, since its ids run out (config.max_total_streams), its time is over
   * (rill_conn_retire_at), or the peer has spent three quarters of its points (RILL_WHY_GLITCHES): open another. It then shuts
   * down by itself as rill_shutdown() does.
   */
  void (*on_retire)(rill_conn *conn, rill_why why, void *user);
  /*
   * Clients with config.accept_altsvc: RFC 7838 4. id 0: for `origin`; otherwise for the origin of that request. Whether the
   * connection may speak for `origin` is for the application to judge, by its certificate and rill_origin_allowed().
   */
  int (*on_altsvc)(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user);
  /* Clients with config.accept_origin: an entry of an ORIGIN frame (RFC 8336), now in the origin set. */
  int (*on_origin)(rill_conn *conn, rill_view origin, void *user);
  /* A frame of a type in config.extension_types, in pieces as they come; end: its last piece, which may be empty. */
  int (*on_extension)(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user);
  /* Whose DATA shall go next, instead of rill's choice `proposed`. An id that cannot send now: rill's choice. */
  uint32_t (*on_choose)(rill_conn *conn, uint32_t proposed, void *user);
  /* Trace: each frame as its head and fixed part are known, before it takes effect; `data` is empty for DATA and field blocks. */
  void (*on_frame_recv)(rill_conn *conn, const rill_frame *frame, void *user);
  /* Trace: each frame as it is written to the output. */
  void (*on_frame_sent)(rill_conn *conn, const rill_frame *frame, void *user);
} rill_callbacks;

/* ---- context ----------------------------------------------------------------------------------------------------------- */

/*
 * Checks both structs, copies and freezes them. callbacks may be NULL. A context serves any number of connections, servers and
 * clients, on any number of threads, and must outlive them. RILL_ERR_INVALID: a size that this library does not know, a value out
 * of range, or what this library was built without: enable_push (RILL_WITHOUT_PUSH), accept_altsvc (_ALTSVC), accept_origin
 * (_ORIGIN), on_frame_recv and on_frame_sent (_TRACE). The functions of such a part are not in the library. Without push,
 * promises cannot be refused one by one, so that a client's own list of SETTINGS has to say ENABLE_PUSH=0.
 */
RILL_API int rill_context_new(rill_context **out, const rill_config *config, const rill_callbacks *callbacks);
RILL_API void rill_context_del(rill_context *context); /* NULL is fine */

/*
 * Looks up, checks and hashes a field once, so that submitting it often is cheap: a request or response whose fields are prepared
 * costs about a fifth less to submit. Only name, value and the flags RILL_FIELD_NEVER_INDEX, _NO_INDEX and _INDEX are read; the
 * octets must stay as they are. RILL_ERR_INVALID: the field may never be sent.
 */
RILL_API int rill_field_prepare(const rill_context *context, rill_field *field);

/* ---- a connection's life ----------------------------------------------------------------------------------------------- */

/*
 * The first output is the preface and SETTINGS. user is handed to callbacks. RILL_ERR_INVALID: a context for clients alone; or
 * for servers alone, by a list of SETTINGS in a library without push.
 */
RILL_API int rill_conn_server_new(rill_conn **out, const rill_context *context, void *user);
RILL_API int rill_conn_client_new(rill_conn **out, const rill_context *context, void *user);
RILL_API void *rill_conn_user(const rill_conn *conn);

/* Closes what is open (on_stream_close, on_chunk_done), then frees all. NULL is fine. See contract 6. */
RILL_API void rill_conn_del(rill_conn *conn);

/*
 * Takes octets from the transport. Returns how many were taken, which may be fewer: offer the rest again, after taking output if
 * none were taken. A negative answer is fatal.
 */
RILL_API rill_ssize rill_conn_recv(rill_conn *conn, const uint8_t *data, size_t n, rill_time now);

/*
 * Writes output to dst: one copy, for TLS and small loops. Returns the count, 0 when there is nothing to send. What it returned
 * is taken. Works after a fatal error, too.
 */
RILL_API rill_ssize rill_conn_send(rill_conn *conn, uint8_t *dst, size_t cap, rill_time now);

/*
 * Shows output without copying content: fills at most max_iov entries with about max_bytes octets at most (a frame already begun
 * is never cut short for it). Returns the number of entries. What was shown keeps its octets and addresses until taken by
 * rill_conn_sent(); the next call shows the same again, and perhaps more behind it.
 */
RILL_API rill_ssize rill_conn_sendv(rill_conn *conn, rill_iovec *iov, size_t max_iov, size_t max_bytes, rill_time now);

/* Takes the first n of the octets shown. RILL_ERR_INVALID if that is more than was shown. */
RILL_API int rill_conn_sent(rill_conn *conn, size_t n, rill_time now);

/*
 * The transport has ended: all streams close, and nothing more is shown. What rill_conn_sendv() has shown stays where it is,
 * lent chunks too, until rill_conn_sent() or rill_conn_del(): a write may still be under way. Returns 0, or the fatal error that
 * was there before.
 */
RILL_API int rill_conn_eof(rill_conn *conn, rill_time now);

/* When rill_conn_tick() is wanted next; RILL_NEVER if not. */
RILL_API rill_time rill_conn_deadline(const rill_conn *conn);

/*
 * Does what is due; nothing else does. Early calls do nothing. Returns 0, or the fatal error that this or an earlier call has
 * met. Time is measured from call to call: one that goes back counts as one that stood still.
 */
RILL_API int rill_conn_tick(rill_conn *conn, rill_time now);

/*
 * Gives back memory that is not in use, at once: for connections that will stay idle, in great numbers, or when memory runs
 * short. Most of it goes by itself once the connection has been idle for a second (see rill_conn_tick()). If nothing is open or
 * under way, the dynamic tables shrink, too: the encoder's is emptied, which the next field block tells the peer in a few octets,
 * and costs what it had to save; the decoder's keeps what the peer may name, packed, which is the work of some ten requests for
 * one of 4,096 octets, and as much again when the next field block comes; without memory then, that ends the connection. Nothing
 * is sent, no callback is called, and what is needed again comes back by itself. Called inside a callback it takes place when the
 * outermost call returns. Returns 0, or RILL_ERR_CLOSED once the connection was deleted in a callback.
 */
RILL_API int rill_conn_trim(rill_conn *conn);

RILL_API bool rill_conn_want_recv(const rill_conn *conn); /* octets from the peer can still matter */
RILL_API bool rill_conn_want_send(const rill_conn *conn); /* _send would return something; sources may still defer */
RILL_API bool rill_conn_is_done(const rill_conn *conn);   /* nothing more will happen: close the transport */

/* ---- messages out ------------------------------------------------------------------------------------------------------ */

/*
 * Opens a stream with a request: pseudo-header fields first, then the others; all octets are copied. body NULL: no content,
 * END_STREAM. Returns the stream id. Clients only. RILL_ERR_INVALID: see rill_conn_fault(). RILL_ERR_BLOCKED: the peer's limit of
 * concurrent streams, or max_header_queue; wait for on_credit. RILL_ERR_CLOSED: after GOAWAY of either side.
 * RILL_ERR_NO_MORE_IDS: max_total_streams have been opened.
 */
RILL_API rill_ssize rill_submit_request(rill_conn *conn, const rill_field *fields, size_t count, const rill_body *body,
                                        void *stream_user);

/*
 * Promises the response to a request that the client has not made (RFC 9113 8.4): GET or HEAD, without content, and with the
 * :authority of an origin that this server speaks for. Returns the promised id, which takes rill_submit_response(). It counts
 * among the client's limit of concurrent streams from now on. RILL_ERR_STATE: not a server, or the client does not allow it, or
 * `id` is a promise, a tunnel, or over on our side. RILL_ERR_BLOCKED and RILL_ERR_CLOSED as for requests. What is promised before
 * content that speaks of it is submitted comes before it.
 */
RILL_API rill_ssize rill_submit_push(rill_conn *conn, uint32_t id, const rill_field *fields, size_t count, void *stream_user);

/*
 * The final response, once. body NULL: no content, END_STREAM. Servers only. RILL_ERR_BLOCKED: to a promise, if the client has
 * lowered its limit of concurrent streams since; wait for on_credit.
 */
RILL_API int rill_submit_response(rill_conn *conn, uint32_t id, const rill_field *fields, size_t count, const rill_body *body);

/* A 1xx response (not 101), any number before the final one. RILL_ERR_BLOCKED while max_header_queue is full, or as above. */
RILL_API int rill_submit_informational(rill_conn *conn, uint32_t id, const rill_field *fields, size_t count);

/*
 * The trailer section, which ends the stream behind all content. Call it when the content is complete: after rill_write()
 * took it all without fin, or for a pulled body at any time; then the source must end with RILL_MORE_TRAILERS.
 */
RILL_API int rill_submit_trailers(rill_conn *conn, uint32_t id, const rill_field *fields, size_t count);

/*
 * Copies content of a pushed body into a bounded buffer. Returns how much was taken, perhaps 0; on_writable follows if it was
 * less than n. fin: the message ends behind these octets, and counts only if all of them were taken.
 */
RILL_API rill_ssize rill_write(rill_conn *conn, uint32_t id, const uint8_t *data, size_t n, bool fin);

/* A source that answered RILL_DEFERRED has content again. */
RILL_API int rill_resume(rill_conn *conn, uint32_t id);

/* Ends a stream at once: on_stream_close comes before this returns, RST_STREAM(code) goes out. */
RILL_API int rill_reset(rill_conn *conn, uint32_t id, uint32_t code);

/*
 * With config.manual_consume: n more octets of content were dealt with, and the peer may send as many. It is told once that is
 * half a window (or 1 MiB of a large one), or an eighth and as much as it has left; so whoever waits for more content consumes
 * before 7/8 of a window are full. RILL_ERR_INVALID: more than came.
 */
RILL_API int rill_consume(rill_conn *conn, uint32_t id, size_t n);

/* payload: 8 octets. RILL_ERR_BLOCKED while another PING is under way. */
RILL_API int rill_submit_ping(rill_conn *conn, const uint8_t *payload);

/*
 * GOAWAY. RILL_NO_ERROR: no new streams, the open ones go on, then the connection is done. Another code ends the connection now.
 * debug (p may be NULL) is copied, at most 256 octets of it.
 */
RILL_API int rill_submit_goaway(rill_conn *conn, uint32_t code, rill_view debug);

/*
 * Graceful end without losing requests under way: a server says GOAWAY(2^31-1), waits for a PING's round trip, then says which
 * streams it served (RFC 9113 6.8); a client sends GOAWAY(NO_ERROR). What is still open `limit` nanoseconds from the next timed
 * call is ended: GOAWAY(NO_ERROR), all streams close, calls return RILL_ERR_CLOSED. 0: at once, without the round trip.
 * RILL_NEVER: no limit. May be called again, with a shorter limit.
 */
RILL_API int rill_shutdown(rill_conn *conn, rill_time limit);

/*
 * From `when` on (of the same clock) the connection retires: on_retire, then rill_shutdown(conn, limit). A server that limits the
 * age of its connections adds a random part, so that they do not all end together. RILL_NEVER: not. The last call counts; one
 * that is shutting down already is ended by when + limit.
 */
RILL_API int rill_conn_retire_at(rill_conn *conn, rill_time when, rill_time limit);

/* ---- flow, priorities, slots ------------------------------------------------------------------------------------------- */

/*
 * Stops reading. id 0: rill_conn_recv() takes nothing until it goes on. A stream: its window is not opened again until it goes
 * on, so that at most what is left of it still comes.
 */
RILL_API int rill_pause_recv(rill_conn *conn, uint32_t id, bool paused);

/* How urgent this side's content on the stream is, whatever was signalled before. For servers, and for uploads of clients. */
RILL_API int rill_set_priority(rill_conn *conn, uint32_t id, const rill_priority *priority);

/* Clients: PRIORITY_UPDATE (RFC 9218 7.1), and as rill_set_priority(). RILL_ERR_BLOCKED while max_header_queue is full. */
RILL_API int rill_submit_priority_update(rill_conn *conn, uint32_t id, const rill_priority *priority);

/*
 * Keeps the stream's slot taken after its end, until rill_release(): for a worker that cannot be stopped. The peer may not open
 * another stream in its place. Each is RILL_ERR_STATE the second time; release is the one call that may name a stream that is
 * over.
 */
RILL_API int rill_hold(rill_conn *conn, uint32_t id);
RILL_API int rill_release(rill_conn *conn, uint32_t id);

/* ---- settings and extensions ------------------------------------------------------------------------------------------- */

/*
 * SETTINGS of ours, at any time; unknown identifiers, too; count may be 0. What lets the peer do more binds at once, and so
 * do limits of streams and field sections; what lets it do less, and HPACK's table, when it has acknowledged (on_settings_ack).
 * RILL_ERR_BLOCKED while earlier ones, the first included, are not acknowledged. RILL_ERR_LIMIT: more than 32. RILL_ERR_INVALID:
 * a value that RFC 9113 6.5.2, 8441 or 9218 forbids, or that this side may not announce, or an initial window that one which has
 * grown does not bear (9113 6.9.2); see rill_conn_fault().
 */
RILL_API int rill_submit_settings(rill_conn *conn, const rill_setting *settings, size_t count);

/*
 * Sends a frame as it is: of an extension's type, on stream 0 or one that is not over; or PRIORITY (RFC 7540 6.3), of any stream.
 * Its data is copied. RILL_ERR_INVALID: of a type that has a function of its own, or larger than the peer allows.
 * RILL_ERR_BLOCKED while max_header_queue is full.
 */
RILL_API int rill_submit_frame(rill_conn *conn, const rill_frame *frame);

/* Servers: RFC 7838 4. id 0: for `origin`, "https://example.org"; otherwise for the origin of that request, and `origin` is
 * empty. */
RILL_API int rill_submit_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value);

/* Servers: RFC 8336. Each "https://example.org" or with ":port"; count may be 0. All have to fit into one frame. */
RILL_API int rill_submit_origin(rill_conn *conn, const rill_view *origins, size_t count);

/*
 * Clients with config.enable_push or accept_origin; otherwise false: may a request for this origin be sent here? True for the
 * origins of requests that were submitted. Once an ORIGIN frame has come: for that of the first request, and those that the
 * server named (RFC 8336 2.3). No more for one that answered 421, unless it is named again. A certificate must fit in any case.
 * Promises for other origins than these are reset.
 */
RILL_API bool rill_origin_allowed(const rill_conn *conn, rill_view origin);

/*
 * HTTP/1.1 Upgrade to h2c (RFC 7540 3.2; gone from RFC 9113): right after _new, on both sides. settings: the octets of
 * HTTP2-Settings, base64url undone; to a client its own, as rill_upgrade_settings() wrote them. Stream 1 is then open for the
 * response alone. A client hears of it by on_head, a server answers it by rill_submit_response(). to_head: the request was HEAD.
 */
RILL_API int rill_upgrade(rill_conn *conn, rill_view settings, bool to_head, void *stream_user);

/* What a client's HTTP2-Settings says, before base64url. Returns the size, or RILL_ERR_LIMIT. */
RILL_API rill_ssize rill_upgrade_settings(const rill_context *context, uint8_t *dst, size_t cap);

/* ---- questions --------------------------------------------------------------------------------------------------------- */

RILL_API int rill_stream_set_user(rill_conn *conn, uint32_t id, void *stream_user);
RILL_API void *rill_stream_user(const rill_conn *conn, uint32_t id); /* NULL if there is no such stream */

/* What ended the connection; why is RILL_WHY_NONE while it lives or if it ended well. */
typedef struct rill_conn_failure {
  rill_why why;
  int err;            /* what calls return from now on */
  uint32_t code;      /* the code in our GOAWAY */
  uint8_t frame_type; /* of the frame that was refused, if any */
  uint32_t stream_id; /* of the frame that was refused, 0 if none */
  uint64_t offset;    /* where that frame began in all that was received */
} rill_conn_failure;

RILL_API rill_conn_failure rill_conn_error(const rill_conn *conn);

/* Why the last submit call was refused: index of the field, or the field count if the message as a whole is at fault. */
typedef struct rill_fault {
  rill_why why;
  size_t index;
} rill_fault;

RILL_API rill_fault rill_conn_fault(const rill_conn *conn);

typedef enum rill_side {
  RILL_LOCAL, /* ours, as acknowledged */
  RILL_REMOTE /* the peer's */
} rill_side;

/* The value in force. RILL_ERR_INVALID for an identifier that rill does not know. */
RILL_API int rill_conn_setting(const rill_conn *conn, rill_side side, uint16_t id, uint32_t *value);

typedef enum rill_window_kind {
  RILL_WINDOW_SEND, /* what we may send; may be negative */
  RILL_WINDOW_RECV, /* what the peer may send; may be negative */
  RILL_WINDOW_HELD  /* credit that is due to the peer and not yet in a WINDOW_UPDATE */
} rill_window_kind;

/* id 0: the connection. */
RILL_API int rill_conn_window(const rill_conn *conn, uint32_t id, rill_window_kind kind, int64_t *value);

typedef struct rill_stats {
  uint64_t octets_received, octets_sent;
  uint64_t frames_received, frames_sent;
  uint64_t streams_opened; /* by both sides */
  uint64_t resets_received, resets_sent;
  uint64_t content_received, content_sent; /* of all streams; what extension frames carried that were asked for, too */
  uint64_t streams_completed;              /* that ended by END_STREAM of both sides */
  uint32_t streams_open;                   /* that hold a slot: open, or their last frame is not yet taken */
  size_t memory, memory_peak;              /* allocated for this connection */
  rill_time round_trip;                    /* of the last PING that came back; 0: none, or no clock */
  rill_time round_trip_min;
  uint64_t field_octets_received, field_octets_sent; /* names and values; with the next, what HPACK saves */
  uint64_t block_octets_received, block_octets_sent;
  uint32_t pings_owed, settings_owed, resets_owed; /* PING and SETTINGS to acknowledge; RST_STREAM for what was refused */
  size_t output; /* octets that wait to be taken: what is shown, heads, and what is owed; content that was not asked for is not */
  uint32_t promised;            /* promises whose response has not begun */
  uint32_t prioritized;         /* streams not yet open of which PRIORITY_UPDATE spoke */
  uint32_t origins;             /* in a client's origin set, or once in it */
  uint64_t window_updates;      /* that the peer may still send for nothing; see config.window_updates */
  uint32_t spent[RILL_BUDGETS]; /* of each budget, now */
  uint64_t overhead;            /* octets of it that came, refilled ones taken off */
} rill_stats;

RILL_API rill_stats rill_conn_stats(const rill_conn *conn);

typedef struct rill_stream_stats {
  uint64_t octets_received, octets_sent; /* content */
  rill_priority priority;                /* in force for what this side sends */
  uint16_t informational;                /* 1xx responses that came */
  bool receives, sends;                  /* more may come; more may go */
} rill_stream_stats;

RILL_API int rill_conn_stream_stats(const rill_conn *conn, uint32_t id, rill_stream_stats *out);

/* Why nothing is sent: bits. */
enum {
  RILL_BLOCKED_CLOSED = 0x01,            /* it is over, or all was sent */
  RILL_BLOCKED_HEAD = 0x02,              /* the application has not submitted the head, or the trailers */
  RILL_BLOCKED_SOURCE = 0x04,            /* the source was deferred, or nothing was written */
  RILL_BLOCKED_STREAM_WINDOW = 0x08,     /* the peer's, of this stream */
  RILL_BLOCKED_CONNECTION_WINDOW = 0x10, /* the peer's, of all streams */
  RILL_BLOCKED_TRANSPORT = 0x20,         /* output is ready to be taken */
  RILL_BLOCKED_CONCURRENCY = 0x40,       /* the peer takes no more streams now */
  RILL_BLOCKED_PAUSED = 0x80             /* reading is paused: its answer cannot come */
};

/* Of a stream's content; id 0: of a new request. 0: nothing is in the way. */
RILL_API unsigned rill_stream_blocked(const rill_conn *conn, uint32_t id);

/* The state in words, lines of text, for a debugger or a log. As snprintf. No field and no content is in it. */
RILL_API size_t rill_conn_dump(const rill_conn *conn, char *dst, size_t cap);

/*
 * A head as one line of JSON, without its end. As snprintf. Values of fields are left out, but for :method, :scheme, :status and
 * content-length, unless `values`; those never indexed are left out always. See rill_frame_json() for frames.
 */
RILL_API size_t rill_head_json(char *dst, size_t cap, uint32_t id, const rill_head *head, bool values);

/* ---- values ------------------------------------------------------------------------------------------------------------ */

/*
 * Reads the value of a priority field (RFC 9218 4, a dictionary of RFC 9651) over what *priority says. Unknown members are passed
 * over. False: not a dictionary, and nothing was changed.
 */
RILL_API bool rill_priority_parse(rill_priority *priority, rill_view value);

/* "u=5, i" and so on; "" for the defaults. As snprintf. */
RILL_API size_t rill_priority_format(char *dst, size_t cap, const rill_priority *priority);

typedef enum rill_alpn { RILL_ALPN_NONE, RILL_ALPN_H2, RILL_ALPN_HTTP_1_1 } rill_alpn;

/* For TLS: chooses from the client's list (RFC 7301 3.1: names, each behind its length). `chosen` points into it. */
RILL_API rill_alpn rill_alpn_select(rill_view offered, rill_view *chosen);

/* A head that outlives its callback, in one allocation of the context's allocator; NULL if that fails. */
RILL_API rill_head *rill_head_copy(const rill_context *context, const rill_head *head);
RILL_API void rill_head_free(const rill_context *context, rill_head *head); /* NULL is fine */

#ifdef __cplusplus
}
#endif

#endif /* RILL_RILL_H */
