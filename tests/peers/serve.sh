# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2329
#
# Checks of rill-serve by foreign clients. Read by run.sh, which explains the helpers.

curl2() { limit 60 curl -sS --http2-prior-knowledge "$@"; }
# status ARGUMENTS...: what curl says of the response.
status() { curl2 -o /dev/null -w '%{http_code}' "$@"; }

hello() {
  limit 10 "$build/examples/hello" >said
  printf 'server: GET /\nclient: hello\n' | cmp - said
}

readme_example() {
  awk '/^```c$/ { if (!done) { on = 1; next } } /^```$/ { if (on) done = 1; on = 0 } on' "$top/README.md" | cmp - "$top/examples/hello.c"
}

words() {
  mkdir folder
  limit 20 ./words folder
}

# ---- curl ----

curl_get() {
  expect version "$(curl2 -o got -w '%{http_version} %{http_code}' "$url/ten")" "2 200"
  cmp got "$site/ten"
  expect type "$(curl2 -o got -w '%{content_type}' "$url/rill.h")" "text/plain; charset=utf-8"
  cmp got "$site/rill.h"
  expect empty "$(curl2 -w '%{http_code} %{size_download}' "$url/empty")" "200 0"
  curl2 "$url/stays" | cmp - "$site/rill.h"
  curl2 "$url/sub/?query" | cmp - "$site/sub/index.html"
}

curl_head() {
  curl2 -I "$url/ten" >head
  matches head head '^HTTP/2 200'
  matches head head '^content-length: 10485760'
  matches head head '^last-modified: [A-Z][a-z]{2}, [0-9]{2} [A-Z][a-z]{2} [0-9]{4} '
  matches head head '^date: '
  curl2 -I "$url/nothing" >head
  matches head head '^HTTP/2 404'
}

curl_post() {
  curl2 --data-binary @"$site/ten" -H 'content-type: x/y' -o got -w '%{http_code} %{content_type}' "$url/.echo" >said
  expect said "$(cat said)" "200 x/y"
  cmp got "$site/ten"
  expect 'echo of nothing' "$(curl2 -X POST -w '%{http_code} %{size_download}' "$url/.echo")" "200 0"
  expect 'unwanted content' "$(status --data-binary @"$site/ten" "$url/six")" 405
}

# With prior knowledge, curl 7.88 cannot begin several requests on a connection that is just being made, whatever the server; told not
# to wait for one, it makes fifty.
curl_parallel() {
  mkdir got50
  curl2 --parallel --parallel-max 50 --parallel-immediate -o 'got50/#1' "$url/many/[1-50]"
  diff -r got50 "$site/many"
}

curl_ranges() {
  dd if="$site/ten" of=want bs=1 skip=1000 count=500 2>/dev/null
  expect status "$(curl2 -r 1000-1499 -o got -w '%{http_code}' "$url/ten")" 206
  cmp got want
  curl2 -r 1000-1499 -D head -o /dev/null "$url/ten"
  matches head head '^content-range: bytes 1000-1499/10485760'
  tail -c 70000 "$site/ten" >want
  curl2 -r -70000 "$url/ten" | cmp - want
  curl2 -r 10415760- "$url/ten" | cmp - want
  printf '12\n' >want
  curl2 -r 3-99 "$url/six" | cmp - want
  expect outside "$(status -r 6- "$url/six")" 416
  expect last "$(status -r 5- "$url/six")" 206
  curl2 -r 6- -D head -o /dev/null "$url/six"
  matches head head '^content-range: bytes \*/6'
  expect several "$(status -r 0-1,3-4 "$url/six")" 200
  expect if-range "$(status -r 0-1 -H 'if-range: "x"' "$url/six")" 200
  expect head "$(status -I -r 0-1 "$url/six")" 200
}

curl_conditions() {
  modified=$(curl2 -I "$url/six" | sed -n 's/^last-modified: \(.*GMT\).*/\1/p')
  expect unchanged "$(status -H "if-modified-since: $modified" "$url/six")" 304
  expect later "$(status -H 'if-modified-since: Sun, 06 Nov 2095 08:49:37 GMT' "$url/six")" 304
  expect earlier "$(status -H 'if-modified-since: Sun, 06 Nov 1994 08:49:37 GMT' "$url/six")" 200
  expect obsolete "$(status -H 'if-modified-since: Sun Nov  6 08:49:37 1994' "$url/six")" 200
  expect nonsense "$(status -H 'if-modified-since: yesterday' "$url/six")" 200
  expect overruled "$(status -H "if-modified-since: $modified" -H 'if-none-match: "x"' "$url/six")" 200
}

