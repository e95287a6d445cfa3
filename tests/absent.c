/* SPDX-License-Identifier: MIT */
/*
 * absent: functions that the library was built without (RILL_WITHOUT_*), so that programs which try them among other things can
 * be linked: each refuses. What formats traces is not here: the tests then bring the library's own files along.
 */
#include <rill/http1.h>

#ifdef RILL_WITHOUT_PUSH
rill_ssize rill_submit_push(rill_conn *conn, uint32_t id, const rill_field *fields, size_t count, void *stream_user) {
  (void)conn, (void)id, (void)fields, (void)count, (void)stream_user;
  return RILL_ERR_STATE;
}
#endif

#ifdef RILL_WITHOUT_UPGRADE
int rill_upgrade(rill_conn *conn, rill_view settings, bool to_head, void *stream_user) {
  (void)conn, (void)settings, (void)to_head, (void)stream_user;
  return RILL_ERR_STATE;
}

rill_ssize rill_upgrade_settings(const rill_context *context, uint8_t *dst, size_t cap) {
  (void)context, (void)dst, (void)cap;
  return RILL_ERR_LIMIT;
}
#endif

#ifdef RILL_WITHOUT_ALTSVC
int rill_submit_altsvc(rill_conn *conn, uint32_t id, rill_view origin, rill_view value) {
  (void)conn, (void)id, (void)origin, (void)value;
  return RILL_ERR_STATE;
}
#endif

#ifdef RILL_WITHOUT_ORIGIN
int rill_submit_origin(rill_conn *conn, const rill_view *origins, size_t count) {
  (void)conn, (void)origins, (void)count;
  return RILL_ERR_STATE;
}
#endif

#if defined RILL_WITHOUT_ORIGIN && defined RILL_WITHOUT_PUSH
bool rill_origin_allowed(const rill_conn *conn, rill_view origin) {
  (void)conn, (void)origin;
  return false;
}
#endif

#ifdef RILL_WITHOUT_HTTP1
rill_ssize rill_http1_read(rill_http1_reader *reader, uint8_t *octets, size_t n) {
  (void)reader, (void)octets, (void)n;
  return RILL_ERR_INVALID;
}

rill_ssize rill_http1_write(uint8_t *dst, size_t cap, const rill_head *head, unsigned flags, rill_fault *fault) {
  (void)dst, (void)cap, (void)head, (void)flags, (void)fault;
  return RILL_ERR_INVALID;
}
#endif
