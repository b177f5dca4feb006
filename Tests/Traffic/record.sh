#!/usr/bin/env bash
# Records the captures of this folder: real Linux hosts that talk through a real Linux NAT, firewall, proxy's redirect, load balancer, bridge
# and router, in network namespaces that this script makes and removes. README.md tells what is in them and how they are used.
#
#     host a 192.168.1.10 ──┐                    ┌─ router ┐
#                           ├── lan (a bridge) ──┤ inside  │
#     host b 192.168.1.20 ──┘                    │ outside ├── server 198.51.100.10
#                                                └─────────┘
#                                    external address 203.0.113.1
#
# The router is a NAT, or another of these. The NAT is told by one nft rule per flow to take the external port that the NAT in
# Middleboxes/nat would take: per protocol, the n-th new flow gets `first_port` + n. What enters the router becomes NAME-in.pcap, what leaves
# it NAME-out.pcap: what ours must make of it.
#
# usage: Tests/Traffic/record.sh [FOLDER [NAME…]]      as root; writes into FOLDER, by default this folder: all, or those of these names
set -euo pipefail

readonly here="$(cd "$(dirname "$0")" && pwd)"
readonly target="${1:-$here}"
readonly external=203.0.113.1 first_port=1024 # as in Middleboxes/nat/nat.yml
readonly a=192.168.1.10 b=192.168.1.20 server=198.51.100.10 proxy=198.51.100.80
readonly prefix="gravel-$$"
readonly work="$(mktemp -d)"
. "$here/network.sh"

captures=()
captured= # of all packets, in the language of tcpdump

fail() {
    printf 'record.sh: %s\n' "$*" >&2
    exit 1
}

clean_up() {
    for process in "${captures[@]}"; do kill "$process" 2>/dev/null || true; done
    remove_network
    rm -rf "$work"
}

make_network() {
    local host
    for host in a b lan router server; do add_namespace "$host"; done
    on lan ip link add bridge type bridge stp_state 0 mcast_snooping 0
    on lan ip link set dev bridge up
    connect a eth lan to-a
    connect b eth lan to-b
    connect router inside lan to-router
    connect server eth router outside
    for host in a b router; do on lan ip link set dev "to-$host" master bridge; done

    on a ip address add "$a/24" dev eth
    on b ip address add "$b/24" dev eth
    on router ip address add 192.168.1.1/24 dev inside
    on router ip address add 198.51.100.1/24 dev outside
    on router ip address add "$external/32" dev outside
    on server ip address add "$server/24" dev eth
    on a ip route add default via 192.168.1.1
    on b ip route add default via 192.168.1.1
    on server ip route add "$external/32" via 198.51.100.1
    on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.inside.send_redirects=0 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.inside.rp_filter=0
}

# The router translates. What is for itself is dropped: like our NAT, it does not answer.
translate() {
    on router nft -f - <<'RULES'
table ip nat {
    chain sources { type nat hook postrouting priority srcnat; policy accept; }
    chain destinations { type nat hook prerouting priority dstnat; policy accept; }
    chain input { type filter hook input priority filter; policy drop; }
}
RULES
    declare -gA next_port=([tcp]=$first_port [udp]=$first_port [icmp]=$first_port)
}

# The router filters, as `filter_configuration` tells our firewall to. Both ends know their ways: nothing is translated.
filter() {
    on server ip route add 192.168.1.0/24 via 198.51.100.1
    # A connection begins with a SYN, also where it looks like one that was there before.
    on router sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 net.ipv4.conf.outside.rp_filter=0
    on router nft -f - <<'RULES'
table ip filter {
    chain rules {
        ip saddr 192.168.1.10 tcp dport 25 accept
        tcp dport 25 drop
        ip daddr 198.51.100.32/27 drop
        accept
    }
    chain forward {
        type filter hook forward priority filter; policy drop;
        iifname inside ip saddr != 192.168.1.0/24 drop
        iifname outside ip saddr 192.168.1.0/24 drop
        ct state established accept
        iifname inside tcp flags & (fin | syn | rst | ack) == syn ct state new jump rules
        iifname inside ip protocol udp ct state new jump rules
        iifname inside icmp type echo-request ct state new jump rules
    }
    chain input { type filter hook input priority filter; policy drop; }
    chain output { type filter hook output priority filter; policy drop; }
}
RULES
}

filter_configuration() {
    cat <<'CONFIGURATION'
# The rules of record.sh, and how the packets came in.
configuration:
  inside_network: 192.168.1.0
  inside_mask: 255.255.255.0
  opening_lifetime: 240
  tcp_lifetime: 7440
  closing_lifetime: 240
  udp_lifetime: 300
  icmp_lifetime: 60
  rule_count: 4
  rules:
CONFIGURATION
    local allow protocol source source_mask destination destination_mask first last
    while read -r allow protocol source source_mask destination destination_mask first last; do
        echo "    - { allow: $allow, protocol: $protocol, source: $source, source_mask: $source_mask, destination: $destination," \
            "destination_mask: $destination_mask, first_source_port: 0, last_source_port: 65535," \
            "first_destination_port: $first, last_destination_port: $last }"
    done <<'RULES'
true 6 192.168.1.10 255.255.255.255 0.0.0.0 0.0.0.0 25 25
false 6 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0 25 25
false 0 0.0.0.0 0.0.0.0 198.51.100.32 255.255.255.224 0 65535
true 0 0.0.0.0 0.0.0.0 0.0.0.0 0.0.0.0 0 65535
RULES
}

