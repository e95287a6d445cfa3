/* SPDX-License-Identifier: MIT */
/*
 * section: one field section under judgement, field after field (RFC 9113 8.1 to 8.5, 8441 4), received or submitted.
 *
 * Knows which fields may stand where, in which number and with which others. Does not know octets (rill__field_check has passed
 * them), sizes, counts, nor what came before on the stream (message.h). It keeps indices and never views, since the octets
 * may move between two calls. After a refusal the section is of no more use.
 *
 * Invariants, once rill__section_end has answered RILL_WHY_NONE:
 *   the pseudo-header fields are the first pseudo_count fields, each of a different kind; none in trailers;
 *   a request has a method, and either scheme and path or is a plain CONNECT; a response has a status of 100 to 999, never 101;
 *   content_length is declared on one line or is -1.
 */
#ifndef RILL__SECTION_H
#define RILL__SECTION_H

#include "rules/field.h"
#include "rules/priority.h"

typedef enum rill__section_kind {
  RILL__SECTION_REQUEST,
  RILL__SECTION_RESPONSE,
  RILL__SECTION_TRAILERS_REQUEST,
  RILL__SECTION_TRAILERS_RESPONSE
} rill__section_kind;

typedef enum rill__pseudo {
  RILL__PSEUDO_AUTHORITY,
  RILL__PSEUDO_METHOD,
  RILL__PSEUDO_PATH,
  RILL__PSEUDO_SCHEME,
  RILL__PSEUDO_STATUS,
  RILL__PSEUDO_PROTOCOL,
  RILL__PSEUDO_COUNT
} rill__pseudo;

/* Methods that change how a message is judged. */
typedef enum rill__method {
  RILL__METHOD_OTHER,
  RILL__METHOD_GET,
  RILL__METHOD_CONNECT,
  RILL__METHOD_HEAD,
  RILL__METHOD_OPTIONS
} rill__method;

typedef enum rill__scheme { RILL__SCHEME_OTHER, RILL__SCHEME_HTTP, RILL__SCHEME_HTTPS } rill__scheme;

typedef enum rill__path { RILL__PATH_OTHER, RILL__PATH_SLASH, RILL__PATH_STAR } rill__path; /* what it begins with, or is */

#define RILL__NO_INDEX SIZE_MAX

typedef struct rill__section {
  int64_t content_length; /* -1: not declared */
  size_t host_index;      /* of host in a request; RILL__NO_INDEX */
  size_t length_index;    /* of content-length in a head; RILL__NO_INDEX */
  size_t field_count;     /* regular ones */
  int32_t port;           /* of :authority; RILL__PORT_NONE */
  uint16_t status;        /* 0 in requests and trailers */
  uint8_t kind;           /* rill__section_kind */
  uint8_t pseudo_count;
  rill_priority priority;            /* by the fields of that name; only what is signalled counts */
  int8_t pseudo[RILL__PSEUDO_COUNT]; /* the index of each; -1 */
  uint8_t means[RILL__PSEUDO_COUNT]; /* rill__method, rill__scheme, rill__path, each at its place */
  bool userinfo;                     /* in :authority */
  bool te;                           /* has been seen */
  bool host;                         /* the field host is an authority */
  uint16_t priority_octets;          /* of fields of that name that were looked at */
  uint8_t learned;                   /* see rill__section_field_known */
  rill__field_rules rules;
} rill__section;

void rill__section_begin(rill__section *section, rill__section_kind kind, const rill__field_rules *rules);

/* The grammar that a section judges these values by leaves nothing for rill__field_check to find, so that it can be spared. */
static inline bool rill__section_covers(uint16_t token) { return token >= RILL_TOKEN__AUTHORITY && token <= RILL_TOKEN__STATUS; }

/* Names that have a rule (0: none: their fields are counted in field_count and no more), and what their rules say. */
extern const uint8_t rill__section_roles[RILL_TOKEN_COUNT];
rill_why rill__section_special(rill__section *section, size_t index, const rill_field *field, uint8_t known);
rill_why rill__section_pseudo_field(rill__section *section, uint16_t token, rill_view value, uint8_t known);

