#!/bin/sh
# SPDX-License-Identifier: MIT
#
# requirements.sh [FILE]: checks requirements.tsv (or FILE) against itself and against the tests that it names; and against the
# list of all normative sentences in $RILL_SHARED or ../shared, rfc/requirements.tsv, where that is. Prints each fault and the counts.
#
# A line holds, between tabs: id, level, "shown by", note. "Shown by" is one or more of these, between spaces:
#   talk/FILE#NAME     the transcript of that name in tests/talk/FILE.talk, its spaces written as dashes
#   unit_X#FUNCTION    a test of tests/unit_X.c
#   PROGRAM, SCRIPT    another test of tests/CMakeLists.txt: pair, house.sh; one that does nothing without ../shared is no witness
#   -                  nothing: the note begins with the reason and a colon, one of these:
#                      words (asks nothing by itself), application, tls, http3, people (who write or register extensions),
#                      option (a MAY that is not made use of), declined (a SHOULD that is not followed, and why)
set -u
cd "$(dirname "$0")/.." || exit 1
file=${1:-tests/requirements.tsv}
source=${RILL_SHARED:-../shared}/rfc/requirements.tsv
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT

# ---- the tests that there are: name, and whether it is alone no witness ----

for talk in tests/talk/*.talk; do
  name=${talk##*/}
  sed -n 's/^talk \(.*\)$/\1/p' "$talk" | sed "s/ /-/g; s,^,talk/${name%.talk}#,"
