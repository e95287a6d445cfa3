/* SPDX-License-Identifier: MIT */
/*
 * rill-get: fetches http:// URLs over cleartext HTTP/2 with prior knowledge (RFC 9113 3.3), those of one origin side by side over
 * one connection. Reads the options; the rest is in get_*.c. Exit codes: see `usage`; with several failures the first one's.
 */
#include "get.h"

#include <ctype.h>
#include <errno.h>
#include <fcntl.h>
#include <getopt.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

static const char usage[] =
    "usage: rill-get [options] URL...\n"
    "Fetches http:// URLs over cleartext HTTP/2 and writes the bodies in the order given.\n"
    "  -o FILE               write to FILE instead of standard output\n"
    "  -O                    save each under the last segment of its URL\n"
    "  -d DATA               POST these octets as a form\n"
    "  --data-binary @FILE   POST the file (without @: these octets), as a form\n"
    "  -X METHOD             instead of GET or POST\n"
    "  -H 'NAME: VALUE'      another field, or instead of a usual one\n"
    "  -i                    write the heads of responses, too\n"
    "  -f                    no body for status 400 or above; exit code 4\n"
    "  -v                    every frame in words and every field on standard error; also promises, 1xx, alternatives\n"
    "  --json                every frame and received head as a line of JSON on standard error\n"
    "  -n REPEAT             the whole list so many times\n"
    "  -m CONCURRENCY        so many at once; 100\n"
    "  --priority U[,i]      of requests: urgency 0 to 7, i: incremental; given twice, the second from the response's head on\n"
    "  --push                take what the server pushes: a line on standard error for each\n"
    "  --ping                measure the round trip of each connection\n"
    "  --upgrade             begin with HTTP/1.1 and upgrade to h2c\n"
    "  --tunnel PROTOCOL     extended CONNECT: data go into a tunnel, and what comes out of it is the body\n"
    "Exit codes: 1 usage, 2 cannot connect, 3 the peer broke the protocol, 4 status with -f, 5 reset or\n"
    "connection lost, 6 cannot write.\n";

_Noreturn void quit(enum exit_code code, const char *where, const char *what) {
  fprintf(stderr, "rill-get: %s: %s\n", where, what);
  exit((int)code);
}

void complain(struct job *job, enum exit_code code, const char *where, const char *what) {
  fprintf(stderr, "rill-get: %s: %s\n", where, what);
  if (job->code == EXIT_GOOD) job->code = code;
}

/* ---- options ------------------------------------------------------------------------------------------------------------- */

/* "Name: value" becomes a lower-case name and a value without space around it; the text is ours to change. */
static void add_header(struct options *o, char *text) {
  char *colon = strchr(text, ':');
  if (o->header_count == MAX_HEADERS) quit(EXIT_USAGE, "-H", "more than 64 fields");
  if (colon == NULL || colon == text) quit(EXIT_USAGE, text, "no NAME: VALUE");
  *colon = '\0';
  for (char *p = text; *p != '\0'; p++)
    *p = (char)tolower((unsigned char)*p);
  char *value = colon + 1 + strspn(colon + 1, " \t"), *end = value + strlen(value);
  while (end > value && (end[-1] == ' ' || end[-1] == '\t'))
    *--end = '\0';
  o->headers[o->header_count++] = (struct header){text, value};
}

static void add_file(struct options *o, const char *name) {
  struct stat about;
  o->data_fd = open(name, O_RDONLY | O_CLOEXEC | O_NONBLOCK);
  if (o->data_fd < 0 || fstat(o->data_fd, &about) != 0) quit(EXIT_USAGE, name, strerror(errno));
  if (!S_ISREG(about.st_mode)) quit(EXIT_USAGE, name, "not a regular file");
  o->data_size = (uint64_t)about.st_size;
}

static void add_data(struct options *o, const char *text, bool may_be_file) {
  if (o->has_data) quit(EXIT_USAGE, "data", "given twice");
  if (text[0] == '@' && !may_be_file) quit(EXIT_USAGE, text, "-d takes no file; use --data-binary");
  o->has_data = o->is_form = true;
  if (text[0] == '@') {
    add_file(o, text + 1);
  } else {
    o->data = text;
    o->data_size = strlen(text);
  }
}

