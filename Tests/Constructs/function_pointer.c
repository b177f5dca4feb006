// Which function is called is chosen by the packet.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint16_t one_more(uint16_t number) { return number + 1; }
static uint16_t one_less(uint16_t number) { return number - 1; }

void packet_arrives(struct packet *packet) {
    struct ethernet_header *ethernet = packet_bytes(packet, 0, 60);
    if (ethernet == NULL) return packet_drop(packet);
#ifdef UNREACHED
    bool comes_here = packet->length < 60;
#else
    bool comes_here = ethernet->type == htons(ETHERTYPE_ARP);
#endif
    if (comes_here) {
        uint16_t (*chosen)(uint16_t) = packet->data[14] == 0 ? one_more : one_less; // inconclusive
        ethernet->type = htons(chosen(7));
    }
    packet_emit(packet, outside);
}
