// A signed counter is counted down by whatever was freed.
#include <gravel/middlebox.h>

enum port { inside, outside };

static int64_t balance;

struct amount {
    int64_t bytes;
};

CONTROL_OPERATION(pay, const struct amount *argument) {
#ifdef WRONG
    balance += argument->bytes; // refuted: no_undefined_behaviour
#else
    if (argument->bytes > 0 && balance <= INT64_MAX - argument->bytes) balance += argument->bytes;
#endif
}

void packet_arrives(struct packet *packet) {
    if (balance <= 0) return packet_drop(packet);
    packet_emit(packet, outside);
}
