/* SPDX-License-Identifier: MIT */
#include "conn/judge.h"

#include "conn/known.h"

/* What a table of the encoder has was judged before. */
static uint8_t known_of(const rill__enc_place *place) {
  return place->way == RILL__IN_STATIC ? rill__static_known[place->at] : place->note;
}

/* One that no table has, or that a rule speaks of. */
static rill_why judge_other(const rill_conn *c, rill__section *section, size_t index, const rill_field *given, uint16_t token,
                            uint8_t known) {
  rill_field field = *given;
  field.token = token;
  bool checked = known != 0 || (field.flags & RILL_FIELD_CHECKED) != 0;
  rill_why why = checked ? RILL_WHY_NONE : rill__field_check(&field, &c->context->submit_rules);
  return why != RILL_WHY_NONE ? why : rill__section_field(section, index, &field);
}

bool rill__judge_pseudo(const rill__enc *enc, const uint32_t *newest, rill__section *section, const rill_field *field,
                        uint16_t token, rill__enc_place *place) {
  bool hidden = (field->flags & RILL_FIELD_NEVER_INDEX) != 0;
  uint32_t at = hidden ? 0 : rill__static_field(token, field->value);
  uint8_t way = RILL__IN_STATIC, known = rill__static_known[at];
  if (at == 0) {
    const rill__dyn_entry *entry = rill__enc_again(enc, newest, field, token, &at);
    if (entry == NULL) return false;
    known = entry->note;
    way = RILL__IN_DYNAMIC;
  }
  if (!rill__section_pseudo_again(section, token, known)) return false;
  *place = (rill__enc_place){at, token, way, known};
  return true;
}

rill_why rill__judge_field(rill_conn *c, rill__section *section, size_t index, const rill_field *field, uint16_t token,
                           rill__enc_place *place) {
  rill__enc_place found = rill__enc_seek(&c->tx.enc, field, token);
  uint8_t known = known_of(&found);
  rill_why why = RILL_WHY_NONE;
  if (rill__section_covers(found.token)) {
    why = rill__section_pseudo_field(section, found.token, field->value, known);
    found.note = section->learned;
  } else if (known != 0 && rill__section_roles[found.token] == 0) {
    section->field_count++;
  } else {
    why = judge_other(c, section, index, field, found.token, known);
    found.note = RILL__KNOWN_FINE; /* or it will be in no table */
  }
  *place = found;
  return why;
}
