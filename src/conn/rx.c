/* SPDX-License-Identifier: MIT */
/* What each frame does; DATA (rx_data.c), field blocks (rx_block.c), SETTINGS (settings.c) and extensions (extend.c) apart. */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/get.h"

bool rill__rx_tell(rill_conn *c, rill_frame *frame) {
  frame->head = c->rx.head;
  c->on->on_frame_recv(c, frame, c->user);
  return c->failure.err == 0;
}

bool rill__rx_tell_head(rill_conn *c, uint32_t promised_id) {
  rill_frame frame = {.promised_id = promised_id};
  return rill__rx_tell(c, &frame);
}

void rill__rx_refuse(rill_conn *c, rill_why why) {
  (void)rill__rx_trace_head(c, 0);
  rill__settle(c, 0, why);
}

/* ---- PING, GOAWAY, RST_STREAM, WINDOW_UPDATE ---------------------------------------------------------------------------- */

/* A PING of ours that was sent, and this is its answer. */
static bool answers(uint8_t *state, const uint8_t *sent, const uint8_t *payload) {
  if (*state != RILL__PING_SENT || memcmp(payload, sent, 8) != 0) return false;
  *state = RILL__PING_NONE;
  return true;
}

static void ping_acknowledged(rill_conn *c, const uint8_t *payload) {
  if (answers(&c->tx.drain_ping, rill__drain_payload, payload)) {
    (void)rill__note_round_trip(c, c->time.probed);
    rill__goaway_final(c);
  } else if (answers(&c->tx.keep_ping, rill__keep_payload, payload)) {
    if (c->tx.drain_ping != RILL__PING_SENT) (void)rill__note_round_trip(c, c->time.probed);
  } else if (answers(&c->measure.ping, rill__measure_payload, payload)) {
    rill__measured(c);
  } else if (answers(&c->tx.ping_state, c->out->ping, payload)) {
    rill_time round_trip = rill__note_round_trip(c, c->out->ping_at);
    if (c->on->on_ping_ack != NULL) rill__answer(c, 0, c->on->on_ping_ack(c, payload, round_trip, c->user));
  } else {
    (void)rill__pay(c, RILL__CHARGE_CHEAP, 1); /* it answers nothing */
  }
}

static void rx_ping(rill_conn *c, const uint8_t *payload) {
  if ((c->rx.head.flags & RILL_FLAG_ACK) != 0) {
    ping_acknowledged(c, payload);
    return;
  }
  rill__judge_ping(c);
  if (!rill__pay(c, RILL__CHARGE_CHEAP, 1)) return;
  rill__owe_in_ring(c, RILL__OWED_PINGS, c->context->config.max_ping_acks, payload, RILL_WHY_PING_ACKS);
}

/* Requests and promises that have not left yet and that the peer will not process need not leave (9113 6.8). */
static void rx_goaway(rill_conn *c, const rill_frame *frame) {
  if (c->remote.goaway && frame->last_stream_id > c->remote.goaway_last) {
    rill__settle(c, 0, RILL_WHY_GOAWAY_GREW);
    return;
  }
  if (!rill__pay(c, RILL__CHARGE_GOAWAY, 1)) return;
  uint32_t before = c->remote.goaway_last;
  bool news = !c->remote.goaway || frame->last_stream_id < before;
  c->remote.goaway = true;
  c->remote.goaway_last = frame->last_stream_id;
  rill_close close = {.by = RILL_BY_PEER, .code = frame->error_code, .why = RILL_WHY_GOAWAY};
  if (news) { /* until all of them are closed the application may still submit something on one */
    rill__stream_close_own_above(c, &close, frame->last_stream_id, before + 1);
    if (c->failure.err == 0) rill__lane_recall(c, frame->last_stream_id);
  }
  if (c->on->on_goaway == NULL || c->failure.err != 0) return; /* a close may have ended all */
  rill_view debug = {frame->data.p, frame->data.n < RILL__GOAWAY_DEBUG_MAX ? frame->data.n : RILL__GOAWAY_DEBUG_MAX};
  rill__answer(c, 0, c->on->on_goaway(c, frame->last_stream_id, frame->error_code, debug, c->user));
}

