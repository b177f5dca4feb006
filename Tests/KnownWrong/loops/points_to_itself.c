// A name of the domain system that points to itself is followed for ever.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint8_t *names = packet_bytes(packet, 42, 256);
    if (names == NULL) return packet_drop(packet);
    uint8_t place = 0;
#ifndef WRONG
    uint32_t hops = 0;
#endif
    while (names[place] != 0) { // refuted: loops_end
#ifndef WRONG
        if (++hops > 8) return packet_drop(packet);
#endif
        place = names[place];
    }
    packet_emit(packet, outside);
}
