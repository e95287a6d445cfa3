/* SPDX-License-Identifier: MIT */
/*
 * serve_file: answers from files, and the cache of open ones.
 *
 * The cache is found by the path as it stands in the request, so that a hit costs neither decoding nor a system call. An entry is
 * believed for a second; then the file is opened anew. Small content is kept in memory and lent to rill; large content goes out
 * as opaque pieces, which serve_out.c reads when it writes them. Neither is copied by rill.
 */
#include "serve.h"

#include "serve_open.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* One response under way. */
struct transfer {
  struct answer answer;
  struct file *file;
  uint64_t at, end;
};

/* ---- files --------------------------------------------------------------------------------------------------------------- */

void file_release(struct file *file) {
  if (file == NULL || --file->references > 0) return;
  if (file->fd >= 0) (void)close(file->fd);
  free(file->content);
  free(file);
}

static void content_done(struct connection *c, struct lender *lender, size_t sent) {
  (void)c, (void)sent;
  file_release((struct file *)lender);
}

static int status_of_errno(int err) {
  switch (err) {
  case ENOENT:
  case ENOTDIR:
  case ENAMETOOLONG:
    return 404;
  case EACCES:
  case EPERM:
  case EXDEV:
  case ELOOP:
    return 403;
  default:
    return 503;
  }
}

/* Opens the file that a request means; a folder stands for the index.html in it. Returns 0 or a status. */
static int open_requested(int root, rill_view path, int *fd, struct stat *about, const char **type) {
  char name[PATH_SIZE + sizeof "/index.html"];
  int status = path_decode(path, name);
  if (status != 0) return status;
  *fd = open_beneath(root, name);
  if (*fd < 0) return status_of_errno(errno);
  if (fstat(*fd, about) == 0 && S_ISDIR(about->st_mode)) {
    (void)close(*fd);
    if (path.p[path.n - 1] != '/') return 301;
    strcat(name, "/index.html");
    *fd = open_beneath(root, name);
    if (*fd < 0) return status_of_errno(errno);
  }
  *type = content_type(name);
  if (fstat(*fd, about) == 0 && S_ISREG(about->st_mode)) return 0;
  (void)close(*fd);
  return 403;
}

/* Moves small content into memory. A file that just became shorter stays a file and will fail when it is sent. */
static void load_content(struct file *file) {
  if (file->size > CACHED_SIZE) return;
  file->content = malloc(file->size > 0 ? (size_t)file->size : 1);
  if (file->content == NULL) return;
  if (pread(file->fd, file->content, (size_t)file->size, 0) == (ssize_t)file->size) {
    (void)close(file->fd);
    file->fd = -1;
  } else {
    free(file->content);
    file->content = NULL;
  }
}

static int file_open(const struct site *site, rill_view path, struct file **out) {
  int fd;
  struct stat about;
  const char *type;
  int status = open_requested(site->root, path, &fd, &about, &type);
  if (status != 0) return status;
  struct file *file = calloc(1, sizeof *file + path.n);
  if (file == NULL) {
    (void)close(fd);
    return 503;
  }
  file->lender.done = content_done;
  file->references = 1;
  file->fd = fd;
  file->size = (uint64_t)about.st_size;
  file->modified = about.st_mtime;
  file->path_size = path.n;
  memcpy(file->path, path.p, path.n);
  load_content(file);
  snprintf(file->length_text, sizeof file->length_text, "%" PRIu64, file->size);
  date_format(file->modified, file->date_text);
  file->type = field_of("content-type", type);
  file->length = field_of("content-length", file->length_text);
  file->date = field_of("last-modified", file->date_text);
  /* Prepared fields cost less each time; without, they would only be slower. */
  (void)rill_field_prepare(site->context, &file->type);
  (void)rill_field_prepare(site->context, &file->length);
  (void)rill_field_prepare(site->context, &file->date);
  *out = file;
  return 0;
}

/* ---- the cache ----------------------------------------------------------------------------------------------------------- */

