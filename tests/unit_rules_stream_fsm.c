/* SPDX-License-Identifier: MIT */
/*
 * rules/stream_fsm: each cell of both tables, written down a second time: the transitions as the edges of figure 2 of RFC
 * 9113 5.1, the meanings in the words of T-STATE, the table of the test sequences. And two endpoints that send only what the RFC
 * lets them send, with frames under way in both directions: neither may ever refuse anything.
 *
 * T-STATE itself is looked for in sequences.md in $RILL_SHARED, else in ../shared beside the checkout.
 */
#include "rules/stream_fsm.h"
#include "rules/why.h"
#include "trial.h"

#include <rill/frame.h>

#include <stdio.h>

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { FRAMES = 5 };
static const uint8_t types[FRAMES] = {RILL_DATA, RILL_HEADERS, RILL_RST_STREAM, RILL_WINDOW_UPDATE, RILL_PUSH_PROMISE};

/* ---- transitions ---- */

static const struct {
  rill__state from;
  rill__event event;
  rill__state to;
} edges[] = {
    {RILL__IDLE, RILL__OPENS, RILL__OPEN},                        /* send H, recv H */
    {RILL__OPEN, RILL__RX_END, RILL__HALF_REMOTE},                /* recv ES */
    {RILL__OPEN, RILL__TX_END, RILL__HALF_LOCAL},                 /* send ES */
    {RILL__OPEN, RILL__RX_RESET, RILL__RESET_REMOTE},             /* recv R */
    {RILL__OPEN, RILL__TX_RESET, RILL__RESET_LOCAL},              /* send R */
    {RILL__HALF_REMOTE, RILL__TX_END, RILL__ENDED},               /* send ES */
    {RILL__HALF_REMOTE, RILL__RX_RESET, RILL__RESET_REMOTE},      /* recv R */
    {RILL__HALF_REMOTE, RILL__TX_RESET, RILL__RESET_LOCAL},       /* send R */
    {RILL__HALF_LOCAL, RILL__RX_END, RILL__ENDED},                /* recv ES */
    {RILL__HALF_LOCAL, RILL__RX_RESET, RILL__RESET_REMOTE},       /* recv R */
    {RILL__HALF_LOCAL, RILL__TX_RESET, RILL__RESET_LOCAL},        /* send R */
    {RILL__IDLE, RILL__TX_RESERVES, RILL__RESERVED_LOCAL},        /* send PP */
    {RILL__IDLE, RILL__RX_RESERVES, RILL__RESERVED_REMOTE},       /* recv PP */
    {RILL__RESERVED_LOCAL, RILL__TX_RESPONSE, RILL__HALF_REMOTE}, /* send H */
    {RILL__RESERVED_LOCAL, RILL__TX_END, RILL__ENDED},            /* send H with ES: two edges at once */
    {RILL__RESERVED_LOCAL, RILL__RX_RESET, RILL__RESET_REMOTE},   /* recv R */
    {RILL__RESERVED_LOCAL, RILL__TX_RESET, RILL__RESET_LOCAL},    /* send R */
    {RILL__RESERVED_REMOTE, RILL__RX_RESPONSE, RILL__HALF_LOCAL}, /* recv H */
    {RILL__RESERVED_REMOTE, RILL__RX_END, RILL__ENDED},           /* recv H with ES */
    {RILL__RESERVED_REMOTE, RILL__RX_RESET, RILL__RESET_REMOTE},  /* recv R */
    {RILL__RESERVED_REMOTE, RILL__TX_RESET, RILL__RESET_LOCAL},   /* send R */
};

/* What is no edge leaves the state. */
static rill__state edge(rill__state from, rill__event event) {
  for (size_t i = 0; i < LENGTH(edges); i++) {
    if (edges[i].from == from && edges[i].event == event) return edges[i].to;
  }
  return from;
}

static void transitions_are_the_edges_of_figure_2(void **state) {
  (void)state;
  size_t moves = 0;
  for (int from = 0; from < RILL__STATES; from++) {
    for (int event = 0; event < RILL__EVENTS; event++) {
      rill__state to = rill__stream_next((rill__state)from, (rill__event)event);
      assert_int_equal(to, edge((rill__state)from, (rill__event)event));
      moves += to != (rill__state)from;
    }
  }
  assert_int_equal(moves, LENGTH(edges));
}

/* ---- meanings ---- */

