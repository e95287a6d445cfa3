#!/bin/sh
# SPDX-License-Identifier: MIT
#
# rill-serve against foreign clients (curl, nghttp, h2load, Node), rill-get against foreign servers (nghttpd, nghttpx, Node) and
# against rill-serve, over the loopback interface; and tshark on what two ends of rill say. Prints "ok NAME", "FAILED NAME: why" or "skipped NAME: why", and the counts at the end; fails if a check did.
#
#   sh tests/peers/run.sh            builds what it needs in $RILL_BUILD, or in build/
#   sh tests/peers/run.sh PATTERN    only the checks whose name matches, as "curl*"
#
# serve.sh, node.sh, capture.sh and get.sh hold the checks, functions named as the check with _ for -. Each runs in a subshell under `set -e`, in $dir, and
# every command that talks runs under `limit`. What a check prints is kept; the last line of it is why it failed.
set -u
cd "$(dirname "$0")/../.." || exit 1
top=$(pwd)
build=${RILL_BUILD:-build}
pattern=${1:-*}
dir=$(mktemp -d) || exit 1
: >"$dir/pids"
passed=0
failed=0
skipped=0

# ---- checks ----

has() { command -v "$1" >/dev/null 2>&1; }
# limit SECONDS COMMAND...
limit() { timeout -k 5 "$@"; }
die() { echo "$*"; exit 1; }
# expect WHAT GOT WANTED
expect() { [ "$2" = "$3" ] || die "$1 is '$2', not '$3'"; }
# matches WHAT FILE REGEX
matches() { grep -q -E "$3" "$2" || die "$1 has no line like '$3'"; }

rget() { limit 60 "$get" "$@"; }
# code_of ARGUMENTS...: the exit code of rill-get; what it says is in `said`.
code_of() {
  code=0
  limit 30 "$get" "$@" >got 2>said || code=$?
  echo "$code"
}

# check NAME [TOOL...]: runs the function of this name if the tools are there.
check() {
  name=$1
  shift
  # shellcheck disable=SC2254
  case $name in $pattern) ;; *) return ;; esac
  for tool; do
    if ! has "$tool"; then
      echo "skipped $name: $tool is not installed"
      skipped=$((skipped + 1))
      return
    fi
  done
  (
    set -e
    cd "$dir"
    "$(echo "$name" | tr - _)"
  ) >"$dir/output" 2>&1
  # shellcheck disable=SC2181
  if [ $? = 0 ]; then
    echo "ok $name"
    passed=$((passed + 1))
  else
    echo "FAILED $name: $(tail -n 1 "$dir/output" | cut -c 1-200)"
    sed 's/^/    /' "$dir/output" | tail -n 20
    failed=$((failed + 1))
  fi
}

# ---- servers ----

# announced FILE PID: waits for "listening on HOST:PORT" in FILE and prints HOST:PORT.
announced() {
  tries=0
  until grep -qs '^listening on ' "$1"; do
    tries=$((tries + 1))
    if [ "$tries" = 200 ] || ! kill -0 "$2" 2>/dev/null; then return 1; fi
    sleep 0.05
  done
  sed -n 's/^listening on //p' "$1"
}

# background COMMAND...: starts a server, which ends with this script at the latest; sets pid.
background() {
  "$@" &
  pid=$!
  echo "$pid" >>"$dir/pids"
}

# serve NAME ARGUMENTS...: starts rill-serve; sets pid and at.
serve() {
  log=$dir/$1.log
  shift
  background "$serve" --port 0 "$@" >"$log" 2>"$log.err"
  at=$(announced "$log" "$pid") || die "rill-serve did not start: $(cat "$log.err")"
}

# puppet HEX...: starts a server that says these octets; sets at.
puppet() {
  background "$dir/puppet" "$@" >"$dir/puppet.log"
  at=$(announced "$dir/puppet.log" "$pid") || die "puppet did not start"
}

