/* SPDX-License-Identifier: MIT */
/*
 * The header lane: field blocks, encoded at submit and sent in that order, since HPACK is order. A block is one HEADERS frame and
 * the CONTINUATION frames that follow it, in one piece of memory; it leaves whole, so that nothing can come in between
 * (9113 4.3).
 */
#include "conn/conn.h"

#include "base/bytes.h"
#include "frame/get.h"
#include "frame/put.h"
#include "hpack/crumb.h"

/* Blocks are cut at the size that every endpoint takes, so that they need not be cut anew when the peer's limit falls. */
enum { FRAGMENT_MAX = RILL_FRAME_SIZE_MIN, PREFIX_MAX = 1 + RILL__PRIORITY_SIZE, PADDING_MAX = 255 };

enum { RECALLS_MAX = 8 };

static uint8_t *reserve(rill_conn *c, size_t n) {
  return rill__out_begin(c) ? rill__chain_reserve(&c->out->lane, &c->mem, n) : NULL;
}

rill__fields rill__fields_of(const rill_field *fields, size_t count) {
  rill__fields out = {.p = fields, .count = count};
  for (size_t i = 0; i < count; i++)
    rill__enc_measure(&out.size, &fields[i]);
  return out;
}

uint8_t *rill__lane_reserve(rill_conn *c, const rill__fields *fields) {
  bool crumbles = c->context->config.crumble_cookies;
  size_t bound = crumbles ? rill__crumb_bound(fields->p, fields->count) : rill__enc_bound_of(&fields->size, fields->count);
  size_t heads = (bound / FRAGMENT_MAX + 2) * RILL_FRAME_HEAD_SIZE + PREFIX_MAX;
  if (c->context->config.padding.choose != NULL) heads += PADDING_MAX;
  c->mem.refused = false;
  if (bound > SIZE_MAX - heads) return NULL;
  return reserve(c, bound + heads);
}

/*
 * What stands in the first frame before the fragment, but for the length of padding. No stream depends on itself (7540 5.3.1),
 * and a server that does not look at such signals is spared them (9218 2.1.1).
 */
static uint8_t *put_numbers(const rill_conn *c, uint32_t id, uint8_t *p, const rill__block *block) {
  const rill_legacy_priority *priority = &c->context->config.request_priority;
  if (block->promised_id != 0) return rill__put32(p, block->promised_id);
  if (!block->request || !priority->present || c->remote.settings.no_rfc7540_priorities != 0) return p;
  uint32_t dependency = priority->dependency & INT32_MAX;
  p = rill__put32(p, (dependency == id ? 0 : dependency) | (priority->exclusive ? UINT32_C(1) << 31 : 0));
  return rill__put8(p, priority->weight);
}

/* The first frame alone is padded, and only if it holds the whole block. Returns what the payload grows by. */
static size_t pad_block(const rill_conn *c, uint8_t *payload, const rill_frame_head *head) {
  const rill_padding *padding = &c->context->config.padding;
  if (padding->choose == NULL || head->length >= FRAGMENT_MAX) return 0;
  size_t most = FRAGMENT_MAX - head->length, grows = PADDING_MAX + 1;
  if (most > grows) most = grows;
  grows = padding->choose(padding->user, head, most);
  if (grows > most) grows = most;
  if (grows == 0) return 0;
  memmove(payload + 1, payload, head->length);
  *payload = (uint8_t)(grows - 1);
  memset(payload + 1 + head->length, 0, grows - 1);
  return grows;
}

/* The block stands behind the first head; moves its pieces apart, last first, to make room for more heads. Returns the size. */
static size_t cut_block(const rill_conn *c, uint8_t *at, size_t n, rill_frame_head head) {
  size_t last = n == 0 ? 0 : (n - 1) / FRAGMENT_MAX;
  for (size_t i = last; i != 0; i--) {
    uint8_t *to = at + i * (FRAGMENT_MAX + RILL_FRAME_HEAD_SIZE);
    size_t size = i == last ? n - i * FRAGMENT_MAX : FRAGMENT_MAX;
    memmove(to + RILL_FRAME_HEAD_SIZE, at + RILL_FRAME_HEAD_SIZE + i * FRAGMENT_MAX, size);
    rill__put_head(to, (uint32_t)size, RILL_CONTINUATION, i == last ? RILL_FLAG_END_HEADERS : 0, head.stream_id);
  }
  head.length = (uint32_t)(last == 0 ? n : FRAGMENT_MAX);
  if (last == 0) head.flags |= RILL_FLAG_END_HEADERS;
  size_t grows = last == 0 ? pad_block(c, at + RILL_FRAME_HEAD_SIZE, &head) : 0;
  if (grows != 0) head.flags |= RILL_FLAG_PADDED;
  rill__put_head(at, head.length + (uint32_t)grows, head.type, head.flags, head.stream_id);
  return n + grows + (last + 1) * RILL_FRAME_HEAD_SIZE;
}

