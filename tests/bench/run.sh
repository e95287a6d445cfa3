#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh tests/bench/run.sh [--readme | [--profile] metric...]
#
# Builds rill as a release and puts the same work through it and through the installed libnghttp2. Prints, tab separated,
#
#   metric  rill  peer  ratio  goal
#
# for each row of metrics.tsv, where goals and words are, and draws the comparison: comparison.svg in the build folder, beside
# figures.tsv. One binary and the default configuration, with all checks and limits on; what a work needs otherwise, its source
# says.
#
#   *_instr*, hpack_*, huff_*   instructions for each unit, counted by callgrind inside bench_measured() alone, behind a warm-up
#   request_time_c100           process CPU time, the best of interleaved rounds, as a ratio only
#   mem_*                       octets asked of the allocator by the server; mem_million: resident memory of the process
#   text_os*                    .text of the shared library built with -Os; _rodata: with .rodata and .data.rel.ro; _small: with
#                               all RILL_WITHOUT_* options. The peer is as installed, commonly -O2, so that there is no ratio
#   serve_rps_*                 rill-serve against other servers, see servers.sh; ratios only
#   scale_threads               what two threads do to what one does; wants two cores at rest
#
# With names of metrics only those are measured; *_c100 and the like are patterns. --profile tells where the instructions go, too:
# METRIC.SIDE.profile in the build folder, by function, for each unit. --readme measures all and writes the table in README.md
# between its marks. RILL_SHARED (or ../shared beside the checkout) has the header corpus. BENCH_BUILD is the folder to
# build in, build/bench if not set.
# Exit status 1 if a measurement failed, 2 if something to measure with is missing. Goals are printed, not enforced.
set -euf
root=$(cd "$(dirname "$0")/../.." && pwd)
here=$root/tests/bench
shared=${RILL_SHARED:-$root/../shared}
corpus=$shared/hpack-test-case
build=${BENCH_BUILD:-$root/build/bench}
readme= profile=
case ${1:-} in
  --readme) readme=1 && shift ;;
  --profile) profile=1 && shift ;;
esac
wanted=$*
if [ -n "$readme" ] && [ -n "$wanted" ]; then
  echo "run.sh: --readme measures all" >&2
  exit 2
fi

# ---- what is needed ----

missing=
need() { command -v "$1" >/dev/null 2>&1 || missing="$missing $2"; }
need_header() { echo "#include <$1>" | ${CC:-cc} -E - >/dev/null 2>&1 || missing="$missing $2"; }
need ${CC:-cc} gcc
need cmake cmake
need valgrind valgrind
need size binutils
if command -v "${CC:-cc}" >/dev/null 2>&1; then
  need_header nghttp2/nghttp2.h libnghttp2-dev
  need_header jansson.h libjansson-dev
  need_header valgrind/callgrind.h valgrind
fi
if [ -n "$missing" ]; then
  echo "run.sh: missing:$missing (as Debian names it: apt-get install$missing)" >&2
  exit 2
fi

mkdir -p "$build"
figures=$build/figures.tsv
quiet() { "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 1; }; }

# build KIND TYPE TARGET OPTIONS...
build() {
  kind=$1
  type=$2
  target=$3
  shift 3
  quiet cmake -S "$here" -B "$build/$kind" -DCMAKE_BUILD_TYPE="$type" "$@"
  quiet cmake --build "$build/$kind" --target $target -j 2
}
build Release Release bench
bench=$build/Release/bench

# ---- rows ----

is_wanted() {
  [ -z "$wanted" ] && return 0
  for name in $wanted; do
    case $1 in $name) return 0 ;; esac
  done
  return 1
}

# row METRIC RILL PEER [RATIO]: "-" where there is nothing, empty where it failed; the ratio is that of both if it is not given
row() {
  awk -F '\t' -v m="$1" -v a="$2" -v b="$3" -v ratio="${4-both}" '
    function shown(x) { return x == "" ? "failed" : x == "-" ? x : sprintf(format, x) }
    $1 == m { goal = $2; format = $3; found = 1 }
    END {
      if (!found) { print "run.sh: " m " is not in metrics.tsv" >"/dev/stderr"; exit 1 }
      if (ratio == "") ratio = "failed"
      if (ratio == "both") ratio = a == "" || b == "" || a == "-" || b + 0 == 0 ? "-" : sprintf("%.3f", a / b)
      printf "%s\t%s\t%s\t%s\t%s\n", m, shown(a), shown(b), ratio, goal
    }' "$here/metrics.tsv"
}

# skip METRIC WHY
skip() { ! is_wanted "$1" || printf '%s\tskipped\tskipped\t-\tSKIPPED: %s\n' "$1" "$2"; }

