/* SPDX-License-Identifier: MIT */
/*
 * get_output: bodies in the order of the URLs.
 *
 * What a transfer receives before its turn waits in `held`. The peer gets credit (rill_consume) when octets are written, so no
 * transfer can hold more content than its window. With -O each has a file of its own and need not wait.
 */
#include "get.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

static void write_out(struct transfer *t, const uint8_t *data, size_t n) {
  FILE *to = t->file != NULL ? t->file : t->job->out;
  if (n > 0 && fwrite(data, 1, n, to) != n) quit(EXIT_OUTPUT, "output", strerror(errno));
}

static void credit(struct transfer *t, size_t n) {
  if (n > 0 && t->state == TRANSFER_RUNNING) (void)rill_consume(t->peer->conn, t->id, n);
}

static void hold(struct transfer *t, const uint8_t *data, size_t n) {
  if (n > t->held_room - t->held_size) {
    size_t room = 2 * t->held_room > t->held_size + n ? 2 * t->held_room : t->held_size + n;
    uint8_t *grown = realloc(t->held, room);
    if (grown == NULL) quit(EXIT_OUTPUT, t->url->text, strerror(ENOMEM));
    t->held = grown;
    t->held_room = room;
  }
  if (n > 0) memcpy(t->held + t->held_size, data, n);
  t->held_size += n;
}

static void release_held(struct transfer *t) {
  size_t owed = t->owed;
  write_out(t, t->held, t->held_size);
  free(t->held);
  t->held = NULL;
  t->held_size = t->held_room = t->owed = 0;
  credit(t, owed);
}

void output_add(struct transfer *t, const uint8_t *data, size_t n, bool content) {
  bool now = t->discards || t->file != NULL || t->index == t->job->turn;
  if (!now) {
    hold(t, data, n);
    if (content) t->owed += n;
    return;
  }
  if (!t->discards) write_out(t, data, n);
  if (content) credit(t, n);
}

static void add_text(struct transfer *t, const char *text) { output_add(t, (const uint8_t *)text, strlen(text), false); }

static void add_head(struct transfer *t, const rill_head *head) {
  char line[32];
  snprintf(line, sizeof line, "HTTP/2 %u\n", (unsigned)head->status);
  add_text(t, line);
  for (size_t i = 0; i < head->field_count; i++) {
    output_add(t, head->fields[i].name.p, head->fields[i].name.n, false);
    add_text(t, ": ");
    output_add(t, head->fields[i].value.p, head->fields[i].value.n, false);
    add_text(t, "\n");
  }
  add_text(t, "\n");
}

static void open_file(struct transfer *t) {
  char *name = url_file_name(t->url); /* checked when the options were read */
  t->file = name != NULL ? fopen(name, "wb") : NULL;
  if (t->file == NULL) quit(EXIT_OUTPUT, name != NULL ? name : t->url->text, strerror(errno));
  free(name);
}

void output_response(struct transfer *t, const rill_head *head) {
  const struct options *o = t->job->options;
  if (head->kind == RILL_HEAD_RESPONSE && o->fail && head->status >= 400) {
    char what[32];
    snprintf(what, sizeof what, "status %u", (unsigned)head->status);
    complain(t->job, EXIT_STATUS, t->url->text, what);
    t->discards = true;
    return;
  }
  if (head->kind == RILL_HEAD_RESPONSE && o->save) open_file(t);
  if (o->include) add_head(t, head);
}

static void close_file(struct transfer *t) {
  if (t->file != NULL && fclose(t->file) != 0) quit(EXIT_OUTPUT, t->url->text, strerror(errno));
  t->file = NULL;
}

/* Moves the turn on, past all that have ended, to the first that has not. */
void output_ended(struct job *job) {
  while (job->turn < job->count) {
    struct transfer *t = &job->transfers[job->turn];
    release_held(t);
    if (t->state != TRANSFER_ENDED) return;
    close_file(t);
    job->turn++;
  }
}
