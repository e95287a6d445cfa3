#!/bin/sh
# SPDX-License-Identifier: MIT
#
# Shows rill at work in under a minute: builds it, serves a folder by rill-serve, fetches from it by rill-get and, where it is
# there, by curl, and compares what arrived with what was served. Prints a line for each step; exits with 0 if all went well.
#
#   sh examples/demo.sh      from any folder; $RILL_BUILD names the build folder, build/ by default
set -eu
here=$(cd "$(dirname "$0")/.." && pwd)
build=${RILL_BUILD:-$here/build}
work=$(mktemp -d)
server=
# shellcheck disable=SC2329
finish() {
  [ -z "$server" ] || kill -KILL "$server" 2>/dev/null || true
  rm -rf "$work"
}
trap finish EXIT
trap 'exit 130' INT TERM

say() { printf '\n-- %s\n' "$*"; }
has() { command -v "$1" >/dev/null 2>&1; }
# quietly COMMAND...: its output is shown only if it fails.
quietly() { "$@" >"$work/log" 2>&1 || { cat "$work/log"; exit 1; }; }
same() { cmp "$1" "$2" && echo "   $3: $(wc -c <"$1" | tr -d ' ') octets, identical"; }

# ---- what it takes to build ----

missing=
has cmake || missing="$missing cmake"
has make || has ninja || missing="$missing make"
{ has cc && echo '#include <stdlib.h>' | cc -E - >/dev/null 2>&1; } || missing="$missing gcc libc6-dev"
if [ -n "$missing" ]; then
  if [ "$(id -u)" = 0 ] && has apt-get; then
    say "installing$missing"
    export DEBIAN_FRONTEND=noninteractive
    apt-get update >"$work/log" 2>&1 || true # may fail for one source of many; the next line tells
    # shellcheck disable=SC2086
    quietly apt-get install -y --no-install-recommends $missing
  else
    echo "examples/demo.sh: please install:$missing"
    exit 1
  fi
fi

say "building the library and its examples in $build"
[ -f "$build/CMakeCache.txt" ] || quietly cmake -S "$here" -B "$build" -DRILL_BUILD_TESTS=OFF
quietly cmake --build "$build" --target rill-serve rill-get hello -j "$(getconf _NPROCESSORS_ONLN 2>/dev/null || echo 2)"
serve=$build/examples/rill-serve
get=$build/examples/rill-get

say "hello: a client and a server in one program"
"$build/examples/hello"

# ---- a server ----

mkdir "$work/site" "$work/saved"
cp "$here"/include/rill/*.h "$here/LICENSE" "$work/site/"
echo '<title>rill</title>' >"$work/site/index.html"
dd if=/dev/urandom of="$work/site/random" bs=65536 count=160 2>/dev/null

say "rill-serve serves a folder with the public headers and 10 MiB of noise, on a port that it chooses"
"$serve" --port 0 --upgrade --connect-protocol --push /index.html=/LICENSE --early-hints /index.html=/rill.h "$work/site" \
  >"$work/announced" 2>"$work/told" &
server=$!
# listening COUNT: waits until that many processes have announced themselves.
listening() {
  tries=0
  until [ "$(grep -c '^listening on ' "$work/announced")" = "$1" ]; do
    tries=$((tries + 1))
    if [ "$tries" = 100 ]; then
      echo "   it did not start: $(cat "$work/told")"
      exit 1
    fi
    sleep 0.05
  done
}
listening 1
cat "$work/announced"
url=http://$(sed 's/^listening on //' "$work/announced")

# ---- clients ----

say "rill-get fetches four files side by side over one connection and writes them in their order"
"$get" "$url/types.h" "$url/frame.h" "$url/random" "$url/rill.h" >"$work/joined"
(cd "$work/site" && cat types.h frame.h random rill.h) >"$work/expected"
same "$work/joined" "$work/expected" "four files"

say "with -v it tells every frame and every field"
"$get" -v "$url/LICENSE" 2>&1 >"$work/license" | sed 's/^/   /'
same "$work/license" "$work/site/LICENSE" "LICENSE"

say "POST /.echo sends back what it gets, while it comes; neither side holds more than its windows"
"$get" --data-binary "@$work/site/random" "$url/.echo" >"$work/echoed"
same "$work/echoed" "$work/site/random" "an echo"

say "a thousand requests, a hundred at a time"
"$get" -n 1000 "$url/" | sort | uniq -c

say "a page comes with a hint (103) and a push; --ping measures the round trip"
"$get" -v --push --ping "$url/index.html" 2>&1 | grep -E 'PUSH|promised|pushed|:status|link|round trip' | sed 's/^/   /'

say "urgency 6 at first, 0 when the response has begun: PRIORITY_UPDATE"
"$get" -v --priority 6 --priority 0 "$url/random" 2>&1 >"$work/urgent" | grep -i -E 'priority' | sed 's/^/   /'
same "$work/urgent" "$work/site/random" "an urgent file"

say "a connection that begins with HTTP/1.1, and a tunnel by extended CONNECT"
"$get" -v --upgrade "$url/LICENSE" 2>&1 >"$work/upgraded" | grep -E 'HTTP/1.1|upgrade' | sed 's/^/   /'
same "$work/upgraded" "$work/site/LICENSE" "after the upgrade"
echo "   $("$get" --tunnel websocket -d 'through the tunnel and back' "$url/chat")"

if has curl && curl --version | grep -q HTTP2; then
  say "curl, which knows nothing of rill, gets the same"
  curl -sS --http2-prior-knowledge -o "$work/curled" -w '   HTTP/%{http_version} %{http_code} %{content_type}\n' "$url/random"
  same "$work/curled" "$work/site/random" "by curl"
fi

say "SIGHUP: a successor takes over the listening socket; the first process finishes what was begun and leaves"
kill -HUP "$server"
listening 2
sed 's/^/   /' "$work/told"
code=0
wait "$server" || code=$?
server=$(sed -n 's/.*handing over to process //p' "$work/told")
echo "   its exit code is $code"
[ "$code" = 0 ]
"$get" "$url/LICENSE" | cmp - "$work/site/LICENSE" && echo "   the successor answers"

say "SIGTERM: the server finishes what was begun and leaves"
kill -TERM "$server"
tries=0
while kill -0 "$server" 2>/dev/null && [ "$tries" -lt 100 ]; do
  tries=$((tries + 1))
  sleep 0.05
done
server=
code=0
"$get" "$url/LICENSE" 2>"$work/log" || code=$?
echo "   rill-get, which finds nobody any more, exits with $code"
[ "$code" = 2 ]
