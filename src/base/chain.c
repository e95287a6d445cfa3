/* SPDX-License-Identifier: MIT */
#include "base/chain.h"

enum { BLOCK_MIN = 512, BLOCK_GROWN = 8192 };

static void free_block(rill__mem *mem, rill__chain_block *block) { rill__mem_free(mem, block, sizeof *block + block->cap); }

static rill__chain_block *new_block(rill__chain *chain, rill__mem *mem, size_t n) {
  size_t cap = chain->last == NULL ? BLOCK_MIN : chain->last->cap * 2;
  if (cap > BLOCK_GROWN) cap = BLOCK_GROWN;
  if (cap < n) cap = n;
  if (cap > SIZE_MAX - sizeof(rill__chain_block)) return NULL;
  rill__chain_block *block = rill__mem_alloc(mem, sizeof *block + cap);
  if (block != NULL) *block = (rill__chain_block){NULL, cap, 0, 0, 0};
  return block;
}

/* The last block, if it is empty, was too small: it gives way to a larger one, which the caller links in its place. */
static void drop_empty(rill__chain *chain, rill__mem *mem) {
  rill__chain_block *last = chain->last, *before = NULL;
  if (last == NULL || last->begin != last->end) return;
  for (rill__chain_block *block = chain->first; block != last; block = block->next)
    before = block;
  if (chain->cursor == last) chain->cursor = before;
  chain->last = before;
  free_block(mem, last);
}

uint8_t *rill__chain_grow(rill__chain *chain, rill__mem *mem, size_t n) {
  rill__chain_block *block = new_block(chain, mem, n);
  if (block == NULL) return NULL;
  drop_empty(chain, mem);
  if (chain->last == NULL) {
    chain->first = chain->cursor = block;
  } else {
    chain->last->next = block;
  }
  chain->last = block;
  return rill__chain_octets(block);
}

void rill__chain_drop(rill__chain *chain, rill__mem *mem, size_t n) {
  chain->size -= n;
  while (n != 0) {
    rill__chain_block *block = chain->first;
    size_t part = block->seen - block->begin;
    if (part > n) part = n;
    block->begin += part;
    n -= part;
    if (block->begin < block->end) continue;
    if (block == chain->last) {
      block->begin = block->seen = block->end = 0;
      continue;
    }
    chain->first = block->next;
    if (chain->cursor == block) chain->cursor = block->next;
    free_block(mem, block);
  }
}

rill_view rill__chain_walk(const rill__chain *chain, const void **at) {
  const rill__chain_block *block = *at == NULL ? chain->cursor : ((const rill__chain_block *)*at)->next;
  while (block != NULL && block->seen == block->end)
    block = block->next;
  if (block == NULL) return (rill_view){NULL, 0};
  *at = block;
  return (rill_view){(const uint8_t *)(block + 1) + block->seen, block->end - block->seen};
}

void rill__chain_cut(rill__chain *chain, rill__mem *mem, const uint8_t *from) {
  rill__chain_block *block = chain->cursor;
  while ((uintptr_t)from - (uintptr_t)rill__chain_octets(block) >= block->end)
    block = block->next;
  size_t kept = (size_t)(from - rill__chain_octets(block));
  chain->size -= block->end - kept;
  chain->unseen -= block->end - kept;
  block->end = kept;
  if (block->begin == kept) block->begin = block->seen = block->end = 0;
  chain->last = block;
  for (rill__chain_block *rest = block->next; rest != NULL;) {
    rill__chain_block *next = rest->next;
    chain->size -= rest->end - rest->seen;
    chain->unseen -= rest->end - rest->seen;
    free_block(mem, rest);
    rest = next;
  }
  block->next = NULL;
}

void rill__chain_free(rill__chain *chain, rill__mem *mem) {
  while (chain->first != NULL) {
    rill__chain_block *next = chain->first->next;
    free_block(mem, chain->first);
    chain->first = next;
  }
  *chain = (rill__chain){NULL, NULL, NULL, 0, 0};
}
