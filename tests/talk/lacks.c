/* SPDX-License-Identifier: MIT */
/* lacks: which transcripts need something of rill that was left out (RILL_WITHOUT_*), so that they are skipped by name. */
#include "talk/script.h"

#include "base/features.h"

#include <string.h>

#ifdef RILL_WITHOUT_UPGRADE
enum { UPGRADE = 0 };
#else
enum { UPGRADE = 1 };
#endif

/* A line of the transcript begins with this word, or an action or event of `on` does. */
static bool says(const talk *t, step_kind kind, const char *first) {
  for (size_t i = 0; i < t->n; i++) {
    const step *s = &t->steps[i];
    bool looked_at = s->kind == kind || s->kind == STEP_ON;
    for (size_t k = 0; looked_at && k < s->lines.n; k++) {
      if (word_is(&s->lines.at[k], 0, first)) return true;
    }
  }
  return false;
}

/* A client whose own list does not refuse promises, or that changes its mind. */
static bool invites(const talk *t) {
  bool refused = !t->lists;
  for (size_t i = 0; i < t->own_count; i++)
    refused |= t->own[i].id == RILL_SETTING_ENABLE_PUSH && t->own[i].value == 0;
  for (size_t i = 0; i < t->n; i++) {
    const step *s = &t->steps[i];
    for (size_t k = 0; s->kind == STEP_APP && k < s->lines.n && word_is(&s->lines.at[k], 0, "settings"); k++) {
      for (size_t w = 1; w < s->lines.at[k].n; w++)
        if (word_is(&s->lines.at[k], w, "ENABLE_PUSH=1")) return true;
    }
  }
  return t->client && !refused;
}

/* A promise comes before the server can know that none may. */
static bool is_promised_early(const talk *t) {
  for (size_t i = 0; t->client && t->preface != PREFACE_WHOLE && i < t->n; i++) {
    const step *s = &t->steps[i];
    for (size_t at = 0; at < s->edges.n; at += sizeof(size_t)) {
      size_t edge;
      memcpy(&edge, s->edges.p + at, sizeof edge);
      if (edge + 3 < s->in.n && s->in.p[edge + 3] == RILL_PUSH_PROMISE) return true;
    }
  }
  return false;
}

static bool needs_push(const talk *t) {
  return t->config.enable_push || says(t, STEP_APP, "push") || invites(t) || is_promised_early(t);
}

static bool needs_trace(const talk *t) { return t->trace || says(t, STEP_ON, "frame_recv") || says(t, STEP_ON, "frame_sent"); }

const char *talk_lacks(const talk *t) {
  if (!RILL__PUSH && needs_push(t)) return "push";
  if (!UPGRADE && says(t, STEP_APP, "upgrade")) return "upgrade";
  if (!RILL__ALTSVC && (t->config.accept_altsvc || says(t, STEP_APP, "altsvc"))) return "ALTSVC";
  if (!RILL__ORIGIN && (t->config.accept_origin || says(t, STEP_APP, "origin"))) return "ORIGIN";
  if (!RILL__ORIGIN && !RILL__PUSH && says(t, STEP_ASK, "origin_allowed")) return "origins";
  return !RILL__TRACE && needs_trace(t) ? "trace" : NULL;
}

bool talk_lacks_any(void) { return !(RILL__PUSH && UPGRADE && RILL__ALTSVC && RILL__ORIGIN && RILL__TRACE); }
