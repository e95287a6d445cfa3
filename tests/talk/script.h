/* SPDX-License-Identifier: MIT */
/*
 * script: a transcript as it was read, before it runs; see README for the language.
 *
 * parse.c makes it from text, wire.c makes the peer's octets. A script is not changed by running it, so that one script serves
 * all replays. Errors in a script end the program with file:line.
 */
#ifndef TALK_SCRIPT_H
#define TALK_SCRIPT_H

#include "talk/text.h"
#include <rill/rill.h>

typedef enum step_kind {
  STEP_FEED,   /* octets of the peer, given as one piece or cut */
  STEP_APP,    /* one action */
  STEP_ON,     /* actions for when something happens */
  STEP_EVENTS, /* what the application must have seen since the last of these */
  STEP_OUTPUT, /* the frames that must have come out since the last of these */
  STEP_ASK     /* one question and its answer */
} step_kind;

typedef struct step {
  step_kind kind;
  int number;   /* its line in the file */
  octets in;    /* FEED */
  octets edges; /* FEED: size_t offsets where frames begin */
  lines lines;  /* ON: the event, then the actions */
  bool every;   /* ON: each time, not once */
} step;

typedef enum preface_kind {
  PREFACE_WHOLE,   /* the peer's preface and SETTINGS, and its acknowledgement of ours */
  PREFACE_UNACKED, /* without that acknowledgement */
  PREFACE_OFF      /* the transcript does it all */
} preface_kind;

enum { OWN_SETTINGS_MAX = 40 };

typedef struct talk {
  const char *file;
  int number;
  char *name;
  bool client; /* what is under test */
  preface_kind preface;
  lines peer;              /* entries of the peer's first SETTINGS */
  bool cuts;               /* the events do not depend on cuts; false for those that act in the middle of content */
  bool trace;              /* frame events, too */
  bool priorities;         /* signals of priority are events, too */
  bool chooses;            /* the application lets the highest stream go first */
  bool lengths;            /* octets of field blocks are shown */
  bool forms;              /* representations of fields are shown */
  bool processed;          /* closes say whether the request was */
  bool lenient;            /* without memory it may come otherwise, and nobody need be told */
  bool acts_in_on;         /* some actions wait for events */
  bool vectored;           /* some content is opaque: output is taken by rill_conn_sendv() */
  rill_why shows;          /* a reason that can be seen on the wire alone */
  uint32_t pad_by, pad_to; /* the policy of padding: by so much, to a multiple; 0: none */
  rill_config config;
  bool lists;                         /* config settings: */
  rill_setting own[OWN_SETTINGS_MAX]; /* the entries of our first SETTINGS */
  size_t own_count;
  step *steps;
  size_t n, cap;
} talk;

typedef struct talks {
  talk *at;
  size_t n, cap;
} talks;

/* What it needs and this library was built without; NULL: nothing. */
const char *talk_lacks(const talk *t);
bool talk_lacks_any(void); /* something was left out that transcripts show */

void talks_read(talks *out, const char *file);
void talks_free(talks *all);

/* Names, with and without numbers. */
bool name_code(const word *in, uint32_t *code); /* CANCEL, or a number */
bool name_setting(const word *in, uint16_t *id);
bool name_err(const word *in, int *err);
const char *err_name(int err);
const char *why_name(rill_why why);
const char *by_name(rill_by by);
rill_config *config_set(rill_config *config, const word *name, uint64_t value); /* NULL: no such member */
const char *config_member(size_t index);                                        /* NULL past the end */
uint64_t config_value(const rill_config *config, size_t index);

/* The pattern that long bodies have: no 26 letters that hide a loss, and no octet that reads as text. */
uint8_t pattern_octet(size_t offset);

/* How far the pattern of each stream has come, by stream id. */
typedef struct offsets {
  size_t *at; /* pairs of id and offset */
  size_t n;
} offsets;
size_t *offset_of(offsets *map, uint32_t id);
void offsets_free(offsets *map);

/* A frame in words to octets. sent: patterns of the peer. */
void wire_frame(octets *out, const line *in, const char *file, offsets *sent);

/* SETTINGS entries. */
void wire_settings(octets *out, const line *in, size_t from, const char *file);
/* Likewise, the words from `from` up to `end`, as structs: at most `most`. */
size_t script_settings(rill_setting *out, size_t most, const line *in, size_t from, size_t end, const char *file);

/* One field word, as they stand in app actions and HEADERS: count*, then ^ or ! and name=value. */
typedef struct field_word {
  rill_view name, value;
  size_t count;
  bool indexed; /* ^ */
  bool never;   /* ! */
} field_word;
bool field_read(const word *in, field_word *out);

void script_fail(const char *file, int number, const char *format, ...) PRINTF_LIKE(3, 4);

#endif /* TALK_SCRIPT_H */
