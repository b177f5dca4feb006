// The IPv4 total length says more than has arrived.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    uint32_t length = ntohs(ipv4->total_length);
#ifdef WRONG
    if (length < sizeof *ipv4) return packet_drop(packet);
#else
    if (length < sizeof *ipv4 || length > packet->length - 14) return packet_drop(packet);
#endif
    packet->data[14 + length - 1] = 0; // refuted: memory_safe
    packet_emit(packet, outside);
}
