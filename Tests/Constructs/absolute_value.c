// A function of the C library that compilers know as an operation.
#include <gravel/middlebox.h>
#include <stdlib.h>

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
        ethernet->type = htons((uint16_t)abs((int)packet->length - 100)); // handled
    }
    packet_emit(packet, outside);
}
