/* SPDX-License-Identifier: MIT */
#include "serve_text.h"

#include <stdio.h>
#include <string.h>

/* ---- paths --------------------------------------------------------------------------------------------------------------- */

static int hex_digit(uint8_t c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

/* Reads one octet of the path at *at, which may be written as %41; -1 for bad syntax. */
static int octet_at(rill_view raw, size_t *at, bool *encoded) {
  uint8_t c = raw.p[(*at)++];
  *encoded = c == '%';
  if (!*encoded) return c;
  if (raw.n - *at < 2) return -1;
  int high = hex_digit(raw.p[*at]), low = hex_digit(raw.p[*at + 1]);
  *at += 2;
  return high < 0 || low < 0 ? -1 : high * 16 + low;
}

static bool has_dot_dot(const char *path) {
  for (const char *at = path; *at != '\0'; at += strcspn(at, "/"), at += *at == '/') {
    if (strncmp(at, "..", 2) == 0 && (at[2] == '/' || at[2] == '\0')) return true;
  }
  return false;
}

int path_decode(rill_view raw, char *out) {
  size_t n = 0;
  if (raw.n == 0 || raw.p[0] != '/') return 400;
  for (size_t at = 0; at < raw.n && raw.p[at] != '?' && raw.p[at] != '#';) {
    bool encoded;
    int c = octet_at(raw, &at, &encoded);
    if (c < 0) return 400;
    if (c == '\0' || (encoded && c == '/')) return 403;
    if (n == 0 && c == '/') continue; /* "//x" is no path from the root of the machine */
    if (n == PATH_SIZE - 1) return 414;
    out[n++] = (char)c;
  }
  if (n == 0) out[n++] = '.';
  out[n] = '\0';
  return has_dot_dot(out) ? 403 : 0;
}

/* ---- ranges -------------------------------------------------------------------------------------------------------------- */

/* Takes the decimal number at the front; false if there is none. What is too large becomes UINT64_MAX. */
static bool take_number(rill_view *text, uint64_t *out) {
  size_t n = 0;
  *out = 0;
  for (; n < text->n && text->p[n] >= '0' && text->p[n] <= '9'; n++) {
    uint64_t digit = (uint64_t)(text->p[n] - '0');
    *out = *out > (UINT64_MAX - digit) / 10 ? UINT64_MAX : *out * 10 + digit;
  }
  text->p += n;
  text->n -= n;
  return n != 0;
}

range_kind range_parse(rill_view value, uint64_t size, uint64_t *first, uint64_t *last) {
  static const char unit[] = "bytes=";
  size_t skip = sizeof unit - 1;
  if (value.n < skip || memcmp(value.p, unit, skip) != 0) return RANGE_ALL;
  rill_view rest = {value.p + skip, value.n - skip};
  bool has_first = take_number(&rest, first);
  if (rest.n == 0 || rest.p[0] != '-') return RANGE_ALL;
  rest.p++;
  rest.n--;
  bool has_last = take_number(&rest, last);
  if (rest.n != 0 || (!has_first && !has_last) || (has_first && has_last && *first > *last)) return RANGE_ALL;
  if (!has_first) { /* the last so many octets */
    if (*last == 0 || size == 0) return RANGE_OUTSIDE;
    *first = *last < size ? size - *last : 0;
    *last = size - 1;
    return RANGE_PART;
  }
  if (*first >= size) return RANGE_OUTSIDE;
  if (!has_last || *last >= size) *last = size - 1;
  return RANGE_PART;
}

/* ---- dates --------------------------------------------------------------------------------------------------------------- */

void date_format(time_t when, char out[DATE_SIZE]) {
  struct tm parts;
  if (gmtime_r(&when, &parts) == NULL || strftime(out, DATE_SIZE, "%a, %d %b %Y %H:%M:%S GMT", &parts) == 0) {
    snprintf(out, DATE_SIZE, "Thu, 01 Jan 1970 00:00:00 GMT");
  }
}

bool date_parse(rill_view text, time_t *when) {
  static const char *const forms[] = {"%a, %d %b %Y %H:%M:%S GMT", "%A, %d-%b-%y %H:%M:%S GMT", "%a %b %e %H:%M:%S %Y"};
  char copy[64];
  if (text.n == 0 || text.n >= sizeof copy) return false;
  memcpy(copy, text.p, text.n);
  copy[text.n] = '\0';
  for (size_t i = 0; i < sizeof forms / sizeof forms[0]; i++) {
    struct tm parts = {0};
    const char *end = strptime(copy, forms[i], &parts);
    if (end == NULL || *end != '\0') continue;
    *when = timegm(&parts);
    return true;
  }
  return false;
}

/* ---- content types ------------------------------------------------------------------------------------------------------- */

const char *content_type(const char *path) {
  static const struct {
    const char *ending, *type;
  } types[] = {
      {"html", "text/html; charset=utf-8"},
      {"htm", "text/html; charset=utf-8"},
      {"css", "text/css; charset=utf-8"},
      {"js", "text/javascript; charset=utf-8"},
      {"mjs", "text/javascript; charset=utf-8"},
      {"txt", "text/plain; charset=utf-8"},
      {"md", "text/markdown; charset=utf-8"},
      {"c", "text/plain; charset=utf-8"},
      {"h", "text/plain; charset=utf-8"},
      {"csv", "text/csv; charset=utf-8"},
      {"xml", "application/xml"},
      {"json", "application/json"},
      {"pdf", "application/pdf"},
      {"wasm", "application/wasm"},
      {"gz", "application/gzip"},
      {"zip", "application/zip"},
      {"svg", "image/svg+xml"},
      {"png", "image/png"},
      {"jpg", "image/jpeg"},
      {"jpeg", "image/jpeg"},
      {"gif", "image/gif"},
      {"webp", "image/webp"},
      {"ico", "image/x-icon"},
      {"woff2", "font/woff2"},
      {"mp3", "audio/mpeg"},
      {"mp4", "video/mp4"},
      {"webm", "video/webm"},
  };
  const char *slash = strrchr(path, '/'), *dot = strrchr(slash != NULL ? slash : path, '.');
  for (size_t i = 0; dot != NULL && i < sizeof types / sizeof types[0]; i++) {
    if (strcasecmp(dot + 1, types[i].ending) == 0) return types[i].type;
  }
  return "application/octet-stream";
}
