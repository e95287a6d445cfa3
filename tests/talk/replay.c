/* SPDX-License-Identifier: MIT */
/*
 * replay: one script, run once in one way: the peer's octets whole, one by one, or cut; all memory there, or some missing.
 *
 * What must hold at the end whatever the script says: the memory is all back, each stream that was heard of closed once, each
 * chunk came back once, a dead connection stays dead and silent (contract 7, 9, 11). After each step the connection's account
 * of its memory is compared with the allocator's, and with memory_limit (contract 4).
 */
#include "talk/run.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void complain(octets *out, const char *format, va_list list) {
  char text[400];
  if (out->n != 0) return;
  (void)vsnprintf(text, sizeof text, format, list);
  octets_print(out, "%s", text);
}

void run_broken(run *r, const char *format, ...) {
  va_list list;
  va_start(list, format);
  complain(&r->broken, format, list);
  va_end(list);
}

void run_differs(run *r, const char *format, ...) {
  va_list list;
  va_start(list, format);
  complain(&r->differs, format, list);
  va_end(list);
}

/* ---- calls ------------------------------------------------------------------------------------------------------------- */

void run_deleted(run *r) {
  r->conn = NULL;
  if (r->mem.live_octets != r->context_octets)
    run_broken(r, "contract 11: %zu octets leak", r->mem.live_octets - r->context_octets);
}

/* Contract 9 and 7: the first error stays, and with it all streams are over. A lack of memory need not be an error. */
static void note_death(run *r) {
  rill_conn_failure failure = rill_conn_error(r->conn);
  if (r->dead || failure.err == 0) return;
  r->dead = true;
  r->failure = failure;
  for (size_t i = 0; i < r->note_count; i++) {
    if (r->notes[i]->heard && r->notes[i]->closes == 0)
      run_broken(r, "contract 7: the connection is over, and stream %u is not", (unsigned)r->notes[i]->id);
  }
}

void run_result(run *r, rill_ssize result) {
  if (result == RILL_ERR_NOMEM) r->told = true;
  if (r->deleted && r->conn != NULL) {
    if (result != RILL_ERR_CLOSED) run_broken(r, "contract 6: after rill_conn_del in a callback the call answers %td", result);
    run_deleted(r);
    return;
  }
  if (result < 0 && r->conn != NULL) note_death(r);
  if (result >= 0 || r->failed || r->conn == NULL) return;
  r->failed = true;
  if (rill_conn_error(r->conn).why != RILL_WHY_NONE) {
    app_failed(r);
  } else {
    app_flush(r);
    line *event = lines_new(&r->events);
    line_add(event, "over");
    line_add(event, "%s", err_name((int)result));
  }
}

static void check_memory(run *r) {
  if (r->mem.wrong != NULL) run_broken(r, "the allocator was given %s", r->mem.wrong);
  if (r->conn == NULL) return;
  rill_stats stats = rill_conn_stats(r->conn);
  size_t live = r->mem.live_octets - r->context_octets;
  if (stats.memory != live) run_broken(r, "contract 4: the connection counts %zu octets, and has %zu", stats.memory, live);
  if (stats.memory_peak > r->t->config.memory_limit) run_broken(r, "contract 4: %zu octets were in use", stats.memory_peak);
}

/* ---- output ------------------------------------------------------------------------------------------------------------ */

static rill_ssize take_copy(run *r, size_t cap) {
  uint8_t *room = talk_alloc(cap);
  rill_ssize n = rill_conn_send(r->conn, room, cap, clock_now(r));
  if (n > 0) octets_add(&r->wire, room, (size_t)n);
  if (n > (rill_ssize)cap) run_broken(r, "rill_conn_send answers more than it was given");
  free(room);
  return n;
}

static void copy_shown(run *r, const rill_iovec *iov, size_t n) {
  for (; n != 0; iov++) {
    size_t part = iov->len < n ? iov->len : n;
    if (iov->base != NULL) {
      octets_add(&r->wire, iov->base, part);
    } else {
      uint8_t *room = talk_alloc(part);
      chunk_write(r, room, part);
      octets_add(&r->wire, room, part);
      free(room);
    }
    n -= part;
  }
}

