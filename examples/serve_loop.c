/* SPDX-License-Identifier: MIT */
/*
 * serve_loop: one thread's event loop, and the life of its connections.
 *
 * A turn for one connection: take what the socket has, give it to rill, send what rill has, and tell epoll what to wait for. One
 * read buffer serves all connections; only what rill would not take (it wants its output sent first) is kept with the connection.
 *
 * A connection ends in two steps: when rill is done we close our half and wait a little for the peer to close his, since closing
 * with unread octets would make the kernel throw away what we sent last.
 *
 * Connections are freed only between turns, and epoll names each at most once in a batch.
 */
#include "serve.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <unistd.h>

enum { EVENTS = 128, READ_ROUNDS = 4, ACCEPT_ROUNDS = 64 };

static rill_time drain_limit(const struct loop *loop) { return loop->site->options->drain * SECOND; }

/* ---- a connection -------------------------------------------------------------------------------------------------------- */

static void watch(struct connection *c, uint32_t interest) {
  if (c->watched && c->interest == interest) return;
  struct epoll_event event = {.events = interest, .data.ptr = c};
  (void)epoll_ctl(c->loop->epoll, c->watched ? EPOLL_CTL_MOD : EPOLL_CTL_ADD, c->fd, &event);
  c->watched = true;
  c->interest = interest;
}

static void connection_close(struct connection *c) {
  rill_conn_del(c->rill); /* closes all streams, so all pieces come back before c goes */
  /* Closing alone does not end the watch while a successor that is just being started has copies of all descriptors. */
  if (c->watched) (void)epoll_ctl(c->loop->epoll, EPOLL_CTL_DEL, c->fd, NULL);
  (void)close(c->fd);
  free(c->rest);
  free(c->start);
  rill_head_free(c->loop->site->context, c->waiting);
  if (c->next != NULL) c->next->previous = c->previous;
  *(c->previous != NULL ? &c->previous->next : &c->loop->first) = c->next;
  c->loop->count--;
  free(c);
}

/* Keeps what rill would not take now. */
static bool keep(struct connection *c, const uint8_t *data, size_t n) {
  uint8_t *rest = malloc(n);
  if (rest == NULL) return false;
  memcpy(rest, data, n);
  free(c->rest);
  c->rest = rest;
  c->rest_size = n;
  return true;
}

bool connection_feed(struct connection *c, const uint8_t *data, size_t n) {
  while (n > 0) {
    rill_ssize taken = rill_conn_recv(c->rill, data, n, c->loop->now);
    if (taken < 0) return true; /* fatal for the connection; the GOAWAY that says why is still to be sent */
    data += taken;
    n -= (size_t)taken;
    if (taken > 0) continue;
    uint64_t sent = c->sent;
    if (!connection_flush(c)) return false;
    if (c->blocked) return keep(c, data, n);
    if (c->sent == sent) return false;
  }
  return true;
}

static bool feed_rest(struct connection *c) {
  uint8_t *rest = c->rest;
  c->rest = NULL;
  bool alive = connection_feed(c, rest, c->rest_size);
  free(rest);
  return alive;
}

static bool receive(struct connection *c) {
  struct loop *loop = c->loop;
  for (int round = 0; round < READ_ROUNDS && c->rest == NULL; round++) {
    ssize_t n = recv(c->fd, loop->in, sizeof loop->in, 0);
    if (n < 0) return errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR;
    if (n == 0) return false;
    c->moved = loop->now;
    if (!connection_feed(c, loop->in, (size_t)n)) return false;
    if ((size_t)n < sizeof loop->in) return true;
  }
  return true;
}

void connection_linger(struct connection *c) {
  rill_conn_del(c->rill);
  c->rill = NULL;
  c->moved = c->loop->now;
  (void)shutdown(c->fd, SHUT_WR);
  watch(c, EPOLLIN);
}

static bool linger(struct connection *c) {
  ssize_t n = recv(c->fd, c->loop->in, sizeof c->loop->in, 0);
  return n > 0 || (n < 0 && (errno == EAGAIN || errno == EWOULDBLOCK || errno == EINTR));
}

static bool exchange(struct connection *c, uint32_t events) {
  if ((events & ~(uint32_t)EPOLLOUT) != 0 && !receive(c)) return false;
  if (!connection_flush(c)) return false;
  if (c->rest != NULL && !c->blocked && !c->unfinished && (!feed_rest(c) || !connection_flush(c))) return false;
  if (rill_conn_is_done(c->rill)) {
    connection_linger(c);
    return true;
  }
  bool reads = c->rest == NULL && rill_conn_want_recv(c->rill);
  watch(c, (reads ? (uint32_t)EPOLLIN : 0) | (c->blocked || c->unfinished ? (uint32_t)EPOLLOUT : 0));
  return true;
}

static void leave(struct connection *c, rill_time limit) {
  if (c->rill == NULL || c->start != NULL || c->leaving) return;
  (void)rill_shutdown(c->rill, limit);
  c->leaving = true;
}

/* Until it is known what the peer speaks; then HTTP/2, if that is it. */
static bool start(struct connection *c) {
  if (!start_turn(c)) return false;
  if (c->start != NULL || c->rill == NULL) return true;
  if (c->loop->draining) leave(c, drain_limit(c->loop));
  return exchange(c, 0);
}

