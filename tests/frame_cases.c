/* SPDX-License-Identifier: MIT */
/*
 * Runs the cases of the collection "http2-frame-test-case" as its README says: what decodes must decode to
 * the frame described and encode to the same octets; what is in error must be refused with one of the codes listed.
 *
 * The collection is looked for in $RILL_SHARED, else in ../shared beside the checkout. Where it is absent the test says so and is
 * skipped.
 */
#include "base/bytes.h"
#include "hex.h"

#include <rill/frame.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

enum { ROOM = 1 << 12, CASES = 34, SKIPPED = 77 };

/* The codes that RFC 9113 gives to the refusals of rill_frame_parse(). */
static int wire_code(rill_why why) {
  return why == RILL_WHY_FRAME_TOO_LONG || why == RILL_WHY_FRAME_LENGTH ? RILL_FRAME_SIZE_ERROR : RILL_PROTOCOL_ERROR;
}

/* ---- what a case says about its frame ---- */

static bool number_is(const json_t *object, const char *key, uint32_t value) {
  const json_t *want = json_object_get(object, key);
  return json_is_integer(want) && json_integer_value(want) == value;
}

static bool octets_are(const json_t *object, const char *key, rill_view value) {
  const json_t *want = json_object_get(object, key);
  return json_is_string(want) &&
         rill__view_eq(value, (rill_view){(const uint8_t *)json_string_value(want), json_string_length(want)});
}

/* Absent, null, or as the frame has it. */
static bool padding_is(const json_t *payload, const rill_frame *frame) {
  if ((frame->head.flags & RILL_FLAG_PADDED) == 0) return !json_is_integer(json_object_get(payload, "padding_length"));
  return number_is(payload, "padding_length", (uint32_t)frame->padding.n) && octets_are(payload, "padding", frame->padding);
}

static bool priority_is(const json_t *payload, const rill_frame *frame) {
  if (frame->head.type == RILL_HEADERS && (frame->head.flags & RILL_FLAG_PRIORITY) == 0) {
    return !json_is_integer(json_object_get(payload, "stream_dependency"));
  }
  const json_t *exclusive = json_object_get(payload, "exclusive");
  return number_is(payload, "stream_dependency", frame->dependency) &&
         number_is(payload, "weight", frame->weight + UINT32_C(1)) && json_is_boolean(exclusive) &&
         json_is_true(exclusive) == frame->exclusive;
}

static bool settings_are(const json_t *payload, const rill_frame *frame) {
  const json_t *want = json_object_get(payload, "settings");
  rill_setting setting;
  size_t i = 0;
  for (; rill_frame_setting(frame, i, &setting); i++) {
    const json_t *pair = json_array_get(want, i);
    if (json_integer_value(json_array_get(pair, 0)) != setting.id) return false;
    if (json_integer_value(json_array_get(pair, 1)) != setting.value) return false;
  }
  return json_is_array(want) && i == json_array_size(want);
}

static bool payload_is(const json_t *payload, const rill_frame *frame) {
  switch (frame->head.type) {
  case RILL_DATA:
    return octets_are(payload, "data", frame->data) && padding_is(payload, frame);
  case RILL_HEADERS:
    return octets_are(payload, "header_block_fragment", frame->data) && padding_is(payload, frame) && priority_is(payload, frame);
  case RILL_PRIORITY:
    return priority_is(payload, frame);
  case RILL_RST_STREAM:
    return number_is(payload, "error_code", frame->error_code);
  case RILL_SETTINGS:
    return settings_are(payload, frame);
  case RILL_PUSH_PROMISE:
    return octets_are(payload, "header_block_fragment", frame->data) && padding_is(payload, frame) &&
           number_is(payload, "promised_stream_id", frame->promised_id);
  case RILL_PING:
    return octets_are(payload, "opaque_data", frame->data);
  case RILL_GOAWAY:
    return number_is(payload, "error_code", frame->error_code) && number_is(payload, "last_stream_id", frame->last_stream_id) &&
           octets_are(payload, "additional_debug_data", frame->data);
  case RILL_WINDOW_UPDATE:
    return number_is(payload, "window_size_increment", frame->increment);
  case RILL_CONTINUATION:
    return octets_are(payload, "header_block_fragment", frame->data);
  default:
    return false;
  }
}

