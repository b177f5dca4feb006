// The upper half of a product of 128 bits.
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
        unsigned __int128 product = (unsigned __int128)packet->length << 64; // handled
        ethernet->type = htons((uint16_t)(product >> 64));
    }
    packet_emit(packet, outside);
}
