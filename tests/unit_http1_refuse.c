/* SPDX-License-Identifier: MIT */
/*
 * Heads of HTTP/1.1 that are refused: what two recipients could understand in two ways, and what HTTP/2 cannot say. Each row
 * gives the reason and the line; no prefix of it is taken for a head. The last test finds that each reason of http1.h was given.
 */
#include "http1_trial.h"

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define POST "POST / HTTP/1.1\r\n" HOST
#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"

#define REQUEST RILL_HEAD_REQUEST
#define RESPONSE RILL_HEAD_RESPONSE
#define TRAILERS RILL_HEAD_TRAILERS
#define UPGRADE RILL_HTTP1_UPGRADE
#define TO_HEAD RILL_HTTP1_TO_HEAD
#define TO_CONNECT RILL_HTTP1_TO_CONNECT

#define T8 "x1: \r\nx2: \r\nx3: \r\nx4: \r\nx5: \r\nx6: \r\nx7: \r\nx8: \r\n"

typedef struct refusal {
  rill_head_kind kind;
  unsigned flags;
  rill_why why;
  size_t line;
  rill_view octets; /* NUL may be among them */
} refusal;

#define ROW(kind, flags, why, line, octets)                                                                                      \
  {                                                                                                                              \
    kind, flags, RILL_WHY_##why, line, { (const uint8_t *)(octets), sizeof(octets) - 1 }                                         \
  }