static bool frame_is(const json_t *want, const rill_frame *frame) {
  return number_is(want, "length", frame->head.length) && number_is(want, "type", frame->head.type) &&
         number_is(want, "flags", frame->head.flags) && number_is(want, "stream_identifier", frame->head.stream_id) &&
         payload_is(json_object_get(want, "frame_payload"), frame);
}

/* ---- one case ---- */

/* What is wrong, or NULL. */
static const char *run_normal(const json_t *want, const uint8_t *wire, size_t n) {
  rill_frame frame;
  rill_why why;
  if (rill_frame_parse(&frame, wire, n, RILL_FRAME_SIZE_MIN, &why) != (rill_ssize)n) return "does not decode";
  if (!frame_is(want, &frame)) return "decodes to another frame";
  uint8_t again[ROOM];
  if (rill_frame_write(again, sizeof again, &frame) != (rill_ssize)n) return "does not encode";
  return memcmp(again, wire, n) == 0 ? NULL : "encodes to other octets";
}

static const char *run_error(const json_t *codes, const uint8_t *wire, size_t n) {
  rill_frame frame;
  rill_why why;
  if (rill_frame_parse(&frame, wire, n, RILL_FRAME_SIZE_MIN, &why) != RILL_ERR_PROTO) return "is not refused";
  for (size_t i = 0; i < json_array_size(codes); i++) {
    if (json_integer_value(json_array_get(codes, i)) == wire_code(why)) return NULL;
  }
  return "is refused with another code";
}

static const char *run_case(const char *path) {
  json_t *root = json_load_file(path, 0, NULL);
  const char *hex = json_string_value(json_object_get(root, "wire"));
  const json_t *frame = json_object_get(root, "frame"), *codes = json_object_get(root, "error");
  uint8_t wire[ROOM];
  size_t n;
  const char *fault;
  if (hex == NULL || !hex_octets(hex, wire, sizeof wire, &n)) {
    fault = "cannot be read";
  } else if (json_is_object(frame)) {
    fault = run_normal(frame, wire, n);
  } else {
    fault = run_error(codes, wire, n);
  }
  json_decref(root);
  return fault;
}

/* ---- all cases ---- */

typedef struct tally {
  unsigned passed, failed;
} tally;

/* False if there is no room; then main() misses a case. */
static bool join(char *path, const char *folder, const char *name) {
  int n = snprintf(path, ROOM, "%s/%s", folder, name);
  return n > 0 && n < ROOM;
}

static bool ends_with_json(const char *name) {
  size_t n = strlen(name);
  return n > 5 && strcmp(name + n - 5, ".json") == 0;
}

static void run_files(const char *folder, tally *sum) {
  DIR *files = opendir(folder);
  if (files == NULL) return;
  for (const struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
    char path[ROOM];
    if (!ends_with_json(entry->d_name) || !join(path, folder, entry->d_name)) continue;
    const char *fault = run_case(path);
    if (fault == NULL) {
      sum->passed++;
    } else {
      sum->failed++;
      printf("%s %s\n", path, fault);
    }
  }
  (void)closedir(files);
}

static bool run_folders(const char *root, tally *sum) {
  DIR *folders = opendir(root);
  if (folders == NULL) return false;
  for (const struct dirent *entry = readdir(folders); entry != NULL; entry = readdir(folders)) {
    char path[ROOM];
    if (entry->d_name[0] != '.' && join(path, root, entry->d_name)) run_files(path, sum);
  }
  (void)closedir(folders);
  return true;
}

int main(void) {
  const char *shared = getenv("RILL_SHARED");
  char root[ROOM] = "";
  bool known = join(root, shared != NULL ? shared : RILL_SOURCE_DIR "/../shared", "http2-frame-test-case");
  tally sum = {0, 0};
  if (!known || !run_folders(root, &sum)) {
    printf("SKIPPED frame_cases: no http2-frame-test-case in %s; set RILL_SHARED\n0 passed, 0 failed, %d skipped\n", root, CASES);
    return SKIPPED;
  }
  if (sum.passed + sum.failed < CASES) {
    printf("%s has fewer than %d cases\n", root, CASES);
    sum.failed++;
  }
  printf("%u passed, %u failed, 0 skipped\n", sum.passed, sum.failed);
  return sum.failed == 0 ? 0 : 1;
}
