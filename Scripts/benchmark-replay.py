#!/usr/bin/env python3
"""What a packet costs in the bundled middleboxes, natively compiled: beside `nop`, and beside one dependent cache miss, in one run.

    Scripts/benchmark-replay.py [--flows N ...] [--rounds N] [--cores N] [--output DIR] [NAME ...]

Packets of 64 bytes (60 in a capture), one of each flow in an order of chance, are played from memory on one core, in rounds that `nop` is
played in turns with. All flows are known when measuring begins. Where a middlebox's table is smaller than the flows are many, a
copy of it with a larger table is measured: its `#define` is the only line that differs. Those whose flows can be spread over cores are
measured on several, too, with the first number of flows. Prints two tables, and writes them to DIR/performance.md (default: docs). Ends
with status 1 where nat, firewall or loadbalancer cost more than LIMITS say.
"""

import argparse
import json
import pathlib
import random
import re
import shutil
import struct
import subprocess
import sys
import tempfile

import pages
from processes import Run
from repository import ROOT, VERIFY, require_verify

REPLAY = VERIFY.parent / "replay"
LIMITED = ["nat", "firewall", "loadbalancer"]
# Above nop, at so many flows: nanoseconds, and dependent cache misses.
LIMITS = {10_000: (30, None), 1_000_000: (None, 4)}
# Whose flows can be spread over cores.
SPREAD = ["nop", "firewall", "loadbalancer", "policer", "router"]
ROUNDS = {10_000: 3000, 1_000_000: 16}
WARMUP = 2
# A NAT has as many mappings as it has external ports; more flows than that share them.
NAT_ENDPOINTS = 60_000
SERVICE = 0xC6336401
NETWORKS = 1000

CHASE = r"""
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <time.h>
enum { LINES = 1 << 20, WORDS = 8, STEPS = 1 << 22 };
int main(void) {
    uint64_t *memory = aligned_alloc(1 << 21, (size_t)LINES * 64), state = 1, place = 0;
    uint32_t *next = malloc(LINES * sizeof *next);
    madvise(memory, (size_t)LINES * 64, MADV_HUGEPAGE);
    for (uint32_t i = 0; i < LINES; i++) next[i] = i;
    for (uint32_t i = LINES - 1; i > 0; i--) { // one cycle through all lines (Sattolo)
        state = state * 6364136223846793005u + 1442695040888963407u;
        uint32_t j = (uint32_t)(state >> 33) % i, kept = next[i];
        next[i] = next[j], next[j] = kept;
    }
    for (uint32_t i = 0; i < LINES; i++) memory[(size_t)i * WORDS] = next[i];
    struct timespec a, b;
    clock_gettime(CLOCK_MONOTONIC, &a);
    for (uint32_t i = 0; i < STEPS; i++) place = memory[place * WORDS];
    clock_gettime(CLOCK_MONOTONIC, &b);
    printf("%.2f %d\n", ((b.tv_sec - a.tv_sec) * 1e9 + (b.tv_nsec - a.tv_nsec)) / STEPS, (int)(place & 1));
}
"""


def folded(total):
    while total > 0xFFFF:
        total = (total & 0xFFFF) + (total >> 16)
    return ~total & 0xFFFF


def words(*numbers):
    return sum((number >> 16) + (number & 0xFFFF) for number in numbers)


def ipv4(protocol, source, destination, transport, to=b"\2\0\0\0\0\1"):
    """A frame of 60 bytes, all checksums right. `transport` is a header that has none yet and where it goes."""
    header, place = transport
    body = bytearray(header.ljust(26, b"\0"))
    total = words(source, destination) + protocol + len(body) + sum(struct.unpack("!13H", body))
    struct.pack_into("!H", body, place, folded(total) or 0xFFFF)
    head = struct.pack("!BBHHHBBHII", 0x45, 0, 46, 0, 0, 64, protocol, 0, source, destination)
    head = head[:10] + struct.pack("!H", folded(sum(struct.unpack("!10H", head)))) + head[12:]
    return to + b"\2\0\0\0\0\2\x08\0" + head + body


def udp(source, destination, source_port=1000, destination_port=53, to=b"\2\0\0\0\0\1"):
    return ipv4(17, source, destination, (struct.pack("!HHHH", source_port, destination_port, 26, 0), 6), to)


def tcp(source, destination, source_port, destination_port):
    header = struct.pack("!HHIIBBHHH", source_port, destination_port, 1, 1, 0x50, 0x10, 1024, 0, 0)
    return ipv4(6, source, destination, (header, 16))