/* clang-format off */
static const refusal rows[] = {
  /* 9112 2.2: lines end with CR LF, and CR stands nowhere else */
  ROW(REQUEST, 0, HTTP1_LINE_END, 0, "GET / HTTP/1.1\nHost: a\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 1, "GET / HTTP/1.1\r\nHost: a\n\r\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 2, GET "\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 3, GET "x: y\r\n\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 2, GET "x: y\n\r\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 2, "\r\n" GET "x: y\n"),
  ROW(REQUEST, 0, HTTP1_LINE_END, 0, "\nGET / HTTP/1.1\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_LINE_END, 0, "HTTP/1.1 200 OK\n"),
  ROW(TRAILERS, 0, HTTP1_LINE_END, 0, "\n"),
  ROW(TRAILERS, 0, HTTP1_LINE_END, 1, "a: b\r\n\n"),
  ROW(REQUEST, 0, VALUE_OCTET, 2, GET "x: y\rTransfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_OCTET, 2, GET "x: y\r\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, GET "x\ry: z\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, GET "\rx: z\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "\rGET / HTTP/1.1\r\r\nHost: a\r\n\r\n"),
  ROW(REQUEST, 0, METHOD, 0, "\rGET / HTTP/1.1\r\nHost: a\r\nb: c\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "HTTP/1.1 200 a\rb\r\n\r\n"),
  /* 9112 3: one space each, three parts */
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET /\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / \r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET  / HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET /  HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET /a b HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1.1 \r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1.1\t\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1.10\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1.\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1,1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/:.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTP/1./\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / http/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET / HTTPS/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, "GET\t/\tHTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, HOST "GET / HTTP/1.1\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_START_LINE, 0, OK END),
  ROW(REQUEST, 0, HTTP1_VERSION, 0, "GET / HTTP/2.0\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_VERSION, 0, "GET / HTTP/1.2\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_VERSION, 0, "GET / HTTP/0.9\r\n" HOST END),
  ROW(REQUEST, 0, HTTP1_VERSION, 0, "PRI * HTTP/2.0\r\n\r\n"),
  ROW(REQUEST, 0, METHOD_MISSING, 2, " / HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, METHOD, 0, "G(T / HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, METHOD, 0, "G\0T / HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, METHOD, 0, "\303\274 / HTTP/1.1\r\n" HOST END),
  /* 9112 3.2: the target */
  ROW(REQUEST, 0, PATH, 2, "GET * HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 2, "options * HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "OPTIONS *x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET ?x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET a:80 HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET http:/a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /#f HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET http://a#f HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /\t HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /\r HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /\0 HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /\177 HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "GET /\303\274 HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, SCHEME, 0, "GET 1://a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, SCHEME, 0, "GET x/y://a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, SCHEME_MISSING, 2, "GET ://a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "GET http:///x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "GET http://?x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "GET http://a:b/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "GET http://a\\b/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY_USERINFO, 2, "GET http://u@a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY_USERINFO, 2, "GET ftp://u@a/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY_USERINFO, 2, "GET / HTTP/1.1\r\nHost: u@a\r\n\r\n"),
  ROW(REQUEST, 0, CONNECT_PORT, 2, "CONNECT a HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, CONNECT_PORT, 2, "CONNECT a: HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "CONNECT /x HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY, 0, "CONNECT http://a:80/ HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, AUTHORITY_USERINFO, 2, "CONNECT u@a:80 HTTP/1.1\r\n" HOST END),
  ROW(REQUEST, 0, PATH, 0, "CONNECT  HTTP/1.1\r\n" HOST END),
  /* 9112 3.2: host */
  ROW(REQUEST, 0, AUTHORITY_MISSING, 1, "GET / HTTP/1.1\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY_MISSING, 1, "GET http://a/ HTTP/1.1\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY_MISSING, 1, "CONNECT a:80 HTTP/1.1\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY_MISSING, 1, "GET / HTTP/1.0\r\n\r\n"),
  ROW(REQUEST, 0, HOST_TWICE, 2, GET "Host: a\r\n\r\n"),
  ROW(REQUEST, 0, HOST_TWICE, 2, GET "host: b\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY, 2, "GET / HTTP/1.1\r\nHost:\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY, 1, "GET / HTTP/1.1\r\nHost: a, b\r\n\r\n"),
  ROW(REQUEST, 0, AUTHORITY, 1, "GET / HTTP/1.1\r\nHost: a/b\r\n\r\n"),
  ROW(REQUEST, 0, HOST_DIFFERS, 2, "GET http://a/ HTTP/1.1\r\nHost: b\r\n\r\n"),
  ROW(REQUEST, 0, HOST_DIFFERS, 2, "GET http://a/ HTTP/1.1\r\nHost: a:81\r\n\r\n"),
  ROW(REQUEST, 0, HOST_DIFFERS, 2, "GET http://a/ HTTP/1.1\r\nHost:\r\n\r\n"),
  ROW(REQUEST, 0, HOST_DIFFERS, 2, "CONNECT a:443 HTTP/1.1\r\nHost: b:443\r\n\r\n"),
  ROW(REQUEST, 0, HOST_DIFFERS, 2, "CONNECT a:443 HTTP/1.1\r\nHost: a:80\r\n\r\n"),
  /* 9112 5: field lines */
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 1, "GET / HTTP/1.1\r\n Host: a\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 2, GET " folded\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 3, GET "x: y\r\n\tfolded: z\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 3, GET "x: y\r\n \r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 2, GET "x\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FIELD_LINE, 2, GET "GET /2 HTTP/1.1\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, GET "x : y\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, POST "Transfer-Encoding : chunked\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, POST "Content-Length\t: 5\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, POST "Content-Length\0: 5\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, POST "Content Length: 5\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, GET "x(: y\r\n\r\n"),
  ROW(REQUEST, 0, NAME_OCTET, 2, GET "x\303\274: y\r\n\r\n"),
  ROW(REQUEST, 0, NAME_EMPTY, 2, GET ": y\r\n\r\n"),
  ROW(REQUEST, 0, NAME_EMPTY, 2, GET ":path: /other\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_OCTET, 2, GET "x: a\0b\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_CONTROL, 2, GET "x: a\001b\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_CONTROL, 2, GET "x: \013chunked\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_CONTROL, 2, GET "x: a\177\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_CONTROL, 2, POST "Transfer-Encoding: \013chunked\r\n\r\n"),
  ROW(REQUEST, 0, VALUE_CONTROL, 2, GET "keep-alive: \001\r\n\r\n"), /* dropped, and judged all the same */
  ROW(REQUEST, 0, VALUE_CONTROL, 2, GET "x_y: \001\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CONNECTION, 2, GET "connection: a b\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CONNECTION, 3, GET "connection: x\r\nconnection: \"y\"\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CONNECTION, 2, GET "connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,p,q\r\n\r\n"), /* 16 are the most */
  /* 9112 6: where the content ends */
  ROW(REQUEST, 0, HTTP1_FRAMING, 4, POST "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FRAMING, 4, POST "Transfer-Encoding: chunked\r\nContent-Length: 0\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FRAMING, 4, POST "Transfer-Encoding: gzip\r\nContent-Length: 0\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FRAMING, 3, "POST / HTTP/1.0\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_FRAMING, 2, "HTTP/1.0 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_FRAMING, 3, OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, TO_HEAD, HTTP1_FRAMING, 3, OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_FRAMING, 2, "HTTP/1.1 204 \r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_FRAMING, 2, "HTTP/1.1 100 \r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_FRAMING, 4,
      "HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: websocket\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FRAMING, 3, "CONNECT a:80 HTTP/1.1\r\n" HOST "Content-Length: 5\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_FRAMING, 3, "CONNECT a:80 HTTP/1.1\r\n" HOST "Transfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: gzip, chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: chunked, gzip\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: chunked, chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 4, POST "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 4, POST "Transfer-Encoding: gzip\r\nTransfer-Encoding: chunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: identity\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: xchunked\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: chunked;q=1\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: \"chunked\"\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding:\r\n\r\n"),
  ROW(REQUEST, 0, HTTP1_CODING, 3, POST "Transfer-Encoding: ,chunked\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_TWICE, 3, POST "Content-Length: 5\r\nContent-Length: 5\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_TWICE, 3, POST "Content-Length: 5\r\ncontent-length: 6\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: 5, 5\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: +5\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: -1\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: 0x5\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: 5 5\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length:\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 2, POST "Content-Length: 9223372036854775808\r\n\r\n"),
  ROW(RESPONSE, 0, LENGTH_SYNTAX, 1, "HTTP/1.1 204 \r\nContent-Length: x\r\n\r\n"),
  ROW(RESPONSE, TO_CONNECT, LENGTH_TWICE, 2, OK "Content-Length: 1\r\nContent-Length: 1\r\n\r\n"),
  /* 9112 4: status lines */
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "\r\n"),
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "HTTP/1.1\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "GET / HTTP/1.1\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "HTTP/1.1 200 O\001K\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_START_LINE, 0, "HTTP/1.1 200 O\0K\r\n\r\n"),
  ROW(RESPONSE, 0, HTTP1_VERSION, 0, "HTTP/2.0 200 OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 \r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1  200 OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 20 OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 2000 OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 099 OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 20x OK\r\n\r\n"),
  ROW(RESPONSE, 0, STATUS, 0, "HTTP/1.1 200\tOK\r\n\r\n"),
  /* 9110 7.8, 8441: 101 only where it was asked for; success only if it is 101 then */
  ROW(RESPONSE, 0, STATUS_101, 3, "HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 1, "HTTP/1.1 101 \r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 2, "HTTP/1.1 101 \r\nupgrade: websocket\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 2, "HTTP/1.1 101 \r\nconnection: upgrade\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 4, "HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: a\r\nupgrade: a\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 3, "HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 3, "HTTP/1.0 101 \r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 2, OK "content-length: 5\r\n\r\n"),
  ROW(RESPONSE, UPGRADE, HTTP1_UPGRADE, 1, "HTTP/1.1 204 \r\n\r\n"),
  /* trailer sections: what is of the message or of one hop is not there */
  ROW(TRAILERS, 0, TRAILERS_FIELD, 0, "Content-Length: 5\r\n\r\n"),
  ROW(TRAILERS, 0, TRAILERS_FIELD, 1, "a: b\r\nHost: a\r\n\r\n"),
  ROW(TRAILERS, 0, TRAILERS_FIELD, 0, "Authorization: a\r\n\r\n"),
  ROW(TRAILERS, 0, CONNECTION_FIELD, 0, "Transfer-Encoding: chunked\r\n\r\n"),
  ROW(TRAILERS, 0, CONNECTION_FIELD, 0, "Connection: close\r\n\r\n"),
  ROW(TRAILERS, 0, CONNECTION_FIELD, 0, "Upgrade: x\r\n\r\n"),
  ROW(TRAILERS, 0, TE, 0, "te: trailers\r\n\r\n"),
  ROW(TRAILERS, 0, HTTP1_FIELD_LINE, 0, " a: b\r\n\r\n"),
  ROW(TRAILERS, 0, HTTP1_FIELD_LINE, 1, "a: b\r\n c\r\n\r\n"),
  ROW(TRAILERS, 0, NAME_EMPTY, 0, ":status: 200\r\n\r\n"),
  /* wherever the line stands */
  ROW(REQUEST, 0, NAME_OCTET, 10, GET T8 "a b: c\r\n\r\n"),
  ROW(REQUEST, 0, LENGTH_SYNTAX, 10, GET T8 "content-length: x\r\n\r\n"),
};
/* clang-format on */

static bool seen[RILL_WHY_COUNT];

static void refuse(const refusal *row, size_t n) {
  http1_trial t;
  http1_begin(&t, row->kind, row->flags, row->octets.p, n, LINES_MAX);
  rill_ssize result = http1_read(&t);
  rill_fault fault = t.reader.fault;
  bool whole = n == row->octets.n;
  bool incomplete = !whole && result == 0 && fault.why == RILL_WHY_NONE;
  bool refused = result == RILL_ERR_INVALID && fault.why == row->why && fault.index == row->line;
  if (!refused && !incomplete) {
    fail_msg("%.*s\nof %zu: %lld, line %zu, %s\nwanted: line %zu, %s", (int)row->octets.n, (const char *)row->octets.p, n,
             (long long)result, fault.index, rill_why_text(fault.why), row->line, rill_why_text(row->why));
  }
  if (incomplete && n != 0) assert_memory_equal(t.octets, row->octets.p, n);
  seen[fault.why] = true;
  http1_end(&t);
}

static void what_could_smuggle_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++)
    refuse(&rows[i], rows[i].octets.n);
}

/* A prefix is either incomplete or refused for the same reason. */
static void no_prefix_is_taken_for_a_head(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    for (size_t n = 0; n < rows[i].octets.n; n++)
      refuse(&rows[i], n);
  }
}

/* A line end that is none is not waited for. */
static void a_bare_lf_is_refused_at_once(void **state) {
  (void)state;
  static const char octets[] = "GET / HTTP/1.1\nHost: a\n\n";
  http1_trial t;
  http1_begin(&t, REQUEST, 0, octets, sizeof octets - 1, LINES_MAX);
  for (t.n = 0; t.n < 15; t.n++)
    assert_int_equal(http1_read(&t), 0);
  assert_int_equal(http1_read(&t), RILL_ERR_INVALID);
  http1_end(&t);
}

/* After a refusal the same reader begins anew. */
static void a_refusal_leaves_nothing_behind(void **state) {
  (void)state;
  static const char bad[] = "GET / HTTP/1.1\r\nconnection: x\r\nhost: a\r\nhost: a\r\n\r\n", good[] = GET "x: y\r\n\r\n";
  http1_trial t;
  http1_begin(&t, REQUEST, 0, bad, sizeof bad - 1, LINES_MAX);
  assert_int_equal(http1_read(&t), RILL_ERR_INVALID);
  free(t.octets);
  t.n = sizeof good - 1;
  t.octets = http1_copy(good, t.n);
  assert_int_equal(http1_read(&t), t.n);
  assert_int_equal(t.reader.head.field_count, 1);
  assert_int_equal(t.reader.fault.why, RILL_WHY_NONE);
  http1_end(&t);
}

/* Runs last: the transcripts of talk/ leave these reasons to this test. */
static void every_reason_of_http1_was_given(void **state) {
  (void)state;
  for (int why = RILL_WHY_HTTP1_LINE_END; why <= RILL_WHY_HTTP1_UPGRADE; why++) {
    if (!seen[why]) fail_msg("never given: %s", rill_why_text((rill_why)why));
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(what_could_smuggle_is_refused),   cmocka_unit_test(no_prefix_is_taken_for_a_head),
      cmocka_unit_test(a_bare_lf_is_refused_at_once),    cmocka_unit_test(a_refusal_leaves_nothing_behind),
      cmocka_unit_test(every_reason_of_http1_was_given),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
