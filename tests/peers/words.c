/* SPDX-License-Identifier: MIT */
/*
 * words: tests the pure parts of the examples: paths, ranges, dates, URLs, base64url, and opening below a folder.
 *
 *   words FOLDER    FOLDER is empty and ours to fill
 *
 * Prints a line for each check that fails; exits with 1 if there was one. Built and run by run.sh.
 */
#include "get_url.h"
#include "serve_open.h"
#include "serve_text.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static int checks, failures;

static void check(bool good, const char *what, const char *input) {
  checks++;
  if (good) return;
  failures++;
  printf("words: %s: %s\n", what, input);
}

static rill_view view(const char *text) {
  rill_view v = {(const uint8_t *)text, strlen(text)};
  return v;
}

static bool same(const char *a, const char *b) { return a != NULL && b != NULL ? strcmp(a, b) == 0 : a == b; }

/* ---- paths --------------------------------------------------------------------------------------------------------------- */

static void test_paths(void) {
  static const struct {
    const char *raw;
    int status;
    const char *path;
  } cases[] = {
      {"/", 0, "."},
      {"/?x=/../", 0, "."},
      {"/a", 0, "a"},
      {"/a/b.txt?q#f", 0, "a/b.txt"},
      {"/a/", 0, "a/"},
      {"//a", 0, "a"},
      {"///", 0, "."},
      {"/a//b", 0, "a//b"},
      {"/%41%2e%62", 0, "A.b"},
      {"/%2E%2e%2E", 0, "..."},
      {"/..a", 0, "..a"},
      {"/a..", 0, "a.."},
      {"/a/.b", 0, "a/.b"},
      {"/%25", 0, "%"},
      {"/%252e%252e/", 0, "%2e%2e/"},
      {"", 400, NULL},
      {"a", 400, NULL},
      {"*", 400, NULL},
      {"/%", 400, NULL},
      {"/%4", 400, NULL},
      {"/%g0", 400, NULL},
      {"/%0g", 400, NULL},
      {"/..", 403, NULL},
      {"/../", 403, NULL},
      {"/a/..", 403, NULL},
      {"/a/../b", 403, NULL},
      {"/%2e%2e", 403, NULL},
      {"/.%2E/b", 403, NULL},
      {"/a/%2e./b", 403, NULL},
      {"//../b", 403, NULL},
      {"/%00", 403, NULL},
      {"/a%00.txt", 403, NULL},
      {"/a%2fb", 403, NULL},
      {"/a%2Fb", 403, NULL},
      {"/..%2f..%2f", 403, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    char out[PATH_SIZE];
    int status = path_decode(view(cases[i].raw), out);
    check(status == cases[i].status && (status != 0 || same(out, cases[i].path)), "path", cases[i].raw);
  }
}

static void test_path_size(void) {
  char raw[PATH_SIZE + 2], out[PATH_SIZE];
  memset(raw, 'a', sizeof raw);
  raw[0] = '/';
  rill_view most = {(const uint8_t *)raw, PATH_SIZE}, more = {most.p, PATH_SIZE + 1};
  check(path_decode(most, out) == 0 && strlen(out) == PATH_SIZE - 1, "path", "of the greatest size");
  check(path_decode(more, out) == 414, "path", "one octet longer");
}

/* ---- ranges -------------------------------------------------------------------------------------------------------------- */

static void test_ranges(void) {
  static const struct {
    const char *value;
    uint64_t size;
    range_kind kind;
    uint64_t first, last;
  } cases[] = {
      {"bytes=0-0", 10, RANGE_PART, 0, 0},
      {"bytes=2-5", 10, RANGE_PART, 2, 5},
      {"bytes=2-", 10, RANGE_PART, 2, 9},
      {"bytes=9-", 10, RANGE_PART, 9, 9},
      {"bytes=0-9", 10, RANGE_PART, 0, 9},
      {"bytes=0-10", 10, RANGE_PART, 0, 9},
      {"bytes=-1", 10, RANGE_PART, 9, 9},
      {"bytes=-10", 10, RANGE_PART, 0, 9},
      {"bytes=-11", 10, RANGE_PART, 0, 9},
      {"bytes=3-99999999999999999999999", 10, RANGE_PART, 3, 9},
      {"bytes=-99999999999999999999999", 10, RANGE_PART, 0, 9},
      {"bytes=10-", 10, RANGE_OUTSIDE, 0, 0},
      {"bytes=10-20", 10, RANGE_OUTSIDE, 0, 0},
      {"bytes=99999999999999999999999-", 10, RANGE_OUTSIDE, 0, 0},
      {"bytes=-0", 10, RANGE_OUTSIDE, 0, 0},
      {"bytes=0-", 0, RANGE_OUTSIDE, 0, 0},
      {"bytes=-5", 0, RANGE_OUTSIDE, 0, 0},
      {"bytes=5-2", 10, RANGE_ALL, 0, 0},
      {"bytes=1-2,4-5", 10, RANGE_ALL, 0, 0},
      {"bytes=", 10, RANGE_ALL, 0, 0},
      {"bytes=-", 10, RANGE_ALL, 0, 0},
      {"bytes=a-b", 10, RANGE_ALL, 0, 0},
      {"bytes=1-2x", 10, RANGE_ALL, 0, 0},
      {"bytes=1", 10, RANGE_ALL, 0, 0},
      {"bytes", 10, RANGE_ALL, 0, 0},
      {"lines=1-2", 10, RANGE_ALL, 0, 0},
      {"", 10, RANGE_ALL, 0, 0},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint64_t first, last;
    range_kind kind = range_parse(view(cases[i].value), cases[i].size, &first, &last);
    bool part = kind != RANGE_PART || (first == cases[i].first && last == cases[i].last);
    check(kind == cases[i].kind && part, "range", cases[i].value);
  }
}

/* ---- dates and types ----------------------------------------------------------------------------------------------------- */

static void test_dates(void) {
  static const struct {
    const char *text;
    bool good;
  } cases[] = {
      {"Sun, 06 Nov 1994 08:49:37 GMT", true},
      {"Sunday, 06-Nov-94 08:49:37 GMT", true},
      {"Sun Nov  6 08:49:37 1994", true},
      {"Sun, 06 Nov 1994 08:49:37 GMTx", false},
      {"Sun, 06 Nov 1994", false},
      {"", false},
      {"784111777", false},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    time_t when = 0;
    bool good = date_parse(view(cases[i].text), &when);
    check(good == cases[i].good && (!good || when == 784111777), "date", cases[i].text);
  }
  char out[DATE_SIZE];
  date_format(784111777, out);
  check(same(out, "Sun, 06 Nov 1994 08:49:37 GMT"), "date written", out);
  check(same(content_type("a/b.HTML"), "text/html; charset=utf-8"), "type", "b.HTML");
  check(same(content_type("a.png/b"), "application/octet-stream"), "type", "a.png/b");
  check(same(content_type("b."), "application/octet-stream"), "type", "b.");
}

/* ---- URLs ---------------------------------------------------------------------------------------------------------------- */

static void test_urls(void) {
  static const struct {
    const char *text, *host, *port, *authority, *path, *name;
  } cases[] = {
      {"http://a", "a", "80", "a", "/", NULL},
      {"http://a/", "a", "80", "a", "/", NULL},
      {"HTTP://a:81/b/c.d?e#f", "a", "81", "a:81", "/b/c.d?e", "c.d"},
      {"http://a?b/c", "a", "80", "a", "/?b/c", NULL},
      {"http://a#b", "a", "80", "a", "/", NULL},
      {"http://a:/x", "a", "80", "a:", "/x", "x"},
      {"http://[::1]:8080/x", "::1", "8080", "[::1]:8080", "/x", "x"},
      {"http://[::1]", "::1", "80", "[::1]", "/", NULL},
      {"http://a/b c\xc3\xa4%20\"", "a", "80", "a", "/b%20c%C3%A4%20%22", "b%20c%C3%A4%20%22"},
      {"http://a/..", "a", "80", "a", "/..", NULL},
      {"http://a/.profile", "a", "80", "a", "/.profile", NULL},
      {"http://a/b/", "a", "80", "a", "/b/", NULL},
      {"http://a:65535/x", "a", "65535", "a:65535", "/x", "x"},
      {"http://a:65536/", NULL, NULL, NULL, NULL, NULL},
      {"http://a:0/", NULL, NULL, NULL, NULL, NULL},
      {"http://a:b/", NULL, NULL, NULL, NULL, NULL},
      {"http://", NULL, NULL, NULL, NULL, NULL},
      {"http:///x", NULL, NULL, NULL, NULL, NULL},
      {"http://:80/", NULL, NULL, NULL, NULL, NULL},
      {"http://[::1", NULL, NULL, NULL, NULL, NULL},
      {"http://[]/", NULL, NULL, NULL, NULL, NULL},
      {"http://[::1]x/", NULL, NULL, NULL, NULL, NULL},
      {"http://u:p@a/", NULL, NULL, NULL, NULL, NULL},
      {"http://a b/", NULL, NULL, NULL, NULL, NULL},
      {"https://a/", NULL, NULL, NULL, NULL, NULL},
      {"a/b", NULL, NULL, NULL, NULL, NULL},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    struct url url;
    bool good = url_parse(&url, cases[i].text) == NULL;
    check(good == (cases[i].host != NULL), "URL judged", cases[i].text);
    if (good && cases[i].host != NULL) {
      char *name = url_file_name(&url);
      check(same(url.host, cases[i].host) && same(url.port, cases[i].port), "URL's host", cases[i].text);
      check(same(url.authority, cases[i].authority) && same(url.path, cases[i].path), "URL's parts", cases[i].text);
      check(same(name, cases[i].name), "URL's file name", cases[i].text);
      free(name);
    }
    url_free(&url);
  }
}

/* ---- opening below a folder ---------------------------------------------------------------------------------------------- */

static void put(const char *path) {
  FILE *file = fopen(path, "w");
  if (file == NULL || fputs(path, file) < 0 || fclose(file) != 0) check(false, "cannot write", path);
}

static bool fill_folder(const char *folder) {
  if (chdir(folder) != 0 || mkdir("site", 0700) != 0 || mkdir("site/sub", 0700) != 0) return false;
  put("secret");
  put("site/a");
  put("site/sub/b");
  return symlink("a", "site/good") == 0 && symlink("../secret", "site/bad") == 0 &&
         symlink("/etc/passwd", "site/absolute") == 0 && symlink("..", "site/up") == 0 && symlink("sub", "site/down") == 0 &&
         mkfifo("site/fifo", 0600) == 0;
}

/* followed: links that stay inside are. Without, no link is. */
static void test_open(int (*opens)(int root, const char *path), bool followed) {
  const struct {
    const char *path;
    bool good;
  } cases[] = {
      {"a", true},
      {".", true},
      {"sub/b", true},
      {"sub//b", true},
      {"sub", true},
      {"sub/", true},
      {"fifo", true},
      {"good", followed},
      {"down/b", followed},
      {"bad", false},
      {"absolute", false},
      {"up/secret", false},
      {"../secret", false},
      {"sub/../../secret", false},
      {"/etc/passwd", false},
      {"a/", false},
      {"a/b", false},
      {"nothing", false},
      {"nothing/b", false},
  };
  int root = open("site", O_PATH | O_DIRECTORY | O_CLOEXEC);
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    int fd = opens(root, cases[i].path);
    check((fd >= 0) == cases[i].good, followed ? "open_beneath" : "open_walk", cases[i].path);
    if (fd >= 0) (void)close(fd);
  }
  (void)close(root);
}

