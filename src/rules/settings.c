/* SPDX-License-Identifier: MIT */
#include "rules/settings.h"

#include <string.h>

/* What a change must not do, besides leaving the bounds: be 1 from a server, go back to 0, come later than the first SETTINGS. */
enum { FREE, SERVER_0, NOT_BACK, NOT_LATER };

/*
 * When a new value of ours binds. NOW: as soon as it is announced, which is for limits that may be enforced unsaid (9113 5.1.2,
 * 6.5.2). EASES: what lets the peer do more, since it may before its acknowledgement is here; less only when that is (6.5.3, 6.6,
 * 6.9.2). ACKED: with the acknowledgement, both ways (4.3.1).
 */
enum { NOW, EASES, ACKED };

/* clang-format off */
/*  identifier               member                   at first    least  most        otherwise                 a change   ours */
#define SETTINGS(X)                                                                                                              \
  X(HEADER_TABLE_SIZE,       header_table_size,       4096,       0,     UINT32_MAX, NONE,                     FREE,      ACKED) \
  X(ENABLE_PUSH,             enable_push,             1,          0,     1,          SETTING_ENABLE_PUSH,      SERVER_0,  EASES) \
  X(MAX_CONCURRENT_STREAMS,  max_concurrent_streams,  UINT32_MAX, 0,     UINT32_MAX, NONE,                     FREE,      NOW)   \
  X(INITIAL_WINDOW_SIZE,     initial_window_size,     65535,      0,     INT32_MAX,  SETTING_INITIAL_WINDOW,   FREE,      EASES) \
  X(MAX_FRAME_SIZE,          max_frame_size,          16384,      16384, 16777215,   SETTING_MAX_FRAME_SIZE,   FREE,      EASES) \
  X(MAX_HEADER_LIST_SIZE,    max_header_list_size,    UINT32_MAX, 0,     UINT32_MAX, NONE,                     FREE,      NOW)   \
  X(ENABLE_CONNECT_PROTOCOL, enable_connect_protocol, 0,          0,     1,          SETTING_CONNECT_PROTOCOL, NOT_BACK,  EASES) \
  X(NO_RFC7540_PRIORITIES,   no_rfc7540_priorities,   0,          0,     1,          SETTING_NO_PRIORITIES,    NOT_LATER, NOW)
/* clang-format on */

struct row {
  uint16_t id;
  uint8_t offset, size; /* of the member */
  uint8_t otherwise;    /* rill_why */
  uint8_t change;
  uint8_t binds;
  uint32_t least, most;
};

#define SIZE_OF(member) sizeof(((rill__settings *)NULL)->member)
#define SETTING_ROW(id, member, first, least, most, otherwise, change, ours)                                                     \
  {RILL_SETTING_##id, offsetof(rill__settings, member), SIZE_OF(member), RILL_WHY_##otherwise, change, ours, least, most},
static const struct row rows[] = {SETTINGS(SETTING_ROW)};
#undef SETTING_ROW
#undef SIZE_OF

_Static_assert(RILL_WHY_COUNT <= UINT8_MAX, "a reason fits into a row");

static const struct row *find(uint16_t id) {
  for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
    if (rows[i].id == id) return &rows[i];
  }
  return NULL;
}

static uint32_t get(const rill__settings *settings, const struct row *row) {
  const uint8_t *member = (const uint8_t *)settings + row->offset;
  uint32_t value;
  if (row->size == 1) return *member;
  memcpy(&value, member, sizeof value);
  return value;
}

static void put(rill__settings *settings, const struct row *row, uint32_t value) {
  uint8_t *member = (uint8_t *)settings + row->offset;
  if (row->size == 1) {
    *member = (uint8_t)value;
  } else {
    memcpy(member, &value, sizeof value);
  }
}

void rill__settings_default(rill__settings *settings) {
  *settings = (rill__settings){
#define FIRST(id, member, first, least, most, otherwise, change, ours) .member = first,
      SETTINGS(FIRST)
#undef FIRST
          .opened = 0};
}

static bool may_change(const struct row *row, const rill__settings *settings, uint32_t value, bool from_server) {
  switch (row->change) {
  case SERVER_0:
    return !from_server || value == 0;
  case NOT_BACK:
    return value != 0 || get(settings, row) == 0;
  case NOT_LATER:
    return !settings->opened || value == get(settings, row);
  default:
    return true;
  }
}

rill_why rill__settings_check(const rill__settings *settings, uint16_t id, uint32_t value, bool from_server) {
  const struct row *row = find(id);
  if (row == NULL) return RILL_WHY_NONE;
  bool within = value >= row->least && value <= row->most;
  return within && may_change(row, settings, value, from_server) ? RILL_WHY_NONE : (rill_why)row->otherwise;
}

void rill__settings_apply(rill__settings *settings, uint16_t id, uint32_t value) {
  const struct row *row = find(id);
  if (row != NULL) put(settings, row, value);
}

void rill__settings_announce(rill__settings *enforced, const rill__settings *acknowledged, uint16_t id, uint32_t value) {
  const struct row *row = find(id);
  if (row == NULL || row->binds == ACKED) return;
  uint32_t before = get(acknowledged, row);
  put(enforced, row, row->binds == EASES && before > value ? before : value);
}

bool rill__settings_get(const rill__settings *settings, uint16_t id, uint32_t *value) {
  const struct row *row = find(id);
  if (row == NULL) return false;
  *value = get(settings, row);
  return true;
}
