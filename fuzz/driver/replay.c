/* SPDX-License-Identifier: MIT */
/*
 * replay: a main() for a target where there is no fuzzer, for any compiler: runs each file that it is given, or standard input.
 * Each input stands in memory of its own, so that a sanitizer sees what is read beyond it.
 */
#include "../fuzz.h"

#include <stdio.h>

static bool run(FILE *file) {
  size_t n = 0, cap = 1 << 16;
  uint8_t *octets = malloc(cap);
  for (size_t got = 1; octets != NULL && got != 0; n += got) {
    if (n == cap) octets = realloc(octets, cap *= 2);
    if (octets != NULL) got = fread(octets + n, 1, cap - n, file);
  }
  uint8_t *exact = octets == NULL ? NULL : realloc(octets, n == 0 ? 1 : n);
  if (exact == NULL || ferror(file)) return false;
  (void)LLVMFuzzerTestOneInput(exact, n);
  free(exact);
  return true;
}

int main(int argc, char **argv) {
  if (argc < 2) return run(stdin) ? 0 : 1;
  for (int i = 1; i < argc; i++) {
    FILE *file = fopen(argv[i], "rb");
    if (file == NULL || !run(file)) {
      fprintf(stderr, "replay: %s cannot be read\n", argv[i]);
      return 1;
    }
    (void)fclose(file);
  }
  return 0;
}
