// A configured range reaches behind the end of the pool.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint16_t first;
    uint16_t count;
};
CONFIGURATION(config);
POOL(ports, 65536);

void packet_arrives(struct packet *packet) {
#ifndef WRONG
    if (config.first + config.count > 65536) return packet_drop(packet);
#endif
    uint32_t port = pool_allocate(&ports, config.first, config.count, 60); // refuted: no_undefined_behaviour
    if (port == POOL_EXHAUSTED) return packet_drop(packet);
    packet_emit(packet, outside);
}