/* The words of T-STATE that a cell begins with; "the first code is expected". */
static const char *const t_state[RILL__STATES][FRAMES] = {
    /* of DATA, HEADERS, RST_STREAM, WINDOW_UPDATE, PUSH_PROMISE */
    [RILL__IDLE] = {"C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR"},
    [RILL__RESERVED_LOCAL] = {"C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR", "closes", "window", "-"},
    [RILL__RESERVED_REMOTE] = {"C:PROTOCOL_ERROR", "response starts", "closes", "C:PROTOCOL_ERROR", "C:PROTOCOL_ERROR"},
    [RILL__OPEN] = {"content", "next section", "closes", "window", "promise"},
    [RILL__HALF_LOCAL] = {"content", "next section", "closes", "ignored", "promise"},
    [RILL__HALF_REMOTE] = {"C:STREAM_CLOSED", "C:STREAM_CLOSED", "closes", "window", "C:PROTOCOL_ERROR"},
    [RILL__ENDED] = {"C:STREAM_CLOSED", "C:STREAM_CLOSED", "ignored", "ignored", "C:PROTOCOL_ERROR"},
    [RILL__RESET_LOCAL] = {"discarded", "discarded", "ignored", "ignored", "decoded, promised stream reset"},
    [RILL__RESET_REMOTE] = {"discarded", "discarded", "ignored", "ignored", "C:PROTOCOL_ERROR"},
};

static const struct {
  const char *words;
  rill__sense sense;
  rill_code code;
} vocabulary[] = {
    {"content", RILL__TAKE, RILL_NO_ERROR},
    {"next section", RILL__TAKE, RILL_NO_ERROR},
    {"response starts", RILL__TAKE, RILL_NO_ERROR},
    {"promise", RILL__TAKE, RILL_NO_ERROR},
    {"closes", RILL__TAKE, RILL_NO_ERROR},
    {"window", RILL__TAKE, RILL_NO_ERROR},
    {"ignored", RILL__DROP, RILL_NO_ERROR},
    {"discarded", RILL__DROP, RILL_NO_ERROR},
    {"decoded, promised stream reset", RILL__DROP, RILL_NO_ERROR},
    {"-", RILL__REFUSE, RILL_PROTOCOL_ERROR}, /* a server is sent no promise at all */
    {"C:PROTOCOL_ERROR", RILL__REFUSE, RILL_PROTOCOL_ERROR},
    {"C:STREAM_CLOSED", RILL__REFUSE, RILL_STREAM_CLOSED},
};

static size_t word_number(const char *words) {
  size_t i = 0;
  while (strcmp(vocabulary[i].words, words) != 0)
    i++;
  return i;
}

/* types[] has their order. */
static rill__subject subject_of(uint8_t type) {
  unsigned i = 0;
  while (types[i] != type)
    i++;
  return (rill__subject)i;
}

static void check_sense(rill__state from, uint8_t type, rill__sense sense, rill_code code) {
  rill_why why = RILL_WHY_COUNT;
  assert_int_equal(rill__stream_sense(from, subject_of(type), &why), sense);
  if (sense != RILL__REFUSE) {
    assert_int_equal(why, RILL_WHY_NONE);
    return;
  }
  assert_int_not_equal(why, RILL_WHY_NONE);
  assert_int_equal(rill_why_code(why), code);
  assert_true(rill__why_ends_connection(why));
}

static void frames_mean_what_t_state_says(void **state) {
  (void)state;
  for (int from = 0; from < RILL__STATES; from++) {
    for (size_t i = 0; i < FRAMES; i++) {
      size_t word = word_number(t_state[from][i]);
      check_sense((rill__state)from, types[i], vocabulary[word].sense, vocabulary[word].code);
    }
  }
}

