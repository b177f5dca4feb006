// A loop that only the packet's content ends.
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
        uint32_t offset = 14;
        while (offset < packet->length && packet->data[offset] != 0) { // inconclusive
            offset++;
        }
        if (offset > 1000) ethernet->type = 0;
    }
    packet_emit(packet, outside);
}
