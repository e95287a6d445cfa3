/* SPDX-License-Identifier: MIT */
/*
 * list: intrusive, circular, doubly linked. A node is on one list at most; an unlinked node has next == NULL.
 */
#ifndef RILL__LIST_H
#define RILL__LIST_H

#include <stdbool.h>
#include <stddef.h>

typedef struct rill__node {
  struct rill__node *next, *prev;
} rill__node;

static inline void rill__list_init(rill__node *list) { list->next = list->prev = list; }
static inline bool rill__list_empty(const rill__node *list) { return list->next == list; }
static inline bool rill__linked(const rill__node *node) { return node->next != NULL; }

static inline void rill__list_insert_after(rill__node *at, rill__node *node) {
  node->prev = at;
  node->next = at->next;
  at->next->prev = node;
  at->next = node;
}

static inline void rill__list_push_front(rill__node *list, rill__node *node) { rill__list_insert_after(list, node); }
static inline void rill__list_push_back(rill__node *list, rill__node *node) { rill__list_insert_after(list->prev, node); }

/* Fine on an unlinked node. */
static inline void rill__unlink(rill__node *node) {
  if (!rill__linked(node)) return;
  node->prev->next = node->next;
  node->next->prev = node->prev;
  node->next = node->prev = NULL;
}

#endif /* RILL__LIST_H */
