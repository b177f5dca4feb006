// Other protocols are promised never to come.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t way(uint8_t protocol) {
    switch (protocol) {
    case PROTOCOL_TCP: return inside;
    case PROTOCOL_UDP: return outside;
#ifdef WRONG
    default: __builtin_unreachable(); // refuted: no_undefined_behaviour
#else
    default: return inside;
#endif
    }
}

void packet_arrives(struct packet *packet) {
    const uint8_t *protocol = packet_bytes(packet, 23, 1);
    if (protocol == NULL) return packet_drop(packet);
    packet_emit(packet, way(*protocol));
}
