// A jump to a place that is a value.
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
        static const void *const places[2] = {&&first, &&second};
        goto *places[packet->data[14] & 1]; // inconclusive
    first:
        ethernet->type = 1;
    second:
        ethernet->source[0] = 1;
    }
    packet_emit(packet, outside);
}