enum { IOV_MAX_SHOWN = 16 };

/* Looking twice shows the same (contract of rill_conn_sendv). */
static void look_again(run *r, const rill_iovec *first, rill_ssize count) {
  rill_iovec again[IOV_MAX_SHOWN];
  if (r->deleted) return;
  rill_ssize n = rill_conn_sendv(r->conn, again, (size_t)count, 1, clock_now(r));
  if (r->deleted) return;
  if (n < 0 && rill_conn_error(r->conn).why == RILL_WHY_NONE) run_broken(r, "rill_conn_sendv shows nothing when it looks again");
  for (rill_ssize i = 0; i < n && i < count; i++) {
    bool last = i == n - 1;
    if (again[i].base != first[i].base || (!last && again[i].len != first[i].len))
      run_broken(r, "rill_conn_sendv moved what it had shown");
  }
}

static rill_ssize take_views(run *r, bool small) {
  rill_iovec iov[IOV_MAX_SHOWN];
  size_t total = 0;
  rill_ssize count = rill_conn_sendv(r->conn, iov, small ? 3 : IOV_MAX_SHOWN, small ? 100 : 1 << 20, clock_now(r));
  if (count <= 0 || r->deleted) return count;
  for (rill_ssize i = 0; i < count; i++)
    total += iov[i].len;
  if (total == 0) run_broken(r, "rill_conn_sendv shows empty entries");
  look_again(r, iov, count);
  if (r->deleted) return RILL_ERR_CLOSED;
  if (fault_shown(r)) return 0;
  size_t n = small ? total / 2 + 1 : total;
  if (n > total) n = total;
  copy_shown(r, iov, n);
  int result = rill_conn_sent(r->conn, n, clock_now(r));
  return result < 0 ? result : (rill_ssize)n;
}

static rill_ssize take_some(run *r, unsigned round) {
  take_kind kind = r->how->take;
  if (r->t->vectored && kind == TAKE_SEND) kind = TAKE_SENDV;
  if (r->t->vectored && kind == TAKE_SEND_SMALL) kind = TAKE_SENDV_SMALL;
  if (kind == TAKE_SENDV || kind == TAKE_SENDV_SMALL) return take_views(r, kind == TAKE_SENDV_SMALL);
  static const size_t small[] = {1, 9, 10, 33, 2, 100, 5, 700};
  return take_copy(r, kind == TAKE_SEND ? 1 << 18 : small[round % (sizeof small / sizeof small[0])]);
}

/* All there is. Answers how much that was. */
static size_t take(run *r) {
  size_t before = r->wire.n;
  for (unsigned round = 0; r->conn != NULL; round++) {
    rill_ssize n = take_some(r, round);
    if (n == 0 && !r->deleted) break;
    run_result(r, n);
    if (n < 0) break;
    if (round == 10000000) {
      run_broken(r, "there is no end of output");
      break;
    }
  }
  return r->wire.n - before;
}

/* ---- input ------------------------------------------------------------------------------------------------------------- */

/* From memory of their own that goes at once, since views into it may not be kept. */
static rill_ssize offer(run *r, const uint8_t *p, size_t n) {
  uint8_t *copy = talk_alloc(n);
  memcpy(copy, p, n);
  rill_ssize taken = rill_conn_recv(r->conn, copy, n, clock_now(r));
  memset(copy, 0xdd, n);
  free(copy);
  if (taken > (rill_ssize)n) run_broken(r, "rill_conn_recv takes more than it was given");
  run_result(r, taken);
  return taken;
}

