// The caller does not look whether the parser found anything.
#include <gravel/middlebox.h>

enum port { inside, outside };

static bool find_port(const struct packet *packet, be16 *port) {
    const struct udp_header *udp = packet_bytes(packet, 34, sizeof *udp);
    if (udp == NULL) return false;
    *port = udp->destination_port;
    return true;
}

void packet_arrives(struct packet *packet) {
    be16 port;
#ifdef WRONG
    find_port(packet, &port);
#else
    if (!find_port(packet, &port)) return packet_drop(packet);
#endif
    if (port == htons(53)) return packet_drop(packet); // refuted: no_uninitialised_memory
    packet_emit(packet, outside);
}
