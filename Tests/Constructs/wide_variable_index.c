// An index into a local array of more elements than are told apart.
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
        uint8_t numbers[64] = {0};
        numbers[5] = 1;
        uint8_t *number = &numbers[packet->data[14] & 63];
        ethernet->type = htons(*number); // inconclusive
    }
    packet_emit(packet, outside);
}
