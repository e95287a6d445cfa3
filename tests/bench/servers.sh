#!/bin/sh
# SPDX-License-Identifier: MIT
#
# sh servers.sh FOLDER RILL-SERVE
#
# rill-serve against h2o and nghttpd, each with one thread, by h2load with one thread: a file of 6 octets over loopback, cleartext.
# Rounds are interleaved, so that what else the machine does falls on all alike, and the median of each server counts. Where there are
# two cores, h2load has one and the server the other. Prints, tab separated, serve_rps_PEER_C_M and the ratio of requests a second,
# "no PEER" where it is not installed, nothing where a measurement failed. Works in FOLDER, and leaves there rates.C: server, requests
# a second, and the server's CPU time in clock ticks, for each round; and cpu.tsv: serve_cpu_PEER_C_M and the ratio of CPU time a
# request, which a busy machine spoils less.
set -eu
folder=$1
rill_serve=$2
rounds=11
port=$((20000 + $$ % 12000)) # below those that clients are given
pids=
trap 'for pid in $pids; do kill "$pid" 2>/dev/null || :; done; wait' EXIT
trap 'exit 1' INT TERM

# on CORE COMMAND...
if command -v taskset >/dev/null 2>&1 && taskset -c 1 true 2>/dev/null; then
  on() { core=$1; shift; exec taskset -c "$core" "$@"; }
else
  on() { shift; exec "$@"; }
fi

# start NAME PORT: the server of that name, in the background
start() {
  (
    case $1 in
      rill) on 1 "$rill_serve" --port "$2" "$folder/files" ;;
      nghttpd) on 1 nghttpd --no-tls -n 1 -a 127.0.0.1 -d "$folder/files" "$2" ;;
      h2o) on 1 h2o -c "$folder/h2o.conf" ;;
    esac
  ) >"$folder/$1.log" 2>&1 &
  eval "pid_$1=$!"
  pids="$pids $!"
}

# cpu NAME: ticks that it has used
cpu() { eval "awk '{ print \$14 + \$15 }' /proc/\$pid_$1/stat"; }

# load NAME C N: requests a second, nothing if not all were answered
load() {
  eval "port_of=\$port_$1"
  (on 0 h2load -t1 -c"$2" -m"$2" -n"$3" "http://127.0.0.1:$port_of/file.txt") >"$folder/h2load.log" 2>&1 || return 0
  awk -v n="$3" '/^finished in/ { split($0, part, ", "); rate = part[2] + 0 }
    /^requests:/ && $8 == n { good = 1 } /^status codes:/ && $3 == n { right = 1 }
    END { if (good && right) print rate }' "$folder/h2load.log"
}

peers=
for peer in h2o nghttpd; do
  why=
  command -v h2load >/dev/null 2>&1 || why="no h2load"
  command -v $peer >/dev/null 2>&1 || why="no $peer"
  [ -z "$why" ] && peers="$peers $peer" && continue
  for c in 1 10 100; do printf 'serve_rps_%s_%s_%s\t%s\n' $peer $c $c "$why"; done
done
[ -n "$peers" ] || exit 0

mkdir -p "$folder/files"
rm -f "$folder/cpu.tsv"
echo hello >"$folder/files/file.txt"
port_rill=$port port_nghttpd=$((port + 1)) port_h2o=$((port + 2))
cat >"$folder/h2o.conf" <<END
user: $(id -un)
num-threads: 1
listen: {host: 127.0.0.1, port: $port_h2o}
hosts: {default: {paths: {/: {file.dir: $folder/files}}}}
END
for server in rill $peers; do start $server "$((port_$server))"; done

# Until all answer.
for server in rill $peers; do
  for try in 1 2 3 4 5 6 7 8 9 10; do
    [ -n "$(load $server 1 1)" ] && break
    sleep 0.5
  done
done

for setting in 1:6000 10:60000 100:200000; do
  c=${setting%:*}
  : >"$folder/rates"
  round=0
  while [ $round -lt $rounds ]; do
    for server in rill $peers; do
      before=$(cpu $server)
      rate=$(load $server "$c" "${setting#*:}")
      echo "$server ${rate:-0} $(($(cpu $server) - before))" >>"$folder/rates"
    done
    round=$((round + 1))
  done
  sort -k 1,1 -k 2,2n "$folder/rates" | awk -v c="$c" -v cpu="$folder/cpu.tsv" -v middle=$(((rounds + 1) / 2)) '
    { if (++seen[$1] == middle) rate[$1] = $2 + 0; ticks[$1] += $3 }
    END {
      for (s in rate) {
        if (s == "rill") continue
        if (rate[s] > 0 && rate["rill"] > 0) printf "serve_rps_%s_%s_%s\t%.3f\n", s, c, c, rate["rill"] / rate[s]
        if (ticks[s] > 0) printf "serve_cpu_%s_%s_%s\t%.3f\n", s, c, c, ticks["rill"] / ticks[s] >>cpu
      }
    }'
  mv "$folder/rates" "$folder/rates.$c"
done
