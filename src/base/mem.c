/* SPDX-License-Identifier: MIT */
#include "base/mem.h"

#include <stdlib.h>

static void *libc_resize(void *user, void *p, size_t old_size, size_t new_size) {
  (void)user;
  (void)old_size;
  if (new_size != 0) return realloc(p, new_size);
  free(p);
  return NULL;
}

void rill__mem_init(rill__mem *mem, const rill_mem *user, size_t limit) {
  *mem = (rill__mem){{libc_resize, NULL}, 0, 0, limit, false};
  if (user != NULL && user->resize != NULL) mem->user = *user;
}

void *rill__mem_resize(rill__mem *mem, void *p, size_t old_size, size_t new_size) {
  size_t rest = mem->used - old_size;
  /* The limit may have been lowered below what is used: then nothing grows, and all can shrink. */
  bool refused = new_size > old_size && (rest > mem->limit || new_size > mem->limit - rest);
  void *got = refused ? NULL : mem->user.resize(mem->user.user, p, old_size, new_size);
  if (got == NULL && new_size != 0) {
    mem->refused = refused;
    return NULL;
  }
  mem->used = rest + new_size;
  if (mem->used > mem->peak) mem->peak = mem->used;
  return got;
}
