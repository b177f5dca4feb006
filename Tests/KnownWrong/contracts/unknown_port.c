// The other port of two, where there are three.
#include <gravel/middlebox.h>

enum port { inside, outside, monitor };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    packet_emit(packet, outside - packet->port); // refuted: no_undefined_behaviour
#else
    packet_emit(packet, packet->port == inside ? outside : inside);
#endif
}
