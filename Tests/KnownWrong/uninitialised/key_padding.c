// The bytes that fill up a key are never written, and they count.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct endpoint {
    ipv4_address address;
    be16 port;
    uint16_t unused;
};
MAP(endpoints, struct endpoint, uint32_t, 64);

void packet_arrives(struct packet *packet) {
    const struct ipv4_header *ipv4 = packet_bytes(packet, 14, sizeof *ipv4 + 2);
    if (ipv4 == NULL) return packet_drop(packet);
    struct endpoint key;
    key.address = ipv4->source;
    key.port = *(const be16 *)(ipv4 + 1);
#ifndef WRONG
    key.unused = 0;
#endif
    if (map_find(&endpoints, &key) == NULL) return packet_drop(packet); // refuted: no_uninitialised_memory
    packet_emit(packet, outside);
}

CONTROL_OPERATION(add, const struct endpoint *argument) {
    uint32_t one = 1;
    map_insert(&endpoints, argument, &one, 60);
}
