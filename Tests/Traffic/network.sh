# Real Linux hosts in network namespaces, for scripts that source this: record.sh and ../Live/live.sh. They set `prefix`, with which the
# namespaces' names begin, and `work`, a folder of their own; and call remove_network when they end, however that comes.

PATH="$PATH:/usr/sbin:/sbin"

namespaces=()
processes=()

stop_processes() {
    local process
    for process in "${processes[@]}"; do kill "$process" 2>/dev/null || true; done
    for process in "${processes[@]}"; do wait "$process" 2>/dev/null || true; done
    processes=()
}

remove_network() {
    local namespace
    stop_processes
    for namespace in "${namespaces[@]}"; do ip netns delete "$namespace" 2>/dev/null || true; done
    namespaces=()
}

# on HOST COMMAND…
on() { ip netns exec "$prefix-$1" "${@:2}"; }

# Runs a server on HOST until the network is removed. The command is its own process: no subshell stays behind.
serve() {
    ip netns exec "$prefix-$1" "${@:2}" >"$work/$1-server.log" 2>&1 </dev/null &
    processes+=($!)
}

add_namespace() {
    ip netns add "$prefix-$1"
    namespaces+=("$prefix-$1")
    on "$1" sysctl -qw net.ipv6.conf.all.disable_ipv6=1 net.ipv6.conf.default.disable_ipv6=1
    on "$1" ip link set lo up
}

# connect HOST INTERFACE HOST INTERFACE: a cable. What is seen on it is what is on the wire: no offload puts segments together or leaves
# checksums to hardware that is not there.
connect() {
    local host interface end
    ip link add name "$2" netns "$prefix-$1" type veth peer name "$4" netns "$prefix-$3"
    for end in "$1 $2" "$3 $4"; do
        read -r host interface <<<"$end"
        on "$host" ethtool -K "$interface" tx off rx off sg off tso off gso off gro off >/dev/null
        on "$host" ip link set dev "$interface" up
    done
}
