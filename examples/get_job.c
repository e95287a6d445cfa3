/* SPDX-License-Identifier: MIT */
/*
 * get_job: which transfer runs when, and the poll loop.
 *
 * transfers[] is in the order in which bodies go out. Those from `turn` to `turn` + concurrency - 1 may run; the one at `turn`
 * always may, so whatever the others wait for, it comes.
 */
#include "get.h"

#include <errno.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>

/* ---- transfers ----------------------------------------------------------------------------------------------------------- */

struct transfer *job_next(struct peer *peer) {
  struct job *job = peer->job;
  size_t end = job->turn + job->options->concurrency;
  if (end > job->count) end = job->count;
  for (; peer->waiting > 0 && peer->next < end; peer->next++) {
    struct transfer *t = &job->transfers[peer->next];
    if (t->peer == peer && t->state == TRANSFER_WAITING) return t;
  }
  return NULL;
}

void job_began(struct transfer *t, uint32_t id) {
  t->state = TRANSFER_RUNNING;
  t->id = id;
  t->attempts++;
  t->peer->waiting--;
  t->peer->running++;
}

void job_ended(struct transfer *t) {
  if (t->state == TRANSFER_RUNNING) {
    t->peer->running--;
    t->peer->finished++;
  } else {
    t->peer->waiting--;
  }
  t->state = TRANSFER_ENDED;
  t->job->ended++;
  output_ended(t->job);
}

bool job_retry(struct transfer *t) {
  if (t->attempts >= MAX_ATTEMPTS || t->heard) return false;
  t->state = TRANSFER_WAITING;
  t->peer->running--;
  t->peer->waiting++;
  if (t->peer->next > t->index) t->peer->next = t->index;
  return true;
}

void job_give_up(struct peer *peer) {
  struct job *job = peer->job;
  for (size_t i = 0; i < job->count && peer->waiting > 0; i++) {
    struct transfer *t = &job->transfers[i];
    if (t->peer == peer && t->state == TRANSFER_WAITING) job_ended(t);
  }
}

/* ---- the loop ------------------------------------------------------------------------------------------------------------ */

static int poll_milliseconds(const struct job *job) {
  rill_time now = clock_now(), until = now + (progress_wanted(job) ? SECOND / 5 : SECOND);
  for (size_t i = 0; i < job->peer_count; i++) {
    rill_conn *conn = job->peers[i].conn;
    if (conn != NULL && rill_conn_deadline(conn) < until) until = rill_conn_deadline(conn);
  }
  return until <= now ? 0 : (int)((until - now) / (SECOND / 1000)) + 1;
}

static bool any_open(const struct job *job) {
  size_t i = 0;
  while (i < job->peer_count && job->peers[i].fd < 0)
    i++;
  return i < job->peer_count;
}

void job_run(struct job *job) {
  struct pollfd *polled = calloc(job->peer_count, sizeof *polled);
  if (polled == NULL) quit(EXIT_USAGE, "memory", strerror(ENOMEM));
  job->started = clock_now();
  for (;;) {
    for (size_t i = 0; i < job->peer_count; i++)
      peer_start(&job->peers[i]);
    if (job->ended == job->count && !any_open(job)) break;
    if (fflush(job->out) != 0) quit(EXIT_OUTPUT, "output", strerror(errno));
    for (size_t i = 0; i < job->peer_count; i++) {
      polled[i] = (struct pollfd){.fd = job->peers[i].fd, .events = peer_events(&job->peers[i])};
    }
    if (poll(polled, job->peer_count, poll_milliseconds(job)) < 0 && errno != EINTR) quit(EXIT_USAGE, "poll", strerror(errno));
    for (size_t i = 0; i < job->peer_count; i++) {
      if (job->peers[i].fd >= 0 && job->peers[i].fd == polled[i].fd) peer_turn(&job->peers[i], polled[i].revents);
    }
    progress_draw(job, false);
  }
  progress_draw(job, true);
  free(polled);
}

/* ---- beginning and end --------------------------------------------------------------------------------------------------- */

static struct peer *peer_for(struct job *job, const struct url *url) {
  for (size_t i = 0; i < job->peer_count; i++) {
    if (url_same_origin(job->peers[i].url, url)) return &job->peers[i];
  }
  struct peer *peer = &job->peers[job->peer_count];
  *peer = (struct peer){.job = job, .url = url, .fd = -1, .number = ++job->peer_count};
  return peer;
}

/* Two that are saved under one name would overwrite each other. */
static void check_names(const struct job *job) {
  for (size_t i = 0; i < job->url_count; i++) {
    char *name = url_file_name(&job->urls[i]);
    if (name == NULL) quit(EXIT_USAGE, job->urls[i].text, "no name to save it under; use -o");
    for (size_t k = 0; k < i; k++) {
      char *other = url_file_name(&job->urls[k]);
      if (other != NULL && strcmp(name, other) == 0) quit(EXIT_USAGE, name, "two URLs would be saved under this name");
      free(other);
    }
    free(name);
  }
}

int job_init(struct job *job, const struct options *options, char **urls, int url_count) {
  *job = (struct job){.options = options, .url_count = (size_t)url_count, .out = stdout};
  if (options->repeat > MAX_TRANSFERS / job->url_count) quit(EXIT_USAGE, "-n", "that makes more than 10,000,000 transfers");
  job->count = job->url_count * options->repeat;
  job->urls = calloc(job->url_count, sizeof *job->urls);
  job->peers = calloc(job->url_count, sizeof *job->peers);
  job->transfers = calloc(job->count, sizeof *job->transfers);
  if (job->urls == NULL || job->peers == NULL || job->transfers == NULL) return RILL_ERR_NOMEM;
  for (size_t i = 0; i < job->url_count; i++) {
    const char *why = url_parse(&job->urls[i], urls[i]);
    if (why != NULL) quit(EXIT_USAGE, urls[i], why);
  }
  if (options->save) check_names(job);
  for (size_t i = 0; i < job->count; i++) {
    struct transfer *t = &job->transfers[i];
    const struct url *url = &job->urls[i % job->url_count];
    struct peer *peer = i < job->url_count ? peer_for(job, url) : job->transfers[i - job->url_count].peer;
    *t = (struct transfer){.job = job, .index = i, .url = url, .peer = peer};
    peer->waiting++;
  }
  return request_context(job);
}

void job_free(struct job *job) {
  for (size_t i = 0; i < job->peer_count; i++) {
    peer_close(&job->peers[i]);
    free(job->peers[i].in);
  }
  for (size_t i = 0; i < job->url_count; i++)
    url_free(&job->urls[i]);
  rill_context_del(job->context);
  free(job->urls);
  free(job->peers);
  free(job->transfers);
}
