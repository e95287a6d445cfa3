/* SPDX-License-Identifier: MIT */
/*
 * format: frames in words, for traces and tests: "TYPE stream=N length=N", the numbers that the type carries, then the flags.
 *
 * What head.length counts may be absent from the frame, as it is in a connection's trace: only what `data` has is printed, and of
 * that only SETTINGS, PING, and the start of GOAWAY's debug data and of what extensions say; never content, never a field block.
 * Weights are printed as RFC 7540 counts them, 1 to 256. Numbers without a name are printed in hexadecimal.
 */
#include "frame/frame_tab.h"

#include <string.h>

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

/* What was said so far: n octets, of which dst holds the first cap; in the end a terminator replaces the last. */
typedef struct text {
  char *dst;
  size_t cap, n;
} text;

static void say(text *t, const char *words) {
  for (; *words != '\0'; words++) {
    if (t->n < t->cap) t->dst[t->n] = *words;
    t->n++;
  }
}

/* In a base up to 16, with at least `width` digits. */
static void say_digits(text *t, uint32_t number, unsigned base, unsigned width) {
  char digits[11];
  char *p = digits + sizeof digits;
  *--p = '\0';
  for (; width > 0 || number != 0; number /= base) {
    *--p = "0123456789abcdef"[number % base];
    if (width > 0) width--;
  }
  say(t, p);
}

static void say_number(text *t, const char *label, uint32_t number) {
  say(t, label);
  say_digits(t, number, 10, 1);
}

static void say_hex(text *t, const char *label, uint32_t number) {
  say(t, label);
  say(t, "0x");
  say_digits(t, number, 16, 1);
}

static void say_code(text *t, uint32_t code) {
  if (code > RILL_HTTP_1_1_REQUIRED) {
    say_hex(t, " ", code);
    return;
  }
  say(t, " ");
  say(t, rill_code_text(code));
}

static void say_octet(text *t, uint8_t octet) {
  char words[2] = {(char)octet, '\0'};
  if (octet < 0x20 || octet > 0x7e || octet == '"' || octet == '\\') {
    say(t, "\\x");
    say_digits(t, octet, 16, 2);
  } else {
    say(t, words);
  }
}

static void say_quoted(text *t, rill_view octets) {
  if (octets.n == 0) return;
  say(t, " \"");
  for (size_t i = 0; i < octets.n && i < SHOWN; i++)
    say_octet(t, octets.p[i]);
  say(t, octets.n > SHOWN ? "\"..." : "\"");
}

static void say_settings(text *t, const rill_frame *frame) {
  rill_setting setting;
  for (size_t i = 0; rill_frame_setting(frame, i, &setting); i++) {
    const char *name = setting_text(setting.id);
    if (name == NULL) {
      say_hex(t, " ", setting.id);
    } else {
      say(t, " ");
      say(t, name);
    }
    say_number(t, "=", setting.value);
  }
}

static void say_ping(text *t, rill_view payload) {
  if (payload.n != 0) say(t, " ");
  for (size_t i = 0; i < payload.n && i < 8; i++)
    say_digits(t, payload.p[i], 16, 2);
}

static void say_priority(text *t, const rill_frame *frame) {
  say_number(t, " dependency=", frame->dependency);
  say_number(t, " weight=", frame->weight + UINT32_C(1));
  if (frame->exclusive) say(t, " exclusive");
}

static void say_numbers(text *t, const rill_frame *frame) {
  switch (frame->head.type) {
  case RILL_HEADERS:
    if (rill__frame_has(&frame->head, RILL_FLAG_PRIORITY)) say_priority(t, frame);
    break;
  case RILL_PRIORITY:
    say_priority(t, frame);
    break;
  case RILL_RST_STREAM:
    say_code(t, frame->error_code);
    break;
  case RILL_SETTINGS:
    say_settings(t, frame);
    break;
  case RILL_PUSH_PROMISE:
    say_number(t, " promised_id=", frame->promised_id);
    break;
  case RILL_PING:
    say_ping(t, frame->data);
    break;
  case RILL_GOAWAY:
    say_number(t, " last_stream_id=", frame->last_stream_id);
    say_code(t, frame->error_code);
    say_quoted(t, frame->data);
    break;
  case RILL_WINDOW_UPDATE:
    say_number(t, " increment=", frame->increment);
    break;
  case RILL_ALTSVC:
  case RILL_ORIGIN:
    say_quoted(t, frame->data);
    break;
  case RILL_PRIORITY_UPDATE:
    say_number(t, " prioritized_id=", frame->prioritized_id);
    say_quoted(t, frame->data);
    break;
  default:
    break;
  }
}

/* The names of the flags that the type defines, then all other bits as one number. */
static void say_flags(text *t, const rill_frame_head *head) {
  static const struct {
    uint8_t flag;
    const char *name;
  } names[] = {{RILL_FLAG_END_STREAM, "END_STREAM"},
               {RILL_FLAG_END_HEADERS, "END_HEADERS"},
               {RILL_FLAG_PADDED, "PADDED"},
               {RILL_FLAG_PRIORITY, "PRIORITY"}};
  unsigned rest = head->flags;
  const char *between = " ";
  for (size_t i = 0; i < LENGTH(names); i++) {
    if (!rill__frame_has(head, names[i].flag)) continue;
    bool ack = names[i].flag == RILL_FLAG_ACK && (head->type == RILL_SETTINGS || head->type == RILL_PING);
    say(t, between);
    say(t, ack ? "ACK" : names[i].name);
    between = "|";
    rest &= ~(unsigned)names[i].flag;
  }
  if (rest != 0) say_hex(t, between, rest);
}

size_t rill_frame_format(char *dst, size_t cap, const rill_frame *frame) {
  text t = {dst, cap, 0};
  say(&t, rill_frame_type_text(frame->head.type));
  if (rill__frame_row(frame->head.type) == NULL) say_hex(&t, " type=", frame->head.type);
  say_number(&t, " stream=", frame->head.stream_id);
  say_number(&t, " length=", frame->head.length);
  say_numbers(&t, frame);
  if (frame->padding.n != 0) say_number(&t, " padding=", (uint32_t)frame->padding.n);
  say_flags(&t, &frame->head);
  if (cap > 0) dst[t.n < cap ? t.n : cap - 1] = '\0';
  return t.n;
}
