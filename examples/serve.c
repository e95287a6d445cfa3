/* SPDX-License-Identifier: MIT */
/*
 * rill-serve: serves the files of a folder over cleartext HTTP/2 with prior knowledge (RFC 9113 3.3).
 *
 * Each thread has a loop, a listening socket and connections of its own; the kernel spreads new connections over them. The main
 * thread waits for signals and then tells all loops to drain. Exit codes: 0, 1 usage, 2 cannot listen.
 */
#include "serve.h"

#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/eventfd.h>
#include <sys/resource.h>
#include <unistd.h>

static const char usage[] =
    "usage: rill-serve [options] ROOT\n"
    "Serves the files in the folder ROOT over cleartext HTTP/2; POST /.echo sends back what it gets.\n"
    "  --address A                  where to listen; 127.0.0.1\n"
    "  --port N                     8080; 0: any that is free\n"
    "  --threads N                  1\n"
    "  --drain SECONDS              how long what was begun may take when the server ends; 5\n"
    "  --push PAGE=PATH,...         push these with PAGE, those that exist, once on a connection, to clients that allow it\n"
    "  --early-hints PAGE=PATH,...  103 with links to these, ahead of PAGE\n"
    "  --priority PATH=PRIORITY     serve PATH with this priority, as u=1,i, and say so\n"
    "  --upgrade                    HTTP/1.1 requests may upgrade to h2c\n"
    "  --connect-protocol           extended CONNECT opens tunnels that send back what they get\n"
    "  --altsvc VALUE               an ALTSVC frame with the first request of a connection\n"
    "  --origin ORIGIN              an ORIGIN frame on each connection; for use behind TLS\n"
    "  --trace, --json              every frame and request on stderr, in words or as lines of JSON\n"
    "--push, --early-hints, --priority and --origin may be repeated. SIGTERM and SIGINT: no new connections, and what was begun "
    "is\n"
    "finished. SIGHUP: the same command line is started anew, takes over the listening sockets, and then this process ends "
    "likewise.\n";

_Noreturn void fail(int code, const char *what, const char *where, const char *why) {
  fprintf(stderr, "rill-serve: %s%s%s: %s\n", what, where[0] != '\0' ? " " : "", where, why);
  exit(code);
}

/* ---- options ------------------------------------------------------------------------------------------------------------- */

static unsigned long take_number(const char *option, const char *text, unsigned long least, unsigned long most) {
  unsigned long number;
  char why[64];
  snprintf(why, sizeof why, "not a number from %lu to %lu", least, most);
  if (!number_of(text, least, most, &number)) fail(EXIT_USAGE, option, text, why);
  return number;
}

static void add_rule(struct options *o, enum rule_kind kind, const char *text) {
  if (o->rule_count == MAX_RULES) fail(EXIT_USAGE, "rule", text, "more than 32");
  const char *why = rule_parse(&o->rules[o->rule_count++], kind, text);
  if (why != NULL) fail(EXIT_USAGE, "rule", text, why);
}

static void add_origin(struct options *o, const char *text) {
  if (o->origin_count == MAX_ORIGINS) fail(EXIT_USAGE, "--origin", text, "more than 16");
  o->origins[o->origin_count++] = field_of("", text).value;
}

static void take_option(struct options *o, int c) {
  switch (c) {
  case 'a':
    o->address = optarg;
    break;
  case 'p':
    (void)take_number("--port", optarg, 0, 65535);
    o->port = optarg;
    break;
  case 't':
    o->threads = take_number("--threads", optarg, 1, MAX_THREADS);
    break;
  case 'd':
    o->drain = take_number("--drain", optarg, 0, 86400);
    break;
  case 'P':
    add_rule(o, RULE_PUSH, optarg);
    break;
  case 'E':
    add_rule(o, RULE_HINT, optarg);
    break;
  case 'U':
    add_rule(o, RULE_PRIORITY, optarg);
    break;
  case 'u':
    o->upgrade = true;
    break;
  case 'c':
    o->connect_protocol = true;
    break;
  case 'A':
    o->altsvc = optarg;
    break;
  case 'O':
    add_origin(o, optarg);
    break;
  case 'v':
    o->trace = true;
    break;
  case 'j':
    o->json = true;
    break;
  case 'h':
    fputs(usage, stdout);
    exit(0);
  default:
    exit(EXIT_USAGE); /* getopt_long has said what */
  }
}

