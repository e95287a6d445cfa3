/* SPDX-License-Identifier: MIT */
/*
 * http1_inside: what http1_read.c and http1_write.c share, and nobody else includes: by which rules fields are judged on their
 * way into HTTP/1.1 and out of it, and which names pass neither way though HTTP/2 has no word against them.
 *
 * The rules are those for what is submitted, whatever a connection allows on receipt.
 */
#ifndef RILL__HTTP1_INSIDE_H
#define RILL__HTTP1_INSIDE_H

#include <rill/http1.h>

#include "base/bytes.h"
#include "hpack/token.h"
#include "rules/section.h"

#define LIT(text) ((rill_view){(const uint8_t *)(text), sizeof(text) - 1})

static inline const rill__field_rules *rill__http1_rules(unsigned flags) {
  static const rill__field_rules rules[] = {{.allow_odd_path = true, .submitted = true},
                                            {.allow_odd_path = true, .submitted = true, .extended_connect = true}};
  return &rules[(flags & RILL_HTTP1_UPGRADE) != 0];
}

/* A pseudo-header field of a request, and where a head has its value. */
typedef struct rill__http1_pseudo {
  uint16_t token, member;
} rill__http1_pseudo;
#define RILL__HTTP1_PSEUDO(TOKEN, member)                                                                                        \
  { RILL_TOKEN__##TOKEN, offsetof(rill_head, member) }
enum { RILL__HTTP1_PSEUDO_COUNT = 5 };

static inline rill_view rill__http1_value(const rill_head *head, const rill__http1_pseudo *pseudo) {
  return *(const rill_view *)(const void *)((const uint8_t *)head + pseudo->member);
}

static inline bool rill__http1_is_settings(rill_view name) { return rill__view_eq(name, LIT("http2-settings")); }

/* 9113 8.2.2; and names that other software takes for another name. Only names without a token need asking. */
static inline bool rill__http1_drops(rill_view name, unsigned flags) {
  bool underscore = memchr(name.p, '_', name.n) != NULL;
  return (underscore && (flags & RILL_HTTP1_UNDERSCORES) == 0) || rill__http1_is_settings(name);
}

/*
 * What extended CONNECT and upgrade may name. Never h2c: the next hop would take what follows for requests that nobody on the
 * way has judged.
 */
static inline bool rill__http1_is_protocol(rill_view protocol) {
  return rill__is_token(protocol) && !rill__view_eq_nocase(protocol, LIT("h2c")) && !rill__view_eq_nocase(protocol, LIT("h2"));
}

#endif /* RILL__HTTP1_INSIDE_H */