static size_t slot_of(rill_view path) {
  uint32_t hash = 2166136261;
  for (size_t i = 0; i < path.n; i++)
    hash = (hash ^ path.p[i]) * 16777619;
  return (hash ^ hash >> 16) % CACHE_SLOTS;
}

/* Finds or opens; *out then has a reference of the caller's own. Returns 0 or a status. */
static int cache_get(struct loop *loop, rill_view path, struct file **out) {
  struct file **slot = &loop->cache.slots[slot_of(path)];
  struct file *file = *slot;
  bool hit = file != NULL && loop->now - file->checked < CACHE_VALID && file->path_size == path.n &&
             memcmp(file->path, path.p, path.n) == 0;
  if (!hit) {
    int status = file_open(loop->site, path, &file);
    if (status != 0) return status;
    file->checked = loop->now;
    file_release(*slot);
    *slot = file;
  }
  file->references++;
  *out = file;
  return 0;
}

bool file_is_there(struct connection *c, rill_view path) {
  struct file *file;
  if (cache_get(c->loop, path, &file) != 0) return false;
  file->references--; /* the cache still has one */
  return true;
}

void cache_clear(struct cache *cache) {
  for (size_t i = 0; i < CACHE_SLOTS; i++)
    file_release(cache->slots[i]);
  memset(cache, 0, sizeof *cache);
}

/* ---- responses ----------------------------------------------------------------------------------------------------------- */

static int transfer_pull(rill_conn *conn, uint32_t id, size_t max, rill_chunk *out, void *user) {
  struct transfer *t = user;
  uint64_t left = t->end - t->at;
  size_t n = max < PIECE_SIZE ? max : PIECE_SIZE;
  (void)id;
  if (n >= left) n = (size_t)left;
  out->n = n;
  out->more = n == left ? RILL_MORE_NONE : RILL_MORE;
  if (n == 0) return 0; /* max was 0: rill only asks whether anything comes */
  if (t->file->content != NULL) {
    t->file->references++;
    out->data = t->file->content + t->at;
    out->user = &t->file->lender;
  } else {
    struct piece *piece = piece_new(rill_conn_user(conn), t->file, t->at, n);
    if (piece == NULL) return RILL_INTERNAL_ERROR;
    out->data = NULL;
    out->user = &piece->lender;
  }
  t->at += n;
  return 0;
}

static void transfer_close(struct answer *answer) {
  struct transfer *t = (struct transfer *)answer;
  file_release(t->file);
  free(t);
}

/* Sends a response with the octets from first up to end; takes over the reference to the file. */
static int send_part(struct connection *c, uint32_t id, const rill_field *fields, size_t count, struct file *file, uint64_t first,
                     uint64_t end) {
  struct transfer *t = malloc(sizeof *t);
  int err = RILL_ERR_NOMEM;
  if (t != NULL) {
    *t = (struct transfer){{NULL, NULL, transfer_close}, file, first, end};
    rill_body body = {transfer_pull, t, false};
    err = rill_submit_response(c->rill, id, fields, count, &body);
  }
  if (err != 0) {
    file_release(file);
    free(t);
    return RILL_INTERNAL_ERROR;
  }
  (void)rill_stream_set_user(c->rill, id, &t->answer);
  return 0;
}

/* A response without content; gives the reference back. */
static int send_head(struct connection *c, uint32_t id, const rill_field *fields, size_t count, struct file *file) {
  int err = rill_submit_response(c->rill, id, fields, count, NULL);
  file_release(file);
  return err == 0 ? 0 : RILL_INTERNAL_ERROR;
}

/* RFC 9110 13.1.3. We have no entity tags, so if-none-match never matches and rules the date out. */
static bool not_modified(const rill_head *head, const struct file *file) {
  time_t since;
  rill_view date = head_value(head, RILL_TOKEN_IF_MODIFIED_SINCE);
  return date.p != NULL && head_value(head, RILL_TOKEN_IF_NONE_MATCH).p == NULL && date_parse(date, &since) &&
         file->modified <= since;
}

