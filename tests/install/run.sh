#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Installs a build (argument: its directory), moves what was installed, and builds and runs a small consumer of it: by pkg-config,
# by find_package(), and by add_subdirectory() of the checkout; static and shared, in C and in C++. The compilers and their flags
# are $CC, $CXX, $CFLAGS and $LDFLAGS, as cmake takes them.
#
# shellcheck disable=SC2046,SC2086 # compilers and flags are several words
set -eu
build=$1
checkout=$(cd "$(dirname "$0")/../.." && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
fail() {
  echo "install: $*"
  exit 1
}

cmake --install "$build" --prefix "$work/first" >"$work/log" 2>&1 || { cat "$work/log"; fail "does not install"; }
mv "$work/first" "$work/prefix"
pc=$(find "$work/prefix" -name rill.pc)
[ -n "$pc" ] || fail "there is no rill.pc"
libdir=$(dirname "$(dirname "$pc")")

# run NAME PROGRAM WORD: the program runs; it needs the shared library or not, as the word says.
run() {
  LD_LIBRARY_PATH=$libdir "$2" >"$work/said" || fail "$1: the program answers $?"
  needs=static
  if LC_ALL=C readelf -d "$2" | grep -q 'NEEDED.*librill\.so\.0\.2'; then needs=shared; fi
  [ "$needs" = "$3" ] || fail "$1: is linked to the $needs library"
  echo "install: $1: $(cat "$work/said")"
}

# ---- pkg-config ----

if command -v pkg-config >/dev/null; then
  export PKG_CONFIG_PATH="${pc%/*}"
  [ "$(pkg-config --modversion rill)" = "$(sed -n 's/^#define RILL_VERSION "\(.*\)"/\1/p' "$checkout/include/rill/types.h")" ] ||
    fail "rill.pc has another version than the header"
  flags="$(pkg-config --cflags rill) $(pkg-config --libs rill)"
  ${CC:-cc} ${CFLAGS:-} ${LDFLAGS:-} "$checkout/tests/install/consumer.c" $flags -o "$work/c"
  run "pkg-config" "$work/c" shared
  ${CC:-cc} ${CFLAGS:-} ${LDFLAGS:-} -DRILL_STATIC "$checkout/tests/install/consumer.c" $(pkg-config --cflags rill) "$libdir/librill.a" -o "$work/a"
  run "pkg-config and the archive" "$work/a" static
  if command -v ${CXX:-c++} >/dev/null; then
    ${CXX:-c++} ${CFLAGS:-} ${LDFLAGS:-} -x c++ "$checkout/tests/install/consumer.c" $flags -o "$work/cxx"
    run "pkg-config in C++" "$work/cxx" shared
  else
    echo "install: SKIPPED C++: there is no ${CXX:-c++}"
  fi
else
  echo "install: SKIPPED pkg-config: it is not there"
fi

# ---- cmake ----

# project NAME WORD arguments...
project() {
  name=$1 word=$2
  shift 2
  {
    cmake -S "$checkout/tests/install" -B "$work/$name" "$@" && cmake --build "$work/$name"
  } >"$work/log" 2>&1 || { cat "$work/log"; fail "$name does not build"; }
  run "$name" "$work/$name/consumer" "$word"
}

project find_package static "-DCMAKE_PREFIX_PATH=$work/prefix"
project find_package_shared shared "-DCMAKE_PREFIX_PATH=$work/prefix" -DBUILD_SHARED_LIBS=ON
project add_subdirectory static "-DRILL_SOURCE=$checkout"
project add_subdirectory_shared shared "-DRILL_SOURCE=$checkout" -DBUILD_SHARED_LIBS=ON
