/* SPDX-License-Identifier: MIT */
/*
 * Credit for the peer (9113 6.9): gathered, and told once it is worth a frame, so that no stream waits and few frames are made.
 * And how large the peer's windows are to be, unless the application consumes by hand.
 *
 * Nobody can send more than a window in a round trip. So once credit is due, which is a sign of content in earnest, the next
 * round trip is measured by a PING that goes with it: if half a window or more comes before the answer, it may be the window
 * that holds the peer back, and it becomes twice as large; if it is small, four times. That goes on until a window is more than
 * twice what comes in a round trip, or config.window_max. One stream is looked at each time, and the connection, which has at
 * least the window of a stream; the other streams follow with their next credit. Round trips that show nothing make the next
 * measurement rarer, but for streams that are new.
 *
 * One PING is under way at most, and a window grows at most once for it, whatever the peer answers and when.
 */
#include "conn/conn.h"

#include "base/bytes.h"

const uint8_t rill__measure_payload[8] = {'r', 'i', 'l', 'l', 'f', 'l', 'o', 'w'};

enum { TRIES = 2, CALM_MAX = 4, SMALL = 256 * 1024 };

/* ---- measuring ---------------------------------------------------------------------------------------------------------- */

/* Nothing is to become larger. */
static bool are_grown(const rill_conn *c) {
  const rill_config *config = &c->context->config;
  uint32_t size = c->measure.stream_size > c->local.enforced.initial_window_size ? c->measure.stream_size
                                                                                 : c->local.enforced.initial_window_size;
  return config->manual_consume || (size >= config->window_max && c->local.inflow.full >= config->window_max);
}

/* Credit has become due; first: for the first time on its stream. */
static void consider(rill_conn *c, bool first) {
  if (c->measure.tries != 0 || c->measure.ping != RILL__PING_NONE || are_grown(c)) return;
  if (c->measure.pass != 0 && !first) {
    c->measure.pass--;
  } else {
    c->measure.tries = TRIES;
  }
}

/* What has to come; 0: the window is as large as can be. */
static uint32_t lack_of(const rill_conn *c, const rill__inflow *inflow) {
  return inflow->full < c->context->config.window_max ? inflow->full / 2 : 0;
}

/* With DATA on this stream. One that has not been told yet how large its window is to be says nothing. */
void rill__measure_begin(rill_conn *c, const rill__stream *s) {
  if (c->measure.ping != RILL__PING_NONE) return;
  c->measure.lack = lack_of(c, &c->local.inflow);
  c->measure.stream_lack = s->inflow.full < c->measure.stream_size ? 0 : lack_of(c, &s->inflow);
  if (c->measure.lack == 0 && c->measure.stream_lack == 0) {
    if (are_grown(c)) c->measure.tries = 0;
    return;
  }
  c->measure.id = s->id;
  c->measure.tries--;
  c->measure.ping = RILL__PING_OWED;
  c->tx.owes = true;
}

/* True: this was the last of it. */
static bool came(uint32_t *lack, uint32_t n) {
  bool last = *lack != 0 && n >= *lack;
  *lack -= n < *lack ? n : *lack;
  return last;
}

/* How large this window is to be, whose half came before the answer. */
static uint32_t enlarged(rill_conn *c, const rill__inflow *inflow) {
  uint32_t most = c->context->config.window_max, times = inflow->full < SMALL ? 4 : 2;
  c->measure.tries = TRIES;
  c->measure.calm = 0;
  return inflow->full < most / times ? inflow->full * times : most;
}

static void widen_conn(rill_conn *c, uint32_t size) {
  if (size <= c->local.inflow.full) return;
  rill__inflow_widen(&c->local.inflow, size);
  rill__owe_window(c);
}

/* n octets came on a stream. */
void rill__measure(rill_conn *c, rill__stream *s, uint32_t n) {
  if (came(&c->measure.lack, n)) widen_conn(c, enlarged(c, &c->local.inflow));
  if (s->id != c->measure.id || !came(&c->measure.stream_lack, n)) return;
  uint32_t size = c->measure.stream_size = enlarged(c, &s->inflow);
  if (size > s->inflow.full) rill__inflow_widen(&s->inflow, size); /* which makes its credit due */
  widen_conn(c, size);
}

void rill__measured(rill_conn *c) {
  c->measure.ping = RILL__PING_NONE;
  c->measure.lack = c->measure.stream_lack = 0;
  (void)rill__note_round_trip(c, c->measure.ping_at);
  if (c->measure.tries != 0) return;
  if (c->measure.calm < CALM_MAX) c->measure.calm++;
  c->measure.pass = (uint8_t)(1 << c->measure.calm);
}

