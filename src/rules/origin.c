/* SPDX-License-Identifier: MIT */
#include "rules/origin.h"

#include "base/bytes.h"

static const uint8_t between[] = {':', '/', '/'};

static rill_view lit(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

/* 9110 4.2.1, 4.2.2 */
static int32_t default_port(rill_view scheme) {
  if (rill__view_eq_nocase(scheme, lit("https"))) return 443;
  return rill__view_eq_nocase(scheme, lit("http")) ? 80 : RILL__PORT_NONE;
}

bool rill__origin_of_request(rill__origin *out, rill_view scheme, rill_view authority) {
  rill__authority parts;
  if (!rill__is_scheme(scheme) || !rill__parse_authority(&parts, authority) || parts.userinfo) return false;
  *out = (rill__origin){scheme, parts.host, parts.port == RILL__PORT_NONE ? default_port(scheme) : parts.port};
  return true;
}

/* The rest begins with "://", which no authority can. */
bool rill__origin_parse(rill__origin *out, rill_view text) {
  const uint8_t *colon = text.n == 0 ? NULL : memchr(text.p, ':', text.n);
  if (colon == NULL || text.p[text.n - 1] == ':') return false;
  rill_view scheme = rill__view_take(&text, (size_t)(colon - text.p));
  if (text.n < sizeof between || memcmp(text.p, between, sizeof between) != 0) return false;
  (void)rill__view_take(&text, sizeof between);
  return rill__origin_of_request(out, scheme, text);
}

bool rill__origin_same(const rill__origin *a, const rill__origin *b) {
  return a->port == b->port && rill__view_eq_nocase(a->host, b->host) && rill__view_eq_nocase(a->scheme, b->scheme);
}

/* ---- the serialisation ------------------------------------------------------------------------------------------------- */

static bool shows_port(const rill__origin *origin) { return origin->port != default_port(origin->scheme); }

static size_t port_digits(int32_t port) {
  size_t n = 1;
  for (; port > 9; port /= 10)
    n++;
  return n;
}

size_t rill__origin_size(const rill__origin *origin) {
  size_t n = origin->scheme.n + sizeof between + origin->host.n;
  return shows_port(origin) ? n + 1 + port_digits(origin->port) : n;
}

static uint8_t *put_lower(uint8_t *p, rill_view text) {
  for (size_t i = 0; i < text.n; i++)
    *p++ = rill__lower(text.p[i]);
  return p;
}

uint8_t *rill__origin_put(uint8_t *p, const rill__origin *origin) {
  p = put_lower(p, origin->scheme);
  p = rill__put(p, between, sizeof between);
  p = put_lower(p, origin->host);
  if (!shows_port(origin)) return p;
  *p++ = ':';
  int32_t port = origin->port;
  size_t n = port_digits(port);
  for (size_t i = n; i-- > 0; port /= 10)
    p[i] = (uint8_t)('0' + port % 10);
  return p + n;
}

/* ---- entries ----------------------------------------------------------------------------------------------------------- */

bool rill__origin_entry_take(rill_view *payload, rill_view *text) {
  if (payload->n < 2 || rill__get16(payload->p) > payload->n - 2) return false;
  size_t n = rill__get16(rill__view_take(payload, 2).p);
  *text = rill__view_take(payload, n);
  return true;
}

uint8_t *rill__origin_entry_put(uint8_t *p, rill_view text) {
  return rill__put(rill__put16(p, (uint32_t)text.n), text.p, text.n);
}
