// Only the upper bound of a signed index is checked.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t table[100];

void packet_arrives(struct packet *packet) {
    const uint8_t *hops = packet_bytes(packet, 22, 1);
    if (hops == NULL) return packet_drop(packet);
    int32_t index = *hops - 10;
#ifdef WRONG
    if (index >= 100) return packet_drop(packet);
#else
    if (index < 0 || index >= 100) return packet_drop(packet);
#endif
    table[index] = 1; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
