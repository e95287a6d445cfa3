/* SPDX-License-Identifier: MIT */
/*
 * context: what connections share and never change: the configuration, the callbacks, and what is made of them once.
 */
#ifndef RILL__CONTEXT_H
#define RILL__CONTEXT_H

#include "rules/budget.h"
#include "rules/field.h"
#include <rill/rill.h>

enum { RILL__INITIAL_WINDOW = 65535, RILL__INITIAL_TABLE = 4096, RILL__OWN_SETTINGS_MAX = 32, RILL__GOAWAY_DEBUG_MAX = 256 };

/* Of time: config.stall_*, in octets' worth; see stall.c. */
typedef struct rill__stall_terms {
  uint32_t least, most;
  rill_time every; /* the longest time between two looks */
} rill__stall_terms;
rill__stall_terms rill__stall_terms_of(const rill_config *config);

struct rill_context {
  rill_config config;
  rill_callbacks callbacks;
  rill__field_rules recv_rules, submit_rules;
  uint32_t small_list;        /* sections up to this size are within all limits but cookies' and max_header_list_size */
  uint32_t max_continuations; /* config's, or what its zero stands for */
  uint32_t max_streams;       /* config's, or as many as there are ids */
  rill__stall_terms stall;
  rill__budget_terms budgets[RILL_BUDGETS];
  bool client_only;                                 /* config.settings say ENABLE_PUSH=1 */
  bool server_only;                                 /* they do not say ENABLE_PUSH=0, and promises cannot be refused one by one */
  rill_setting settings[2][RILL__OWN_SETTINGS_MAX]; /* that we announce: [0] as client, [1] as server */
  uint32_t settings_count[2];
};

#endif /* RILL__CONTEXT_H */
