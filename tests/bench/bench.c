/* SPDX-License-Identifier: MIT */
/*
 * bench count WORK SIDE WARM N      runs WARM portions, then N measured ones; prints the units in those
 * bench figure NAME SIDE            prints a figure that is no instruction count
 * bench time WORK WARM N ROUNDS     prints rill's CPU time as a ratio to libnghttp2's: the best of interleaved rounds
 *
 * bench peer                        prints libnghttp2's version
 *
 * SIDE is rill or nghttp2. Settings stand behind the rest; bench.h says what they mean.
 */
#define _POSIX_C_SOURCE 200809L
#include "bench.h"
#include <nghttp2/nghttp2.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <valgrind/callgrind.h>

void bench_fail(const char *what) {
  fprintf(stderr, "bench: %s\n", what);
  exit(1);
}

void *bench_alloc(size_t n) {
  void *p = calloc(1, n == 0 ? 1 : n);
  if (p == NULL) bench_fail("no memory");
  return p;
}

static const struct {
  const char *name;
  double (*measure)(const options *o);
} figures[] = {
    {"request_allocs", request_allocations}, {"mem_idle", memory_idle},       {"mem_used", memory_used},
    {"mem_used_trimmed", memory_trimmed},    {"mem_stream", memory_stream},   {"mem_million", memory_million},
    {"hpack_wire_ratio", hpack_wire_ratio},  {"scale_threads", thread_scale}, {"scale_threads_cpu", thread_scale_cpu},
};

static const work *find_work(const char *name) {
  static const work *const works[] = {&request_work,       &bulk_work,          &copy_work,          &frames_work,
                                      &decode_corpus_work, &encode_corpus_work, &decode_steady_work, &encode_steady_work,
                                      &huff_decode_work,   &huff_encode_work,   &same_name_work};
  for (size_t i = 0; i < sizeof works / sizeof works[0]; i++) {
    if (strcmp(works[i]->name, name) == 0) return works[i];
  }
  bench_fail("no such work");
}

static void read_setting(options *o, const char *setting) {
  static const struct {
    const char *name;
    size_t member;
  } numbers[] = {{"flight=", offsetof(options, flight)},      {"buffer=", offsetof(options, buffer)},
                 {"body=", offsetof(options, body)},          {"chunk=", offsetof(options, chunk)},
                 {"table=", offsetof(options, table)},        {"count=", offsetof(options, count)},
                 {"prepared=", offsetof(options, prepared)},  {"indexed=", offsetof(options, indexed)},
                 {"clockless=", offsetof(options, clockless)}};
  for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++) {
    size_t n = strlen(numbers[i].name), value;
    if (strncmp(setting, numbers[i].name, n) != 0) continue;
    value = (size_t)strtoul(setting + n, NULL, 10);
    memcpy((char *)o + numbers[i].member, &value, sizeof value);
    return;
  }
  if (strncmp(setting, "corpus=", 7) != 0) bench_fail("no such setting");
  o->corpus = setting + 7;
}

static size_t number(const char *text) { return (size_t)strtoul(text, NULL, 10); }

/* Callgrind looks on only from what is measured on (--instr-atstart=no): until then it is five times as fast. */
static void run_once(const work *w, void *state, size_t n, bool measured) {
  if (w->prepare != NULL) w->prepare(state, n);
  if (measured) CALLGRIND_START_INSTRUMENTATION;
  size_t units = measured ? bench_measured(w, state, n) : w->run(state, n);
  if (measured) printf("%zu\n", units);
}

static void count(const work *w, const options *o, size_t warm, size_t n) {
  void *state = w->begin(o);
  if (warm != 0) run_once(w, state, warm, false);
  run_once(w, state, n, true);
  w->end(state);
}

static double cpu_seconds(void) {
  struct timespec now;
  clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static double time_round(const work *w, void *state, size_t n) {
  if (w->prepare != NULL) w->prepare(state, n);
  double before = cpu_seconds();
  size_t units = bench_measured(w, state, n);
  return (cpu_seconds() - before) / (double)units;
}

static void compare_time(const work *w, const options *o, size_t warm, size_t n, size_t rounds) {
  options other = *o;
  other.nghttp2 = true;
  void *states[2] = {w->begin(o), w->begin(&other)};
  double best[2] = {0, 0};
  for (int side = 0; side < 2; side++)
    run_once(w, states[side], warm, false);
  for (size_t i = 0; i < rounds; i++) {
    for (int side = 0; side < 2; side++) {
      double seconds = time_round(w, states[side], n);
      if (i == 0 || seconds < best[side]) best[side] = seconds;
    }
  }
  for (int side = 0; side < 2; side++)
    w->end(states[side]);
  printf("%.4f\n", best[0] / best[1]);
}

static void figure(const char *name, const options *o) {
  for (size_t i = 0; i < sizeof figures / sizeof figures[0]; i++) {
    if (strcmp(figures[i].name, name) != 0) continue;
    double value = figures[i].measure(o);
    if (value < 0) {
      puts("-");
    } else {
      printf("%.4f\n", value);
    }
    return;
  }
  bench_fail("no such figure");
}

int main(int argc, char **argv) {
  options o = {.flight = 100, .body = 100, .buffer = 16384, .chunk = 16384, .table = 4096, .count = 1000000};
  if (argc == 2 && strcmp(argv[1], "peer") == 0) {
    puts(nghttp2_version(0)->version_str);
    return 0;
  }
  int fixed = argc > 1 && strcmp(argv[1], "figure") == 0 ? 4 : 6;
  if (argc < fixed) bench_fail("too few arguments; see bench.c");
  for (int i = fixed; i < argc; i++)
    read_setting(&o, argv[i]);
  bool timed = strcmp(argv[1], "time") == 0;
  o.nghttp2 = !timed && strcmp(argv[3], "nghttp2") == 0;
  if (fixed == 4) {
    figure(argv[2], &o);
  } else if (timed) {
    compare_time(find_work(argv[2]), &o, number(argv[3]), number(argv[4]), number(argv[5]));
  } else {
    count(find_work(argv[2]), &o, number(argv[4]), number(argv[5]));
  }
  return 0;
}
