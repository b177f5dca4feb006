#include <gravel/middlebox.h>

enum port { inside, outside };

#include <stdlib.h>

void packet_arrives(struct packet *packet) {
    if (rand() % 2 == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