static size_t encode(rill_conn *c, uint8_t *dst, const rill__fields *fields) {
  if (c->context->config.crumble_cookies) return rill__crumb_block(&c->tx.enc, dst, fields->p, fields->count);
  if (fields->places == NULL) return rill__enc_block(&c->tx.enc, dst, fields->p, fields->count);
  return rill__enc_placed(&c->tx.enc, dst, fields->p, fields->places, fields->count);
}

static void commit(rill_conn *c, size_t size) {
  rill__chain_commit(&c->out->lane, size);
  c->out->lane_in += size;
}

void rill__lane_put(rill_conn *c, rill__stream *s, uint8_t *at, const rill__fields *fields, const rill__block *block) {
  uint8_t *payload = at + RILL_FRAME_HEAD_SIZE, *p = put_numbers(c, s->id, payload, block);
  rill_frame_head head = {.type = RILL_HEADERS, .stream_id = s->id};
  if (block->promised_id != 0) {
    head.type = RILL_PUSH_PROMISE;
  } else if (p != payload) {
    head.flags |= RILL_FLAG_PRIORITY;
  }
  if (block->end_stream) head.flags |= RILL_FLAG_END_STREAM;
  size_t coded = encode(c, p, fields);
  c->stats.block_octets_sent += coded;
  c->stats.field_octets_sent += fields->size.octets;
  p += coded;
  commit(c, cut_block(c, at, (size_t)(p - payload), head));
  s->blocks++;
  if (block->promised_id != 0) rill__stream_find(c, block->promised_id)->blocks++; /* its RST_STREAM comes behind this, too */
}

/*
 * The stream that a block or frame of the lane is counted on; 0: none. PRIORITY is not: it may name a stream that is opened while
 * it waits, and nothing has to wait for it.
 */
static uint32_t counted_on(rill_frame_head head) { return head.type == RILL_PRIORITY ? 0 : head.stream_id; }

static void count_frame(rill_conn *c, const rill_frame_head *head) {
  uint32_t id = counted_on(*head);
  rill__stream *s = id == 0 ? NULL : rill__stream_find(c, id);
  if (s != NULL) s->blocks++;
}

int rill__lane_frame(rill_conn *c, const rill_frame *frame) {
  enum { NUMBERS_MAX = 8 };
  size_t bound = RILL_FRAME_HEAD_SIZE + 1 + NUMBERS_MAX + frame->data.n + frame->padding.n;
  uint8_t *at = reserve(c, bound);
  if (at == NULL) return RILL_ERR_NOMEM;
  rill_ssize n = rill_frame_write(at, bound, frame);
  if (n < 0) return (int)n;
  commit(c, (size_t)n);
  count_frame(c, &frame->head);
  return 0;
}

uint8_t *rill__lane_payload(rill_conn *c, size_t n) {
  uint8_t *at = reserve(c, RILL_FRAME_HEAD_SIZE + n);
  return at == NULL ? NULL : at + RILL_FRAME_HEAD_SIZE;
}

void rill__lane_filled(rill_conn *c, uint8_t *payload, const rill_frame_head *head) {
  rill_frame_head_put(payload - RILL_FRAME_HEAD_SIZE, head);
  commit(c, RILL_FRAME_HEAD_SIZE + head->length);
  count_frame(c, head);
}

/* Frames that another may follow before the block is whole. */
static bool is_cut(const rill_frame_head *head) {
  bool block = head->type == RILL_HEADERS || head->type == RILL_PUSH_PROMISE || head->type == RILL_CONTINUATION;
  return block && (head->flags & RILL_FLAG_END_HEADERS) == 0;
}

/* The whole block that begins here, or the one frame, heads included. Most blocks are one frame. */
static inline size_t block_size(const uint8_t *p, rill_frame_head head) {
  size_t n = RILL_FRAME_HEAD_SIZE + head.length;
  while (is_cut(&head)) {
    head = rill__get_head(p + n);
    n += RILL_FRAME_HEAD_SIZE + head.length;
  }
  return n;
}

static inline void note_block(rill_conn *c, const uint8_t *p, size_t n, size_t first) {
  rill__note_sent(c, p);
  for (size_t at = first; at < n; at += RILL_FRAME_HEAD_SIZE + rill__get24(p + at))
    rill__note_sent(c, p + at);
}

uint32_t rill__promised_by(const uint8_t *block) {
  rill_frame_head head = rill__get_head(block);
  if (!RILL__PUSH || head.type != RILL_PUSH_PROMISE) return 0;
  return rill__get32(block + RILL_FRAME_HEAD_SIZE + ((head.flags & RILL_FLAG_PADDED) != 0 ? 1 : 0));
}

/* Whatever the trace does, the peer will know of the stream. */
static void note_leaving(rill_conn *c, uint32_t id) {
  rill__stream *s = id == 0 ? NULL : rill__stream_find(c, id);
  if (s != NULL) s->left = true;
}

