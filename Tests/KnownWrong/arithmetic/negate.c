// The smallest number has no absolute value.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    int32_t offset;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
    int32_t distance = config.offset;
#ifndef WRONG
    if (distance == INT32_MIN) distance = 0;
#endif
    if (distance < 0) distance = -distance; // refuted: no_undefined_behaviour
    packet_emit(packet, distance > 10 ? inside : outside);
}
