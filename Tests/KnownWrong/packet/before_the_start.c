// The last byte of an empty packet lies before its start.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (packet->length == 0) return packet_drop(packet);
#endif
    const uint8_t *end = packet->data + packet->length;
    if (end[-1] == 0) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
