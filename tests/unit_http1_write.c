/* SPDX-License-Identifier: MIT */
/*
 * Heads that are written as HTTP/1.1, and those that must not be. Each head that is written fits into exactly its octets and not
 * into one less, and is taken by the reader; a refusal touches nothing.
 */
#include "http1_trial.h"

#define GET ":method GET\n:scheme https\n:authority a\n:path /\n"
#define POST ":method POST\n:scheme https\n:authority a\n:path /\n"
#define OPTIONS(path) ":method OPTIONS\n:scheme http\n:authority a\n:path " path "\n"
#define CONNECT ":method CONNECT\n:authority a:443\n"
#define SOCKET ":method CONNECT\n:protocol websocket\n:scheme https\n:authority a\n:path /chat\n"
#define OK ":status 200\n"
#define AS_GET "GET / HTTP/1.1\r\nhost: a\r\n"
#define AS_POST "POST / HTTP/1.1\r\nhost: a\r\n"
#define AS_OK "HTTP/1.1 200 \r\n"

#define REQUEST RILL_HEAD_REQUEST
#define RESPONSE RILL_HEAD_RESPONSE
#define INTERIM RILL_HEAD_INFORMATIONAL
#define TRAILERS RILL_HEAD_TRAILERS
#define UPGRADE RILL_HTTP1_UPGRADE
#define TO_HEAD RILL_HTTP1_TO_HEAD
#define TO_CONNECT RILL_HTTP1_TO_CONNECT
#define UNDERSCORES RILL_HTTP1_UNDERSCORES
#define CHUNKED RILL_HTTP1_CHUNKED
#define CLOSE RILL_HTTP1_CLOSE
#define ABSOLUTE RILL_HTTP1_ABSOLUTE

enum { GOES_ON, ENDS };

