#!/usr/bin/env python3
"""Which backend Middleboxes/loadbalancer gives to a new connection, computed in another way: for the rules of record.sh.

    slots.py ADDRESS PORT INDEX=ADDRESS…            the address of the backend, of those that are there; nothing, if there is none
    slots.py --moved-by INDEX=ADDRESS ADDRESS PORT INDEX=ADDRESS…
                                                    the first port from this one on whose backend is another one with one more there
"""

import ipaddress
import struct
import sys

SLOTS, BACKENDS, WORD = 32, 8, 1 << 32


def mix(x):
    for shift, factor in [(16, 0x85EBCA6B), (13, 0xC2B2AE35)]:
        x = (x ^ x >> shift) * factor % WORD
    return x ^ x >> 16


def as_in_memory(octets):
    """What an x86 reads there."""
    return int.from_bytes(octets, "little")


def chosen(address, port, backends):
    client = as_in_memory(ipaddress.IPv4Address(address).packed) ^ mix(as_in_memory(struct.pack("!H", port)))
    slot = mix(client) % SLOTS
    # Every slot walks once through all places, from a beginning and with an odd step of its own.
    start, step = mix(slot), mix(WORD - 1 - slot) | 1
    walk = [(start + turn * step) % BACKENDS for turn in range(BACKENDS)]
    assert sorted(walk) == list(range(BACKENDS))
    return next((backends[place] for place in walk if place in backends), "")


def main():
    arguments = sys.argv[1:]
    place = lambda text: (int(text.split("=")[0]), text.split("=")[1])
    further = place(arguments[1]) if arguments[0] == "--moved-by" else None
    address, port, *present = arguments[2:] if further else arguments
    port, backends = int(port), dict(map(place, present))
    if not further:
        return print(chosen(address, port, backends))
    while chosen(address, port, backends) == chosen(address, port, backends | dict([further])):
        port += 1
    print(port)


main()
