/* SPDX-License-Identifier: MIT */
/*
 * Heads out. All is judged first, by the rules for what is received; then all memory is found; then nothing can fail.
 */
#include "conn/conn.h"
#include "conn/judge.h"

#include "base/bytes.h"
#include "hpack/token.h"

/* ---- judgement ---------------------------------------------------------------------------------------------------------- */

/* What the encoder knows of the fields of a section is asked once, for judging and encoding; of a longer one than this, twice. */
enum { PLACES_MAX = 24 };

typedef struct judged {
  rill__section section;
  rill__fields fields;
  rill__enc_place places[PLACES_MAX];
} judged;

static int not_now(rill_conn *c, rill_why why) {
  (void)rill__fault(c, why, 0);
  return RILL_ERR_STATE;
}

/* Heads that nobody takes do not heap up. */
static int may_inform(const rill_conn *c, const rill__stream *s) {
  bool full = rill__lane_full(c) || s->blocks >= RILL__UNSENT_MAX;
  return full ? RILL_ERR_BLOCKED : 0;
}

static int refuse(rill_conn *c, rill_why why, size_t index) {
  (void)rill__fault(c, why, index);
  return RILL_ERR_INVALID;
}

/*
 * Most regular fields are the newest entry of their name in the encoder's table, were judged before, and no rule speaks of them.
 * False: this is none of those, and nothing was done.
 */
static inline bool judge_again(const rill__enc *enc, const uint32_t *newest, rill__section *section, const rill_field *field,
                               uint16_t token, rill__enc_place *place) {
  if (rill__section_roles[token] != 0) return false; /* RILL_TOKEN_OTHER has one, too */
  const rill__dyn_entry *entry = rill__enc_again(enc, newest, field, token, &place->at);
  if (entry == NULL || entry->note == 0) return false;
  section->field_count++;
  place->token = token;
  place->way = RILL__IN_DYNAMIC;
  place->note = entry->note;
  return true;
}

static int judge(rill_conn *c, judged *out, rill__section_kind kind, const rill_field *fields, size_t count) {
  rill__section *section = &out->section;
  rill__enc_place *place = out->places;
  size_t step = count <= PLACES_MAX ? 1 : 0; /* of a longer section they are not kept */
  rill__enc_wake(&c->tx.enc);
  const uint32_t *newest = rill__enc_newest(&c->tx.enc.tab);
  rill__section_begin(section, kind, &c->context->submit_rules);
  section->rules.extended_connect = !c->server && c->remote.settings.enable_connect_protocol != 0; /* 8441 3 */
  out->fields = (rill__fields){fields, count, step != 0 ? place : NULL, {0, 0}};
  const rill_field *end = count == 0 ? fields : fields + count; /* there may be no array */
  for (const rill_field *field = fields; field != end; field++, place += step) {
    uint16_t token = rill__token_for(field);
    rill__enc_measure(&out->fields.size, field);
    bool done = rill__section_covers(token) ? rill__judge_pseudo(&c->tx.enc, newest, section, field, token, place)
                                            : judge_again(&c->tx.enc, newest, section, field, token, place);
    if (done) continue;
    size_t index = (size_t)(field - fields);
    rill_why why = rill__judge_field(c, section, index, field, token, place);
    if (why != RILL_WHY_NONE) return refuse(c, why, index);
  }
  rill_why why = rill__section_end(section, fields);
  return why == RILL_WHY_NONE ? 0 : refuse(c, why, count);
}

/* ---- requests ----------------------------------------------------------------------------------------------------------- */

/* May a stream be opened or promised? */
static int may_open(rill_conn *c) {
  if (c->failure.err != 0) return c->failure.err;
  if (c->streams.next_own > INT32_MAX || c->stats.streams_opened >= c->context->max_streams) return RILL_ERR_NO_MORE_IDS;
  if (rill__is_closing(c)) return RILL_ERR_CLOSED;
  if (c->streams.by_us < c->remote.settings.max_concurrent_streams && !rill__lane_full(c)) {
    return 0;
  }
  c->tx.blocked = true;
  return RILL_ERR_BLOCKED;
}

/* The message and its source, judged and found. *source stays NULL without a body. */
static int prepare(rill_conn *c, rill__message *message, const judged *head, const rill__exchange *exchange, bool end_stream,
                   const rill_body *body, rill__source **source) {
  rill_why why = rill__message_head(message, &head->section, end_stream, exchange);
  if (why != RILL_WHY_NONE) return refuse(c, why, head->fields.count);
  if (body == NULL) return 0;
  *source = rill__source_new(c, body);
  if (*source == NULL) return RILL_ERR_NOMEM;
  (*source)->message = *message;
  return 0;
}

/* What the request speaks to, for a client's origin set; host may stand for :authority. False without memory. */
static bool note_origin(rill_conn *c, const judged *head, uint16_t *number) {
  const rill__section *section = &head->section;
  if (!rill__origins_kept(c)) return true;
  const rill_field *fields = head->fields.p;
  rill_view authority = rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields);
  if (authority.n == 0 && section->host_index != RILL__NO_INDEX) authority = fields[section->host_index].value;
  return rill__origin_note(c, rill__section_pseudo(section, RILL__PSEUDO_SCHEME, fields), authority, number);
}