/* ---- credit ------------------------------------------------------------------------------------------------------------- */

void rill__credit_conn(rill_conn *c, uint32_t n) {
  rill__inflow_credit(&c->local.inflow, n);
  if (c->local.window_owed || !rill__inflow_worth_telling(&c->local.inflow)) return;
  rill__owe_window(c);
  consider(c, false);
}

bool rill__stream_window_due(const rill__stream *s) {
  bool more_comes = s->state == RILL__OPEN || s->state == RILL__HALF_LOCAL;
  return more_comes && rill__inflow_worth_telling(&s->inflow);
}

void rill__credit_stream(rill_conn *c, rill__stream *s, uint32_t n) {
  rill__inflow_credit(&s->inflow, n);
  if (!s->owing && rill__stream_window_due(s)) rill__owe(c, s);
}

static rill__stream *owing_at(const rill_conn *c, uint32_t place) {
  return place == 0 ? NULL : rill__idmap_object(&c->streams.map, place);
}

/* Between the two, either of which may be 0, for the end of the list. */
static void put_between(rill_conn *c, rill__stream *s, uint32_t before, uint32_t next) {
  uint32_t place = rill__idmap_place(&c->streams.map, s->id);
  rill__stream *first = owing_at(c, before), *last = owing_at(c, next);
  s->owing = true;
  s->owing_before = before;
  s->owing_next = next;
  *(first == NULL ? &c->streams.owing_first : &first->owing_next) = place;
  *(last == NULL ? &c->streams.owing_last : &last->owing_before) = place;
}

void rill__owe_again(rill_conn *c, rill__stream *s) { put_between(c, s, 0, c->streams.owing_first); }

void rill__owe_nothing(rill_conn *c, rill__stream *s) {
  if (!s->owing) return;
  rill__stream *first = owing_at(c, s->owing_before), *last = owing_at(c, s->owing_next);
  *(first == NULL ? &c->streams.owing_first : &first->owing_next) = s->owing_next;
  *(last == NULL ? &c->streams.owing_last : &last->owing_before) = s->owing_before;
  s->owing = false;
}

/* RST_STREAM never overtakes a block of its own stream; a WINDOW_UPDATE cannot, since the peer knows the stream by then. */
void rill__owe(rill_conn *c, rill__stream *s) {
  bool reset = (s->flags & RILL__RESET_OWED) != 0 && s->blocks == 0;
  if (s->owing || !(reset || rill__stream_window_due(s))) return;
  put_between(c, s, c->streams.owing_last, 0);
  c->tx.owes = true;
  if (!reset) consider(c, s->octets_received < s->inflow.full);
}

/* ---- what the application says ------------------------------------------------------------------------------------------ */

uint32_t rill__data_under_way(const rill_conn *c, const rill__stream *s) {
  bool charged = c->rx.head.type == RILL_DATA && c->rx.head.stream_id == s->id && c->rx.state != RILL__RX_SKIP;
  return charged ? c->rx.left : 0;
}

/* Octets of content that were handed over and not consumed yet. */
static uint32_t unconsumed(const rill_conn *c, const rill__stream *s) {
  uint32_t used = rill__inflow_used(&s->inflow), rest = rill__data_under_way(c, s);
  return used > rest ? used - rest : 0;
}

int rill_consume(rill_conn *c, uint32_t id, size_t n) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  rill__stream *s = rill__stream_live(c, id);
  int err = c->failure.err;
  if (err == 0 && s == NULL) err = RILL_ERR_NO_STREAM;
  if (err == 0 && !c->context->config.manual_consume) err = RILL_ERR_STATE;
  if (err == 0 && n > unconsumed(c, s)) err = RILL_ERR_INVALID;
  if (err == 0) {
    rill__credit_conn(c, (uint32_t)n);
    rill__credit_stream(c, s, (uint32_t)n);
  }
  return rill__done(c, err);
}

int rill_pause_recv(rill_conn *c, uint32_t id, bool paused) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  rill__stream *s = id == 0 ? NULL : rill__stream_live(c, id);
  int err = c->failure.err;
  if (err == 0 && id != 0 && s == NULL) err = RILL_ERR_NO_STREAM;
  if (err == 0 && id == 0) {
    if (c->rx.paused && !paused) c->time.resumed = true;
    c->rx.paused = paused;
  }
  if (err == 0 && id != 0) {
    s->inflow.paused = paused;
    if (paused) rill__owe_nothing(c, s); /* a stream that is not over owes nothing else */
    rill__owe(c, s);
  }
  return rill__done(c, err);
}
