// The EtherType of a packet that may be shorter than its header.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (packet->length < sizeof(struct ethernet_header)) return packet_drop(packet);
#endif
    const struct ethernet_header *ethernet = (const struct ethernet_header *)packet->data;
    if (ethernet->type != htons(ETHERTYPE_IPV4)) return packet_drop(packet); // refuted: memory_safe
    packet_emit(packet, outside);
}
