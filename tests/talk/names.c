/* SPDX-License-Identifier: MIT */
/*
 * names: what transcripts call reasons, errors, codes, settings and members of the configuration. A new reason without a name
 * here does not compile.
 */
#include "talk/script.h"

#include <stddef.h>
#include <string.h>

/* clang-format off */
#define WHYS(X)                                                                                                                 \
  X(NONE) X(PREFACE) X(PREFACE_SETTINGS) X(FRAME_TOO_LONG) X(FRAME_LENGTH) X(FRAME_ON_STREAM) X(FRAME_ON_CONNECTION)            \
  X(FRAME_ON_IDLE) X(PADDING) X(CONTINUATION_EXPECTED) X(CONTINUATION_UNEXPECTED) X(STREAM_ID_PARITY) X(STREAM_ID_ORDER)        \
  X(STREAM_CLOSED) X(PUSH_FROM_CLIENT) X(PUSH_DISABLED) X(PUSH_STREAM) X(PROMISED_ID) X(PRIORITIZED_ID) X(GOAWAY_GREW)          \
  X(PRIORITY_UPDATES) X(PRIORITY_UPDATE_SERVER) X(FRAME_SUBMITTED)                                                              \
  X(SETTING_ENABLE_PUSH) X(SETTING_INITIAL_WINDOW) X(SETTING_MAX_FRAME_SIZE) X(SETTING_CONNECT_PROTOCOL)                        \
  X(SETTING_NO_PRIORITIES) X(SETTINGS_ENTRIES) X(WINDOW_ZERO) X(WINDOW_OVERFLOW) X(WINDOW_SHIFT_OVERFLOW) X(FLOW_CONNECTION)    \
  X(FLOW_STREAM) X(HPACK_INDEX) X(HPACK_INTEGER) X(HPACK_HUFFMAN) X(HPACK_CUT) X(HPACK_UPDATE_LATE) X(HPACK_UPDATE_LARGE)       \
  X(HPACK_UPDATE_MISSING) X(HPACK_UPDATE_MANY) X(BLOCK_SIZE) X(LIST_SIZE_HARD) X(LIST_SIZE) X(FIELD_COUNT_HARD)                 \
  X(FIELD_COUNT) X(COOKIE_CRUMBS) X(NAME_SIZE) X(VALUE_SIZE) X(CONTINUATIONS) X(CONTINUATIONS_EMPTY) X(INTERIM_COUNT)           \
  X(PING_ACKS) X(SETTINGS_ACKS) X(RESETS_OWED) X(CONCURRENCY) X(MEMORY) X(NAME_EMPTY) X(NAME_UPPERCASE) X(NAME_OCTET)           \
  X(VALUE_OCTET) X(VALUE_CONTROL) X(VALUE_SPACE) X(CONNECTION_FIELD) X(TE) X(TE_TWICE) X(PSEUDO_LATE) X(PSEUDO_TWICE)           \
  X(PSEUDO_UNKNOWN) X(PSEUDO_DIRECTION) X(PSEUDO_IN_TRAILERS) X(METHOD_MISSING) X(SCHEME_MISSING) X(PATH_MISSING)               \
  X(STATUS_MISSING) X(AUTHORITY_MISSING) X(METHOD) X(SCHEME) X(PATH) X(AUTHORITY) X(AUTHORITY_USERINFO) X(HOST_TWICE)           \
  X(HOST_DIFFERS) X(STATUS) X(STATUS_101) X(CONNECT_PSEUDO) X(CONNECT_PORT) X(CONNECT_PROTOCOL) X(HEAD_MISSING) X(HEAD_TWICE)   \
  X(INTERIM_END) X(TRAILERS_NOT_LAST) X(TRAILERS_FIELD) X(TUNNEL_HEADERS) X(LENGTH_SYNTAX) X(LENGTH_TWICE) X(LENGTH_SHORT)      \
  X(LENGTH_EXCEEDED) X(LENGTH_FORBIDDEN) X(CONTENT_FORBIDDEN) X(PUSH_METHOD) X(PUSH_CONTENT) X(PUSH_ORIGIN) X(PUSH_COUNT)         \
  X(PREFACE_TIMEOUT) X(SETTINGS_TIMEOUT) X(PING_STRIKES) X(STALL) X(HEADER_TIMEOUT) X(KEEPALIVE) X(STALL_TRANSPORT) X(AGE)     \
  X(STREAMS_TOTAL) X(APPLICATION) X(CALLBACK) X(NOMEM) X(TRANSPORT) X(GOAWAY)                                                  \
  X(HTTP1_LINE_END) X(HTTP1_START_LINE) X(HTTP1_VERSION) X(HTTP1_FIELD_LINE) X(HTTP1_CONNECTION) X(HTTP1_CODING)                \
  X(HTTP1_FRAMING) X(HTTP1_UPGRADE) X(GLITCHES) X(REFUSALS) X(PEER_RESETS) X(OWN_RESETS) X(DATA_EMPTY) X(OVERHEAD)
