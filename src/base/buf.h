/* SPDX-License-Identifier: MIT */
/*
 * buf: owned octets that grow by doubling up to what the caller lets it, in one piece.
 */
#ifndef RILL__BUF_H
#define RILL__BUF_H

#include "base/mem.h"

typedef struct rill__buf {
  uint8_t *p;
  uint32_t n, cap;
} rill__buf;

/* false without memory; then nothing changed. data may be NULL with n = 0. */
bool rill__buf_append(rill__buf *buf, rill__mem *mem, const uint8_t *data, size_t n);
void rill__buf_free(rill__buf *buf, rill__mem *mem);

#endif /* RILL__BUF_H */
