# SPDX-License-Identifier: MIT
#
# awk -v version=PEER -f readme.awk metrics.tsv figures.tsv README.md: README.md, the table between its marks made from
# the figures; what there is not yet is left out.
BEGIN { FS = "\t" }
FNR == 1 { file++ }
file == 1 && !/^#/ { words[$1] = $4 }
file == 2 && FNR > 1 && $2 $3 $4 != "---" { rows[++count] = "| " words[$1] " | " $2 " | " $3 " | " $4 " |" }
file < 3 { next }
/^<!-- figures -->$/ {
  print
  print "Against libnghttp2 " version " as Debian builds it, the same work in one run, with all checks and limits on. Instructions are callgrind's."
  print "\n| | rill | libnghttp2 | ratio |\n|---|---|---|---|"
  for (i = 1; i <= count; i++) print rows[i]
  inside = 1
}
/^<!-- \/figures -->$/ { inside = 0; closed = 1 }
!inside { if (!/^<!-- figures -->$/) print }
END { if (!closed) { print "readme.awk: no marks in README.md" >"/dev/stderr"; exit 1 } }
