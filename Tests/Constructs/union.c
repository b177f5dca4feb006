// The bytes of a number, through a union.
#include <gravel/middlebox.h>

enum port { inside, outside };

union number {
    uint32_t whole;
    uint8_t bytes[4];
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
        union number number = {.whole = 0x01020304};
        ethernet->type = htons((uint16_t)(number.bytes[0] << 8 | number.bytes[3])); // handled
    }
    packet_emit(packet, outside);
}
