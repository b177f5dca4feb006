// Row and column of a table are swapped.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t allowed[2][64];

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL || packet->port > 1) return packet_drop(packet);
    uint32_t class = ipv4->type_of_service >> 2;
#ifdef WRONG
    if (allowed[class][packet->port]) return packet_drop(packet); // refuted: no_undefined_behaviour
#else
    if (allowed[packet->port][class]) return packet_drop(packet);
#endif
    packet_emit(packet, outside);
}
