// A struct is assigned, passed and returned as a whole.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct pair {
    uint16_t first;
    uint16_t second;
    uint32_t more[8];
};
static struct pair swapped(struct pair pair) {
    struct pair result = pair;
    result.first = pair.second;
    result.second = pair.first + 1;
    return result;
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
        struct pair pair = {ntohs(ethernet->type), (uint16_t)packet->length, {0}}, copy;
        copy = swapped(pair); // handled
        ethernet->type = htons(copy.second);
        ethernet->destination[0] = (uint8_t)copy.first;
    }
    packet_emit(packet, outside);
}
