// What was dropped is still counted by its protocol.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t last_protocol;

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#ifdef WRONG
    packet_drop(packet);
    last_protocol = ipv4->protocol; // refuted: handed_on_exactly_once
#else
    last_protocol = ipv4->protocol;
    packet_drop(packet);
#endif
}
