// A function that must be given something is given nothing.
#include <gravel/middlebox.h>

enum port { inside, outside };

__attribute__((nonnull)) static uint32_t sum(const uint8_t *bytes) { return (uint32_t)bytes[0] + bytes[1]; }

void packet_arrives(struct packet *packet) {
    const uint8_t *bytes = packet_bytes(packet, 14, 2);
#ifndef WRONG
    if (bytes == NULL) return packet_drop(packet);
#endif
    packet_emit(packet, sum(bytes) & 1); // refuted: no_undefined_behaviour
}
