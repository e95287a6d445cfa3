/* SPDX-License-Identifier: MIT */
/*
 * rx_fields: the fields of a whole block, one by one: decoded, judged as each comes, and kept. What is made of the section they
 * are: rx_section.c.
 *
 * After the first refusal nothing is stored, but decoding goes on to the end (9113 4.3); only the hard limits stop it.
 */
#ifndef RILL__RX_FIELDS_H
#define RILL__RX_FIELDS_H

#include "conn/conn.h"

typedef struct rill__reading {
  rill__section section;
  rill_why verdict;      /* the first refusal */
  uint32_t seen, crumbs; /* fields in all; cookie lines among them */
  uint64_t list_size;
  size_t stored; /* in c->rx.fields */
} rill__reading;

/* False: the connection has failed. */
bool rill__read_fields(rill_conn *c, rill__reading *r, rill_view block);

#endif /* RILL__RX_FIELDS_H */
