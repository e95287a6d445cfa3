/* SPDX-License-Identifier: MIT */
/*
 * The facts beside an outcome: one row and one small function for each.
 *
 * A function answers what was seen, as a number or in words; "any" stands for all streams together where frames or requests are
 * counted, and for the largest field section where sections are measured. A number that was taken from a limit of rill's is moved
 * with that limit.
 */
#include "vectors.h"
#include <stddef.h>
#include <string.h>

/* ---- the members of a fact --------------------------------------------------------------------------------------------- */

static json_int_t number_of(json_t *fact, const char *name) { return json_integer_value(json_object_get(fact, name)); }

static bool has(json_t *fact, const char *name) { return json_object_get(fact, name) != NULL; }

/* No stream at all means all of them. */
static bool names_stream(json_t *fact, uint32_t id) {
  json_t *named = json_object_get(fact, "stream");
  return !json_is_integer(named) || json_integer_value(named) == (json_int_t)id;
}

static const stream *stream_named(run *r, json_t *fact) { return find_stream(&r->seen, (uint32_t)number_of(fact, "stream")); }

/* Documented limit -> member of rill_config. Limits that are not here stand as documented. */
static const struct {
  const char *name;
  uint32_t documented;
  size_t member;
} limits[] = {
    {"max_concurrent_streams", 100, offsetof(rill_config, max_concurrent_streams)},
    {"max_header_fields", 128, offsetof(rill_config, max_header_fields)},
    {"max_header_list_size", 65536, offsetof(rill_config, max_header_list_size)},
    {"max_interim_responses", 32, offsetof(rill_config, max_interim_responses)},
    {"max_continuations_per_block", 8, offsetof(rill_config, max_continuations)},
    {"pending_acks", 128, offsetof(rill_config, max_ping_acks)},
};

/* What rill runs with: for max_continuations 0 stands for a number that follows from others. */
static uint32_t limit_now(run *r, size_t member) {
  rill_config config;
  uint32_t value;
  run_config(&config, r->v, r->meter);
  memcpy(&value, (const uint8_t *)&config + member, sizeof value);
  if (value != 0 || member != offsetof(rill_config, max_continuations)) return value;
  value = 2 * (config.max_header_block / config.max_frame_size);
  return value < 8 ? 8 : value;
}

/* A count moves with the limit; a place in the octets is stretched with it, but never drawn in. */
static size_t adapted(run *r, json_t *fact, bool is_place) {
  size_t n = (size_t)number_of(fact, "n");
  const char *name = json_string_value(json_object_get(fact, "limit"));
  for (size_t i = 0; name != NULL && i < sizeof limits / sizeof limits[0]; i++) {
    if (strcmp(limits[i].name, name) != 0) continue;
    uint32_t documented = limits[i].documented, now = limit_now(r, limits[i].member);
    if (is_place) return now > documented ? n * now / documented + 1 : n;
    return n + now > documented ? n + now - documented : 0;
  }
  return n;
}

/* ---- facts that must hold ---------------------------------------------------------------------------------------------- */

/* A JSON string as octets: one for each character. */
static void as_octets(json_t *value, text *t) {
  const uint8_t *p = (const uint8_t *)json_string_value(value);
  size_t n = json_string_length(value);
  t->n = 0;
  for (size_t i = 0; i < n; i++) {
    uint8_t octet = p[i];
    if (octet >= 0xc0 && i + 1 < n) {
      i++;
      octet = (uint8_t)(octet << 6 | (p[i] & 0x3f));
    }
    text_add(t, &octet, 1);
  }
}

static bool same_text(const text *t, const uint8_t *p, size_t n) { return t->n == n && (n == 0 || memcmp(t->p, p, n) == 0); }

static size_t take32(const text *t, size_t *at) {
  const uint8_t *p = t->p + *at;
  *at += 4;
  return (size_t)p[0] << 24 | (size_t)p[1] << 16 | (size_t)p[2] << 8 | p[3];
}