static void feed_now(run *r, const uint8_t *p, size_t n) {
  while (n != 0 && r->conn != NULL) {
    clock_turn(r);
    if (r->conn == NULL) return;
    rill_ssize taken = offer(r, p, n);
    if (taken < 0 || (size_t)taken > n || r->conn == NULL) return;
    if (taken == 0 && r->paused) {
      octets_add(&r->waiting, p, n);
      return;
    }
    if (taken == 0 && take(r) == 0) {
      run_differs(r, "line %d: rill_conn_recv takes nothing, and there is no output", r->number);
      return;
    }
    p += taken;
    n -= (size_t)taken;
  }
}

/* Behind what the transport holds while reading is paused. */
static void feed(run *r, const uint8_t *p, size_t n) {
  octets all = r->waiting;
  r->waiting = (octets){NULL, 0, 0};
  octets_add(&all, p, n);
  feed_now(r, all.p, all.n);
  octets_free(&all);
}

static void feed_singly(run *r, const uint8_t *p, size_t n) {
  for (size_t i = 0; i < n && r->conn != NULL && !r->failed; i++)
    feed(r, p + i, 1);
}

static void feed_step(run *r, size_t index) {
  const step *s = &r->t->steps[index];
  show_fed(r, &s->in);
  if (r->how->singly) {
    feed_singly(r, s->in.p, s->in.n);
  } else if (r->how->cut_step == index) {
    feed(r, s->in.p, r->how->cut_at);
    if (r->how->fault == FAULT_EOF) fault_eof(r);
    if (!r->how->stop && !r->failed) feed(r, s->in.p + r->how->cut_at, s->in.n - r->how->cut_at);
  } else {
    feed(r, s->in.p, s->in.n);
  }
}

/* ---- comparison -------------------------------------------------------------------------------------------------------- */

enum { SHOWN_MAX = 12, SHOWN_WIDTH = 200 };

static void print_some(octets *out, const lines *in, size_t from, char mark) {
  for (size_t i = from; i < in->n; i++) {
    if (i == from + SHOWN_MAX) {
      octets_print(out, "\n    %c ... and %zu more", mark, in->n - i);
      return;
    }
    octets text = {NULL, 0, 0};
    line_print(&text, &in->at[i], 0);
    if (text.n > SHOWN_WIDTH) {
      text.n = SHOWN_WIDTH;
      octets_print(&text, "...");
    }
    octets_print(out, "\n    %c %.*s", mark, (int)text.n, (const char *)text.p);
    octets_free(&text);
  }
}

static void compare(run *r, const lines *want, const lines *seen, const char *what) {
  size_t same = 0;
  if (lines_match(want, seen) || r->differs.n != 0) return;
  while (same < want->n && same < seen->n && line_matches(&want->at[same], &seen->at[same]))
    same++;
  octets_print(&r->differs, "line %d: %s; - expected, + seen%s", r->number, what, same == 0 ? "" : ", after what agrees");
  print_some(&r->differs, want, same, '-');
  print_some(&r->differs, seen, same, '+');
}

static void copy_lines(lines *to, const lines *from) {
  for (size_t i = 0; i < from->n; i++) {
    line *copy = lines_new(to);
    for (size_t w = 0; w < from->at[i].n; w++)
      line_word(copy, from->at[i].words[w].p, from->at[i].words[w].n);
  }
}

static bool comes_back(const line *event) { return word_is(event, 0, "close") || word_is(event, 0, "chunk"); }

/* The order of closes and returned chunks in a row is not promised, but that of one stream's chunks is. */
static bool in_order(const line *first, const line *second) {
  unsigned long m = strtoul(first->words[1].p, NULL, 10), n = strtoul(second->words[1].p, NULL, 10);
  return m != n ? m < n : word_is(first, 0, "chunk") || word_is(second, 0, "close");
}

static void sort_closes(lines *events) {
  for (size_t i = 1; i < events->n; i++) {
    for (size_t j = i; j > 0 && comes_back(&events->at[j]) && comes_back(&events->at[j - 1]); j--) {
      if (in_order(&events->at[j - 1], &events->at[j])) break;
      line moved = events->at[j];
      events->at[j] = events->at[j - 1];
      events->at[j - 1] = moved;
    }
  }
}