static unsigned long take_number(const char *option, const char *text, unsigned long most) {
  unsigned long number;
  char what[64];
  snprintf(what, sizeof what, "not a number from 1 to %lu", most);
  if (number_of(text, 1, most, &number)) return number;
  fprintf(stderr, "rill-get: %s %s: %s\n", option, text, what);
  exit(EXIT_USAGE);
}

static void add_priority(struct options *o, const char *text) {
  bool good = text[0] >= '0' && text[0] <= '7' && (text[1] == '\0' || strcmp(text + 1, ",i") == 0);
  if (!good) quit(EXIT_USAGE, "--priority", "not as 3 or 3,i");
  if (o->priority_count == 2) quit(EXIT_USAGE, "--priority", "given three times");
  rill_priority *priority = &o->priority[o->priority_count++];
  *priority = (rill_priority){(uint8_t)(text[0] - '0'), text[1] != '\0', true};
  priority_words(o->priority_text, sizeof o->priority_text, &o->priority[0]);
}

static void take_option(struct options *o, int c) {
  switch (c) {
  case 'o':
    o->output = optarg;
    break;
  case 'O':
    o->save = true;
    break;
  case 'd':
    add_data(o, optarg, false);
    break;
  case 'b':
    add_data(o, optarg, true);
    break;
  case 'X':
    o->method = optarg;
    break;
  case 'H':
    add_header(o, optarg);
    break;
  case 'i':
    o->include = true;
    break;
  case 'f':
    o->fail = true;
    break;
  case 'v':
    o->verbose = true;
    break;
  case 'n':
    o->repeat = take_number("-n", optarg, MAX_TRANSFERS);
    break;
  case 'm':
    o->concurrency = take_number("-m", optarg, MAX_CONCURRENCY);
    break;
  case 'j':
    o->json = true;
    break;
  case 'U':
    add_priority(o, optarg);
    break;
  case 'P':
    o->push = true;
    break;
  case 'p':
    o->ping = true;
    break;
  case 'u':
    o->upgrade = true;
    break;
  case 'T':
    o->tunnel = optarg;
    break;
  case 'h':
    fputs(usage, stdout);
    exit(EXIT_GOOD);
  default:
    exit(EXIT_USAGE); /* getopt_long has said what */
  }
}

static struct options parse(int argc, char **argv) {
  static const struct option known[] = {{"data-binary", required_argument, NULL, 'b'},
                                        {"json", no_argument, NULL, 'j'},
                                        {"priority", required_argument, NULL, 'U'},
                                        {"push", no_argument, NULL, 'P'},
                                        {"ping", no_argument, NULL, 'p'},
                                        {"upgrade", no_argument, NULL, 'u'},
                                        {"tunnel", required_argument, NULL, 'T'},
                                        {"help", no_argument, NULL, 'h'},
                                        {NULL, 0, NULL, 0}};
  struct options o = {.repeat = 1, .concurrency = 100, .data_fd = -1};
  for (int c; (c = getopt_long(argc, argv, "o:Od:X:H:ifvn:m:", known, NULL)) != -1;)
    take_option(&o, c);
  if (optind == argc) quit(EXIT_USAGE, "URL", "missing; see --help");
  if (o.method != NULL && (o.tunnel != NULL || strcmp(o.method, "CONNECT") == 0))
    quit(EXIT_USAGE, "-X", "a tunnel is opened by --tunnel alone");
  if (o.upgrade && (o.has_data || o.tunnel != NULL)) quit(EXIT_USAGE, "--upgrade", "goes with requests without data alone");
  if (o.method == NULL) o.method = o.tunnel != NULL ? "CONNECT" : o.has_data ? "POST" : "GET";
  if (o.save && o.output != NULL) quit(EXIT_USAGE, "-O", "does not go with -o");
  if (o.save && o.repeat > 1) quit(EXIT_USAGE, "-O", "does not go with -n");
  return o;
}

int main(int argc, char **argv) {
  struct options o = parse(argc, argv);
  struct job job;
  int err = job_init(&job, &o, argv + optind, argc - optind);
  if (err != 0) quit(EXIT_USAGE, "configuration", rill_err_text(err));
  if (o.output != NULL) {
    job.out = fopen(o.output, "wb");
    if (job.out == NULL) quit(EXIT_OUTPUT, o.output, strerror(errno));
  }
  job_run(&job);
  if (fclose(job.out) != 0) quit(EXIT_OUTPUT, "output", strerror(errno));
  job_free(&job);
  return (int)job.code;
}
