/* SPDX-License-Identifier: MIT */
/*
 * A whole field block: decoded field by field, each judged as it comes, then the section and the message, then handed over.
 *
 * After the first refusal nothing is stored, but decoding goes on to the end (9113 4.3); only the hard limits stop it. The
 * strings of a section live in one arena and its fields in one array, both kept for the next.
 */
#include "conn/conn.h"

#include "base/bytes.h"

typedef struct reading {
  rill__section *section;
  rill_why verdict; /* the first refusal */
  uint64_t list_size;
  uint32_t seen, crumbs; /* fields in all; cookie lines among them */
  size_t stored;
} reading;

/* ---- one field ---------------------------------------------------------------------------------------------------------- */

/* Above these the connection ends; they count what is decoded, stored or not (9113 10.5.1). */
static rill_why judge_hard(const rill_config *config, const reading *r) {
  if (r->list_size > config->max_header_list_hard) return RILL_WHY_LIST_SIZE_HARD;
  return r->seen > config->max_header_fields_hard ? RILL_WHY_FIELD_COUNT_HARD : RILL_WHY_NONE;
}

static rill_why judge_limits(const rill_conn *c, reading *r, const rill_field *field) {
  const rill_config *config = &c->context->config;
  if (field->name.n > config->max_field_name) return RILL_WHY_NAME_SIZE;
  if (field->value.n > config->max_field_value) return RILL_WHY_VALUE_SIZE;
  if (r->list_size > c->local.enforced.max_header_list_size) return RILL_WHY_LIST_SIZE;
  if (field->token == RILL_TOKEN_COOKIE) return ++r->crumbs > config->max_cookie_crumbs ? RILL_WHY_COOKIE_CRUMBS : RILL_WHY_NONE;
  return r->seen - r->crumbs > config->max_header_fields ? RILL_WHY_FIELD_COUNT : RILL_WHY_NONE;
}

/*
 * Octets are judged once; the table remembers the verdict, good or bad, lest an octet of index make us look through thousands
 * (message-level rules are judged each time). CHECKED means fit to be sent, too, since the field may be handed on: what only lax
 * rules let in goes without it; its edges are the last thing that is looked at.
 */
static rill_why judge_octets(rill_conn *c, rill_field *field, uint8_t known) {
  rill_why why = known != 0 ? (rill_why)known : rill__field_check(field, &c->context->submit_rules);
  if (why == RILL_WHY_NONE) {
    field->flags |= RILL_FIELD_CHECKED;
    rill__dec_annotate(&c->rx.dec, field);
  } else if (known == 0) {
    rill__dec_note(&c->rx.dec, (uint8_t)why);
  }
  return why == RILL_WHY_VALUE_SPACE && c->context->config.allow_edge_space ? RILL_WHY_NONE : why;
}

/* Likewise a rule of its section that looks through the value: what it says of that is noted of a field whose octets are fit. */
static rill_why judge_value(rill_conn *c, rill__section *section, size_t index, rill_field *field) {
  uint8_t known = rill__dec_noted(&c->rx.dec);
  if ((field->flags & RILL_FIELD_CHECKED) == 0) {
    rill_why why = judge_octets(c, field, known);
    if (why != RILL_WHY_NONE) return why;
    known = 0; /* that was of its octets */
  }
  rill_why why = rill__section_field_known(section, index, field, known);
  bool fit = (field->flags & RILL_FIELD_CHECKED) != 0;
  if (fit && section->learned != known) rill__dec_note(&c->rx.dec, section->learned);
  return why;
}

/* The grammar of a pseudo-header field covers its octets. The values of the static table are fine, but for the one that is none.
 */
static rill_why judge_pseudo(rill_conn *c, rill__section *section, const rill_field *field) {
  _Static_assert(RILL_WHY_COUNT <= (int)RILL__KNOWN_MEANS, "a reason fits into a note");
  bool fixed = (field->flags & RILL_FIELD_CHECKED) != 0 && field->value.n != 0;
  uint8_t known = fixed ? RILL__KNOWN_FINE : rill__dec_noted(&c->rx.dec);
  rill_why why = rill__section_pseudo_field(section, field->token, field->value, known);
  if (section->learned != known) rill__dec_note(&c->rx.dec, section->learned);
  return why;
}

/* Most fields are fit, and no rule speaks of them. */
static bool is_plain(const rill_field *field) {
  return rill__section_roles[field->token] == 0 && (field->flags & RILL_FIELD_CHECKED) != 0;
}

static rill_why judge_field(rill_conn *c, reading *r, size_t index, rill_field *field, bool small) {
  rill_why why = RILL_WHY_NONE;
  if (!small || field->token == RILL_TOKEN_COOKIE) why = judge_limits(c, r, field);
  if (why != RILL_WHY_NONE) return why;
  if (rill__section_covers(field->token)) return judge_pseudo(c, r->section, field);
  return judge_value(c, r->section, index, field);
}

