/* SPDX-License-Identifier: MIT */
/*
 * The invariants of conn.h, each broken on purpose: the next public call of a child process must say which one, and abort. Part
 * of builds with RILL_CHECK alone; needs fork().
 */
#define _POSIX_C_SOURCE 200809L

#include "conn/conn.h"
#include "conn_trial.h"

#include <signal.h>
#include <stdio.h>
#include <sys/wait.h>
#include <unistd.h>

static rill__stream *stream(rill_conn *c, uint32_t id) { return rill__stream_find(c, id); }

/* ---- how each is broken ------------------------------------------------------------------------------------------------- */

/* Streams 1, with content to send; 3, with a body to come; 5, over and held. */
static void another_id(rill_conn *c) {
  rill__stream *s = stream(c, 1);
  (void)stream(c, 3); /* which is found without a look at the map */
  s->id = 99;
}
static void another_count(rill_conn *c) { c->streams.by_peer++; }
static void promised_by_the_client(rill_conn *c) { stream(c, 3)->promised = true; }
static void promised_once_more(rill_conn *c) { c->streams.promised++; }
static void over_once_more(rill_conn *c) { c->streams.over++; }

static void out_of_turn(rill_conn *c) { rill__unlink(&stream(c, 1)->source->ready); }
static void in_turn_with_nothing(rill_conn *c) { stream(c, 1)->source->pushed.unseen = 0; }
static void in_turn_without_a_window(rill_conn *c) { stream(c, 1)->share.beyond = INT32_MIN / 2; }
static void of_another_urgency(rill_conn *c) { stream(c, 1)->priority ^= 5 << 2; }
static void owing_and_over(rill_conn *c) { rill__owe_again(c, stream(c, 5)); }

static void not_owing(rill_conn *c) {
  rill__stream *s = stream(c, 3);
  rill__inflow_credit(&s->inflow, s->inflow.full);
  s->inflow.left -= (int32_t)s->inflow.full;
  s->inflow.came += s->inflow.full;
}

static void owing_and_not_listed(rill_conn *c) {
  not_owing(c);
  rill__owe(c, stream(c, 3));
  c->streams.owing_first = 0;
}

static void owed_without_credit(rill_conn *c) { c->local.window_owed = true; }

static void credit_that_is_not_owed(rill_conn *c) {
  uint32_t n = c->local.inflow.full;
  c->local.inflow.left -= (int32_t)n;
  c->local.inflow.came += n;
  rill__inflow_credit(&c->local.inflow, n);
}

static void came_and_was_not_counted(rill_conn *c) { c->local.inflow.came++; }
static void more_than_the_window(rill_conn *c) { c->local.inflow.held++; }

static void used(rill__inflow *inflow) {
  inflow->left -= 5;
  inflow->came += 5;
}

static void credit_that_is_lost(rill_conn *c) { used(&stream(c, 3)->inflow); }
static void credit_of_all_that_is_lost(rill_conn *c) { used(&c->local.inflow); }

static void staged_and_not_there(rill_conn *c) { c->out->staged++; }
static void shown_and_not_staged(rill_conn *c) { c->out->shown++; }
static void a_lane_that_waits(rill_conn *c) { c->out->lane_first = c->out->lane_in + 1; }
static void blocks_that_are_gone(rill_conn *c) { stream(c, 3)->blocks++; }

static void too_many_acks(rill_conn *c) {
  c->out->owed[RILL__OWED_SETTINGS_ACKS].count = c->context->config.max_settings_acks + 1;
}
static void too_many_pings(rill_conn *c) { c->out->owed[RILL__OWED_PINGS].count = c->context->config.max_ping_acks + 1; }
static void too_many_resets(rill_conn *c) { c->out->owed[RILL__OWED_RESETS].count = c->context->config.max_resets_owed + 1; }
static void too_many_priorities(rill_conn *c) {
  static rill__earlies early;
  early.count = c->context->config.max_priority_updates + 1;
  c->streams.early = &early;
}

