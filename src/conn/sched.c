/* SPDX-License-Identifier: MIT */
/*
 * sched: which stream's content goes next (RFC 9218 10). Knows streams that have something to send and room in their own window;
 * the connection's window is looked at here, sources are asked in send.c.
 *
 * Who has something to say though a window is closed (its end, a first or resumed pull) stands in front of out->ready. All others
 * take turns there, too, until the first signal of a priority; then they stand in queues by urgency:
 *
 *   turn    those without a signal, and incremental ones, frame by frame in turn
 *   order   those that want to be whole, the lowest id first; one frame in 16 goes to its equals, in turn
 *
 * Where an urgency has both, turn and order alternate. One frame in 32 goes to less urgent ones, to each such urgency in turn, so
 * that each gets at least one frame in 32 x 7. What was put off in a round (one call of _send or _sendv) waits for the next one.
 *
 * SETTINGS may shift all windows at once, and often (9113 6.9.2). Then the lists are as they were until the next turn is given,
 * and whoever asks before that is answered by a look at the streams (remote.shifted).
 */
#include "conn/conn.h"

enum { EQUALS_EACH = 16, BELOW_EACH = 32 };

struct rill__queues {
  rill__node turn[RILL__URGENCIES], order[RILL__URGENCIES];
  uint32_t after[RILL__URGENCIES];    /* the last id that was served out of order */
  uint8_t in_order[RILL__URGENCIES];  /* frames since then */
  uint8_t alternate[RILL__URGENCIES]; /* 1: it is the turn of `turn` */
  uint8_t below;                      /* the urgency that was last served beside a greater one */
  uint8_t above;                      /* frames since then */
};

static rill__stream *stream_of(rill__node *ready) {
  return ((rill__source *)(void *)((char *)ready - offsetof(rill__source, ready)))->stream;
}

/* ---- coming and going --------------------------------------------------------------------------------------------------- */

/* By id. Who comes has most often the highest, as a new one, or the lowest, as the one whose frame was just sent. */
static void insert_in_order(rill__node *order, rill__stream *s) {
  rill__node *at = order->prev;
  if (!rill__list_empty(order) && stream_of(order->next)->id > s->id) at = order;
  while (at != order && stream_of(at)->id > s->id)
    at = at->prev;
  rill__list_insert_after(at, &s->source->ready);
}

static void enqueue(rill__queues *queues, rill__stream *s) {
  rill_priority priority = rill__priority_unpack(s->priority);
  if (priority.signalled && !priority.incremental) {
    insert_in_order(&queues->order[priority.urgency], s);
  } else {
    rill__list_push_back(&queues->turn[priority.urgency], &s->source->ready);
  }
}

static bool is_put_off(const rill_conn *c, const rill__stream *s) {
  return c->tx.put_off != NULL && s->source->put_off == c->tx.round;
}

static bool is_closed(const rill_conn *c, const rill__stream *s) {
  return rill__stream_window(c, s) <= 0 || c->remote.window.left <= 0;
}

void rill__ready_add(rill_conn *c, rill__stream *s) {
  bool again = rill__is_ready(s);
  if (is_put_off(c, s)) {
    if (!again) rill__list_push_back(c->tx.put_off, &s->source->ready);
  } else if (s->source->ask && is_closed(c, s)) {
    rill__unlink(&s->source->ready);
    rill__list_push_front(&c->out->ready, &s->source->ready);
  } else if (again) {
    return;
  } else if (c->out->queues == NULL) {
    rill__list_push_back(&c->out->ready, &s->source->ready);
  } else {
    enqueue(c->out->queues, s);
  }
}

void rill__ready_put_off(rill_conn *c, rill__stream *s) {
  rill__unlink(&s->source->ready);
  s->source->put_off = c->tx.round;
  rill__source_turn(c, s);
}

void rill__round_again(rill_conn *c, rill__node *waiting) {
  while (!rill__list_empty(waiting)) {
    rill__stream *s = stream_of(waiting->next);
    rill__unlink(&s->source->ready);
    rill__source_turn(c, s);
  }
}

void rill__ready_shift(rill_conn *c) {
  if (!c->remote.shifted) return;
  c->remote.shifted = false;
  uint32_t at = 0;
  for (rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;)
    rill__source_turn(c, s);
}

/* ---- priorities --------------------------------------------------------------------------------------------------------- */