static rill_ssize request(rill_conn *c, const rill_field *fields, size_t count, const rill_body *body, void *user) {
  judged head;
  rill__message message;
  rill__source *source = NULL;
  uint16_t origin = 0;
  int err = c->server ? RILL_ERR_STATE : may_open(c);
  if (err == 0) err = judge(c, &head, RILL__SECTION_REQUEST, fields, count);
  if (err != 0) return err;
  rill__message_begin(&message, false);
  err = prepare(c, &message, &head, NULL, body == NULL, body, &source);
  if (err != 0) return err;
  uint8_t *at = rill__lane_reserve(c, &head.fields);
  bool noted = at != NULL && note_origin(c, &head, &origin);
  rill__stream *s = noted ? rill__stream_open(c, c->streams.next_own) : NULL;
  if (s == NULL) {
    if (source != NULL) rill__source_free(c, source);
    return RILL_ERR_NOMEM;
  }
  c->streams.next_own += 2;
  s->user = user;
  rill__source_give(s, source);
  s->origin = origin;
  if (origin != 0) rill__origin_enter(c, origin);
  s->flags = RILL__HEARD | RILL__TX_HEAD;
  if (rill__section_is_head(&head.section)) s->flags |= RILL__TO_HEAD;
  if (rill__section_is_connect(&head.section)) s->flags |= RILL__TO_CONNECT;
  rill__lane_put(c, s, at, &head.fields, &(rill__block){.end_stream = body == NULL, .request = true});
  if (head.section.priority.signalled) rill__prioritize(c, s, head.section.priority);
  rill__source_turn(c, s);
  return (rill_ssize)s->id;
}

rill_ssize rill_submit_request(rill_conn *c, const rill_field *fields, size_t count, const rill_body *body, void *stream_user) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__leave(c, request(c, fields, count, body, stream_user));
}

/* ---- promises ---------------------------------------------------------------------------------------------------------- */

#if RILL__PUSH

/* The stream that may carry a promise (9113 6.6): a request of the client that has not been answered to its end. */
static int may_push(rill_conn *c, uint32_t id, rill__stream **s) {
  if (!c->server) return RILL_ERR_STATE;
  if (c->failure.err != 0) return c->failure.err;
  if (c->remote.settings.enable_push == 0) return not_now(c, RILL_WHY_PUSH_DISABLED);
  *s = rill__stream_live(c, id);
  if (*s == NULL) return RILL_ERR_NO_STREAM;
  bool ended = ((*s)->flags & RILL__TX_HEAD) != 0 && (*s)->source == NULL;
  bool tunnel = ((*s)->flags & RILL__TO_CONNECT) != 0; /* 9113 8.5 */
  if (ended || tunnel || rill__stream_is_own(c, id)) return not_now(c, RILL_WHY_PUSH_STREAM);
  int err = may_open(c);
  if (err == 0) err = may_inform(c, *s);
  if (err == RILL_ERR_BLOCKED) c->tx.blocked = true;
  return err;
}

static rill_ssize push(rill_conn *c, uint32_t id, const rill_field *fields, size_t count, void *user) {
  judged head;
  rill__stream *s = NULL;
  int err = may_push(c, id, &s);
  if (err == 0) err = judge(c, &head, RILL__SECTION_REQUEST, fields, count);
  if (err != 0) return err;
  rill_why why = rill__section_may_push(&head.section);
  if (why != RILL_WHY_NONE) return refuse(c, why, count);
  uint8_t *at = rill__lane_reserve(c, &head.fields);
  rill__stream *promised = at == NULL ? NULL : rill__stream_promise(c, c->streams.next_own);
  if (promised == NULL) return RILL_ERR_NOMEM;
  c->streams.next_own += 2;
  promised->user = user;
  promised->flags |= RILL__HEARD;
  if (rill__section_is_head(&head.section)) promised->flags |= RILL__TO_HEAD;
  rill__lane_put(c, s, at, &head.fields, &(rill__block){.promised_id = promised->id});
  if (head.section.priority.signalled) rill__prioritize(c, promised, head.section.priority);
  return (rill_ssize)promised->id;
}

rill_ssize rill_submit_push(rill_conn *c, uint32_t id, const rill_field *fields, size_t count, void *stream_user) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__leave(c, push(c, id, fields, count, stream_user));
}

#endif

/* ---- responses ---------------------------------------------------------------------------------------------------------- */

/* A promise counts from its response on (9113 5.1.2), and the client may have lowered its limit since it was made. */
static int may_begin(rill_conn *c, const rill__stream *s) {
  bool room = !s->promised || rill__active_promised(c) < c->remote.settings.max_concurrent_streams;
  if (!room) c->tx.answer_blocked = true;
  return room ? 0 : RILL_ERR_BLOCKED;
}

