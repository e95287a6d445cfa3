/* SPDX-License-Identifier: MIT */
#include "frame/put.h"
#include "frame/get.h"

const uint8_t rill__magic[RILL__MAGIC_SIZE] = {'P', 'R', 'I', ' ', '*', ' ', 'H', 'T', 'T', 'P', '/', '2',
                                               '.', '0', 13,  10,  13,  10,  'S', 'M', 13,  10,  13,  10};

enum { PAD_MAX = 255 };

void rill_frame_head_put(uint8_t *octets, const rill_frame_head *head) {
  (void)rill__put_head(octets, head->length, head->type, head->flags, head->stream_id & RILL__31_BITS);
}

static uint8_t *put_priority(uint8_t *p, const rill_frame *frame) {
  return rill__put8(rill__put32(p, frame->dependency | (frame->exclusive ? ~RILL__31_BITS : 0)), frame->weight);
}

/* The numbers that stand before the data. */
static uint8_t *put_numbers(uint8_t *p, const rill_frame *frame) {
  switch (frame->head.type) {
  case RILL_HEADERS:
    return rill__frame_has(&frame->head, RILL_FLAG_PRIORITY) ? put_priority(p, frame) : p;
  case RILL_PRIORITY:
    return put_priority(p, frame);
  case RILL_RST_STREAM:
    return rill__put32(p, frame->error_code);
  case RILL_PUSH_PROMISE:
    return rill__put32(p, frame->promised_id);
  case RILL_GOAWAY:
    return rill__put32(rill__put32(p, frame->last_stream_id), frame->error_code);
  case RILL_WINDOW_UPDATE:
    return rill__put32(p, frame->increment);
  case RILL_PRIORITY_UPDATE:
    return rill__put32(p, frame->prioritized_id);
  default:
    return p;
  }
}

static uint8_t *put_padding(uint8_t *p, rill_view padding) {
  if (padding.p != NULL) return rill__put(p, padding.p, padding.n);
  memset(p, 0, padding.n);
  return p + padding.n;
}

/* A copy without the bits that the wire has no room for. */
static rill_frame trimmed(const rill_frame *frame) {
  rill_frame copy = *frame;
  copy.head.stream_id &= RILL__31_BITS;
  copy.dependency &= RILL__31_BITS;
  copy.last_stream_id &= RILL__31_BITS;
  copy.promised_id &= RILL__31_BITS;
  copy.increment &= RILL__31_BITS;
  copy.prioritized_id &= RILL__31_BITS;
  return copy;
}

rill_ssize rill_frame_write(uint8_t *dst, size_t cap, const rill_frame *frame) {
  rill_frame f = trimmed(frame);
  bool padded = rill__frame_has(&f.head, RILL_FLAG_PADDED);
  if (f.padding.n > (padded ? PAD_MAX : 0)) return RILL_ERR_INVALID;
  if (f.data.n > RILL_FRAME_SIZE_MAX) return RILL_ERR_LIMIT;

  uint8_t numbers[8]; /* the longest are those of GOAWAY */
  size_t count = (size_t)(put_numbers(numbers, &f) - numbers);
  size_t length = padded + count + f.data.n + f.padding.n;
  if (length > RILL_FRAME_SIZE_MAX) return RILL_ERR_LIMIT;
  f.head.length = (uint32_t)length;
  if (rill__frame_check_head(&f.head, RILL_FRAME_SIZE_MAX) != RILL_WHY_NONE) return RILL_ERR_INVALID;
  if (rill__frame_check_numbers(&f) != RILL_WHY_NONE) return RILL_ERR_INVALID;
  if (cap < RILL_FRAME_HEAD_SIZE + length) return RILL_ERR_LIMIT;

  uint8_t *p = rill__put_head(dst, f.head.length, f.head.type, f.head.flags, f.head.stream_id);
  if (padded) p = rill__put8(p, (uint32_t)f.padding.n);
  p = rill__put(p, numbers, count);
  p = rill__put(p, f.data.p, f.data.n);
  p = put_padding(p, f.padding);
  return p - dst;
}
