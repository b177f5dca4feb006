// One of as many backends as there are, which may be none.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint16_t backends;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#ifndef WRONG
    if (config.backends == 0) return packet_drop(packet);
#endif
    uint32_t backend = ntohl(ipv4->source) % config.backends; // refuted: no_undefined_behaviour
    packet_emit(packet, backend & 1);
}