/* May a server still send a head on it? */
static int may_respond(rill_conn *c, const rill__stream *s, bool interim) {
  if ((s->flags & RILL__TX_HEAD) != 0) return not_now(c, RILL_WHY_HEAD_TWICE);
  int err = may_begin(c, s);
  return err == 0 && interim ? may_inform(c, s) : err;
}

static int respond(rill_conn *c, uint32_t id, const rill_field *fields, size_t count, const rill_body *body, bool interim) {
  judged head;
  rill__message message;
  rill__source *source = NULL;
  int err = c->server ? c->failure.err : RILL_ERR_STATE;
  if (err != 0) return err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  err = may_respond(c, s, interim);
  if (err == 0) err = judge(c, &head, RILL__SECTION_RESPONSE, fields, count);
  if (err != 0) return err;
  if (rill__section_is_interim(&head.section) != interim) return refuse(c, RILL_WHY_STATUS, 0);
  bool end_stream = !interim && body == NULL;
  rill__exchange exchange = {(s->flags & RILL__TO_HEAD) != 0, (s->flags & RILL__TO_CONNECT) != 0, UINT32_MAX};
  rill__message_begin(&message, true);
  err = prepare(c, &message, &head, &exchange, end_stream, body, &source);
  if (err != 0) return err;
  uint8_t *at = rill__lane_reserve(c, &head.fields);
  if (at == NULL) {
    if (source != NULL) rill__source_free(c, source);
    return RILL_ERR_NOMEM;
  }
  rill__lane_put(c, s, at, &head.fields, &(rill__block){.end_stream = end_stream});
  rill__source_give(s, source);
  if (!interim) s->flags |= RILL__TX_HEAD;
  if (s->promised) rill__stream_begin_promised(c, s);
  if (!interim && head.section.priority.signalled) rill__prioritize_by_fields(c, s, fields, count);
  rill__source_turn(c, s);
  return 0;
}

int rill_submit_response(rill_conn *c, uint32_t id, const rill_field *fields, size_t count, const rill_body *body) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return (int)rill__leave(c, respond(c, id, fields, count, body, false));
}

int rill_submit_informational(rill_conn *c, uint32_t id, const rill_field *fields, size_t count) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return (int)rill__leave(c, respond(c, id, fields, count, NULL, true));
}

/* ---- trailers ----------------------------------------------------------------------------------------------------------- */

static int trailers(rill_conn *c, uint32_t id, const rill_field *fields, size_t count) {
  judged head;
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  rill__source *source = s->source;
  if (source == NULL || source->trailers != NULL || (source->complete && !source->with_trailers)) return RILL_ERR_STATE;
  if (rill__message_is_tunnel(&source->message)) return refuse(c, RILL_WHY_TUNNEL_HEADERS, count);
  int err = judge(c, &head, c->server ? RILL__SECTION_TRAILERS_RESPONSE : RILL__SECTION_TRAILERS_REQUEST, fields, count);
  if (err != 0) return err;
  bool pushed = source->body.pull == NULL;
  if (pushed || source->complete) { /* all content is known: is it what was declared? */
    rill__message message = source->message;
    rill_why why = rill__message_trailers(&message, true);
    if (why != RILL_WHY_NONE) return refuse(c, why, count);
  }
  rill_head section = {.kind = RILL_HEAD_TRAILERS, .fields = fields, .field_count = count};
  source->trailers = rill__head_copy(&c->mem, &section);
  if (source->trailers == NULL) return RILL_ERR_NOMEM;
  source->with_trailers = true;
  if (pushed) source->complete = true;
  err = rill__source_trailers(c, s);
  if (err == 0) return 0;
  rill__head_free(&c->mem, source->trailers);
  source->trailers = NULL;
  source->with_trailers = source->complete = !pushed; /* as before: content that was pulled is complete if it comes to this */
  return err;
}

int rill_submit_trailers(rill_conn *c, uint32_t id, const rill_field *fields, size_t count) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return (int)rill__leave(c, trailers(c, id, fields, count));
}

/* ---- RST_STREAM, PING --------------------------------------------------------------------------------------------------- */

static int reset(rill_conn *c, uint32_t id, uint32_t code) {
  if (c->failure.err != 0) return c->failure.err;
  rill__stream *s = rill__stream_live(c, id);
  if (s == NULL) return RILL_ERR_NO_STREAM;
  rill_close close = {.by = RILL_BY_APP, .code = code, .why = RILL_WHY_APPLICATION};
  rill__reset_stream(c, s, &close);
  return 0;
}

int rill_reset(rill_conn *c, uint32_t id, uint32_t code) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return (int)rill__leave(c, reset(c, id, code));
}

int rill_submit_ping(rill_conn *c, const uint8_t *payload) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  int err = c->failure.err;
  if (err == 0 && c->tx.ping_state != RILL__PING_NONE) err = RILL_ERR_BLOCKED;
  if (err == 0 && !rill__out_begin(c)) err = RILL_ERR_NOMEM;
  if (err == 0) {
    memcpy(c->out->ping, payload, sizeof c->out->ping);
    c->tx.ping_state = RILL__PING_OWED;
    c->tx.owes = true;
  }
  return (int)rill__leave(c, err);
}
