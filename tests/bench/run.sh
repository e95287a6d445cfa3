#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh tests/bench/run.sh [metric...]
#
# Builds rill as a release and puts the same work through it and through the installed libnghttp2. Prints, tab separated,
#
#   metric  rill  peer  ratio  goal
#
# *_instr* and hpack_*: instructions for each unit, counted by callgrind inside bench_measured() alone, behind a warm-up.
# request_time_c100: process CPU time, the best of interleaved rounds, as a ratio only. mem_*: octets asked of the allocator by the
# server. text_os: .text of the shared library built with -Os; the peer's is as installed, commonly -O2.
# With names of metrics only those are measured. RILL_SHARED (or ../shared beside the checkout) has the header corpus. BENCH_BUILD is
# the folder to build in, build/bench if not set.
# Exit status 1 if a measurement failed, 2 if something to measure with is missing. Goals are printed, not enforced.
set -eu
root=$(cd "$(dirname "$0")/../.." && pwd)
shared=${RILL_SHARED:-$root/../shared}
corpus=$shared/hpack-test-case
build=${BENCH_BUILD:-$root/build/bench}
wanted=$*
failed=0

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
fi
if [ -n "$missing" ]; then
  echo "run.sh: missing:$missing (as Debian names it: apt-get install$missing)" >&2
  exit 2
fi

mkdir -p "$build"
quiet() { "$@" >"$build/log" 2>&1 || { cat "$build/log" >&2; exit 1; }; }
for kind in Release MinSizeRel; do
  target=bench
  [ $kind = Release ] || target=rill_shared
  quiet cmake -S "$root/tests/bench" -B "$build/$kind" -DCMAKE_BUILD_TYPE=$kind
  quiet cmake --build "$build/$kind" --target $target -j 2
done
bench=$build/Release/bench

# ---- rows ----

is_wanted() {
  [ -z "$wanted" ] && return 0
  for name in $wanted; do
    [ "$name" = "$1" ] && return 0
  done
  return 1
}

# row METRIC RILL PEER GOAL FORMAT
row() {
  if [ -z "$2" ] || [ -z "$3" ]; then
    printf '%s\t%s\t%s\t-\t%s\n' "$1" "${2:-failed}" "${3:-failed}" "$4"
    failed=1
    return 0
  fi
  awk -v m="$1" -v a="$2" -v b="$3" -v goal="$4" -v format="$5" 'BEGIN {
    ratio = b + 0 == 0 ? "-" : sprintf("%.3f", a / b)
    printf "%s\t" format "\t" format "\t%s\t%s\n", m, a, b, ratio, goal
  }'
}

# instructions WORK SIDE WARM N SETTINGS...: for each unit; nothing if it failed
instructions() {
  out=$build/count.$2
  rm -f "$out"
  units=$(valgrind --tool=callgrind --toggle-collect=bench_measured --callgrind-out-file="$out" "$bench" count "$@" 2>"$out.log") ||
    { tail -n 3 "$out.log" >&2; return 0; }
  awk -v units="$units" '/^summary:/ { printf "%.4f\n", $2 / units }' "$out"
}

# both WORK WARM N SETTINGS...: sets $rill and $peer, counted at the same time
both() {
  work=$1
  shift
  instructions "$work" rill "$@" >"$build/rill.value" &
  instructions "$work" nghttp2 "$@" >"$build/peer.value"
  wait
  rill=$(cat "$build/rill.value")
  peer=$(cat "$build/peer.value")
}

# count_row METRIC GOAL WORK WARM N SETTINGS...
count_row() {
  is_wanted "$1" || return 0
  metric=$1
  goal=$2
  shift 2
  both "$@"
  row "$metric" "$rill" "$peer" "$goal" %.0f
}

# figure_row METRIC GOAL FORMAT SETTINGS...
figure_row() {
  is_wanted "$1" || return 0
  metric=$1
  goal=$2
  format=$3
  shift 3
  rill=$("$bench" figure "$metric" rill "$@" 2>"$build/log") || { tail -n 1 "$build/log" >&2; rill=; }
  peer=$("$bench" figure "$metric" nghttp2 "$@" 2>"$build/log") || { tail -n 1 "$build/log" >&2; peer=; }
  row "$metric" "$rill" "$peer" "$goal" "$format"
}

bulk_row() {
  is_wanted bulk_instr_frame || return 0
  GLIBC_TUNABLES=glibc.cpu.x86_rep_movsb_threshold=1000000000
  export GLIBC_TUNABLES
  both bulk 500 4000
  copy=$(instructions copy rill 100 4000)
  unset GLIBC_TUNABLES
  for side in rill peer; do
    eval "value=\$$side"
    [ -z "$value" ] || eval "$side=$(awk -v a="$value" -v b="$copy" 'BEGIN { print a - b }')"
  done
  row bulk_instr_frame "$rill" "$peer" 350 %.0f
}

time_row() {
  is_wanted request_time_c100 || return 0
  ratio=$("$bench" time request 5000 10000 15 flight=100) || { failed=1; ratio=failed; }
  printf 'request_time_c100\t-\t-\t%s\t-\n' "$ratio"
}

text_of() { size -A "$1" | awk '$1 == ".text" { print $2 }'; }

text_row() {
  is_wanted text_os || return 0
  peer=$(ldd "$bench" | awk '$1 ~ /^libnghttp2\.so/ { print $3 }')
  row text_os "$(text_of "$build"/MinSizeRel/rill/librill.so)" "$(text_of "$peer")" 40000 %.0f
}

hpack_rows() {
  if [ -d "$corpus/raw-data" ]; then
    count_row hpack_decode_corpus 300 decode_corpus 1 1 corpus="$corpus"
    count_row hpack_encode_corpus 400 encode_corpus 1 1 corpus="$corpus"
    figure_row hpack_wire_ratio 0.3087 %.4f corpus="$corpus"
  else
    for metric in hpack_decode_corpus hpack_encode_corpus hpack_wire_ratio; do
      is_wanted $metric || continue
      printf '%s\tskipped\tskipped\t-\tSKIPPED: no header corpus in %s; set RILL_SHARED\n' $metric "$corpus"
    done
  fi
  count_row hpack_decode_steady 120 decode_steady 1000 20000
  count_row hpack_encode_steady 200 encode_steady 1000 20000
}

printf 'metric\trill\tpeer\tratio\tgoal\n'
count_row request_instr_c1 6500 request 500 5000 flight=1
count_row request_instr_c100 6500 request 2000 10000 flight=100
count_row request_instr_c10000 6500 request 20000 20000 flight=10000
time_row
figure_row request_allocs 0 %.3f
hpack_rows
count_row frames_instr_16k 160 frames 500 20000 chunk=16384
count_row frames_instr_1 - frames 200 4000 chunk=1
bulk_row
figure_row mem_idle 1024 %.0f
figure_row mem_used 8192 %.0f
figure_row mem_stream 96 %.1f
text_row
exit $failed
