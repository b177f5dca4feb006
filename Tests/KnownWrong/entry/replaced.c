// The pointer to an entry is kept over an insertion that puts another in its place.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
};
MAP(flows, ipv4_address, struct flow, 64);

void packet_arrives(struct packet *packet) {
    ipv4_address key = packet->port;
    struct flow fresh = {0};
    struct flow *flow = map_find(&flows, &key);
    if (flow == NULL || flow->packets == 2) {
        if (!map_insert(&flows, &key, &fresh, 60)) return packet_drop(packet);
#ifdef WRONG
        if (flow == NULL) flow = map_find(&flows, &key);
#else
        flow = map_find(&flows, &key);
#endif
    }
    flow->packets++; // refuted: memory_safe
    packet_emit(packet, outside);
}
