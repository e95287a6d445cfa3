/* SPDX-License-Identifier: MIT */
/*
 * puppet: a server that says what it is told, to see what a client makes of it.
 *
 *   puppet HEX...    prints "listening on 127.0.0.1:PORT"; then, for each connection, one after the other: each HEX is sent when
 *                    something was received; after the last the connection is closed
 *
 * It knows nothing of HTTP/2. It ends after 30 seconds at the latest.
 */
#ifndef _GNU_SOURCE
#define _GNU_SOURCE 1
#endif

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

enum { MOST = 4096 };

/* Returns how many octets the digits stand for. */
static size_t from_hex(const char *digits, unsigned char *out) {
  size_t n = 0;
  unsigned octet;
  for (; n < MOST && sscanf(digits + 2 * n, "%2x", &octet) == 1; n++)
    out[n] = (unsigned char)octet;
  return n;
}

static void serve(int fd, char **pieces, int count) {
  unsigned char said[MOST], heard[65536];
  for (int i = 0; i < count; i++) {
    if (recv(fd, heard, sizeof heard, 0) <= 0) return;
    size_t n = from_hex(pieces[i], said);
    if (send(fd, said, n, MSG_NOSIGNAL) != (ssize_t)n) return;
  }
  (void)shutdown(fd, SHUT_WR);
  while (recv(fd, heard, sizeof heard, 0) > 0)
    continue;
}

int main(int argc, char **argv) {
  struct sockaddr_in address = {.sin_family = AF_INET};
  socklen_t size = sizeof address;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  int listener = socket(AF_INET, SOCK_STREAM, 0);
  (void)alarm(30);
  if (listener < 0 || bind(listener, (struct sockaddr *)&address, size) != 0 || listen(listener, 16) != 0 ||
      getsockname(listener, (struct sockaddr *)&address, &size) != 0) {
    perror("puppet");
    return 1;
  }
  printf("listening on 127.0.0.1:%u\n", (unsigned)ntohs(address.sin_port));
  fflush(stdout);
  for (int fd; (fd = accept(listener, NULL, NULL)) >= 0;) {
    serve(fd, argv + 1, argc - 1);
    (void)close(fd);
  }
  return 1;
}
