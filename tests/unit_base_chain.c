/* SPDX-License-Identifier: MIT */
/*
 * base/chain against a plain array of octets with three marks: what was dropped, what was seen, what was appended. Of each octet
 * the model knows the address that its reserve gave, so that an octet that moves, or that goes before it was dropped, shows; and
 * where the piece ends that it was appended with, so that a piece that is taken apart shows.
 */
#include "base/chain.h"
#include "trial.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { MODEL = 1 << 17, LARGEST = 20000 };

typedef struct mark {
  const uint8_t *at;
  size_t piece_end; /* index in the model */
  uint8_t octet;
} mark;

typedef struct model {
  mark *marks; /* MODEL of them */
  size_t dropped, seen, end;
  rill__chain chain;
  unsigned done[8]; /* how often each step has had an effect */
} model;

static void model_begin(model *m) {
  static mark marks[MODEL];
  *m = (model){.marks = marks};
}

/* ---- the chain is what the model says ---- */

static void check_held(const model *m) {
  assert_int_equal(m->chain.size, m->end - m->dropped);
  assert_int_equal(m->chain.unseen, m->end - m->seen);
  for (size_t i = m->dropped; i < m->end; i++)
    assert_int_equal(*m->marks[i].at, m->marks[i].octet);
}

/* A piece that begins at the i-th octet ends where an append has ended. */
static void check_piece(const model *m, size_t i, rill_view piece) {
  assert_true(piece.n != 0 && i + piece.n <= m->end);
  for (size_t k = 0; k < piece.n; k++)
    assert_ptr_equal(piece.p + k, m->marks[i + k].at);
  assert_int_equal(m->marks[i + piece.n - 1].piece_end, i + piece.n);
}

static void check_walk(const model *m) {
  const void *at = NULL;
  size_t i = m->seen;
  for (rill_view piece = rill__chain_walk(&m->chain, &at); piece.n != 0; piece = rill__chain_walk(&m->chain, &at)) {
    check_piece(m, i, piece);
    i += piece.n;
  }
  assert_int_equal(i, m->end);
}

static rill_view look(model *m) {
  rill_view piece = rill__chain_look(&m->chain);
  assert_int_equal(piece.n == 0, m->seen == m->end);
  if (piece.n != 0) check_piece(m, m->seen, piece);
  return piece;
}

/* ---- steps ---- */

static void forget_dropped(model *m) {
  for (size_t i = m->dropped; i < m->end; i++) {
    m->marks[i - m->dropped] = m->marks[i];
    m->marks[i - m->dropped].piece_end -= m->dropped;
  }
  m->seen -= m->dropped;
  m->end -= m->dropped;
  m->dropped = 0;
}

/* Reserves n octets, writes all of them and commits some. */
static bool append(trial *t, model *m, size_t n, size_t commit) {
  uint8_t *p = rill__chain_reserve(&m->chain, &t->mem, n);
  if (p == NULL) return false;
  if (m->end + commit > MODEL) forget_dropped(m);
  for (size_t i = 0; i < n; i++)
    p[i] = (uint8_t)trial_random(t, 256);
  rill__chain_commit(&m->chain, commit);
  for (size_t i = 0; i < commit; i++)
    m->marks[m->end + i] = (mark){p + i, m->end + commit, p[i]};
  m->end += commit;
  return true;
}

static void see(model *m, size_t n) {
  rill__chain_see(&m->chain, n);
  m->seen += n;
}

static void drop(trial *t, model *m, size_t n) {
  rill__chain_drop(&m->chain, &t->mem, n);
  m->dropped += n;
}

/* Forgets from the i-th octet on. */
static void cut(trial *t, model *m, size_t i) {
  rill__chain_cut(&m->chain, &t->mem, m->marks[i].at);
  m->end = i;
  for (; i != m->dropped && m->marks[i - 1].piece_end > m->end; i--)
    m->marks[i - 1].piece_end = m->end;
}

static void release(trial *t, model *m) {
  rill__chain_free(&m->chain, &t->mem);
  m->dropped = m->seen = m->end;
  assert_int_equal(t->user.live, 0);
}

