// Members of a few bits.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct parts {
    uint8_t low : 3;
    uint8_t high : 5;
};

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        struct parts parts = {.low = 5, .high = 3};
        parts.high += parts.low; // handled
        ethernet->type = htons((uint16_t)(parts.low << 8 | parts.high));
    }
    packet_emit(packet, outside);
}