/* clang-format off */
static const struct row {
  rill_head_kind kind;
  int end;
  unsigned flags;
  const char *lines, *octets;
} rows[] = {
  /* the request line and host */
  {REQUEST, ENDS, 0, GET, AS_GET "\r\n"},
  {REQUEST, ENDS, 0, GET "host A:443\nx y\n", AS_GET "x: y\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:path /x?y\nx y\nhost b:81\n", "GET /x?y HTTP/1.1\r\nhost: b:81\r\nx: y\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method M-SEARCH\n:scheme http\n:authority [::1]:80\n:path //x\"<>\n",
   "M-SEARCH //x\"<> HTTP/1.1\r\nhost: [::1]:80\r\n\r\n"},
  {REQUEST, ENDS, 0, OPTIONS("*"), "OPTIONS * HTTP/1.1\r\nhost: a\r\n\r\n"},
  {REQUEST, ENDS, 0, OPTIONS("/x"), "OPTIONS /x HTTP/1.1\r\nhost: a\r\n\r\n"},
  {REQUEST, ENDS, ABSOLUTE, OPTIONS("*"), "OPTIONS http://a HTTP/1.1\r\nhost: a\r\n\r\n"},
  {REQUEST, ENDS, ABSOLUTE, GET "host a\n", "GET https://a/ HTTP/1.1\r\nhost: a\r\n\r\n"},
  {REQUEST, ENDS, ABSOLUTE, ":method GET\n:scheme http\n:path /\nhost a\n", "GET http://a/ HTTP/1.1\r\nhost: a\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method GET\n:scheme coap\n:path /x\n", "GET /x HTTP/1.1\r\nhost: \r\n\r\n"},
  {REQUEST, GOES_ON, 0, CONNECT "x y\n", "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\nx: y\r\n\r\n"},
  {REQUEST, GOES_ON, ABSOLUTE, CONNECT "content-length 5\n", "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n"},
  /* fields */
  {REQUEST, ENDS, 0, GET "x \ny a:b, \"c\"\nx \303\274\n", AS_GET "x: \r\ny: a:b, \"c\"\r\nx: \303\274\r\n\r\n"},
  {REQUEST, ENDS, 0, GET "a_b 1\n_ 2\nhttp2-settings AA\nc 3\n", AS_GET "c: 3\r\n\r\n"},
  {REQUEST, ENDS, UNDERSCORES, GET "a_b 1\n_ 2\nhttp2-settings AA\nc 3\n", AS_GET "a_b: 1\r\n_: 2\r\nc: 3\r\n\r\n"},
  {REQUEST, ENDS, 0, GET "te trailers\nx y\n", AS_GET "x: y\r\nconnection: te\r\nte: trailers\r\n\r\n"},
  {REQUEST, ENDS, CLOSE, GET "te Trailers\n", AS_GET "connection: te, close\r\nte: trailers\r\n\r\n"},
  {REQUEST, ENDS, CLOSE, GET, AS_GET "connection: close\r\n\r\n"},
  {REQUEST, ENDS, 0, GET "cookie a=b\nx y\ncookie \ncookie c=d\ncookie e\n", AS_GET "cookie: a=b; c=d; e\r\nx: y\r\n\r\n"},
  {REQUEST, ENDS, 0, GET "cookie \n", AS_GET "cookie: \r\n\r\n"},
  {REQUEST, ENDS, 0, GET "expect 100-continue\ntrailer x\npriority u=1\n",
   AS_GET "expect: 100-continue\r\ntrailer: x\r\npriority: u=1\r\n\r\n"},
  /* where the content of a request ends */
  {REQUEST, GOES_ON, 0, POST "content-length 5\nx y\n", AS_POST "x: y\r\ncontent-length: 5\r\n\r\n"},
  {REQUEST, GOES_ON, 0, GET "content-length 005\n", AS_GET "content-length: 5\r\n\r\n"},
  {REQUEST, GOES_ON, 0, POST "content-length 9223372036854775807\n", AS_POST "content-length: 9223372036854775807\r\n\r\n"},
  {REQUEST, GOES_ON, 0, POST "content-length 0\n", AS_POST "content-length: 0\r\n\r\n"},
  {REQUEST, ENDS, 0, POST "content-length 0\n", AS_POST "content-length: 0\r\n\r\n"},
  {REQUEST, ENDS, 0, GET "content-length 0\n", AS_GET "content-length: 0\r\n\r\n"},
  {REQUEST, GOES_ON, CHUNKED, POST, AS_POST "transfer-encoding: chunked\r\n\r\n"},
  {REQUEST, GOES_ON, CHUNKED, POST "content-length 5\n", AS_POST "transfer-encoding: chunked\r\n\r\n"},
  {REQUEST, GOES_ON, CHUNKED | CLOSE, GET "te trailers\n",
   AS_GET "transfer-encoding: chunked\r\nconnection: te, close\r\nte: trailers\r\n\r\n"},
  {REQUEST, ENDS, CHUNKED, POST, AS_POST "transfer-encoding: chunked\r\n\r\n"},
  {REQUEST, ENDS, 0, POST, AS_POST "content-length: 0\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method PUT\n:scheme http\n:authority a\n:path /\n", "PUT / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method PATCH\n:scheme http\n:authority a\n:path /\n", "PATCH / HTTP/1.1\r\nhost: a\r\ncontent-length: 0\r\n\r\n"},
  {REQUEST, ENDS, 0, ":method DELETE\n:scheme http\n:authority a\n:path /\n", "DELETE / HTTP/1.1\r\nhost: a\r\n\r\n"},
  /* responses */
  {RESPONSE, GOES_ON, 0, OK "content-length 5\nset-cookie a\nset-cookie b\n",
   AS_OK "set-cookie: a\r\nset-cookie: b\r\ncontent-length: 5\r\n\r\n"},
  {RESPONSE, GOES_ON, CHUNKED, OK, AS_OK "transfer-encoding: chunked\r\n\r\n"},
  {RESPONSE, GOES_ON, CHUNKED, OK "content-length 5\n", AS_OK "transfer-encoding: chunked\r\n\r\n"},
  {RESPONSE, GOES_ON, CHUNKED | CLOSE, OK, AS_OK "transfer-encoding: chunked\r\nconnection: close\r\n\r\n"},
  {RESPONSE, GOES_ON, CLOSE, OK, AS_OK "connection: close\r\n\r\n"},
  {RESPONSE, ENDS, 0, OK, AS_OK "content-length: 0\r\n\r\n"},
  {RESPONSE, ENDS, CLOSE, OK, AS_OK "content-length: 0\r\nconnection: close\r\n\r\n"},
  {RESPONSE, ENDS, 0, ":status 205\n", "HTTP/1.1 205 \r\ncontent-length: 0\r\n\r\n"},
  {RESPONSE, ENDS, 0, ":status 999\nhost a\nhost b\ncookie a\ncookie b\n",
   "HTTP/1.1 999 \r\nhost: a\r\nhost: b\r\ncookie: a\r\ncookie: b\r\ncontent-length: 0\r\n\r\n"},
  {RESPONSE, ENDS, TO_HEAD, OK "content-length 5\n", AS_OK "content-length: 5\r\n\r\n"},
  {RESPONSE, ENDS, TO_HEAD, OK, AS_OK "\r\n"},
  {RESPONSE, GOES_ON, TO_HEAD, OK, AS_OK "\r\n"}, /* END_STREAM may still come alone */
  {RESPONSE, ENDS, 0, ":status 204\n", "HTTP/1.1 204 \r\n\r\n"},
  {RESPONSE, GOES_ON, 0, ":status 204\n", "HTTP/1.1 204 \r\n\r\n"},
  {RESPONSE, ENDS, 0, ":status 304\ncontent-length 5\n", "HTTP/1.1 304 \r\ncontent-length: 5\r\n\r\n"},
  {RESPONSE, ENDS, 0, ":status 304\n", "HTTP/1.1 304 \r\n\r\n"},
  {RESPONSE, GOES_ON, TO_CONNECT, OK "x y\n", AS_OK "x: y\r\n\r\n"},
  {RESPONSE, GOES_ON, TO_CONNECT, ":status 204\n", "HTTP/1.1 204 \r\n\r\n"},
  {RESPONSE, GOES_ON, TO_CONNECT, ":status 403\ncontent-length 3\n", "HTTP/1.1 403 \r\ncontent-length: 3\r\n\r\n"},
  {RESPONSE, ENDS, TO_CONNECT, ":status 403\n", "HTTP/1.1 403 \r\ncontent-length: 0\r\n\r\n"},
  {INTERIM, GOES_ON, 0, ":status 100\n", "HTTP/1.1 100 \r\n\r\n"},
  {INTERIM, GOES_ON, CHUNKED | CLOSE | TO_HEAD | TO_CONNECT, ":status 103\nlink x\n", "HTTP/1.1 103 \r\nlink: x\r\n\r\n"},
  {INTERIM, GOES_ON, UPGRADE, ":status 103\n", "HTTP/1.1 103 \r\n\r\n"},
  /* extended CONNECT (8441) as upgrade (9110 7.8), and back */
  {REQUEST, GOES_ON, UPGRADE, SOCKET "origin x\n",
   "GET /chat HTTP/1.1\r\nhost: a\r\norigin: x\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"},
  {REQUEST, GOES_ON, UPGRADE | ABSOLUTE | CLOSE, SOCKET "te trailers\ncontent-length 5\n",
   "GET https://a/chat HTTP/1.1\r\nhost: a\r\nconnection: te, upgrade, close\r\nte: trailers\r\nupgrade: websocket\r\n\r\n"},
  {REQUEST, GOES_ON, UPGRADE, CONNECT, "CONNECT a:443 HTTP/1.1\r\nhost: a:443\r\n\r\n"},
  {REQUEST, ENDS, UPGRADE, GET, AS_GET "\r\n"},
  {RESPONSE, GOES_ON, UPGRADE, OK ":protocol websocket\nx y\n",
   "HTTP/1.1 101 \r\nx: y\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"},
  {RESPONSE, GOES_ON, UPGRADE | CLOSE, ":status 204\n:protocol websocket\n",
   "HTTP/1.1 101 \r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n"},
  {RESPONSE, GOES_ON, UPGRADE, ":status 403\n:protocol websocket\ncontent-length 3\n",
   "HTTP/1.1 403 \r\ncontent-length: 3\r\n\r\n"},
  /* trailer sections */
  {TRAILERS, ENDS, 0, "", "\r\n"},
  {TRAILERS, ENDS, CHUNKED | CLOSE, "grpc-status 0\na_b 1\nhttp2-settings x\n", "grpc-status: 0\r\n\r\n"},
};