/* ---- random walks, with failures ---- */

typedef enum step { APPEND, RESERVE_ONLY, FAIL, LOOK, SEE, DROP, DROP_ALL, CUT } step;

static size_t random_size(trial *t) {
  static const uint32_t bounds[] = {2, 20, 20, 400, 400, 400, 3000, LARGEST};
  return trial_random(t, bounds[trial_random(t, LENGTH(bounds))]);
}

static bool random_append(trial *t, model *m, bool commits) {
  size_t n = random_size(t);
  if (m->end - m->dropped + n > MODEL / 2) return false;
  size_t commit = !commits ? 0 : trial_random(t, 3) == 0 ? trial_random(t, (uint32_t)n + 1) : n;
  assert_true(append(t, m, n, commit));
  return true;
}

/* The allocator fails, which it need not be asked for; then nothing is changed. */
static bool random_failure(trial *t, model *m) {
  rill__chain before = m->chain;
  uint64_t failures = t->user.failures;
  t->user.fail_at = t->user.calls + 1;
  uint8_t *p = rill__chain_reserve(&m->chain, &t->mem, random_size(t));
  t->user.fail_at = 0;
  assert_int_equal(p == NULL, t->user.failures != failures);
  if (p == NULL) assert_memory_equal(&m->chain, &before, sizeof before);
  return p == NULL;
}

static bool random_see(trial *t, model *m) {
  size_t n = look(m).n;
  if (n != 0 && trial_random(t, 2) == 0) n = trial_random(t, (uint32_t)n + 1);
  see(m, n);
  return n != 0;
}

static bool random_drop(trial *t, model *m, bool all) {
  size_t n = m->seen - m->dropped;
  if (!all) n = trial_random(t, (uint32_t)n + 1);
  drop(t, m, n);
  return n != 0;
}

static bool random_cut(trial *t, model *m) {
  if (m->seen == m->end) return false;
  size_t kept = trial_random(t, 3) == 0 ? 0 : trial_random(t, (uint32_t)(m->end - m->seen));
  cut(t, m, m->seen + kept);
  return true;
}

static bool random_step(trial *t, model *m, step what) {
  switch (what) {
  case APPEND:
    return random_append(t, m, true);
  case RESERVE_ONLY:
    return random_append(t, m, false);
  case FAIL:
    return random_failure(t, m);
  case LOOK:
    return look(m).n != 0;
  case SEE:
    return random_see(t, m);
  case DROP:
    return random_drop(t, m, false);
  case DROP_ALL:
    return random_drop(t, m, true);
  case CUT:
    return random_cut(t, m);
  }
  return false;
}

/* `weights` says how often each step is taken. */
static void walk(trial *t, model *m, const uint8_t weights[8], unsigned steps) {
  unsigned sum = 0;
  for (unsigned i = 0; i < 8; i++)
    sum += weights[i];
  for (; steps != 0; steps--) {
    unsigned what = 0, at = trial_random(t, sum);
    while (at >= weights[what])
      at -= weights[what++];
    if (random_step(t, m, (step)what)) m->done[what]++;
    check_held(m);
    if (steps % 4 == 0) check_walk(m);
    trial_check(t);
  }
}

static void a_chain_is_what_a_plain_array_is(void **state) {
  (void)state;
  static const uint8_t weights[][8] = {
      /* APPEND RESERVE_ONLY FAIL LOOK SEE DROP DROP_ALL CUT */
      {4, 1, 1, 1, 4, 4, 1, 1}, {4, 0, 0, 0, 4, 1, 0, 0}, {4, 4, 1, 0, 4, 2, 2, 0},
      {1, 8, 1, 0, 4, 0, 4, 1}, {6, 1, 1, 1, 2, 1, 0, 2}, {2, 1, 1, 1, 8, 2, 4, 0},
  };
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  for (unsigned round = 0; round < 300; round++) {
    walk(&t, &m, weights[round % LENGTH(weights)], 150);
    if (round % 10 == 9) release(&t, &m);
  }
  for (size_t i = 0; i < LENGTH(m.done); i++)
    assert_true(m.done[i] > 100);
  release(&t, &m);
  trial_end(&t);
}

