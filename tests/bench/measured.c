/* SPDX-License-Identifier: MIT */
/*
 * The function that callgrind looks for.
 *
 * It stands alone in its file, so that no compiler inlines it or makes a copy of it (without optimisation at link time, which the
 * bench does not use). It knows nothing of the work.
 */
#include "bench.h"

size_t bench_measured(const work *w, void *state, size_t n) { return w->run(state, n); }