# instructions WORK SIDE WARM N SETTINGS...: for each unit; nothing if it failed
instructions() {
  out=$build/count.$2
  rm -f "$out"
  units=$(valgrind --tool=callgrind --instr-atstart=no --toggle-collect=bench_measured --callgrind-out-file="$out" \
    "$bench" count "$@" 2>"$out.log") ||
    { grep '^bench: ' "$out.log" >&2 || tail -n 3 "$out.log" >&2; return 0; }
  awk -v units="$units" '/^summary:/ { printf "%.4f\n", $2 / units }' "$out"
  [ -z "$profile" ] || callgrind_annotate --threshold=100 "$out" | profile_of "$units" >"$build/$metric.$2.profile"
}

# profile_of UNITS: the 25 functions with the most instructions of their own
profile_of() {
  awk -v units="$1" '/PROGRAM TOTALS|^ *[0-9,]+ \([ 0-9.]+%\)  [^ ]*:/ {
    own = $1
    gsub(/,/, "", own)
    name = $0
    sub(/^[^)]*\)  ([^ ]*:)?/, "", name)
    sub(/ \[[^]]*\]$/, "", name)
    if (n++ <= 25) printf "%12.1f  %s\n", own / units, name
  }'
}

# both WORK WARM N SETTINGS...: sets $rill and $peer, counted at the same time
both() {
  work=$1
  shift
  instructions "$work" rill "$@" >"$build/rill.value" &
  instructions "$work" nghttp2 "$@" >"$build/peer.value"
  wait $!
  rill=$(cat "$build/rill.value")
  peer=$(cat "$build/peer.value")
}

# count_row METRIC WORK WARM N SETTINGS...
count_row() {
  is_wanted "$1" || return 0
  metric=$1
  shift
  both "$@"
  row "$metric" "$rill" "$peer"
}

# count_alone METRIC WORK WARM N SETTINGS...: where libnghttp2 has no such thing
count_alone() {
  is_wanted "$1" || return 0
  metric=$1
  work=$2
  shift 2
  row "$metric" "$(instructions "$work" rill "$@")" -
}

# figure NAME SIDE SETTINGS...: nothing if it failed
figure() { "$bench" figure "$@" 2>"$build/figure.log" || tail -n 1 "$build/figure.log" >&2; }

# figure_row METRIC SETTINGS...
figure_row() {
  is_wanted "$1" || return 0
  metric=$1
  shift
  row "$metric" "$(figure "$metric" rill "$@")" "$(figure "$metric" nghttp2 "$@")"
}

bulk_row() {
  is_wanted bulk_instr_frame || return 0
  GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000
  export GLIBC_TUNABLES
  metric=bulk_instr_frame
  both bulk 500 4000
  frame_rill=$rill frame_peer=$peer
  metric=bulk_copy
  both copy 100 4000
  unset GLIBC_TUNABLES
  row bulk_instr_frame "$(less "$frame_rill" "$rill")" "$(less "$frame_peer" "$peer")"
}
less() { [ -z "$1" ] || [ -z "$2" ] || awk -v a="$1" -v b="$2" 'BEGIN { print a - b }'; }

time_row() {
  ! is_wanted request_time_c100 || row request_time_c100 - - "$("$bench" time request 5000 10000 15 flight=100)"
}

hpack_rows() {
  if [ -d "$corpus/raw-data" ]; then
    count_row hpack_decode_corpus decode_corpus 1 1 corpus="$corpus"
    count_row hpack_encode_corpus encode_corpus 1 1 corpus="$corpus"
    figure_row hpack_wire_ratio corpus="$corpus"
  else
    for metric in hpack_decode_corpus hpack_encode_corpus hpack_wire_ratio; do
      skip $metric "no header corpus in $corpus; set RILL_SHARED"
    done
  fi
  count_row hpack_decode_steady decode_steady 1000 20000
  count_row hpack_encode_steady encode_steady 1000 20000
  count_row huff_decode_4k huff_decode 16 200
  count_row huff_encode_4k huff_encode 16 200
  ! is_wanted huff_tables || row huff_tables "$(sections '\.rodata' $(find "$build/Release/rill" -path '*shared*' -name 'huff*.o'))" -
  # The warm-up fills the table: an entry takes 80 octets of it.
  count_row hpack_encode_same_name_4k same_name 100 4000 table=4096
  count_row hpack_encode_same_name_64k same_name 1000 2000 table=65536
  count_row hpack_encode_same_name_1m same_name 13500 250 table=1048576
  count_alone hpack_encode_same_name_indexed_1m same_name 13500 4000 table=1048576 indexed=1
}

