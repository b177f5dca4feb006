// What is inserted for a lifetime of nothing is never there.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
};
MAP(flows, ipv4_address, struct flow, 64);
struct configuration {
    seconds lifetime;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
    ipv4_address key = packet->length;
    struct flow new = {0};
#ifdef WRONG
    seconds lifetime = config.lifetime;
#else
    seconds lifetime = config.lifetime == 0 ? 1 : config.lifetime;
#endif
    if (!map_insert(&flows, &key, &new, lifetime)) return packet_drop(packet);
    map_find(&flows, &key)->packets = 1; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
