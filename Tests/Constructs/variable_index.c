// An index into a local array that the packet says.
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
        uint16_t numbers[4] = {10, 20, 30, 40};
        ethernet->type = htons(numbers[packet->length & 3]); // handled
    }
    packet_emit(packet, outside);
}
