// The best of the choices, where none is good.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t is_alive[4];

void packet_arrives(struct packet *packet) {
    uint32_t best;
#ifndef WRONG
    best = 0;
#endif
    for (uint32_t i = 0; i < 4; i++) {
        if (is_alive[i]) best = i;
    }
    packet_emit(packet, best & 1); // refuted: no_uninitialised_memory
}

CONTROL_OPERATION(switch_on) { is_alive[3] = 1; }
