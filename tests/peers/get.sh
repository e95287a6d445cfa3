# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2329
#
# Checks of rill-get against nghttpd, rill-serve and a puppet. Read by run.sh, which explains the helpers, behind serve.sh, whose server
# still runs at $url.

# ---- nghttpd ----

get_nghttpd() {
  foreign -d "$site"
  rget "http://$at/ten" | cmp - "$site/ten"
  rget -n 100 "http://$at/six" >got
  expect lines "$(grep -c '^six12$' got)" 100
  expect 'exit code for 404' "$(code_of -f "http://$at/nothing")" 4
  expect 'exit code without -f' "$(code_of "http://$at/nothing")" 0
  rget -i -X HEAD "http://$at/ten" >got
  matches head got '^HTTP/2 200$'
  matches head got '^content-length: 10485760$'
  rget -m 7 "http://$at/many/1" "http://$at/many/2" "http://$at/many/50" "http://$at/six" >got
  (cd "$site" && cat many/1 many/2 many/50 six) | cmp - got
}

get_nghttpd_echo() {
  foreign --echo-upload -d "$site"
  rget --data-binary @"$site/ten" "http://$at/" | cmp - "$site/ten"
  expect echo "$(rget -d 'a=b&c=d' "http://$at/")" 'a=b&c=d'
}

get_nghttpd_trailers() {
  foreign --trailer 'x-sum: 42' -d "$site"
  rget -v "http://$at/six" >got 2>said
  cmp got "$site/six"
  matches trace said '^<   x-sum: 42$'
  matches trace said '^< HEADERS stream=1 .*END_STREAM'
}

get_nghttpd_padding() {
  foreign -b 255 -d "$site"
  rget -n 3 "http://$at/ten" >got
  cat "$site/ten" "$site/ten" "$site/ten" | cmp - got
}

get_nghttpd_push() {
  foreign --push=/six=/rill.h,/empty --trailer 'x-sum: 42' -d "$site"
  rget --push -v "http://$at/six" >got 2>said
  cmp got "$site/six"
  matches promise said "^<   promised: GET http://$at/rill.h$"
  matches pushed said "^rill-get: pushed http://$at/rill.h: status 200, $(wc -c <"$site/rill.h" | tr -d ' ') octets$"
  matches pushed said "^rill-get: pushed http://$at/empty: status 200, 0 octets$"
  expect trailers "$(grep -c '^<   x-sum: 42$' said)" 3
  rget -v "http://$at/six" >got 2>said
  ! grep -q '^< PUSH_PROMISE' said || die "a push came that nobody allowed"
}

