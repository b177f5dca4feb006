// Behind a drop the function goes on.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#ifdef WRONG
    if (ipv4->time_to_live <= 1) packet_drop(packet);
#else
    if (ipv4->time_to_live <= 1) return packet_drop(packet);
#endif
    packet_emit(packet, outside); // refuted: handed_on_exactly_once
}
