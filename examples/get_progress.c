/* SPDX-License-Identifier: MIT */
/*
 * get_progress: one line on a terminal that says how far we are, for what takes longer than a second.
 */
#include "get.h"

#include <inttypes.h>
#include <string.h>
#include <unistd.h>

enum { BAR_WIDTH = 30 };

bool progress_wanted(const struct job *job) {
  return !job->options->verbose && !job->options->json && isatty(STDERR_FILENO) == 1;
}

/* "1.5 MiB" */
static void amount(char *out, size_t size, double octets) {
  static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
  size_t unit = 0;
  while (octets >= 1024 && unit < sizeof units / sizeof units[0] - 1) {
    octets /= 1024;
    unit++;
  }
  snprintf(out, size, unit == 0 ? "%.0f %s" : "%.1f %s", octets, units[unit]);
}

void progress_draw(struct job *job, bool last) {
  rill_time now = clock_now();
  if (!progress_wanted(job) || now - job->started < SECOND || (!last && now - job->drawn < SECOND / 5)) return;
  job->drawn = now;
  char moved[32], rate[32], bar[BAR_WIDTH + 1];
  amount(moved, sizeof moved, (double)job->moved);
  amount(rate, sizeof rate, (double)job->moved * 1e9 / (double)(now - job->started));
  /* A share can be told when all lengths are known. */
  bool known = job->expected > 0 && job->expected_count == job->count && job->moved <= job->expected;
  double share = known ? (double)job->moved / (double)job->expected : 0;
  for (int i = 0; i < BAR_WIDTH; i++)
    bar[i] = (double)i < share * BAR_WIDTH ? '=' : ' ';
  bar[BAR_WIDTH] = '\0';
  if (known) fprintf(stderr, "\r[%s] %3.0f%%  %s  %s/s", bar, share * 100, moved, rate);
  if (!known) fprintf(stderr, "\r%zu of %zu done  %s  %s/s", job->ended, job->count, moved, rate);
  fprintf(stderr, "\033[K%s", last ? "\n" : "");
}
