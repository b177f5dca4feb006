// An operation reads a fifth byte of an address that has four.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct source {
    uint8_t address[4];
};
static uint8_t sum;

CONTROL_OPERATION(allow, const struct source *argument) {
    const uint8_t *byte = argument->address;
#ifdef WRONG
    const uint8_t *end = byte + 5;
#else
    const uint8_t *end = byte + 4;
#endif
    sum = 0;
    while (byte < end)
        sum += *byte++; // refuted: memory_safe
}

void packet_arrives(struct packet *packet) {
    if (sum == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