def station(number):
    return b"\2\1" + struct.pack("!I", number)


# For each middlebox: the packet of a flow, the table whose size bounds how many flows there are, and what there is before the first
# packet.
def between_inside_and_outside(number, flows):
    return udp(0x0A000000 + number, 0xC0000000 + number % 251)


def of_the_nat(number, flows):
    return udp(0x0A000000 + number % NAT_ENDPOINTS, 0xC0000000 + number // NAT_ENDPOINTS)


def to_the_service(number, flows):
    return tcp(0xC0000000 + number // 4, SERVICE, 1024 + number % 4, 80)


def to_a_network(number, flows):
    network, host = number % NETWORKS, number // NETWORKS
    return udp(0xC0A80102, 0x0B000000 + network * 1024 + host, to=b"\2\0\0\0\1\1")


def between_stations(number, flows):
    # Where it comes in is told by the address inside.
    frame = udp(0x0A000000 + number % 2 * 0x01000000 + number, 0xC0000000)
    return station(number ^ 1) + station(number) + frame[12:]


def backends():
    return [f"- {{at: 0, add_backend: {{index: {i}, address: 10.0.0.{i + 1}}}}}" for i in range(8)]


def routes():
    neighbours = [f"- {{at: 0, add_neighbour: {{address: 192.168.{i}.9, port: {i}, station: {{octets: 02:00:00:00:02:0{i}}}}}}}"
                  for i in range(4)]
    return neighbours + [f"- {{at: 0, add_route: {{address: 11.{n // 64}.{n % 64 * 4}.0, length: 22, gateway: 192.168.{n % 4}.9, port: {n % 4}}}}}"
                         for n in range(NETWORKS)]


TRAFFIC = {
    "nop": (between_inside_and_outside, None, None), "nat": (of_the_nat, None, None),
    "firewall": (between_inside_and_outside, "CONNECTIONS", None), "loadbalancer": (to_the_service, "CONNECTIONS", backends),
    "bridge": (between_stations, "STATIONS", None), "policer": (between_inside_and_outside, "SOURCES", None),
    "router": (to_a_network, None, routes),
}

# Where their own files do not tell.
INGRESS = {"nop": "inside", "router": "west"}
CONFIGURATIONS = {"bridge": """ports:
  port1: {source: [10.0.0.0/8]}
  port2: {}
configuration: {ageing_time: 300}
"""}


def write_capture(path, packet, flows):
    order = list(range(flows))
    random.Random(1).shuffle(order)
    with open(path, "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xA1B23C4D, 2, 4, 0, 0, 65535, 1))
        for index, number in enumerate(order):
            frame = packet(number, flows)
            file.write(struct.pack("<IIII", 1000 + index // 1_000_000, index % 1_000_000 * 1000, len(frame), len(frame)) + frame)


def prepare(folder, name, flows):
    """A copy of the middlebox with a table for all flows; what its `#define` says then."""
    _, table, _ = TRAFFIC[name]
    middleboxes = folder / "Middleboxes"
    if not middleboxes.exists():
        for part in ["include", "runtime"]:
            shutil.copytree(ROOT / "Middleboxes" / part, middleboxes / part)
    copy = middleboxes / name
    shutil.copytree(ROOT / "Middleboxes" / name, copy, dirs_exist_ok=True)
    if not table:
        return copy
    source = copy / f"{name}.c"
    text = source.read_text()
    found = re.search(rf"#define {table} (\d+)\n", text)
    if not found:
        sys.exit(f"error: {source.name} has no '#define {table}' any more: change this script")
    size = max(int(found[1]), 1 << (flows - 1).bit_length())
    source.write_text(text.replace(found[0], f"#define {table} {size}\n"))
    return copy


def measure(folder, name, flows, rounds, cores=1):
    packet, _, operations = TRAFFIC[name]
    box = prepare(folder, name, flows)
    capture = folder / f"{packet.__name__}-{flows}.pcap"
    if not capture.exists():
        write_capture(capture, packet, flows)
    command = [REPLAY, box, capture, "--warmup", WARMUP, "--repeat", rounds, "--against", "nop", "--no-details", "--format", "json",
               "--cores", cores]
    if name in CONFIGURATIONS:
        (box / f"{name}.yml").write_text(CONFIGURATIONS[name])
    if (box / f"{name}.yml").exists():
        command += ["--config", box / f"{name}.yml"]
    if name in INGRESS:
        command += ["--ingress", INGRESS[name]]
    if operations:
        file = folder / f"{name}-operations.yml"
        file.write_text("\n".join(operations()) + "\n")
        command += ["--operations", file]
    run = Run(command)
    if run.status != 0:
        sys.exit(f"error: {' '.join(map(str, command))}: exit status {run.status}\n{run.output}\n{run.error}")
    content = json.loads(run.output)
    if content["dropped"] > 0 or content["skipped"]["unmatched"] > 0:
        sys.exit(f"error: {name} drops what it should pass: {run.output}")
    print(f"{name}, {flows} flows, {cores} cores: {content['rounds']['median']:.1f} ns", file=sys.stderr)
    return content


def measure_cores(folder, names, flows, rounds, cores):
    """A table: packets per second on one core and on several, in turns."""
    table = [["middlebox", "flows", "one core, million per second", f"{cores} cores", "times as many", "spread by"]]
    for name in names:
        turns = [[measure(folder, name, flows, rounds, count) for count in (1, cores)] for _ in range(3)]
        alone, several = (sorted(turn[which]["packets_per_second"] for turn in turns)[1] / 1e6 for which in (0, 1))
        ratio = sorted(turn[1]["packets_per_second"] / turn[0]["packets_per_second"] for turn in turns)[1]
        table.append([name, f"{flows}", f"{alone:.1f}", f"{several:.1f}", f"{ratio:.2f}", turns[0][1]["cores"]["by"]])
    return table


class Chase:
    """The time of one dependent cache miss: a walk through 64 MiB, each line leading to the next."""

    def __init__(self, folder):
        (folder / "chase.c").write_text(CHASE)
        self.program = folder / "chase"
        subprocess.run(["clang-19", "-O2", "-D_GNU_SOURCE", "-o", self.program, folder / "chase.c"], check=True)
        self.times = []

    def measure(self):
        self.times.append(float(Run([self.program]).output.split()[0]))

    @property
    def nanoseconds(self):
        return sorted(self.times)[len(self.times) // 2]


def main():
    parser = argparse.ArgumentParser(description="Measures what a packet costs in the bundled middleboxes.")
    parser.add_argument("names", metavar="NAME", nargs="*", help="a middlebox; default: all that there is traffic for")
    parser.add_argument("--flows", type=int, nargs="+", default=[10_000, 1_000_000], help="how many there are")
    parser.add_argument("--rounds", type=int, help="how often the packets are played")
    parser.add_argument("--cores", type=int, default=2, help="on how many those are measured that can be spread")
    parser.add_argument("--output", type=pathlib.Path, default=ROOT / "docs", help="where the page goes")
    arguments = parser.parse_args()
    names = arguments.names or list(TRAFFIC)
    for name in names:
        if name not in TRAFFIC:
            parser.error(f"there is no traffic for {name}; there is for {', '.join(TRAFFIC)}")
    require_verify()
    table = [["middlebox", "flows", "ns per packet", "of nop", "above nop", "times nop", "cache misses above nop"]]
    late = []

    def rounds(flows):
        return arguments.rounds or ROUNDS.get(flows, max(3, 2_000_000 // flows))

    with tempfile.TemporaryDirectory(prefix="gravel-replay-") as folder:
        folder = pathlib.Path(folder)
        chase = Chase(folder)
        measured = []
        for flows in arguments.flows:
            for name in names:
                chase.measure()
                measured.append((name, flows, measure(folder, name, flows, rounds(flows))))
        miss = chase.nanoseconds
        flows = arguments.flows[0]
        spread = measure_cores(folder, [name for name in names if name in SPREAD], flows, rounds(flows), arguments.cores)
        for name, flows, content in measured:
            above = content["against"]["above"]
            table.append([name, f"{flows}", f"{content['rounds']['median']:.1f}", f"{content['against']['rounds']['median']:.1f}",
                          f"{above:.1f}", f"{content['against']['ratio']:.1f}", f"{above / miss:.2f}"])
            nanoseconds, misses = LIMITS.get(flows, (None, None))
            limit = nanoseconds if nanoseconds else misses * miss if misses else None
            if name in LIMITED and limit and above > limit:
                late.append(f"{name} with {flows} flows: {above:.1f} ns above nop, at most {limit:.1f}")
    print(pages.plain(table))
    print(f"\none dependent cache miss: {miss:.1f} ns")
    print(f"\n{pages.plain(spread)}")
    pages.fill(arguments.output / "performance.md", {
        "cores": pages.markdown(spread),
        "packets": pages.markdown(table) + f"\n\nOne dependent cache miss, in the same run: {miss:.1f} ns."})
    for line in late:
        print(line)
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
