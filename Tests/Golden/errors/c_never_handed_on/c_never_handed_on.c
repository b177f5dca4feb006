#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->length > 64) packet_emit(packet, outside);
}
