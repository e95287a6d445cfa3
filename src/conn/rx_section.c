/* SPDX-License-Identifier: MIT */
/*
 * A whole field block: once its fields are read (rx_fields.h), the section and the message are judged, then handed over. The
 * strings of a section live in one arena and its fields in one array, both kept for the next.
 */
#include "conn/rx_fields.h"

#include "base/bytes.h"

/* ---- the section -------------------------------------------------------------------------------------------------------- */

static size_t cookie_octets(const rill__reading *r, const rill_field *fields) {
  size_t n = 0;
  for (size_t i = 0; i < r->stored; i++) {
    if (fields[i].token == RILL_TOKEN_COOKIE) n += fields[i].value.n + 2;
  }
  return n;
}

/* 9113 8.2.3: one value, linear in its size, where the first line stood. False without memory. */
static bool join_cookies(rill_conn *c, rill__reading *r) {
  rill_field *fields = c->rx.fields, *joined = NULL;
  size_t kept = 0;
  uint8_t *at = rill__arena_take(&c->rx.arena, cookie_octets(r, fields));
  if (at == NULL) return false;
  for (size_t i = 0; i < r->stored; i++) {
    rill_field field = fields[i];
    if (field.token != RILL_TOKEN_COOKIE || joined == NULL) fields[kept++] = field;
    if (field.token != RILL_TOKEN_COOKIE) continue;
    if (joined == NULL) {
      joined = &fields[kept - 1];
      joined->value.p = at;
      joined->hash = 0;
    }
    joined->flags |= field.flags & RILL_FIELD_NEVER_INDEX;
    joined->flags &= field.flags | (uint8_t)~RILL_FIELD_CHECKED;
    if (field.value.n == 0) continue; /* else the value could end with the separator's space */
    if (at != joined->value.p) at = rill__put(at, (const uint8_t *)"; ", 2);
    at = rill__put(at, field.value.p, field.value.n);
  }
  /* NOLINTNEXTLINE(clang-analyzer-core.NullDereference): there are cookies, or nobody would join them */
  joined->value.n = (size_t)(at - joined->value.p);
  r->stored = kept;
  return true;
}

static const rill_head_kind head_kinds[] = {
    [RILL__SECTION_REQUEST] = RILL_HEAD_REQUEST,
    [RILL__SECTION_RESPONSE] = RILL_HEAD_RESPONSE,
    [RILL__SECTION_TRAILERS_REQUEST] = RILL_HEAD_TRAILERS,
    [RILL__SECTION_TRAILERS_RESPONSE] = RILL_HEAD_TRAILERS,
};

/* Member by member: as one, compilers make it somewhere else first. */
static void fill_head(rill_head *head, const rill_conn *c, const rill__reading *r) {
  const rill__section *section = &r->section;
  const rill_field *fields = c->rx.fields;
  const rill_view none = {NULL, 0};
  bool request = section->kind == RILL__SECTION_REQUEST;
  head->kind = rill__section_is_interim(section) ? RILL_HEAD_INFORMATIONAL : head_kinds[section->kind];
  head->end_stream = c->rx.block_end_stream;
  head->status = section->status;
  head->method = request ? rill__section_pseudo(section, RILL__PSEUDO_METHOD, fields) : none;
  head->scheme = request ? rill__section_pseudo(section, RILL__PSEUDO_SCHEME, fields) : none;
  head->authority = request ? rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields) : none;
  head->path = request ? rill__section_pseudo(section, RILL__PSEUDO_PATH, fields) : none;
  head->protocol = request ? rill__section_pseudo(section, RILL__PSEUDO_PROTOCOL, fields) : none;
  head->fields = section->pseudo_count == 0 ? fields : fields + section->pseudo_count; /* empty trailers have no array */
  head->field_count = r->stored - section->pseudo_count;
  head->content_length = section->content_length;
  head->priority = section->priority;
  head->all = fields;
  head->all_count = r->stored;
}

/* A content-length that means nothing is not passed on (9110 8.6). */
static void drop_void_length(rill_conn *c, const rill__stream *s, rill__reading *r) {
  rill__section *section = &r->section;
  bool voids = section->kind == RILL__SECTION_RESPONSE && section->length_index != RILL__NO_INDEX &&
               rill__response_voids_length(section->status, (s->flags & RILL__TO_CONNECT) != 0);
  if (!voids) return;
  rill_field *field = &c->rx.fields[section->length_index];
  r->stored--;
  memmove(field, field + 1, (r->stored - section->length_index) * sizeof *field);
  section->content_length = -1;
}

