/* SPDX-License-Identifier: MIT */
#include "conn/context.h"

#include "base/bytes.h"
#include "base/features.h"
#include "base/mem.h"
#include "hpack/enc.h"
#include "rules/settings.h"

#define SECOND ((rill_time)1000000000)

static const rill_config usual = {
    .size = sizeof(rill_config),
    .max_concurrent_streams = 100,
    .initial_window = RILL__INITIAL_WINDOW,
    .connection_window = 1 << 20,
    .window_max = 16 << 20,
    .max_frame_size = RILL_FRAME_SIZE_MIN,
    .decoder_table = 4096,
    .max_header_list_size = 65536,
    .max_header_list_hard = 262144,
    .max_header_block = 81920,
    .max_header_fields = 128,
    .max_header_fields_hard = 1000,
    .max_cookie_crumbs = 256,
    .max_field_name = 4096,
    .max_field_value = 32768,
    .max_interim_responses = 32,
    .max_pushed = 16,
    .max_priority_updates = 100,
    .max_origins = 64,
    .max_total_streams = UINT32_C(1) << 30,
    .max_settings_entries = 32,
    .max_ping_acks = 128,
    .max_settings_acks = 32,
    .max_resets_owed = 200,
    .glitch_burst = 10000,
    .glitch_refill = 330,
    .refusal_burst = 100,
    .refusal_refill = 10,
    .peer_reset_burst = 500,
    .peer_reset_refill = 33,
    .own_reset_burst = 200,
    .own_reset_refill = 10,
    .empty_data_burst = 100,
    .overhead_burst = 8 << 20,
    .overhead_refill = 65536,
    .overhead_ratio = 8,
    .window_updates = 100,
    .encoder_table = 4096,
    .max_header_queue = 65536,
    .max_write_buffer = 65536,
    .frames_per_recv = 1024,
    .memory_limit = (size_t)4 << 20,
    .preface_timeout = 10 * SECOND,
    .settings_timeout = 10 * SECOND,
    .header_timeout = 10 * SECOND,
    .idle_timeout = 60 * SECOND,
    .stall_timeout = 60 * SECOND,
    .stall_grace = 10 * SECOND,
    .stall_rate = 240,
    .goaway_linger = SECOND,
    .keepalive_timeout = 20 * SECOND,
    .ping_strikes = 2,
    .goaway_words = true,
    .allow_odd_path = true,
};

void rill_config_init(rill_config *config) { memcpy(config, &usual, sizeof usual); }

static bool in_range(uint32_t value, uint32_t low, uint32_t high) { return value >= low && value <= high; }

static bool is_valid(const rill_config *config) {
  return config->initial_window <= INT32_MAX && config->window_max <= INT32_MAX &&
         in_range(config->connection_window, RILL__INITIAL_WINDOW, INT32_MAX) && config->memory_limit >= RILL_MEMORY_LIMIT_MIN &&
         in_range(config->max_frame_size, RILL_FRAME_SIZE_MIN, RILL_FRAME_SIZE_MAX) && config->frames_per_recv != 0 &&
         config->max_interim_responses <= UINT16_MAX && config->max_write_buffer != 0;
}

/* Nothing of what was left out is asked for. */
static bool is_there(const rill_config *config, const rill_callbacks *callbacks) {
  bool traced = callbacks != NULL && (callbacks->on_frame_recv != NULL || callbacks->on_frame_sent != NULL);
  return (RILL__PUSH || !config->enable_push) && (RILL__ALTSVC || !config->accept_altsvc) &&
         (RILL__ORIGIN || !config->accept_origin) && (RILL__TRACE || !traced);
}

/* ---- our SETTINGS ------------------------------------------------------------------------------------------------------- */

static rill__settings members_of(const rill_config *config) {
  return (rill__settings){
      .header_table_size = config->decoder_table,
      .max_concurrent_streams = config->max_concurrent_streams,
      .initial_window_size = config->initial_window,
      .max_frame_size = config->max_frame_size,
      .max_header_list_size = config->max_header_list_size,
      .enable_push = config->enable_push,
      .enable_connect_protocol = config->enable_connect_protocol,
      .no_rfc7540_priorities = 1,
  };
}

