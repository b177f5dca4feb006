// A refresh for a configured lifetime, which may be none, ends the entry whose pointer is used behind it.
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
    ipv4_address key = packet->port;
    struct flow new = {0};
    struct flow *flow = map_find(&flows, &key);
    if (flow == NULL) {
        map_insert(&flows, &key, &new, 60);
        return packet_drop(packet);
    }
#ifdef WRONG
    map_refresh(&flows, &key, config.lifetime);
#else
    if (config.lifetime > 0) map_refresh(&flows, &key, config.lifetime);
#endif
    flow->packets++; // refuted: memory_safe
    packet_emit(packet, outside);
}
