// The remainder by -1 of the smallest number has no meaning either.
#include <gravel/middlebox.h>

enum port { inside, outside };

struct pair {
    int32_t number;
    int32_t by;
};
static int32_t rest;

CONTROL_OPERATION(set_rest, const struct pair *argument) {
#ifdef WRONG
    if (argument->by != 0)
#else
    if (argument->by != 0 && argument->by != -1)
#endif
        rest = argument->number % argument->by; // refuted: no_undefined_behaviour
}

void packet_arrives(struct packet *packet) { packet_emit(packet, rest == 0 ? inside : outside); }
