/* SPDX-License-Identifier: MIT */
/*
 * What no input may break, tried with every vector:
 *
 *   T-CHUNK   output taken at the end is the same to the octet, however the input is cut; so are events, and every counter that
 *             feeds a limit
 *   T-CLOSE2  a connection that is deleted after any number of octets leaves nothing behind
 *   T-OOM     the k-th allocation fails, for every k: the call says so, and can be made again, or the connection is dead; nothing
 *             leaks, and what goes on goes on as if nothing had been: the HPACK tables, too
 *
 * The runner looks at the closes of T-CLOSE1 in all of them. Usually a share is done (share.h): with few cuts, a sample of the
 * offsets of long vectors, and a sample of k.
 */
#include "share.h"
#include "vectors.h"
#include <string.h>

enum {
  SHORT = 200,       /* octets: cut at every offset, deleted after each */
  LONG = 20000,      /* octets: usually little is done */
  SPLITS = 4,        /* at random */
  SPLITS_WHOLE = 20, /* likewise */
  SOME = 24          /* offsets, allocations */
};

/* Long vectors are deleted after every offset, as long as that takes no more octets than this; then after one in so many. */
#define OCTETS_WHOLE UINT64_C(2000000000)

typedef struct trial {
  const judge *judge;
  const vector *v;
  rill_context *context;
  meter *meter;
  bool failed; /* the vector's other ways would say the same */
} trial;

/* So many, or all. */
static size_t most_of(const trial *t, size_t some, size_t all) {
  return test_whole() ? all : t->v->n > LONG ? 1 + some / 8 : some;
}

static void complain(trial *t, const char *sequence, size_t at, const char *what) {
  char words[512];
  snprintf(words, sizeof words, "%s (%zu): %.400s", sequence, at, what);
  t->judge->report(t->judge->user, "the promises of rill.h", words);
  t->failed = true;
}

/* ---- T-CHUNK ------------------------------------------------------------------------------------------------------------ */

/* Every counter that feeds a limit, but for memory, which is no function of the input alone; of a dead connection none does. */
static uint64_t mix_counters(uint64_t hash, const rill_conn *conn) {
  const rill_stats st = rill_conn_stats(conn);
  const uint64_t all[] = {st.octets_sent,
                          st.frames_received,
                          st.frames_sent,
                          st.streams_opened,
                          st.resets_received,
                          st.resets_sent,
                          st.streams_open,
                          st.streams_completed,
                          st.field_octets_received,
                          st.block_octets_received,
                          st.pings_owed,
                          st.settings_owed,
                          st.resets_owed,
                          st.output,
                          st.promised,
                          st.prioritized,
                          st.origins,
                          st.window_updates,
                          rill_conn_error(conn).err == 0 ? st.overhead : 0};
  static const rill_window_kind kinds[] = {RILL_WINDOW_RECV, RILL_WINDOW_SEND, RILL_WINDOW_HELD};
  hash = seen_mix(hash, all, sizeof all);
  hash = seen_mix(hash, st.spent, sizeof st.spent);
  for (uint32_t id = 0; id < 8; id++) {
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
      int64_t value = 0;
      (void)rill_conn_window(conn, id, kinds[i], &value);
      hash = seen_mix(hash, &value, sizeof value);
    }
  }
  return hash;
}

/* Output is taken at the end, or when nothing goes without that. The counters before and after that. */
static uint64_t run_late(trial *t, run *r, const vector *v, way w) {
  run_begin(r, v, t->context, t->meter, NULL);
  r->yields = true;
  run_feed(r, w);
  uint64_t counters = mix_counters(1, r->conn);
  run_take(r);
  counters = mix_counters(counters, r->conn);
  r->seen.judged_events = r->seen.event_count;
  run_end(r);
  return counters;
}

/* NULL: none. */
static const char *other_end(const seen *a, const seen *b, char *words, size_t cap) {
  if (a->failed != b->failed) return "another error";
  if (a->stalled != b->stalled) return "a stall";
  return seen_same_events(a, b, a->failed != 0, words, cap) ? NULL : words;
}

static void chunk_way(trial *t, const vector *v, const run *whole, uint64_t counters, way w, const char *name) {
  char words[320];
  run r;
  uint64_t now = run_late(t, &r, v, w);
  const char *what = other_end(&whole->seen, &r.seen, words, sizeof words);
  if (what == NULL && whole->seen.out != r.seen.out) what = "other output";
  if (what == NULL && now != counters) what = "other counters";
  if (r.seen.broken[0] != '\0') what = r.seen.broken;
  if (what != NULL) complain(t, name, w.cut, what);
  seen_free(&r.seen);
}

