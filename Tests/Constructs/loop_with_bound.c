// A loop that goes round as often as the code says.
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
        uint16_t sum = 0;
        for (uint16_t i = 1; i <= 10; i++)
            sum += i; // handled
        ethernet->type = htons(sum);
    }
    packet_emit(packet, outside);
}