/* RFC 9110 14.2: GET only. With if-range the whole is always a right answer, and what we give. */
static range_kind wanted_range(const rill_head *head, bool head_only, uint64_t size, uint64_t *first, uint64_t *last) {
  rill_view range = head_value(head, RILL_TOKEN_RANGE);
  if (head_only || range.p == NULL || head_value(head, RILL_TOKEN_IF_RANGE).p != NULL) return RANGE_ALL;
  return range_parse(range, size, first, last);
}

/* 301 to the same path with a slash; a query stays behind it. One slash in front: "//x/" would name another host. */
static int answer_redirect(struct connection *c, uint32_t id, bool head_only, rill_view path, rill_view query) {
  char location[PATH_SIZE + 2];
  while (path.n > 1 && path.p[1] == '/')
    path.p++, path.n--;
  int n =
      snprintf(location, sizeof location, "%.*s/%.*s", (int)path.n, (const char *)path.p, (int)query.n, (const char *)query.p);
  if (n < 0 || (size_t)n >= sizeof location) return answer_plain(c, id, 414, head_only, NULL);
  rill_field field = field_of("location", location);
  return answer_plain(c, id, 301, head_only, &field);
}

static int answer_outside(struct connection *c, uint32_t id, struct file *file) {
  char text[40];
  snprintf(text, sizeof text, "bytes */%" PRIu64, file->size);
  file_release(file);
  rill_field field = field_of("content-range", text);
  return answer_plain(c, id, 416, false, &field);
}

static int answer_range(struct connection *c, uint32_t id, struct file *file, uint64_t first, uint64_t last) {
  char range[80], length[24];
  rill_field fields[10];
  size_t n = answer_begin(c, fields, "206");
  snprintf(range, sizeof range, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, last, file->size);
  snprintf(length, sizeof length, "%" PRIu64, last - first + 1);
  fields[n++] = file->type;
  fields[n++] = file->date;
  fields[n++] = field_of("content-range", range);
  fields[n++] = field_of("content-length", length);
  return send_part(c, id, fields, n, file, first, last + 1);
}

/*
 * What differs from file to file would fill the compression's table for nothing, which is why rill does not put it there by
 * itself. Who asks for the same file again gets it in two octets from then on.
 */
static bool asked_again(struct connection *c, const struct file *file) {
  uintptr_t address = (uintptr_t)file, *slot = &c->asked[address / 64 % ASKED_SLOTS];
  bool again = *slot == address;
  *slot = address;
  return again;
}

static rill_field indexed(rill_field field, bool again) {
  if (again) field.flags |= RILL_FIELD_INDEX;
  return field;
}

int file_answer(struct connection *c, uint32_t id, const rill_head *head, bool head_only) {
  const uint8_t *mark = memchr(head->path.p, '?', head->path.n);
  size_t path_size = mark != NULL ? (size_t)(mark - head->path.p) : head->path.n;
  rill_view path = {head->path.p, path_size}, query = {head->path.p + path_size, head->path.n - path_size};
  struct file *file;
  int status = cache_get(c->loop, path, &file);
  if (status == 301) return answer_redirect(c, id, head_only, path, query);
  if (status != 0) return answer_plain(c, id, status, head_only, NULL);

  rill_field fields[8 + RULE_FIELDS];
  if (not_modified(head, file)) {
    size_t n = answer_begin(c, fields, "304");
    fields[n++] = file->date;
    return send_head(c, id, fields, n, file);
  }
  uint64_t first = 0, last = 0;
  range_kind kind = wanted_range(head, head_only, file->size, &first, &last);
  if (kind == RANGE_OUTSIDE) return answer_outside(c, id, file);
  if (kind == RANGE_PART) return answer_range(c, id, file, first, last);

  bool again = asked_again(c, file);
  size_t n = answer_begin(c, fields, "200");
  fields[n++] = file->type;
  fields[n++] = indexed(file->date, again);
  fields[n++] = indexed(file->length, again);
  fields[n++] = c->loop->site->fields[FIELD_ACCEPT_RANGES];
  if (!head_only) n += rules_apply(c, id, head, path, fields + n);
  if (head_only || file->size == 0) return send_head(c, id, fields, n, file);
  return send_part(c, id, fields, n, file, 0, file->size);
}