# A change is seen when the cache's second is over.
curl_changes() {
  echo old >"$site/changes"
  expect content "$(curl2 "$url/changes")" old
  echo new! >"$site/changes"
  sleep 1.2
  expect content "$(curl2 "$url/changes")" new!
  rm "$site/changes"
  sleep 1.2
  expect gone "$(status "$url/changes")" 404
}

curl_refusals() {
  expect nothing "$(status "$url/nothing")" 404
  expect 'below a file' "$(status "$url/six/x")" 404
  expect 'folder without index' "$(status "$url/bare/")" 404
  for path in '/../outside/secret' '/sub/../../outside/secret' '/%2e%2e/outside/secret' '/..%2foutside%2fsecret' '/six%00' '/leaves' \
    '/away/secret' '/sub%2findex.html'; do
    expect "$path" "$(status --path-as-is "$url$path")" 403
  done
  expect 'a folder of the machine' "$(status --path-as-is "$url//etc/passwd")" 404
  expect 'bad percent' "$(status "$url/%zz")" 400
  expect 'slash added' "$(curl2 -o /dev/null -w '%{http_code} %{redirect_url}' "$url/sub?q")" "301 $url/sub/?q"
  curl2 -o /dev/null -D head --path-as-is "$url//sub"
  matches head head '^location: /sub/'
  curl2 -X DELETE -D head -o /dev/null "$url/six"
  matches head head '^HTTP/2 405'
  matches head head '^allow: GET, HEAD'
  curl2 -D head -o /dev/null "$url/.echo"
  matches head head '^allow: POST'
}

# ---- nghttp ----

nghttp_get() {
  limit 30 nghttp "$url/rill.h" | cmp - "$site/rill.h"
  limit 30 nghttp -v -H 'x-test: 1' "$url/six" >said
  matches output said 'x-test: 1'
  matches output said ':status: 200'
  matches output said '; END_STREAM'
}

nghttp_many() {
  limit 30 nghttp -n -s -m 300 "$url/six" >said
  expect responses "$(grep -c ' 200 .* /six$' said)" 300
}

nghttp_post() {
  limit 30 nghttp -d "$site/ten" "$url/.echo" >got
  cmp got "$site/ten"
}

nghttp_trailers() {
  limit 30 nghttp -v -d "$site/rill.h" --trailer 'x-sum: 42' "$url/.echo" >said
  expect 'x-sum, sent and received' "$(grep -c 'x-sum: 42' said)" 2
}

# nghttp's frames may be padded.
nghttp_padding() {
  limit 30 nghttp -b 255 -d "$site/ten" "$url/.echo" >got
  cmp got "$site/ten"
}

# ---- pushes, hints, upgrades, tunnels: of the server at $able ----

nghttp_push() {
  limit 30 nghttp -n -s "$able/sub/index.html" >said
  matches pushed said '^ +2 .* \* .* 200 +6 /six$'
  matches pushed said "^ +4 .* \\* .* 200 +$(($(wc -c <"$site/rill.h") / 1024))K /rill.h$"
  matches page said ' 200 +9 /sub/index.html$'
  ! grep -q nothing said || die "what is not there was pushed"
  limit 30 nghttp -v "$able/sub/index.html" >said
  matches promise said 'recv PUSH_PROMISE frame .*stream_id=13>'
  matches promise said 'promised_stream_id=2'
  expect 'pushes for two requests' "$(limit 30 nghttp -n -v -m 2 "$able/sub/index.html" | grep -c 'recv PUSH_PROMISE')" 2
  expect 'pushes for a HEAD' "$(limit 30 nghttp -n -v -H ':method: HEAD' "$able/sub/index.html" | grep -c 'recv PUSH_PROMISE')" 0
  expect 'pushes against the will of the client' "$(limit 30 nghttp -n -v --no-push "$able/sub/index.html" | grep -c PUSH_PROMISE)" 0
}

curl_hints() {
  curl2 -D head -o got "$able/sub/index.html"
  cmp got "$site/sub/index.html"
  tr -d '\r' <head >lines
  expect 'status lines' "$(grep '^HTTP' lines | tr -d ' \n')" HTTP/2103HTTP/2200
  expect 'link, ahead and again' "$(grep -c '^link: </six>; rel=preload; as=fetch; crossorigin, </x.css>; rel=preload; as=style$' lines)" 2
}

