#!/bin/sh
# SPDX-License-Identifier: MIT
#
# coverage.sh [FOLDER]: which lines and branches of src/ the tests run, by clang's coverage of source, in a build without
# RILL_CHECK. The programs of tests/CMakeLists.txt run but for the random walks (pair) and what lies in ../shared, so that a
# branch is reached because a test means to. Prints a table, then what is not covered, and fails unless all of that stands in
# coverage.tsv, all that stands there is not covered, and branches come to 97 % at least.
#
# A branch is an operand of a condition; it is covered when it was true once and false once. A line of coverage.tsv holds, between
# tabs: file, function, what is missing (line, true, false), the source text of the line or the operand, and the reason why.
#
# FOLDER (or $RILL_BUILD_COVERAGE) is where it builds, build-coverage without it; FOLDER/missing is left behind in the form of
# coverage.tsv. Exit status 77: clang or llvm is absent and cannot be installed.
set -u
cd "$(dirname "$0")/.." || exit 1
build=${1:-${RILL_BUILD_COVERAGE:-build-coverage}}
list=tests/coverage.tsv
floor=97

has() { command -v "$1" >/dev/null 2>&1; }

# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$build/log" 2>&1 || { tail -n 60 "$build/log"; exit 1; }; }

mkdir -p "$build" || exit 1
build=$(cd "$build" && pwd) || exit 1
if ! has clang || ! has llvm-cov || ! has llvm-profdata; then
  if [ "$(id -u)" != 0 ] || ! has apt-get; then
    echo "SKIPPED coverage: there is no clang with llvm-cov and llvm-profdata"
    exit 77
  fi
  export DEBIAN_FRONTEND=noninteractive
  apt-get update >"$build/log" 2>&1 || true # may fail for one source of many; the next line tells
  quietly apt-get install -y --no-install-recommends clang libclang-rt-14-dev llvm
fi

# ---- build and run ----

jobs=$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)
quietly cmake -S . -B "$build" -DCMAKE_C_COMPILER=clang -DCMAKE_BUILD_TYPE=None -DRILL_BUILD_EXAMPLES=OFF -DRILL_INSTALL=OFF \
  "-DCMAKE_C_FLAGS=-O1 -fprofile-instr-generate -fcoverage-mapping -fprofile-update=atomic" # some tests have threads
