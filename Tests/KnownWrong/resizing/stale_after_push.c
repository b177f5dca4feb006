// The header's place is remembered from before another one was put in front.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof(struct ethernet_header), sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    if (!packet_push(packet, 4)) return packet_drop(packet);
#ifndef WRONG
    ipv4 = packet_bytes(packet, 4 + sizeof(struct ethernet_header), sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#endif
    if (ipv4->time_to_live == 0) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
