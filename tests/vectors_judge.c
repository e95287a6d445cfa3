/* SPDX-License-Identifier: MIT */
/*
 * The outcome of a run, compared with the main outcome and then with also_accept.
 *
 * Hardened: the main outcome or an entry that is as good; all facts count. rfc: any entry; facts of level rfc count; a general
 * code stands for a more specific one, and ending without a GOAWAY is a connection error. The facts that must hold are those of
 * the entry that matched; those that must not hold count always.
 *
 * Stricter than the vectors ask: nothing follows the last GOAWAY of an error; where no stream error is expected none is sent, and
 * no answer of 4xx that the application did not give.
 */
#include "vectors.h"
#include <string.h>

/* What rill has. One place: change it when it has more. */
static const struct {
  const char *name;
  bool present;
} extensions[] = {{"rfc9218", false}, {"rfc8441", true}};

static const char *const code_names[] = {"NO_ERROR",
                                         "PROTOCOL_ERROR",
                                         "INTERNAL_ERROR",
                                         "FLOW_CONTROL_ERROR",
                                         "SETTINGS_TIMEOUT",
                                         "STREAM_CLOSED",
                                         "FRAME_SIZE_ERROR",
                                         "REFUSED_STREAM",
                                         "CANCEL",
                                         "COMPRESSION_ERROR",
                                         "CONNECT_ERROR",
                                         "ENHANCE_YOUR_CALM",
                                         "INADEQUATE_SECURITY",
                                         "HTTP_1_1_REQUIRED"};
enum { CODE_COUNT = sizeof code_names / sizeof code_names[0] };

bool has_extension(const char *name) {
  for (size_t i = 0; i < sizeof extensions / sizeof extensions[0]; i++) {
    if (strcmp(extensions[i].name, name) == 0) return extensions[i].present;
  }
  return false;
}

static const char *code_name(uint32_t code) { return code < CODE_COUNT ? code_names[code] : "an unknown code"; }

/* ---- what a run came to ------------------------------------------------------------------------------------------------ */

static const frame *last_goaway(const seen *s) {
  const frame *last = NULL;
  for (size_t i = 0; i < s->frame_count; i++) {
    if (s->frames[i].type == RILL_GOAWAY) last = &s->frames[i];
  }
  return last;
}

static bool is_error_reset(const frame *f) { return f->type == RILL_RST_STREAM && f->code != RILL_NO_ERROR; }

static const frame *first_reset(const seen *s) {
  for (size_t i = 0; i < s->frame_count; i++) {
    if (is_error_reset(&s->frames[i])) return &s->frames[i];
  }
  return NULL;
}

static const frame *first_refusal(const seen *s) {
  for (size_t i = 0; i < s->frame_count; i++) {
    if (s->frames[i].status >= 400) return &s->frames[i];
  }
  return NULL;
}

typedef enum fate { FATE_LIVES, FATE_GOAWAY, FATE_ENDED, FATE_MUTE, FATE_STALLED } fate;

static fate fate_of(const vector *v, const seen *s) {
  const frame *goaway = last_goaway(s);
  bool dead = s->failed != 0 || (v->probe && !s->stalled && !s->alive);
  if (goaway != NULL && (goaway->code != RILL_NO_ERROR || dead)) return FATE_GOAWAY;
  if (s->stalled) return FATE_STALLED;
  if (!dead) return FATE_LIVES;
  return s->failed != 0 || s->ended ? FATE_ENDED : FATE_MUTE;
}

void outcome_text(const vector *v, const seen *s, char *dst, size_t cap) {
  static const char *const words[] = {"lives", "connection_error", "ended without GOAWAY", "no answer to PING", "stall"};
  fate f = fate_of(v, s);
  const frame *goaway = last_goaway(s), *reset = first_reset(s), *refusal = first_refusal(s);
  if (f == FATE_GOAWAY && goaway != NULL) {
    snprintf(dst, cap, "connection_error %s", code_name(goaway->code));
  } else if (f == FATE_LIVES && reset != NULL) {
    snprintf(dst, cap, "stream_error %s on stream %u", code_name(reset->code), (unsigned)reset->id);
  } else if (f == FATE_LIVES && refusal != NULL) {
    snprintf(dst, cap, "response %u on stream %u", (unsigned)refusal->status, (unsigned)refusal->id);
  } else {
    snprintf(dst, cap, "%s", words[f]);
  }
}

