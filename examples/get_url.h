/* SPDX-License-Identifier: MIT */
/*
 * get_url: takes http:// URLs apart (RFC 3986 3, RFC 9110 4.2.1). Strings in, strings out.
 */
#ifndef EXAMPLES_GET_URL_H
#define EXAMPLES_GET_URL_H

#include "common.h"

struct url {
  const char *text;
  char *host, *port; /* to connect to; a literal IPv6 address has no brackets here */
  char *authority;   /* for :authority, as written */
  char *path;        /* for :path: with query, without fragment; what may not stand in a URL is percent-encoded */
};

/* NULL if all is well, else why not. The strings live until url_free(), which is to be called either way. */
const char *url_parse(struct url *url, const char *text);
void url_free(struct url *url);

/* One connection can serve both. */
bool url_same_origin(const struct url *a, const struct url *b);

/* The last segment of the path, to save under: NULL if it is empty or begins with a dot. Malloc'ed. */
char *url_file_name(const struct url *url);

#endif /* EXAMPLES_GET_URL_H */
