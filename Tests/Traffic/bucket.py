#!/usr/bin/env python3
"""Compares what our policer let pass of a capture with what the contract of each source admits.

    bucket.py CAPTURE ACTUAL RATE BURST     both classic pcap; exit status 1 and the first difference when they differ

The contract is computed in another way than the policer does: by the instant at which a source will have its whole burst again (the
virtual scheduling algorithm of ITU-T I.371, with bytes for cells), in exact fractions of a second. Dropped is also what is not IPv4.
"""

import struct
import sys
from fractions import Fraction


def packets(path):
    data = open(path, "rb").read()
    units = {b"\xd4\xc3\xb2\xa1": 1_000_000, b"\x4d\x3c\xb2\xa1": 1_000_000_000}
    if data[:4] not in units:
        sys.exit(f"{path}: not a classic pcap of this byte order")
    offset = 24
    while offset < len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, offset)
        if captured != original:
            sys.exit(f"{path}: a packet is cut off")
        yield seconds + Fraction(fraction, units[data[:4]]), data[offset + 16 : offset + 16 + captured]
        offset += 16 + captured


def admitted(path, rate, burst):
    full_again = {}  # by source
    for time, frame in packets(path):
        if frame[12:14] != b"\x08\x00" or len(frame) < 34:
            continue
        source = frame[26:30]
        full = max(full_again.get(source, time), time)
        if (full - time) * rate + len(frame) <= burst:
            full_again[source] = full + Fraction(len(frame), rate)
            yield frame


def main():
    if len(sys.argv) != 5:
        sys.exit(__doc__)
    rate, burst = int(sys.argv[3]), int(sys.argv[4])
    expected = list(admitted(sys.argv[1], rate, burst))
    actual = [frame for _, frame in packets(sys.argv[2])]
    everything = sum(1 for _ in packets(sys.argv[1]))
    print(f"{everything} packets, {len(expected)} admitted, {len(actual)} let pass")
    for index, (theirs, ours) in enumerate(zip(expected, actual)):
        if theirs != ours:
            sys.exit(f"packet {index + 1} that was let pass is another one")
    if len(expected) != len(actual):
        sys.exit("not as many")


main()