# The router sends what clients ask of any web server to a proxy.
redirect() {
    on server ip address add "$proxy/24" dev eth
    on server ip route add 192.168.1.0/24 via 198.51.100.1
    on router nft -f - <<RULES
table ip nat {
    chain destinations {
        type nat hook prerouting priority dstnat; policy accept;
        iifname inside tcp dport 80 dnat to $proxy:3128
    }
    chain direct {
        type filter hook prerouting priority raw; policy accept;
        iifname inside ip daddr $proxy tcp dport 3128 drop
    }
}
RULES
}

# The router spreads connections to the service over backends, all of which are the server. Which one is what our load balancer's hash says:
# slots.py computes it, and each connection is an element of a map.
balance() {
    local number
    on router ip address delete "$external/32" dev outside
    on router ip address add 10.0.0.1/24 dev outside
    on router ip route add "$external/32" via 10.0.0.11
    for number in 1 2 3; do on server ip address add "10.0.0.1$number/24" dev eth; done
    on server ip route add 192.168.1.0/24 via 10.0.0.1
    # A client's port is used again soon.
    on a sysctl -qw net.ipv4.tcp_tw_reuse=1
    on router nft -f - <<RULES
table ip nat {
    map chosen { type ipv4_addr . inet_service : ipv4_addr; }
    chain destinations {
        type nat hook prerouting priority dstnat; policy accept;
        iifname inside ip daddr $external tcp dport 80 dnat to ip saddr . tcp sport map @chosen
    }
    chain forward {
        type filter hook forward priority filter; policy accept;
        ip daddr $external tcp dport 80 drop
    }
    chain input { type filter hook input priority filter; policy drop; }
}
RULES
    declare -gA backends=() connections=()
}

# add_backend INDEX ADDRESS
add_backend() {
    operation add_backend "index: $1, address: $2"
    backends[$1]="$1=$2"
}

# remove_backend INDEX ADDRESS
remove_backend() {
    operation remove_backend "index: $1, address: $2"
    unset "backends[$1]"
}

# new_connection ADDRESS PORT: the next one from this end of a client goes where the hash says.
new_connection() {
    local key="$1 . $2" backend
    backend="$("$here/slots.py" "$1" "$2" "${backends[@]}")"
    if [ -n "${connections[$key]:-}" ]; then on router nft delete element ip nat chosen "{ $key }"; fi
    on router nft add element ip nat chosen "{ $key : $backend }"
    connections[$key]="$backend"
}

# new_flow PROTOCOL ADDRESS PORT: the next external port of the protocol is that of this inside endpoint.
new_flow() {
    local port_field="$1 sport"
    [ "$1" = icmp ] && port_field="icmp id"
    # shellcheck disable=SC2086 — the field is two words.
    on router nft add rule ip nat sources ip saddr "$2" $port_field "$3" snat to "$external:${next_port[$1]}"
    next_port[$1]=$((next_port[$1] + 1))
}

# external_reaches PROTOCOL PORT ADDRESS PORT: a mapping is open to other inside hosts (hairpinning).
external_reaches() {
    on router nft add rule ip nat destinations iifname inside ip daddr "$external" "$1" dport "$2" dnat to "$3:$4"
}

# start_capture NAME HOST INTERFACE in|out
start_capture() {
    local host="$2"
    set -- "$1" "$3" "$4"
    local log="$work/$1-$2-$3.log"
    ip netns exec "$prefix-$host" tcpdump -Z root --immediate-mode -U -n -s 0 --time-stamp-precision=nano -i "$2" -Q "$3" -w "$work/$1-$2-$3.pcap" \
        $captured 2>"$log" &
    captures+=($!)
    for _ in $(seq 100); do
        grep -q 'listening on' "$log" && return
        sleep 0.05
    done
    fail "tcpdump does not start: $(cat "$log")"
}

# record NAME HOST INTERFACE…: runs the function `traffic_NAME` in the network that was made, writes what enters the host by the interfaces to
# NAME-in.pcap, and what leaves it to NAME-out.pcap.
record() {
    local interface direction process host="$2" interfaces=("${@:3}")
    for interface in "${interfaces[@]}"; do
        for direction in in out; do start_capture "$1" "$host" "$interface" "$direction"; done
    done
    "traffic_$1"
    sleep 0.5
    for process in "${captures[@]}"; do kill -INT "$process"; done
    for process in "${captures[@]}"; do wait "$process" || true; done
    captures=()
    for direction in in out; do
        local parts=("${interfaces[@]/#/$work/$1-}")
        # In the order of the interfaces, whose numbers it keeps.
        mergecap -I none -F pcapng -w "$work/$1-$direction.pcapng" "${parts[@]/%/-$direction.pcap}"
        editcap -F pcap "$work/$1-$direction.pcapng" "$target/$1-$direction.pcap"
    done
    remove_network
}

