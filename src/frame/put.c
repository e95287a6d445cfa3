/* SPDX-License-Identifier: MIT */
#include "frame/put.h"

const uint8_t rill__magic[RILL__MAGIC_SIZE] = {'P', 'R', 'I', ' ', '*', ' ', 'H', 'T', 'T', 'P', '/', '2',
                                               '.', '0', 13,  10,  13,  10,  'S', 'M', 13,  10,  13,  10};

enum { PAD_MAX = 255 };

void rill_frame_head_put(uint8_t *octets, const rill_frame_head *head) {
  (void)rill__put_head(octets, head->length, head->type, head->flags, head->stream_id & RILL__31_BITS);
}

/* The numbers that stand before the data, of which the frame keeps what the wire has room for. */
static uint8_t *put_numbers(uint8_t *p, rill_frame *frame) {
  uint32_t *number;
  if (rill__frame_has_priority(&frame->head)) {
    uint32_t word = (frame->dependency & RILL__31_BITS) | (frame->exclusive ? ~RILL__31_BITS : 0);
    p = rill__put8(rill__put32(p, word), frame->weight);
  }
  for (size_t i = 0; (number = rill__frame_number(frame, i)) != NULL; i++) {
    *number &= rill__number_mask(frame, number);
    p = rill__put32(p, *number);
  }
  return p;
}

static uint8_t *put_padding(uint8_t *p, rill_view padding) {
  if (padding.p != NULL) return rill__put(p, padding.p, padding.n);
  memset(p, 0, padding.n);
  return p + padding.n;
}

rill_ssize rill_frame_write(uint8_t *dst, size_t cap, const rill_frame *frame) {
  rill_frame f = *frame;
  f.head.stream_id &= RILL__31_BITS;
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
