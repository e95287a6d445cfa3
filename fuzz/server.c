/* SPDX-License-Identifier: MIT */
/*
 * fuzz_server: whatever a client may say, preface included, to a server with a small application behind it; see conn.h.
 */
#include "conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_connection(data, n, false); }
