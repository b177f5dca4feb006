// A switch over many values next to each other, of which compilers make a table.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint16_t name(uint8_t number) {
    switch (number) { // handled
    case 0: return 100;
    case 1: return 107;
    case 2: return 111;
    case 3: return 102;
    case 4: return 113;
    case 5: return 109;
    case 6: return 120;
    default: return 101;
    }
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
        ethernet->type = htons(name(ethernet->source[0] & 7));
    }
    packet_emit(packet, outside);
}
