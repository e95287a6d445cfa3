/* SPDX-License-Identifier: MIT */
/*
 * format: frames in words, for traces and tests: "TYPE stream=N length=N", the numbers that the type carries, then the flags.
 *
 * What head.length counts may be absent from the frame, as it is in a connection's trace: only what `data` has is printed, and of
 * that only SETTINGS, PING, and the start of GOAWAY's debug data and of what extensions say; never content, never a field block.
 * Weights are printed as RFC 7540 counts them, 1 to 256. Numbers without a name are printed in hexadecimal.
 */
#include "frame/say.h"

#define LENGTH(array) (sizeof(array) / sizeof((array)[0]))

enum { SHOWN = 64 };

/* 9113 6.5.2, 8441 3, 9218 2.1 */
static const char *const setting_texts[] = {
    [RILL_SETTING_HEADER_TABLE_SIZE] = "HEADER_TABLE_SIZE",
    [RILL_SETTING_ENABLE_PUSH] = "ENABLE_PUSH",
    [RILL_SETTING_MAX_CONCURRENT_STREAMS] = "MAX_CONCURRENT_STREAMS",
    [RILL_SETTING_INITIAL_WINDOW_SIZE] = "INITIAL_WINDOW_SIZE",
    [RILL_SETTING_MAX_FRAME_SIZE] = "MAX_FRAME_SIZE",
    [RILL_SETTING_MAX_HEADER_LIST_SIZE] = "MAX_HEADER_LIST_SIZE",
    [RILL_SETTING_ENABLE_CONNECT_PROTOCOL] = "ENABLE_CONNECT_PROTOCOL",
    [RILL_SETTING_NO_RFC7540_PRIORITIES] = "NO_RFC7540_PRIORITIES",
};

static const char *setting_text(uint16_t id) { return id < LENGTH(setting_texts) ? setting_texts[id] : NULL; }

const char *rill_setting_text(uint16_t id) {
  const char *text = setting_text(id);
  return text == NULL ? "UNKNOWN" : text;
}

const char *rill_frame_type_text(uint8_t type) {
  const rill__frame_facts *row = rill__frame_row(type);
  return row == NULL ? "UNKNOWN" : row->name;
}

static void say_code(rill__words *w, uint32_t code) {
  if (code > RILL_HTTP_1_1_REQUIRED) {
    rill__say_hex(w, " ", code);
    return;
  }
  rill__say(w, " ");
  rill__say(w, rill_code_text(code));
}

static void say_octet(rill__words *w, uint8_t octet) {
  if (octet < 0x20 || octet > 0x7e || octet == '"' || octet == '\\') {
    rill__say(w, "\\x");
    rill__say_digits(w, octet, 16, 2);
  } else {
    char words[2] = {(char)octet, '\0'};
    rill__say(w, words);
  }
}

static void say_quoted(rill__words *w, const char *name, rill_view octets) {
  (void)name;
  if (octets.n == 0) return;
  rill__say(w, " \"");
  for (size_t i = 0; i < octets.n && i < SHOWN; i++)
    say_octet(w, octets.p[i]);
  rill__say(w, octets.n > SHOWN ? "\"..." : "\"");
}

static void say_settings(rill__words *w, const rill_frame *frame) {
  rill_setting setting;
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    const char *name = setting_text(setting.id);
    if (name == NULL) {
      rill__say_hex(w, " ", setting.id);
    } else {
      rill__say(w, " ");
      rill__say(w, name);
    }
    rill__say_number(w, "=", setting.value);
  }
}

static void say_ping(rill__words *w, rill_view payload) {
  if (payload.n != 0) rill__say(w, " ");
  for (size_t i = 0; i < payload.n && i < 8; i++)
    rill__say_digits(w, payload.p[i], 16, 2);
}

static void say_exclusive(rill__words *w, bool exclusive) {
  if (exclusive) rill__say(w, " exclusive");
}

static const rill__tongue in_words = {" ", "=", say_code, say_settings, say_ping, say_exclusive, say_quoted};

static void say_named(rill__words *w, const rill__tongue *tongue, const char *name, uint32_t number) {
  rill__say(w, tongue->before);
  rill__say(w, name);
  rill__say_number(w, tongue->after, number);
}

void rill__say_payload(rill__words *w, const rill__tongue *tongue, const rill_frame *frame) {
  if (rill__frame_has_priority(&frame->head)) {
    say_named(w, tongue, "dependency", frame->dependency);
    say_named(w, tongue, "weight", frame->weight + UINT32_C(1));
    tongue->exclusive(w, frame->exclusive);
  }
  switch (frame->head.type) {
  case RILL_RST_STREAM:
    tongue->code(w, frame->error_code);
    break;
  case RILL_SETTINGS:
    tongue->settings(w, frame);
    break;
  case RILL_PUSH_PROMISE:
    say_named(w, tongue, "promised_id", frame->promised_id);
    break;
  case RILL_PING:
    tongue->ping(w, frame->data);
    break;
  case RILL_GOAWAY:
    say_named(w, tongue, "last_stream_id", frame->last_stream_id);
    tongue->code(w, frame->error_code);
    tongue->octets(w, "debug", frame->data);
    break;
  case RILL_WINDOW_UPDATE:
    say_named(w, tongue, "increment", frame->increment);
    break;
  case RILL_ALTSVC:
  case RILL_ORIGIN:
    tongue->octets(w, "payload", frame->data);
    break;
  case RILL_PRIORITY_UPDATE:
    say_named(w, tongue, "prioritized_id", frame->prioritized_id);
    tongue->octets(w, "priority", frame->data);
    break;
  default:
    break;
  }
}

const char *rill__frame_flag_text(const rill_frame_head *head, unsigned flag) {
  bool ack = head->type == RILL_SETTINGS || head->type == RILL_PING;
  if (!rill__frame_has(head, flag)) return NULL;
  switch (flag) {
  case RILL_FLAG_END_STREAM:
    return ack ? "ACK" : "END_STREAM";
  case RILL_FLAG_END_HEADERS:
    return "END_HEADERS";
  case RILL_FLAG_PADDED:
    return "PADDED";
  default:
    return "PRIORITY";
  }
}

/* The names of the flags that the type defines, then all other bits as one number. */
static void say_flags(rill__words *w, const rill_frame_head *head) {
  unsigned rest = head->flags;
  const char *between = " ";
  for (unsigned flag = 1; flag <= UINT8_MAX; flag <<= 1) {
    const char *name = rill__frame_flag_text(head, flag);
    if (name == NULL) continue;
    rill__say(w, between);
    rill__say(w, name);
    between = "|";
    rest &= ~flag;
  }
  if (rest != 0) rill__say_hex(w, between, rest);
}

size_t rill_frame_format(char *dst, size_t cap, const rill_frame *frame) {
  rill__words words = {dst, cap, 0}, *w = &words;
  rill__say(w, rill_frame_type_text(frame->head.type));
  if (rill__frame_row(frame->head.type) == NULL) rill__say_hex(w, " type=", frame->head.type);
  rill__say_number(w, " stream=", frame->head.stream_id);
  rill__say_number(w, " length=", frame->head.length);
  rill__say_payload(w, &in_words, frame);
  if (frame->padding.n != 0) rill__say_number(w, " padding=", (uint32_t)frame->padding.n);
  say_flags(w, &frame->head);
  return rill__words_end(w);
}
