/* SPDX-License-Identifier: MIT */
/*
 * app: the application's callbacks. Each becomes an event in words, and sets off the actions that wait for it.
 *
 * Checks on the way what holds for all transcripts: who may be named when (contract 5 and 7), and whose user pointer comes.
 */
#include "talk/run.h"

#include <string.h>

note *app_note(run *r, uint32_t id) {
  for (size_t i = 0; i < r->note_count; i++) {
    if (r->notes[i]->id == id) return r->notes[i];
  }
  note *n = talk_alloc(sizeof *n);
  *n = (note){.run = r, .id = id};
  r->notes = talk_grow(r->notes, (r->note_count + 1) * sizeof *r->notes);
  r->notes[r->note_count++] = n;
  return n;
}

/* ---- events ------------------------------------------------------------------------------------------------------------ */

static void flush_extension(run *r) {
  if (!r->extending) return;
  r->extending = false;
  line *event = lines_new(&r->events);
  line_add(event, "extension");
  line_add(event, "0x%x", (unsigned)r->extending_head.type);
  line_add(event, "%u", (unsigned)r->extending_head.stream_id);
  size_t *offset = offset_of(&r->received, r->extending_head.stream_id);
  show_content(event, (rill_view){r->extension.p, r->extension.n}, offset);
  if (r->extending_head.flags != 0) line_add(event, "flags=%u", (unsigned)r->extending_head.flags);
  if (r->extending_ends) line_add(event, "end");
  r->extension.n = 0;
}

void app_flush(run *r) {
  flush_extension(r);
  if (!r->joining) return;
  r->joining = false;
  line *event = lines_new(&r->events);
  line_add(event, "data");
  line_add(event, "%u", (unsigned)r->joining_id);
  show_content(event, (rill_view){r->content.p, r->content.n}, offset_of(&r->received, r->joining_id));
  if (r->joining_ends) line_add(event, "end");
  r->content.n = 0;
}

static line *open_event(run *r, const char *name) {
  app_flush(r);
  line *event = lines_new(&r->events);
  line_add(event, "%s", name);
  return event;
}

static bool fires(const step *on, const line *event) {
  const line *pattern = &on->lines.at[0];
  line head = *event;
  if (pattern->n > head.n) return false;
  head.n = pattern->n;
  return line_matches(pattern, &head);
}

/* Runs what waits for this event, and says what the callback is to answer. */
int app_fire(run *r, const line *event, uint32_t id) {
  uint32_t event_id = r->event_id;
  int answer = r->answer;
  r->answer = 0;
  r->depth++;
  for (size_t i = 0; i < r->armed_count; i++) {
    const step *on = r->armed[i];
    if (on == NULL || !fires(on, event)) continue;
    if (!on->every) r->armed[i] = NULL;
    for (size_t a = 1; a < on->lines.n; a++) {
      r->event_id = id;
      act(r, &on->lines.at[a]);
    }
  }
  int mine = fault_answer(r, event, r->answer);
  r->depth--;
  r->answer = answer;
  r->event_id = event_id;
  return mine;
}

/* The words are copied, since actions bring more events. */
static int fire_last(run *r, uint32_t id) {
  line copy = {NULL, 0, 0, 0};
  const line *event = &r->events.at[r->events.n - 1];
  for (size_t i = 0; i < event->n; i++)
    line_word(&copy, event->words[i].p, event->words[i].n);
  int answer = app_fire(r, &copy, id);
  line_free(&copy);
  return answer;
}

/* ---- streams ----------------------------------------------------------------------------------------------------------- */