set -- talk vectors flow_link
for unit in tests/unit_*.c; do
  unit=${unit##*/}
  set -- "$@" "${unit%.c}"
done
quietly cmake --build "$build" -j "$jobs" --target "$@"
programs=$(echo "$@" | tr ' ' '|')
rm -rf "$build/profiles"
(
  cd "$build" || exit 1
  export LLVM_PROFILE_FILE="$build/profiles/%m-%p" RILL_SHARED="$build/none"
  quietly ctest --output-on-failure -j "$jobs" -R "^($programs)\$"
) || exit 1
find "$build/profiles" -type f >"$build/list"
quietly llvm-profdata merge -sparse -f "$build/list" -o "$build/profile"

objects=
for program in "$@"; do objects="$objects -object tests/$program"; done
# export_as FORMAT: of all programs together.
export_as() {
  # shellcheck disable=SC2086
  (cd "$build" && llvm-cov export "-format=$1" -instr-profile=profile ${objects# -object }) 2>"$build/log" || {
    cat "$build/log" >&2
    exit 1
  }
}
export_as lcov >"$build/lines" || exit 1
export_as text >"$build/json" || exit 1

# ---- what is not covered ----

# Functions stand in the JSON one behind the other, those of headers once for each file that includes them; a branch is a list of
# where it begins and ends, how often it was true and false, and the number of its file. On one line each: file, function, and
# the six numbers of each branch.
sed 's/{"branches":/\n&/g' "$build/json" | awk -v root="$PWD/" '
/^\{"branches":.*"name":"/ {
  branches = $0; sub(/^\{"branches":\[/, "", branches); sub(/\],"count":.*/, "", branches)
  files = $0; sub(/.*"filenames":\["/, "", files); sub(/"\].*/, "", files); split(files, file, /","/)
  name = $0; sub(/.*"name":"/, "", name); sub(/".*/, "", name); sub(/.*:/, "", name)
  n = split(branches, branch, /\],\[/)
  for (i = 1; i <= n; i++) {
    gsub(/[\[\]]/, "", branch[i]); split(branch[i], part, ",")
    where = file[part[7] + 1]
    if (sub("^" root, "", where) && where ~ /^src\//)
      print where "\t" name "\t" part[1] "\t" part[2] "\t" part[3] "\t" part[4] "\t" part[5] "\t" part[6]
  }
}' >"$build/branches"

awk -v root="$PWD/" -v missing="$build/missing" -v told="$build/told" '
function source_of(file, n) {
  if (!(file in read)) { read[file] = 1; while ((getline line < file) > 0) text[file, ++size[file]] = line; close(file) }
  return text[file, n]
}
function cut(file, l1, c1, l2, c2, whole, n) {
  if (l1 == l2) return substr(source_of(file, l1), c1, c2 - c1)
  whole = substr(source_of(file, l1), c1)
  for (n = l1 + 1; n <= l2; n++) { line = n < l2 ? source_of(file, n) : substr(source_of(file, n), 1, c2 - 1); sub(/^ +/, "", line); whole = whole " " line }
  return whole
}
# The function that line n stands in: as the house writes them, it begins at the margin.
function function_at(file, n, head) {
  for (; n > 0; n--) {
    head = source_of(file, n)
    if (head !~ /^[A-Za-z].*\(/ || head ~ /^#/) continue
    sub(/\(.*/, "", head); sub(/.*[ *]/, "", head)
    return head
  }
  return "?"
}
function miss(file, n, name, kind, words) {
  print file "\t" name "\t" kind "\t" words > missing
  print file ":" n ": " name ": " (kind == "line" ? "not run: " : "never " kind ": ") words > told
}
BEGIN { FS = "\t"; printf "" > missing; printf "" > told }
# Lines.
FILENAME ~ /lines$/ {
  if (/^SF:/) { file = substr($0, 4); inside = sub("^" root, "", file) && file ~ /^src\// }
  if (!inside || !/^DA:/) next
  split(substr($0, 4), part, ",")
  key = file SUBSEP part[1]
  if (!(key in runs)) { lines[file]++; order[++count] = file "\t" part[1] }
  runs[key] += part[2]
  next
}
# Branches: those of a function in a header count together.
{
  key = $1 "\t" $3 "\t" $4 "\t" $5 "\t" $6
  if (!(key in name)) { branch_order[++branches] = key; name[key] = $2 }
  yes[key] += $7; no[key] += $8
}
END {
  for (i = 1; i <= count; i++) {
    split(order[i], part, "\t")
    if (runs[part[1], part[2]] != 0) { covered[part[1]]++; continue }
    words = source_of(part[1], part[2]); sub(/^ +/, "", words)
    miss(part[1], part[2], function_at(part[1], part[2]), "line", words)
  }
  for (i = 1; i <= branches; i++) {
    key = branch_order[i]; split(key, part, "\t"); file = part[1]
    ways[file] += 2; taken[file] += (yes[key] != 0) + (no[key] != 0)
    words = cut(file, part[2] + 0, part[3] + 0, part[4] + 0, part[5] + 0)
    if (yes[key] == 0) miss(file, part[2], name[key], "true", words)
    if (no[key] == 0) miss(file, part[2], name[key], "false", words)
  }
  for (file in lines)
    printf "%s\t%d\t%d\t%d\t%d\n", file, covered[file], lines[file], taken[file], ways[file]
}' "$build/lines" "$build/branches" | LC_ALL=C sort >"$build/files" || exit 1

awk -F '\t' -v floor="$floor" '
function share(part, all) { return all == 0 ? "     -  " : sprintf("%6.2f %%", 100 * part / all) }
function show(name, l, ls, b, bs) { printf "%-26s lines %5d of %5d  %s   branches %5d of %5d  %s\n", name, l, ls, share(l, ls), b, bs, share(b, bs) }
{ show($1, $2, $3, $4, $5); l += $2; ls += $3; b += $4; bs += $5 }
END { show("all of src/", l, ls, b, bs); exit ls == 0 || bs == 0 || 100 * b < floor * bs }' "$build/files"
bad=$?
[ $bad = 0 ] || echo "coverage: less than $floor % of the branches"
cat "$build/told"

# ---- against the list ----

awk -F '\t' '
/^#/ { next }
NF != 5 || $5 == "" || $3 !~ /^(line|true|false)$/ { print "not file, function, line or true or false, text and reason between tabs: " $0 > "/dev/stderr"; exit 1 }
{ print $1 "\t" $2 "\t" $3 "\t" $4 }' "$list" >"$build/listed" || bad=1
LC_ALL=C sort "$build/listed" >"$build/listed.sorted"
LC_ALL=C sort "$build/missing" >"$build/missing.sorted"
LC_ALL=C comm -13 "$build/listed.sorted" "$build/missing.sorted" | sed 's/^/not covered and not listed: /' >"$build/faults"
LC_ALL=C comm -23 "$build/listed.sorted" "$build/missing.sorted" | sed 's/^/listed, but covered or gone: /' >>"$build/faults"
for file in src/*/*.c; do
  case $file in */check.c | */huff_table.c | */known.c | */stream_fsm.c) continue ;; esac # no code in this build; tables
  cut -f 1 "$build/files" | grep -q -x "$file" || echo "in no program: $file"
done >>"$build/faults"
cat "$build/faults"
[ -s "$build/faults" ] && bad=1
echo "coverage: $(wc -l <"$build/missing") not covered, $(wc -l <"$build/listed") listed in $list"
exit $bad
