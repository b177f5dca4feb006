// The size of a pointer instead of the header's: room for 8 bytes is checked, 20 are used.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof(struct ethernet_header), sizeof ipv4);
#else
    struct ipv4_header *ipv4 = packet_bytes(packet, sizeof(struct ethernet_header), sizeof *ipv4);
#endif
    if (ipv4 == NULL) return packet_drop(packet);
    if (ipv4->time_to_live <= 1) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
