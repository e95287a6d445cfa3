#!/bin/sh
# SPDX-License-Identifier: MIT
#
# No recursion (contract 4): the calls that functions of the library make, by name or through the tables of recv.c, time.c and
# section.c, have no cycle; what an application's callbacks call is its own business. The calls are what gcc says of the source,
# unoptimised; where the compiler cannot say (-fcallgraph-info came with gcc 10), the test is skipped (77).
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
cc=${CC:-gcc}
echo 'int f(void); int f(void) { return 0; }' >"$work/try.c"
(cd "$work" && "$cc" -fcallgraph-info -c try.c 2>/dev/null && [ -s try.ci ]) || cc=gcc
if ! (cd "$work" && "$cc" -fcallgraph-info -c try.c 2>/dev/null && [ -s try.ci ]); then
  echo "SKIPPED recursion: no compiler here tells who calls whom"
  exit 77
fi

for file in src/*/*.c; do
  "$cc" -std=c11 -O0 -Iinclude -Isrc -DRILL_STATIC -fcallgraph-info -c "$file" -o "$work/$(echo "$file" | tr / _).o" || exit 1
done

# Lines of: caller, callee. A static function is file:name; one of a header that several files have is the same in all of them.
cat "$work"/src_*.ci | sed -n 's/^edge: { sourcename: "\([^"]*\)" targetname: "\([^"]*\)".*/\1 \2/p' |
  grep -v __indirect_call | sed -E 's,[^ ]*\.h:,,g; s,src/[a-z0-9]*/,,g' | sort -u >"$work/direct"

# through FILE CALLER: what the tables of a file name, called by this function.
through() {
  sed -n "$3" "src/$1" | grep -o -E '[a-z_0-9]+' | sort -u | while read -r name; do
    for callee in "$name" "$(basename "$1"):$name"; do
      grep -q -E "(^| )$callee( |\$)" "$work/direct" && echo "$(basename "$1"):$2 $callee"
    done
  done
}
{
  through conn/recv.c step '/rx_rows\[\] = {/,/^};/p'
  through conn/recv.c gather '/rx_rows\[\] = {/,/^};/p'
  through conn/rx.c rill__rx_fixed '/brief\[RILL__FRAME_ROWS\]/,/};/p' | sed 's/^rx.c:rill__/rill__/'
  through conn/rx.c rx_in_words '/brief\[RILL__FRAME_ROWS\]/,/};/p'
  through conn/time.c act_if_due '/#define BEGUN/,/clang-format on/p'
  through rules/section.c rill__section_pseudo_field '/pseudos\[RILL__PSEUDO_COUNT\] = {/,/^};/p' |
    sed 's/^section.c:rill__/rill__/'
} >"$work/tables"

# tsort names each cycle it finds. It takes a pair of equal names for one that stands alone.
awk '$1 == $2 { print $1 " calls itself" }' "$work/direct" >"$work/cycles"
cat "$work/direct" "$work/tables" | tsort 2>&1 >"$work/order" | sed 's/^tsort: -: */cycle: /; s/^tsort: */cycle: /' >>"$work/cycles"
calls=$(wc -l <"$work/direct")
tables=$(wc -l <"$work/tables")
cat "$work/cycles"
echo "recursion: $calls calls by name, $tables through tables"
[ ! -s "$work/cycles" ] && [ "$calls" -gt 500 ] && [ "$tables" -gt 20 ]
