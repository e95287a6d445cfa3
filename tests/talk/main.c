/* SPDX-License-Identifier: MIT */
/*
 * talk: replays transcripts. `talk [-v] [-e|-f] [-every N] FILE.talk[:LINE]... | DIRECTORY`; see README for the language. -e:
 * only what is held against the transcript; -f: only what is held against the contract alone, as when something goes wrong.
 *
 * Each transcript is replayed whole, octet by octet, cut in two at every offset of each piece of the peer (of long pieces: near
 * the heads of the first frames and at some hundred offsets between), deleted at these offsets (T-CLOSE2) and with the transport
 * gone there, with output taken in different ways, and with the k-th allocation failing, alone and with all that follow, for
 * every k (T-OOM). Then, for every n, with the n-th callback failing in three ways, deleting or ending the connection or its
 * streams, with the n-th output shown and never taken, and with the time jumping before the n-th piece; and with clocks of all
 * kinds: of this the contract alone is expected. What has very many of something is tried at even distances (the numbers below).
 * A whole directory must also show every reason of rill_why and set every limit of rill_config. Transcripts that need what the
 * library was built without (RILL_WITHOUT_*) are skipped by name. Prints a line and a difference
 * for each transcript that fails, then the sum.
 *
 * With -every N, for slow machines, each transcript is still replayed whole, octet by octet and with output taken in each way; of
 * its other replays one in N is, counted through all transcripts.
 */
#include "talk/run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_PIECE = 3000, NEAR_HEAD = 12, NEAR_HEADS_MAX = 500, BETWEEN = 150, ALLOCATIONS_MAX = 3000 };
enum { FAULTS_MAX = 150, CLOCK_SEEDS = 3 };

typedef struct tally {
  size_t passed, failed, skipped, replays;
  size_t every, turn; /* one in so many; how many there were */
  bool loud, expected_only, faults_only;
  bool whys[RILL_WHY_COUNT];
  bool members[128];
} tally;

typedef struct examined {
  const talk *t;
  tally *sum;
  octets digest; /* of the whole replay, which the others have to agree with */
  counts counts; /* likewise */
  bool good;
} examined;

static void report(const examined *e, const replay *how, const octets *complaint) {
  printf("FAIL %s:%d %s [%s", e->t->file, e->t->number, e->t->name, how->name);
  if (how->cut_step != SIZE_MAX) printf(" after %zu octets of line %d", how->cut_at, e->t->steps[how->cut_step].number);
  if (how->fail_at != 0) printf(" %llu of %llu", (unsigned long long)how->fail_at, (unsigned long long)e->counts.allocations);
  if (how->n != 0) printf(" %llu", (unsigned long long)how->n);
  printf("] %.*s\n", (int)complaint->n, (const char *)complaint->p);
}

/* Is this replay, one of very many, among those that are done? */
static bool is_in_turn(tally *sum) { return sum->turn++ % sum->every == 0; }

/* False if the transcript has failed; one failure is enough. */
static bool try_counting(examined *e, const replay *how, counts *total) {
  static bool no_whys[RILL_WHY_COUNT]; /* what a fault brings about shows no reason */
  octets complaint = {NULL, 0, 0}, digest = {NULL, 0, 0};
  if (!e->good) return false;
  e->good = run_replay(e->t, how, replay_is_odd(how) ? no_whys : e->sum->whys, &complaint, &digest, total);
  e->sum->replays++;
  if (e->digest.n == 0 && e->good) octets_add(&e->digest, digest.p, digest.n);
  bool comparable = e->good && how->fail_at == 0 && !how->stop && !replay_is_odd(how) && e->t->cuts;
  bool same = digest.n == e->digest.n && (digest.n == 0 || memcmp(digest.p, e->digest.p, digest.n) == 0);
  if (comparable && !same) {
    octets_print(&complaint, "the end differs\n    - %.*s\n    + %.*s", (int)e->digest.n, (const char *)e->digest.p,
                 (int)digest.n, (const char *)digest.p);
    e->good = false;
  }
  if (!e->good) report(e, how, &complaint);
  octets_free(&complaint);
  octets_free(&digest);
  return e->good;
}

