// A default is changed in place, through a pointer that forgot that it is constant.
#include <gravel/middlebox.h>

enum port { inside, outside };

static const uint8_t defaults[2] = {64, 128};
static uint8_t lifetimes[2];

void packet_arrives(struct packet *packet) {
    if (packet->port > 1) return packet_drop(packet);
    lifetimes[packet->port] = defaults[packet->port];
#ifdef WRONG
    uint8_t *lifetime = (uint8_t *)&defaults[packet->port];
#else
    uint8_t *lifetime = &lifetimes[packet->port];
#endif
    *lifetime = 1; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