/* One turn. */
static void connection_run(struct connection *c, uint32_t events) {
  bool alive = c->rill == NULL ? linger(c) : c->start != NULL ? start(c) : exchange(c, events);
  if (!alive) connection_close(c);
}

/* A connection with what it takes, or NULL. */
static struct connection *connection_new(const struct site *site) {
  const struct options *o = site->options;
  struct connection *c = calloc(1, sizeof *c);
  if (c == NULL) return NULL;
  if (o->upgrade) c->start = start_new();
  bool good = (!o->upgrade || c->start != NULL) && rill_conn_server_new(&c->rill, site->context, c) == 0;
  if (good && o->origin_count > 0) good = rill_submit_origin(c->rill, o->origins, o->origin_count) == 0;
  if (good) return c;
  rill_conn_del(c->rill);
  free(c->start);
  free(c);
  return NULL;
}

static void connection_open(struct loop *loop, int fd) {
  struct connection *c = connection_new(loop->site);
  if (c == NULL) {
    (void)close(fd);
    return;
  }
  c->loop = loop;
  c->fd = fd;
  c->last = &c->pieces;
  c->moved = loop->now;
  c->next = loop->first;
  if (c->next != NULL) c->next->previous = c;
  loop->first = c;
  loop->count++;
  socket_nodelay(fd);
  if (c->start != NULL) watch(c, EPOLLIN);
  if (c->start == NULL) connection_run(c, 0); /* our SETTINGS */
}

/* ---- the loop ------------------------------------------------------------------------------------------------------------ */

static void watch_plain(const struct loop *loop, int operation, const int *fd) {
  struct epoll_event event = {.events = EPOLLIN, .data.ptr = (void *)(uintptr_t)fd};
  (void)epoll_ctl(loop->epoll, operation, *fd, &event);
}

static void accept_some(struct loop *loop) {
  for (int round = 0; round < ACCEPT_ROUNDS; round++) {
    int fd = accept4(loop->listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
    if (fd >= 0) {
      connection_open(loop, fd);
    } else if (errno == EMFILE || errno == ENFILE || errno == ENOBUFS || errno == ENOMEM) {
      watch_plain(loop, EPOLL_CTL_DEL, &loop->listener); /* it would be ready for ever */
      loop->deaf = true;
      return;
    } else if (errno != EINTR && errno != ECONNABORTED) {
      return;
    }
  }
}

/*
 * What is due, looked at once a second. rill has limits of its own for all but a silent peer whose streams are open, and that one
 * is told to leave. What is not HTTP/2 yet, or no more, has ours.
 */
static void sweep_one(struct connection *c) {
  rill_time now = c->loop->now, still = now - c->moved;
  if (c->rill == NULL || c->start != NULL) {
    if (still >= (c->rill == NULL ? LINGER_LIMIT : START_LIMIT)) connection_close(c);
    return;
  }
  bool due = rill_conn_deadline(c->rill) <= now, silent = still >= SILENCE_LIMIT && !c->leaving;
  if (due) (void)rill_conn_tick(c->rill, now);
  if (silent) leave(c, drain_limit(c->loop));
  if (due || silent) connection_run(c, 0);
}

static void sweep(struct loop *loop) {
  loop->swept = loop->now;
  for (struct connection *c = loop->first, *next; c != NULL; c = next) {
    next = c->next;
    sweep_one(c);
  }
  if (loop->deaf && !loop->draining) watch_plain(loop, EPOLL_CTL_ADD, &loop->listener);
  loop->deaf = false;
}

/* No new connections; the others finish what was begun. Closing alone does not end the watch if a successor has the listener. */
static void drain(struct loop *loop) {
  loop->draining = true;
  loop->drain_until = loop->now + drain_limit(loop) + LINGER_LIMIT;
  if (!loop->deaf) watch_plain(loop, EPOLL_CTL_DEL, &loop->listener);
  (void)close(loop->listener);
  watch_plain(loop, EPOLL_CTL_DEL, &loop->wake);
  for (struct connection *c = loop->first, *next; c != NULL; c = next) {
    next = c->next;
    leave(c, drain_limit(loop));
    if (c->rill != NULL) connection_run(c, 0);
  }
}

static bool turn(struct loop *loop) {
  struct epoll_event events[EVENTS];
  int n = epoll_wait(loop->epoll, events, EVENTS, loop->draining ? 50 : 1000);
  bool woken = false;
  if (n < 0 && errno != EINTR) return false;
  loop->now = clock_now();
  for (int i = 0; i < n; i++) {
    if (events[i].data.ptr == &loop->listener) {
      accept_some(loop);
    } else if (events[i].data.ptr == &loop->wake) {
      woken = true;
    } else {
      connection_run(events[i].data.ptr, events[i].events);
    }
  }
  if (woken && !loop->draining) drain(loop);
  if (loop->now - loop->swept >= SECOND) sweep(loop);
  return !loop->draining || (loop->first != NULL && loop->now < loop->drain_until);
}

void *loop_run(void *user) {
  struct loop *loop = user;
  loop->now = loop->swept = clock_now();
  watch_plain(loop, EPOLL_CTL_ADD, &loop->listener);
  watch_plain(loop, EPOLL_CTL_ADD, &loop->wake);
  while (turn(loop))
    continue;
  while (loop->first != NULL)
    connection_close(loop->first);
  cache_clear(&loop->cache);
  return NULL;
}