curl_priority() {
  curl2 -D head -o /dev/null "$able/ten"
  matches head head '^priority: u=1,i'
}

curl_upgrade() {
  expect version "$(limit 30 curl -sS --http2 -D head -o got -w '%{http_version} %{http_code}' "$able/rill.h")" '2 200'
  cmp got "$site/rill.h"
  matches head head '^HTTP/1.1 101 '
  limit 60 curl -sS --http2 "$able/ten" | cmp - "$site/ten"
  limit 30 curl -sS --http2 "$able/six" "$able/rill.h" "$able/six" >got
  (cd "$site" && cat six rill.h six) | cmp - got
  expect head "$(limit 30 curl -sS --http2 -I -o /dev/null -w '%{http_version} %{http_code}' "$able/ten")" '2 200'
  curl2 "$able/ten" | cmp - "$site/ten"
  expect 'HTTP/1.1' "$(limit 30 curl -sS --http1.1 -o /dev/null -w '%{http_version} %{http_code}' "$able/six")" '1.1 426'
  expect content "$(limit 30 curl -sS --http2 -d x -o /dev/null -w '%{http_version} %{http_code}' "$able/.echo")" '1.1 426'
  code=0
  limit 30 curl -sS --http2 "$url/six" >got 2>said || code=$?
  [ "$code" != 0 ] || die "a server without --upgrade upgraded"
}

nghttp_upgrade() {
  limit 30 nghttp -u "$able/ten" | cmp - "$site/ten"
  limit 30 nghttp -u -n -s "$able/six" "$able/rill.h" >said
  expect responses "$(grep -c ' 200 ' said)" 2
}

# Requests that are none: the status says why.
serve_upgrade_refusals() {
  cat >refusals <<'END'
400 GET / HTTP/1.1\r\nhost : a\r\n\r\n
400 GET / HTTP/1.1\nhost: a\n\n
400 GET / HTTP/1.1\r\nhost: a\r\ncontent-length: 1\r\ntransfer-encoding: chunked\r\n\r\n
400 GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABkA!\r\n\r\n
400 GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade, http2-settings\r\nupgrade: h2c\r\nhttp2-settings: AAMAAA\r\n\r\n
505 PRI * HTTP/2.0\r\n\r\nXX\r\n\r\n
426 GET / HTTP/1.1\r\nhost: a\r\n\r\n
426 GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: h2c\r\n\r\n
426 GET / HTTP/1.1\r\nhost: a\r\nupgrade: h2c\r\nhttp2-settings: AAMAAABk\r\n\r\n
426 GET / HTTP/1.1\r\nhost: a\r\nconnection: upgrade\r\nupgrade: websocket\r\n\r\n
501 POST / HTTP/1.1\r\nhost: a\r\ntransfer-encoding: gzip, chunked\r\n\r\n
505 GET / HTTP/2.1\r\nhost: a\r\n\r\n
END
  while read -r status request; do
    # shellcheck disable=SC2059
    printf "$request" | limit 10 curl -sS --max-time 5 "telnet://${able#http://}" >got 2>said || true
    expect "the answer to $request" "$(head -n 1 got | cut -c 10-12)" "$status"
  done <refusals
}

# ---- h2load ----

# load REQUESTS ARGUMENTS...: all must succeed.
load() {
  requests=$1
  shift
  limit 120 h2load -n "$requests" "$@" >said
  matches h2load said "^requests: $requests total, $requests started, $requests done, $requests succeeded, 0 failed, 0 errored, 0 timeout"
  matches h2load said "^status codes: $requests 2xx"
}

h2load_c1_m1() { load 5000 -c 1 -m 1 "$url/six"; }
h2load_c10_m100() { load 100000 -c 10 -m 100 "$url/six"; }
h2load_c100_m100() { load 50000 -c 100 -m 100 "$url/six"; }
h2load_c500() { load 5000 -c 500 -m 10 "$url/rill.h"; }
h2load_large() { load 200 -c 10 -m 10 "$url/ten"; }

h2load_threads() {
  serve threads --threads 2 "$site"
  load 20000 -c 20 -m 50 "http://$at/six"
  kill -TERM "$pid"
  stopped "$pid" 10
}

# ---- memory ----

