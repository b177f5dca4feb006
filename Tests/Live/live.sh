#!/usr/bin/env bash
# Runs a middlebox live between real Linux hosts, in network namespaces that this script makes and removes, and prints what the hosts see
# of one another: a line for each thing that they try, `THING: yes` or `THING: no`.
#
#     host a 10.0.0.10 ──┐                    ┌─ box ───┐
#                        ├── lan (a router) ──┤ inside  │
#     host b 10.0.0.20 ──┤                    │ outside ├── server 192.0.2.10
#     c, d 10.0.0.30, .40┘                    │         │
#                                             └─────────┘
#                                external address 203.0.113.1
#
# The box does not answer ARP: what is behind it is known to the hosts as neighbours, all of one station. For the bridge there are four
# hosts, each behind a port of its own.
#
# usage: Tests/Live/live.sh REPLAY nat|firewall|bridge|loadbalancer      as root; REPLAY is the executable.
set -euo pipefail

readonly here="$(cd "$(dirname "$0")" && pwd)"
readonly replay="$1" scenario="$2"
readonly a=10.0.0.10 b=10.0.0.20 c=10.0.0.30 d=10.0.0.40 server=192.0.2.10 external=203.0.113.1 service=198.51.100.1 station=02:00:00:00:00:01
readonly prefix="gravel-live-$$"
readonly work="$(mktemp -d)"
readonly patience=60 # seconds, for what should happen: the machine may be busy
. "$here/../Traffic/network.sh"

clean_up() {
    remove_network
    rm -rf "$work"
}

# Whether the command succeeds before patience ends.
eventually() {
    local end=$((SECONDS + patience))
    until "$@" >/dev/null 2>&1; do
        [ "$SECONDS" -lt "$end" ] || return 1
        sleep 0.2
    done
}

# has_lines COUNT PATTERN FILE: at least so many.
has_lines() { [ "$(grep -c "$2" "$3")" -ge "$1" ]; }

# say THING COMMAND…
say() { if "${@:2}" >"$work/last.log" 2>&1; then echo "$1: yes"; else echo "$1: no"; fi; }

# run_box ARGUMENT…: `replay live` in the box, until stop_box.
run_box() {
    : >"$work/box.err"
    ip netns exec "$prefix-box" "$replay" live "$scenario" "$@" --quiet >"$work/box.out" 2>"$work/box.err" </dev/null &
    box=$!
    processes+=("$box")
    until grep -q "running:" "$work/box.err"; do
        if ! kill -0 "$box" 2>/dev/null; then
            cat "$work/box.err"
            exit 1
        fi
        sleep 0.1
    done
}

# What it prints when it is told to end.
stop_box() {
    kill -INT "$box"
    local status=0
    wait "$box" || status=$?
    echo "status: $status"
    cat "$work/box.err" "$work/box.out"
}

lan_and_server() {
    local host
    for host in a b c d lan box server; do
        add_namespace "$host"
        on "$host" sysctl -qw net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.default.rp_filter=0
    done
    on lan ip link add bridge type bridge stp_state 0
    on lan ip link set dev bridge up
    for host in a b c d; do
        connect "$host" eth lan "to-$host"
        on lan ip link set dev "to-$host" master bridge
        on "$host" ip address add "${!host}/24" dev eth
        on "$host" ip route add default via 10.0.0.1
    done
    connect lan up box inside
    connect server eth box outside
    on lan ip address add 10.0.0.1/24 dev bridge
    on lan ip link set dev up address "$station"
    on server ip link set dev eth address "$station"
    on lan sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.up.accept_local=1 net.ipv4.conf.all.send_redirects=0
    on lan ip route add default via 10.255.255.1 dev up onlink
    on lan ip neighbour add 10.255.255.1 lladdr "$station" dev up
    on server ip address add "$server/32" dev eth
    for host in "$external" "$service" "10.0.0.0/24"; do on server ip route add "$host" via 10.255.255.2 dev eth onlink; done
    on server ip neighbour add 10.255.255.2 lladdr "$station" dev eth
    mkdir "$work/files"
    head -c 3000000 /dev/urandom >"$work/files/file"
    serve server python3 -m http.server 80 --directory "$work/files"
    eventually on server curl -s -o "$work/direct" "http://$server/file"
}

download() {
    eventually on a curl -s -m 30 -o "$work/copy" "http://$server/file" && cmp "$work/files/file" "$work/copy"
}

