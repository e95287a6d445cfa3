/* SPDX-License-Identifier: MIT */
/*
 * Heads of HTTP/1.1 that are read. Each row is read whole, from every prefix, octet by octet, with one octet and one field less
 * than it needs; what came passes the rules for what is submitted, and comes back the same when it is written and read again.
 */
#include "http1_trial.h"

#define HOST "Host: a\r\n"
#define GET "GET / HTTP/1.1\r\n" HOST
#define OK "HTTP/1.1 200 OK\r\n"
#define END "\r\n"

#define AS_GET ":method GET\n:scheme http\n:authority a\n:path /\n"
#define AS_POST ":method POST\n:scheme http\n:authority a\n:path /\n"
#define AS_OK ":status 200\n"
#define POST "POST / HTTP/1.1\r\n" HOST

#define REQUEST RILL_HEAD_REQUEST
#define RESPONSE RILL_HEAD_RESPONSE
#define TRAILERS RILL_HEAD_TRAILERS
#define UPGRADE RILL_HTTP1_UPGRADE
#define TO_HEAD RILL_HTTP1_TO_HEAD
#define TO_CONNECT RILL_HTTP1_TO_CONNECT
#define UNDERSCORES RILL_HTTP1_UNDERSCORES

/* clang-format off */
static const struct row {
  const char *octets, *words;
  rill_head_kind kind;
  unsigned flags;
} rows[] = {
  /* the request line: the four forms of 9112 3.2 */
  {GET END, AS_GET "= end", REQUEST, 0},
  {"\r\n" GET END, AS_GET "= end", REQUEST, 0},
  {"get //x/../?q=%zz&\"<>^`{|}\\ HTTP/1.1\r\n" HOST END,
   ":method get\n:scheme http\n:authority a\n:path //x/../?q=%zz&\"<>^`{|}\\\n= end", REQUEST, 0},
  {"OPTIONS * HTTP/1.1\r\n" HOST END, ":method OPTIONS\n:scheme http\n:authority a\n:path *\n= end", REQUEST, 0},
  {"OPTIONS /x HTTP/1.1\r\n" HOST END, ":method OPTIONS\n:scheme http\n:authority a\n:path /x\n= end", REQUEST, 0},
  {"GET http://a/x?y HTTP/1.1\r\n" HOST END, ":method GET\n:scheme http\n:authority a\n:path /x?y\n= end", REQUEST, 0},
  {"GET HTTPS://A.b:443/ HTTP/1.1\r\nHost: a.B\r\n\r\n", ":method GET\n:scheme https\n:authority A.b:443\n:path /\n= end", REQUEST, 0},
  {"GET http://a HTTP/1.1\r\n" HOST END, AS_GET "= end", REQUEST, 0},
  {"GET http://a?x/y HTTP/1.1\r\n" HOST END, ":method GET\n:scheme http\n:authority a\n:path /?x/y\n= end", REQUEST, 0},
  {"GET http://[::1]:8080?x HTTP/1.1\r\nHost: [::1]:8080\r\n\r\n",
   ":method GET\n:scheme http\n:authority [::1]:8080\n:path /?x\n= end", REQUEST, 0},
  {"OPTIONS http://a HTTP/1.1\r\n" HOST END, ":method OPTIONS\n:scheme http\n:authority a\n:path *\n= end", REQUEST, 0},
  {"OPTIONS http://a/ HTTP/1.1\r\n" HOST END, ":method OPTIONS\n:scheme http\n:authority a\n:path /\n= end", REQUEST, 0},
  {"OPTIONS http://a?x HTTP/1.1\r\n" HOST END, ":method OPTIONS\n:scheme http\n:authority a\n:path /?x\n= end", REQUEST, 0},
  {"GET ftp://a/x HTTP/1.1\r\n" HOST END, ":method GET\n:scheme ftp\n:authority a\n:path /x\n= end", REQUEST, 0},
  {"CONNECT a:443 HTTP/1.1\r\nHost: A:443\r\n\r\n", ":method CONNECT\n:authority a:443\n=", REQUEST, 0},
  {"CONNECT a:80 HTTP/1.1\r\n" HOST END, ":method CONNECT\n:authority a:80\n=", REQUEST, 0}, /* the example of 9110 9.3.6 */
  {"CONNECT a:80 HTTP/1.1\r\n" HOST "content-length: 0\r\n\r\n", ":method CONNECT\n:authority a:80\n=", REQUEST, 0},
  /* HTTP/1.0 */
  {"GET / HTTP/1.0\r\n" HOST END, AS_GET "= end close 1.0", REQUEST, 0},
  {"GET http://a/ HTTP/1.0\r\n\r\n", AS_GET "= end close 1.0", REQUEST, 0},
  {"CONNECT a:443 HTTP/1.0\r\n\r\n", ":method CONNECT\n:authority a:443\n= close 1.0", REQUEST, 0},
  {"POST / HTTP/1.0\r\n" HOST "connection: keep-alive\r\nExpect: 100-continue\r\ncontent-length: 3\r\n\r\n",
   AS_POST "content-length 3\n= length=3 close 1.0", REQUEST, 0},
  {"GET / HTTP/1.0\r\n" HOST "connection: upgrade\r\nUpgrade: websocket\r\n\r\n", AS_GET "= end close 1.0", REQUEST, UPGRADE},
  /* field lines */
  {GET "ACCEPT-language:\t de \t\r\nx:\r\ny: \r\nz:a:b\r\n\r\n", AS_GET "accept-language de\nx \ny \nz a:b\n= end", REQUEST, 0},
  {GET "x: \303\274\t\"\\\r\n\r\n", AS_GET "x \303\274\t\"\\\n= end", REQUEST, 0},
  {GET "cookie: a=b\r\nCookie: c=d; e\r\n\r\n", AS_GET "cookie a=b\ncookie c=d; e\n= end", REQUEST, 0},
  {GET "a_b: 1\r\nTransfer_Encoding: chunked\r\n\r\n", AS_GET "= end", REQUEST, 0},
  {GET "a_b: 1\r\nTransfer_Encoding: chunked\r\n\r\n", AS_GET "a_b 1\ntransfer_encoding chunked\n= end", REQUEST, UNDERSCORES},
  {GET "Expect: 100-continue\r\nvia: 1.1 x\r\n\r\n", AS_GET "expect 100-continue\nvia 1.1 x\n= end", REQUEST, 0},
  /* fields of one hop */
  {GET "Connection: keep-alive, X-Hop ,,\tY\r\nkeep-alive: 5\r\nx-hop: 1\r\nx-hope: 2\r\ny: 3\r\nProxy-Connection: close\r\n\r\n",
   AS_GET "x-hope 2\n= end", REQUEST, 0},
  {GET "x: 1\r\nconnection: x\r\nx: 2\r\nconnection: Y\r\ny: 3\r\n\r\n", AS_GET "= end", REQUEST, 0},
  {GET "Origin: a\r\nx-forwarded-for: b\r\nConnection: Origin, X-Xss-Protection\r\nx-xss-protection: 1\r\n\r\n",
   AS_GET "x-forwarded-for b\n= end", REQUEST, 0},
  {POST "Connection: Content-Length, host, cookie, authorization, transfer-encoding, priority, trailer, via\r\n"
   "content-length: 5\r\ncookie: a\r\nauthorization: b\r\npriority: u=1\r\ntrailer: c\r\nvia: d\r\n\r\n",
   AS_POST "content-length 5\ncookie a\nauthorization b\npriority u=1\ntrailer c\nvia d\n= length=5", REQUEST, 0},
  {POST "Connection: Transfer-Encoding\r\nTransfer-Encoding: chunked\r\n\r\n", AS_POST "= chunked", REQUEST, 0},
  {GET "Connection: a,b,c,d,e,f,g,h,i,j,k,l,m,n,o,a,b,close\r\no: 1\r\np: 2\r\n\r\n", AS_GET "p 2\n= end close", REQUEST, 0},
  {GET "connection: CLOSE\r\n\r\n", AS_GET "= end close", REQUEST, 0},
  {GET "connection: keep-alive\r\nconnection: close\r\n\r\n", AS_GET "= end close", REQUEST, 0},
  {GET "connection: closed\r\n\r\n", AS_GET "= end", REQUEST, 0},
  {GET "te: trailers\r\nconnection: te\r\nx: y\r\n\r\n", AS_GET "x y\nte trailers\n= end", REQUEST, 0},
  {GET "TE: gzip;q=0.5 , Trailers\r\nte: trailers\r\n\r\n", AS_GET "te trailers\n= end", REQUEST, 0},
  {GET "te: gzip, trailersx\r\n\r\n", AS_GET "= end", REQUEST, 0},
  {OK "te: trailers\r\ncontent-length: 0\r\n\r\n", AS_OK "content-length 0\n= end length=0", RESPONSE, 0},
  /* where the content ends */
  {POST "Content-Length: 5\r\n\r\n", AS_POST "content-length 5\n= length=5", REQUEST, 0},
  {POST "Content-Length: 0\r\n\r\n", AS_POST "content-length 0\n= end length=0", REQUEST, 0},
  {POST "Content-Length: 9223372036854775807\r\n\r\n",
   AS_POST "content-length 9223372036854775807\n= length=9223372036854775807", REQUEST, 0},
  {POST "Transfer-Encoding: \tChunked \r\ntrailer: x\r\n\r\n", AS_POST "trailer x\n= chunked", REQUEST, 0},
  {OK "Content-Length: 5\r\n\r\n", AS_OK "content-length 5\n= length=5", RESPONSE, 0},
  {OK "Transfer-Encoding: chunked\r\n\r\n", AS_OK "= chunked", RESPONSE, 0},
  {OK "Transfer-Encoding: chunked\r\nconnection: close\r\n\r\n", AS_OK "= chunked close", RESPONSE, 0},
  {OK END, AS_OK "= close", RESPONSE, 0},
  {"HTTP/1.0 200 OK\r\ncontent-length: 1\r\nconnection: keep-alive\r\n\r\n", AS_OK "content-length 1\n= length=1 close 1.0", RESPONSE, 0},
  {OK "Content-Length: 5\r\n\r\n", AS_OK "content-length 5\n= end length=5", RESPONSE, TO_HEAD},
  {OK "Transfer-Encoding: chunked\r\n\r\n", AS_OK "= end", RESPONSE, TO_HEAD},
  {OK END, AS_OK "= end", RESPONSE, TO_HEAD},
  {"HTTP/1.1 204 No Content\r\nContent-Length: 5\r\n\r\n", ":status 204\n= end", RESPONSE, 0},
  {"HTTP/1.1 304 Not Modified\r\nContent-Length: 5\r\n\r\n", ":status 304\ncontent-length 5\n= end length=5", RESPONSE, 0},
  {"HTTP/1.1 304 Not Modified\r\nTransfer-Encoding: chunked\r\n\r\n", ":status 304\n= end", RESPONSE, 0},
  {"HTTP/1.1 205 Reset Content\r\nContent-Length: 0\r\n\r\n", ":status 205\ncontent-length 0\n= end length=0", RESPONSE, 0},
  {OK "Content-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n", AS_OK "= close", RESPONSE, TO_CONNECT},
  {"HTTP/1.1 204 \r\nTransfer-Encoding: gzip\r\n\r\n", ":status 204\n= close", RESPONSE, TO_CONNECT},
  {"HTTP/1.1 403 \r\nContent-Length: 5\r\n\r\n", ":status 403\ncontent-length 5\n= length=5", RESPONSE, TO_CONNECT},
  /* status lines */
  {"HTTP/1.1 200\r\ncontent-length: 0\r\n\r\n", AS_OK "content-length 0\n= end length=0", RESPONSE, 0},
  {"HTTP/1.1 999 \t\303\274 no \r\ncontent-length: 0\r\n\r\n", ":status 999\ncontent-length 0\n= end length=0", RESPONSE, 0},
  {"HTTP/1.1 100 Continue\r\n\r\n", ":status 100\n= interim", RESPONSE, 0},
  {"HTTP/1.1 103 \r\nLink: x\r\nContent-Length: 7\r\n\r\n", ":status 103\nlink x\n= interim", RESPONSE, 0},
  {"HTTP/1.1 103 \r\nconnection: close\r\n\r\n", ":status 103\n= interim", RESPONSE, UPGRADE},
  {OK "set-cookie: a\r\nset-cookie: b\r\nhost: x\r\nhost: y\r\ncontent-length: 0\r\n\r\n",
   AS_OK "set-cookie a\nset-cookie b\nhost x\nhost y\ncontent-length 0\n= end length=0", RESPONSE, 0},
  /* upgrade (9110 7.8) and extended CONNECT (8441) */
  {GET "connection: upgrade\r\nupgrade: websocket\r\n\r\n", AS_GET "= end upgrade=websocket", REQUEST, 0},
  {GET "connection: upgrade\r\nUpgrade: WebSocket\r\nsec-websocket-version: 13\r\n\r\n",
   ":method CONNECT\n:protocol websocket\n:scheme http\n:authority a\n:path /\nsec-websocket-version 13\n= upgrade=websocket",
   REQUEST, UPGRADE},
  {"GET https://b/chat HTTP/1.1\r\nhost: b:443\r\nconnection: keep-alive, Upgrade\r\nupgrade: websocket\r\ncontent-length: 0\r\n\r\n",
   ":method CONNECT\n:protocol websocket\n:scheme https\n:authority b\n:path /chat\n= upgrade=websocket", REQUEST, UPGRADE},
  {GET "upgrade: websocket\r\n\r\n", AS_GET "= end", REQUEST, UPGRADE}, /* connection does not speak of it */
  {GET "connection: upgrade\r\n\r\n", AS_GET "= end", REQUEST, UPGRADE},
  {GET "connection: upgrade\r\nupgrade: websocket, x\r\n\r\n", AS_GET "= end upgrade=websocket, x", REQUEST, UPGRADE},
  {GET "connection: upgrade\r\nupgrade: x\r\nupgrade: websocket\r\n\r\n", AS_GET "= end", REQUEST, UPGRADE},
  {POST "connection: upgrade\r\nupgrade: websocket\r\n\r\n", AS_POST "= end upgrade=websocket", REQUEST, UPGRADE},
  {GET "connection: upgrade\r\nupgrade: websocket\r\ncontent-length: 1\r\n\r\n",
   AS_GET "content-length 1\n= length=1 upgrade=websocket", REQUEST, UPGRADE},
  {GET "connection: upgrade\r\nupgrade: websocket\r\ntransfer-encoding: chunked\r\n\r\n",
   AS_GET "= chunked upgrade=websocket", REQUEST, UPGRADE},
  {GET "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nHTTP2-Settings: AAMAAABk\r\n\r\n",
   AS_GET "= end upgrade=h2c settings=AAMAAABk", REQUEST, UPGRADE},
  {GET "connection: upgrade\r\nupgrade: H2C\r\nHTTP2-Settings: AAMAAABk\r\n\r\n", AS_GET "= end upgrade=H2C", REQUEST, UPGRADE},
  {GET "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nHTTP2-Settings: AA\r\nHTTP2-Settings: AA\r\n\r\n",
   AS_GET "= end upgrade=h2c", REQUEST, 0},
  {"HTTP/1.1 101 Switching Protocols\r\nconnection: Upgrade\r\nupgrade: WebSocket\r\ncontent-length: 3\r\nsec-websocket-accept: x\r\n\r\n",
   ":status 200\nsec-websocket-accept x\n= close upgrade=websocket", RESPONSE, UPGRADE},
  {"HTTP/1.1 403 \r\ncontent-length: 3\r\n\r\n", ":status 403\ncontent-length 3\n= length=3", RESPONSE, UPGRADE},
  {"HTTP/1.1 426 \r\nconnection: upgrade\r\nupgrade: TLS/1.3\r\ncontent-length: 0\r\n\r\n",
   ":status 426\ncontent-length 0\n= end length=0 upgrade=TLS/1.3", RESPONSE, 0},
  /* trailer sections */
  {"\r\n", "= end", TRAILERS, 0},
  {"Grpc-Status: 0\r\nx: y\r\n\r\n", "grpc-status 0\nx y\n= end", TRAILERS, 0},
  {"a_b: 1\r\nhttp2-settings: x\r\nc: 2\r\n\r\n", "c 2\n= end", TRAILERS, 0},
};
/* clang-format on */

