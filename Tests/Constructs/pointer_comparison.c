// Two pointers into the packet are compared.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        const uint8_t *here = packet->data + ethernet->source[0], *there = packet->data + 40;
        ethernet->type = htons(here < there); // handled
    }
    packet_emit(packet, outside);
}
