// A number without a sign is counted down until it is below zero.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t first_zero(const uint8_t *bytes) {
#ifdef WRONG
    for (uint8_t i = 5; i < 6; i = i == 0 ? 5 : i - 1) { // refuted: loops_end
#else
    for (uint8_t i = 5; i < 6; i--) {
#endif
        if (bytes[i] == 0) return i;
    }
    return 6;
}

void packet_arrives(struct packet *packet) {
    const uint8_t *bytes = packet_bytes(packet, 0, 6);
    if (bytes == NULL) return packet_drop(packet);
    packet_emit(packet, first_zero(bytes) & 1);
}
