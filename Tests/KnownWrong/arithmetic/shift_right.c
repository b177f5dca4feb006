// The window scale of an option is believed, though 14 is the most that there is.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *option = packet_bytes(packet, 54, 3);
    if (option == NULL || option[0] != 3) return packet_drop(packet);
#ifdef WRONG
    uint8_t scale = option[2];
#else
    uint8_t scale = option[2] <= 14 ? option[2] : 14;
#endif
    uint32_t window = packet->length >> scale; // refuted: no_undefined_behaviour
    packet_emit(packet, window == 0 ? inside : outside);
}
