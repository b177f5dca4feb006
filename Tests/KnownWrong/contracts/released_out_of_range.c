// A port that was never one of ours is released.
#include <gravel/middlebox.h>

enum port { inside, outside };

POOL(ports, 1024);

void packet_arrives(struct packet *packet) {
    const struct udp_header *udp = packet_bytes(packet, 34, sizeof *udp);
    if (udp == NULL) return packet_drop(packet);
    uint32_t index = ntohs(udp->destination_port) - 1024u;
#ifdef WRONG
    if (ntohs(udp->destination_port) >= 2048) return packet_drop(packet);
#else
    if (index >= 1024) return packet_drop(packet);
#endif
    pool_release(&ports, index); // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
