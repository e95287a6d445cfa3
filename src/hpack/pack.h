/* SPDX-License-Identifier: MIT */
/*
 * pack: a dynamic table that nobody looks at, in less memory: its entries one behind the other, without slots, indices and room
 * to grow, and names with a token without their octets. Knows entries and their strings; does not know when that is worth it.
 *
 * A packed table keeps its numbers: size, count, maximum and sequence numbers are good; entries are not to be looked at, and
 * nothing is inserted or evicted, until it is unpacked. It can be freed.
 */
#ifndef RILL__PACK_H
#define RILL__PACK_H

#include "hpack/dyn_tab.h"

/*
 * Packs a table, or frees one that is empty; without memory it stays as it is, as does one that is packed, unless it is to be
 * tight and is not. tight: strings in Huffman's code where that is shorter, which takes about ten instructions an octet, now and
 * when it is unpacked.
 */
void rill__pack(rill__dyn_tab *tab, bool tight);

/* Of one that is packed. False without memory; then it stays packed. The owner's octets are zero after it. */
bool rill__unpack(rill__dyn_tab *tab);

#endif /* RILL__PACK_H */