/* clang-format on */

#define ONE(name) +1
_Static_assert(0 WHYS(ONE) == RILL_WHY_COUNT, "every reason has a name here");
#undef ONE

#define NAMED(name) [RILL_WHY_##name] = #name,
static const char *const why_names[RILL_WHY_COUNT] = {WHYS(NAMED)};
#undef NAMED

static const char *const err_names[] = {"OK",      "INVALID", "STATE",    "NOMEM", "NO_STREAM", "NO_MORE_IDS",
                                        "BLOCKED", "LIMIT",   "CALLBACK", "PROTO", "CLOSED"};

enum { ERRS = sizeof err_names / sizeof err_names[0], CODES = RILL_HTTP_1_1_REQUIRED + 1 };

static bool same(const word *in, const char *name) { return strlen(name) == in->n && memcmp(in->p, name, in->n) == 0; }

const char *why_name(rill_why why) { return (unsigned)why < RILL_WHY_COUNT ? why_names[why] : "no such reason"; }

const char *err_name(int err) { return err <= 0 && err > -ERRS ? err_names[-err] : "no such error"; }

const char *by_name(rill_by by) {
  static const char *const names[] = {"end", "peer", "app", "rill", "transport"};
  return (unsigned)by < sizeof names / sizeof names[0] ? names[by] : "nobody";
}

bool name_err(const word *in, int *err) {
  for (int i = 0; i < ERRS; i++) {
    if (same(in, err_names[i])) {
      *err = -i;
      return true;
    }
  }
  return false;
}

bool name_code(const word *in, uint32_t *code) {
  uint64_t number;
  for (uint32_t i = 0; i < CODES; i++) {
    if (same(in, rill_code_text(i))) {
      *code = i;
      return true;
    }
  }
  if (!word_number(in, &number) || number > UINT32_MAX) return false;
  *code = (uint32_t)number;
  return true;
}

bool name_setting(const word *in, uint16_t *id) {
  uint64_t number;
  for (uint16_t i = 1; i <= RILL_SETTING_NO_RFC7540_PRIORITIES; i++) {
    if (same(in, rill_setting_text(i))) {
      *id = i;
      return true;
    }
  }
  if (!word_number(in, &number) || number > UINT16_MAX) return false;
  *id = (uint16_t)number;
  return true;
}

/* ---- configuration ----------------------------------------------------------------------------------------------------- */

typedef enum member_type { MEMBER_U32, MEMBER_SIZE, MEMBER_BOOL, MEMBER_U64 } member_type;

typedef struct member {
  const char *name;
  size_t offset;
  member_type type;
} member;

