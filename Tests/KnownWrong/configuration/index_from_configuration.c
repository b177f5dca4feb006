// A number from the configuration is an index, and nothing says that it is one.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint8_t queue;
};
CONFIGURATION(config);
static uint32_t lengths[8];

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint8_t queue = config.queue;
#else
    uint8_t queue = config.queue < 8 ? config.queue : 0;
#endif
    lengths[queue] = packet->length; // refuted: no_undefined_behaviour
    packet_emit(packet, outside);
}