/*
 * What is known of a value by itself, so that nobody need look through it again: 0, FINE, the reason why it is none, or MEANS and
 * more: it is fine, and this is what it means at its place of section->means[]: of :authority 0, that it is no more than a host;
 * of :status one of rill__statuses[].
 */
enum { RILL__KNOWN_MEANS = 240, RILL__KNOWN_FINE = UINT8_MAX };

enum { RILL__STATUSES = RILL__KNOWN_FINE - RILL__KNOWN_MEANS };
extern const uint16_t rill__statuses[RILL__STATUSES]; /* from 1 on those that the static table of RFC 7541 has */

/*
 * rill__section_pseudo_field() of a name that is covered, where all is known and well; false if it is not, and nothing was done.
 * What is learned then is what was known.
 */
static inline bool rill__section_pseudo_again(rill__section *section, uint16_t token, uint8_t known) {
  _Static_assert(RILL__SECTION_REQUEST == 0 && RILL__SECTION_RESPONSE == 1, "a status belongs to a response");
  unsigned i = (unsigned)token - RILL_TOKEN__AUTHORITY, means = (unsigned)known - RILL__KNOWN_MEANS;
  bool here = section->kind == (i == RILL__PSEUDO_STATUS) && section->field_count == 0 && section->pseudo[i] < 0;
  if (!here || means >= RILL__KNOWN_FINE - RILL__KNOWN_MEANS) return false;
  section->pseudo[i] = (int8_t)section->pseudo_count++;
  section->means[i] = (uint8_t)means;
  if (i == RILL__PSEUDO_STATUS) section->status = rill__statuses[means];
  return true;
}

/*
 * The next field. known: what the judge of this value has said before; section->learned is what it says now, if the value alone
 * decides. index: its place among all fields of the section, from 0. Its octets have passed rill__field_check, and its token is
 * one (RILL_TOKEN_OTHER if the name is none that rill knows).
 */
static inline rill_why rill__section_field_known(rill__section *section, size_t index, const rill_field *field, uint8_t known) {
  if (rill__section_covers(field->token)) return rill__section_pseudo_field(section, field->token, field->value, known);
  if (rill__section_roles[field->token] != 0) return rill__section_special(section, index, field, known);
  section->learned = known;
  section->field_count++;
  return RILL_WHY_NONE;
}

/* Likewise, of a value that nobody has seen before. */
static inline rill_why rill__section_field(rill__section *section, size_t index, const rill_field *field) {
  return rill__section_field_known(section, index, field, 0);
}

/* Nothing follows. fields: those of the calls before, at their indices, wherever they are now; NULL if there were none. */
rill_why rill__section_end(rill__section *section, const rill_field *fields);

/* A request that has passed may be promised (9113 8.4): PUSH_METHOD, PUSH_CONTENT, PUSH_ORIGIN. */
rill_why rill__section_may_push(const rill__section *section);

static inline bool rill__section_is_trailers(const rill__section *section) {
  return section->kind >= RILL__SECTION_TRAILERS_REQUEST;
}

static inline bool rill__section_is_interim(const rill__section *section) {
  return section->kind == RILL__SECTION_RESPONSE && section->status < 200;
}

static inline bool rill__section_is_connect(const rill__section *section) {
  return section->means[RILL__PSEUDO_METHOD] == RILL__METHOD_CONNECT;
}
static inline bool rill__section_is_head(const rill__section *section) {
  return section->means[RILL__PSEUDO_METHOD] == RILL__METHOD_HEAD;
}

/* The value of a pseudo-header field after rill__section_end; empty if it is absent. */
static inline rill_view rill__section_pseudo(const rill__section *section, rill__pseudo pseudo, const rill_field *fields) {
  int8_t index = section->pseudo[pseudo];
  return index < 0 ? (rill_view){NULL, 0} : fields[index].value;
}

/* Content-length in this response means nothing and is not to be passed on: 1xx, 204, 2xx to CONNECT (9110 8.6). */
static inline bool rill__response_voids_length(uint16_t status, bool to_connect) {
  return status < 200 || status == 204 || (to_connect && status < 300);
}

#endif /* RILL__SECTION_H */
