/* SPDX-License-Identifier: MIT */
/*
 * Runs the stories of the collection "hpack-test-case" as its README says: every block that its encoders wrote must
 * decode to the fields beside it; and every list of its raw-data is encoded here, must decode to itself, and all of them
 * together must take no more octets than WIRE_MAX.
 *
 * Each block is decoded twice: field by field with the public decoder, and with the internal one that keeps the fields of a block
 * until its end. The collection is looked for in $RILL_SHARED, else in ../shared beside the checkout. Where it is absent the test
 * says so and is skipped.
 */
#include "base/bytes.h"
#include "hex.h"
#include "hpack/dec.h"

#include <rill/hpack.h>

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>

#include <jansson.h>

enum {
  ROOM = 1 << 16,
  FIELDS = 256,
  PATH = 4096,
  BLOCKS_DECODED = 47142, /* in 14 folders */
  BLOCKS_ENCODED = 3384,  /* raw-data */
  WIRE_MAX = 356380,      /* octets for all of raw-data */
  SKIPPED = 77
};

typedef struct tally {
  unsigned passed, failed;
  size_t wire, raw; /* octets of raw-data: encoded, and of all names and values */
} tally;

/* ---- fields as the stories have them: an array of objects with one member ---- */

static rill_view view_of(const char *text) { return (rill_view){(const uint8_t *)text, strlen(text)}; }

static bool field_at(const json_t *list, size_t i, rill_field *field) {
  json_t *object = json_array_get(list, i);
  void *member = json_object_iter(object);
  const json_t *value = json_object_iter_value(member);
  if (member == NULL || !json_is_string(value)) return false;
  *field = (rill_field){.name = view_of(json_object_iter_key(member))};
  field->value = (rill_view){(const uint8_t *)json_string_value(value), json_string_length(value)};
  return true;
}

static bool is_field(const json_t *list, size_t i, const rill_field *got) {
  rill_field want;
  return field_at(list, i, &want) && rill__view_eq(got->name, want.name) && rill__view_eq(got->value, want.value);
}

/* ---- one block, two decoders ---- */

typedef struct readers {
  rill_hpack_decoder *decoder;
  rill__mem mem;
  rill__arena arena;
  rill__dec dec;
} readers;

static bool readers_open(readers *r) {
  rill__mem_init(&r->mem, NULL, SIZE_MAX);
  rill__arena_init(&r->arena, &r->mem);
  rill__dec_init(&r->dec, &r->mem, 4096);
  return rill_hpack_decoder_new(&r->decoder, NULL, 4096) == RILL_OK;
}

static void readers_close(readers *r) {
  rill_hpack_decoder_del(r->decoder);
  rill__dec_free(&r->dec);
  rill__arena_free(&r->arena);
}

static void readers_resize(readers *r, uint32_t size) {
  rill_hpack_decoder_resize(r->decoder, size);
  rill__dec_resize(&r->dec, size);
}

static bool reads_one_by_one(readers *r, rill_view block, const json_t *list) {
  rill_field field;
  rill_why why = RILL_WHY_NONE;
  size_t i = 0;
  int got;
  for (; (got = rill_hpack_decode(r->decoder, &block, &field, &why)) == 1; i++) {
    if (!is_field(list, i, &field)) return false;
  }
  if (got < 0) printf("%s\n", rill_why_text(why));
  return got == 0 && i == json_array_size(list);
}

static bool reads_all(readers *r, rill_view block, const json_t *list) {
  static rill_field fields[FIELDS + 1];
  rill_why why = RILL_WHY_NONE;
  size_t count = 0;
  rill__arena_reset(&r->arena);
  while (count < FIELDS && rill__dec_next(&r->dec, &block, &r->arena, fields, count, &why) == 1)
    count++;
  for (size_t i = 0; i < count; i++) {
    if (!is_field(list, i, &fields[i])) return false;
  }
  return why == RILL_WHY_NONE && block.n == 0 && count == json_array_size(list);
}

static bool reads(readers *r, rill_view block, const json_t *list) {
  bool one_by_one = reads_one_by_one(r, block, list);
  return reads_all(r, block, list) && one_by_one;
}

/* ---- stories ---- */

static bool decode_case(readers *r, const json_t *one) {
  const json_t *size = json_object_get(one, "header_table_size");
  const char *hex = json_string_value(json_object_get(one, "wire"));
  static uint8_t wire[ROOM];
  size_t n;
  if (json_is_integer(size)) readers_resize(r, (uint32_t)json_integer_value(size));
  if (hex == NULL || !hex_octets(hex, wire, sizeof wire, &n)) return false;
  return reads(r, (rill_view){wire, n}, json_object_get(one, "headers"));
}