static void deliver(rill_conn *c, rill__stream *s, rill__reading *r) {
  drop_void_length(c, s, r);
  if (r->section.status == 421) rill__origin_misdirected(c, s->origin);
  if (r->crumbs > 1 && !join_cookies(c, r)) {
    rill__fail_nomem(c);
    return;
  }
  rill_head head;
  fill_head(&head, c, r);
  if (r->section.kind == RILL__SECTION_REQUEST) head.priority = rill__priority_unpack(s->priority);
  uint32_t id = s->id;
  bool alive = true;
  s->flags |= RILL__HEARD;
  if (!head.end_stream && rill__message_left(&s->rx) > 0) c->time.watch = true;
  if (c->on->on_head != NULL) alive = rill__answer(c, id, c->on->on_head(c, id, &head, s->user));
  if (alive && head.end_stream) rill__stream_event(c, id, RILL__RX_END);
}

/* Against what came before on the stream. */
static rill_why judge_message(rill_conn *c, rill__stream *s, const rill__reading *r) {
  const rill__section *section = &r->section;
  if (rill__section_is_interim(section)) {
    /* All that came before it was interim, too. */
    if (r->list_size + s->section_octets > c->local.enforced.max_header_list_size) return RILL_WHY_INTERIM_COUNT;
  }
  s->section_octets += (uint32_t)r->list_size;
  rill__exchange exchange = {
      .to_head = (s->flags & RILL__TO_HEAD) != 0,
      .to_connect = (s->flags & RILL__TO_CONNECT) != 0,
      .max_interim = c->context->config.max_interim_responses,
  };
  if (rill__section_is_trailers(section)) return rill__message_trailers(&s->rx, c->rx.block_end_stream);
  return rill__message_head(&s->rx, section, c->rx.block_end_stream, &exchange);
}

static bool may_answer(const rill_conn *c, const rill__stream *s) {
  return c->server && (s->flags & (RILL__TX_HEAD | RILL__CLOSED)) == 0;
}

/* 9113 10.5.1: a section that is too large is answered by 431, not just refused. Whoever heard of its price may have ended it. */
static void answer_431(rill_conn *c, rill__stream *s, rill_why why) {
  static const rill_field status[] = {RILL_FIELD(":status", "431")};
  if (!rill__pay_for_reset(c, why)) return;
  rill__fields fields = rill__fields_of(status, 1);
  uint8_t *at = may_answer(c, s) ? rill__lane_reserve(c, &fields) : NULL;
  if (at == NULL) {
    rill__refuse(c, s->id, why);
    return;
  }
  rill__lane_put(c, s, at, &fields, &(rill__block){.end_stream = true});
  s->flags |= RILL__TX_HEAD;
  rill_close close = {.by = RILL_BY_RILL, .code = RILL_NO_ERROR, .why = why};
  if (c->rx.block_end_stream) {
    s->state = (uint8_t)rill__stream_next((rill__state)s->state, RILL__RX_END);
    rill__stream_close(c, s, &close);
  } else {
    rill__reset_stream(c, s, &close);
  }
}

static void refuse_section(rill_conn *c, rill__stream *s, rill_why why) {
  bool large = why == RILL_WHY_LIST_SIZE || why == RILL_WHY_FIELD_COUNT || why == RILL_WHY_COOKIE_CRUMBS;
  if (large && may_answer(c, s)) {
    answer_431(c, s, why);
  } else {
    rill__settle(c, s->id, why);
  }
}

/* The application hears of this one of the peer's requests. What PRIORITY_UPDATE said counts more than the field (9218 7). */
static void note_request(rill_conn *c, rill__stream *s, const rill__section *section) {
  rill_priority priority = section->priority;
  c->streams.last_heard = s->id;
  if (c->streams.early != NULL) (void)rill__early_take(c, s->id, &priority);
  if (priority.signalled) rill__prioritize(c, s, priority);
  if (rill__section_is_head(section)) s->flags |= RILL__TO_HEAD;
  if (rill__section_is_connect(section)) s->flags |= RILL__TO_CONNECT;
}

static void conclude(rill_conn *c, rill__stream *s, rill__reading *r) {
  if (r->verdict == RILL_WHY_NONE) r->verdict = rill__section_end(&r->section, c->rx.fields);
  if (r->verdict == RILL_WHY_NONE) r->verdict = judge_message(c, s, r);
  if (r->verdict != RILL_WHY_NONE) {
    refuse_section(c, s, r->verdict);
    return;
  }
  if (r->section.kind == RILL__SECTION_REQUEST) note_request(c, s, &r->section);
  deliver(c, s, r);
}

/* ---- promises ---------------------------------------------------------------------------------------------------------- */

#if RILL__PUSH

/* 9113 8.4. The stream that the promise came on may have been reset since, and is NULL then. *origin: of the promised request. */
static rill_why judge_promise(rill_conn *c, const rill__stream *on, rill__reading *r, uint16_t *origin) {
  rill__section *section = &r->section;
  const rill_field *fields = c->rx.fields;
  rill_why why = r->verdict != RILL_WHY_NONE ? r->verdict : rill__section_end(section, fields);
  if (why == RILL_WHY_NONE) why = rill__section_may_push(section);
  if (why != RILL_WHY_NONE) return why;
  *origin = rill__origin_find(c, rill__section_pseudo(section, RILL__PSEUDO_SCHEME, fields),
                              rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields));
  if (*origin == 0) return RILL_WHY_PUSH_ORIGIN;
  return on == NULL || c->on->on_push == NULL ? RILL_WHY_APPLICATION : RILL_WHY_NONE; /* nobody wants it */
}

