// The entry is removed before its count is read.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct flow {
    uint32_t packets;
};
MAP(flows, ipv4_address, struct flow, 64);

void packet_arrives(struct packet *packet) {
    ipv4_address key = packet->length;
    const struct flow *flow = map_find(&flows, &key);
    if (flow == NULL) return packet_drop(packet);
#ifdef WRONG
    map_remove(&flows, &key);
    uint32_t packets = flow->packets; // refuted: memory_safe
#else
    uint32_t packets = flow->packets;
    map_remove(&flows, &key);
#endif
    packet_emit(packet, packets > 10 ? inside : outside);
}

CONTROL_OPERATION(add, const struct flow *argument) {
    ipv4_address key = argument->packets;
    map_insert(&flows, &key, argument, 60);
}
