#!/usr/bin/env python3
"""The ends of the conversations that record.sh records, where no everyday program has the option that is wanted.

    talk.py udp-echo ADDRESS PORT [--first-to ADDRESS PORT]     on SIGUSR1, sends one datagram there first
    talk.py tcp-echo ADDRESS PORT                               answers what one connection after the other says
    talk.py udp ADDRESS PORT ADDRESS PORT --size N …            sends one datagram, waits for the answer
    talk.py tcp ADDRESS PORT ADDRESS PORT …                     connects, says a line, waits for an answer, closes
    talk.py raw udp|ack ADDRESS PORT ADDRESS PORT               sends one datagram, or one segment with ACK, from any address
            [--station MAC …]                                   in a frame of its own to this station, by no route; with any header

Each exits with a message and status 1 when the other end does not behave as the options say.
"""

import argparse
import signal
import socket
import struct
import sys

SO_NO_CHECK = 11  # <asm-generic/socket.h>; Python has no name for it
# No operation four times, then Router Alert (RFC 2113): options that no router rewrites. The header is 28 bytes long.
OPTIONS = bytes([1, 1, 1, 1, 0x94, 4, 0, 0])
TIMEOUT = 5


def endpoint_socket(kind, address, port, options=False):
    talker = socket.socket(socket.AF_INET, kind)
    talker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    # A host behind a NAT connects from the port that it listens on.
    talker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if options:
        talker.setsockopt(socket.IPPROTO_IP, socket.IP_OPTIONS, OPTIONS)
    talker.bind((address, port))
    return talker


def content(size):
    return bytes(33 + index % 94 for index in range(size))


def udp_echo(arguments):
    talker = endpoint_socket(socket.SOCK_DGRAM, arguments.address, arguments.port)
    first_to = arguments.first_to and (arguments.first_to[0], int(arguments.first_to[1]))
    if first_to:
        signal.signal(signal.SIGUSR1, lambda *_: talker.sendto(b"Here I am.", first_to))
    while True:
        message, sender = talker.recvfrom(65536)
        if sender == first_to:
            continue
        # An answer of the same sort: a datagram of even size is answered with checksum, one of odd size without.
        talker.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, len(message) % 2)
        talker.sendto(message[::-1], sender)


def tcp_echo(arguments):
    listener = endpoint_socket(socket.SOCK_STREAM, arguments.address, arguments.port)
    listener.listen()
    while True:
        connection, _ = listener.accept()
        with connection:
            while message := connection.recv(65536):
                connection.sendall(message[::-1])


def udp(arguments):
    talker = endpoint_socket(socket.SOCK_DGRAM, arguments.address, arguments.port, arguments.options)
    talker.settimeout(0.3 if arguments.unanswered else TIMEOUT)
    if arguments.no_checksum:
        talker.setsockopt(socket.SOL_SOCKET, SO_NO_CHECK, 1)
    talker.connect((arguments.to_address, arguments.to_port))
    message = content(arguments.size)
    talker.send(message)
    try:
        answer = talker.recv(65536)
    except TimeoutError:
        return arguments.unanswered or "no answer"
    except ConnectionRefusedError:
        return arguments.refused or "refused"
    return answer == message[::-1] or "the answer is not what was sent"


def tcp(arguments):
    talker = endpoint_socket(socket.SOCK_STREAM, arguments.address, arguments.port, arguments.options)
    talker.settimeout(0.3 if arguments.unanswered else TIMEOUT)
    try:
        talker.connect((arguments.to_address, arguments.to_port))
    except TimeoutError:
        return arguments.unanswered or "no answer"
    except ConnectionRefusedError:
        return arguments.refused or "refused"
    if arguments.refused or arguments.unanswered:
        return "connected, which was not expected"
    talker.sendall(b"HEAD / HTTP/1.0\r\n\r\n")
    if arguments.abort:
        # Closing sends a reset instead of a FIN.
        talker.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        talker.close()
        return True
    if not talker.recv(65536):
        return "closed without an answer"
    talker.shutdown(socket.SHUT_WR)
    while talker.recv(65536):
        pass
    return True


