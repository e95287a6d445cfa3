# SPDX-License-Identifier: MIT
#
# awk -f chart.awk metrics.tsv figures.tsv: an SVG of two bar charts: what rill needs of what libnghttp2 does, and what rill-serve
# does of what other servers do. The line at 1 is the peer. Bars that would be too long are cut, their numbers are not.
BEGIN { FS = "\t"; ROW = 22; TEXT = 300; UNIT = 260; MOST = 1.6 }
NR == FNR { if (!/^#/) words[$1] = $4; next }
FNR > 1 && $4 ~ /^[0-9.]+$/ {
  kind = $1 ~ /^serve_|^scale_/ ? 2 : 1
  if ($1 ~ /^scale_/) next
  n = ++count[kind]
  metric[kind, n] = $1
  ratio[kind, n] = $4
}
function escaped(s) { gsub(/&/, "\\&amp;", s); gsub(/</, "\\&lt;", s); gsub(/`/, "", s); return s }
function title(y, s) { printf "<text x=\"10\" y=\"%d\" font-size=\"15\" font-weight=\"bold\">%s</text>\n", y, s }
function bars(kind, top, heading, colour,    i, y, long) {
  title(top, heading)
  for (i = 1; i <= count[kind]; i++) {
    y = top + 12 + (i - 1) * ROW
    long = ratio[kind, i] < MOST ? ratio[kind, i] : MOST
    name = metric[kind, i]
    printf "<text x=\"%d\" y=\"%d\" text-anchor=\"end\">%s</text>\n", TEXT - 8, y + 14, escaped(name)
    printf "<rect x=\"%d\" y=\"%d\" width=\"%.1f\" height=\"%d\" fill=\"%s\"><title>%s</title></rect>\n", TEXT, y + 2, long * UNIT,
      ROW - 6, colour, escaped(words[name])
    printf "<text x=\"%.1f\" y=\"%d\">%s</text>\n", TEXT + long * UNIT + 6, y + 14, ratio[kind, i]
  }
  y = top + 12 + count[kind] * ROW
  printf "<line x1=\"%d\" x2=\"%d\" y1=\"%d\" y2=\"%d\" stroke=\"#444\" stroke-dasharray=\"4 3\"/>\n", TEXT + UNIT, TEXT + UNIT, top + 8, y
  return y + 40
}
END {
  width = TEXT + MOST * UNIT + 80
  height = 40 + (count[1] + count[2]) * ROW + 120
  printf "<svg xmlns=\"http://www.w3.org/2000/svg\" width=\"%d\" height=\"%d\" font-family=\"sans-serif\" font-size=\"12\">\n", width, height
  printf "<rect width=\"%d\" height=\"%d\" fill=\"#fff\"/>\n", width, height
  y = bars(1, 26, "rill to libnghttp2 (1): less is better", "#2a7f9e")
  if (count[2] > 0) bars(2, y, "rill-serve to other servers (1): more is better", "#4d9a4d")
  print "</svg>"
}