# by_interface NAME in|out INTERFACE…: the interface of each packet that was recorded, one to a line.
by_interface() {
    local interfaces=("${@:3}") number
    tshark -r "$work/$1-$2.pcapng" -T fields -e frame.interface_id | while read -r number; do echo "${interfaces[number]}"; done
}

# wait_for HOST PROTOCOL PORT: until somebody listens there.
wait_for() {
    for _ in $(seq 100); do
        [ -n "$(on "$1" ss -H -n -l "--$2" "sport = :$3")" ] && return
        sleep 0.05
    done
    fail "nobody listens on $1, $2 port $3: $(cat "$work/$1-server.log")"
}

talk() { on "$1" python3 "$here/talk.py" "${@:2}"; }

serve_pages() {
    mkdir -p "$work/www"
    for line in $(seq 120); do printf 'Line %3d of a page that takes several segments.\n' "$line"; done >"$work/www/page.txt"
    serve server python3 -m http.server --directory "$work/www" --bind "$server" 80
    serve server dnsmasq --keep-in-foreground --conf-file=/dev/null --pid-file= --user=root --no-resolv --no-hosts \
        --bind-interfaces --listen-address="$server" --address=/www.example.com/"$server"
    serve server python3 "$here/talk.py" udp-echo "$server" 7
    wait_for server tcp 80
    wait_for server udp 53
    wait_for server udp 7
}

traffic_nat() {
    serve_pages
    # DNS and ping and HTTP, from two hosts that use the same ports.
    new_flow udp $a 41000
    on a dig -b "$a#41000" @$server www.example.com +tries=1 +short >/dev/null
    new_flow icmp $a 4001
    on a ping -q -n -c 2 -i 0.2 -e 4001 $server >/dev/null
    new_flow tcp $a 42000
    on a curl -sS -o "$work/page" --local-port 42000 http://$server/page.txt
    cmp "$work/page" "$work/www/page.txt"
    new_flow udp $b 41000
    on b dig -b "$b#41000" @$server nosuchname.example.com +tries=1 +short >/dev/null
    new_flow icmp $b 4001
    on b ping -q -n -c 1 -e 4001 $server >/dev/null
    new_flow tcp $b 42000
    on b curl -sS -o /dev/null -I --local-port 42000 http://$server/page.txt

    # Fragments: a ping and a datagram that do not fit into one packet, and their answers.
    new_flow icmp $a 4002
    on a ping -q -n -c 1 -s 3000 -e 4002 $server >/dev/null
    new_flow udp $a 41001
    talk a udp $a 41001 $server 7 --size 3000

    # A datagram without checksum, one whose header has options, a segment whose header has options.
    new_flow udp $a 41002
    talk a udp $a 41002 $server 7 --size 33 --no-checksum
    new_flow udp $b 41003
    talk b udp $b 41003 $server 7 --size 34 --options
    new_flow tcp $b 42003
    talk b tcp $b 42003 $server 80 --options

    # Connections that end by a reset: one that nobody accepts, one that the client aborts.
    new_flow tcp $a 42001
    talk a tcp $a 42001 $server 9 --refused
    new_flow tcp $a 42002
    talk a tcp $a 42002 $server 80 --abort

    # A mapping is used again, after all that came in between.
    talk a udp $a 41002 $server 7 --size 1

    # Nobody there: the answer is an ICMP error. Nobody asked: a datagram and a SYN from outside to ports that no mapping has.
    new_flow udp $a 41004
    talk a udp $a 41004 $server 9 --size 5 --refused
    talk server udp $server 5000 $external 60000 --size 12 --unanswered
    talk server tcp $server 5000 $external 60000 --unanswered
}

traffic_hairpin() {
    serve server python3 "$here/talk.py" udp-echo "$server" 7
    serve server python3 "$here/talk.py" tcp-echo "$server" 7
    serve a python3 "$here/talk.py" udp-echo $a 45000 --first-to $server 7
    serve a python3 "$here/talk.py" tcp-echo $a 46000
    wait_for server udp 7
    wait_for server tcp 7
    wait_for a udp 45000
    wait_for a tcp 46000

    # Host a opens a mapping by talking to the server; host b then reaches a through it.
    new_flow udp $a 45000
    external_reaches udp $first_port $a 45000
    kill -USR1 "${processes[2]}"
    sleep 0.5
    new_flow udp $b 45000
    talk b udp $b 45000 $external $first_port --size 40
    new_flow tcp $a 46000
    external_reaches tcp $first_port $a 46000
    talk a tcp $a 46000 $server 7
    new_flow tcp $b 46000
    talk b tcp $b 46000 $external $first_port
}

