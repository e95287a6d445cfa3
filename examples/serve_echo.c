/* SPDX-License-Identifier: MIT */
/*
 * serve_echo: POST /.echo answers with the request's content, as it arrives.
 *
 * It shows back-pressure. Content waits in a ring as large as the stream's window, and the peer gets credit (rill_consume) only
 * when its echo was taken by the socket. So a ring cannot run over, and a client that does not read what it sent is held up.
 *
 * Three counters of octets: filled >= lent >= done, filled - done <= ECHO_SIZE. The struct lives as long as the stream or a chunk
 * of it: that many references.
 */
#include "serve.h"

#include <stdlib.h>
#include <string.h>

struct echo {
  struct answer answer;
  struct lender lender;
  unsigned references;
  uint32_t id;
  uint8_t *ring; /* comes with the first content */
  uint64_t filled, lent, done;
  bool asleep;   /* rill waits for rill_resume() */
  rill_more end; /* RILL_MORE until the request has ended; then how our content ends */
};

static void echo_release(struct echo *e) {
  if (--e->references > 0) return;
  free(e->ring);
  free(e);
}

static void on_close(struct answer *answer) { echo_release((struct echo *)answer); }

/* ---- out ----------------------------------------------------------------------------------------------------------------- */

static int echo_pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  struct echo *e = user;
  (void)conn, (void)id;
  size_t have = (size_t)(e->filled - e->lent), at = (size_t)(e->lent % ECHO_SIZE), n = have;
  if (n == 0 && e->end == RILL_MORE) {
    e->asleep = true;
    return RILL_DEFERRED;
  }
  if (n > max) n = max;
  if (n > ECHO_SIZE - at) n = ECHO_SIZE - at;
  out->n = n;
  out->more = n == have ? e->end : RILL_MORE;
  if (n == 0) return 0;
  out->data = e->ring + at;
  out->user = &e->lender;
  e->references++;
  e->lent += n;
  return 0;
}

static void wake(struct connection *c, struct echo *e) {
  if (e->asleep) (void)rill_resume(c->rill, e->id); /* no stream any more: then nobody waits */
  e->asleep = false;
}

static void chunk_done(struct connection *c, struct lender *lender, size_t sent) {
  struct echo *e = (struct echo *)((uint8_t *)lender - offsetof(struct echo, lender));
  e->done += sent;
  if (sent > 0) (void)rill_consume(c->rill, e->id, sent); /* if the stream is gone, rill has settled its credit */
  echo_release(e);
}

/* ---- in ------------------------------------------------------------------------------------------------------------------ */

static void fill(struct echo *e, rill_view bytes) {
  while (bytes.n > 0) {
    size_t at = (size_t)(e->filled % ECHO_SIZE), n = ECHO_SIZE - at;
    if (n > bytes.n) n = bytes.n;
    memcpy(e->ring + at, bytes.p, n);
    e->filled += n;
    bytes.p += n;
    bytes.n -= n;
  }
}

static void on_data(struct connection *c, uint32_t id, struct answer *answer, rill_view bytes, bool end) {
  struct echo *e = (struct echo *)answer;
  if (e->ring == NULL && bytes.n > 0) e->ring = malloc(ECHO_SIZE);
  if (bytes.n > 0 && (e->ring == NULL || bytes.n > ECHO_SIZE - (e->filled - e->done))) {
    (void)rill_reset(c->rill, id, RILL_INTERNAL_ERROR); /* no memory; the window forbids the other case */
    return;
  }
  fill(e, bytes);
  if (end) e->end = RILL_MORE_NONE;
  wake(c, e);
}

static void on_trailers(struct connection *c, uint32_t id, struct answer *answer, const rill_head *head) {
  struct echo *e = (struct echo *)answer;
  e->end = RILL_MORE_NONE;
  if (head->field_count > 0 && rill_submit_trailers(c->rill, id, head->fields, head->field_count) == 0)
    e->end = RILL_MORE_TRAILERS;
  wake(c, e);
}

int echo_answer(struct connection *c, uint32_t id, const rill_head *head) {
  rill_field fields[8];
  size_t n = answer_begin(c, fields, "200");
  rill_view type = head_value(head, RILL_TOKEN_CONTENT_TYPE), length = head_value(head, RILL_TOKEN_CONTENT_LENGTH);
  if (type.p != NULL) (fields[n] = field_of("content-type", ""), fields[n++].value = type);
  if (length.p != NULL) (fields[n] = field_of("content-length", ""), fields[n++].value = length);

  struct echo *e = calloc(1, sizeof *e);
  if (e == NULL) return RILL_INTERNAL_ERROR;
  e->answer = (struct answer){on_data, on_trailers, on_close};
  e->lender.done = chunk_done;
  e->references = 1;
  e->id = id;
  e->end = head->end_stream ? RILL_MORE_NONE : RILL_MORE;
  rill_body body = {echo_pull, e, false};
  if (rill_submit_response(c->rill, id, fields, n, &body) != 0) {
    echo_release(e);
    return RILL_INTERNAL_ERROR;
  }
  (void)rill_stream_set_user(c->rill, id, &e->answer);
  return 0;
}
