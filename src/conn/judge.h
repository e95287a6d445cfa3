/* SPDX-License-Identifier: MIT */
/* judge: one submitted field: where the encoder has it, and whether it may stand where it does. */
#ifndef RILL__JUDGE_H
#define RILL__JUDGE_H

#include "conn/conn.h"

/*
 * The next field of a section, a pseudo-header field that is covered. False: it is in no table, or not for long; or what is to be
 * known of it is not; or it is wrong; and nothing was done. newest: as rill__enc_again() has it.
 */
bool rill__judge_pseudo(const rill__enc *enc, const uint32_t *newest, rill__section *section, const rill_field *field,
                        uint16_t token, rill__enc_place *place);

/* The next field of a section, at this index, with its token. *place: what the encoder is to know of it. */
rill_why rill__judge_field(rill_conn *c, rill__section *section, size_t index, const rill_field *field, uint16_t token,
                           rill__enc_place *place);

#endif /* RILL__JUDGE_H */