/* How often a field is among those of a request. */
static size_t count_field(const stream *st, const text *name, const text *value) {
  size_t count = 0;
  for (size_t at = 0; at < st->fields.n;) {
    size_t name_n = take32(&st->fields, &at), name_at = at;
    at += name_n;
    size_t value_n = take32(&st->fields, &at), value_at = at;
    at += value_n;
    if (same_text(name, st->fields.p + name_at, name_n) && same_text(value, st->fields.p + value_at, value_n)) count++;
  }
  return count;
}

static size_t count_wanted(json_t *fields, json_t *field) {
  size_t index, count = 0;
  json_t *other;
  json_array_foreach(fields, index, other) count += json_equal(other, field) ? 1 : 0;
  return count;
}

static bool must_request(run *r, json_t *fact, char *what, size_t cap) {
  const stream *st = stream_named(r, fact);
  size_t index;
  json_t *field, *fields = json_object_get(fact, "fields");
  bool fine = st != NULL && st->requests == 1;
  text name = {NULL, 0, 0}, value = {NULL, 0, 0};
  snprintf(what, cap, fine ? "END_STREAM is otherwise" : "no such request");
  if (fine && has(fact, "end")) fine = st->request_end == json_is_true(json_object_get(fact, "end"));
  if (!fine) return false;
  json_array_foreach(fields, index, field) {
    as_octets(json_array_get(field, 0), &name);
    as_octets(json_array_get(field, 1), &value);
    if (count_field(st, &name, &value) >= count_wanted(fields, field)) continue;
    snprintf(what, cap, "field %zu of them is missing", index);
    fine = false;
  }
  free(name.p);
  free(value.p);
  return fine;
}

static bool must_response(run *r, json_t *fact, char *what, size_t cap) {
  const stream *st = stream_named(r, fact);
  snprintf(what, cap, "%s, status %u, %s", st != NULL && st->responses == 1 ? "a response" : "no response",
           st == NULL ? 0U : (unsigned)st->status, st != NULL && st->complete ? "complete" : "not complete");
  if (st == NULL || st->responses != 1) return false;
  if (has(fact, "status") && number_of(fact, "status") != st->status) return false;
  return !has(fact, "complete") || st->complete == json_is_true(json_object_get(fact, "complete"));
}

static bool same_hex(const uint8_t *p, size_t n, const char *hex) {
  if (hex == NULL || strlen(hex) != 2 * n) return false;
  for (size_t i = 0; i < n; i++) {
    char two[3];
    snprintf(two, sizeof two, "%02x", (unsigned)p[i]);
    if (memcmp(two, hex + 2 * i, 2) != 0) return false;
  }
  return true;
}

static bool must_data(run *r, json_t *fact, char *what, size_t cap) {
  const stream *st = stream_named(r, fact);
  snprintf(what, cap, "%zu octets, %s", st == NULL ? 0 : st->content.n, st != NULL && st->complete ? "ended" : "not ended");
  if (st == NULL) return false;
  if (has(fact, "hex") && !same_hex(st->content.p, st->content.n, json_string_value(json_object_get(fact, "hex")))) return false;
  if (has(fact, "n") && number_of(fact, "n") != (json_int_t)st->content.n) return false;
  return !has(fact, "end") || st->complete == json_is_true(json_object_get(fact, "end"));
}

static bool must_close(run *r, json_t *fact, char *what, size_t cap) {
  const stream *st = stream_named(r, fact);
  unsigned closes = st == NULL ? 0 : st->closes;
  snprintf(what, cap, "closed %u times%s", closes, st != NULL && st->retryable ? ", retryable" : "");
  if (number_of(fact, "n") != (json_int_t)closes) return false;
  return !has(fact, "retryable") || (st != NULL && st->retryable == json_is_true(json_object_get(fact, "retryable")));
}

static bool must_open(run *r, json_t *fact, char *what, size_t cap) {
  const stream *st = stream_named(r, fact);
  int64_t window;
  bool known = st != NULL && rill_conn_window(r->conn, st->id, RILL_WINDOW_SEND, &window) == 0;
  snprintf(what, cap, "%s, closed %u times", known ? "rill knows it" : "rill does not know it", st == NULL ? 0 : st->closes);
  return known && st->closes == 0;
}