/* A block of this stream is in the lane no more: what waited for that may follow. */
static void block_left(rill_conn *c, uint32_t id) {
  rill__stream *s = id == 0 ? NULL : rill__stream_find(c, id);
  if (s == NULL) return;
  s->blocks--;
  if ((s->flags & RILL__RESET_OWED) != 0) rill__owe(c, s);
  rill__stream_remove_if_reset(c, s);
}

rill__emit rill__emit_lane(rill_conn *c, rill__sink *sink) {
  rill_view unseen = rill__chain_next(&c->out->lane);
  rill_frame_head head = rill__get_head(unseen.p);
  size_t n = block_size(unseen.p, head);
  bool end_stream = head.type == RILL_HEADERS && (head.flags & RILL_FLAG_END_STREAM) != 0;
  uint32_t promised = head.type == RILL_PUSH_PROMISE ? rill__promised_by(unseen.p) : 0;
  uint8_t ends = end_stream ? RILL__TX_END + 1 : 0;
  if (sink->p == NULL && !rill__stage_reserve(c, 1)) return RILL__EMIT_NOMEM;
  if (sink->p != NULL && n > sink->room) return RILL__EMIT_FULL;
  note_leaving(c, counted_on(head));
  note_block(c, unseen.p, n, RILL_FRAME_HEAD_SIZE + head.length);
  rill__chain_see(&c->out->lane, n);
  c->out->lane_out += n;
  c->tx.spoke = true;
  if (sink->p == NULL) {
    rill__stage(c, &(rill__seg){unseen.p, n, NULL, head.stream_id, RILL__SEG_LANE, ends});
  } else {
    sink->p = rill__put(sink->p, unseen.p, n);
    sink->room -= n;
    rill__chain_drop(&c->out->lane, &c->mem, n);
    if (ends != 0) rill__stream_event(c, head.stream_id, RILL__TX_END);
  }
  sink->wrote += n;
  block_left(c, counted_on(head));
  block_left(c, promised);
  return RILL__EMIT_DONE;
}

/* ---- what need not be sent any more -------------------------------------------------------------------------------------- */

/* It is for, or promises, an own stream that the peer will not process. */
static bool is_needless(const rill_conn *c, const uint8_t *block, uint32_t last) {
  uint32_t promised = rill__promised_by(block);
  uint32_t id = promised != 0 ? promised : rill__get_head(block).stream_id;
  return id > last && rill__stream_is_own(c, id);
}

/* Where the needless blocks begin that stand at the end of the lane; NULL: there are none. */
static const uint8_t *needless_from(const rill_conn *c, uint32_t last) {
  const uint8_t *from = NULL;
  const void *at = NULL;
  for (rill_view piece = rill__chain_walk(&c->out->lane, &at); piece.n != 0; piece = rill__chain_walk(&c->out->lane, &at)) {
    while (piece.n != 0) {
      const uint8_t *block = rill__view_take(&piece, block_size(piece.p, rill__get_head(piece.p))).p;
      if (!is_needless(c, block, last)) {
        from = NULL;
      } else if (from == NULL) {
        from = block;
      }
    }
  }
  return from;
}

/* Uncounts the blocks from there on; returns their octets. */
static size_t uncount_from(rill_conn *c, const uint8_t *from) {
  size_t dropped = 0;
  const void *at = NULL;
  for (rill_view piece = rill__chain_walk(&c->out->lane, &at); piece.n != 0; piece = rill__chain_walk(&c->out->lane, &at)) {
    while (piece.n != 0) {
      rill_view block = rill__view_take(&piece, block_size(piece.p, rill__get_head(piece.p)));
      if (block.p != from && dropped == 0) continue;
      dropped += block.n;
      block_left(c, counted_on(rill__get_head(block.p)));
      block_left(c, rill__promised_by(block.p));
    }
  }
  return dropped;
}

/*
 * The peer will not process own streams above `last`, so what is unsent of their blocks need not leave. The encoder starts anew,
 * since the peer will not learn what those put into the table. Peers say so once or twice: to one whose ids fall and fall, each
 * time for a walk through the lane, it is all sent, and passed over (9113 6.8).
 */
void rill__lane_recall(rill_conn *c, uint32_t last) {
  if (last >= c->streams.next_own || c->out->lane.unseen == 0 || c->remote.recalls == RECALLS_MAX) return;
  c->remote.recalls++;
  const uint8_t *from = needless_from(c, last);
  if (from == NULL) return;
  c->out->lane_in -= uncount_from(c, from);
  if (c->out->lane_first > c->out->lane_in) c->out->lane_first = c->out->lane_in;
  rill__acks_recalled(c);
  rill__chain_cut(&c->out->lane, &c->mem, from);
  rill__enc_restart(&c->tx.enc);
}
