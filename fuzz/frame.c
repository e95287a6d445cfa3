/* SPDX-License-Identifier: MIT */
/*
 * Fuzzes the frame codec: every octet string is taken as frames in a row. What is accepted must be written back to the same
 * octets (reserved bits aside: then parsing again gives the same frame), and be put into words of the length that was announced.
 */
#include "fuzz.h"
#include <rill/frame.h>

static bool same(rill_view a, rill_view b) { return a.n == b.n && (a.n == 0 || memcmp(a.p, b.p, a.n) == 0); }

static void check_written(const rill_frame *frame, size_t size) {
  uint8_t *octets = fuzz_room(size);
  rill_frame again;
  rill_why why;
  demand(rill_frame_write(octets, size - 1, frame) == RILL_ERR_LIMIT);
  demand(rill_frame_write(octets, size, frame) == (rill_ssize)size);
  demand(rill_frame_parse(&again, octets, size, RILL_FRAME_SIZE_MAX, &why) == (rill_ssize)size);
  demand(again.head.length == frame->head.length && again.head.type == frame->head.type);
  demand(again.head.flags == frame->head.flags && again.head.stream_id == frame->head.stream_id);
  demand(same(again.data, frame->data) && same(again.padding, frame->padding));
  demand(again.dependency == frame->dependency && again.weight == frame->weight && again.exclusive == frame->exclusive);
  demand(again.error_code == frame->error_code && again.last_stream_id == frame->last_stream_id);
  demand(again.promised_id == frame->promised_id && again.increment == frame->increment);
  demand(again.prioritized_id == frame->prioritized_id);
  free(octets);
}

static void check_words(const rill_frame *frame) {
  char small[40];
  size_t n = rill_frame_format(small, sizeof small, frame);
  char *words = fuzz_room(n + 1);
  demand(rill_frame_format(words, n + 1, frame) == n && strlen(words) == n);
  demand(strlen(small) == (n < sizeof small ? n : sizeof small - 1) && strncmp(words, small, strlen(small)) == 0);
  for (size_t i = 0; i < n; i++)
    demand(words[i] >= ' ' && words[i] <= '~');
  free(words);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  rill_frame frame;
  rill_why why;
  rill_ssize n;
  for (; (n = rill_frame_parse(&frame, data, size, RILL_FRAME_SIZE_MIN, &why)) > 0; data += n, size -= (size_t)n) {
    demand(why == RILL_WHY_NONE && (size_t)n <= size && n == RILL_FRAME_HEAD_SIZE + (rill_ssize)frame.head.length);
    check_written(&frame, (size_t)n);
    check_words(&frame);
  }
  demand((n == 0) == (why == RILL_WHY_NONE));
  return 0;
}