traffic_firewall() {
    serve_pages
    serve server python3 "$here/talk.py" tcp-echo "$server" 25
    serve a python3 "$here/talk.py" tcp-echo "$a" 22
    wait_for server tcp 25
    wait_for a tcp 22

    # DNS, ping and HTTP, which the last rule allows.
    on a dig -b "$a#41000" @$server www.example.com +tries=1 +short >/dev/null
    on b dig -b "$b#41000" @$server nosuchname.example.com +tries=1 +short >/dev/null
    on a ping -q -n -c 2 -i 0.2 -e 4001 $server >/dev/null
    on b ping -q -n -c 1 -e 4001 $server >/dev/null
    on a curl -sS -o "$work/page" --local-port 42000 http://$server/page.txt
    cmp "$work/page" "$work/www/page.txt"
    on b curl -sS -o /dev/null -I --local-port 42000 http://$server/page.txt

    # Mail, which only host a may send; a network that nobody may talk to.
    talk a tcp $a 42010 $server 25
    talk b tcp $b 42010 $server 25 --unanswered
    talk a udp $a 41010 198.51.100.40 7 --size 10 --unanswered
    on b ping -q -n -c 1 -W 0.3 -e 4010 198.51.100.33 >/dev/null || true
    talk b tcp $b 42011 198.51.100.63 80 --unanswered

    # Fragments, headers with options, a datagram without checksum, resets from either side.
    on a ping -q -n -c 1 -s 3000 -e 4002 $server >/dev/null
    talk a udp $a 41001 $server 7 --size 3000
    talk a udp $a 41002 $server 7 --size 33 --no-checksum
    talk b udp $b 41003 $server 7 --size 34 --options
    talk b tcp $b 42003 $server 80 --options
    talk a tcp $a 42001 $server 9 --refused
    talk a tcp $a 42002 $server 80 --abort

    # Nobody there: the ICMP error about it does not come in.
    talk a udp $a 41004 $server 9 --size 5 --unanswered

    # From outside: to a port that is open; to a port that talks to another one; with an address from inside.
    talk server tcp $server 5000 $a 22 --unanswered
    talk server udp $server 5000 $a 41000 --size 12 --unanswered
    on server ping -q -n -c 1 -W 0.3 $a >/dev/null || true
    talk server raw udp $b 53 $a 41000
    # From inside: with an address from elsewhere; in the middle of a connection that has not begun.
    talk b raw udp 203.0.113.77 41005 $server 7
    talk b raw ack $b 42020 $server 80
    # A connection is used again after all that.
    talk a udp $a 41002 $server 7 --size 1
}

traffic_proxy() {
    mkdir -p "$work/proxy"
    for line in $(seq 100); do printf 'Line %3d of what the proxy says.\n' "$line"; done >"$work/proxy/page.txt"
    serve server python3 -m http.server --directory "$work/proxy" --bind "$proxy" 3128
    serve server python3 "$here/talk.py" tcp-echo "$server" 7
    serve server python3 "$here/talk.py" udp-echo "$server" 7
    wait_for server tcp 3128
    wait_for server tcp 7
    wait_for server udp 7

    # To servers that there are and that there are not, from two hosts that use the same port; to two servers, one after the other.
    on a curl -sS -o "$work/page" --local-port 42000 http://$server/page.txt
    cmp "$work/page" "$work/proxy/page.txt"
    on b curl -sS -o /dev/null --local-port 42000 http://192.0.2.99/page.txt
    on a curl -sS -o /dev/null -I --local-port 42001 http://192.0.2.98/page.txt
    on b curl -sS -o /dev/null -I --local-port 42001 http://$server/nothing.txt || true
    talk b tcp $b 42003 $server 80 --options
    talk a tcp $a 42002 $server 80 --abort

    # Nobody asks the proxy itself; all else goes to whom it is for.
    talk b tcp $b 42012 $proxy 3128 --unanswered
    talk a tcp $a 42010 $server 7
    talk b tcp $b 42011 $server 9 --refused
    talk a udp $a 41000 $server 7 --size 40
    talk a udp $a 80 $server 7 --size 41 --no-checksum
    on a ping -q -n -c 1 -e 4001 $server >/dev/null
    talk server tcp $server 5000 $a 22 --refused
}