/* ---- base64url ------------------------------------------------------------------------------------------------------------ */

static void test_base64(void) {
  static const struct {
    const char *octets; /* NULL: the text is none */
    size_t n;
    const char *text;
  } cases[] = {
      {"", 0, ""},      {"f", 1, "Zg"},  {"fo", 2, "Zm8"}, {"foo", 3, "Zm9v"}, {"foob", 4, "Zm9vYg"}, {"\xfb\xff", 2, "-_8"},
      {NULL, 0, "Z"},   {NULL, 0, "Zh"}, {NULL, 0, "Zm9"}, {NULL, 0, "Zg=="},  {NULL, 0, "+/8"},      {NULL, 0, "Zm9vY"},
      {NULL, 0, "Zg "},
  };
  for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
    uint8_t octets[8];
    char text[16];
    size_t n;
    bool good = base64url_decode(view(cases[i].text), octets, sizeof octets, &n);
    check(good == (cases[i].octets != NULL), "base64url_decode", cases[i].text);
    if (!good || cases[i].octets == NULL) continue;
    check(n == cases[i].n && memcmp(octets, cases[i].octets, n) == 0, "base64url_decode", cases[i].text);
    base64url_encode((rill_view){octets, n}, text);
    check(same(text, cases[i].text), "base64url_encode", cases[i].text);
  }
  uint8_t room[2];
  size_t n;
  check(base64url_decode(view("Zm8"), room, 2, &n) && n == 2, "base64url_decode", "as much as there is room for");
  check(!base64url_decode(view("Zm9v"), room, 2, &n), "base64url_decode", "one octet too much");
}

/* Without openat2 it walks. */
static bool beneath_follows(void) {
  int root = open("site", O_PATH | O_DIRECTORY | O_CLOEXEC), fd = open_beneath(root, "good");
  if (fd >= 0) (void)close(fd);
  (void)close(root);
  return fd >= 0;
}

int main(int argc, char **argv) {
  if (argc != 2 || !fill_folder(argv[1])) {
    printf("words: cannot fill the folder: %s\n", strerror(errno));
    return 1;
  }
  test_paths();
  test_path_size();
  test_ranges();
  test_dates();
  test_urls();
  test_base64();
  test_open(open_walk, false);
  test_open(open_beneath, beneath_follows());
  printf("words: %d checks, %d failed\n", checks, failures);
  return failures == 0 ? 0 : 1;
}
