/* SPDX-License-Identifier: MIT */
#include "conn/known.h"

enum { MEANS = RILL__KNOWN_MEANS };

const uint8_t rill__static_known[RILL__STATIC_COUNT + 1] = {
    [2] = MEANS + RILL__METHOD_GET,   /* GET */
    [3] = MEANS + RILL__METHOD_OTHER, /* POST */
    [4] = MEANS + RILL__PATH_SLASH,   /* / */
    [5] = MEANS + RILL__PATH_SLASH,   /* /index.html */
    [6] = MEANS + RILL__SCHEME_HTTP,  /* http */
    [7] = MEANS + RILL__SCHEME_HTTPS, /* https */
    [8] = MEANS + 1,                  /* 200, and the others as rill__statuses has them */
    [9] = MEANS + 2,
    [10] = MEANS + 3,
    [11] = MEANS + 4,
    [12] = MEANS + 5,
    [13] = MEANS + 6,
    [14] = MEANS + 7,
    [16] = RILL__KNOWN_FINE, /* accept-encoding: gzip, deflate */
};