static void chunks(trial *t) {
  const size_t splits = most_of(t, SPLITS, SPLITS_WHOLE);
  vector v = *t->v;
  run whole;
  v.drain = false;
  uint64_t counters = run_late(t, &whole, &v, (way){WAY_WHOLE, 0});
  if (whole.seen.broken[0] != '\0') complain(t, "T-CHUNK, whole", 0, whole.seen.broken);
  chunk_way(t, &v, &whole, counters, (way){WAY_OCTETS, 0}, "T-CHUNK, octets");
  for (size_t split = 1; split <= splits && !t->failed; split++)
    chunk_way(t, &v, &whole, counters, (way){WAY_RANDOM, split}, "T-CHUNK, at random");
  for (size_t cut = 1; cut < v.n && v.n <= SHORT && !t->failed; cut++)
    chunk_way(t, &v, &whole, counters, (way){WAY_CUT, cut}, "T-CHUNK, cut");
  seen_free(&whole.seen);
}

/* ---- T-CLOSE2 ----------------------------------------------------------------------------------------------------------- */

/* How far from one offset to the next, if `n` octets are taken at all; odd, so that all places of a repeated frame come. */
static size_t step_of(size_t n) {
  uint64_t octets = (uint64_t)n * n / 2;
  if (n <= SHORT) return 1;
  if (!test_whole()) return n / SOME;
  return (size_t)(octets / OCTETS_WHOLE) | 1;
}

static void abandoned(trial *t, bool drain) {
  char fault[160];
  abandon a = {t->v->n, 0, drain};
  bool fine = run_abandoned(t->v, t->context, t->meter, &a, fault, sizeof fault);
  size_t n = a.took, step = step_of(n);
  for (a.cut = 0; fine && a.cut <= n; a.cut += step) /* beyond that nothing is taken, and each is as the last */
    fine = run_abandoned(t->v, t->context, t->meter, &a, fault, sizeof fault);
  if (!fine) complain(t, "T-CLOSE2", a.cut, fault);
}

/* ---- T-OOM -------------------------------------------------------------------------------------------------------------- */

/* Without the k-th allocation of the connection, 0: none fails. How many there were. */
static uint64_t run_without(trial *t, run *r, way w, uint64_t k) {
  checked_mem mem = {0};
  meter none = {0};
  rill_config config;
  rill_context *context = NULL;
  run_config(&config, t->v, &none);
  config.mem = checked_mem_of(&mem);
  if (rill_context_new(&context, &config, &app_callbacks) != 0) exit(2);
  uint64_t before = mem.calls;
  if (k != 0) mem.fail_at = before + k;
  run_begin(r, t->v, context, &none, &mem);
  run_feed(r, w);
  if (!t->v->drain) run_take(r);
  run_probe(r);
  r->seen.judged_events = r->seen.event_count;
  run_end(r);
  rill_context_del(context);
  if (mem.live != 0) broken(&r->seen, "%zu blocks leak", mem.live);
  if (mem.wrong != NULL) broken(&r->seen, "the allocator was given %s", mem.wrong);
  if (k != 0 && mem.failures == 0) broken(&r->seen, "there is no such allocation any more");
  return mem.calls - before;
}

/*
 * What was not put into a table goes without; all that the peer sees of it is the same. But for an answer of rill's own (431),
 * in whose place the stream is reset.
 */
static const char *other_output(const seen *a, const seen *b) {
  if (a->frame_count != b->frame_count) return "more frames or fewer";
  for (size_t i = 0; i < a->frame_count; i++) {
    const frame *x = &a->frames[i], *y = &b->frames[i];
    if (x->status == 431 && y->type == RILL_RST_STREAM && x->id == y->id) return NULL;
    if (x->type != y->type || x->flags != y->flags || x->id != y->id || x->code != y->code) return "other frames";
    if (x->type != RILL_HEADERS && x->length != y->length) return "frames of other lengths";
  }
  return a->fields_out == b->fields_out ? NULL : "other fields";
}

static void starve(trial *t, const run *whole, way w, uint64_t k) {
  char words[320];
  run r;
  (void)run_without(t, &r, w, k);
  const seen *a = &whole->seen, *b = &r.seen;
  const char *what = b->broken[0] != '\0' ? b->broken : NULL;
  bool dead = b->failed == RILL_ERR_NOMEM;
  if (what == NULL && !dead) what = other_end(a, b, words, sizeof words);
  if (what == NULL && !dead) what = other_output(a, b);
  if (what != NULL) complain(t, w.kind == WAY_WHOLE ? "T-OOM, whole" : "T-OOM, octets", (size_t)k, what);
  seen_free(&r.seen);
}

static void starved(trial *t, way w) {
  run whole;
  uint64_t allocations = run_without(t, &whole, w, 0), some = most_of(t, SOME, (size_t)allocations);
  uint64_t step = allocations <= some ? 1 : allocations / some;
  for (uint64_t k = 1; k <= allocations && !t->failed; k += step)
    starve(t, &whole, w, k);
  seen_free(&whole.seen);
}

void judge_sequences(const judge *j, const vector *v, rill_context *context, meter *m) {
  trial t = {j, v, context, m, false};
  chunks(&t);
  for (int drain = 0; drain < 2 && !t.failed; drain++)
    abandoned(&t, drain != 0);
  if (!t.failed) starved(&t, (way){v->by_frames ? WAY_FRAMES : WAY_WHOLE, 0});
  if (!t.failed && !v->by_frames && (v->n <= LONG || test_whole())) starved(&t, (way){WAY_OCTETS, 0});
}
