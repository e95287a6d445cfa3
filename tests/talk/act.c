/* SPDX-License-Identifier: MIT */
/*
 * act: what the application does, in words: `app ACTION ... -> RESULT why=REASON field=N`. Without a result the action has to
 * succeed; with an error that result has to come. The words behind a result say what rill_conn_fault() answers.
 */
#include "talk/run.h"

#include <stdlib.h>
#include <string.h>

/* An action while it is read. `*` stands for the stream of the event that set it off. */
typedef struct action {
  run *run;
  const line *in;
  size_t end; /* where the result begins */
} action;

static void complain(const action *a, size_t at) {
  script_fail(a->run->t->file, a->in->number, "'%s' in '%s'", at < a->end ? a->in->words[at].p : "too few words",
              a->in->words[0].p);
}

static uint64_t number_at(const action *a, size_t at) {
  uint64_t n = 0;
  if (at >= a->end || !word_number(&a->in->words[at], &n)) complain(a, at);
  return n;
}

static uint32_t id_at(const action *a, size_t at) {
  if (at < a->end && word_is(a->in, at, "*")) return a->run->event_id;
  return (uint32_t)number_at(a, at);
}

static uint32_t code_at(const action *a, size_t at) {
  uint32_t code = 0;
  if (at >= a->end || !name_code(&a->in->words[at], &code)) complain(a, at);
  return code;
}

/* ---- messages ---------------------------------------------------------------------------------------------------------- */

typedef struct message {
  rill_field *fields;
  size_t count;
  source *body; /* NULL: none */
  bool pushed;
} message;

static void add_fields(message *m, const field_word *from) {
  m->fields = talk_grow(m->fields, (m->count + from->count) * sizeof *m->fields);
  for (size_t i = 0; i < from->count; i++) {
    m->fields[m->count] = (rill_field){from->name, from->value, 0, 0, 0};
    if (from->never) m->fields[m->count].flags = RILL_FIELD_NEVER_INDEX;
    if (from->indexed) m->fields[m->count].flags = RILL_FIELD_INDEX;
    m->count++;
  }
}

static void add_status(message *m, const word *in) {
  static const uint8_t name[] = ":status";
  field_word field = {{name, sizeof name - 1}, {(const uint8_t *)in->p, in->n}, 1, false, false};
  add_fields(m, &field);
}

/* A number alone is a :status. */
static message message_from(const action *a, size_t at) {
  message m = {NULL, 0, NULL, false};
  field_word field;
  uint64_t status;
  for (; at < a->end; at++) {
    const word *w = &a->in->words[at];
    if (word_is(a->in, at, "+pushed")) {
      m.pushed = true;
    } else if (w->n != 0 && w->p[0] == '+') {
      if (m.body == NULL) m.body = source_new(a->run);
      if (!source_option(m.body, w)) complain(a, at);
    } else if (word_number(w, &status)) {
      add_status(&m, w);
    } else if (field_read(w, &field)) {
      add_fields(&m, &field);
    } else {
      complain(a, at);
    }
  }
  return m;
}

static rill_body body_of(const message *m) { return m->pushed ? (rill_body){NULL, NULL, false} : source_body(m->body); }

/* A stream of ours that was opened or promised with this note, or was not. */
static rill_ssize keep_note(run *r, note *n, rill_ssize id) {
  if (id <= 0) {
    free(n);
    return id;
  }
  n->id = (uint32_t)id;
  if (n->body != NULL) n->body->id = n->id;
  r->notes = talk_grow(r->notes, (r->note_count + 1) * sizeof *r->notes);
  r->notes[r->note_count++] = n;
  return id;
}

