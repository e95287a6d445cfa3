/* SPDX-License-Identifier: MIT */
/*
 * h2c by Upgrade from HTTP/1.1 (RFC 7540 3.2), for those who still need it: stream 1 begins half-closed by the client, whose
 * SETTINGS came with the request and need no acknowledgement. Nothing here runs unless it is called.
 */
#include "conn/conn.h"

#include "frame/put.h"

rill_ssize rill_upgrade_settings(const rill_context *context, uint8_t *dst, size_t cap) {
  size_t size = (size_t)context->settings_count[0] * RILL__SETTING_SIZE;
  if (size > cap) return RILL_ERR_LIMIT;
  for (uint32_t i = 0; i < context->settings_count[0]; i++)
    dst = rill__put_setting(dst, context->settings[0][i]);
  return (rill_ssize)size;
}

/* Nothing has come or gone. */
static bool is_fresh(const rill_conn *c) {
  return c->tx.preface_owed && c->rx.octets == 0 && c->streams.last_peer == 0 && c->streams.next_own == (c->server ? 2 : 1) &&
         c->tx.goaway_owed == RILL__GOAWAY_NONE;
}

static rill_why check_settings(const rill_conn *c, const rill_frame *frame) {
  rill_setting setting;
  rill__settings next = c->remote.settings;
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    rill_why why = rill__settings_check(&next, setting.id, setting.value, false);
    if (why != RILL_WHY_NONE) return why;
    rill__settings_apply(&next, setting.id, setting.value);
  }
  return RILL_WHY_NONE;
}

/* The client's own, which bind like any that are acknowledged (7540 3.2.1); what differs was not sent by this client. */
static bool are_own(const rill_conn *c, const rill_frame *frame) {
  rill_setting setting;
  uint32_t count = c->context->settings_count[0];
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    const rill_setting *own = c->context->settings[0];
    if (i >= count || own[i].id != setting.id || own[i].value != setting.value) return false;
  }
  return frame->data.n == (size_t)count * RILL__SETTING_SIZE;
}

static int upgrade(rill_conn *c, rill_view settings, bool to_head, void *user) {
  rill_frame frame = {.head = {.type = RILL_SETTINGS}, .data = settings};
  if (c->failure.err != 0) return c->failure.err;
  if (!is_fresh(c)) return RILL_ERR_STATE;
  if (settings.n % RILL__SETTING_SIZE != 0 || settings.n > RILL_FRAME_SIZE_MIN) return RILL_ERR_INVALID;
  (void)rill__fault(c, c->server ? check_settings(c, &frame) : RILL_WHY_NONE, 0);
  if (c->fault.why != RILL_WHY_NONE || (!c->server && !are_own(c, &frame))) return RILL_ERR_INVALID;
  rill__stream *s = rill__stream_open(c, 1);
  if (s == NULL) return RILL_ERR_NOMEM;
  s->user = user;
  s->state = (uint8_t)rill__stream_next((rill__state)s->state, c->server ? RILL__RX_END : RILL__TX_END);
  s->flags = RILL__HEARD | (to_head ? RILL__TO_HEAD : 0);
  if (c->server) {
    rill__stream_note_peer(c, 1);
    c->streams.last_heard = 1;
    (void)rill__settings_take(c, &frame); /* nothing is wrong with them, and the one window is as it began */
    return 0;
  }
  s->flags |= RILL__TX_HEAD;
  c->streams.next_own = 3;
  return 0;
}

int rill_upgrade(rill_conn *c, rill_view settings, bool to_head, void *stream_user) {
  if (!rill__enter(c)) return RILL_ERR_CLOSED;
  return rill__done(c, upgrade(c, settings, to_head, stream_user));
}
