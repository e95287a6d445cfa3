/* SPDX-License-Identifier: MIT */
#include "base/pool.h"

#include <string.h>

enum { CHUNK_FIRST = 2, CHUNK_LAST = 64 };

struct rill__pool_chunk {
  rill__pool_chunk *older;
  size_t objects;
};

void rill__pool_init(rill__pool *pool, size_t object_size) {
  size_t unit = sizeof pool->free;
  *pool = (rill__pool){NULL, NULL, (uint32_t)((object_size + unit - 1) / unit * unit), 0};
}

static size_t chunk_size(const rill__pool *pool, size_t objects) {
  return sizeof(rill__pool_chunk) + objects * pool->object_size;
}

static bool grow(rill__pool *pool, rill__mem *mem) {
  size_t objects = pool->chunks == NULL ? CHUNK_FIRST : pool->chunks->objects * 2;
  if (objects > CHUNK_LAST) objects = CHUNK_LAST;
  rill__pool_chunk *chunk = rill__mem_alloc(mem, chunk_size(pool, objects));
  if (chunk == NULL) return false;
  *chunk = (rill__pool_chunk){pool->chunks, objects};
  pool->chunks = chunk;
  uint8_t *object = (uint8_t *)(chunk + 1) + objects * pool->object_size;
  for (size_t i = 0; i < objects; i++) {
    object -= pool->object_size;
    memcpy(object, &pool->free, sizeof pool->free);
    pool->free = object;
  }
  return true;
}

void *rill__pool_take(rill__pool *pool, rill__mem *mem) {
  if (pool->free == NULL && !grow(pool, mem)) return NULL;
  void *object = pool->free;
  /* NOLINTNEXTLINE(clang-analyzer-core.NonNullParamChecker): a chunk holds at least CHUNK_FIRST objects, so that one is free */
  memcpy(&pool->free, object, sizeof pool->free);
  pool->live++;
  return memset(object, 0, pool->object_size);
}

void rill__pool_put(rill__pool *pool, void *object) {
  memcpy(object, &pool->free, sizeof pool->free);
  pool->free = object;
  pool->live--;
}

void rill__pool_trim(rill__pool *pool, rill__mem *mem) {
  if (pool->live == 0) rill__pool_free(pool, mem);
}

void rill__pool_free(rill__pool *pool, rill__mem *mem) {
  while (pool->chunks != NULL) {
    rill__pool_chunk *older = pool->chunks->older;
    rill__mem_free(mem, pool->chunks, chunk_size(pool, pool->chunks->objects));
    pool->chunks = older;
  }
  pool->free = NULL;
  pool->live = 0;
}
