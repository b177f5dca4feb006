// What was just inserted must be there, unless the map is full.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
};
MAP(flows, ipv4_address, struct flow, 2);

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4);
    if (ipv4 == NULL) return packet_drop(packet);
    ipv4_address source = ipv4->source;
    struct flow new = {0};
#ifdef WRONG
    map_insert(&flows, &source, &new, 60);
#else
    if (!map_insert(&flows, &source, &new, 60)) return packet_drop(packet);
#endif
    struct flow *flow = map_find(&flows, &source);
    flow->packets++; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
