// A packet leaves on every port: the packet each time, not a copy of it.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    for (uint32_t port = 0; port < 2; port++)
        packet_emit(packet, port); // refuted: handed_on_exactly_once
#else
    for (uint32_t port = 0; port < 2; port++)
        packet_emit_copy(packet, port);
    packet_drop(packet);
#endif
}
