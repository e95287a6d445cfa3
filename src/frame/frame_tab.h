/* SPDX-License-Identifier: MIT */
/*
 * frame_tab: the facts about each frame type of RFC 9113 6 and of the extensions that rill knows, in one table, and the
 * judgements that need no more than them.
 *
 * Knows heads, numbers and nothing of connections: whether a stream is idle, or a setting was acknowledged, is for others to say.
 * Unknown types have no row and no fault (9113 5.5).
 */
#ifndef RILL__FRAME_TAB_H
#define RILL__FRAME_TAB_H

#include <rill/frame.h>

enum { RILL__FRAME_ROWS = RILL_PRIORITY_UPDATE + 1, RILL__SETTING_SIZE = 6, RILL__PRIORITY_SIZE = 5 };

#define RILL__31_BITS UINT32_C(0x7fffffff)

typedef struct rill__frame_facts {
  const char *name;              /* NULL: no such type, and all else is 0 */
  bool on_connection, on_stream; /* stream 0; any other */
  bool on_idle;                  /* a stream that nobody has opened yet */
  bool block;                    /* carries a piece of a field block */
  uint8_t length_unit;           /* the length is a multiple of this */
  uint8_t flags;                 /* that mean something */
  uint8_t bends;                 /* those of them that change what the length may be */
  uint32_t length_min;           /* without what PADDED and PRIORITY add */
  uint32_t length_max;
  uint32_t span;           /* lengths so far above the least are fine, if nothing bends them; others may be */
  uint32_t length_max_ack; /* with ACK */
} rill__frame_facts;

extern const rill__frame_facts rill__frame_rows[RILL__FRAME_ROWS];

/* NULL: an unknown type. */
static inline const rill__frame_facts *rill__frame_row(uint8_t type) {
  return type < RILL__FRAME_ROWS && rill__frame_rows[type].name != NULL ? &rill__frame_rows[type] : NULL;
}

/* As rill__frame_check_head(), of any head. */
rill_why rill__frame_judge_head(const rill_frame_head *head, uint32_t max_frame_size);

/*
 * Length and stream id against the table: FRAME_TOO_LONG, FRAME_LENGTH, FRAME_ON_STREAM, FRAME_ON_CONNECTION or NONE. In line for
 * what most frames are.
 */
static inline rill_why rill__frame_check_head(const rill_frame_head *head, uint32_t max_frame_size) {
  if (head->type >= RILL__FRAME_ROWS) return rill__frame_judge_head(head, max_frame_size);
  const rill__frame_facts *row = &rill__frame_rows[head->type];
  bool placed = head->stream_id != 0 ? row->on_stream : row->on_connection;
  if (!placed || (head->flags & row->bends) != 0 || head->length > max_frame_size)
    return rill__frame_judge_head(head, max_frame_size);
  return head->length - row->length_min <= row->span ? RILL_WHY_NONE : rill__frame_judge_head(head, max_frame_size);
}

/* The numbers that no frame may carry: WINDOW_ZERO, PROMISED_ID, PRIORITIZED_ID or NONE. */
rill_why rill__frame_check_numbers(const rill_frame *frame);

/* The member for the number at index, from 0, of those of four octets that stand before the data; NULL: there are no more. */
uint32_t *rill__frame_number(rill_frame *frame, size_t index);

/* The bits of it that count: ids, increments and dependencies have 31. */
static inline uint32_t rill__number_mask(const rill_frame *frame, const uint32_t *number) {
  return number == &frame->error_code ? UINT32_MAX : RILL__31_BITS;
}

/* A flag that is set and that the type defines. */
static inline bool rill__frame_has(const rill_frame_head *head, unsigned flag) {
  return head->type < RILL__FRAME_ROWS && (head->flags & rill__frame_rows[head->type].flags & flag) != 0;
}

/* The five octets of priority stand before the data (7540 6.2, 6.3). */
static inline bool rill__frame_has_priority(const rill_frame_head *head) {
  return head->type == RILL_PRIORITY || rill__frame_has(head, RILL_FLAG_PRIORITY);
}

/* "END_STREAM" and so on for a flag that is set and that the type defines; else NULL. */
const char *rill__frame_flag_text(const rill_frame_head *head, unsigned flag);

#endif /* RILL__FRAME_TAB_H */
