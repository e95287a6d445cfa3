/* SPDX-License-Identifier: MIT */
/*
 * share: how much of a long test is done. Usually what takes seconds; all that there is with RILL_TEST_WHOLE=1 in the
 * environment; and for slow machines one in RILL_TEST_EVERY of the usual.
 */
#ifndef TESTS_SHARE_H
#define TESTS_SHARE_H

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

static inline bool test_whole(void) {
  const char *value = getenv("RILL_TEST_WHOLE");
  return value != NULL && value[0] != '\0' && strcmp(value, "0") != 0;
}

/* At least one. */
static inline unsigned long test_share(unsigned long usual, unsigned long whole) {
  if (test_whole()) return whole;
  return usual > RILL_TEST_EVERY ? usual / RILL_TEST_EVERY : 1;
}

#endif /* TESTS_SHARE_H */