static rill_ssize do_request(const action *a) {
  run *r = a->run;
  message m = message_from(a, 1);
  rill_body body = {NULL, NULL, false};
  bool content = m.body != NULL || m.pushed;
  if (content) body = body_of(&m);
  note *n = talk_alloc(sizeof *n);
  *n = (note){.run = r, .heard = true, .body = m.body};
  rill_ssize result = rill_submit_request(r->conn, m.fields, m.count, content ? &body : NULL, n);
  free(m.fields);
  return keep_note(r, n, result);
}

static rill_ssize do_push(const action *a) {
  run *r = a->run;
  message m = message_from(a, 2);
  note *n = talk_alloc(sizeof *n);
  *n = (note){.run = r, .heard = true};
  rill_ssize result = rill_submit_push(r->conn, id_at(a, 1), m.fields, m.count, n);
  free(m.fields);
  return keep_note(r, n, result);
}

static rill_ssize do_response(const action *a) {
  run *r = a->run;
  uint32_t id = id_at(a, 1);
  message m = message_from(a, 2);
  rill_body body = {NULL, NULL, false};
  bool content = m.body != NULL || m.pushed;
  if (content) body = body_of(&m);
  if (m.body != NULL) {
    m.body->id = id;
    app_note(r, id)->body = m.body;
  }
  int result = rill_submit_response(r->conn, id, m.fields, m.count, content ? &body : NULL);
  free(m.fields);
  return result;
}

static rill_ssize do_info(const action *a) {
  message m = message_from(a, 2);
  int result = rill_submit_informational(a->run->conn, id_at(a, 1), m.fields, m.count);
  free(m.fields);
  return result;
}

static rill_ssize do_trailers(const action *a) {
  message m = message_from(a, 2);
  int result = rill_submit_trailers(a->run->conn, id_at(a, 1), m.fields, m.count);
  free(m.fields);
  return result;
}

/* write ID "text"|n=N [from=OFFSET] [fin] */
static rill_ssize do_write(const action *a) {
  octets content = {NULL, 0, 0};
  size_t n = 0, from = 0;
  uint64_t number;
  word rest;
  for (size_t i = 2; i < a->end; i++) {
    const word *w = &a->in->words[i];
    if (w->n != 0 && w->p[0] == '"') octets_add(&content, w->p + 1, w->n - 1);
    if (word_eats(w, "n=", &rest) && word_number(&rest, &number)) n = (size_t)number;
    if (word_eats(w, "from=", &rest) && word_number(&rest, &number)) from = (size_t)number;
  }
  for (size_t i = 0; i < n; i++)
    octets_byte(&content, pattern_octet(from + i));
  rill_ssize result = rill_write(a->run->conn, id_at(a, 1), content.p, content.n, word_is(a->in, a->end - 1, "fin"));
  octets_free(&content);
  return result;
}

static rill_ssize do_resume(const action *a) { return rill_resume(a->run->conn, id_at(a, 1)); }

/* supply ID N|all: a deferred body has so much more, and rill is told. */
static rill_ssize do_supply(const action *a) {
  uint32_t id = id_at(a, 1);
  source *s = app_note(a->run, id)->body;
  if (s == NULL) return RILL_ERR_NO_STREAM;
  size_t left = s->total - s->available;
  size_t more = word_is(a->in, 2, "all") ? left : (size_t)number_at(a, 2);
  s->available += more < left ? more : left;
  return rill_resume(a->run->conn, id);
}

static rill_ssize do_reset(const action *a) { return rill_reset(a->run->conn, id_at(a, 1), code_at(a, 2)); }
static rill_ssize do_consume(const action *a) { return rill_consume(a->run->conn, id_at(a, 1), (size_t)number_at(a, 2)); }

static rill_ssize do_trim(const action *a) { return rill_conn_trim(a->run->conn); }

static rill_ssize do_hold(const action *a) { return rill_hold(a->run->conn, id_at(a, 1)); }
static rill_ssize do_release(const action *a) { return rill_release(a->run->conn, id_at(a, 1)); }

