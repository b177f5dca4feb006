// A terminator is written one past the end.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    if (packet->length == 0) return packet_drop(packet);
#ifdef WRONG
    packet->data[packet->length] = 0; // refuted: memory_safe
#else
    packet->data[packet->length - 1] = 0;
#endif
    packet_emit(packet, outside);
}