# foreign ARGUMENTS...: starts nghttpd on some free port; sets at.
foreign() {
  for port in 1 2 3 4 5 6 7 8; do
    port=$((20000 + ($$ * 8 + port) % 12000))
    background nghttpd --no-tls -a 127.0.0.1 "$@" "$port" >"$dir/nghttpd.log" 2>&1
    sleep 0.3
    if kill -0 "$pid" 2>/dev/null; then
      at=127.0.0.1:$port
      return
    fi
  done
  die "nghttpd found no port"
}

# stopped PID SECONDS: waits until the process is gone.
stopped() {
  tries=0
  while kill -0 "$1" 2>/dev/null; do
    tries=$((tries + 1))
    [ "$tries" -lt $(($2 * 10)) ] || die "the server still runs after $2 seconds"
    sleep 0.1
  done
}

# most_memory PID: the most that it had resident so far, in KiB.
most_memory() { sed -n 's/^VmHWM:[^0-9]*\([0-9]*\) kB/\1/p' "/proc/$1/status"; }

# flat PID KIB: has never had more than so much resident. Sanitizers keep memory of their own, so nothing can be told then.
flat() {
  [ -z "$sanitizers" ] || return 0
  most=$(most_memory "$1")
  [ "$most" -le "$2" ] || die "resident memory went up to $most KiB, above $2 KiB"
}

# shellcheck disable=SC2329
finish() {
  while read -r one; do kill -KILL "$one" 2>/dev/null; done <"$dir/pids"
  rm -rf "$dir"
}
trap finish EXIT
trap 'exit 130' INT TERM

# ---- building ----

quietly() { "$@" >"$dir/output" 2>&1 || { cat "$dir/output"; exit 1; }; }
[ -f "$build/CMakeCache.txt" ] || quietly cmake -S . -B "$build" -DRILL_BUILD_TESTS=OFF
quietly cmake --build "$build" --target rill-serve rill-get hello rill_static -j "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
build=$(cd "$build" && pwd)
serve=$build/examples/rill-serve
get=$build/examples/rill-get
setting() { sed -n "s/^$1:[A-Z]*=//p" "$build/CMakeCache.txt"; }
sanitizers=$(setting RILL_SANITIZE | tr ';' ',')
cc=$(setting CMAKE_C_COMPILER)

# compile NAME SOURCES...: a program of ours, with the compiler and the flags of the build.
compile() {
  program=$dir/$1
  shift
  # shellcheck disable=SC2046
  quietly "$cc" -std=c11 -DRILL_STATIC -Iinclude -Iexamples $(setting CMAKE_C_FLAGS) ${sanitizers:+-fsanitize=$sanitizers} "$@" \
    "$build/librill.a" -o "$program"
}
compile words tests/peers/words.c examples/serve_text.c examples/serve_open.c examples/get_url.c examples/common.c \
  examples/common_base64.c
compile puppet tests/peers/puppet.c

# ---- what is served ----

site=$dir/site
mkdir -p "$site/sub" "$site/bare" "$dir/outside"
echo six12 >"$site/six"
: >"$site/empty"
cp include/rill/rill.h "$site/rill.h"
echo '<p>index' >"$site/sub/index.html"
echo secret >"$dir/outside/secret"
ln -s ../outside/secret "$site/leaves"
ln -s ../outside "$site/away"
ln -s rill.h "$site/stays"
dd if=/dev/urandom of="$site/ten" bs=65536 count=160 2>/dev/null # 10 MiB
mkdir "$site/many"
i=0
while [ $i -lt 50 ]; do
  i=$((i + 1))
  dd if="$site/ten" of="$site/many/$i" bs=$((i * 1009)) count=1 2>/dev/null
done

# shellcheck source=tests/peers/serve.sh
. "$top/tests/peers/serve.sh"
# shellcheck source=tests/peers/node.sh
. "$top/tests/peers/node.sh"
# shellcheck source=tests/peers/capture.sh
. "$top/tests/peers/capture.sh"
# shellcheck source=tests/peers/get.sh
. "$top/tests/peers/get.sh"

echo "$passed passed, $failed failed, $skipped skipped"
[ "$failed" = 0 ]