static size_t lines_of(const char *octets) {
  size_t lines = 0;
  for (; *octets != 0; octets++)
    lines += *octets == '\n';
  return lines;
}

/* Field lines: all but the start line and the empty ones. */
static size_t field_lines_of(const struct row *row) {
  size_t lines = lines_of(row->octets) - 1;
  if (row->octets[0] == '\r' && row->kind == REQUEST) lines--;
  return row->kind == TRAILERS ? lines : lines - 1;
}

static void begin(http1_trial *t, const struct row *row, size_t n) {
  http1_begin(t, row->kind, row->flags, row->octets, n, field_lines_of(row) + 5);
}

static void fail_row(const struct row *row, const char *what, const char *got) {
  fail_msg("%s\n%s\ngot: %s\nwanted: %s", row->octets, what, got, row->words);
}

static void each_row(void (*test)(const struct row *row)) {
  for (size_t i = 0; i < COUNT(rows); i++) {
    test(&rows[i]);
  }
}

/* ---- whole, cut, and with too little room ------------------------------------------------------------------------------ */

static void read_whole(const struct row *row) {
  http1_trial t;
  http1_words words;
  size_t n = strlen(row->octets);
  begin(&t, row, n);
  if (http1_read(&t) != (rill_ssize)n) fail_row(row, "is refused", rill_why_text(t.reader.fault.why));
  http1_show(&words, &t.reader);
  if (strcmp(words.p, row->words) != 0) fail_row(row, "whole", words.p);
  assert_int_equal(t.reader.fault.why, RILL_WHY_NONE);
  http1_end(&t);
}

