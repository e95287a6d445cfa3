/* SPDX-License-Identifier: MIT */
#include "rules/priority.h"

#include "rules/structured.h"

/* The last member with a key counts, even if its value cannot be (9651 4.2.2, 9218 4): then there is none. */
static void merge(rill_priority *priority, rill__sf_value u, rill__sf_value i) {
  if (u.kind == RILL__SF_INTEGER && u.number >= 0 && u.number < RILL__URGENCIES) priority->urgency = (uint8_t)u.number;
  if (i.kind == RILL__SF_BOOLEAN) priority->incremental = i.number != 0;
  priority->signalled = true;
}

bool rill__priority_parse(rill_priority *priority, rill_view value) {
  const rill__sf_value none = {RILL__SF_TOKEN, 0};
  rill__sf_value u = none, i = none;
  rill__sf_dictionary dictionary = rill__sf_dictionary_begin(value);
  rill__sf_member member;
  rill__sf_step step;
  while ((step = rill__sf_dictionary_next(&dictionary, &member)) == RILL__SF_MEMBER) {
    if (member.key.n != 1) continue;
    if (member.key.p[0] == 'u') u = member.value;
    if (member.key.p[0] == 'i') i = member.value;
  }
  if (step == RILL__SF_BROKEN) return false;
  merge(priority, u, i);
  return true;
}

static size_t put(char *dst, size_t cap, size_t n, char octet) {
  if (n < cap) dst[n] = octet;
  return n + 1;
}

size_t rill__priority_format(char *dst, size_t cap, const rill_priority *priority) {
  size_t n = 0;
  if (priority->urgency != RILL__URGENCY_DEFAULT && priority->urgency < RILL__URGENCIES) {
    n = put(dst, cap, n, 'u');
    n = put(dst, cap, n, '=');
    n = put(dst, cap, n, (char)('0' + priority->urgency));
  }
  if (priority->incremental) {
    if (n != 0) n = put(dst, cap, put(dst, cap, n, ','), ' ');
    n = put(dst, cap, n, 'i');
  }
  if (cap > 0) dst[n < cap ? n : cap - 1] = '\0';
  return n;
}
