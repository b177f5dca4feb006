// A place before the packet is compared with one in it, as if it were behind.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *start = packet->data, *end = packet->data + packet->length;
#ifdef WRONG
    const uint8_t *trailer = end - 4;
#else
    const uint8_t *trailer = packet->length < 4 ? start : end - 4;
#endif
    if (trailer < start + 14) return packet_drop(packet); // refuted: no_undefined_behaviour
    packet_emit(packet, *trailer & 1);
}
