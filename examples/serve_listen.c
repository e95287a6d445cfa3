/* SPDX-License-Identifier: MIT */
/*
 * serve_listen: listening sockets, and how they pass from one process to the next (SIGHUP).
 *
 * The successor is started with the same command line and inherits the sockets themselves, so the kernel's queue of connections
 * that nobody has accepted yet lives on, and at no time is there a port that refuses. (Two processes that bind the port one after
 * the other, with SO_REUSEPORT, would lose what waits in the queue of the one that closes.) When the successor is ready to accept
 * it sends SIGTERM to its parent, which drains. If it does not get that far, the parent goes on as if nothing had been.
 *
 * The environment variable LISTENERS carries "PARENT:FD,FD,...".
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <signal.h>
#include <spawn.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <unistd.h>

enum { BACKLOG = 4096 };

#define LISTENERS "RILL_SERVE_LISTENERS"

static pid_t parent, successor; /* 0: none */

/* ---- new sockets --------------------------------------------------------------------------------------------------------- */

/* One socket; shared: others will listen on the same port. */
static int listen_at(const struct sockaddr *address, socklen_t size, bool shared) {
  int on = 1, fd = socket(address->sa_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
  if (fd < 0) return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof on);
  if (shared) (void)setsockopt(fd, SOL_SOCKET, SO_REUSEPORT, &on, sizeof on);
  if (bind(fd, address, size) == 0 && listen(fd, BACKLOG) == 0) return fd;
  int err = errno;
  (void)close(fd);
  errno = err;
  return -1;
}

/* A socket for each loop, all on one port, which the first may have chosen. */
static void listen_anew(const struct options *o, struct loop **loops) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_PASSIVE | AI_NUMERICSERV}, *found;
  int err = getaddrinfo(o->address, o->port, &hints, &found);
  if (err != 0) fail(EXIT_LISTEN, "--address", o->address, gai_strerror(err));
  struct sockaddr_storage bound;
  struct sockaddr *address = (struct sockaddr *)&bound;
  socklen_t size = found->ai_addrlen;
  memcpy(&bound, found->ai_addr, size);
  freeaddrinfo(found);
  for (unsigned long i = 0; i < o->threads; i++) {
    loops[i]->listener = listen_at(address, size, o->threads > 1);
    if (loops[i]->listener < 0 || getsockname(loops[i]->listener, address, &size) != 0) {
      char where[NI_MAXHOST + 16];
      snprintf(where, sizeof where, "%s port %s", o->address, o->port);
      fail(EXIT_LISTEN, "cannot listen on", where, strerror(errno));
    }
  }
}

/* ---- inherited sockets --------------------------------------------------------------------------------------------------- */

/* Takes the number and the mark behind it from the front of *text. */
static bool take_number(const char **text, char mark, int *number) {
  char *end;
  long taken = strtol(*text, &end, 10);
  if (end == *text || taken < 0 || taken > INT32_MAX || *end != mark) return false;
  *number = (int)taken;
  *text = end + (mark != '\0');
  return true;
}

/* False: there are none, or the variable speaks of another process. */
static bool inherit(const struct options *o, struct loop **loops) {
  const char *text = getenv(LISTENERS);
  int pid;
  if (text == NULL || !take_number(&text, ':', &pid) || pid != getppid()) return false;
  for (unsigned long i = 0; i < o->threads; i++) {
    int *fd = &loops[i]->listener;
    if (!take_number(&text, i + 1 < o->threads ? ',' : '\0', fd) || fcntl(*fd, F_SETFD, FD_CLOEXEC) != 0)
      fail(EXIT_LISTEN, LISTENERS, "", "no such sockets, or not one for each thread");
  }
  parent = (pid_t)pid;
  return true;
}

static void announce(int listener) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  struct sockaddr_storage bound;
  struct sockaddr *address = (struct sockaddr *)&bound;
  socklen_t size = sizeof bound;
  if (getsockname(listener, address, &size) != 0) fail(EXIT_LISTEN, "own address", "", strerror(errno));
  int err = getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (err != 0) fail(EXIT_LISTEN, "own address", "", gai_strerror(err));
  bool colons = strchr(host, ':') != NULL;
  printf("listening on %s%s%s:%s\n", colons ? "[" : "", host, colons ? "]" : "", port);
  fflush(stdout);
}

void listen_all(const struct options *o, struct loop **loops) {
  if (!inherit(o, loops)) listen_anew(o, loops);
  (void)unsetenv(LISTENERS);
  announce(loops[0]->listener);
}

void listen_took_over(void) {
  if (parent != 0 && parent == getppid()) (void)kill(parent, SIGTERM);
}

/* ---- handing over -------------------------------------------------------------------------------------------------------- */

/* The environment, and the variable before it. The strings stay ours. */
static char **environment_with(char *variable) {
  size_t n = 0;
  while (environ[n] != NULL)
    n++;
  char **all = calloc(n + 2, sizeof *all);
  if (all == NULL) return NULL;
  all[0] = variable;
  memcpy(all + 1, environ, n * sizeof *all);
  return all;
}

void listen_hand_over(char **argv, struct loop **loops, size_t count) {
  char variable[sizeof LISTENERS + 16 + MAX_THREADS * 12];
  posix_spawn_file_actions_t actions;
  if (successor != 0) return; /* one at a time */
  int n = snprintf(variable, sizeof variable, LISTENERS "=%ld", (long)getpid());
  int err = posix_spawn_file_actions_init(&actions);
  for (size_t i = 0; i < count && err == 0; i++) {
    int fd = loops[i]->listener;
    n += snprintf(variable + n, sizeof variable - (size_t)n, "%c%d", i == 0 ? ':' : ',', fd);
    err = posix_spawn_file_actions_adddup2(&actions, fd, fd); /* that is: it stays open */
  }
  char **environment = environment_with(variable);
  if (err == 0) err = environment == NULL ? ENOMEM : posix_spawnp(&successor, argv[0], &actions, NULL, argv, environment);
  if (err != 0) successor = 0;
  if (err != 0) fprintf(stderr, "rill-serve: cannot start %s: %s\n", argv[0], strerror(err));
  if (err == 0) fprintf(stderr, "rill-serve: handing over to process %ld\n", (long)successor);
  free(environment);
  (void)posix_spawn_file_actions_destroy(&actions);
}

void listen_reap(void) {
  int status;
  if (successor == 0 || waitpid(successor, &status, WNOHANG) != successor) return;
  successor = 0;
  fprintf(stderr, "rill-serve: the process that was to take over has ended; this one goes on\n");
}
