/* SPDX-License-Identifier: MIT */
/*
 * serve_trace: --trace and --json: each frame as it comes or goes, each request with its urgency, on stderr.
 *
 * In words a line begins with "#" and the connection's descriptor, then "<" for what came and ">" for what went. In JSON a line
 * is one object with the member "connection" in front.
 */
#include "serve.h"

#include <stdio.h>

enum { LINE_SIZE = 4096 };

static const struct options *options_of(const struct connection *c) { return c->loop->site->options; }

static void frame(const struct connection *c, const rill_frame *frame, bool sent) {
  char prefix[32];
  if (options_of(c)->json) {
    trace_json(c->fd, frame, sent, c->loop->now);
    return;
  }
  snprintf(prefix, sizeof prefix, "#%d %c ", c->fd, sent ? '>' : '<');
  trace_frame(prefix, frame);
}

static void on_frame_recv(rill_conn *conn, const rill_frame *received, void *user) {
  (void)conn;
  frame(user, received, false);
}

static void on_frame_sent(rill_conn *conn, const rill_frame *sent, void *user) {
  (void)conn;
  frame(user, sent, true);
}

void trace_request(const struct connection *c, uint32_t id, const rill_head *head) {
  char text[LINE_SIZE];
  if (options_of(c)->json) {
    size_t n = rill_head_json(text, sizeof text, id, head, false);
    if (n < sizeof text) fprintf(stderr, "{\"connection\":%d,%s\n", c->fd, text + 1);
  } else if (options_of(c)->trace) {
    rill_view path = shown(head, head->path);
    fprintf(stderr, "#%d <   stream %u: %.*s %.*s, %s\n", c->fd, (unsigned)id, (int)head->method.n, (const char *)head->method.p,
            (int)path.n, (const char *)path.p, priority_words(text, sizeof text, &head->priority));
  }
}

/* Only PRIORITY_UPDATE is told; the scheme of RFC 7540 means nothing here. */
static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  const struct connection *c = user;
  char text[64];
  (void)conn;
  if (!signal->legacy.present && options_of(c)->trace)
    fprintf(stderr, "#%d <   stream %u: now %s\n", c->fd, (unsigned)id, priority_words(text, sizeof text, &signal->priority));
  return 0;
}

void trace_callbacks(const struct options *o, rill_callbacks *callbacks) {
  if (!o->trace && !o->json) return;
  callbacks->on_frame_recv = on_frame_recv;
  callbacks->on_frame_sent = on_frame_sent;
  callbacks->on_priority = on_priority;
}
