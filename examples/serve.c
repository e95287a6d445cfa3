/* SPDX-License-Identifier: MIT */
/*
 * rill-serve: serves the files of a folder over cleartext HTTP/2 with prior knowledge (RFC 9113 3.3).
 *
 * Each thread has a loop, a listening socket and connections of its own; the kernel spreads new connections over them. The main
 * thread waits for SIGTERM or SIGINT and then tells all loops to drain. Exit codes: 0, 1 usage, 2 cannot listen.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <netdb.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EXIT_USAGE = 1, EXIT_LISTEN = 2, MAX_THREADS = 256, BACKLOG = 4096 };

static const char usage[] = "usage: rill-serve [--address A] [--port N] [--threads N] [--trace] ROOT\n"
                            "Serves the files in the folder ROOT over cleartext HTTP/2, and POST /.echo.\n"
                            "  --address A  where to listen; 127.0.0.1\n"
                            "  --port N     8080; 0: any that is free\n"
                            "  --threads N  1\n"
                            "  --trace      every frame in words on stderr\n";

static _Noreturn void fail(int code, const char *what, const char *where, const char *why) {
  fprintf(stderr, "rill-serve: %s%s%s: %s\n", what, where[0] != '\0' ? " " : "", where, why);
  exit(code);
}

/* ---- options ------------------------------------------------------------------------------------------------------------- */

static struct options parse(int argc, char **argv) {
  static const struct option known[] = {{"address", required_argument, NULL, 'a'}, {"port", required_argument, NULL, 'p'},
                                        {"threads", required_argument, NULL, 't'}, {"trace", no_argument, NULL, 'v'},
                                        {"help", no_argument, NULL, 'h'},          {NULL, 0, NULL, 0}};
  struct options o = {.address = "127.0.0.1", .port = "8080", .threads = 1};
  unsigned long number;
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;) {
    switch (c) {
    case 'a':
      o.address = optarg;
      break;
    case 'p':
      if (!number_of(optarg, 0, 65535, &number)) fail(EXIT_USAGE, "--port", optarg, "not a number from 0 to 65535");
      o.port = optarg;
      break;
    case 't':
      if (!number_of(optarg, 1, MAX_THREADS, &o.threads)) fail(EXIT_USAGE, "--threads", optarg, "not a number from 1 to 256");
      break;
    case 'v':
      o.trace = true;
      break;
    case 'h':
      fputs(usage, stdout);
      exit(0);
    default:
      exit(EXIT_USAGE); /* getopt_long has said what */
    }
  }
  if (optind == argc) fail(EXIT_USAGE, "ROOT", "", "missing; see --help");
  if (optind + 1 < argc) fail(EXIT_USAGE, "argument", argv[optind + 1], "one too many; see --help");
  o.root = argv[optind];
  return o;
}

/* ---- listening ----------------------------------------------------------------------------------------------------------- */

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

static void announce(const struct sockaddr *address, socklen_t size) {
  char host[NI_MAXHOST], port[NI_MAXSERV];
  int err = getnameinfo(address, size, host, sizeof host, port, sizeof port, NI_NUMERICHOST | NI_NUMERICSERV);
  if (err != 0) fail(EXIT_LISTEN, "own address", "", gai_strerror(err));
  bool colons = strchr(host, ':') != NULL;
  printf("listening on %s%s%s:%s\n", colons ? "[" : "", host, colons ? "]" : "", port);
  fflush(stdout);
}

/* A socket for each loop, all on one port, which the first may have chosen. */
static void listen_all(const struct options *o, struct loop **loops) {
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
  announce(address, size);
}

/* ---- running ------------------------------------------------------------------------------------------------------------- */

static struct loop *loop_new(const struct site *site) {
  struct loop *loop = calloc(1, sizeof *loop);
  if (loop == NULL) fail(EXIT_LISTEN, "thread", "", strerror(ENOMEM));
  loop->site = site;
  loop->epoll = epoll_create1(EPOLL_CLOEXEC);
  loop->wake = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
  if (loop->epoll < 0 || loop->wake < 0) fail(EXIT_LISTEN, "thread", "", strerror(errno));
  return loop;
}

/* Every connection costs a descriptor: take as many as we may have. */
static void raise_descriptor_limit(void) {
  struct rlimit limit;
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  (void)setrlimit(RLIMIT_NOFILE, &limit);
}

/* The threads inherit the mask, so that these signals wait for sigwait() alone. */
static void block_signals(sigset_t *stops) {
  sigemptyset(stops);
  sigaddset(stops, SIGTERM);
  sigaddset(stops, SIGINT);
  (void)pthread_sigmask(SIG_BLOCK, stops, NULL);
}

static void run(struct loop **loops, size_t count, const sigset_t *stops) {
  int got;
  for (size_t i = 0; i < count; i++) {
    int err = pthread_create(&loops[i]->thread, NULL, loop_run, loops[i]);
    if (err != 0) fail(EXIT_LISTEN, "thread", "", strerror(err));
  }
  (void)sigwait(stops, &got);
  for (size_t i = 0; i < count; i++)
    (void)eventfd_write(loops[i]->wake, 1);
  for (size_t i = 0; i < count; i++)
    (void)pthread_join(loops[i]->thread, NULL);
}

int main(int argc, char **argv) {
  struct options o = parse(argc, argv);
  struct site site = {.root = open(o.root, O_PATH | O_DIRECTORY | O_CLOEXEC)};
  struct loop *loops[MAX_THREADS];
  if (site.root < 0) fail(EXIT_USAGE, "ROOT", o.root, strerror(errno));
  int err = site_init(&site, o.trace);
  if (err != 0) fail(EXIT_USAGE, "configuration", "", rill_err_text(err));
  sigset_t stops;
  block_signals(&stops);
  raise_descriptor_limit();
  for (unsigned long i = 0; i < o.threads; i++)
    loops[i] = loop_new(&site);
  listen_all(&o, loops);
  run(loops, o.threads, &stops);

  for (unsigned long i = 0; i < o.threads; i++) {
    (void)close(loops[i]->epoll);
    (void)close(loops[i]->wake);
    free(loops[i]);
  }
  rill_context_del(site.context);
  (void)close(site.root);
  return 0;
}
