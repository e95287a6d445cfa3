/* SPDX-License-Identifier: MIT */
/*
 * rill/http1.h: heads of HTTP/1.1 messages (RFC 9112), for those who translate between it and HTTP/2. One function writes a head,
 * one reads it. Neither allocates, does I/O or needs a connection; content, and how it is cut into chunks, is the caller's.
 *
 * Both are strict. What was read passes the rules by which rill judges what is submitted; what is written has passed them. What
 * two recipients could understand in two ways (RFC 9112 11.2) is refused, never mended: line ends other than CR LF, folded lines,
 * a space before the colon, control characters, content-length beside transfer-encoding or more than once, a transfer coding
 * other than chunked alone, a second or another host. Fields that belong to one hop never pass (RFC 9110 7.6.1). A refusal is
 * RILL_ERR_INVALID, and says where and why; to a client it is 400, or 505 for RILL_WHY_HTTP1_VERSION, 501 for
 * RILL_WHY_HTTP1_CODING, 431 if it is RILL_ERR_LIMIT. A library built with RILL_WITHOUT_HTTP1 has neither.
 */
#ifndef RILL_HTTP1_H
#define RILL_HTTP1_H

#include <rill/rill.h>

#ifdef __cplusplus
extern "C" {
#endif

enum {
  /* of the message */
  RILL_HTTP1_TO_HEAD = 0x01,    /* a response: to HEAD */
  RILL_HTTP1_TO_CONNECT = 0x02, /* a response: to CONNECT */
  /*
   * Extended CONNECT (RFC 8441) and GET with upgrade stand for each other, and so do their answers, 2xx and 101. Without this
   * the first is refused, an upgrade is passed over, 101 is refused. h2c is always passed over. Fields that the protocol adds in
   * one version alone, such as sec-websocket-key, are the caller's.
   */
  RILL_HTTP1_UPGRADE = 0x04,
  /* Names with an underscore pass. Without this they are dropped, since some servers take x_y for x-y. */
  RILL_HTTP1_UNDERSCORES = 0x08,
  /* for rill_http1_write() */
  RILL_HTTP1_CHUNKED = 0x10, /* transfer-encoding: chunked, never with content-length; nothing to 1xx and trailers */
  RILL_HTTP1_CLOSE = 0x20,   /* connection: close; nothing to 1xx and trailers */
  RILL_HTTP1_ABSOLUTE = 0x40 /* the target in absolute-form, for another proxy */
};

/*
 * Writes a head, of a connection or of rill_http1_read(), to its last empty line. Returns the octets, or RILL_ERR_LIMIT if that
 * is more than cap, or RILL_ERR_INVALID with *fault (which may be NULL) as rill_conn_fault() would say; dst holds no
 * head then.
 *
 *   The target is origin-form, authority-form for CONNECT, * for OPTIONS with path *. Host comes first, made from authority.
 *   The reason phrase is empty. Left out: host, http2-settings, names with an underscore. te gets the connection option it needs.
 *   content-length is that of the fields (head->content_length is not looked at). An end_stream without one becomes
 *   content-length: 0 in responses, where silence would mean content, and with POST, PUT and PATCH. Content to come that neither
 *   content-length nor CHUNKED delimits is refused, but for a response with CLOSE, which ends with the connection; so is CHUNKED
 *   where no content may come (204, 304, CONNECT and its 2xx, what answers HEAD).
 *   101, for UPGRADE, is told the protocol by head->protocol, which the caller sets to what the request asked for.
 *   TRAILERS is what follows the last chunk, "0\r\n".
 */
RILL_API rill_ssize rill_http1_write(uint8_t *dst, size_t cap, const rill_head *head, unsigned flags, rill_fault *fault);

/* All zero but for what the caller sets. One reader serves all heads of one direction of a connection, one after the other. */
typedef struct rill_http1_reader {
  /* set by the caller, for each head */
  rill_head_kind kind; /* RILL_HEAD_REQUEST; _RESPONSE, also for 1xx; _TRAILERS, behind the last chunk, "0\r\n" */
  unsigned flags;      /* RILL_HTTP1_TO_HEAD, _TO_CONNECT, _UPGRADE (responses: the request was one), _UNDERSCORES */
  rill_view scheme;    /* requests: "http" or "https", as the transport is; absolute-form says otherwise */
  rill_field *room;    /* for fields */
  size_t room_count;   /* five more than a head may have field lines */
  size_t max_octets;   /* that a head may have */

  /* The head. Views point into the octets, to static text, or are scheme. */
  rill_head head;           /* as one of HTTP/2, but that cookie lines are not joined */
  const rill_field *fields; /* the pseudo-header fields, then head.fields: for rill_submit_request() and the like */
  size_t field_count;
  bool chunked;             /* content follows in chunks. Else, without end_stream: content_length octets of it, ... */
  bool close;               /* ... or, if that is -1, all until the connection ends. close: it ends behind this exchange */
  uint8_t minor;            /* HTTP/1.1 or HTTP/1.0, whose clients know neither chunks nor 1xx */
  rill_view upgrade;        /* the value of upgrade, if it is one line that connection speaks of */
  rill_view http2_settings; /* likewise; see rill_upgrade() */
  rill_fault fault;         /* why it was refused; index: the line, from 0, or their count if it is the head as a whole */

  /* rill's */
  size_t seen;
  uint32_t named[16];
  size_t named_count;
} rill_http1_reader;

/*
 * Reads the head that octets begin with, and changes them (names become lower-case). Returns the octets that it takes; 0 if it is
 * not complete: call again with the same octets, unchanged, and more behind them; RILL_ERR_LIMIT or RILL_ERR_INVALID: close,
 * since nothing that follows on this connection can be trusted.
 *
 *   Fields that connection names go, also from trailers that the same reader reads, but for those with a meaning from end to end
 *   (host, content-length, cookie, ...: whose tokens are RILL_TOKEN_LAST_RULED at most). Of te, trailers stays. host becomes
 *   :authority. content-length goes where it means nothing: 1xx, 204, CONNECT and its 2xx. A request in HTTP/1.0 has no upgrade,
 *   no expect, and closes.
 */
RILL_API rill_ssize rill_http1_read(rill_http1_reader *reader, uint8_t *octets, size_t n);

#ifdef __cplusplus
}
#endif

#endif /* RILL_HTTP1_H */
