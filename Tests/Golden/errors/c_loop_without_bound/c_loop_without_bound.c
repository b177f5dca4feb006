#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    uint8_t sum = 0;
    for (uint32_t offset = 0; offset < packet->length; offset++) sum ^= packet->data[offset];
    if (sum != 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
