/* SPDX-License-Identifier: MIT */
/*
 * ask: questions to the connection, `? QUESTION ... ANSWER`; the answer is the last word.
 */
#include "talk/run.h"

#include <string.h>

typedef struct question {
  run *run;
  const line *in;
  octets answer;
} question;

static void cannot(const question *q, size_t at) {
  script_fail(q->run->t->file, q->in->number, "'%s' in a question", at < q->in->n ? q->in->words[at].p : "too few words");
}

static void q_want_recv(question *q) { octets_print(&q->answer, "%d", rill_conn_want_recv(q->run->conn)); }
static void q_want_send(question *q) { octets_print(&q->answer, "%d", rill_conn_want_send(q->run->conn)); }
static void q_done(question *q) { octets_print(&q->answer, "%d", rill_conn_is_done(q->run->conn)); }
static void q_error(question *q) { octets_print(&q->answer, "%s", why_name(rill_conn_error(q->run->conn).why)); }
static void q_offset(question *q) { octets_print(&q->answer, "%llu", (unsigned long long)rill_conn_error(q->run->conn).offset); }

static void q_deadline(question *q) {
  rill_time at = rill_conn_deadline(q->run->conn);
  if (at == RILL_NEVER) octets_print(&q->answer, "never");
  if (at != RILL_NEVER) octets_print(&q->answer, "%llu", (unsigned long long)at);
}

/* setting local|remote NAME VALUE */
static void q_setting(question *q) {
  uint16_t id = 0;
  uint32_t value = 0;
  if (q->in->n < 4 || !name_setting(&q->in->words[2], &id)) cannot(q, 2);
  int err = rill_conn_setting(q->run->conn, word_is(q->in, 1, "local") ? RILL_LOCAL : RILL_REMOTE, id, &value);
  if (err != 0) octets_print(&q->answer, "%s", err_name(err));
  if (err == 0) octets_print(&q->answer, "%u", (unsigned)value);
}

/* window ID send|recv|held VALUE */
static void q_window(question *q) {
  static const char *const names[] = {"send", "recv", "held"};
  uint64_t id = 0;
  int64_t value = 0;
  int kind = 0;
  if (q->in->n < 4 || !word_number(&q->in->words[1], &id)) cannot(q, 1);
  while (kind < 3 && !word_is(q->in, 2, names[kind]))
    kind++;
  if (kind == 3) cannot(q, 2);
  int err = rill_conn_window(q->run->conn, (uint32_t)id, (rill_window_kind)kind, &value);
  if (err != 0) octets_print(&q->answer, "%s", err_name(err));
  if (err == 0) octets_print(&q->answer, "%lld", (long long)value);
}

/* stats MEMBER VALUE */
static void q_stats(question *q) {
  rill_stats stats = rill_conn_stats(q->run->conn);
  const struct {
    const char *name;
    uint64_t value;
  } members[] = {
      {"octets_received", stats.octets_received},
      {"octets_sent", stats.octets_sent},
      {"frames_received", stats.frames_received},
      {"frames_sent", stats.frames_sent},
      {"streams_opened", stats.streams_opened},
      {"streams_open", stats.streams_open},
      {"resets_received", stats.resets_received},
      {"resets_sent", stats.resets_sent},
      {"field_octets_received", stats.field_octets_received},
      {"field_octets_sent", stats.field_octets_sent},
      {"block_octets_received", stats.block_octets_received},
      {"block_octets_sent", stats.block_octets_sent},
      {"round_trip", stats.round_trip},
      {"content_received", stats.content_received},
      {"content_sent", stats.content_sent},
      {"streams_completed", stats.streams_completed},
      {"promised", stats.promised},
      {"prioritized", stats.prioritized},
      {"origins", stats.origins},
      {"window_updates", stats.window_updates},
      {"pings_owed", stats.pings_owed},
      {"settings_owed", stats.settings_owed},
      {"resets_owed", stats.resets_owed},
      {"output", stats.output},
      {"glitches", stats.spent[RILL_BUDGET_GLITCHES]},
      {"refusals", stats.spent[RILL_BUDGET_REFUSALS]},
      {"peer_resets", stats.spent[RILL_BUDGET_PEER_RESETS]},
      {"own_resets", stats.spent[RILL_BUDGET_OWN_RESETS]},
      {"empty_data", stats.spent[RILL_BUDGET_EMPTY_DATA]},
      {"overhead", stats.overhead},
      {"round_trip_min", stats.round_trip_min},
  };
  size_t i = 0;
  while (i < sizeof members / sizeof members[0] && !word_is(q->in, 1, members[i].name))
    i++;
  if (i == sizeof members / sizeof members[0]) {
    cannot(q, 1);
    return;
  }
  octets_print(&q->answer, "%llu", (unsigned long long)members[i].value);
}