# By nghttpx, which upgrades, to rill-serve behind it.
get_nghttpx_upgrade() {
  behind=${url#http://127.0.0.1:}
  for port in 1 2 3 4 5 6 7 8; do
    port=$((32100 + ($$ * 8 + port) % 500))
    background nghttpx --conf=/dev/null --no-ocsp --workers=1 --accesslog-file=/dev/null --errorlog-file="$dir/nghttpx.log" \
      -f "127.0.0.1,$port;no-tls" -b "127.0.0.1,$behind;;proto=h2" >"$dir/nghttpx.out" 2>&1
    sleep 0.5
    if kill -0 "$pid" 2>/dev/null; then break; fi
  done
  rget --upgrade -v "http://127.0.0.1:$port/ten" "http://127.0.0.1:$port/six" >got 2>said
  (cd "$site" && cat ten six) | cmp - got
  matches answer said '^< HTTP/1.1 101 '
  matches 'stream 3' said '^> HEADERS stream=3 '
  kill -TERM "$pid"
}

# ---- with rill-serve ----

get_upgrade() {
  rget --upgrade -v "$able/ten" "$able/six" "$able/rill.h" >got 2>said
  (cd "$site" && cat ten six rill.h) | cmp - got
  matches request said '^> GET /ten HTTP/1.1$'
  matches answer said '^< HTTP/1.1 101 '
  matches 'stream 1' said '^< HEADERS stream=1 '
  expect 'requests by HTTP/2' "$(grep -c '^> HEADERS stream=' said)" 2
  rget --upgrade -i -X HEAD "$able/ten" | grep -q '^content-length: 10485760$' || die "no head"
  expect "code of a server without" "$(code_of --upgrade "$url/six")" 3
  expect 'with data' "$(code_of --upgrade -d x "$able/.echo")" 1
  expect 'with a field that may not be' "$(code_of --upgrade -H 'connection: close' "$able/six")" 1
}

get_push() {
  rget --push -v "$able/sub/index.html" >got 2>said
  cmp got "$site/sub/index.html"
  matches hint said '^<   :status: 103$'
  matches promise said "^<   promised: GET $able/six$"
  matches pushed said "^rill-get: pushed $able/six: status 200, 6 octets$"
  matches alternative said '^<   alternative for [^ ]*: h3=":443"$'
  expect 'promises for ten requests' "$(limit 30 "$get" --push -v -n 10 "$able/sub/index.html" 2>&1 | grep -c '^< PUSH_PROMISE')" 2
}

get_priority() {
  rget --priority 2,i -v "$able/ten" "$able/six" >got 2>said
  (cd "$site" && cat ten six) | cmp - got
  expect fields "$(grep -c '^>   priority: u=2, i$' said)" 2
  matches 'the server had its own idea' said '^<   priority: u=1,i$'
  ! grep -q PRIORITY_UPDATE said || die "a priority was changed"
  rget --priority 3 --priority 1 -v "$url/ten" 2>said | cmp - "$site/ten"
  matches field said '^>   priority: u=3$'
  matches update said '^> PRIORITY_UPDATE stream=0 .*prioritized_id=1 "u=1"$'
  for bad in 8 -1 1,x '' '1,i,' 12; do expect "--priority '$bad'" "$(code_of --priority "$bad" "$url/six")" 1; done
}

get_ping() {
  rget --ping "$url/six" >got 2>said
  cmp got "$site/six"
  matches 'round trip' said '^rill-get: 127.0.0.1:[0-9]+: round trip [0-9]+\.[0-9]{3} ms$'
}

get_tunnel() {
  expect echo "$(rget --tunnel websocket -d 'to and fro' "$able/chat")" 'to and fro'
  rget --tunnel websocket --data-binary @"$site/ten" "$able/chat" | cmp - "$site/ten"
  expect 'where it is not offered' "$(code_of --tunnel websocket -d x "$url/chat")" 1
  expect '-X with it' "$(code_of --tunnel websocket -X GET "$able/chat")" 1
}

get_json() {
  rget --json "$url/six" >got 2>said
  cmp got "$site/six"
  python3 -c 'import json, sys
lines = [json.loads(line) for line in sys.stdin]
assert any(line.get("type") == "DATA" and line["dir"] == "received" and line["length"] == 6 for line in lines)
assert any(line.get("kind") == "response" and line["fields"][0] == {"name": ":status", "value": "200"} for line in lines)' <said
}

get_order() {
  rget "$url/ten" "$url/six" "$url/many/9" "$url/ten" "$url/empty" "$url/rill.h" >got
  (cd "$site" && cat ten six many/9 ten empty rill.h) | cmp - got
  rget -m 1 "$url/six" "$url/ten" "$url/six" >got
  (cd "$site" && cat six ten six) | cmp - got
}

get_many() {
  rget -n 20000 "$url/six" >got
  expect lines "$(grep -c '^six12$' got)" 20000
  rget -n 500 -m 1000 "$url/six" >got
  expect lines "$(grep -c '^six12$' got)" 500
}

# The connections take turns: neither may stop the other for ever.
get_two_origins() {
  serve second "$site"
  rget -n 20 "$url/ten" "http://$at/rill.h" "$url/six" "http://$at/ten" | sha256sum >got
  i=0
  while [ $i -lt 20 ]; do
    i=$((i + 1))
    (cd "$site" && cat ten rill.h six ten)
  done | sha256sum | cmp - got
  kill -TERM "$pid"
}

get_upload() {
  rget --data-binary @"$site/ten" "$url/.echo" | cmp - "$site/ten"
  rget -n 30 --data-binary @"$site/rill.h" "$url/.echo" >got
  i=0
  while [ $i -lt 30 ]; do
    i=$((i + 1))
    cat "$site/rill.h"
  done | cmp - got
  rget -v -d x "$url/.echo" >got 2>said
  matches fields said '^>   content-type: application/x-www-form-urlencoded$'
  matches fields said '^>   content-length: 1$'
  expect empty "$(rget -d '' -i "$url/.echo" | sed -n 's/^content-length: //p')" 0
}

get_secrets() {
  rget -v -H 'Authorization: Basic aGlkZGVu' -H 'Cookie: sid=hidden' -H 'X-Test: told' "$url/six" >got 2>said
  matches 'a secret by its size' said '^>   authorization: [(]14 octets[)]$'
  matches 'a cookie by its size' said '^>   cookie: [(]10 octets[)]$'
  matches 'what is no secret' said '^>   x-test: told$'
  rget --json -H 'Authorization: Basic aGlkZGVu' -H 'Cookie: sid=hidden' "$url/six" >>got 2>>said
  ! grep -q -i 'hidden\|aGlkZGVu' said || die "a secret was told"
}

get_fields() {
  rget -v -H 'X-Test:  a b ' -H 'Host: example.org:7' -H 'User-Agent: x' "$url/six" >got 2>said
  matches fields said '^>   x-test: a b$'
  matches fields said '^>   :authority: example.org:7$'
  matches fields said '^>   user-agent: x$'
  expect 'user-agent fields' "$(grep -c 'user-agent' said)" 1
  ! grep -q 'host' said || die "host was sent"
  matches frames said '^> SETTINGS '
  matches frames said '^> HEADERS stream=1 .*END_STREAM'
  matches frames said '^< DATA stream=1 length=6 '
  matches frames said '^> GOAWAY '
}

get_include() {
  rget -i "$url/six" "$url/nothing" >got
  matches heads got '^HTTP/2 200$'
  matches heads got '^HTTP/2 404$'
  matches heads got '^six12$'
  matches heads got '^content-length: 6$'
}

get_save() {
  mkdir saved
  cd saved
  rget -O "$url/six" "$url/rill.h?x" "$url/ten"
  cmp six "$site/six"
  cmp rill.h "$site/rill.h"
  cmp ten "$site/ten"
  rget -o joined "$url/six" "$url/rill.h"
  cat six rill.h | cmp - joined
  for bad in "$url/" "$url/sub/" "$url/.echo" "$url/.."; do
    expect "exit code of -O $bad" "$(code_of -O "$bad")" 1
  done
  expect 'exit code for one name twice' "$(code_of -O "$url/six" "$url/sub/six")" 1
}

# On a terminal, what takes longer than a second has a bar; what is quick has none.
get_progress() {
  limit 20 script -qec "'$get' '$url/ten' | (sleep 1.5; cat >got)" /dev/null >said
  matches terminal said '\[=* *\] +[0-9]+%.* MiB/s'
  cmp got "$site/ten"
  limit 20 script -qec "'$get' -o got '$url/ten'" /dev/null >said
  expect 'octets for what is quick' "$(wc -c <said)" 0
}

# ---- exit codes ----

get_usage() {
  expect none "$(code_of)" 1
  for bad in "https://127.0.0.1/" "127.0.0.1" "http://" "http://u@127.0.0.1/" "http://127.0.0.1:99999/"; do
    expect "$bad" "$(code_of "$bad")" 1
    expect "lines for $bad" "$(grep -c '' said)" 1
  done
  expect -m "$(code_of -m 0 "$url/six")" 1
  expect -m "$(code_of -m 1001 "$url/six")" 1
  expect -n "$(code_of -n x "$url/six")" 1
  expect 'a field without colon' "$(code_of -H nonsense "$url/six")" 1
  expect 'a field that may not be' "$(code_of -H 'connection: close' "$url/six")" 1
  matches message said '^rill-get: connection: '
  expect 'a file that is not there' "$(code_of --data-binary @nothing "$url/.echo")" 1
  expect '-d with a file' "$(code_of -d @six "$url/.echo")" 1
  expect '-O with -o' "$(code_of -O -o x "$url/six")" 1
}

get_refused() {
  expect code "$(code_of http://127.0.0.1:1/ "$url/six")" 2
  cmp got "$site/six"
}

get_output_full() { expect code "$(code_of -o /dev/full "$url/ten")" 6; }

settings=000000040000000000
get_puppet_http1() {
  puppet 485454502f312e31203430302042616420526571756573740d0a0d0a
  expect code "$(code_of "http://$at/")" 3
}

# "HTTP/1.1 200 " and an escape sequence: no upgrade, and nothing that a terminal would obey.
get_puppet_upgrade() {
  puppet 485454502f312e3120323030201b5b33316d0d0a0d0a
  expect code "$(code_of --upgrade -v "http://$at/")" 3
  matches message said 'does not upgrade to h2c: HTTP/1.1 200 \?\[31m$'
  ! grep -q "$(printf '\033')" said || die "the escape sequence went through"
  puppet 485454502f312e3120313031200d0a
  expect 'code without end' "$(code_of --upgrade "http://$at/")" 3
}

get_puppet_reset() {
  puppet "${settings}00000403000000000100000008"
  expect code "$(code_of "http://$at/")" 5
  matches message said 'CANCEL'
}

get_puppet_closes() {
  puppet "$settings"
  expect code "$(code_of "http://$at/")" 5
}

# A WINDOW_UPDATE of nothing ends the connection.
get_puppet_breaks() {
  puppet "${settings}00000408000000000000000000"
  expect code "$(code_of "http://$at/")" 3
  matches message said 'WINDOW_UPDATE'
}

# GOAWAY with last stream 0: asked again on another connection, three times in all.
get_puppet_goaway() {
  puppet "${settings}0000080700000000000000000000000000"
  expect code "$(code_of -v "http://$at/")" 5
  expect requests "$(grep -c '^> HEADERS' said)" 3
}

# ---- 1 GiB ----

# highest PID: watches until the process ends, prints the most memory that it had resident, in KiB.
highest() {
  top_memory=0
  while most=$(most_memory "$1" 2>/dev/null) && [ -n "$most" ]; do
    top_memory=$most
    sleep 0.05
  done
  echo "$top_memory"
}

large_file() {
  i=0
  : >"$site/large"
  while [ $i -lt 102 ]; do
    i=$((i + 1))
    echo $i | cat - "$site/ten" >>"$site/large"
  done
  truncate -s 1073741824 "$site/large"
  serve large "$site"
  mkfifo pipe
  "$get" "http://$at/large" >pipe &
  client=$!
  highest "$client" >memory &
  watcher=$!
  limit 120 cmp pipe "$site/large"
  wait "$client" || die "rill-get failed"
  wait "$watcher"
  flat "$pid" 16384
  [ -n "$sanitizers" ] || [ "$(cat memory)" -le 24576 ] || die "rill-get had $(cat memory) KiB resident"
  if has curl; then
    limit 120 curl -sS --http2-prior-knowledge "http://$at/large" | cmp - "$site/large"
    flat "$pid" 16384
  fi
  limit 120 "$get" --data-binary @"$site/large" "http://$at/.echo" | cmp - "$site/large"
  flat "$pid" 16384
  rm "$site/large"
  kill -TERM "$pid"
  stopped "$pid" 10
}

# The server that all used ends well, too, and no server had anything to complain about.
main_server_ends() {
  kill -TERM "$main" "$able_pid"
  stopped "$main" 10
  stopped "$able_pid" 10
  for log in *.log.err; do
    case $log in trace.* | json.* | restart.*) continue ;; esac
    expect "lines in $log" "$(grep -c '' "$log")" 0
  done
}

# ---- the list ----

check get-nghttpd nghttpd
check get-nghttpd-echo nghttpd
check get-nghttpd-trailers nghttpd
check get-nghttpd-padding nghttpd
check get-nghttpd-push nghttpd
check get-nghttpx-upgrade nghttpx
check get-upgrade
check get-push
check get-priority
check get-ping
check get-tunnel
check get-json python3
check get-order
check get-many
check get-two-origins sha256sum
check get-upload
check get-secrets
check get-fields
check get-include
check get-save
check get-progress script
check get-usage
check get-refused
check get-output-full
check get-puppet-http1
check get-puppet-upgrade
check get-puppet-reset
check get-puppet-closes
check get-puppet-breaks
check get-puppet-goaway
check large-file
check main-server-ends
if [ "$pattern" = '*' ]; then
  code=0
  wait "$main" || code=$?
  [ $code = 0 ] || { echo "FAILED main-server-ends: its exit code is $code"; failed=$((failed + 1)); }
fi
