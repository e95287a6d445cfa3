#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh fuzz/run.sh [SECONDS] [TARGET...]
#
# Builds the fuzz targets with AddressSanitizer, UndefinedBehaviorSanitizer and the library's own invariants, replays all seeds, runs
# each target (or those that are named) for so many seconds, 60 if nothing is said, and prints what each did: executions, edges
# that were reached, lines of src/ that its inputs reach (from 30 seconds on), findings. Fails if there is a finding. What is
# missing is installed where this is root and there is apt-get.
#
#   RILL_FUZZER      libfuzzer (clang), afl (AFL++'s afl-clang-fast), or replay (any compiler: the seeds alone)
#   RILL_FUZZ_BUILD  where to build and to keep what is found, in found/ and findings/; build-fuzz-FUZZER
#   RILL_JOBS        how many targets run at a time; as many as there are processors
set -u
cd "$(dirname "$0")/.." || exit 1
fuzzer=${RILL_FUZZER:-libfuzzer}
build=${RILL_FUZZ_BUILD:-build-fuzz-$fuzzer}
jobs=${RILL_JOBS:-$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)}
seconds=${1:-60}
[ $# = 0 ] || shift
case $seconds in '' | *[!0-9]*) echo "usage: sh fuzz/run.sh [SECONDS] [TARGET...]" && exit 2 ;; esac
export ASAN_OPTIONS="detect_leaks=1:abort_on_error=1:symbolize=1:${ASAN_OPTIONS:-}"
export UBSAN_OPTIONS="print_stacktrace=1:${UBSAN_OPTIONS:-}"
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# ---- one target; this script calls itself for each ----

# replay NAME: all of its seeds, one by one.
replay() {
  "$build/fuzz/fuzz_$1" "fuzz/seeds/$1"/* >"$build/logs/$1.replay" 2>&1 && return 0
  tail -n 40 "$build/logs/$1.replay"
  echo "finding: $1 does not pass its seeds" >"$build/logs/$1.findings"
  return 1
}

fuzz_libfuzzer() {
  "$build/fuzz/fuzz_$1" -max_total_time="$seconds" -timeout=10 -rss_limit_mb=2048 -max_len=4096 -print_final_stats=1 \
    -dict="fuzz/$1.dict" -artifact_prefix="$build/findings/$1-" "$build/found/$1" "fuzz/seeds/$1" >"$build/logs/$1" 2>&1 ||
    grep -h -E 'SUMMARY|does not hold|broken invariant|at step|Test unit written' "$build/logs/$1" >"$build/logs/$1.findings" ||
    { tail -n 20 "$build/logs/$1"; echo "finding: it ended without a word" >"$build/logs/$1.findings"; }
  runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$build/logs/$1")
  edges=$(sed -n 's/^#.* cov: \([0-9]*\) .*/\1/p' "$build/logs/$1" | tail -n 1)
  echo "${runs:-0} ${edges:-0}" >"$build/logs/$1.figures"
}

fuzz_afl() {
  export AFL_NO_UI=1 AFL_SKIP_CPUFREQ=1 AFL_I_DONT_CARE_ABOUT_MISSING_CRASHES=1 AFL_NO_AFFINITY=1 AFL_IGNORE_SEED_PROBLEMS=1
  export ASAN_OPTIONS="$ASAN_OPTIONS:symbolize=0:detect_leaks=0" # leaks are the checked allocator's to find here
  set -- "$1" "$build/found/$1"
  input=fuzz/seeds/$1
  [ ! -d "$2/default" ] || input=- # goes on from there
  afl-fuzz -i "$input" -o "$2" -V "$seconds" -x "fuzz/$1.dict" -t 10000 -g 1 -G 4096 -- "$build/fuzz/fuzz_$1" >"$build/logs/$1" 2>&1 ||
    { tail -n 20 "$build/logs/$1"; echo "finding: afl-fuzz fails" >"$build/logs/$1.findings"; }
  stats=$2/default/fuzzer_stats
  find "$2/default/crashes" "$2/default/hangs" -name 'id*' 2>/dev/null | sed 's/^/finding: /' >>"$build/logs/$1.findings"
  awk '$1 == "execs_done" { runs = $3 } $1 == "edges_found" { edges = $3 } END { print runs + 0, edges + 0 }' "$stats" \
    >"$build/logs/$1.figures" 2>&1
}

fuzz_replay() {
  find "fuzz/seeds/$1" -type f | wc -l | awk '{ print $1, 0 }' >"$build/logs/$1.figures"
}

if [ -n "${RILL_FUZZ_ONE:-}" ]; then
  replay "$1" && "fuzz_$fuzzer" "$1"
  exit 0 # the table tells
fi

# ---- what it takes ----

has() { command -v "$1" >/dev/null 2>&1; }
can_fuzz() { echo 'int LLVMFuzzerTestOneInput(const char *p, long n) { return p && n < 0; }' |
  "$1" -x c -fsanitize=fuzzer,address,undefined -o /dev/null - 2>/dev/null; }
quietly() { "$@" >"$log" 2>&1 || { tail -n 60 "$log"; exit 1; }; }

missing=
has cmake || missing="$missing cmake"
has make || has ninja || missing="$missing make"
echo '#include <nghttp2/nghttp2.h>' | cc -E - >/dev/null 2>&1 || missing="$missing libnghttp2-dev pkg-config"
case $fuzzer in
  libfuzzer) compiler=clang; can_fuzz clang || missing="$missing clang libclang-rt-14-dev llvm" ;;
  afl) compiler=afl-clang-fast; has afl-clang-fast || missing="$missing afl++ clang llvm" ;;
  replay) compiler=${CC:-cc} ;;
  *) echo "fuzz/run.sh: RILL_FUZZER is $fuzzer, and must be libfuzzer, afl or replay" && exit 2 ;;
