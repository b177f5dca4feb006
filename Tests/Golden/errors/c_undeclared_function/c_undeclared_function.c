#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (look_up(packet) == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
