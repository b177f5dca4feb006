#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if ((double)packet->length * 0.1 > 100.0) return packet_drop(packet);
    packet_emit(packet, outside);
}
