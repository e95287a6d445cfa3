/* SPDX-License-Identifier: MIT */
/*
 * serve_open: opens files below a folder and nowhere else.
 *
 * However the path is written and wherever symbolic links point, what is opened lies below `root`, also when others rename
 * things meanwhile: the kernel resolves the path in one go (openat2), or, where it cannot, we walk it folder by folder and
 * follow no link at all.
 */
#ifndef EXAMPLES_SERVE_OPEN_H
#define EXAMPLES_SERVE_OPEN_H

/*
 * Opens for reading. Returns a descriptor, or -1 and errno: ENOENT or ENOTDIR for what is not there; EACCES, EPERM, EXDEV or
 * ELOOP for what may not be had. Never waits, as opening a FIFO would.
 */
int open_beneath(int root, const char *path);

/* The walk alone, for those whose kernel lacks openat2. */
int open_walk(int root, const char *path);

#endif /* EXAMPLES_SERVE_OPEN_H */
