// A product of 64 bits.
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
        uint64_t product = (uint64_t)packet->length * 0x100000001ull; // handled
        ethernet->type = htons((uint16_t)(product >> 32));
    }
    packet_emit(packet, outside);
}
