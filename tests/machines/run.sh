#!/bin/sh
# SPDX-License-Identifier: MIT
#
# run.sh [-q] [NAME...]: rill on other processors, on other C libraries, as other compilers and options make it, and under what
# looks for faults. Without names, all of the table below. What a machine lacks is installed where this is root and there is apt-get;
# what cannot be had is skipped by name. Prints a line for each machine, with what was run and how long it took; exits with 1 if one
# has failed. -q is quick: of the replays of talk and the walks of pair, one in 50 (see RILL_TEST_EVERY).
#
# What is run: "whole", all tests of tests/CMakeLists.txt that are about the library, where cmocka and jansson are there for that
# machine; "libc", those that need nothing but libc: all transcripts, the pair walks, the link, threads.
#
# shellcheck disable=SC2086 # packages are several words
set -u
cd "$(dirname "$0")/../.." || exit 1
jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
quick=false
[ "${1:-}" = -q ] && quick=true && shift
wanted=$*
work=$(mktemp -d) || exit 1
passed=0 skipped=0 failed=
: >"$work/known"

clean() {
  [ -d "$work/wine" ] && WINEPREFIX=$work/wine "$wine_server" -k >"$work/log" 2>&1
  rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

# ---- one machine ----

# has PACKAGE...
has() {
  for package; do
    dpkg-query -W -f '${db:Status-Abbrev}' "$package" 2>/dev/null | grep -q '^ii' || return 1
  done
}

# install PACKAGE...: nothing is removed for them. The index is fetched when something is lacking, and once more if its
# architecture is new.
install() {
  has "$@" && return 0
  command -v apt-get >/dev/null && [ "$(id -u)" = 0 ] || return 1
  for package; do
    case $package in *:*) dpkg --add-architecture "${package#*:}" ;; esac
  done
  export DEBIAN_FRONTEND=noninteractive
  apt-get update -qq >"$work/apt" 2>&1 # may fail for one source of many; the next line tells
  apt-get install -y -qq --no-install-recommends --no-remove -o DPkg::Lock::Timeout=300 "$@" >>"$work/apt" 2>&1
}

# machine NAME 'PACKAGE...' COMMAND...: the command leaves in $work/said what it has run.
machine() {
  name=$1 packages=$2
  shift 2
  echo "$name" >>"$work/known"
  case " $wanted " in "  " | *" $name "*) ;; *) return ;; esac
  if ! install $packages; then
    echo "SKIPPED $name: these cannot be had here: $packages"
    skipped=$((skipped + 1))
    return
  fi
  start=$(date +%s)
  : >"$work/said"
  : >"$work/skips"
  if "$@"; then
    passed=$((passed + 1))
    word=ok
  else
    failed="$failed $name"
    word=FAILED
  fi
  printf '%-7s%-16s %4d s  %s\n' $word "$name" $(($(date +%s) - start)) "$(cat "$work/said")"
  sort -u "$work/skips"
  rm -rf "$work/build"
}

# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { tail -n 60 "$work/log"; return 1; }; }

# configure CMAKE-ARGUMENT...
configure() {
  every=1
  $quick && every=50
  quietly cmake -S . -B "$work/build" -DRILL_WERROR=ON -DRILL_TEST_EVERY=$every "$@" || return 1
  sed -n 's/^-- SKIPPED/SKIPPED/p' "$work/log" >>"$work/skips" # programs that need parts which this build leaves out
}

build() { configure "$@" && quietly cmake --build "$work/build" -j "$jobs"; }

# try CTEST-ARGUMENT...: the tests that are built, but for those of the texts in the checkout, which are the same everywhere.
try() {
  status=0
  (cd "$work/build" && ctest --output-on-failure -j "$jobs" -E '^(house|format|requirements|recursion)$' "$@") >"$work/log" 2>&1 ||
    status=$?
  last=$work/build/Testing/Temporary/LastTest.log
  [ $status = 0 ] || tail -n 60 "$work/log"
  grep -h '^SKIPPED' "$last" >>"$work/skips"
  grep -q 'No tests were found' "$work/log" && status=1
  {
    sed -n 's/^[0-9]*% tests passed.* out of \([0-9]*\)$/\1 tests/p' "$work/log"
    sed -n -e 's/^.*failed, \([0-9]* replays\)/, \1/p' -e 's/^\([0-9]* walks\),.*/, \1/p' "$last" | sort -u
  } | tr -d '\n' >>"$work/said"
  return $status
}