static void every_row_is_read(void **state) {
  (void)state;
  each_row(read_whole);
}

static void read_with_more_behind(const struct row *row) {
  static const char more[] = "GET /smuggled HTTP/1.1\r\n\r\n";
  http1_trial t;
  http1_words words;
  size_t n = strlen(row->octets);
  begin(&t, row, n);
  t.octets = realloc(t.octets, n + sizeof more);
  assert_non_null(t.octets);
  memcpy(t.octets + n, more, sizeof more);
  t.n += sizeof more;
  assert_int_equal(http1_read(&t), n);
  http1_show(&words, &t.reader);
  assert_string_equal(words.p, row->words);
  assert_memory_equal(t.octets + n, more, sizeof more);
  http1_end(&t);
}

static void what_follows_is_not_touched(void **state) {
  (void)state;
  each_row(read_with_more_behind);
}

static void read_prefixes(const struct row *row) {
  size_t n = strlen(row->octets);
  for (size_t i = 0; i < n; i++) {
    http1_trial t;
    begin(&t, row, i);
    if (http1_read(&t) != 0) fail_row(row, "a prefix is complete", rill_why_text(t.reader.fault.why));
    assert_memory_equal(t.octets, row->octets, i); /* nothing is changed before all is there */
    http1_end(&t);
  }
}

