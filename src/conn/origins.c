/* SPDX-License-Identifier: MIT */
/*
 * The origin set of a client (RFC 8336 2.3): for which origins this connection may be asked, as far as rill can know: those that
 * requests spoke to, until an ORIGIN frame names them, without those that answered 421. Who may be promised for is decided by it
 * (9113 8.4), and rill_origin_allowed() answers the application. Certificates are not its business.
 *
 * Kept only where promises or ORIGIN frames are welcome. The records stand in one buffer: a mark, the length, and the text that
 * equal origins share (6454 6.2). A record never moves nor goes, so that streams can name theirs by number, from 1.
 *
 * Invariants: no two records have the same text; there are at most config.max_origins; what is beyond them is ignored.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "rules/origin.h"

enum { OUT, NOTED, IN }; /* marks: sent away by 421 or not named; no request was certain yet; in the set */

enum { MARK_SIZE = 1, PREFIX_SIZE = MARK_SIZE + 2, TEXT_MAX = 288 }; /* longer than any name of a host allows: 253 octets */

typedef struct rill__origins {
  rill__buf records;
  uint32_t count;
  uint32_t first; /* the number of the first request's; 0: none yet. Stands for the initial origin of 8336 2.3 */
  bool named;     /* an ORIGIN frame has come */
} rill__origins;

typedef struct text {
  size_t n;
  uint8_t record[PREFIX_SIZE + TEXT_MAX]; /* with room for what stands before it */
} text;

static bool write_text(text *out, const rill__origin *origin) {
  out->n = rill__origin_size(origin);
  if (out->n > TEXT_MAX) return false;
  (void)rill__origin_put(out->record + PREFIX_SIZE, origin);
  return true;
}

/* What is too long by itself is not looked through: it may come again and again in a few octets. */
static bool write_request(text *out, rill_view scheme, rill_view authority) {
  enum { PORT_MOST = 1 + 64 }; /* leading zeros and all */
  rill__origin origin;
  if (scheme.n > TEXT_MAX || authority.n > TEXT_MAX + PORT_MOST) return false;
  return rill__origin_of_request(&origin, scheme, authority) && write_text(out, &origin);
}

/* The record of this number, which there is. */
static uint8_t *record_at(const rill__origins *set, uint32_t number) {
  uint8_t *p = set->records.p;
  for (; number > 1; number--)
    p += PREFIX_SIZE + rill__get16(p + MARK_SIZE);
  return p;
}

/* Its number; 0: there is none. */
static uint32_t find(const rill__origins *set, const text *wanted) {
  if (set == NULL) return 0;
  const uint8_t *p = set->records.p;
  for (uint32_t number = 1; number <= set->count; number++) {
    size_t n = rill__get16(p + MARK_SIZE);
    if (n == wanted->n && memcmp(p + PREFIX_SIZE, wanted->record + PREFIX_SIZE, n) == 0) return number;
    p += PREFIX_SIZE + n;
  }
  return 0;
}

uint32_t rill__origins_count(const rill_conn *c) { return c->origins == NULL ? 0 : c->origins->count; }

static bool make_set(rill_conn *c) {
  if (c->origins != NULL) return true;
  rill__origins *set = rill__mem_alloc(&c->mem, sizeof *set);
  if (set == NULL) return false;
  *set = (rill__origins){.named = false};
  c->origins = set;
  return true;
}

/* As find, and puts it down if there is room for one more. False without memory. */
static bool find_or_put(rill_conn *c, text *wanted, uint32_t *number) {
  *number = find(c->origins, wanted);
  if (*number != 0) return true;
  if (!make_set(c)) return false;
  rill__origins *set = c->origins;
  if (set->count >= c->context->config.max_origins || set->count == UINT16_MAX) return true;
  (void)rill__put16(rill__put8(wanted->record, NOTED), (uint32_t)wanted->n);
  if (!rill__buf_append(&set->records, &c->mem, wanted->record, PREFIX_SIZE + wanted->n)) return false;
  *number = ++set->count;
  return true;
}

/* ---- requests ---------------------------------------------------------------------------------------------------------- */

bool rill__origin_note(rill_conn *c, rill_view scheme, rill_view authority, uint16_t *number) {
  text wanted;
  uint32_t found = 0;
  if (!write_request(&wanted, scheme, authority)) return true;
  if (!find_or_put(c, &wanted, &found)) return false;
  *number = (uint16_t)found;
  return true;
}

/* Once the server names its origins, only the first request needs no naming; what is out comes back by being named alone. */
void rill__origin_enter(rill_conn *c, uint32_t number) {
  rill__origins *set = c->origins;
  uint8_t *record = record_at(set, number);
  bool may = !set->named || set->first == 0;
  if (set->first == 0) set->first = number;
  if (may && *record == NOTED) *record = IN;
}

uint16_t rill__origin_find(const rill_conn *c, rill_view scheme, rill_view authority) {
  text wanted;
  if (!write_request(&wanted, scheme, authority)) return 0;
  uint32_t number = find(c->origins, &wanted);
  return number != 0 && *record_at(c->origins, number) == IN ? (uint16_t)number : 0;
}

void rill__origin_misdirected(rill_conn *c, uint32_t number) {
  if (number != 0) *record_at(c->origins, number) = OUT;
}

/* ---- ORIGIN frames ------------------------------------------------------------------------------------------------------ */

bool rill__origins_named(rill_conn *c) {
  if (!make_set(c)) {
    rill__fail_nomem(c);
    return false;
  }
  rill__origins *set = c->origins;
  for (uint32_t number = 1; number <= set->count && !set->named; number++) {
    uint8_t *record = record_at(set, number);
    if (number != set->first && *record == IN) *record = OUT;
  }
  set->named = true;
  return true;
}

bool rill__origin_add(rill_conn *c, rill_view origin_text) {
  rill__origin origin;
  text wanted;
  uint32_t number = 0;
  if (!rill__origins_named(c)) return false;
  if (!rill__origin_parse(&origin, origin_text) || !write_text(&wanted, &origin)) return false;
  if (!find_or_put(c, &wanted, &number)) rill__fail_nomem(c);
  if (number != 0) *record_at(c->origins, number) = IN;
  return number != 0;
}

void rill__origins_free(rill_conn *c) {
  if (c->origins == NULL) return;
  rill__buf_free(&c->origins->records, &c->mem);
  rill__mem_free(&c->mem, c->origins, sizeof *c->origins);
  c->origins = NULL;
}

/* ---- the question ------------------------------------------------------------------------------------------------------- */

bool rill_origin_allowed(const rill_conn *c, rill_view origin_text) {
  rill__origin origin;
  text wanted;
  if (c->origins == NULL || !rill__origin_parse(&origin, origin_text) || !write_text(&wanted, &origin)) return false;
  uint32_t number = find(c->origins, &wanted);
  return number != 0 && *record_at(c->origins, number) == IN;
}
