/* SPDX-License-Identifier: MIT */
#include "corpus.h"
#include "bench.h"
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum { STORIES_MAX = 100 };

static uint8_t *copy_text(const char *text, size_t n) {
  uint8_t *copy = bench_alloc(n + 1);
  memcpy(copy, text, n);
  return copy;
}

static void load_fields(corpus *c, corpus_block *b, json_t *headers) {
  size_t index;
  json_t *header, *value;
  const char *name;
  b->count = json_array_size(headers);
  b->fields = bench_alloc(b->count * sizeof(corpus_field));
  json_array_foreach(headers, index, header) {
    corpus_field *f = &b->fields[index];
    json_object_foreach(header, name, value) {
      *f = (corpus_field){copy_text(name, strlen(name)), copy_text(json_string_value(value), json_string_length(value)),
                          strlen(name), json_string_length(value)};
      c->octets += f->name_n + f->value_n;
    }
  }
  c->fields += b->count;
  c->blocks++;
}

static void load_wire(corpus_block *b, const char *hex) {
  b->wire_n = strlen(hex) / 2;
  b->wire = bench_alloc(b->wire_n + 1);
  for (size_t i = 0; i < b->wire_n; i++) {
    char two[3] = {hex[2 * i], hex[2 * i + 1], '\0'};
    b->wire[i] = (uint8_t)strtoul(two, NULL, 16);
  }
}

static void load_story(corpus *c, json_t *cases) {
  corpus_story *story = &c->stories[c->count++];
  size_t index;
  json_t *each;
  story->count = json_array_size(cases);
  story->blocks = bench_alloc(story->count * sizeof(corpus_block));
  json_array_foreach(cases, index, each) {
    const char *wire = json_string_value(json_object_get(each, "wire"));
    load_fields(c, &story->blocks[index], json_object_get(each, "headers"));
    if (wire != NULL) load_wire(&story->blocks[index], wire);
  }
}

corpus *corpus_load(const char *folder, const char *kind) {
  corpus *c = bench_alloc(sizeof *c);
  c->stories = bench_alloc(STORIES_MAX * sizeof(corpus_story));
  for (int i = 0; i < STORIES_MAX; i++) {
    char path[1024];
    json_error_t error;
    snprintf(path, sizeof path, "%s/%s/story_%02d.json", folder, kind, i);
    json_t *file = json_load_file(path, 0, &error);
    if (file == NULL) break;
    load_story(c, json_object_get(file, "cases"));
    json_decref(file);
  }
  if (c->count == 0) bench_fail("no stories in the corpus");
  return c;
}

static void free_block(corpus_block *b) {
  for (size_t i = 0; i < b->count; i++) {
    free(b->fields[i].name);
    free(b->fields[i].value);
  }
  free(b->fields);
  free(b->wire);
}

void corpus_free(corpus *c) {
  for (size_t i = 0; i < c->count; i++) {
    for (size_t j = 0; j < c->stories[i].count; j++)
      free_block(&c->stories[i].blocks[j]);
    free(c->stories[i].blocks);
  }
  free(c->stories);
  free(c);
}