static const struct refusal {
  rill_head_kind kind;
  int end;
  unsigned flags;
  const char *lines;
  rill_why why;
  size_t index;
} refusals[] = {
  /* what would be another line, another part of the line, or another message */
  {REQUEST, ENDS, 0, GET "x a\rb\n", RILL_WHY_VALUE_OCTET, 0},
  {REQUEST, ENDS, 0, GET "a b\nx a\r\n", RILL_WHY_VALUE_OCTET, 1},
  {REQUEST, ENDS, 0, GET "x a\001\n", RILL_WHY_VALUE_CONTROL, 0},
  {REQUEST, ENDS, 0, GET "x  a\n", RILL_WHY_VALUE_SPACE, 0},
  {REQUEST, ENDS, 0, GET "x:y z\n", RILL_WHY_NAME_OCTET, 0},
  {REQUEST, ENDS, 0, GET "x\ry z\n", RILL_WHY_NAME_OCTET, 0},
  {REQUEST, ENDS, 0, GET "x\ty z\n", RILL_WHY_NAME_OCTET, 0},
  {REQUEST, ENDS, 0, GET "X y\n", RILL_WHY_NAME_UPPERCASE, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme coap\n:authority a\n:path *\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, 0, GET " y\n", RILL_WHY_NAME_EMPTY, 0},
  {REQUEST, ENDS, 0, ":method GET / HTTP/1.1\r\n:scheme http\n:authority a\n:path /\n", RILL_WHY_METHOD, 0},
  {REQUEST, ENDS, 0, ":method GET\r\n:scheme http\n:authority a\n:path /\nx y\n", RILL_WHY_METHOD, 1},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n:path /a b\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n:path /\r\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n:path /\t\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n:path /#\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\r\n:path /\n", RILL_WHY_AUTHORITY, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a b\n:path /\n", RILL_WHY_AUTHORITY, 0},
  {REQUEST, ENDS, ABSOLUTE, ":method GET\n:scheme http:\n:authority a\n:path /\n", RILL_WHY_SCHEME, 0},
  {REQUEST, ENDS, 0, GET ":path /other\n", RILL_WHY_PSEUDO_LATE, 0},
  {REQUEST, GOES_ON, 0, CONNECT "a b\n:x y\n", RILL_WHY_PSEUDO_LATE, 1},
  {RESPONSE, ENDS, 0, OK ":status 201\n", RILL_WHY_PSEUDO_LATE, 0},
  {TRAILERS, ENDS, 0, "a b\n:x y\n", RILL_WHY_PSEUDO_IN_TRAILERS, 1},
  /* fields of one hop, and what only one of may stand there */
  {REQUEST, ENDS, 0, GET "connection x\n", RILL_WHY_CONNECTION_FIELD, 0},
  {REQUEST, ENDS, 0, GET "a b\nkeep-alive 5\n", RILL_WHY_CONNECTION_FIELD, 1},
  {REQUEST, ENDS, 0, GET "proxy-connection x\n", RILL_WHY_CONNECTION_FIELD, 0},
  {REQUEST, ENDS, UPGRADE, GET "upgrade x\n", RILL_WHY_CONNECTION_FIELD, 0},
  {REQUEST, GOES_ON, CHUNKED, POST "transfer-encoding chunked\n", RILL_WHY_CONNECTION_FIELD, 0},
  {RESPONSE, ENDS, 0, OK "transfer-encoding chunked\n", RILL_WHY_CONNECTION_FIELD, 0},
  {REQUEST, ENDS, 0, GET "te gzip\n", RILL_WHY_TE, 0},
  {REQUEST, ENDS, 0, GET "te trailers\nte trailers\n", RILL_WHY_TE_TWICE, 1},
  {REQUEST, ENDS, 0, GET "host a\nhost a\n", RILL_WHY_HOST_TWICE, 1},
  {REQUEST, ENDS, 0, GET "host b\n", RILL_WHY_HOST_DIFFERS, 1},
  {REQUEST, GOES_ON, 0, POST "content-length 5\ncontent-length 5\n", RILL_WHY_LENGTH_TWICE, 1},
  {REQUEST, GOES_ON, CHUNKED, POST "content-length x\n", RILL_WHY_LENGTH_SYNTAX, 0},
  {TRAILERS, ENDS, 0, "content-length 5\n", RILL_WHY_TRAILERS_FIELD, 0},
  {TRAILERS, ENDS, 0, "a b\ntransfer-encoding chunked\n", RILL_WHY_CONNECTION_FIELD, 1},
  /* what a request line cannot say */
  {REQUEST, ENDS, 0, "", RILL_WHY_METHOD_MISSING, 0},
  {REQUEST, ENDS, 0, ":method GET\n:authority a\n:path /\nx y\n", RILL_WHY_SCHEME_MISSING, 1},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n", RILL_WHY_PATH_MISSING, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:path /\n", RILL_WHY_AUTHORITY_MISSING, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority u@a\n:path /\n", RILL_WHY_AUTHORITY_USERINFO, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme ftp\n:authority u@a\n:path /\n", RILL_WHY_AUTHORITY_USERINFO, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme ftp\n:path /\nhost a/b\n", RILL_WHY_AUTHORITY, 1},
  {REQUEST, ENDS, 0, ":method GET\n:scheme urn\n:authority a\n:path x:y\n", RILL_WHY_PATH, 0},
  {REQUEST, ENDS, ABSOLUTE, ":method GET\n:scheme urn\n:path /x\n", RILL_WHY_AUTHORITY_MISSING, 0},
  {REQUEST, ENDS, 0, ":method GET\n:scheme http\n:authority a\n:path *\n", RILL_WHY_PATH, 0},
  {REQUEST, GOES_ON, 0, ":method CONNECT\n:authority a\n", RILL_WHY_CONNECT_PORT, 0},
  {REQUEST, GOES_ON, 0, ":method CONNECT\n:authority a:443\n:path /\n", RILL_WHY_CONNECT_PSEUDO, 0},
  {REQUEST, GOES_ON, 0, SOCKET, RILL_WHY_CONNECT_PROTOCOL, 0},
  {REQUEST, GOES_ON, UPGRADE, ":method CONNECT\n:protocol a b\n:scheme http\n:authority a\n:path /\n", RILL_WHY_CONNECT_PROTOCOL, 0},
  {REQUEST, GOES_ON, UPGRADE, ":method CONNECT\n:protocol H2C\n:scheme http\n:authority a\n:path /\n", RILL_WHY_CONNECT_PROTOCOL, 0},
  {REQUEST, GOES_ON, UPGRADE, ":method CONNECT\n:protocol h2\n:scheme http\n:authority a\n:path /\n", RILL_WHY_CONNECT_PROTOCOL, 0},
  {REQUEST, GOES_ON, UPGRADE, GET ":protocol websocket\n", RILL_WHY_CONNECT_PROTOCOL, 0},
  /* statuses */
  {RESPONSE, ENDS, 0, "", RILL_WHY_STATUS, 0},
  {RESPONSE, ENDS, 0, ":status 99\n", RILL_WHY_STATUS, 0},
  {RESPONSE, ENDS, 0, ":status 1000\nx y\n", RILL_WHY_STATUS, 1},
  {INTERIM, GOES_ON, 0, ":status 101\n", RILL_WHY_STATUS_101, 0},
  {INTERIM, GOES_ON, UPGRADE, ":status 101\n:protocol websocket\n", RILL_WHY_STATUS_101, 0},
  {RESPONSE, ENDS, 0, ":status 103\n", RILL_WHY_STATUS, 0},
  {INTERIM, GOES_ON, 0, OK, RILL_WHY_STATUS, 0},
  {INTERIM, ENDS, 0, ":status 103\n", RILL_WHY_INTERIM_END, 0},
  {RILL_HEAD_PUSH, ENDS, 0, GET, RILL_WHY_STATUS, 0},
  {RESPONSE, GOES_ON, UPGRADE, OK, RILL_WHY_CONNECT_PROTOCOL, 0},
  {RESPONSE, GOES_ON, UPGRADE, OK ":protocol h2c\n", RILL_WHY_CONNECT_PROTOCOL, 0},
  {RESPONSE, GOES_ON, UPGRADE, OK ":protocol a,b\nx y\n", RILL_WHY_CONNECT_PROTOCOL, 1},
  /* where the content ends */
  {REQUEST, GOES_ON, 0, POST, RILL_WHY_HTTP1_FRAMING, 0},
  {REQUEST, GOES_ON, CLOSE, POST "x y\n", RILL_WHY_HTTP1_FRAMING, 1},
  {RESPONSE, GOES_ON, 0, OK, RILL_WHY_HTTP1_FRAMING, 0},
  {REQUEST, GOES_ON, CHUNKED, CONNECT, RILL_WHY_HTTP1_FRAMING, 0},
  {REQUEST, GOES_ON, CHUNKED | UPGRADE, SOCKET, RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, GOES_ON, CHUNKED | UPGRADE, OK ":protocol websocket\n", RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, GOES_ON, CHUNKED | TO_CONNECT, OK, RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, ENDS, CHUNKED | TO_HEAD, OK, RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, ENDS, CHUNKED, ":status 204\n", RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, ENDS, CHUNKED, ":status 304\n", RILL_WHY_HTTP1_FRAMING, 0},
  {RESPONSE, ENDS, 0, ":status 204\ncontent-length 0\n", RILL_WHY_LENGTH_FORBIDDEN, 1},
  {INTERIM, GOES_ON, 0, ":status 100\ncontent-length 0\n", RILL_WHY_LENGTH_FORBIDDEN, 1},
  {RESPONSE, GOES_ON, TO_CONNECT, OK "content-length 5\n", RILL_WHY_LENGTH_FORBIDDEN, 1},
  {RESPONSE, GOES_ON, UPGRADE, OK ":protocol websocket\ncontent-length 5\n", RILL_WHY_LENGTH_FORBIDDEN, 1},
  {REQUEST, ENDS, 0, POST "content-length 5\n", RILL_WHY_LENGTH_SHORT, 1},
  {RESPONSE, ENDS, 0, OK "content-length 5\n", RILL_WHY_LENGTH_SHORT, 1},
};
/* clang-format on */

