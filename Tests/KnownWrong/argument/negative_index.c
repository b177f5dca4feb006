// An operation is given a signed index, and checks its upper bound.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct rule {
    int32_t index;
};
static uint8_t is_on[8];

CONTROL_OPERATION(switch_on, const struct rule *argument) {
#ifdef WRONG
    if (argument->index < 8) is_on[argument->index] = 1; // refuted: no_undefined_behaviour
#else
    if (argument->index >= 0 && argument->index < 8) is_on[argument->index] = 1;
#endif
}

void packet_arrives(struct packet *packet) {
    if (!is_on[packet->length & 7]) return packet_drop(packet);
    packet_emit(packet, outside);
}
