/* SPDX-License-Identifier: MIT */
/*
 * get_push: --push: responses that nobody asked for (RFC 9113 8.4). They are received, counted and told on stderr, one line each;
 * nothing of them is kept, since names that a server chooses are nothing to write files by. The connection waits for them.
 *
 * A promise is a transfer of its own, which is in no list of the job and lives from on_push to on_stream_close.
 */
#include "get.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

struct pushed {
  struct transfer transfer; /* the stream's user pointer */
  struct url url;
  char text[]; /* of the URL */
};

static void release(struct pushed *p) {
  url_free(&p->url);
  free(p);
}

int push_accept(struct peer *peer, uint32_t promised, const rill_head *head) {
  size_t size = head->scheme.n + 3 + head->authority.n + head->path.n + 1;
  struct pushed *p = calloc(1, sizeof *p + size);
  trace_head(peer, promised, head);
  if (p == NULL) return RILL_REFUSED_STREAM;
  snprintf(p->text, size, "%.*s://%.*s%.*s", (int)head->scheme.n, (const char *)head->scheme.p, (int)head->authority.n,
           (const char *)head->authority.p, (int)head->path.n, (const char *)head->path.p);
  const char *why = url_parse(&p->url, p->text);
  p->transfer =
      (struct transfer){.job = peer->job, .peer = peer, .url = &p->url, .id = promised, .pushed = true, .discards = true};
  if (why != NULL || rill_stream_set_user(peer->conn, promised, &p->transfer) != 0) {
    fprintf(stderr, "rill-get: pushed %s: refused: %s\n", p->text, why != NULL ? why : "no memory");
    release(p);
    return RILL_CANCEL;
  }
  p->transfer.state = TRANSFER_RUNNING;
  peer->pushed++;
  return 0;
}

void push_closed(struct transfer *t, const rill_close *close) {
  t->peer->pushed--;
  if (t->complete && t->status != 0) {
    fprintf(stderr, "rill-get: pushed %s: status %u, %" PRIu64 " octets\n", t->url->text, t->status, t->received);
  } else {
    fprintf(stderr, "rill-get: pushed %s: ended early with %s\n", t->url->text, rill_code_text(close->code));
  }
  release((struct pushed *)t);
}
