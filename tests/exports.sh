#!/bin/sh
# SPDX-License-Identifier: MIT
#
# The shared library (the first argument) exports what the public headers declare with RILL_API, no symbol more and none less, and
# needs no library but libc. The other arguments are the parts that were left out of it (RILL_WITHOUT_*): what they hold is not there.
set -u
library=$1
shift
cd "$(dirname "$0")/.." || exit 1
work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
for tool in nm readelf; do
  if ! command -v "$tool" >/dev/null; then
    echo "SKIPPED exports: there is no $tool"
    exit 77
  fi
done

cat include/rill/*.h | grep '^RILL_API ' >"$work/lines"
sed -n -E 's/^RILL_API [^(]*[ *](rill_[a-z0-9_]+)\(.*/\1/p' "$work/lines" | LC_ALL=C sort >"$work/declared"
if [ ! -s "$work/declared" ] || [ "$(wc -l <"$work/lines")" != "$(wc -l <"$work/declared")" ]; then
  echo "exports: cannot read the headers"
  exit 1
fi
absent=
for part; do
  case $part in
    PUSH) absent="$absent rill_submit_push" ;;
    UPGRADE) absent="$absent rill_upgrade rill_upgrade_settings" ;;
    ALTSVC) absent="$absent rill_submit_altsvc" ;;
    ORIGIN) absent="$absent rill_submit_origin" ;;
    TRACE) absent="$absent rill_conn_dump rill_head_json rill_frame_format rill_frame_json rill_frame_type_text rill_setting_text" ;;
    HTTP1) absent="$absent rill_http1_read rill_http1_write" ;;
  esac
done
case " $* " in *" PUSH "*" ORIGIN "*) absent="$absent rill_origin_allowed" ;; esac
for name in $absent; do
  grep -v -x "$name" "$work/declared" >"$work/rest"
  mv "$work/rest" "$work/declared"
done
# Some C libraries put their own _init and _fini into each.
nm -D --defined-only "$library" | awk '$2 != "A" && $3 !~ /^_(init|fini)$/ { print $3 }' | sed 's/@.*//' | LC_ALL=C sort >"$work/exported"
diff "$work/declared" "$work/exported" | sed -n 's/^< /declared, not exported: /p; s/^> /exported, not declared: /p' >"$work/faults"
readelf -d "$library" | sed -n -E 's/.*\(NEEDED\).*\[(.*)\]/\1/p' | grep -v -E '^(libc\.|ld-)' | sed 's/^/needs /' >>"$work/faults"
nm -D --undefined-only "$library" | grep -E ' rill_' | sed 's/^/undefined: /' >>"$work/faults"
cat "$work/faults"
[ -s "$work/faults" ] && exit 1
echo "exports: $(wc -l <"$work/exported") symbols"