static void rx_reset(rill_conn *c, const uint8_t *payload) {
  rill_why why;
  uint32_t id = c->rx.head.stream_id;
  c->stats.resets_received++;
  rill__state state = rill__stream_state(c, id);
  rill__sense sense = rill__stream_sense(state, RILL__SENSE_RST_STREAM, &why);
  if (sense == RILL__REFUSE) rill__settle(c, id, why);
  if (sense == RILL__DROP) (void)rill__pay(c, RILL__CHARGE_LATE, 1);
  bool pays = !rill__stream_is_own(c, id) && state != RILL__HALF_LOCAL; /* whoever was answered may stop sending (9113 8.1) */
  bool taken = sense == RILL__TAKE && (!pays || rill__pay(c, RILL__CHARGE_PEER_RESET, 1));
  if (!taken) return;
  rill__stream *s = rill__stream_find(c, id);
  rill_close close = {.by = RILL_BY_PEER, .code = rill__get32(payload)};
  s->state = (uint8_t)rill__stream_next((rill__state)s->state, RILL__RX_RESET);
  rill__stream_close(c, s, &close);
  /* What is encoded for it leaves all the same: as if it had crossed, before any sign that its reset was read (9113 5.1, 6.4). */
  if (s->blocks != 0) c->out->lane_first = c->out->lane_in;
  rill__stream_remove_if_reset(c, s);
}

static void rx_window_update(rill_conn *c, const uint8_t *payload) {
  rill_why why = RILL_WHY_WINDOW_ZERO;
  uint32_t id = c->rx.head.stream_id, increment = rill__get32(payload) & RILL__31_BITS;
  if (increment != 0 && !rill__pay_for_window_update(c)) return;
  if (increment != 0 && id == 0) why = rill__window_grow(&c->remote.window, increment);
  if (increment == 0 || id == 0) {
    rill__settle(c, 0, why);
    return;
  }
  rill__state state = rill__stream_state(c, id);
  rill__sense sense = rill__stream_sense(state, RILL__SENSE_WINDOW_UPDATE, &why);
  if (sense == RILL__REFUSE) rill__settle(c, id, why);
  if (sense == RILL__DROP && state >= RILL__ENDED) (void)rill__pay(c, RILL__CHARGE_LATE, 1);
  if (sense != RILL__TAKE) return;
  rill__stream *s = rill__stream_find(c, id);
  rill__settle(c, id, rill__share_grow(&s->share, c->remote.settings.initial_window_size, increment));
  if (s->share.beyond > c->streams.most_beyond) c->streams.most_beyond = s->share.beyond;
  if (s->source != NULL) rill__source_turn(c, s);
}

/* Frames that nobody has to heed. */
static void rx_advice(rill_conn *c, const rill_frame *frame) {
  switch (frame->head.type) {
  case RILL_PRIORITY:
    rill__legacy_priority(c, frame->head.stream_id, frame);
    break;
  case RILL_PRIORITY_UPDATE:
    rill__rx_priority_update(c, frame);
    break;
  case RILL_ALTSVC:
    rill__rx_altsvc(c, frame);
    break;
  default:
    rill__rx_origin(c, frame);
    break;
  }
}

static void rx_fixed_done(rill_conn *c, const rill_frame *frame) {
  switch (frame->head.type) {
  case RILL_SETTINGS:
    rill__rx_settings(c, frame);
    break;
  case RILL_GOAWAY:
    rx_goaway(c, frame);
    break;
  default:
    if (rill__pay(c, RILL__CHARGE_CHEAP, 1)) rx_advice(c, frame);
    break;
  }
}

/* Most frames have one number, or eight octets: these need no rill_frame. */
static void (*const brief[RILL__FRAME_ROWS])(rill_conn *c, const uint8_t *payload) = {
    [RILL_RST_STREAM] = rx_reset, [RILL_PING] = rx_ping, [RILL_WINDOW_UPDATE] = rx_window_update};

/* GOAWAY and PRIORITY_UPDATE may be longer than what is kept of them; the rest is skipped. */
static void rx_in_words(rill_conn *c, const uint8_t *p) {
  rill_frame frame = {.head = c->rx.head};
  frame.head.length = c->rx.need;
  rill_why why = rill__get_payload(&frame, p);
  if (!rill__rx_trace(c, &frame)) return;
  if (why != RILL_WHY_NONE) {
    rill__settle(c, 0, why);
    return;
  }
  rill__rx_skip(c, c->rx.head.length - c->rx.need);
  if (brief[frame.head.type] != NULL) {
    brief[frame.head.type](c, p);
  } else {
    rx_fixed_done(c, &frame);
  }
}