static void check_written(const struct row *row, const rill_head *head) {
  size_t n = strlen(row->octets);
  rill_fault fault = {RILL_WHY_APPLICATION, 7};
  uint8_t *dst = http1_alloc(n);
  rill_ssize got = rill_http1_write(dst, n, head, row->flags, &fault);
  if (got != (rill_ssize)n || memcmp(dst, row->octets, n) != 0) {
    fail_msg("%s\ngot %lld: %.*s\n(%s at %zu)\nwanted: %s", row->lines, (long long)got, (int)(got > 0 ? got : 0),
             (const char *)dst, rill_why_text(fault.why), fault.index, row->octets);
  }
  assert_int_equal(fault.why, RILL_WHY_NONE);
  assert_int_equal(rill_http1_write(dst, n, head, row->flags, NULL), n);
  free(dst);
}

static void every_head_is_written(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    http1_lines l;
    http1_lines_begin(&l, rows[i].kind, rows[i].end, rows[i].lines);
    check_written(&rows[i], &l.head);
    http1_lines_end(&l);
  }
}

static void too_little_room_is_a_limit(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    http1_lines l;
    http1_lines_begin(&l, rows[i].kind, rows[i].end, rows[i].lines);
    for (size_t cap = 0; cap < strlen(rows[i].octets); cap++) {
      rill_fault fault = {RILL_WHY_APPLICATION, 7};
      uint8_t *dst = http1_alloc(cap);
      assert_int_equal(rill_http1_write(dst, cap, &l.head, rows[i].flags, &fault), RILL_ERR_LIMIT);
      assert_int_equal(fault.why, RILL_WHY_NONE);
      free(dst);
    }
    assert_int_equal(rill_http1_write(NULL, 0, &l.head, rows[i].flags, NULL), RILL_ERR_LIMIT);
    http1_lines_end(&l);
  }
}

