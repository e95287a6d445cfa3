/* SPDX-License-Identifier: MIT */
/*
 * text: the version, what a rill_err means, and the names of the error codes on the wire. Static words, no state.
 *
 * The words for a rill_why are not here: they stand beside the reasons, in rules/why.c.
 */
#include <rill/types.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

const char *rill_version(void) { return RILL_VERSION; }

/* By -err. */
static const char *const err_texts[] = {
    [-RILL_OK] = "no error",
    [-RILL_ERR_INVALID] = "invalid argument, field or message",
    [-RILL_ERR_STATE] = "not possible in this state",
    [-RILL_ERR_NOMEM] = "out of memory",
    [-RILL_ERR_NO_STREAM] = "no such stream",
    [-RILL_ERR_NO_MORE_IDS] = "all stream ids are used",
    [-RILL_ERR_BLOCKED] = "not yet",
    [-RILL_ERR_LIMIT] = "larger than a limit or than the room given",
    [-RILL_ERR_CALLBACK] = "a callback ended the connection",
    [-RILL_ERR_PROTO] = "the peer broke the protocol",
    [-RILL_ERR_CLOSED] = "the connection is over",
};

const char *rill_err_text(int err) {
  if (err > 0 || err <= -(int)LENGTH(err_texts)) return "unknown error";
  return err_texts[-err];
}

/* 9113 7 */
static const char *const code_texts[] = {
    [RILL_NO_ERROR] = "NO_ERROR",
    [RILL_PROTOCOL_ERROR] = "PROTOCOL_ERROR",
    [RILL_INTERNAL_ERROR] = "INTERNAL_ERROR",
    [RILL_FLOW_CONTROL_ERROR] = "FLOW_CONTROL_ERROR",
    [RILL_SETTINGS_TIMEOUT] = "SETTINGS_TIMEOUT",
    [RILL_STREAM_CLOSED] = "STREAM_CLOSED",
    [RILL_FRAME_SIZE_ERROR] = "FRAME_SIZE_ERROR",
    [RILL_REFUSED_STREAM] = "REFUSED_STREAM",
    [RILL_CANCEL] = "CANCEL",
    [RILL_COMPRESSION_ERROR] = "COMPRESSION_ERROR",
    [RILL_CONNECT_ERROR] = "CONNECT_ERROR",
    [RILL_ENHANCE_YOUR_CALM] = "ENHANCE_YOUR_CALM",
    [RILL_INADEQUATE_SECURITY] = "INADEQUATE_SECURITY",
    [RILL_HTTP_1_1_REQUIRED] = "HTTP_1_1_REQUIRED",
};

const char *rill_code_text(uint32_t code) { return code < LENGTH(code_texts) ? code_texts[code] : "unknown error code"; }
