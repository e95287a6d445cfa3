/* SPDX-License-Identifier: MIT */
/*
 * guard_page: room that ends before a page which nobody may read, so that the first octet read beyond it stops the program; where
 * there are no such pages it is room like any other. Header only.
 *
 * A file that includes it defines _DEFAULT_SOURCE and _DARWIN_C_SOURCE before anything else: that is where mmap() is.
 */
#ifndef TESTS_GUARD_PAGE_H
#define TESTS_GUARD_PAGE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#if defined(__unix__) || defined(__APPLE__)
#include <sys/mman.h>
#include <unistd.h>
#endif

#if defined(MAP_ANONYMOUS) && defined(PROT_NONE) && defined(_SC_PAGESIZE)
#define GUARD_PAGE 1
#else
#define GUARD_PAGE 0
#endif

/* The end of at least n octets, for good; NULL: there is no memory. *guarded: nothing behind it can be read. */
static inline uint8_t *guard_page_end(size_t n, bool *guarded) {
  uint8_t *room = NULL;
  *guarded = false;
#if GUARD_PAGE
  size_t page = (size_t)sysconf(_SC_PAGESIZE), size = (n / page + 1) * page;
  void *pages = mmap(NULL, size + page, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  if (pages != MAP_FAILED) {
    room = (uint8_t *)pages + size;
    *guarded = mprotect(room, page, PROT_NONE) == 0;
  }
#endif
  if (room == NULL && (room = malloc(n)) != NULL) room += n;
  return room;
}

#endif /* TESTS_GUARD_PAGE_H */
