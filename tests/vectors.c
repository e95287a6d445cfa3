/* SPDX-License-Identifier: MIT */
/*
 * vectors [--mode hardened|rfc] [--group NAME]... [--must-fail] [FILE...]
 *
 * Runs files of wire vectors, prints a line for each failure, and closes with the numbers of vectors that passed, failed and were
 * skipped because of a fact that cannot be observed here. Exit status: 0 without failures, 1 with, 2 if there is nothing to run.
 *
 * --must-fail turns the verdict round: a vector whose expectations are wrong on purpose passes if it fails. So the judge is
 * judged.
 *
 * Without FILE it runs what the test suite wants: the vectors beside this source, the wrong ones beside them, and those of
 * $RILL_SHARED (or ../shared beside the checkout), as far as rill has what they are about; status 77 if the last are absent.
 */
#include "vectors.h"
#include <string.h>

/* One cut after each octet up to this length. */
enum { CUT_LENGTH = 200, GROUPS_MAX = 16 };

typedef struct tally {
  mode mode;
  bool must_fail;
  const char *groups[GROUPS_MAX];
  size_t group_count;
  size_t passed, failed, skipped, records;

  /* the vector under way */
  const vector *v;
  char way[40];
  size_t failures, skips;
} tally;

static void report(void *user, const char *expected, const char *what) {
  tally *t = user;
  t->failures++;
  if (!t->must_fail) printf("%s %s: expected %s; seen %s\n", t->v->id, t->way, expected, what);
}

static void skip(void *user, const char *fact) {
  tally *t = user;
  t->skips++;
  printf("%s %s: fact %s cannot be observed, skipped\n", t->v->id, t->way, fact);
}

/* Runs one way; keeps what was seen for the caller to compare and free. */
static void run_and_judge(tally *t, run *r, rill_context *context, meter *m, way w) {
  size_t live = m->live, blocks = m->blocks;
  judge j = {t->mode, report, skip, t};
  run_way(r, t->v, context, m, w);
  judge_run(&j, r);
  run_end(r);
  if (m->live != live || m->blocks != blocks) broken(&r->seen, "%zu octets left in memory", m->live - live);
  if (m->broken) broken(&r->seen, "the allocator was told a wrong size");
  if (r->seen.broken[0] != '\0') report(t, "the promises of rill.h", r->seen.broken);
}

/* Runs one way more and compares it with the first. */
static void compare_way(tally *t, const run *first, rill_context *context, meter *m, way w, const char *name) {
  run r;
  char difference[320];
  snprintf(t->way, sizeof t->way, "[%s]", name);
  run_and_judge(t, &r, context, m, w);
  if (!seen_same(t->v, &first->seen, &r.seen, difference, sizeof difference)) report(t, "the same as [whole]", difference);
  seen_free(&r.seen);
}

/* Stops at the first cut that fails: the others would say the same. */
static void run_cuts(tally *t, const run *first, rill_context *context, meter *m) {
  size_t before = t->failures;
  for (size_t cut = 1; cut < t->v->n && t->v->n <= CUT_LENGTH && t->failures == before; cut++) {
    char name[32];
    snprintf(name, sizeof name, "cut %zu", cut);
    compare_way(t, first, context, m, (way){WAY_CUT, cut}, name);
  }
}

static void run_ways(tally *t, rill_context *context, meter *m) {
  run first;
  way w = {t->v->by_frames ? WAY_FRAMES : WAY_WHOLE, 0};
  snprintf(t->way, sizeof t->way, "[%s]", t->v->by_frames ? "frames" : "whole");
  run_and_judge(t, &first, context, m, w);
  if (!t->v->by_frames) {
    compare_way(t, &first, context, m, (way){WAY_OCTETS, 0}, "octets");
    run_cuts(t, &first, context, m);
  }
  seen_free(&first.seen);
  if (t->must_fail) return;
  judge j = {t->mode, report, skip, t};
  snprintf(t->way, sizeof t->way, "[sequences]");
  judge_sequences(&j, t->v, context, m);
}

static void run_vector(tally *t, const vector *v) {
  meter m = {0};
  t->v = v;
  t->failures = t->skips = 0;
  snprintf(t->way, sizeof t->way, "[set-up]");
  rill_context *context = run_context(v, &m);
  if (context == NULL) {
    report(t, "a context", "a refusal");
  } else {
    run_ways(t, context, &m);
    rill_context_del(context);
    if (m.live != 0) report(t, "no memory in use", "a context that leaks");
  }
  if (t->must_fail) {
    if (t->failures == 0) printf("%s: its expectations are wrong, and it passed\n", v->id);
    t->failures = t->failures == 0;
  }
  t->failed += t->failures != 0;
  t->skipped += t->failures == 0 && t->skips != 0;
  t->passed += t->failures == 0 && t->skips == 0;
}

