// A tag is put in front of the first header, where the packet has no room.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint32_t header = 0;
#else
    uint32_t header = 4;
#endif
    uint8_t *tag = packet_bytes(packet, header, 1);
    if (tag == NULL) return packet_drop(packet);
    tag -= 4;
    *tag = 0x81; // refuted: memory_safe
    packet_emit(packet, outside);
}
