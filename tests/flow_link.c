/* SPDX-License-Identifier: MIT */
/*
 * flow_link: what receive windows make of a long fast link. A client and a server of ours, and between them a simulated link of
 * 1 Gb/s with a round trip of 100 ms, each way a rate, a delay and a short queue in front that the sender finds full. Time is
 * simulated too, so that every figure is the same on every machine.
 *
 * Prints the share of the link that content has in each round trip. From the tenth on it must be 90 % with the windows that rill
 * measures, for downloads and for uploads, with the clock and without; fixed windows of 64 KiB show what it is without that.
 *
 * `flow_link` runs what is checked; `flow_link -v` also shows each round trip.
 */
#include <rill/rill.h>

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
  CLIENT,
  SERVER,
  STEP_NS = 100000, /* of simulated time */
  RATE = 12500,     /* octets a step: 1 Gb/s */
  DELAY = 500,      /* steps one way */
  TRIP = 2 * DELAY,
  QUEUE = 256 * 1024, /* octets that wait for the link, like those in a socket */
  RING = 1 << 23,     /* more than QUEUE + DELAY * RATE */
  TRIPS = 40,
  FIRST_FULL = 9, /* the tenth */
  PIECE = 1 << 16
};

/* One way: octets in a ring, from `gone` on; those up to `left` have left the queue, DELAY steps after which they arrive. */
typedef struct way {
  uint8_t *ring;
  uint64_t gone, left, put;
  uint32_t sizes[DELAY]; /* what left in each of the last steps */
} way;

typedef struct world {
  rill_context *contexts[2];
  rill_conn *conns[2];
  way ways[2]; /* by who sends */
  uint64_t step;
  uint64_t to_send, came, ended_at; /* content; ended_at: a step */
  bool clock;
} world;

static void die(const char *what) {
  printf("FAIL %s\n", what);
  exit(1);
}

static rill_time now_of(const world *w) { return w->clock ? (w->step + 1) * STEP_NS : RILL_NO_CLOCK; }

/* ---- the applications -------------------------------------------------------------------------------------------------- */

static int pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  static const uint8_t zeros[PIECE];
  world *w = user;
  (void)conn, (void)id;
  size_t n = max < PIECE ? max : PIECE;
  if (n > w->to_send) n = (size_t)w->to_send;
  w->to_send -= n;
  out->data = zeros;
  out->n = n;
  if (w->to_send == 0) out->more = RILL_MORE_NONE;
  return 0;
}

static int on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *user) {
  world *w = rill_conn_user(conn);
  (void)id, (void)user;
  w->came += bytes.n;
  if (end) w->ended_at = w->step;
  return 0;
}

/* A download is answered with the content; an upload when it has come. */
static int on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *user) {
  static const rill_field fields[] = {RILL_FIELD(":status", "200")};
  world *w = rill_conn_user(conn);
  const rill_body body = {pull, w, false};
  (void)user;
  if (head->kind != RILL_HEAD_REQUEST || !head->end_stream) return 0;
  return rill_submit_response(conn, id, fields, 1, &body) == 0 ? 0 : RILL_ERR_CALLBACK;
}

static void request(world *w, bool upload) {
  const rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "https"), RILL_FIELD(":path", "/"),
                               RILL_FIELD(":authority", "a")};
  const rill_body body = {pull, w, false};
  if (rill_submit_request(w->conns[CLIENT], fields, 4, upload ? &body : NULL, NULL) < 0) die("the request was refused");
}

/* ---- the link ---------------------------------------------------------------------------------------------------------- */

static void fill_queue(world *w, int who) {
  way *to = &w->ways[who];
  while (to->put - to->left < QUEUE) {
    size_t at = to->put % RING, room = QUEUE - (size_t)(to->put - to->left);
    rill_ssize n = rill_conn_send(w->conns[who], to->ring + at, room < RING - at ? room : RING - at, now_of(w));
    if (n < 0) die("rill_conn_send fails");
    if (n == 0) return;
    to->put += (uint64_t)n;
  }
}

static void deliver(world *w, int who, uint32_t n) {
  way *to = &w->ways[who];
  while (n != 0) {
    size_t at = to->gone % RING, part = n < RING - at ? n : RING - at;
    rill_ssize took = rill_conn_recv(w->conns[1 - who], to->ring + at, part, now_of(w));
    if (took < 0) die(rill_why_text(rill_conn_error(w->conns[1 - who]).why));
    to->gone += (uint64_t)took;
    n -= (uint32_t)took;
  }
}

