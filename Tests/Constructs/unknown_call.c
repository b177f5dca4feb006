// A function of the C library, which is not among those that are known.
#include <gravel/middlebox.h>
#include <stdlib.h>

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
        ethernet->type = htons((uint16_t)rand()); // inconclusive
    }
    packet_emit(packet, outside);
}
