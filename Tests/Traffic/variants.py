#!/usr/bin/env python3
"""Writes captures that a reader of captures must accept or refuse, from the first packets of a classic little-endian
microsecond pcap.

    variants.py CAPTURE FOLDER

writes FOLDER/variants (all mean the same packets), FOLDER/edge (in order, with no whole packet in them) and FOLDER/bad (to be refused).

The result depends on the input only.
"""

import os
import struct
import sys

PACKETS = 14


def read_pcap(path):
    """Linktype and [(seconds, microseconds, bytes)]."""
    data = open(path, "rb").read()
    magic, _, _, _, _, _, linktype = struct.unpack_from("<IHHiIII", data)
    if magic != 0xA1B2C3D4:
        sys.exit(f"{path} is not a classic little-endian microsecond pcap")
    packets, offset = [], 24
    while offset < len(data):
        seconds, fraction, captured, original = struct.unpack_from("<IIII", data, offset)
        assert captured == original
        packets.append((seconds, fraction, data[offset + 16 : offset + 16 + captured]))
        offset += 16 + captured
    return linktype, packets


def pcap(packets, linktype=1, order="<", nanoseconds=False, snap=None):
    out = struct.pack(order + "IHHiIII", 0xA1B23C4D if nanoseconds else 0xA1B2C3D4, 2, 4, 0, 0, snap or 262144, linktype)
    for seconds, micros, data in packets:
        captured = data[:snap]
        fraction = micros * 1000 if nanoseconds else micros
        out += struct.pack(order + "IIII", seconds, fraction, len(captured), len(data)) + captured
    return out


def block(order, kind, body):
    body += bytes(-len(body) % 4)
    length = struct.pack(order + "I", len(body) + 12)
    return struct.pack(order + "I", kind) + length + body + length


def pcapng(packets, linktypes=(1,), order="<", resolution=6, with_extras=False):
    """`linktypes` has one for each interface; the packets alternate between them."""
    out = block(order, 0x0A0D0D0A, struct.pack(order + "IHHq", 0x1A2B3C4D, 1, 0, -1))
    option = struct.pack(order + "HHB3xHH", 9, 1, resolution, 0, 0)  # if_tsresol, opt_endofopt
    for linktype in linktypes:
        out += block(order, 1, struct.pack(order + "HHI", linktype, 0, 262144) + option)
    if with_extras:
        out += block(order, 4, struct.pack(order + "HH", 0, 0))  # name resolution, with no names
        out += block(order, 0xABCD, b"skip")  # of a type that nobody has defined
    for index, (seconds, micros, data) in enumerate(packets):
        stamp = (seconds * 10**6 + micros) * 10 ** (resolution - 6)
        header = struct.pack(order + "IIIII", index % len(linktypes), stamp >> 32, stamp & 0xFFFFFFFF, len(data), len(data))
        out += block(order, 6, header + data)
    if with_extras:
        out += block(order, 5, struct.pack(order + "III", 0, 0, 0))  # interface statistics
    return out


def main():
    source, folder = sys.argv[1:]
    linktype, packets = read_pcap(source)
    assert linktype == 1
    packets = packets[:PACKETS]
    whole = pcap(packets)
    ipv4 = [(seconds, micros, data[14:]) for seconds, micros, data in packets if data[12:14] == b"\x08\x00"]

    good = {
        "pcap-microsecond.pcap": whole,
        "pcap-nanosecond.pcap": pcap(packets, nanoseconds=True),
        "pcap-big-endian.pcap": pcap(packets, order=">"),
        "pcap-nanosecond-big-endian.pcap": pcap(packets, order=">", nanoseconds=True),
        "pcapng-microsecond.pcapng": pcapng(packets),
        "pcapng-nanosecond.pcapng": pcapng(packets, resolution=9),
        "pcapng-big-endian.pcapng": pcapng(packets, order=">"),
        "pcapng-two-interfaces.pcapng": pcapng(packets, linktypes=(1, 1)),
        "pcapng-other-blocks.pcapng": pcapng(packets, with_extras=True),
    }
    edge = {
        "no-packets.pcap": pcap([]),
        "no-packets.pcapng": pcapng([]),
        "snapped.pcap": pcap(packets, snap=40),
    }
    bad = {
        "empty-file.pcap": b"",
        "not-a-capture.pcap": b"This is a text, and a text is no capture.\n" * 3,
        "truncated-file-header.pcap": whole[:12],
        "truncated-packet-header.pcap": whole[: len(pcap(packets[:3])) + 7],
        "truncated-packet.pcap": whole[: len(pcap(packets[:3])) + 16 + 20],
        "truncated-block.pcapng": pcapng(packets)[:-9],
        "length-that-lies.pcap": pcap(packets[:1]) + struct.pack("<IIII", 0, 0, 0x7FFFFFFF, 0x7FFFFFFF) + bytes(64),
        "raw-ip.pcap": pcap(ipv4, linktype=101),
        "raw-ip.pcapng": pcapng(ipv4, linktypes=(101,)),
        "mixed-link-types.pcapng": pcapng(packets[:1] + ipv4[:1], linktypes=(1, 101)),
    }
    for name, files in [("variants", good), ("edge", edge), ("bad", bad)]:
        os.makedirs(os.path.join(folder, name), exist_ok=True)
        for file, data in files.items():
            with open(os.path.join(folder, name, file), "wb") as out:
                out.write(data)


main()
