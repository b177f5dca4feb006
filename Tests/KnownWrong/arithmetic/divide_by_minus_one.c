// The smallest number divided by -1 is bigger than the biggest one.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct scale {
    int32_t value;
    int32_t divisor;
};
static int32_t scaled;

CONTROL_OPERATION(set_scale, const struct scale *argument) {
#ifdef WRONG
    if (argument->divisor != 0)
#else
    if (argument->divisor > 0)
#endif
        scaled = argument->value / argument->divisor; // refuted: no_undefined_behaviour
}

void packet_arrives(struct packet *packet) { packet_emit(packet, scaled > 0 ? inside : outside); }
