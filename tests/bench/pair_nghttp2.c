/* SPDX-License-Identifier: MIT */
/*
 * A pair of libnghttp2's sessions. The options are the default, but for room for `flight` streams and for bulk content a window.
 * Frames come out one by one and are put together in a buffer.
 */
#include "pair.h"
#include <nghttp2/nghttp2.h>
#include <string.h>

typedef struct side {
  pair *p;
  nghttp2_session *session;
  size_t octets;        /* of the head that comes in */
  const uint8_t *frame; /* what is left of one that the buffer did not hold */
  size_t frame_n;
} side;

static nghttp2_nv *convert(const pair_field *from, size_t count) {
  nghttp2_nv *fields = bench_alloc(count * sizeof *fields);
  for (size_t i = 0; i < count; i++) {
    fields[i] = (nghttp2_nv){(uint8_t *)(uintptr_t)from[i].name, (uint8_t *)(uintptr_t)from[i].value, from[i].name_n,
                             from[i].value_n, NGHTTP2_NV_FLAG_NONE};
  }
  return fields;
}

static int on_begin(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  (void)session;
  (void)frame;
  ((side *)user)->octets = 0;
  return 0;
}

static int on_header(nghttp2_session *session, const nghttp2_frame *frame, const uint8_t *name, size_t name_n,
                     const uint8_t *value, size_t value_n, uint8_t flags, void *user) {
  (void)session;
  (void)frame;
  (void)name;
  (void)value;
  (void)flags;
  ((side *)user)->octets += name_n + value_n;
  return 0;
}

/* ---- server ------------------------------------------------------------------------------------------------------------ */

/* The octets left are kept in the stream's user pointer: no allocation. */
static ssize_t read_content(nghttp2_session *session, int32_t id, uint8_t *buffer, size_t max, uint32_t *flags,
                            nghttp2_data_source *source, void *user) {
  pair *p = ((side *)user)->p;
  size_t left = (size_t)(uintptr_t)nghttp2_session_get_stream_user_data(session, id);
  size_t n = left < max ? left : max;
  (void)source;
  left -= n;
  memcpy(buffer, p->content_source, n);
  nghttp2_session_set_stream_user_data(session, id, (void *)(uintptr_t)left);
  if (left == 0) *flags |= NGHTTP2_DATA_FLAG_EOF;
  return (ssize_t)n;
}

static int on_request(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  side *s = user;
  pair *p = s->p;
  nghttp2_data_provider body = {.read_callback = read_content};
  if (frame->hd.type != NGHTTP2_HEADERS) return 0;
  pair_saw_request(p, s->octets);
  if (p->mute) return 0;
  pair_next_response(p);
  nghttp2_session_set_stream_user_data(session, frame->hd.stream_id, (void *)(uintptr_t)p->body);
  int answer =
      nghttp2_submit_response(session, frame->hd.stream_id, p->arrays[SERVER], p->response_count, p->body == 0 ? NULL : &body);
  if (answer != 0) bench_fail("no response");
  return 0;
}

/* ---- client ------------------------------------------------------------------------------------------------------------ */

static int on_response(nghttp2_session *session, const nghttp2_frame *frame, void *user) {
  side *s = user;
  (void)session;
  if (frame->hd.type == NGHTTP2_HEADERS) pair_saw_response(s->p, s->octets);
  return 0;
}

static int on_data(nghttp2_session *session, uint8_t flags, int32_t id, const uint8_t *data, size_t n, void *user) {
  (void)session;
  (void)flags;
  (void)id;
  (void)data;
  ((side *)user)->p->content += n;
  return 0;
}

static int on_close(nghttp2_session *session, int32_t id, uint32_t code, void *user) {
  (void)session;
  (void)id;
  pair_saw_end(((side *)user)->p, code == NGHTTP2_NO_ERROR);
  return 0;
}

static bool submit(pair *p) {
  if (nghttp2_submit_request(((side *)p->side[CLIENT])->session, NULL, p->arrays[CLIENT], p->request_count, NULL, NULL) < 0) {
    bench_fail("no request");
  }
  return true;
}

/* ---- both -------------------------------------------------------------------------------------------------------------- */

static void *take(size_t n, void *user) { return meter_grow(user, NULL, n); }
static void give(void *block, void *user) { meter_free(user, block); }
static void *grow(void *block, size_t n, void *user) { return meter_grow(user, block, n); }