static bool try_replay(examined *e, const replay *how) {
  counts ignored;
  return try_counting(e, how, &ignored);
}

static bool near_head(const step *s, size_t at) {
  for (size_t i = 0; i < s->edges.n; i += sizeof(size_t)) {
    size_t edge;
    memcpy(&edge, s->edges.p + i, sizeof edge);
    if (at + NEAR_HEAD >= edge && at <= edge + NEAR_HEAD) return true;
  }
  return at + NEAR_HEAD >= s->in.n;
}

static void cut_step(examined *e, size_t index) {
  const step *s = &e->t->steps[index];
  size_t stride = s->in.n / BETWEEN + 1, tried = 0;
  for (size_t at = 1; at < s->in.n && e->good; at++) {
    bool wanted = s->in.n <= LONG_PIECE || at % stride == 0 || (tried < NEAR_HEADS_MAX && near_head(s, at));
    if (!wanted) continue;
    tried++;
    replay cut = {.name = "cut in two", .cut_step = index, .cut_at = at};
    replay stop = {.name = "deleted", .take = TAKE_SENDV, .cut_step = index, .cut_at = at, .stop = true};
    replay eof = {.name = "transport gone", .take = TAKE_SENDV, .cut_step = index, .cut_at = at, .fault = FAULT_EOF};
    bool expects = !e->sum->faults_only;
    if (expects && e->t->cuts && is_in_turn(e->sum) && !try_replay(e, &cut)) return;
    if (expects && is_in_turn(e->sum) && !try_replay(e, &stop)) return;
    if (!e->sum->expected_only && is_in_turn(e->sum) && !try_replay(e, &eof)) return;
  }
}

static void starve(examined *e) {
  uint64_t stride = e->counts.allocations / ALLOCATIONS_MAX + 1;
  for (uint64_t k = 1; k <= e->counts.allocations && e->good; k += stride) {
    replay one = {.name = "without allocation", .cut_step = SIZE_MAX, .fail_at = k};
    replay all = {.name = "without allocations from", .take = TAKE_SENDV, .cut_step = SIZE_MAX, .fail_at = k, .fail_on = true};
    if (is_in_turn(e->sum) && !try_replay(e, &one)) return;
    if (is_in_turn(e->sum) && !try_replay(e, &all)) return;
  }
}

/* Something that can go wrong, the n-th time for every n up to `count`; how output is taken changes with n. */
static void go_wrong(examined *e, const char *name, fault_kind fault, clock_kind clock, uint64_t count) {
  static const take_kind takes[] = {TAKE_SEND, TAKE_SENDV, TAKE_SENDV_SMALL, TAKE_SEND_SMALL, TAKE_SENDV};
  uint64_t stride = count / FAULTS_MAX + 1;
  for (uint64_t n = 1; n <= count && e->good; n += stride) {
    take_kind take = fault == FAULT_SHOWN ? TAKE_SENDV_SMALL : takes[n % (sizeof takes / sizeof takes[0])];
    replay how = {.name = name, .take = take, .cut_step = SIZE_MAX, .fault = fault, .clock = clock, .n = n};
    if (is_in_turn(e->sum)) (void)try_replay(e, &how);
  }
}

static void misbehave(examined *e) {
  counts total = {0};
  replay busy = {.name = "busy", .take = TAKE_SENDV_SMALL, .cut_step = SIZE_MAX, .fault = FAULT_BUSY};
  if (!try_counting(e, &busy, &total)) return;
  go_wrong(e, "a code from callback", FAULT_CODE, CLOCK_SCRIPT, total.answers);
  go_wrong(e, "the end from callback", FAULT_END, CLOCK_SCRIPT, total.answers);
  go_wrong(e, "an odd answer from callback", FAULT_ODD, CLOCK_SCRIPT, total.answers);
  go_wrong(e, "deleted in callback", FAULT_DEL, CLOCK_SCRIPT, total.callbacks);
  go_wrong(e, "ended in callback", FAULT_OVER, CLOCK_SCRIPT, total.callbacks);
  go_wrong(e, "all reset in callback", FAULT_RESET, CLOCK_SCRIPT, total.callbacks);
  go_wrong(e, "never taken, output", FAULT_SHOWN, CLOCK_SCRIPT, total.views);
  go_wrong(e, "a jump of time at piece", FAULT_NONE, CLOCK_JUMP, e->counts.turns);
}

