// A byte is shifted to the top of a number that is signed.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *data = packet_bytes(packet, 26, 4);
    if (data == NULL) return packet_drop(packet);
#ifdef WRONG
    uint32_t address = (uint32_t)(data[0] << 24 | data[1] << 16); // refuted: no_undefined_behaviour
#else
    uint32_t address = (uint32_t)data[0] << 24 | (uint32_t)data[1] << 16;
#endif
    packet_emit(packet, address == 0x0A000000 ? inside : outside);
}