static void what_is_written_can_be_read(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(rows); i++) {
    size_t n = strlen(rows[i].octets);
    http1_trial t;
    http1_begin(&t, rows[i].kind == INTERIM ? RESPONSE : rows[i].kind, rows[i].flags, rows[i].octets, n, LINES_MAX);
    if (strstr(rows[i].lines, "coap") != NULL) t.reader.scheme = VIEW("coap");
    if (http1_read(&t) != (rill_ssize)n) fail_msg("%s\n%s", rows[i].octets, rill_why_text(t.reader.fault.why));
    assert_int_equal(t.reader.head.kind, rows[i].kind);
    http1_end(&t);
  }
}

static void what_could_smuggle_is_refused(void **state) {
  (void)state;
  for (size_t i = 0; i < COUNT(refusals); i++) {
    const struct refusal *row = &refusals[i];
    uint8_t dst[400], before[sizeof dst];
    rill_fault fault;
    http1_lines l;
    http1_lines_begin(&l, row->kind, row->end, row->lines);
    memset(dst, 0xee, sizeof dst);
    memset(before, 0xee, sizeof before);
    rill_ssize got = rill_http1_write(dst, sizeof dst, &l.head, row->flags, &fault);
    if (got != RILL_ERR_INVALID || fault.why != row->why || fault.index != row->index) {
      fail_msg("%s\ngot: %lld, %zu, %s\nwanted: %zu, %s", row->lines, (long long)got, fault.index, rill_why_text(fault.why),
               row->index, rill_why_text(row->why));
    }
    assert_memory_equal(dst, before, sizeof dst);
    assert_int_equal(rill_http1_write(dst, sizeof dst, &l.head, row->flags, NULL), RILL_ERR_INVALID);
    http1_lines_end(&l);
  }
}

