// A short packet is forgotten instead of dropped.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
#ifdef WRONG
    if (ipv4 == NULL) return;
#else
    if (ipv4 == NULL) return packet_drop(packet);
#endif
    packet_emit(packet, ipv4->protocol == PROTOCOL_TCP ? inside : outside);
} // refuted: handed_on_exactly_once
