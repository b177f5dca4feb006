// What is left behind the Ethernet header is huge where there is none.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const uint32_t header = sizeof(struct ethernet_header);
#ifndef WRONG
    if (packet->length < header) return packet_drop(packet);
#endif
    uint32_t left = packet->length - header;
    if (left < sizeof(struct ipv4_header)) return packet_drop(packet);
    struct ipv4_header *ipv4 = (struct ipv4_header *)(packet->data + header);
    ipv4->time_to_live = 64; // refuted: memory_safe
    packet_emit(packet, outside);
}
