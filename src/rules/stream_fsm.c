/* SPDX-License-Identifier: MIT */
#include "rules/stream_fsm.h"

#include <rill/frame.h>

/* clang-format off */
const uint8_t rill__stream_nexts[RILL__STATES][RILL__EVENTS] = {
  /*                        OPENS                RX_END               TX_END               RX_RESET             TX_RESET          */
  [RILL__IDLE]         = { RILL__OPEN,         RILL__IDLE,          RILL__IDLE,          RILL__IDLE,          RILL__IDLE        },
  [RILL__OPEN]         = { RILL__OPEN,         RILL__HALF_REMOTE,   RILL__HALF_LOCAL,    RILL__RESET_REMOTE,  RILL__RESET_LOCAL },
  [RILL__HALF_LOCAL]   = { RILL__HALF_LOCAL,   RILL__ENDED,         RILL__HALF_LOCAL,    RILL__RESET_REMOTE,  RILL__RESET_LOCAL },
  [RILL__HALF_REMOTE]  = { RILL__HALF_REMOTE,  RILL__HALF_REMOTE,   RILL__ENDED,         RILL__RESET_REMOTE,  RILL__RESET_LOCAL },
  [RILL__ENDED]        = { RILL__ENDED,        RILL__ENDED,         RILL__ENDED,         RILL__ENDED,         RILL__ENDED       },
  [RILL__RESET_LOCAL]  = { RILL__RESET_LOCAL,  RILL__RESET_LOCAL,   RILL__RESET_LOCAL,   RILL__RESET_LOCAL,   RILL__RESET_LOCAL },
  [RILL__RESET_REMOTE] = { RILL__RESET_REMOTE, RILL__RESET_REMOTE,  RILL__RESET_REMOTE,  RILL__RESET_REMOTE,  RILL__RESET_REMOTE },
};

enum { TAKE, DROP, IDLE, LATE }; /* IDLE and LATE are refusals */

/* HEADERS on an idle stream of the peer's opens it; the connection knows whose it is and asks here only for the others. */
static const uint8_t meaning[RILL__STATES][4] = {
  /*                         DATA  HEADERS  RST_STREAM  WINDOW_UPDATE   9113 5.1, 6.1, 6.4, 6.9 */
  [RILL__IDLE]         = { IDLE, IDLE,    IDLE,       IDLE },
  [RILL__OPEN]         = { TAKE, TAKE,    TAKE,       TAKE },
  [RILL__HALF_LOCAL]   = { TAKE, TAKE,    TAKE,       DROP },
  [RILL__HALF_REMOTE]  = { LATE, LATE,    TAKE,       TAKE },
  [RILL__ENDED]        = { LATE, LATE,    DROP,       DROP },
  [RILL__RESET_LOCAL]  = { DROP, DROP,    DROP,       DROP },
  [RILL__RESET_REMOTE] = { DROP, DROP,    DROP,       DROP },
};
/* clang-format on */

static unsigned column(uint8_t type) {
  switch (type) {
  case RILL_DATA:
    return 0;
  case RILL_HEADERS:
    return 1;
  case RILL_RST_STREAM:
    return 2;
  default:
    return 3;
  }
}

rill__sense rill__stream_sense(rill__state state, uint8_t type, rill_why *why) {
  unsigned sense = meaning[state][column(type)];
  *why = sense == IDLE ? RILL_WHY_FRAME_ON_IDLE : sense == LATE ? RILL_WHY_STREAM_CLOSED : RILL_WHY_NONE;
  return sense <= DROP ? (rill__sense)sense : RILL__REFUSE;
}
