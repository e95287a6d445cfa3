/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

enum { CHUNK_MIN = 512 };

struct rill__arena_chunk {
  rill__arena_chunk *below;
  size_t size; /* of the whole allocation */
};

void rill__arena_init(rill__arena *arena, rill__mem *mem) { *arena = (rill__arena){mem, NULL, NULL, NULL}; }

static void open_chunk(rill__arena *arena, rill__arena_chunk *chunk) {
  arena->top = chunk;
  arena->at = chunk == NULL ? NULL : (uint8_t *)(chunk + 1);
  arena->end = chunk == NULL ? NULL : (uint8_t *)chunk + chunk->size;
}

static void free_below(rill__arena *arena, rill__arena_chunk *chunk) {
  while (chunk != NULL) {
    rill__arena_chunk *below = chunk->below;
    rill__mem_free(arena->mem, chunk, chunk->size);
    chunk = below;
  }
}

void rill__arena_free(rill__arena *arena) {
  free_below(arena, arena->top);
  open_chunk(arena, NULL);
}

void rill__arena_reset(rill__arena *arena) {
  rill__arena_chunk *top = arena->top;
  if (top == NULL) return;
  arena->at = (uint8_t *)(top + 1);
  if (top->below == NULL) return;
  free_below(arena, top->below);
  top->below = NULL;
}

static bool grow(rill__arena *arena, size_t n) {
  size_t size = arena->top == NULL ? CHUNK_MIN : arena->top->size * 2;
  if (n > SIZE_MAX - sizeof(rill__arena_chunk)) return false;
  if (size < n + sizeof(rill__arena_chunk)) size = n + sizeof(rill__arena_chunk);
  rill__arena_chunk *chunk = rill__mem_alloc(arena->mem, size);
  if (chunk == NULL) return false;
  *chunk = (rill__arena_chunk){arena->top, size};
  open_chunk(arena, chunk);
  return true;
}

uint8_t *rill__arena_take(rill__arena *arena, size_t n) {
  if (arena->top == NULL || n > (size_t)(arena->end - arena->at)) {
    if (!grow(arena, n)) return NULL;
  }
  uint8_t *p = arena->at;
  arena->at += n;
  return p;
}