static bool exactly(json_int_t wanted, json_int_t found, char *what, size_t cap) {
  snprintf(what, cap, "%lld", (long long)found);
  return wanted == found;
}

static size_t count_acks(const seen *s, uint8_t type, const char *hex) {
  size_t count = 0;
  for (size_t i = 0; i < s->frame_count; i++) {
    const frame *f = &s->frames[i];
    if (f->type == type && (f->flags & RILL_FLAG_ACK) != 0 && (hex == NULL || same_hex(f->ping, 8, hex))) count++;
  }
  return count;
}

/* The probe's own answer does not count. */
static size_t ping_acks(const seen *s) { return count_acks(s, RILL_PING, NULL) - count_acks(s, RILL_PING, "70726f6265313233"); }

static bool must_ping_ack(run *r, json_t *fact, char *what, size_t cap) {
  const char *hex = json_string_value(json_object_get(fact, "hex"));
  return hex != NULL && exactly(number_of(fact, "n"), (json_int_t)count_acks(&r->seen, RILL_PING, hex), what, cap);
}

static bool must_settings_ack(run *r, json_t *fact, char *what, size_t cap) {
  return exactly(number_of(fact, "n"), (json_int_t)count_acks(&r->seen, RILL_SETTINGS, NULL), what, cap);
}

static bool must_send_window(run *r, json_t *fact, char *what, size_t cap) {
  int64_t value = 0;
  if (rill_conn_window(r->conn, (uint32_t)number_of(fact, "stream"), RILL_WINDOW_SEND, &value) == 0) {
    return exactly(number_of(fact, "value"), value, what, cap);
  }
  snprintf(what, cap, "no such stream");
  return false;
}

static bool must_peer_setting(run *r, json_t *fact, char *what, size_t cap) {
  uint32_t value = 0;
  if (rill_conn_setting(r->conn, RILL_REMOTE, (uint16_t)number_of(fact, "id"), &value) == 0) {
    return exactly(number_of(fact, "value"), (json_int_t)value, what, cap);
  }
  snprintf(what, cap, "rill does not know this setting");
  return false;
}

/* Increments sent, and credit held back; a stream that is gone holds none. */
static bool must_recv_credit(run *r, json_t *fact, char *what, size_t cap) {
  uint32_t id = (uint32_t)number_of(fact, "stream");
  int64_t credit = 0;
  if (rill_conn_window(r->conn, id, RILL_WINDOW_HELD, &credit) != 0) credit = 0;
  for (size_t i = 0; i < r->seen.frame_count; i++) {
    const frame *f = &r->seen.frames[i];
    if (f->type == RILL_WINDOW_UPDATE && f->id == id) credit += f->code;
  }
  return exactly(number_of(fact, "n"), credit, what, cap);
}

static const struct {
  const char *name;
  bool (*holds)(run *r, json_t *fact, char *what, size_t cap);
} must_facts[] = {
    {"request", must_request},
    {"response", must_response},
    {"data", must_data},
    {"ping_ack", must_ping_ack},
    {"settings_ack", must_settings_ack},
    {"close", must_close},
    {"open", must_open},
    {"send_window", must_send_window},
    {"peer_setting", must_peer_setting},
    {"recv_credit", must_recv_credit},
};

verdict fact_must(run *r, json_t *fact, char *what, size_t cap) {
  const char *name = json_string_value(json_object_get(fact, "fact"));
  for (size_t i = 0; name != NULL && i < sizeof must_facts / sizeof must_facts[0]; i++) {
    if (strcmp(must_facts[i].name, name) == 0) return must_facts[i].holds(r, fact, what, cap) ? FACT_HOLDS : FACT_FAILS;
  }
  return FACT_UNKNOWN;
}

/* ---- facts that must not hold: a number that must not be above n; without n, above 0 ------------------------------------ */

typedef size_t stream_measure(const stream *st);

static size_t requests_of(const stream *st) { return st->requests; }
static size_t complete_of(const stream *st) { return st->complete ? 1 : 0; }
static size_t responses_of(const stream *st) { return st->responses + (st->invalid_interim ? 1 : 0); }
static size_t fields_of(const stream *st) { return st->most_fields; }
static size_t octets_of(const stream *st) { return st->most_octets; }
static size_t interims_of(const stream *st) { return st->interims; }
static size_t content_of(const stream *st) { return st->content.n; }

