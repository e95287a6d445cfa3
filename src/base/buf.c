/* SPDX-License-Identifier: MIT */
#include "base/buf.h"

#include <string.h>

enum { BUF_MIN = 64 };

static bool reserve(rill__buf *buf, rill__mem *mem, size_t size) {
  uint64_t cap = buf->cap == 0 ? BUF_MIN : buf->cap;
  while (cap < size)
    cap *= 2;
  if (cap > UINT32_MAX) cap = UINT32_MAX;
  uint8_t *p = rill__mem_resize(mem, buf->p, buf->cap, (size_t)cap);
  if (p == NULL) return false;
  buf->p = p;
  buf->cap = (uint32_t)cap;
  return true;
}

bool rill__buf_append(rill__buf *buf, rill__mem *mem, const uint8_t *data, size_t n) {
  if (n == 0) return true;
  if (n > UINT32_MAX - buf->n) return false;
  if (n > buf->cap - buf->n && !reserve(buf, mem, buf->n + n)) return false;
  memcpy(buf->p + buf->n, data, n);
  buf->n += (uint32_t)n;
  return true;
}

void rill__buf_free(rill__buf *buf, rill__mem *mem) {
  rill__mem_free(mem, buf->p, buf->cap);
  *buf = (rill__buf){NULL, 0, 0};
}