static bool fields_grow(rill_conn *c) {
  uint32_t cap = c->rx.fields_cap == 0 ? 16 : c->rx.fields_cap * 2;
  rill_field *fields = rill__mem_resize(&c->mem, c->rx.fields, c->rx.fields_cap * sizeof *fields, cap * sizeof *fields);
  if (fields == NULL) return false;
  c->rx.fields = fields;
  c->rx.fields_cap = cap;
  return true;
}

static bool decode_failed(rill_conn *c, int err, rill_why why) {
  if (err == RILL_ERR_NOMEM) {
    rill__fail_nomem(c);
  } else {
    rill__settle(c, 0, why);
  }
  return false;
}

/* A field that was taken is judged, and kept or not. False: the connection has failed. */
static bool take_field(rill_conn *c, reading *r, bool small) {
  if (!small) {
    rill_why why = judge_hard(&c->context->config, r);
    if (why != RILL_WHY_NONE) return decode_failed(c, RILL_ERR_PROTO, why);
  }
  if (r->verdict == RILL_WHY_NONE) r->verdict = judge_field(c, r, r->stored, &c->rx.fields[r->stored], small);
  r->stored++;
  if (r->verdict != RILL_WHY_NONE) {
    r->stored = 0;
    rill__arena_reset(&c->rx.arena);
  }
  return true;
}

/* The next field, to fields[stored]. 1; 0: there is none; -1: the connection has failed. */
static int next_field(rill_conn *c, rill_view *block, size_t stored) {
  rill_why why = RILL_WHY_NONE;
  int got = rill__dec_next(&c->rx.dec, block, &c->rx.arena, c->rx.fields, stored, &why);
  if (got < 0) (void)decode_failed(c, got, why);
  return got < 0 ? -1 : got;
}

/* False: the connection has failed. */
static bool read_fields(rill_conn *c, reading *r, rill_view block) {
  const uint32_t small_list = rill__small_list(c);
  bool briefly = rill__dec_begins_plainly(&c->rx.dec, &block);
  for (;;) {
    bool full = r->stored == c->rx.fields_cap && block.n != 0;
    if (full && !fields_grow(c)) return decode_failed(c, RILL_ERR_NOMEM, RILL_WHY_NONE);
    if (!briefly || !rill__dec_brief(&c->rx.dec, &block, c->rx.fields, r->stored)) {
      int got = next_field(c, &block, r->stored);
      if (got < 0) return false;
      if (got == 0) break;
      briefly = true;
    }
    const rill_field *field = &c->rx.fields[r->stored];
    r->list_size += (uint64_t)field->name.n + field->value.n + 32;
    r->seen++;
    bool small = r->list_size <= small_list;
    if (small && r->verdict == RILL_WHY_NONE && is_plain(field)) {
      r->section->field_count++;
      r->stored++;
    } else if (!take_field(c, r, small)) {
      return false;
    }
  }
  c->stats.field_octets_received += r->list_size - (uint64_t)r->seen * 32;
  return true;
}

/* ---- the section -------------------------------------------------------------------------------------------------------- */

static size_t cookie_octets(const reading *r, const rill_field *fields) {
  size_t n = 0;
  for (size_t i = 0; i < r->stored; i++) {
    if (fields[i].token == RILL_TOKEN_COOKIE) n += fields[i].value.n + 2;
  }
  return n;
}

/* 9113 8.2.3: one value, linear in its size, where the first line stood. False without memory. */
static bool join_cookies(rill_conn *c, reading *r) {
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

static rill_head head_of(const rill_conn *c, const reading *r) {
  const rill__section *section = r->section;
  const rill_field *fields = c->rx.fields;
  rill_head head = {
      .kind = rill__section_is_interim(section) ? RILL_HEAD_INFORMATIONAL : head_kinds[section->kind],
      .end_stream = c->rx.block_end_stream,
      .status = section->status,
      .fields = section->pseudo_count == 0 ? fields : fields + section->pseudo_count, /* empty trailers have no array */
      .field_count = r->stored - section->pseudo_count,
      .content_length = section->content_length,
      .priority = section->priority,
      .all = fields,
      .all_count = r->stored,
  };
  if (section->kind == RILL__SECTION_REQUEST) {
    head.method = rill__section_pseudo(section, RILL__PSEUDO_METHOD, fields);
    head.scheme = rill__section_pseudo(section, RILL__PSEUDO_SCHEME, fields);
    head.authority = rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields);
    head.path = rill__section_pseudo(section, RILL__PSEUDO_PATH, fields);
    head.protocol = rill__section_pseudo(section, RILL__PSEUDO_PROTOCOL, fields);
  }
  return head;
}

/* A content-length that means nothing is not passed on (9110 8.6). */
static void drop_void_length(rill_conn *c, const rill__stream *s, reading *r) {
  rill__section *section = r->section;
  bool voids = section->kind == RILL__SECTION_RESPONSE && section->length_index != RILL__NO_INDEX &&
               rill__response_voids_length(section->status, (s->flags & RILL__TO_CONNECT) != 0);
  if (!voids) return;
  rill_field *field = &c->rx.fields[section->length_index];
  r->stored--;
  memmove(field, field + 1, (r->stored - section->length_index) * sizeof *field);
  section->content_length = -1;
}

