/* SPDX-License-Identifier: MIT */
#include "rules/message.h"

enum { WAITING, CONTENT, ENDED }; /* state: for the (final) head, in the content, after END_STREAM */
enum { RESPONSE = RILL__MESSAGE_RESPONSE, BARE = RILL__MESSAGE_BARE, TUNNEL = RILL__MESSAGE_TUNNEL };

static void set_left(rill__message *message, int64_t left) { memcpy(message->left, &left, sizeof left); }

void rill__message_begin(rill__message *message, bool is_response) {
  *message = (rill__message){{0, 0}, 0, WAITING, is_response ? RESPONSE : 0};
  set_left(message, -1);
}

rill__section_kind rill__message_expects(const rill__message *message) {
  bool response = (message->facts & RESPONSE) != 0;
  if (message->state == WAITING) return response ? RILL__SECTION_RESPONSE : RILL__SECTION_REQUEST;
  return response ? RILL__SECTION_TRAILERS_RESPONSE : RILL__SECTION_TRAILERS_REQUEST;
}

/* What every field section meets first. */
static rill_why judge_place(const rill__message *message, uint8_t wanted, rill_why otherwise) {
  if (message->state == ENDED) return RILL_WHY_STREAM_CLOSED;
  if (rill__message_is_tunnel(message)) return RILL_WHY_TUNNEL_HEADERS;
  return message->state == wanted ? RILL_WHY_NONE : otherwise;
}

static rill_why interim_head(rill__message *message, bool end_stream, uint32_t max_interim) {
  if (end_stream) return RILL_WHY_INTERIM_END;
  if (message->interim >= max_interim) return RILL_WHY_INTERIM_COUNT;
  message->interim++;
  return RILL_WHY_NONE;
}

/* What a head makes of a message: BARE, TUNNEL or neither. */
static unsigned declared(bool response, const rill__section *section, const rill__exchange *exchange) {
  if (!response) return rill__section_is_connect(section) ? TUNNEL : 0;
  if (exchange->to_connect && section->status < 300) return TUNNEL;
  return exchange->to_head || section->status == 204 || section->status == 304 ? BARE : 0;
}

rill_why rill__message_head(rill__message *message, const rill__section *section, bool end_stream,
                            const rill__exchange *exchange) {
  rill_why why = judge_place(message, WAITING, RILL_WHY_HEAD_TWICE);
  if (why != RILL_WHY_NONE) return why;
  if (rill__section_is_interim(section)) return interim_head(message, end_stream, exchange->max_interim);
  bool response = (message->facts & RESPONSE) != 0, submitted = section->rules.submitted;
  unsigned facts = declared(response, section, exchange);
  int64_t left = facts == 0 ? section->content_length : -1;
  if (submitted && response && facts == TUNNEL && section->content_length >= 0) return RILL_WHY_LENGTH_FORBIDDEN;
  if (end_stream && left > 0) return RILL_WHY_LENGTH_SHORT;
  /* 9110 15.3.6: 205 is sent without content; what comes with it was framed like any other */
  if (submitted && section->status == 205 && facts == 0) facts = BARE;
  set_left(message, left);
  message->facts |= (uint8_t)facts;
  message->state = end_stream ? ENDED : CONTENT;
  return RILL_WHY_NONE;
}

rill_why rill__message_trailers(rill__message *message, bool end_stream) {
  rill_why why = judge_place(message, CONTENT, RILL_WHY_HEAD_MISSING);
  if (why != RILL_WHY_NONE) return why;
  if (!end_stream) return RILL_WHY_TRAILERS_NOT_LAST;
  if (rill__message_left(message) > 0) return RILL_WHY_LENGTH_SHORT;
  message->state = ENDED;
  return RILL_WHY_NONE;
}

rill_why rill__message_data(rill__message *message, uint32_t content, bool end_stream) {
  if (message->state == ENDED) return RILL_WHY_STREAM_CLOSED;
  if (message->state == WAITING) return RILL_WHY_HEAD_MISSING;
  if (content != 0 && rill__message_is_bare(message)) return RILL_WHY_CONTENT_FORBIDDEN;
  int64_t left = rill__message_left(message);
  if (left >= 0) {
    if (content > left) return RILL_WHY_LENGTH_EXCEEDED;
    left -= content;
    if (end_stream && left != 0) return RILL_WHY_LENGTH_SHORT;
    set_left(message, left);
  }
  if (end_stream) message->state = ENDED;
  return RILL_WHY_NONE;
}