traffic_loadbalancer() {
    local number port moved returning lasting=()
    mkdir -p "$work/backend"
    for number in $(seq 120); do printf 'Line %3d of a page that takes several segments.\n' "$number"; done >"$work/backend/page.txt"
    for number in 1 2 3; do
        serve server python3 -m http.server --protocol HTTP/1.1 --directory "$work/backend" --bind "10.0.0.1$number" 80
    done
    serve server python3 "$here/talk.py" tcp-echo 10.0.0.11 7
    serve server python3 "$here/talk.py" udp-echo 10.0.0.12 7
    for port in 80 7; do wait_for server tcp "$port"; done
    wait_for server udp 7
    sleep 0.5 # for the other two

    # Nobody to go to.
    talk a tcp $a 42000 $external 80 --unanswered

    # From two hosts that use the same ports, over two backends.
    add_backend 2 10.0.0.11
    add_backend 5 10.0.0.12
    for port in 42001 42002 42003 42004; do
        new_connection $a "$port"
        on a curl -sS -o "$work/page" --local-port "$port" "http://$external/page.txt"
        cmp "$work/page" "$work/backend/page.txt"
        new_connection $b "$port"
        on b curl -sS -o /dev/null -I --local-port "$port" "http://$external/page.txt"
    done
    new_connection $b 42005
    talk b tcp $b 42005 $external 80 --options
    new_connection $b 42006
    talk b tcp $b 42006 $external 80 --abort

    # A third one comes. A connection that would now go there lasts, and stays; another one goes there.
    moved="$("$here/slots.py" --moved-by 7=10.0.0.13 $a 42010 "${backends[@]}")"
    returning="$("$here/slots.py" --moved-by 7=10.0.0.13 $a $((moved + 1)) "${backends[@]}")"
    new_connection $a "$moved"
    for number in 1 2 3; do lasting+=(-o /dev/null "http://$external/page.txt?$number"); done
    on a curl -sS --rate 1/s --local-port "$moved" "${lasting[@]}" &
    sleep 0.5
    add_backend 7 10.0.0.13
    wait $!
    new_connection $a "$returning"
    talk a tcp $a "$returning" $external 80
    for port in 42021 42022 42023 42024; do
        new_connection $b "$port"
        on b curl -sS -o /dev/null -I --local-port "$port" "http://$external/page.txt"
    done

    # It goes again. A connection to another one lasts; who had been there, comes to another one.
    new_connection $b 42030
    [ "${connections[$b . 42030]}" != 10.0.0.13 ] || fail "choose another port: this one goes to the backend that is removed"
    on b curl -sS --rate 1/s --local-port 42030 "${lasting[@]}" &
    sleep 0.5
    remove_backend 7 10.0.0.13
    wait $!
    new_connection $a "$returning"
    talk a tcp $a "$returning" $external 80

    # What is not for the service goes through: other ports, other protocols, the backends themselves; from the servers as well.
    on a ping -q -n -c 1 -e 4001 10.0.0.11 >/dev/null
    talk a udp $a 41000 10.0.0.12 7 --size 40
    talk b udp $b 41000 $external 80 --size 12 --unanswered
    talk b tcp $b 42040 $external 81 --unanswered
    talk a tcp $a 42041 10.0.0.11 7
    on b curl -sS -o /dev/null -I --local-port 42042 http://10.0.0.12/page.txt
    talk server tcp 10.0.0.11 5000 $a 22 --refused

    # The last ones go.
    remove_backend 2 10.0.0.11
    remove_backend 5 10.0.0.12
    talk b tcp $b 42050 $external 80 --unanswered
}

# Four hosts on one Linux bridge: host N is 192.0.2.N, 02:00:00:00:00:0N, at port N.
make_bridge() {
    local number
    add_namespace bridge
    on bridge ip link add bridge type bridge stp_state 0 mcast_snooping 0
    on bridge ip link set dev bridge up
    for number in 1 2 3 4; do
        add_namespace "host$number"
        connect "host$number" eth bridge "port$number"
        on bridge ip link set dev "port$number" master bridge
        on "host$number" ip link set dev eth address "02:00:00:00:00:0$number"
        on "host$number" ip address add "192.0.2.$number/24" dev eth
    done
    sleep 1 # for the ports to forward
}

# frame HOST DESTINATION SOURCE BYTES: a frame of EtherType 0x88B5 (local experiments) with so many bytes behind the header.
frame() {
    on "$1" python3 -c '
import socket, sys
_, destination, source, size = sys.argv
interface = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
interface.bind(("eth", 0))
addresses = bytes.fromhex((destination + source).replace(":", ""))
interface.send(addresses + b"\x88\xb5" + bytes(i % 251 for i in range(int(size))))' "${@:2}"
}

traffic_bridge() {
    # Nobody knows anybody: ARP floods, its answer does not.
    on host1 ping -q -n -c 2 -i 0.2 192.0.2.2 >/dev/null
    on host3 ping -q -n -c 1 -s 1400 192.0.2.1 >/dev/null
    # To one that nobody has seen; to all; to a group; to an address that bridges keep for themselves.
    frame host1 02:00:00:00:00:99 02:00:00:00:00:01 50
    frame host2 ff:ff:ff:ff:ff:ff 02:00:00:00:00:02 46
    frame host3 01:00:5e:00:00:05 02:00:00:00:00:03 100
    frame host4 01:80:c2:00:00:0e 02:00:00:00:00:04 60
    # That frame has told where host 4 is all the same.
    frame host1 02:00:00:00:00:04 02:00:00:00:00:01 61
    # A station that moves from port 1 to port 2, and back.
    frame host1 02:00:00:00:00:99 02:00:00:00:00:77 62
    frame host3 02:00:00:00:00:77 02:00:00:00:00:03 63
    frame host2 02:00:00:00:00:99 02:00:00:00:00:77 64
    frame host3 02:00:00:00:00:77 02:00:00:00:00:03 65
    frame host1 02:00:00:00:00:99 02:00:00:00:00:77 66
    frame host3 02:00:00:00:00:77 02:00:00:00:00:03 67
    # Between two stations behind one port, which need no bridge.
    frame host1 02:00:00:00:00:77 02:00:00:00:00:01 68
}

readonly sides=(west north east south)

