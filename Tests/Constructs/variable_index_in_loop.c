// An index into a local array that the packet says, in a function that is called round by round.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct entry {
    uint16_t number, others[11];
};

static uint16_t at_most_ten(const struct entry *entries, uint32_t index) {
    if (entries[index].number > 10) return 10;
    return entries[index].number;
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
        struct entry entries[4] = {{1, {0}}, {2, {0}}, {3, {0}}, {40, {0}}};
        uint16_t sum = 0;
        for (uint32_t i = 0; i < 2; i++)
            sum += at_most_ten(entries, (packet->length + i) & 3); // handled
        ethernet->type = htons(sum);
    }
    packet_emit(packet, outside);
}
