/* SPDX-License-Identifier: MIT */
#include "common.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/socket.h>
#include <time.h>

rill_time clock_now(void) {
  struct timespec t;
  (void)clock_gettime(CLOCK_MONOTONIC, &t);
  return (rill_time)t.tv_sec * SECOND + (rill_time)t.tv_nsec;
}

uint64_t random_seed(void) {
  uint64_t seed = 0;
  if (getrandom(&seed, sizeof seed, 0) != (ssize_t)sizeof seed) seed = clock_now();
  return seed;
}

void socket_nodelay(int fd) {
  int on = 1;
  (void)setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on); /* it is faster with it and right without */
}

bool view_is(rill_view view, const char *text) {
  return view.p != NULL && view.n == strlen(text) && memcmp(view.p, text, view.n) == 0;
}

static rill_view view_of(const char *text) {
  rill_view view = {(const uint8_t *)text, strlen(text)};
  return view;
}

rill_field field_of(const char *name, const char *value) {
  rill_field field = {view_of(name), view_of(value), 0, 0, 0};
  return field;
}

rill_view head_value(const rill_head *head, rill_token token) {
  static const rill_view none = {NULL, 0};
  for (size_t i = 0; i < head->field_count; i++) {
    if (head->fields[i].token == token) return head->fields[i].value;
  }
  return none;
}

bool number_of(const char *text, unsigned long least, unsigned long most, unsigned long *out) {
  char *end;
  if (text[0] < '0' || text[0] > '9') return false;
  errno = 0;
  *out = strtoul(text, &end, 10);
  return errno == 0 && *end == '\0' && *out >= least && *out <= most;
}

const char *priority_words(char *dst, size_t cap, const rill_priority *priority) {
  snprintf(dst, cap, "u=%u%s", (unsigned)priority->urgency, priority->incremental ? ", i" : "");
  return dst;
}

rill_view shown(const rill_head *head, rill_view value) {
  static const char secret[] = "(secret)";
  for (size_t i = 0; i + head->field_count < head->all_count; i++) {
    bool is_it = head->all[i].value.p == value.p && (head->all[i].flags & RILL_FIELD_NEVER_INDEX) != 0;
    if (is_it) return (rill_view){(const uint8_t *)secret, sizeof secret - 1};
  }
  return value;
}

void trace_frame(const char *prefix, const rill_frame *frame) {
  char words[1024];
  size_t n = rill_frame_format(words, sizeof words, frame);
  fprintf(stderr, "%s%s%s\n", prefix, words, n < sizeof words ? "" : "...");
}

void trace_json(int connection, const rill_frame *frame, bool sent, rill_time now) {
  char text[4096];
  if (rill_frame_json(text, sizeof text, frame, sent, now) >= sizeof text) return; /* cut off, it would be no JSON */
  fprintf(stderr, "{\"connection\":%d,%s\n", connection, text + 1);
}
