// A helper drops what it does not like, and so does its caller.
#include <gravel/middlebox.h>

enum port { inside, outside };

static bool is_good(struct packet *packet) {
    const struct ethernet_header *ethernet = packet_bytes(packet, 0, sizeof *ethernet);
    if (ethernet != NULL && ethernet->type == htons(ETHERTYPE_IPV4)) return true;
#ifdef WRONG
    packet_drop(packet);
#endif
    return false;
}

void packet_arrives(struct packet *packet) {
    if (!is_good(packet)) return packet_drop(packet); // refuted: handed_on_exactly_once
    packet_emit(packet, outside);
}
