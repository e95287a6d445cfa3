/* SPDX-License-Identifier: MIT */
/*
 * How much more two threads do than one: each has a pair of its own, and nothing is shared but the library.
 *
 * A round has all threads run the same number of requests each and ends with the last of them. Rounds are short, of one thread
 * and of two in turn, and the best of each counts: what else runs on the machine can only make a round longer. By the clock on
 * the wall that needs two cores with nothing else to do; by the CPU time of the slowest thread it only shows whether threads slow
 * each other down.
 */
#define _POSIX_C_SOURCE 200809L
#include "pair.h"
#include <pthread.h>
#include <stdlib.h>
#include <time.h>

enum { THREADS = 2, ROUNDS = 300, REQUESTS = 1000 };

typedef struct crew {
  pthread_barrier_t start, finish;
  size_t at_work; /* threads that take part in this round; 0: the end */
} crew;

typedef struct worker {
  crew *crew;
  pair *pair;
  size_t number;
  double cpu; /* seconds, of its last round */
  pthread_t thread;
} worker;

static double seconds(clockid_t clock) {
  struct timespec now;
  clock_gettime(clock, &now);
  return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static void *work_on(void *argument) {
  worker *w = argument;
  for (;;) {
    pthread_barrier_wait(&w->crew->start);
    if (w->crew->at_work == 0) return NULL;
    double before = seconds(CLOCK_THREAD_CPUTIME_ID);
    if (w->number < w->crew->at_work) (void)pair_requests(w->pair, REQUESTS);
    w->cpu = seconds(CLOCK_THREAD_CPUTIME_ID) - before;
    pthread_barrier_wait(&w->crew->finish);
  }
}

/* Seconds on the wall; the time begins before the others can run, so that it is never too short. */
static double run_round(crew *c, size_t threads) {
  c->at_work = threads;
  double before = seconds(CLOCK_MONOTONIC);
  pthread_barrier_wait(&c->start);
  if (threads != 0) pthread_barrier_wait(&c->finish);
  return seconds(CLOCK_MONOTONIC) - before;
}

static double slowest(const worker *workers) {
  double most = 0;
  for (size_t i = 0; i < THREADS; i++)
    most = workers[i].cpu > most ? workers[i].cpu : most;
  return most;
}

static double scale(const options *o, bool by_cpu) {
  crew c = {.at_work = 0};
  worker workers[THREADS];
  double best[THREADS + 1] = {0};
  if (pthread_barrier_init(&c.start, NULL, THREADS + 1) != 0 || pthread_barrier_init(&c.finish, NULL, THREADS + 1) != 0) {
    bench_fail("no barrier");
  }
  for (size_t i = 0; i < THREADS; i++) {
    workers[i] = (worker){.crew = &c, .pair = pair_begin(o, NULL, NULL), .number = i};
    pair_open(workers[i].pair);
    if (pthread_create(&workers[i].thread, NULL, work_on, &workers[i]) != 0) bench_fail("no thread");
  }
  for (size_t round = 0; round < 2 * ROUNDS; round++) {
    size_t threads = 1 + round % 2;
    double wall = run_round(&c, threads), took = by_cpu ? slowest(workers) : wall;
    if (best[threads] <= 0 || took < best[threads]) best[threads] = took;
  }
  (void)run_round(&c, 0);
  for (size_t i = 0; i < THREADS; i++) {
    pthread_join(workers[i].thread, NULL);
    pair_end(workers[i].pair);
  }
  pthread_barrier_destroy(&c.start);
  pthread_barrier_destroy(&c.finish);
  return THREADS * best[1] / best[THREADS];
}

double thread_scale(const options *o) { return scale(o, false); }
double thread_scale_cpu(const options *o) { return scale(o, true); }