static void one_step(world *w) {
  for (int who = 0; who < 2; who++) {
    way *to = &w->ways[who];
    uint32_t *slot = &to->sizes[w->step % DELAY]; /* what left DELAY steps ago */
    deliver(w, who, *slot);
    fill_queue(w, who);
    uint64_t waits = to->put - to->left;
    *slot = waits < RATE ? (uint32_t)waits : RATE;
    to->left += *slot;
  }
  w->step++;
}

/* ---- runs -------------------------------------------------------------------------------------------------------------- */

typedef struct plan {
  const char *name;
  bool upload, fixed, clock;
  unsigned streams;
} plan;

static void open_world(world *w, const plan *p, uint64_t size) {
  const rill_callbacks callbacks = {.size = sizeof callbacks, .on_head = on_head, .on_data = on_data};
  rill_config config;
  rill_config_init(&config);
  if (p->fixed) config.window_max = 0, config.connection_window = 65535;
  *w = (world){.to_send = size, .clock = p->clock};
  for (int who = 0; who < 2; who++) {
    if ((w->ways[who].ring = malloc(RING)) == NULL) die("no memory");
    if (rill_context_new(&w->contexts[who], &config, &callbacks) != 0) die("no context");
  }
  int err = rill_conn_client_new(&w->conns[CLIENT], w->contexts[CLIENT], w);
  if (err != 0 || rill_conn_server_new(&w->conns[SERVER], w->contexts[SERVER], w) != 0) die("no connection");
  for (unsigned i = 0; i < p->streams; i++)
    request(w, p->upload);
}

static void close_world(world *w) {
  for (int who = 0; who < 2; who++) {
    rill_conn_del(w->conns[who]);
    rill_context_del(w->contexts[who]);
    free(w->ways[who].ring);
  }
}

/* Percent of what the link carries in a round trip. */
static double share(uint64_t octets) { return 100.0 * (double)octets / ((double)RATE * TRIP); }

static bool within(const plan *p, unsigned trip, double got) {
  if (p->fixed) return trip == 0 || (got > 0.2 && got < 0.6);
  return trip < FIRST_FULL || got >= 90;
}

static bool run_trips(const plan *p, bool loud) {
  world w;
  bool good = true;
  uint64_t before = 0;
  double sum = 0, least = 100;
  open_world(&w, p, UINT64_MAX);
  for (unsigned trip = 0; trip < TRIPS; trip++) {
    while (w.step < (uint64_t)(trip + 1) * TRIP)
      one_step(&w);
    double got = share(w.came - before);
    before = w.came;
    if (loud) printf("  round trip %2u: %6.2f %%\n", trip + 1, got);
    if (trip >= FIRST_FULL) sum += got;
    if (trip >= FIRST_FULL && got < least) least = got;
    if (!within(p, trip, got)) good = false;
  }
  rill_conn *to = w.conns[p->upload ? SERVER : CLIENT];
  printf("%s%s: from the tenth round trip on %.2f %% of the link, in the least of them %.2f %%; last round trip %.1f ms\n",
         good ? "" : "FAIL ", p->name, sum / (TRIPS - FIRST_FULL), least, (double)rill_conn_stats(to).round_trip / 1e6);
  close_world(&w);
  return good;
}

/* A transfer that ends. Its last octet must come within `most` round trips from the start of the connection. */
static bool run_size(const plan *p, uint64_t size, unsigned most) {
  world w;
  open_world(&w, p, size);
  while (w.ended_at == 0 && w.step < (uint64_t)most * TRIP)
    one_step(&w);
  bool good = w.ended_at != 0 && w.came == size;
  printf("%s%s: %u MiB take %.2f s, %.1f round trips\n", good ? "" : "FAIL ", p->name, (unsigned)(size >> 20),
         (double)w.step * STEP_NS / 1e9, (double)w.step / TRIP);
  close_world(&w);
  return good;
}

int main(int argc, char **argv) {
  static const plan plans[] = {
      {"download", false, false, true, 1},
      {"download without a clock", false, false, false, 1},
      {"upload", true, false, true, 1},
      {"download, ten streams", false, false, true, 10},
      {"upload, ten streams", true, false, true, 10},
      {"download, fixed windows of 64 KiB", false, true, true, 1},
      {"upload, fixed windows of 64 KiB", true, true, true, 1},
  };
  bool loud = argc > 1 && strcmp(argv[1], "-v") == 0, good = true;
  for (size_t i = 0; i < sizeof plans / sizeof plans[0]; i++)
    good = run_trips(&plans[i], loud) && good;
  good = run_size(&plans[0], 32 << 20, 10) && run_size(&plans[2], 32 << 20, 10) && good;
  good = run_size(&plans[5], 32 << 20, 1000) && good;
  return good ? 0 : 1;
}
