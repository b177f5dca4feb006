// What a pool gives when it is exhausted is taken for an index.
#include <gravel/middlebox.h>

enum port { inside, outside };

POOL(slots, 1);

void packet_arrives(struct packet *packet) {
    uint32_t slot = pool_allocate(&slots, 0, 1, 10);
#ifndef WRONG
    if (slot == POOL_EXHAUSTED) return packet_drop(packet);
#endif
    pool_refresh(&slots, slot, 60); // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