static void every_prefix_is_incomplete(void **state) {
  (void)state;
  each_row(read_prefixes);
}

static void read_octet_by_octet(const struct row *row) {
  http1_trial t;
  http1_words words;
  size_t n = strlen(row->octets);
  begin(&t, row, n);
  for (t.n = 0; t.n < n; t.n++)
    assert_int_equal(http1_read(&t), 0);
  assert_int_equal(http1_read(&t), n);
  http1_show(&words, &t.reader);
  if (strcmp(words.p, row->words) != 0) fail_row(row, "octet by octet", words.p);
  http1_end(&t);
}

static void heads_may_come_octet_by_octet(void **state) {
  (void)state;
  each_row(read_octet_by_octet);
}

/* At N, at N + 1, and as soon as it is clear that the head is longer. */
static void read_with_limits(const struct row *row) {
  http1_trial t;
  size_t n = strlen(row->octets), fields = field_lines_of(row);
  begin(&t, row, n);
  t.reader.max_octets = n;
  assert_int_equal(http1_read(&t), n);
  http1_end(&t);
  begin(&t, row, n - 1);
  t.reader.max_octets = n - 1;
  assert_int_equal(http1_read(&t), RILL_ERR_LIMIT);
  assert_int_equal(t.reader.fault.why, RILL_WHY_BLOCK_SIZE);
  http1_end(&t);
  for (size_t room = 0; room < fields + 5; room++) {
    http1_begin(&t, row->kind, row->flags, row->octets, n, room);
    assert_int_equal(http1_read(&t), RILL_ERR_LIMIT);
    assert_int_equal(t.reader.fault.why, RILL_WHY_FIELD_COUNT);
    http1_end(&t);
  }
}

