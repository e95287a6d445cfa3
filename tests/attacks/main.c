/* SPDX-License-Identifier: MIT */
/*
 * attacks: `attacks [-n FRAMES] [-m MEBIBYTES] [-c] [-t NAME] [-p PART -of PARTS] FILE.talk...`
 *
 * Drives each attack of the catalogue for so many frames (20,000; of so many octets at most), once with the default budgets, once
 * without any, when what is built has to bound it alone, and prints a table, tab separated. A transcript's `shows REASON` is how
 * the default ends it, if it is driven for long enough; without one it must not end. -c: without budgets only, to be counted by
 * callgrind: prints name, frames, octets, how the first connection ended. -t: only attacks whose name begins like this. -p, -of:
 * every PARTS-th attack, from number PART, counted from 0, so that several processes share them. Exit status 1 if something did
 * not hold.
 */
#include "attacks/attacks.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { ENOUGH = 20000 }; /* frames, for each attack to end as it must, but for those that only overhead ends */

typedef struct options {
  terms how;
  bool count;
  const char *only;
  size_t part, parts;
} options;

/* How a connection ended: "NAME after 123", "waits", "-". */
static void how_it_ended(const outcome *o, char *dst, size_t cap) {
  if (o->ended_at != 0) {
    (void)snprintf(dst, cap, "%s after %llu", why_name(o->why), (unsigned long long)o->ended_at);
  } else {
    (void)snprintf(dst, cap, "%s", o->waits ? "waits" : "-");
  }
}

static void count(const attack *a, const options *o) {
  char end[80];
  terms how = o->how;
  how.budgets = how.checks = false;
  outcome out = attack_drive(a, &how);
  how_it_ended(&out, end, sizeof end);
  attacks_next();
  printf("%s\t%s\t%llu\t%llu\t%s\n", a->t->name, a->t->client ? "client" : "server", (unsigned long long)out.frames,
         (unsigned long long)out.octets, end);
}

static const char *judge(const attack *a, const outcome *tight, const outcome *loose) {
  if (tight->wrong != NULL) return tight->wrong;
  if (loose->wrong != NULL) return loose->wrong;
  bool early = tight->why == RILL_WHY_NONE && (a->t->shows == RILL_WHY_OVERHEAD || tight->frames < ENOUGH);
  return early || tight->why == a->t->shows ? NULL : "it did not end as it should";
}

static bool show(const attack *a, const options *o) {
  char ends[2][80];
  terms how = o->how;
  how.checks = how.budgets = true;
  outcome tight = attack_drive(a, &how);
  how.budgets = false;
  outcome loose = attack_drive(a, &how);
  how_it_ended(&tight, ends[0], sizeof ends[0]);
  how_it_ended(&loose, ends[1], sizeof ends[1]);
  size_t peak = tight.peak > loose.peak ? tight.peak : loose.peak;
  size_t pending = tight.pending > loose.pending ? tight.pending : loose.pending;
  printf("%s\t%s\t%llu\t%s\t%s\t%zu\t%zu\n", a->t->name, a->t->client ? "client" : "server", (unsigned long long)loose.frames,
         ends[0], ends[1], peak, pending);
  const char *fault = judge(a, &tight, &loose);
  if (fault != NULL) printf("FAIL %s:%d %s: %s\n", a->t->file, a->t->number, a->t->name, fault);
  return fault == NULL;
}

/* The index of the first file. */
static int read_options(options *o, int argc, char **argv) {
  int i = 1;
  *o = (options){.how = {.frames = ENOUGH, .octets = 2u << 20}, .parts = 1};
  for (; i < argc && argv[i][0] == '-'; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "0";
    if (strcmp(argv[i], "-c") == 0) {
      o->count = true;
      continue;
    }
    if (strcmp(argv[i], "-n") == 0) o->how.frames = strtoull(value, NULL, 10);
    if (strcmp(argv[i], "-m") == 0) o->how.octets = strtoull(value, NULL, 10) << 20;
    if (strcmp(argv[i], "-t") == 0) o->only = value;
    if (strcmp(argv[i], "-p") == 0) o->part = (size_t)strtoull(value, NULL, 10);
    if (strcmp(argv[i], "-of") == 0) o->parts = (size_t)strtoull(value, NULL, 10);
    i++;
  }
  return i;
}

int main(int argc, char **argv) {
  options o;
  attacks all;
  size_t failed = 0, shown = 0;
  int first = read_options(&o, argc, argv);
  attacks_read(&all, (const char *const *)argv + first, argc - first);
  if (!o.count) printf("attack\ton a\tframes\twith budgets\twithout\tmemory\toutput\n");
  for (size_t i = 0; i < all.n; i++) {
    const attack *a = &all.at[i];
    if (o.parts == 0 || i % o.parts != o.part) continue;
    if (o.only != NULL && strncmp(a->t->name, o.only, strlen(o.only)) != 0) continue;
    shown++;
    if (o.count) {
      count(a, &o);
    } else if (!show(a, &o)) {
      failed++;
    }
  }
  attacks_free(&all);
  if (!o.count) printf("attacks: %zu driven, %zu failed\n", shown, failed);
  return failed != 0 || shown == 0;
}
