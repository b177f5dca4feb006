#include <gravel/middlebox.h>

enum port { inside, outside };

static void read_type(const struct packet *packet, uint16_t *type) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet != NULL) *type = ntohs(ethernet->type);
}

void packet_arrives(struct packet *packet) {
    uint16_t type;
    read_type(packet, &type);
    if (type != ETHERTYPE_IPV4) return packet_drop(packet);
    packet_emit(packet, outside);
}
