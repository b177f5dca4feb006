// A pointer is kept for the next packet.
#include <gravel/middlebox.h>

enum port { inside, outside };

static const uint8_t *last;

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        last = packet->data; // inconclusive
        ethernet->type = htons(last == packet->data);
    }
    packet_emit(packet, outside);
}