static void deliver_promise(rill_conn *c, rill__stream *on, rill__stream *promised, const rill__reading *r) {
  rill_head head;
  fill_head(&head, c, r);
  note_request(c, promised, &r->section);
  head.kind = RILL_HEAD_PUSH;
  head.end_stream = true;
  head.priority = rill__priority_unpack(promised->priority);
  promised->flags |= RILL__HEARD;
  uint32_t id = promised->id;
  bool alive = rill__answer(c, id, c->on->on_push(c, on->id, id, &head, on->user));
  if (alive && rill__stream_live(c, id) == NULL) (void)rill__pay(c, RILL__CHARGE_CHEAP, 1); /* nobody wants it, as above */
}

/* What the application did since the frame began counts: its GOAWAY, or a reset of the stream that the promise came on. */
static void conclude_promise(rill_conn *c, rill__reading *r) {
  uint32_t id = c->rx.promised_id;
  uint16_t origin = 0;
  rill__stream *on = rill__stream_live(c, c->rx.block_id);
  if (rill__past_goaway(c, id)) return;
  if (on != NULL && rill__message_is_tunnel(&on->rx)) { /* 9113 8.5 */
    rill__settle(c, on->id, RILL_WHY_TUNNEL_HEADERS);
    if (c->failure.err != 0) return; /* it calls back */
    on = NULL;
  }
  rill_why why = judge_promise(c, on, r, &origin);
  bool joined = why != RILL_WHY_NONE || r->crumbs <= 1 || join_cookies(c, r);
  rill__stream *promised = why == RILL_WHY_NONE && joined ? rill__stream_promise(c, id) : NULL;
  if (promised != NULL) {
    promised->origin = origin;
    deliver_promise(c, on, promised, r);
  } else if (why != RILL_WHY_NONE) {
    rill__settle(c, id, why);
  } else if (c->mem.refused) {
    rill__settle(c, id, RILL_WHY_CONCURRENCY);
  } else {
    rill__fail_nomem(c);
  }
}

#else
static void conclude_promise(rill_conn *c, const rill__reading *r) { (void)c, (void)r; }
#endif

/* ---- the block --------------------------------------------------------------------------------------------------------- */

/* The stream that a block is for; NULL if it is only to be decoded. */
static rill__stream *find_or_open(rill_conn *c) {
  rill__stream *s = NULL;
  if (c->rx.block_use == RILL__BLOCK_HEAD) {
    s = rill__stream_live(c, c->rx.block_id);
    if (s != NULL && s->promised) rill__stream_begin_promised(c, s);
    return s;
  }
  if (c->rx.block_use != RILL__BLOCK_OPENS) return NULL;
  if (rill__past_goaway(c, c->rx.block_id)) return NULL; /* said between two pieces of the block */
  s = rill__stream_open(c, c->rx.block_id);
  if (s != NULL) return s;
  if (!c->mem.refused) {
    rill__fail_nomem(c);
    return NULL;
  }
  /* Our limit of memory is first of all this one stream's misfortune. */
  c->rx.block_use = RILL__BLOCK_REFUSE;
  c->rx.block_why = RILL_WHY_CONCURRENCY;
  return NULL;
}

/* What was found to be too much when the block began, unless the application has reset it since. */
static void conclude_refused(rill_conn *c) {
  bool opened = !c->server && c->rx.promised_id == 0; /* a promise that is answered */
  if (opened && rill__stream_live(c, c->rx.block_id) == NULL) return;
  rill__settle(c, c->rx.promised_id != 0 ? c->rx.promised_id : c->rx.block_id, (rill_why)c->rx.block_why);
}

void rill__block_decode(rill_conn *c, rill_view block) {
  rill__reading r;
  rill__stream *s = find_or_open(c);
  bool promise = c->rx.block_use == RILL__BLOCK_PROMISE;
  rill__section_kind kind = s == NULL ? RILL__SECTION_REQUEST : rill__message_expects(&s->rx);
  r.verdict = s == NULL && !promise ? RILL_WHY_CONCURRENCY : RILL_WHY_NONE; /* then nothing is stored */
  rill__section_begin(&r.section, kind, &c->context->recv_rules);
  r.section.rules.extended_connect = c->local.enforced.enable_connect_protocol != 0; /* 8441 3 */
  rill__arena_reset(&c->rx.arena);
  c->stats.block_octets_received += block.n;
  if (c->failure.err != 0 || !rill__read_fields(c, &r, block)) return;
  if (s != NULL) {
    conclude(c, s, &r);
  } else if (promise) {
    conclude_promise(c, &r);
  } else if (c->rx.block_use == RILL__BLOCK_REFUSE) {
    conclude_refused(c);
  }
}