# whole CMAKE-ARGUMENT..., libc CMAKE-ARGUMENT...
whole() { build "$@" && try; }
libc() { build -DRILL_TEST_LIBC=ON -DRILL_BUILD_EXAMPLES=OFF "$@" && try; }

# foreign TRIPLE EMULATOR CMAKE-ARGUMENT...: a Linux of another processor, by clang, run by an emulator.
foreign() {
  triple=$1 emulator=$2
  shift 2
  whole -DCMAKE_SYSTEM_NAME=Linux "-DCMAKE_SYSTEM_PROCESSOR=${triple%%-*}" -DCMAKE_C_COMPILER=clang \
    "-DCMAKE_C_COMPILER_TARGET=$triple" "-DCMAKE_LIBRARY_ARCHITECTURE=$triple" "-DCMAKE_CROSSCOMPILING_EMULATOR=$emulator" "$@"
}

# ---- machines that need more than that ----

windows() {
  export WINEPREFIX="$work/wine" WINEDEBUG=-all WINEDLLOVERRIDES='mscoree,mshtml,winemenubuilder.exe='
  wine=$(PATH=$PATH:/usr/lib/wine command -v wine64 || command -v wine) || return 1
  wine_server=$(PATH=$PATH:/usr/lib/wine command -v wineserver64 || command -v wineserver) || return 1
  quietly "$wine" wineboot --init || return 1
  libc -DCMAKE_SYSTEM_NAME=Windows -DCMAKE_C_COMPILER=x86_64-w64-mingw32-gcc "-DCMAKE_CROSSCOMPILING_EMULATOR=$wine" \
    -DCMAKE_EXE_LINKER_FLAGS=-static # its threads are in a library that wine would not find
}

# The stack that linkers give to WebAssembly, 64 KiB, is less than the tests' own parser wants. Node 18 wants the flag.
wasm() {
  libc -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_C_COMPILER=clang -DCMAKE_C_COMPILER_TARGET=wasm32-wasi \
    '-DCMAKE_EXE_LINKER_FLAGS=-Wl,-z,stack-size=1048576' \
    "-DCMAKE_CROSSCOMPILING_EMULATOR=node;--no-warnings;--experimental-wasi-unstable-preview1;$PWD/tests/machines/wasi.js"
}

# No operating system, newlib: the library is built, and the examples that need C alone are linked to it; fixed is the one for such.
bare() {
  build -DCMAKE_SYSTEM_NAME=Generic -DCMAKE_C_COMPILER=arm-none-eabi-gcc -DCMAKE_TRY_COMPILE_TARGET_TYPE=STATIC_LIBRARY \
    -DRILL_BUILD_TESTS=OFF -DCMAKE_BUILD_TYPE=MinSizeRel "-DCMAKE_C_FLAGS=$*" -DCMAKE_EXE_LINKER_FLAGS=-specs=nosys.specs || return 1
  arm-none-eabi-size -t "$work/build/librill.a" | awk 'END { printf "compiled: %d octets of code; hello and fixed are linked", $1 }' >"$work/said"
}

checked_by_valgrind() {
  whole -DCMAKE_BUILD_TYPE=None '-DCMAKE_C_FLAGS=-O1 -g' -DRILL_BUILD_EXAMPLES=OFF \
    "-DCMAKE_CROSSCOMPILING_EMULATOR=valgrind;--quiet;--error-exitcode=99;--leak-check=full;--errors-for-leak-kinds=definite,possible"
}

threads() {
  configure -DRILL_TEST_LIBC=ON "$@" && quietly cmake --build "$work/build" -j "$jobs" --target threads && try -R '^threads$'
}

# ---- analysis: of the library as it is, and with its invariant checks ----

count_files() { echo "$(find src -name '*.c' | wc -l) files"; }

by_gcc() {
  configure -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=RelWithDebInfo -DRILL_CHECK=ON -DCMAKE_C_FLAGS=-fanalyzer -DRILL_BUILD_TESTS=OFF &&
    quietly cmake --build "$work/build" -j "$jobs" --target rill_static || return 1
  count_files >"$work/said"
}

by_clang_tidy() {
  find src -name '*.c' >"$work/sources"
  quietly xargs -n 4 -P "$jobs" sh -c 'clang-tidy --quiet "$@" -- -std=c11 -Isrc -Iinclude -DRILL_STATIC -DRILL_CHECK=1' tidy \
    <"$work/sources" || return 1
  count_files >"$work/said"
}

