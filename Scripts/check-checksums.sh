#!/usr/bin/env bash
# Asks tshark whether every IPv4, TCP, UDP and ICMP checksum of a capture is right.
#
# usage: Scripts/check-checksums.sh CAPTURE
#
# Exit status 0: all are right. 1: the bad frames are listed. 65: no capture, one that tshark cannot read to its end, or one in which
# no checksum was checked at all.
# The checksum of a fragmented packet is checked where tshark has all fragments; a lone first fragment has only its IPv4 header checked.
set -euo pipefail

readonly capture="${1:?usage: check-checksums.sh CAPTURE}"
readonly fields=(ip.checksum.status tcp.checksum.status udp.checksum.status icmp.checksum.status)

command -v tshark >/dev/null || {
    echo "check-checksums.sh: tshark was not found: run 'make setup'" >&2
    exit 65
}

errors="$(mktemp)"
trap 'rm -f "$errors"' EXIT
# Status: 0 bad, 1 good, 2 not checked, 3 not present.
if ! statuses="$(tshark -n -r "$capture" -o ip.check_checksum:TRUE -o tcp.check_checksum:TRUE -o udp.check_checksum:TRUE \
    -T fields -E separator=/t -e frame.number $(printf -- ' -e %s' "${fields[@]}") 2>"$errors")" || [ -n "$(grep -v 'Running as user' "$errors")" ]; then
    echo "check-checksums.sh: $capture: $(grep -v 'Running as user' "$errors")" >&2
    exit 65
fi

awk -F '\t' -v names="IPv4 header,TCP,UDP,ICMP" '
    BEGIN { split(names, name, ",") }
    $1 != "" {
        frames++
        for (column = 2; column <= NF; column++) {
            # A packet in a packet (an ICMP error) has several.
            count = split($column, status, ",")
            for (layer = 1; layer <= count; layer++) {
                if (status[layer] == "0") { printf "frame %d: the %s checksum is wrong\n", $1, name[column - 1]; bad++ }
                if (status[layer] == "1") good++
            }
        }
    }
    END {
        printf "%d frames, %d checksums right, %d wrong\n", frames, good, bad
        exit bad > 0 ? 1 : good == 0 ? 65 : 0
    }' <<<"$statuses"
