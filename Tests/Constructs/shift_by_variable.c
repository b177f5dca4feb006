// A shift by as much as the packet says.
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
        uint32_t amount = packet->length & 15;
        ethernet->type = htons((uint16_t)(1u << amount)); // handled
    }
    packet_emit(packet, outside);
}
