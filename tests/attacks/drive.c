/* SPDX-License-Identifier: MIT */
/*
 * One attack against one configuration. What must hold, whatever comes: live memory stays within memory_limit and is all given
 * back; what is pending stays within its bound; there is one GOAWAY with an error at most, and no event behind the end; each
 * stream that the application has heard of closes once (T-CLOSE1); and no more than max_concurrent_streams are held (T-WORK1).
 */
#include "attacks/attacks.h"
#include "meter.h"

#include <string.h>

/* Control frames (limits: max_outbound_queued); encoded blocks come on top of it, up to max_header_queue. */
enum { READ = 1460, ROOM = 65536, CONTROL_MAX = 65536, LEAVES = 50 };

typedef struct drive {
  const attack *a;
  const terms *how;
  outcome *out;
  meter mem;
  size_t context_octets;
  rill_context *context;
  rill_conn *conn;
  octets in;        /* what the peer has written and rill has not read */
  size_t at;        /* of that, read */
  size_t first;     /* of what comes first, not yet read: neither counted nor measured */
  uint64_t periods; /* written on this connection */
  uint32_t asked;   /* the last request */
  uint64_t heard, closes, errors, data_octets;
  bool over; /* an error was answered */
  bool deleted;
} drive;

static const rill_field get_fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                                        RILL_FIELD(":authority", "a")};
static const rill_field ok_fields[] = {RILL_FIELD(":status", "200"),
                                       RILL_FIELD("content-type", "text/html; charset=utf-8"),
                                       RILL_FIELD("server", "example/1.0"),
                                       RILL_FIELD("date", "Mon, 30 Nov 2026 22:30:00 GMT"),
                                       RILL_FIELD("cache-control", "max-age=3600, public"),
                                       RILL_FIELD("etag", "\"5f3c-1a2b3c4d5e\""),
                                       RILL_FIELD("vary", "accept-encoding"),
                                       RILL_FIELD("x-content-type-options", "nosniff"),
                                       RILL_FIELD("strict-transport-security", "max-age=31536000"),
                                       RILL_FIELD("x-frame-options", "SAMEORIGIN")};
static const uint8_t content[16384];

static void wrong(drive *d, const char *what) {
  if (d->out->wrong == NULL) d->out->wrong = what;
}

/* ---- the application --------------------------------------------------------------------------------------------------- */

static drive *told(rill_conn *conn) {
  drive *d = rill_conn_user(conn);
  if (d->over && !d->deleted) wrong(d, "an event behind the end");
  return d;
}

/* The content of a message: `body` octets, lent; how far it has come is kept in the stream's user pointer. */
static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  const attack *a = ((drive *)user)->a;
  size_t at = (size_t)(uintptr_t)rill_stream_user(conn, id), left = a->body - at;
  out->n = left < max ? left : max;
  if (out->n > sizeof content) out->n = sizeof content;
  out->data = content;
  if (out->n == left) out->more = RILL_MORE_NONE;
  (void)rill_stream_set_user(conn, id, (void *)(uintptr_t)(at + out->n));
  return 0;
}

static void answer(drive *d, uint32_t id) {
  rill_body body = {pull, d, false};
  size_t most = sizeof ok_fields / sizeof *ok_fields, count = d->a->fields < most ? d->a->fields + 1 : most;
  (void)rill_submit_response(d->conn, id, ok_fields, count, d->a->body == 0 ? NULL : &body);
}

static void push(drive *d, uint32_t id) {
  for (size_t i = 0; i < d->a->pushes; i++) {
    rill_ssize promised = rill_submit_push(d->conn, id, get_fields, 4, NULL);
    if (promised < 0) return;
    d->heard++;
    if (d->a->answers) answer(d, (uint32_t)promised);
  }
}

/* Once there have been so many streams. */
static void leave(drive *d, uint64_t before) {
  if (!d->a->leaves || before >= LEAVES || d->heard < LEAVES) return;
  (void)rill_submit_goaway(d->conn, RILL_NO_ERROR, (rill_view){NULL, 0});
}

static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  drive *d = told(conn);
  (void)user;
  if (head->kind != RILL_HEAD_REQUEST) return 0;
  uint64_t before = d->heard++;
  if (d->a->holds) (void)rill_hold(conn, id);
  push(d, id);
  if (d->a->answers) answer(d, id);
  leave(d, before);
  return d->a->resets ? RILL_CANCEL : 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  (void)id, (void)bytes, (void)end, (void)user;
  (void)told(conn);
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *user) {
  drive *d = rill_conn_user(conn);
  (void)id, (void)close, (void)user;
  d->closes++;
}

