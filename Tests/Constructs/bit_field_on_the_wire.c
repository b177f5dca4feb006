// Members of a few bits, as they lie in the packet.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct first_byte {
    uint8_t header_length : 4;
    uint8_t version : 4;
} PACKED;

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        struct first_byte *first = (struct first_byte *)(ethernet + 1);
        ethernet->type = htons(first->version); // handled
        first->header_length = 5;
    }
    packet_emit(packet, outside);
}
