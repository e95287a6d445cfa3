/* SPDX-License-Identifier: MIT */
/*
 * conn: what fuzz_server and fuzz_client share: the input's first octets choose a configuration, how the rest is cut, which
 * allocation fails, and whether the preface is given; the rest is what a peer says. A small application answers, pushes, pulls,
 * resets, trims and asks on the way, as a second stream of choices from the input says. What must hold: no crash and nothing for
 * the sanitizers; every allocation comes back with its true size; one close for each stream that was heard of, and nothing after
 * it; every lent chunk comes back once; memory_limit and budgets hold; an error sticks, and is the last that streams hear of; one
 * GOAWAY with a code, and no frame behind it; what a connection wants fits what it then does.
 */
#ifndef FUZZ_CONN_H
#define FUZZ_CONN_H

#include "app.h"

enum { CONFIG = 4 };

/* ---- one input --------------------------------------------------------------------------------------------------------- */

static inline size_t fuzz_padding(void *user, const rill_frame_head *head, size_t most) {
  (void)user;
  demand(most >= 1 && most <= 256);
  return head->length * 7 % 300;
}

/* One budget or all of them, or the hard caps, so small that an input can meet them. */
static inline void fuzz_budgets(rill_config *config, uint8_t what) {
  static const uint32_t sizes[] = {5, 0, 1, 3, 20, 100, 1000, UINT32_MAX}, refills[] = {0, 1, 100, UINT32_MAX};
  const uint32_t size = sizes[what % 8], refill = refills[what / 8 % 4];
  const struct budget {
    uint32_t *burst, *refill;
  } budgets[] = {{&config->glitch_burst, &config->glitch_refill},         {&config->refusal_burst, &config->refusal_refill},
                 {&config->peer_reset_burst, &config->peer_reset_refill}, {&config->own_reset_burst, &config->own_reset_refill},
                 {&config->empty_data_burst, &config->empty_data_refill}, {&config->overhead_burst, &config->overhead_refill}};
  for (unsigned i = 0; i < sizeof budgets / sizeof *budgets; i++) {
    if (what / 32 != 0 && what / 32 != i + 1) continue;
    *budgets[i].burst = size;
    *budgets[i].refill = refill;
  }
  if (what / 32 != 7) return;
  config->window_updates = size;
  config->overhead_ratio = refill;
  config->max_header_list_size = 200;
  config->max_header_list_hard = 400;
  config->max_header_block = 200;
  config->max_header_fields = 3;
  config->max_header_fields_hard = 6;
  config->max_cookie_crumbs = 2;
  config->max_field_name = config->max_field_value = 12;
  config->max_continuations = config->max_interim_responses = config->max_pushed = 2;
  config->max_priority_updates = config->max_origins = 2;
  config->max_total_streams = 5;
  config->max_settings_entries = 4;
  config->max_ping_acks = config->max_settings_acks = config->max_resets_owed = 2;
  config->max_write_buffer = 10;
}

static inline void fuzz_config(rill_config *config, checked_mem *mem, const uint8_t *p) {
  static const uint32_t windows[] = {65535, 0, 100, 1000000}, tables[] = {4096, 0, 100, 65536}, streams[] = {100, 0, 1, 3};
  rill_config_init(config);
  config->mem = checked_mem_of(mem);
  config->initial_window = windows[p[0] % 4];
  config->decoder_table = tables[p[0] / 4 % 4];
  config->encoder_table = tables[p[0] / 16 % 4];
  config->max_concurrent_streams = streams[p[0] / 64];
  config->manual_consume = p[1] % 2;
  config->goaway_words = p[1] / 2 % 2;
  config->allow_edge_space = p[1] / 4 % 2;
  config->allow_any_trailer = p[1] / 8 % 2;
  config->frames_per_recv = p[1] / 16 % 2 ? 1 : 1024;
  config->max_header_queue = p[1] / 32 % 2 ? 0 : 65536;
  config->enable_push = config->enable_connect_protocol = config->accept_origin = config->accept_altsvc = p[1] / 64 == 2;
  if (p[1] / 64 == 2) memset(config->extension_types, 0xff, sizeof config->extension_types);
  config->max_pushed = 3;
  if (p[1] / 64 == 1) config->window_max = 300;
  if (p[1] / 64 == 1) config->padding.choose = fuzz_padding;
  config->keepalive_interval = p[2] % 4 == 1 ? 1000000000 : 0;
  config->ping_interval_min = p[2] % 4 == 1 ? 1000000000 : 0;
  config->memory_limit = p[1] / 64 == 3 ? 8192 : (size_t)4 << 20;
  if (p[3] != 0) fuzz_budgets(config, p[3]);
  mem->fail_at = p[2] % 4 == 0 ? 3 + p[2] / 4 : 0;
}

