/* SPDX-License-Identifier: MIT */
/*
 * threads: contract 2. Connections share nothing but their context, so that each may be on a thread of its own, without a lock,
 * and go from thread to thread.
 *
 * Sixteen connections, client and server of eight pairs, from one context for each role, with fields prepared once for all. Every
 * round eight threads, begun at the same moment, each make, use or delete one pair; the next round another thread has it. Whether
 * anything is shared that is written, ThreadSanitizer tells; whether all arrived, this program. It needs libc and POSIX threads.
 */
#define _POSIX_C_SOURCE 200809L
#include <rill/rill.h>

#include <stdio.h>
#include <string.h>

#ifdef TEST_THREADS
#include <pthread.h>
#include <sched.h>

enum { PAIRS = 8, ROUNDS = 4, BATCHES = 25, BATCH = 8, REQUESTS = ROUNDS * BATCHES * BATCH, CONTENT = 20000 };

#define LENGTH(array) (sizeof(array) / sizeof(array)[0])

/* Of all threads, and written before there are any. */
static rill_context *for_clients, *for_servers;
static rill_field request[] = {RILL_FIELD(":method", "POST"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/threads"),
                               RILL_FIELD(":authority", "example.com"), RILL_FIELD("accept", "text/plain")};
static rill_field response[] = {RILL_FIELD(":status", "200"), RILL_FIELD("content-type", "text/plain")};
static uint8_t content[CONTENT];
static pthread_barrier_t start;

/* Of one thread at a time. */
typedef struct pair {
  unsigned number;
  rill_conn *client, *server;
  rill_time now;
  unsigned asked, answered, closed, served;
  uint64_t octets;    /* that came back */
  size_t lent[BATCH]; /* of the content of each request that is open */
  const char *complaint;
} pair;

static void complain(pair *p, const char *complaint) {
  if (p->complaint == NULL) p->complaint = complaint;
}

/* ---- applications ------------------------------------------------------------------------------------------------------ */

/* Lends the content that is all threads'. No more than a batch is open, so that ids find their own counter. */
static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  (void)user;
  size_t *lent = &((pair *)rill_conn_user(conn))->lent[id / 2 % BATCH];
  out->data = content + *lent;
  out->n = CONTENT - *lent < max ? CONTENT - *lent : max;
  *lent += out->n;
  if (*lent == CONTENT) out->more = RILL_MORE_NONE;
  return 0;
}

static int on_request(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  (void)stream_user;
  static const rill_body body = {pull, NULL, false};
  pair *p = rill_conn_user(conn);
  p->served++;
  p->lent[id / 2 % BATCH] = 0;
  const rill_field *last = &head->fields[head->field_count - 1];
  char number[16];
  int n = snprintf(number, sizeof number, "%u", p->number);
  if (last->value.n != (size_t)n || memcmp(last->value.p, number, (size_t)n) != 0) complain(p, "a request of another pair");
  return rill_submit_response(conn, id, response, LENGTH(response), &body) == 0 ? 0 : RILL_INTERNAL_ERROR;
}

static int on_response(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  (void)id, (void)stream_user;
  pair *p = rill_conn_user(conn);
  p->answered += head->status == 200;
  return 0;
}

static int on_content(rill_conn *conn, uint32_t id, rill_view octets, bool end, void *stream_user) {
  (void)id, (void)end, (void)stream_user;
  pair *p = rill_conn_user(conn);
  p->octets += octets.n;
  return 0;
}

static void on_close(rill_conn *conn, uint32_t id, const rill_close *close, void *stream_user) {
  (void)id, (void)stream_user;
  pair *p = rill_conn_user(conn);
  p->closed++;
  if (close->by != RILL_BY_END) complain(p, "a stream did not end well");
}

/* ---- one pair, on one thread ------------------------------------------------------------------------------------------- */

static bool carry(pair *p, rill_conn *from, rill_conn *to) {
  uint8_t buffer[4096];
  rill_ssize n = rill_conn_send(from, buffer, sizeof buffer, p->now);
  for (rill_ssize at = 0, taken; at < n; at += taken) {
    taken = rill_conn_recv(to, buffer + at, (size_t)(n - at), p->now);
    if (taken <= 0) complain(p, "octets are not taken");
    if (taken <= 0) return false;
  }
  if (n < 0) complain(p, "nothing can be sent");
  return n > 0;
}