static void turn_clocks(examined *e) {
  static const char *const names[CLOCKS] = {
      [CLOCK_NONE] = "no clock",       [CLOCK_STILL] = "time stands still", [CLOCK_FIRST] = "time does not begin",
      [CLOCK_LAST] = "time is over",   [CLOCK_LEAPS] = "time leaps",        [CLOCK_ENDS] = "time ends",
      [CLOCK_BACK] = "time goes back", [CLOCK_WILD] = "time is anything",   [CLOCK_DUE] = "time is due"};
  for (int clock = CLOCK_NONE; clock < CLOCKS; clock++) {
    for (uint64_t seed = 1; names[clock] != NULL && seed <= CLOCK_SEEDS; seed++) {
      replay how = {.name = names[clock], .take = TAKE_SENDV, .cut_step = SIZE_MAX, .clock = (clock_kind)clock, .n = seed};
      how.singly = seed == CLOCK_SEEDS;
      if (is_in_turn(e->sum) && !try_replay(e, &how)) return;
    }
  }
}

static bool examine(const talk *t, tally *sum) {
  static const struct {
    const char *name;
    take_kind take;
    bool singly;
  } ways[] = {
      {"whole", TAKE_SEND, false},
      {"output by sendv", TAKE_SENDV, false},
      {"output in small copies", TAKE_SEND_SMALL, false},
      {"output in small views", TAKE_SENDV_SMALL, false},
      {"octet by octet", TAKE_SEND, true},
  };
  examined e = {.t = t, .sum = sum, .good = true};
  size_t before = sum->replays;
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    counts total;
    replay how = {.name = ways[i].name, .take = ways[i].take, .singly = ways[i].singly, .cut_step = SIZE_MAX};
    if ((how.singly && !t->cuts) || (sum->faults_only && i != 0)) continue;
    (void)try_counting(&e, &how, &total);
    if (i == 0) e.counts = total;
  }
  for (size_t i = 0; i < t->n && e.good; i++) {
    if (t->steps[i].kind == STEP_FEED) cut_step(&e, i);
  }
  if (!sum->faults_only) starve(&e);
  if (!sum->expected_only) misbehave(&e);
  if (!sum->expected_only) turn_clocks(&e);
  if (e.good) sum->whys[t->shows] = true;
  octets_free(&e.digest);
  if (sum->loud)
    printf("%s %s:%d %s: %zu replays\n", e.good ? "ok  " : "not ", t->file, t->number, t->name, sum->replays - before);
  return e.good;
}

/* ---- what a whole set of transcripts must show ------------------------------------------------------------------------- */

/* No connection gives these: http1.h does, and unit_http1_refuse shows each of them. */
static bool is_shown_elsewhere(int why) { return why >= RILL_WHY_HTTP1_LINE_END && why <= RILL_WHY_HTTP1_UPGRADE; }

static size_t missing_reasons(const tally *sum) {
  size_t missing = 0;
  for (int i = 1; i < RILL_WHY_COUNT; i++) {
    if (sum->whys[i] || is_shown_elsewhere(i)) continue;
    printf("FAIL no transcript shows %s: %s\n", why_name((rill_why)i), rill_why_text((rill_why)i));
    missing++;
  }
  return missing;
}

static void note_members(tally *sum, const talk *t) {
  rill_config plain;
  rill_config_init(&plain);
  plain.goaway_words = false;
  for (size_t i = 0; config_member(i) != NULL; i++)
    sum->members[i] |= config_value(&plain, i) != config_value(&t->config, i);
}