static int on_push(rill_conn *conn, uint32_t id, uint32_t promised, const rill_head *head, void *user) {
  drive *d = told(conn);
  (void)id, (void)promised, (void)head, (void)user;
  leave(d, d->heard++);
  return d->a->resets ? RILL_CANCEL : 0;
}

static int on_settings(rill_conn *conn, const rill_setting *settings, size_t count, void *user) {
  (void)settings, (void)count, (void)user;
  (void)told(conn);
  return 0;
}

static int on_goaway(rill_conn *conn, uint32_t last, uint32_t code, rill_view debug, void *user) {
  (void)last, (void)code, (void)debug, (void)user;
  (void)told(conn);
  return 0;
}

static int on_priority(rill_conn *conn, uint32_t id, const rill_priority_signal *signal, void *user) {
  (void)id, (void)signal, (void)user;
  (void)told(conn);
  return 0;
}

static void on_sent(rill_conn *conn, const rill_frame *frame, void *user) {
  drive *d = rill_conn_user(conn);
  (void)user;
  if (frame->head.type == RILL_DATA) d->data_octets += RILL_FRAME_HEAD_SIZE + frame->head.length;
  bool error = frame->head.type == RILL_GOAWAY && frame->error_code != RILL_NO_ERROR;
  if (error && ++d->errors > 1) wrong(d, "a second GOAWAY with an error");
}

/* ---- the connection ---------------------------------------------------------------------------------------------------- */

static void budgets_off(rill_config *config) {
  config->glitch_burst = config->refusal_burst = config->peer_reset_burst = config->own_reset_burst = UINT32_MAX;
  config->empty_data_burst = config->overhead_burst = UINT32_MAX;
}

static void prepare(drive *d) {
  rill_config config = d->a->t->config;
  rill_callbacks on = {.size = sizeof on,
                       .on_head = on_head,
                       .on_data = on_data,
                       .on_stream_close = on_close,
                       .on_settings = on_settings,
                       .on_goaway = on_goaway,
                       .on_priority = on_priority};
  if (config.enable_push) on.on_push = on_push;
  if (d->how->checks) on.on_frame_sent = on_sent;
  if (!d->how->budgets) budgets_off(&config);
  config.mem = meter_mem(&d->mem);
  if (rill_context_new(&d->context, &config, &on) != 0) script_fail(d->a->t->file, d->a->t->number, "a configuration is refused");
  d->context_octets = d->mem.live;
}

/* What is taken only to see how much there is. */
static rill_ssize send_uncounted(rill_conn *conn, uint8_t *p, size_t cap) { return rill_conn_send(conn, p, cap, RILL_NO_CLOCK); }

/* All there is, to see it; or as an application does: all, or a sip. */
static void take(drive *d, bool all) {
  rill_ssize (*const send)(rill_conn *, uint8_t *, size_t) = all || d->first != 0 ? send_uncounted : attacks_send;
  static uint8_t room[ROOM];
  int64_t taken = (int64_t)d->data_octets;
  size_t cap = all || d->a->sip == 0 ? sizeof room : d->a->sip;
  rill_ssize n;
  while ((n = send(d->conn, room, cap)) > 0) {
    taken += n;
    if (!all && d->a->sip != 0) break;
  }
  taken -= (int64_t)d->data_octets;
  if (d->how->checks && taken > (int64_t)d->out->pending) d->out->pending = (size_t)taken;
}

static void connect(drive *d) {
  const attack *a = d->a;
  int err = a->t->client ? rill_conn_client_new(&d->conn, d->context, d) : rill_conn_server_new(&d->conn, d->context, d);
  if (err != 0) script_fail(a->t->file, a->t->number, "no connection");
  d->in.n = d->at = 0;
  octets_add(&d->in, a->begin.p, a->begin.n);
  d->first = a->begin.n;
  d->periods = d->heard = d->closes = d->errors = 0;
  d->asked = 0;
  d->over = d->deleted = false;
  d->mem.peak = d->mem.live;
  d->out->connections++;
  if (!a->untaken) take(d, true); /* else what acknowledges our SETTINGS comes too early */
}

