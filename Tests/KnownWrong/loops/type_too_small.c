// An 8-bit counter never reaches 256.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t sum(const uint8_t *bytes, uint32_t count) {
    uint32_t sum = 0;
#ifdef WRONG
    for (uint8_t i = 0; i < count; i++) // refuted: loops_end
#else
    for (uint32_t i = 0; i < count; i++)
#endif
        sum = bytes[i];
    return sum;
}

void packet_arrives(struct packet *packet) {
    const uint8_t *bytes = packet_bytes(packet, 14, 256);
    if (bytes == NULL) return packet_drop(packet);
    packet_emit(packet, sum(bytes, 256) & 1);
}