nat() {
    lan_and_server
    serve server dnsmasq --no-daemon --conf-file=/dev/null --no-resolv --no-hosts --address=/gravel.test/192.0.2.77 --listen-address="$server" \
        --bind-interfaces
    serve server iperf3 --server --port 5201
    run_box --port inside=inside --port outside=outside
    say ping eventually on a ping -c 1 -W 2 "$server"
    say download download
    say name eventually bash -c "ip netns exec $prefix-b dig +short +time=2 +tries=1 @$server www.gravel.test | grep -qx 192.0.2.77"
    say throughput eventually on a iperf3 --client "$server" --port 5201 --time 1
    # b's endpoint as the server sees it, and then a sends to that.
    serve server python3 "$here/endpoints.py" tell "$server" 7000
    serve b python3 "$here/endpoints.py" echo "$b" 7777 "$server" 7000 "$work/endpoint"
    eventually test -s "$work/endpoint"
    say hairpin eventually on a python3 "$here/endpoints.py" ask $(<"$work/endpoint")
    say unasked on server ping -c 1 -W 2 "$external"
    stop_box
}

firewall() {
    lan_and_server
    serve a python3 -m http.server 80 --directory "$work/files"
    run_box --port inside=inside --port outside=outside
    say ping eventually on a ping -c 1 -W 2 "$server"
    say download download
    say local eventually on b curl -s -m 10 -o /dev/null "http://$a/file"
    say inbound on server curl -s -m 3 -o /dev/null "http://$a/file"
    stop_box
}

bridge() {
    local host number=0
    add_namespace box
    for host in x y z w; do
        number=$((number + 1))
        add_namespace "$host"
        connect "$host" eth box "to-$host"
        on "$host" ip address add "10.9.0.$number/24" dev eth
    done
    run_box --port port1=to-x --port port2=to-y --port port3=to-z --port port4=to-w
    say x-y eventually on x ping -c 1 -W 2 10.9.0.2
    say y-z eventually on y ping -c 1 -W 2 10.9.0.3
    say z-x eventually on z ping -c 1 -W 2 10.9.0.1
    # What two stations that are known say to one another is nobody else's.
    local before after
    before=$(on w cat /sys/class/net/eth/statistics/rx_packets)
    on x ping -c 50 -i 0.01 -q 10.9.0.2 >/dev/null || true
    after=$(on w cat /sys/class/net/eth/statistics/rx_packets)
    say private test $((after - before)) -lt 20
    # An interface goes down and comes back.
    on box ip link set dev to-x down
    eventually has_lines 1 "to-x: no packets" "$work/box.err"
    say others on y ping -c 1 -W 2 10.9.0.3
    on box ip link set dev to-x up
    say again eventually on x ping -c 1 -W 2 10.9.0.2
    stop_box
}

# The hosts of the lan are backends, the server is the client.
loadbalancer() {
    local host first second third
    lan_and_server
    for host in a b c d; do serve "$host" python3 "$here/endpoints.py" name "$host" "${!host}" 80; done
    for host in a b c d; do eventually on lan bash -c "echo >/dev/tcp/${!host}/80"; done
    mkfifo "$work/control" "$work/ask"
    run_box --port servers=inside --port clients=outside --control "$work/control"
    {
        echo "add_backend: {index: 0, address: $a}"
        echo "add_backend: {index: 1, address: $b}"
        echo "add_backend: {index: 2, address: $c}"
        echo "add_backend: {index: 9}"
    } >"$work/control"
    eventually has_lines 1 error: "$work/box.err" # the last is a mistake, and told
    on server python3 "$here/endpoints.py" connect "$service" 80 40 <"$work/ask" >"$work/answers" &
    processes+=($!)
    exec {ask}>"$work/ask"
    echo >&"$ask"
    eventually has_lines 1 . "$work/answers"
    read -r first <"$work/answers"
    say spread test "$(tr ' ' '\n' <<<"$first" | sort -u | tr -d '\n')" = abc
    {
        echo "add_backend: {index: 3, address: $d}"
        echo "remove_backend: {index: 0, address: $a}"
        echo "nothing: {}"
    } >"$work/control"
    eventually has_lines 2 error: "$work/box.err" # so what stands before it has been done
    echo >&"$ask"
    eventually has_lines 2 . "$work/answers"
    second=$(tail -n 1 "$work/answers")
    # Whoever was served by b or c is so still; nobody is served by a.
    say stays python3 -c "import sys; one, two = (words.split() for words in sys.argv[1:]); sys.exit(any(x != 'a' and y != x or y == 'a' for x, y in zip(one, two)))" \
        "$first" "$second"
    third=$(echo | on server python3 "$here/endpoints.py" connect "$service" 80 40)
    say added test "$(tr ' ' '\n' <<<"$third" | sort -u | tr -d '\n')" = bcd
    exec {ask}>&-
    stop_box
}

trap clean_up EXIT
trap 'exit 1' INT TERM
"$scenario"
