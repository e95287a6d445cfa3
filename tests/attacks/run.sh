#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh tests/attacks/run.sh [counted [name [driven]]]
#
# What attacks cost: builds the attacks as a release, and for each that begins with `name` prints, tab separated,
#
#   attack  on a  driven  with budgets  without  memory  output  counted  octets  recv  send  sum
#
# driven: frames (1,000,000, in 64 MiB at most), with the default budgets and without any, by an allocator that keeps count; how
# either ends; the most memory and the most output, DATA excepted, that there was at once. Then so many frames (3,000) are counted by
# callgrind, without budgets: recv, send: instructions for each octet of the peer, in rill_conn_recv() and in the rill_conn_send()
# that takes what came of it, the calls of the application and of the allocator included; what comes once, at first, is not. The sum
# must stay below 500, whatever comes, in reads of 1,460 octets; not so where a name ends in "(beyond the default)", for what a larger
# limit costs, or in "(by its answer)", which the application chooses. Exit status 1: that does not hold, or what drive.c looks for; 77: something to measure with is missing.
# ATTACKS_BUILD is the folder to build in, build/attacks if not set; ATTACKS_JOBS how many processes share the work, one a core.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
build=${ATTACKS_BUILD:-$root/build/attacks}
counted=${1:-3000}
name=${2:-}
driven=${3:-1000000}
jobs=${ATTACKS_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 1)}
most=500

for tool in cmake valgrind awk; do
  command -v $tool >/dev/null 2>&1 || { echo "SKIPPED attacks/run.sh: there is no $tool"; exit 77; }
done
mkdir -p "$build"
quiet() { "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 2; }; }
quiet cmake -S "$root" -B "$build" -DCMAKE_BUILD_TYPE=Release -DRILL_TEST_LIBC=ON -DRILL_BUILD_EXAMPLES=OFF
quiet cmake --build "$build" --target attacks -j 2

# A share of the attacks: driven, then counted with a dump for each attack, of what was counted since the one before.
share() {
  part=$1
  "$build/tests/attacks" -n "$driven" -m 64 -t "$name" -p "$part" -of "$jobs" "$root"/tests/attacks/*.talk >"$build/driven.$part" || :
  valgrind --tool=callgrind --toggle-collect=attacks_recv --toggle-collect=attacks_send --dump-before=attacks_next \
    --callgrind-out-file="$build/dump.$part" "$build/tests/attacks" -c -n "$counted" -m 1 -t "$name" -p "$part" -of "$jobs" \
    "$root"/tests/attacks/*.talk >"$build/table.$part" 2>"$build/log.$part" || :
  dump=0
  while IFS= read -r row; do
    dump=$((dump + 1))
    printf '%s\t%s\t%s\n' "$row" "$(of_function attacks_recv "$build/dump.$part.$dump")" \
      "$(of_function attacks_send "$build/dump.$part.$dump")"
  done <"$build/table.$part" >"$build/counted.$part"
}

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

rm -f "$build"/dump* "$build"/driven* "$build"/table* "$build"/counted* "$build"/log.*
i=0
while [ $i -lt "$jobs" ]; do
  share $i &
  i=$((i + 1))
done
wait

# One table. What was driven and not counted, or the other way round, is a failure, too: the program has stopped.
printf 'attack\ton a\tdriven\twith budgets\twithout\tmemory\toutput\tcounted\toctets\trecv\tsend\tsum\n'
cat "$build"/driven.* | grep '^FAIL' >"$build/wrong" || :
cat "$build"/counted.* >"$build/counted"
cat "$build"/driven.* | grep -v -e '^FAIL' -e '^attack	on a	' -e '^attacks: ' >"$build/driven" || :
awk -F '\t' -v most=$most -v wrongs="$(wc -l <"$build/wrong")" '
  NR == FNR { row[$1 FS $2] = $0; next }
  {
    key = $1 FS $2
    if (!(key in row)) { print "FAIL " $1 ": was not counted"; failed++; next }
    split(row[key], c, FS)
    delete row[key]
    counted++
    octets = c[4] == 0 ? 1 : c[4]
    recv = c[6] / octets; send = c[7] / octets
    exempt = $1 ~ /\((beyond the default|by its answer)\)$/
    wrong = recv + send >= most && !exempt
    printf "%s\t%s\t%s\t%.0f\t%.0f\t%.0f%s\n", $0, c[3], c[4], recv, send, recv + send, wrong ? "\tFAIL" : ""
    over += wrong
    if (recv + send > worst && !exempt) { worst = recv + send; who = $1 }
  }
  END {
    for (key in row) { print "FAIL " key ": was not driven"; failed++ }
    printf "attacks: %d driven and counted, %d at %d instructions an octet or above, %d wrong; the most are %.0f: %s\n", counted,
      over, most, wrongs + failed, worst, who
    exit over + wrongs + failed != 0 || counted == 0
  }' "$build/counted" "$build/driven" && status=0 || status=1
cat "$build/wrong"
exit $status