static void compare_events(run *r, const lines *want) {
  lines sorted = {NULL, 0, 0};
  app_flush(r);
  copy_lines(&sorted, want);
  sort_closes(&sorted);
  sort_closes(&r->events);
  compare(r, &sorted, &r->events, "events");
  lines_free(&sorted);
  lines_free(&r->events);
}

/* Where room is scarce there may be less. */
static void forget_padding(lines *frames) {
  for (size_t i = 0; i < frames->n; i++) {
    line *in = &frames->at[i], kept = {NULL, 0, 0, in->number};
    word rest;
    for (size_t w = 0; w < in->n; w++) {
      if (!word_eats(&in->words[w], "+pad=", &rest)) line_word(&kept, in->words[w].p, in->words[w].n);
    }
    line_free(in);
    *in = kept;
  }
}

static void compare_output(run *r, const lines *want) {
  lines joined = {NULL, 0, 0};
  (void)take(r);
  show_frames(r);
  copy_lines(&joined, want);
  if (r->how->take >= TAKE_SEND_SMALL) {
    forget_padding(&joined);
    forget_padding(&r->frames);
    join_data(&joined);
    join_data(&r->frames);
  }
  compare(r, &joined, &r->frames, "frames");
  lines_free(&joined);
  lines_free(&r->frames);
}

/* ---- the course of a run ----------------------------------------------------------------------------------------------- */

/* As the transcript says, even if that is more than may be: rill knows better. */
static size_t choose_padding(void *user, const rill_frame_head *head, size_t most) {
  run *r = user;
  if (most == 0 || most > 256) run_broken(r, "a policy of padding may add %zu octets", most);
  if (r->how->fault == FAULT_ODD) return odd_padding(r, most);
  if (r->t->pad_to == 0) return r->t->pad_by;
  return (r->t->pad_to - head->length % r->t->pad_to) % r->t->pad_to;
}

static bool open_run(run *r) {
  rill_config config = r->t->config;
  if (r->t->lists) {
    config.settings = r->t->own;
    config.settings_count = r->t->own_count;
  }
  rill_callbacks callbacks;
  config.mem = checked_mem_of(&r->mem);
  if (r->t->pad_by != 0 || r->t->pad_to != 0 || r->how->fault == FAULT_ODD) config.padding = (rill_padding){choose_padding, r};
  app_callbacks(&callbacks, r->t, replay_is_odd(r->how));
  int err = rill_context_new(&r->context, &config, &callbacks);
  if (err == 0) {
    r->context_octets = r->mem.live_octets;
    err = r->t->client ? rill_conn_client_new(&r->conn, r->context, r) : rill_conn_server_new(&r->conn, r->context, r);
    if (err != 0) rill_context_del(r->context);
  }
  if (err == 0) return true;
  r->conn = NULL;
  r->context = NULL;
  if (err != RILL_ERR_NOMEM || r->mem.failures == 0) run_differs(r, "no connection: %s", err_name(err));
  r->told = true;
  return false;
}

static void forget(run *r) {
  (void)take(r);
  show_frames(r);
  lines_free(&r->frames);
  app_flush(r);
  lines_free(&r->events);
}

static void feed_line(run *r, const char *text, const line *entries) {
  octets in = {NULL, 0, 0};
  line frame = {NULL, 0, 0, 0};
  offsets none = {NULL, 0};
  line_add(&frame, "SETTINGS");
  if (text != NULL) line_add(&frame, "%s", text);
  for (size_t i = 0; entries != NULL && i < entries->n; i++)
    line_word(&frame, entries->words[i].p, entries->words[i].n);
  wire_frame(&in, &frame, r->t->file, &none);
  show_fed(r, &in);
  feed(r, in.p, in.n);
  octets_free(&in);
  line_free(&frame);
}

