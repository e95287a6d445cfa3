/* SPDX-License-Identifier: MIT */
/*
 * What a user of the public headers writes, in the words that C99, C11, C++98 and C++11 share. Only compiled.
 */
#include <rill/frame.h>
#include <rill/hpack.h>
#include <rill/http1.h>
#include <rill/rill.h>
#include <rill/types.h>

static rill_field fields[] = {RILL_FIELD(":method", "GET"), RILL_FIELD("accept", "")};

int main(void) {
  rill_config config;
  rill_callbacks callbacks;
  rill_time now = RILL_NO_CLOCK;
  rill_why why = RILL_WHY_NONE;
  rill_config_init(&config);
  callbacks.size = sizeof callbacks;
  return now == RILL_NEVER || why == RILL_WHY_COUNT || callbacks.size == 0 || fields[0].name.n != 7 ? RILL_DEFERRED : RILL_OK;
}
