// A copy for the monitor is made of a packet that is gone.
#include <gravel/middlebox.h>

enum port { inside, outside, monitor };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    packet_emit(packet, outside);
    packet_emit_copy(packet, monitor); // refuted: handed_on_exactly_once
#else
    packet_emit_copy(packet, monitor);
    packet_emit(packet, outside);
#endif
}
