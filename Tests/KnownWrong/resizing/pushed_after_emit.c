// A tag is put in front of a packet that is gone.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    packet_emit(packet, outside);
    packet_push(packet, 4); // refuted: handed_on_exactly_once
#else
    packet_push(packet, 4);
    packet_emit(packet, outside);
#endif
}
