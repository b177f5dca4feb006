#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t depth(const struct packet *packet, uint32_t offset) {
    const uint8_t *byte = packet_bytes(packet, offset, 1);
    return byte == NULL || *byte == 0 ? 0 : 1 + depth(packet, offset + *byte);
}

void packet_arrives(struct packet *packet) {
    if (depth(packet, 0) > 3) return packet_drop(packet);
    packet_emit(packet, outside);
}
