// The packet is sent before its hop limit is counted down.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#ifdef WRONG
    packet_emit(packet, outside);
    ipv4->time_to_live = 64; // refuted: handed_on_exactly_once
#else
    ipv4->time_to_live = 64;
    packet_emit(packet, outside);
#endif
}