static void set_members(rill_config *config, const rill__settings *from) {
  config->decoder_table = from->header_table_size;
  config->max_concurrent_streams = from->max_concurrent_streams;
  config->initial_window = from->initial_window_size;
  config->max_frame_size = from->max_frame_size;
  config->max_header_list_size = from->max_header_list_size;
  config->enable_push = from->enable_push != 0;
  config->enable_connect_protocol = from->enable_connect_protocol != 0;
}

/* What only SETTINGS can bring about: where they do not speak of it, it is as the protocol has it. */
static bool needs_saying(uint16_t id) {
  return id == RILL_SETTING_HEADER_TABLE_SIZE || id == RILL_SETTING_INITIAL_WINDOW_SIZE || id == RILL_SETTING_MAX_FRAME_SIZE ||
         id == RILL_SETTING_ENABLE_CONNECT_PROTOCOL;
}

static bool is_said(const rill_config *config, uint16_t id) {
  for (size_t i = 0; i < config->settings_count; i++) {
    if (config->settings[i].id == id) return true;
  }
  return false;
}

static uint32_t value_of(const rill__settings *settings, uint16_t id) {
  uint32_t value = 0;
  (void)rill__settings_get(settings, id, &value);
  return value;
}

/* The application's list: its entries become members, the last of several. False: it says what nobody may, or too little. */
static bool take_list(rill_config *config) {
  rill__settings defaults, said, members = members_of(config);
  rill__settings_default(&defaults);
  said = defaults;
  if (config->settings == NULL) return config->settings_count == 0;
  if (config->settings_count > RILL__OWN_SETTINGS_MAX) return false;
  for (size_t i = 0; i < config->settings_count; i++) {
    rill_setting setting = config->settings[i];
    if (rill__settings_check(&said, setting.id, setting.value, false) != RILL_WHY_NONE) return false;
    rill__settings_apply(&said, setting.id, setting.value);
    rill__settings_apply(&members, setting.id, setting.value);
  }
  set_members(config, &members);
  /* NOLINTNEXTLINE(bugprone-too-small-loop-variable): the bound is an identifier, so that it fits */
  for (uint16_t id = 0; id <= RILL_SETTING_NO_RFC7540_PRIORITIES; id++) {
    bool silent = needs_saying(id) && !is_said(config, id);
    if (silent && value_of(&members, id) != value_of(&defaults, id)) return false;
  }
  return true;
}

/* Is this for the side to say, of its own accord? */
static bool is_worth_saying(uint16_t id, const rill_config *config, bool server) {
  switch (id) {
  case RILL_SETTING_ENABLE_PUSH:
    return !server;
  case RILL_SETTING_MAX_CONCURRENT_STREAMS:
    return server || config->enable_push;
  case RILL_SETTING_ENABLE_CONNECT_PROTOCOL:
    return server;
  default:
    return true;
  }
}

/* Without a list: what differs from the protocol's defaults, in the order of the identifiers. */
static uint32_t choose(const rill_config *config, bool server, rill_setting *out) {
  rill__settings defaults, members = members_of(config);
  rill__settings_default(&defaults);
  uint32_t count = 0;
  /* NOLINTNEXTLINE(bugprone-too-small-loop-variable): the bound is an identifier, so that it fits */
  for (uint16_t id = 0; id <= RILL_SETTING_NO_RFC7540_PRIORITIES; id++) {
    rill_setting setting = {id, value_of(&members, id)};
    if (setting.value != value_of(&defaults, id) && is_worth_saying(id, config, server)) out[count++] = setting;
  }
  return count;
}

static void fill_settings(rill_context *context, const rill_config *config, bool server) {
  rill_setting *out = context->settings[server];
  context->settings_count[server] = (uint32_t)config->settings_count;
  if (config->settings == NULL) {
    context->settings_count[server] = choose(config, server, out);
  } else if (config->settings_count != 0) {
    memcpy(out, config->settings, config->settings_count * sizeof *out);
  }
}

/* ---- the context -------------------------------------------------------------------------------------------------------- */

static uint32_t continuations(const rill_config *config) {
  uint32_t frames = config->max_header_block / config->max_frame_size;
  if (config->max_continuations != 0) return config->max_continuations;
  return frames > 4 ? 2 * frames : 8;
}

