/* SPDX-License-Identifier: MIT */
#include "hpack/crumb.h"

#include "hpack/token.h"

enum { SEPARATOR_OCTETS = 2 };

static bool is_space(uint8_t octet) { return octet == ' ' || octet == '\t'; }

static bool is_cookie(const rill_field *field) { return rill__token_for(field) == RILL_TOKEN_COOKIE; }

bool rill__crumb_next(rill__crumbs *crumbs, rill_view *crumb) {
  const uint8_t *p = crumbs->rest.p;
  size_t n = crumbs->rest.n;
  if (n == 0 && crumbs->taken != 0) return false;
  *crumb = crumbs->rest;
  crumbs->rest.n = 0;
  if (++crumbs->taken == RILL__CRUMBS_MAX) return true;
  for (size_t i = 1; i + SEPARATOR_OCTETS < n; i++) {
    if (p[i] != ';' || p[i + 1] != ' ' || is_space(p[i - 1]) || is_space(p[i + 2])) continue;
    crumb->n = i;
    crumbs->rest = (rill_view){p + i + SEPARATOR_OCTETS, n - i - SEPARATOR_OCTETS};
    break;
  }
  return true;
}

static size_t crumbs_of(const rill_field *field) {
  rill__crumbs crumbs = {field->value, 0};
  rill_view crumb;
  while (rill__crumb_next(&crumbs, &crumb)) {
  }
  return crumbs.taken;
}

/* Each crumb but one costs what a field does, and saves a separator; the name has an index. */
size_t rill__crumb_bound(const rill_field *fields, size_t count) {
  uint64_t octets = rill__enc_bound(fields, count);
  if (octets == SIZE_MAX) return SIZE_MAX;
  for (size_t i = 0; i < count; i++) {
    if (is_cookie(&fields[i])) octets += (crumbs_of(&fields[i]) - 1) * (RILL__ENC_FIELD_OCTETS - SEPARATOR_OCTETS);
  }
  return octets >= SIZE_MAX ? SIZE_MAX : (size_t)octets;
}

static uint8_t *put_crumbs(rill__enc *enc, uint8_t *dst, const rill_field *field) {
  rill__crumbs crumbs = {field->value, 0};
  rill_field crumb = *field;
  while (rill__crumb_next(&crumbs, &crumb.value)) {
    if (crumb.value.n != field->value.n) crumb.hash = 0; /* that was of the whole */
    dst += rill__enc_block(enc, dst, &crumb, 1);
  }
  return dst;
}

size_t rill__crumb_block(rill__enc *enc, uint8_t *dst, const rill_field *fields, size_t count) {
  uint8_t *at = dst;
  const rill_field *run = fields; /* without a cookie */
  size_t n = 0;
  for (size_t i = 0; i < count; i++) {
    n++;
    if (!is_cookie(&fields[i])) continue;
    at += rill__enc_block(enc, at, run, n - 1);
    at = put_crumbs(enc, at, &fields[i]);
    run = &fields[i] + 1;
    n = 0;
  }
  at += rill__enc_block(enc, at, run, n);
  return (size_t)(at - dst);
}
