// A function that calls itself.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint16_t depth(const struct packet *packet, uint32_t offset) {
    const uint8_t *byte = packet_bytes(packet, offset, 1);
    return byte == NULL || *byte == 0 ? 0 : 1 + depth(packet, offset + *byte); // inconclusive
}

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        if (depth(packet, 14) > 3) ethernet->type = 0;
    }
    packet_emit(packet, outside);
}