static void *take_zeroed(size_t count, size_t size, void *user) {
  void *block = meter_grow(user, NULL, count * size);
  if (block != NULL) memset(block, 0, count * size);
  return block;
}

static void open_session(pair *p, end which, const nghttp2_session_callbacks *callbacks, const nghttp2_option *option) {
  side *s = bench_alloc(sizeof *s);
  nghttp2_mem mem = {p->meters[which], take, give, take_zeroed, grow}, *metered = p->meters[which] == NULL ? NULL : &mem;
  int answer = which == CLIENT ? nghttp2_session_client_new3(&s->session, callbacks, s, option, metered)
                               : nghttp2_session_server_new3(&s->session, callbacks, s, option, metered);
  if (answer != 0) bench_fail("no session");
  s->p = p;
  p->side[which] = s;

  nghttp2_settings_entry entries[2];
  size_t count = 0;
  if (which == SERVER) {
    uint32_t streams = p->flight > 100 ? (uint32_t)p->flight : 100;
    entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_MAX_CONCURRENT_STREAMS, streams};
  } else if (p->window != 0) {
    entries[count++] = (nghttp2_settings_entry){NGHTTP2_SETTINGS_INITIAL_WINDOW_SIZE, p->window};
  }
  if (nghttp2_submit_settings(s->session, NGHTTP2_FLAG_NONE, entries, count) != 0) bench_fail("no SETTINGS");
  if (which == CLIENT && p->window != 0) {
    nghttp2_session_set_local_window_size(s->session, NGHTTP2_FLAG_NONE, 0, (int32_t)p->window);
  }
}

static void open_pair(pair *p) {
  nghttp2_session_callbacks *client, *server;
  nghttp2_option *option;
  if (nghttp2_session_callbacks_new(&client) != 0 || nghttp2_session_callbacks_new(&server) != 0 ||
      nghttp2_option_new(&option) != 0) {
    bench_fail("no callbacks");
  }
  nghttp2_session_callbacks_set_on_begin_headers_callback(client, on_begin);
  nghttp2_session_callbacks_set_on_header_callback(client, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(client, on_response);
  nghttp2_session_callbacks_set_on_data_chunk_recv_callback(client, on_data);
  nghttp2_session_callbacks_set_on_stream_close_callback(client, on_close);
  nghttp2_session_callbacks_set_on_begin_headers_callback(server, on_begin);
  nghttp2_session_callbacks_set_on_header_callback(server, on_header);
  nghttp2_session_callbacks_set_on_frame_recv_callback(server, on_request);
  p->arrays[CLIENT] = convert(p->request, p->request_count);
  p->arrays[SERVER] = convert(p->response, p->response_count);
  open_session(p, CLIENT, client, option);
  open_session(p, SERVER, server, option);
  nghttp2_option_del(option);
  nghttp2_session_callbacks_del(client);
  nghttp2_session_callbacks_del(server);
}

static void close_pair(pair *p) {
  for (int i = 0; i < 2; i++) {
    nghttp2_session_del(((side *)p->side[i])->session);
    free(p->side[i]);
  }
}

static size_t fill(pair *p, end from) {
  side *s = p->side[from];
  size_t n = 0;
  while (n < p->buffer_size) {
    if (s->frame_n == 0) {
      ssize_t made = nghttp2_session_mem_send(s->session, &s->frame);
      if (made < 0) bench_fail(nghttp2_strerror((int)made));
      if (made == 0) break;
      s->frame_n = (size_t)made;
    }
    size_t piece = s->frame_n < p->buffer_size - n ? s->frame_n : p->buffer_size - n;
    memcpy(p->buffer + n, s->frame, piece);
    s->frame += piece;
    s->frame_n -= piece;
    n += piece;
  }
  return n;
}

static void recv_all(pair *p, end to, const uint8_t *octets, size_t n) {
  ssize_t took = nghttp2_session_mem_recv(((side *)p->side[to])->session, octets, n);
  if (took != (ssize_t)n) bench_fail("nghttp2_session_mem_recv");
}

static void rest(pair *p) { (void)p; } /* it knows no time */

static bool trim(pair *p) {
  (void)p;
  return false;
}

const pair_ops pair_nghttp2 = {open_pair, close_pair, submit, fill, recv_all, rest, trim};
