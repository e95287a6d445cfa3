/* SPDX-License-Identifier: MIT */
/*
 * fuzz_client: whatever a server may say to a client with three requests under way and a small application behind it; see conn.h.
 */
#include "conn.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t n) { return fuzz_connection(data, n, true); }
