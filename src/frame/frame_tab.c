/* SPDX-License-Identifier: MIT */
#include "frame/frame_tab.h"

/* clang-format off */
#define F_ES RILL_FLAG_END_STREAM
#define F_EH RILL_FLAG_END_HEADERS
#define F_PA RILL_FLAG_PADDED
#define F_PR RILL_FLAG_PRIORITY
#define F_AC RILL_FLAG_ACK
#define ANY  RILL_FRAME_SIZE_MAX

/*  frame            on: conn stream idle | block | length: unit min max  max with ACK | flags that mean something      RFC 9113 */
#define RILL__FRAMES(X)                                                                                                          \
  X(DATA,                0,   1,     0,      0,             1,   0,  ANY, ANY,            F_ES | F_PA)                 /* 6.1 */ \
  X(HEADERS,             0,   1,     1,      1,             1,   0,  ANY, ANY,            F_ES | F_EH | F_PA | F_PR)   /* 6.2 */ \
  X(PRIORITY,            0,   1,     1,      0,             1,   5,  5,   5,              0)                           /* 6.3 */ \
  X(RST_STREAM,          0,   1,     0,      0,             1,   4,  4,   4,              0)                           /* 6.4 */ \
  X(SETTINGS,            1,   0,     0,      0,             6,   0,  ANY, 0,              F_AC)                        /* 6.5 */ \
  X(PUSH_PROMISE,        0,   1,     0,      1,             1,   4,  ANY, ANY,            F_EH | F_PA)                 /* 6.6 */ \
  X(PING,                1,   0,     0,      0,             1,   8,  8,   8,              F_AC)                        /* 6.7 */ \
  X(GOAWAY,              1,   0,     0,      0,             1,   8,  ANY, ANY,            0)                           /* 6.8 */ \
  X(WINDOW_UPDATE,       1,   1,     0,      0,             1,   4,  4,   4,              0)                           /* 6.9 */ \
  X(CONTINUATION,        0,   1,     0,      1,             1,   0,  ANY, ANY,            F_EH)                        /* 6.10 */\
  X(ALTSVC,              1,   1,     1,      0,             1,   0,  ANY, ANY,            0)                     /* 7838 4 */    \
  X(ORIGIN,              1,   1,     1,      0,             1,   0,  ANY, ANY,            0)                     /* 8336 2.1 */  \
  X(PRIORITY_UPDATE,     1,   0,     0,      0,             1,   4,  ANY, ANY,            0)                     /* 9218 7.1 */

/*
 * ALTSVC and ORIGIN may stand anywhere and have any length, though they have a shape: a server must ignore ALTSVC (7838 4), so
 * does with both who did not ask for them (9113 5.5), and what is wrong in them is ignored as well (7838 4, 8336 2.2). That
 * includes lengths too small for what they should carry: whoever reads the contents finds out.
 */

#define ROW(type, conn, stream, idle, has_block, unit, min, max, max_ack, meaning)                                               \
  [RILL_##type] = {.name = #type, .on_connection = conn, .on_stream = stream, .on_idle = idle, .block = has_block,               \
                   .length_unit = unit, .flags = meaning, .length_min = min, .length_max = max, .length_max_ack = max_ack,         \
                   .span = (unit) == 1 ? (max) - (min) : 0, \
                   .bends = (meaning) & (F_PA | F_PR | ((max) != (max_ack) ? F_AC : 0))},
const rill__frame_facts rill__frame_rows[RILL__FRAME_ROWS] = {RILL__FRAMES(ROW)};
/* clang-format on */

uint32_t *rill__frame_number(rill_frame *frame, size_t index) {
#define MEMBER(name) offsetof(rill_frame, name)
  static const uint8_t members[RILL__FRAME_ROWS][3] = {
      [RILL_RST_STREAM] = {MEMBER(error_code)},          [RILL_PUSH_PROMISE] = {MEMBER(promised_id)},
      [RILL_WINDOW_UPDATE] = {MEMBER(increment)},        [RILL_GOAWAY] = {MEMBER(last_stream_id), MEMBER(error_code)},
      [RILL_PRIORITY_UPDATE] = {MEMBER(prioritized_id)},
  };
#undef MEMBER
  uint8_t at = frame->head.type < RILL__FRAME_ROWS ? members[frame->head.type][index] : 0;
  return at == 0 ? NULL : (uint32_t *)(void *)((uint8_t *)frame + at);
}

/* ACK and END_STREAM are the same bit, and no type has both: the table keeps them apart by their maxima. */
static bool length_fits(const rill__frame_facts *row, const rill_frame_head *head) {
  unsigned flags = head->flags & row->flags;
  uint32_t min = row->length_min;
  if ((flags & RILL_FLAG_PADDED) != 0) min += 1;
  if ((flags & RILL_FLAG_PRIORITY) != 0) min += RILL__PRIORITY_SIZE;
  uint32_t max = (flags & RILL_FLAG_ACK) != 0 ? row->length_max_ack : row->length_max;
  return head->length >= min && head->length <= max && (row->length_unit == 1 || head->length % row->length_unit == 0);
}

rill_why rill__frame_judge_head(const rill_frame_head *head, uint32_t max_frame_size) {
  if (head->length > max_frame_size) return RILL_WHY_FRAME_TOO_LONG;
  const rill__frame_facts *row = rill__frame_row(head->type);
  if (row == NULL) return RILL_WHY_NONE;
  if (!length_fits(row, head)) return RILL_WHY_FRAME_LENGTH;
  if (head->stream_id != 0 && !row->on_stream) return RILL_WHY_FRAME_ON_STREAM;
  if (head->stream_id == 0 && !row->on_connection) return RILL_WHY_FRAME_ON_CONNECTION;
  return RILL_WHY_NONE;
}

rill_why rill__frame_check_numbers(const rill_frame *frame) {
  if (frame->head.type == RILL_WINDOW_UPDATE && frame->increment == 0) return RILL_WHY_WINDOW_ZERO;
  /* Only servers push, and their ids are even (9113 5.1.1, 8.4). */
  if (frame->head.type == RILL_PUSH_PROMISE && (frame->promised_id == 0 || frame->promised_id % 2 != 0)) {
    return RILL_WHY_PROMISED_ID;
  }
  if (frame->head.type == RILL_PRIORITY_UPDATE && frame->prioritized_id == 0) return RILL_WHY_PRIORITIZED_ID;
  return RILL_WHY_NONE;
}