/* The greatest of the streams named. */
static size_t greatest(run *r, json_t *fact, stream_measure *measure) {
  size_t most = 0;
  for (size_t i = 0; i < r->seen.stream_count; i++) {
    const stream *st = r->seen.streams[i];
    if (names_stream(fact, st->id) && measure(st) > most) most = measure(st);
  }
  return most;
}

static size_t count_frames(run *r, json_t *fact, uint8_t type) {
  size_t count = 0;
  for (size_t i = 0; i < r->seen.frame_count; i++) {
    if (r->seen.frames[i].type == type && names_stream(fact, r->seen.frames[i].id)) count++;
  }
  return count;
}

static size_t all_requests(run *r, json_t *fact) {
  (void)fact;
  return r->seen.requests;
}

static size_t held_requests(run *r, json_t *fact) {
  (void)fact;
  return r->seen.held_most;
}

static size_t queued(run *r, json_t *fact) {
  (void)fact;
  return r->seen.queue_most;
}

static size_t retained(run *r, json_t *fact) {
  (void)fact;
  return r->seen.memory_most - r->seen.idle_memory;
}

static size_t resets(run *r, json_t *fact) { return count_frames(r, fact, RILL_RST_STREAM); }
static size_t data_frames(run *r, json_t *fact) { return count_frames(r, fact, RILL_DATA); }
static size_t goaways(run *r, json_t *fact) { return count_frames(r, fact, RILL_GOAWAY); }

static size_t acks(run *r, json_t *fact) {
  (void)fact;
  return ping_acks(&r->seen);
}

static const struct {
  const char *name;
  stream_measure *measure;            /* of one stream */
  size_t (*count)(run *r, json_t *f); /* of the connection */
} must_not_facts[] = {
    {"deliver_request", requests_of, NULL},
    {"complete_request", complete_of, NULL},
    {"deliver_response", responses_of, NULL},
    {"complete_response", complete_of, NULL},
    {"deliver_requests_over", NULL, all_requests},
    {"concurrent_requests_over", NULL, held_requests},
    {"deliver_fields_over", fields_of, NULL},
    {"deliver_header_octets_over", octets_of, NULL},
    {"deliver_interim_over", interims_of, NULL},
    {"deliver_data_over", content_of, NULL},
    {"queue_octets_over", NULL, queued},
    {"retain_octets_over", NULL, retained},
    {"send_rst_over", NULL, resets},
    {"send_data_frames_over", NULL, data_frames},
    {"send_ping_ack_over", NULL, acks},
    {"goaway_over", NULL, goaways},
};

/* The call that showed the error began with error_at octets fed, so the error came behind those. */
static verdict error_later(run *r, json_t *fact, bool is_error, size_t error_at, char *what, size_t cap) {
  if (!is_error) return FACT_HOLDS;
  snprintf(what, cap, "behind octet %zu", error_at);
  return error_at < adapted(r, fact, true) ? FACT_HOLDS : FACT_FAILS;
}

verdict fact_must_not(run *r, json_t *fact, bool is_error, size_t error_at, char *what, size_t cap) {
  const char *name = json_string_value(json_object_get(fact, "fact"));
  if (name == NULL) return FACT_UNKNOWN;
  if (strcmp(name, "error_later_than") == 0) return error_later(r, fact, is_error, error_at, what, cap);
  for (size_t i = 0; i < sizeof must_not_facts / sizeof must_not_facts[0]; i++) {
    if (strcmp(must_not_facts[i].name, name) != 0) continue;
    stream_measure *measure = must_not_facts[i].measure;
    size_t found = measure != NULL ? greatest(r, fact, measure) : must_not_facts[i].count(r, fact);
    snprintf(what, cap, "%zu", found);
    return found > adapted(r, fact, false) ? FACT_FAILS : FACT_HOLDS;
  }
  return FACT_UNKNOWN;
}