static bool in_groups(const tally *t, const char *group) {
  for (size_t i = 0; i < t->group_count; i++) {
    if (strcmp(t->groups[i], group) == 0) return true;
  }
  return t->group_count == 0;
}

static void run_record(tally *t, json_t *record, const char *path, size_t line) {
  vector v;
  const char *fault = "not JSON";
  t->records++;
  if (record == NULL || !vector_load(&v, record, &fault)) {
    printf("%s:%zu: a bad record (%s)\n", path, line, fault);
    t->failed++;
    if (record != NULL) vector_free(&v);
    return;
  }
  if (in_groups(t, v.group)) run_vector(t, &v);
  vector_free(&v);
}

static bool run_file(tally *t, const char *path) {
  FILE *file = fopen(path, "rb");
  if (file == NULL) return false;
  for (size_t line = 1;; line++) {
    json_error_t error;
    int c = fgetc(file);
    if (c == EOF) break;
    ungetc(c, file);
    json_t *record = json_loadf(file, JSON_DISABLE_EOF_CHECK | JSON_ALLOW_NUL, &error);
    run_record(t, record, path, line);
    bool readable = record != NULL;
    json_decref(record);
    if (!readable) break;
    while ((c = fgetc(file)) != EOF && c != '\n') {
    }
  }
  fclose(file);
  return true;
}

/* Says what was run, and adds to the failures of the whole. */
static int close_tally(const tally *t, const char *what) {
  printf("%s%s%zu passed, %zu failed, %zu skipped\n", what, what[0] == '\0' ? "" : ": ", t->passed, t->failed, t->skipped);
  return t->failed != 0 ? 1 : t->passed + t->skipped == 0 ? 2 : 0;
}

static int run_suite_file(tally t, const char *path, const char *what) {
  if (!run_file(&t, path)) return -1;
  return close_tally(&t, what);
}

static int run_suite(void) {
  static const tally own = {.mode = MODE_HARDENED}, wrong = {.mode = MODE_HARDENED, .must_fail = true};
  static const tally shared = {
      .mode = MODE_HARDENED, .groups = {"framing", "hpack", "message", "client", "flood"}, .group_count = 5};
  const char *folder = getenv("RILL_SHARED");
  char path[1024];
  int worst = run_suite_file(own, RILL_SOURCE_DIR "/tests/vectors/own.jsonl", "own.jsonl");
  int answer = run_suite_file(wrong, RILL_SOURCE_DIR "/tests/vectors/wrong.jsonl", "wrong.jsonl");
  if (worst != 0 || answer != 0) worst = 1;
  snprintf(path, sizeof path, "%s/vectors/vectors.jsonl", folder != NULL ? folder : RILL_SOURCE_DIR "/../shared");
  answer = run_suite_file(shared, path, "vectors.jsonl");
  if (answer == -1) {
    printf("SKIPPED: the shared vectors are absent (%s), and T-CHUNK, T-CLOSE1, T-CLOSE2 and T-OOM over them; set RILL_SHARED\n",
           path);
    return worst != 0 ? worst : 77;
  }
  return worst != 0 ? worst : answer;
}

static int usage(void) {
  fputs("usage: vectors [--mode hardened|rfc] [--group NAME]... [--must-fail] [FILE...]\n", stderr);
  return 2;
}

/* The options up to the first FILE; 0 if they are wrong. */
static int read_options(tally *t, int argc, char **argv) {
  int i = 1;
  for (; i < argc && argv[i][0] == '-'; i++) {
    const char *value = i + 1 < argc ? argv[i + 1] : "";
    if (strcmp(argv[i], "--must-fail") == 0) {
      t->must_fail = true;
    } else if (strcmp(argv[i], "--mode") == 0 && (strcmp(value, "rfc") == 0 || strcmp(value, "hardened") == 0)) {
      t->mode = strcmp(value, "rfc") == 0 ? MODE_RFC : MODE_HARDENED;
      i++;
    } else if (strcmp(argv[i], "--group") == 0 && value[0] != '\0' && t->group_count < GROUPS_MAX) {
      t->groups[t->group_count++] = value;
      i++;
    } else {
      return 0;
    }
  }
  return i;
}

int main(int argc, char **argv) {
  tally t = {.mode = MODE_HARDENED};
  setvbuf(stdout, NULL, _IOLBF, 0);
  if (argc == 1) return run_suite();
  int i = read_options(&t, argc, argv);
  if (i == 0 || i == argc) return usage();
  for (; i < argc; i++) {
    if (run_file(&t, argv[i])) continue;
    fprintf(stderr, "vectors: cannot read %s\n", argv[i]);
    return 2;
  }
  return close_tally(&t, "");
}
