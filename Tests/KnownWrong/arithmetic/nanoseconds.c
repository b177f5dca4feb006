// A lifetime in seconds is made nanoseconds in 32 bits.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct configuration {
    uint16_t lifetime;
};
CONFIGURATION(config);

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    nanoseconds end = (nanoseconds)(config.lifetime * 1000000000); // refuted: no_undefined_behaviour
#else
    nanoseconds end = config.lifetime * (nanoseconds)1000000000;
#endif
    packet_emit(packet, packet->time < end ? inside : outside);
}
