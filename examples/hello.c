/* SPDX-License-Identifier: MIT */
/* hello: a client and a server in one program; where others have a network, they have the function carry(). */
#include <rill/rill.h>
#include <stdio.h>

static int server_on_head(rill_conn *conn, uint32_t id, const rill_head *head, void *stream_user) {
  static const rill_field fields[] = {RILL_FIELD(":status", "200"), RILL_FIELD("content-type", "text/plain")};
  static const rill_body pushed = {NULL, NULL, false};
  static const char hello[] = "hello\n";
  (void)stream_user;
  printf("server: %.*s %.*s\n", (int)head->method.n, (const char *)head->method.p, (int)head->path.n, (const char *)head->path.p);
  if (rill_submit_response(conn, id, fields, 2, &pushed) != RILL_OK) return RILL_INTERNAL_ERROR;
  if (rill_write(conn, id, (const uint8_t *)hello, sizeof hello - 1, true) < 0) return RILL_INTERNAL_ERROR;
  return 0;
}

static int client_on_data(rill_conn *conn, uint32_t id, rill_view bytes, bool end, void *stream_user) {
  (void)conn, (void)id, (void)end, (void)stream_user;
  printf("client: %.*s", (int)bytes.n, (const char *)bytes.p);
  return 0;
}

/* Gives to one side what the other has to send; returns how much that was. */
static rill_ssize carry(rill_conn *from, rill_conn *to) {
  uint8_t buffer[4096];
  rill_ssize n = rill_conn_send(from, buffer, sizeof buffer, RILL_NO_CLOCK);
  for (rill_ssize at = 0, taken; at < n; at += taken) {
    taken = rill_conn_recv(to, buffer + at, (size_t)(n - at), RILL_NO_CLOCK);
    if (taken <= 0) return taken < 0 ? taken : RILL_ERR_LIMIT;
  }
  return n;
}

int main(void) {
  static const rill_field request[] = {RILL_FIELD(":method", "GET"), RILL_FIELD(":scheme", "http"),
                                       RILL_FIELD(":authority", "example.com"), RILL_FIELD(":path", "/")};
  rill_callbacks for_server = {.size = sizeof for_server, .on_head = server_on_head};
  rill_callbacks for_client = {.size = sizeof for_client, .on_data = client_on_data};
  rill_context *contexts[2] = {NULL, NULL};
  rill_conn *server = NULL, *client = NULL;
  rill_config config;
  rill_config_init(&config);

  bool good = rill_context_new(&contexts[0], &config, &for_server) == 0 &&
              rill_context_new(&contexts[1], &config, &for_client) == 0 &&
              rill_conn_server_new(&server, contexts[0], NULL) == 0 && rill_conn_client_new(&client, contexts[1], NULL) == 0 &&
              rill_submit_request(client, request, 4, NULL, NULL) > 0;
  for (rill_ssize up = 1, down = 1; good && (up > 0 || down > 0); good = up >= 0 && down >= 0) {
    up = carry(client, server);
    down = carry(server, client);
  }
  rill_conn_del(client);
  rill_conn_del(server);
  rill_context_del(contexts[0]);
  rill_context_del(contexts[1]);
  return good ? 0 : 1;
}