/* upgrade hex=OCTETS [head]: of HTTP2-Settings; "own": as rill_upgrade_settings() says. */
static rill_ssize do_upgrade(const action *a) {
  run *r = a->run;
  octets settings = {NULL, 0, 0};
  uint8_t own[256];
  word rest;
  if (word_is(a->in, 1, "own")) {
    rill_ssize n = rill_upgrade_settings(r->context, own, sizeof own);
    octets_add(&settings, own, n < 0 ? 0 : (size_t)n);
  } else if (a->end < 2 || !word_eats(&a->in->words[1], "hex=", &rest) || !word_hex(rest.p, rest.n, &settings)) {
    complain(a, 1);
  }
  note *n = app_note(r, 1);
  int result = rill_upgrade(r->conn, (rill_view){settings.p, settings.n}, word_is(a->in, a->end - 1, "head"), n);
  if (result == 0) n->heard = true;
  octets_free(&settings);
  return result;
}

static rill_priority priority_at(const action *a, size_t at) {
  rill_priority priority = {3, false, false};
  uint64_t urgency = 0;
  if (at >= a->end || !word_number(&a->in->words[at], &urgency)) complain(a, at);
  priority.urgency = (uint8_t)urgency;
  priority.incremental = word_is(a->in, at + 1, "i");
  return priority;
}

static rill_ssize do_priority(const action *a) {
  rill_priority priority = priority_at(a, 2);
  return rill_set_priority(a->run->conn, id_at(a, 1), &priority);
}

static rill_ssize do_priority_update(const action *a) {
  rill_priority priority = priority_at(a, 2);
  return rill_submit_priority_update(a->run->conn, id_at(a, 1), &priority);
}

/* pause ID on|off */
static rill_ssize do_pause(const action *a) {
  uint32_t id = id_at(a, 1);
  bool on = word_is(a->in, 2, "on");
  if (!on && !word_is(a->in, 2, "off")) complain(a, 2);
  int err = rill_pause_recv(a->run->conn, id, on);
  if (err == 0 && id == 0) a->run->paused = on;
  return err;
}

/* ---- the connection ---------------------------------------------------------------------------------------------------- */

static rill_ssize do_ping(const action *a) {
  octets payload = {NULL, 0, 0};
  if (a->end < 2 || !word_hex(a->in->words[1].p, a->in->words[1].n, &payload) || payload.n != 8) complain(a, 1);
  int result = rill_submit_ping(a->run->conn, payload.p);
  octets_free(&payload);
  return result;
}

static rill_ssize do_goaway(const action *a) {
  rill_view debug = {NULL, 0};
  if (a->end > 2) debug = (rill_view){(const uint8_t *)a->in->words[2].p + 1, a->in->words[2].n - 1};
  return rill_submit_goaway(a->run->conn, code_at(a, 1), debug);
}

/* settings NAME=VALUE... */
static rill_ssize do_settings(const action *a) {
  rill_setting settings[OWN_SETTINGS_MAX];
  size_t count = script_settings(settings, OWN_SETTINGS_MAX, a->in, 1, a->end, a->run->t->file);
  return rill_submit_settings(a->run->conn, settings, count);
}

/* frame FRAME..., as the peer would say it; FRAME need not be said before a number. */
static rill_ssize do_frame(const action *a) {
  octets wire = {NULL, 0, 0};
  line words = {NULL, 0, 0, a->in->number};
  uint64_t type;
  if (a->end > 1 && word_number(&a->in->words[1], &type)) line_add(&words, "FRAME");
  for (size_t i = 1; i < a->end; i++) {
    if (word_is(a->in, i, "*")) line_add(&words, "%u", (unsigned)a->run->event_id);
    if (!word_is(a->in, i, "*")) line_word(&words, a->in->words[i].p, a->in->words[i].n);
  }
  wire_frame(&wire, &words, a->run->t->file, &a->run->said);
  rill_frame frame;
  rill_why why;
  if (rill_frame_parse(&frame, wire.p, wire.n, RILL_FRAME_SIZE_MAX, &why) <= 0) { /* as wrong as it was meant */
    rill_frame_head head = rill_frame_head_get(wire.p);
    frame = (rill_frame){.head = head, .data = {wire.p + RILL_FRAME_HEAD_SIZE, wire.n - RILL_FRAME_HEAD_SIZE}};
  }
  int result = rill_submit_frame(a->run->conn, &frame);
  octets_free(&wire);
  line_free(&words);
  return result;
}

