#!/usr/bin/env python3
"""How many packets per second `replay live` forwards through pairs of virtual interfaces, beside a plain libpcap forwarder.

    Scripts/benchmark-live.py [--rounds N] [--seconds S] [NAME ...]       as root

A program sends UDP packets of 64 bytes, of 1,000 flows, as fast as it can; what arrives on the other side is counted there. The forwarder takes
packets as `replay live` does (immediate mode, without blocking, up to 64 at once) and sends each one by pcap_inject; it has no middlebox in
it, and forwards in one direction only. The two take turns. Prints a table; ends with status 1 where a middlebox forwards less than 0.9 of what the forwarder does.
"""

import argparse
import os
import pathlib
import signal
import subprocess
import sys
import tempfile
import time

import pages
from repository import ROOT, VERIFY, require_verify

REPLAY = VERIFY.parent / "replay"
LEAST = 0.9
FLOWS = 1000

SENDER = r"""
#include <arpa/inet.h>
#include <linux/if_packet.h>
#include <net/if.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <time.h>
enum { FLOWS = 1000, SIZE = 60, BURST = 64 };
static uint8_t frames[FLOWS][SIZE];
static uint16_t folded(uint32_t sum) {
    while (sum >> 16) sum = (sum & 0xFFFF) + (sum >> 16);
    return htons((uint16_t)~sum);
}
static uint32_t words(const uint8_t *bytes, int count) {
    uint32_t sum = 0;
    for (int i = 0; i < count; i += 2) sum += (uint32_t)bytes[i] << 8 | bytes[i + 1];
    return sum;
}
int main(int count, char **arguments) {
    if (count != 3) return 2;
    for (int i = 0; i < FLOWS; i++) {
        uint8_t *f = frames[i];
        memcpy(f, "\2\0\0\0\0\1\2\0\0\0\0\2\x08\0\x45\0\0\x2e\0\0\0\0\x40\x11\0\0\x0a\0\0\0\xc0\0\2\1\0\0\0\x35\0\x1a", 40);
        f[28] = (uint8_t)(i >> 8), f[29] = (uint8_t)(i + 1);
        f[34] = 0x10, f[35] = (uint8_t)i;
        uint16_t sum = folded(words(f + 14, 20));
        memcpy(f + 24, &sum, 2);
        sum = folded(words(f + 26, 8) + 17 + 26 + words(f + 34, 26));
        memcpy(f + 40, &sum, 2);
    }
    int s = socket(AF_PACKET, SOCK_RAW, 0);
    struct sockaddr_ll to = {.sll_family = AF_PACKET, .sll_ifindex = (int)if_nametoindex(arguments[1]), .sll_halen = 6};
    static struct mmsghdr messages[BURST];
    static struct iovec parts[BURST];
    time_t end = time(NULL) + atoi(arguments[2]);
    for (uint32_t next = 0; time(NULL) < end;) {
        for (int i = 0; i < BURST; i++, next = (next + 1) % FLOWS) {
            parts[i] = (struct iovec){frames[next], SIZE};
            messages[i].msg_hdr = (struct msghdr){.msg_name = &to, .msg_namelen = sizeof to, .msg_iov = &parts[i], .msg_iovlen = 1};
        }
        if (sendmmsg(s, messages, BURST, 0) < 0) usleep(10);
    }
}
"""

FORWARDER = r"""
#include <pcap/pcap.h>
#include <poll.h>
#include <stdio.h>
static pcap_t *opened(const char *name) {
    char message[PCAP_ERRBUF_SIZE];
    pcap_t *p = pcap_create(name, message);
    pcap_set_snaplen(p, 262144), pcap_set_promisc(p, 1), pcap_set_immediate_mode(p, 1), pcap_set_buffer_size(p, 16 << 20);
    if (pcap_activate(p) < 0) { fprintf(stderr, "%s\n", pcap_geterr(p)); return NULL; }
    pcap_setdirection(p, PCAP_D_IN), pcap_setnonblock(p, 1, message);
    return p;
}
int main(int count, char **arguments) {
    pcap_t *in = count == 3 ? opened(arguments[1]) : NULL, *out = in ? opened(arguments[2]) : NULL;
    if (!out) return 1;
    fprintf(stderr, "running:\n");
    struct pollfd from = {pcap_get_selectable_fd(in), POLLIN, 0};
    for (;;) {
        poll(&from, 1, 1000);
        struct pcap_pkthdr *header;
        const unsigned char *data;
        for (int i = 0; i < 64 && pcap_next_ex(in, &header, &data) == 1; i++) pcap_inject(out, data, header->caplen);
    }
}
"""