esac
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >"$log" 2>&1 || true # may fail for one source of many; the next line tells
    # shellcheck disable=SC2086
    quietly apt-get install -y --no-install-recommends $missing
  elif [ "$missing" != " libnghttp2-dev pkg-config" ]; then
    echo "fuzz/run.sh: please install:$missing"
    exit 1
  fi
fi

# configure FOLDER arguments...
configure() {
  folder=$1
  shift
  quietly cmake -S . -B "$folder" -DRILL_BUILD_FUZZ=ON -DRILL_CHECK=ON -DRILL_BUILD_EXAMPLES=OFF "$@"
  grep -h '^-- SKIPPED' "$log" | sed 's/^-- //'
  quietly cmake --build "$folder" --target fuzz -j "$jobs"
}
[ -n "${RILL_FUZZ_BUILD:-}" ] || tests=-DRILL_BUILD_TESTS=OFF # a folder that others use, too, has its own
configure "$build" "-DCMAKE_C_COMPILER=$compiler" "-DRILL_FUZZER=$fuzzer" -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  '-DRILL_SANITIZE=address;undefined' ${tests:-}

if [ $# = 0 ]; then
  for source in fuzz/*.c; do set -- "$@" "$(basename "$source" .c)"; done
fi
for name; do
  [ -f "fuzz/$name.c" ] || { echo "fuzz/run.sh: there is no target $name"; exit 2; }
  mkdir -p "$build/found/$name" "$build/findings" "$build/logs"
  rm -f "$build/logs/$name."*
done

# ---- run, two or more at a time ----

export RILL_FUZZ_ONE=1
printf '%s\n' "$@" | xargs -P "$jobs" -n 1 sh fuzz/run.sh "$seconds"
unset RILL_FUZZ_ONE

# ---- lines of src/ that seeds and what was found reach, where llvm can count them and it was not but a glance ----

covered=$build/lines
tool() { for found in "$1" "$1-14"; do has "$found" && echo "$found" && return; done; }
merge=$(tool llvm-profdata) cov=$(tool llvm-cov)
if [ "$fuzzer" != replay ] && [ "$seconds" -ge 30 ] && [ -n "$merge" ] && [ -n "$cov" ] && has clang; then
  configure "$covered" -DCMAKE_C_COMPILER=clang -DRILL_FUZZER=replay -DRILL_BUILD_TESTS=OFF -DCMAKE_BUILD_TYPE=Release -DRILL_CHECK=OFF \
    '-DCMAKE_C_FLAGS=-fprofile-instr-generate -fcoverage-mapping'
fi

# lines NAME...: percent of the lines of src/ that is linked to these targets, which they reach together.
lines() {
  objects=
  profiles=
  for target; do
    [ -f "$covered/$target.profdata" ] || continue
    objects="$objects ${objects:+-object} $covered/fuzz/fuzz_$target" # the first one stands alone
    profiles="$profiles $covered/$target.profdata"
  done
  [ -n "$profiles" ] || { echo -; return; }
  # shellcheck disable=SC2086
  "$merge" merge -o "$covered/some.profdata" $profiles 2>"$log" &&
    "$cov" export -summary-only -instr-profile="$covered/some.profdata" -ignore-filename-regex="$PWD/(fuzz|tests|include)/" $objects \
      2>>"$log" |
    sed -n 's/.*"totals":.*"lines":{"count":\([0-9]*\),"covered":\([0-9]*\),.*/\1 \2/p' | awk '{ printf "%.1f\n", 100 * $2 / $1 }'
}

for name; do
  [ -x "$covered/fuzz/fuzz_$name" ] || continue
  rm -f "$covered/$name-"*.profraw
  find "fuzz/seeds/$name" "$build/found/$name" -type f ! -name '.*' ! -path '*/crashes/*' ! -path '*/hangs/*' -print0 |
    LLVM_PROFILE_FILE="$covered/$name-%p.profraw" xargs -0 -n 1000 "$covered/fuzz/fuzz_$name" >"$log" 2>&1 # a finding may stop it
  "$merge" merge -sparse -o "$covered/$name.profdata" "$covered/$name-"*.profraw 2>>"$log"
done

# ---- the verdict ----

status=0
printf '%-16s %12s %8s %8s  %s\n' target executions edges 'lines, %' findings
for name; do
  read -r runs edges 2>/dev/null <"$build/logs/$name.figures" || { runs=0 edges=0; }
  count=0
  if [ -s "$build/logs/$name.findings" ] || [ ! -f "$build/logs/$name.figures" ]; then
    status=1
    count=$(grep -c . "$build/logs/$name.findings" 2>/dev/null)
  fi
  printf '%-16s %12s %8s %8s  %s\n' "$name" "$runs" "$edges" "$(lines "$name")" "$([ "$count" = 0 ] && echo none || echo "see below")"
done
[ $# = 1 ] || printf '%-16s %12s %8s %8s\n' together '' '' "$(lines "$@")"
for name; do
  [ -s "$build/logs/$name.findings" ] && sed "s/^/$name: /" "$build/logs/$name.findings"
done
[ $status = 0 ] || echo "inputs are in $build/findings or $build/found, logs in $build/logs"
exit $status