# Many that take nothing: what was offered to them waits in no memory of ours.
slow_readers() {
  serve slow "$site"
  i=0
  clients=
  while [ $i -lt 40 ]; do
    i=$((i + 1))
    limit 10 curl -sS --http2-prior-knowledge --limit-rate 1k --max-time 4 -o /dev/null "http://$at/ten" 2>/dev/null &
    clients="$clients $!"
  done
  for client in $clients; do wait "$client" || true; done
  flat "$pid" 16384
  kill -TERM "$pid"
}

# One that sends and does not read: it is held up by its windows.
echo_unread() {
  serve unread "$site"
  limit 10 curl -sS --http2-prior-knowledge --limit-rate 1k --max-time 4 -T "$site/ten" -X POST -o /dev/null "http://$at/.echo" || true
  flat "$pid" 16384
  kill -TERM "$pid"
}

# ---- life ----

serve_usage() {
  for bad in "" "--port x ." "--port 65536 ." "--threads 0 ." "--threads 257 ." "--nonsense ." "nothing/here" ". ." "--drain x ." \
    "--push six=/six ." "--push /six ." "--push /six=six ." "--early-hints /six= ." "--priority /six=u= ." "--priority /six=u=9, ."; do
    code=0
    # shellcheck disable=SC2086
    limit 10 "$serve" $bad >said 2>&1 || code=$?
    expect "exit code of '$bad'" "$code" 1
    expect "lines for '$bad'" "$(grep -c '' said)" 1
  done
}

serve_in_use() {
  code=0
  limit 10 "$serve" --port "${url##*:}" . >said 2>&1 || code=$?
  expect code "$code" 2
  matches message said "^rill-serve: cannot listen on 127.0.0.1 port ${url##*:}: "
  code=0
  limit 10 "$serve" --address 256.0.0.1 . >said 2>&1 || code=$?
  expect code "$code" 2
}

# What differs from file to file is in the compression's table from the second time on.
serve_again() {
  limit 20 "$build/examples/rill-get" -v -m 1 -n 4 "$url/six" >/dev/null 2>said
  sed -n 's/^< HEADERS stream=\([0-9]*\) length=\([0-9]*\) .*/\1 \2/p' said >lengths
  expect responses "$(wc -l <lengths | tr -d ' ')" 4
  awk '{ n[NR] = $2 } END { exit !(n[2] > 20 && n[3] < 10 && n[4] == n[3]) }' lengths
}

serve_trace() {
  serve trace --trace "$site"
  curl2 "http://$at/six" >/dev/null
  matches trace trace.log.err '^#[0-9]+ < SETTINGS .*INITIAL_WINDOW_SIZE='
  matches trace trace.log.err '^#[0-9]+ < HEADERS stream=1 .*END_STREAM'
  matches trace trace.log.err '^#[0-9]+ <   stream 1: GET /six, u=3$'
  rget --priority 5,i --priority 0 "http://$at/ten" >/dev/null
  matches trace trace.log.err '^#[0-9]+ <   stream 1: GET /ten, u=5, i$'
  matches trace trace.log.err '^#[0-9]+ <   stream 1: now u=0$'
  matches trace trace.log.err '^#[0-9]+ > HEADERS stream=1 '
  matches trace trace.log.err '^#[0-9]+ > DATA stream=1 length=6 .*END_STREAM'
  kill -TERM "$pid"
  stopped "$pid" 10
}

serve_json() {
  serve json --json "$site"
  curl2 -H 'priority: u=2' "http://$at/six" >/dev/null
  python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert all(line["connection"] > 2 for line in lines)
assert any(line.get("type") == "DATA" and line["dir"] == "sent" and line["length"] == 6 for line in lines)
assert any(line.get("kind") == "request" and line["stream"] == 1 for line in lines)' <json.log.err
  kill -TERM "$pid"
  stopped "$pid" 10
}

# What runs when SIGTERM comes is finished; what comes later is not taken.
serve_drain() {
  serve drain "$site"
  curl2 --limit-rate 5M -o got "http://$at/ten" &
  client=$!
  sleep 0.7
  kill -TERM "$pid"
  sleep 0.3
  code=0
  curl2 -o /dev/null "http://$at/six" 2>/dev/null || code=$?
  expect 'code of curl for a new connection' "$code" 7
  wait "$client" || die "the transfer under way was cut off"
  cmp got "$site/ten"
  code=0
  wait "$pid" || code=$?
  expect 'exit code' "$code" 0
}

# Who does not speak HTTP/2 is told so, and not kept.
serve_http1() {
  code=0
  limit 10 curl -sS --http1.1 "$url/six" >said 2>&1 || code=$?
  [ "$code" != 0 ] || die "an HTTP/1.1 request was answered"
  [ "$code" != 124 ] || die "the connection stays open"
}