class Network:
    """Three namespaces in a row: sender, box, receiver."""

    def __init__(self):
        self.prefix = f"gravel-bench-{os.getpid()}"
        for host in ["sender", "box", "receiver"]:
            subprocess.run(["ip", "netns", "add", self.name(host)], check=True)
            self.on(host, "sysctl", "-qw", "net.ipv6.conf.all.disable_ipv6=1", "net.ipv6.conf.default.disable_ipv6=1")
        for host, inside in [("sender", "in"), ("receiver", "out")]:
            subprocess.run(["ip", "link", "add", "eth", "netns", self.name(host), "type", "veth", "peer", "name", inside,
                            "netns", self.name("box")], check=True)
            self.on(host, "ip", "link", "set", "eth", "up")
            self.on("box", "ip", "link", "set", inside, "up")

    def name(self, host):
        return f"{self.prefix}-{host}"

    def command(self, host, *words):
        return ["ip", "netns", "exec", self.name(host), *map(str, words)]

    def on(self, host, *words):
        return subprocess.run(self.command(host, *words), check=True, capture_output=True, text=True).stdout

    def received(self):
        return int(self.on("receiver", "cat", "/sys/class/net/eth/statistics/rx_packets"))

    def remove(self):
        for host in ["sender", "box", "receiver"]:
            subprocess.run(["ip", "netns", "del", self.name(host)], check=False)


def compiled(folder, name, source, *libraries):
    path = folder / name
    path.with_suffix(".c").write_text(source)
    subprocess.run(["clang-19", "-O2", "-D_GNU_SOURCE", "-include", "unistd.h", "-o", path, path.with_suffix(".c"), *libraries], check=True)
    return path


def rate(network, folder, sender, seconds, box):
    """Packets per second that arrive while the command in the box runs."""
    log = folder / "box.log"
    with log.open("w") as errors:
        process = subprocess.Popen(network.command("box", *box), stdout=subprocess.DEVNULL, stderr=errors)
        try:
            while "running:" not in log.read_text():
                if process.poll() is not None:
                    sys.exit(f"error: {' '.join(map(str, box))}: {log.read_text()}")
                time.sleep(0.05)
            generator = subprocess.Popen(network.command("sender", sender, "eth", seconds + 2))
            time.sleep(1)
            first, start = network.received(), time.monotonic()
            time.sleep(seconds)
            last, end = network.received(), time.monotonic()
            generator.wait()
        finally:
            process.send_signal(signal.SIGINT)
            process.wait()
    return (last - first) / (end - start)


def main():
    parser = argparse.ArgumentParser(description="Measures how many packets per second go through a middlebox on interfaces.")
    parser.add_argument("names", metavar="NAME", nargs="*", default=["nop", "nat", "firewall"], help="middleboxes with ports inside and outside")
    parser.add_argument("--rounds", type=int, default=3, help="how often each is measured")
    parser.add_argument("--seconds", type=int, default=3, help="for how long")
    arguments = parser.parse_args()
    require_verify()
    if os.geteuid() != 0:
        sys.exit("error: network namespaces take root")
    rates = {name: [] for name in ["forwarder"] + arguments.names}
    with tempfile.TemporaryDirectory(prefix="gravel-live-") as folder:
        folder = pathlib.Path(folder)
        sender, forwarder = compiled(folder, "sender", SENDER), compiled(folder, "forwarder", FORWARDER, "-lpcap")
        network = Network()
        try:
            for _ in range(arguments.rounds):
                for name, measured in rates.items():
                    box = [forwarder, "in", "out"]
                    if name != "forwarder":
                        box = [REPLAY, "live", ROOT / "Middleboxes" / name, "--port", "inside=in", "--port", "outside=out", "--quiet"]
                    measured.append(rate(network, folder, sender, arguments.seconds, box))
                    print(f"{name}: {measured[-1]:.0f} packets/s", file=sys.stderr)
        finally:
            network.remove()
    table = [["", "packets per second", "of the forwarder"]]
    ratios = {}
    for name, measured in rates.items():
        # Each beside the forwarder of its own round.
        pairs = sorted(own / plain for own, plain in zip(measured, rates["forwarder"]))
        ratios[name] = pairs[len(pairs) // 2]
        table.append([name, f"{sorted(measured)[len(measured) // 2]:.0f}", f"{ratios[name]:.2f}"])
    print(pages.plain(table))
    late = [name for name, ratio in ratios.items() if ratio < LEAST]
    for name in late:
        print(f"{name} forwards {ratios[name]:.2f} of what the plain forwarder does; at least {LEAST}")
    sys.exit(1 if late else 0)


if __name__ == "__main__":
    main()