/* Octets that lines cannot hold. */
static void lf_and_nul_are_refused_everywhere(void **state) {
  (void)state;
  static const char *const bad[] = {"/a\nb", "/a\0b"};
  for (size_t i = 0; i < COUNT(bad); i++) {
    rill_view odd = {(const uint8_t *)bad[i], 4};
    rill_field field = {.name = VIEW("x"), .value = odd}, named = {.name = odd, .value = VIEW("x")};
    rill_head good = {.kind = REQUEST,
                      .end_stream = true,
                      .method = VIEW("GET"),
                      .scheme = VIEW("http"),
                      .authority = VIEW("a"),
                      .path = VIEW("/"),
                      .field_count = 1};
    uint8_t dst[200];
    for (unsigned part = 0; part < 6; part++) {
      rill_head head = good;
      rill_field plain = RILL_FIELD("x", "y");
      head.fields = part == 0 ? &field : part == 1 ? &named : &plain;
      if (part == 2) head.method = odd;
      if (part == 3) head.scheme = odd;
      if (part == 4) head.authority = odd;
      if (part == 5) head.path = odd;
      assert_int_equal(rill_http1_write(dst, sizeof dst, &head, 0, NULL), RILL_ERR_INVALID);
    }
    good.fields = &(rill_field)RILL_FIELD("x", "y");
    assert_true(rill_http1_write(dst, sizeof dst, &good, 0, NULL) > 0);
  }
}

/* An application that says "checked", or names another token, does not get past the rules. */
static void claims_are_not_believed(void **state) {
  (void)state;
  rill_field fields[] = {RILL_FIELD("x", "a\r\nb: c"), RILL_FIELD("connection", "x"), RILL_FIELD("x: y\r\nz", "a"),
                         RILL_FIELD("content-length", "5")};
  uint8_t dst[200];
  for (size_t i = 0; i < COUNT(fields); i++) {
    fields[i].flags = RILL_FIELD_CHECKED;
    fields[i].token = RILL_TOKEN_ACCEPT;
    rill_head head = {.kind = TRAILERS, .end_stream = true, .fields = &fields[i], .field_count = 1};
    assert_int_equal(rill_http1_write(dst, sizeof dst, &head, 0, NULL), RILL_ERR_INVALID);
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_head_is_written),
      cmocka_unit_test(too_little_room_is_a_limit),
      cmocka_unit_test(what_is_written_can_be_read),
      cmocka_unit_test(what_could_smuggle_is_refused),
      cmocka_unit_test(lf_and_nul_are_refused_everywhere),
      cmocka_unit_test(claims_are_not_believed),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