static void limits_hold_at_n_and_n_plus_1(void **state) {
  (void)state;
  each_row(read_with_limits);
}

/* ---- what was read is fit to be submitted ------------------------------------------------------------------------------ */

/* By the rules for what is submitted, from the octets alone. */
static void judge(const struct row *row, const rill_http1_reader *r) {
  const rill__field_rules rules = {.submitted = true, .allow_odd_path = true, .extended_connect = (row->flags & UPGRADE) != 0};
  rill__section section;
  rill__section_kind kind = row->kind == REQUEST    ? RILL__SECTION_REQUEST
                            : row->kind == TRAILERS ? RILL__SECTION_TRAILERS_REQUEST
                                                    : RILL__SECTION_RESPONSE;
  rill__section_begin(&section, kind, &rules);
  for (size_t i = 0; i < r->field_count; i++) {
    rill_field field = {.name = r->fields[i].name, .value = r->fields[i].value};
    assert_int_equal(rill__field_check(&field, &rules), RILL_WHY_NONE);
    field.token = rill__token_of(field.name);
    assert_int_equal(r->fields[i].token, field.token);
    assert_int_equal(r->fields[i].flags, RILL_FIELD_CHECKED);
    assert_int_equal(r->fields[i].hash, 0);
    rill_why why = rill__section_field(&section, i, &field);
    if (why != RILL_WHY_NONE) fail_row(row, "a field is not fit to be submitted", rill_why_text(why));
  }
  rill_why why = rill__section_end(&section, r->fields);
  if (why != RILL_WHY_NONE) fail_row(row, "is not fit to be submitted", rill_why_text(why));
  assert_int_equal(r->head.status, section.status);
  assert_true(r->head.content_length == section.content_length);
  assert_ptr_equal(r->head.fields, r->fields + section.pseudo_count);
  assert_int_equal(r->head.field_count, r->field_count - section.pseudo_count);
  assert_true(rill__view_eq(r->head.method, rill__section_pseudo(&section, RILL__PSEUDO_METHOD, r->fields)));
  assert_true(rill__view_eq(r->head.scheme, rill__section_pseudo(&section, RILL__PSEUDO_SCHEME, r->fields)));
  assert_true(rill__view_eq(r->head.authority, rill__section_pseudo(&section, RILL__PSEUDO_AUTHORITY, r->fields)));
  assert_true(rill__view_eq(r->head.path, rill__section_pseudo(&section, RILL__PSEUDO_PATH, r->fields)));
  if (row->kind == REQUEST)
    assert_true(rill__view_eq(r->head.protocol, rill__section_pseudo(&section, RILL__PSEUDO_PROTOCOL, r->fields)));
}

