/* SPDX-License-Identifier: MIT */
/*
 * serve_start: what a connection begins with, if --upgrade welcomes HTTP/1.1.
 *
 * Until enough octets are there to tell, nothing is sent, not even our SETTINGS. HTTP/2's preface begins HTTP/2 as without
 * --upgrade. Anything else must be one HTTP/1.1 request without content that asks for h2c (RFC 7540 3.2): it gets 101, and then
 * its response as stream 1 of HTTP/2. Who does not ask for h2c is told so by 426 and let go; HTTP/1.1 itself is not spoken here.
 */
#include "serve.h"

#include <rill/http1.h>

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/socket.h>

enum { HEAD_SIZE = 16 * 1024, HEAD_FIELDS = 100, SETTINGS_SIZE = 6 * 32 };

struct start {
  size_t n;
  uint8_t octets[HEAD_SIZE];
  rill_http1_reader reader;
  rill_field room[HEAD_FIELDS];
};

static const char preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n";

struct start *start_new(void) {
  struct start *s = calloc(1, sizeof *s);
  if (s == NULL) return NULL;
  s->reader = (rill_http1_reader){.kind = RILL_HEAD_REQUEST,
                                  .scheme = {(const uint8_t *)"http", 4},
                                  .room = s->room,
                                  .room_count = HEAD_FIELDS,
                                  .max_octets = HEAD_SIZE};
  return s;
}

/* Whole, since nothing was sent before: a socket that has no room for this is broken. */
static bool say(const struct connection *c, const char *text) {
  size_t n = strlen(text);
  return send(c->fd, text, n, MSG_NOSIGNAL) == (ssize_t)n;
}

static bool refuse(struct connection *c, const char *status) {
  char text[160];
  snprintf(text, sizeof text, "HTTP/1.1 %s\r\nconnection: upgrade, close\r\nupgrade: h2c\r\ncontent-length: 0\r\n\r\n", status);
  if (!say(c, text)) return false;
  connection_linger(c);
  return true;
}

static const char *status_of(const rill_http1_reader *reader, rill_ssize err) {
  if (err == RILL_ERR_LIMIT) return "431 Request Header Fields Too Large";
  if (reader->fault.why == RILL_WHY_HTTP1_VERSION) return "505 HTTP Version Not Supported";
  if (reader->fault.why == RILL_WHY_HTTP1_CODING) return "501 Not Implemented";
  return "400 Bad Request";
}

/* 101; the request is stream 1. */
static bool upgrade(struct connection *c, const rill_http1_reader *reader) {
  uint8_t settings[SETTINGS_SIZE];
  rill_view decoded = {settings, 0};
  bool asked = reader->upgrade.n == 3 && strncasecmp((const char *)reader->upgrade.p, "h2c", 3) == 0;
  if (!asked || reader->http2_settings.p == NULL || !reader->head.end_stream) return refuse(c, "426 Upgrade Required");
  if (!base64url_decode(reader->http2_settings, settings, sizeof settings, &decoded.n)) return refuse(c, "400 Bad Request");
  if (rill_upgrade(c->rill, decoded, view_is(reader->head.method, "HEAD"), NULL) != 0) return refuse(c, "400 Bad Request");
  if (!say(c, "HTTP/1.1 101 Switching Protocols\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n")) return false;
  c->waiting = rill_head_copy(c->loop->site->context, &reader->head);
  return c->waiting != NULL;
}

int start_settings(struct connection *c) {
  rill_head *head = c->waiting;
  if (head == NULL) return 0;
  c->waiting = NULL;
  int code = answer_request(c, 1, head);
  if (code != 0) (void)rill_reset(c->rill, 1, (uint32_t)code);
  rill_head_free(c->loop->site->context, head);
  return 0;
}

/* HTTP/2 begins; what came behind the head belongs to it. */
static bool begin(struct connection *c, size_t taken) {
  struct start *s = c->start;
  c->start = NULL;
  bool alive = connection_feed(c, s->octets + taken, s->n - taken);
  free(s);
  return alive;
}

bool start_turn(struct connection *c) {
  struct start *s = c->start;
  ssize_t got = recv(c->fd, s->octets + s->n, sizeof s->octets - s->n, 0);
  if (got < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
  if (got == 0) return false;
  s->n += (size_t)got;
  size_t known = s->n < sizeof preface - 1 ? s->n : sizeof preface - 1;
  if (memcmp(s->octets, preface, known) == 0) return known < sizeof preface - 1 || begin(c, 0);
  rill_ssize taken = rill_http1_read(&s->reader, s->octets, s->n);
  if (taken == 0) return true;
  if (taken < 0) return refuse(c, status_of(&s->reader, taken));
  return upgrade(c, &s->reader) && (c->rill == NULL || begin(c, (size_t)taken));
}