static note *named(run *r, rill_conn *conn, uint32_t id, const void *user, const char *what) {
  note *n = app_note(r, id);
  if (conn != r->conn) run_broken(r, "%s names another connection", what);
  if (r->deleted) run_broken(r, "contract 6: %s after rill_conn_del", what);
  bool over = !r->deleted && rill_conn_error(conn).err != 0; /* also within the call in which that came about */
  if (over && strcmp(what, "on_stream_close") != 0) run_broken(r, "contract 9: %s after the connection has failed", what);
  if (n->closes != 0) run_broken(r, "contract 7: %s names stream %u after its close", what, (unsigned)id);
  if (n->heard && user != n) run_broken(r, "%s on stream %u with a wrong user pointer", what, (unsigned)id);
  return n;
}

static void show_priority(line *event, const rill_priority *priority) {
  line_add(event, "u%u%s", (unsigned)priority->urgency, priority->incremental ? ",i" : "");
}

static void show_head(line *event, const rill_head *head) {
  static const rill_view protocol = {(const uint8_t *)":protocol", 9};
  const rill_view pseudo[] = {head->method, head->path, head->scheme, head->authority};
  bool request = head->kind == RILL_HEAD_REQUEST || head->kind == RILL_HEAD_PUSH;
  for (size_t i = 0; request && i < 4; i++) {
    if (pseudo[i].n == 0) line_add(event, "-");
    if (pseudo[i].n != 0) line_word(event, pseudo[i].p, pseudo[i].n);
  }
  if (head->protocol.n != 0) line_pair(event, protocol, head->protocol);
  if (head->status != 0) line_add(event, "%u", (unsigned)head->status);
  for (size_t i = 0; i < head->field_count; i++)
    line_pair(event, head->fields[i].name, head->fields[i].value);
  if (head->content_length >= 0) line_add(event, "length=%lld", (long long)head->content_length);
  if (head->priority.signalled) show_priority(event, &head->priority);
  if (head->end_stream) line_add(event, "end");
}

static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  run *r = rill_conn_user(conn);
  (void)named(r, conn, id, user, "on_push");
  note *n = named(r, conn, promised, NULL, "on_push");
  if (n->heard) run_broken(r, "stream %u is promised twice", (unsigned)promised);
  n->heard = true;
  if (head->kind != RILL_HEAD_PUSH || !head->end_stream) run_broken(r, "a promise that is no whole request");
  if (rill_stream_set_user(conn, promised, n) != 0) run_broken(r, "rill_stream_set_user in on_push of %u", (unsigned)promised);
  line *event = open_event(r, "push");
  line_add(event, "%u", (unsigned)id);
  line_add(event, "%u", (unsigned)promised);
  show_head(event, head);
  return fire_last(r, promised);
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  static const char *const kinds[] = {"request", "response", "informational", "trailers"};
  run *r = rill_conn_user(conn);
  note *n = named(r, conn, id, user, "on_head");
  if (!n->heard) {
    n->heard = true;
    if (user != NULL) run_broken(r, "a new stream has a user pointer");
    if (rill_stream_set_user(conn, id, n) != 0) run_broken(r, "rill_stream_set_user in on_head of stream %u", (unsigned)id);
  }
  if (n->ended) run_broken(r, "contract 5: on_head after the end of stream %u", (unsigned)id);
  n->ended = head->end_stream;
  line *event = open_event(r, "head");
  line_add(event, "%u", (unsigned)id);
  line_add(event, "%s", (unsigned)head->kind < 4 ? kinds[head->kind] : "nothing");
  show_head(event, head);
  return fire_last(r, id);
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  run *r = rill_conn_user(conn);
  note *n = named(r, conn, id, user, "on_data");
  if (!n->heard) run_broken(r, "on_data before on_head of stream %u", (unsigned)id);
  if (n->ended) run_broken(r, "contract 5: on_data after the end of stream %u", (unsigned)id);
  if (bytes.n == 0 && !end) run_broken(r, "on_data with nothing on stream %u", (unsigned)id);
  if (r->joining && r->joining_id != id) app_flush(r);
  r->joining = true;
  r->joining_id = id;
  octets_add(&r->content, bytes.p, bytes.n);
  n->ended = r->joining_ends = end;
  line event = {NULL, 0, 0, 0};
  line_add(&event, "data");
  line_add(&event, "%u", (unsigned)id);
  if (end) line_add(&event, "end");
  int answer = app_fire(r, &event, id);
  line_free(&event);
  return answer;
}

