/* SPDX-License-Identifier: MIT */
/*
 * SETTINGS of both sides: what the peer asks for binds us as it comes; what we ask for binds the peer when rules/settings.c says.
 *
 * Of ours, one frame at a time is under way (9113 6.5.3 counts acknowledgements, it does not name what they acknowledge). Its
 * entries are kept until then, in their order, since a table that was to shrink and grow again has shrunk.
 *
 * Invariants: nothing is owed or kept unless something is pending; with nothing pending the peer is held to what it acknowledged,
 * and to limits that were never said.
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/frame_tab.h"

/* ---- the peer's --------------------------------------------------------------------------------------------------------- */

/* How far the shares of streams are beyond the initial window, at most. What is over and held has no window any more. */
static int32_t most_beyond(const rill_conn *c) {
  int32_t most = 0;
  uint32_t at = 0;
  for (const rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    if ((s->flags & RILL__OVER) == 0 && s->share.beyond > most) most = s->share.beyond;
  }
  return most;
}

/*
 * 9113 6.9.2. Streams may be many, and such SETTINGS, too: so no stream is looked at here, but for one that may have more than
 * its window bears. Who is in turn by the new window is seen when somebody's turn comes.
 */
static rill_why shift_windows(rill_conn *c, uint32_t from, uint32_t to) {
  if (from == to || c->streams.map.count == 0) return RILL_WHY_NONE;
  c->remote.shifted = true;
  if (rill__share_bears(c->streams.most_beyond, to)) return RILL_WHY_NONE;
  c->streams.most_beyond = most_beyond(c);
  return rill__share_bears(c->streams.most_beyond, to) ? RILL_WHY_NONE : RILL_WHY_WINDOW_SHIFT_OVERFLOW;
}

static rill_why apply_setting(rill_conn *c, rill_setting setting) {
  rill__settings *theirs = &c->remote.settings;
  rill_why why = rill__settings_check(theirs, setting.id, setting.value, !c->server);
  if (why != RILL_WHY_NONE) return why;
  rill__settings_apply(theirs, setting.id, setting.value);
  if (setting.id == RILL_SETTING_HEADER_TABLE_SIZE) rill__enc_resize(&c->tx.enc, setting.value);
  return RILL_WHY_NONE;
}

rill_why rill__settings_take(rill_conn *c, const rill_frame *frame) {
  uint32_t window = c->remote.settings.initial_window_size;
  rill_setting setting;
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    rill_why why = apply_setting(c, setting);
    if (why != RILL_WHY_NONE) return why;
  }
  return shift_windows(c, window, c->remote.settings.initial_window_size);
}

static void report_settings(rill_conn *c, const rill_frame *frame) {
  rill_setting settings[32];
  size_t count = 0;
  if (c->on->on_settings == NULL) return;
  for (size_t i = 0; rill_frame_setting(frame, i, &settings[count]); i++) {
    if (++count < sizeof settings / sizeof *settings) continue;
    if (!rill__answer(c, 0, c->on->on_settings(c, settings, count, c->user))) return;
    count = 0;
  }
  if (count != 0 || frame->data.n == 0) rill__answer(c, 0, c->on->on_settings(c, settings, count, c->user));
}

/* ---- ours --------------------------------------------------------------------------------------------------------------- */

/* What is enforced has changed: what was made of it follows. */
static void enforce(rill_conn *c, uint32_t window_before) {
  uint32_t window = c->local.enforced.initial_window_size;
  if (window == window_before) return;
  if (window < window_before) c->measure.stream_size = 0; /* what was measured before does not undo it */
  uint32_t at = 0;
  for (rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    (void)rill__inflow_shift(&s->inflow, window_before, window);
    rill__owe(c, s); /* what was too little to tell may be half of a lower window */
  }
}

/* These entries, which were checked, are on their way. */
static void announce(rill_conn *c, const rill_setting *settings, size_t count) {
  uint32_t window = c->local.enforced.initial_window_size;
  c->local.announced = settings;
  c->local.announced_count = (uint8_t)count;
  c->local.settings_pending = true;
  for (size_t i = 0; i < count; i++) {
    rill__settings_announce(&c->local.enforced, &c->local.settings, settings[i].id, settings[i].value);
    if (settings[i].id == RILL_SETTING_ENABLE_PUSH) c->local.push = settings[i].value != 0;
  }
  enforce(c, window);
}

/* Before all: the defaults of the protocol, limits that need not be said, and what the first frame will say. */
void rill__settings_begin(rill_conn *c) {
  const rill_context *context = c->context;
  rill__settings_default(&c->local.settings);
  c->local.enforced = c->local.settings;
  c->local.enforced.max_concurrent_streams = context->config.max_concurrent_streams;
  c->local.enforced.max_header_list_size = context->config.max_header_list_size;
  c->local.settings_sent_at = RILL_NO_CLOCK;
  c->local.push = context->config.enable_push && !c->server;
  announce(c, context->settings[c->server], context->settings_count[c->server]);
}

/* Those of the first frame are the context's. */
void rill__settings_free(rill_conn *c) {
  rill_setting *owned = (rill_setting *)(uintptr_t)c->local.announced;
  bool is_owned = c->local.announced != c->context->settings[c->server];
  if (is_owned) rill__mem_free(&c->mem, owned, c->local.announced_count * sizeof *owned);
  c->local.announced = NULL;
  c->local.announced_count = 0;
}