static rill_view text_at(const action *a, size_t at) {
  if (at >= a->end) complain(a, at);
  const word *w = &a->in->words[at];
  bool quoted = w->n != 0 && w->p[0] == '"';
  return (rill_view){(const uint8_t *)w->p + quoted, w->n - quoted};
}

/* altsvc ID ORIGIN VALUE */
static rill_ssize do_altsvc(const action *a) {
  return rill_submit_altsvc(a->run->conn, id_at(a, 1), text_at(a, 2), text_at(a, 3));
}

/* origin ORIGIN... */
static rill_ssize do_origin(const action *a) {
  size_t count = a->end - 1;
  rill_view *origins = talk_alloc((count + 1) * sizeof *origins);
  for (size_t i = 0; i < count; i++)
    origins[i] = text_at(a, i + 1);
  int result = rill_submit_origin(a->run->conn, origins, count);
  free(origins);
  return result;
}

/* A time; none or "never": RILL_NEVER. */
static rill_time time_at(const action *a, size_t at) {
  return at >= a->end || word_is(a->in, at, "never") ? RILL_NEVER : (rill_time)number_at(a, at);
}

static rill_ssize do_shutdown(const action *a) { return rill_shutdown(a->run->conn, time_at(a, 1)); }

static rill_ssize do_retire_at(const action *a) { return rill_conn_retire_at(a->run->conn, time_at(a, 1), time_at(a, 2)); }

static rill_ssize do_eof(const action *a) {
  a->run->eof = a->run->depth == 0;
  return rill_conn_eof(a->run->conn, clock_now(a->run));
}

static rill_ssize do_tick(const action *a) { return clock_tick(a->run, clock_now(a->run)); }

static rill_ssize do_del(const action *a) {
  run *r = a->run;
  rill_conn *conn = r->conn;
  rill_conn_del(conn);
  r->deleted = true;
  if (r->depth == 0) run_deleted(r);
  return 0;
}

/* The calls that only the outside may make; here to see them refused. */
static rill_ssize do_recv(const action *a) { return rill_conn_recv(a->run->conn, (const uint8_t *)"", 0, clock_now(a->run)); }

static rill_ssize do_send(const action *a) {
  uint8_t room[64];
  return rill_conn_send(a->run->conn, room, sizeof room, clock_now(a->run));
}

static rill_ssize do_sendv(const action *a) {
  rill_iovec iov[4];
  return rill_conn_sendv(a->run->conn, iov, 4, 64, clock_now(a->run));
}

static rill_ssize do_sent(const action *a) { return rill_conn_sent(a->run->conn, 0, clock_now(a->run)); }

/* ---- the run itself ---------------------------------------------------------------------------------------------------- */

static rill_ssize do_time(const action *a) {
  a->run->now = number_at(a, 1);
  return 0;
}

static rill_ssize do_nothing(const action *a) {
  (void)a;
  return 0;
}

/* return CODE, CALLBACK, or any number: what the callback answers. */
static rill_ssize do_return(const action *a) {
  if (word_is(a->in, 1, "CALLBACK")) {
    a->run->answer = RILL_ERR_CALLBACK;
  } else if (word_is(a->in, 1, "-1")) {
    a->run->answer = -1;
  } else {
    a->run->answer = (int)code_at(a, 1);
  }
  return 0;
}