/* stream ID received|sent|receives|sends|informational|priority VALUE */
static void q_stream(question *q) {
  rill_stream_stats stats;
  uint64_t id = 0;
  if (q->in->n < 4 || !word_number(&q->in->words[1], &id)) cannot(q, 1);
  int err = rill_conn_stream_stats(q->run->conn, (uint32_t)id, &stats);
  if (err != 0) {
    octets_print(&q->answer, "%s", err_name(err));
  } else if (word_is(q->in, 2, "received")) {
    octets_print(&q->answer, "%llu", (unsigned long long)stats.octets_received);
  } else if (word_is(q->in, 2, "sent")) {
    octets_print(&q->answer, "%llu", (unsigned long long)stats.octets_sent);
  } else if (word_is(q->in, 2, "priority")) {
    octets_print(&q->answer, "u%u%s", (unsigned)stats.priority.urgency, stats.priority.incremental ? ",i" : "");
  } else if (word_is(q->in, 2, "receives")) {
    octets_print(&q->answer, "%d", stats.receives);
  } else if (word_is(q->in, 2, "informational")) {
    octets_print(&q->answer, "%u", (unsigned)stats.informational);
  } else if (word_is(q->in, 2, "sends")) {
    octets_print(&q->answer, "%d", stats.sends);
  } else {
    cannot(q, 2);
  }
}

/* blocked ID WHY|WHY...; "no" if nothing is in the way */
static void q_blocked(question *q) {
  static const char *const names[] = {"closed",    "head",        "source", "stream_window", "connection_window",
                                      "transport", "concurrency", "paused"};
  uint64_t id = 0;
  if (q->in->n < 3 || !word_number(&q->in->words[1], &id)) cannot(q, 1);
  unsigned blocked = rill_stream_blocked(q->run->conn, (uint32_t)id);
  const char *between = "";
  if (blocked == 0) octets_print(&q->answer, "no");
  for (unsigned i = 0; i < sizeof names / sizeof names[0]; i++) {
    if ((blocked >> i & 1) == 0) continue;
    octets_print(&q->answer, "%s%s", between, names[i]);
    between = "|";
  }
}

/* origin_allowed ORIGIN 0|1 */
static void q_origin_allowed(question *q) {
  const word *origin = &q->in->words[1];
  if (q->in->n < 3) cannot(q, 1);
  octets_print(&q->answer, "%d", rill_origin_allowed(q->run->conn, (rill_view){(const uint8_t *)origin->p, origin->n}));
}

static const struct {
  const char *name;
  void (*run)(question *q);
} questions[] = {
    {"want_recv", q_want_recv}, {"want_send", q_want_send}, {"done", q_done},       {"error", q_error},
    {"offset", q_offset},       {"deadline", q_deadline},   {"setting", q_setting}, {"window", q_window},
    {"stats", q_stats},         {"stream", q_stream},       {"blocked", q_blocked}, {"origin_allowed", q_origin_allowed},
};

void ask(run *r, const line *in) {
  question q = {r, in, {NULL, 0, 0}};
  size_t i = 0;
  while (i < sizeof questions / sizeof questions[0] && !word_is(in, 0, questions[i].name))
    i++;
  if (i == sizeof questions / sizeof questions[0]) {
    script_fail(r->t->file, in->number, "no such question: '%s'", in->words[0].p);
    return;
  }
  questions[i].run(&q);
  octets_byte(&q.answer, 0);
  const char *want = in->words[in->n - 1].p;
  if (strcmp((const char *)q.answer.p, want) != 0) {
    octets asked = {NULL, 0, 0};
    line_print(&asked, in, 0);
    octets_byte(&asked, 0);
    run_differs(r, "line %d: ? %s: the answer is %s", in->number, (const char *)asked.p, (const char *)q.answer.p);
    octets_free(&asked);
  }
  octets_free(&q.answer);
}
