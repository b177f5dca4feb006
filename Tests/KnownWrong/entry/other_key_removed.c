// Another flow is removed to make room, which may be the one that the pointer is of.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
};
MAP(flows, ipv4_address, struct flow, 64);

void packet_arrives(struct packet *packet) {
    const ipv4_address *addresses = packet_bytes(packet, 26, 8);
    if (addresses == NULL) return packet_drop(packet);
    ipv4_address source = addresses[0], destination = addresses[1];
    struct flow new = {0};
    struct flow *flow = map_find(&flows, &source);
    if (flow == NULL) {
        map_insert(&flows, &source, &new, 60);
        return packet_drop(packet);
    }
#ifdef WRONG
    map_remove(&flows, &destination);
#else
    if (destination != source) map_remove(&flows, &destination);
#endif
    flow->packets++; // refuted: memory_safe
    packet_emit(packet, outside);
}