# Who does not finish is not waited for.
serve_drain_bounded() {
  serve bounded "$site"
  limit 30 curl -sS --http2-prior-knowledge --limit-rate 1k -o /dev/null "http://$at/ten" 2>/dev/null &
  sleep 0.5
  kill -INT "$pid"
  stopped "$pid" 8
  code=0
  wait "$pid" || code=$?
  expect 'exit code' "$code" 0
}

# successor: the process that took over, as the log says.
successor() { sed -n 's/^rill-serve: handing over to process //p' restart.log.err | tail -n 1; }

# restarted COUNT: waits until so many processes have begun to listen.
restarted() {
  tries=0
  until [ "$(grep -c '^listening on ' restart.log)" = "$1" ]; do
    tries=$((tries + 1))
    [ "$tries" -lt 200 ] || die "no successor listens"
    sleep 0.05
  done
}

# From one process to the next, twice: nobody is refused, what is under way is finished, the address stays.
serve_restart() {
  serve restart --threads 2 --drain 30 "$site"
  curl2 --limit-rate 3M -o slow "http://$at/ten" &
  slow=$!
  (
    i=0
    while [ $i -lt 150 ]; do
      i=$((i + 1))
      curl2 -o /dev/null "http://$at/six" || echo "request $i: $?"
    done
  ) >refused 2>&1 &
  many=$!
  sleep 0.5
  first=$pid
  kill -HUP "$first"
  restarted 2
  second=$(successor)
  [ "$second" != "$first" ] || die "there is no successor"
  sleep 0.3
  kill -0 "$first" 2>/dev/null || die "the first process did not finish what was under way"
  kill -HUP "$second"
  restarted 3
  successor >>"$dir/pids"
  wait "$many"
  expect 'refused requests' "$(cat refused)" ''
  wait "$slow" || die "a transfer under way was cut off"
  cmp slow "$site/ten"
  expect addresses "$(sort -u restart.log | grep -c '')" 1
  stopped "$second" 10
  code=0
  wait "$first" || code=$?
  expect 'exit code' "$code" 0
  expect 'from the third' "$(curl2 "http://$at/six")" six12
  kill -TERM "$(successor)"
  sleep 0.5
  code=0
  curl2 -o /dev/null "http://$at/six" 2>/dev/null || code=$?
  expect 'code of curl when all have gone' "$code" 7
}

# A successor that cannot start changes nothing.
serve_restart_fails() {
  mkdir fleeting
  echo here >fleeting/file
  serve restart fleeting
  curl2 "http://$at/file" >got
  mv fleeting elsewhere
  kill -HUP "$pid"
  tries=0
  until grep -q 'this one goes on$' restart.log.err; do
    tries=$((tries + 1))
    [ "$tries" -lt 100 ] || die "nothing is said of the successor's end"
    sleep 0.05
  done
  expect content "$(curl2 "http://$at/file")" here
  kill -TERM "$pid"
  stopped "$pid" 10
}

# ---- the list ----

serve main "$site"
main=$pid
url=http://$at
serve able --upgrade --connect-protocol --push /sub/index.html=/six,/nothing,/rill.h --early-hints /sub/index.html=/six,/x.css \
  --priority /ten=u=1,i --altsvc 'h3=":443"' --origin https://example.org --origin https://example.org:8443 "$site"
able_pid=$pid
able=http://$at

check hello
check readme-example
check words
check curl-get curl
check curl-head curl
check curl-post curl
check curl-parallel curl
check curl-ranges curl
check curl-conditions curl
check curl-changes curl
check curl-refusals curl
check nghttp-get nghttp
check nghttp-many nghttp
check nghttp-post nghttp
check nghttp-trailers nghttp
check nghttp-padding nghttp
check nghttp-push nghttp
check curl-hints curl
check curl-priority curl
check curl-upgrade curl
check nghttp-upgrade nghttp
check serve-upgrade-refusals curl
check h2load-c1-m1 h2load
check h2load-c10-m100 h2load
check h2load-c100-m100 h2load
check h2load-c500 h2load
check h2load-large h2load
check h2load-threads h2load
check slow-readers curl
check echo-unread curl
check serve-usage
check serve-in-use
check serve-again
check serve-trace curl
check serve-json curl python3
check serve-http1 curl
check serve-drain curl
check serve-drain-bounded curl
check serve-restart curl
check serve-restart-fails curl