static void note_why(run *r, rill_why why) {
  if ((unsigned)why >= RILL_WHY_COUNT) {
    run_broken(r, "there is no reason %d", (int)why);
    return;
  }
  r->whys[why] = true;
  if (why == RILL_WHY_NOMEM || why == RILL_WHY_MEMORY) r->told = true;
}

static void on_stream_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  run *r = rill_conn_user(conn);
  note *n = named(r, conn, id, user, "on_stream_close");
  if (!n->heard) run_broken(r, "contract 7: the close of stream %u, of which nothing was heard", (unsigned)id);
  n->closes++;
  note_why(r, close->why);
  if (close->by == RILL_BY_RILL && close->why == RILL_WHY_NONE)
    run_broken(r, "rill closes stream %u and does not say why", (unsigned)id);
  line *event = open_event(r, "close");
  line_add(event, "%u", (unsigned)id);
  line_add(event, "by=%s", by_name(close->by));
  if (close->code != RILL_NO_ERROR) show_code(event, "code=", close->code);
  if (close->why != RILL_WHY_NONE) line_add(event, "why=%s", why_name(close->why));
  if (close->retryable) line_add(event, "retryable");
  static const char *const processed[] = {"maybe", "no", "yes"};
  if (r->t->processed) line_add(event, "processed=%s", (unsigned)close->processed < 3 ? processed[close->processed] : "nothing");
  if (close->retryable != (close->processed == RILL_PROCESSED_NO)) run_broken(r, "retryable is not what processed says");
  bool answered = close->by == RILL_BY_END && r->t->client && id % 2 != 0;
  if (answered && close->processed != RILL_PROCESSED_YES) run_broken(r, "an answered request was not processed");
  if (!r->t->client && close->processed != RILL_PROCESSED_MAYBE) run_broken(r, "a server has no requests of its own");
  (void)fire_last(r, id);
}

static void on_writable(rill_conn *conn, uint32_t id, void *user) {
  run *r = rill_conn_user(conn);
  (void)named(r, conn, id, user, "on_writable");
  line_add(open_event(r, "writable"), "%u", (unsigned)id);
  (void)fire_last(r, id);
}

/* ---- the connection ---------------------------------------------------------------------------------------------------- */

static run *run_of(rill_conn *conn, void *user, const char *what) {
  run *r = rill_conn_user(conn);
  if (user != r || conn != r->conn) run_broken(r, "%s with a wrong user pointer", what);
  if (r->deleted) run_broken(r, "contract 6: %s after rill_conn_del", what);
  static const char *const belated[] = {"on_chunk_done", "on_frame_sent", "on_credit"}; /* what was cut before, GOAWAY, never */
  bool over = !r->deleted && rill_conn_error(conn).err != 0;
  for (size_t i = 0; i < sizeof belated / sizeof belated[0]; i++)
    over = over && strcmp(what, belated[i]) != 0;
  if (over) run_broken(r, "contract 9: %s after the connection has failed", what);
  return r;
}

/* A chunk that no line of the script waits for. */
static void fire_untold(run *r, uint32_t id) {
  line event = {NULL, 0, 0, 0};
  line_add(&event, "chunk_done");
  (void)app_fire(r, &event, id);
  line_free(&event);
}

static void on_chunk_done(rill_conn *conn, void *chunk_user, size_t sent, bool dropped, void *user) {
  run *r = run_of(conn, user, "on_chunk_done");
  lent *l = chunk_user;
  chunk_done(r, l, sent, dropped);
  if (!l->from->told) {
    fire_untold(r, l->from->id);
    return;
  }
  line *event = open_event(r, "chunk");
  line_add(event, "%u", (unsigned)l->from->id);
  line_add(event, "sent=%zu", sent);
  if (dropped) line_add(event, "dropped");
  (void)fire_last(r, l->from->id);
}

