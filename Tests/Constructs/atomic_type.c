// A variable of an atomic type.
#include <gravel/middlebox.h>

enum port { inside, outside };

static _Atomic uint32_t count;

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        count++; // inconclusive
        ethernet->type = htons((uint16_t)count);
    }
    packet_emit(packet, outside);
}
