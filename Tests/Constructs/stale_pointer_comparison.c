// Pointers from before and after a header was put in front are compared.
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
        const uint8_t *before = packet->data;
        if (!packet_push(packet, 4)) return packet_drop(packet);
        if (packet->data == before) return packet_drop(packet); // inconclusive
    }
    packet_emit(packet, outside);
}
