#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Each public header compiles alone, and use.c compiles with all of them, without a warning: as C99 and C11 (argument c) or as C++98
# and C++11 (argument c++). The compilers are $CC and $CXX.
#
# shellcheck disable=SC2046,SC2086 # compilers and flags are several words
set -u
cd "$(dirname "$0")/../.." || exit 1
case $1 in
  c) compiler=${CC:-cc} standards='c99 c11' ;;
  c++) compiler=${CXX:-c++} standards='c++98 c++11' ;;
esac
if ! command -v ${compiler%% *} >/dev/null; then
  echo "SKIPPED headers as $1: there is no ${compiler%% *}"
  exit 77
fi

failed=0
compiled=0
# check STANDARD FILE: the file "-" is the standard input.
check() {
  compiled=$((compiled + 1))
  $compiler -x "$language" "-std=$1" -pedantic -Wall -Wextra -Wundef -Werror -fsyntax-only -I include "$2" || {
    echo "headers: $name does not compile as $1"
    failed=$((failed + 1))
  }
}

language=$1
for standard in $standards; do
  for header in include/rill/*.h; do
    name=${header##*/}
    check "$standard" - <<EOF
#include <rill/$name>
#include <rill/$name>
extern int it_is_no_empty_file;
EOF
  done
  name=use.c
  check "$standard" tests/headers/use.c
done
echo "headers: $compiled compiled, $failed failed"
[ "$failed" = 0 ]