static void disconnect(drive *d) {
  const rill_config *config = &d->a->t->config;
  rill_conn_failure why = rill_conn_error(d->conn);
  if (d->out->connections == 1 && why.err != 0) {
    d->out->ended_at = rill_conn_stats(d->conn).frames_received;
    d->out->why = why.why;
  }
  take(d, true);
  if (d->mem.peak - d->context_octets > d->out->peak) d->out->peak = d->mem.peak - d->context_octets;
  d->deleted = true;
  rill_conn_del(d->conn);
  d->conn = NULL;
  if (d->heard != d->closes) wrong(d, "streams heard of and closed differ in number");
  if (d->out->peak > config->memory_limit) wrong(d, "more memory than memory_limit");
  if (d->a->holds && d->heard > config->max_concurrent_streams) wrong(d, "more slots are held than there are");
  if (d->mem.live != d->context_octets) wrong(d, "memory was not given back");
  if (d->mem.broken) wrong(d, "an old size was wrong");
  if (d->out->pending > (size_t)CONTROL_MAX + config->max_header_queue) wrong(d, "too much output was pending");
}

/* ---- the peer ---------------------------------------------------------------------------------------------------------- */

static void raise_id(uint8_t *p, uint64_t by) {
  uint32_t id = ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) + (uint32_t)by;
  for (int i = 3; i >= 0; i--, id >>= 8)
    p[i] = (uint8_t)id;
}

/* Requests up to this id. False: there can be none now. */
static bool ask(drive *d, uint64_t id) {
  rill_body body = {pull, d, false};
  uint64_t before = d->heard;
  uint32_t first = d->asked == 0 ? 1 : d->asked + 2;
  while (d->asked < id) {
    rill_ssize got = rill_submit_request(d->conn, get_fields, 4, d->a->body == 0 ? NULL : &body, NULL);
    if (got < 0) return false;
    d->asked = (uint32_t)got;
    d->heard++;
  }
  if (d->a->sends && d->heard != before) take(d, true);
  for (uint32_t i = first; d->a->cancels && i <= d->asked; i += 2)
    (void)rill_reset(d->conn, i, RILL_CANCEL);
  leave(d, before);
  return true;
}

/* False: the next period can't be, for want of requests. */
static bool write_period(drive *d) {
  const attack *a = d->a;
  uint64_t by = d->periods * a->stride;
  if (a->asks && !d->over && !ask(d, a->last_asked + (a->asks_more ? by : 0))) return false;
  size_t from = d->in.n;
  octets_add(&d->in, a->period.p, a->period.n);
  for (size_t i = 0; i < a->mark_count; i++)
    raise_id(d->in.p + from + a->marks[i], by);
  d->periods++;
  d->out->frames += a->frames;
  return true;
}

/* At least a read, unless there can't be one; and a period, whose requests what comes first may be about, too. */
static void write_ahead(drive *d) {
  if (d->at > 1 << 20) {
    octets_drop(&d->in, d->at);
    d->at = 0;
  }
  while ((d->periods == 0 || d->in.n - d->at < READ) && d->out->frames < d->how->frames && write_period(d)) {
  }
}

static void note_end(drive *d) {
  d->over = true;
  if (!d->how->budgets) {
    disconnect(d);
    connect(d);
  }
}

/* At most one read of what comes first, or of the attack. */
static rill_ssize receive(drive *d) {
  bool first = d->first != 0;
  size_t n = d->in.n - d->at < READ ? d->in.n - d->at : READ;
  if (first && n > d->first) n = d->first;
  const uint8_t *p = d->in.p + d->at;
  rill_ssize took = first ? rill_conn_recv(d->conn, p, n, RILL_NO_CLOCK) : attacks_recv(d->conn, p, n);
  size_t used = took < 0 ? n : (size_t)took;
  d->at += used;
  if (first) {
    d->first -= used;
  } else {
    d->out->octets += used;
  }
  return took;
}

/* False: nothing more can come of it. */
static bool read_on(drive *d) {
  write_ahead(d);
  if (d->in.n == d->at || d->periods == 0) return false;
  rill_ssize took = receive(d);
  if (!d->a->untaken) take(d, false);
  if (took < 0) note_end(d);
  bool stuck = took == 0 && d->a->untaken;
  if (stuck) d->out->waits = true;
  return !stuck;
}

outcome attack_drive(const attack *a, const terms *how) {
  outcome out = {0};
  drive d = {.a = a, .how = how, .out = &out};
  prepare(&d);
  connect(&d);
  while (out.octets < how->octets && read_on(&d)) {
  }
  if (out.frames < how->frames && out.octets < how->octets) out.waits = true;
  disconnect(&d);
  rill_context_del(d.context);
  octets_free(&d.in);
  if (d.mem.live != 0) wrong(&d, "the context was not given back");
  return out;
}