/* What RFC 9113 5.1 and 6.6 say MUST be an error, and with which code: nothing of it may be let through. */
static void what_must_be_refused_is(void **state) {
  (void)state;
  static const struct {
    rill__state from;
    uint8_t type;
    rill_code code;
  } musts[] = {
      {RILL__IDLE, RILL_DATA, RILL_PROTOCOL_ERROR},
      {RILL__IDLE, RILL_HEADERS, RILL_PROTOCOL_ERROR},
      {RILL__IDLE, RILL_RST_STREAM, RILL_PROTOCOL_ERROR},
      {RILL__IDLE, RILL_WINDOW_UPDATE, RILL_PROTOCOL_ERROR},
      {RILL__HALF_REMOTE, RILL_DATA, RILL_STREAM_CLOSED},
      {RILL__HALF_REMOTE, RILL_HEADERS, RILL_STREAM_CLOSED},
      {RILL__RESERVED_LOCAL, RILL_DATA, RILL_PROTOCOL_ERROR},
      {RILL__RESERVED_LOCAL, RILL_HEADERS, RILL_PROTOCOL_ERROR},
      {RILL__RESERVED_REMOTE, RILL_DATA, RILL_PROTOCOL_ERROR},
      {RILL__RESERVED_REMOTE, RILL_WINDOW_UPDATE, RILL_PROTOCOL_ERROR},
      /* 6.6: on a stream that is neither "open" nor "half-closed (local)" */
      {RILL__IDLE, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
      {RILL__RESERVED_LOCAL, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
      {RILL__RESERVED_REMOTE, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
      {RILL__HALF_REMOTE, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
      {RILL__ENDED, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
      {RILL__RESET_REMOTE, RILL_PUSH_PROMISE, RILL_PROTOCOL_ERROR},
  };
  for (size_t i = 0; i < LENGTH(musts); i++)
    check_sense(musts[i].from, musts[i].type, RILL__REFUSE, musts[i].code);
}

/* ---- T-STATE, where it is ---- */

static const char *const rows[RILL__STATES] = {
    [RILL__IDLE] = "| idle, own identifier |", /* the peer's is the connection's to judge: HEADERS may open it */
    [RILL__RESERVED_LOCAL] = "| reserved (local) |",
    [RILL__RESERVED_REMOTE] = "| reserved (remote) |",
    [RILL__OPEN] = "| open |",
    [RILL__HALF_LOCAL] = "| half-closed (local) |",
    [RILL__HALF_REMOTE] = "| half-closed (remote) |",
    [RILL__ENDED] = "| closed by END_STREAM both ways |",
    [RILL__RESET_LOCAL] = "| closed by E's RST_STREAM |",
    [RILL__RESET_REMOTE] = "| closed by P's RST_STREAM |",
};

/* Compares a line with the row that it is, if it is one. */
static unsigned check_line(const char *line) {
  line += strspn(line, " ");
  for (size_t from = 0; from < RILL__STATES; from++) {
    if (strncmp(line, rows[from], strlen(rows[from])) != 0) continue;
    const char *cell = line + strlen(rows[from]);
    for (size_t i = 0; i < FRAMES; i++) {
      cell += strspn(cell, " ");
      if (strncmp(cell, t_state[from][i], strlen(t_state[from][i])) != 0) fail_msg("%s is not %s", cell, t_state[from][i]);
      cell = strchr(cell, '|');
      assert_non_null(cell);
      cell++;
    }
    return 1;
  }
  return 0;
}

static void the_words_are_those_of_the_sequences(void **state) {
  (void)state;
  char path[4096], line[1024];
  const char *shared = getenv("RILL_SHARED");
  (void)snprintf(path, sizeof path, "%s/sequences.md", shared != NULL ? shared : RILL_SOURCE_DIR "/../shared");
  FILE *file = fopen(path, "r");
  if (file == NULL) {
    print_message("SKIPPED unit_rules_stream_fsm, T-STATE: no %s; set RILL_SHARED\n", path);
    skip();
  }
  unsigned found = 0;
  while (file != NULL && fgets(line, sizeof line, file) != NULL)
    found += check_line(line);
  if (file != NULL) (void)fclose(file);
  assert_int_equal(found, RILL__STATES);
}

/* ---- two endpoints ---- */

enum { UNDER_WAY = 6, LIVES = 40000, STEPS = 60, CLIENT = 0, SERVER = 1 };

typedef struct message {
  uint8_t type;
  bool end_stream;
} message;

typedef struct endpoint {
  rill__state state;
  message in[UNDER_WAY]; /* sent by the other one, not yet received */
  size_t count;
} endpoint;

typedef struct counts {
  unsigned of[RILL__STATES][FRAMES][RILL__REFUSE + 1];
} counts;

/* Which types 9113 5.1 and 6.6 let an endpoint send, as bits by place in `types`. */
static unsigned may_send(rill__state state, bool client, bool promised) {
  enum { D = 1, H = 2, R = 4, W = 8, P = 16 };
  switch (state) {
  case RILL__IDLE:
    return client && !promised ? H : 0;
  case RILL__RESERVED_LOCAL:
    return H | R;
  case RILL__RESERVED_REMOTE:
    return R | W;
  case RILL__OPEN:
  case RILL__HALF_REMOTE:
    return D | H | R | W | (client || promised ? 0u : P); /* no promise on what was promised: it is not the client's stream */
  case RILL__HALF_LOCAL:
    return R | W;
  case RILL__ENDED:
  case RILL__RESET_LOCAL:
  case RILL__RESET_REMOTE:
  case RILL__STATES:
    return 0;
  }
  return 0;
}

static void send_one(trial *t, endpoint *from, endpoint *to, bool client, bool promised) {
  size_t i = trial_random(t, FRAMES);
  if (to->count == UNDER_WAY || (may_send(from->state, client, promised) & 1u << i) == 0) return;
  if (types[i] == RILL_RST_STREAM && trial_random(t, 8) != 0) return;
  bool ends = (types[i] == RILL_DATA || types[i] == RILL_HEADERS) && trial_random(t, 8) == 0;
  to->in[to->count++] = (message){types[i], ends};
  if (from->state == RILL__IDLE) from->state = rill__stream_next(from->state, RILL__OPENS);
  bool at_once = ends && trial_random(t, 2) == 0;
  if (types[i] == RILL_HEADERS && !at_once) from->state = rill__stream_next(from->state, RILL__TX_RESPONSE);
  if (types[i] == RILL_RST_STREAM) from->state = rill__stream_next(from->state, RILL__TX_RESET);
  if (ends) from->state = rill__stream_next(from->state, RILL__TX_END);
}

static void receive_one(endpoint *at, counts *seen) {
  if (at->count == 0) return;
  message m = at->in[0];
  at->count--;
  memmove(at->in, at->in + 1, at->count * sizeof m);
  size_t i = 0;
  while (types[i] != m.type)
    i++;
  if (at->state == RILL__IDLE) { /* the connection opens it then, or notes that it was promised */
    assert_true(m.type == RILL_HEADERS || m.type == RILL_PUSH_PROMISE);
    at->state = rill__stream_next(at->state, m.type == RILL_HEADERS ? RILL__OPENS : RILL__RX_RESERVES);
  } else {
    rill_why why;
    rill__sense sense = rill__stream_sense(at->state, (rill__subject)i, &why);
    seen->of[at->state][i][sense]++;
    if (sense != RILL__TAKE) return;
  }
  if (m.type == RILL_HEADERS) at->state = rill__stream_next(at->state, RILL__RX_RESPONSE);
  if (m.type == RILL_RST_STREAM) at->state = rill__stream_next(at->state, RILL__RX_RESET);
  if (m.end_stream) at->state = rill__stream_next(at->state, RILL__RX_END);
}

static bool is_closed(const endpoint *e) { return e->state >= RILL__ENDED; }

static void live(trial *t, counts *seen) {
  endpoint ends[2] = {{.state = RILL__IDLE}, {.state = RILL__IDLE}};
  bool promised = trial_random(t, 3) == 0;
  if (promised) {
    ends[SERVER].state = rill__stream_next(RILL__IDLE, RILL__TX_RESERVES);
    ends[CLIENT].in[ends[CLIENT].count++] = (message){RILL_PUSH_PROMISE, false};
  }
  for (int step = 0; step < STEPS; step++) {
    uint32_t who = trial_random(t, 2);
    if (trial_random(t, 2) == 0) {
      send_one(t, &ends[who], &ends[1 - who], who == CLIENT, promised);
    } else {
      receive_one(&ends[who], seen);
    }
  }
  for (int who = 0; who < 2; who++) {
    while (ends[who].count != 0)
      receive_one(&ends[who], seen);
  }
  assert_int_equal(is_closed(&ends[0]), is_closed(&ends[1])); /* both have heard all there is to hear */
}

static void what_a_correct_peer_sends_is_never_refused(void **state) {
  (void)state;
  trial t;
  counts seen = {{{{0}}}};
  trial_begin(&t, 0);
  for (int i = 0; i < LIVES; i++)
    live(&t, &seen);
  for (int from = 0; from < RILL__STATES; from++) {
    for (size_t i = 0; i < FRAMES; i++) {
      const unsigned *of = seen.of[from][i];
      assert_int_equal(of[RILL__REFUSE], 0);
      /* Every cell that does not refuse has been met, but for those behind the peer's RST_STREAM: it sends nothing more. */
      rill__sense sense = vocabulary[word_number(t_state[from][i])].sense;
      bool met = of[RILL__TAKE] + of[RILL__DROP] != 0;
      assert_int_equal(met, sense != RILL__REFUSE && from != RILL__RESET_REMOTE);
    }
  }
}

int main(void) {
  const struct CMUnitTest tests[] = {
      cmocka_unit_test(transitions_are_the_edges_of_figure_2),
      cmocka_unit_test(frames_mean_what_t_state_says),
      cmocka_unit_test(what_must_be_refused_is),
      cmocka_unit_test(the_words_are_those_of_the_sequences),
      cmocka_unit_test(what_a_correct_peer_sends_is_never_refused),
  };
  return cmocka_run_group_tests(tests, NULL, NULL);
}
