// An operation believes the index that it is given.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct backend {
    uint32_t index;
    ipv4_address address;
};
static ipv4_address backends[16];

CONTROL_OPERATION(set_backend, const struct backend *argument) {
#ifndef WRONG
    if (argument->index >= 16) return;
#endif
    backends[argument->index] = argument->address; // refuted: no_undefined_behaviour
}

void packet_arrives(struct packet *packet) {
    if (backends[packet->length & 15] == 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
