// An operation is given a list with the number of its elements, which may be more than there are.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct list {
    uint8_t count;
    uint8_t ports[4];
};
static uint8_t is_open[256];

CONTROL_OPERATION(open_ports, const struct list *argument) {
#ifdef WRONG
    uint8_t count = argument->count;
#else
    uint8_t count = argument->count < 4 ? argument->count : 4;
#endif
    for (uint8_t i = 0; i < count; i++)
        is_open[argument->ports[i]] = 1; // refuted: no_undefined_behaviour
}

void packet_arrives(struct packet *packet) {
    if (!is_open[packet->length & 0xFF]) return packet_drop(packet);
    packet_emit(packet, outside);
}
