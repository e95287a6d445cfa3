/* SPDX-License-Identifier: MIT */
#include "base/arena.h"

enum { CHUNK_MIN = 512 };

void rill__arena_init(rill__arena *arena, rill__mem *mem) { *arena = (rill__arena){mem, NULL}; }

static size_t size_of(const rill__arena_chunk *chunk) { return (size_t)(chunk->end - (const uint8_t *)chunk); }

static void free_below(rill__arena *arena, rill__arena_chunk *chunk) {
  while (chunk != NULL) {
    rill__arena_chunk *below = chunk->below;
    rill__mem_free(arena->mem, chunk, size_of(chunk));
    chunk = below;
  }
}

void rill__arena_free(rill__arena *arena) {
  free_below(arena, arena->top);
  arena->top = NULL;
}

void rill__arena_free_below(rill__arena *arena) {
  free_below(arena, arena->top->below);
  arena->top->below = NULL;
}

static bool grow(rill__arena *arena, size_t n) {
  size_t size = arena->top == NULL ? CHUNK_MIN : size_of(arena->top) * 2;
  if (n > SIZE_MAX - sizeof(rill__arena_chunk)) return false;
  if (size < n + sizeof(rill__arena_chunk)) size = n + sizeof(rill__arena_chunk);
  rill__arena_chunk *chunk = rill__mem_alloc(arena->mem, size);
  if (chunk == NULL) return false;
  *chunk = (rill__arena_chunk){arena->top, (uint8_t *)(chunk + 1), (uint8_t *)chunk + size};
  arena->top = chunk;
  return true;
}

uint8_t *rill__arena_take_more(rill__arena *arena, size_t n) {
  if (!grow(arena, n)) return NULL;
  uint8_t *p = arena->top->at;
  arena->top->at += n;
  return p;
}
