// The middlebox keeps a counter in its configuration, which is read-only.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint32_t limit;
};
CONFIGURATION(config);
static uint32_t used;

void packet_arrives(struct packet *packet) {
    if (config.limit == 0 || used >= config.limit) return packet_drop(packet);
#ifdef WRONG
    config.limit--; // refuted: memory_safe
#else
    used++;
#endif
    packet_emit(packet, outside);
}
