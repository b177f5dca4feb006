// The number of leading zeros of nothing.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (packet->length == 0) return packet_drop(packet);
#endif
    uint32_t magnitude = 31 - (uint32_t)__builtin_clz(packet->length); // refuted: no_undefined_behaviour
    packet_emit(packet, magnitude > 9 ? inside : outside);
}