/* What holds between outer calls. */
static inline void fuzz_holds(fuzz *f) {
  rill_stats stats = rill_conn_stats(f->conn);
  rill_conn_failure failure = rill_conn_error(f->conn);
  const rill_config *config = &f->config;
  const uint32_t bursts[RILL_BUDGETS] = {config->glitch_burst, config->refusal_burst, config->peer_reset_burst,
                                         config->own_reset_burst, config->empty_data_burst};
  demand(f->mem.wrong == NULL && stats.memory == f->mem.live_octets - f->context_octets);
  demand(stats.memory_peak <= config->memory_limit);
  for (int i = 0; i < RILL_BUDGETS; i++)
    demand(stats.spent[i] <= bursts[i]);
  demand(f->err == 0 || f->err == failure.err);
  f->err = failure.err;
  demand(f->err == 0 || !rill_conn_want_recv(f->conn));
  demand(f->clock || rill_conn_deadline(f->conn) == RILL_NEVER);
  demand(f->clock || !rill_conn_is_done(f->conn) || !rill_conn_want_send(f->conn)); /* time may end what nobody takes */
}

/* After each outer call. False: the connection is gone. */
static inline bool fuzz_lives(fuzz *f, rill_ssize result) {
  if (!f->gone) {
    fuzz_holds(f);
    return true;
  }
  demand(f->conn == NULL || result == RILL_ERR_CLOSED);
  f->conn = NULL;
  return false;
}

static inline bool fuzz_take(fuzz *f) {
  for (unsigned round = 0; round < 12; round++) {
    uint8_t room[2048];
    rill_iovec iov[3];
    bool copy = choose(f) % 2 == 0, wants = rill_conn_want_send(f->conn);
    rill_ssize n = copy ? rill_conn_send(f->conn, room, 1 + (size_t)choose(f) * 8, fuzz_now(f))
                        : rill_conn_sendv(f->conn, iov, 3, 1000, fuzz_now(f));
    if (!fuzz_lives(f, n)) return false;
    demand(wants || n <= 0);
    if (n <= 0) return true;
    if (copy) continue;
    size_t shown = 0;
    for (rill_ssize i = 0; i < n; i++)
      shown += iov[i].len;
    if (choose(f) % 4 == 0) shown = shown / 2 + 1;
    if (!fuzz_lives(f, rill_conn_sent(f->conn, shown, fuzz_now(f)))) return false;
  }
  return true;
}

/* What is due, which is not due after that. False: the connection is gone. */
static inline bool fuzz_tick(fuzz *f) {
  rill_time now = fuzz_now(f);
  if (!fuzz_lives(f, rill_conn_tick(f->conn, now))) return false;
  demand(rill_conn_deadline(f->conn) > now); /* without a clock, too: never is more */
  return true;
}

/*
 * All output is taken, and seconds go by: then what is idle packs its tables, and needs them for what comes next. Or it is
 * trimmed, which takes no memory and says nothing. False: the connection is gone.
 */
static inline bool fuzz_rest(fuzz *f, bool trims) {
  if (!fuzz_take(f)) return false;
  if (trims) {
    const bool sends = rill_conn_want_send(f->conn);
    const size_t before = rill_conn_stats(f->conn).memory;
    demand(rill_conn_trim(f->conn) == 0);
    demand(rill_conn_stats(f->conn).memory <= before && rill_conn_want_send(f->conn) == sends);
    return fuzz_lives(f, 0);
  }
  if (f->clock) f->now += 2000000000;
  return fuzz_tick(f) && fuzz_tick(f);
}

