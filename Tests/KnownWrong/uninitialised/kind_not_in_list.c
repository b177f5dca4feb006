// A function returns something for each kind that has a name, and nothing for the others.
#include <gravel/middlebox.h>

enum port { inside, outside };

enum kind { request = 8, reply = 0 };

static uint32_t way(enum kind kind) {
    switch (kind) {
    case request: return outside;
    case reply: return inside;
    }
#ifndef WRONG
    return inside;
#endif
}

void packet_arrives(struct packet *packet) {
    const struct icmp_echo_header *icmp = packet_bytes(packet, 34, sizeof *icmp);
    if (icmp == NULL) return packet_drop(packet);
    packet_emit(packet, way((enum kind)icmp->type)); // refuted: no_uninitialised_memory
}