/* ---- what was expected ------------------------------------------------------------------------------------------------- */

static bool is_named(uint32_t code, json_t *codes, mode m) {
  size_t index;
  json_t *name;
  if (m == MODE_RFC && (code == RILL_PROTOCOL_ERROR || code == RILL_INTERNAL_ERROR)) return json_array_size(codes) != 0;
  json_array_foreach(codes, index, name) {
    const char *words = json_string_value(name);
    if (words != NULL && strcmp(words, code_name(code)) == 0) return true;
  }
  return false;
}

static bool on_stream(json_t *entry, uint32_t id) {
  json_t *stream_member = json_object_get(entry, "stream");
  return json_is_string(stream_member) || json_integer_value(stream_member) == (json_int_t)id;
}

static bool is_connection_error(const vector *v, const seen *s, json_t *entry, mode m) {
  const frame *goaway = last_goaway(s);
  switch (fate_of(v, s)) {
  case FATE_GOAWAY:
    return goaway != NULL && is_named(goaway->code, json_object_get(entry, "codes"), m);
  case FATE_ENDED:
    return m == MODE_RFC || json_object_get(entry, "goaway") != NULL;
  case FATE_LIVES:
  case FATE_MUTE:
  case FATE_STALLED:
    return false;
  }
  return false;
}

/* Only stream errors that the entry names, and one at least. */
static bool is_stream_error(const seen *s, json_t *entry, mode m) {
  size_t count = 0;
  for (size_t i = 0; i < s->frame_count; i++) {
    const frame *f = &s->frames[i];
    if (!is_error_reset(f)) continue;
    if (!on_stream(entry, f->id) || !is_named(f->code, json_object_get(entry, "codes"), m)) return false;
    count++;
  }
  return count != 0 && first_refusal(s) == NULL;
}

/* An answer with one of the statuses; a reset of that stream may follow. */
static bool is_response(const seen *s, json_t *entry) {
  size_t count = 0;
  for (size_t i = 0; i < s->frame_count; i++) {
    const frame *f = &s->frames[i];
    size_t index;
    json_t *status;
    json_array_foreach(json_object_get(entry, "status"), index, status) {
      if (f->status != 0 && json_integer_value(status) == f->status && on_stream(entry, f->id)) count++;
    }
    if (is_error_reset(f) && !on_stream(entry, f->id)) return false;
  }
  return count != 0;
}

static bool entry_matches(const vector *v, const seen *s, json_t *entry, mode m) {
  const char *outcome = json_string_value(json_object_get(entry, "outcome"));
  fate f = fate_of(v, s);
  if (outcome == NULL) return false;
  if (strcmp(outcome, "connection_error") == 0) return is_connection_error(v, s, entry, m);
  if (strcmp(outcome, "stall") == 0) return f == FATE_STALLED;
  if (f != FATE_LIVES) return false;
  if (strcmp(outcome, "stream_error") == 0) return is_stream_error(s, entry, m);
  if (strcmp(outcome, "response") == 0) return is_response(s, entry);
  if (strcmp(outcome, "ok") != 0 && strcmp(outcome, "ignore") != 0) return false;
  return first_reset(s) == NULL && first_refusal(s) == NULL;
}

static bool entry_counts(json_t *entry, mode m) {
  const char *tier = json_string_value(json_object_get(entry, "tier"));
  const char *without = json_string_value(json_object_get(entry, "when_without"));
  if (without != NULL && has_extension(without)) return false;
  return m == MODE_RFC || (tier != NULL && strcmp(tier, "equal") == 0);
}

