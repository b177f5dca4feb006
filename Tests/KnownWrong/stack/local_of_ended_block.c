// A pointer to a default that lives in an inner block is used behind it.
#include <gravel/middlebox.h>

enum port { inside, outside };

static void set(uint8_t *byte, uint8_t value) { *byte = value; }

void packet_arrives(struct packet *packet) {
    const uint8_t *lifetime = packet_bytes(packet, 22, 1);
#ifndef WRONG
    uint8_t fallback;
#endif
    if (lifetime == NULL) {
#ifdef WRONG
        uint8_t fallback;
#endif
        set(&fallback, 64);
        lifetime = &fallback;
    }
    if (*lifetime == 0) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
