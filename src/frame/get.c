/* SPDX-License-Identifier: MIT */
#include "frame/get.h"

rill_frame_head rill_frame_head_get(const uint8_t *octets) { return rill__get_head(octets); }

rill_ssize rill_frame_parse(rill_frame *out, const uint8_t *octets, size_t n, uint32_t max_frame_size, rill_why *why) {
  *why = RILL_WHY_NONE;
  if (n < RILL_FRAME_HEAD_SIZE) return 0;
  out->head = rill__get_head(octets);
  *why = rill__frame_check_head(&out->head, max_frame_size);
  if (*why != RILL_WHY_NONE) return RILL_ERR_PROTO;
  if (n - RILL_FRAME_HEAD_SIZE < out->head.length) return 0;
  *why = rill__get_payload(out, octets + RILL_FRAME_HEAD_SIZE);
  if (*why != RILL_WHY_NONE) return RILL_ERR_PROTO;
  return RILL_FRAME_HEAD_SIZE + (rill_ssize)out->head.length;
}

static uint32_t take32(rill_view *rest) { return rill__get32(rill__view_take(rest, 4).p); }

static void take_priority(rill_frame *frame, rill_view *rest) {
  uint32_t word = take32(rest);
  frame->exclusive = word > RILL__31_BITS;
  frame->dependency = word & RILL__31_BITS;
  frame->weight = *rill__view_take(rest, 1).p;
}

/* The numbers that stand before the data. The head was checked: they are all there. */
static void take_numbers(rill_frame *frame, rill_view *rest) {
  uint32_t *number;
  if (rill__frame_has_priority(&frame->head)) take_priority(frame, rest);
  for (size_t i = 0; (number = rill__frame_number(frame, i)) != NULL; i++)
    *number = take32(rest) & rill__number_mask(frame, number);
}

rill_why rill__get_payload(rill_frame *frame, const uint8_t *payload) {
  rill_view rest = {payload, frame->head.length};
  *frame = (rill_frame){.head = frame->head};
  size_t padding = rill__frame_has(&frame->head, RILL_FLAG_PADDED) ? *rill__view_take(&rest, 1).p : 0;
  take_numbers(frame, &rest);
  if (padding > rest.n) return RILL_WHY_PADDING;
  frame->data = rill__view_take(&rest, rest.n - padding);
  frame->padding = rest;
  return rill__frame_check_numbers(frame);
}

bool rill_frame_setting(const rill_frame *frame, size_t index, rill_setting *out) {
  if (frame->head.type != RILL_SETTINGS || index >= frame->data.n / RILL__SETTING_SIZE) return false;
  const uint8_t *entry = frame->data.p + index * RILL__SETTING_SIZE;
  *out = (rill_setting){(uint16_t)rill__get16(entry), rill__get32(entry + 2)};
  return true;
}