static int by_octets(const void *a, const void *b) {
  const rill_field *x = a, *y = b;
  size_t n = x->name.n < y->name.n ? x->name.n : y->name.n;
  int order = n == 0 ? 0 : memcmp(x->name.p, y->name.p, n);
  if (order != 0) return order;
  if (x->name.n != y->name.n) return x->name.n < y->name.n ? -1 : 1;
  return x->value.p < y->value.p ? -1 : x->value.p > y->value.p; /* as they stood */
}

/* The fields, names in order, cookie lines joined; but content-length: 0, which is put where no content was declared. */
static void sorted_words(http1_words *w, const rill_http1_reader *r) {
  rill_field fields[LINES_MAX];
  assert_true(r->field_count <= LINES_MAX);
  memcpy(fields, r->fields, r->field_count * sizeof *fields);
  if (r->field_count != 0) qsort(fields, r->field_count, sizeof *fields, by_octets);
  w->n = 0;
  w->p[0] = 0;
  for (size_t i = 0; i < r->field_count; i++) {
    if (fields[i].token == RILL_TOKEN_CONTENT_LENGTH && rill__view_eq(fields[i].value, VIEW("0"))) continue;
    bool more = i != 0 && fields[i].token == RILL_TOKEN_COOKIE && fields[i - 1].token == RILL_TOKEN_COOKIE;
    http1_say(w, more ? "; " : "\n", more ? VIEW("") : fields[i].name);
    http1_say(w, more ? "" : " ", fields[i].value);
  }
}

