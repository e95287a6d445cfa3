/* SPDX-License-Identifier: MIT */
/*
 * rill/config.h: what can be set of connections: what we announce, limits, budgets, times, choices. rill_config_init() writes
 * defaults that are safe on the open internet, so a program sets what it wants otherwise and nothing else.
 */
#ifndef RILL_CONFIG_H
#define RILL_CONFIG_H

#include <rill/frame.h>
#include <rill/types.h>

#ifdef __cplusplus
extern "C" {
#endif

/* The scheme of RFC 7540 5.3, deprecated: carried, not acted upon. */
typedef struct rill_legacy_priority {
  bool present;
  bool exclusive;
  uint8_t weight;      /* as on the wire: 0 to 255 for 1 to 256 */
  uint32_t dependency; /* a stream id */
} rill_legacy_priority;

/*
 * A policy of padding (RFC 9113 10.7) for DATA, HEADERS and PUSH_PROMISE: by how many octets the frame shall grow, whose payload
 * is head->length octets so far: 0 (no padding) to 256 (one for the length, 255 of it), at most `most`, which is what the
 * windows, the frame size and the room leave. It must not call back into rill.
 */
typedef struct rill_padding {
  size_t (*choose)(void *user, const rill_frame_head *head, size_t most); /* NULL: no padding */
  void *user;
} rill_padding;

/* ---- budgets ----------------------------------------------------------------------------------------------------------- */

/*
 * What a peer may do often, but not without end, is paid for in points (RFC 9113 10.5). A budget holds `burst` of them, gets
 * `refill` a second if there is a clock, and some for useful work, never above the burst. What is spent when it is empty ends the
 * connection. Budgets hold until the end, after a GOAWAY of either side, too.
 *
 *   GLITCHES     frames that are cheap for the peer: PING, PRIORITY, PRIORITY_UPDATE, ALTSVC, ORIGIN, unknown types, frames on
 *                streams that are over, promises that nobody takes, DATA under 256 octets that a small window of the peer's makes
 *                us send, WINDOW_UPDATE beyond window_updates: 1 each; SETTINGS: 5, and 1 for each entry, and 10 if they lower
 *                INITIAL_WINDOW_SIZE; CONTINUATION under 1,024 octets that is not the last: 5; GOAWAY: 10; a stream that rill had
 *                to reset or to refuse for what the peer did, or to answer by 431: 10. Back: 1 for each KiB of content that came
 *                or went, 10 for each completed exchange. When three quarters are spent, the connection retires (on_retire)
 *   REFUSALS     streams beyond max_concurrent_streams: 1; not those that a lower limit may have met on their way, which cost a
 *                glitch until the peer has acknowledged it. Back: 1 for each completed exchange
 *   PEER_RESETS  RST_STREAM on a stream that the peer opened and that was not answered in full: 1. Back: as REFUSALS
 *   OWN_RESETS   streams that rill had to reset or to refuse for what the peer did: 1
 *   EMPTY_DATA   DATA without content, though perhaps with padding, that does not end its stream: 1. Back: 1 for 4 KiB that came
 */
typedef enum rill_budget {
  RILL_BUDGET_GLITCHES,
  RILL_BUDGET_REFUSALS,
  RILL_BUDGET_PEER_RESETS,
  RILL_BUDGET_OWN_RESETS,
  RILL_BUDGET_EMPTY_DATA,
  RILL_BUDGETS
} rill_budget;

/* ---- configuration ----------------------------------------------------------------------------------------------------- */

#define RILL_MEMORY_LIMIT_MIN 4096 /* of memory_limit: with less, what is to be sent could find no room to be shown in */

/* All limits are on by default; after rill_config_init() zero means zero. Octets unless it says otherwise. */
typedef struct rill_config {
  size_t size;        /* sizeof(rill_config) */
  rill_mem mem;       /* resize NULL: the C library */
  uint64_t hash_seed; /* any number that peers cannot guess; 0: a fixed one: then fields made to collide can spoil compression,
                         and take up to 16 steps to look up, never more */

  /* what we announce */
  uint32_t max_concurrent_streams; /* 100: streams that the peer may have open */
  uint32_t initial_window;         /* 65,535, at most 2^31-1: for each stream that receives */
  uint32_t connection_window;      /* 1 MiB, 65,535 to 2^31-1: for all of them */
  uint32_t window_max;             /* 16 MiB: both grow up to this, by what comes before a PING is answered; 0: fixed */
  uint32_t max_frame_size;         /* 16,384 to 2^24-1: payload that we take */
  uint32_t decoder_table;          /* 4,096; entries that do not fit memory_limit end the connection */
  uint32_t max_header_list_size;   /* 65,536: name + value + 32 for each field; above: 431, or a stream error at a client */
  bool enable_push;                /* false; clients: servers may push, to max_concurrent_streams at a time */
  bool enable_connect_protocol;    /* false; servers: extended CONNECT is welcome (RFC 8441) */
  /*
   * The entries of our first SETTINGS, in this order, unknown ones too, at most 32; NULL: rill's choice, which is whatever
   * differs from the protocol's defaults. Entries that rill knows set the members above, the last of several. Read by
   * rill_context_new() alone. What only SETTINGS can bring about has to be in them: without an entry, initial_window,
   * max_frame_size, decoder_table and enable_connect_protocol must be 65,535, 16,384, 4,096 and false. Limits of streams and
   * field sections hold unsaid, and without enable_push promises are refused one by one. ENABLE_PUSH=1 makes it a context for
   * clients alone.
   */
  const rill_setting *settings;
  size_t settings_count;
  rill_legacy_priority request_priority; /* none; clients: the priority block of each request's HEADERS (RFC 7540 6.2), until the
                                            server says that it does not look at them (RFC 9218 2.1) */

  /* hard caps; above: the connection ends with ENHANCE_YOUR_CALM, unless it says otherwise */
  uint32_t max_header_list_hard;   /* 262,144, counted likewise */
  uint32_t max_header_block;       /* 81,920: encoded */
  uint32_t max_header_fields;      /* 128 fields; above: as max_header_list_size */
  uint32_t max_header_fields_hard; /* 1,000 fields */
  uint32_t max_cookie_crumbs;      /* 256 cookie lines, counted apart; above: as max_header_list_size */
  uint32_t max_field_name;         /* 4,096; above: stream error */
  uint32_t max_field_value;        /* 32,768; above: stream error */
  uint32_t max_continuations;      /* 0: the larger of 8 and 2 x max_header_block / max_frame_size; above 65,534: that */
  uint32_t max_interim_responses;  /* 32 for each request, and max_header_list_size in all; above: stream error */
  uint32_t max_pushed;             /* 16 promises whose response has not begun; above: they are reset, ENHANCE_YOUR_CALM */
  uint32_t max_priority_updates;   /* 100 streams not yet open that PRIORITY_UPDATE may name; above: passed over */
  uint32_t max_origins;            /* 64 in a client's origin set, of 288 octets each; above: ignored */
  uint32_t max_total_streams;      /* 2^30 streams in all, then the connection retires; see on_retire */
  uint32_t max_settings_entries;   /* 32 in one frame */
  uint32_t max_ping_acks;          /* 128 owed and not yet taken */
  uint32_t max_settings_acks;      /* 32 owed and not yet taken */
  uint32_t max_resets_owed;        /* 200 for streams that we refused, not yet taken */

  /*
   * Budgets, see rill_budget; UINT32_MAX as a burst: no limit. Overhead is what comes beyond overhead_ratio times the content,
   * both ways, and the field sections of completed exchanges; what was under way on a stream that the application reset is none.
   */
  uint32_t glitch_burst, glitch_refill;         /* 10,000 points, 330 a second */
  uint32_t refusal_burst, refusal_refill;       /* 100 streams, 10 a second */
  uint32_t peer_reset_burst, peer_reset_refill; /* 500 streams, 33 a second */
  uint32_t own_reset_burst, own_reset_refill;   /* 200 streams, 10 a second */
  uint32_t empty_data_burst, empty_data_refill; /* 100 frames, none */
  uint32_t overhead_burst, overhead_refill;     /* 8 MiB, 64 KiB a second */
  uint32_t overhead_ratio;                      /* 8 */
  uint32_t window_updates; /* 100, and 2 for each stream, and 20 for each DATA frame that we sent; above: a point each */

  /* our side */
  uint32_t encoder_table;    /* 4,096: what the encoder uses at most, whatever the peer allows */
  uint32_t max_header_queue; /* 65,536: encoded heads not yet taken; above: no more requests in or out until output is taken */
  uint32_t max_write_buffer; /* 65,536: pushed content of one stream not yet taken */
  uint32_t frames_per_recv;  /* 1,024 frames; then _recv returns, and the rest is offered again */
  size_t memory_limit;       /* 4 MiB: all that one connection may allocate; RILL_MEMORY_LIMIT_MIN at the least */

  /* time, in nanoseconds; 0: no such limit. None without a clock */
  rill_time preface_timeout;  /* 10 s: until the peer's preface and first SETTINGS are there; above: SETTINGS_TIMEOUT */
  rill_time settings_timeout; /* 10 s: until our SETTINGS are acknowledged, from when they were taken; above: likewise */
  rill_time header_timeout;   /* 10 s: from the first octet of a field block to its last; above: the connection is over */
  rill_time idle_timeout;     /* 60 s without open streams, whatever control frames come: GOAWAY(NO_ERROR) */
  /*
   * Content that is held up: by a window of the peer's, or since a frame or a declared content-length does not come whole. It
   * must move at stall_rate; who has moved more may pause longer. Less: the stream is reset (CANCEL); if nobody takes the output,
   * the connection is over. Never for tunnels, or a source that defers.
   */
  rill_time stall_timeout; /* 60 s: the most that stall_rate may be missed */
  rill_time stall_grace;   /* 10 s: the least */
  uint32_t stall_rate;     /* 240 octets a second */
  rill_time goaway_linger; /* 1 s for what stands before the end to be taken: an error's GOAWAY, or any with no stream left */
  rill_time keepalive_interval; /* 0: a PING after so long without a sign of the peer */
  rill_time keepalive_timeout;  /* 20 s for its answer, or for any other sign; above: the connection is over */
  bool keepalive_always;        /* false: only while streams are open */
  rill_time ping_interval_min;  /* 0: PINGs of the peer closer than this without DATA or HEADERS from us are strikes */
  uint32_t ping_strikes;        /* 2 are forgiven; above: ENHANCE_YOUR_CALM */

  /* choices */
  bool accept_altsvc;          /* false; clients: ALTSVC frames are looked at, up to 16,384 octets */
  bool accept_origin;          /* false; clients: likewise ORIGIN frames; not without TLS, nor from a proxy (RFC 8336 2.2) */
  rill_padding padding;        /* none */
  uint8_t extension_types[32]; /* none; frame types for on_extension: [type / 8] bit type % 8; no matter for known types */
  bool manual_consume;         /* false: credit returns once content was handed over; true: when rill_consume() says so */
  bool goaway_words;           /* true: an error's GOAWAY carries words */
  bool crumble_cookies;        /* false; true: cookies leave one by one, so that the table holds what stays (RFC 9113 8.2.3) */
  bool allow_edge_space;       /* false: a value that begins or ends with a space or tab is malformed (RFC 9113 8.2.1) */
  bool allow_odd_path;         /* true: " < > \ ^ ` { | } in :path; browsers send some of them */
  bool allow_any_trailer;      /* false: framing, routing and authentication fields in trailers are malformed (RFC 9110 6.5.1) */
} rill_config;

/* Writes the safe defaults. */
RILL_API void rill_config_init(rill_config *config);

#ifdef __cplusplus
}
#endif

#endif /* RILL_CONFIG_H */