static void owed_and_not_known(rill_conn *c) {
  c->tx.ping_state = RILL__PING_OWED; /* so that the call that follows owes nothing new */
  c->tx.owes = false;
}

static void reset_and_behind_the_others(rill_conn *c) {
  rill__stream *s = stream(c, 1);
  rill__stream_close(c, s, &(rill_close){.by = RILL_BY_PEER});
  s->state = RILL__RESET_REMOTE;
  s->blocks++;
  c->out->lane.unseen++;
}

static void overspent(rill_conn *c) { c->budget.points.spent[RILL_BUDGET_EMPTY_DATA] = c->context->config.empty_data_burst + 1; }

static void too_much_memory(rill_conn *c) { c->mem.used = c->context->config.memory_limit + 1; }
static void open_after_a_failure(rill_conn *c) { c->failure.err = RILL_ERR_PROTO; }

static void a_source_of_what_is_closed(rill_conn *c) {
  static rill__source source = {.deferred = true,
                                .body = {.pull = (int (*)(rill_conn *, uint32_t, size_t, rill_chunk *, void *))1}};
  stream(c, 5)->source = &source;
}

static void ended_and_there(rill_conn *c) { stream(c, 3)->state = RILL__ENDED; }
static void over_and_not_held(rill_conn *c) { stream(c, 5)->flags &= (uint8_t)~RILL__HELD; }
static void settings_that_nobody_awaits(rill_conn *c) { c->tx.settings_owed = true; }
static void settings_that_are_kept(rill_conn *c) { c->local.announced = c->context->settings[1]; }

static void begun_and_not_seen(rill_conn *c) {
  c->time.stale = false;
  c->time.armed ^= 1;
  rill__check(c); /* a call would have to look */
}

static const struct row {
  void (*spoil)(rill_conn *c);
  const char *words;
} rows[] = {
    {another_id, "I1 a stream is found by its id"},
    {another_count, "I1 streams add up"},
    {promised_by_the_client, "I1 a server's streams alone are promised"},
    {promised_once_more, "I1 promised streams add up"},
    {over_once_more, "I1 those that are over and held add up"},
    {out_of_turn, "I2 who has something to say is in turn, and nobody else"},
    {in_turn_with_nothing, "I2 who has something to say is in turn, and nobody else"},
    {in_turn_without_a_window, "I2 who has something to say is in turn, and nobody else"},
    {of_another_urgency, "I2 all in turn stand where their priorities say"},
    {owing_and_over, "I2 what owes is alive, or owes a reset"},
    {not_owing, "I2 what is owed will be said"},
    {owing_and_not_listed, "I2 all that owe stand in one list"},
    {owed_without_credit, "I2 there is credit to tell"},
    {credit_that_is_not_owed, "I2 credit will be told"},
    {came_and_was_not_counted, "I3 what was granted less what came is left"},
    {more_than_the_window, "I3 no more is granted than the window"},
    {credit_that_is_lost, "I3 credit returns"},
    {credit_of_all_that_is_lost, "I3 the connection's window is used by streams"},
    {staged_and_not_there, "I4 what is staged adds up"},
    {shown_and_not_staged, "I4 no more is shown than staged"},
    {a_lane_that_waits, "I4 the lane does not wait for what it lacks"},
    {blocks_that_are_gone, "I4 blocks of streams are in the lane"},
    {too_many_acks, "I5 acknowledgements"},
    {too_many_pings, "I5 owed rings"},
    {too_many_resets, "I5 owed rings"},
    {too_many_priorities, "I5 priorities of streams to come"},
    {owed_and_not_known, "I5 tx.owes while a control frame is owed"},
    {too_much_memory, "I6 memory"},
    {open_after_a_failure, "I7 after a failure no stream is open"},
    {a_source_of_what_is_closed, "I8 a closed stream has no source"},
    {ended_and_there, "I8 what has ended is gone, unless it is held"},
    {over_and_not_held, "I8 what is over is held, or was just released"},
    {reset_and_behind_the_others, "I4 blocks of a stream that was reset go first"},
    {overspent, "I10 budgets"},
    {begun_and_not_seen, "I11 what begins or ends is seen"},
    {settings_that_nobody_awaits, "I9 SETTINGS are owed that nobody waits for"},
    {settings_that_are_kept, "I9 SETTINGS are kept that nobody waits for"},
};

