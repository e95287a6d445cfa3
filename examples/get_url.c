/* SPDX-License-Identifier: MIT */
#include "get_url.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

/* ---- authority ----------------------------------------------------------------------------------------------------------- */

static const char *parse_port(struct url *url, const char *text, size_t n) {
  unsigned long number;
  url->port = n == 0 ? strdup("80") : strndup(text, n);
  if (url->port == NULL) return "no memory";
  return number_of(url->port, 1, 65535, &number) ? NULL : "the port is not a number from 1 to 65535";
}

static const char *parse_authority(struct url *url, const char *text, size_t n) {
  const char *host = text, *end = text + n, *host_end;
  for (const char *p = text; p < end; p++) {
    if ((unsigned char)*p <= ' ' || (unsigned char)*p >= 0x7f || strchr("\"<>\\^`{|}", *p) != NULL)
      return "a character that no host has";
    if (*p == '@') return "a user name in it, which has no place in HTTP/2";
  }
  if (n > 0 && text[0] == '[') {
    host++;
    host_end = memchr(text, ']', n);
    if (host_end == NULL) return "no ] behind the address";
    text = host_end + 1;
  } else {
    host_end = memchr(text, ':', n);
    if (host_end == NULL) host_end = end;
    text = host_end;
  }
  if (host_end == host) return "no host";
  if (text < end && *text != ':') return "something between host and port";
  url->host = strndup(host, (size_t)(host_end - host));
  if (url->host == NULL) return "no memory";
  return parse_port(url, text + (text < end), (size_t)(end - text) - (text < end));
}

/* ---- path ---------------------------------------------------------------------------------------------------------------- */

/* Encodes what may not stand in a path or query. "%" stays: what is encoded already is not encoded again. */
static char *encode_path(const char *text, size_t n) {
  static const char hex[] = "0123456789ABCDEF";
  char *out = malloc(3 * n + 2), *p = out;
  if (out == NULL) return NULL;
  if (n == 0 || text[0] != '/') *p++ = '/';
  for (size_t i = 0; i < n; i++) {
    unsigned char c = (unsigned char)text[i];
    if (c <= ' ' || c >= 0x7f || strchr("\"<>\\^`{|}", c) != NULL) {
      *p++ = '%';
      *p++ = hex[c >> 4];
      *p++ = hex[c & 15];
    } else {
      *p++ = (char)c;
    }
  }
  *p = '\0';
  return out;
}

/* ---- the whole ----------------------------------------------------------------------------------------------------------- */

const char *url_parse(struct url *url, const char *text) {
  static const char scheme[] = "http://";
  *url = (struct url){.text = text};
  if (strncasecmp(text, "https://", 8) == 0) return "https needs TLS, and rill-get speaks HTTP/2 in cleartext only";
  if (strncasecmp(text, scheme, sizeof scheme - 1) != 0) return "it does not begin with http://";
  text += sizeof scheme - 1;
  size_t n = strcspn(text, "/?#");
  const char *why = parse_authority(url, text, n);
  if (why != NULL) return why;
  url->authority = strndup(text, n);
  url->path = encode_path(text + n, strcspn(text + n, "#"));
  return url->authority == NULL || url->path == NULL ? "no memory" : NULL;
}

void url_free(struct url *url) {
  free(url->host);
  free(url->port);
  free(url->authority);
  free(url->path);
}

bool url_same_origin(const struct url *a, const struct url *b) {
  return strcasecmp(a->host, b->host) == 0 && strtoul(a->port, NULL, 10) == strtoul(b->port, NULL, 10);
}

char *url_file_name(const struct url *url) {
  size_t n = strcspn(url->path, "?"), at = n;
  while (at > 0 && url->path[at - 1] != '/')
    at--;
  return at == n || url->path[at] == '.' ? NULL : strndup(url->path + at, n - at);
}