# A router with a host on each side: number N of them is 192.168.N.2, 02:00:00:00:02:0N, and the router's interface there is named like the
# side and has the addresses 192.168.N.1 and 02:00:00:00:01:0N, as in Middleboxes/router/router.yml. Nobody asks or answers ARP.
make_sides() {
    local number=0 side
    add_namespace router
    on router sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.send_redirects=0 net.ipv4.conf.default.send_redirects=0 \
        net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    # Like ours, it says nothing itself.
    on router nft -f - <<'RULES'
table ip filter {
    chain input { type filter hook input priority filter; policy drop; }
    chain output { type filter hook output priority filter; policy drop; }
}
RULES
    for side in "${sides[@]}"; do
        number=$((number + 1))
        add_namespace "$side"
        connect "$side" eth router "$side"
        on router ip link set dev "$side" address "02:00:00:00:01:0$number"
        on router ip address add "192.168.$number.1/24" dev "$side" noprefixroute
        on "$side" ip link set dev eth address "02:00:00:00:02:0$number"
        on "$side" ip address add "192.168.$number.2/32" dev eth
        on "$side" ip neighbour add "192.168.$number.1" lladdr "02:00:00:00:01:0$number" dev eth nud permanent
        on "$side" ip route add default via "192.168.$number.1" dev eth onlink
        # Whatever comes is for this host, and whatever it says goes out: it stands for all that lie behind it.
        on "$side" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.eth.rp_filter=0 net.ipv4.conf.eth.arp_ignore=8
        on "$side" ip route add local default dev lo table local
        on "$side" ip rule add preference 1 iif lo lookup main
        on "$side" ip rule add preference 2 lookup local
        on "$side" ip rule delete preference 0
    done
}

# port_of SIDE: its port's number, as ours counts them.
port_of() {
    local port
    for port in "${!sides[@]}"; do
        if [ "${sides[port]}" = "$1" ]; then echo "$port"; fi
    done
}

# What the Linux router is told next, ours is told at the same time. Nothing is on its way then.
operation() {
    sleep 0.1
    printf -- '- {at: %s, %s: {%s}}\n' "$(date +%s.%N)" "$1" "$2" >>"$work/operations.yml"
}

# add_route ADDRESS/LENGTH SIDE [GATEWAY]: also in place of one to the same prefix. Without gateway, the destinations are neighbours themselves.
add_route() {
    operation add_route "address: ${1%/*}, length: ${1#*/}, gateway: ${3:-0.0.0.0}, port: $(port_of "$2")"
    # shellcheck disable=SC2086 — with a gateway, these are more words.
    on router ip route replace "$1" ${3:+via $3} dev "$2" ${3:+onlink}
}

# remove_route ADDRESS/LENGTH
remove_route() {
    operation remove_route "address: ${1%/*}, length: ${1#*/}"
    on router ip route delete "$1"
}

# add_neighbour ADDRESS SIDE STATION: also in place of another station.
add_neighbour() {
    operation add_neighbour "address: $1, port: $(port_of "$2"), station: {octets: $3}"
    on router ip neighbour replace "$1" lladdr "$3" dev "$2" nud permanent
}

# remove_neighbour ADDRESS SIDE
remove_neighbour() {
    operation remove_neighbour "address: $1, port: $(port_of "$2")"
    on router ip neighbour delete "$1" dev "$2"
}

# datagram SIDE ADDRESS ADDRESS OPTION…: one that no socket would send, in a frame to the router. No two have the same source port.
datagram() {
    source_port=$((source_port + 1))
    talk "$1" raw udp "$2" "$source_port" "$3" 7 --station "02:00:00:00:01:0$(($(port_of "$1") + 1))" "${@:4}"
}

# echo_from SIDE ADDRESS…: a ping to each, which answers.
echo_from() {
    local address
    for address in "${@:2}"; do on "$1" ping -q -n -c 1 "$address" >/dev/null; done
}

