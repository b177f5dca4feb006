#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->data[12] == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