/* The peer's preface and SETTINGS, and its acknowledgement of ours; what that brings is not compared. */
static void open_talk(run *r) {
  line entries = {NULL, 0, 0, 0};
  if (r->t->preface == PREFACE_OFF) return;
  forget(r);
  for (size_t i = 0; i < r->t->peer.n; i++) {
    const line *more = &r->t->peer.at[i];
    for (size_t w = 0; w < more->n; w++)
      line_word(&entries, more->words[w].p, more->words[w].n);
  }
  if (!r->t->client) feed(r, (const uint8_t *)"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", 24);
  feed_line(r, NULL, &entries);
  line_free(&entries);
  forget(r);
  if (r->t->preface == PREFACE_UNACKED) return;
  feed_line(r, "ACK", NULL);
  forget(r);
}

static void do_step(run *r, size_t index) {
  const step *s = &r->t->steps[index];
  r->number = s->number;
  clock_turn(r);
  switch (s->kind) {
  case STEP_FEED:
    feed_step(r, index);
    break;
  case STEP_APP:
    act(r, &s->lines.at[0]);
    if (!r->paused && r->waiting.n != 0 && !r->failed) feed(r, NULL, 0);
    break;
  case STEP_ON:
    r->armed = talk_grow(r->armed, (r->armed_count + 1) * sizeof *r->armed);
    r->armed[r->armed_count++] = s;
    break;
  case STEP_EVENTS:
    compare_events(r, &s->lines);
    break;
  case STEP_OUTPUT:
    compare_output(r, &s->lines);
    break;
  case STEP_ASK:
    if (r->conn != NULL) ask(r, &s->lines.at[0]);
    break;
  }
  check_memory(r);
}

static bool same_failure(const rill_conn_failure *a, const rill_conn_failure *b) {
  return a->why == b->why && a->err == b->err && a->code == b->code && a->frame_type == b->frame_type &&
         a->stream_id == b->stream_id && a->offset == b->offset;
}

/* Contract 9: a dead connection reads nothing, says nothing and repeats its error. */
static void check_dead(run *r) {
  uint8_t junk[64];
  if (r->conn == NULL || rill_conn_error(r->conn).err == 0) return;
  rill_conn_failure failure = rill_conn_error(r->conn);
  int err = failure.err;
  if (r->dead && !same_failure(&failure, &r->failure)) run_broken(r, "contract 9: another error than the first");
  for (size_t i = 0; i < sizeof junk; i++)
    junk[i] = (uint8_t)(i * 7);
  rill_ssize again = rill_conn_recv(r->conn, junk, sizeof junk, clock_now(r));
  if (again != err) run_broken(r, "contract 9: rill_conn_recv answers %td after the error %s", again, err_name(err));
  if (r->events.n != 0 || r->joining) run_broken(r, "contract 9: events after the error");
  if (take(r) != 0) run_broken(r, "contract 9: output after the GOAWAY");
}

/* The GOAWAY of an error need not stand in the transcript; there is always one, with the error's code. */
static void check_goaway(run *r) {
  if (r->goaways > 1) run_broken(r, "contract 9: %zu GOAWAY with an error came out", r->goaways);
  if (r->conn == NULL || r->eof || r->mem.failures != 0) return;
  rill_conn_failure failure = rill_conn_error(r->conn);
  if (failure.err != RILL_ERR_PROTO && failure.err != RILL_ERR_CALLBACK) return;
  bool late = replay_is_odd(r->how) && clock_now(r) < RILL_NO_CLOCK; /* for goaway_linger */
  if (late && r->farewells == 0) return;
  bool calm = failure.code == RILL_NO_ERROR && r->goaways == 0 && r->farewells != 0;
  if (!calm && (r->goaways != 1 || r->goaway_code != failure.code)) {
    run_broken(r, "contract 9: %zu GOAWAY came out, the last with %s", r->goaways, rill_code_text(r->goaway_code));
  }
}

