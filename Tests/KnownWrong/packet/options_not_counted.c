// IPv4 options move the ports to behind what was checked.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint32_t start = sizeof(struct ethernet_header);
    const struct ipv4_header *ipv4 = packet_bytes(packet, start, sizeof *ipv4 + sizeof(struct udp_header));
    if (ipv4 == NULL || ipv4->protocol != PROTOCOL_UDP) return packet_drop(packet);
#ifdef WRONG
    const struct udp_header *udp = (const void *)((const uint8_t *)ipv4 + ipv4_header_length(ipv4));
#else
    const struct udp_header *udp = packet_bytes(packet, start + ipv4_header_length(ipv4), sizeof *udp);
    if (udp == NULL) return packet_drop(packet);
#endif
    if (udp->destination_port == htons(53)) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
