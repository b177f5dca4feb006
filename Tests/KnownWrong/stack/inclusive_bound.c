// The loop runs to the size of the array instead of below it.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *data = packet_bytes(packet, 0, 8);
    if (data == NULL) return packet_drop(packet);
    uint8_t address[6];
#ifdef WRONG
    for (uint32_t i = 0; i <= sizeof address; i++)
#else
    for (uint32_t i = 0; i < sizeof address; i++)
#endif
        address[i] = data[i]; // refuted: no_undefined_behaviour
    packet_emit(packet, address[5] & 1);
}