/* Octets in pieces, output taken now and then. False: the connection is gone. */
static inline bool fuzz_feed(fuzz *f, const uint8_t *p, size_t n) {
  for (unsigned stuck = 0; n != 0 && stuck < 20;) {
    size_t piece = choose(f) % 4 == 0 ? 1 + choose(f) % 16u : n;
    if (piece > n) piece = n;
    rill_ssize took = rill_conn_recv(f->conn, p, piece, fuzz_now(f));
    if (!fuzz_lives(f, took)) return false;
    if (took < 0) {
      demand(rill_conn_recv(f->conn, p, piece, fuzz_now(f)) == took);
      break;
    }
    demand((size_t)took <= piece);
    stuck = took == 0 ? stuck + 1 : 0;
    if (took == 0) (void)rill_pause_recv(f->conn, 0, false);
    p += took;
    n -= (size_t)took;
    if ((took == 0 || choose(f) % 4 == 0) && !fuzz_take(f)) return false;
    uint8_t pause = choose(f);
    if (pause % 8 == 0 && !fuzz_tick(f)) return false;
    if (pause % 8 >= 6 && !fuzz_rest(f, pause % 8 == 6)) return false;
    if (choose(f) % 8 == 0) fuzz_act(f, 1 + choose(f) % 9u);
    if (!fuzz_lives(f, RILL_ERR_CLOSED)) return false;
  }
  return fuzz_take(f);
}

/* Half of the inputs need not find the preface and SETTINGS by themselves. */
static inline bool fuzz_begin(fuzz *f, bool client) {
  static const uint8_t preface[] = "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\0\0\0\4\0\0\0\0\0\0\0\0\4\1\0\0\0\0";
  const size_t skip = client ? 24 : 0;
  return fuzz_feed(f, preface + skip, sizeof preface - 1 - skip);
}

static inline void fuzz_check(const fuzz *f) {
  demand(f->mem.live == 0 && f->mem.wrong == NULL);
  demand(f->lent == f->back);
  for (size_t i = 0; i < f->stream_count; i++)
    demand(f->streams[i].closed);
}

/* The transport ends first, or it does not. */
static inline void fuzz_end(fuzz *f) {
  if (choose(f) % 4 == 0 && !fuzz_lives(f, rill_conn_eof(f->conn, fuzz_now(f)))) return;
  rill_conn_del(f->conn);
}

static inline void fuzz_run(fuzz *f, const uint8_t *p, size_t n, bool client, bool begun) {
  for (int i = 0; i < 3 && client; i++) {
    rill_ssize id = rill_submit_request(f->conn, fuzz_request, 4, i == 1 ? &fuzz_lent : i == 2 ? &fuzz_pushed : NULL, NULL);
    if (id > 0) fuzz_hear(f, (uint32_t)id);
  }
  if (!fuzz_lives(f, RILL_ERR_CLOSED)) return;
  bool lives = !begun || fuzz_begin(f, client);
  if (lives && fuzz_feed(f, p, n)) fuzz_end(f);
}

static inline int fuzz_connection(const uint8_t *data, size_t n, bool client) {
  fuzz f = {.choices = data + CONFIG, .client = client, .clock = n > 2 && data[2] % 2 != 0, .now = 100000000000};
  rill_callbacks callbacks;
  if (n < CONFIG + CHOICES) return 0;
  fuzz_callbacks(&callbacks);
  fuzz_config(&f.config, &f.mem, data);
  if (rill_context_new(&f.context, &f.config, &callbacks) != 0) return 0;
  f.context_octets = f.mem.live_octets;
  int err = client ? rill_conn_client_new(&f.conn, f.context, &f) : rill_conn_server_new(&f.conn, f.context, &f);
  if (err == 0) fuzz_run(&f, data + CONFIG + CHOICES, n - CONFIG - CHOICES, client, data[2] % 4 >= 2);
  rill_context_del(f.context);
  fuzz_check(&f);
  return 0;
}

#endif /* FUZZ_CONN_H */