static const struct {
  const char *name;
  rill_ssize (*run)(const action *a);
} actions[] = {
    {"request", do_request}, {"response", do_response}, {"info", do_info},           {"trailers", do_trailers},
    {"write", do_write},     {"resume", do_resume},     {"supply", do_supply},       {"reset", do_reset},
    {"consume", do_consume}, {"ping", do_ping},         {"goaway", do_goaway},       {"shutdown", do_shutdown},
    {"eof", do_eof},         {"tick", do_tick},         {"trim", do_trim},           {"del", do_del},
    {"recv", do_recv},       {"send", do_send},         {"sendv", do_sendv},         {"sent", do_sent},
    {"time", do_time},       {"return", do_return},     {"nothing", do_nothing},     {"hold", do_hold},
    {"release", do_release}, {"upgrade", do_upgrade},   {"priority", do_priority},   {"priority_update", do_priority_update},
    {"push", do_push},       {"settings", do_settings}, {"frame", do_frame},         {"pause", do_pause},
    {"altsvc", do_altsvc},   {"origin", do_origin},     {"retire_at", do_retire_at},
};

static void check_fault(run *r, const line *in, size_t at) {
  rill_fault fault = rill_conn_fault(r->conn);
  if ((unsigned)fault.why < RILL_WHY_COUNT) r->whys[fault.why] = true;
  for (; at < in->n; at++) {
    word rest;
    uint64_t number;
    if (word_eats(&in->words[at], "why=", &rest)) {
      if (strcmp(why_name(fault.why), rest.p) != 0)
        run_differs(r, "line %d: the fault is %s, not %s", in->number, why_name(fault.why), rest.p);
    } else if (word_eats(&in->words[at], "field=", &rest) && word_number(&rest, &number)) {
      if (fault.index != number) run_differs(r, "line %d: the fault is in field %zu, not %s", in->number, fault.index, rest.p);
    } else {
      script_fail(r->t->file, in->number, "'%s' is neither why= nor field=", in->words[at].p);
    }
  }
}

static void check_result(const action *a, rill_ssize result) {
  run *r = a->run;
  const line *in = a->in;
  uint64_t number;
  int err = 0;
  if (result == RILL_ERR_NOMEM) r->told = true;
  if (r->deleted && r->depth == 0 && r->conn != NULL) {
    if (result != RILL_ERR_CLOSED)
      run_broken(r, "contract 6: after rill_conn_del in a callback %s answers %td", in->words[0].p, result);
    run_deleted(r);
  }
  if (a->end + 1 >= in->n) {
    if (result < 0) run_differs(r, "line %d: %s answers %s", in->number, in->words[0].p, err_name((int)result));
    return;
  }
  const word *wanted = &in->words[a->end + 1];
  if (!word_number(wanted, &number)) {
    if (!name_err(wanted, &err)) script_fail(r->t->file, in->number, "'%s' is no result", wanted->p);
    if (result != err) {
      run_differs(r, "line %d: %s answers %s (%td), not %s", in->number, in->words[0].p, err_name(result < 0 ? (int)result : 0),
                  result, wanted->p);
    }
  } else if (result < 0 || (uint64_t)result != number) {
    run_differs(r, "line %d: %s answers %td, not %s", in->number, in->words[0].p, result, wanted->p);
  }
  if (in->n > a->end + 2 && r->conn != NULL) check_fault(r, in, a->end + 2);
}

void act(run *r, const line *in) {
  action a = {r, in, in->n};
  for (size_t i = 0; i < in->n; i++) {
    if (word_is(in, i, "->")) a.end = i;
  }
  if (r->conn == NULL || (r->deleted && !word_is(in, 0, "return"))) return;
  for (size_t i = 0; i < sizeof actions / sizeof actions[0]; i++) {
    if (!word_is(in, 0, actions[i].name)) continue;
    check_result(&a, actions[i].run(&a));
    return;
  }
  script_fail(r->t->file, in->number, "no such action: '%s'", in->words[0].p);
}
