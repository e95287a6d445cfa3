/* SPDX-License-Identifier: MIT */
#include "conn/rx_fields.h"

#include "conn/known.h"

/* ---- one field ---------------------------------------------------------------------------------------------------------- */

/* Above these the connection ends; they count what is decoded, stored or not (9113 10.5.1). */
static rill_why judge_hard(const rill_config *config, const rill__reading *r) {
  if (r->list_size > config->max_header_list_hard) return RILL_WHY_LIST_SIZE_HARD;
  return r->seen > config->max_header_fields_hard ? RILL_WHY_FIELD_COUNT_HARD : RILL_WHY_NONE;
}

static rill_why judge_limits(const rill_conn *c, rill__reading *r, const rill_field *field) {
  const rill_config *config = &c->context->config;
  if (field->name.n > config->max_field_name) return RILL_WHY_NAME_SIZE;
  if (field->value.n > config->max_field_value) return RILL_WHY_VALUE_SIZE;
  if (r->list_size > c->local.enforced.max_header_list_size) return RILL_WHY_LIST_SIZE;
  if (field->token == RILL_TOKEN_COOKIE) return ++r->crumbs > config->max_cookie_crumbs ? RILL_WHY_COOKIE_CRUMBS : RILL_WHY_NONE;
  return r->seen - r->crumbs > config->max_header_fields ? RILL_WHY_FIELD_COUNT : RILL_WHY_NONE;
}

/* A literal may have its name of an entry, whose verdict says what that is worth: the name comes first, and then the value. */
static rill_why judge_literal(const rill_conn *c, const rill_field *field) {
  uint8_t named = c->rx.dec.named;
  if (field->token != RILL_TOKEN_OTHER || named == 0) return rill__field_check(field, &c->context->submit_rules);
  bool wrong = named != RILL__NOTED_CHECKED && rill__is_of_name((rill_why)named);
  return wrong ? (rill_why)named : rill__value_check(field->value, &c->context->submit_rules);
}

/*
 * Octets are judged once; the table remembers the verdict, good or bad, lest an octet of index make us look through thousands
 * (message-level rules are judged each time). CHECKED means fit to be sent, too, since the field may be handed on: what only lax
 * rules let in goes without it; its edges are the last thing that is looked at.
 */
