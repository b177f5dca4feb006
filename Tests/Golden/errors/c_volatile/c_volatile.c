#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    volatile uint32_t length = packet->length;
    if (length < 60) return packet_drop(packet);
    packet_emit(packet, outside);
}