static uint32_t least(uint32_t a, uint32_t b) { return a < b ? a : b; }

enum { FIELD_LIST_SIZE_MIN = 32 }; /* what an empty field counts for in the size of a list (9113 6.5.2) */

static void fill_budgets(rill_context *context, const rill_config *config) {
  rill__budget_terms *budgets = context->budgets;
  budgets[RILL_BUDGET_GLITCHES] = (rill__budget_terms){config->glitch_burst, config->glitch_refill};
  budgets[RILL_BUDGET_REFUSALS] = (rill__budget_terms){config->refusal_burst, config->refusal_refill};
  budgets[RILL_BUDGET_PEER_RESETS] = (rill__budget_terms){config->peer_reset_burst, config->peer_reset_refill};
  budgets[RILL_BUDGET_OWN_RESETS] = (rill__budget_terms){config->own_reset_burst, config->own_reset_refill};
  budgets[RILL_BUDGET_EMPTY_DATA] = (rill__budget_terms){config->empty_data_burst, config->empty_data_refill};
}

static void fill(rill_context *context, const rill_config *config, const rill_callbacks *callbacks) {
  *context = (rill_context){.config = *config, .callbacks = {.size = sizeof *callbacks}};
  if (callbacks != NULL) context->callbacks = *callbacks;
  context->recv_rules = (rill__field_rules){
      .allow_edge_space = config->allow_edge_space,
      .allow_odd_path = config->allow_odd_path,
      .allow_any_trailer = config->allow_any_trailer,
  };
  context->submit_rules = context->recv_rules;
  context->submit_rules.submitted = true;
  context->small_list = least(config->max_header_list_hard, least(config->max_field_name, config->max_field_value));
  uint32_t fields = least(config->max_header_fields, config->max_header_fields_hard);
  if (fields < context->small_list / FIELD_LIST_SIZE_MIN) context->small_list = fields * FIELD_LIST_SIZE_MIN;
  context->max_continuations = least(continuations(config), UINT16_MAX - 1); /* which is as far as they are counted */
  context->max_streams = least(config->max_total_streams, UINT32_C(1) << 30);
  context->stall = rill__stall_terms_of(config);
  fill_budgets(context, config);
  bool says_push = is_said(config, RILL_SETTING_ENABLE_PUSH);
  context->client_only = config->enable_push && says_push;
  context->server_only = !RILL__PUSH && config->settings != NULL && !says_push;
  fill_settings(context, config, false);
  fill_settings(context, config, true);
  context->config.settings = NULL; /* the application's */
  context->config.settings_count = 0;
}

int rill_context_new(rill_context **out, const rill_config *config, const rill_callbacks *callbacks) {
  *out = NULL;
  if (config->size != sizeof *config) return RILL_ERR_INVALID;
  rill_config own = *config;
  if (!take_list(&own) || !is_valid(&own)) return RILL_ERR_INVALID;
  if (callbacks != NULL && callbacks->size != sizeof *callbacks) return RILL_ERR_INVALID;
  if (!is_there(&own, callbacks)) return RILL_ERR_INVALID;
  rill__mem mem;
  rill__mem_init(&mem, &own.mem, SIZE_MAX);
  rill_context *context = rill__mem_alloc(&mem, sizeof *context);
  if (context == NULL) return RILL_ERR_NOMEM;
  fill(context, &own, callbacks);
  *out = context;
  return 0;
}

void rill_context_del(rill_context *context) {
  if (context == NULL) return;
  rill__mem mem;
  rill__mem_init(&mem, &context->config.mem, SIZE_MAX);
  mem.used = sizeof *context;
  rill__mem_free(&mem, context, sizeof *context);
}

int rill_field_prepare(const rill_context *context, rill_field *field) {
  field->flags &= RILL_FIELD_NEVER_INDEX | RILL_FIELD_NO_INDEX | RILL_FIELD_INDEX;
  field->token = RILL_TOKEN_UNKNOWN;
  field->hash = 0;
  if (rill__field_check(field, &context->submit_rules) != RILL_WHY_NONE) return RILL_ERR_INVALID;
  rill__field_prepare(context->config.hash_seed, field);
  field->flags |= RILL_FIELD_CHECKED;
  return 0;
}