static size_t missing_members(const tally *sum) {
  size_t missing = 0;
  for (size_t i = 0; config_member(i) != NULL; i++) {
    if (sum->members[i] || strcmp(config_member(i), "hash_seed") == 0) continue;
    printf("FAIL no transcript sets %s\n", config_member(i));
    missing++;
  }
  return missing;
}

/* ---- files ------------------------------------------------------------------------------------------------------------- */

static void run_file(const char *file, int only, tally *sum) {
  talks all = {NULL, 0, 0};
  talks_read(&all, file);
  for (size_t i = 0; i < all.n; i++) {
    if (only != 0 && all.at[i].number != only) continue;
    const char *lacks = talk_lacks(&all.at[i]);
    if (lacks != NULL) {
      sum->skipped++;
      printf("skipped %s:%d %s: it needs %s\n", file, all.at[i].number, all.at[i].name, lacks);
      continue;
    }
    note_members(sum, &all.at[i]);
    if (examine(&all.at[i], sum))
      sum->passed++;
    else
      sum->failed++;
    fflush(stdout);
  }
  talks_free(&all);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static bool run_directory(const char *path, tally *sum) {
  char **names = NULL;
  size_t n = 0;
  DIR *dir = opendir(path);
  if (dir == NULL) return false;
  for (struct dirent *entry; (entry = readdir(dir)) != NULL;) {
    size_t length = strlen(entry->d_name);
    if (length < 6 || strcmp(entry->d_name + length - 5, ".talk") != 0) continue;
    octets full = {NULL, 0, 0};
    octets_print(&full, "%s/%s", path, entry->d_name);
    names = talk_grow(names, (n + 1) * sizeof *names);
    names[n++] = talk_copy((const char *)full.p, full.n);
    octets_free(&full);
  }
  (void)closedir(dir);
  if (n != 0) qsort(names, n, sizeof *names, by_text);
  for (size_t i = 0; i < n; i++) {
    run_file(names[i], 0, sum);
    free(names[i]);
  }
  free(names);
  if (n == 0) printf("FAIL %s holds no transcript\n", path);
  sum->failed += n == 0;
  if (talk_lacks_any()) {
    printf("SKIPPED whether each reason and limit is shown: not with all that was left out\n");
  } else if (!sum->faults_only) {
    sum->failed += missing_reasons(sum) + missing_members(sum);
  }
  return true;
}

/* FILE or FILE:LINE, the line of a `talk`. */
static void run_argument(const char *argument, tally *sum) {
  if (run_directory(argument, sum)) return;
  const char *colon = strrchr(argument, ':');
  char *file = talk_copy(argument, colon == NULL ? strlen(argument) : (size_t)(colon - argument));
  run_file(file, colon == NULL ? 0 : atoi(colon + 1), sum);
  free(file);
}

int main(int argc, char **argv) {
  static tally sum = {.every = 1};
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-v") == 0) {
      sum.loud = true;
    } else if (strcmp(argv[i], "-every") == 0 && i + 1 < argc) {
      sum.every = strtoul(argv[++i], NULL, 10);
      if (sum.every == 0) sum.every = 1;
    } else if (strcmp(argv[i], "-e") == 0) {
      sum.expected_only = true;
    } else if (strcmp(argv[i], "-f") == 0) {
      sum.faults_only = true;
    } else {
      run_argument(argv[i], &sum);
    }
  }
  if (argc < 2) {
    fputs("usage: talk [-v] [-e|-f] [-every N] FILE.talk[:LINE]... | DIRECTORY\n", stderr);
    return 2;
  }
  if (sum.skipped != 0) printf("SKIPPED %zu transcripts that need what was left out, named above\n", sum.skipped);
  printf("%zu passed, %zu failed, %zu replays\n", sum.passed, sum.failed, sum.replays);
  return sum.failed == 0 ? 0 : 1;
}
