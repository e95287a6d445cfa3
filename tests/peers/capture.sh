# SPDX-License-Identifier: MIT
# shellcheck shell=sh disable=SC2154,SC2329
#
# Checks of what tshark makes of rill: of a talk of two ends in memory that exchange.c writes down as a capture. Read by run.sh.

# Each frame that rill sent is one that tshark saw, in the same order, with the same numbers.
tshark_frames() {
  limit 20 ./exchange talk.pcap >sent
  limit 60 tshark -n -r talk.pcap -d tcp.port==8080,http2 -T fields -E separator=' ' -e tcp.srcport -e http2.type -e http2.flags \
    -e http2.streamid -e http2.length 2>said | awk '
      NF > 1 {
        n = split($2, type, ","); split($3, flags, ","); split($4, stream, ","); split($5, size, ",")
        for (i = 1; i <= n; i++) print $1 == 8080 ? "server" : "client", type[i], flags[i], stream[i], size[i]
      }' >seen
  for end in client server; do
    grep "^$end " sent >"sent.$end"
    grep "^$end " seen >"seen.$end"
    diff "sent.$end" "seen.$end" >&2 || die "tshark sees other frames of the $end"
  done
  # All types were among them, padded ones, and HEADERS with priority blocks.
  for frame in 'client 0 0x0[89]' 'client 1 0x2[0145]' 'client 1 0x2[89cd]' 'client 2' 'client 3' 'client 4 0x01' 'client 6 0x01' \
    'client 7' 'client 8' 'client 9 0x04' 'client 16' 'client 231 0x55' 'server 0 0x0[01]' 'server 0 0x0[89]' 'server 1 0x0[45]' \
    'server 1 0x0[cd]' 'server 4 0x00' 'server 5 0x0[4c]' 'server 6 0x00' 'server 7' 'server 10' 'server 12' 'server 231 0x55'; do
    grep -q -E "^$frame " sent || die "no frame like '$frame' was sent"
  done
}

tshark_decodes() {
  limit 20 ./exchange talk.pcap >sent
  limit 60 tshark -n -r talk.pcap -d tcp.port==8080,http2 -V >all 2>said
  ! grep -i -E 'malformed|expert info \((error|warning)|unable to decode|decompression failed' all || die "tshark finds something wrong"
  for line in 'Header: :path: /page' 'Header: :status: 103' 'Header: x-promised: by the server' 'Header: x-checksum: cafe' \
    'Header: :protocol: websocket' 'Header: authorization: Basic x' 'Representation: Literal Header Field never Indexed' \
    'Header table size update' 'Type: ALTSVC' 'Type: ORIGIN' 'Type: PRIORITY_UPDATE'; do
    grep -q -F "$line" all || die "tshark does not show '$line'"
  done
}

# ---- the list ----

has tshark && compile exchange tests/peers/exchange.c
check tshark-frames tshark
check tshark-decodes tshark
