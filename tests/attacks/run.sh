#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh tests/attacks/run.sh [frames [name]]
#
# What attacks cost: builds the attacks as a release, drives each for so many frames (3,000), without any budget, under callgrind,
# and prints, tab separated,
#
#   attack  on a  frames  octets  ends  recv  send  sum
#
# recv, send: instructions for each octet of the peer, in rill_conn_recv() and in the rill_conn_send() that takes what came of it, the
# calls of the application and of the allocator included. The sum must stay below 500, whatever comes, in reads of 1,460 octets;
# else the exit status is 1; not so where a name ends in "(beyond the default)", for what a larger limit costs. 77: something to measure with is missing. ATTACKS_BUILD is the folder to build in, build/attacks if not
# set.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ATTACKS_BUILD:-$root/build/attacks}
frames=${1:-3000}
name=${2:-}
most=500

for tool in cmake valgrind awk; do
  command -v $tool >/dev/null 2>&1 || { echo "SKIPPED attacks/run.sh: there is no $tool"; exit 77; }
done
mkdir -p "$build"
quiet() { "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 2; }; }
quiet cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DRILL_BUILD_EXAMPLES=OFF
quiet cmake --build "$build" --target attacks -j 2

# A dump for each attack: what was counted since the one before.
rm -f "$build"/dump*
valgrind --tool=callgrind --toggle-collect=attacks_recv --toggle-collect=attacks_send --dump-before=attacks_next \
  --callgrind-out-file="$build/dump" "$build/tests/attacks" -c -n "$frames" -m 1 -t "$name" "$root"/tests/attacks/*.talk \
  >"$build/table" 2>"$build/log" || { tail -n 5 "$build/log" >&2; exit 2; }

# Instructions of one function and of all that it calls. A name is written where it first comes up, and is a number from then on.
of_function() {
  awk -v wanted="$1" '
    /^c?fn=/ {
      number = $1; sub(/^c?fn=/, "", number)
      if ($2 != "") names[number] = $2
    }
    /^fn=/ { inside = names[number] == wanted }
    inside && /^[0-9+*-]/ { sum += $2 }
    END { printf "%.0f\n", sum }' "$2"
}

printf 'attack\ton a\tframes\toctets\tends\trecv\tsend\tsum\n'
part=0
while IFS= read -r row; do
  part=$((part + 1))
  recv=$(of_function attacks_recv "$build/dump.$part")
  send=$(of_function attacks_send "$build/dump.$part")
  printf '%s\t%s\t%s\n' "$row" "$recv" "$send"
done <"$build/table" >"$build/counted"
awk -F '\t' -v most=$most '
  {
    recv = $6 / $4; send = $7 / $4
    beyond = $1 ~ /\(beyond the default\)$/
    wrong = recv + send >= most && !beyond
    printf "%s\t%s\t%s\t%s\t%s\t%.0f\t%.0f\t%.0f%s\n", $1, $2, $3, $4, $5, recv, send, recv + send, wrong ? "\tFAIL" : ""
    failed += wrong
    if (recv + send > worst && !beyond) { worst = recv + send; who = $1 }
  }
  END {
    printf "attacks: %d counted, %d at %d instructions an octet or above; the most are %.0f: %s\n", NR, failed, most, worst, who
    exit failed != 0 || NR == 0
  }' "$build/counted"
