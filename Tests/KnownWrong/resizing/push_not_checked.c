// Where there is no room in front, the packet is as short as it was.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    for (uint32_t round = 0; round < 5; round++) {
#ifdef WRONG
        packet_push(packet, 60);
        packet->data[round * 60 + 59] = 1; // refuted: memory_safe
#else
        if (!packet_push(packet, 60)) break;
        packet->data[59] = 1;
#endif
    }
    packet_emit(packet, outside);
}