/* A walk that is the same each time, in which the k-th allocation fails, for every k; what fails is tried again. */
static void every_allocation_may_fail(void **state) {
  (void)state;
  trial t;
  model m;
  uint64_t k = 0;
  do {
    trial_begin(&t, SIZE_MAX);
    model_begin(&m);
    t.user.fail_at = ++k;
    for (unsigned i = 0; i < 60; i++) {
      size_t n = random_size(&t);
      if (!append(&t, &m, n, n)) {
        check_held(&m);
        check_walk(&m);
        assert_true(append(&t, &m, n, n));
      }
      see(&m, trial_random(&t, (uint32_t)look(&m).n + 1));
      if (i % 8 == 7) drop(&t, &m, m.seen - m.dropped);
      check_held(&m);
      trial_check(&t);
    }
    check_walk(&m);
    release(&t, &m);
    trial_end(&t);
  } while (t.user.failures != 0);
  assert_true(k > 10);
}

/* ---- single matters ---- */

static void an_empty_chain_has_nothing(void **state) {
  (void)state;
  trial t;
  rill__chain chain = {NULL, NULL, NULL, 0, 0};
  trial_begin(&t, SIZE_MAX);
  for (int round = 0; round < 2; round++) { /* before its first octet and after its last */
    const void *at = NULL;
    assert_int_equal(rill__chain_look(&chain).n, 0);
    assert_int_equal(rill__chain_walk(&chain, &at).n, 0);
    rill__chain_commit(&chain, 0);
    rill__chain_see(&chain, 0);
    rill__chain_drop(&chain, &t.mem, 0);
    rill__chain_free(&chain, &t.mem);
    assert_null(chain.first);
    assert_non_null(rill__chain_reserve(&chain, &t.mem, 0));
    *rill__chain_reserve(&chain, &t.mem, 1) = 7;
    rill__chain_commit(&chain, 1);
    assert_int_equal(rill__chain_look(&chain).p[0], 7);
    rill__chain_see(&chain, 1);
    rill__chain_drop(&chain, &t.mem, 1);
  }
  rill__chain_free(&chain, &t.mem);
  trial_end(&t);
}

static void the_steady_state_allocates_nothing(void **state) {
  (void)state;
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  for (unsigned i = 0; i < 1000; i++) {
    assert_true(append(&t, &m, 400, 300));
    assert_true(append(&t, &m, 100, 100));
    if (i % 3 == 0) cut(&t, &m, m.seen + 200); /* what is cut off has room again */
    if (i % 5 == 0) see(&m, 150);
    if (i % 10 == 0) drop(&t, &m, 150);
    if (i % 7 == 0) cut(&t, &m, m.seen);
    while (look(&m).n != 0)
      see(&m, look(&m).n);
    drop(&t, &m, m.seen - m.dropped);
  }
  assert_int_equal(t.user.calls, 1);
  assert_int_equal(t.user.live, 1);
  release(&t, &m);
  trial_end(&t);
}

/* Room that nobody came to use is not kept beside larger room, whatever stands in front of it. */
static void unused_room_gives_way(void **state) {
  (void)state;
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  /* In front stands nothing; an unseen octet; a seen one; a seen one, and the cursor is in the room behind it. */
  for (unsigned held = 0; held < 4; held++) {
    if (held != 0) assert_true(append(&t, &m, 1, 1));
    if (held >= 2) see(&m, look(&m).n);
    if (held == 3) {
      assert_true(append(&t, &m, 1000, 1000));
      assert_int_equal(look(&m).n, 1000);
      cut(&t, &m, m.seen);
    }
    size_t blocks = t.user.live;
    for (size_t n = 600; n < LARGEST; n += 600) {
      assert_true(append(&t, &m, n, 0));
      assert_true(t.user.live <= blocks + 1);
      check_held(&m);
      check_walk(&m);
    }
    assert_true(append(&t, &m, LARGEST, 10));
    check_walk(&m);
    release(&t, &m);
  }
  trial_end(&t);
}

