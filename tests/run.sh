#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Builds rill with its tests into build/ (or $RILL_BUILD) and runs them. What is missing on the system is installed where this is
# root and there is apt-get; else one line says what to install.
set -eu
cd "$(dirname "$0")/.."
build=${RILL_BUILD:-build}
log=$(mktemp)
trap 'rm -f "$log"' EXIT

# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$log" 2>&1 || { cat "$log"; exit 1; }; }

has() { command -v "$1" >/dev/null 2>&1; }
has_header() { echo "#include <$1>" | cc -E - >/dev/null 2>&1; }

missing=
has cmake || missing="$missing cmake"
has make || has ninja || missing="$missing make"
has pkg-config || missing="$missing pkg-config"
{ has cc && has_header stdlib.h; } || missing="$missing gcc libc6-dev"
has_header jansson.h || missing="$missing libjansson-dev"
has cc && echo '#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <setjmp.h>
#include <cmocka.h>' | cc -E - >/dev/null 2>&1 || missing="$missing libcmocka-dev"

if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >"$log" 2>&1 || true # may fail for one source of many; the next line tells
    # shellcheck disable=SC2086
    quietly apt-get install -y --no-install-recommends $missing
  else
    echo "tests/run.sh: please install:$missing"
    exit 1
  fi
fi

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
quietly cmake -S . -B "$build" -DRILL_BUILD_TESTS=ON
quietly cmake --build "$build" -j "$jobs"
cd "$build"
status=0
ctest --output-on-failure -j "$jobs" || status=$?
grep -h '^SKIPPED' Testing/Temporary/LastTest.log || true # what was skipped, and why
exit $status
