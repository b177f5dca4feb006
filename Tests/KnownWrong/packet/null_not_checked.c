// packet_bytes gives NULL for a short packet, and nobody looks.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
#ifndef WRONG
    if (ipv4 == NULL) return packet_drop(packet);
#endif
    ipv4->time_to_live--; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