def raw(arguments):
    """A packet that no socket of this host would send."""
    source, destination = socket.inet_aton(arguments.address), socket.inet_aton(arguments.to_address)
    ports = struct.pack("!HH", arguments.port, arguments.to_port)
    if arguments.kind == "udp":
        message = content(8)
        protocol, before, after = socket.IPPROTO_UDP, ports + struct.pack("!H", 8 + len(message)), message
    else:
        protocol, before, after = socket.IPPROTO_TCP, ports + struct.pack("!LLBBH", 1, 1, 5 << 4, 0x10, 1024), bytes(2)
    covered = source + destination + struct.pack("!HH", protocol, len(before) + 2 + len(after)) + before + bytes(2) + after
    total = sum(struct.unpack(f"!{len(covered) // 2}H", covered))
    checksum = 0xFFFF - (total % 0xFFFF)
    transport = before + struct.pack("!H", checksum) + after
    header = bytearray(struct.pack("!BBHHHBBH", 0x45, 0, 20 + len(transport), 0, 0, 64, protocol, 0) + source + destination)
    if arguments.station:
        return in_a_frame(arguments, header, transport)
    # The kernel fills in the header's checksum and identification.
    talker = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
    talker.sendto(header + transport, (arguments.to_address, 0))
    return True


def in_a_frame(arguments, header, transport):
    """With the header that the options ask for, and its checksum."""
    header[0] = arguments.first_octet
    header[2:4] = struct.pack("!H", len(header) + len(transport) + arguments.lengthened)
    header[8] = arguments.time_to_live
    total = sum(struct.unpack("!10H", header))
    if arguments.header_checksum is None:
        checksum = 0xFFFF - total % 0xFFFF
    else:
        # The identification with which this checksum is right.
        checksum = arguments.header_checksum
        header[4:6] = struct.pack("!H", (0xFFFF - checksum - total) % 0xFFFF)
    header[10:12] = struct.pack("!H", checksum)
    talker = socket.socket(socket.AF_PACKET, socket.SOCK_RAW)
    talker.bind(("eth", 0))
    station = bytes.fromhex(arguments.station.replace(":", ""))
    frame = station + talker.getsockname()[4] + b"\x08\x00" + header + transport
    talker.send(frame + bytes([0xA5]) * arguments.padding)
    return True


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(required=True)
    for name, run in [("udp-echo", udp_echo), ("tcp-echo", tcp_echo), ("udp", udp), ("tcp", tcp)]:
        command = commands.add_parser(name)
        command.set_defaults(run=run)
        command.add_argument("address")
        command.add_argument("port", type=int)
        if run is udp_echo:
            command.add_argument("--first-to", nargs=2)
        if run in (udp, tcp):
            command.add_argument("to_address")
            command.add_argument("to_port", type=int)
            command.add_argument("--size", type=int, default=0)
            for option in ["no-checksum", "options", "refused", "abort", "unanswered"]:
                command.add_argument("--" + option, action="store_true")
    command = commands.add_parser("raw")
    command.set_defaults(run=raw)
    command.add_argument("kind", choices=["udp", "ack"])
    for end in ["", "to_"]:
        command.add_argument(end + "address")
        command.add_argument(end + "port", type=int)
    command.add_argument("--station")
    number = lambda text: int(text, 0)
    for option, default in [("first-octet", 0x45), ("lengthened", 0), ("time-to-live", 64), ("header-checksum", None), ("padding", 0)]:
        command.add_argument("--" + option, type=number, default=default)
    arguments = parser.parse_args()
    outcome = arguments.run(arguments)
    if outcome is not True:
        sys.exit(f"talk.py {' '.join(sys.argv[1:])}: {outcome}")


main()
