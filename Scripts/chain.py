#!/usr/bin/env python3
"""Writes a middlebox that is a chain of elements, as long as one likes: what decomposition is measured on.

Every element has state of its own and four or more paths, and hands the packet on to the next; whole-program execution has to tell
4 to the power of N ways apart. Everything that the spec says is true.

    Scripts/chain.py N FOLDER [--bug K]

writes FOLDER/chain/chain.c and FOLDER/chain/chain.gravel. With --bug K, element K touches a byte of the payload on one of its paths.
"""

import argparse
import pathlib

HEAD = """#include <gravel/middlebox.h>

enum port { inside, outside };

struct host {
    ipv4_address address;
};

struct seen {
    uint32_t packets;
};
"""

TAIL = """
void packet_arrives(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL || ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet);
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof *ethernet, sizeof *ipv4);
    if (ipv4 == NULL || ipv4_version(ipv4) != 4 || ipv4_header_length(ipv4) < sizeof *ipv4) return packet_drop(packet);
    if (packet_bytes(packet, sizeof *ethernet, ipv4_header_length(ipv4) + 1) == NULL) return packet_drop(packet);
    element1(packet, ipv4);
}
"""

# Element 1, 4, 7, …: what was sent by each source, up to a limit; hosts that are new are marked.
COUNTS_SOURCES = """
MAP(sources{n}, struct host, struct seen, 4096);

static void element{n}(struct packet *packet, struct ipv4_header *ipv4) {{
    struct host host = {{ipv4->source}};
    struct seen *seen = map_find(&sources{n}, &host);
    if (seen == NULL) {{
        struct seen first = {{1}};
        if (!map_insert(&sources{n}, &host, &first, 300)) return packet_drop(packet);
        ipv4->type_of_service = {mark};
    }} else if (seen->packets < 1000) {{
        seen->packets++;{bug}
    }} else if (ipv4->time_to_live < {n}) {{
        return packet_drop(packet);
    }}
    {next};
}}
"""

# Element 2, 5, 8, …: a round of packets, of which the last ones are dropped if they are long.
COUNTS_ROUNDS = """
static uint32_t round{n};

static void element{n}(struct packet *packet, struct ipv4_header *ipv4) {{
    if (round{n} >= 100) {{
        if (packet->length > 1000) return packet_drop(packet);
        round{n} = 0;{bug}
    }} else if (ipv4->protocol == PROTOCOL_TCP) {{
        round{n}++;
    }} else if (ipv4->protocol == PROTOCOL_UDP) {{
        round{n} = 1;
    }}
    {next};
}}
"""

# Element 3, 6, 9, …: destinations are known for a while, and their entries are kept alive.
KNOWS_DESTINATIONS = """
MAP(destinations{n}, struct host, struct seen, 4096);

static void element{n}(struct packet *packet, struct ipv4_header *ipv4) {{
    struct host host = {{ipv4->destination}};
    const struct seen *seen = map_find(&destinations{n}, &host);
    if (seen != NULL) {{
        map_refresh(&destinations{n}, &host, 60);{bug}
    }} else if (ipv4->identification == 0) {{
        struct seen first = {{{n}}};
        if (!map_insert(&destinations{n}, &host, &first, 60)) return packet_drop(packet);
    }}
    {next};
}}
"""

INVARIANTS = [
    "invariant sources_are_limited{n}\n  for a in sources{n}: sources{n}[a].packets <= 1000\n",
    "invariant rounds_end{n}\n  round{n} <= 100\n",
    "invariant destinations_are_marked{n}\n  for a in destinations{n}: destinations{n}[a].packets == {n}\n",
]

SPEC = """// What a chain of {n} elements does. Written by Scripts/chain.py.
middlebox chain
  ports inside, outside

property payload_unchanged
  when p enters any, q leaves any
  then q.payload == p.payload

property only_the_mark_changes
  when p enters any, q leaves any
  then q == p except ipv4.type_of_service

property from_one_side_to_the_other
  when p enters any, q leaves any
  then q.port != p.port

property other_protocols_dropped
  when p enters any
  where not p has ipv4
  then p is dropped
"""


def element(number, last, bug):
    emit = "packet_emit(packet, packet->port == inside ? outside : inside)"
    text = [COUNTS_SOURCES, COUNTS_ROUNDS, KNOWS_DESTINATIONS][(number - 1) % 3]
    touch = "\n        ((uint8_t *)ipv4)[ipv4_header_length(ipv4)] ^= 1;" if number == bug else ""
    following = emit if number == last else f"element{number + 1}(packet, ipv4)"
    return text.format(n=number, mark=4 * (number % 8), next=following, bug=touch)


def write(count, folder, bug=0):
    """The chain's folder."""
    chain = pathlib.Path(folder) / "chain"
    chain.mkdir(parents=True, exist_ok=True)
    elements = [element(number, count, bug) for number in range(count, 0, -1)]
    (chain / "chain.c").write_text(HEAD + "".join(elements) + TAIL)
    invariants = [INVARIANTS[(number - 1) % 3].format(n=number) for number in range(1, count + 1)]
    (chain / "chain.gravel").write_text("\n".join([SPEC.format(n=count)] + invariants))
    return chain


def main():
    parser = argparse.ArgumentParser(description="Writes a middlebox that is a chain of N elements.")
    parser.add_argument("count", metavar="N", type=int, help="how many elements")
    parser.add_argument("folder", metavar="FOLDER", help="where the folder 'chain' goes")
    parser.add_argument("--bug", metavar="K", type=int, default=0, help="element K touches the payload")
    arguments = parser.parse_args()
    if arguments.count < 1 or not 0 <= arguments.bug <= arguments.count:
        parser.error("N is at least 1, and K one of the elements")
    print(write(arguments.count, arguments.folder, arguments.bug))


if __name__ == "__main__":
    main()
