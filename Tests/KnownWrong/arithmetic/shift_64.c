// A set of 64 ports in one word: a port beyond is shifted out of it.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint64_t open;

void packet_arrives(struct packet *packet) {
    const struct udp_header *udp = packet_bytes(packet, 34, sizeof *udp);
    if (udp == NULL) return packet_drop(packet);
    uint16_t port = ntohs(udp->destination_port);
#ifndef WRONG
    if (port >= 64) return packet_drop(packet);
#endif
    open |= 1ull << port; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
