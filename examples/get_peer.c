/* SPDX-License-Identifier: MIT */
/*
 * get_peer: one connection, from connect() to its end.
 *
 * The same few steps as for any application of rill: octets from the socket to rill_conn_recv(); what rill_conn_sendv() shows to
 * the socket, and what was taken back to rill_conn_sent(); and when rill is done, the socket is closed. A connection that ends
 * while transfers still wait is followed by another, three times at most without any success.
 */
#include "get.h"

#include <errno.h>
#include <fcntl.h>
#include <netdb.h>
#include <poll.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/uio.h>
#include <unistd.h>

enum { SHOW_IOVECS = 64, SHOW_BYTES = 256 * 1024, MAX_BARREN = 3, CONNECT_SECONDS = 10 };

/* ---- beginning ----------------------------------------------------------------------------------------------------------- */

/* A connected socket to one address, which still blocks, or -1 and errno. */
static int connect_to(const struct addrinfo *to) {
  struct timeval limit = {.tv_sec = CONNECT_SECONDS};
  int fd = socket(to->ai_family, to->ai_socktype | SOCK_CLOEXEC, to->ai_protocol);
  if (fd < 0) return -1;
  (void)setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &limit, sizeof limit);
  if (connect(fd, to->ai_addr, to->ai_addrlen) == 0) return fd;
  int err = errno == EINPROGRESS ? ETIMEDOUT : errno;
  (void)close(fd);
  errno = err;
  return -1;
}

static bool connect_peer(struct peer *peer) {
  struct addrinfo hints = {.ai_socktype = SOCK_STREAM, .ai_flags = AI_NUMERICSERV}, *found;
  int err = getaddrinfo(peer->url->host, peer->url->port, &hints, &found);
  if (err != 0) {
    complain(peer->job, EXIT_CONNECT, peer->url->authority, gai_strerror(err));
    return false;
  }
  for (const struct addrinfo *at = found; at != NULL && peer->fd < 0; at = at->ai_next)
    peer->fd = connect_to(at);
  if (peer->fd < 0) complain(peer->job, EXIT_CONNECT, peer->url->authority, strerror(errno));
  freeaddrinfo(found);
  if (peer->fd < 0) return false;
  socket_nodelay(peer->fd);
  if (peer->in == NULL) peer->in = malloc(IN_SIZE);
  err = peer->in == NULL ? RILL_ERR_NOMEM : rill_conn_client_new(&peer->conn, peer->job->context, peer);
  if (err != 0) quit(EXIT_CONNECT, peer->url->authority, rill_err_text(err));
  peer->settled = peer->blocked = peer->full = peer->spent = peer->leaving = false;
  peer->finished = peer->in_at = peer->in_size = 0;
  peer->ping_until = 0;
  if (peer->job->options->upgrade && !upgrade_peer(peer)) return false;
  return fcntl(peer->fd, F_SETFL, O_NONBLOCK) == 0;
}

/* ---- in and out ---------------------------------------------------------------------------------------------------------- */

/* False: the socket is broken. */
static bool flush(struct peer *peer) {
  rill_iovec shown[SHOW_IOVECS];
  peer->blocked = false;
  for (;;) {
    rill_ssize count = rill_conn_sendv(peer->conn, shown, SHOW_IOVECS, SHOW_BYTES, clock_now());
    if (count <= 0) return count == 0;
    struct msghdr message = {.msg_iov = (struct iovec *)(void *)shown, .msg_iovlen = (size_t)count};
    ssize_t n = sendmsg(peer->fd, &message, MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) {
      peer->blocked = errno == EAGAIN || errno == EWOULDBLOCK;
      return peer->blocked;
    }
    if (rill_conn_sent(peer->conn, (size_t)n, clock_now()) < 0) return false;
  }
}

/* Gives rill what was received. What it does not take waits until output has gone; then nothing more is read. */
static void feed(struct peer *peer) {
  while (peer->in_at < peer->in_size) {
    rill_ssize taken = rill_conn_recv(peer->conn, peer->in + peer->in_at, peer->in_size - peer->in_at, clock_now());
    if (taken <= 0) return;
    peer->in_at += (size_t)taken;
  }
  peer->in_at = peer->in_size = 0;
}

/* False: the peer has closed, or the socket is broken. */
static bool receive(struct peer *peer) {
  if (peer->in_size > 0) return true;
  ssize_t n = recv(peer->fd, peer->in, IN_SIZE, 0);
  if (n <= 0) return n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR);
  peer->in_size = (size_t)n;
  return true;
}

