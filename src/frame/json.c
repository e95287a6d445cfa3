/* SPDX-License-Identifier: MIT */
/*
 * json: frames as lines of JSON, for logs that machines read. Of what frames carry only numbers, SETTINGS, PING and the words of
 * GOAWAY and of extensions are told; never content, never a field block. Each frame is one object, its members in this order:
 * at, dir, type, stream, length, flags, then what its type has.
 */
#include "frame/say.h"

#include <string.h>

static void say_name(rill__words *w, const char *label, const char *text) {
  rill__say(w, label);
  rill__say_json(w, (rill_view){(const uint8_t *)text, strlen(text)});
}

static void say_code(rill__words *w, uint32_t code) {
  rill__say_number(w, ",\"error_code\":", code);
  if (code <= RILL_HTTP_1_1_REQUIRED) say_name(w, ",\"error\":", rill_code_text(code));
}

static void say_octets(rill__words *w, const char *name, rill_view octets) {
  rill__say(w, ",\"");
  rill__say(w, name);
  rill__say(w, "\":");
  rill__say_json(w, octets);
}

static void say_settings(rill__words *w, const rill_frame *frame) {
  rill_setting setting;
  rill__say(w, ",\"settings\":[");
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    rill__say_number(w, i == 0 ? "{\"id\":" : ",{\"id\":", setting.id);
    say_name(w, ",\"name\":", rill_setting_text(setting.id));
    rill__say_number(w, ",\"value\":", setting.value);
    rill__say(w, "}");
  }
  rill__say(w, "]");
}

static void say_ping(rill__words *w, rill_view payload) {
  rill__say(w, ",\"payload\":\"");
  for (size_t i = 0; i < payload.n && i < 8; i++)
    rill__say_digits(w, payload.p[i], 16, 2);
  rill__say(w, "\"");
}

static void say_exclusive(rill__words *w, bool exclusive) {
  rill__say(w, exclusive ? ",\"exclusive\":true" : ",\"exclusive\":false");
}

static const rill__tongue as_json = {",\"", "\":", say_code, say_settings, say_ping, say_exclusive, say_octets};

static void say_flags(rill__words *w, const rill_frame_head *head) {
  const char *between = "";
  rill__say(w, ",\"flags\":[");
  for (unsigned flag = 1; flag <= UINT8_MAX; flag <<= 1) {
    const char *name = rill__frame_flag_text(head, flag);
    if (name == NULL) continue;
    say_name(w, between, name);
    between = ",";
  }
  rill__say(w, "]");
}

size_t rill_frame_json(char *dst, size_t cap, const rill_frame *frame, bool sent, rill_time at) {
  rill__words words = {dst, cap, 0}, *w = &words;
  rill__say(w, "{");
  if (at != RILL_NO_CLOCK) {
    rill__say_number(w, "\"at\":", at);
    rill__say(w, ",");
  }
  say_name(w, "\"dir\":", sent ? "sent" : "received");
  say_name(w, ",\"type\":", rill_frame_type_text(frame->head.type));
  if (rill__frame_row(frame->head.type) == NULL) rill__say_number(w, ",\"type_id\":", frame->head.type);
  rill__say_number(w, ",\"stream\":", frame->head.stream_id);
  rill__say_number(w, ",\"length\":", frame->head.length);
  say_flags(w, &frame->head);
  rill__say_payload(w, &as_json, frame);
  if (frame->padding.n != 0) rill__say_number(w, ",\"padding\":", frame->padding.n);
  rill__say(w, "}");
  return rill__words_end(w);
}
