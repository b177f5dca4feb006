// The mask of a prefix of length 0 is shifted by 32.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    ipv4_address network;
    uint8_t prefix_length;
};
CONFIGURATION(config);

static uint32_t mask(uint32_t length) {
#ifdef WRONG
    if (length > 32) return 0;
#else
    if (length == 0 || length > 32) return 0;
#endif
    return ~0u << (32 - length); // refuted: no_undefined_behaviour
}

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    uint32_t difference = ntohl(ipv4->destination) ^ ntohl(config.network);
    packet_emit(packet, (difference & mask(config.prefix_length)) == 0 ? inside : outside);
}
