/* SPDX-License-Identifier: MIT */
/*
 * get: octets to frames. Knows the layout of payloads; leaves lengths and stream ids to frame_tab, and asks for no more octets
 * than the head promised.
 */
#ifndef RILL__FRAME_GET_H
#define RILL__FRAME_GET_H

#include "base/bytes.h"
#include "frame/frame_tab.h"

/* As rill_frame_head_get(). */
static inline rill_frame_head rill__get_head(const uint8_t *p) {
  rill_frame_head head = {rill__get32(p) >> 8, p[3], p[4], rill__get32(p + 5) & RILL__31_BITS};
  return head;
}

/*
 * The rest of a frame whose head is set and has passed rill__frame_check_head(), from its whole payload: head.length octets.
 * PADDING, WINDOW_ZERO, PROMISED_ID, PRIORITIZED_ID or NONE. All but head is written.
 */
rill_why rill__get_payload(rill_frame *frame, const uint8_t *payload);

#endif /* RILL__FRAME_GET_H */
