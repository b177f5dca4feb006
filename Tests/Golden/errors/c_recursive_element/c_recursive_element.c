#include <gravel/middlebox.h>

enum port { inside, outside };

static void strip(struct packet *packet, uint32_t offset);

static void forward(struct packet *packet, uint32_t offset) {
    const struct ethernet_header *ethernet = packet_bytes(packet, offset, sizeof *ethernet);
    if (ethernet == NULL) return packet_drop(packet);
    if (ethernet->type == htons(ETHERTYPE_VLAN)) return strip(packet, offset);
    packet_emit(packet, outside);
}

static void strip(struct packet *packet, uint32_t offset) { forward(packet, offset + 4); }

void packet_arrives(struct packet *packet) { forward(packet, 0); }
