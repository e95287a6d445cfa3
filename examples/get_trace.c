/* SPDX-License-Identifier: MIT */
/*
 * get_trace: -v and --json: what comes and goes, on stderr.
 *
 * With -v each frame in words, each field of a head behind its frame (of secrets their sizes), and what the server says beside
 * responses: promises and alternative services. With --json one object a line, frames and received heads, values of fields left
 * out.
 */
#include "get.h"

enum { LINE_SIZE = 16384 };

static void frame(const struct peer *peer, const rill_frame *frame, bool sent) {
  char prefix[32];
  if (peer->job->options->json) {
    trace_json((int)peer->number, frame, sent, clock_now());
    return;
  }
  snprintf(prefix, sizeof prefix, "%c ", sent ? '>' : '<');
  if (peer->job->peer_count > 1) snprintf(prefix, sizeof prefix, "#%zu %c ", peer->number, sent ? '>' : '<');
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

/* RFC 7838 4. */
static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  const struct peer *peer = user;
  (void)conn, (void)id;
  if (!peer->job->options->verbose) return 0;
  fprintf(stderr, "<   alternative for ");
  if (origin.n > 0) fprintf(stderr, "%.*s", (int)origin.n, (const char *)origin.p);
  if (origin.n == 0) fprintf(stderr, "http://%s", peer->url->authority); /* what was asked */
  fprintf(stderr, ": %.*s\n", (int)value.n, (const char *)value.p);
  return 0;
}

/* By its mark or its name. What is told here may end in a log. */
static bool is_secret(const rill_field *field) {
  static const char *const names[] = {"authorization", "proxy-authorization", "cookie", "set-cookie"};
  for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
    if (view_is(field->name, names[i])) return true;
  }
  return (field->flags & RILL_FIELD_NEVER_INDEX) != 0;
}

void trace_field(char arrow, const rill_field *field) {
  if (is_secret(field)) {
    fprintf(stderr, "%c   %.*s: (%zu octets)\n", arrow, (int)field->name.n, (const char *)field->name.p, field->value.n);
    return;
  }
  fprintf(stderr, "%c   %.*s: %.*s\n", arrow, (int)field->name.n, (const char *)field->name.p, (int)field->value.n,
          (const char *)field->value.p);
}

void trace_head(const struct peer *peer, uint32_t id, const rill_head *head) {
  const struct options *o = peer->job->options;
  char text[LINE_SIZE];
  if (o->json && rill_head_json(text, sizeof text, id, head, false) < sizeof text)
    fprintf(stderr, "{\"connection\":%zu,%s\n", peer->number, text + 1);
  if (!o->verbose) return;
  if (head->kind == RILL_HEAD_PUSH) {
    rill_view authority = shown(head, head->authority), path = shown(head, head->path);
    fprintf(stderr, "<   promised: %.*s %.*s://%.*s%.*s\n", (int)head->method.n, (const char *)head->method.p,
            (int)head->scheme.n, (const char *)head->scheme.p, (int)authority.n, (const char *)authority.p, (int)path.n,
            (const char *)path.p);
  }
  if (head->status != 0) fprintf(stderr, "<   :status: %u\n", (unsigned)head->status);
  for (size_t i = 0; i < head->field_count; i++)
    trace_field('<', &head->fields[i]);
}

void trace_callbacks(const struct options *o, rill_config *config, rill_callbacks *callbacks) {
  if (!o->verbose && !o->json) return;
  config->accept_altsvc = true;
  callbacks->on_altsvc = on_altsvc;
  callbacks->on_frame_recv = on_frame_recv;
  callbacks->on_frame_sent = on_frame_sent;
}