static rill_ssize write_again(const rill_http1_reader *r, unsigned flags, uint8_t *dst, size_t cap) {
  if (r->chunked && r->head.kind != TRAILERS) flags |= RILL_HTTP1_CHUNKED;
  if (r->close) flags |= RILL_HTTP1_CLOSE;
  rill_fault fault;
  rill_ssize n = rill_http1_write(dst, cap, &r->head, flags, &fault);
  if (n == RILL_ERR_INVALID) fail_msg("cannot be written: %s", rill_why_text(fault.why));
  return n;
}

static void pass_round(const struct row *row) {
  static const unsigned forms[] = {0, RILL_HTTP1_ABSOLUTE};
  http1_trial first, second;
  http1_words before, after;
  uint8_t one[TEXT_MAX], two[TEXT_MAX];
  begin(&first, row, strlen(row->octets));
  assert_true(http1_read(&first) > 0);
  judge(row, &first.reader);
  for (size_t i = 0; i < COUNT(forms); i++) {
    rill_ssize n = write_again(&first.reader, row->flags | forms[i], one, sizeof one);
    assert_true(n > 0);
    assert_int_equal(write_again(&first.reader, row->flags | forms[i], two, (size_t)n - 1), RILL_ERR_LIMIT);
    http1_begin(&second, row->kind, row->flags, one, (size_t)n, LINES_MAX);
    second.reader.scheme = first.reader.head.scheme;
    if (http1_read(&second) != n) fail_row(row, "is refused when read again", rill_why_text(second.reader.fault.why));
    judge(row, &second.reader);
    sorted_words(&before, &first.reader);
    sorted_words(&after, &second.reader);
    assert_string_equal(after.p, before.p);
    assert_int_equal(second.reader.chunked, first.reader.chunked);
    assert_int_equal(second.reader.close, first.reader.close);
    assert_int_equal(second.reader.head.kind, first.reader.head.kind);
    assert_int_equal(second.reader.head.end_stream, first.reader.head.end_stream);
    int64_t length = first.reader.head.content_length;
    assert_true(second.reader.head.content_length == length || (length < 0 && second.reader.head.content_length == 0));
    rill_ssize again = write_again(&second.reader, row->flags | forms[i], two, sizeof two);
    assert_int_equal(again, n);
    assert_memory_equal(one, two, (size_t)n);
    http1_end(&second);
  }
  http1_end(&first);
}

static void what_was_read_is_fit_to_be_submitted_and_written(void **state) {
  (void)state;
  each_row(pass_round);
}

/* ---- what a row cannot say --------------------------------------------------------------------------------------------- */

static void trailers_lose_what_the_connection_of_their_head_named(void **state) {
  (void)state;
  static const char head[] = "POST / HTTP/1.1\r\nhost: a\r\nconnection: close, x-hop\r\ntransfer-encoding: chunked\r\n\r\n";
  static const char tail[] = "a: 1\r\nX-Hop: 2\r\nb: 3\r\n\r\n", next[] = "GET / HTTP/1.1\r\nhost: a\r\n\r\n";
  http1_trial t;
  http1_words words;
  http1_begin(&t, REQUEST, 0, head, sizeof head - 1, 10);
  assert_true(http1_read(&t) > 0);
  assert_true(t.reader.close && t.reader.chunked);
  free(t.octets);
  t.octets = http1_copy(tail, sizeof tail - 1);
  t.n = sizeof tail - 1;
  t.reader.kind = TRAILERS;
  assert_true(http1_read(&t) > 0);
  http1_words fields = {.n = 0};
  http1_say_fields(&fields, t.reader.fields, t.reader.field_count);
  assert_string_equal(fields.p, "a 1\nb 3\n");
  assert_true(t.reader.close); /* still: the head said so */
  free(t.octets);
  t.octets = http1_copy(next, sizeof next - 1);
  t.n = sizeof next - 1;
  t.reader.kind = REQUEST;
  assert_true(http1_read(&t) > 0);
  http1_show(&words, &t.reader);
  assert_string_equal(words.p, AS_GET "= end"); /* of the head before, nothing is left */
  free(t.octets);
  t.octets = http1_copy(tail, sizeof tail - 1);
  t.n = sizeof tail - 1;
  t.reader.kind = TRAILERS;
  assert_true(http1_read(&t) > 0);
  assert_int_equal(t.reader.field_count, 3);
  http1_end(&t);
}

