/* SPDX-License-Identifier: MIT */
/*
 * get_upgrade: --upgrade: a connection that begins with one HTTP/1.1 request, which asks for h2c (RFC 7540 3.2). The answer has
 * to be 101; then HTTP/2 follows, where the request is stream 1.
 *
 * The request is written by rill_http1_write(), which judges it as rill judges all that is submitted; the three fields of the
 * upgrade, which no other hop may see, are put in behind it. It blocks, as connecting does.
 */
#include "get.h"

#include <rill/http1.h>

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>

enum { HEAD_SIZE = 128 * 1024, SETTINGS_SIZE = 6 * 32, ANSWER_SECONDS = 10 };

static void show(char arrow, const uint8_t *text, size_t n) {
  while (n > 0) {
    const uint8_t *end = memchr(text, '\n', n);
    size_t line = end != NULL ? (size_t)(end - text) + 1 : n;
    size_t shown = line - (end != NULL) - (line > 1 && text[line - 2] == '\r');
    if (shown > 0) fprintf(stderr, "%c %.*s\n", arrow, (int)shown, (const char *)text);
    text += line;
    n -= line;
  }
}

/* The request's head in `out`; returns its size. */
static size_t write_request(const struct transfer *t, rill_view settings, uint8_t *out) {
  rill_field fields[MAX_FIELDS];
  char encoded[SETTINGS_SIZE * 4 / 3 + 3];
  size_t n = request_fields(t, fields, "");
  rill_head head = {.kind = RILL_HEAD_REQUEST,
                    .end_stream = true,
                    .method = fields[0].value,
                    .scheme = fields[1].value,
                    .authority = fields[2].value,
                    .path = fields[3].value,
                    .fields = fields + 4,
                    .field_count = n - 4,
                    .content_length = -1};
  rill_fault fault;
  rill_ssize size = rill_http1_write(out, HEAD_SIZE - 512, &head, 0, &fault);
  if (size < 0) request_quit(fields, n, fault, (int)size);
  base64url_encode(settings, encoded);
  int more = snprintf((char *)out + size - 2, 512,
                      "connection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: %s\r\n\r\n", encoded);
  return (size_t)size - 2 + (size_t)more;
}

/* Receives up to the end of the answer's head, and perhaps more, into peer->in; returns the size of the head, 0 if it does not
 * come. */
static size_t read_answer(struct peer *peer) {
  struct timeval limit = {.tv_sec = ANSWER_SECONDS};
  (void)setsockopt(peer->fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit);
  while (peer->in_size < IN_SIZE) {
    ssize_t got = recv(peer->fd, peer->in + peer->in_size, IN_SIZE - peer->in_size, 0);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return 0;
    peer->in_size += (size_t)got;
    const uint8_t *end = memmem(peer->in, peer->in_size, "\r\n\r\n", 4);
    if (end != NULL) return (size_t)(end - peer->in) + 4;
  }
  return 0;
}

/* It will be shown, and nobody has judged it: no terminal shall obey it. */
static void defuse(uint8_t *text, size_t n) {
  for (size_t i = 0; i < n; i++) {
    bool harmless = (text[i] >= ' ' && text[i] < 0x7f) || text[i] == '\r' || text[i] == '\n';
    if (!harmless) text[i] = '?';
  }
}

static bool exchange(struct peer *peer, const uint8_t *request, size_t n) {
  static const char good[] = "HTTP/1.1 101 ";
  char what[128] = "no answer to the request for an upgrade";
  bool verbose = peer->job->options->verbose;
  if (verbose) show('>', request, n);
  bool sent = send(peer->fd, request, n, MSG_NOSIGNAL) == (ssize_t)n; /* of a socket that blocks: all, or an error */
  size_t head = sent ? read_answer(peer) : 0;
  defuse(peer->in, head);
  if (verbose) show('<', peer->in, head);
  peer->in_at = head;
  if (head >= sizeof good && memcmp(peer->in, good, sizeof good - 1) == 0) return true;
  const uint8_t *end = head > 0 ? memchr(peer->in, '\r', head) : NULL;
  if (end != NULL) snprintf(what, sizeof what, "it does not upgrade to h2c: %.*s", (int)(end - peer->in), (const char *)peer->in);
  complain(peer->job, EXIT_PROTOCOL, peer->url->authority, what);
  return false;
}

bool upgrade_peer(struct peer *peer) {
  struct job *job = peer->job;
  struct transfer *t = job_next(peer);
  uint8_t settings[SETTINGS_SIZE], *request = malloc(HEAD_SIZE);
  rill_ssize size = rill_upgrade_settings(job->context, settings, sizeof settings);
  if (request == NULL || size < 0) quit(EXIT_CONNECT, peer->url->authority, strerror(ENOMEM));
  rill_view own = {settings, (size_t)size};
  bool good = exchange(peer, request, write_request(t, own, request));
  free(request);
  if (!good) return false;
  int err = rill_upgrade(peer->conn, own, strcmp(job->options->method, "HEAD") == 0, t);
  if (err != 0) quit(EXIT_CONNECT, peer->url->authority, rill_err_text(err));
  job_began(t, 1);
  return true;
}
