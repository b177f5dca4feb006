// The packet chooses one of the bytes of a table in the configuration, which has fewer than there are choices.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint8_t marks[6];
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
    struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#ifdef WRONG
    uint32_t precedence = ipv4->type_of_service >> 5;
#else
    uint32_t precedence = (ipv4->type_of_service >> 5) % 6;
#endif
    ipv4->type_of_service = config.marks[precedence]; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
