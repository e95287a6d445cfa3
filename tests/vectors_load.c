/* SPDX-License-Identifier: MIT */
/*
 * Loads a record: the members that steer a run, and the octets.
 *
 * The octets are segments: hexadecimal, perhaps repeated, perhaps with big-endian numbers in them that grow with each repetition.
 * Their length and their CRC-32 must be as stated. What is expected stays JSON, for the judge to read; nothing is known of it
 * here.
 */
#include "vectors.h"
#include <string.h>

static int hex_digit(char c) {
  static const char digits[] = "0123456789abcdef";
  const char *at = c == '\0' ? NULL : strchr(digits, c);
  return at == NULL ? -1 : (int)(at - digits);
}

static bool add_hex(text *t, const char *hex) {
  size_t n = strlen(hex);
  if (n % 2 != 0) return false;
  for (size_t i = 0; i < n; i += 2) {
    int high = hex_digit(hex[i]), low = hex_digit(hex[i + 1]);
    if (high < 0 || low < 0) return false;
    uint8_t octet = (uint8_t)(high << 4 | low);
    text_add(t, &octet, 1);
  }
  return true;
}

/* The number at `at` grows, modulo 2^32. */
static bool grow_number(text *piece, json_t *step) {
  json_int_t at = json_integer_value(json_object_get(step, "at"));
  uint32_t by = (uint32_t)json_integer_value(json_object_get(step, "by"));
  if (at < 0 || (size_t)at + 4 > piece->n) return false;
  uint8_t *p = piece->p + at;
  uint32_t value = ((uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3]) + by;
  for (int i = 0; i < 4; i++)
    p[i] = (uint8_t)(value >> (24 - 8 * i));
  return true;
}

static bool add_repeated(text *t, json_t *segment) {
  const char *hex = json_string_value(json_object_get(segment, "hex"));
  json_int_t repeat = json_integer_value(json_object_get(segment, "repeat"));
  text piece = {NULL, 0, 0};
  bool fine = hex != NULL && repeat > 0 && add_hex(&piece, hex);
  for (json_int_t i = 0; fine && i < repeat; i++) {
    text_add(t, piece.p, piece.n);
    size_t index;
    json_t *step;
    json_array_foreach(json_object_get(segment, "inc"), index, step) fine = fine && grow_number(&piece, step);
  }
  free(piece.p);
  return fine;
}

static bool expand(text *t, json_t *segments) {
  size_t index;
  json_t *segment;
  json_array_foreach(segments, index, segment) {
    bool fine = json_is_string(segment) ? add_hex(t, json_string_value(segment)) : add_repeated(t, segment);
    if (!fine) return false;
  }
  return json_is_array(segments);
}

/* CRC-32 as zlib has it. */
static uint32_t crc32_of(const uint8_t *p, size_t n) {
  uint32_t crc = 0xffffffff;
  for (size_t i = 0; i < n; i++) {
    crc ^= p[i];
    for (int bit = 0; bit < 8; bit++)
      crc = crc >> 1 ^ (0xedb88320 & (0 - (crc & 1)));
  }
  return ~crc;
}

static bool load_octets(vector *v, json_t *record, const char **fault) {
  text t = {NULL, 0, 0};
  bool fine = expand(&t, json_object_get(record, "bytes"));
  v->octets = t.p;
  v->n = t.n;
  char crc[9];
  snprintf(crc, sizeof crc, "%08x", (unsigned)crc32_of(t.p, t.n));
  const char *stated = json_string_value(json_object_get(record, "crc32"));
  if (!fine) {
    *fault = "bytes cannot be read";
  } else if (json_integer_value(json_object_get(record, "length")) != (json_int_t)t.n) {
    *fault = "length is not that of bytes";
  } else if (stated == NULL || strcmp(stated, crc) != 0) {
    *fault = "crc32 is not that of bytes";
  }
  return *fault == NULL;
}

static const char *string_member(json_t *record, const char *name, const char **fault) {
  const char *value = json_string_value(json_object_get(record, name));
  if (value == NULL) *fault = name;
  return value == NULL ? "" : value;
}

static bool is_member(json_t *record, const char *name, const char *value, const char **fault) {
  return strcmp(string_member(record, name, fault), value) == 0;
}

bool vector_load(vector *v, json_t *record, const char **fault) {
  *fault = NULL;
  *v = (vector){0};
  v->id = string_member(record, "id", fault);
  v->group = string_member(record, "group", fault);
  v->respond = string_member(record, "respond", fault);
  v->client = is_member(record, "role", "client", fault);
  v->consume = is_member(record, "consume", "all", fault);
  v->by_frames = is_member(record, "feed", "frames", fault);
  v->probe = is_member(record, "probe", "ping", fault);
  v->requests = (size_t)json_integer_value(json_object_get(record, "requests"));
  v->method = v->client ? string_member(record, "method", fault) : "";
  if (!json_is_boolean(json_object_get(record, "drain"))) *fault = "drain";
  if (!json_is_boolean(json_object_get(record, "preface"))) *fault = "preface";
  v->drain = json_is_true(json_object_get(record, "drain"));
  v->preface = json_is_true(json_object_get(record, "preface"));
  v->expect = json_object_get(record, "expect");
  if (!json_is_object(v->expect)) *fault = "expect";
  return *fault == NULL && load_octets(v, record, fault);
}

void vector_free(vector *v) {
  free(v->octets);
  v->octets = NULL;
}