static void on_credit(rill_conn *conn, void *user) {
  run *r = run_of(conn, user, "on_credit");
  (void)open_event(r, "credit");
  (void)fire_last(r, 0);
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  run *r = run_of(conn, user, "on_settings");
  line *event = open_event(r, "settings");
  for (size_t i = 0; i < count; i++)
    show_setting(event, settings[i].id, settings[i].value);
  return fire_last(r, 0);
}

static int on_settings_ack(rill_conn *conn, void *user) {
  run *r = run_of(conn, user, "on_settings_ack");
  (void)open_event(r, "settings_ack");
  return fire_last(r, 0);
}

static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  run *r = run_of(conn, user, "on_priority");
  line *event = open_event(r, "priority");
  line_add(event, "%u", (unsigned)id);
  if (signal->legacy.present) {
    line_add(event, "dep=%u", (unsigned)signal->legacy.dependency);
    line_add(event, "weight=%u", signal->legacy.weight + 1u);
    if (signal->legacy.exclusive) line_add(event, "exclusive");
  } else {
    show_priority(event, &signal->priority);
    line_octets(event, signal->value);
  }
  return fire_last(r, id);
}

/* The highest stream that is open. */
static uint32_t on_choose(rill_conn *conn, uint32_t proposed, void *user) {
  run *r = run_of(conn, user, "on_choose");
  uint32_t best = proposed;
  for (size_t i = 0; i < r->note_count; i++) {
    if (r->notes[i]->heard && r->notes[i]->closes == 0 && r->notes[i]->id > best) best = r->notes[i]->id;
  }
  line name = {NULL, 0, 0, 0};
  line_add(&name, "choose");
  (void)app_fire(r, &name, best);
  line_free(&name);
  return r->how->fault == FAULT_ODD ? odd_choice(r, best) : best;
}

static int on_ping_ack(rill_conn *conn, const uint8_t *payload, rill_time round_trip, void *user) {
  run *r = run_of(conn, user, "on_ping_ack");
  line *event = open_event(r, "ping_ack");
  line_add(event, "%02x%02x%02x%02x%02x%02x%02x%02x", payload[0], payload[1], payload[2], payload[3], payload[4], payload[5],
           payload[6], payload[7]);
  line_add(event, "rtt=%llu", (unsigned long long)round_trip);
  return fire_last(r, 0);
}

static int on_goaway(rill_conn *conn, uint32_t last_id, uint32_t code, rill_view debug, void *user) {
  run *r = run_of(conn, user, "on_goaway");
  line *event = open_event(r, "goaway");
  line_add(event, "last=%u", (unsigned)last_id);
  show_code(event, "", code);
  if (debug.n != 0) line_octets(event, debug);
  return fire_last(r, 0);
}

/* ---- extensions -------------------------------------------------------------------------------------------------------- */

/* Pieces count joined, and each sets off what waits for `extension TYPE ID`, the last for `extension TYPE ID end`. */
static int on_extension(rill_conn *conn, const rill_frame_head *head, rill_view piece, bool end, void *user) {
  run *r = run_of(conn, user, "on_extension");
  bool goes_on = r->extending && !r->extending_ends;
  if (!goes_on) app_flush(r);
  if (goes_on && memcmp(&r->extending_head, head, sizeof *head) != 0) run_broken(r, "on_extension has lost its frame");
  r->extending = true;
  r->extending_ends = end;
  r->extending_head = *head;
  octets_add(&r->extension, piece.p, piece.n);
  if (r->extension.n > head->length || (end && goes_on && piece.n == 0)) run_broken(r, "on_extension with pieces too many");
  line event = {NULL, 0, 0, 0};
  line_add(&event, "extension");
  line_add(&event, "0x%x", (unsigned)head->type);
  line_add(&event, "%u", (unsigned)head->stream_id);
  if (end) line_add(&event, "end");
  int answer = app_fire(r, &event, head->stream_id);
  line_free(&event);
  return answer;
}

