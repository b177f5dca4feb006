// The first free one of 32 places, when all are taken.
#include <gravel/middlebox.h>

enum port { inside, outside };

static uint32_t taken;

struct places {
    uint32_t bits;
};
CONTROL_OPERATION(take, const struct places *argument) { taken |= argument->bits; }

void packet_arrives(struct packet *packet) {
#ifdef WRONG
    uint32_t place = (uint32_t)__builtin_ctz(~taken); // refuted: no_undefined_behaviour
#else
    uint32_t place = ~taken == 0 ? 0 : (uint32_t)__builtin_ctz(~taken);
#endif
    packet_emit(packet, place & 1);
}