/* The same, when what stands in front is dropped in between. */
static void unused_room_is_not_lost(void **state) {
  (void)state;
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  assert_true(append(&t, &m, 100, 100));
  assert_true(append(&t, &m, 1000, 0));
  assert_true(append(&t, &m, 2000, 0));
  see(&m, look(&m).n);
  drop(&t, &m, 100);
  assert_int_equal(t.user.live, 1);
  assert_true(append(&t, &m, 4000, 1));
  assert_int_equal(t.user.live, 1);
  check_held(&m);
  release(&t, &m);
  trial_end(&t);
}

static void a_cut_leaves_what_was_seen(void **state) {
  (void)state;
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  for (size_t kept = 0; kept <= 4; kept++) { /* pieces, each in a block of its own but the first two */
    static const size_t sizes[] = {100, 200, 3000, 9000, 1};
    size_t begins[LENGTH(sizes)];
    for (size_t i = 0; i < LENGTH(sizes); i++) {
      begins[i] = m.end;
      assert_true(append(&t, &m, sizes[i], sizes[i]));
    }
    see(&m, 100);
    cut(&t, &m, kept == 0 ? m.seen : begins[kept]);
    check_held(&m);
    check_walk(&m);
    assert_true(append(&t, &m, 50, 50)); /* goes where the cut was */
    check_walk(&m);
    release(&t, &m);
  }
  trial_end(&t);
}

static void a_piece_fits_the_limit_or_does_not(void **state) {
  (void)state;
  enum { N = 10000 };
  trial t;
  rill__chain chain = {NULL, NULL, NULL, 0, 0};
  trial_begin(&t, SIZE_MAX);
  assert_non_null(rill__chain_reserve(&chain, &t.mem, N));
  size_t whole = t.mem.used; /* with what the chain itself needs */
  rill__chain_free(&chain, &t.mem);
  trial_end(&t);

  trial_begin(&t, whole);
  assert_null(rill__chain_reserve(&chain, &t.mem, N + 1));
  assert_true(t.mem.refused);
  assert_null(chain.first);
  uint8_t *p = rill__chain_reserve(&chain, &t.mem, N);
  assert_non_null(p);
  memset(p, 1, N);
  rill__chain_commit(&chain, N);
  assert_null(rill__chain_reserve(&chain, &t.mem, 1));
  assert_int_equal(rill__chain_look(&chain).n, N);
  rill__chain_see(&chain, N);
  rill__chain_drop(&chain, &t.mem, N);
  assert_ptr_equal(rill__chain_reserve(&chain, &t.mem, N), p);
  rill__chain_free(&chain, &t.mem);
  trial_end(&t);
}

static void sizes_that_wrap_are_refused(void **state) {
  (void)state;
  trial t;
  model m;
  trial_begin(&t, SIZE_MAX);
  model_begin(&m);
  for (int round = 0; round < 2; round++) { /* without a block and with one */
    for (size_t less = 0; less < 100; less++)
      assert_null(rill__chain_reserve(&m.chain, &t.mem, SIZE_MAX - less));
    assert_null(rill__chain_reserve(&m.chain, &t.mem, SIZE_MAX / 2 + 1));
    assert_true(append(&t, &m, 10, 10));
    check_held(&m);
    check_walk(&m);
  }
  release(&t, &m);
  trial_end(&t);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(a_chain_is_what_a_plain_array_is),
      cmocka_unit_test(every_allocation_may_fail),
      cmocka_unit_test(an_empty_chain_has_nothing),
      cmocka_unit_test(the_steady_state_allocates_nothing),
      cmocka_unit_test(unused_room_gives_way),
      cmocka_unit_test(unused_room_is_not_lost),
      cmocka_unit_test(a_cut_leaves_what_was_seen),
      cmocka_unit_test(a_piece_fits_the_limit_or_does_not),
      cmocka_unit_test(sizes_that_wrap_are_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
