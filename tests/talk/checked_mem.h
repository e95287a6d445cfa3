/* SPDX-License-Identifier: MIT */
/*
 * checked_mem: an allocator for tests that knows the size of each block and can fail on purpose.
 *
 * Every resize moves the block and spoils the old octets, so that a stale pointer shows; every old size is compared with the
 * true one. All calls that ask for memory are counted, shrinking ones too, and the one numbered fail_at fails (fail_on: and all
 * that follow). Header only, since the unit tests, the transcripts, the pair walk and the fuzz targets all use it.
 *
 * Invariants: live_octets is the sum of the sizes of live blocks; wrong is set for good by the first misuse.
 */
#ifndef TALK_CHECKED_MEM_H
#define TALK_CHECKED_MEM_H

#include <rill/types.h>
#include <stdlib.h>
#include <string.h>

typedef struct checked_mem {
  size_t live, live_octets, peak_octets;
  uint64_t calls;    /* that asked for memory */
  uint64_t fail_at;  /* the number of the call that fails, from 1; 0: none */
  bool fail_on;      /* the ones behind it fail as well */
  uint64_t failures; /* how many did */
  const char *wrong; /* what the library did wrong; NULL: nothing */
} checked_mem;

typedef union checked_block {
  struct {
    size_t size;
    uint64_t mark;
  } is;
  max_align_t align;
} checked_block;

#define CHECKED_MARK 0x72696c6c6d656d21u

static inline void checked_free(checked_mem *mem, checked_block *block) {
  mem->live--;
  mem->live_octets -= block->is.size;
  memset(block + 1, 0xdd, block->is.size);
  block->is.mark = 0;
  free(block);
}

static inline bool checked_fails(checked_mem *mem) {
  mem->calls++;
  bool fails = mem->fail_at != 0 && (mem->calls == mem->fail_at || (mem->fail_on && mem->calls > mem->fail_at));
  if (fails) mem->failures++;
  return fails;
}

static inline checked_block *checked_alloc(checked_mem *mem, size_t size) {
  if (checked_fails(mem) || size > SIZE_MAX / 2) return NULL;
  checked_block *block = malloc(sizeof *block + size);
  if (block == NULL) return NULL;
  block->is.size = size;
  block->is.mark = CHECKED_MARK;
  memset(block + 1, 0xa5, size);
  mem->live++;
  mem->live_octets += size;
  if (mem->live_octets > mem->peak_octets) mem->peak_octets = mem->live_octets;
  return block;
}

/* The old block is looked at even if the call is to fail: a wrong size is wrong at once. */
static inline bool checked_old(checked_mem *mem, const checked_block *old, size_t old_size) {
  if (old == NULL && old_size != 0) mem->wrong = "an old size without a block";
  if (old != NULL && old->is.mark != CHECKED_MARK) mem->wrong = "a block that is not live";
  if (old != NULL && old->is.mark == CHECKED_MARK && old->is.size != old_size) mem->wrong = "a wrong old size";
  return mem->wrong == NULL;
}

static void *checked_resize(void *user, void *p, size_t old_size, size_t new_size) {
  checked_mem *mem = user;
  checked_block *old = p == NULL ? NULL : (checked_block *)p - 1;
  if (!checked_old(mem, old, old_size)) return NULL;
  if (new_size == 0) {
    if (old != NULL) checked_free(mem, old);
    return NULL;
  }
  checked_block *block = checked_alloc(mem, new_size);
  if (block == NULL) return NULL;
  if (old != NULL) {
    memcpy(block + 1, old + 1, old_size < new_size ? old_size : new_size);
    checked_free(mem, old);
  }
  return block + 1;
}

static inline rill_mem checked_mem_of(checked_mem *mem) {
  rill_mem of = {checked_resize, mem};
  return of;
}

#endif /* TALK_CHECKED_MEM_H */
