#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The rules of the house that a machine can check: what may include what, how long files and functions may be, what stands at the
# top, the licence line, and what must not be in any file. Prints each breach and fails if there is one.
set -u
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
breaches=$work/breaches
: >"$breaches"

# breach CHECK: reads lines that each tell of one breach.
breach() { sed "s/^/$1: /" >>"$breaches"; }

# Files that belong to the project: those that git knows or would add, or all where there is no git.
if git rev-parse --is-inside-work-tree >/dev/null 2>&1 && [ -e .git ]; then
  git ls-files --cached --others --exclude-standard | while read -r file; do [ -e "$file" ] && echo "$file"; done
else
  find . -type f ! -path './.git/*' ! -path './build*/*' | sed 's,^\./,,'
fi | sort -u >"$work/files"
grep -E '^(src|include)/.*\.[ch]$' "$work/files" >"$work/library"

# ---- the top ----

sed 's,/.*,,' "$work/files" | sort -u | grep -v '^\.' >"$work/top"
printf '%s\n' CMakeLists.txt LICENSE README.md examples fuzz include src tests | LC_ALL=C sort >"$work/card"
LC_ALL=C sort "$work/top" | diff "$work/card" - | sed -n 's/^< /missing: /p; s/^> /does not belong there: /p' | breach top

# ---- floors ----

# Lines of: file, what it includes.
while read -r file; do
  sed -n -E 's/^[[:space:]]*#[[:space:]]*include[[:space:]]*([<"][^>"]*)[>"].*/\1/p' "$file" | sed "s,^,$file ,"
done <"$work/library" >"$work/includes"

awk '
BEGIN {
  below["base"] = "base"; below["hpack"] = "base hpack"; below["frame"] = "base frame"
  below["rules"] = "base frame rules"; below["conn"] = "base hpack frame rules conn"
  headers["base"] = "types"; headers["hpack"] = "types hpack"; headers["frame"] = "types frame"
  headers["rules"] = "types frame config"; headers["conn"] = "types frame config hpack rill http1"
  public["include/rill/types.h"] = ""; public["include/rill/frame.h"] = "types"; public["include/rill/hpack.h"] = "types"
  public["include/rill/config.h"] = "types frame"; public["include/rill/rill.h"] = "types frame config hpack"
  public["include/rill/http1.h"] = "types frame hpack rill"
  libc = "assert.h inttypes.h limits.h stdalign.h stdarg.h stdatomic.h stdbool.h stddef.h stdint.h stdio.h stdlib.h string.h"
}
function listed(word, list) { return index(" " list " ", " " word " ") > 0 }
{
  name = substr($2, 2)
  split($1, part, "/")
  floor = part[2]
  inside = $1 ~ /^src\//
  if (inside && !(floor in below)) print $1 " stands on no floor"
  else if ($2 ~ /^"/) {
    split(name, there, "/")
    if (!inside || !listed(there[1], below[floor]) || there[2] == "") print $1 " includes " name
  } else if (name ~ /^rill\//) {
    sub(/^rill\//, "", name); sub(/\.h$/, "", name)
    if (!listed(name, inside ? headers[floor] : public[$1])) print $1 " includes <rill/" name ".h>"
  } else if (!listed(name, libc)) print $1 " includes <" name ">, which is not the C library"
}' "$work/includes" | breach floors

sed -n -E 's,^([^ ]*) "(.*),\1 src/\2,p; s,^([^ ]*) <(rill/.*),\1 include/\2,p' "$work/includes" >"$work/edges"
tsort "$work/edges" 2>&1 >"$work/order" | sed 's/^tsort: [^ ]*: /tsort: /' | breach cycle

# ---- sizes ----

while read -r file; do
  case $file in */huff_table.c) continue ;; esac
  awk -v file="$file" '
    /^[A-Za-z_].*\) \{$/ { start = NR }
    /^}/ { if (start && NR - start + 1 > 80) print file ":" start " is a function of " NR - start + 1 " lines, 80 are the most"; start = 0 }
    END { if (NR > 640) print file " has " NR " lines, 640 are the most" }' "$file"
done <"$work/library" | breach size

# ---- words ----

# Text that we write; what others made, seeds and data, has no such line.
grep -E '\.([ch]|sh|py|dict|talk|tsv)$|CMakeLists\.txt$|^\.[^/]*$|^\.ci/' "$work/files" | while read -r file; do
  head -n 2 "$file" | awk -v file="$file" '
    NR == 1 && /^#!/ { next }
    !done { done = 1; if ($0 !~ /^(\/\*|#|--|;|%) SPDX-License-Identifier: MIT( \*\/)?$/) print file " does not begin with its licence" }
    END { if (NR == 0) print file " is empty" }'
done | breach licence

# The brackets keep these lines from finding themselves.
grep -v -E '^fuzz/seeds/' "$work/files" | while read -r file; do
  grep -I -n -H -E '/(t[m]p|w[o]rk|r[o]ot|h[o]me)/[A-Za-z0-9_.]|\b(T[O]DO|F[I]XME|X[X]X)\b' "$file"
done | cut -c 1-160 | breach words

cat "$breaches"
if [ -s "$breaches" ]; then
  echo "house: $(wc -l <"$breaches") breaches"
  exit 1
fi
echo "house: $(wc -l <"$work/files") files, no breach"