traffic_router() {
    local number side address station checksum time_to_live source_port=5000
    for side in "${sides[@]}"; do
        number=$(($(port_of "$side") + 1))
        add_route "192.168.$number.0/24" "$side"
        add_neighbour "192.168.$number.2" "$side" "02:00:00:00:02:0$number"
        serve "$side" python3 "$here/talk.py" udp-echo "192.168.$number.2" 7
        serve "$side" python3 "$here/talk.py" tcp-echo 0.0.0.0 7
        wait_for "$side" udp 7
        wait_for "$side" tcp 7
    done
    mkdir -p "$work/behind"
    for number in $(seq 120); do printf 'Line %3d of a page that takes several segments.\n' "$number"; done >"$work/behind/page.txt"
    serve south python3 -m http.server --directory "$work/behind" --bind 0.0.0.0 80
    wait_for south tcp 80

    # Each prefix lies in the one before.
    add_route 10.0.0.0/8 east 192.168.3.2
    add_route 10.0.0.0/15 north 192.168.2.2
    add_route 10.1.0.0/16 south 192.168.4.2
    add_route 10.1.2.0/24 west 192.168.1.2
    add_route 10.1.2.128/25 east # these are neighbours
    add_neighbour 10.1.2.130 east 02:00:00:00:02:03
    add_route 10.1.2.130/31 south 192.168.4.2
    add_route 10.1.2.131/32 north 192.168.2.2
    # A second gateway, which is silent; gateways of which no station is known; the address of one neighbour on other ports.
    add_neighbour 192.168.4.3 south 02:00:00:00:03:04
    add_route 172.16.0.0/12 south 192.168.4.3
    add_route 198.51.100.0/24 east 192.168.3.9
    add_route 198.51.100.64/26 west 192.168.3.2
    add_neighbour 192.168.3.2 north 02:00:00:00:03:02
    add_route 198.51.100.128/26 north 192.168.3.2

    # Between the hosts: ping, UDP, TCP.
    on west ping -q -n -c 2 -i 0.2 192.168.2.2 >/dev/null
    echo_from south 192.168.1.2
    talk west udp 192.168.1.2 41000 192.168.3.2 7 --size 40
    talk north udp 192.168.2.2 41000 192.168.4.2 7 --size 41 --no-checksum
    talk east tcp 192.168.3.2 42000 192.168.4.2 7
    talk south tcp 192.168.4.2 42000 192.168.3.2 9 --refused
    talk west udp 192.168.1.2 41001 192.168.4.2 9 --size 5 --refused

    # To what only each of the nested prefixes covers: its first and last address, and one between.
    echo_from west 10.2.0.0 10.255.255.255 10.77.77.77 10.0.0.0 10.0.255.255 10.0.77.77
    echo_from east 10.1.0.0 10.1.1.255 10.1.3.0 10.1.255.255
    echo_from north 10.1.2.0 10.1.2.127
    echo_from west 10.1.2.130 10.1.2.131
    datagram west 192.168.1.2 10.1.2.128
    datagram west 192.168.1.2 10.1.2.129 # a neighbour that nobody knows
    add_neighbour 10.1.2.200 east 02:00:00:00:02:03
    echo_from north 10.1.2.200
    datagram west 192.168.1.2 11.0.0.0
    datagram west 192.168.1.2 9.255.255.255
    on west curl -sS -o "$work/page" --local-port 42001 http://10.1.77.77/page.txt
    cmp "$work/page" "$work/behind/page.txt"
    talk north tcp 192.168.2.2 42002 10.3.4.5 7 --options
    talk north tcp 192.168.2.2 42003 10.1.2.3 7 --abort

    # The other gateways.
    datagram west 192.168.1.2 172.16.0.1
    datagram north 192.168.2.2 172.31.255.254
    datagram north 192.168.2.2 172.32.0.0
    datagram north 192.168.2.2 198.51.100.1
    datagram north 192.168.2.2 198.51.100.64
    datagram west 192.168.1.2 198.51.100.128
    datagram west 192.168.1.2 198.51.100.192

    # Back where it came from, because a route says so.
    datagram west 10.9.9.9 10.1.2.77
    datagram south 172.16.5.5 10.1.77.78
    datagram south 192.168.4.2 172.16.5.5

    # Fragments, headers with options, a padded frame, checksums at the ends of their range.
    on west ping -q -n -c 1 -s 3000 10.1.77.77 >/dev/null
    talk south udp 192.168.4.2 41002 192.168.1.2 7 --size 3000
    talk east udp 192.168.3.2 41003 192.168.2.2 7 --size 34 --options
    datagram east 192.168.3.2 192.168.2.2 --padding 10
    for checksum in 0x0000 0xffff 0xfeff 0xfefe 0xff00 0x00ff; do
        datagram east 192.168.3.2 192.168.2.2 --header-checksum "$checksum"
    done

    # Times to live.
    on west ping -q -n -c 1 -t 2 10.1.77.77 >/dev/null
    on west ping -q -n -c 1 -W 0.3 -t 1 10.1.77.77 >/dev/null || true
    for time_to_live in 0 1 2 3 128 255; do datagram north 192.168.2.2 10.1.77.79 --time-to-live "$time_to_live"; done

    # Frames to other stations: another host, the router's on another side, all, a group.
    for station in 02:00:00:00:02:02 02:00:00:00:01:02 ff:ff:ff:ff:ff:ff 01:00:5e:01:02:03; do
        datagram west 192.168.1.2 192.168.2.2 --station "$station"
    done
    # No whole IPv4 packets: version 6, a header of four words, more than the frame has, less than a header; no IPv4 at all.
    datagram west 192.168.1.2 192.168.2.2 --first-octet 0x65
    datagram west 192.168.1.2 192.168.2.2 --first-octet 0x44
    datagram west 192.168.1.2 192.168.2.2 --lengthened 1
    datagram west 192.168.1.2 192.168.2.2 --lengthened -17
    frame west 02:00:00:00:01:01 02:00:00:00:02:01 46
    # To the router itself, and to all on one side.
    on west ping -q -n -c 1 -W 0.3 192.168.1.1 >/dev/null || true
    on west ping -q -n -c 1 -W 0.3 192.168.3.1 >/dev/null || true
    datagram west 192.168.1.2 192.168.2.255

    # Nowhere to go, then everywhere: a default route, another one for half of all addresses, and what neither is for.
    datagram west 192.168.1.2 203.0.113.9
    datagram west 192.168.1.2 8.8.8.8
    add_route 0.0.0.0/0 north 192.168.2.2
    echo_from west 203.0.113.9 8.8.8.8
    add_route 128.0.0.0/1 south 192.168.4.2
    echo_from west 203.0.113.9 8.8.8.8 1.0.0.0 126.255.255.255 128.0.0.0 223.255.255.255
    for address in 0.0.0.0 127.0.0.0 127.0.0.1 127.255.255.255 224.0.0.0 224.0.0.1 239.255.255.255 255.255.255.255; do
        datagram west 192.168.1.2 "$address"
        datagram west "$address" 192.168.2.2
    done
    datagram west 192.168.1.2 224.0.0.5 --station 01:00:5e:00:00:05

    # Tables that change: other ways, other stations, none.
    add_route 0.0.0.0/0 east 192.168.3.2
    echo_from west 8.8.8.8
    remove_route 128.0.0.0/1
    echo_from west 203.0.113.9
    remove_route 10.1.2.131/32
    echo_from west 10.1.2.131
    remove_route 10.1.0.0/16
    echo_from west 10.1.77.77
    add_neighbour 192.168.4.3 south 02:00:00:00:02:04
    echo_from west 172.16.0.1
    remove_neighbour 192.168.4.3 south
    datagram west 192.168.1.2 172.16.0.1
    add_route 172.16.0.0/12 north 192.168.2.2
    echo_from west 172.16.0.1
    remove_route 0.0.0.0/0
    datagram west 192.168.1.2 8.8.8.8
    echo_from west 10.1.2.131
}