/* ---- and that it is noticed --------------------------------------------------------------------------------------------- */

static void begin(conn_trial *t) {
  static const uint8_t zeros[100];
  trial_init(t);
  bench_begin(&t->b, false);
  peer_request(&t->b, 1, true);
  peer_request(&t->b, 3, false);
  peer_request(&t->b, 5, true);
  assert_true(peer_send(&t->b) > 0);
  assert_int_equal(rill_hold(t->b.conn, 5), 0);
  assert_int_equal(rill_set_priority(t->b.conn, 1, &(rill_priority){.urgency = 1}), 0);
  trial_respond(t, 1, &trial_pushed);
  trial_respond(t, 5, NULL);
  (void)bench_drop(&t->b);
  assert_int_equal(rill_write(t->b.conn, 1, zeros, sizeof zeros, false), sizeof zeros);
}

/* The words of the first line that the child says before it aborts; empty if it goes on. */
static void words_of_child(bench *b, void (*spoil)(rill_conn *c), char *words, size_t cap) {
  int ends[2], status;
  assert_int_equal(pipe(ends), 0);
  (void)fflush(NULL);
  pid_t child = fork();
  assert_true(child >= 0);
  if (child == 0) {
    if (dup2(ends[1], STDERR_FILENO) < 0) _exit(2);
    (void)signal(SIGABRT, SIG_DFL); /* cmocka's and sanitizers' would say more */
    if (spoil != NULL) spoil(b->conn);
    (void)rill_submit_ping(b->conn, (const uint8_t *)"pongpong");
    _exit(0);
  }
  (void)close(ends[1]);
  ssize_t n = read(ends[0], words, cap - 1);
  words[n < 0 ? 0 : n] = '\0';
  (void)close(ends[0]);
  assert_int_equal(waitpid(child, &status, 0), child);
  if (WIFEXITED(status)) assert_int_equal(WEXITSTATUS(status), 0);
  assert_int_equal(WIFSIGNALED(status), words[0] != '\0');
}

static void each_breach_is_noticed(void **state) {
  (void)state;
  char words[400], want[400];
  conn_trial t;
  begin(&t);
  words_of_child(&t.b, NULL, words, sizeof words);
  assert_string_equal(words, "");
  for (size_t i = 0; i < LENGTH(rows); i++) {
    words_of_child(&t.b, rows[i].spoil, words, sizeof words);
    (void)snprintf(want, sizeof want, "rill: broken invariant: %s\n", rows[i].words);
    assert_string_equal(words, want);
  }
  bench_close(&t.b);
}

/* What check.c may say, each with a row above. */
static void no_invariant_is_without_a_breach(void **state) {
  (void)state;
  FILE *file = fopen(RILL_SOURCE_DIR "/src/conn/check.c", "r");
  assert_non_null(file);
  char line[400];
  size_t found = 0;
  while (fgets(line, sizeof line, file) != NULL) {
    char *begin = strstr(line, "\"I"), *end = begin == NULL ? NULL : strchr(begin + 1, '"');
    if (end == NULL) continue;
    *end = '\0';
    size_t i = 0;
    while (i < LENGTH(rows) && strcmp(rows[i].words, begin + 1) != 0)
      i++;
    if (i == LENGTH(rows)) fail_msg("no breach of: %s", begin + 1);
    found++;
  }
  assert_true(found > 20);
  assert_int_equal(fclose(file), 0);
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(each_breach_is_noticed),
      cmocka_unit_test(no_invariant_is_without_a_breach),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
