/* SPDX-License-Identifier: MIT */
/*
 * talk: replays transcripts. `talk [-v] FILE.talk[:LINE]... | DIRECTORY`; see README for the language.
 *
 * Each transcript is replayed whole, octet by octet, cut in two at every offset of each piece of the peer (of long pieces: near
 * the heads of the first frames and at some hundred offsets between), deleted at these offsets (T-CLOSE2), with output taken in different
 * ways, and with the k-th allocation failing, alone and with all that follow, for every k (T-OOM). A whole directory must also show every
 * reason of rill_why and set every limit of rill_config. Prints a line and a difference for each transcript that fails, then the
 * sum.
 */
#include "talk/run.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { LONG_PIECE = 3000, NEAR_HEAD = 12, NEAR_HEADS_MAX = 500, BETWEEN = 150, ALLOCATIONS_MAX = 3000 };

typedef struct tally {
  size_t passed, failed, replays;
  bool loud;
  bool whys[RILL_WHY_COUNT];
  bool members[128];
} tally;

typedef struct examined {
  const talk *t;
  tally *sum;
  octets digest; /* of the whole replay, which the others have to agree with */
  uint64_t allocations;
  bool good;
} examined;

static void report(const examined *e, const replay *how, const octets *complaint) {
  printf("FAIL %s:%d %s [%s", e->t->file, e->t->number, e->t->name, how->name);
  if (how->cut_step != SIZE_MAX) printf(" after %zu octets of line %d", how->cut_at, e->t->steps[how->cut_step].number);
  if (how->fail_at != 0) printf(" %llu of %llu", (unsigned long long)how->fail_at, (unsigned long long)e->allocations);
  printf("] %.*s\n", (int)complaint->n, (const char *)complaint->p);
}

/* False if the transcript has failed; one failure is enough. */
static bool try_replay(examined *e, const replay *how) {
  octets complaint = {NULL, 0, 0}, digest = {NULL, 0, 0};
  uint64_t allocations = 0;
  if (!e->good) return false;
  e->good = run_replay(e->t, how, e->sum->whys, &complaint, &digest, &allocations);
  e->sum->replays++;
  if (e->digest.n == 0 && e->good) {
    octets_add(&e->digest, digest.p, digest.n);
    e->allocations = allocations;
  }
  bool comparable = e->good && how->fail_at == 0 && !how->stop && e->t->cuts;
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
    replay cut = {"cut in two", TAKE_SEND, false, index, at, false, 0, false};
    replay stop = {"deleted", TAKE_SENDV, false, index, at, true, 0, false};
    if (e->t->cuts && !try_replay(e, &cut)) return;
    if (!try_replay(e, &stop)) return;
  }
}

static void starve(examined *e) {
  uint64_t stride = e->allocations / ALLOCATIONS_MAX + 1;
  for (uint64_t k = 1; k <= e->allocations && e->good; k += stride) {
    replay one = {"without allocation", TAKE_SEND, false, SIZE_MAX, 0, false, k, false};
    replay all = {"without allocations from", TAKE_SENDV, false, SIZE_MAX, 0, false, k, true};
    if (!try_replay(e, &one) || !try_replay(e, &all)) return;
  }
}

static bool examine(const talk *t, tally *sum) {
  static const replay ways[] = {
      {"whole", TAKE_SEND, false, SIZE_MAX, 0, false, 0, false},
      {"output by sendv", TAKE_SENDV, false, SIZE_MAX, 0, false, 0, false},
      {"output in small copies", TAKE_SEND_SMALL, false, SIZE_MAX, 0, false, 0, false},
      {"output in small views", TAKE_SENDV_SMALL, false, SIZE_MAX, 0, false, 0, false},
      {"octet by octet", TAKE_SEND, true, SIZE_MAX, 0, false, 0, false},
  };
  examined e = {t, sum, {NULL, 0, 0}, 0, true};
  size_t before = sum->replays;
  for (size_t i = 0; i < sizeof ways / sizeof ways[0]; i++) {
    if (!ways[i].singly || t->cuts) (void)try_replay(&e, &ways[i]);
  }
  for (size_t i = 0; i < t->n && e.good; i++) {
    if (t->steps[i].kind == STEP_FEED) cut_step(&e, i);
  }
  starve(&e);
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
  sum->failed += (n == 0) + missing_reasons(sum) + missing_members(sum);
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
  static tally sum;
  for (int i = 1; i < argc; i++) {
    if (strcmp(argv[i], "-v") == 0) {
      sum.loud = true;
    } else {
      run_argument(argv[i], &sum);
    }
  }
  if (argc < 2) {
    fputs("usage: talk [-v] FILE.talk[:LINE]... | DIRECTORY\n", stderr);
    return 2;
  }
  printf("%zu passed, %zu failed, %zu replays\n", sum.passed, sum.failed, sum.replays);
  return sum.failed == 0 ? 0 : 1;
}
