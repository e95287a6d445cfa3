/* SPDX-License-Identifier: MIT */
/*
 * rill/frame.h: one HTTP/2 frame between octets and a struct (RFC 9113 4 and 6, and three extensions), without a connection.
 *
 * For those who look at frames alone: analysts, fuzzers, tests. Nothing here allocates or keeps state. What can be judged
 * from one frame is judged: lengths, stream 0 or not, padding, reserved values. What needs a connection is not. ALTSVC and ORIGIN
 * pass whatever is in them and wherever they stand, since what is wrong with them makes them void, not errors. A library built
 * with RILL_WITHOUT_TRACE has no words for them: none of the last four functions.
 */
#ifndef RILL_FRAME_H
#define RILL_FRAME_H

#include <rill/types.h>

#ifdef __cplusplus
extern "C" {
#endif

typedef enum rill_frame_type {
  RILL_DATA = 0x0,
  RILL_HEADERS = 0x1,
  RILL_PRIORITY = 0x2,
  RILL_RST_STREAM = 0x3,
  RILL_SETTINGS = 0x4,
  RILL_PUSH_PROMISE = 0x5,
  RILL_PING = 0x6,
  RILL_GOAWAY = 0x7,
  RILL_WINDOW_UPDATE = 0x8,
  RILL_CONTINUATION = 0x9,
  RILL_ALTSVC = 0xa,          /* RFC 7838 4 */
  RILL_ORIGIN = 0xc,          /* RFC 8336 2.1 */
  RILL_PRIORITY_UPDATE = 0x10 /* RFC 9218 7.1 */
} rill_frame_type;

enum {
  RILL_FLAG_END_STREAM = 0x01,  /* DATA, HEADERS */
  RILL_FLAG_ACK = 0x01,         /* SETTINGS, PING */
  RILL_FLAG_END_HEADERS = 0x04, /* HEADERS, PUSH_PROMISE, CONTINUATION */
  RILL_FLAG_PADDED = 0x08,      /* DATA, HEADERS, PUSH_PROMISE */
  RILL_FLAG_PRIORITY = 0x20     /* HEADERS */
};

enum {
  RILL_FRAME_HEAD_SIZE = 9,
  RILL_FRAME_SIZE_MIN = 16384,   /* the least value of SETTINGS_MAX_FRAME_SIZE, and what every endpoint takes */
  RILL_FRAME_SIZE_MAX = 16777215 /* the greatest */
};

/* SETTINGS identifiers: RFC 9113 6.5.2, RFC 8441 3, RFC 9218 2.1. */
typedef enum rill_setting_id {
  RILL_SETTING_HEADER_TABLE_SIZE = 0x1,
  RILL_SETTING_ENABLE_PUSH = 0x2,
  RILL_SETTING_MAX_CONCURRENT_STREAMS = 0x3,
  RILL_SETTING_INITIAL_WINDOW_SIZE = 0x4,
  RILL_SETTING_MAX_FRAME_SIZE = 0x5,
  RILL_SETTING_MAX_HEADER_LIST_SIZE = 0x6,
  RILL_SETTING_ENABLE_CONNECT_PROTOCOL = 0x8,
  RILL_SETTING_NO_RFC7540_PRIORITIES = 0x9
} rill_setting_id;

typedef struct rill_setting {
  uint16_t id; /* any: unknown ones are allowed */
  uint32_t value;
} rill_setting;

typedef struct rill_frame_head {
  uint32_t length; /* octets of payload, 0 to 2^24-1 */
  uint8_t type;
  uint8_t flags;
  uint32_t stream_id; /* 31 bits; the reserved bit is dropped when read and 0 when written */
} rill_frame_head;

/*
 * A frame in parts. `data` is what the frame carries beyond its numbers: content (DATA), a piece of a field block (HEADERS,
 * PUSH_PROMISE, CONTINUATION), debug data (GOAWAY), entries of 6 octets (SETTINGS), the priority field value (PRIORITY_UPDATE),
 * or the whole payload (PING: 8 octets, ALTSVC, ORIGIN, and unknown types). Views point into the octets that were parsed.
 */
typedef struct rill_frame {
  rill_frame_head head;
  rill_view data;
  rill_view padding;   /* with PADDED; to write: p may be NULL, which stands for n zeros; n is at most 255 */
  uint32_t dependency; /* PRIORITY, HEADERS with PRIORITY: RFC 7540 5.3, deprecated */
  uint8_t weight;      /* as on the wire: 0 to 255 for 1 to 256 */
  bool exclusive;
  uint32_t error_code;     /* RST_STREAM, GOAWAY */
  uint32_t last_stream_id; /* GOAWAY */
  uint32_t promised_id;    /* PUSH_PROMISE */
  uint32_t increment;      /* WINDOW_UPDATE */
  uint32_t prioritized_id; /* PRIORITY_UPDATE */
} rill_frame;

/* Reads nine octets. Any value is a head; nothing is judged. */
RILL_API rill_frame_head rill_frame_head_get(const uint8_t *octets);

/* Writes nine octets. length above 2^24-1 and the reserved bit are cut off. */
RILL_API void rill_frame_head_put(uint8_t *octets, const rill_frame_head *head);

/*
 * Parses the frame at the start of n octets. Returns its whole size, 0 if it is not all there, or RILL_ERR_PROTO with *why set
 * (a length above max_frame_size is refused as soon as nine octets are there). Flags that the type does not define stay in
 * head.flags and mean nothing. The views in *out live as long as the octets.
 */
RILL_API rill_ssize rill_frame_parse(rill_frame *out, const uint8_t *octets, size_t n, uint32_t max_frame_size, rill_why *why);

/*
 * Writes a frame; head.length is worked out and need not be set. Returns the size written, RILL_ERR_LIMIT if cap is too small
 * or the payload exceeds 2^24-1, RILL_ERR_INVALID for a frame that rill_frame_parse() would refuse. Nothing is written then.
 */
RILL_API rill_ssize rill_frame_write(uint8_t *dst, size_t cap, const rill_frame *frame);

/* The entry at index (0 is the first) of SETTINGS; false past the end. */
RILL_API bool rill_frame_setting(const rill_frame *frame, size_t index, rill_setting *out);

/*
 * A frame in words, as "HEADERS stream=1 length=34 END_STREAM|END_HEADERS". Writes at most cap octets, a terminator included
 * when cap > 0, and returns the length of the whole text without it, as snprintf does. Content is never printed.
 */
RILL_API size_t rill_frame_format(char *dst, size_t cap, const rill_frame *frame);

/*
 * A frame as one line of JSON, without its end, as {"at":5,"dir":"sent","type":"PING","stream":0,"length":8,...}. As snprintf.
 * sent: its direction; at: when, left out if RILL_NO_CLOCK. Content and field blocks are never in it.
 */
RILL_API size_t rill_frame_json(char *dst, size_t cap, const rill_frame *frame, bool sent, rill_time at);

/* "HEADERS" and so on; "UNKNOWN" for other types. Static. */
RILL_API const char *rill_frame_type_text(uint8_t type);

/* "HEADER_TABLE_SIZE" and so on; "UNKNOWN" for other identifiers. Static. */
RILL_API const char *rill_setting_text(uint16_t id);

#ifdef __cplusplus
}
#endif

#endif /* RILL_FRAME_H */
