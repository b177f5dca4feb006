// An ICMP error need not quote all of the header that it is about.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct icmp_echo_header *icmp = packet_bytes(packet, 34, sizeof *icmp);
    if (icmp == NULL || icmp->type != 3) return packet_drop(packet);
    struct ipv4_header *quoted = (struct ipv4_header *)(icmp + 1);
#ifndef WRONG
    if (packet->length < 34 + sizeof *icmp + sizeof *quoted) return packet_drop(packet);
#endif
    quoted->source = 0; // refuted: memory_safe
    packet_emit(packet, inside);
}
