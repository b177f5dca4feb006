#include <gravel/middlebox.h>

enum port { inside, outside };

int look_up(const struct packet *packet);  // declared, but nowhere defined

void packet_arrives(struct packet *packet) {
    if (look_up(packet) == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