/* A transport that says late what it took may bring the acknowledgement first. */
void rill__settings_sent(rill_conn *c) {
  if (c->local.settings_pending && !c->tx.settings_owed) c->local.settings_sent_at = c->time.now;
}

/* Now all of it binds. One that answers nothing that has left is ignored: 9113 6.5.3 says nothing of it. */
static void settings_acknowledged(rill_conn *c) {
  if (!c->local.settings_pending || c->tx.preface_owed || c->tx.settings_owed) {
    (void)rill__pay(c, RILL__CHARGE_CHEAP, 1);
    return;
  }
  c->rx.excused = 0;
  uint32_t window = c->local.enforced.initial_window_size;
  for (uint32_t i = 0; i < c->local.announced_count; i++) {
    rill_setting setting = c->local.announced[i];
    rill__settings_apply(&c->local.settings, setting.id, setting.value);
    rill__settings_apply(&c->local.enforced, setting.id, setting.value);
    if (setting.id == RILL_SETTING_HEADER_TABLE_SIZE) rill__dec_resize(&c->rx.dec, setting.value);
  }
  rill__settings_opened(&c->local.settings);
  rill__settings_free(c);
  c->local.settings_pending = false;
  c->local.settings_sent_at = RILL_NO_CLOCK;
  enforce(c, window);
  if (c->on->on_settings_ack != NULL) rill__answer(c, 0, c->on->on_settings_ack(c, c->user));
}

/* 9113 6.9.2: windows that were made larger meanwhile may not bear a larger initial size. */
static rill_why judge_shift(const rill_conn *c, uint32_t to) {
  uint32_t at = 0;
  for (const rill__stream *s; (s = rill__stream_walk(c, &at)) != NULL;) {
    rill__inflow shifted = s->inflow;
    rill_why why = rill__inflow_shift(&shifted, c->local.enforced.initial_window_size, to);
    if (why != RILL_WHY_NONE) return why;
  }
  return RILL_WHY_NONE;
}

static rill_why judge(const rill_conn *c, const rill_setting *settings, size_t count, size_t *index) {
  rill__settings next = c->local.settings;
  for (*index = 0; *index < count; ++*index) {
    rill_setting setting = settings[*index];
    bool fixed = c->server || (!RILL__PUSH && setting.id == RILL_SETTING_ENABLE_PUSH); /* to 0 */
    rill_why why = rill__settings_check(&next, setting.id, setting.value, fixed);
    bool shifts = why == RILL_WHY_NONE && setting.id == RILL_SETTING_INITIAL_WINDOW_SIZE;
    if (shifts) why = judge_shift(c, setting.value);
    if (why != RILL_WHY_NONE) return why;
    rill__settings_apply(&next, setting.id, setting.value);
  }
  return RILL_WHY_NONE;
}

static int submit(rill_conn *c, const rill_setting *settings, size_t count) {
  size_t index;
  if (c->failure.err != 0) return c->failure.err;
  if (c->local.settings_pending) return RILL_ERR_BLOCKED;
  if (count > RILL__OWN_SETTINGS_MAX) return RILL_ERR_LIMIT;
  rill_why why = judge(c, settings, count, &index);
  if (why != RILL_WHY_NONE) return rill__fault(c, why, index);
  rill_setting *copy = NULL;
  if (count != 0) {
    copy = rill__mem_alloc(&c->mem, count * sizeof *copy);
    if (copy == NULL) return RILL_ERR_NOMEM;
    memcpy(copy, settings, count * sizeof *copy);
  }
  announce(c, copy, count);
  c->tx.settings_owed = c->tx.owes = true;
  return 0;
}

int rill_submit_settings(rill_conn *c, const rill_setting *settings, size_t count) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, submit(c, settings, count));
}

/* ---- frames ------------------------------------------------------------------------------------------------------------- */

static bool pay_for_settings(rill_conn *c, const rill_frame *frame, bool lowered) {
  uint32_t entries = (uint32_t)(frame->data.n / RILL__SETTING_SIZE);
  bool paid = rill__pay(c, RILL__CHARGE_SETTINGS, 1) && rill__pay(c, RILL__CHARGE_SETTING, entries);
  return paid && (!lowered || rill__pay(c, RILL__CHARGE_WINDOWS_LOWERED, 1));
}

void rill__rx_settings(rill_conn *c, const rill_frame *frame) {
  if ((frame->head.flags & RILL_FLAG_ACK) != 0) {
    settings_acknowledged(c);
    return;
  }
  uint32_t window = c->remote.settings.initial_window_size;
  rill__settle(c, 0, rill__settings_take(c, frame));
  if (c->failure.err != 0) return;
  rill__settings_opened(&c->remote.settings);
  c->rx.first_settings = true;
  /* Blocks encoded by the old settings go before the acknowledgement of the new; others do not: so it is owed before anything
   * calls back. */
  bool owed = rill__owe_in_ring(c, RILL__OWED_SETTINGS_ACKS, c->context->config.max_settings_acks, &c->out->lane_in,
                                RILL_WHY_SETTINGS_ACKS);
  bool lowered = c->remote.settings.initial_window_size < window;
  if (owed && pay_for_settings(c, frame, lowered)) report_settings(c, frame);
}
