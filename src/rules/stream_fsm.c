/* SPDX-License-Identifier: MIT */
#include "rules/stream_fsm.h"

#include <rill/frame.h>

/* Short names, so that a table fits the page. */
enum {
  IDLE = RILL__IDLE,
  RESV_L = RILL__RESERVED_LOCAL,
  RESV_R = RILL__RESERVED_REMOTE,
  OPEN = RILL__OPEN,
  HALF_L = RILL__HALF_LOCAL,
  HALF_R = RILL__HALF_REMOTE,
  ENDED = RILL__ENDED,
  RST_L = RILL__RESET_LOCAL,
  RST_R = RILL__RESET_REMOTE
};

/* clang-format off */
const uint8_t rill__stream_nexts[RILL__STATES][RILL__EVENTS] = {
  /*                          OPENS    RX_END  TX_END  RX_RESET  TX_RESET  RX_RESERVES  TX_RESERVES  RX_RESPONSE  TX_RESPONSE */
  [RILL__IDLE]             = { OPEN,    IDLE,   IDLE,   IDLE,     IDLE,     RESV_R,      RESV_L,      IDLE,        IDLE },
  [RILL__RESERVED_LOCAL]   = { RESV_L,  RESV_L, ENDED,  RST_R,    RST_L,    RESV_L,      RESV_L,      RESV_L,      HALF_R },
  [RILL__RESERVED_REMOTE]  = { RESV_R,  ENDED,  RESV_R, RST_R,    RST_L,    RESV_R,      RESV_R,      HALF_L,      RESV_R },
  [RILL__OPEN]             = { OPEN,    HALF_R, HALF_L, RST_R,    RST_L,    OPEN,        OPEN,        OPEN,        OPEN },
  [RILL__HALF_LOCAL]       = { HALF_L,  ENDED,  HALF_L, RST_R,    RST_L,    HALF_L,      HALF_L,      HALF_L,      HALF_L },
  [RILL__HALF_REMOTE]      = { HALF_R,  HALF_R, ENDED,  RST_R,    RST_L,    HALF_R,      HALF_R,      HALF_R,      HALF_R },
  [RILL__ENDED]            = { ENDED,   ENDED,  ENDED,  ENDED,    ENDED,    ENDED,       ENDED,       ENDED,       ENDED },
  [RILL__RESET_LOCAL]      = { RST_L,   RST_L,  RST_L,  RST_L,    RST_L,    RST_L,       RST_L,       RST_L,       RST_L },
  [RILL__RESET_REMOTE]     = { RST_R,   RST_R,  RST_R,  RST_R,    RST_R,    RST_R,       RST_R,       RST_R,       RST_R },
};

enum { TAKE = RILL__TAKE, DROP = RILL__DROP, UNOPENED = RILL__REFUSE, LATE, NO_PUSH }; /* the last three are refusals */

const uint8_t rill__sense_whys[] = {
  [UNOPENED] = RILL_WHY_FRAME_ON_IDLE, [LATE] = RILL_WHY_STREAM_CLOSED, [NO_PUSH] = RILL_WHY_PUSH_STREAM
};

/* HEADERS on an idle stream of the peer's opens it; the connection knows whose it is and asks here only for the others. */
const uint8_t rill__stream_senses[RILL__STATES][RILL__SUBJECTS] = {
  /*                          DATA      HEADERS   RST_STREAM  WINDOW_UPDATE  PUSH_PROMISE   9113 5.1, 6.1, 6.4, 6.6, 6.9 */
  [RILL__IDLE]             = { UNOPENED, UNOPENED, UNOPENED,   UNOPENED,      UNOPENED },
  [RILL__RESERVED_LOCAL]   = { UNOPENED, UNOPENED, TAKE,       TAKE,          NO_PUSH },
  [RILL__RESERVED_REMOTE]  = { UNOPENED, TAKE,     TAKE,       UNOPENED,      NO_PUSH },
  [RILL__OPEN]             = { TAKE,     TAKE,     TAKE,       TAKE,          TAKE },
  [RILL__HALF_LOCAL]       = { TAKE,     TAKE,     TAKE,       DROP,          TAKE },
  [RILL__HALF_REMOTE]      = { LATE,     LATE,     TAKE,       TAKE,          NO_PUSH },
  [RILL__ENDED]            = { LATE,     LATE,     DROP,       DROP,          NO_PUSH },
  [RILL__RESET_LOCAL]      = { DROP,     DROP,     DROP,       DROP,          DROP },
  [RILL__RESET_REMOTE]     = { DROP,     DROP,     DROP,       DROP,          NO_PUSH },
};
/* clang-format on */