/* Both ways, until nothing more moves. False: the socket is broken. */
static bool exchange(struct peer *peer) {
  for (size_t before = SIZE_MAX;;) {
    feed(peer);
    if (!flush(peer)) return false;
    size_t left = peer->in_size - peer->in_at;
    if (left == 0 || left == before || peer->blocked) return true;
    before = left;
  }
}

/* ---- end ----------------------------------------------------------------------------------------------------------------- */

void peer_close(struct peer *peer) {
  rill_conn_del(peer->conn);
  peer->conn = NULL;
  if (peer->fd >= 0) (void)close(peer->fd);
  peer->fd = -1;
}

/* broken: by the socket, else because rill is done. Streams that are open close now, and tell why. */
static void end_connection(struct peer *peer, bool broken) {
  if (broken) (void)rill_conn_eof(peer->conn, clock_now());
  rill_conn_failure failure = rill_conn_error(peer->conn);
  bool refused = failure.err == RILL_ERR_PROTO;
  if (refused) complain(peer->job, EXIT_PROTOCOL, peer->url->authority, rill_why_text(failure.why));
  rill_conn_del(peer->conn);
  peer->conn = NULL;
  peer->barren = peer->finished > 0 ? 0 : peer->barren + 1;
  if (peer->waiting > 0 && (refused || peer->barren >= MAX_BARREN)) {
    if (!refused) complain(peer->job, EXIT_RESET, peer->url->authority, "one connection after the other ends without a response");
    job_give_up(peer);
  }
  if (broken || peer->waiting > 0) {
    peer_close(peer);
  } else { /* closing with unread octets would throw away what we said last */
    (void)shutdown(peer->fd, SHUT_WR);
    peer->linger = clock_now() + SECOND;
  }
}

static void linger(struct peer *peer, short events) {
  bool open = true;
  if (events != 0) {
    ssize_t n = recv(peer->fd, peer->in, IN_SIZE, 0);
    open = n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
  }
  if (!open || clock_now() >= peer->linger) peer_close(peer);
}

/* ---- turns --------------------------------------------------------------------------------------------------------------- */

static void submit_some(struct peer *peer) {
  struct transfer *t;
  if (peer->job->options->tunnel != NULL && !peer->settled) return; /* only its SETTINGS tell whether it takes one */
  while (!peer->full && !peer->spent && (t = job_next(peer)) != NULL) {
    if (!peer->settled && peer->running >= UNSETTLED_CONCURRENCY) return;
    rill_ssize id = request_submit(t);
    if (id > 0) {
      job_began(t, (uint32_t)id);
    } else if (id == RILL_ERR_BLOCKED) {
      peer->full = true;
    } else if (id == RILL_ERR_NOMEM) {
      if (peer->running == 0) quit(EXIT_RESET, t->url->text, rill_err_text((int)id));
      return; /* when others have ended there may be room */
    } else {
      peer->spent = true;
    }
  }
}

void peer_start(struct peer *peer) {
  if (peer->conn == NULL) {
    if (job_next(peer) == NULL) return;
    peer_close(peer);
    if (!connect_peer(peer)) {
      job_give_up(peer);
      peer_close(peer);
      return;
    }
  }
  submit_some(peer);
  bool busy = peer->running > 0 || peer->pushed > 0 || peer->ping_until > clock_now();
  if (!busy && (peer->waiting == 0 || peer->spent) && !peer->leaving) {
    peer->leaving = true;
    (void)rill_shutdown(peer->conn, RILL_NEVER);
  }
  peer_turn(peer, 0);
}

short peer_events(const struct peer *peer) {
  short reads = peer->conn == NULL || peer->in_size == 0 ? POLLIN : 0, writes = peer->blocked ? POLLOUT : 0;
  return (short)(reads | writes);
}

void peer_turn(struct peer *peer, short events) {
  if (peer->conn == NULL) {
    linger(peer, events);
    return;
  }
  rill_time now = clock_now();
  if (rill_conn_deadline(peer->conn) <= now) (void)rill_conn_tick(peer->conn, now);
  bool alive = (events & (POLLIN | POLLHUP | POLLERR)) == 0 || receive(peer);
  alive = exchange(peer) && alive;
  if (!alive || rill_conn_is_done(peer->conn)) end_connection(peer, !alive);
}
