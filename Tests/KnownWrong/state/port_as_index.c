// The well-known ports are noted, and any port that comes is taken for one.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t is_used[1024];

void packet_arrives(struct packet *packet) {
    const struct udp_header *udp = packet_bytes(packet, 34, sizeof *udp);
    if (udp == NULL) return packet_drop(packet);
    uint16_t port = ntohs(udp->destination_port);
#ifdef WRONG
    is_used[port] = 1; // refuted: no_undefined_behaviour
#else
    if (port < 1024) is_used[port] = 1;
#endif
    packet_emit(packet, outside);
}