# Names of parameters may be longer in a header, for those who read it, than in the function; that the library uses not all
# that it offers is no fault; both are the only checks that are not made.
by_cppcheck() {
  quietly cppcheck --quiet --std=c11 --inconclusive --inline-suppr --error-exitcode=1 --enable=warning,style,performance,portability \
    --suppress=funcArgNamesDifferent -j "$jobs" -Isrc -Iinclude -DRILL_STATIC -DRILL_CHECK=1 src include || return 1
  count_files >"$work/said"
}

# ---- the table ----

tools='cmake make gcc libc6-dev'
suite="$tools pkg-config g++ libcmocka-dev libjansson-dev"
plain=-DCMAKE_BUILD_TYPE=None

for level in 0 1 2 3 s; do
  machine gcc-O$level "$suite" whole -DCMAKE_C_COMPILER=gcc $plain -DCMAKE_C_FLAGS=-O$level
done
for level in 0 1 2 3 s; do
  machine clang-O$level "$suite clang" whole -DCMAKE_C_COMPILER=clang $plain -DCMAKE_C_FLAGS=-O$level
done
# Others could not link the library, of which only LLVM's linker knows what is in it: so libc.
machine gcc-lto "$suite" whole -DCMAKE_C_COMPILER=gcc -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON
machine clang-lto "$tools clang llvm lld" libc -DCMAKE_C_COMPILER=clang -DCMAKE_INTERPROCEDURAL_OPTIMIZATION=ON \
  -DCMAKE_EXE_LINKER_FLAGS=-fuse-ld=lld -DCMAKE_SHARED_LINKER_FLAGS=-fuse-ld=lld

# What is left when all that can be left out is.
without=
for part in PUSH UPGRADE ALTSVC ORIGIN TRACE HTTP1; do
  without="$without -DRILL_WITHOUT_$part=ON"
done
machine gcc-without "$suite" whole -DCMAKE_C_COMPILER=gcc -DCMAKE_BUILD_TYPE=MinSizeRel $without
machine clang-without "$suite clang" whole -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=MinSizeRel $without

machine i386 "$suite gcc-multilib g++-multilib libcmocka-dev:i386 libjansson-dev:i386" \
  whole -DCMAKE_C_COMPILER=gcc -DCMAKE_C_FLAGS=-m32
machine aarch64 "$tools clang qemu-user binutils-aarch64-linux-gnu libgcc-12-dev-arm64-cross libc6-dev-arm64-cross
  libcmocka-dev:arm64 libjansson-dev:arm64" foreign aarch64-linux-gnu qemu-aarch64
machine s390x "$tools clang qemu-user binutils-s390x-linux-gnu libgcc-12-dev-s390x-cross libc6-dev-s390x-cross
  libcmocka-dev:s390x libjansson-dev:s390x" foreign s390x-linux-gnu qemu-s390x
machine musl "$tools musl-tools" libc -DCMAKE_C_COMPILER=musl-gcc
machine mingw-w64 "$tools gcc-mingw-w64-x86-64 wine64" windows
machine wasm32-wasi "$tools clang llvm lld wasi-libc libclang-rt-14-dev-wasm32 nodejs" wasm
machine arm-none-eabi "$tools gcc-arm-none-eabi libnewlib-arm-none-eabi" bare -mcpu=cortex-m4 -mthumb

machine msan "$tools clang libclang-rt-14-dev" libc -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo -DRILL_SANITIZE=memory
machine valgrind "$suite valgrind" checked_by_valgrind
machine tsan "$tools clang libclang-rt-14-dev" threads -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=RelWithDebInfo \
  -DRILL_SANITIZE=thread

machine gcc-fanalyzer "$tools" by_gcc
machine clang-tidy 'clang-tidy' by_clang_tidy
machine cppcheck 'cppcheck' by_cppcheck

for name in $wanted; do
  grep -q -x -e "$name" "$work/known" && continue
  echo "there is no machine $name, only: $(tr '\n' ' ' <"$work/known")"
  failed="$failed $name"
done
echo "$passed passed, $skipped skipped, failed:${failed:- none}"
[ -z "$failed" ] || exit 1
[ $passed != 0 ] || exit 77 # nothing was run
