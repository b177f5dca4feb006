// The loop waits for what cannot change while it waits.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint8_t is_ready;

CONTROL_OPERATION(start) { is_ready = 1; }

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    while (!is_ready) { // refuted: loops_end
    }
#else
    if (!is_ready) return packet_drop(packet);
#endif
    packet_emit(packet, outside);
}
