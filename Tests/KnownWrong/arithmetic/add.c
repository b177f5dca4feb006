// Credit and a packet's length may be more than the biggest number.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    int32_t credit;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    int32_t sum = config.credit + (int32_t)packet->length; // refuted: no_undefined_behaviour
#else
    int64_t sum = (int64_t)config.credit + packet->length;
#endif
    packet_emit(packet, sum > 1500 ? inside : outside);
}