static bool encode_case(rill_hpack_encoder *encoder, readers *r, const json_t *one, tally *sum) {
  const json_t *list = json_object_get(one, "headers");
  static uint8_t wire[ROOM];
  rill_field fields[FIELDS];
  size_t count = json_array_size(list);
  if (count > FIELDS) return false;
  for (size_t i = 0; i < count; i++) {
    if (!field_at(list, i, &fields[i])) return false;
    sum->raw += fields[i].name.n + fields[i].value.n;
  }
  rill_ssize n = rill_hpack_encode(encoder, wire, sizeof wire, fields, count);
  if (n < 0) return false;
  sum->wire += (size_t)n;
  return reads(r, (rill_view){wire, (size_t)n}, list);
}

/* encoder is NULL for the stories of others. */
static void run_cases(const char *path, const json_t *cases, readers *r, rill_hpack_encoder *encoder, tally *sum) {
  for (size_t i = 0; i < json_array_size(cases); i++) {
    const json_t *one = json_array_get(cases, i);
    if (encoder == NULL ? decode_case(r, one) : encode_case(encoder, r, one, sum)) {
      sum->passed++;
    } else {
      sum->failed++;
      printf("%s case %zu failed\n", path, i);
    }
  }
}

static void run_story(const char *path, bool encodes, tally *sum) {
  json_t *root = json_load_file(path, 0, NULL);
  readers r;
  rill_hpack_encoder *encoder = NULL;
  bool ready = readers_open(&r) && (!encodes || rill_hpack_encoder_new(&encoder, NULL, 4096, 1) == RILL_OK);
  if (ready && root != NULL) {
    run_cases(path, json_object_get(root, "cases"), &r, encoder, sum);
  } else {
    sum->failed++;
    printf("%s cannot be run\n", path);
  }
  rill_hpack_encoder_del(encoder);
  readers_close(&r);
  json_decref(root);
}

/* ---- folders ---- */

static bool join(char *path, const char *folder, const char *name) {
  int n = snprintf(path, PATH, "%s/%s", folder, name);
  return n > 0 && n < PATH;
}

static void run_folder(const char *folder, bool encodes, tally *sum) {
  DIR *files = opendir(folder);
  if (files == NULL) return;
  for (const struct dirent *entry = readdir(files); entry != NULL; entry = readdir(files)) {
    char path[PATH];
    if (strncmp(entry->d_name, "story_", 6) == 0 && join(path, folder, entry->d_name)) run_story(path, encodes, sum);
  }
  (void)closedir(files);
}

static bool run_folders(const char *root, tally *decoded, tally *encoded) {
  DIR *folders = opendir(root);
  if (folders == NULL) return false;
  for (const struct dirent *entry = readdir(folders); entry != NULL; entry = readdir(folders)) {
    char path[PATH];
    bool raw = strcmp(entry->d_name, "raw-data") == 0;
    if (entry->d_name[0] != '.' && join(path, root, entry->d_name)) run_folder(path, raw, raw ? encoded : decoded);
  }
  (void)closedir(folders);
  return true;
}

static void want_all(const char *what, tally *sum, unsigned count) {
  if (sum->passed + sum->failed >= count) return;
  printf("only %u blocks of %u were %s\n", sum->passed + sum->failed, count, what);
  sum->failed++;
}

int main(void) {
  const char *shared = getenv("RILL_SHARED");
  char root[PATH] = "";
  bool known = join(root, shared != NULL ? shared : RILL_SOURCE_DIR "/../shared", "hpack-test-case");
  tally decoded = {0, 0, 0, 0}, encoded = {0, 0, 0, 0};
  if (!known || !run_folders(root, &decoded, &encoded)) {
    printf("SKIPPED hpack_cases: no hpack-test-case in %s; set RILL_SHARED\n0 passed, 0 failed, %d skipped\n", root,
           BLOCKS_DECODED + BLOCKS_ENCODED);
    return SKIPPED;
  }
  want_all("decoded", &decoded, BLOCKS_DECODED);
  want_all("encoded", &encoded, BLOCKS_ENCODED);
  printf("raw-data: %zu octets became %zu, %.4f\n", encoded.raw, encoded.wire, (double)encoded.wire / (double)encoded.raw);
  if (encoded.wire > WIRE_MAX) {
    printf("that is more than %d\n", WIRE_MAX);
    encoded.failed++;
  }
  printf("%u passed, %u failed, 0 skipped\n", decoded.passed + encoded.passed, decoded.failed + encoded.failed);
  return decoded.failed + encoded.failed == 0 ? 0 : 1;
}
