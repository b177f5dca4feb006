// Which function is called stands in a table.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint16_t one_more(uint16_t number) { return number + 1; }
static uint16_t one_less(uint16_t number) { return number - 1; }
static uint16_t (*const functions[2])(uint16_t) = {one_more, one_less};

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        ethernet->type = htons(functions[packet->data[14] & 1](7)); // inconclusive
    }
    packet_emit(packet, outside);
}
