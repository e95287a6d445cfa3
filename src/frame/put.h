/* SPDX-License-Identifier: MIT */
/*
 * put: frames to octets. Each function returns what follows the octets that it wrote; the caller has made room and the numbers
 * fit (rill_frame_write() is the one that checks).
 */
#ifndef RILL__FRAME_PUT_H
#define RILL__FRAME_PUT_H

#include "base/bytes.h"
#include "frame/frame_tab.h"

/* What a client begins with, before its first frame (9113 3.4). */
enum { RILL__MAGIC_SIZE = 24 };
extern const uint8_t rill__magic[RILL__MAGIC_SIZE];

/* Nine octets. */
static inline uint8_t *rill__put_head(uint8_t *p, uint32_t length, unsigned type, unsigned flags, uint32_t stream_id) {
  uint64_t first = (uint64_t)(length & 0xffffff) << 40 | (uint64_t)(type & 0xff) << 32 | (flags & 0xff) << 24 | stream_id >> 8;
  return rill__put8(rill__put64(p, first), stream_id);
}

/* An entry of SETTINGS: six octets. */
static inline uint8_t *rill__put_setting(uint8_t *p, rill_setting setting) {
  return rill__put32(rill__put16(p, setting.id), setting.value);
}

#endif /* RILL__FRAME_PUT_H */
