/* SPDX-License-Identifier: MIT */
/*
 * fault: what goes wrong beside memory: callbacks that fail or answer what means nothing, a connection that is deleted from
 * inside any of them or while its output is shown, a transport that ends anywhere.
 *
 * Nothing is expected of such a run but the contract, which app.c, replay.c and source.c hold it to.
 */
#include "talk/run.h"

#include <limits.h>

bool replay_is_odd(const replay *how) { return how->fault != FAULT_NONE || how->clock != CLOCK_SCRIPT; }

uint64_t run_random(run *r, uint64_t below) {
  uint64_t z = r->random += 0x9e3779b97f4a7c15u;
  z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
  z = (z ^ z >> 27) * 0x94d049bb133111ebu;
  return (z ^ z >> 31) % below;
}

/* ---- callbacks --------------------------------------------------------------------------------------------------------- */

/* Contract 6: what takes the time is refused in a callback, and does nothing. All questions may be asked. */
static void be_busy(run *r) {
  uint8_t room[64];
  char words[64];
  rill_iovec iov[4];
  rill_conn *c = r->conn;
  rill_time now = clock_now(r);
  const rill_ssize refused[] = {rill_conn_recv(c, room, 0, now),
                                rill_conn_send(c, room, sizeof room, now),
                                rill_conn_sendv(c, iov, 4, 64, now),
                                rill_conn_sent(c, 0, now),
                                rill_conn_tick(c, now),
                                rill_conn_eof(c, now)};
  for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
    if (refused[i] != RILL_ERR_STATE) run_broken(r, "contract 6: call %zu in a callback answers %td", i, refused[i]);
  }
  rill_stats stats = rill_conn_stats(c);
  if (stats.memory != r->mem.live_octets - r->context_octets) run_broken(r, "contract 4: memory is counted wrong in a callback");
  if (rill_conn_dump(c, words, sizeof words) == 0) run_broken(r, "rill_conn_dump has nothing to say");
  rill_time due = rill_conn_deadline(c);
  if (now >= RILL_NO_CLOCK && due != RILL_NEVER) run_broken(r, "a deadline without a clock");
  (void)rill_conn_is_done(c);
  (void)rill_conn_want_send(c);
  (void)rill_conn_want_recv(c);
  (void)rill_stream_blocked(c, 0);
  (void)rill_conn_fault(c);
}

/* All others answer something. */
static bool is_answered(const line *event) {
  static const char *const silent[] = {"close",      "writable", "credit",     "retire",    "chunk",
                                       "chunk_done", "choose",   "frame_recv", "frame_sent"};
  for (size_t i = 0; i < sizeof silent / sizeof silent[0]; i++) {
    if (word_is(event, 0, silent[i])) return false;
  }
  return true;
}

/* Numbers that mean nothing here, and codes that RFC 9113 does not name. */
static int odd_answer(run *r, const line *event) {
  static const int odd[] = {INT_MIN, -1, RILL_ERR_NOMEM, RILL_ERR_CLOSED, RILL_DEFERRED, -101, INT_MAX, 0x1234567};
  if (word_is(event, 0, "pull")) {
    r->odd = run_random(r, 3) != 0;
    if (r->odd) return 0;
  }
  return odd[run_random(r, sizeof odd / sizeof odd[0])];
}

/* From inside a callback, of any kind. */
static void strike(run *r) {
  static const rill_view words = {(const uint8_t *)"enough", 6};
  bool odd = r->how->n % 2 != 0;
  if (r->how->fault == FAULT_DEL) {
    rill_conn_del(r->conn);
    r->deleted = true;
  } else if (r->how->fault == FAULT_OVER) {
    int before = rill_conn_error(r->conn).err;
    int err = odd ? rill_submit_goaway(r->conn, RILL_INTERNAL_ERROR, words) : rill_shutdown(r->conn, 0);
    bool fails = err != before && err != RILL_ERR_NOMEM;
    if (fails && !r->deleted) run_broken(r, "the end in a callback answers %d after the error %d", err, before);
  } else if (r->how->fault == FAULT_RESET) {
    for (size_t i = 0; i < r->note_count && !r->deleted; i++)
      (void)rill_reset(r->conn, r->notes[i]->id, odd ? RILL_CANCEL : RILL_NO_ERROR);
  }
}

int fault_answer(run *r, const line *event, int answer) {
  static const int codes[] = {RILL_CANCEL, RILL_PROTOCOL_ERROR, RILL_REFUSED_STREAM, RILL_INTERNAL_ERROR, 0xabcdef};
  fault_kind kind = r->how->fault;
  bool answered = kind != FAULT_NONE && is_answered(event);
  r->counts.callbacks++;
  r->counts.answers += answered;
  if (kind == FAULT_BUSY && !r->deleted) be_busy(r);
  if (r->counts.callbacks == r->how->n && r->conn != NULL && !r->deleted) strike(r);
  if (!answered || r->counts.answers != r->how->n) return answer;
  if (kind == FAULT_CODE) return codes[r->how->n % (sizeof codes / sizeof codes[0])];
  if (kind == FAULT_END) return RILL_ERR_CALLBACK;
  return kind == FAULT_ODD ? odd_answer(r, event) : answer;
}

size_t odd_padding(run *r, size_t most) {
  const size_t all[] = {0, 1, most, most + 1, 257, SIZE_MAX};
  return all[run_random(r, sizeof all / sizeof all[0])];
}

/* One that is over, one that never was, the connection; or one that can go. */
uint32_t odd_choice(run *r, uint32_t best) {
  const uint32_t all[] = {0, UINT32_MAX, best + 2, best + 1, best};
  uint32_t known = r->note_count == 0 ? 0 : r->notes[run_random(r, r->note_count)]->id;
  size_t which = (size_t)run_random(r, sizeof all / sizeof all[0] + 1);
  return which == sizeof all / sizeof all[0] ? known : all[which];
}

/* ---- ends out of season ------------------------------------------------------------------------------------------------ */

/* All that was open is over at once, and nothing more is said; what was lent comes back when the connection is deleted. */
void fault_eof(run *r) {
  uint8_t room[64];
  if (r->conn == NULL || r->eof) return;
  int before = rill_conn_error(r->conn).err;
  r->eof = true;
  int err = rill_conn_eof(r->conn, clock_now(r));
  if (!r->deleted && err != before) run_broken(r, "rill_conn_eof answers %d after the error %d", err, before);
  run_result(r, err);
  if (r->conn == NULL) return;
  for (size_t i = 0; i < r->note_count; i++) {
    if (r->notes[i]->heard && r->notes[i]->closes != 1)
      run_broken(r, "contract 7: stream %u closed %u times with the transport", (unsigned)r->notes[i]->id, r->notes[i]->closes);
  }
  if (rill_conn_want_recv(r->conn) || rill_conn_want_send(r->conn) || !rill_conn_is_done(r->conn))
    run_broken(r, "the transport is gone, and the connection is not done");
  if (rill_conn_send(r->conn, room, sizeof room, clock_now(r)) > 0) run_broken(r, "output for a transport that is gone");
}

bool fault_shown(run *r) {
  if (++r->counts.views != r->how->n || r->how->fault != FAULT_SHOWN) return false;
  if (r->how->n % 2 == 0) {
    fault_eof(r);
  } else {
    rill_conn_del(r->conn);
    run_deleted(r);
  }
  return true;
}