static void deliver(rill_conn *c, rill__stream *s, reading *r) {
  drop_void_length(c, s, r);
  if (r->section->status == 421) rill__origin_misdirected(c, s->origin);
  if (r->crumbs > 1 && !join_cookies(c, r)) {
    rill__fail_nomem(c);
    return;
  }
  rill_head head = head_of(c, r);
  if (r->section->kind == RILL__SECTION_REQUEST) head.priority = rill__priority_unpack(s->priority);
  uint32_t id = s->id;
  bool alive = true;
  s->flags |= RILL__HEARD;
  if (!head.end_stream && rill__message_left(&s->rx) > 0) c->time.watch = true;
  if (c->on->on_head != NULL) alive = rill__answer(c, id, c->on->on_head(c, id, &head, s->user));
  if (alive && head.end_stream) rill__stream_event(c, id, RILL__RX_END);
}

/* Against what came before on the stream. */
static rill_why judge_message(rill_conn *c, rill__stream *s, const reading *r) {
  const rill__section *section = r->section;
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

static void conclude(rill_conn *c, rill__stream *s, reading *r) {
  if (r->verdict == RILL_WHY_NONE) r->verdict = rill__section_end(r->section, c->rx.fields);
  if (r->verdict == RILL_WHY_NONE) r->verdict = judge_message(c, s, r);
  if (r->verdict != RILL_WHY_NONE) {
    refuse_section(c, s, r->verdict);
    return;
  }
  if (r->section->kind == RILL__SECTION_REQUEST) note_request(c, s, r->section);
  deliver(c, s, r);
}

/* ---- promises ---------------------------------------------------------------------------------------------------------- */

#if RILL__PUSH

/* 9113 8.4. The stream that the promise came on may have been reset since, and is NULL then. *origin: of the promised request. */
static rill_why judge_promise(rill_conn *c, const rill__stream *on, reading *r, uint16_t *origin) {
  rill__section *section = r->section;
  const rill_field *fields = c->rx.fields;
  rill_why why = r->verdict != RILL_WHY_NONE ? r->verdict : rill__section_end(section, fields);
  if (why == RILL_WHY_NONE) why = rill__section_may_push(section);
  if (why != RILL_WHY_NONE) return why;
  *origin = rill__origin_find(c, rill__section_pseudo(section, RILL__PSEUDO_SCHEME, fields),
                              rill__section_pseudo(section, RILL__PSEUDO_AUTHORITY, fields));
  if (*origin == 0) return RILL_WHY_PUSH_ORIGIN;
  return on == NULL || c->on->on_push == NULL ? RILL_WHY_APPLICATION : RILL_WHY_NONE; /* nobody wants it */
}

static void deliver_promise(rill_conn *c, rill__stream *on, rill__stream *promised, const reading *r) {
  rill_head head = head_of(c, r);
  note_request(c, promised, r->section);
  head.kind = RILL_HEAD_PUSH;
  head.end_stream = true;
  head.priority = rill__priority_unpack(promised->priority);
  promised->flags |= RILL__HEARD;
  uint32_t id = promised->id;
  (void)rill__answer(c, id, c->on->on_push(c, on->id, id, &head, on->user));
}

/* What the application did since the frame began counts: its GOAWAY, or a reset of the stream that the promise came on. */
static void conclude_promise(rill_conn *c, reading *r) {
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
static void conclude_promise(rill_conn *c, const reading *r) { (void)c, (void)r; }
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

void rill__block_decode(rill_conn *c, rill_view block) {
  rill__section section;
  reading r = {.section = &section, .verdict = RILL_WHY_NONE};
  rill__stream *s = find_or_open(c);
  bool promise = c->rx.block_use == RILL__BLOCK_PROMISE;
  rill__section_kind kind = s == NULL ? RILL__SECTION_REQUEST : rill__message_expects(&s->rx);
  rill__section_begin(&section, kind, &c->context->recv_rules);
  section.rules.extended_connect = c->local.enforced.enable_connect_protocol != 0; /* 8441 3 */
  if (s == NULL && !promise) r.verdict = RILL_WHY_CONCURRENCY;                     /* nothing is stored */
  rill__arena_reset(&c->rx.arena);
  c->stats.block_octets_received += block.n;
  if (c->failure.err != 0 || !read_fields(c, &r, block)) return;
  if (s != NULL) {
    conclude(c, s, &r);
  } else if (promise) {
    conclude_promise(c, &r);
  } else if (c->rx.block_use == RILL__BLOCK_REFUSE) {
    rill__settle(c, c->rx.promised_id != 0 ? c->rx.promised_id : c->rx.block_id, (rill_why)c->rx.block_why);
  }
}