/* Everybody who takes turns moves over. Without memory all go on in turn, since priorities are hints. */
static void make_queues(rill_conn *c) {
  if (c->out->queues != NULL || !rill__out_begin(c)) return;
  rill__queues *queues = rill__mem_alloc(&c->mem, sizeof *queues);
  if (queues == NULL) return;
  *queues = (rill__queues){.below = 0};
  for (size_t i = 0; i < RILL__URGENCIES; i++) {
    rill__list_init(&queues->turn[i]);
    rill__list_init(&queues->order[i]);
  }
  c->out->queues = queues;
  for (rill__node *node = c->out->ready.next, *next; node != &c->out->ready; node = next) {
    next = node->next;
    if (stream_of(node)->source->ask && is_closed(c, stream_of(node))) continue;
    rill__unlink(node);
    enqueue(queues, stream_of(node));
  }
}

void rill__prioritize(rill_conn *c, rill__stream *s, rill_priority priority) {
  s->priority = rill__priority_pack(priority);
  make_queues(c);
  if (c->out->queues == NULL || !rill__is_ready(s)) return;
  rill__unlink(&s->source->ready);
  rill__source_turn(c, s);
}

void rill__queues_free(rill_conn *c) {
  if (c->out->queues == NULL) return;
  rill__mem_free(&c->mem, c->out->queues, sizeof *c->out->queues);
  c->out->queues = NULL;
}

/* ---- whose turn it is --------------------------------------------------------------------------------------------------- */

static bool has_any(const rill__queues *queues, unsigned urgency) {
  return !rill__list_empty(&queues->turn[urgency]) || !rill__list_empty(&queues->order[urgency]);
}

/* The least number there is; RILL__URGENCIES: none. */
static unsigned most_urgent(const rill__queues *queues, unsigned from) {
  while (from < RILL__URGENCIES && !has_any(queues, from))
    from++;
  return from;
}

/* The most urgent, unless it is time for another: then the next one below that was not served last. */
static unsigned pick_urgency(const rill__queues *queues) {
  unsigned top = most_urgent(queues, 0);
  if (top == RILL__URGENCIES || queues->above < BELOW_EACH - 1) return top;
  unsigned from = queues->below > top ? queues->below : top;
  unsigned next = most_urgent(queues, from + 1);
  if (next == RILL__URGENCIES) next = most_urgent(queues, top + 1);
  return next == RILL__URGENCIES ? top : next;
}

/* The first in order, or when it is time one of the others: the next id behind the last one that had this luck. */
static rill__stream *pick_in_order(const rill__queues *queues, unsigned urgency) {
  const rill__node *order = &queues->order[urgency];
  rill__stream *first = stream_of(order->next);
  rill__node *second = order->next->next;
  if (queues->in_order[urgency] < EQUALS_EACH - 1 || second == order) return first;
  for (rill__node *node = second; node != order; node = node->next) {
    if (stream_of(node)->id > queues->after[urgency]) return stream_of(node);
  }
  return stream_of(second);
}

static rill__stream *pick(const rill__queues *queues) {
  unsigned urgency = pick_urgency(queues);
  if (urgency == RILL__URGENCIES) return NULL;
  const rill__node *turn = &queues->turn[urgency], *order = &queues->order[urgency];
  if (rill__list_empty(order)) return stream_of(turn->next);
  if (!rill__list_empty(turn) && queues->alternate[urgency] != 0) return stream_of(turn->next);
  return pick_in_order(queues, urgency);
}

/* Nothing changes, so that it can be asked as often as one likes. NULL: nobody's. */
rill__stream *rill__ready_next(const rill_conn *c) {
  rill__stream *first = rill__list_empty(&c->out->ready) ? NULL : stream_of(c->out->ready.next);
  if (first != NULL && (c->out->queues != NULL || (first->source->ask && is_closed(c, first)))) return first;
  if (c->remote.window.left <= 0) return NULL;
  return c->out->queues == NULL ? first : pick(c->out->queues);
}

/* As the lists will say when they were looked at: whether anybody would be in turn, and could go. */
static bool will_wait(const rill_conn *c, bool connection_open) {
  uint32_t at = 0;
  for (const rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    if (s->source == NULL || !rill__source_has_something(s->source)) continue;
    if (s->source->ask || (connection_open && rill__stream_window(c, s) > 0)) return true;
  }
  return false;
}

bool rill__ready_waits(const rill_conn *c) {
  return c->remote.shifted ? will_wait(c, c->remote.window.left > 0) : rill__ready_next(c) != NULL;
}