/* What no line has compared: nothing, or the GOAWAY of an error. */
static void compare_rest(run *r) {
  static const lines nothing = {NULL, 0, 0};
  (void)take(r);
  show_frames(r);
  check_goaway(r);
  bool goaway = r->failed && r->frames.n == 1 && word_is(&r->frames.at[0], 0, "GOAWAY");
  if (!goaway) compare(r, &nothing, &r->frames, "frames");
  compare_events(r, &nothing);
}

static void write_digest(run *r, octets *out) {
  if (r->conn == NULL) {
    octets_print(out, "gone");
    return;
  }
  rill_conn_failure f = rill_conn_error(r->conn);
  rill_stats s = rill_conn_stats(r->conn);
  octets_print(out, "error %s, code %u, frame %u, stream %u, offset %llu; ", why_name(f.why), (unsigned)f.code,
               (unsigned)f.frame_type, (unsigned)f.stream_id, (unsigned long long)f.offset);
  if (f.err != RILL_ERR_PROTO) octets_print(out, "%llu octets, ", (unsigned long long)s.octets_received);
  octets_print(out, "received %llu frames, %llu resets; %llu streams, %u open; sent %llu resets",
               (unsigned long long)s.frames_received, (unsigned long long)s.resets_received, (unsigned long long)s.streams_opened,
               (unsigned)s.streams_open, (unsigned long long)s.resets_sent);
}

static void check_closes(run *r) {
  for (size_t i = 0; i < r->note_count; i++) {
    const note *n = r->notes[i];
    if (n->heard && n->closes != 1) run_broken(r, "contract 7: stream %u closed %u times", (unsigned)n->id, n->closes);
  }
}

static void close_run(run *r) {
  if (r->conn != NULL) {
    rill_conn_del(r->conn);
    run_deleted(r);
  }
  rill_context_del(r->context);
  if (r->mem.live != 0) run_broken(r, "contract 11: %zu blocks leak", r->mem.live);
  if (r->mem.wrong != NULL) run_broken(r, "the allocator was given %s", r->mem.wrong);
  check_closes(r);
  sources_check(r);
}

static void free_run(run *r) {
  sources_free(r);
  for (size_t i = 0; i < r->note_count; i++)
    free(r->notes[i]);
  free(r->notes);
  free(r->armed);
  lines_free(&r->events);
  lines_free(&r->frames);
  line_free(&r->block_line);
  octets *const all[] = {&r->content, &r->extension,    &r->wire,   &r->waiting,
                         &r->tables,  &r->block_octets, &r->broken, &r->differs};
  for (size_t i = 0; i < sizeof all / sizeof all[0]; i++)
    octets_free(all[i]);
  offsets_free(&r->received);
  offsets_free(&r->sent);
  offsets_free(&r->said);
  rill_hpack_decoder_del(r->decoder);
}

static void run_steps(run *r, octets *digest) {
  open_talk(r);
  size_t end = r->how->stop ? r->how->cut_step + 1 : r->t->n;
  for (size_t i = 0; i < end; i++)
    do_step(r, i);
  if (r->how->stop) return;
  r->number = 0;
  compare_rest(r);
  write_digest(r, digest);
  check_dead(r);
}

bool run_replay(const talk *t, const replay *how, bool *whys, octets *complaint, octets *digest, counts *total) {
  run r = {.t = t, .how = how, .now = RILL_NO_CLOCK, .whys = whys, .random = how->n};
  r.mem.fail_at = how->fail_at;
  r.mem.fail_on = how->fail_on;
  if (rill_hpack_decoder_new(&r.decoder, NULL, 4096) != 0) return false;
  if (open_run(&r)) run_steps(&r, digest);
  close_run(&r);
  bool excused = how->stop || replay_is_odd(how) || (r.mem.failures != 0 && (r.told || t->lenient));
  if (r.broken.n != 0) octets_add(complaint, r.broken.p, r.broken.n);
  if (r.broken.n == 0 && !excused && r.differs.n != 0) octets_add(complaint, r.differs.p, r.differs.n);
  *total = r.counts;
  total->allocations = r.mem.calls;
  free_run(&r);
  return complaint->n == 0;
}
