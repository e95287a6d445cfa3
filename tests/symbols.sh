#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Contract 1 and 12, read from the object files of the static library (the argument): they refer to nothing but the few functions
# of libc named here, so to no clock, file, socket, thread, signal, environment, abort or assert; and no object can be written to
# that outlives a call. A build with RILL_CHECK may abort and print besides; one with sanitizers or coverage, or
# for optimization at link time, is not looked at.
set -u
library=$1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for tool in nm objdump; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED symbols: there is no $tool"
    exit 77
  fi
done

allowed='free|malloc|memchr|memcmp|memcpy|memmove|memset|realloc|strlen'
# What compilers refer to by themselves: position-independent code, 64-bit arithmetic on 32-bit machines, guards of the stack and
# of copies where the flags ask for them, memcmp() for equality.
allowed="$allowed|_GLOBAL_OFFSET_TABLE_|__(u|div|mod|udiv|umod|ashl|ashr|lshr|mul|udivmod|divmod)[a-z]*di[34]"
allowed="$allowed|__x86\.get_pc_thunk\.[a-z]+|__stack_chk_fail|__stack_chk_fail_local|__mem(cpy|move|set)_chk|bcmp"

nm "$library" 2>/dev/null | awk 'NF >= 2 { print $(NF - 1), $NF }' >"$work/all"
if grep -q -E '^U __(asan|ubsan|msan|tsan|gcov|sanitizer|llvm_profile)' "$work/all"; then
  echo "SKIPPED symbols: $library was built with sanitizers or coverage"
  exit 77
fi
if objdump -t "$library" 2>/dev/null | grep -q '__gnu_lto_slim'; then
  echo "SKIPPED symbols: the objects of $library are compiled when they are linked"
  exit 77
fi
awk '$1 != "U" && $1 != "u" { print $2 }' "$work/all" | LC_ALL=C sort -u >"$work/defined"
awk '$1 == "U" || $1 == "w" || $1 == "v" { print $2 }' "$work/all" | LC_ALL=C sort -u >"$work/needed"
if ! grep -q '^rill_conn_recv$' "$work/defined"; then
  echo "symbols: $library does not hold the library"
  exit 1
fi
if grep -q '^rill__check$' "$work/defined"; then
  echo "symbols: a build with RILL_CHECK, which may abort"
  allowed="$allowed|abort|fprintf|fputs|fwrite|stderr|__fprintf_chk"
fi
LC_ALL=C comm -23 "$work/needed" "$work/defined" | grep -v -x -E "$allowed" | sed 's/^/refers to /' >"$work/faults"
# Constants that hold addresses stand in .data.rel.ro, which is read-only once loaded.
objdump -t "$library" | awk '$0 ~ / O / || $0 ~ /COM/ { print }' | grep -E '[[:space:]](\.data|\.bss|\.tdata|\.tbss|\*COM\*)(\.[A-Za-z_][A-Za-z0-9_.]*)?[[:space:]]' |
  grep -v -E '[[:space:]]\.data\.rel\.ro' | awk '{ print "can be written to: " $NF }' >>"$work/faults"
cat "$work/faults"
[ -s "$work/faults" ] && exit 1
echo "symbols: $(LC_ALL=C comm -23 "$work/needed" "$work/defined" | wc -l) names of others, all of them harmless"