bool rill__ready_any(const rill_conn *c) {
  if (c->remote.shifted) return will_wait(c, true);
  return !rill__list_empty(&c->out->ready) || (c->out->queues != NULL && most_urgent(c->out->queues, 0) < RILL__URGENCIES);
}

static void note_urgency(rill__queues *queues, unsigned urgency) {
  unsigned top = most_urgent(queues, 0);
  if (top < urgency) {
    queues->above = 0;
    queues->below = (uint8_t)urgency;
  } else if (queues->above < BELOW_EACH) {
    queues->above++;
  }
}

/* The connection's window has just closed: those who can do without it come to the front. */
static void window_closed(rill_conn *c, rill__node *list) {
  for (rill__node *node = list->next, *next; node != list; node = next) {
    next = node->next;
    if (!stream_of(node)->source->ask) continue;
    rill__unlink(node);
    rill__list_push_front(&c->out->ready, node);
  }
}

static void windows_closed(rill_conn *c) {
  window_closed(c, &c->out->ready);
  for (size_t i = 0; c->out->queues != NULL && i < RILL__URGENCIES; i++) {
    window_closed(c, &c->out->queues->turn[i]);
    window_closed(c, &c->out->queues->order[i]);
  }
}

void rill__ready_served(rill_conn *c, rill__stream *s) {
  rill__queues *queues = c->out->queues;
  rill_priority priority = rill__priority_unpack(s->priority);
  unsigned urgency = priority.urgency;
  if (c->remote.window.left <= 0) windows_closed(c);
  if (queues == NULL) return;
  note_urgency(queues, urgency);
  queues->alternate[urgency] = 0;
  if (!priority.signalled || priority.incremental) return;
  queues->alternate[urgency] = 1;
  bool in_order = rill__list_empty(&queues->order[urgency]) || stream_of(queues->order[urgency].next)->id >= s->id;
  if (in_order) {
    if (queues->in_order[urgency] < EQUALS_EACH) queues->in_order[urgency]++;
  } else {
    queues->in_order[urgency] = 0;
    queues->after[urgency] = s->id;
  }
}

/* ---- an application's own choice ---------------------------------------------------------------------------------------- */

static bool can_go(const rill_conn *c, const rill__stream *s) {
  return rill__is_ready(s) && !is_put_off(c, s) && (s->source->ask || c->remote.window.left > 0);
}

rill__stream *rill__ready_choose(rill_conn *c) {
  if (c->remote.shifted) rill__ready_shift(c);
  rill__stream *s = rill__ready_next(c);
  if (s == NULL || c->on->on_choose == NULL) return s;
  uint32_t id = c->on->on_choose(c, s->id, c->user);
  rill__stream *chosen = c->failure.err == 0 ? rill__stream_live(c, id) : NULL;
  return chosen != NULL && can_go(c, chosen) ? chosen : c->failure.err == 0 ? rill__ready_next(c) : NULL;
}

/* ---- in check builds ---------------------------------------------------------------------------------------------------- */

#ifdef RILL_CHECK

static bool is_placed(const rill__node *list, const rill__node *node, unsigned urgency, bool in_order) {
  const rill__stream *s = stream_of((rill__node *)(uintptr_t)node);
  rill_priority priority = rill__priority_unpack(s->priority);
  bool orders = priority.signalled && !priority.incremental;
  bool behind = !in_order || node->prev == list || stream_of(node->prev)->id < s->id;
  return priority.urgency == urgency && orders == in_order && behind;
}

static uint32_t count_placed(const rill__node *list, unsigned urgency, bool in_order) {
  uint32_t count = 0;
  for (const rill__node *node = list->next; node != list; node = node->next) {
    if (!is_placed(list, node, urgency, in_order)) return UINT32_MAX;
    count++;
  }
  return count;
}

uint32_t rill__ready_count(const rill_conn *c) {
  uint32_t count = 0;
  for (const rill__node *node = c->out->ready.next; node != &c->out->ready; node = node->next)
    count++;
  for (unsigned i = 0; c->out->queues != NULL && i < RILL__URGENCIES; i++) {
    uint32_t turn = count_placed(&c->out->queues->turn[i], i, false), order = count_placed(&c->out->queues->order[i], i, true);
    if (turn == UINT32_MAX || order == UINT32_MAX) return UINT32_MAX;
    count += turn + order;
  }
  return count;
}

#endif
