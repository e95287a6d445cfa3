/* SPDX-License-Identifier: MIT */
/* What callgrind looks for: alone in this file, so that no compiler inlines it. Knows nothing of attacks. */
#include "attacks/attacks.h"

rill_ssize attacks_recv(rill_conn *conn, const uint8_t *p, size_t n) { return rill_conn_recv(conn, p, n, RILL_NO_CLOCK); }

rill_ssize attacks_send(rill_conn *conn, uint8_t *p, size_t cap) { return rill_conn_send(conn, p, cap, RILL_NO_CLOCK); }

void attacks_next(void) {
  static volatile int count;
  count++;
}
