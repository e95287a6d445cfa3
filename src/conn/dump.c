/* SPDX-License-Identifier: MIT */
/*
 * The state of a connection in words, for a debugger or a log: a line for each part that has something to say, then one for each
 * stream up to a number. No field and no content is in it, and nothing is changed.
 */
#include "conn/conn.h"

#include "base/words.h"

enum { STREAMS_SHOWN = 100 };

static const char *const states[RILL__STATES] = {
    [RILL__IDLE] = "idle",   [RILL__RESERVED_LOCAL] = "reserved (local)", [RILL__RESERVED_REMOTE] = "reserved (remote)",
    [RILL__OPEN] = "open",   [RILL__HALF_LOCAL] = "half-closed (local)",  [RILL__HALF_REMOTE] = "half-closed (remote)",
    [RILL__ENDED] = "ended", [RILL__RESET_LOCAL] = "reset by us",         [RILL__RESET_REMOTE] = "reset by the peer",
};

static void say_when(rill__words *w, bool when, const char *text) {
  if (when) rill__say(w, text);
}

static void say_failure(rill__words *w, const rill_conn *c) {
  if (c->failure.err == 0) return;
  rill__say(w, "over: ");
  rill__say(w, c->failure.why != RILL_WHY_NONE ? rill_why_text(c->failure.why) : rill_err_text(c->failure.err));
  rill__say(w, ", ");
  rill__say(w, rill_code_text(c->failure.code));
  if (c->failure.stream_id != 0) rill__say_number(w, ", stream ", c->failure.stream_id);
  rill__say_number(w, ", at octet ", c->failure.offset);
  rill__say(w, "\n");
}

static void say_receiving(rill__words *w, const rill_conn *c) {
  rill__say_number(w, "receives: octets ", c->rx.octets);
  rill__say_number(w, ", frames ", c->stats.frames_received);
  rill__say_signed(w, ", window ", c->local.inflow.left);
  rill__say_number(w, ", held back ", c->local.inflow.held);
  if (c->rx.state == RILL__RX_PREFACE) rill__say(w, ", waits for the preface");
  if (c->rx.state > RILL__RX_HEAD) {
    rill__say(w, ", inside ");
    rill__say(w, rill_frame_type_text(c->rx.head.type));
    rill__say_number(w, " of stream ", c->rx.head.stream_id);
  }
  if (c->rx.expect_continuation) rill__say_number(w, ", field block of stream ", c->rx.block_id);
  say_when(w, c->rx.paused, ", paused");
  say_when(w, c->local.settings_pending, ", our SETTINGS are not acknowledged");
  rill__say(w, "\n");
}

static void say_budgets(rill__words *w, const rill_conn *c) {
  static const char *const names[RILL_BUDGETS] = {"spent: glitches ", ", refusals ", ", peer's resets ", ", our resets ",
                                                  ", empty DATA "};
  rill_stats stats = rill_conn_stats(c);
  for (size_t i = 0; i < RILL_BUDGETS; i++)
    rill__say_number(w, names[i], stats.spent[i]);
  rill__say_number(w, ", overhead ", stats.overhead);
  rill__say(w, "\n");
}

static void say_sending(rill__words *w, const rill_conn *c) {
  rill__say_number(w, "sends: octets ", c->stats.octets_sent);
  rill__say_number(w, ", frames ", c->stats.frames_sent);
  rill__say_signed(w, ", window ", c->remote.window.left);
  rill__say_number(w, ", shown and not taken ", c->out->staged);
  rill__say_number(w, ", heads waiting ", c->out->lane.unseen);
  rill__say_number(w, ", owed PING ", rill__owed_count(c, RILL__OWED_PINGS));
  rill__say_number(w, " SETTINGS ", rill__owed_count(c, RILL__OWED_SETTINGS_ACKS));
  rill__say_number(w, " RST_STREAM ", rill__owed_count(c, RILL__OWED_RESETS));
  say_when(w, c->remote.goaway, ", GOAWAY came");
  say_when(w, c->tx.goaway_owed != 0, ", GOAWAY is owed");
  say_when(w, c->tx.goaway_sent != 0, ", GOAWAY was sent");
  rill__say(w, "\n");
}

static void say_blocked(rill__words *w, unsigned blocked) {
  static const char *const names[] = {" closed",    " head",        " source", " stream-window", " connection-window",
                                      " transport", " concurrency", " paused"};
  rill__say(w, ", waits for:");
  for (unsigned i = 0; i < sizeof names / sizeof *names; i++)
    say_when(w, (blocked >> i & 1) != 0, names[i]);
}

static void say_stream(rill__words *w, const rill_conn *c, const rill__stream *s) {
  rill__say_number(w, "stream ", s->id);
  rill__say(w, ": ");
  rill__say(w, states[s->state]);
  rill__say_number(w, ", received ", s->octets_received);
  rill__say_number(w, ", sent ", s->octets_sent);
  rill__say_signed(w, ", window to receive ", s->inflow.left);
  rill__say_signed(w, ", to send ", rill__stream_window(c, s));
  if ((s->flags & RILL__CLOSED) == 0) {
    say_blocked(w, rill_stream_blocked(c, s->id));
  } else {
    say_when(w, s->blocks != 0 || (s->flags & RILL__RESET_OWED) != 0, ", closed, and not all is sent");
  }
  say_when(w, (s->flags & RILL__HELD) != 0, ", held");
  rill__say(w, "\n");
}

static void say_streams(rill__words *w, const rill_conn *c) {
  uint32_t shown = 0, at = 0;
  for (const rill__stream *s; shown < STREAMS_SHOWN && (s = rill__stream_walk(c, &at)) != NULL; shown++)
    say_stream(w, c, s);
  if (c->streams.map.count <= shown) return;
  rill__say_number(w, "and ", c->streams.map.count - shown);
  rill__say(w, " streams more\n");
}

size_t rill_conn_dump(const rill_conn *c, char *dst, size_t cap) {
  rill__words words = {dst, cap, 0}, *w = &words;
  rill__say(w, c->server ? "server" : "client");
  rill__say_number(w, ": streams of the peer ", c->streams.by_peer);
  rill__say_number(w, ", of ours ", c->streams.by_us);
  rill__say_number(w, ", over and held ", c->streams.over);
  if (c->streams.promised != 0) rill__say_number(w, ", promised and not begun ", c->streams.promised);
  rill__say_number(w, ", memory ", c->mem.used);
  rill__say_number(w, ", at most ", c->mem.peak);
  rill__say(w, "\n");
  say_failure(w, c);
  say_receiving(w, c);
  say_sending(w, c);
  say_budgets(w, c);
  say_streams(w, c);
  return rill__words_end(w);
}