static rill_why judge_octets(rill_conn *c, rill_field *field, uint8_t known) {
  rill_why why = known != 0 ? (rill_why)known : judge_literal(c, field);
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

/* The grammar of a pseudo-header field covers its octets. Those that are CHECKED all the same are of the static table. */
static inline rill_why judge_pseudo(rill_conn *c, rill__section *section, const rill_field *field) {
  const rill__dec *dec = &c->rx.dec;
  bool fixed = (field->flags & RILL_FIELD_CHECKED) != 0;
  uint8_t known = fixed ? rill__static_known[dec->last_static] : rill__dec_noted(dec);
  if (rill__section_pseudo_again(section, field->token, known)) return RILL_WHY_NONE;
  rill_why why = rill__section_pseudo_field(section, field->token, field->value, known);
  if (section->learned != known) rill__dec_note(&c->rx.dec, section->learned);
  return why;
}

static rill_why judge_field(rill_conn *c, rill__reading *r, rill_field *field, bool small) {
  rill_why why = RILL_WHY_NONE;
  if (!small || field->token == RILL_TOKEN_COOKIE) why = judge_limits(c, r, field);
  if (why != RILL_WHY_NONE) return why;
  if (rill__section_covers(field->token)) return judge_pseudo(c, &r->section, field);
  return judge_value(c, &r->section, r->stored, field);
}

/* Of a section that is refused, what the table keeps is judged all the same: it may be used again, and so may its name. */
static void judge_kept(rill_conn *c, rill_field *field) {
  bool judged = field->token != RILL_TOKEN_OTHER || (field->flags & RILL_FIELD_CHECKED) != 0;
  if (judged || !rill__dec_is_kept(&c->rx.dec) || rill__dec_noted(&c->rx.dec) != 0) return;
  (void)judge_octets(c, field, 0);
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

/* What was refused is not kept, nor is anything before it; the decoder gives back their octets then. */
static inline void drop_refused(rill__reading *r) {
  if (r->verdict != RILL_WHY_NONE) r->stored = 0;
}

/* A field that was taken is judged, and kept or not. False: the connection has failed. */
static bool take_field(rill_conn *c, rill__reading *r) {
  rill_field *field = &c->rx.fields[r->stored];
  r->list_size += (uint64_t)field->name.n + field->value.n + 32;
  bool small = r->list_size <= rill__small_list(c);
  r->seen++;
  if (!small) {
    rill_why why = judge_hard(&c->context->config, r);
    if (why != RILL_WHY_NONE) return decode_failed(c, RILL_ERR_PROTO, why);
  }
  if (r->verdict == RILL_WHY_NONE) r->verdict = judge_field(c, r, field, small);
  if (r->verdict != RILL_WHY_NONE) judge_kept(c, field);
  r->stored++;
  drop_refused(r);
  return true;
}

/* The next field, to fields[stored]. 1; 0: there is none; -1: the connection has failed. */
static int next_field(rill_conn *c, rill_view *block, size_t stored) {
  bool full = stored == c->rx.fields_cap && block->n != 0;
  rill_why why = RILL_WHY_NONE;
  int got =
      full && !fields_grow(c) ? RILL_ERR_NOMEM : rill__dec_next(&c->rx.dec, block, &c->rx.arena, c->rx.fields, stored, &why);
  if (got < 0) (void)decode_failed(c, got, why);
  return got < 0 ? -1 : got;
}

/* Most fields are fit, and no rule speaks of them. */
static bool is_plain(const rill_field *field) {
  return rill__section_roles[field->token] == 0 && (field->flags & RILL_FIELD_CHECKED) != 0;
}

/*
 * Takes fields that are the index of an entry each, and are pseudo-header fields or plain, for as many as follow each other: all
 * is at hand then. True: fields[stored] was taken as well, and is to be judged.
 */
static inline bool skim(rill_conn *c, rill__reading *r, rill_view *block) {
  const uint64_t small_list = rill__small_list(c);
  rill_view rest = *block;
  rill_field *field = c->rx.fields + r->stored, *end = c->rx.fields + c->rx.fields_cap;
  uint64_t list_size = r->list_size;
  bool taken = false;
  rill__dec_view_from(&c->rx.dec, r->stored);
  for (; field != end && rill__dec_brief(&c->rx.dec, &rest, field); field++) {
    uint64_t with = list_size + field->name.n + field->value.n + 32;
    bool pseudo = rill__section_covers(field->token);
    taken = with > small_list || !(pseudo || is_plain(field));
    if (taken) break;
    list_size = with;
    r->section.field_count += !pseudo;
    if (!pseudo) continue;
    r->verdict = judge_pseudo(c, &r->section, field);
    if (r->verdict == RILL_WHY_NONE) continue;
    field++;
    break;
  }
  size_t stored = (size_t)(field - c->rx.fields);
  r->seen += (uint32_t)(stored - r->stored);
  r->stored = stored;
  r->list_size = list_size;
  *block = rest;
  drop_refused(r);
  return taken;
}

bool rill__read_fields(rill_conn *c, rill__reading *r, rill_view block) {
  bool briefly = rill__dec_begins_plainly(&c->rx.dec, &block) && c->rx.fields_cap != 0;
  r->seen = r->crumbs = 0;
  r->list_size = 0;
  r->stored = 0;
  for (;;) {
    bool taken = briefly && r->verdict == RILL_WHY_NONE && skim(c, r, &block);
    if (!taken && rill__dec_ends(&c->rx.dec, &block)) break;
    if (!taken) {
      int got = next_field(c, &block, r->stored);
      if (got < 0) return false;
      if (got == 0) break;
      briefly = true;
    }
    if (!take_field(c, r)) return false;
  }
  c->stats.field_octets_received += r->list_size - (uint64_t)r->seen * 32;
  return true;
}
