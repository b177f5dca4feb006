// A new value gets its counter, but not the time that it was seen at.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
    uint32_t seen;
};
MAP(flows, ipv4_address, struct flow, 64);

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    ipv4_address source = ipv4->source;
    struct flow flow;
    flow.packets = 1;
#ifndef WRONG
    flow.seen = (uint32_t)(packet->time / 1000000000);
#endif
    if (!map_insert(&flows, &source, &flow, 60)) return packet_drop(packet); // refuted: no_uninitialised_memory
    packet_emit(packet, outside);
}
