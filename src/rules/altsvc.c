/* SPDX-License-Identifier: MIT */
#include "rules/altsvc.h"

#include "base/bytes.h"
#include "rules/origin.h"

static bool is_value(rill_view value) {
  static const rill__field_rules strict = {.submitted = true};
  static const uint8_t name[] = {'a', 'l', 't', '-', 's', 'v', 'c'};
  rill_field field = {{name, sizeof name}, value, RILL_TOKEN_OTHER, 0, 0};
  return value.n != 0 && rill__field_check(&field, &strict) == RILL_WHY_NONE;
}

bool rill__altsvc_counts(uint32_t stream_id, const rill__altsvc *altsvc) {
  rill__origin origin;
  if (altsvc->origin.n > RILL__ORIGIN_ENTRY_MAX || !is_value(altsvc->value)) return false;
  return stream_id == 0 ? rill__origin_parse(&origin, altsvc->origin) : altsvc->origin.n == 0;
}

/* The origin has the layout of an entry of ORIGIN. */
bool rill__altsvc_parse(rill__altsvc *out, uint32_t stream_id, rill_view payload) {
  if (!rill__origin_entry_take(&payload, &out->origin)) return false;
  out->value = payload;
  return rill__altsvc_counts(stream_id, out);
}

uint8_t *rill__altsvc_put(uint8_t *p, const rill__altsvc *altsvc) {
  return rill__put(rill__origin_entry_put(p, altsvc->origin), altsvc->value.p, altsvc->value.n);
}