static struct options parse(int argc, char **argv) {
  static const struct option known[] = {{"address", required_argument, NULL, 'a'},
                                        {"port", required_argument, NULL, 'p'},
                                        {"threads", required_argument, NULL, 't'},
                                        {"drain", required_argument, NULL, 'd'},
                                        {"push", required_argument, NULL, 'P'},
                                        {"early-hints", required_argument, NULL, 'E'},
                                        {"priority", required_argument, NULL, 'U'},
                                        {"upgrade", no_argument, NULL, 'u'},
                                        {"connect-protocol", no_argument, NULL, 'c'},
                                        {"altsvc", required_argument, NULL, 'A'},
                                        {"origin", required_argument, NULL, 'O'},
                                        {"trace", no_argument, NULL, 'v'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options o = {.address = "127.0.0.1", .port = "8080", .threads = 1, .drain = 5};
  for (int c; (c = getopt_long(argc, argv, "", known, NULL)) != -1;)
    take_option(&o, c);
  if (optind == argc) fail(EXIT_USAGE, "ROOT", "", "missing; see --help");
  if (optind + 1 < argc) fail(EXIT_USAGE, "argument", argv[optind + 1], "one too many; see --help");
  o.root = argv[optind];
  return o;
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
static sigset_t block_signals(void) {
  static const int ours[] = {SIGTERM, SIGINT, SIGHUP, SIGCHLD};
  sigset_t set;
  sigemptyset(&set);
  for (size_t i = 0; i < sizeof ours / sizeof ours[0]; i++)
    sigaddset(&set, ours[i]);
  (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
  return set;
}

/* Returns when it is time to drain. */
static void wait_for_stop(char **argv, struct loop **loops, size_t count, const sigset_t *signals) {
  for (int got;;) {
    if (sigwait(signals, &got) != 0) continue;
    if (got == SIGTERM || got == SIGINT) return;
    if (got == SIGHUP) listen_hand_over(argv, loops, count);
    if (got == SIGCHLD) listen_reap();
  }
}

static void run(char **argv, struct loop **loops, size_t count, const sigset_t *signals) {
  for (size_t i = 0; i < count; i++) {
    int err = pthread_create(&loops[i]->thread, NULL, loop_run, loops[i]);
    if (err != 0) fail(EXIT_LISTEN, "thread", "", strerror(err));
  }
  listen_took_over();
  wait_for_stop(argv, loops, count, signals);
  for (size_t i = 0; i < count; i++)
    (void)eventfd_write(loops[i]->wake, 1);
  for (size_t i = 0; i < count; i++)
    (void)pthread_join(loops[i]->thread, NULL);
}

int main(int argc, char **argv) {
  struct options o = parse(argc, argv);
  struct site site = {.options = &o, .root = open(o.root, O_PATH | O_DIRECTORY | O_CLOEXEC)};
  struct loop *loops[MAX_THREADS];
  if (site.root < 0) fail(EXIT_USAGE, "ROOT", o.root, strerror(errno));
  int err = site_init(&site);
  if (err != 0) fail(EXIT_USAGE, "configuration", "", rill_err_text(err));
  sigset_t signals = block_signals();
  raise_descriptor_limit();
  for (unsigned long i = 0; i < o.threads; i++)
    loops[i] = loop_new(&site);
  listen_all(&o, loops);
  run(argv, loops, o.threads, &signals);

  for (unsigned long i = 0; i < o.threads; i++) {
    (void)close(loops[i]->epoll);
    (void)close(loops[i]->wake);
    free(loops[i]);
  }
  for (size_t i = 0; i < o.rule_count; i++)
    free(o.rules[i].text);
  rill_context_del(site.context);
  (void)close(site.root);
  return 0;
}
