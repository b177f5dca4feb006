// The next place in a log of the last packets never goes back to the start.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t lengths[2];
static uint32_t next;

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (next >= 2) next = 0;
#endif
    lengths[next] = packet->length; // refuted: no_undefined_behaviour
    next++;
    packet_emit(packet, outside);
}
