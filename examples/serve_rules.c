/* SPDX-License-Identifier: MIT */
/*
 * serve_rules: what the command line says of single pages: what to push with them, what to hint at, how urgent they are.
 *
 * A rule is PAGE=SOMETHING and holds for GET requests of exactly this path, whatever the query, that are answered in full. What
 * is pushed is promised before the page's own response (RFC 9113 8.4.1), once on a connection, and only if it is there; a client
 * that forbids pushes, or has no room for them, asks by itself. Hints go out as 103 and again with the final response (RFC 8297
 * 2).
 *
 * Rules are read once and do not change. Views point into the command line.
 */
#include "serve.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static rill_view view_to(const char *text, const char *end) {
  rill_view view = {(const uint8_t *)text, (size_t)(end - text)};
  return view;
}

static bool same(rill_view a, rill_view b) { return a.n == b.n && memcmp(a.p, b.p, a.n) == 0; }

/* ---- reading ------------------------------------------------------------------------------------------------------------- */

static const char *parse_paths(struct rule *rule, const char *text) {
  for (;;) {
    const char *end = text + strcspn(text, ",");
    if (text[0] != '/') return "a path does not begin with a slash";
    if (rule->path_count == MAX_RULE_PATHS) return "more than 16 paths";
    rule->paths[rule->path_count++] = view_to(text, end);
    if (*end == '\0') return NULL;
    text = end + 1;
  }
}

/* What a preload link calls the kind of thing that a path names, by its content type. */
static const char *destination(rill_view path) {
  static const struct {
    const char *type, *words;
  } kinds[] = {
      {"text/css", "style"},          {"text/javascript", "script"}, {"image/", "image"},
      {"font/", "font; crossorigin"}, {"audio/", "audio"},           {"video/", "video"},
  };
  char name[PATH_SIZE];
  const char *type = path_decode(path, name) == 0 ? content_type(name) : "";
  for (size_t i = 0; i < sizeof kinds / sizeof kinds[0]; i++) {
    if (strncmp(type, kinds[i].type, strlen(kinds[i].type)) == 0) return kinds[i].words;
  }
  return "fetch; crossorigin";
}

/* The value of `link` (RFC 8288). */
static const char *link_to(struct rule *rule) {
  size_t size;
  FILE *out = open_memstream(&rule->text, &size);
  if (out == NULL) return "no memory";
  for (size_t i = 0; i < rule->path_count; i++) {
    rill_view path = rule->paths[i];
    fprintf(out, "%s<%.*s>; rel=preload; as=%s", i == 0 ? "" : ", ", (int)path.n, (const char *)path.p, destination(path));
  }
  return fclose(out) == 0 ? NULL : "no memory";
}

static const char *parse_priority(struct rule *rule, const char *text) {
  rule->priority = (rill_priority){3, false, true};
  rule->text = strdup(text);
  if (rule->text == NULL) return "no memory";
  return rill_priority_parse(&rule->priority, view_to(text, text + strlen(text))) ? NULL : "not as u=1,i";
}

const char *rule_parse(struct rule *rule, enum rule_kind kind, const char *text) {
  const char *mark = strchr(text, '='), *why;
  *rule = (struct rule){.kind = kind};
  if (text[0] != '/' || mark == NULL) return "not as /PAGE=...";
  rule->page = view_to(text, mark);
  if (kind == RULE_PRIORITY) return parse_priority(rule, mark + 1);
  why = parse_paths(rule, mark + 1);
  return why == NULL && kind == RULE_HINT ? link_to(rule) : why;
}

/* ---- applying ------------------------------------------------------------------------------------------------------------ */

static void hint(struct connection *c, uint32_t id, const struct rule *rule) {
  rill_field fields[] = {RILL_FIELD(":status", "103"), field_of("link", rule->text)};
  (void)rill_submit_informational(c->rill, id, fields, 2); /* if there is no room for it: it is only a hint */
}

static void push_one(struct connection *c, uint32_t id, const rill_head *page, rill_view path) {
  rill_head head = {.kind = RILL_HEAD_REQUEST,
                    .end_stream = true,
                    .method = {(const uint8_t *)"GET", 3},
                    .scheme = page->scheme,
                    .authority = page->authority,
                    .path = path,
                    .content_length = -1};
  rill_field fields[] = {RILL_FIELD(":method", "GET"), field_of(":scheme", ""), field_of(":authority", ""),
                         field_of(":path", "")};
  fields[1].value = head.scheme;
  fields[2].value = head.authority;
  fields[3].value = head.path;
  if (!file_is_there(c, path)) return;
  rill_ssize promised = rill_submit_push(c->rill, id, fields, 4, NULL);
  if (promised < 0) return; /* the client takes none, or no more for now */
  int code = file_answer(c, (uint32_t)promised, &head, false);
  if (code != 0) (void)rill_reset(c->rill, (uint32_t)promised, (uint32_t)code);
}

/* Promises belong to what a client has asked for: what is pushed brings nothing along. */
static void push(struct connection *c, uint32_t id, const rill_head *head, const struct rule *rule, uint32_t bit) {
  if (id % 2 == 0 || (c->pushed & bit) != 0) return;
  c->pushed |= bit;
  for (size_t i = 0; i < rule->path_count; i++)
    push_one(c, id, head, rule->paths[i]);
}

/* Returns how many fields the response gets by it. */
static size_t apply(struct connection *c, uint32_t id, const rill_head *head, size_t index, rill_field *field) {
  const struct rule *rule = &c->loop->site->options->rules[index];
  switch (rule->kind) {
  case RULE_HINT:
    hint(c, id, rule);
    *field = field_of("link", rule->text);
    return 1;
  case RULE_PRIORITY: /* the server's word counts more than the client's (RFC 9218 8) */
    (void)rill_set_priority(c->rill, id, &rule->priority);
    *field = field_of("priority", rule->text);
    return 1;
  case RULE_PUSH:
  case RULE_KINDS:
    break;
  }
  push(c, id, head, rule, UINT32_C(1) << index);
  return 0;
}

size_t rules_apply(struct connection *c, uint32_t id, const rill_head *head, rill_view path, rill_field *fields) {
  const struct options *o = c->loop->site->options;
  size_t n = 0;
  for (size_t at = 0; at < RULE_KINDS * o->rule_count; at++) {
    size_t index = at % o->rule_count;
    bool meant = o->rules[index].kind == at / o->rule_count && same(o->rules[index].page, path);
    if (meant && n < RULE_FIELDS) n += apply(c, id, head, index, &fields[n]);
  }
  return n;
}
