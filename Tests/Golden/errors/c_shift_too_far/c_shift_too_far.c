#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *byte = packet_bytes(packet, 0, 1);
    if (byte == NULL || 1u << *byte == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
