# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2329
#
# Checks with Node's http2 module, as a client of rill-serve (at $able, which can do all that it can) and as a server for rill-get.
# Read by run.sh, which explains the helpers.

# asks WHAT PATH LINES [ARGUMENTS...]: what node_client.js says must be these lines.
asks() {
  what=$1
  path=$2
  printf '%s\n' "$3" >want
  shift 3
  limit 30 node "$top/tests/peers/node_client.js" "$able$path" "$what" "$@" >said 2>&1 || true
  diff want said || die "node says '$(head -c 150 said | tr '\n' '|')'"
}

node_client_push() { asks push /sub/index.html 'pushed /six 200 6
pushed /rill.h 200 '"$(wc -c <"$site/rill.h" | tr -d ' ')"'
page 9'; }

node_client_hints() { asks hints /sub/index.html 'interim 103 </six>; rel=preload; as=fetch; crossorigin, </x.css>; rel=preload; as=style
final 200'; }

node_client_trailers() { asks trailers /.echo 'trailers 42
content some content'; }

node_client_tunnel() { asks tunnel /chat 'offered true
status 200
echo ping
rest  pong'; }

node_client_altsvc() { asks altsvc /six 'altsvc h3=":443" "" 1'; }

node_client_origin() {
  openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=localhost -addext subjectAltName=DNS:localhost \
    -keyout key.pem -out certificate.pem 2>/dev/null
  asks origin /six 'origins https://example.org https://example.org:8443
page 6' key.pem certificate.pem
}

# ---- servers ----

# node_server: starts node_server.js; sets at.
node_server() {
  background node "$top/tests/peers/node_server.js" >"$dir/node.log" 2>&1
  at=$(announced "$dir/node.log" "$pid") || die "node did not start: $(cat "$dir/node.log")"
}

node_server_push() {
  node_server
  expect page "$(rget --push -v "http://$at/push" 2>said)" page
  matches promise said '^< PUSH_PROMISE stream=1 .*promised_id=2 '
  matches promise said "^<   promised: GET http://$at/pushed.css$"
  matches pushed said "^rill-get: pushed http://$at/pushed.css: status 200, 7 octets$"
  expect 'page alone' "$(rget -v "http://$at/push" 2>said)" page
  ! grep -q PUSH_PROMISE said || die "a push came that nobody allowed"
  kill -TERM "$pid"
}

node_server_hints() {
  node_server
  expect page "$(rget -i "http://$at/hints" | grep -v '^date: ' | tr '\n' '|')" \
    'HTTP/2 103|link: </style.css>; rel=preload; as=style||HTTP/2 103|link: </app.js>; rel=preload; as=script||HTTP/2 200||hinted|'
  kill -TERM "$pid"
}

node_server_trailers() {
  node_server
  expect page "$(rget -v "http://$at/trailers" 2>said)" content
  matches trailers said '^<   x-sum: 42$'
  kill -TERM "$pid"
}

node_server_tunnel() {
  node_server
  expect echo "$(rget --tunnel echo -d 'to and fro' "http://$at/echo")" 'to and fro'
  expect 'code for another protocol' "$(code_of -f --tunnel other -d x "http://$at/echo")" 4
  rget --tunnel echo --data-binary @"$site/ten" "http://$at/echo" | cmp - "$site/ten"
  kill -TERM "$pid"
}

node_server_altsvc() {
  node_server
  rget -v "http://$at/altsvc" 2>said
  matches 'alternative for what was asked' said "^<   alternative for http://$at: h3=\":8000\"$"
  matches 'another alternative' said '^<   alternative for https://example.org: clear$'
  kill -TERM "$pid"
}

# Shown and, in cleartext, not acted upon (RFC 8336 2.1).
node_server_origin() {
  node_server
  expect page "$(rget -v "http://$at/origin" 2>said)" 'after origin'
  matches frame said '^< ORIGIN stream=0 length=47'
  kill -TERM "$pid"
}

node_server_priority() {
  node_server
  rget -i --priority 1,i "http://$at/priority" >got
  matches 'what came' got '^x-priority: u=1, i$'
  kill -TERM "$pid"
}

node_server_echo() {
  node_server
  rget --data-binary @"$site/ten" "http://$at/echo" | cmp - "$site/ten"
  rget -n 200 --data-binary @"$site/six" "http://$at/echo" >got
  expect lines "$(grep -c '^six12$' got)" 200
  kill -TERM "$pid"
}

# ---- the list ----

check node-client-push node
check node-client-hints node
check node-client-trailers node
check node-client-tunnel node
check node-client-altsvc node
check node-client-origin node openssl
check node-server-push node
check node-server-hints node
check node-server-trailers node
check node-server-tunnel node
check node-server-altsvc node
check node-server-origin node
check node-server-priority node
check node-server-echo node
