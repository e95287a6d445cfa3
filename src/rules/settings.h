/* SPDX-License-Identifier: MIT */
/*
 * settings: the eight parameters that rill knows (RFC 9113 6.5.2, 8441 3, 9218 2.1), their defaults and bounds.
 *
 * One rill__settings is what one side has in force. Knows values and when they bind, not frames: what a change does to streams
 * and tables is for the connection. Identifiers that are not known pass every check and are not kept (9113 6.5.2).
 */
#ifndef RILL__SETTINGS_H
#define RILL__SETTINGS_H

#include <rill/frame.h>

#define RILL__SETTING_UNLIMITED UINT32_MAX

typedef struct rill__settings {
  uint32_t header_table_size;
  uint32_t max_concurrent_streams; /* RILL__SETTING_UNLIMITED at first */
  uint32_t initial_window_size;
  uint32_t max_frame_size;
  uint32_t max_header_list_size; /* RILL__SETTING_UNLIMITED at first */
  uint8_t enable_push;
  uint8_t enable_connect_protocol;
  uint8_t no_rfc7540_priorities;
  uint8_t opened; /* the first SETTINGS frame has been dealt with */
} rill__settings;

/* What holds before any SETTINGS frame. */
void rill__settings_default(rill__settings *settings);

/*
 * May the side that has these settings in force announce this value? SETTING_ENABLE_PUSH, SETTING_INITIAL_WINDOW,
 * SETTING_MAX_FRAME_SIZE, SETTING_CONNECT_PROTOCOL, SETTING_NO_PRIORITIES.
 */
rill_why rill__settings_check(const rill__settings *settings, uint16_t id, uint32_t value, bool from_server);

/* Puts a value that was checked in force. Unknown identifiers do nothing. */
void rill__settings_apply(rill__settings *settings, uint16_t id, uint32_t value);

/*
 * Our side: this value, which was checked, is on its way. Puts as much of it in force as binds before the peer acknowledges it;
 * `acknowledged` is what it did acknowledge.
 */
void rill__settings_announce(rill__settings *enforced, const rill__settings *acknowledged, uint16_t id, uint32_t value);

/* The first SETTINGS frame has been dealt with: from now on NO_RFC7540_PRIORITIES does not change (9218 2.1). */
static inline void rill__settings_opened(rill__settings *settings) { settings->opened = 1; }

/* False if the identifier is not known. */
bool rill__settings_get(const rill__settings *settings, uint16_t id, uint32_t *value);

#endif /* RILL__SETTINGS_H */
