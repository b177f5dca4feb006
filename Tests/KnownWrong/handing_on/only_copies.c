// Copies have left, and the packet itself is kept.
#include <gravel/middlebox.h>

enum port { inside, outside, monitor };

void packet_arrives(struct packet *packet) {
    for (uint32_t port = inside; port <= monitor; port++) {
        if (port != packet->port) packet_emit_copy(packet, port);
    }
#ifndef WRONG
    packet_drop(packet);
#endif
} // refuted: handed_on_exactly_once
