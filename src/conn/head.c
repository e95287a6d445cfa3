/* SPDX-License-Identifier: MIT */
/* Heads that outlive their callback: the struct, the fields, then the octets, in one allocation. */
#include "conn/conn.h"

#include "base/bytes.h"

/* Whoever made a head, or changed one, may have named the regular fields alone: `all` counts if it ends with them. */
static bool has_all(const rill_head *head) {
  if (head->all_count == 0 || head->all_count < head->field_count) return false;
  return head->fields == head->all + (head->all_count - head->field_count);
}

static const rill_field *lines_of(const rill_head *head) { return has_all(head) ? head->all : head->fields; }
static size_t count_of(const rill_head *head) { return has_all(head) ? head->all_count : head->field_count; }

static size_t octets_of(const rill_head *head) {
  const rill_field *lines = lines_of(head);
  size_t n = head->method.n + head->scheme.n + head->authority.n + head->path.n + head->protocol.n;
  for (size_t i = 0; i < count_of(head); i++)
    n += lines[i].name.n + lines[i].value.n;
  return n;
}

static size_t size_of(const rill_head *head) { return sizeof *head + count_of(head) * sizeof *head->fields + octets_of(head); }

static rill_view copy_view(uint8_t **at, rill_view view) {
  rill_view copy = {*at, view.n};
  *at = rill__put(*at, view.p, view.n);
  return copy;
}

rill_head *rill__head_copy(rill__mem *mem, const rill_head *head) {
  rill_head *copy = rill__mem_alloc(mem, size_of(head));
  if (copy == NULL) return NULL;
  const rill_field *lines = lines_of(head);
  size_t count = count_of(head);
  rill_field *all = (rill_field *)(copy + 1);
  uint8_t *at = (uint8_t *)(all + count);
  *copy = *head;
  copy->all = has_all(head) ? all : NULL;
  copy->all_count = has_all(head) ? count : 0;
  copy->fields = all + (count - head->field_count);
  copy->method = copy_view(&at, head->method);
  copy->scheme = copy_view(&at, head->scheme);
  copy->authority = copy_view(&at, head->authority);
  copy->path = copy_view(&at, head->path);
  copy->protocol = copy_view(&at, head->protocol);
  for (size_t i = 0; i < count; i++) {
    all[i] = lines[i];
    all[i].name = copy_view(&at, lines[i].name);
    all[i].value = copy_view(&at, lines[i].value);
  }
  return copy;
}

void rill__head_free(rill__mem *mem, rill_head *head) {
  if (head != NULL) rill__mem_free(mem, head, size_of(head));
}

rill_head *rill_head_copy(const rill_context *context, const rill_head *head) {
  rill__mem mem;
  rill__mem_init(&mem, &context->config.mem, SIZE_MAX);
  return rill__head_copy(&mem, head);
}

void rill_head_free(const rill_context *context, rill_head *head) {
  rill__mem mem;
  rill__mem_init(&mem, &context->config.mem, SIZE_MAX);
  if (head != NULL) mem.used = size_of(head);
  rill__head_free(&mem, head);
}