static void heads_follow_each_other(void **state) {
  (void)state;
  static const char octets[] = "GET /1 HTTP/1.1\r\nhost: a\r\n\r\n\r\nGET /2 HTTP/1.1\r\nhost: b\r\n\r\nGET /3";
  http1_trial t;
  http1_begin(&t, REQUEST, 0, octets, sizeof octets - 1, 6);
  rill_ssize one = http1_read(&t);
  assert_int_equal(one, 28);
  assert_true(rill__view_eq(t.reader.head.path, VIEW("/1")));
  rill_ssize two = rill_http1_read(&t.reader, t.octets + one, t.n - (size_t)one);
  assert_int_equal(two, 30);
  assert_true(rill__view_eq(t.reader.head.path, VIEW("/2")) && rill__view_eq(t.reader.head.authority, VIEW("b")));
  assert_int_equal(rill_http1_read(&t.reader, t.octets + one + two, t.n - (size_t)(one + two)), 0);
  http1_end(&t);
}

static void a_scheme_of_another_kind_needs_no_host(void **state) {
  (void)state;
  static const char octets[] = "GET /x HTTP/1.1\r\nhost:\r\n\r\n";
  http1_trial t;
  http1_words words;
  http1_begin(&t, REQUEST, 0, octets, sizeof octets - 1, 6);
  t.reader.scheme = VIEW("coap");
  assert_true(http1_read(&t) > 0);
  http1_show(&words, &t.reader);
  assert_string_equal(words.p, ":method GET\n:scheme coap\n:path /x\n= end");
  http1_end(&t);
}

static void the_priority_field_is_read(void **state) {
  (void)state;
  static const char octets[] = GET "priority: u=5\r\nPriority: i\r\n\r\n" GET "priority: u=9\r\n\r\n";
  http1_trial t;
  http1_begin(&t, REQUEST, 0, octets, sizeof octets - 1, 8);
  rill_ssize n = http1_read(&t);
  assert_true(n > 0);
  assert_int_equal(t.reader.head.priority.urgency, 5);
  assert_true(t.reader.head.priority.incremental && t.reader.head.priority.signalled);
  assert_true(rill_http1_read(&t.reader, t.octets + n, t.n - (size_t)n) > 0);
  assert_int_equal(t.reader.head.priority.urgency, 3); /* no such urgency */
  assert_false(t.reader.head.priority.incremental);
  http1_end(&t);
}

static void nothing_at_all_is_incomplete(void **state) {
  (void)state;
  rill_field room[5];
  rill_http1_reader r = {.kind = RESPONSE, .room = room, .room_count = 5, .max_octets = 100};
  assert_int_equal(rill_http1_read(&r, NULL, 0), 0);
}

/* The work is linear: a head that comes octet by octet is not searched from its beginning each time. */
static void what_was_searched_is_remembered(void **state) {
  (void)state;
  static const char octets[] = "GET / HTTP/1.1\r\nhost: a";
  http1_trial t;
  http1_begin(&t, REQUEST, 0, octets, sizeof octets - 1, 6);
  for (t.n = 1; t.n < sizeof octets; t.n++) {
    assert_int_equal(http1_read(&t), 0);
    assert_int_equal(t.reader.seen, t.n);
  }
  t.n = 5; /* fewer than before: a caller's mistake, and harmless */
  assert_int_equal(http1_read(&t), 0);
  assert_int_equal(t.reader.seen, 5);
  http1_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(every_row_is_read),
      cmocka_unit_test(what_follows_is_not_touched),
      cmocka_unit_test(every_prefix_is_incomplete),
      cmocka_unit_test(heads_may_come_octet_by_octet),
      cmocka_unit_test(limits_hold_at_n_and_n_plus_1),
      cmocka_unit_test(what_was_read_is_fit_to_be_submitted_and_written),
      cmocka_unit_test(trailers_lose_what_the_connection_of_their_head_named),
      cmocka_unit_test(heads_follow_each_other),
      cmocka_unit_test(a_scheme_of_another_kind_needs_no_host),
      cmocka_unit_test(the_priority_field_is_read),
      cmocka_unit_test(nothing_at_all_is_incomplete),
      cmocka_unit_test(what_was_searched_is_remembered),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