record_nat() {
    make_network
    translate
    record nat router inside outside
    python3 "$here/variants.py" "$target/nat-in.pcap" "$target"
}

record_hairpin() {
    make_network
    translate
    record hairpin router inside outside
}

record_firewall() {
    make_network
    filter
    record firewall router inside outside
    {
        filter_configuration
        echo 'ingress:'
        by_interface firewall in inside outside | sed 's/^/  - /'
    } >"$target/firewall-in.yml"
}

record_proxy() {
    make_network
    redirect
    captured=ip # no ARP: a router keeps it to itself
    record proxy router inside outside
    {
        printf 'configuration: { intercepted_port: 80, proxy_address: %s, proxy_port: 3128, lifetime: 7440 }\n' "$proxy"
        echo 'ingress:'
        by_interface proxy in inside outside | sed 's/^inside/clients/; s/^outside/network/; s/^/  - /'
    } >"$target/proxy-in.yml"
}

record_loadbalancer() {
    make_network
    balance
    captured=ip
    record loadbalancer router inside outside
    {
        printf 'configuration: { service_address: %s, service_port: 80, service_protocol: 6, passes_others: true, encapsulates: false,\n' "$external"
        printf '  tunnel_address: %s, lifetime: 7440 }\n' "$external"
        echo 'ingress:'
        by_interface loadbalancer in inside outside | sed 's/^inside/clients/; s/^outside/servers/; s/^/  - /'
    } >"$target/loadbalancer-in.yml"
    cp "$work/operations.yml" "$target/loadbalancer-operations.yml"
}

record_bridge() {
    make_bridge
    record bridge bridge port1 port2 port3 port4
    {
        echo 'configuration: { ageing_time: 300 }'
        echo 'ingress:'
        by_interface bridge in port1 port2 port3 port4 | sed 's/^/  - /'
    } >"$target/bridge-in.yml"
    by_interface bridge out port1 port2 port3 port4 | sort | uniq -c | awk '{ print $2, $1 }' >"$target/bridge-out.txt"
}

record_router() {
    local number
    make_sides
    captured='not arp'
    record router router "${sides[@]}"
    {
        echo '# The stations of record.sh, and how the packets came in.'
        echo 'configuration:'
        echo '  stations:'
        for number in 1 2 3 4; do echo "    - { octets: 02:00:00:00:01:0$number }"; done
        echo 'ingress:'
        by_interface router in "${sides[@]}" | sed 's/^/  - /'
    } >"$target/router-in.yml"
    cp "$work/operations.yml" "$target/router-operations.yml"
    by_interface router out "${sides[@]}" | sort | uniq -c | awk '{ print $2, $1 }' >"$target/router-out.txt"
}

readonly all=(nat hairpin firewall proxy loadbalancer bridge router)

main() {
    [ "$(id -u)" -eq 0 ] || fail "only root can make network namespaces"
    local tool name
    for tool in ip ethtool nft tcpdump mergecap editcap tshark curl dig dnsmasq ping python3 ss; do
        command -v $tool >/dev/null || fail "$tool was not found: run 'make setup'"
    done
    local names=("${all[@]}")
    if [ $# -gt 1 ]; then names=("${@:2}"); fi
    for name in "${names[@]}"; do
        case " ${all[*]} " in *" $name "*) ;; *) fail "there is no '$name': ${all[*]}" ;; esac
    done
    trap clean_up EXIT
    trap 'exit 130' INT TERM
    for name in "${names[@]}"; do
        captured=
        : >"$work/operations.yml"
        "record_$name"
    done
    (cd "$target" && ls -l ./*.pcap) >&2
}

main "$@"
