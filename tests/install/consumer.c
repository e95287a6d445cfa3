/* SPDX-License-Identifier: MIT */
/*
 * A small user of an installed rill: a client's first octets, and the library's version against the header's. C and C++.
 */
#include <rill/rill.h>

#include <stdio.h>
#include <string.h>

int main(void) {
  rill_config config;
  rill_context *context = NULL;
  rill_conn *conn = NULL;
  uint8_t out[256];
  rill_config_init(&config);
  if (rill_context_new(&context, &config, NULL) != RILL_OK) return 1;
  if (rill_conn_client_new(&conn, context, NULL) != RILL_OK) return 2;
  if (rill_conn_send(conn, out, sizeof out, RILL_NO_CLOCK) < 24 || memcmp(out, "PRI * HTTP/2.0", 14) != 0) return 3;
  rill_conn_del(conn);
  rill_context_del(context);
  printf("rill %s\n", rill_version());
  return strcmp(rill_version(), RILL_VERSION) == 0 ? 0 : 4;
}
