/* SPDX-License-Identifier: MIT */
#include "common.h"

#include "serve_open.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#if defined(__has_include)
#if __has_include(<linux/openat2.h>)
#include <linux/openat2.h>
#endif
#endif

enum { READ_FLAGS = O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY };

int open_beneath(int root, const char *path) {
#if defined(SYS_openat2) && defined(RESOLVE_BENEATH)
  struct open_how how = {.flags = READ_FLAGS, .resolve = RESOLVE_BENEATH | RESOLVE_NO_MAGICLINKS};
  long fd = syscall(SYS_openat2, root, path, &how, sizeof how);
  if (fd >= 0) return (int)fd;
  /* Older kernels say ENOSYS, some sandboxes EPERM; EAGAIN: something was renamed meanwhile. */
  if (errno != ENOSYS && errno != EPERM && errno != EAGAIN) return -1;
#endif
  return open_walk(root, path);
}

/* The component at the front of *path, as a string in name; moves *path behind it and its slashes. */
static int take_component(const char **path, char name[NAME_MAX + 1]) {
  size_t n = strcspn(*path, "/");
  if (n > NAME_MAX) return ENAMETOOLONG;
  memcpy(name, *path, n);
  name[n] = '\0';
  *path += n;
  return strcmp(name, "..") == 0 ? EXDEV : 0;
}

int open_walk(int root, const char *path) {
  int at = root;
  if (path[0] == '/') errno = EXDEV;
  if (path[0] == '/') return -1;
  for (;;) {
    char name[NAME_MAX + 1];
    int err = take_component(&path, name);
    bool folder = path[0] == '/'; /* also "x/": then x must be one */
    path += strspn(path, "/");
    int next = err != 0 ? -1 : openat(at, name, READ_FLAGS | O_NOFOLLOW | (folder ? O_DIRECTORY : 0));
    if (err == 0) err = errno;
    if (at != root) (void)close(at);
    if (next < 0) errno = err;
    if (next < 0 || path[0] == '\0') return next;
    at = next;
  }
}