#define MEMBER(name, type)                                                                                                       \
  { #name, offsetof(rill_config, name), MEMBER_##type }
static const member members[] = {
    MEMBER(hash_seed, U64),
    MEMBER(max_concurrent_streams, U32),
    MEMBER(initial_window, U32),
    MEMBER(connection_window, U32),
    MEMBER(window_max, U32),
    MEMBER(max_frame_size, U32),
    MEMBER(decoder_table, U32),
    MEMBER(max_header_list_size, U32),
    MEMBER(enable_push, BOOL),
    MEMBER(enable_connect_protocol, BOOL),
    MEMBER(max_header_list_hard, U32),
    MEMBER(max_header_block, U32),
    MEMBER(max_header_fields, U32),
    MEMBER(max_header_fields_hard, U32),
    MEMBER(max_cookie_crumbs, U32),
    MEMBER(max_field_name, U32),
    MEMBER(max_field_value, U32),
    MEMBER(max_continuations, U32),
    MEMBER(max_interim_responses, U32),
    MEMBER(max_priority_updates, U32),
    MEMBER(max_pushed, U32),
    MEMBER(max_origins, U32),
    MEMBER(max_total_streams, U32),
    MEMBER(max_settings_entries, U32),
    MEMBER(max_ping_acks, U32),
    MEMBER(max_settings_acks, U32),
    MEMBER(max_resets_owed, U32),
    MEMBER(glitch_burst, U32),
    MEMBER(glitch_refill, U32),
    MEMBER(refusal_burst, U32),
    MEMBER(refusal_refill, U32),
    MEMBER(peer_reset_burst, U32),
    MEMBER(peer_reset_refill, U32),
    MEMBER(own_reset_burst, U32),
    MEMBER(own_reset_refill, U32),
    MEMBER(empty_data_burst, U32),
    MEMBER(empty_data_refill, U32),
    MEMBER(overhead_burst, U32),
    MEMBER(overhead_refill, U32),
    MEMBER(overhead_ratio, U32),
    MEMBER(window_updates, U32),
    MEMBER(encoder_table, U32),
    MEMBER(max_header_queue, U32),
    MEMBER(max_write_buffer, U32),
    MEMBER(frames_per_recv, U32),
    MEMBER(memory_limit, SIZE),
    MEMBER(accept_altsvc, BOOL),
    MEMBER(accept_origin, BOOL),
    MEMBER(preface_timeout, U64),
    MEMBER(settings_timeout, U64),
    MEMBER(header_timeout, U64),
    MEMBER(idle_timeout, U64),
    MEMBER(stall_timeout, U64),
    MEMBER(stall_grace, U64),
    MEMBER(stall_rate, U32),
    MEMBER(goaway_linger, U64),
    MEMBER(keepalive_interval, U64),
    MEMBER(keepalive_timeout, U64),
    MEMBER(keepalive_always, BOOL),
    MEMBER(ping_interval_min, U64),
    MEMBER(ping_strikes, U32),
    MEMBER(manual_consume, BOOL),
    MEMBER(goaway_words, BOOL),
    MEMBER(crumble_cookies, BOOL),
    MEMBER(allow_edge_space, BOOL),
    MEMBER(allow_odd_path, BOOL),
    MEMBER(allow_any_trailer, BOOL),
};
#undef MEMBER

static void put_member(uint8_t *at, member_type type, uint64_t value) {
  uint32_t u32 = (uint32_t)value;
  size_t size = (size_t)value;
  bool truth = value != 0;
  if (type == MEMBER_U32) memcpy(at, &u32, sizeof u32);
  if (type == MEMBER_SIZE) memcpy(at, &size, sizeof size);
  if (type == MEMBER_BOOL) memcpy(at, &truth, sizeof truth);
  if (type == MEMBER_U64) memcpy(at, &value, sizeof value);
}

rill_config *config_set(rill_config *config, const word *name, uint64_t value) {
  for (size_t i = 0; i < sizeof members / sizeof members[0]; i++) {
    if (!same(name, members[i].name)) continue;
    put_member((uint8_t *)config + members[i].offset, members[i].type, value);
    return config;
  }
  return NULL;
}

const char *config_member(size_t index) { return index < sizeof members / sizeof members[0] ? members[index].name : NULL; }

uint64_t config_value(const rill_config *config, size_t index) {
  const uint8_t *at = (const uint8_t *)config + members[index].offset;
  uint32_t u32;
  size_t size;
  bool truth;
  uint64_t u64;
  switch (members[index].type) {
  case MEMBER_U32:
    memcpy(&u32, at, sizeof u32);
    return u32;
  case MEMBER_SIZE:
    memcpy(&size, at, sizeof size);
    return size;
  case MEMBER_BOOL:
    memcpy(&truth, at, sizeof truth);
    return truth;
  case MEMBER_U64:
    memcpy(&u64, at, sizeof u64);
    return u64;
  }
  return 0;
}