static int on_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value, void *user) {
  run *r = run_of(conn, user, "on_altsvc");
  line *event = open_event(r, "altsvc");
  line_add(event, "%u", (unsigned)id);
  line_octets(event, origin);
  line_octets(event, value);
  return fire_last(r, id);
}

static int on_origin(rill_conn *conn, rill_view origin, void *user) {
  run *r = run_of(conn, user, "on_origin");
  line_octets(open_event(r, "origin"), origin);
  return fire_last(r, 0);
}

static void on_retire(rill_conn *conn, rill_why why, void *user) {
  run *r = run_of(conn, user, "on_retire");
  note_why(r, why);
  line_add(open_event(r, "retire"), "%s", why_name(why));
  (void)fire_last(r, 0);
}

/* The words of rill_frame_format, apart. */
static void show_trace(line *event, const rill_frame *frame) {
  char words[400];
  (void)rill_frame_format(words, sizeof words, frame);
  for (const char *at = words; *at != 0; at += strspn(at, " ")) {
    size_t n = strcspn(at, " ");
    line_word(event, at, n);
    at += n;
  }
}

static void on_frame(run *r, const char *name, const rill_frame *frame) {
  line event = {NULL, 0, 0, 0};
  line_add(&event, "%s", name);
  line_add(&event, "%s", rill_frame_type_text(frame->head.type));
  line_add(&event, "%u", (unsigned)frame->head.stream_id);
  if (r->t->trace) show_trace(open_event(r, name), frame);
  (void)app_fire(r, &event, frame->head.stream_id);
  line_free(&event);
}

static void on_frame_recv(rill_conn *conn, const rill_frame *frame, void *user) {
  on_frame(run_of(conn, user, "on_frame_recv"), "frame_recv", frame);
}

static void on_frame_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  on_frame(run_of(conn, user, "on_frame_sent"), "frame_sent", frame);
}

void app_failed(run *r) {
  rill_conn_failure failure = rill_conn_error(r->conn);
  note_why(r, failure.why);
  line *event = open_event(r, "error");
  line_add(event, "%s", why_name(failure.why));
  show_code(event, "code=", failure.code);
  line_add(event, "frame=%s", rill_frame_type_text(failure.frame_type));
  line_add(event, "stream=%u", (unsigned)failure.stream_id);
  if (failure.err != RILL_ERR_PROTO) line_add(event, "err=%s", err_name(failure.err));
}

/* Without frame trace unless it is of use: content joins over the frames that carry it. */
void app_callbacks(rill_callbacks *out, const talk *t, bool all) {
  *out = (rill_callbacks){
      .size = sizeof *out,
      .on_head = on_head,
      .on_push = on_push,
      .on_data = on_data,
      .on_stream_close = on_stream_close,
      .on_writable = on_writable,
      .on_chunk_done = on_chunk_done,
      .on_credit = on_credit,
      .on_settings = on_settings,
      .on_settings_ack = on_settings_ack,
      .on_ping_ack = on_ping_ack,
      .on_goaway = on_goaway,
      .on_extension = on_extension,
      .on_altsvc = on_altsvc,
      .on_origin = on_origin,
      .on_retire = on_retire,
      .on_frame_recv = on_frame_recv,
      .on_frame_sent = on_frame_sent,
      .on_priority = on_priority,
      .on_choose = on_choose,
  };
#ifdef RILL_WITHOUT_TRACE
  out->on_frame_recv = out->on_frame_sent = NULL;
#endif
  if (all) return;
  if (!t->priorities) out->on_priority = NULL;
  if (!t->chooses) out->on_choose = NULL;
  if (!t->trace && !t->acts_in_on) out->on_frame_recv = out->on_frame_sent = NULL;
}
