/* SPDX-License-Identifier: MIT */
/*
 * serve_out: from rill to the socket.
 *
 * rill shows what is to be sent as iovecs. Those without base stand for file content that nobody has read yet: it is read here,
 * into a buffer that all connections of the thread share, just before it is written. What the socket does not take is forgotten
 * and read again later, so that a connection which waits holds no content, however many there are.
 *
 * The first of the iovecs without base belongs to the first of c->pieces, and so on. A piece that was sent in part stays first;
 * its iovec is as short as what is left of it.
 */
#include "serve.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

enum { FLUSH_ROUNDS = 8 };

_Static_assert(sizeof(rill_iovec) == sizeof(struct iovec) && offsetof(rill_iovec, len) == offsetof(struct iovec, iov_len),
               "the kernel takes rill's iovecs as they are");

/* Reads all of n octets; false if the file has become shorter or cannot be read. */
static bool read_all(int fd, uint8_t *to, size_t n, uint64_t at) {
  while (n > 0) {
    ssize_t got = pread(fd, to, n, (off_t)at);
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) return false;
    to += got;
    at += (uint64_t)got;
    n -= (size_t)got;
  }
  return true;
}

/* Octets that follow each other in a file and will do so in loop->out, read by one system call. */
struct run {
  const struct file *file;
  uint64_t at;
  uint8_t *to;
  size_t n;
};

static bool run_read(const struct run *run) { return run->n == 0 || read_all(run->file->fd, run->to, run->n, run->at); }

/*
 * Gives a base to the iovecs that have none. Returns how many iovecs may be written, fewer than given where loop->out is full, or
 * -1 if content could not be read: its frame has begun, so the connection cannot go on.
 */
static int bring_pieces(struct connection *c, rill_iovec *shown, int count) {
  struct run run = {NULL, 0, c->loop->out, 0};
  const uint8_t *end = c->loop->out + sizeof c->loop->out;
  const struct piece *piece = c->pieces;
  for (int i = 0; i < count; i++) {
    if (shown[i].base != NULL) continue;
    if (piece == NULL || shown[i].len > piece->n) return -1;
    uint8_t *to = run.to + run.n;
    if ((size_t)(end - to) < shown[i].len) {
      count = i;
      break;
    }
    uint64_t at = piece->at + (piece->n - shown[i].len);
    if (piece->file != run.file || at != run.at + run.n) {
      if (!run_read(&run)) return -1;
      run = (struct run){piece->file, at, to, 0};
    }
    run.n += shown[i].len;
    shown[i].base = to;
    piece = piece->next;
  }
  return run_read(&run) ? count : -1;
}

bool connection_flush(struct connection *c) {
  struct loop *loop = c->loop;
  rill_iovec shown[SHOW_IOVECS];
  c->blocked = c->unfinished = false;
  for (int round = 0; round < FLUSH_ROUNDS; round++) {
    rill_ssize count = rill_conn_sendv(c->rill, shown, SHOW_IOVECS, SHOW_BYTES, loop->now);
    if (count <= 0) return count == 0;
    int ready = bring_pieces(c, shown, (int)count);
    if (ready < 0) return false;
    struct msghdr message = {.msg_iov = (struct iovec *)(void *)shown, .msg_iovlen = (size_t)ready};
    ssize_t n = sendmsg(c->fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      c->blocked = errno == EAGAIN || errno == EWOULDBLOCK;
      return c->blocked;
    }
    c->moved = loop->now;
    c->sent += (uint64_t)n;
    if (rill_conn_sent(c->rill, (size_t)n, loop->now) < 0) return false;
  }
  c->unfinished = true;
  return true;
}

static void piece_done(struct connection *c, struct lender *lender, size_t sent) {
  struct piece *piece = (struct piece *)lender, **link = &c->pieces;
  (void)sent;
  while (*link != piece)
    link = &(*link)->next; /* almost always the first */
  *link = piece->next;
  if (piece->next == NULL) c->last = link;
  file_release(piece->file);
  free(piece);
}

struct piece *piece_new(struct connection *c, struct file *file, uint64_t at, size_t n) {
  struct piece *piece = malloc(sizeof *piece);
  if (piece == NULL) return NULL;
  file->references++;
  *piece = (struct piece){{piece_done}, NULL, file, at, n};
  *c->last = piece;
  c->last = &piece->next;
  return piece;
}
