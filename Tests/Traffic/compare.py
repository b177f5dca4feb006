#!/usr/bin/env python3
"""Compares what our NAT, firewall or proxy made of a capture with what that of Linux made of the same packets.

    compare.py ACTUAL EXPECTED      both classic pcap; exit status 1 and the first difference when they differ

Compared is every byte of every IPv4 packet, in order, apart for each direction, except
  - Ethernet addresses and padding behind the IPv4 packet: a router's business;
  - the time to live and the header checksum: Linux is a router and counts down. (Scripts/check-checksums.sh judges the checksum.)

Of what Linux sent, this is not expected of ours, which drop it, as their documentation says:
  - non-first fragments (Linux reassembles and fragments again);
  - ICMP other than echo and echo reply;
  - what is not IPv4: ARP is the business of the host that they run on.

    compare.py --frames ACTUAL EXPECTED

does so for our router: every byte of every frame but the padding, in order, apart for each Ethernet source, which is the router's own
station on the port that the frame leaves by. All that Linux sent is expected.
"""

import struct
import sys

INSIDE = b"\xc0\xa8\x01"  # 192.168.1.0/24


def packets(path):
    data = open(path, "rb").read()
    magic = data[:4]
    orders = {b"\xd4\xc3\xb2\xa1": "<", b"\x4d\x3c\xb2\xa1": "<", b"\xa1\xb2\xc3\xd4": ">", b"\xa1\xb2\x3c\x4d": ">"}
    if magic not in orders or len(data) < 24:
        sys.exit(f"{path}: not a classic pcap")
    order, offset, number = orders[magic], 24, 0
    while offset < len(data):
        captured, original = struct.unpack_from(order + "II", data, offset + 8)
        packet = data[offset + 16 : offset + 16 + captured]
        if len(packet) != original:
            sys.exit(f"{path}: packet {number + 1} is cut off")
        number += 1
        offset += 16 + captured
        yield number, packet


def directions(path, is_expected):
    """The IPv4 packets with what is not compared set to zero: [(number, bytes)] by where they go."""
    result = {"to inside": [], "to outside": []}
    for number, frame in packets(path):
        if frame[12:14] != b"\x08\x00":
            if not is_expected:
                sys.exit(f"{path}: packet {number} is not IPv4")
            continue
        (total_length,) = struct.unpack_from("!H", frame, 16)
        packet = bytearray(frame[14 : 14 + total_length])
        (fragment,) = struct.unpack_from("!H", packet, 6)
        header_length = packet[0] % 16 * 4
        later_fragment = fragment & 0x1FFF != 0
        other_icmp = not later_fragment and packet[9] == 1 and packet[header_length] not in (0, 8)
        if is_expected and (later_fragment or other_icmp):
            continue
        packet[8] = 0
        packet[10:12] = b"\0\0"
        direction = "to inside" if packet[16:19] == INSIDE else "to outside"
        result[direction].append((number, bytes(packet)))
    return result


def by_source(path):
    """The frames without padding: [(number, bytes)] by Ethernet source."""
    result = {}
    for number, frame in packets(path):
        if frame[12:14] != b"\x08\x00":
            sys.exit(f"{path}: packet {number} is not IPv4")
        (total_length,) = struct.unpack_from("!H", frame, 16)
        result.setdefault(f"from {frame[6:12].hex(':')}", []).append((number, frame[: 14 + total_length]))
    return result


def describe_frame(frame):
    header = frame[14:]
    return f"to {frame[:6].hex(':')}, time to live {header[8]}, header checksum {header[10:12].hex()}, {describe(header)}"


def describe(packet):
    address = lambda offset: ".".join(map(str, packet[offset : offset + 4]))
    start = packet[0] % 16 * 4
    return f"{address(12)} -> {address(16)}, protocol {packet[9]}, {len(packet)} bytes, transport {packet[start:start + 8].hex(' ')}"


def main():
    arguments = sys.argv[1:]
    frames = arguments[:1] == ["--frames"]
    paths = arguments[1:] if frames else arguments
    if len(paths) != 2:
        sys.exit(__doc__)
    if frames:
        (actual, expected), words, unit = map(by_source, paths), describe_frame, "frame"
    else:
        actual, expected, words, unit = directions(paths[0], False), directions(paths[1], True), describe, "IPv4 packet"
    same = True
    for direction in sorted(actual.keys() | expected.keys()):
        ours, theirs = actual.get(direction, []), expected.get(direction, [])
        for index in range(max(len(ours), len(theirs))):
            our, their = (side[index] if index < len(side) else None for side in (ours, theirs))
            if our and their and our[1] == their[1]:
                continue
            print(f"{direction}: packet {index + 1} of this direction differs")
            print(f"  expected {f'(number {their[0]}): {words(their[1])}' if their else 'no more packets'}")
            print(f"  actual   {f'(number {our[0]}): {words(our[1])}' if our else 'no more packets'}")
            if our and their:
                places = [place for place in range(min(len(our[1]), len(their[1]))) if our[1][place] != their[1][place]]
                print(f"  at bytes {places[:20]} of the {unit}")
            same = False
            break
        print(f"{direction}: {len(ours)} packets, {len(theirs)} expected")
    if not any(expected.values()):
        sys.exit("nothing to compare")
    sys.exit(0 if same else 1)


main()
