// The class of service has 8 values, the array of marks 4.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    uint8_t marks[4] = {0, 8, 16, 46};
#ifdef WRONG
    uint32_t precedence = ipv4->type_of_service >> 5;
#else
    uint32_t precedence = ipv4->type_of_service >> 6;
#endif
    ipv4->type_of_service = marks[precedence]; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
