// Both conditions are checked with the wrong connective: a NULL pointer is followed.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
#ifdef WRONG
    if (ipv4 == NULL && ipv4->time_to_live <= 1) return packet_drop(packet); // refuted: no_undefined_behaviour
#else
    if (ipv4 == NULL || ipv4->time_to_live <= 1) return packet_drop(packet);
#endif
    packet_emit(packet, outside);
}
