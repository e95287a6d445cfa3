/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes a client and a server of ours with their applications: the walk of tests/pair, where the input is what is drawn by lot:
 * whose turn it is, what is submitted, taken and delivered, and in how many pieces, which allocation fails; and in every
 * other input what somebody between them does to the octets. What must hold stands in tests/pair/world.h.
 */
#include "fuzz.h"
#include "pair/world.h"

enum { STEPS = 600 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) {
  world *w = world_chosen(data, n);
  if (w->complaint == NULL) walk(w, STEPS);
  unsigned step = w->step;
  char *complaint = world_del(w);
  if (complaint != NULL) fprintf(stderr, "at step %u: %s\n", step, complaint);
  demand(complaint == NULL);
  return 0;
}
