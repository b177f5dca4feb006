// One kind of packets is in no case.
#include <gravel/middlebox.h>

enum port { inside, outside };

void packet_arrives(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet == NULL) return packet_drop(packet);
    switch (ntohs(ethernet->type)) {
    case ETHERTYPE_IPV4: return packet_emit(packet, outside);
    case ETHERTYPE_ARP: return packet_drop(packet);
#ifndef WRONG
    default: packet_drop(packet);
#endif
    }
} // refuted: handed_on_exactly_once