done >"$work/tests"
for unit in tests/unit_*.c; do
  name=${unit##*/}
  sed 's,/\*.*\*/,,; s,//.*,,' "$unit" | tr ',{}' '\n\n\n' |
    sed -n 's/.*cmocka_unit_test[a-z_]*( *\([A-Za-z0-9_]*\).*/\1/p' | sed "s,^,${name%.c}#,"
done >>"$work/tests"
sed -n -e 's/^ *rill_test_program(\([a-z0-9_]*\) .*/\1/p' \
  -e 's/^ *rill_test_script([a-z0-9_]* \([A-Za-z0-9_./]*\).*/\1/p' tests/CMakeLists.txt | sort -u |
  while read -r name; do
    grep -q RILL_SHARED "tests/$name.c" 2>/dev/null && name="$name	shared"
    [ "$name" = requirements.sh ] || echo "$name"
  done >>"$work/tests"

# ---- the file against itself, and the tests ----

awk -F '\t' '
function fault(words) { print "line " FNR ": " words; faults++ }

# What ids are sorted by: the RFC as in the list below, then each part of the section, then the number.
function key(id, part, n, i, parts, sections) {
  n = split(id, part, "-")
  if (n != 3 || !(part[1] in place) || part[2] !~ /^([0-9]+(\.[0-9]+)*|Appendix [A-Z])$/ || part[3] !~ /^[1-9][0-9]*$/) return ""
  sections = part[2] ~ /^A/ ? sprintf("~%s", substr(part[2], 10)) : ""
  n = sections == "" ? split(part[2], parts, ".") : 0
  for (i = 1; i <= n; i++) sections = sections sprintf("%03d.", parts[i])
  return sprintf("%d %s %04d", place[part[1]], sections, part[3])
}

function check_order(id, now, section, number) {
  now = key(id)
  if (now == "") { fault("\"" id "\" is no id"); return }
  if (now <= before) fault(id " stands in the wrong place, or twice")
  before = now
  section = id; sub(/-[0-9]+$/, "", section)
  number = substr(id, length(section) + 2) + 0
  if (number != last[section] + 1) fault(id " follows number " last[section] + 0 " of its section")
  last[section] = number
}

# Names the reason of a line that no test shows, and whether it may be one.
function check_reason(id, level, note, reason) {
  reason = note; sub(/:.*/, "", reason)
  if (index(note, ": ") == 0 || !(reason in reasons)) { fault(id " has no test, and no reason that there is"); return }
  if (level ~ /^MUST/ && (reason == "option" || reason == "declined")) fault(id " is a " level ", which is nothing to choose")
  if (reason == "option" && level != "MAY") fault(id " is a " level ", and no option")
  why[reason]++
}

function check_tests(id, shown, names, n, i, witness) {
  n = split(shown, names, " ")
  for (i = 1; i <= n; i++) {
    if (names[i] in used && used[names[i]] == id) fault(id " names " names[i] " twice")
    used[names[i]] = id
    if (!(names[i] in tests)) fault(id ": there is no test " names[i])
    else if (tests[names[i]] > 1) fault(id ": " names[i] " is the name of several tests")
    else if (!(names[i] in weak)) witness = 1
  }
  if (!witness) fault(id " is shown by nothing that runs without ../shared")
}

BEGIN {
  n = split("9113 282 7541 21 9218 48 8441 10 8336 13 7838 35", list, " ")
  for (i = 1; i <= n; i += 2) { rfc[(i + 1) / 2] = list[i]; place[list[i]] = (i + 1) / 2; want[list[i]] = list[i + 1] }
  split("MUST,MUST NOT,SHOULD,SHOULD NOT,RECOMMENDED,MAY", list, ",")
  for (i in list) levels[list[i]] = 1
  split("words application tls http3 people option declined", list, " ")
  for (i in list) reasons[list[i]] = 1
}
NR == FNR { tests[$1]++; if ($2 != "") weak[$1] = 1; next }
/^#/ && !header { next }
!header { header = 1; if ($0 != "id\tlevel\tshown by\tnote") fault("not the header"); next }
NF != 4 || $1 == "" || $3 == "" || /  | \t|\t | $/ { fault("not four parts between tabs, with single spaces inside"); next }
{
  split($1, part, "-")
  ids[part[1]]++
  check_order($1)
  if (!($2 in levels)) fault($1 ": \"" $2 "\" is no level")
  if (length($4) > 110) fault($1 " has a note of more than 110 characters")
  if ($3 == "-") { check_reason($1, $2, $4); none[part[1]]++; next }
  check_tests($1, $3)
  shown[part[1]]++
}
END {
  for (i = 1; i in rfc; i++) {
    r = rfc[i]
    if (ids[r] != want[r]) { print "RFC " r " has " want[r] " ids, and here are " ids[r] + 0; faults++ }
    printf "RFC %s: %d ids, %d shown by tests, %d not for a library\n", r, ids[r], shown[r], none[r]
    sum["ids"] += ids[r]; sum["shown"] += shown[r]; sum["none"] += none[r]
  }
  printf "in all: %d ids, %d shown by tests, %d not for a library:", sum["ids"], sum["shown"], sum["none"]
  n = split("words application tls http3 people option declined", list, " ")
  for (i = 1; i <= n; i++) printf " %s %d", list[i], why[list[i]]
  print ""
  exit faults != 0
}' "$work/tests" "$file" >"$work/report"
bad=$?
cat "$work/report"

# ---- the file against the list ----

if [ -f "$source" ]; then
  awk -F '\t' '
  function fault(words) { print words; faults++ }
  NR == FNR { if (FNR != 1) level[$1] = $2; next }
  /^#/ || $1 == "id" { next }
  !($1 in level) { fault($1 " is not in the list") }
  $1 in level && level[$1] != $2 { fault($1 " is a " $2 " here, and a " level[$1] " in the list") }
  { here[$1] = 1 }
  END {
    for (id in level) if (!(id in here)) fault(id " of the list is missing")
    if (!faults) print "agrees with the list of all sentences, id by id"
    exit faults != 0
  }' "$source" "$file" >"$work/report"
  [ $? -eq 0 ] || bad=1
  sort "$work/report"
else
  echo "SKIPPED requirements, in part: no $source; the file is checked against itself alone; set RILL_SHARED"
fi

[ $bad -eq 0 ] && exit 0
echo "requirements: $file has faults"
exit 1