# A hundred octets more than it should be is 0.1 GiB, and there must be room for twice the goal.
million_row() {
  is_wanted mem_million || return 0
  free=$(awk '/^MemAvailable:/ { print int($2 / 1048576) }' /proc/meminfo)
  count=1000000
  if [ "$free" -lt 6 ]; then
    count=100000
    echo "run.sh: $free GiB of memory are free: rill's million is a hundred thousand times ten" >&2
  fi
  row mem_million "$(figure mem_million rill count=$count)" "$(figure mem_million nghttp2 count=100000)"
}

# sections PATTERN FILE...: octets of the sections that match
sections() {
  pattern=$1
  shift
  size -A "$@" | awk -v pattern="^($pattern)" '$1 ~ pattern { n += $2 } END { print n }'
}

text_rows() {
  if is_wanted text_os || is_wanted text_os_rodata; then
    build MinSizeRel MinSizeRel rill_shared
    ours=$build/MinSizeRel/rill/librill.so
    theirs=$(ldd "$bench" | awk '$1 ~ /^libnghttp2\.so/ { print $3 }')
    readable='\.text$|\.rodata$|\.data\.rel\.ro$'
    ! is_wanted text_os || row text_os "$(sections '\.text$' "$ours")" "$(sections '\.text$' "$theirs")" -
    ! is_wanted text_os_rodata || row text_os_rodata "$(sections "$readable" "$ours")" "$(sections "$readable" "$theirs")" -
  fi
  is_wanted text_os_small || return 0
  options=
  for part in PUSH UPGRADE ALTSVC ORIGIN TRACE HTTP1; do
    grep -q "RILL_WITHOUT_$part" "$root/CMakeLists.txt" || { row text_os_small - -; return 0; }
    options="$options -DRILL_WITHOUT_$part=ON"
  done
  build Small MinSizeRel rill_shared $options
  row text_os_small "$(sections '\.text$' "$build/Small/rill/librill.so")" -
}

serve_rows() {
  names=$(awk -F '\t' '/^serve_rps_/ { print $1 }' "$here/metrics.tsv")
  any=
  for metric in $names; do is_wanted "$metric" && any=1; done
  [ -n "$any" ] || return 0
  build Serve Release rill-serve -DRILL_BUILD_EXAMPLES=ON
  sh "$here/servers.sh" "$build/Serve" "$(find "$build/Serve" -name rill-serve -type f)" >"$build/servers.tsv" || : >"$build/servers.tsv"
  for metric in $names; do
    is_wanted "$metric" || continue
    value=$(awk -F '\t' -v m="$metric" '$1 == m { print $2 }' "$build/servers.tsv")
    case $value in
      no\ *) skip "$metric" "$value" ;;
      *) row "$metric" - - "$value" ;;
    esac
  done
}

rows() {
  printf 'metric\trill\tpeer\tratio\tgoal\n'
  count_row request_instr_c1 request 500 5000 flight=1
  count_row request_instr_c100 request 2000 10000 flight=100
  count_row request_instr_c10000 request 12000 10000 flight=10000
  count_alone request_instr_prepared_c100 request 2000 10000 flight=100 prepared=1
  time_row
  figure_row request_allocs
  hpack_rows
  count_row frames_instr_16k frames 500 20000 chunk=16384
  count_row frames_instr_16 frames 500 10000 chunk=16
  count_row frames_instr_1 frames 200 4000 chunk=1
  bulk_row
  figure_row mem_idle
  figure_row mem_used
  figure_row mem_used_trimmed
  figure_row mem_stream
  million_row
  text_rows
  serve_rows
  figure_row scale_threads
  figure_row scale_threads_cpu
}

rm -f "$build/finished"
{ rows; : >"$build/finished"; } | tee "$figures"

# ---- what becomes of them ----

# Whatever the table of metrics has must have been printed.
bad=$(awk -F '\t' '
  NR == FNR { if ($0 !~ /^#/) named[$1] = 1; next }
  { seen[$1] = 1; if ($2 == "failed" || $3 == "failed" || $4 == "failed") print $1 " failed" }
  END { if (whole) for (m in named) if (!(m in seen)) print m " is missing" }' whole="$([ -n "$wanted" ] || echo 1)" \
  "$here/metrics.tsv" "$figures")
[ -e "$build/finished" ] || bad="it ended before its time $bad"
awk -f "$here/chart.awk" "$here/metrics.tsv" "$figures" >"$build/comparison.svg"
if [ -n "$bad" ]; then
  echo "$bad" | sed 's/^/run.sh: /' >&2
  exit 1
fi
[ -n "$readme" ] || exit 0
if grep -q SKIPPED "$figures"; then
  echo "run.sh: README.md stays as it is, since something was skipped" >&2
  exit 1
fi
awk -v version="$("$bench" peer)" -f "$here/readme.awk" "$here/metrics.tsv" "$figures" "$root/README.md" >"$build/README.md"
cp "$build/README.md" "$root/README.md"