void rill__rx_fixed(rill_conn *c, const uint8_t *p) {
  bool told = RILL__TRACE && c->on->on_frame_recv != NULL;
  void (*take)(rill_conn * c, const uint8_t *p) = told ? NULL : brief[c->rx.head.type];
  if (take == NULL) {
    take = rx_in_words;
  } else {
    rill__rx_done(c);
  }
  take(c, p);
}

/* What is gathered of a frame. A priority field value that was cut is none; those that are in use have a few octets. */
static uint32_t kept(const rill_frame_head *head) {
  enum { PRIORITY_VALUE_MAX = 64 };
  uint32_t most = head->length;
  if (head->type == RILL_GOAWAY) most = 8 + RILL__GOAWAY_DEBUG_MAX;
  if (head->type == RILL_PRIORITY_UPDATE) most = 4 + PRIORITY_VALUE_MAX;
  return head->length < most ? head->length : most;
}

static void fixed_begin(rill_conn *c) {
  const rill_config *config = &c->context->config;
  if (c->rx.head.type == RILL_SETTINGS && c->rx.left / RILL__SETTING_SIZE > config->max_settings_entries) {
    rill__rx_refuse(c, RILL_WHY_SETTINGS_ENTRIES);
    return;
  }
  c->rx.state = RILL__RX_FIXED;
  c->rx.need = kept(&c->rx.head);
  if (c->rx.need == 0) rill__rx_fixed(c, NULL);
}

static void advice_begin(rill_conn *c) {
  if (rill__advice_counts(c)) {
    fixed_begin(c);
  } else {
    rill__extension_begin(c);
  }
}

/* ---- the head of any frame ---------------------------------------------------------------------------------------------- */

/* What any frame must fulfil, whatever it says, where not just any may come. */
static rill_why check_order(const rill_conn *c) {
  const rill_frame_head *head = &c->rx.head;
  bool settings = head->type == RILL_SETTINGS && (head->flags & RILL_FLAG_ACK) == 0;
  if (!c->rx.first_settings && !settings) return RILL_WHY_PREFACE_SETTINGS;
  rill_why why = rill__frame_check_head(head, c->local.enforced.max_frame_size);
  if (why != RILL_WHY_NONE) return why;
  if (c->rx.expect_continuation && (head->type != RILL_CONTINUATION || head->stream_id != c->rx.block_id)) {
    return RILL_WHY_CONTINUATION_EXPECTED;
  }
  if (!c->rx.expect_continuation && head->type == RILL_CONTINUATION) return RILL_WHY_CONTINUATION_UNEXPECTED;
  return RILL_WHY_NONE;
}

static inline rill_why check_head(const rill_conn *c) {
  bool any = c->rx.first_settings && !c->rx.expect_continuation && c->rx.head.type != RILL_CONTINUATION;
  return any ? rill__frame_check_head(&c->rx.head, c->local.enforced.max_frame_size) : check_order(c);
}

void rill__rx_begin(rill_conn *c) {
  rill_why why = check_head(c);
  if (why != RILL_WHY_NONE) {
    rill__rx_refuse(c, why);
    return;
  }
  switch (c->rx.head.type) {
  case RILL_DATA:
    rill__data_begin(c);
    break;
  case RILL_HEADERS:
    rill__headers_begin(c);
    break;
  case RILL_PUSH_PROMISE:
    rill__promise_begin(c);
    break;
  case RILL_CONTINUATION:
    rill__continuation_begin(c);
    break;
  case RILL_RST_STREAM:
  case RILL_PING:
  case RILL_WINDOW_UPDATE:
    c->rx.state = RILL__RX_FIXED;
    c->rx.need = c->rx.left;
    break;
  case RILL_PRIORITY:
  case RILL_SETTINGS:
  case RILL_GOAWAY:
  case RILL_PRIORITY_UPDATE:
    fixed_begin(c);
    break;
  case RILL_ALTSVC:
  case RILL_ORIGIN:
    advice_begin(c);
    break;
  default:
    rill__extension_begin(c);
    break;
  }
}
