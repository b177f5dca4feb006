// The end of the packet is where it was, but counted from its new start that is too far.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    uint32_t length = packet->length;
    if (length < 20 || !packet_pull(packet, 14)) return packet_drop(packet);
#ifndef WRONG
    length = packet->length;
#endif
    packet->data[length - 1] = 0; // refuted: memory_safe
    packet_emit(packet, outside);
}
