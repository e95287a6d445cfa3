/* SPDX-License-Identifier: MIT */
/*
 * The catalogue of tests/attacks against examples/fixed_server: in a block that is large enough, in smaller ones that attacks can
 * exhaust, with a limit below the block and without one; with output taken at once, in sips, and never. The connection goes on or
 * ends cleanly: by a reason of its own, or for want of memory; what it says then is a GOAWAY; all is given back.
 */
#include "attacks/attacks.h"
#include "fixed_trial.h"

enum { READ = 1460, PERIODS = 2000, OCTETS = 200000 };

typedef enum taking { ALL, SIPS, NEVER } taking;

typedef struct assault {
  device d;
  const attack *a;
  taking how;
  octets in;
  size_t at;
  uint64_t periods;
  uint8_t last[RILL_FRAME_HEAD_SIZE]; /* the head of the last frame that was sent whole */
  rill_ssize said;                    /* by the last call */
  bool stuck;
} assault;

static unsigned ended[RILL_WHY_COUNT], lived, no_connection;

/* ---- the peer ---------------------------------------------------------------------------------------------------------- */

static void raise_id(uint8_t *p, uint64_t by) {
  uint64_t id = ((uint64_t)p[0] << 24 | (uint64_t)p[1] << 16 | (uint64_t)p[2] << 8 | p[3]) + by;
  for (int i = 3; i >= 0; i--, id >>= 8)
    p[i] = (uint8_t)id;
}

static void write_period(assault *as) {
  const attack *a = as->a;
  size_t from = as->in.n;
  octets_add(&as->in, a->period.p, a->period.n);
  for (size_t i = 0; i < a->mark_count; i++)
    raise_id(as->in.p + from + a->marks[i], as->periods * a->stride);
  as->periods++;
}

static void write_all(assault *as) {
  as->in.n = as->at = 0;
  as->periods = 0;
  octets_add(&as->in, as->a->begin.p, as->a->begin.n);
  while (as->periods < PERIODS && as->in.n < OCTETS)
    write_period(as);
}

/* ---- the output -------------------------------------------------------------------------------------------------------- */

/* A call with a buffer that holds any frame writes whole frames, but for the rest of one that sips have begun. */
static void note_frames(assault *as, const uint8_t *p, size_t n) {
  for (size_t at = 0; as->how == ALL && at < n; at += RILL_FRAME_HEAD_SIZE + rill_frame_head_get(p + at).length) {
    assert_true(n - at >= RILL_FRAME_HEAD_SIZE);
    memcpy(as->last, p + at, sizeof as->last);
  }
}

static void take(assault *as, bool all) {
  static uint8_t room[32768];
  if (as->how == NEVER && !all) return;
  do {
    as->said = rill_conn_send(as->d.conn, room, all || as->how == ALL ? sizeof room : 50, RILL_NO_CLOCK);
    if (as->said > 0) note_frames(as, room, (size_t)as->said);
  } while (as->said > 0 && (all || as->how == ALL));
  assert_true(as->said >= 0 || as->said == RILL_ERR_NOMEM);
}

/* ---- one attack -------------------------------------------------------------------------------------------------------- */

static void read_on(assault *as) {
  size_t n = as->in.n - as->at < READ ? as->in.n - as->at : READ;
  rill_ssize took = rill_conn_recv(as->d.conn, as->in.p + as->at, n, RILL_NO_CLOCK);
  if (took >= 0) as->at += (size_t)took;
  take(as, false);
  /* It waits for output to be taken, which is not, or for which there is no memory. */
  as->stuck = took < 0 || (took == 0 && (as->how == NEVER || as->said == RILL_ERR_NOMEM));
}

static void judge(assault *as) {
  rill_conn_failure failure = rill_conn_error(as->d.conn);
  take(as, true);
  assert_true(as->said == 0 || as->said == RILL_ERR_NOMEM);
  ended[failure.why]++;
  lived += failure.why == RILL_WHY_NONE;
  assert_int_equal(rill_conn_error(as->d.conn).why, failure.why);
  bool whole = as->d.config.memory_limit == FIXED_BLOCK - FIXED_BLOCK / 8;
  assert_true(!whole || failure.why != RILL_WHY_NOMEM); /* the limit is reached before the block is full */
  if (failure.why == RILL_WHY_NONE || as->how != ALL) return;
  assert_int_equal(as->said, 0);
  assert_int_equal(rill_frame_head_get(as->last).type, RILL_GOAWAY);
}

static void attack_in(assault *as, const attack *a, size_t size, bool limited, taking how) {
  device_init(&as->d, size, limited);
  as->d.config.decoder_table = 4096; /* the catalogue acknowledges SETTINGS without making its table smaller */
  as->a = a;
  as->how = how;
  as->stuck = false;
  if (device_open(&as->d) != 0) {
    no_connection++;
  } else {
    take(as, how == ALL);
    write_all(as);
    while (as->at < as->in.n && !as->stuck)
      read_on(as);
    judge(as);
  }
  device_close(&as->d);
}

static void attack_in_blocks(assault *as, const attack *a) {
  static const size_t blocks[] = {16384, 12288, 8192, 6144, 5120, 4096, 3584, 3072};
  for (size_t i = 0; i < sizeof blocks / sizeof blocks[0]; i++) {
    for (int how = ALL; how <= NEVER; how++) {
      attack_in(as, a, blocks[i], true, (taking)how);
      attack_in(as, a, blocks[i], false, (taking)how);
    }
  }
}

static void attacks_on_a_fixed_block(void **state) {
  static const char *const files[] = {RILL_SOURCE_DIR "/tests/attacks/fields.talk", RILL_SOURCE_DIR "/tests/attacks/floods.talk",
                                      RILL_SOURCE_DIR "/tests/attacks/names.talk", RILL_SOURCE_DIR "/tests/attacks/resets.talk",
                                      RILL_SOURCE_DIR "/tests/attacks/windows.talk"};
  static assault as;
  attacks all;
  unsigned driven = 0;
  (void)state;
  attacks_read(&all, files, (int)(sizeof files / sizeof files[0]));
  for (size_t i = 0; i < all.n; i++) {
    if (all.at[i].t->client) continue; /* those are on clients */
    attack_in_blocks(&as, &all.at[i]);
    driven++;
  }
  print_message("%u attacks; %u times no connection, %u times it lived on; no memory %u, the limit of it %u\n", driven,
                no_connection, lived, ended[RILL_WHY_NOMEM], ended[RILL_WHY_MEMORY]);
  assert_true(driven > 50 && lived != 0 && ended[RILL_WHY_NOMEM] > 100 && ended[RILL_WHY_MEMORY] > 100);
  octets_free(&as.in);
  attacks_free(&all);
}

int main(void) {
  const struct CMUnitTest tests[] = {cmocka_unit_test(attacks_on_a_fixed_block)};
  return cmocka_run_group_tests(tests, NULL, NULL);
}
