/* SPDX-License-Identifier: MIT */
/*
 * pair: a client and a server of ours, joined by memory, driven by a seed. `pair [SEED [STEPS]]`; -v SEED shows the frames,
 * -n COUNT SEED [STEPS] goes on from there.
 *
 * Without arguments: two thousand seeds, then some in a rough world, then some with an allocation that fails. What a walk does
 * and what is checked stands in pair/world.h. A walk that fails prints the line that repeats it.
 */
#include "pair/world.h"

#include <stdlib.h>
#include <string.h>

enum { SEEDS = 2000, STEPS = 500, STARVED_SEEDS = 150, ROUGH_SEEDS = 1000 };

/* False if something was broken. allocations: of the failing side; may be NULL. */
static bool run(uint64_t seed, unsigned steps, uint64_t fail_at, int fail_side, bool loud, uint64_t *allocations) {
  world *w = world_new(seed, fail_at, fail_side);
  w->loud = loud;
  if (w->complaint == NULL) walk(w, steps);
  if (allocations != NULL) *allocations = w->sides[fail_side < 0 ? 0 : fail_side].mem.calls;
  unsigned step = w->step;
  char *complaint = world_del(w);
  if (complaint == NULL) return true;
  printf("FAIL pair %llu %u", (unsigned long long)seed, steps);
  if (fail_at != 0) printf(" %llu %d", (unsigned long long)fail_at, fail_side);
  printf(" at step %u: %s\n", step, complaint);
  free(complaint);
  return false;
}

static unsigned run_all(void) {
  unsigned failed = 0, starved = 0;
  for (uint64_t seed = 1; seed <= SEEDS; seed++)
    failed += !run(seed, STEPS, 0, -1, false, NULL);
  for (uint64_t seed = 0; seed < ROUGH_SEEDS; seed++)
    failed += !run(PAIR_ROUGH + seed, STEPS, 0, -1, false, NULL);
  for (uint64_t seed = 1; seed <= STARVED_SEEDS; seed++) {
    for (int who = 0; who < SIDES; who++) {
      uint64_t allocations = 0;
      if (!run(seed, STEPS / 4, UINT64_MAX, who, false, &allocations)) failed++;
      for (uint64_t k = 1 + seed % 3; k <= allocations; k += 1 + allocations / 6, starved++) {
        failed += !run(seed, STEPS / 4, k, who, false, NULL);
      }
    }
  }
  printf("%u walks, %u of them without an allocation and %u rough, %u failed\n", SEEDS + ROUGH_SEEDS + starved, starved,
         ROUGH_SEEDS, failed);
  return failed;
}

/* SEED [STEPS [FAILING-ALLOCATION SIDE]] */
static int run_one(char **argv, int argc, unsigned count, bool loud) {
  uint64_t seed = strtoull(argv[0], NULL, 10);
  unsigned steps = argc > 1 ? (unsigned)strtoul(argv[1], NULL, 10) : STEPS, failed = 0;
  uint64_t fail_at = argc > 2 ? strtoull(argv[2], NULL, 10) : 0;
  int fail_side = argc > 3 ? atoi(argv[3]) : -1;
  for (unsigned i = 0; i < count; i++)
    failed += !run(seed + i, steps, fail_at, fail_side, loud, NULL);
  printf("%u walks from %llu, %u failed\n", count, (unsigned long long)seed, failed);
  return failed == 0 ? 0 : 1;
}

int main(int argc, char **argv) {
  bool loud = argc > 2 && strcmp(argv[1], "-v") == 0, many = argc > 3 && strcmp(argv[1], "-n") == 0;
  if (loud) return run_one(argv + 2, argc - 2, 1, true);
  if (many) return run_one(argv + 3, argc - 3, (unsigned)strtoul(argv[2], NULL, 10), false);
  if (argc > 1) return run_one(argv + 1, argc - 1, 1, false);
  return run_all() == 0 ? 0 : 1;
}
