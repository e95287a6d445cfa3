/* SPDX-License-Identifier: MIT */
/*
 * say: what is told of a frame beside its head, whether in words (format.c) or as JSON (json.c), which differ in how.
 */
#ifndef RILL__SAY_H
#define RILL__SAY_H

#include "base/words.h"
#include "frame/frame_tab.h"

typedef struct rill__tongue {
  const char *before, *after; /* a number's name */
  void (*code)(rill__words *w, uint32_t code);
  void (*settings)(rill__words *w, const rill_frame *frame);
  void (*ping)(rill__words *w, rill_view payload);
  void (*exclusive)(rill__words *w, bool exclusive);
  void (*octets)(rill__words *w, const char *name, rill_view octets);
} rill__tongue;

void rill__say_payload(rill__words *w, const rill__tongue *tongue, const rill_frame *frame); /* format.c */

#endif /* RILL__SAY_H */