static void ask(pair *p) {
  char number[16];
  int n = snprintf(number, sizeof number, "%u", p->number);
  rill_field fields[LENGTH(request) + 1] = {{.flags = 0}};
  memcpy(fields, request, sizeof request);
  fields[LENGTH(request)] = (rill_field){.name = {(const uint8_t *)"x-pair", 6}, .value = {(const uint8_t *)number, (size_t)n}};
  if (rill_submit_request(p->client, fields, LENGTH(fields), NULL, NULL) <= 0) complain(p, "no request can be made");
  p->asked++;
}

static void *use(void *argument) {
  pair *p = argument;
  (void)pthread_barrier_wait(&start); /* who is alone until it is done shows nothing */
  if (p->client == NULL) {
    if (rill_conn_client_new(&p->client, for_clients, p) != 0) complain(p, "no client");
    if (rill_conn_server_new(&p->server, for_servers, p) != 0) complain(p, "no server");
  }
  for (unsigned batch = 0; batch < BATCHES && p->complaint == NULL; batch++) {
    (void)sched_yield();
    for (unsigned i = 0; i < BATCH; i++)
      ask(p);
    for (bool up = true, down = true; (up || down) && p->complaint == NULL; p->now += 1000000) {
      up = carry(p, p->client, p->server);
      down = carry(p, p->server, p->client);
      if (rill_conn_tick(p->client, p->now) != 0 || rill_conn_tick(p->server, p->now) != 0) complain(p, "time has ended it");
    }
  }
  if (p->asked == REQUESTS || p->complaint != NULL) {
    rill_conn_del(p->client);
    rill_conn_del(p->server);
    p->client = p->server = NULL;
  }
  return NULL;
}

/* ---- all of them ------------------------------------------------------------------------------------------------------- */

static bool begin(void) {
  rill_config config;
  rill_config_init(&config);
  rill_callbacks client = {.size = sizeof client, .on_head = on_response, .on_data = on_content, .on_stream_close = on_close};
  rill_callbacks server = {.size = sizeof server, .on_head = on_request};
  if (rill_context_new(&for_clients, &config, &client) != 0 || rill_context_new(&for_servers, &config, &server) != 0)
    return false;
  for (size_t i = 0; i < LENGTH(request); i++)
    if (rill_field_prepare(for_clients, &request[i]) != 0) return false;
  for (size_t i = 0; i < LENGTH(response); i++)
    if (rill_field_prepare(for_servers, &response[i]) != 0) return false;
  return true;
}

/* Which thread has a pair is another one each round: thread t has pair t + round. A thread that cannot be is the end, since the
 * others wait for it. */
static bool run_round(pair *pairs, unsigned round) {
  pthread_t threads[PAIRS];
  for (unsigned i = 0; i < PAIRS; i++)
    if (pthread_create(&threads[i], NULL, use, &pairs[(i + round) % PAIRS]) != 0) return false;
  for (unsigned i = 0; i < PAIRS; i++)
    if (pthread_join(threads[i], NULL) != 0) return false;
  return true;
}

int main(void) {
  static pair pairs[PAIRS];
  unsigned failed = 0;
  bool good = begin() && pthread_barrier_init(&start, NULL, PAIRS) == 0;
  for (unsigned i = 0; i < PAIRS; i++)
    pairs[i].number = i, pairs[i].now = 1;
  for (unsigned round = 0; round < ROUNDS && good; round++)
    good = run_round(pairs, round);
  if (!good) { /* and threads may still wait */
    printf("FAIL the threads or what they share cannot be made\n");
    return 1;
  }
  for (unsigned i = 0; i < PAIRS; i++) {
    pair *p = &pairs[i];
    if (p->served != REQUESTS || p->answered != REQUESTS || p->closed != REQUESTS) complain(p, "something is missing");
    if (p->octets != (uint64_t)REQUESTS * CONTENT) complain(p, "content is missing");
    if (p->complaint == NULL) continue;
    printf("FAIL pair %u: %s; %u asked, %u served, %u answered, %u closed\n", i, p->complaint, p->asked, p->served, p->answered,
           p->closed);
    failed++;
  }
  (void)pthread_barrier_destroy(&start);
  rill_context_del(for_clients);
  rill_context_del(for_servers);
  printf("threads: %d pairs on as many threads, %d requests each, %u failed\n", PAIRS, REQUESTS, failed);
  return failed == 0 ? 0 : 1;
}

#else

int main(void) {
  printf("SKIPPED threads: there are none here\n");
  return 77;
}

#endif
