// A VLAN tag moves the IPv4 header by 4 bytes, but what was checked is where it is without.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet + sizeof(struct ipv4_header));
    if (ethernet == NULL) return packet_drop(packet);
    uint32_t offset = sizeof *ethernet;
    if (ethernet->type == htons(ETHERTYPE_VLAN)) offset += 4;
#ifdef WRONG
    struct ipv4_header *ipv4 = (struct ipv4_header *)(packet->data + offset);
#else
    struct ipv4_header *ipv4 = packet_bytes(packet, offset, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
#endif
    ipv4->destination = ipv4->source; // refuted: memory_safe
    packet_emit(packet, outside);
}
