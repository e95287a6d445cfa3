/* SPDX-License-Identifier: MIT */
/* fuzz: what every target has: its one entry, and a way to say that something does not hold. */
#ifndef FUZZ_FUZZ_H
#define FUZZ_FUZZ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* One input; returns 0. It keeps nothing, so that an input does the same whenever it comes. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n);

#define demand(holds) demand_at((holds), #holds, __FILE__, __LINE__)

static inline void demand_at(bool holds, const char *words, const char *file, int line) {
  if (holds) return;
  fprintf(stderr, "%s:%d: does not hold: %s\n", file, line, words);
  abort();
}

/* Memory of exactly this size, so that a sanitizer sees what is read or written beyond it, and later. */
static inline void *fuzz_room(size_t n) {
  void *room = malloc(n == 0 ? 1 : n);
  demand(room != NULL);
  memset(room, 0xa5, n); /* so that what nobody has written is always the same */
  return room;
}

static inline uint8_t *fuzz_copy(const uint8_t *p, size_t n) {
  uint8_t *copy = fuzz_room(n);
  if (n != 0) memcpy(copy, p, n);
  return copy;
}

#endif /* FUZZ_FUZZ_H */
