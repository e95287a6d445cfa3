/* SPDX-License-Identifier: MIT */
/*
 * optional: what of a connection can be left out (base/features.h), and what stands in its place then. Included by conn.h alone,
 * at its end.
 */
#ifndef RILL__OPTIONAL_H
#define RILL__OPTIONAL_H

/* ---- altsvc.c, origin.c, rx_block.c: never called where they are left out, since what leads to them is refused before */
#if RILL__ALTSVC
void rill__rx_altsvc(rill_conn *c, const rill_frame *frame);
#else
static inline void rill__rx_altsvc(rill_conn *c, const rill_frame *frame) { (void)c, (void)frame; }
#endif

#if RILL__ORIGIN
void rill__rx_origin(rill_conn *c, const rill_frame *frame);
#else
static inline void rill__rx_origin(rill_conn *c, const rill_frame *frame) { (void)c, (void)frame; }
#endif

#if RILL__PUSH
void rill__rx_promise(rill_conn *c, const uint8_t *p);
#else
static inline void rill__rx_promise(rill_conn *c, const uint8_t *p) { (void)c, (void)p; }
#endif

/* ---- origins.c: kept where promises or ORIGIN frames are welcome, by a client */
static inline bool rill__origins_kept(const rill_conn *c) {
  return (RILL__PUSH || RILL__ORIGIN) && (c->origins != NULL || c->local.push || c->context->config.accept_origin);
}

#if RILL__PUSH || RILL__ORIGIN
/*
 * The number of the origin that a request speaks to, 0 if it is not kept. False without memory. It is in the set once the request
 * is certain.
 */
bool rill__origin_note(rill_conn *c, rill_view scheme, rill_view authority, uint16_t *number);
void rill__origin_enter(rill_conn *c, uint32_t number);
/* Of one that is in the set; 0: it is not. */
uint16_t rill__origin_find(const rill_conn *c, rill_view scheme, rill_view authority);
/* 421 came: out of the set (8336 2.3). */
void rill__origin_misdirected(rill_conn *c, uint32_t number);
/* An ORIGIN frame has come; from the first on the set is what the server says, and what the first request spoke to. */
bool rill__origins_named(rill_conn *c);
/* An entry of an ORIGIN frame. True: it is in the set now. Without memory the connection fails. */
bool rill__origin_add(rill_conn *c, rill_view origin);
void rill__origins_free(rill_conn *c);
uint32_t rill__origins_count(const rill_conn *c);
#else
static inline bool rill__origin_note(rill_conn *c, rill_view scheme, rill_view authority, uint16_t *number) {
  (void)c, (void)scheme, (void)authority, (void)number;
  return true;
}
static inline void rill__origin_enter(rill_conn *c, uint32_t number) { (void)c, (void)number; }
static inline void rill__origin_misdirected(rill_conn *c, uint32_t number) { (void)c, (void)number; }
static inline void rill__origins_free(rill_conn *c) { (void)c; }
static inline uint32_t rill__origins_count(const rill_conn *c) {
  (void)c;
  return 0;
}
#endif

#endif /* RILL__OPTIONAL_H */
