/* SPDX-License-Identifier: MIT */
/*
 * pair: a client and a server of ours, joined by memory, driven by a seed. `pair [SEED [STEPS]]`; -v SEED shows the frames,
 * -n COUNT SEED [STEPS] goes on from there, -w SEED is a wild walk, -r SEED a rough one.
 *
 * Without arguments: two thousand seeds; wild ones, and rough ones; then some without an allocation here and there, and a few
 * short ones without each, alone and with all that follow, on either side; with -every N, for slow machines, one seed in N of all
 * these. What a walk does and what is checked stands in pair/world.h. A walk that fails prints the line that repeats it.
 */
#include "pair/world.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 2000, STEPS = 500, WILD_SEEDS = 3000, ROUGH_SEEDS = 1000, STARVED_SEEDS = 150, EACH_SEEDS = 30 };

/* False if something was broken. allocations: of the failing side; may be NULL. */
static bool run(const trial *t, bool loud, uint64_t *allocations) {
  world *w = world_new(t);
  w->loud = loud;
  if (w->complaint == NULL) walk(w, t->steps);
  if (allocations != NULL) *allocations = w->sides[t->fail_side < 0 ? 0 : t->fail_side].mem.calls;
  unsigned step = w->step;
  char *complaint = world_del(w);
  if (complaint == NULL) return true;
  printf("FAIL pair%s %llu %u", t->wild ? " -w" : t->rough ? " -r" : "", (unsigned long long)t->seed, t->steps);
  if (t->fail_at != 0) printf(" %llu %d%s", (unsigned long long)t->fail_at, t->fail_side, t->fail_on ? " on" : "");
  printf(" at step %u: %s\n", step, complaint);
  free(complaint);
  return false;
}

/* Walks without the k-th allocation, for `count` values of k or all, and either side. wild: and without all that follow, too. */
static unsigned starve(uint64_t seed, bool wild, uint64_t count, unsigned *walks) {
  unsigned failed = 0;
  for (int who = 0; who < SIDES; who++) {
    uint64_t allocations = 0;
    trial t = {.seed = seed, .steps = STEPS / 4, .fail_at = UINT64_MAX, .fail_side = who, .wild = wild};
    failed += !run(&t, false, &allocations);
    for (t.fail_at = count == 0 ? 1 : 1 + seed % 3; t.fail_at <= allocations;
         t.fail_at += count == 0 ? 1 : 1 + allocations / count) {
      for (int on = 0; on <= wild; on++, (*walks)++) {
        t.fail_on = on != 0;
        failed += !run(&t, false, NULL);
      }
    }
  }
  return failed;
}

static unsigned run_all(uint64_t every) {
  unsigned failed = 0, walks = 0, wild = 0, rough = 0, starved = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed += every, walks++)
    failed += !run(&(trial){.seed = seed, .steps = STEPS, .fail_side = -1}, false, NULL);
  for (uint64_t seed = 1; seed <= WILD_SEEDS; seed += every, wild++)
    failed += !run(&(trial){.seed = seed, .steps = STEPS / 2, .fail_side = -1, .wild = true}, false, NULL);
  for (uint64_t seed = 1; seed <= ROUGH_SEEDS; seed += every, rough++)
    failed += !run(&(trial){.seed = seed, .steps = STEPS, .fail_side = -1, .rough = true}, false, NULL);
  for (uint64_t seed = 1; seed <= STARVED_SEEDS; seed += every)
    failed += starve(seed, false, 6, &starved);
  for (uint64_t seed = 1; seed <= EACH_SEEDS; seed += every)
    failed += starve(seed, false, 0, &starved) + starve(seed, true, 0, &starved);
  printf("%u walks, %u of them wild, %u rough, %u without an allocation, %u failed\n", walks + wild + rough + starved, wild,
         rough, starved, failed);
  return failed;
}

/* SEED [STEPS [FAILING-ALLOCATION SIDE [on]]] */
static int run_one(char **argv, int argc, unsigned count, bool loud, const trial *kind) {
  trial t = {.seed = strtoull(argv[0], NULL, 10), .steps = STEPS, .fail_side = -1, .fail_on = argc > 4};
  t.wild = kind->wild;
  t.rough = kind->rough;
  unsigned failed = 0;
  if (argc > 1) t.steps = (unsigned)strtoul(argv[1], NULL, 10);
  if (argc > 2) t.fail_at = strtoull(argv[2], NULL, 10);
  if (argc > 3) t.fail_side = atoi(argv[3]);
  for (unsigned i = 0; i < count; i++, t.seed++)
    failed += !run(&t, loud, NULL);
  printf("%u walks up to %llu, %u failed\n", count, (unsigned long long)t.seed, failed);
  return failed == 0 ? 0 : 1;
}

static bool takes(int argc, char **argv, int at, const char *option) { return argc > at + 1 && strcmp(argv[at], option) == 0; }

int main(int argc, char **argv) {
  int at = 1;
  unsigned count = 1;
  bool loud = false;
  trial kind = {.wild = false};
  uint64_t every = 1;
  for (bool more = true; more;) {
    more = true;
    if (takes(argc, argv, at, "-v")) {
      loud = true;
    } else if (takes(argc, argv, at, "-w")) {
      kind.wild = true;
    } else if (takes(argc, argv, at, "-r")) {
      kind.rough = true;
    } else if (takes(argc, argv, at, "-every")) {
      every = strtoull(argv[++at], NULL, 10);
    } else if (takes(argc, argv, at, "-n")) {
      count = (unsigned)strtoul(argv[++at], NULL, 10);
    } else {
      more = false;
    }
    at += more;
  }
  if (at < argc) return run_one(argv + at, argc - at, count, loud, &kind);
  return run_all(every == 0 ? 1 : every) == 0 ? 0 : 1;
}