static json_t *matching_entry(const vector *v, const seen *s, mode m) {
  size_t index;
  json_t *entry;
  if (entry_matches(v, s, v->expect, m)) return v->expect;
  json_array_foreach(json_object_get(v->expect, "also_accept"), index, entry) {
    if (entry_counts(entry, m) && entry_matches(v, s, entry, m)) return entry;
  }
  return NULL;
}

static void expected_text(json_t *entry, char *dst, size_t cap) {
  const char *outcome = json_string_value(json_object_get(entry, "outcome"));
  json_t *codes = json_object_get(entry, "codes"), *on = json_object_get(entry, "stream");
  int n = snprintf(dst, cap, "%s", outcome == NULL ? "?" : outcome);
  size_t at = n < 0 ? 0 : (size_t)n;
  for (size_t i = 0; i < json_array_size(codes) && at < cap; i++) {
    n = snprintf(dst + at, cap - at, "%s%s", i == 0 ? " " : " or ", json_string_value(json_array_get(codes, i)));
    at += n < 0 ? 0 : (size_t)n;
  }
  if (at < cap && json_is_integer(on)) snprintf(dst + at, cap - at, " on stream %d", (int)json_integer_value(on));
}

/* ---- judgement --------------------------------------------------------------------------------------------------------- */

static bool fact_counts(json_t *fact, mode m) {
  const char *level = json_string_value(json_object_get(fact, "level"));
  return m == MODE_HARDENED || (level != NULL && strcmp(level, "rfc") == 0);
}

static void fact_text(const char *must, json_t *fact, char *dst, size_t cap) {
  char *words = json_dumps(fact, JSON_COMPACT);
  snprintf(dst, cap, "%s %s", must, words == NULL ? "?" : words);
  free(words);
}

static void note_verdict(const judge *j, json_t *fact, const char *must, verdict answer, const char *what) {
  char words[320];
  const char *name = json_string_value(json_object_get(fact, "fact"));
  fact_text(must, fact, words, sizeof words);
  if (answer == FACT_UNKNOWN) j->skip(j->user, name == NULL ? "?" : name);
  if (answer == FACT_FAILS) j->report(j->user, words, what);
}

/* Octets fed before the error, SIZE_MAX without one. */
static size_t error_place(const vector *v, const seen *s) {
  const frame *reset = first_reset(s);
  if (fate_of(v, s) != FATE_LIVES) return s->failed_at;
  return reset == NULL ? SIZE_MAX : reset->at;
}

static void judge_facts(const judge *j, run *r, json_t *entry) {
  size_t index;
  json_t *fact;
  char what[320] = "";
  size_t error_at = error_place(r->v, &r->seen);
  json_array_foreach(json_object_get(entry, "must"), index, fact) {
    if (fact_counts(fact, j->mode)) note_verdict(j, fact, "must", fact_must(r, fact, what, sizeof what), what);
  }
  json_array_foreach(json_object_get(r->v->expect, "must_not"), index, fact) {
    if (!fact_counts(fact, j->mode)) continue;
    verdict answer = fact_must_not(r, fact, error_at != SIZE_MAX, error_at, what, sizeof what);
    note_verdict(j, fact, "must_not", answer, what);
  }
}

/* After the GOAWAY of an error comes the end (RFC 9113 5.4.1). */
static void check_last_frame(run *r) {
  seen *s = &r->seen;
  const frame *goaway = last_goaway(s);
  if (goaway == NULL || goaway->code == RILL_NO_ERROR) return;
  if (goaway != &s->frames[s->frame_count - 1]) broken(s, "frames after the GOAWAY of an error");
  if (s->alive) broken(s, "a PING is answered after the GOAWAY of an error");
}

void judge_run(const judge *j, run *r) {
  char expected[200], what[256];
  json_t *entry = matching_entry(r->v, &r->seen, j->mode);
  if (entry == NULL) {
    expected_text(r->v->expect, expected, sizeof expected);
    outcome_text(r->v, &r->seen, what, sizeof what);
    j->report(j->user, expected, what);
  }
  judge_facts(j, r, entry);
  check_last_frame(r);
}
